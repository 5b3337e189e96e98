//! Workbooks: a sheet of one, or several as one table.

use std::io::Read;
use std::path::Path;

use super::Opened;
#[cfg(feature = "workbooks")]
use super::Recognized;
#[cfg(feature = "workbooks")]
use crate::corpus::field::shown;
use crate::corpus::options::ReadOptions;
#[cfg(feature = "workbooks")]
use crate::corpus::table::Table;
use crate::error::Error;

/// The sheet that holds the texts, or all of a name.
#[cfg(feature = "workbooks")]
pub(super) fn open<'a>(path: &Path, bytes: Box<dyn Read + 'a>, options: &ReadOptions) -> Result<Opened<'a>, Error> {
    let mut sheets = crate::corpus::workbook::Sheet::open_all(path, bytes, options.sheet.as_deref())?;
    let follows = &["sheet", "no-header"];
    if sheets.len() > 1 {
        return several_sheets(path, sheets, Recognized { follows, ..Recognized::default() }, options);
    }
    let Some(sheet) = sheets.pop() else { return Err(Error::file(path, "holds no sheet")) };
    let recognized = Recognized { format: sheet.said(), follows, ..Recognized::default() };
    let remark = options.sheet.is_none().then(|| sheet.remark(path)).flatten();
    let remarks = [sheet.unstored(path), sheet.said_of_hidden(path), sheet.said_of_parts(path)];
    let mut table = Table::open(path, sheet, !options.no_header)?;
    table.say(remark);
    remarks.into_iter().for_each(|remark| table.say(remark));
    let recognized = Recognized { likeness: table.likeness(), ..recognized };
    Ok(Opened { rows: Box::new(table), recognized })
}

/// Sheets that have the same columns as the first one of them that names a text, as one table; the others are named.
#[cfg(feature = "workbooks")]
fn several_sheets<'a>(
    path: &Path,
    sheets: Vec<crate::corpus::workbook::Sheet>,
    mut recognized: Recognized,
    options: &ReadOptions,
) -> Result<Opened<'a>, Error> {
    let mut tables = Vec::new();
    for sheet in sheets {
        let remarks = [sheet.unstored(path), sheet.said_of_hidden(path), sheet.said_of_parts(path)];
        let (name, last) = (sheet.name().to_owned(), sheet.last_row());
        let mut table = Table::open(path, sheet, !options.no_header)?;
        remarks.into_iter().for_each(|remark| table.say(remark));
        tables.push((name, last, table));
    }
    let (mut alike, others) = parted(tables);
    if let Some(((_, _, first), rest)) = alike.split_first_mut() {
        rest.iter_mut().for_each(|(_, _, table)| table.call_columns_as(first));
    }
    let listed = |tables: &[NamedTable]| {
        let shown: Vec<String> = tables.iter().take(5).map(|(name, _, _)| format!("\"{}\"", shown(name))).collect();
        let more = if tables.len() > 5 { format!(" and {} more", tables.len() - 5) } else { String::new() };
        format!("{}{more}", shown.join(", "))
    };
    let path = path.display();
    recognized.format = format!("workbook, sheets {}", listed(&alike));
    recognized.likeness = alike.first().map(|(_, _, table)| table.likeness()).unwrap_or_default();
    let left =
        (!others.is_empty()).then(|| format!("{path}: sheets with other columns are not read: {}", listed(&others)));
    let numbered = format!(
        "{path}: rows are numbered on from sheet to sheet, and the field \"sheet\" says which one they are from"
    );
    let mut rows = crate::corpus::sheets::SheetsRows::new(alike);
    rows.say(left);
    rows.say(Some(numbered));
    Ok(Opened { rows: Box::new(rows), recognized })
}

/// The name of a sheet, the number of its last row, and its table.
#[cfg(feature = "workbooks")]
type NamedTable = (String, u64, Table<crate::corpus::workbook::Sheet>);

/// The tables that have the columns that most of them have, and the others.
#[cfg(feature = "workbooks")]
fn parted(tables: Vec<NamedTable>) -> (Vec<NamedTable>, Vec<NamedTable>) {
    // A cover or a pivot table has columns of its own: the columns that most sheets have are those of the table.
    let names_of = |table: &Table<crate::corpus::workbook::Sheet>| -> Vec<String> {
        table.given_names().iter().map(|name| crate::corpus::workbook::same_name(name.as_bytes())).collect()
    };
    let count = |names: &[String]| tables.iter().filter(|(_, _, table)| names_of(table) == names).count();
    let most = tables.iter().rev().max_by_key(|(_, _, table)| count(&names_of(table)));
    let names = most.map(|(_, _, table)| names_of(table)).unwrap_or_default();
    tables.into_iter().partition(|(_, _, table)| names_of(table) == names)
}

/// Refused by a build without the feature.
#[cfg(not(feature = "workbooks"))]
pub(super) fn open<'a>(path: &Path, _: Box<dyn Read + 'a>, _: &ReadOptions) -> Result<Opened<'a>, Error> {
    let cure = "save its sheet as CSV, or build colligate with --features workbooks";
    Err(Error::usage(format!(
        "{}: is a workbook or another ZIP file, which this build does not read; {cure}",
        path.display()
    )))
}
