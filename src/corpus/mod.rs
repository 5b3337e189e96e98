//! Documents: read from files as people have them, every input row accounted for.
//!
//! In reading order: `sources` (which files), `input` (raw bytes and their hash), `unpack`, `format`, `open` (which reader a file
//! needs); the readers, one a file (`jsonl`, `json`, `plain`, `table` over `records` or a `workbook`, `parquet`), each a
//! `row::RowReader`; `text_column` and `hint` (which field is the text, and what to ask); `collect` (rows into a corpus).
//!
//! A [`Corpus`] keeps three views of the same file: the *rows* in input order (every non-blank line, whatever became of it),
//! the *documents* (rows that were not skipped, in input order), and the *texts* (distinct texts in canonical order: sha256 of
//! the text). Everything that computes, computes over the texts, each with the number of documents that carry it as its weight:
//! so exact duplicates are embedded and asked about once and assigned alike, and no result depends on the order of the rows.

mod collect;
mod dialect;
mod encoding;
mod field;
mod folded;
mod format;
mod header;
mod hint;
mod input;
mod json;
mod jsonl;
mod language;
mod lenient;
mod line_reader;
mod open;
#[cfg(feature = "parquet")]
mod parquet;
mod plain;
mod read;
mod records;
mod row;
mod sources;
mod survey;
mod suspicious;
mod table;
#[cfg(test)]
mod testing;
mod text_column;
mod text_input;
mod turns;
mod unpack;
mod words;
#[cfg(feature = "workbooks")]
mod workbook;

pub use folded::folded;
pub use language::{LanguageShare, foreign_share, language_codes, languages};
pub use read::{Format, OnError, ReadOptions, Source, read};
pub use sources::sources;
pub use survey::{Column, Survey, survey};
pub use suspicious::suspicious;
pub use turns::Turns;

use serde_json::{Map, Value};

/// Fields that a table of documents has columns for; of more, the most frequent ones.
pub const MOST_COLUMNS: usize = 256;

/// One line of the input that was not blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// 1-based line of the file on which the row begins.
    pub line: u64,
    /// What became of it.
    pub content: Content,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// It is a document: an index into [`Corpus::documents`].
    Document(usize),
    /// It was left out.
    Skipped(Box<Skipped>),
}

/// A row that is no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its own id, or its line number as a string.
    pub id: String,
    /// Why it was left out (empty, invalid, beyond `--limit`).
    pub reason: String,
}

impl Skipped {
    /// The reason without what is the row's own in it: numbers.
    fn kind(&self) -> String {
        let is_own = |word: &str| word.chars().any(|c| c.is_ascii_digit());
        self.reason.split(' ').map(|word| if is_own(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
    }
}

/// One text with the fields that came with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The row's own id, or its line number as a string; unique within the corpus.
    pub id: String,
    /// Never empty.
    pub text: String,
    /// The row's other fields, in their order in the file, without text and id; none is called `text` or `id`.
    pub fields: Map<String, Value>,
    /// Whether something in the row had to be put right to read it.
    pub mended: bool,
    /// Whether the text is a chat whose lines are headed by roles.
    pub has_roles: bool,
    /// Index into [`Corpus::texts`].
    pub distinct: usize,
}

impl Document {
    /// Whether it looks as if it spoke to a model. The roles at the heads of a chat's lines are ours, not the text's.
    pub fn is_suspicious(&self) -> bool {
        if self.has_roles {
            suspicious(&turns::without_roles(&self.text)).is_some()
        } else {
            suspicious(&self.text).is_some()
        }
    }
}

/// One distinct text: which of [`Corpus::carriers`] carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub(crate) std::ops::Range<usize>);

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
    /// What the user should know of how the files were read, in sentences.
    pub notes: Vec<String>,
    /// Indices into `documents`, text by text, those of one text ordered by document id.
    pub(crate) carriers: Vec<usize>,
}

impl Corpus {
    /// The distinct text number `index`.
    pub fn text(&self, index: usize) -> &str {
        &self.representative(index).text
    }

    /// The document that stands for a distinct text: the one with the smallest id.
    pub fn representative(&self, index: usize) -> &Document {
        &self.documents[self.carriers(index)[0]]
    }

    /// For each distinct text, in canonical order, the index of the document that stands for it.
    pub fn representatives(&self) -> Vec<usize> {
        self.texts.iter().map(|text| self.carriers[text.0.start]).collect()
    }

    /// The documents that carry a distinct text, ordered by their ids: at least one.
    pub fn carriers(&self, index: usize) -> &[usize] {
        &self.carriers[self.texts[index].0.clone()]
    }

    /// The id of a row, whatever became of it.
    pub fn id<'a>(&'a self, row: &'a Row) -> &'a str {
        match &row.content {
            Content::Document(index) => &self.documents[*index].id,
            Content::Skipped(skipped) => &skipped.id,
        }
    }

    /// All distinct texts in canonical order.
    pub fn distinct_texts(&self) -> Vec<&str> {
        (0..self.texts.len()).map(|index| self.text(index)).collect()
    }

    /// How many documents carry each distinct text.
    pub fn weights(&self) -> Vec<f64> {
        self.texts.iter().map(|text| text.0.len() as f64).collect()
    }
}
