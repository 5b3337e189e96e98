//! What the targets share, and the seeds that each begins with.
//!
//! Seeds are made, not kept: a target that is started with `SEEDS=FOLDER` writes its own there and ends. Those of the readers are
//! the inputs of the readers' own tests, found as literals in their source, so that they grow with the tests.

/// Decisions of judged documents, the same as in the tests of that room; it names the rooms as they are named there.
#[path = "../../src/decision/fixture.rs"]
pub mod fixture;
pub mod learned;
pub mod literals;

use std::path::{Path, PathBuf};

// The fixture finds them at the root of its crate.
pub use colligate::{decision, seed, spread, vectors};

/// What parts the files of which one input is made.
pub const BETWEEN: u8 = 0;

/// Writes the seeds of a target and ends, if this is wanted.
pub fn sow(seeds: impl FnOnce() -> Vec<Vec<u8>>) {
    let Some(folder) = std::env::var_os("SEEDS").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("the folder of the seeds is made");
    let seeds = seeds();
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number:04}")), seed).expect("a seed is written");
    }
    println!("{} seeds are in {}", seeds.len(), folder.display());
    std::process::exit(0);
}

/// The project's folder, whether a target or the project's own test is built.
pub fn project() -> &'static Path {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.find(|folder| folder.join("fuzz/Cargo.toml").is_file()).expect("the fuzz targets are within the project")
}

/// Bytes that are drawn one by one; zeros behind the last one.
pub struct Drawn<'a>(pub &'a [u8]);

impl Drawn<'_> {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }
}

/// The files that one input holds, at most so many: the last one may hold any bytes.
pub fn files(bytes: &[u8], most: usize) -> Vec<&[u8]> {
    bytes.splitn(most, |byte| *byte == BETWEEN).collect()
}

/// Vectors of unit length, each another (n×d).
pub fn vectors(n: usize, d: usize) -> colligate::vectors::Embeddings {
    let mut values = Vec::with_capacity(n * d);
    for row in 0..n {
        let mut vector: Vec<f32> = (0..d).map(|column| ((row * 7 + column * 13) % 11) as f32 - 4.5).collect();
        colligate::vectors::normalise(&mut vector);
        values.extend(vector);
    }
    colligate::vectors::Embeddings::new(values, d)
}
