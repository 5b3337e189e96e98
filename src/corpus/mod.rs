//! Documents: read from JSONL, CSV or TSV, every input row accounted for.
//!
//! A [`Corpus`] keeps three views of the same file: the *rows* in input order (every non-blank line, whatever became of it),
//! the *documents* (rows that were not skipped, in input order), and the *texts* (distinct texts in canonical order: sha256 of
//! the text). Everything that computes, computes over the texts, each with the number of documents that carry it as its weight:
//! so exact duplicates are embedded and asked about once and assigned alike, and no result depends on the order of the rows.

mod collect;
mod delimited;
mod dialect;
mod encoding;
mod field;
mod folded;
mod format;
mod hint;
mod input;
mod jsonl;
mod language;
mod read;
mod records;
mod row;
mod suspicious;
#[cfg(test)]
mod testing;
mod words;

pub use folded::folded;
pub use language::{LanguageShare, foreign_share};
pub use read::{Format, OnError, ReadOptions, Source, read};
pub use suspicious::suspicious;

use serde_json::{Map, Value};

/// One line of the input that was not blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// 1-based line of the file on which the row begins.
    pub line: u64,
    /// The row's own id, or its line number as a string.
    pub id: String,
    /// What became of it.
    pub content: Content,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// It is a document: an index into [`Corpus::documents`].
    Document(usize),
    /// It was left out, and why (empty, invalid, beyond `--limit`).
    Skipped(String),
}

/// One text with the fields that came with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Unique within the corpus.
    pub id: String,
    /// Never empty.
    pub text: String,
    /// The row's other fields, in their order in the file, without text and id.
    pub fields: Map<String, Value>,
    /// Index into [`Corpus::texts`].
    pub distinct: usize,
}

/// One distinct text and the documents that carry it.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Indices into [`Corpus::documents`], ordered by document id; at least one.
    pub documents: Vec<usize>,
}

/// A whole input file.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    /// The file's name without directory and extension (`stdin` for `-`; the folder's name where the file is called `documents`).
    pub name: String,
    /// sha256 of the raw bytes, in hexadecimal.
    pub sha256: String,
    /// Every non-blank line, in input order.
    pub rows: Vec<Row>,
    /// Rows that were not skipped, in input order.
    pub documents: Vec<Document>,
    /// Distinct texts in canonical order (sha256 of the text).
    pub texts: Vec<Text>,
}

impl Corpus {
    /// The distinct text number `index`.
    pub fn text(&self, index: usize) -> &str {
        &self.documents[self.texts[index].documents[0]].text
    }

    /// The document that stands for a distinct text: the one with the smallest id.
    pub fn representative(&self, index: usize) -> &Document {
        &self.documents[self.texts[index].documents[0]]
    }

    /// All distinct texts in canonical order.
    pub fn distinct_texts(&self) -> Vec<&str> {
        (0..self.texts.len()).map(|index| self.text(index)).collect()
    }

    /// How many documents carry each distinct text.
    pub fn weights(&self) -> Vec<f64> {
        self.texts.iter().map(|text| text.documents.len() as f64).collect()
    }
}
