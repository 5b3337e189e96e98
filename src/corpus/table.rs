//! Records as rows of a table: a header, perhaps with titles above and further headings below it, then one record a row.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use super::dump;
use super::encoding::western;
use super::field::shown;
use super::header;
use super::records::{Record, RecordSource, is_blank_cell};
use super::row::{Mend, Problem, REORDERED_HEADER, REPEATED_HEADER, RawRow, RowReader, SUBTOTAL, TITLE_BELOW};
use super::several_tables;
use super::text_column;
use super::totals::{self, Shape};
use super::two_rows;
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};

/// So many records are looked at before the first is a row.
const AHEAD: usize = 40;
/// Totals and notes below a table are searched for in so many of its last records.
const LAST: usize = 20;

/// What the first row of a header of two is called.
const UPPER: &str = "first header row: the names over several columns";

/// The cells of a heading, without blanks around them and at its end.
type Heading = Vec<Vec<u8>>;

/// What the first cell of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    Nothing,
    /// A number, a date, or a code with digits in it.
    Digits,
    Word,
    Words,
}

impl Begin {
    fn of(cell: &[u8]) -> Begin {
        let cell = cell.trim_ascii();
        match () {
            () if cell.is_empty() => Begin::Nothing,
            () if cell.iter().any(u8::is_ascii_whitespace) && !cell.iter().all(|byte| !byte.is_ascii_alphabetic()) => {
                Begin::Words
            }
            () if cell.iter().any(u8::is_ascii_digit) => Begin::Digits,
            () => Begin::Word,
        }
    }
}

/// Reads the rows of a table.
pub(super) struct Table<S> {
    source: S,
    header: Vec<String>,
    /// Columns that the header names, and the places of those of a sheet that stand right of them.
    named: usize,
    beyond: Vec<usize>,
    /// The cells of the header and of further headings, which may stand between the rows once more.
    headings: Vec<Heading>,
    /// Records that are not rows of the table: titles and further headings.
    others: VecDeque<(Record, &'static str)>,
    ahead: VecDeque<Record>,
    /// Whether all records of the source are in `ahead` or were handed out.
    has_ended: bool,
    /// What the first rows look like.
    shape: Shape,
    /// The lines of totals and notes below the table, once it has ended, and what they are.
    below: HashMap<u64, Problem>,
    remarks: Vec<Message>,
    /// How much the first record is like a row, though it was taken for the header.
    likeness: header::Likeness,
    /// Whether the names of the columns are those of a record.
    has_header: bool,
    /// Where each column stands, below a header in another order.
    order: Option<Vec<usize>>,
    /// The names as the file has them.
    given: Vec<String>,
    /// What the first cells of the first rows of full width are.
    begins: Vec<Begin>,
}

impl<S: RecordSource> Table<S> {
    /// Reads the header, unless there is none: then columns are called by their numbers.
    pub(super) fn open(path: &Path, mut source: S, has_header: bool) -> Result<Table<S>, Error> {
        let mut ahead = first_records(path, &mut source)?;
        let is_sheet = source.separator().is_none();
        let Head { given, others, headings, likeness } = match has_header {
            true => Head::of(path, &mut ahead, &source)?,
            false => {
                Head { given: vec![String::new(); header::width_without_names(&ahead, is_sheet)], ..Head::default() }
            }
        };
        check_width(path, given.len())?;
        let named = given.len();
        let beyond = if is_sheet { beyond(&source, &ahead, named) } else { Vec::new() };
        let mut names = header::with_choices(given.clone(), &others);
        names.extend(beyond.iter().map(|place| format!("column {}", place + 1)));
        let (header, renamed) = header::distinct(names);
        let renamed = renamed.filter(|_| has_header).map(|renamed| format!("{}: {renamed}", path.display()));
        let right = beyond.first().map(|_| right_of_headings(path, &header[named..]));
        let remarks = renamed.into_iter().chain(right).chain(other_lines(path, &others)).map(Message::from).collect();
        source.set_width(header.len());
        let shape = Shape::of(&without_repeats(&ahead, &headings), named);
        let begins = begins(&ahead, header.len());
        let (ahead, has_ended, below) = (ahead.into(), false, HashMap::new());
        Ok(Table {
            source,
            header,
            named,
            beyond,
            headings,
            others,
            ahead,
            has_ended,
            shape,
            below,
            remarks,
            likeness,
            has_header,
            order: None,
            given,
            begins,
        })
    }

    /// Calls the columns as another table with the same ones does, be it in other letters.
    pub(super) fn call_columns_as(&mut self, other: &Table<S>) {
        let count = other.named.min(self.named);
        self.header.splice(..count, other.header.iter().take(count).cloned());
    }

    /// Adds a remark of the format's own.
    pub(super) fn say(&mut self, remark: Option<impl Into<Message>>) {
        self.remarks.extend(remark.map(Into::into));
    }

    /// How much the first record is like a row, though it was taken for the header.
    pub(super) fn likeness(&self) -> header::Likeness {
        self.likeness
    }

    /// The names as the file has them, some perhaps more than once.
    pub(super) fn given_names(&self) -> &[String] {
        &self.given
    }

    /// The next record; the last ones are looked at before the first of them is handed out.
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        while self.ahead.len() <= LAST && !self.has_ended {
            match self.source.next_record()? {
                Some(record) => self.ahead.push_back(record),
                None => self.end(),
            }
        }
        Ok(self.ahead.pop_front())
    }

    /// Finds the totals and notes at the end of the table, between which may stand empty rows.
    fn end(&mut self) {
        self.has_ended = true;
        let last: Vec<&Record> = self.ahead.iter().rev().take(LAST).collect();
        self.below = totals::below(&last, &self.shape, self.named, self.source.separator().is_none());
    }

    fn row(&self, mut record: Record) -> RawRow {
        let (found, expected) = (record.fields.len(), self.header.len());
        // A sheet has no cells at the end of a row that is short, and may have some right of the header's.
        let is_sheet = self.source.separator().is_none();
        if is_sheet {
            self.move_cells_beyond(&mut record);
        }
        self.put_in_order(&mut record);
        let fits = is_sheet || found == expected;
        let mut row = match record.problem {
            Some(problem) => RawRow::broken(record.line, problem),
            None if !fits => {
                let problem = Problem::Ragged { found, expected, has_header: self.has_header };
                let is_short = self.is_short(&record);
                let surplus = if self.order.is_none() { self.surplus(&record) } else { None };
                let fields = if is_short { record.fields } else { Vec::new() };
                RawRow { surplus, is_short, ..cells(record.line, &self.header, fields) }.with_problem(problem)
            }
            None => cells(record.line, &self.header, record.fields),
        };
        row.mends.extend(record.mend);
        row
    }

    /// Whether a record only lacks cells at its end: it begins as the rows of full width do, which the second half of a row that a
    /// line end cut in two does not.
    fn is_short(&self, record: &Record) -> bool {
        let is_below_header = self.has_header && self.order.is_none() && record.problem.is_none();
        let begins_alike = match record.fields.first() {
            Some(first) if self.begins.is_empty() => record.quoted > 0 || Begin::of(first) != Begin::Words,
            Some(first) => {
                self.begins.contains(&Begin::of(first)) && (Begin::of(first) != Begin::Words || record.quoted > 0)
            }
            None => false,
        };
        is_below_header && record.fields.len() < self.header.len() && begins_alike
    }

    /// Puts the cells of a record below a header in another order where the table has them.
    fn put_in_order(&self, record: &mut Record) {
        let Some(order) = self.order.as_ref().filter(|order| record.fields.len() <= order.len()) else { return };
        let is_sheet = self.source.separator().is_none();
        if is_sheet || record.fields.len() == order.len() {
            let cell = |place: &usize| record.fields.get(*place).cloned().unwrap_or_default();
            record.fields = order.iter().map(cell).collect();
        }
    }

    /// Why a record is no row, where it begins another table below this one.
    fn why_of_another_table(&mut self, record: &Record) -> Option<&'static str> {
        if !self.has_header {
            return None;
        }
        if repeats(record, &self.headings) {
            self.order = None;
            return Some(REPEATED_HEADER);
        }
        if let Some(order) = several_tables::order(record, &self.given) {
            self.order = Some(order);
            return Some(REORDERED_HEADER);
        }
        let begins =
            |next: &Record| repeats(next, &self.headings) || several_tables::order(next, &self.given).is_some();
        (record.filled() == 1 && self.named > 1 && self.ahead.front().is_some_and(begins)).then_some(TITLE_BELOW)
    }

    /// A record that is no row of the table, with its filled cells as far as they can be decoded.
    fn no_row(&self, mut record: Record, problem: Problem) -> RawRow {
        if self.source.separator().is_none() {
            self.move_cells_beyond(&mut record);
        }
        let mut row = cells(record.line, &self.header, record.fields);
        row.fields.retain(|_, cell| cell.as_str().is_some_and(|cell| !cell.trim().is_empty()));
        row.with_problem(problem)
    }

    /// Puts the cells right of the header's into the columns that were made for them.
    fn move_cells_beyond(&self, record: &mut Record) {
        let more: Vec<Vec<u8>> =
            self.beyond.iter().map(|place| record.fields.get(*place).cloned().unwrap_or_default()).collect();
        record.fields.truncate(self.named);
        if more.iter().any(|cell| !is_blank_cell(cell)) {
            record.fields.resize(self.named, Vec::new());
            record.fields.extend(more);
        }
    }

    /// The cells of a record that has too many, none of them in quotes.
    fn surplus(&self, record: &Record) -> Option<(Vec<String>, char)> {
        let separator = self.source.separator()?;
        if record.quoted > 0 || record.fields.len() < self.header.len() {
            return None;
        }
        let cells: Result<_, _> = record.fields.iter().cloned().map(String::from_utf8).collect();
        Some((cells.ok()?, separator))
    }
}

impl<S: RecordSource> RowReader for Table<S> {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn remarks(&self) -> &[Message] {
        &self.remarks
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        if let Some((record, why)) = self.others.pop_front() {
            return Ok(Some(self.no_row(record, Problem::NoRow(why))));
        }
        let Some(record) = self.next_record()? else { return Ok(None) };
        if let Some(why) = self.why_of_another_table(&record) {
            return Ok(Some(self.no_row(record, Problem::NoRow(why))));
        }
        if totals::is_subtotal(&record) {
            return Ok(Some(self.no_row(record, Problem::NoRow(SUBTOTAL))));
        }
        Ok(Some(match self.below.remove(&record.line) {
            Some(problem) => self.no_row(record, problem),
            None => self.row(record),
        }))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        match self.others.pop_front() {
            Some((record, _)) => Ok(Some(record.line)),
            None => Ok(self.next_record()?.map(|record| record.line)),
        }
    }
}

fn first_records(path: &Path, source: &mut impl RecordSource) -> Result<Vec<Record>, Error> {
    let mut ahead = Vec::new();
    while ahead.len() < AHEAD
        && let Some(record) = source.next_record().map_err(|error| Error::file(path, error))?
    {
        ahead.push(record);
    }
    Ok(ahead)
}

fn check_width(path: &Path, width: usize) -> Result<(), Error> {
    if width <= header::WIDEST {
        return Ok(());
    }
    let problem = format!("has {width} columns; at most {} are read", header::WIDEST);
    Err(Error::usage(format!("{}: {problem}", path.display())))
}

/// Takes the header and further headings off the first records: how much the header is like a row,
/// and the cells of all of them.
fn take_headings(
    ahead: &mut Vec<Record>,
    others: &mut VecDeque<(Record, &'static str)>,
    mut headings: Vec<Heading>,
) -> (header::Likeness, Vec<Heading>) {
    if ahead.is_empty() {
        return (header::Likeness::Names, Vec::new());
    }
    let first = ahead.remove(0);
    headings.extend(heading(&first));
    let rows = without_repeats(ahead, &headings);
    let likeness = header::Likeness::of(&first, &rows);
    let begins_with_a_row = ahead.first().is_some_and(|second| !repeats(second, &headings));
    let further = if begins_with_a_row { header::further_headings(&first, &rows) } else { Vec::new() };
    headings.extend(ahead.iter().take(further.len()).filter_map(heading));
    others.extend(ahead.drain(..further.len()).zip(further));
    (likeness, headings)
}

/// What stands above the rows of a table.
#[derive(Default)]
struct Head {
    /// The names as the file has them.
    given: Vec<String>,
    /// Titles and further headings, each with the reason why it is skipped.
    others: VecDeque<(Record, &'static str)>,
    headings: Vec<Heading>,
    /// How much the first record is like a row, though it is taken for the names.
    likeness: header::Likeness,
}

impl Head {
    /// Takes it off the first records.
    fn of(path: &Path, ahead: &mut Vec<Record>, source: &impl RecordSource) -> Result<Head, Error> {
        several_tables::check_beside(path, ahead)?;
        let mut others = take_titles(ahead, source);
        let is_below_titles = !others.is_empty();
        let is_merged = is_merged(ahead, source);
        let upper = join_header(ahead, is_merged);
        if upper.is_none() {
            header::name_row_names(ahead);
        }
        let given = ahead.first().map_or_else(|| Ok(Vec::new()), |first| given_names(path, first))?;
        let above: Vec<Heading> = upper.iter().filter_map(heading).collect();
        others.extend(upper.into_iter().map(|record| (record, UPPER)));
        let (likeness, headings) = take_headings(ahead, &mut others, above);
        let likeness = if is_below_titles { header::Likeness::Names } else { likeness };
        Ok(Head { given, others, headings, likeness })
    }
}

/// What the first cells of the records of full width are.
fn begins(records: &[Record], width: usize) -> Vec<Begin> {
    let full = records.iter().filter(|record| record.problem.is_none() && record.fields.len() == width);
    let mut begins: Vec<Begin> = full.filter_map(|record| record.fields.first()).map(|cell| Begin::of(cell)).collect();
    begins.dedup();
    begins
}

/// Takes what stands above the header, each with the reason why it is skipped.
fn take_titles(ahead: &mut Vec<Record>, source: &impl RecordSource) -> VecDeque<(Record, &'static str)> {
    let is_sheet = source.separator().is_none();
    let merged = source.header_of_two_rows().and_then(|line| ahead.iter().position(|record| record.line == line));
    let merged = merged.filter(|place| two_rows::joined(&ahead[*place..], true).is_some());
    let titles = match merged {
        Some(place) => place,
        None if two_rows::joined(ahead, false).is_some() => 0,
        None => header::titles(ahead, is_sheet),
    };
    let is_table = titles > 0 && merged.is_none() && header::table_above(ahead, is_sheet) == Some(titles);
    let why = if is_table { "a row of another table above the one with the texts" } else { "a title above the header" };
    ahead.drain(..titles).map(|record| (record, why)).collect()
}

/// Whether merged cells make one header of the first two records.
fn is_merged(ahead: &[Record], source: &impl RecordSource) -> bool {
    ahead.first().is_some_and(|first| source.header_of_two_rows() == Some(first.line))
}

/// Makes one header of two rows: then the lower one has the names of all columns, and the upper one is returned.
fn join_header(ahead: &mut Vec<Record>, is_merged: bool) -> Option<Record> {
    let names = two_rows::joined(ahead, is_merged)?;
    let upper = ahead.remove(0);
    if let Some(lower) = ahead.first_mut() {
        lower.fields = names.into_iter().map(String::into_bytes).collect();
    }
    Some(upper)
}

fn without_repeats(records: &[Record], headings: &[Heading]) -> Vec<Record> {
    records.iter().filter(|record| !repeats(record, headings)).cloned().collect()
}

fn given_names(path: &Path, record: &Record) -> Result<Vec<String>, Error> {
    match &record.problem {
        Some(problem) => Err(Error::file(path, format!("its header is broken: {problem}"))),
        None if record.mend.is_some() => Err(Error::file(path, format!("its header is broken: {}", Problem::Unclosed))),
        None => Ok(header::names(record)),
    }
}

/// The cells of a heading without blanks around them and at its end; none of one that names a
/// single column, unless by a word for a text: an answer may be as short.
fn heading(record: &Record) -> Option<Heading> {
    let cells = trimmed(record);
    let is_text = |cell: &Vec<u8>| std::str::from_utf8(cell).is_ok_and(text_column::is_named_so);
    (record.filled() > 1 || (record.filled() == 1 && cells.iter().any(is_text))).then_some(cells)
}

/// Whether a record is one of the headings once more, as where tables were put one below the other.
fn repeats(record: &Record, headings: &[Heading]) -> bool {
    let alike = |heading: &&Heading| {
        let first = record.fields.first().map(|cell| cell.trim_ascii());
        first == heading.first().map(Vec::as_slice)
    };
    headings.iter().filter(alike).any(|heading| trimmed(record) == *heading)
}

fn trimmed(record: &Record) -> Vec<Vec<u8>> {
    let mut cells: Vec<Vec<u8>> = record.fields.iter().map(|cell| cell.trim_ascii().to_vec()).collect();
    let end = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    cells.truncate(end);
    cells
}

/// The places right of the header's columns in which any row has a cell.
fn beyond(source: &impl RecordSource, ahead: &[Record], named: usize) -> Vec<usize> {
    let mut places: BTreeSet<usize> = source.filled_beyond(named).into_iter().collect();
    places.extend(ahead.iter().flat_map(|record| record.filled_beyond(named)));
    places.into_iter().collect()
}

fn right_of_headings(path: &Path, names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("\"{}\"", shown(name))).collect();
    let more =
        if names.len() > shown.len() { format!(" and {} more", names.len() - shown.len()) } else { String::new() };
    format!("{}: cells right of the headings are kept in columns called {}{more}", path.display(), shown.join(", "))
}

/// Says which lines are skipped because they are not rows.
fn other_lines(path: &Path, others: &VecDeque<(Record, &'static str)>) -> Option<String> {
    let lines: Vec<String> = others.iter().map(|(record, why)| format!("line {} ({why})", record.line)).collect();
    (!lines.is_empty()).then(|| format!("{}: skipped: {}", path.display(), lines.join(", ")))
}

/// The cells that can be decoded; the first that cannot is the row's problem.
fn cells(line: u64, header: &[String], fields: Vec<Vec<u8>>) -> RawRow {
    let mut row = RawRow::sound(line, Map::new());
    for (name, bytes) in header.iter().zip(fields) {
        let bytes = if bytes == dump::NOTHING { Vec::new() } else { bytes };
        match String::from_utf8(bytes) {
            Ok(cell) => {
                row.fields.insert(name.clone(), Value::String(cell));
            }
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                if let Some(cell) = western(error.as_bytes()) {
                    row.fields.insert(name.clone(), Value::String(cell));
                    row.mends = vec![Mend::Encoding];
                } else {
                    row.problem.get_or_insert(Problem::Undecodable { field: name.clone(), offset });
                }
            }
        }
    }
    row
}

/// Puts the cells that are too many back into the text, in which their separators were not quoted; a text that is missing is
/// empty.
pub(super) fn complete_text(row: &mut RawRow, header: &[String], text: Option<&str>) {
    if row.is_short {
        return fill_short(row, header, text);
    }
    let Some((cells, separator)) = row.surplus.take() else { return fill_text(row, header, text) };
    let Some(place) = header.iter().position(|name| Some(name.as_str()) == text) else { return };
    let more = cells.len() - header.len();
    let joined = cells[place..=place + more].join(&separator.to_string());
    let values = cells[..place].iter().cloned().chain([joined]).chain(cells[place + more + 1..].iter().cloned());
    row.fields = header.iter().cloned().zip(values.map(Value::String)).collect();
    row.problem = None;
    row.mends.push(Mend::Surplus);
}

/// A row that lacks cells at its end, and not its text, is read with empty ones.
fn fill_short(row: &mut RawRow, header: &[String], text: Option<&str>) {
    let is_filled =
        |text: &str| row.fields.get(text).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
    if !matches!(row.problem, Some(Problem::Ragged { .. })) || !text.is_some_and(is_filled) {
        row.fields.clear();
        return;
    }
    for name in header {
        row.fields.entry(name.clone()).or_insert_with(|| Value::from(""));
    }
    row.problem = None;
    row.mends.push(Mend::Short);
}

/// A row of a sheet may end before the text, which then is empty.
fn fill_text(row: &mut RawRow, header: &[String], text: Option<&str>) {
    let lacking = text.filter(|text| row.problem.is_none() && !row.fields.contains_key(*text));
    if let Some(text) = lacking.filter(|text| header.iter().any(|name| name == text)) {
        row.fields.insert(text.to_owned(), Value::Null);
    }
}

/// An error when the user asks for a name that several columns have.
pub(super) fn check_unique(path: &Path, given: &[String], wanted: Option<&str>, field: &Mention) -> Result<(), Error> {
    let Some(wanted) = wanted else { return Ok(()) };
    let places: Vec<usize> = (0..given.len()).filter(|&place| given[place] == wanted).map(|place| place + 1).collect();
    let [first, second, ..] = places.as_slice() else { return Ok(()) };
    let column = |place: &usize| field.clone().exact(format_args!("column {place}")).say();
    Err(Error::Reading {
        problem: message!(
            "{path}: columns {first} and {second} are both called \"{name}\"; name one by its place: {this} or {other}",
            path = path.display(),
            first,
            second,
            name = shown(wanted),
            this = column(first),
            other = column(second)
        ),
        cure: vec![column(first)],
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn separators_that_no_prose_has_are_recognised() {
        use crate::corpus::testing::{options, read_as, texts};
        for (separator, name) in [('^', "a.csv"), ('\u{1}', "a.txt"), ('\u{1f}', "a.txt")] {
            let rows = "id|comment|n\n1|the soup was cold, again|3\n2|nobody came|4\n3|it was late|5\n"
                .replace('|', &separator.to_string());
            let corpus = read_as(name, rows.as_bytes(), &options()).unwrap();
            assert_eq!((texts(&corpus)[0], corpus.documents.len()), ("the soup was cold, again", 3), "{separator:?}");
        }
    }

    use crate::corpus::testing::{error_of, ids, notes, options, read_as, reason, skipping, text_field, texts};
    use crate::corpus::{Corpus, ReadOptions};
    use encoding_rs::WINDOWS_1252;
    use serde_json::Value;

    fn csv(bytes: &[u8]) -> Corpus {
        read_as("a.csv", bytes, &options()).unwrap()
    }

    fn error(bytes: &[u8]) -> String {
        error_of("a.csv", bytes, &options())
    }

    #[test]
    fn a_row_that_lacks_cells_at_its_end_is_read_and_said() {
        let table =
            "id,comment,flag,extra\n0,\"the soup was cold, again\",y,z\n1,nobody came to us\n2,\"the bread was old\"\n";
        let corpus = csv(table.as_bytes());
        assert_eq!(texts(&corpus), ["the soup was cold, again", "nobody came to us", "the bread was old"]);
        assert!(notes(&corpus).iter().any(|note| note.contains("fewer cells than columns")), "{:?}", notes(&corpus));
        assert_eq!(corpus.documents[1].fields["flag"], "");
        for refused in [
            "id,comment,flag\n0,the soup was cold,y\n1\n2,nobody came to us,y\n",
            "id,comment,flag\n0,the soup was cold,y\n1,nobody came\nto us again,y\n2,it was late,y\n",
            "id,flag,comment\n0,y,the soup was cold\n1,y\n2,y,it was late\n",
        ] {
            assert!(error(refused.as_bytes()).contains("the header names 3 fields"), "{refused}");
        }
    }

    #[test]
    fn lines_that_end_in_two_returns_are_lines() {
        let rows: String = (0..9000).map(|n| format!("{n},\"the soup in house {n} was cold\"\r\r\n")).collect();
        let corpus = csv(format!("id,comment\r\r\n{rows}").as_bytes());
        assert_eq!((corpus.documents.len(), ids(&corpus)[8999]), (9000, "8999"));
        assert_eq!(corpus.documents[8999].text, "the soup in house 8999 was cold");
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
    fn rows_that_are_too_short_name_both_numbers() {
        let bytes = b"id,text,n\n1,a,x\n3\n4,d,y\n";
        assert_eq!(
            error(bytes),
            "a.csv:3: the header names 3 fields, this row has 1; quote fields that hold the separator, or skip such rows \
             with on-error=skip"
        );
        let corpus = read_as("a.csv", bytes, &skipping()).unwrap();
        assert_eq!(ids(&corpus), ["1", "3", "4"]);
        assert_eq!(reason(&corpus, 1), "the header names 3 fields, this row has 1");
    }

    #[test]
    fn separators_that_are_not_quoted_belong_to_the_text() {
        let corpus = csv(b"id,text,n\n1,a,x\n2,b, c, d,y\n3,\"e\",f,g\n".split_at(28).0);
        assert_eq!(texts(&corpus), ["a", "b, c, d"]);
        assert_eq!(corpus.documents[1].fields["n"], "y");
        assert_eq!((corpus.documents[0].mended, corpus.documents[1].mended), (false, true));
        assert!(
            notes(&corpus)[0].starts_with("in 1 row, there are more cells") && notes(&corpus)[0].ends_with("a.csv:3)")
        );
        assert!(error(b"id,text,n\n1,a,x\n3,\"e\",f,g\n").contains("this row has 4"), "not where cells are quoted");
    }

    #[test]
    fn an_unclosed_quote_is_an_ordinary_character_and_hides_no_row() {
        let rows: Vec<String> = (0..1000).map(|n| format!("{n},{}row {n}\n", if n == 5 { "\"" } else { "" })).collect();
        let corpus = csv(format!("id,text\n{}", rows.concat()).as_bytes());
        assert_eq!((corpus.rows.len(), corpus.documents.len()), (1000, 1000));
        assert_eq!(corpus.documents[5].text, "\"row 5");
        assert!(notes(&corpus)[0].contains("a.csv:7"), "{:?}", notes(&corpus));
    }

    #[test]
    fn an_unclosed_quote_in_a_row_of_other_length_is_an_error_of_that_row() {
        let bytes = b"id,text,n\n1,fine,x\n2,\"never closed\n3,kept,y\n";
        assert_eq!(
            error(bytes),
            "a.csv:3: a quote opened in this row is never closed; close it, or double it within quotes, or skip \
             such rows with on-error=skip"
        );
        assert_eq!(texts(&read_as("a.csv", bytes, &skipping()).unwrap()), ["fine", "kept"]);
    }

    #[test]
    fn text_after_a_closing_quote_is_an_error() {
        assert_eq!(
            error(b"id,text\n1,\"fine\"\n2,\"so\"\n3,\"say \"hi\" again\"\n"),
            "a.csv:4: text after the closing quote of field 2; double the quotes inside a quoted field, or skip \
             such rows with on-error=skip"
        );
    }

    #[test]
    fn a_broken_byte_names_the_field_and_the_row_keeps_its_id() {
        let bytes = "id,text\nx,café naïve\ny,".as_bytes();
        let bytes = [bytes, b"na\xC3\xAFve \xFF\n"].concat();
        assert_eq!(
            error(&bytes),
            "a.csv:3: field \"text\": undecodable byte at offset 7; save the file as UTF-8, or skip such rows with \
             on-error=skip"
        );
        assert_eq!(ids(&read_as("a.csv", &bytes, &skipping()).unwrap()), ["x", "y"]);
    }

    #[test]
    fn only_an_ambiguous_text_or_id_is_refused() {
        assert_eq!(
            error(b"text,id, text\na,1,b\n"),
            "a.csv: columns 1 and 3 are both called \"text\"; name one by its place: text-field=column 1 or \
             text-field=column 3"
        );
        assert_eq!(texts(&read_as("a.csv", b"text,id, text\na,1,b\n", &text_field("column 3")).unwrap()), ["b"]);
        let corpus = csv(b"n,text,n,\n1,a,2,3\n");
        let names: Vec<&String> = corpus.documents[0].fields.keys().collect();
        assert_eq!(names, ["n", "n (2)", "column 4"]);
        assert!(notes(&corpus)[0].contains("\"n (2)\", \"column 4\""), "{:?}", notes(&corpus));
    }

    #[test]
    fn a_broken_header_is_an_error() {
        assert_eq!(
            error(b"id,\"text\n1,a\n"),
            "a.csv: its header is broken: a quote opened in this row is never closed"
        );
    }

    #[test]
    fn lines_that_end_in_cr_alone_are_read() {
        assert_eq!(texts(&csv(b"id,text\r1,a\r2,b\r")), ["a", "b"]);
    }

    #[test]
    fn a_row_that_ends_in_cr_alone_among_others_is_a_row() {
        let corpus = csv(b"id,text,n\r\n1,a b,x\r2,c d,y\r\n3,\"e\rf\",z\r\n4,g\rh,z\r\n5,i,z\r6,j,z");
        assert_eq!(texts(&corpus), ["a b", "c d", "e\rf", "g\rh", "i", "j"]);
        assert_eq!(ids(&corpus), ["1", "2", "3", "4", "5", "6"]);
        assert_eq!(corpus.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn an_empty_cell_is_skipped_and_said() {
        let corpus = csv(b"text,n\n,1\nfine,2\n");
        assert_eq!(reason(&corpus, 0), "empty text");
        assert_eq!(
            (corpus.documents.len(), notes(&corpus).as_slice()),
            (1, &["1 row skipped: the text is empty".to_owned()][..])
        );
    }

    #[test]
    fn a_first_line_that_names_the_separator_is_no_header() {
        let corpus = csv(b"sep=;\r\nid;text\r\n1;a, b\r\n");
        assert_eq!((texts(&corpus), corpus.rows[0].line), (vec!["a, b"], 3));
    }

    #[test]
    fn titles_and_further_headings_are_skipped_with_their_reason() {
        let corpus = csv(b"Survey of May\n\nid,Comment,n\n,Open-Ended Response,Response\n1,fine by me,2\n2,not so,3\n");
        assert_eq!(texts(&corpus), ["fine by me", "not so"]);
        assert_eq!(
            (reason(&corpus, 0), reason(&corpus, 1)),
            ("a title above the header", "second header row: the kinds of answers")
        );
        assert_eq!(corpus.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 4, 5, 6]);
    }

    #[test]
    fn a_header_that_stands_between_the_rows_once_more_is_none_of_them() {
        let half =
            |from: usize| -> String { (from..from + 4).map(|n| format!("T{n},it was fine {n},{n}\n")).collect() };
        let bytes = format!("Ticket,Comment,stars\n{}Ticket,Comment,stars\n{}", half(0), half(4));
        let corpus = csv(bytes.as_bytes());
        assert_eq!((corpus.documents.len(), reason(&corpus, 4)), (8, "repeated header"));
        assert_eq!(ids(&corpus)[5], "T4", "the ids are still found");
        assert!(notes(&corpus).iter().any(|note| note.contains("1 row skipped: repeated header (first: ")));
        assert_eq!(texts(&csv(b"Comment\nfine by me\nComment\nnot so\n")), ["fine by me", "not so"]);
    }

    #[test]
    fn what_r_writes_is_read_with_the_names_of_its_rows() {
        for separator in [" ", ",", "\t"] {
            let rows = "\"score\",\"comment\"\n\"1\",3,\"the soup, cold \\\"again\\\"\"\n\
                \"2\",0,\"nobody came\"\n\"3\",1,\"late\"\n";
            let rows = rows.replace(',', separator);
            let corpus = read_as("a.csv", rows.as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus)[1..], ["nobody came", "late"], "{separator:?}");
            assert_eq!(
                (&corpus.documents[2].fields["column 1"], &corpus.documents[2].fields["score"]),
                (&"3".into(), &"1".into())
            );
            assert!(texts(&corpus)[0].ends_with("cold \"again\""), "{:?}", texts(&corpus));
        }
    }

    #[test]
    fn subtotals_between_the_rows_are_none_of_them() {
        let row = |n: usize| format!("{n:02}.01.2025;Bonn;3;the soup was cold {n}\n");
        let half = |from: usize| -> String { (from..from + 5).map(row).collect() };
        let end = "Zwischensumme;Bonn;3,2;5 Rückmeldungen\n";
        let table = format!("Datum;Filiale;Note;Kommentar\n{}{end}{}{end}Gesamt;;3,2;10\n", half(1), half(6));
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!((corpus.documents.len(), reason(&corpus, 5)), (10, "a subtotal between the rows"));
        assert!(notes(&corpus).iter().any(|note| note.contains("a subtotal between the rows")), "{:?}", notes(&corpus));
    }

    #[test]
    fn titles_of_sections_are_not_the_header() {
        let corpus = csv(
            b"Person,,Rating,,Open\nNo,Dept,Q1,Q2,Q3\n1,A,2,3,fine by me\n2,B,4,5,not so\n3,A,4,1,well\n4,C,3,3,no\n",
        );
        assert_eq!((corpus.documents.len(), reason(&corpus, 0)), (4, "a title above the header"));
        assert_eq!(corpus.documents[0].fields["Q2"], "3");
        let few =
            csv(b"Person,,Open,\nNo,Dept,Comment,What else?\n1,A,fine by me,x\n2,B,not so,y\n3,A,well,z\n4,C,no,u\n");
        assert_eq!(few.documents.len(), 4);
    }

    #[test]
    fn a_table_without_a_header_is_read_by_the_numbers_of_its_columns() {
        let options = ReadOptions { no_header: true, ..options() };
        let corpus = read_as("a.csv", b"1,the soup was cold\n2,the bread was old\n", &options).unwrap();
        assert_eq!(corpus.documents[0].fields["column 1"], "1");
        assert_eq!(texts(&corpus), ["the soup was cold", "the bread was old"]);
    }

    #[test]
    fn sentences_with_commas_in_a_table_without_a_header_lose_no_row() {
        let options = ReadOptions { no_header: true, ..options() };
        let rows = b"1,Ann,Hi, the soup was cold, again\n2,Bob,the bread was old\n3,Ann,so, nobody came to us\n4,Bob,fine by me\n";
        let corpus = read_as("a.csv", rows, &options).unwrap();
        let wanted = ["Hi, the soup was cold, again", "the bread was old", "so, nobody came to us", "fine by me"];
        assert_eq!((texts(&corpus), corpus.files[0].text.as_str()), (wanted.to_vec(), "column 3"));
        let problem = error_of("a.csv", b"1,the soup was cold,3\n2,the bread was old\n", &options);
        assert!(problem.contains("most rows have 3 fields, this row has 2"), "{problem}");
    }

    #[test]
    fn choices_below_a_question_name_their_columns() {
        let corpus = csv(b"id,What is bad?,Which apply?,,\n,Open-Ended Response,New,Regular,Other (please specify)\n\
            1,the soup was cold,New,,\n2,nobody came to us,,Regular,of the trade\n");
        assert_eq!(corpus.documents[1].fields["Which apply?: Regular"], "Regular");
        assert_eq!(corpus.documents[1].fields["Which apply?: Other (please specify)"], "of the trade");
    }

    #[test]
    fn a_header_of_too_many_columns_is_refused_at_once() {
        let bytes = format!("text,{}\n", (0..100_000).map(|n| n.to_string()).collect::<Vec<_>>().join(","));
        assert_eq!(error(bytes.as_bytes()), "a.csv: has 100001 columns; at most 16384 are read");
    }

    #[test]
    fn a_pointer_of_one_step_names_a_column() {
        assert_eq!(texts(&read_as("a.csv", b"n;body\n1;a, b\n", &text_field("/body")).unwrap()), ["a, b"]);
    }
}
