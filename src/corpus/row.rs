//! What a format's reader hands over: one row, not yet a document, and what can be wrong with it.

use std::collections::BTreeSet;
use std::io;

use serde_json::{Map, Value};

use super::field::shown;
use crate::error::Error;
use crate::message;
use crate::message::Message;

/// The rows of one format, in file order. Only a failing disk is an error: whatever is wrong with a row travels with it.
pub(super) trait RowReader {
    /// The reader whose rows these are, where this one only chooses, changes or joins them: it says all that holds for the file.
    fn inner(&self) -> Option<&dyn RowReader> {
        None
    }

    /// The names that hold for every row, as far as the format has a header; else empty.
    fn header(&self) -> &[String] {
        self.inner().map_or(&[], |rows| rows.header())
    }

    /// What the user should know of how the file is read, in sentences.
    fn remarks(&self) -> &[Message] {
        self.inner().map_or(&[], |rows| rows.remarks())
    }

    /// The fields that the rows so far have from the objects that they stand in.
    fn of_parents(&self) -> BTreeSet<String> {
        self.inner().map_or_else(BTreeSet::new, |rows| rows.of_parents())
    }

    /// The next row.
    fn next_row(&mut self) -> io::Result<Option<RawRow>>;

    /// The line of the next row, without looking into it.
    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        Ok(self.next_row()?.map(|row| row.line))
    }
}

/// One row as it was read.
#[derive(Debug, Clone)]
pub(super) struct RawRow {
    /// 1-based line on which it begins.
    pub(super) line: u64,
    /// The fields that could be read, in file order; perhaps some in spite of a problem, so that the id is known.
    pub(super) fields: Map<String, Value>,
    /// Why the row cannot be a document, as far as its format tells.
    pub(super) problem: Option<Problem>,
    /// What was put right to read it.
    pub(super) mends: Vec<Mend>,
    /// Its cells, where it has more of them than the header and none in quotes, and what stands between them.
    pub(super) surplus: Option<(Vec<String>, char)>,
    /// Whether it only lacks cells at its end, and begins as the other rows do.
    pub(super) is_short: bool,
}

impl RawRow {
    /// A row that could be read.
    pub(super) fn sound(line: u64, fields: Map<String, Value>) -> RawRow {
        RawRow { line, fields, problem: None, mends: Vec::new(), surplus: None, is_short: false }
    }

    /// The same row, and why it cannot be a document.
    pub(super) fn with_problem(self, problem: Problem) -> RawRow {
        RawRow { problem: Some(problem), ..self }
    }

    /// A row of which nothing could be read.
    pub(super) fn broken(line: u64, problem: Problem) -> RawRow {
        RawRow { problem: Some(problem), ..RawRow::sound(line, Map::new()) }
    }
}

/// What was put right in a row that would else be no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mend {
    /// A quote that is never closed is an ordinary character.
    StrayQuote,
    /// Cells beyond the header's belong to the text.
    Surplus,
    /// Cells that are missing at the end of a row are empty.
    Short,
    /// Letters of an older encoding, in a file of UTF-8.
    Encoding,
    /// `NaN` and `Infinity` are null.
    Number,
    /// Half a character is U+FFFD.
    Half,
}

impl Mend {
    /// What was done, after "in 3 rows".
    pub(super) fn what(self) -> &'static str {
        match self {
            Mend::StrayQuote => "a quote that is never closed was read as an ordinary character",
            Mend::Surplus => "there are more cells than columns: the separators were read as part of the text",
            Mend::Short => "there are fewer cells than columns: those that are missing at the end were read as empty",
            Mend::Encoding => {
                "the letters are of another encoding (windows-1252) than those of the other rows (UTF-8), and were read so"
            }
            Mend::Number => "NaN or Infinity, which JSON does not know, was read as null",
            Mend::Half => "half a character (a lone surrogate) was read as \u{FFFD}",
        }
    }
}

/// Why a line of a chat is no row: the messenger wrote it.
pub(super) const NOTICE: &str = "a notice of the chat: nobody wrote it";
/// Why a message is no row: it is a file.
pub(super) const FILE: &str = "a picture or another file without words";
/// Why a mail is no row: a program sent it in somebody's place.
pub(super) const AUTOMATIC: &str = "an automatic reply: nobody wrote it";
/// Why a turn of a transcript is no row: the user wants those of others.
pub(super) const OTHER_SPEAKER: &str = "a turn of somebody else";
/// Why a row is no row: the user wants those of another kind.
pub(super) const NOT_WANTED: &str = "a row of another kind than was asked for";
/// Why a record is no row: those of its type have no texts.
pub(super) const OTHER_TYPE: &str = "a record of another type than those with texts";
/// Why a message is no row: it asks the others to choose.
pub(super) const POLL: &str = "a poll, with its options";

/// Why a row of a table is no row: it has the names of the columns once more.
pub(super) const REPEATED_HEADER: &str = "repeated header";
/// The same with the names in another order, by which the rows below it are read.
pub(super) const REORDERED_HEADER: &str = "the header again in another order, by which the rows below it are read";
/// Why a row is no row: it is what a further table is called that stands below.
pub(super) const TITLE_BELOW: &str = "the title of a table below another";
/// Why a row within a table is no row: it sums up a group of them.
pub(super) const SUBTOTAL: &str = "a subtotal between the rows";
/// Why a line above a table or a text is no row of it.
pub(super) const TITLE: &str = "a title above the texts";
/// Why a line within a text is none of it: it stands on each page.
pub(super) const OF_A_PAGE: &str = "the number or the title of a page";
/// Why the last lines of a table are no rows.
pub(super) const NOTE: &str = "a note below the table";

/// Why a row is not a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("invalid UTF-8 at byte offset {0}")]
    Utf8(usize),
    #[error("invalid JSON: {message}")]
    Json { message: String, cut_short: bool },
    #[error("{0} where an object is wanted")]
    NotAnObject(&'static str),
    #[error("a list within the list, where an object is wanted")]
    ListInList,
    #[error("the file ends early, on line {0}, within this value or before the end of its list")]
    EndsEarly(u64),
    #[error("{} {expected} fields, this row has {found}", if *.has_header { "the header names" } else { "most rows have" })]
    Ragged { found: usize, expected: usize, has_header: bool },
    #[error("text after the closing quote of field {0}")]
    AfterQuote(usize),
    #[error("a quote opened in this row is never closed")]
    Unclosed,
    #[error("the row is longer than 128 MiB")]
    TooLong,
    #[error("field \"{}\": undecodable byte at offset {offset}", shown(.field))]
    Undecodable { field: String, offset: usize },
    #[error("no list \"{}\"", shown(.0))]
    NoList(String),
    #[error("no field \"{}\"", shown(.0))]
    Missing(String),
    #[error("field \"{}\" is {found}; {wanted} is wanted", shown(.field))]
    Kind { field: String, found: &'static str, wanted: &'static str },
    #[error("field \"{}\" is empty", shown(.0))]
    EmptyText(String),
    #[error("field \"{}\" is empty", shown(.0))]
    EmptyId(String),
    #[error("id \"{}\" is taken by {}", shown(.id), by_line(.first))]
    Duplicate { id: String, first: Option<u64> },
    #[error("no id, and the line number is taken as an id by {}", by_line(.first))]
    LineTaken { first: Option<u64> },
    /// A line of the file's that is meant to be no row: a title, a second header.
    #[error("{0}")]
    NoRow(&'static str),
    /// The sum or the average below a table.
    #[error("total row")]
    Total,
}

impl Problem {
    /// Whether the row is skipped whatever `--on-error` says: such rows are in every export.
    pub(super) fn is_ordinary(&self) -> bool {
        matches!(self, Problem::EmptyText(_) | Problem::NoRow(_) | Problem::Total)
    }

    /// Whether the row was never meant to be a document: it is kept as a whole, its text included.
    pub(super) fn is_no_row(&self) -> bool {
        matches!(self, Problem::NoRow(_) | Problem::Total)
    }

    /// Why the row is skipped, for the run directory.
    pub(super) fn reason(&self) -> String {
        match self {
            Problem::EmptyText(_) => "empty text".into(),
            other => other.to_string(),
        }
    }

    /// The error that stops the reading, with the cure; to skip such rows is none where that would
    /// leave hardly any.
    pub(super) fn into_error(self, file: &str, line: u64, may_be_skipped: bool) -> Error {
        let what = self.to_string();
        let problem = match (may_be_skipped, self.cure()) {
            (true, Some(cure)) => message!("{what}; {cure}, or skip such rows with {+on-error skip}", what, cure),
            (true, None) => message!("{what}; skip such rows with {+on-error skip}", what),
            (false, Some(cure)) => message!("{what}; {cure}", what, cure),
            (false, None) if matches!(self, Problem::Missing(_) | Problem::Kind { .. }) => {
                message!("{what}; most rows are like this: say with {+text-field} where the text is", what)
            }
            (false, None) => message!("{what}; most rows are like this", what),
        };
        Error::Row { file: file.into(), line, problem }
    }

    fn cure(&self) -> Option<Message> {
        Some(match self {
            Problem::Utf8(_) | Problem::Undecodable { .. } => "save the file as UTF-8".into(),
            Problem::Json { cut_short: true, .. } => {
                message!("write one object a line, or read objects over several lines with {+format json}")
            }
            Problem::NotAnObject("a list") => message!("read lists with {+format json}"),
            Problem::ListInList => "take the lists within the list out of it (jq -c '.[][]')".into(),
            Problem::EndsEarly(_) => "fetch or export the whole file again".into(),
            Problem::Ragged { .. } => "quote fields that hold the separator".into(),
            Problem::AfterQuote(_) => "double the quotes inside a quoted field".into(),
            Problem::Unclosed => "close it, or double it within quotes".into(),
            Problem::EmptyId(_) | Problem::Duplicate { .. } | Problem::LineTaken { .. } => {
                message!(
                    "give every row an id of its own, or leave {-id-field} out (then rows are called by their lines)"
                )
            }
            _ => return None,
        })
    }
}

/// Which row has an id; of a corpus that is read in parts, the lines are not kept.
fn by_line(first: &Option<u64>) -> String {
    first.map_or_else(|| "an earlier row".into(), |line| format!("line {line}"))
}

/// The type of a JSON value, as an error names it.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number that is no 64-bit integer",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
