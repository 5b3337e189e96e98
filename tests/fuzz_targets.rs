//! The fuzz targets compile, and hold for the seeds that they begin with. libFuzzer, a nightly compiler and an hour are not
//! needed for that: a target is a function of bytes, and stands here as a module.

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

pub use shared::*;

/// Of so many seeds one is run: all of them, except of readers, which have thousands.
const ALL: usize = 1;
const READERS: usize = 16;

/// Runs a target on its seeds, and names the one on which it fails.
fn hold(target: fn(&[u8]), seeds: Vec<Vec<u8>>, step: usize) {
    assert!(!seeds.is_empty(), "a target begins with seeds");
    for (number, seed) in seeds.iter().enumerate().step_by(step) {
        if catch_unwind(|| target(seed)).is_err() {
            panic!("the target fails on seed {number}: {:?}", String::from_utf8_lossy(seed));
        }
    }
}

macro_rules! tests {
    ($($test:ident: $target:ident, $step:expr;)*) => {$(
        #[test]
        fn $test() {
            hold(targets::$target::target, targets::$target::seeds(), $step);
        }
    )*};
}

tests! {
    codebooks_of_the_seeds_hold: codebook, ALL;
    decisions_of_the_seeds_hold: decide, ALL;
    journals_of_the_seeds_hold: journal, ALL;
    prompts_of_the_seeds_hold: prompts, ALL;
    corpora_of_the_seeds_hold: readers, READERS;
    replies_of_the_seeds_hold: replies, ALL;
    runs_of_the_seeds_hold: runs, ALL;
    what_the_seeds_saved_holds: saved, ALL;
    keys_in_the_seeds_are_hidden: secrets, ALL;
}
