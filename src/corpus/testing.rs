//! Helpers for the tests of this room: a corpus from bytes, by way of a temporary file.

use super::{Content, Corpus, OnError, ReadOptions, Reason, Source, read};
use crate::error::Error;
use crate::message::{Mention, Message};

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

/// The parameters that would mend it, with their values.
pub(super) fn cure_of(name: &str, bytes: &[u8], options: &ReadOptions) -> Vec<String> {
    match read_raw(name, bytes, options).unwrap_err().0 {
        Error::Reading { cure, .. } => {
            let words = |mention: &Mention| [Some(mention.parameter().to_owned()), mention.value().map(str::to_owned)];
            cure.iter().flat_map(words).flatten().collect()
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
        Content::Skipped(skipped) => match &skipped.reason {
            Reason::BeyondLimit => "beyond limit",
            Reason::Row(problem) => problem,
        },
        Content::Document(_) => panic!("row {row} is a document"),
    }
}

/// What the user should know of how the corpus was read, in words.
pub(super) fn notes(corpus: &Corpus) -> Vec<String> {
    corpus.notes.iter().map(Message::to_string).collect()
}
