//! Apache Parquet: row by row, nested values as JSON.

use std::io::{self, Read};
use std::panic::AssertUnwindSafe;
use std::path::Path;

use bytes::Bytes;
use parquet::basic::{LogicalType, TimeUnit, Type as Physical};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde_json::{Map, Value};

use super::row::{RawRow, RowReader};
use crate::error::Error;
use crate::text::date;

/// Bytes of the largest file that is read: it must be held in memory.
const LARGEST: u64 = 8 * 1024 * 1024 * 1024;

/// Reads one row after the other.
pub(super) struct Parquet {
    rows: RowIter<'static>,
    header: Vec<String>,
    /// The columns of times, in the schema's order.
    times: Vec<Option<Times>>,
    count: u64,
}

/// What the numbers of a column of times mean.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// So many are a second.
    a_second: i64,
    /// Whether they are in UTC; else they are those of a clock whose zone nobody wrote down.
    is_utc: bool,
}

impl Times {
    /// Those of a column.
    fn of(column: &Type) -> Option<Times> {
        match column.get_basic_info().logical_type_ref() {
            Some(LogicalType::Timestamp(time)) => {
                let a_second = match time.unit {
                    TimeUnit::MILLIS => 1_000,
                    TimeUnit::MICROS => 1_000_000,
                    TimeUnit::NANOS => 1_000_000_000,
                };
                Some(Times { a_second, is_utc: time.is_adjusted_to_u_t_c })
            }
            // Spark's older times say nothing of a zone; they are handed over in milliseconds.
            _ if column.is_primitive() && column.get_physical_type() == Physical::INT96 => {
                Some(Times { a_second: 1_000, is_utc: false })
            }
            _ => None,
        }
    }

    /// A time as one reads it: `2025-10-06 22:14:00`, with a fraction where it has one, and `
    /// +00:00` in UTC.
    fn shown(self, time: i64) -> String {
        let (seconds, part) = (time.div_euclid(self.a_second), time.rem_euclid(self.a_second));
        let day = date(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        let digits = self.a_second.ilog10() as usize;
        let part = format!("{part:0digits$}");
        let part = part.trim_end_matches('0');
        let point = if part.is_empty() { "" } else { "." };
        let zone = if self.is_utc { " +00:00" } else { "" };
        format!("{day} {hour:02}:{minute:02}:{second:02}{point}{part}{zone}")
    }
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
            |problem| Error::usage(format!("{}: is a Parquet file that cannot be read ({problem})", path.display()));
        let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(broken)?;
        let schema = reader.metadata().file_metadata().schema().clone();
        let header = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
        let times = schema.get_fields().iter().map(|column| Times::of(column)).collect();
        Ok(Parquet { rows: RowIter::from_file_into(Box::new(reader)), header, times, count: 0 })
    }

    fn fields(&self, row: &Row) -> Map<String, Value> {
        let times = self.times.iter().copied().chain(std::iter::repeat(None));
        let value = |field: &Field, times: Option<Times>| match (field, times) {
            (Field::TimestampMillis(time) | Field::TimestampMicros(time) | Field::Long(time), Some(times)) => {
                Value::String(times.shown(*time))
            }
            _ => value_of(field),
        };
        row.get_column_iter().zip(times).map(|((name, field), times)| (name.clone(), value(field, times))).collect()
    }
}

/// A value as JSON. Bytes that nobody called text are text where they are valid UTF-8; of others there is only how many they are,
/// lest the letters that stand for them be read as a text.
fn value_of(field: &Field) -> Value {
    match field {
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => Value::from(text),
            Err(_) => serde_json::json!({"bytes": bytes.len()}),
        },
        Field::Group(row) => {
            Value::Object(row.get_column_iter().map(|(name, field)| (name.clone(), value_of(field))).collect())
        }
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(value_of).collect()),
        other => other.to_json_value(),
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
        Ok(Some(RawRow::sound(self.count, self.fields(&row.map_err(io::Error::other)?))))
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
    fn bytes_are_text_where_they_are_utf_8_and_are_never_read_in_base64() {
        let bytes_of = |said: &[&[u8]]| {
            let schema = "message m { required binary id; required binary comment; }";
            let schema = Arc::new(parse_message_type(schema).unwrap());
            let mut bytes = Vec::new();
            let mut writer = SerializedFileWriter::new(&mut bytes, schema, Default::default()).unwrap();
            let mut group = writer.next_row_group().unwrap();
            let ids: Vec<ByteArray> = (0..said.len()).map(|n| ByteArray::from(format!("k{n}").into_bytes())).collect();
            let said = said.iter().map(|said| ByteArray::from(said.to_vec())).collect();
            for values in [ids, said] {
                let mut column = group.next_column().unwrap().unwrap();
                column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
                column.close().unwrap();
            }
            group.close().unwrap();
            writer.close().unwrap();
            bytes
        };
        let sound = bytes_of(&["the soup was käl".as_bytes(), b"nobody came"]);
        let corpus = read_as("a.parquet", &sound, &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["the soup was käl", "nobody came"], vec!["k0", "k1"]));
        let broken = bytes_of(&[&[0xff, 0xd8, 0xff, 0xe0, 1], &[0xff, 0xd8, 0xff, 0xe0, 2]]);
        let problem = error_of("a.parquet", &broken, &crate::corpus::testing::text_field("comment"));
        assert!(problem.contains("field \"comment\" is an object; a string is wanted"), "{problem}");
    }

    #[test]
    fn times_are_written_without_a_zone_that_nobody_wrote_down() {
        let schema = "message m { required int64 a (TIMESTAMP(MICROS,false)); required int64 b (TIMESTAMP(MILLIS,true)); \
            required int64 c (TIMESTAMP(NANOS,false)); required binary text (UTF8); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Default::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        for time in [1_759_788_840_000_000, 1_759_788_840_500, -1_000_000_000] {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int64Type>().write_batch(&[time], None, None).unwrap();
            column.close().unwrap();
        }
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&[ByteArray::from("fine")], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let fields = &read_as("a.parquet", &bytes, &options()).unwrap().documents[0].fields;
        assert_eq!(fields["a"], "2025-10-06 22:14:00");
        assert_eq!(fields["b"], "2025-10-06 22:14:00.5 +00:00");
        assert_eq!(fields["c"], "1969-12-31 23:59:59");
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
