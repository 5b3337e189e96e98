//! Several files that are a document each, read one after the other as rows.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;

use sha2::Sha256;

use super::input::Input;
use super::open::{Opened, open};
use super::options::ReadOptions;
use super::row::{RawRow, RowReader};

/// Several such files, one row each.
pub(super) struct Files<'a> {
    paths: VecDeque<&'a PathBuf>,
    options: &'a ReadOptions,
}

impl<'a> Files<'a> {
    /// No file is opened yet.
    pub(super) fn new(paths: &'a [PathBuf], options: &'a ReadOptions) -> Files<'a> {
        Files { paths: paths.iter().collect(), options }
    }
}

impl RowReader for Files<'_> {
    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        while let Some(path) = self.paths.pop_front() {
            let said = |problem: crate::error::Error| io::Error::other(problem.to_string());
            let mut input = Input::open(path, Sha256::default()).map_err(said)?;
            let Opened { mut rows, .. } = open(&mut input, self.options).map_err(said)?;
            if let Some(row) = rows.next_row()? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}
