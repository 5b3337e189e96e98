//! Turns of a transcript or messages of a chat, without those of speakers whom the user leaves out.

use std::io;

use serde_json::Value;

use super::row::{OTHER_SPEAKER, Problem, RawRow, RowReader};
use super::turns::Turns;
use crate::message::Message;

/// The rows of a chat, of which those by others are no documents.
pub(super) struct Speakers<R> {
    rows: R,
    turns: Turns,
}

impl<R: RowReader> Speakers<R> {
    /// Nothing is read yet.
    pub(super) fn new(rows: R, turns: &Turns) -> Speakers<R> {
        Speakers { rows, turns: turns.clone() }
    }
}

impl<R: RowReader> RowReader for Speakers<R> {
    fn header(&self) -> &[String] {
        self.rows.header()
    }

    fn remarks(&self) -> &[Message] {
        self.rows.remarks()
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(row) = self.rows.next_row()? else { return Ok(None) };
        let author = row.fields.get("author").and_then(Value::as_str).unwrap_or_default();
        let left_out = self.turns.leaves_out(author).then_some(Problem::NoRow(OTHER_SPEAKER));
        Ok(Some(RawRow { problem: row.problem.or(left_out), ..row }))
    }
}
