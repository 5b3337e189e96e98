//! Apache Parquet: row by row, nested values as JSON.

use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use serde_json::Value;

use super::row::{RawRow, RowReader};
use crate::error::Error;

/// Bytes of the largest file that is read: it must be held in memory.
const LARGEST: u64 = 8 * 1024 * 1024 * 1024;

/// Reads one row after the other.
pub(super) struct Parquet {
    rows: RowIter<'static>,
    header: Vec<String>,
    count: u64,
}

impl Parquet {
    /// Reads the file and its schema.
    pub(super) fn open(path: &Path, input: impl Read) -> Result<Parquet, Error> {
        let mut bytes = Vec::new();
        input.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|problem| Error::file(path, problem))?;
        if bytes.len() as u64 > LARGEST {
            return Err(Error::file(path, "is a Parquet file of more than 8 GiB: save parts of it"));
        }
        let broken =
            |problem| Error::Usage(format!("{}: is a Parquet file that cannot be read ({problem})", path.display()));
        let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(broken)?;
        let schema = reader.metadata().file_metadata().schema().clone();
        let header = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
        Ok(Parquet { rows: RowIter::from_file_into(Box::new(reader)), header, count: 0 })
    }
}

impl RowReader for Parquet {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some(row) = self.rows.next() else { return Ok(None) };
        self.count += 1;
        match row.map_err(io::Error::other)?.to_json_value() {
            Value::Object(fields) => Ok(Some(RawRow::sound(self.count, fields))),
            _ => Err(io::Error::other("a row of a Parquet file is no object")),
        }
    }
}
