//! Reports of a finished run: HTML, Markdown, CSV, a workbook, the terminal. Exporters return bytes; the caller writes them.
//!
//! In reading order:
//! - `words`: statuses, bars and shortened texts, as every report writes them;
//! - `summary`: all that the human reports say, computed once, so that they say the same things;
//! - `listing`: which documents stand under which cluster, or a sample of them;
//! - `html`, `markdown`, `terminal`: the same summary on three kinds of paper; each only lays out and escapes;
//! - `csv`: `assignments.csv`, one line for every input row;
//! - `codebook`: its clusters as the codebook of a next run;
//! - `comparison`: what changed between two runs, in words;
//! - `drift`: what later documents look like beside those of a run; `update`: what an update has added to one;
//! - `found`: what a search found;
//! - `xlsx`: summary and documents as a workbook, one sheet a cluster.
//!
//! Documents are hostile. The summary sanitizes every string on the way in; what the documents themselves say is sanitized
//! where it is shown; and each report escapes every string on the way out. The CSV is for programs: it changes nothing but
//! guards its cells.

mod codebook;
mod comparison;
mod csv;
mod drift;
mod duplicates;
mod found;
mod html;
mod listing;
mod markdown;
mod summary;
mod terminal;
mod update;
mod words;
mod xlsx;

pub use self::codebook::codebook;
pub use self::comparison::{comparison_page, comparison_text};
pub use self::csv::{CsvColumns, csv};
pub use self::drift::drift;
pub use self::duplicates::duplicates_csv;
pub use self::found::found;
pub use self::html::{html, page_style, sha256_source};
pub use self::markdown::markdown;
pub use self::terminal::{TerminalStyle, terminal};
pub use self::update::update;
pub use self::xlsx::xlsx;
