//! Separated values into records of fields.
//!
//! Not by the `csv` crate: after a blank line or CRLF it reports a line too early, and it takes an unclosed quote, which
//! swallows the rest of the file, for an ordinary end.
//!
//! A quote that leads nowhere (to the end of the file, to text after the closing quote, or over lines that are rows
//! themselves) is taken for an ordinary character: the record ends on its first line and the lines after it are read as
//! what they are. Every line is looked at twice at most: once a quote is known to lead nowhere from a line's end, so are
//! all others that are open there.

use std::io::{self, BufRead};

use super::dump;
use super::line_reader::{Line, LineReader};
use super::readable::markup;
use super::row::{Mend, Problem};

/// U+FEFF.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Bytes of the longest entity of HTML, without its semicolon.
const LONGEST_ENTITY: usize = 10;

/// How fields are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    /// None where quotes are ordinary characters.
    pub(super) quote: Option<u8>,
}

/// One record, perhaps over several lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Record {
    /// 1-based line on which it begins.
    pub(super) line: u64,
    /// The fields' bytes, without their quotes.
    pub(super) fields: Vec<Vec<u8>>,
    /// How many fields were quoted.
    pub(super) quoted: usize,
    /// A quote out of place, or too much of it.
    pub(super) problem: Option<Problem>,
    /// What was put right to read it.
    pub(super) mend: Option<Mend>,
}

/// Where records come from: separated values, or the sheet of a workbook.
pub(super) trait RecordSource {
    /// The next record; blank lines are none.
    fn next_record(&mut self) -> io::Result<Option<Record>>;

    /// How many fields a sound record has.
    fn set_width(&mut self, width: usize);

    /// What stands between two fields, where anything does.
    fn separator(&self) -> Option<char>;

    /// The places, from the first beyond a header of so many columns on, in which any record to
    /// come has a cell; none where that is not known.
    fn filled_beyond(&self, _width: usize) -> Vec<usize> {
        Vec::new()
    }

    /// The line of the upper one of two rows that are one header, where merged cells say so.
    fn header_of_two_rows(&self) -> Option<u64> {
        None
    }
}

impl Record {
    /// Places from `width` on in which it has a cell.
    pub(super) fn filled_beyond(&self, width: usize) -> impl Iterator<Item = usize> + '_ {
        let beyond = self.fields.iter().enumerate().skip(width);
        beyond.filter(|(_, cell)| !is_blank_cell(cell)).map(|(place, _)| place)
    }

    /// How many of its cells hold something.
    pub(super) fn filled(&self) -> usize {
        self.fields.iter().filter(|cell| !is_blank_cell(cell)).count()
    }

    /// The line on which it ends: a cell in quotes may be longer than a line.
    pub(super) fn last_line(&self) -> u64 {
        let breaks = |cell: &Vec<u8>| cell.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.line + self.fields.iter().map(breaks).sum::<u64>()
    }
}

/// Whether a cell holds nothing but white space.
pub(super) fn is_blank_cell(cell: &[u8]) -> bool {
    cell.trim_ascii().is_empty()
}

/// Reads records one by one.
pub(super) struct Records<R> {
    lines: LineReader<R>,
    dialect: Dialect,
    width: Option<usize>,
    /// A quote that is open at the end of an earlier line than this leads nowhere.
    given_up: u64,
    escapes: Option<Escapes>,
}

/// What a backslash stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// In a database's dump, a line break, a tab, nothing, or the byte after it.
    Dump,
    /// Within quotes, the quote or the backslash after it.
    Quotes,
}

impl<R: BufRead> Records<R> {
    /// Nothing is read yet.
    pub(super) fn new(input: R, dialect: Dialect) -> Records<R> {
        Records { lines: LineReader::new(input), dialect, width: None, given_up: 0, escapes: None }
    }

    /// The same, with backslashes that stand for something, or not.
    pub(super) fn with_escapes(self, escapes: Option<Escapes>) -> Records<R> {
        Records { escapes, ..self }
    }

    /// Skips the next line.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        self.lines.next().map(|_| ())
    }

    /// The line, or its first part where a CR alone ends rows within it: each part has as many
    /// fields as a row, which the line itself has not.
    fn first_part(&mut self, line: Line) -> Line {
        let content = line.parts().0;
        let Some(width) = self.width.filter(|&width| width > 1 && content.contains(&b'\r')) else { return line };
        let is_row = |part: &[u8]| {
            let mut scan = Scan { escapes: self.escapes, ..Scan::new(self.dialect, line.number) };
            scan.feed(part);
            let is_open = scan.state == State::Quoted || scan.is_escaped;
            let record = scan.finish();
            !is_open && record.problem.is_none() && record.fields.len() == width
        };
        if is_row(content) || !content.split(|byte| *byte == b'\r').all(is_row) {
            return line;
        }
        let number = line.number;
        let (first, more) = self.lines.part(line);
        self.given_up += if self.given_up > number { more } else { 0 };
        first
    }

    /// The record that begins on a line.
    fn record(&mut self, first: Line) -> io::Result<Record> {
        let mut scan = Scan { escapes: self.escapes, ..Scan::new(self.dialect, first.number) };
        let mut length = first.bytes.len();
        let mut lines = vec![first];
        while let Some(last) = lines.last() {
            if last.is_cut {
                return Ok(Record { problem: Some(Problem::TooLong), ..scan.finish() });
            }
            let (content, end) = last.parts();
            scan.feed(content);
            if scan.state != State::Quoted && !scan.is_escaped {
                break;
            }
            scan.feed(end);
            let leads_nowhere = last.number < self.given_up || length > self.lines.longest();
            let is_quoted = scan.state == State::Quoted;
            let Some(next) = (if leads_nowhere { None } else { self.lines.next()? }) else {
                return Ok(if is_quoted { self.cut(lines) } else { scan.finish() });
            };
            length += next.bytes.len();
            lines.push(next);
        }
        let record = scan.finish();
        let strays = lines.len() > 1
            && (matches!(record.problem, Some(Problem::AfterQuote(_))) || self.swallows_rows(&record, &lines[1..]));
        Ok(if strays { self.cut(lines) } else { record })
    }

    /// The record on the first of the lines, its last open quote an ordinary character; the others are read again.
    fn cut(&mut self, lines: Vec<Line>) -> Record {
        self.given_up = self.given_up.max(lines.last().map_or(0, |line| line.number));
        let mut lines = lines.into_iter();
        let first = lines.next().expect("a record has a line, else this is a bug");
        self.lines.give_back(lines);
        let mut record = with_stray_quote(self.dialect, &first);
        if self.width == Some(record.fields.len()) {
            record.mend = Some(Mend::StrayQuote);
        } else {
            record.problem = Some(Problem::Unclosed);
        }
        record
    }

    /// Whether the lines within a record's quotes are rows: as many fields as the header, and a number or date at the
    /// beginning of each as at the record's own.
    fn swallows_rows(&self, record: &Record, within: &[Line]) -> bool {
        let Some(width) = self.width.filter(|&width| width > 1) else { return false };
        let Some(own) = record.fields.first().filter(|own| own.iter().any(u8::is_ascii_digit)) else { return false };
        let mut before = own.clone();
        within.iter().all(|line| {
            let mut scan = Scan::new(self.dialect, line.number);
            scan.feed(line.parts().0);
            let fields = scan.finish().fields;
            let follows = is_next(&before, &fields[0]) || (within.len() > 1 && shape(own) == shape(&fields[0]));
            before.clone_from(&fields[0]);
            fields.len() == width && follows
        })
    }
}

impl<R: BufRead> RecordSource for Records<R> {
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        self.lines.skip_empty()?;
        // A line of tabs is a row of empty cells, so a blank line may hold spaces only.
        while let Some(line) = self.lines.next()? {
            if !line.bytes.iter().all(|byte| b" \r\n".contains(byte)) {
                let mut line = line;
                // Files that were put one behind the other have a byte order mark within.
                if line.bytes.starts_with(BYTE_ORDER_MARK) {
                    line.bytes.drain(..BYTE_ORDER_MARK.len());
                }
                let line = self.first_part(line);
                return self.record(line).map(Some);
            }
            self.lines.skip_empty()?;
        }
        Ok(None)
    }

    fn set_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    fn separator(&self) -> Option<char> {
        Some(char::from(self.dialect.separator))
    }
}

/// The record on a line whose quote in the last field is not a quote.
fn with_stray_quote(dialect: Dialect, line: &Line) -> Record {
    let content = line.parts().0;
    let mut scan = Scan::new(dialect, line.number);
    scan.feed(content);
    let open = scan.field_start;
    let mut again = Scan::new(dialect, line.number);
    again.feed(&content[..open]);
    again.dialect.quote = None;
    again.feed(&content[open..]);
    again.finish()
}

/// Whether one whole number follows the other.
fn is_next(before: &[u8], after: &[u8]) -> bool {
    let number = |field: &[u8]| std::str::from_utf8(field).ok()?.trim().parse::<u64>().ok();
    number(before).zip(number(after)).is_some_and(|(before, after)| before.checked_add(1) == Some(after))
}

/// A field with its runs of digits as `9` and its runs of letters as `a`.
fn shape(field: &[u8]) -> Vec<u8> {
    let kind = |byte: &u8| match byte {
        b'0'..=b'9' => b'9',
        b'a'..=b'z' | b'A'..=b'Z' | 128.. => b'a',
        other => *other,
    };
    let mut shape: Vec<u8> = field.iter().map(kind).collect();
    shape.dedup();
    shape
}

/// Whether a field ends with an entity of HTML that only lacks its semicolon: `&nbsp`, `&#228`.
fn ends_with_entity(field: &[u8]) -> bool {
    let end = &field[field.len().saturating_sub(LONGEST_ENTITY)..];
    let Some(begin) = end.iter().rposition(|byte| *byte == b'&') else { return false };
    std::str::from_utf8(&end[begin + 1..]).is_ok_and(markup::is_entity)
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
    /// Bytes fed.
    fed: usize,
    /// Bytes before the field that is being read.
    field_start: usize,
    escapes: Option<Escapes>,
    /// Whether a backslash that stands for something is before the next byte.
    is_escaped: bool,
}

impl Scan {
    fn new(dialect: Dialect, line: u64) -> Scan {
        let record = Record { line, ..Record::default() };
        let (state, field) = (State::FieldStart, Vec::new());
        Scan { dialect, state, field, record, fed: 0, field_start: 0, escapes: None, is_escaped: false }
    }

    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.step(byte);
            self.fed += 1;
        }
    }

    fn step(&mut self, byte: u8) {
        let can_escape = match self.escapes {
            Some(Escapes::Dump) => true,
            Some(Escapes::Quotes) => self.state == State::Quoted,
            None => false,
        };
        if can_escape && (byte == b'\\' || self.is_escaped) {
            self.is_escaped = !self.is_escaped;
            self.field.push(byte);
            self.state = self.after(self.state, false);
            return;
        }
        let quote = Some(byte) == self.dialect.quote;
        self.state = match self.state {
            State::Quoted if quote => State::Closed,
            State::FieldStart if quote => {
                self.record.quoted += 1;
                State::Quoted
            }
            State::Plain if byte == b';' && byte == self.dialect.separator && ends_with_entity(&self.field) => {
                self.field.push(byte);
                State::Plain
            }
            State::FieldStart | State::Plain | State::Closed if byte == self.dialect.separator => {
                self.end_field();
                self.field_start = self.fed + 1;
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
        let field = std::mem::take(&mut self.field);
        self.record.fields.push(match self.escapes {
            Some(Escapes::Dump) => dump::decoded(field),
            Some(Escapes::Quotes) => dump::unquoted(field),
            None => field,
        });
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

    fn records_of_width(bytes: &[u8], dialect: Dialect, width: Option<usize>) -> Vec<Record> {
        let mut records = Records::new(bytes, dialect);
        records.width = width;
        std::iter::from_fn(|| records.next_record().unwrap()).collect()
    }

    fn records(bytes: &[u8], dialect: Dialect) -> Vec<Record> {
        records_of_width(bytes, dialect, None)
    }

    fn texts(records: Vec<Record>) -> Vec<(u64, Vec<String>)> {
        let text = |field: Vec<u8>| String::from_utf8(field).unwrap();
        records.into_iter().map(|record| (record.line, record.fields.into_iter().map(text).collect())).collect()
    }

    fn fields(bytes: &[u8], dialect: Dialect) -> Vec<(u64, Vec<String>)> {
        texts(records(bytes, dialect))
    }

    fn expected(rows: &[(u64, &[&str])]) -> Vec<(u64, Vec<String>)> {
        rows.iter().map(|(line, row)| (*line, row.iter().map(|field| field.to_string()).collect())).collect()
    }

    #[test]
    fn the_end_of_an_entity_is_no_separator() {
        let semicolons = Dialect { separator: b';', quote: Some(b'"') };
        assert_eq!(
            fields(b"1;zu sp&auml;t&nbsp;&#8364;;b\n2;R&D;AT&T;\n", semicolons),
            expected(&[(1, &["1", "zu sp&auml;t&nbsp;&#8364;", "b"]), (2, &["2", "R&D", "AT&T", ""])])
        );
    }

    #[test]
    fn a_byte_order_mark_within_is_no_part_of_a_cell() {
        assert_eq!(fields("a\n\u{feff}\"b\"\n".as_bytes(), CSV), expected(&[(1, &["a"]), (2, &["b"])]));
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
        assert_eq!(problems(b"1,2\n\"a\nb,c\n"), [None, Some(Problem::Unclosed), None]);
    }

    #[test]
    fn a_stray_quote_is_a_character_and_the_rows_after_it_are_read() {
        let rows = expected(&[(1, &["1", "\"so"]), (2, &["2", "b"]), (3, &["3", "c"])]);
        assert_eq!(texts(records_of_width(b"1,\"so\n2,b\n3,c\n", CSV, Some(2))), rows, "to the end of the file");
        let rows = expected(&[(1, &["1", "\"so"]), (2, &["2", "b"]), (3, &["3", "c, d"])]);
        assert_eq!(texts(records_of_width(b"1,\"so\n2,b\n3,\"c, d\"\n", CSV, Some(2))), rows, "to another quote");
        let rows = expected(&[(1, &["1", "\"so"]), (2, &["2", "b"]), (3, &["3", "5\""])]);
        assert_eq!(texts(records_of_width(b"1,\"so\n2,b\n3,5\"\n", CSV, Some(2))), rows, "over rows");
    }

    #[test]
    fn lines_within_quotes_that_are_no_rows_stay_within_them() {
        for within in ["first\n2 things, second", "a\n\n2,b", "see\nx,y\nu,v"] {
            let bytes = format!("1,\"{within}\"\n2,b\n");
            let rows = expected(&[(1, &["1", within]), (bytes.lines().count() as u64, &["2", "b"])]);
            assert_eq!(texts(records_of_width(bytes.as_bytes(), CSV, Some(2))), rows);
        }
    }

    #[test]
    fn many_quotes_that_lead_nowhere_take_no_longer_than_one() {
        let bytes = "x\",y,\"z\n".repeat(200_000);
        let started = std::time::Instant::now();
        assert_eq!(records_of_width(bytes.as_bytes(), CSV, Some(3)).len(), 200_000);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
