//! The fuzz targets compile, and hold for the seeds that they begin with and for some that are damaged. Neither libFuzzer nor an
//! hour is needed for that: a target is a function of bytes, and stands here as a module.
//!
//! `DAMAGED=1000` tries a thousand times as many damaged seeds.

extern crate self as colligate_fuzz;

#[path = "../fuzz/src/lib.rs"]
mod shared;

#[path = "../fuzz/fuzz_targets"]
mod targets {
    pub mod codebook;
    pub mod decide;
    pub mod journal;
    pub mod prompts;
    pub mod readers;
    pub mod replies;
    pub mod runs;
    pub mod saved;
    pub mod secrets;
}

use std::panic::catch_unwind;
use std::time::Instant;

use colligate::seed::generator;
use rand::RngExt;
use rand::seq::IndexedRandom;
pub use shared::*;

/// How many seeds, and how many damaged ones, a target runs on within about a second, unoptimized.
struct Share {
    seeds: usize,
    damaged: usize,
}

/// A target, by its name.
struct Target {
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
}

impl Target {
    fn holds(&self, share: &Share) {
        let seeds = (self.seeds)();
        let step = seeds.len().div_ceil(share.seeds);
        seeds.iter().step_by(step).for_each(|seed| self.hold(seed));
        let words = words(self.name);
        let times: usize = std::env::var("DAMAGED").map_or(1, |times| times.parse().expect("DAMAGED is a number"));
        let mut random = generator(0, self.name, &[]);
        let mut slowest = (0, Vec::new());
        for _ in 0..share.damaged * times {
            let bytes = damaged(&seeds, &words, &mut random);
            let started = Instant::now();
            self.hold(&bytes);
            slowest = slowest.max((started.elapsed().as_millis(), bytes));
        }
        println!("{}: {} ms for {}", self.name, slowest.0, slowest.1.escape_ascii());
    }

    /// Runs the target, and says on which bytes it failed.
    fn hold(&self, bytes: &[u8]) {
        assert!(catch_unwind(|| (self.run)(bytes)).is_ok(), "{} fails on b\"{}\"", self.name, bytes.escape_ascii());
    }
}

/// The words of a target's dictionary, if it has one.
fn words(target: &str) -> Vec<Vec<u8>> {
    let path = project().join("fuzz/dictionaries").join(format!("{target}.dict"));
    literals::of(&std::fs::read(path).unwrap_or_default())
}

/// One of the seeds, changed in a few places.
fn damaged(seeds: &[Vec<u8>], words: &[Vec<u8>], random: &mut impl RngExt) -> Vec<u8> {
    let one = |random: &mut _| seeds.choose(random).cloned().expect("a target begins with seeds");
    let mut bytes = one(random);
    for _ in 0..random.random_range(1..=4) {
        let from = random.random_range(0..=bytes.len());
        let to = (from + random.random_range(0..=16)).min(bytes.len());
        let new = match random.random_range(0..7) {
            0 => Vec::new(),
            1 => bytes[from..to].repeat(random.random_range(2..=40)),
            2 => bytes[from..to].iter().map(|byte| byte ^ 1 << random.random_range(0..8)).collect(),
            3 => vec![random.random_range(0..=u8::MAX); random.random_range(1..=2)],
            4 | 5 if !words.is_empty() => words.choose(random).cloned().unwrap_or_default(),
            _ => {
                let other = one(random);
                let start = random.random_range(0..=other.len());
                other[start..(start + random.random_range(0..=60)).min(other.len())].to_vec()
            }
        };
        bytes.splice(from..to, new);
    }
    bytes
}

macro_rules! tests {
    ($($test:ident: $target:ident, $seeds:expr, $damaged:expr;)*) => {$(
        #[test]
        fn $test() {
            let (run, seeds) = (targets::$target::target, targets::$target::seeds);
            let target = Target { name: stringify!($target), run, seeds };
            target.holds(&Share { seeds: $seeds, damaged: $damaged });
        }
    )*};
}

tests! {
    codebooks_hold: codebook, 1_000, 1_000;
    decisions_hold: decide, 1_000, 1_000;
    journals_hold: journal, 1_000, 20;
    prompts_hold: prompts, 1_000, 1_000;
    corpora_hold: readers, 500, 500;
    replies_hold: replies, 1_000, 1_000;
    runs_hold: runs, 10, 10;
    decisions_that_were_saved_hold: saved, 10, 50;
    keys_are_hidden: secrets, 200, 200;
}
