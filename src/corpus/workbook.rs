//! Workbooks of Excel and OpenDocument: one sheet, whose first filled row names the columns.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Cursor, Read};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Once};
use std::vec::IntoIter;

use calamine::{Data, Dimensions, ExcelDateTime, Reader, Sheets, Xlsx, open_workbook_auto_from_rs};

use super::field::shown;
use super::format::{archive, with_names};
use super::records::{Record, RecordSource};
use super::{hidden, merged, pasted, spans};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};

/// Bytes of the largest workbook that is read: it must be held in memory.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// Cells of the largest sheet that is read.
const MOST_CELLS: usize = 100_000_000;
/// Rows and columns of the largest sheet that Excel and LibreOffice can have: an address beyond them is a mistake.
const LARGEST_SHEET: (usize, usize) = (1_048_576, 16_384);
/// Bytes of all texts of a sheet: a small file can hold one long text a million times.
const MOST_BYTES: usize = 1024 * 1024 * 1024;

/// A sheet that plainly holds the texts has so many times the prose of those before it.
const PLAINLY: usize = 3;
/// Spaces of a cell that is prose at least.
const SPACES: usize = 3;

/// A workbook in memory, which its readers share.
type Bytes = Cursor<Arc<[u8]>>;
/// What stands for any letters in the name of a sheet.
const ANY: char = '*';

/// The filled rows of a sheet.
pub(super) struct Sheet {
    rows: IntoIter<Record>,
    name: String,
    /// The names of all sheets.
    all: Vec<String>,
    /// Whether another sheet has the same first row.
    has_siblings: bool,
    /// Cells with a formula whose value the file does not store, and the addresses of those that are known.
    unstored: usize,
    uncomputed: Vec<String>,
    /// Filled rows that are hidden.
    hidden: usize,
    /// The separator at which the cells of the only column were parted.
    parted: Option<u8>,
    /// The line of the upper one of two rows that merged cells make one header.
    two_rows: Option<u64>,
}

impl Sheet {
    /// Reads the sheet of a name, or the first one that holds anything, or a later one that plainly holds the texts.
    pub(super) fn open(path: &Path, input: impl Read, wanted: Option<&str>) -> Result<Sheet, Error> {
        let mut sheets = Sheet::open_all(path, input, wanted)?;
        if sheets.is_empty() {
            return Err(unreadable(path, &"it has no sheets"));
        }
        Ok(sheets.swap_remove(0))
    }

    /// Reads the sheets whose names fit a pattern (`Q*`), where no sheet is called so; else the one that [`Sheet::open`] reads.
    pub(super) fn open_all(path: &Path, input: impl Read, wanted: Option<&str>) -> Result<Vec<Sheet>, Error> {
        // What a broken archive does to its reader must not end the program.
        let opened = without_panic(|| Sheet::read(path, input, wanted));
        opened.unwrap_or_else(|| {
            Err(unreadable(path, &"it is broken, or a cell's address is none that a sheet can have"))
        })
    }

    fn read(path: &Path, input: impl Read, wanted: Option<&str>) -> Result<Vec<Sheet>, Error> {
        let mut bytes = Vec::new();
        input.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|problem| Error::file(path, problem))?;
        if bytes.len() as u64 > LARGEST {
            return Err(Error::file(path, "is a workbook of more than 1 GiB: save its sheet as CSV"));
        }
        if let Some((what, cure)) = archive(&bytes) {
            let (path, cure) = (path.display(), with_names(cure, path));
            return Err(Error::Usage(message!("{path}: is {what}, not a workbook; {cure}", path, what, cure)));
        }
        let bytes: Arc<[u8]> = bytes.into();
        let mut workbook = open_workbook_auto_from_rs(Cursor::new(Arc::clone(&bytes)))
            .map_err(|problem| unreadable(path, &problem))?;
        let all = workbook.sheet_names();
        let pattern = wanted.filter(|wanted| wanted.contains(ANY) && !all.iter().any(|name| name == wanted));
        if let Some(pattern) = pattern {
            let mut sheets = Vec::new();
            for name in all.iter().filter(|name| fits(name, pattern)) {
                let rows = rows(&mut workbook, name).map_err(|problem| unreadable(path, &problem))?;
                if !rows.is_empty() {
                    sheets.push(Sheet::of(&mut workbook, &bytes, (name, rows), &all));
                }
            }
            if !sheets.is_empty() {
                return Ok(sheets);
            }
        }
        if let Some(wanted) = wanted.filter(|wanted| !all.iter().any(|name| name == wanted)) {
            let there: Vec<String> = all.iter().take(20).map(|name| format!("\"{}\"", shown(name))).collect();
            return Err(Error::Usage(message!(
                "{sheet}: no such sheet in {path}; its sheets are {there}",
                sheet = Mention::of("sheet").shown(shown(wanted)),
                path = path.display(),
                there = there.join(", ")
            )));
        }
        let mut best: Option<(&String, Vec<Record>)> = None;
        let mut headers = Vec::new();
        for name in all.iter().filter(|name| wanted.is_none_or(|wanted| *name == wanted)) {
            let rows = rows(&mut workbook, name).map_err(|problem| unreadable(path, &problem))?;
            headers.extend(heading(&rows).map(|heading| heading.fields.clone()));
            let is_better = best.as_ref().is_none_or(|(_, best)| has_more_prose(&rows, best));
            if is_better && (!rows.is_empty() || wanted.is_some()) {
                best = Some((name, rows));
            }
        }
        let (name, rows) = best.map_or_else(Default::default, |(name, rows)| (name.clone(), rows));
        let names = |fields: &[Vec<u8>]| fields.iter().map(|cell| same_name(cell)).collect::<Vec<String>>();
        let first = heading(&rows).map(|heading| names(&heading.fields));
        let alike = headers.iter().filter(|header| Some(names(header)) == first).count();
        let sheet = Sheet::of(&mut workbook, &bytes, (&name, rows), &all);
        Ok(vec![Sheet { has_siblings: alike > 1, ..sheet }])
    }

    /// A sheet of its rows.
    fn of(workbook: &mut Sheets<Bytes>, bytes: &[u8], (name, mut rows): (&str, Vec<Record>), all: &[String]) -> Sheet {
        let areas = merged(workbook, bytes, name);
        let two_rows = merged::header_of_two_rows(&rows, &areas);
        merged::fill_down(&mut rows, &areas, two_rows);
        let parted = pasted::part(&mut rows);
        let mut uncomputed = hidden::uncomputed(bytes, name);
        let unstored = match uncomputed.len() {
            0 if lacks_a_column(&rows) => unstored(workbook, name, &rows),
            known => known,
        };
        uncomputed.truncate(ADDRESSES);
        let hidden = hidden::rows(bytes, name);
        let hidden = rows.iter().filter(|row| hidden.contains(&row.line)).count();
        let (rows, name, all, has_siblings) = (rows.into_iter(), name.to_owned(), all.to_vec(), false);
        Sheet { rows, name, all, has_siblings, unstored, uncomputed, hidden, parted, two_rows }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The number of its last filled row.
    pub(super) fn last_row(&self) -> u64 {
        self.rows.as_slice().last().map_or(0, |row| row.line)
    }
}

/// The name of a column as it is compared with those of other sheets: in small letters, without the blanks around it.
pub(super) fn same_name(name: &[u8]) -> String {
    String::from_utf8_lossy(name).trim().to_lowercase()
}

/// Whether a name fits a pattern, in which `*` stands for any letters.
fn fits(name: &str, pattern: &str) -> bool {
    let mut parts = pattern.split(ANY);
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Addresses of cells that are named at most.
const ADDRESSES: usize = 5;

/// Whether no row has a cell in a column that the first row names.
fn lacks_a_column(rows: &[Record]) -> bool {
    let Some((first, rows)) = rows.split_first() else { return false };
    let is_filled = |row: &Record, place: usize| row.fields.get(place).is_some_and(|cell| !cell.is_empty());
    (0..first.fields.len()).any(|place| is_filled(first, place) && !rows.iter().any(|row| is_filled(row, place)))
}

/// How many cells of a sheet have a formula and no value, as programs write them that compute nothing.
fn unstored(workbook: &mut Sheets<Bytes>, name: &str, rows: &[Record]) -> usize {
    let Ok(formulas) = workbook.worksheet_formula(name) else { return 0 };
    let (first_row, first_column) = formulas.start().unwrap_or_default();
    let filled: HashMap<u64, &Record> = rows.iter().map(|row| (row.line, row)).collect();
    let is_empty = |row: usize, column: usize| {
        let record = filled.get(&(row as u64 + u64::from(first_row) + 1));
        let cell = record.and_then(|record| record.fields.get(column + first_column as usize));
        cell.is_none_or(Vec::is_empty)
    };
    let cells = formulas.used_cells().filter(|(_, _, formula)| !formula.is_empty());
    cells.filter(|(row, column, _)| is_empty(*row, *column)).count()
}

/// Whether a sheet plainly holds the texts, and the one before it is a cover or a short list.
fn has_more_prose(rows: &[Record], before: &[Record]) -> bool {
    let bytes = |rows: &[Record], spaces: usize| {
        let cells = rows.iter().flat_map(|row| &row.fields);
        let long = cells.filter(|cell| cell.iter().filter(|byte| **byte == b' ').count() >= spaces);
        long.map(Vec::len).sum::<usize>()
    };
    let prose = bytes(rows, SPACES);
    prose > PLAINLY * bytes(before, SPACES) && prose > bytes(before, 0)
}

impl Sheet {
    /// What was recognised, in words.
    pub(super) fn said(&self) -> String {
        format!("workbook, sheet \"{}\"", shown(&self.name))
    }

    /// Says that rows are hidden and read all the same, if any are.
    pub(super) fn said_of_hidden(&self, path: &Path) -> Option<String> {
        let (path, count) = (path.display(), self.hidden);
        let are =
            if count == 1 { "1 row of the sheet is".to_owned() } else { format!("{count} rows of the sheet are") };
        let cure = "to leave them out, copy the visible rows to another sheet";
        (count > 0).then(|| format!("{path}: {are} hidden, by a filter or by hand, and read like the others; {cure}"))
    }

    /// Says that the cells of the only column are read as a table, if they are.
    pub(super) fn said_of_parts(&self, path: &Path) -> Option<String> {
        let separator = match self.parted? {
            b'\t' => "tabs".to_owned(),
            other => format!("\"{}\"", char::from(other)),
        };
        let path = path.display();
        Some(format!(
            "{path}: each cell of the only column holds a line of a table, separated by {separator}: it is read so"
        ))
    }

    /// Says that cells have formulas without values, if any do.
    pub(super) fn unstored(&self, path: &Path) -> Option<String> {
        let cure = "open it in a spreadsheet program and save it, and they are read";
        let (path, count) = (path.display(), self.unstored);
        let more = if count > self.uncomputed.len() { ", …" } else { "" };
        let which = match self.uncomputed.is_empty() {
            true => String::new(),
            false => format!(" ({}{more})", self.uncomputed.join(", ")),
        };
        (count > 0).then(|| {
            format!("{path}: cells with a formula whose value the file does not store: {count}{which}: they are read as empty; {cure}")
        })
    }

    /// Says which sheet is read, where there are several.
    pub(super) fn remark(&self, path: &Path) -> Option<Message> {
        let others: Vec<String> = self
            .all
            .iter()
            .filter(|name| **name != self.name)
            .take(5)
            .map(|name| format!("\"{}\"", shown(name)))
            .collect();
        let name = shown(&self.name);
        let (path, others) = (path.display(), others.join(", "));
        let said = match self.has_siblings {
            true => message!(
                "{path}: the sheet \"{name}\" is read; {+sheet NAME} reads another: {others}; {all} reads all that have its \
                 columns, as one",
                path,
                name,
                others = &others,
                all = Mention::of("sheet").exact("*").say()
            ),
            false => message!(
                "{path}: the sheet \"{name}\" is read; {+sheet NAME} reads another: {others}",
                path,
                name,
                others = &others
            ),
        };
        (!others.is_empty()).then_some(said)
    }
}

impl RecordSource for Sheet {
    fn header_of_two_rows(&self) -> Option<u64> {
        self.two_rows
    }

    fn next_record(&mut self) -> io::Result<Option<Record>> {
        Ok(self.rows.next())
    }

    fn set_width(&mut self, _: usize) {}

    fn separator(&self) -> Option<char> {
        None
    }

    fn filled_beyond(&self, width: usize) -> Vec<usize> {
        let places: BTreeSet<usize> = self.rows.as_slice().iter().flat_map(|row| row.filled_beyond(width)).collect();
        places.into_iter().collect()
    }
}

thread_local! {
    /// Whether a panic of this thread is caught and becomes an error: then its trace is nobody's affair.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// What `read` gives; none where it panics, which is told of nowhere else.
fn without_panic<T>(read: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_CAUGHT.get() {
                others(panic);
            }
        }));
    });
    IS_CAUGHT.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(read));
    IS_CAUGHT.set(false);
    outcome.ok()
}

fn rows(workbook: &mut Sheets<Bytes>, name: &str) -> Result<Vec<Record>, calamine::Error> {
    match workbook {
        // Cell by cell: a range would hold every empty cell between two that are far apart.
        Sheets::Xlsx(workbook) => xlsx_rows(workbook, name),
        other => {
            let range = other.worksheet_range(name)?;
            let first = range.start().map_or(0, |(row, _)| row);
            let mut rows = Rows::default();
            for (row, column, cell) in range.used_cells() {
                rows.add(first as usize + row, column, shown_cell(cell))?;
            }
            Ok(rows.records)
        }
    }
}

fn xlsx_rows(workbook: &mut Xlsx<Bytes>, name: &str) -> Result<Vec<Record>, calamine::Error> {
    let mut rows = Rows::default();
    let mut cells = match workbook.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        Err(calamine::XlsxError::NotAWorksheet(_)) => return Ok(Vec::new()), // a chart
        Err(problem) => return Err(problem.into()),
    };
    while let Some(cell) = cells.next_cell()? {
        let (row, column) = cell.get_position();
        rows.add(row as usize, column as usize, shown_cell(&Data::from(cell.get_value().clone())))?;
    }
    Ok(rows.records)
}

/// The merged areas of a sheet, where its format tells of them.
fn merged(workbook: &mut Sheets<Bytes>, bytes: &[u8], name: &str) -> Vec<Dimensions> {
    match workbook {
        Sheets::Xlsx(workbook) => workbook.merge_cells_by_sheet_name(name).unwrap_or_default(),
        Sheets::Ods(_) => spans::merged(bytes, name),
        _ => Vec::new(),
    }
}

fn unreadable(path: &Path, problem: &dyn std::fmt::Display) -> Error {
    let path = path.display();
    Error::usage(format!("{path}: looks like a workbook and cannot be read as one ({problem}); save its sheet as CSV"))
}

/// Rows in the making, from filled cells in their order.
#[derive(Default)]
struct Rows {
    records: Vec<Record>,
    cells: usize,
    bytes: usize,
}

impl Rows {
    fn add(&mut self, row: usize, column: usize, cell: String) -> Result<(), calamine::Error> {
        if cell.is_empty() {
            return Ok(());
        }
        if row >= LARGEST_SHEET.0 || column >= LARGEST_SHEET.1 {
            return Err(calamine::Error::Msg("a cell's address is none that a sheet can have"));
        }
        self.bytes += cell.len();
        if self.bytes > MOST_BYTES {
            return Err(calamine::Error::Msg("its sheet holds more than 1 GiB of text"));
        }
        let line = row as u64 + 1;
        if self.records.last().is_none_or(|record| record.line != line) {
            self.records.push(Record { line, ..Record::default() });
        }
        let Some(record) = self.records.last_mut() else { return Ok(()) };
        self.cells += (column + 1).saturating_sub(record.fields.len());
        if self.cells > MOST_CELLS {
            return Err(calamine::Error::Msg("its sheet has more than 100 million cells"));
        }
        if record.fields.len() <= column {
            record.fields.resize(column + 1, Vec::new());
        }
        record.fields[column] = cell.into_bytes();
        Ok(())
    }
}

/// A cell as one reads it in the sheet, as far as that is stored.
fn shown_cell(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(is) => is.to_string(),
        Data::DateTime(time) => shown_time(time),
    }
}

fn shown_time(time: &ExcelDateTime) -> String {
    if !time.is_datetime() {
        return time.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    // A time of day alone is less than a day: the date that it would have is nobody's.
    if (0.0..1.0).contains(&time.as_f64()) {
        return if second == 0 {
            format!("{hour:02}:{minute:02}")
        } else {
            format!("{hour:02}:{minute:02}:{second:02}")
        };
    }
    if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
}

/// The first row that is about as wide as any near the top: the names of the columns, below titles of the table.
fn heading(rows: &[Record]) -> Option<&Record> {
    const HIGHEST: usize = 10;
    let above = &rows[..rows.len().min(HIGHEST)];
    let widest = above.iter().map(Record::filled).max()?;
    above.iter().find(|row| row.filled() > 1 && row.filled() * 10 >= widest * 9)
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{cure_of, error_of, exit_code_of, ids, notes, options, read_as, reason, texts};

    #[test]
    fn a_time_of_day_alone_has_no_date() {
        let shown = |value: f64| {
            super::shown_time(&calamine::ExcelDateTime::new(value, calamine::ExcelDateTimeType::DateTime, false))
        };
        assert_eq!(shown(8.5 / 24.0), "08:30");
        assert_eq!(shown(0.0), "00:00");
        assert_eq!(shown(45_659.0), "2025-01-02");
        assert_eq!(shown(45_659.5), "2025-01-02 12:00:00");
    }

    /// A ZIP archive of files that are stored as they are.
    fn zip(files: &[(&str, &str)]) -> Vec<u8> {
        let (mut body, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in files {
            let mut crc = flate2::Crc::new();
            crc.update(content.as_bytes());
            let length = (content.len() as u32).to_le_bytes();
            let head = [
                &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..],
                &crc.sum().to_le_bytes(),
                &length,
                &length,
                &(name.len() as u16).to_le_bytes(),
                &[0, 0],
            ]
            .concat();
            let offset = (body.len() as u32).to_le_bytes();
            directory.extend([b"PK\x01\x02\x14\0", head.as_slice(), &[0; 10], &offset, name.as_bytes()].concat());
            body.extend([b"PK\x03\x04", head.as_slice(), name.as_bytes(), content.as_bytes()].concat());
        }
        let count = (files.len() as u16).to_le_bytes();
        let (size, offset) = ((directory.len() as u32).to_le_bytes(), (body.len() as u32).to_le_bytes());
        [body.as_slice(), &directory, b"PK\x05\x06\0\0\0\0", &count, &count, &size, &offset, &[0, 0]].concat()
    }

    /// A workbook with the sheets' rows as XML.
    fn xlsx(sheets: &[(&str, &str)]) -> Vec<u8> {
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let package = "http://schemas.openxmlformats.org/package/2006";
        let (mut list, mut targets, mut types) = (String::new(), String::new(), String::new());
        let mut parts = Vec::new();
        for (place, (name, rows)) in sheets.iter().enumerate() {
            let n = place + 1;
            list += &format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>");
            targets += &format!(
                "<Relationship Id=\"rId{n}\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
            );
            types += &format!(
                "<Override PartName=\"/xl/worksheets/sheet{n}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
            );
            let (rows, merged) = rows.split_once("<mergeCells").unwrap_or((rows, ""));
            let merged = if merged.is_empty() { String::new() } else { format!("<mergeCells{merged}") };
            let sheet = format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData>{merged}</worksheet>");
            parts.push((format!("xl/worksheets/sheet{n}.xml"), sheet));
        }
        parts.push((
            "xl/workbook.xml".into(),
            format!("<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>{list}</sheets></workbook>"),
        ));
        parts.push((
            "xl/_rels/workbook.xml.rels".into(),
            format!("<Relationships xmlns=\"{package}/relationships\">{targets}</Relationships>"),
        ));
        parts.push((
            "_rels/.rels".into(),
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"rId1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ));
        parts.push((
            "[Content_Types].xml".into(),
            format!("<Types xmlns=\"{package}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/>{types}</Types>"),
        ));
        let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        zip(&parts)
    }

    fn cell(place: &str, text: &str) -> String {
        format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    }

    fn answers() -> String {
        let header = [cell("A1", "No."), cell("B1", "What else?"), cell("D1", "Shop")].concat();
        let first =
            ["<c r=\"A3\"><v>1</v></c>".to_owned(), cell("B3", "the soup was cold"), cell("D3", "north")].concat();
        let second = ["<c r=\"A4\"><v>2.5</v></c>".to_owned(), cell("B4", "nobody came to our table")].concat();
        format!("<row r=\"1\">{header}</row><row r=\"3\">{first}</row><row r=\"4\">{second}</row>")
    }

    #[test]
    fn the_first_sheet_that_holds_anything_is_read_and_rows_have_the_sheets_numbers() {
        let workbook = xlsx(&[("Cover", ""), ("Answers", &answers()), ("More", &answers())]);
        for name in ["a.xlsx", "a"] {
            let corpus = read_as(name, &workbook, &options()).unwrap();
            assert_eq!(
                (texts(&corpus), ids(&corpus)),
                (vec!["the soup was cold", "nobody came to our table"], vec!["3", "4"])
            );
            let fields = serde_json::Value::Object(corpus.documents[1].fields.clone()).to_string();
            assert_eq!(fields, r#"{"No.":"2.5"}"#);
            assert!(notes(&corpus).iter().any(|note| note.contains("\"Answers\" is read")), "{:?}", notes(&corpus));
        }
    }

    #[test]
    fn merged_cells_make_one_header_of_two_rows_however_short_the_answers_are() {
        let row = |at: usize, cells: &[&str]| {
            let cell = |(column, text): (char, &&str)| match text.is_empty() {
                true => String::new(),
                false => cell(&format!("{column}{at}"), text),
            };
            format!("<row r=\"{at}\">{}</row>", ('A'..).zip(cells).map(cell).collect::<String>())
        };
        let rows =
            [row(4, &["P0", "A", "nice view", "no lift"]), row(5, &["P1", "B", "free fruit", "no bikes"])].concat();
        for (upper, lower, areas) in [
            (["Name", "Team", "Feedback", ""], ["", "", "Likes", "Dislikes"], &["A2:A3", "B2:B3", "C2:D2"][..]),
            (["Person", "", "Feedback", ""], ["Name", "Team", "Likes", "Dislikes"], &["A2:B2", "C2:D2"]),
        ] {
            let title = row(1, &["Our survey of May"]);
            let areas: String = areas.iter().map(|area| format!("<mergeCell ref=\"{area}\"/>")).collect();
            let merged = format!("<mergeCells><mergeCell ref=\"A1:D1\"/>{areas}</mergeCells>");
            let sheet = [title, row(2, &upper), row(3, &lower), rows.clone(), merged].concat();
            let chosen = crate::corpus::testing::text_field("Dislikes");
            let corpus = read_as("a.xlsx", &xlsx(&[("Answers", &sheet)]), &chosen).unwrap();
            assert_eq!(texts(&corpus), ["no lift", "no bikes"]);
            assert_eq!(corpus.documents[1].fields.keys().collect::<Vec<_>>(), ["Name", "Team", "Likes"]);
            assert_eq!(reason(&corpus, 1), "first header row: the names over several columns");
        }
    }

    #[test]
    fn a_sheet_of_one_column_without_a_header_is_read_by_the_flag_that_its_error_proposes() {
        let row = |at: usize| {
            let text = format!("the soup was cold, and nobody came for {at} hours");
            format!("<row r=\"{at}\">{}</row>", cell(&format!("A{at}"), &text))
        };
        let workbook = xlsx(&[("Answers", &(1..9).map(row).collect::<String>())]);
        assert_eq!(cure_of("a.xlsx", &workbook, &options()), ["no-header"]);
        let read = read_as("a.xlsx", &workbook, &ReadOptions { no_header: true, ..options() }).unwrap();
        assert_eq!(read.documents.len(), 8);
    }

    #[test]
    fn sheets_whose_headers_differ_in_capitals_have_the_same_columns() {
        let sheet = |name: &str, n: usize| {
            let header = [cell("A1", "Id"), cell("B1", name)].concat();
            let said = format!("the soup was cold on day {n}");
            format!("<row r=\"1\">{header}</row><row r=\"2\">{}{}</row>", cell("A2", "7"), cell("B2", &said))
        };
        let workbook = xlsx(&[("A", &sheet("Comment", 1)), ("B", &sheet("comment ", 2))]);
        let read = |sheet: Option<&str>| {
            let options = ReadOptions { sheet: sheet.map(str::to_owned), ..options() };
            read_as("a.xlsx", &workbook, &options).unwrap()
        };
        assert_eq!(texts(&read(Some("*"))), ["the soup was cold on day 1", "the soup was cold on day 2"]);
        assert!(notes(&read(None)).iter().any(|note| note.contains("sheet=*")), "{:?}", notes(&read(None)));
    }

    #[test]
    fn sheets_with_the_same_columns_below_a_title_are_proposed_as_one() {
        let sheet = |month: &str, n: usize| {
            let names = [cell("A3", "Id"), cell("B3", "Comment"), cell("C3", "Stars")].concat();
            let row = |at: usize| {
                let text = cell(&format!("B{at}"), &format!("the soup was cold on day {at} of {month}"));
                format!(
                    "<row r=\"{at}\">{}{text}{}</row>",
                    cell(&format!("A{at}"), &format!("{n}{at}")),
                    cell(&format!("C{at}"), "5")
                )
            };
            format!("<row r=\"1\">{}</row><row r=\"3\">{names}</row>{}{}", cell("A1", month), row(4), row(5))
        };
        let cover = format!("<row r=\"1\">{}</row>", cell("A1", "An export"));
        let workbook = xlsx(&[("Read me", &cover), ("Jan", &sheet("January", 1)), ("Feb", &sheet("February", 2))]);
        let corpus = read_as("a.xlsx", &workbook, &options()).unwrap();
        assert!(notes(&corpus).iter().any(|note| note.contains("sheet=*")), "{:?}", notes(&corpus));
        let all = ReadOptions { sheet: Some("*".into()), ..options() };
        assert_eq!(read_as("a.xlsx", &workbook, &all).unwrap().documents.len(), 4);
    }

    /// A row with a comment, and with what it belongs to if anything is said of that.
    fn soup(at: usize, group: &str) -> String {
        let group = if group.is_empty() { String::new() } else { cell(&format!("A{at}"), group) };
        format!("<row r=\"{at}\">{group}{}</row>", cell(&format!("B{at}"), &format!("the soup was cold on day {at}")))
    }

    #[test]
    fn a_word_that_is_merged_downwards_is_that_of_each_row_and_a_text_is_not() {
        let header = [cell("A1", "Team"), cell("B1", "Comment")].concat();
        let rows: String = (2..11).map(|at| soup(at, ["North", "", ""][(at - 2) % 3])).collect();
        let merged = "<mergeCells count=\"2\"><mergeCell ref=\"A2:A4\"/><mergeCell ref=\"B5:B7\"/></mergeCells>";
        let sheet = format!("<row r=\"1\">{header}</row>{rows}{merged}");
        let corpus = read_as("a.xlsx", &xlsx(&[("A", &sheet)]), &options()).unwrap();
        let teams: Vec<bool> = corpus.documents.iter().map(|row| row.fields["Team"] == "North").collect();
        assert_eq!(teams, [true, true, true, true, false, false, true, false, false]);
        assert_eq!(corpus.documents[4].text, "the soup was cold on day 6");
    }

    #[test]
    fn merged_cells_over_two_rows_and_questions_beside_words_are_those_of_each_row() {
        let header = [cell("A1", "Group"), cell("B1", "Comment")].concat();
        let groups = ["What do you like here?", "", "", "Service", "", "Price", "", "What should we do with it?", ""];
        let rows: String = (2..11).map(|at| soup(at, groups[at - 2])).collect();
        let areas = ["A2:A4", "A5:A6", "A7:A8", "A9:A10"].map(|area| format!("<mergeCell ref=\"{area}\"/>")).concat();
        let sheet = format!("<row r=\"1\">{header}</row>{rows}<mergeCells count=\"4\">{areas}</mergeCells>");
        let corpus = read_as("a.xlsx", &xlsx(&[("A", &sheet)]), &options()).unwrap();
        let filled: Vec<&str> = corpus.documents.iter().filter_map(|row| row.fields["Group"].as_str()).collect();
        assert_eq!(filled[..5], [groups[0], groups[0], groups[0], "Service", "Service"]);
        assert_eq!(filled[5..], ["Price", "Price", groups[7], groups[7]]);
    }

    #[test]
    fn formulas_without_values_are_said() {
        let header = [cell("A1", "Comment"), cell("B1", "Both")].concat();
        let row = |at: usize| {
            format!(
                "<row r=\"{at}\">{}<c r=\"B{at}\"><f>A{at}</f></c></row>",
                cell(&format!("A{at}"), "the soup was cold")
            )
        };
        let sheet = format!("<row r=\"1\">{header}</row>{}{}", row(2), row(3));
        let corpus = read_as("a.xlsx", &xlsx(&[("A", &sheet)]), &options()).unwrap();
        let said = "a formula whose value the file does not store: 2 (B2, B3)";
        assert!(notes(&corpus).iter().any(|note| note.contains(said)), "{:?}", notes(&corpus));
        let some = sheet.replace("<f>A3</f>", "<v>3</v>").replace("<f>A2</f>", "<f>A2</f><v></v>");
        let corpus = read_as("a.xlsx", &xlsx(&[("A", &some)]), &options()).unwrap();
        assert!(notes(&corpus).join(" ").contains("not store: 1 (B2)"), "{:?}", notes(&corpus));
        let empty = sheet.replace("\"><f>", "\" t=\"str\"><f>").replace("</f>", "</f><v></v>");
        let corpus = read_as("a.xlsx", &xlsx(&[("A", &empty)]), &options()).unwrap();
        assert!(!notes(&corpus).join(" ").contains("not store: 2 ("), "{:?}", notes(&corpus));
    }

    #[test]
    fn a_cover_is_not_taken_for_the_sheet_with_the_texts() {
        let row = |at: usize, text: &str| format!("<row r=\"{at}\">{}</row>", cell(&format!("A{at}"), text));
        let cover = [row(1, "Feedback of the third quarter"), row(2, "Prepared by the team")].concat();
        let places: String = (1..40).map(|at| row(at, "north")).collect();
        let said: Vec<String> = (0..9).map(|n| format!("the soup on table {n} was cold again")).collect();
        let sheet: String =
            ["Comment".to_owned()].iter().chain(&said).zip(1..).map(|(text, at)| row(at, text)).collect();
        let workbook = xlsx(&[("Cover", &cover), ("Places", &places), ("Responses", &sheet), ("Copy", &sheet)]);
        let corpus = read_as("a.xlsx", &workbook, &options()).unwrap();
        assert_eq!(texts(&corpus), said);
        assert!(notes(&corpus).iter().any(|note| note.contains("\"Responses\" is read")), "{:?}", notes(&corpus));
    }

    #[test]
    fn titles_above_the_header_are_skipped_although_rows_end_with_their_last_filled_cell() {
        let row = |at: usize, cells: &[&str]| {
            let cells = cells.iter().zip("ABCDEF".chars()).filter(|(text, _)| !text.is_empty());
            let cells: String = cells.map(|(text, column)| cell(&format!("{column}{at}"), text)).collect();
            format!("<row r=\"{at}\">{cells}</row>")
        };
        let titles = [row(1, &["Customer feedback, third quarter"]), row(2, &["Exported on 2024-10-01"])].concat();
        let header = row(4, &["No.", "Store", "What did you think?", "Words"]);
        let rows: String = (5..25)
            .map(|at| {
                let text = format!("the soup on table {at} was cold again");
                row(at, &["7", "Berlin", if at == 9 { "" } else { &text }, ""])
            })
            .collect();
        let workbook = xlsx(&[("Responses", &[titles, header, rows].concat())]);
        let corpus = read_as("a.xlsx", &workbook, &options()).unwrap();
        assert_eq!((corpus.documents.len(), texts(&corpus)[0]), (19, "the soup on table 5 was cold again"));
        assert_eq!((reason(&corpus, 0), reason(&corpus, 6)), ("a title above the header", "empty text"));
    }

    #[test]
    fn cells_right_of_the_headings_are_columns_and_stop_nothing() {
        let row = |at: usize, cells: &[&str]| {
            let cells = cells.iter().zip("ABCDEF".chars()).filter(|(text, _)| !text.is_empty());
            let cells: String = cells.map(|(text, column)| cell(&format!("{column}{at}"), text)).collect();
            format!("<row r=\"{at}\">{cells}</row>")
        };
        let rows = [
            row(1, &["No", "Feedback"]),
            row(2, &["1", "the soup was cold", "", "call back!"]),
            row(3, &["2", "nobody came", "", " "]),
            row(4, &["3", "the bread was old", "", "", "", "x"]),
        ];
        let corpus = read_as("a.xlsx", &xlsx(&[("One", &rows.concat())]), &options()).unwrap();
        assert_eq!(texts(&corpus), ["the soup was cold", "nobody came", "the bread was old"]);
        assert_eq!(corpus.documents[0].fields["column 4"], "call back!");
        assert_eq!(corpus.documents[2].fields["column 6"], "x");
        assert!(
            notes(&corpus)[0].contains("right of the headings")
                && notes(&corpus)[0].contains("\"column 4\", \"column 6\"")
        );
    }

    #[test]
    fn a_sheet_is_read_by_its_name() {
        let other = format!("<row r=\"1\">{}</row><row r=\"2\">{}</row>", cell("A1", "text"), cell("A2", "another"));
        let workbook = xlsx(&[("Answers", &answers()), ("Other", &other)]);
        let sheet = |name: &str| ReadOptions { sheet: Some(name.into()), ..options() };
        assert_eq!(texts(&read_as("a.xlsx", &workbook, &sheet("Other")).unwrap()), ["another"]);
        assert!(error_of("a.xlsx", &workbook, &sheet("Othr")).contains("its sheets are \"Answers\", \"Other\""));
    }

    #[test]
    fn an_open_document_is_read() {
        let content = r#"<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="One"><table:table-row><table:table-cell office:value-type="string"><text:p>text</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell office:value-type="string"><text:p>fine by me</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#;
        let manifest = r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#;
        let file = zip(&[
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", manifest),
            ("content.xml", content),
        ]);
        assert_eq!(texts(&read_as("a.ods", &file, &options()).unwrap()), ["fine by me"]);
    }

    #[test]
    fn no_broken_workbook_ends_the_program() {
        let workbook = xlsx(&[("Answers", &answers())]);
        for place in (0..workbook.len()).step_by(7) {
            let mut broken = workbook.clone();
            broken[place] ^= 0x55;
            let _ = read_as("a.xlsx", &broken, &options());
            let _ = read_as("a.xlsx", &workbook[..place.max(4)], &options());
        }
    }

    #[test]
    fn a_cell_where_no_sheet_has_one_is_refused() {
        let at = |address: &str| xlsx(&[("One", &format!("<row r=\"1\">{}</row>", cell(address, "text")))]);
        for address in ["XFE1", "A1048577", "ZZZZZZ1", "A4294967295", "A99999999999999999999", "ZZZZZZZZZZZZZZ9"] {
            let problem = error_of("a.xlsx", &at(address), &options());
            assert!(problem.contains("none that a sheet can have"), "{address}: {problem}");
            assert_eq!(exit_code_of("a.xlsx", &at(address), &options()), 2);
        }
    }

    #[test]
    fn cells_far_apart_take_no_room_between_them_and_other_archives_are_refused() {
        let far =
            format!("<row r=\"1\">{}</row><row r=\"1048576\">{}</row>", cell("A1", "text"), cell("A1048576", "far"));
        assert_eq!(ids(&read_as("a.xlsx", &xlsx(&[("One", &far)]), &options()).unwrap()), ["1048576"]);
        let other = zip(&[("a.bin", "hello there\n")]);
        assert!(error_of("a.xlsx", &other, &options()).contains("is a ZIP archive with no file of texts (a.bin)"));
        assert_eq!(exit_code_of("a.xlsx", &other, &options()), 2);
        for (name, inner, content, what) in [
            ("a.docx", "word/document.xml", "<w/>", "is a Word document (.docx), not a workbook"),
            ("a.pptx", "ppt/presentation.xml", "<p/>", "is a presentation (.pptx)"),
            ("a.odt", "mimetype", "application/vnd.oasis.opendocument.text", "is a text document (.odt)"),
            ("a.epub", "mimetype", "application/epub+zip", "is an electronic book (.epub)"),
        ] {
            assert!(error_of(name, &zip(&[(inner, content)]), &options()).contains(what), "{name}");
        }
    }
}
