//! The recordings of a real model that are shipped: one with the support tickets, and one of each other method in the evals.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::common::*;

const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/support-tickets/recording");
const RECORDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/evals/recordings");
/// Every stage that asks a model, but the criterion test, which is younger than the recordings.
const STAGES: [&str; 12] = [
    "propose",
    "merge",
    "assign",
    "explain",
    "core",
    "again",
    "escalate",
    "audit",
    "perspective",
    "granularity",
    "verify",
    "describe",
];

/// The recordings in the evals.
fn recordings() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(RECORDINGS).unwrap().map(|entry| entry.unwrap().path());
    let folders: BTreeSet<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.into_iter().collect()
}

/// Replays a recording: the files that must be the same bytes are, and nobody is asked.
fn check(recording: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let corpus = match manifest(recording)["corpus"]["name"].as_str() {
        Some("support-tickets") => PathBuf::from(TICKETS),
        _ => Path::new(RECORDINGS).join("answers.jsonl"),
    };
    let [corpus, recorded, out_name] = [&corpus, recording, &out].map(|path: &Path| path.to_str().unwrap());
    // What the small model said in these runs does not depend on the documents: that is exit code 4.
    let is_blind = ["classify", "auto", "letters"].iter().any(|name| recorded.ends_with(name));
    let code = if is_blind { 4 } else { 0 };
    run(&["run", corpus, "--replay", recorded, "--out", out_name], code);
    check_invariants(&out);
    assert_eq!(files(&out), files(recording), "{recorded}");
    let manifest = manifest(&out);
    assert_eq!((&manifest["model"]["replayed"], &manifest["usage"]["calls"]), (&true.into(), &0.into()));
    // The small model of these two runs says much the same whatever it is shown.
    if manifest["core"]["told"].is_number() {
        assert!(
            manifest["warnings"].to_string().contains("letters say hangs on the document"),
            "{}",
            manifest["warnings"]
        );
    }
}

#[test]
fn a_replay_of_the_shipped_recording_gives_its_very_clusters() {
    check(Path::new(RECORDING));
}

#[test]
fn a_replay_of_each_recording_in_the_evals_gives_its_very_clusters() {
    let recordings = recordings();
    assert!(recordings.len() >= 4, "{recordings:?}");
    recordings.iter().for_each(|recording| check(recording));
}

#[test]
fn the_stages_were_recorded_from_a_real_model() {
    let mut recorded = BTreeSet::new();
    for recording in recordings().iter().map(PathBuf::as_path).chain([Path::new(RECORDING)]) {
        let calls = lines(&recording.join("calls.jsonl"));
        recorded.extend(calls.iter().filter_map(|call| call["stage"].as_str().map(str::to_owned)));
    }
    let missing: Vec<&str> = STAGES.into_iter().filter(|stage| !recorded.contains(*stage)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "{recorded:?}");
}

#[test]
fn the_shipped_recordings_are_small() {
    for recording in recordings().iter().map(PathBuf::as_path).chain([Path::new(RECORDING)]) {
        let files = std::fs::read_dir(recording).unwrap();
        let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
        assert!(bytes < 2_000_000, "{}: {bytes} bytes", recording.display());
    }
}
