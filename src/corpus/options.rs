//! What is read, and how.

use std::path::PathBuf;

use super::only::Only;
use super::turns::Turns;
use crate::error::Error;
use crate::message;
use crate::message::Message;

/// Where the rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Several files, one after the other: each document says which one it is from.
    Files(Vec<PathBuf>),
    /// The files that a folder or a pattern stands for, read as several files are.
    Matched(Matched),
    /// Standard input, written `-`.
    Stdin,
}

/// The files that a folder or a pattern stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// The files in their order.
    pub paths: Vec<PathBuf>,
    /// What a corpus of these files is called.
    pub name: String,
    /// What the user should know of how they were chosen, such as files that were passed over.
    pub notes: Vec<Message>,
}

impl Source {
    /// The files in their order; `-` is standard input.
    pub fn paths(&self) -> Vec<PathBuf> {
        match self {
            Source::File(path) => vec![path.clone()],
            Source::Files(paths) => paths.clone(),
            Source::Matched(matched) => matched.paths.clone(),
            Source::Stdin => vec!["-".into()],
        }
    }

    /// What the user should know of how the files were chosen.
    pub(super) fn notes(&self) -> &[Message] {
        match self {
            Source::Matched(matched) => &matched.notes,
            Source::File(_) | Source::Files(_) | Source::Stdin => &[],
        }
    }
}

/// The layout of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line
    Jsonl,
    /// A JSON list, an object that holds one, or objects over several lines
    Json,
    /// Separated values; the separator is recognised
    Csv,
    /// Tab-separated values
    Tsv,
    /// One text a line
    Lines,
    /// A chat exported as text, such as WhatsApp's: time, who wrote it, and the message
    Chat,
    /// Paragraphs between empty lines, or what stands below headings such as `Response 1`, each a text
    Paragraphs,
    /// Each file one text, such as a folder of notes: front matter of Markdown becomes fields, the name is the id
    Files,
    /// A workbook: .xlsx, .xls, .xlsb or .ods
    Xlsx,
    /// Apache Parquet
    Parquet,
}

/// What to do with a row that is not a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// Stop with an error that names file, line and field
    #[default]
    Fail,
    /// Keep the row with the status `skipped` and its reason
    Skip,
}

/// How to read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadOptions {
    /// By the file's first bytes and its name, when absent.
    pub format: Option<Format>,
    /// Column, or JSON pointer when it begins with `/`; when absent `text`, else the field that is plainly the text.
    pub text_field: Option<String>,
    /// Column, or JSON pointer when it begins with `/`; `id` when absent (and then allowed to be missing).
    pub id_field: Option<String>,
    /// JSON pointer to the list of documents in a JSON object, or in each of several; when absent, the only list.
    pub records: Option<String>,
    /// Sheet of a workbook, or a pattern for several; when absent, the first that holds anything.
    pub sheet: Option<String>,
    /// Whether a table begins with its first row, not with the names of its columns.
    pub no_header: bool,
    /// Only the rows with such a value of a field; all when absent.
    pub only: Option<Only>,
    /// Column or JSON pointer by whose value rows that follow each other are one text; each row is one when absent.
    pub join: Option<String>,
    /// Whose turns of a chat are its text.
    pub turns: Turns,
    /// Fail at the first bad row, or skip it.
    pub on_error: OnError,
    /// Whether quoted replies, signatures and what repeats across documents stay in the texts.
    pub keep_boilerplate: bool,
    /// Whether answers without content ("don't know", "n/a") are grouped like the others.
    pub keep_fillers: bool,
    /// Keep only so many rows that are documents, the first; the rest are skipped with the reason `beyond --limit`.
    pub limit: Option<usize>,
}

impl ReadOptions {
    /// An error where no file could be read so.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.limit {
            Some(0) => {
                Err(Error::Usage(message!("{@limit 0} leaves no document: give 1 at least, or leave {-limit} out")))
            }
            _ => Ok(()),
        }
    }
}
