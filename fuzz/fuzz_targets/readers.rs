//! Any bytes as a corpus in any format of text: no panic, and every row is accounted for.
#![no_main]

use std::collections::HashSet;

use colligate::corpus::{Content, Format, OnError, ReadOptions, Source, read};
use libfuzzer_sys::fuzz_target;

/// What is told of the format; none where it is recognised.
const FORMATS: [Option<Format>; 6] =
    [None, Some(Format::Jsonl), Some(Format::Json), Some(Format::Csv), Some(Format::Tsv), Some(Format::Lines)];

// The first byte says how the others are read.
fuzz_target!(|bytes: &[u8]| {
    let Some((&how, bytes)) = bytes.split_first() else { return };
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join("corpus");
    std::fs::write(&path, bytes).expect("the file is written");
    let options = ReadOptions {
        format: FORMATS[usize::from(how) % FORMATS.len()],
        no_header: how & 0x40 != 0,
        on_error: if how & 0x80 == 0 { OnError::Skip } else { OnError::Fail },
        ..ReadOptions::default()
    };
    let Ok(corpus) = read(&Source::File(path), &options) else { return };
    let ids: HashSet<&str> = corpus
        .rows
        .iter()
        .map(|row| match &row.content {
            Content::Document(index) => corpus.documents[*index].id.as_str(),
            Content::Skipped(skipped) => skipped.id.as_str(),
        })
        .collect();
    assert_eq!(ids.len(), corpus.rows.len(), "each row has an id of its own");
    assert!(corpus.rows.windows(2).all(|pair| pair[0].line < pair[1].line), "rows stand in the order of their lines");
    assert_eq!(corpus.weights().iter().sum::<f64>(), corpus.embedded().count() as f64);
});
