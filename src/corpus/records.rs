//! Separated values into records of fields.
//!
//! Not by the `csv` crate: after a blank line or CRLF it reports a line too early, and it takes an unclosed quote, which
//! swallows the rest of the file, for an ordinary end.

use std::io::{self, BufRead};

use super::row::Problem;

/// How fields are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    /// None where quotes are ordinary characters.
    pub(super) quote: Option<u8>,
}

/// One record, perhaps over several lines.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Record {
    /// 1-based line on which it begins.
    pub(super) line: u64,
    /// The fields' bytes, without their quotes.
    pub(super) fields: Vec<Vec<u8>>,
    /// How many fields were quoted.
    pub(super) quoted: usize,
    /// A quote out of place.
    pub(super) problem: Option<Problem>,
}

/// Reads records one by one; blank lines are none.
pub(super) struct Records<R> {
    input: R,
    dialect: Dialect,
    /// The line last read, with its end.
    buffer: Vec<u8>,
    line: u64,
}

impl<R: BufRead> Records<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R, dialect: Dialect) -> Records<R> {
        Records { input, dialect, buffer: Vec::new(), line: 0 }
    }

    /// The next record.
    pub(super) fn next_record(&mut self) -> io::Result<Option<Record>> {
        // A line of tabs is a row of empty cells, so a blank line may hold spaces only.
        while self.advance()? {
            if !self.buffer.iter().all(|byte| b" \r\n".contains(byte)) {
                return self.record().map(Some);
            }
        }
        Ok(None)
    }

    fn advance(&mut self) -> io::Result<bool> {
        self.buffer.clear();
        self.line += 1;
        Ok(self.input.read_until(b'\n', &mut self.buffer)? > 0)
    }

    /// The record that begins on the line in the buffer.
    fn record(&mut self) -> io::Result<Record> {
        let mut scan = Scan::new(self.dialect, self.line);
        loop {
            let (content, end) = split_end(&self.buffer);
            scan.feed(content);
            if scan.state != State::Quoted {
                return Ok(scan.finish());
            }
            scan.feed(end);
            if !self.advance()? {
                scan.record.problem = Some(Problem::Unclosed);
                return Ok(scan.finish());
            }
        }
    }
}

fn split_end(line: &[u8]) -> (&[u8], &[u8]) {
    let content = line.strip_suffix(b"\n").map_or(line, |rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    line.split_at(content.len())
}

/// Where the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    /// Behind a quote within quotes: the field is closed, unless another quote follows.
    Closed,
}

struct Scan {
    dialect: Dialect,
    state: State,
    field: Vec<u8>,
    record: Record,
}

impl Scan {
    fn new(dialect: Dialect, line: u64) -> Scan {
        Scan { dialect, state: State::FieldStart, field: Vec::new(), record: Record { line, ..Record::default() } }
    }

    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.step(byte);
        }
    }

    fn step(&mut self, byte: u8) {
        let quote = Some(byte) == self.dialect.quote;
        self.state = match self.state {
            State::Quoted if quote => State::Closed,
            State::FieldStart if quote => {
                self.record.quoted += 1;
                State::Quoted
            }
            State::FieldStart | State::Plain | State::Closed if byte == self.dialect.separator => {
                self.end_field();
                State::FieldStart
            }
            state => {
                self.field.push(byte);
                self.after(state, quote)
            }
        };
    }

    /// The state behind a byte that belongs to the field.
    fn after(&mut self, state: State, quote: bool) -> State {
        match state {
            State::Quoted => State::Quoted,
            State::Closed if quote => State::Quoted,
            State::Closed => {
                let field = self.record.fields.len() + 1;
                self.record.problem.get_or_insert(Problem::AfterQuote(field));
                State::Plain
            }
            State::FieldStart | State::Plain => State::Plain,
        }
    }

    fn end_field(&mut self) {
        self.record.fields.push(std::mem::take(&mut self.field));
    }

    fn finish(mut self) -> Record {
        self.end_field();
        self.record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Dialect = Dialect { separator: b',', quote: Some(b'"') };

    fn records(bytes: &[u8], dialect: Dialect) -> Vec<Record> {
        let mut records = Records::new(bytes, dialect);
        std::iter::from_fn(|| records.next_record().unwrap()).collect()
    }

    fn fields(bytes: &[u8], dialect: Dialect) -> Vec<(u64, Vec<String>)> {
        let text = |field: Vec<u8>| String::from_utf8(field).unwrap();
        records(bytes, dialect)
            .into_iter()
            .map(|record| (record.line, record.fields.into_iter().map(text).collect()))
            .collect()
    }

    fn expected(rows: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
        rows.iter().map(|(line, row)| (*line, row.iter().map(|field| field.to_string()).collect())).collect()
    }

    #[test]
    fn a_record_may_span_lines_and_its_line_is_where_it_begins() {
        assert_eq!(
            fields(b"a,b\r\n\r\n  \r\n1,\"two\r\n\r\nlines\"\r\n2,\"\"\r\n", CSV),
            expected(&[(1, &["a", "b"]), (4, &["1", "two\r\n\r\nlines"]), (7, &["2", ""])])
        );
    }

    #[test]
    fn quotes_are_doubled_within_quotes_and_plain_within_plain_fields() {
        assert_eq!(
            fields(b"\"say \"\"hi\"\", you\",5\" pipe,\"\"\"\"", CSV),
            expected(&[(1, &["say \"hi\", you", "5\" pipe", "\""])])
        );
    }

    #[test]
    fn empty_cells_are_fields() {
        assert_eq!(fields(b",,\n\"\"\n", CSV), expected(&[(1, &["", "", ""]), (2, &[""])]));
        let tsv = Dialect { separator: b'\t', quote: None };
        assert_eq!(fields(b"\t\n\"a\tb\"\n", tsv), expected(&[(1, &["", ""]), (2, &["\"a", "b\""])]));
    }

    #[test]
    fn a_quote_out_of_place_is_reported() {
        let problems = |bytes| records(bytes, CSV).into_iter().map(|record| record.problem).collect::<Vec<_>>();
        assert_eq!(problems(b"1,\"a\" b\n2,c\n"), [Some(Problem::AfterQuote(2)), None]);
        assert_eq!(problems(b"1,2\n\"a\nb,c\n"), [None, Some(Problem::Unclosed)]);
    }
}
