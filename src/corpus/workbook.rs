//! Workbooks of Excel and OpenDocument: one sheet, whose first filled row names the columns.

use std::io::{self, Cursor, Read};
use std::path::Path;
use std::vec::IntoIter;

use calamine::{Data, ExcelDateTime, Reader, Sheets, Xlsx, open_workbook_auto_from_rs};

use super::field::shown;
use super::records::{Record, RecordSource, pad};
use crate::error::Error;

/// Bytes of the largest workbook that is read: it must be held in memory.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// Cells of the largest sheet that is read.
const MOST_CELLS: usize = 100_000_000;

/// The filled rows of a sheet.
pub(super) struct Sheet {
    rows: IntoIter<Record>,
    name: String,
    /// The names of all sheets.
    all: Vec<String>,
}

impl Sheet {
    /// Reads the sheet of a name, or the first one that holds anything.
    pub(super) fn open(path: &Path, input: impl Read, wanted: Option<&str>) -> Result<Sheet, Error> {
        let mut bytes = Vec::new();
        input.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|problem| Error::file(path, problem))?;
        if bytes.len() as u64 > LARGEST {
            return Err(Error::file(path, "is a workbook of more than 1 GiB: save its sheet as CSV"));
        }
        let unreadable = |problem: &dyn std::fmt::Display| {
            Error::Usage(format!(
                "{}: looks like a workbook and cannot be read as one ({problem}); save its sheet as CSV",
                path.display()
            ))
        };
        let mut workbook = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|problem| unreadable(&problem))?;
        let all = workbook.sheet_names();
        if let Some(wanted) = wanted.filter(|wanted| !all.iter().any(|name| name == wanted)) {
            let there: Vec<String> = all.iter().take(20).map(|name| format!("\"{}\"", shown(name))).collect();
            return Err(Error::Usage(format!(
                "--sheet {}: no such sheet in {}; its sheets are {}",
                shown(wanted),
                path.display(),
                there.join(", ")
            )));
        }
        for name in all.iter().filter(|name| wanted.is_none_or(|wanted| *name == wanted)) {
            let rows = rows(&mut workbook, name).map_err(|problem| unreadable(&problem))?;
            if !rows.is_empty() || wanted.is_some() {
                return Ok(Sheet { rows: rows.into_iter(), name: name.clone(), all });
            }
        }
        Ok(Sheet { rows: Vec::new().into_iter(), name: String::new(), all })
    }
}

impl Sheet {
    /// What was recognised, in words.
    pub(super) fn said(&self) -> String {
        format!("workbook, sheet \"{}\"", shown(&self.name))
    }

    /// Says which sheet is read, where there are several.
    pub(super) fn remark(&self, path: &Path) -> Option<String> {
        let others: Vec<String> = self
            .all
            .iter()
            .filter(|name| **name != self.name)
            .take(5)
            .map(|name| format!("\"{}\"", shown(name)))
            .collect();
        let name = shown(&self.name);
        let said = format!(
            "{}: the sheet \"{name}\" is read; --sheet NAME reads another: {}",
            path.display(),
            others.join(", ")
        );
        (!others.is_empty()).then_some(said)
    }
}

impl RecordSource for Sheet {
    fn next_record(&mut self) -> io::Result<Option<Record>> {
        Ok(self.rows.next())
    }

    fn set_width(&mut self, width: usize) {
        // Empty cells at a row's end are not stored.
        for record in self.rows.as_mut_slice() {
            pad(record, width);
        }
    }

    fn separator(&self) -> Option<char> {
        None
    }
}

fn rows(workbook: &mut Sheets<Cursor<Vec<u8>>>, name: &str) -> Result<Vec<Record>, calamine::Error> {
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

fn xlsx_rows(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Result<Vec<Record>, calamine::Error> {
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

/// Rows in the making, from filled cells in their order.
#[derive(Default)]
struct Rows {
    records: Vec<Record>,
    cells: usize,
}

impl Rows {
    fn add(&mut self, row: usize, column: usize, cell: String) -> Result<(), calamine::Error> {
        if cell.is_empty() {
            return Ok(());
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
    if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
}
