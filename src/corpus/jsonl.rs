//! JSON lines: one object a line.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::lenient;
use super::line_reader::{Line, LineReader};
use super::row::{Mend, Problem, RawRow, RowReader, kind};
use super::turns;

/// Reads one object a line; blank lines are not rows.
pub(super) struct Jsonl<R> {
    lines: LineReader<R>,
}

impl<R: BufRead> Jsonl<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> Jsonl<R> {
        Jsonl { lines: LineReader::new(input) }
    }
}

impl<R: BufRead> RowReader for Jsonl<R> {
    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        Ok(self.lines.next_filled()?.map(|line| match line {
            Line { number, is_cut: true, .. } => RawRow::broken(number, Problem::TooLong),
            Line { number, bytes, .. } => row(number, &bytes, false),
        }))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        Ok(self.lines.next_filled()?.map(|line| line.number))
    }
}

/// The row that some JSON is; `strings` are rows only in a list of them.
pub(super) fn row(line: u64, json: &[u8], strings: bool) -> RawRow {
    match fields(json, strings) {
        Ok((fields, mends)) => RawRow { mends, ..RawRow::sound(line, fields) },
        Err(problem) => RawRow::broken(line, problem),
    }
}

fn fields(json: &[u8], strings: bool) -> Result<(Map<String, Value>, Vec<Mend>), Problem> {
    let text = std::str::from_utf8(json).map_err(|error| Problem::Utf8(error.valid_up_to()))?;
    let (value, mends) = lenient::value(text.trim_end())?;
    let only = |name: &str, value| Map::from_iter([(name.to_owned(), value)]);
    match value {
        Value::Object(fields) => Ok((fields, mends)),
        Value::String(_) if strings => Ok((only("text", value), mends)),
        Value::Array(_) if turns::is_chat(&value) => Ok((only("messages", value), mends)),
        other => Err(Problem::NotAnObject(kind(&other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{error_of, ids, options, read_as, reason, skipping, texts};
    use crate::corpus::{Content, ReadOptions};

    /// The error that stops the reading of `a.jsonl`.
    fn error(bytes: &[u8]) -> String {
        error_of("a.jsonl", bytes, &options())
    }

    #[test]
    fn bom_crlf_blank_lines_and_a_missing_last_newline_are_read() {
        let bytes = b"\xEF\xBB\xBF{\"text\": \" one \"}\r\n\r\n  \t\r\n{\"text\": \"two\\r\\n\"}";
        let corpus = read_as("a.jsonl", bytes, &options()).unwrap();
        assert_eq!(texts(&corpus), [" one ", "two\r\n"]);
        assert_eq!(corpus.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(ids(&corpus), ["1", "4"]);
    }

    #[test]
    fn bad_json_names_line_and_column() {
        assert_eq!(
            error(b"{\"text\": \"a\"}\n{\"text\": oops}\n"),
            "a.jsonl:2: invalid JSON: expected value at column 10; skip such rows with --on-error skip"
        );
    }

    #[test]
    fn an_object_over_several_lines_names_the_format_that_reads_it() {
        let options = ReadOptions { format: Some(crate::corpus::Format::Jsonl), ..options() };
        assert_eq!(
            error_of("a.jsonl", b"{\n  \"text\": \"a\"\n}\n", &options),
            "a.jsonl:1: invalid JSON: EOF while parsing an object at column 1; write one object a line, or read objects over \
             several lines with --format json, or skip such rows with --on-error skip"
        );
    }

    #[test]
    fn json_nested_too_deeply_is_an_error_not_a_crash() {
        let line = format!("{{\"text\": {}", "[".repeat(100_000));
        assert_eq!(
            error(line.as_bytes()),
            "a.jsonl:1: invalid JSON: recursion limit exceeded at column 136; skip such rows with --on-error skip"
        );
    }

    #[test]
    fn a_line_that_is_no_object_names_its_type() {
        for (line, found) in [("3", "a number"), ("null", "null"), ("true", "a boolean"), ("\"x\"", "a string")] {
            assert_eq!(
                error(line.as_bytes()),
                format!("a.jsonl:1: {found} where an object is wanted; skip such rows with --on-error skip")
            );
        }
    }

    #[test]
    fn a_text_of_the_wrong_type_names_type_and_field() {
        for (value, found) in [
            ("3", "a number"),
            ("1.5", "a number that is no 64-bit integer"),
            ("true", "a boolean"),
            ("[\"x\"]", "a list"),
            ("{}", "an object"),
        ] {
            assert_eq!(
                error(format!("{{\"text\": {value}}}").as_bytes()),
                format!(
                    "a.jsonl:1: field \"text\" is {found}; a string is wanted; skip such rows with --on-error skip"
                )
            );
        }
    }

    #[test]
    fn a_row_without_the_text_field_is_an_error_of_that_row() {
        assert_eq!(
            error(b"{\"text\": \"a\"}\n{\"body\": \"b\"}\n"),
            "a.jsonl:2: no field \"text\"; skip such rows with --on-error skip"
        );
    }

    #[test]
    fn an_empty_text_is_skipped_and_counted() {
        let bytes = "{\"text\": \"\"}\n{\"text\": \" \\n\u{a0}\"}\n{\"text\": null}\n{\"text\": \"a\"}\n";
        let corpus = read_as("a.jsonl", bytes.as_bytes(), &options()).unwrap();
        assert_eq!((corpus.rows.len(), texts(&corpus), reason(&corpus, 2)), (4, vec!["a"], "empty text"));
        assert_eq!(corpus.notes, ["3 rows skipped: the text is empty"]);
    }

    #[test]
    fn other_encodings_are_recognised() {
        assert_eq!(
            texts(&read_as("a.jsonl", b"{\"text\": \"caf\xE9 cr\xE8me\"}\n", &options()).unwrap()),
            ["café crème"]
        );
        let utf_16: Vec<u8> = "{\"text\": \"für\"}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(texts(&read_as("a.jsonl", &utf_16, &options()).unwrap()), ["für"]);
    }

    #[test]
    fn invalid_utf_8_names_the_byte() {
        assert_eq!(
            error(b"{\"text\": \"\xC3\xA9\"}\n{\"text\": \"caf\xE9\"}\n"),
            "a.jsonl:2: invalid UTF-8 at byte offset 13; save the file as UTF-8, or skip such rows with \
             --on-error skip"
        );
    }

    #[test]
    fn half_a_character_and_what_is_no_number_are_put_right_flagged_and_counted() {
        let bytes = br#"{"text": "a \ud83d"}
{"text": "b", "score": NaN}
{"text": "c"}"#;
        let corpus = read_as("a.jsonl", bytes, &options()).unwrap();
        assert_eq!(texts(&corpus), ["a \u{FFFD}", "b", "c"]);
        assert_eq!(corpus.documents.iter().map(|document| document.mended).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(corpus.documents[1].fields["score"], Value::Null);
        assert!(corpus.notes[0].contains("NaN") && corpus.notes[1].contains("a.jsonl:1"), "{:?}", corpus.notes);
    }

    #[test]
    fn bad_rows_are_skipped_with_their_reasons() {
        let bytes =
            b"{\"text\": \"a\", \"id\": \"x\"}\n{\"id\": \"y\", \"text\": \"\"}\n{\n[1]\n{\"text\": \"\xC3\xA9 \xFF\"}\n";
        let corpus = read_as("a.jsonl", bytes, &skipping()).unwrap();
        assert_eq!(ids(&corpus), ["x", "y", "3", "4", "5"]);
        assert_eq!(corpus.rows[0].content, Content::Document(0));
        let reasons: Vec<&str> = (1..5).map(|row| reason(&corpus, row)).collect();
        assert_eq!(
            reasons,
            [
                "empty text",
                "invalid JSON: EOF while parsing an object at column 1",
                "a list where an object is wanted",
                "invalid UTF-8 at byte offset 13",
            ]
        );
    }

    #[test]
    fn a_line_of_fifty_megabytes_is_read() {
        let text = "word ".repeat(10_000_000);
        let corpus = read_as("a.jsonl", format!("{{\"text\": \"{text}\"}}\n").as_bytes(), &options()).unwrap();
        assert!(corpus.documents[0].text == text);
    }

    #[test]
    fn text_and_id_may_be_json_pointers_and_the_rest_stays() {
        let options = ReadOptions {
            text_field: Some("/review/body".into()),
            id_field: Some("/meta/key".into()),
            ..ReadOptions::default()
        };
        let bytes = br#"{"z": 1, "review": {"stars": 4, "body": "fine"}, "meta": {"key": 7}, "a": [2]}"#;
        let corpus = read_as("a.jsonl", bytes, &options).unwrap();
        let document = &corpus.documents[0];
        assert_eq!((document.id.as_str(), document.text.as_str()), ("7", "fine"));
        assert_eq!(
            Value::Object(document.fields.clone()).to_string(),
            r#"{"z":1,"/review/stars":4,"meta":{},"a":[2]}"#
        );
    }
}
