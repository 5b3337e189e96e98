//! Plain lines: each that is not blank is a text.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::encoding::western;
use super::line_reader::LineReader;
use super::row::{Mend, Problem, RawRow, RowReader};

/// Reads one text a line, into the field `text`.
pub(super) struct Plain<R> {
    lines: LineReader<R>,
    header: [String; 1],
}

impl<R: BufRead> Plain<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> Plain<R> {
        Plain { lines: LineReader::new(input), header: ["text".to_owned()] }
    }
}

impl<R: BufRead> RowReader for Plain<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(line) = self.lines.next_filled()? else { return Ok(None) };
        if line.is_cut {
            return Ok(Some(RawRow::broken(line.number, Problem::TooLong)));
        }
        let fields = |text: &str| Map::from_iter([("text".to_owned(), Value::from(text))]);
        Ok(Some(match std::str::from_utf8(line.parts().0) {
            Ok(text) => RawRow::sound(line.number, fields(text)),
            Err(error) => match western(line.parts().0) {
                Some(text) => RawRow { mends: vec![Mend::Encoding], ..RawRow::sound(line.number, fields(&text)) },
                None => RawRow::broken(line.number, Problem::Utf8(error.valid_up_to())),
            },
        }))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        Ok(self.lines.next_filled()?.map(|line| line.number))
    }
}
