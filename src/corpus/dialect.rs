//! Separator and quote of a CSV file, recognised from its front.
//!
//! csv-nose weighs how table-like each reading of the sample is. Prose full of commas can look like a table, so its word counts
//! only where what is certain leaves a choice: the header must hold the text field, and rows must be as long as the header.

use std::io::Read;

use csv_nose::{Quote, Sniffer};

use super::header;
use super::records::{Dialect, Escapes, Record, RecordSource, Records};
use super::row::Problem;
use super::text_column;
use super::tight::Tight;

/// In ascending order of preference where nothing else decides: a lone column is safest read with what prose holds least.
const LONE_COLUMN: [u8; 4] = *b",;|\t";
const SEVERAL_COLUMNS: [u8; 4] = *b"|\t;,";

/// A row of prose has more words than so many.
const WORDS_OF_PROSE: usize = 3;

/// What a CSV file may be separated by.
pub(super) const SEPARATORS: &[u8] = b",;\t|";

/// How a file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recognised {
    pub(super) dialect: Dialect,
    /// Fields of its header.
    pub(super) width: usize,
}

/// The separator that the first line names, as spreadsheets write it: `sep=;`.
pub(super) fn told_separator(sample: &[u8]) -> Option<u8> {
    let line = sample.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] => Some(*separator),
        // A tab at the end is white space.
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] => Some(b'\t'),
        _ => None,
    }
}

/// The sample without the blanks between separators and quotes, where only so its rows are even.
pub(super) fn without_blanks(sample: &[u8], separator: u8) -> Option<Vec<u8>> {
    if !sample.windows(3).any(|part| part == [separator, b' ', b'"']) {
        return None;
    }
    let plain = Reading::new(sample, separator, Some(b'"'));
    let mut tight = Vec::new();
    Tight::new(sample, separator).read_to_end(&mut tight).ok()?;
    let read = Reading::new(&tight, separator, Some(b'"'));
    let is_sound = read.misquoted == 0 && read.quoted > plain.quoted && read.header.len() > 1 && read.ragged == 0;
    (is_sound && (plain.ragged > 0 || plain.misquoted > 0)).then_some(tight)
}

/// A separator that no prose has, where each line has the same number of it: what Hive and other databases write, and `^`.
pub(super) fn rare_separator(sample: &[u8]) -> Option<u8> {
    let lines = sample.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(RARE_LINES);
    let lines: Vec<&[u8]> = lines.collect();
    let count = |line: &[u8], separator: u8| line.iter().filter(|byte| **byte == separator).count();
    let is_in_all = |separator: &u8| {
        let first = lines.first().map_or(0, |line| count(line, *separator));
        first > 0 && lines.len() > 2 && lines.iter().all(|line| count(line, *separator) == first)
    };
    RARE.iter().copied().find(is_in_all)
}

/// Separators that are rare, and the lines that show them.
const RARE: &[u8] = b"\x1f\x01\x1e^";
const RARE_LINES: usize = 50;

/// The dialect of a file that begins with `sample`, complete lines; its text stands in the column `text`, if the user said so.
pub(super) fn recognise(sample: &[u8], separators: &[u8], text: Option<&str>) -> Recognised {
    let sample = below_comments(sample);
    if let Some(width) = blank_separated(sample) {
        return Recognised { dialect: Dialect { separator: b' ', quote: Some(b'"') }, width };
    }
    let guessed = sniffed(&Sniffer::new(), sample).map(|dialect| dialect.separator);
    let readings = separators.iter().map(|&separator| (separator, Reading::new(sample, separator, Some(b'"'))));
    let (separator, reading) = readings
        .max_by_key(|(separator, reading)| {
            let several = reading.header.len() > 1;
            let order = if several { SEVERAL_COLUMNS } else { LONE_COLUMN };
            (
                reading.header_names_text(text),
                several,
                several && reading.is_even(),
                several && guessed == Some(*separator),
                reading.ragged == 0,
                order.iter().position(|candidate| candidate == separator),
            )
        })
        .unwrap_or_default();
    let dialect = Dialect { separator, quote: quote(sample, separator, &reading) };
    Recognised { dialect, width: reading.header.len() }
}

/// A sample without the lines of comments (`# exported on 1 March`) that it begins with, unless nothing else is left.
fn below_comments(sample: &[u8]) -> &[u8] {
    let mut rest = sample;
    while rest.starts_with(b"# ") || rest.starts_with(b"#\n") || rest.starts_with(b"#\r") {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return sample };
        rest = &rest[end + 1..];
    }
    if rest.trim_ascii().is_empty() { sample } else { rest }
}

/// How many names a header has that is in quotes with one blank between its names, above rows that
/// are as long, or by the name of the row longer: what R's `write.table` writes.
fn blank_separated(sample: &[u8]) -> Option<usize> {
    let line = sample.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    if !line.starts_with(b"\"") || !line.ends_with(b"\"") || !line.windows(3).any(|part| part == b"\" \"") {
        return None;
    }
    let reading = Reading::with(sample, Dialect { separator: b' ', quote: Some(b'"') }, Some(Escapes::Quotes));
    let is_sound = reading.misquoted == 0 && reading.quoted >= reading.rows && reading.header.len() > 1;
    let is_even = reading.ragged == 0 || reading.longer_by_one + 1 == reading.rows;
    (is_sound && is_even).then_some(reading.header.len())
}

/// Whether the quotes within quotes of a sample have a backslash before them: so all are sound, and
/// not without.
pub(super) fn escapes_quotes(sample: &[u8], dialect: Dialect) -> bool {
    if dialect.quote != Some(b'"') || !sample.windows(2).any(|pair| pair == b"\\\"") {
        return false;
    }
    let plain = Reading::with(sample, dialect, None);
    let escaped = Reading::with(sample, dialect, Some(Escapes::Quotes));
    let is_sound = escaped.misquoted == 0 && escaped.quoted > 0;
    is_sound && (plain.misquoted > 0 || plain.ragged > escaped.ragged)
}

/// Whether a sample of a file whose name does not say that it is a table is plain lines: in one
/// column, without a first line that plainly is a column's name; or prose whose commas make rows of
/// many lengths, or with a space after each.
pub(super) fn is_plain_lines(sample: &[u8]) -> bool {
    let Some(reading) = of_no_table(sample) else { return false };
    !match reading.header.as_slice() {
        [only] => text_column::is_plainly_a_name(only),
        several => several.iter().any(|name| text_column::is_named_so(name)),
    }
}

/// Whether a sample is in one column, or prose whose commas make rows of many lengths, whatever its first line says.
pub(super) fn is_no_table(sample: &[u8]) -> bool {
    of_no_table(sample).is_some()
}

/// What such a sample looks like in the dialect that suits it best; nothing for a table.
fn of_no_table(sample: &[u8]) -> Option<Reading> {
    if told_separator(sample).is_some() {
        return None;
    }
    let found = recognise(sample, SEPARATORS, None).dialect;
    let reading = Reading::new(sample, found.separator, found.quote);
    let is_quoted = reading.quoted * 2 > reading.rows;
    let is_prose = reading.header.len() == 1
        || (found.separator != b'\t' && (reading.ragged * 3 > reading.rows || reading.is_spaced()));
    (!is_quoted && !reading.header.is_empty() && is_prose).then_some(reading)
}

/// The double quote, unless the sample speaks against it.
fn quote(sample: &[u8], separator: u8, double: &Reading) -> Option<u8> {
    let read = |quote| Reading::new(sample, separator, quote);
    if double.misquoted > double.quoted && read(None).ragged == 0 {
        return None;
    }
    let guessed = sniffed(Sniffer::new().delimiter(separator), sample).and_then(|dialect| dialect.quote);
    let single = guessed == Some(b'\'') && double.quoted == 0 && read(guessed).is_cleanly_quoted();
    Some(if single { b'\'' } else { b'"' })
}

fn sniffed(sniffer: &Sniffer, sample: &[u8]) -> Option<Dialect> {
    let dialect = sniffer.sniff_bytes(sample).ok()?.dialect;
    let quote = match dialect.quote {
        Quote::Some(quote) => Some(quote),
        Quote::None => None,
    };
    Some(Dialect { separator: dialect.delimiter, quote })
}

/// What a sample looks like in one dialect.
#[derive(Debug, Default)]
struct Reading {
    header: Vec<String>,
    /// All records, the header too, and those with a blank before each further field and many
    /// words.
    rows: usize,
    spaced: usize,
    /// Records of one field.
    lone: usize,
    /// Records longer or shorter than the header.
    ragged: usize,
    /// Those of them that are longer by one field.
    longer_by_one: usize,
    /// Fields in sound quotes.
    quoted: usize,
    /// Records with text after a closing quote. Not with an unclosed one: the sample may have cut it.
    misquoted: usize,
}

impl Reading {
    fn new(sample: &[u8], separator: u8, quote: Option<u8>) -> Reading {
        Reading::with(sample, Dialect { separator, quote }, None)
    }

    fn with(sample: &[u8], dialect: Dialect, escapes: Option<Escapes>) -> Reading {
        let mut source = Records::new(sample, dialect).with_escapes(escapes);
        // The sample is in memory: reading it cannot fail.
        let records: Vec<Record> = std::iter::from_fn(|| source.next_record().ok().flatten()).collect();
        let titles = header::titles(&records, false);
        let mut reading = Reading::default();
        records.into_iter().skip(titles).for_each(|record| reading.add(&record));
        reading
    }

    fn add(&mut self, record: &Record) {
        if self.header.is_empty() {
            self.header = header::names(record);
        }
        let is_spaced = record.fields.iter().skip(1).all(|field| field.starts_with(b" "));
        let blanks = record.fields.iter().flatten().filter(|byte| **byte == b' ').count();
        self.rows += 1;
        self.spaced += usize::from(is_spaced && record.fields.len() > 1 && blanks > WORDS_OF_PROSE);
        self.lone += usize::from(record.fields.len() == 1);
        self.ragged += usize::from(record.fields.len() != self.header.len());
        self.longer_by_one += usize::from(record.fields.len() == self.header.len() + 1);
        match record.problem {
            None => self.quoted += record.quoted,
            Some(Problem::AfterQuote(_)) => self.misquoted += 1,
            Some(_) => {}
        }
    }

    /// How surely the header has the text column: by the name that was said, by `text`, by another name of such a column.
    fn header_names_text(&self, said: Option<&str>) -> usize {
        let has = |wanted: &str| self.header.iter().any(|name| name == wanted);
        match said {
            Some(said) => usize::from(has(said)),
            None if has("text") => 2,
            None => usize::from(self.header.iter().any(|name| text_column::is_named_so(name))),
        }
    }

    /// Whether nearly all records are as long as the header: the sample may have cut one.
    fn is_even(&self) -> bool {
        self.ragged * 20 <= self.rows
    }

    /// Whether its separators are commas in sentences.
    fn is_spaced(&self) -> bool {
        self.spaced > 0 && self.spaced + self.lone == self.rows
    }

    fn is_cleanly_quoted(&self) -> bool {
        self.quoted > 0 && self.misquoted == 0 && self.ragged == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(sample: &str) -> Dialect {
        recognise(sample.as_bytes(), SEPARATORS, None).dialect
    }

    fn double_quoted(separator: u8) -> Dialect {
        Dialect { separator, quote: Some(b'"') }
    }

    #[test]
    fn each_separator_is_recognised() {
        for separator in SEPARATORS {
            let sample =
                "id,text,date\n1,fine,2024-01-02\n2,bad,2024-01-03\n".replace(',', &char::from(*separator).to_string());
            assert_eq!(csv(&sample), double_quoted(*separator));
        }
    }

    #[test]
    fn separators_inside_the_texts_do_not_mislead() {
        let sample = "id;text\n1;one, two, three; four\n2;five, six, seven, eight\n3;a, b, c\n";
        assert_eq!(csv(sample), double_quoted(b';'));
        let sample = "text,id\n\"a; b; c\",1\n\"d; e; f\",2\n\"g; h; i\",3\n";
        assert_eq!(csv(sample), double_quoted(b','));
    }

    #[test]
    fn a_lone_column_is_not_taken_apart() {
        assert_eq!(csv("text\nhello, world\none, two\n"), double_quoted(b'\t'));
        assert_eq!(csv("text\nplain words here\nmore plain words\n"), double_quoted(b'\t'));
    }

    #[test]
    fn an_unknown_text_column_leaves_the_choice_to_the_shape() {
        assert_eq!(csv("subject;body\none, two;three, four\nfive, six;seven, eight\n"), double_quoted(b';'));
        assert_eq!(csv("subject,body,date\n1,2\n"), double_quoted(b','));
    }

    #[test]
    fn quotes_that_only_begin_a_text_are_ordinary_characters() {
        let sample = "id\ttext\n1\t\"Never\" again\n2\t\"Fine\" I said\n3\tplain\n";
        assert_eq!(csv(sample), Dialect { separator: b'\t', quote: None });
    }

    #[test]
    fn single_quotes_are_recognised_where_nothing_speaks_against_them() {
        let sample = "id,text,n\n1,'one, two',1\n2,'three, four',2\n3,'five, six',3\n";
        assert_eq!(csv(sample), Dialect { separator: b',', quote: Some(b'\'') });
        assert_eq!(csv("id,text\n1,it's\n2,'twas fine\n3,don't\n"), double_quoted(b','));
    }

    #[test]
    fn a_first_line_may_name_the_separator() {
        for (line, separator) in [("sep=;\r\na,b", Some(b';')), ("\"sep=|\"\n", Some(b'|')), ("SEP=\t\n", Some(b'\t'))]
        {
            assert_eq!(told_separator(line.as_bytes()), separator);
        }
        assert_eq!(told_separator(b"separator,text\n"), None);
    }

    #[test]
    fn plain_lines_are_told_from_tables() {
        for lines in [
            "need more parking\nthe food is cold\nshifts are too long\n",
            "hello there\nThe fence is broken again\n",
            "no comment\nThe fence, again\n",
            "Hello, the soup was cold again\nI waited, and nobody came to us\nIt was late.\nHi, all of it was bad\n",
            "Minutes, farm visits 2025\n\nNo milker, none at all, for months.\nLimed.\nThe mill, closed, is far.\n",
            "Lovely cake, the almond one\nWell, the soup was cold\nNo, never come here again\n",
            "only one line",
        ] {
            assert!(is_plain_lines(lines.as_bytes()), "{lines}");
        }
        for table in [
            "Comment\nthe food is cold\n",
            "review_text\nthe food, cold as it was, went back\n",
            "Customer feedback\nthe food is cold\n",
            "id,text\n1,hello, world, again\n2,so, la, la\n",
            "shop;what else?\nnorth;the food is cold\nsouth;fine by me\n",
            "sep=;\nnorth\n",
            "",
        ] {
            assert!(!is_plain_lines(table.as_bytes()), "{table}");
        }
    }

    #[test]
    fn lines_above_the_header_do_not_mislead() {
        let sample = "Feedback, exported on 2024-01-02\n\nid;text;date\n1;one, two;2024-01-02\n2;three;2024-01-03\n";
        assert_eq!(
            recognise(sample.as_bytes(), SEPARATORS, None),
            Recognised { dialect: double_quoted(b';'), width: 3 }
        );
    }
}
