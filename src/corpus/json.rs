//! JSON that is not in lines: a list of objects, an object that holds one, or objects over several lines.
//!
//! A list is streamed, value by value. An object is read whole, since the list may stand anywhere in it. A row's line is
//! its number in the list: all of a list may stand on one line.

use std::io::{self, BufRead, Cursor};
use std::path::Path;

use super::field::{pointer, shown};
use super::jsonl::row;
use super::line_reader::LONGEST;
use super::row::{Problem, RawRow, RowReader};
use crate::error::Error;

/// Bytes of the largest object that is searched for a list.
const LARGEST: usize = 2 * 1024 * 1024 * 1024;
/// Lists are searched for in objects within objects down to this depth.
const DEEPEST: usize = 4;
/// At most so many lists are named in a message.
const LISTED: usize = 20;

/// Reads one value after the other.
pub(super) struct Json<'a> {
    values: Values<Box<dyn BufRead + 'a>>,
    /// The first value, where it was read to see what it is, and is a row.
    first: Option<Cut>,
    /// Rows read.
    count: u64,
    remarks: Vec<String>,
}

impl<'a> Json<'a> {
    /// Finds the list: the value itself, what `records` points to, or the only list in the object.
    pub(super) fn open(path: &Path, input: Box<dyn BufRead + 'a>, records: Option<&str>) -> Result<Json<'a>, Error> {
        let failed = |error| Error::file(path, error);
        let records = records.filter(|records| !records.is_empty());
        let mut values = Values::new(input);
        if values.peek_filled().map_err(failed)? == Some(b'[') && records.is_none() {
            return Ok(Json { values, first: None, count: 0, remarks: Vec::new() });
        }
        values.longest = LARGEST;
        let first = values.next().map_err(failed)?;
        values.longest = LONGEST;
        let is_alone = values.peek_filled().map_err(failed)?.is_none();
        match first {
            Some(first) if (is_alone || records.is_some()) && !first.is_too_long => {
                Json::within(path, values, first, records)
            }
            first => Ok(Json { values, first, count: 0, remarks: Vec::new() }),
        }
    }

    /// The list in an object.
    fn within(
        path: &Path,
        values: Values<Box<dyn BufRead + 'a>>,
        object: Cut,
        records: Option<&str>,
    ) -> Result<Json<'a>, Error> {
        let lists = lists(&object);
        let list = match (records, lists.as_slice()) {
            (Some(wanted), _) => {
                let found = lists.iter().find(|list| list.pointer == wanted);
                found.ok_or_else(|| no_list(path, wanted, &lists))?
            }
            (None, []) => return Ok(Json { values, first: Some(object), count: 0, remarks: Vec::new() }),
            (None, [only]) => only,
            (None, _) => return Err(several(path, &lists)),
        };
        let said = format!("{}: the documents are those of the list {}", path.display(), shown(&list.pointer));
        let before = object.bytes[..list.start].iter().filter(|byte| **byte == b'\n').count() as u64;
        let rest = Cursor::new(object.bytes[list.start..].to_vec());
        let line = object.line + before;
        let values = Values { is_only: true, line, ..Values::new(Box::new(rest) as Box<dyn BufRead>) };
        Ok(Json { values, first: None, count: 0, remarks: if records.is_none() { vec![said] } else { Vec::new() } })
    }
}

impl RowReader for Json<'_> {
    fn remarks(&self) -> &[String] {
        &self.remarks
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let cut = match self.first.take() {
            Some(first) => Some(first),
            None => self.values.next()?,
        };
        let Some(cut) = cut else { return Ok(None) };
        self.count += 1;
        if cut.is_too_long {
            return Ok(Some(RawRow::broken(self.count, Problem::TooLong)));
        }
        if !cut.is_whole {
            return Ok(Some(RawRow::broken(self.count, Problem::EndsEarly(self.values.line))));
        }
        let mut row = row(self.count, &cut.bytes, self.values.in_list);
        if matches!(row.problem, Some(Problem::NotAnObject("a list"))) {
            row.problem = Some(Problem::ListInList);
        }
        Ok(Some(row))
    }
}

/// A list of objects or strings in an object.
struct List {
    pointer: String,
    /// Where its bracket stands.
    start: usize,
    /// How many values it holds.
    count: usize,
}

/// The lists of objects, or those of strings where there are none.
fn lists(object: &Cut) -> Vec<List> {
    let (mut objects, mut strings) = (Vec::new(), Vec::new());
    let mut found = |list, of_objects| if of_objects { objects.push(list) } else { strings.push(list) };
    if object.bytes.starts_with(b"{") {
        find_lists(&object.bytes, 0, "", &mut found);
    }
    if objects.is_empty() { strings } else { objects }
}

/// Calls `found` with every list in the object that begins at `start`, and whether it holds objects.
fn find_lists(bytes: &[u8], start: usize, parent: &str, found: &mut dyn FnMut(List, bool)) {
    let mut members = Values::inside(&bytes[start..]);
    // The bytes are in memory: reading them cannot fail.
    while let Ok(Some(name)) = members.next() {
        let Ok(Some(first)) = members.peek_filled() else { return };
        let name: String = serde_json::from_slice(&name.bytes).unwrap_or_default();
        let (pointer, at) = (pointer(parent, &name), start + members.position());
        if first == b'{' && pointer.matches('/').count() <= DEEPEST {
            find_lists(bytes, at, &pointer, found);
        }
        if first == b'[' {
            let mut inside = Values::inside(&bytes[at..]);
            let kind = inside.next().ok().flatten().and_then(|value| value.bytes.first().copied());
            let rest = std::iter::from_fn(|| inside.next().ok().flatten()).count();
            if matches!(kind, Some(b'{' | b'"')) {
                found(List { pointer, start: at, count: 1 + rest }, kind == Some(b'{'));
            }
        }
        if !matches!(members.next(), Ok(Some(_))) {
            return;
        }
    }
}

fn several(path: &Path, lists: &[List]) -> Error {
    let listed = |list: &List| format!("{} ({} values)", shown(&list.pointer), list.count);
    let listed: Vec<String> = lists.iter().take(LISTED).map(listed).collect();
    let longest = lists.iter().max_by_key(|list| list.count).map_or("", |list| list.pointer.as_str());
    Error::Reading {
        problem: format!(
            "{}: holds several lists: {}; say with --records which of them has the documents",
            path.display(),
            listed.join(", ")
        ),
        cure: vec![("--records".into(), Some(longest.into()))],
    }
}

fn no_list(path: &Path, wanted: &str, lists: &[List]) -> Error {
    let there: Vec<String> = lists.iter().take(LISTED).map(|list| shown(&list.pointer)).collect();
    let there = if there.is_empty() { "it holds none".into() } else { format!("its lists are {}", there.join(", ")) };
    Error::Usage(format!("--records {}: no such list in {}; {there}", shown(wanted), path.display()))
}

/// One value of a JSON text.
struct Cut {
    bytes: Vec<u8>,
    is_too_long: bool,
    /// Whether it ended as it should, not with the file.
    is_whole: bool,
    /// Line of the file on which it begins.
    line: u64,
}

/// Cuts a JSON text into its values without understanding them: what stands between braces, quotes or commas.
struct Values<I> {
    input: I,
    /// Whether the values are those of a list (or the names and values of an object).
    in_list: bool,
    /// Whether all ends with the list.
    is_only: bool,
    /// Whether the last value ended as it should.
    is_whole: bool,
    longest: usize,
    /// Line of the file, from 1.
    line: u64,
}

impl<I: BufRead> Values<I> {
    fn new(input: I) -> Values<I> {
        Values { input, in_list: false, is_only: false, is_whole: true, longest: LONGEST, line: 1 }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    /// The first byte of the next value, or of what ends the list.
    fn peek_filled(&mut self) -> io::Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !byte.is_ascii_whitespace() && !matches!(byte, b',' | b':') {
                return Ok(Some(byte));
            }
            self.pass(byte);
        }
        Ok(None)
    }

    /// Goes past a byte.
    fn pass(&mut self, byte: u8) {
        self.input.consume(1);
        self.line += u64::from(byte == b'\n');
    }

    fn next(&mut self) -> io::Result<Option<Cut>> {
        loop {
            match self.peek_filled()? {
                // A list that is never closed is a row that is broken: the file was cut short.
                None if std::mem::take(&mut self.in_list) && self.is_whole => {
                    return Ok(Some(Cut { bytes: Vec::new(), is_too_long: false, is_whole: false, line: self.line }));
                }
                None => return Ok(None),
                Some(b'[') if !self.in_list => {
                    self.input.consume(1);
                    self.in_list = true;
                }
                Some(b']' | b'}') if self.in_list && self.is_only => return Ok(None),
                Some(b']' | b'}') if self.in_list => {
                    self.input.consume(1);
                    self.in_list = false;
                }
                Some(_) => return self.value().map(Some),
            }
        }
    }

    /// The value that begins here: at least one byte.
    fn value(&mut self) -> io::Result<Cut> {
        let mut cut = Cut { bytes: Vec::new(), is_too_long: false, is_whole: true, line: self.line };
        let mut scan = Scan::default();
        while let Some(byte) = self.peek()?.filter(|&byte| !scan.ends_before(byte)) {
            self.pass(byte);
            cut.is_too_long |= cut.bytes.len() >= self.longest;
            if !cut.is_too_long {
                cut.bytes.push(byte);
            }
            scan.step(byte);
            if scan.is_over {
                break;
            }
        }
        self.is_whole = scan.is_over || scan.depth == 0 && !scan.in_string;
        cut.is_whole = self.is_whole;
        Ok(cut)
    }
}

impl<'b> Values<Cursor<&'b [u8]>> {
    /// The values of the list, or the names and values of the object, that the bytes begin with.
    fn inside(bytes: &'b [u8]) -> Values<Cursor<&'b [u8]>> {
        let mut input = Cursor::new(bytes);
        input.consume(1);
        Values { in_list: true, is_only: true, longest: usize::MAX, ..Values::new(input) }
    }

    fn position(&self) -> usize {
        usize::try_from(self.input.position()).unwrap_or(usize::MAX)
    }
}

/// Where in a value one is.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    has_begun: bool,
    is_over: bool,
}

impl Scan {
    /// Whether the byte is not part of a value that has no end of its own: a number or a word.
    fn ends_before(&self, byte: u8) -> bool {
        let is_end = byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b']' | b'}');
        self.has_begun && self.depth == 0 && !self.in_string && is_end
    }

    fn step(&mut self, byte: u8) {
        self.has_begun = true;
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => {
                self.in_string = !self.in_string;
                self.is_over = !self.in_string && self.depth == 0;
            }
            _ if self.in_string => {}
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.is_over = self.depth == 0;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{error_of, exit_code_of, ids, options, read_as, skipping, texts};

    fn read_json(bytes: &[u8]) -> Vec<String> {
        let corpus = read_as("a.json", bytes, &options()).unwrap();
        texts(&corpus).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn a_list_of_objects_is_read_and_rows_are_called_by_their_number() {
        let bytes = b"[\n {\"text\": \"a, [b]\",\n  \"n\": {\"x\": [1]}},\n\n {\"text\": \"c \\\"}\"}\n]\n";
        let corpus = read_as("a.json", bytes, &options()).unwrap();
        assert_eq!(texts(&corpus), ["a, [b]", "c \"}"]);
        assert_eq!(ids(&corpus), ["1", "2"]);
    }

    #[test]
    fn a_list_of_strings_is_a_list_of_texts() {
        assert_eq!(read_json(b"[\n\"one\",\n\"two\"\n]"), ["one", "two"]);
    }

    #[test]
    fn objects_over_several_lines_one_after_the_other_are_rows() {
        assert_eq!(read_json(b"{\n\"text\": \"a\"\n}\n{\n\"text\": \"b\"\n}\n"), ["a", "b"]);
        assert_eq!(read_json(b"{\n\"text\": \"a\", \"tags\": [1]\n}"), ["a"]);
    }

    #[test]
    fn the_only_list_in_an_object_is_taken_and_said() {
        let bytes = b"{\n\"guild\": {\"id\": 1, \"tags\": [\"x\"]},\n\"data\": {\"items\": [\n{\"text\": \"a\"},\n{\"text\": \"b\"}]},\n\"n\": 2}";
        let corpus = read_as("a.json", bytes, &options()).unwrap();
        assert_eq!((texts(&corpus), ids(&corpus)), (vec!["a", "b"], vec!["1", "2"]));
        assert!(corpus.notes[0].contains("the list /data/items"), "{:?}", corpus.notes);
    }

    #[test]
    fn of_several_lists_one_must_be_named() {
        let bytes = b"{\"users\": [{\"name\": \"x\"}], \"messages\": [{\"text\": \"a\"}, {\"text\": \"b\"}]}\n";
        let problem = error_of("a.json", bytes, &options());
        assert!(
            problem.contains("/users (1 values), /messages (2 values)") && problem.contains("--records"),
            "{problem}"
        );
        assert_eq!(exit_code_of("a.json", bytes, &options()), 2);
        let named = ReadOptions { records: Some("/messages".into()), ..options() };
        assert_eq!(texts(&read_as("a.json", bytes, &named).unwrap()), ["a", "b"]);
        let wrong = ReadOptions { records: Some("/mesages".into()), ..options() };
        assert!(error_of("a.json", bytes, &wrong).contains("its lists are /users, /messages"));
    }

    #[test]
    fn a_broken_value_is_one_row_and_the_next_is_read() {
        let bytes = b"[{\"text\": oops}, {\"text\": \"b\"}, 7, {\"text\": \"c\"}]";
        let corpus = read_as("a.json", bytes, &skipping()).unwrap();
        assert_eq!((texts(&corpus), corpus.rows.len()), (vec!["b", "c"], 4));
    }

    #[test]
    fn a_list_that_is_cut_short_is_noticed() {
        for (bytes, line) in [
            (&b"[{\"text\": \"a\"},\n"[..], 2),
            (b"[{\"text\": \"a\"},\n{\"text\":\n \"b", 3),
            (b"{\n\"data\": [\n{\"text\": \"a\"},\n{\"text\":\n\"b", 5),
            (b"{\n\"data\": [\n{\"text\": \"a\"}\n", 4),
        ] {
            let problem = error_of("a.json", bytes, &options());
            let said = format!("a.json:2: the file ends early, on line {line}");
            assert!(problem.contains(&said) && problem.contains("export the whole file"), "{problem}");
            assert_eq!(read_as("a.json", bytes, &skipping()).unwrap().rows.len(), 2);
        }
    }

    #[test]
    fn lists_within_a_list_are_refused_with_what_takes_them_apart() {
        let problem = error_of("a.json", b"[[{\"text\": \"a\"}], [{\"text\": \"b\"}]]", &options());
        assert!(problem.contains("a.json:1: a list within the list") && problem.contains("'.[][]'"), "{problem}");
    }
}
