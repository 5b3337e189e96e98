//! Any bytes as a run's journal: it opens, what it holds can be read, it takes a new line, and the second opening finds all of it.
#![cfg_attr(not(test), no_main)]

use colligate::model::{Call, Journal, Recorded, VectorLine};
use colligate_fuzz::{literals, project};

fn call() -> Call {
    Call {
        key: "ab".repeat(32),
        stage: "core".into(),
        prompt: "core-1".into(),
        request: None,
        reply: Recorded::Completion { content: "Yes".into(), logprobs: Some(vec![("Yes".into(), -0.1)]) },
        finish_reason: None,
        usage: None,
        milliseconds: 1,
        settles: None,
    }
}

/// Whole journals, and damaged ones.
pub fn seeds() -> Vec<Vec<u8>> {
    let line = serde_json::to_vec(&call()).expect("a call can be written");
    let two = [line.as_slice(), b"\n", &line, b"\n"].concat();
    let mut seeds =
        vec![line.clone(), [b"\xef\xbb\xbf", line.as_slice()].concat(), two[..line.len() * 3 / 2].to_vec(), two];
    seeds.extend(literals::below(&project().join("src/model")).into_iter().filter(|text| text.starts_with(b"{")));
    seeds
}

pub fn target(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join("calls.jsonl");
    std::fs::write(&path, bytes).expect("the file is written");
    let mut recording: Journal = Journal::open_recording(&path).expect("it is a file");
    for key in recording.keys() {
        recording.outcome(&key).expect("what is listed can be read");
    }
    let _: Journal<VectorLine> = Journal::open_recording(&path).expect("it is a file");
    let mut journal: Journal = Journal::open(&path, true).expect("damaged lines are set aside");
    let before = journal.keys().len();
    let is_new = !journal.has(&call().key);
    journal.record(call()).expect("it takes a line");
    drop(journal);
    let mut again: Journal = Journal::open(&path, true).expect("it is a file");
    assert!(again.damage().is_empty(), "{:?}", again.damage());
    assert_eq!(again.keys().len(), before + usize::from(is_new));
    assert_eq!(again.outcome(&call().key).expect("it can be read"), Some(call()));
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
