//! Helpers for the tests of this room: a corpus from bytes, by way of a temporary file.

use super::{Content, Corpus, OnError, ReadOptions, Source, read};
use crate::error::Error;

/// The defaults.
pub(super) fn options() -> ReadOptions {
    ReadOptions::default()
}

/// The defaults, with bad rows skipped.
pub(super) fn skipping() -> ReadOptions {
    ReadOptions { on_error: OnError::Skip, ..options() }
}

/// The defaults, with another text field.
pub(super) fn text_field(name: &str) -> ReadOptions {
    ReadOptions { text_field: Some(name.into()), ..options() }
}

/// Reads `bytes` from a file called `name`, in a directory that messages do not show.
pub(super) fn read_as(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Corpus, String> {
    read_raw(name, bytes, options).map_err(|(error, directory)| error.to_string().replace(&directory, ""))
}

/// The message of the error that stops the reading.
pub(super) fn error_of(name: &str, bytes: &[u8], options: &ReadOptions) -> String {
    read_as(name, bytes, options).unwrap_err()
}

/// The exit code of the error that stops the reading.
pub(super) fn exit_code_of(name: &str, bytes: &[u8], options: &ReadOptions) -> u8 {
    read_raw(name, bytes, options).unwrap_err().0.exit_code()
}

/// The words of the command line that would mend it.
pub(super) fn cure_of(name: &str, bytes: &[u8], options: &ReadOptions) -> Vec<String> {
    match read_raw(name, bytes, options).unwrap_err().0 {
        Error::Reading { cure, .. } => {
            cure.into_iter().flat_map(|(flag, value)| [Some(flag), value]).flatten().collect()
        }
        other => panic!("{other} has no cure"),
    }
}

fn read_raw(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Corpus, (Error, String)> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read(&Source::File(path), options).map_err(|error| (error, format!("{}/", directory.path().display())))
}

/// The documents' texts, in input order.
pub(super) fn texts(corpus: &Corpus) -> Vec<&str> {
    corpus.documents.iter().map(|document| document.text.as_str()).collect()
}

/// The rows' ids, in input order.
pub(super) fn ids(corpus: &Corpus) -> Vec<&str> {
    corpus.rows.iter().map(|row| corpus.id(row)).collect()
}

/// Why a row was left out.
pub(super) fn reason(corpus: &Corpus, row: usize) -> &str {
    match &corpus.rows[row].content {
        Content::Skipped(skipped) => &skipped.reason,
        Content::Document(_) => panic!("row {row} is a document"),
    }
}
