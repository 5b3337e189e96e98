//! A small table that a person wrote for another purpose than a corpus, such as a codebook: text in any encoding, or a workbook.

use std::io::Read;
use std::path::Path;

use super::encoding::ToUtf8;
use crate::error::Error;

/// The row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// The sheet's number of it, from 1.
    pub line: u64,
    /// Its cells up to the last that is filled.
    pub cells: Vec<String>,
}

/// The filled rows of the sheet that a corpus would be read from.
///
/// # Errors
/// When it cannot be read as a workbook, or this build reads none.
#[cfg(feature = "workbooks")]
pub fn sheet_rows(path: &Path, bytes: &[u8]) -> Result<Vec<SheetRow>, Error> {
    use super::records::RecordSource;
    let mut sheet = super::workbook::Sheet::open(path, bytes, None)?;
    let mut rows = Vec::new();
    while let Some(record) = sheet.next_record().map_err(|problem| Error::file(path, problem))? {
        let cells = record.fields.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        rows.push(SheetRow { line: record.line, cells });
    }
    Ok(rows)
}

/// The filled rows of a sheet: this build reads none.
///
/// # Errors
/// Always.
#[cfg(not(feature = "workbooks"))]
pub fn sheet_rows(path: &Path, _: &[u8]) -> Result<Vec<SheetRow>, Error> {
    let cure = "save its sheet as CSV, or build colligate with --features workbooks";
    Err(Error::usage(format!("{}: is a workbook, which this build does not read; {cure}", path.display())))
}

/// Text in any encoding as UTF-8; bytes that no encoding explains stay as they are.
pub fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    // Reading from memory cannot fail.
    let _ = ToUtf8::new(bytes).read_to_end(&mut text);
    text
}
