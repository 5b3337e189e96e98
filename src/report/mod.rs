//! Text out of a finished run: HTML, Markdown, CSV, terminal. Exporters return text; the caller writes it.
//!
//! In reading order:
//! - `sanitize`: no control character, bidi override or zero-width character of a document reaches a reader;
//! - `words`: numbers, percentages, bars and shortened texts, as every report writes them;
//! - `summary`: all that the human reports say, computed once, so that they say the same things;
//! - `html`, `markdown`, `terminal`: the same summary on three kinds of paper; each only lays out and escapes;
//! - `csv`: `assignments.csv`, one line for every input row.
//!
//! Documents are hostile. The summary sanitizes every string on the way in, the human reports read no string but from it,
//! and each escapes every string on the way out. The CSV is for programs: it changes nothing but guards its cells.

mod csv;
#[cfg(test)]
pub(crate) mod fixture;
mod html;
mod markdown;
pub mod sanitize;
mod summary;
mod terminal;
mod words;

pub use self::csv::csv;
pub use self::html::html;
pub use self::markdown::markdown;
pub use self::terminal::{TerminalStyle, terminal};
