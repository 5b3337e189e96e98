//! Apache Parquet: row by row, nested values as JSON.

use std::io::{self, Read};
use std::panic::AssertUnwindSafe;
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
        // What a broken file does to its reader must not end the program.
        let next = std::panic::catch_unwind(AssertUnwindSafe(|| self.rows.next()));
        let Some(row) = next.map_err(|_| io::Error::other("is a broken Parquet file"))? else { return Ok(None) };
        self.count += 1;
        match row.map_err(io::Error::other)?.to_json_value() {
            Value::Object(fields) => Ok(Some(RawRow::sound(self.count, fields))),
            _ => Err(io::Error::other("a row of a Parquet file is not an object")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::basic::Compression;
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use crate::corpus::testing::{error_of, ids, options, read_as, texts};

    /// A file with two columns, a number and a text that may be null.
    fn file(compression: Compression) -> Vec<u8> {
        let schema = "message answers { required int64 stars; optional binary text (UTF8); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[5, 1, 3], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let said = ["fine", "the soup was cold"].map(ByteArray::from);
        column.typed::<ByteArrayType>().write_batch(&said, Some(&[1, 0, 1]), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn a_parquet_file_is_read_however_it_is_compressed() {
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default())] {
            let corpus = read_as("a.parquet", &file(compression), &options()).unwrap();
            assert_eq!((texts(&corpus), ids(&corpus)), (vec!["fine", "the soup was cold"], vec!["1", "2", "3"]));
            assert_eq!(corpus.documents[1].fields["stars"], 3);
        }
    }

    #[test]
    fn no_broken_parquet_file_ends_the_program() {
        assert!(error_of("a.parquet", b"PAR1PAR1", &options()).contains("cannot be read"));
        let whole = file(Compression::SNAPPY);
        for place in 4..whole.len() {
            let mut broken = whole.clone();
            broken[place] ^= 0x55;
            let _ = read_as("a.parquet", &broken, &options());
        }
    }
}
