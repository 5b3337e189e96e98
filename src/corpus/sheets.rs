//! Several sheets of a workbook with the same columns, read as one table: each row says which sheet it is from.

use std::io;

use serde_json::Value;

use super::row::{RawRow, RowReader};
use super::table::Table;
use super::workbook::Sheet;
use crate::message::Message;

/// The field of the sheet's name.
const FIELD: &str = "sheet";

/// Reads the rows of one sheet after the other.
pub(super) struct SheetsRows {
    tables: Vec<(String, u64, Table<Sheet>)>,
    header: Vec<String>,
    remarks: Vec<Message>,
    /// Which sheet is read, and the lines of those before it.
    place: usize,
    before: u64,
}

impl SheetsRows {
    /// Sheets by their names, each with its last row and its table; all have the same columns.
    pub(super) fn new(tables: Vec<(String, u64, Table<Sheet>)>) -> SheetsRows {
        let header = tables.first().map(|(_, _, table)| table.header().to_vec()).unwrap_or_default();
        let mut remarks: Vec<Message> = Vec::new();
        for remark in tables.iter().flat_map(|(_, _, table)| table.remarks()) {
            if !remarks.contains(remark) {
                remarks.push(remark.clone());
            }
        }
        SheetsRows { tables, header, remarks, place: 0, before: 0 }
    }

    /// Adds a remark of the workbook's own.
    pub(super) fn say(&mut self, remark: Option<impl Into<Message>>) {
        self.remarks.extend(remark.map(Into::into));
    }

    /// The next row, or line, of the sheet that is read, or of one behind it.
    fn next<T>(
        &mut self,
        read: impl Fn(&mut Table<Sheet>) -> io::Result<Option<T>>,
    ) -> io::Result<Option<(String, u64, T)>> {
        while let Some((name, last, table)) = self.tables.get_mut(self.place) {
            if let Some(found) = read(table)? {
                return Ok(Some((name.clone(), self.before, found)));
            }
            self.before += *last;
            self.place += 1;
        }
        Ok(None)
    }
}

impl RowReader for SheetsRows {
    fn header(&self) -> &[String] {
        &self.header
    }

    fn remarks(&self) -> &[Message] {
        &self.remarks
    }

    fn next_row(&mut self) -> io::Result<Option<RawRow>> {
        let Some((name, before, mut row)) = self.next(RowReader::next_row)? else { return Ok(None) };
        row.line += before;
        let field = if row.fields.contains_key(FIELD) { format!("{FIELD} (2)") } else { FIELD.to_owned() };
        row.fields.insert(field, Value::from(name));
        Ok(Some(row))
    }

    fn skip_row(&mut self) -> io::Result<Option<u64>> {
        Ok(self.next(RowReader::skip_row)?.map(|(_, before, line)| before + line))
    }
}
