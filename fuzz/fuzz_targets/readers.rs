//! Any bytes as an input file: never a panic, and every row of a corpus that was read ends in one status.
#![no_main]

use std::io::Write;

use colligate::corpus::{Content, Format, OnError, ReadOptions, Source, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let path = std::env::temp_dir().join(format!("colligate-fuzz-readers-{}", std::process::id()));
    let mut file = std::fs::File::create(&path).expect("the temporary folder can be written");
    file.write_all(bytes).expect("the temporary folder can be written");
    drop(file);
    let options = ReadOptions {
        format: [None, Some(Format::Jsonl), Some(Format::Csv), Some(Format::Tsv)][usize::from(choice & 3)],
        on_error: if choice & 4 == 0 { OnError::Skip } else { OnError::Fail },
        limit: (choice & 8 != 0).then_some(2),
        ..ReadOptions::default()
    };
    let Ok(corpus) = read(&Source::File(path), &options) else { return };
    let documents = corpus.rows.iter().filter(|row| matches!(row.content, Content::Document(_))).count();
    assert_eq!(documents, corpus.documents.len(), "each document is one row");
    assert!(corpus.documents.iter().all(|document| !document.text.is_empty()), "no document is empty");
});
