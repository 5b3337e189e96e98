//! Separated values that were pasted into the first column of a sheet, each line into one cell.

use std::io::Cursor;

use super::dialect::recognise;
use super::records::{Dialect, Record, RecordSource, Records};

/// Separators of such lines: strokes stand in names, and blanks everywhere.
const SEPARATORS: &[u8] = b",;\t";
/// Rows by which it is seen, and those that show it at least.
const SHOWING: usize = 200;
const LEAST: usize = 3;
/// Of so many rows, one may have another number of cells.
const FEW: usize = 20;

/// Parts the cells of a sheet of one column at their separators, where the first one and nearly all below it have as many: says
/// which separator it is.
pub(super) fn part(rows: &mut [Record]) -> Option<u8> {
    if rows.len() < LEAST || rows.iter().any(|row| row.fields.len() != 1) {
        return None;
    }
    let shown: Vec<&[u8]> = rows.iter().take(SHOWING).filter_map(|row| row.fields.first()).map(Vec::as_slice).collect();
    let found = recognise(&shown.join(&b"\n"[..]), SEPARATORS, None);
    let cells = |row: &Record| row.fields.first().and_then(|cell| cells_of(cell, found.dialect));
    let width = rows.first().and_then(&cells)?.len();
    let names = rows.first().and_then(&cells)?;
    let are_names = names.iter().all(|name| !name.trim_ascii().is_empty() && !name.starts_with(b" "));
    let others = rows.iter().filter(|row| cells(row).is_none_or(|cells| cells.len() != width)).count();
    if width < 2 || !are_names || others * FEW > rows.len() {
        return None;
    }
    for row in rows {
        if let Some(cells) = row.fields.first().and_then(|cell| cells_of(cell, found.dialect)) {
            row.fields = cells;
        }
    }
    Some(found.dialect.separator)
}

/// The parts of a cell, if it is one sound record.
fn cells_of(cell: &[u8], dialect: Dialect) -> Option<Vec<Vec<u8>>> {
    let mut records = Records::new(Cursor::new(cell), dialect);
    let record = records.next_record().ok()??;
    let is_alone = records.next_record().ok()?.is_none();
    (is_alone && record.problem.is_none()).then_some(record.fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(cells: &[&str]) -> Vec<Record> {
        let row = |(place, cell): (usize, &&str)| Record {
            line: place as u64 + 1,
            fields: vec![cell.as_bytes().to_vec()],
            ..Record::default()
        };
        cells.iter().enumerate().map(row).collect()
    }

    #[test]
    fn lines_of_a_table_in_one_column_are_parted() {
        let mut rows = sheet(&["id,shop,comment", "1,N,\"cold, again\"", "2,S,late", "3,N,\"so \"\"so\"\"\""]);
        assert_eq!(part(&mut rows), Some(b','));
        assert_eq!(rows[1].fields, [&b"1"[..], b"N", b"cold, again"]);
        assert_eq!(rows[3].fields[2], b"so \"so\"");
    }

    #[test]
    fn prose_with_commas_stays_whole() {
        for cells in [
            &["Comment", "cold, again", "late, too", "so, so"][..],
            &["What else, please?", "cold, again", "late, too", "so, so"],
            &["What else, please?", "cold", "late, too", "so, so, la"],
            &["a,b", "c,d"],
        ] {
            assert_eq!(part(&mut sheet(cells)), None, "{cells:?}");
        }
    }
}
