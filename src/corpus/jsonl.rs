//! JSON lines: one object a line, or one string, or one list of cells.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::encoding::western;
use super::layout::{self, Layout};
use super::line_reader::{Line, LineReader};
use super::row::{Mend, Problem, RawRow, RowReader, kind};
use super::{conversation, keep, lenient, turns};

/// Reads one object a line; blank lines are not rows.
pub(super) struct Jsonl<R> {
    lines: LineReader<R>,
    /// The first lines, where they were read to see what they are.
    ahead: VecDeque<Line>,
    layout: Layout,
    /// Whether the lines are strings.
    has_strings: bool,
    /// Whether nothing was read yet.
    is_new: bool,
}

impl<R: BufRead> Jsonl<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R) -> Jsonl<R> {
        let (lines, ahead) = (LineReader::new(input), VecDeque::new());
        Jsonl { lines, ahead, layout: Layout::Records, has_strings: false, is_new: true }
    }

    /// Sees by the first lines what all are.
    fn begin(&mut self) -> io::Result<()> {
        self.is_new = false;
        let Some(first) = self.lines.next_filled()? else { return Ok(()) };
        self.has_strings = first.bytes.trim_ascii_start().starts_with(b"\"");
        let is_list = !first.is_cut && first.bytes.trim_ascii_start().starts_with(b"[");
        let is_lone = !first.is_cut && layout::lone_key(&first.bytes).is_some();
        self.ahead.push_back(first);
        if is_lone {
            self.ahead.extend(self.lines.next_filled()?);
            let second = self.ahead.get(1).map(|line| line.bytes.as_slice());
            if layout::are_lone(&self.ahead[0].bytes, second) {
                self.layout = Layout::Lone;
            }
        }
        if is_list {
            self.ahead.extend(self.lines.next_filled()?);
            self.look_for_cells();
        }
        Ok(())
    }

    fn look_for_cells(&mut self) {
        let bare = |line: &Line| without_comma(line.bytes.trim_ascii()).to_vec();
        let Some(first) = self.ahead.front().map(bare) else { return };
        let second = self.ahead.get(1).map(bare);
        if let Some((names, is_header)) = layout::cells(&first, second.as_deref()) {
            if is_header {
                self.ahead.pop_front();
            }
            self.layout = Layout::Cells(names);
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        if self.is_new {
            self.begin()?;
        }
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next_filled(),
        }
    }
}

impl<R: BufRead> RowReader for Jsonl<R> {
    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        Ok(self.next_line()?.map(|line| match line {
            Line { number, is_cut: true, .. } => RawRow::broken(number, Problem::TooLong),
            Line { number, bytes, .. } => row(number, &bytes, self.has_strings, &self.layout),
        }))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        Ok(self.next_line()?.map(|line| line.number))
    }
}

/// The row that some JSON is; `strings` are rows only in a list of them.
pub(super) fn row(line: u64, json: &[u8], strings: bool, layout: &Layout) -> RawRow {
    let fields = match std::str::from_utf8(json) {
        Ok(json) => fields(json, strings, layout),
        Err(error) => match western(json) {
            Some(json) => fields(&json, strings, layout)
                .map(|(fields, mends)| (fields, [&[Mend::Encoding], mends.as_slice()].concat())),
            None => Err(Problem::Utf8(error.valid_up_to())),
        },
    };
    match fields {
        Ok((fields, mends)) => RawRow { mends, ..RawRow::sound(line, fields) },
        Err(problem) => RawRow::broken(line, problem),
    }
}

/// A line as it stands in a list: without the comma behind it.
fn without_comma(json: &[u8]) -> &[u8] {
    json.strip_suffix(b",").unwrap_or(json)
}

/// Fields of a row, and what was put right to read them.
type Fields = (Map<String, Value>, Vec<Mend>);

fn fields(json: &str, strings: bool, layout: &Layout) -> Result<Fields, Problem> {
    let text = json.trim_end();
    let (value, mends) = lenient::value(text.strip_suffix(',').unwrap_or(text))?;
    let only = |name: &str, value| Map::from_iter([(name.to_owned(), value)]);
    match (value, layout) {
        (Value::Array(cells), Layout::Cells(names)) => Ok((layout::named(cells, names), mends)),
        (Value::Object(row), Layout::Cells(names)) if layout::cells_of(&row).is_some() => {
            Ok((layout::named(layout::cells_of(&row).unwrap_or_default(), names), mends))
        }
        (Value::Object(fields), Layout::Lone) => Ok((layout::lone_record(fields), mends)),
        (Value::Object(fields), _) => Ok((keep::with_words(conversation::as_turns(fields)), mends)),
        (value @ Value::String(_), _) if strings => Ok((only("text", value), mends)),
        (value @ Value::Array(_), _) if turns::is_chat(&value) => Ok((only("messages", value), mends)),
        (other, _) => Err(Problem::NotAnObject(kind(&other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{error_of, ids, notes, options, read_as, reason, skipping, texts};
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
            "a.jsonl:2: invalid JSON: expected value at column 10; skip such rows with on-error=skip"
        );
    }

    #[test]
    fn an_object_over_several_lines_names_the_format_that_reads_it() {
        let options = ReadOptions { format: Some(crate::corpus::Format::Jsonl), ..options() };
        assert_eq!(
            error_of("a.jsonl", b"{\n  \"text\": \"a\"\n}\n", &options),
            "a.jsonl:1: invalid JSON: EOF while parsing an object at column 1; write one object a line, or read objects over \
             several lines with format=json"
        );
    }

    #[test]
    fn json_nested_too_deeply_is_an_error_not_a_crash() {
        let line = format!("{{\"text\": {}", "[".repeat(100_000));
        assert_eq!(
            error(line.as_bytes()),
            "a.jsonl:1: invalid JSON: recursion limit exceeded at column 136; most rows are like this"
        );
    }

    #[test]
    fn a_line_that_is_no_object_names_its_type() {
        for (line, found) in [("3", "a number"), ("null", "null"), ("true", "a boolean")] {
            assert_eq!(
                error(line.as_bytes()),
                format!("a.jsonl:1: {found} where an object is wanted; most rows are like this")
            );
        }
    }

    #[test]
    fn a_string_a_line_is_a_text_a_line() {
        let corpus = read_as("a.jsonl", b"\"one \\n two\"\n\n\"three\"\n", &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["one \n two", "three"], vec!["1", "3"]));
        let problem = error(b"{\"text\": \"a\"}\n\"x\"\n");
        assert!(problem.contains("a.jsonl:2: a string where an object is wanted"), "{problem}");
    }

    #[test]
    fn lines_with_the_commas_of_a_list_are_read() {
        let corpus = read_as("a.jsonl", b"{\"text\": \"a,\"},\n{\"text\": \"b\"},\r\n", &options()).unwrap();
        assert_eq!(texts(&corpus), ["a,", "b"]);
    }

    #[test]
    fn a_list_a_line_is_a_row_of_cells() {
        let bytes =
            b"[0, \"the soup was cold today\", 3]\n[1, \"waited for an hour\", 2]\n[2, \"never again, thank you\"]\n";
        let corpus = read_as("a.jsonl", bytes, &options()).unwrap();
        assert_eq!(texts(&corpus), ["the soup was cold today", "waited for an hour", "never again, thank you"]);
        assert_eq!(corpus.documents[1].fields["column 3"], 2);
        let bytes = b"[\"id\", \"review\"]\n[\"x\", \"cold\"]\n[\"y\", \"late\"]\n";
        let corpus = read_as("a.jsonl", bytes, &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["cold", "late"], vec!["x", "y"]));
    }

    #[test]
    fn what_python_prints_is_refused_with_what_makes_json_of_it() {
        for (bytes, how) in [
            (&b"[{'id': 0, 'review': 'it''s'}]\n"[..], "open(sys.argv[1]).read()"),
            (b"{'id': 0}\n{'id': 1}\n", "for line in open"),
        ] {
            for name in ["a.jsonl", "a.txt"] {
                let problem = error_of(name, bytes, &options());
                assert!(problem.contains("printed by Python") && problem.contains(how), "{problem}");
            }
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
                    "a.jsonl:1: field \"text\" is {found}; a string is wanted; most rows are like this: say with \
                     text-field where the text is"
                )
            );
        }
    }

    #[test]
    fn a_row_without_the_text_field_is_an_error_of_that_row() {
        assert_eq!(
            error(b"{\"text\": \"a\"}\n{\"body\": \"b\"}\n"),
            "a.jsonl:2: no field \"text\"; skip such rows with on-error=skip"
        );
    }

    #[test]
    fn an_empty_text_is_skipped_and_counted() {
        let bytes = "{\"text\": \"\"}\n{\"text\": \" \\n\u{a0}\"}\n{\"text\": null}\n{\"text\": \"a\"}\n";
        let corpus = read_as("a.jsonl", bytes.as_bytes(), &options()).unwrap();
        assert_eq!((corpus.rows.len(), texts(&corpus), reason(&corpus, 2)), (4, vec!["a"], "empty text"));
        assert_eq!(notes(&corpus), ["3 rows skipped: the text is empty"]);
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
            error(b"{\"text\": \"\xC3\xA9\"}\n{\"text\": \"caf\xC3\"}\n"),
            "a.jsonl:2: invalid UTF-8 at byte offset 13; save the file as UTF-8, or skip such rows with \
             on-error=skip"
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
        assert!(notes(&corpus)[0].contains("NaN") && notes(&corpus)[1].contains("a.jsonl:1"), "{:?}", notes(&corpus));
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
