//! The recording of a real model that is shipped with the support tickets.

mod common;

use std::path::Path;

use common::*;

const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/support-tickets/recording");

#[test]
fn a_replay_of_the_shipped_recording_gives_its_very_clusters() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    run(&["run", TICKETS, "--replay", RECORDING, "--out", out.to_str().unwrap()], 0);
    check_invariants(&out);
    for name in ["clusters.jsonl", "assignments.jsonl"] {
        let read = |folder: &Path| std::fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read(&out), read(Path::new(RECORDING)), "{name}");
    }
    let manifest = manifest(&out);
    assert_eq!((&manifest["model"]["replayed"], &manifest["usage"]["calls"]), (&true.into(), &0.into()));
}

#[test]
fn the_shipped_recording_is_small() {
    let files = std::fs::read_dir(RECORDING).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    assert!(bytes < 2_000_000, "{bytes} bytes");
}
