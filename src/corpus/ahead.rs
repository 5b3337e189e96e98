//! Rows of which the first were read before, to see what they are.

use std::collections::VecDeque;
use std::io;

use super::row::{NOT_WANTED, Problem, RawRow, RowReader};

/// So many rows show what a file holds; of many that the user does not want, so many are looked through for them.
const HEAD: usize = 200;
const LOOKED_THROUGH: usize = 20_000;

/// The first rows, by which it is seen what a file holds.
///
/// # Errors
/// When they cannot be read.
pub(super) fn first_rows(rows: &mut dyn RowReader) -> io::Result<Vec<RawRow>> {
    let (mut head, mut wanted) = (Vec::new(), 0);
    while wanted < HEAD
        && head.len() < LOOKED_THROUGH
        && let Some(row) = rows.next_row()?
    {
        wanted += usize::from(row.problem != Some(Problem::NoRow(NOT_WANTED)));
        head.push(row);
    }
    Ok(head)
}

/// The rows of a file, the first of them at hand.
pub(super) struct Ahead<'a> {
    rows: Box<dyn RowReader + 'a>,
    held: VecDeque<RawRow>,
}

impl<'a> Ahead<'a> {
    /// Reads the first rows.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn read(mut rows: Box<dyn RowReader + 'a>) -> io::Result<Ahead<'a>> {
        let held = first_rows(rows.as_mut())?.into();
        Ok(Ahead { rows, held })
    }

    /// The first rows.
    pub(super) fn first(&mut self) -> &[RawRow] {
        self.held.make_contiguous()
    }
}

impl RowReader for Ahead<'_> {
    fn inner(&self) -> Option<&dyn RowReader> {
        Some(self.rows.as_ref())
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        if let Some(row) = self.held.pop_front() { Ok(Some(row)) } else { self.rows.next_row() }
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        if let Some(row) = self.held.pop_front() { Ok(Some(row.line)) } else { self.rows.skip_row() }
    }
}
