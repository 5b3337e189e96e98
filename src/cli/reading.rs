//! Flags of the commands that read documents as a finished run did.

use std::path::PathBuf;

use clap::Args;

use crate::corpus::{Format, OnError, Only, Source, Turns, sources};
use crate::error::Error;
use crate::plan::Settings;

/// Where in a file the documents stand, as every command that reads files takes it.
#[derive(Debug, Args)]
pub struct Parts {
    /// Field of the text
    #[arg(long, value_name = "F")]
    text_field: Option<String>,
    /// Field of the id
    #[arg(long, value_name = "F")]
    id_field: Option<String>,
    /// JSON pointer to the list of documents in a JSON object, or in each of several
    #[arg(long, value_name = "POINTER")]
    records: Option<String>,
    /// Sheet of a workbook, or a pattern such as '*' for all that have the same columns
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Only rows of one kind: `FIELD=VALUE`, of several values with commas, or `FIELD!=VALUE` for all others
    #[arg(long, value_name = "FIELD=VALUE")]
    only: Option<Only>,
    /// Field by which rows that follow each other are one text
    #[arg(long, value_name = "F")]
    join: Option<String>,
    /// Whose turns of a chat are its text: `user`, `assistant`, `all`, a speaker by name, or `not NAME`; several names with commas
    #[arg(long, value_name = "WHO")]
    turns: Option<Turns>,
    /// What to do with a row that is no document
    #[arg(long, value_enum)]
    on_error: Option<OnError>,
}

impl Parts {
    /// How to read, as far as it is said.
    pub fn said(&self) -> Settings {
        Settings {
            text_field: self.text_field.clone(),
            id_field: self.id_field.clone(),
            records: self.records.clone(),
            sheet: self.sheet.clone(),
            only: self.only.clone(),
            join: self.join.clone(),
            turns: self.turns.clone(),
            on_error: self.on_error,
            ..Settings::default()
        }
    }
}

/// Which documents, and how they are read where that is not as the run read its own.
#[derive(Debug, Args)]
pub struct Documents {
    /// Documents: files, folders or patterns of files, or - for standard input
    #[arg(required = true)]
    corpus: Vec<PathBuf>,
    /// Format of the files; without it, by their first bytes and their name
    #[arg(long, value_enum)]
    input_format: Option<Format>,
    #[command(flatten)]
    parts: Parts,
    /// The table has no header
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    no_header: Option<bool>,
    /// Documents at most, the first ones
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Documents {
    /// Where they come from.
    ///
    /// # Errors
    /// When a pattern matches no file.
    pub fn source(&self) -> Result<Source, Error> {
        sources(&self.corpus)
    }

    /// How to read, as far as it is said.
    pub fn said(&self) -> Settings {
        Settings { format: self.input_format, no_header: self.no_header, limit: self.limit, ..self.parts.said() }
    }
}
