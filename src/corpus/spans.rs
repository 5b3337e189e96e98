//! Cells of an OpenDocument sheet (`.ods`) that are merged: the reader of workbooks does not say which ones are.

use std::io::Cursor;

use calamine::Dimensions;
use zip::ZipArchive;

use super::hidden::{attribute, pieces, unescaped};

/// The part of the workbook that holds all sheets.
const CONTENT: &str = "content.xml";

/// The areas of a sheet that are merged; none where the workbook is of another kind.
pub(super) fn merged(workbook: &[u8], sheet: &str) -> Vec<Dimensions> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(workbook)) else { return Vec::new() };
    let mut place = Place::default();
    pieces(&mut archive, CONTENT).into_iter().flatten().for_each(|tag| place.add(&tag, sheet));
    place.merged
}

/// Where in the sheets the tags so far lead to.
#[derive(Default)]
struct Place {
    is_here: bool,
    row: u32,
    column: u32,
    /// How many rows the one that began stands for.
    repeated: u32,
    merged: Vec<Dimensions>,
}

impl Place {
    fn add(&mut self, tag: &str, sheet: &str) {
        let number = |name: &str| attribute(tag, name).and_then(|value| value.parse::<u32>().ok()).unwrap_or(1).max(1);
        match tag.split([' ', '\n', '\t', '/']).find(|part| !part.is_empty()).unwrap_or_default() {
            "table:table" if !tag.starts_with('/') => {
                self.is_here = attribute(tag, "table:name").is_some_and(|name| unescaped(&name) == sheet);
                (self.row, self.column, self.repeated) = (0, 0, 0);
            }
            "table:table-row" if !tag.starts_with('/') => {
                self.row = self.row.saturating_add(self.repeated);
                (self.column, self.repeated) = (0, number("table:number-rows-repeated"));
            }
            "table:table-cell" | "table:covered-table-cell" if !tag.starts_with('/') && self.is_here => {
                let last = self.row.saturating_add(number("table:number-rows-spanned") - 1);
                let right = self.column.saturating_add(number("table:number-columns-spanned") - 1);
                if last > self.row || right > self.column {
                    self.merged.push(Dimensions::new((self.row, self.column), (last, right)));
                }
                self.column = self.column.saturating_add(number("table:number-columns-repeated"));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_that_span_rows_or_columns_are_found() {
        let mut place = Place::default();
        for tag in [
            "table:table table:name=\"A &amp; B\"",
            "table:table-row table:number-rows-repeated=\"2\"",
            "table:table-cell/",
            "/table:table-row",
            "table:table-row",
            "table:table-cell table:number-columns-repeated=\"3\"/",
            "table:table-cell table:number-rows-spanned=\"4\" office:value-type=\"string\"",
            "/table:table-cell",
            "/table:table",
            "table:table table:name=\"C\"",
            "table:table-row",
            "table:table-cell table:number-rows-spanned=\"2\"",
        ] {
            place.add(tag, "A & B");
        }
        assert_eq!(place.merged, [Dimensions::new((2, 3), (5, 3))]);
    }
}
