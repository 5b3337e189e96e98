//! What a user does, tested by the program itself: one module a part of it, in one binary, so that it is linked once and no core waits
//! for the slowest test of a file. `cargo test --test program search` runs the tests of one of them.

mod assign;
mod attack;
mod auto;
mod browser;
mod budget;
mod classify;
mod clusterllm;
mod codebook;
mod common;
mod criterion;
mod diff;
mod doctor;
mod edits;
mod embed;
mod embedder;
mod faults;
mod field;
mod files;
mod flags;
mod floors;
mod goalex;
mod hostile;
mod judge;
mod mock;
mod named;
mod readme;
mod recording;
mod report;
mod search;
mod secrets;
mod serve;
mod topics;
mod update;

use std::collections::BTreeSet;
use std::path::Path;

/// Files that are a binary each: this one, and the fuzz targets, which stand at the root of a crate.
const BINARIES: [&str; 2] = ["main", "fuzz_targets"];

#[test]
fn every_file_of_tests_is_a_module_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = names.filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned())).collect();
    let modules = include_str!("main.rs").lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let listed = modules.filter(|name| *name != "common").chain(BINARIES).map(str::to_owned);
    assert_eq!(files, listed.collect());
}
