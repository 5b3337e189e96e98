//! Rows of which the first were read before, to see what they are.

use std::collections::{BTreeSet, VecDeque};
use std::io;

use super::row::{RawRow, RowReader};
use crate::message::Message;

/// The rows of a file, the first of them at hand.
pub(super) struct Ahead<'a> {
    rows: Box<dyn RowReader + 'a>,
    held: VecDeque<RawRow>,
}

impl<'a> Ahead<'a> {
    /// Reads the first rows, `count` at most.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn read(mut rows: Box<dyn RowReader + 'a>, count: usize) -> io::Result<Ahead<'a>> {
        let mut held = VecDeque::new();
        while held.len() < count
            && let Some(row) = rows.next_row()?
        {
            held.push_back(row);
        }
        Ok(Ahead { rows, held })
    }

    /// The first rows.
    pub(super) fn first(&mut self) -> &[RawRow] {
        self.held.make_contiguous()
    }
}

impl RowReader for Ahead<'_> {
    fn header(&self) -> &[String] {
        self.rows.header()
    }

    fn remarks(&self) -> &[Message] {
        self.rows.remarks()
    }

    fn of_parents(&self) -> BTreeSet<String> {
        self.rows.of_parents()
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        if let Some(row) = self.held.pop_front() { Ok(Some(row)) } else { self.rows.next_row() }
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        if let Some(row) = self.held.pop_front() { Ok(Some(row.line)) } else { self.rows.skip_row() }
    }
}
