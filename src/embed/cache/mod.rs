//! The vector cache: what was embedded once on this machine is not embedded again. It holds hashes of texts and their vectors,
//! never a text.
//!
//! One folder an embedder, in it files in the safetensors format that are written aside, renamed and never changed: two
//! processes write different files and read whole ones. Each row carries a checksum. A damaged file is removed with a message,
//! and its texts are embedded again.

mod embedder;
mod segment;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

pub use embedder::{CachedEmbedder, told};
use segment::{Key, Row, Segment, encode};

use super::{Embedded, Identity};
use crate::error::Error;
use crate::observer::Observer;
use crate::seed::{hex, sha256_hex};

/// Bytes of all files together, above which the oldest are removed.
const LARGEST: u64 = 4 << 30;
/// So many files of one embedder, and the small ones among them are put together.
const FILES: usize = 64;
/// Bytes of a small file.
const SMALL: u64 = 4 << 20;
/// Texts in one file.
const TEXTS: usize = 16_384;
/// Ending of a file.
const ENDING: &str = "safetensors";

/// The cached vectors of one embedder.
#[derive(Debug)]
pub struct VectorCache {
    root: PathBuf,
    folder: PathBuf,
    dimensions: usize,
    largest: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    segments: Vec<Segment>,
    /// Segment and row of a text's vector.
    places: HashMap<Key, (usize, usize)>,
}

/// Where a user's caches are, by the custom of the platform.
pub fn user_cache() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Caches"))
    } else {
        variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))
    };
    folder.filter(|folder| folder.is_absolute()).map(|folder| folder.join("colligate").join("vectors"))
}

impl VectorCache {
    /// What `root` holds of an embedder's vectors. A cache that cannot be read is an empty one; the observer is told of it.
    pub fn open(root: &Path, identity: &Identity, observer: &dyn Observer) -> VectorCache {
        // Another version may round otherwise.
        let name = format!("{}\n{}\n{}", env!("CARGO_PKG_VERSION"), identity.sha256, identity.dimensions);
        let folder = root.join(&sha256_hex(name)[..16]);
        let cache = VectorCache {
            root: root.to_owned(),
            folder,
            dimensions: identity.dimensions,
            largest: LARGEST,
            state: Mutex::default(),
        };
        for path in files(&cache.folder) {
            match Segment::open(&path, cache.dimensions) {
                Ok(Some(segment)) => cache.state().take_in(segment),
                Ok(None) => damaged(&path, observer),
                // Another process may have removed it.
                Err(_) => {}
            }
        }
        cache.put_together(observer);
        cache
    }

    /// The vector of a text (d) and whether the text was longer than the embedder's window, if they are there.
    pub fn find(&self, text: &str, observer: &dyn Observer) -> Option<(Vec<f32>, bool)> {
        self.state().read(&Sha256::digest(text).into(), self.dimensions, observer)
    }

    /// Keeps the vectors of n texts. A cache that cannot be written is told of, and does no harm.
    pub fn add(&self, texts: &[&str], embedded: &Embedded, observer: &dyn Observer) {
        let row = |index: usize| {
            let vector = embedded.embeddings.row(index).to_vec();
            Row::new(Sha256::digest(texts[index]).into(), (vector, embedded.truncated[index]))
        };
        let places: Vec<usize> = (0..texts.len()).collect();
        let written = places.chunks(TEXTS).try_for_each(|part| {
            let rows: Vec<Row> = part.iter().map(|&index| row(index)).collect();
            self.write(&rows).and_then(|()| self.prune())
        });
        if let Err(problem) = written {
            observer.say(&format!("the vector cache cannot be written: {problem}"));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a new file and takes it in.
    fn write(&self, rows: &[Row]) -> Result<(), Error> {
        fs::create_dir_all(&self.folder).map_err(|problem| Error::file(&self.folder, problem))?;
        let bytes = encode(rows, self.dimensions);
        let name = hex(&Sha256::digest(&bytes)[..12]);
        let path = self.folder.join(format!("{name}.{ENDING}"));
        let aside = self.folder.join(format!(".{name}.{}", std::process::id()));
        let problem = |problem: std::io::Error| Error::file(&path, problem);
        File::create(&aside).and_then(|mut file| file.write_all(&bytes)).map_err(problem)?;
        fs::rename(&aside, &path).map_err(problem)?;
        if let Some(segment) = Segment::open(&path, self.dimensions).map_err(problem)? {
            self.state().take_in(segment);
        }
        Ok(())
    }

    /// Makes one file of many small ones.
    fn put_together(&self, observer: &dyn Observer) {
        let mut state = self.state();
        if state.segments.len() < FILES {
            return;
        }
        let small: Vec<usize> =
            (0..state.segments.len()).filter(|&index| state.segments[index].size <= SMALL).collect();
        let mut keys: Vec<Key> = small.iter().flat_map(|&index| state.segments[index].keys.clone()).collect();
        keys.sort_unstable();
        keys.dedup();
        let old: Vec<PathBuf> = small.iter().map(|&index| state.segments[index].path.clone()).collect();
        let read = |key: Key| state.read(&key, self.dimensions, observer).map(|found| Row::new(key, found));
        let rows: Vec<Row> = keys.into_iter().filter_map(read).collect();
        drop(state);
        match self.write(&rows) {
            // Whoever has a removed file open still reads it; who does not embeds again.
            Ok(()) => old.iter().for_each(|path| drop(fs::remove_file(path))),
            Err(problem) => observer.say(&format!("the vector cache cannot be written: {problem}")),
        }
    }

    /// Removes the oldest files of all embedders while there is too much.
    fn prune(&self) -> Result<(), Error> {
        let folders = fs::read_dir(&self.root).map_err(|problem| Error::file(&self.root, problem))?;
        // What a killed process left half-written is among them.
        let paths = folders.flatten().flat_map(|folder| listed(&folder.path()));
        let mut found: Vec<(SystemTime, PathBuf, u64)> = paths
            .filter_map(|path| {
                let metadata = path.metadata().ok()?;
                Some((metadata.modified().ok()?, path, metadata.len()))
            })
            .collect();
        found.sort();
        let mut total: u64 = found.iter().map(|(_, _, size)| size).sum();
        for (_, path, size) in found {
            if total <= self.largest {
                break;
            }
            // Another process may have been faster.
            let _ = fs::remove_file(&path);
            total -= size;
        }
        Ok(())
    }
}

impl State {
    fn take_in(&mut self, segment: Segment) {
        let index = self.segments.len();
        self.places.extend(segment.keys.iter().enumerate().map(|(row, key)| (*key, (index, row))));
        self.segments.push(segment);
    }

    /// A row whose checksum is not its own is as good as none; its file goes, and is not asked again.
    fn read(&mut self, key: &Key, dimensions: usize, observer: &dyn Observer) -> Option<(Vec<f32>, bool)> {
        let &(index, row) = self.places.get(key)?;
        let segment = &mut self.segments[index];
        let found = segment.read(row, dimensions);
        if found.is_none() {
            damaged(&segment.path, observer);
            self.places.retain(|_, (place, _)| *place != index);
        }
        found
    }
}

/// The cache's files in a folder, in the order of their names.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths = listed(folder);
    paths.retain(|path| path.extension().is_some_and(|ending| ending == ENDING));
    paths.sort();
    paths
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn damaged(path: &Path, observer: &dyn Observer) {
    observer.say(&format!("{}: a damaged file of the vector cache: its texts are embedded again", path.display()));
    // Should it stay, it is told of again.
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests;
