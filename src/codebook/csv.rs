//! A codebook as a table: a header with `label`, `predicate` and, if there are any, `examples` (several divided by `|`).

use csv::{ReaderBuilder, StringRecord};

use super::Raw;
use crate::corpus::SheetRow;

/// Divides the examples of one cell.
const BETWEEN_EXAMPLES: char = '|';
/// What may divide cells, the first where the header shows none.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Bytes of text up to which rows of a sheet stand on lines with their own numbers.
const LONGEST_GAP: usize = 1024 * 1024;
/// What Excel writes above a table to say what divides its cells.
const SAID: &str = "sep=";

/// Whether text begins as a table does, with names and something that divides them, rather than as TOML.
pub fn begins_so(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let first = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let is_divided = first.bytes().any(|byte| SEPARATORS.contains(&byte));
    first.starts_with(SAID) || is_divided && !first.contains('=') && !first.trim_start().starts_with(['[', '#'])
}

/// The rows of a sheet as text, each on the line that has its number.
pub fn of_sheet(rows: &[SheetRow]) -> String {
    let width = rows
        .first()
        .map_or(0, |header| header.cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1));
    let mut text = String::new();
    let mut line = 1;
    for row in rows {
        while line < row.line && text.len() < LONGEST_GAP {
            text.push('\n');
            line += 1;
        }
        let mut cells: Vec<String> = row.cells.iter().map(|cell| quoted(cell)).collect();
        let filled = cells.iter().rposition(|cell| cell != "\"\"").map_or(0, |last| last + 1);
        cells.resize(width.max(filled), "\"\"".into());
        text += &cells.join(",");
        text.push('\n');
        line = row.line + 1;
    }
    text
}

/// A cell on one line, in quotes.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "\"\""))
}

/// The entries; a problem begins with its line.
pub fn entries(text: &str) -> Result<Vec<Raw>, String> {
    let first = text.lines().next().unwrap_or_default();
    if first.starts_with(SAID) {
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        return entries(&format!("\n{rest}"));
    }
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    let separator = SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',');
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|problem| {
            let line = problem.position().map_or(1, csv::Position::line);
            format!("{line}: {problem}")
        })?;
        if !record.iter().all(|cell| cell.trim().is_empty()) {
            records.push(record);
        }
    }
    let Some((header, rows)) = records.split_first() else {
        return Err("1: no header: its first line is to be label,predicate or label,predicate,examples".into());
    };
    let columns = Columns::of(header, line(text, header))?;
    rows.iter().map(|row| columns.entry(row, line(text, row))).collect()
}

/// The line on which a record begins: the reader counts from the end of the record before, blank lines included.
fn line(text: &str, record: &StringRecord) -> usize {
    let Some(position) = record.position() else { return 1 };
    let rest = text.as_bytes().get(position.byte() as usize..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() as usize + blank.filter(|byte| **byte == b'\n').count()
}

/// Where each field stands.
struct Columns {
    width: usize,
    label: usize,
    predicate: usize,
    examples: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord, line: usize) -> Result<Columns, String> {
        let names: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
        if let Some(unknown) = names.iter().find(|name| !["label", "predicate", "examples"].contains(&name.as_str())) {
            return Err(format!("{line}: {unknown}: unknown column: a codebook has label, predicate and examples"));
        }
        if let Some(twice) = names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
            return Err(format!("{line}: {}: stands twice in the header", twice.1));
        }
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let needed = |wanted: &str| place(wanted).ok_or_else(|| format!("{line}: {wanted}: missing in the header"));
        let (label, predicate) = (needed("label")?, needed("predicate")?);
        Ok(Columns { width: names.len(), label, predicate, examples: place("examples") })
    }

    fn entry(&self, row: &StringRecord, line: usize) -> Result<Raw, String> {
        if row.len() != self.width {
            return Err(format!(
                "{line}: expected {} fields as in the header, got {}: quote what holds a separator",
                self.width,
                row.len()
            ));
        }
        let cell = |place: usize| row.get(place).unwrap_or_default();
        let examples = self.examples.map_or("", cell).split(BETWEEN_EXAMPLES).map(str::trim);
        Ok(Raw {
            line,
            label: Some(cell(self.label).to_owned()),
            predicate: Some(cell(self.predicate).to_owned()),
            examples: examples.filter(|example| !example.is_empty()).map(str::to_owned).collect(),
        })
    }
}
