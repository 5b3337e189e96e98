//! Documents: read from files as people have them, every input row accounted for.
//!
//! In reading order: `sources` (which files), `input` (raw bytes and their hash), `unpack`, `archive`, `format`, `open` (which reader a file
//! needs); the readers, one a file (`jsonl`, `json`, `plain`, `passages` by `sections`, `messages`, `table` over `records` or a `workbook`, `parquet`), each a
//! `row::RowReader`; `text_column`, `company` and `hint` (which field is the text, and what to ask); `collect` (rows into a corpus);
//! `readable` (what a reader would read of each text).
//!
//! A [`Corpus`] keeps three views of the same file: the *rows* in input order (every non-blank line, whatever became of it),
//! the *documents* (rows that were not skipped, in input order), and the *texts* (distinct texts in canonical order: sha256 of
//! the text). Everything that computes, computes over the texts, each with the number of documents that carry it as its weight:
//! so exact duplicates are embedded and asked about once and assigned alike, and no result depends on the order of the rows.

mod advice;
mod ahead;
mod archive;
mod by_programs;
mod cells;
mod collect;
mod company;
mod conversation;
mod deeper;
mod dialect;
mod differing;
mod discord;
mod dump;
mod encoding;
mod field;
mod flat;
mod folder;
mod format;
mod found_id;
mod front_matter;
mod header;
mod heads;
#[cfg(feature = "workbooks")]
mod hidden;
mod hint;
mod input;
mod joined;
mod json;
mod jsonl;
mod keep;
mod labels;
mod language;
mod layout;
mod lenient;
mod line_reader;
mod lookalike;
#[cfg(feature = "workbooks")]
mod merged;
mod messages;
mod mojibake;
mod moments;
mod no_language;
mod notices;
mod objects;
mod only;
mod open;
mod options;
mod parents;
#[cfg(feature = "parquet")]
mod parquet;
mod passages;
#[cfg(feature = "workbooks")]
mod pasted;
mod plain;
mod python;
mod quoted_lines;
mod read;
mod readable;
mod records;
mod relaxed;
mod remarks;
mod rich;
mod row;
mod rows_of_one;
mod said;
mod sections;
mod segments;
mod several_files;
mod several_tables;
#[cfg(feature = "workbooks")]
mod sheets;
mod signs;
mod sources;
#[cfg(feature = "workbooks")]
mod spans;
mod speakers;
mod subtitles;
mod survey;
mod suspicious;
mod table;
mod taken;
#[cfg(test)]
mod testing;
mod text_column;
mod text_input;
mod tight;
mod totals;
mod turns;
mod two_rows;
mod typed;
mod unpack;
mod values;
mod weight;
mod whole;
mod within_lists;
mod words;
#[cfg(feature = "workbooks")]
mod workbook;

pub use cells::{SheetRow, decoded, sheet_rows};
pub use format::is_workbook;
pub use labels::{Label, RunIds, labels};
pub use language::{LanguageShare, Languages, foreign_share, language_codes, languages, languages_told, main_language};
pub use only::Only;
pub use options::{Format, Matched, OnError, ReadOptions, Source};
pub use read::{Ended, InParts, Part, read, read_in_parts};
pub use readable::{Piece, SetApart, is_courtesy};
pub use sources::sources;
pub use survey::{Column, Survey, survey, survey_all};
pub use suspicious::suspicious;
pub use turns::Turns;
pub use weight::unpacked_bytes;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::message;
use crate::message::Message;
use crate::seed::hex;

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

/// A row that is not a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Skipped {
    /// Its own id, or its line number as a string.
    pub id: String,
    /// Why it was left out.
    pub reason: Reason,
    /// The row's other fields, as those of a document, as far as the row could be read.
    pub fields: Map<String, Value>,
}

/// Why a row was left out. A limit leaves out millions of rows, so it takes no memory.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The user wants fewer documents.
    BeyondLimit,
    /// The row is empty or invalid.
    Row(String),
}

impl Reason {
    /// In words.
    pub fn message(&self) -> Message {
        match self {
            Reason::BeyondLimit => message!("beyond {@limit}"),
            Reason::Row(problem) => Message::of(problem),
        }
    }
}

impl Skipped {
    /// The reason without what is the row's own in it: numbers.
    fn kind(&self) -> Message {
        let is_own = |word: &str| word.chars().any(|c| c.is_ascii_digit());
        let of_any_row = |problem: &str| {
            problem.split(' ').map(|word| if is_own(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
        };
        match &self.reason {
            Reason::Row(problem) => Message::of(of_any_row(problem)),
            limit => limit.message(),
        }
    }
}

/// One text with the fields that came with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The row's own id, or its line number as a string; unique within the corpus.
    pub id: String,
    /// The readable text, which is embedded, shown and quoted; never empty.
    pub text: String,
    /// The row's other fields, in their order in the file, without text and id; none is called `text` or `id`, and those of objects
    /// within the row are called by their JSON pointers.
    pub fields: Map<String, Value>,
    /// Whether something in the row had to be put right to read it.
    pub mended: bool,
    /// Whether the text is a chat whose lines are headed by roles.
    pub has_roles: bool,
    /// Whether it says something: "don't know" and the like are in no group.
    pub has_content: bool,
    /// Index into [`Corpus::texts`]; beyond them for a text without content.
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
    /// Distinct texts with content, in canonical order (sha256 of the text).
    pub texts: Vec<Text>,
    /// Distinct texts without content, in the same order; numbered on from those with content.
    pub(crate) apart: Vec<Text>,
    /// What the user should know of how the files were read, in sentences.
    pub notes: Vec<Message>,
    /// What was stripped, joined or set apart before grouping.
    pub set_apart: Vec<SetApart>,
    /// How each file was read, in their order.
    pub files: Vec<FileRead>,
    /// Indices into `documents`, text by text, those of one text ordered by document id.
    pub(crate) carriers: Vec<usize>,
}

/// How one file of a corpus was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRead {
    /// Its name, without the folders that it is in; `-` for standard input.
    pub name: String,
    /// Its format in words, with separator, sheet and the like.
    pub format: String,
    /// The field of its texts.
    pub text: String,
    /// The field of its ids; absent where a document is called by its line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Columns that hold texts too, which were not read as the user named another; absent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
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

    /// The documents with content, in input order.
    pub fn embedded(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(|document| document.has_content)
    }

    /// For each distinct text, in canonical order, which of [`Corpus::embedded`] stands for it.
    pub fn representatives(&self) -> Vec<usize> {
        let mut place = vec![0; self.documents.len()];
        let with_content = (0..self.documents.len()).filter(|&index| self.documents[index].has_content);
        with_content.enumerate().for_each(|(rank, index)| place[index] = rank);
        self.texts.iter().map(|text| place[self.carriers[text.0.start]]).collect()
    }

    /// The documents that carry a distinct text, ordered by their ids: at least one.
    pub fn carriers(&self, index: usize) -> &[usize] {
        let text = self.texts.get(index).unwrap_or_else(|| &self.apart[index - self.texts.len()]);
        &self.carriers[text.0.clone()]
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

    /// A sha256 of all distinct texts: the same where vectors stand for the same texts.
    pub fn texts_digest(&self) -> String {
        let mut hash = Sha256::new();
        for text in self.distinct_texts() {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        }
        hex(&hash.finalize())
    }

    /// How many documents carry each distinct text.
    pub fn weights(&self) -> Vec<f64> {
        self.texts.iter().map(|text| text.0.len() as f64).collect()
    }
}
