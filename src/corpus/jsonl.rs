//! JSON lines: one object a line.

use std::io::{self, BufRead, BufReader, Read};

use serde_json::{Map, Value};

use super::row::{Problem, RawRow, RowReader, kind};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Reads one object a line; blank lines are no rows.
pub(super) struct Jsonl<R> {
    input: BufReader<R>,
    /// The line last read, with its end.
    buffer: Vec<u8>,
    line: u64,
}

impl<R: Read> Jsonl<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> Jsonl<R> {
        Jsonl { input: BufReader::new(input), buffer: Vec::new(), line: 0 }
    }

    /// Reads the next line that is not blank into the buffer; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        loop {
            self.buffer.clear();
            if self.input.read_until(b'\n', &mut self.buffer)? == 0 {
                return Ok(false);
            }
            self.line += 1;
            if self.line == 1 && self.buffer.starts_with(BOM) {
                self.buffer.drain(..BOM.len());
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }
}

impl<R: Read> RowReader for Jsonl<R> {
    fn header(&self) -> &[String] {
        &[]
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        if !self.advance()? {
            return Ok(None);
        }
        Ok(Some(match object(&self.buffer) {
            Ok(fields) => RawRow::sound(self.line, fields),
            Err(problem) => RawRow::broken(self.line, problem),
        }))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        Ok(self.advance()?.then_some(self.line))
    }
}

fn object(line: &[u8]) -> Result<Map<String, Value>, Problem> {
    let line = std::str::from_utf8(line).map_err(|error| Problem::Utf8(error.valid_up_to()))?;
    match serde_json::from_str(line.trim_end()) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(Problem::NotAnObject(kind(&other))),
        // To serde_json this is line 1 of a file of its own, which would only mislead.
        Err(error) => Err(Problem::Json {
            message: error.to_string().replace(" at line 1 column ", " at column "),
            cut_short: error.is_eof(),
        }),
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
    fn an_object_over_several_lines_names_jq() {
        assert_eq!(
            error(b"{\n  \"text\": \"a\"\n}\n"),
            "a.jsonl:1: invalid JSON: EOF while parsing an object at column 1; write one object a line (jq -c . for objects, \
             jq -c '.[]' for a list), or skip such rows with --on-error skip"
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
    fn a_line_that_is_a_list_names_jq() {
        assert_eq!(
            error(br#"[{"text": "a"}]"#),
            "a.jsonl:1: a list where an object is wanted; write one object a line (jq -c '.[]'), or skip such rows \
             with --on-error skip"
        );
    }

    #[test]
    fn a_text_of_the_wrong_type_names_type_and_field() {
        for (value, found) in [
            ("3", "a number"),
            ("1.5", "a number that is no 64-bit integer"),
            ("null", "null"),
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
    fn an_empty_text_names_the_field_and_the_cure() {
        for text in ["", " \\n\u{a0}"] {
            assert_eq!(
                error(format!("{{\"text\": \"{text}\"}}").as_bytes()),
                "a.jsonl:1: field \"text\" is empty; skip such rows with --on-error skip"
            );
        }
    }

    #[test]
    fn invalid_utf_8_names_the_byte() {
        assert_eq!(
            error(b"{\"text\": \"a\"}\n{\"text\": \"caf\xE9\"}\n"),
            "a.jsonl:2: invalid UTF-8 at byte offset 13; save the file as UTF-8, or skip such rows with \
             --on-error skip"
        );
    }

    #[test]
    fn a_lone_surrogate_is_bad_json() {
        assert_eq!(
            error(br#"{"text": "\ud800"}"#),
            "a.jsonl:1: invalid JSON: unexpected end of hex escape at column 17; skip such rows with --on-error skip"
        );
    }

    #[test]
    fn bad_rows_are_skipped_with_their_reasons() {
        let bytes =
            b"{\"text\": \"a\", \"id\": \"x\"}\n{\"id\": \"y\", \"text\": \"\"}\n{\n[1]\n{\"text\": \"\xFF\"}\n";
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
                "invalid UTF-8 at byte offset 10",
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
            r#"{"z":1,"review":{"stars":4},"meta":{},"a":[2]}"#
        );
    }
}
