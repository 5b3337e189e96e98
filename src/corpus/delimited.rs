//! CSV and TSV: a header, then one record a row.

use std::io::{self, BufReader, Chain, Cursor, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::dialect::{SEPARATORS, names, recognise};
use super::encoding::ToUtf8;
use super::field::{Field, shown};
use super::input::front;
use super::records::{Record, Records};
use super::row::{Problem, RawRow, RowReader};
use crate::error::Error;

/// So many decoded bytes decide on separator and quote.
const SAMPLE: usize = 64 * 1024;

type Decoded<R> = BufReader<Chain<Cursor<Vec<u8>>, ToUtf8<R>>>;

/// Reads separated values.
pub(super) struct Delimited<R> {
    records: Records<Decoded<R>>,
    header: Vec<String>,
}

impl<R: Read> Delimited<R> {
    /// Recognises the encoding, separator and quote, and reads the header.
    pub(super) fn open_csv(path: &Path, input: R, text: &Field) -> Result<Delimited<R>, Error> {
        Self::open(path, input, SEPARATORS, text)
    }

    /// As [`Delimited::open_csv`], but the separator is a tab.
    pub(super) fn open_tsv(path: &Path, input: R, text: &Field) -> Result<Delimited<R>, Error> {
        Self::open(path, input, b"\t", text)
    }

    fn open(path: &Path, input: R, separators: &[u8], text: &Field) -> Result<Delimited<R>, Error> {
        let failed = |error| Error::file(path, error);
        let mut decoded = ToUtf8::new(input);
        let sample = front(&mut decoded, SAMPLE).map_err(failed)?;
        if sample.contains(&b'\r') && !sample.contains(&b'\n') {
            return Err(Error::file(path, "its lines end in CR alone; convert it with tr '\\r' '\\n'"));
        }
        let dialect = recognise(complete_lines(&sample), separators, text.column());
        let mut records = Records::new(BufReader::new(Cursor::new(sample).chain(decoded)), dialect);
        let header = match records.next_record().map_err(failed)? {
            Some(record) => header(path, &record)?,
            None => Vec::new(),
        };
        Ok(Delimited { records, header })
    }

    fn row(&self, record: Record) -> RawRow {
        let (found, expected) = (record.fields.len(), self.header.len());
        match record.problem {
            Some(problem) => RawRow::broken(record.line, problem),
            None if found != expected => RawRow::broken(record.line, Problem::Ragged { found, expected }),
            None => cells(record.line, &self.header, record.fields),
        }
    }
}

impl<R: Read> RowReader for Delimited<R> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        Ok(self.records.next_record()?.map(|record| self.row(record)))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        Ok(self.records.next_record()?.map(|record| record.line))
    }
}

/// A sample ends anywhere; half a record would look ragged.
fn complete_lines(sample: &[u8]) -> &[u8] {
    let end = sample.iter().rposition(|&byte| byte == b'\n').filter(|_| sample.len() == SAMPLE);
    &sample[..end.map_or(sample.len(), |end| end + 1)]
}

fn header(path: &Path, record: &Record) -> Result<Vec<String>, Error> {
    if let Some(problem) = &record.problem {
        return Err(Error::file(path, format!("its header is broken: {problem}")));
    }
    let names = names(record);
    for (index, name) in names.iter().enumerate() {
        if let Some(first) = names[..index].iter().position(|earlier| earlier == name) {
            let (first, second) = (first + 1, index + 1);
            return Err(Error::file(
                path,
                format!("columns {first} and {second} are both called \"{}\"; rename one", shown(name)),
            ));
        }
    }
    Ok(names)
}

/// The cells that can be decoded; the first that cannot is the row's problem.
fn cells(line: u64, header: &[String], fields: Vec<Vec<u8>>) -> RawRow {
    let mut row = RawRow::sound(line, Map::new());
    for (name, bytes) in header.iter().zip(fields) {
        match String::from_utf8(bytes) {
            Ok(cell) => {
                row.fields.insert(name.clone(), Value::String(cell));
            }
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                row.problem.get_or_insert(Problem::Undecodable { field: name.clone(), offset });
            }
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;
    use crate::corpus::testing::{error_of, ids, options, read_as, reason, skipping, text_field, texts};
    use encoding_rs::WINDOWS_1252;

    fn csv(bytes: &[u8]) -> Corpus {
        read_as("a.csv", bytes, &options()).unwrap()
    }

    fn error(bytes: &[u8]) -> String {
        error_of("a.csv", bytes, &options())
    }

    #[test]
    fn rows_keep_their_other_fields_as_strings_in_file_order() {
        let corpus = csv(b"z,id,text,a\n1,x,fine,2\n");
        let document = &corpus.documents[0];
        assert_eq!((document.id.as_str(), document.text.as_str()), ("x", "fine"));
        assert_eq!(Value::Object(document.fields.clone()).to_string(), r#"{"z":"1","a":"2"}"#);
    }

    #[test]
    fn utf_16_from_a_spreadsheet_is_read() {
        let text = "\u{FEFF}id\ttext\r\n1\tnaïve €20 😀\r\n2\tfür\r\n";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for name in ["a.csv", "a.tsv", "a.txt"] {
            assert_eq!(texts(&read_as(name, &bytes, &options()).unwrap()), ["naïve €20 😀", "für"], "{name}");
        }
    }

    #[test]
    fn windows_1252_is_read() {
        let text = "id;text\r\n1;Das Café hätte für 20 € offen\r\n2;tout à fait, c’est très bien\r\n";
        assert_eq!(
            texts(&csv(&WINDOWS_1252.encode(text).0)),
            ["Das Café hätte für 20 € offen", "tout à fait, c’est très bien"]
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_header() {
        assert_eq!(texts(&csv("\u{FEFF}text,n\r\nfür,1\r\n".as_bytes())), ["für"]);
    }

    #[test]
    fn semicolons_with_commas_inside_are_read() {
        let corpus = csv(b"id;text\n1;one, two, three\n2;\"four; five, six\"\n");
        assert_eq!(texts(&corpus), ["one, two, three", "four; five, six"]);
    }

    #[test]
    fn a_lone_column_with_commas_is_read() {
        assert_eq!(texts(&csv(b"text\nhello, world\n\"and, so\"\nfine\n")), ["hello, world", "and, so", "fine"]);
    }

    #[test]
    fn quoted_newlines_are_kept_and_the_line_is_where_the_row_begins() {
        let corpus = csv(b"id,text\r\n1,\"two\r\nlines\"\r\n\r\n2,\"say \"\"hi\"\"\"\r\n");
        assert_eq!(texts(&corpus), ["two\r\nlines", "say \"hi\""]);
        assert_eq!(corpus.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
    }

    #[test]
    fn tsv_means_tab() {
        let corpus = read_as("a.tsv", b"id\ttext\n1\tone, two; \"three\"\n2\t\"tab\there\"\n", &options()).unwrap();
        assert_eq!(texts(&corpus), ["one, two; \"three\"", "tab\there"]);
    }

    #[test]
    fn tsv_that_quotes_nothing_keeps_its_quotes() {
        let bytes = b"id\ttext\n1\t\"Never\" again\n2\tplain\n";
        assert_eq!(texts(&read_as("a.tsv", bytes, &options()).unwrap()), ["\"Never\" again", "plain"]);
    }

    #[test]
    fn a_row_longer_than_the_sample_is_read() {
        let text = "word, ".repeat(100_000);
        let corpus = csv(format!("id,text\n1,\"{text}\"\n2,short\n").as_bytes());
        assert!(corpus.documents[0].text == text && corpus.documents[1].text == "short");
    }

    #[test]
    fn ragged_rows_name_both_numbers() {
        let bytes = b"id,text\n1,a\n2,b,c\n3\n4,d\n";
        assert_eq!(
            error(bytes),
            "a.csv:3: the header names 2 fields, this row has 3; quote fields that hold the separator, or skip such rows \
             with --on-error skip"
        );
        let corpus = read_as("a.csv", bytes, &skipping()).unwrap();
        assert_eq!(ids(&corpus), ["1", "3", "4-2", "4"]);
        assert_eq!(reason(&corpus, 2), "the header names 2 fields, this row has 1");
    }

    #[test]
    fn an_unclosed_quote_is_an_error_of_the_row_that_opens_it() {
        assert_eq!(
            error(b"id,text\n1,fine\n2,\"never closed\n3,lost\n"),
            "a.csv:3: a quote opened in this row is never closed; close it, or double it within quotes, or skip \
             such rows with --on-error skip"
        );
    }

    #[test]
    fn text_after_a_closing_quote_is_an_error() {
        assert_eq!(
            error(b"id,text\n1,\"fine\"\n2,\"so\"\n3,\"say \"hi\" again\"\n"),
            "a.csv:4: text after the closing quote of field 2; double the quotes inside a quoted field, or skip \
             such rows with --on-error skip"
        );
    }

    #[test]
    fn a_broken_byte_names_the_field_and_the_row_keeps_its_id() {
        let bytes = "id,text\nx,café naïve\ny,".as_bytes();
        let bytes = [bytes, b"na\xC3\xAFve \xFF\n"].concat();
        assert_eq!(
            error(&bytes),
            "a.csv:3: field \"text\": undecodable byte at offset 7; save the file as UTF-8, or skip such rows with \
             --on-error skip"
        );
        assert_eq!(ids(&read_as("a.csv", &bytes, &skipping()).unwrap()), ["x", "y"]);
    }

    #[test]
    fn two_columns_of_one_name_are_an_error() {
        assert_eq!(error(b"text,id, text\na,1,b\n"), "a.csv: columns 1 and 3 are both called \"text\"; rename one");
    }

    #[test]
    fn a_broken_header_is_an_error() {
        assert_eq!(
            error(b"id,\"text\n1,a\n"),
            "a.csv: its header is broken: a quote opened in this row is never closed"
        );
    }

    #[test]
    fn lines_that_end_in_cr_alone_name_the_conversion() {
        assert_eq!(error(b"id,text\r1,a\r"), "a.csv: its lines end in CR alone; convert it with tr '\\r' '\\n'");
    }

    #[test]
    fn an_empty_cell_is_an_empty_text() {
        let bytes = b"text,n\n,1\nfine,2\n";
        assert_eq!(error(bytes), "a.csv:2: field \"text\" is empty; skip such rows with --on-error skip");
        let corpus = read_as("a.csv", bytes, &skipping()).unwrap();
        assert_eq!(reason(&corpus, 0), "empty text");
    }

    #[test]
    fn a_pointer_of_one_step_names_a_column() {
        assert_eq!(texts(&read_as("a.csv", b"n;body\n1;a, b\n", &text_field("/body")).unwrap()), ["a, b"]);
    }
}
