//! What the merged cells of a sheet say: a word that stands for all rows beside it, and a header of two rows.

use std::collections::HashMap;

use calamine::Dimensions;

use super::records::Record;

/// Spaces of a cell that is prose at least.
const SPACES: usize = 3;
/// Bytes of what such a cell says at most, and cells that are filled so.
const LONGEST: usize = 160;
const MOST_FILLED: usize = 1_000_000;
/// Rows that may stand above a header, and filled cells of each at most: a title, or a key and its value.
const ABOVE: usize = 20;
const FEW: usize = 2;

/// Gives every filled row beside a cell that is merged downwards its value, where that is a word, a question or one of a column of
/// these, and no text: what groups rows is true of each of them. `header` is the line of the upper row of a header of two.
pub(super) fn fill_down(records: &mut [Record], merged: &[Dimensions], header: Option<u64>) {
    let top = records.iter().find(|record| record.filled() > 1).map_or(u64::MAX, |record| record.line);
    let is_tall = |area: &&Dimensions| {
        let first = u64::from(area.start.0) + 1;
        let is_of_two_rows = area.end.0 == area.start.0.saturating_add(1);
        // Two rows at the top of a table are its header.
        let is_below_header = first > top && header.is_none_or(|header| first > header);
        area.start.1 == area.end.1 && (area.end.0 > area.start.0) && (!is_of_two_rows || is_below_header)
    };
    let tall: Vec<&Dimensions> = merged.iter().filter(is_tall).collect();
    let mut kinds: HashMap<u32, (usize, usize)> = HashMap::new();
    for area in &tall {
        let (all, names) = kinds.entry(area.start.1).or_default();
        *all += 1;
        *names += usize::from(is_name(&value_of(records, area)));
    }
    let mut filled = 0;
    for area in tall {
        let (value, column) = (value_of(records, area), area.start.1 as usize);
        let is_of_names = kinds.get(&area.start.1).is_some_and(|(all, names)| names * 2 > *all);
        if value.is_empty() || value.len() > LONGEST || !(is_name(&value) || is_of_names) {
            continue;
        }
        let (first, last) = (u64::from(area.start.0) + 1, u64::from(area.end.0) + 1);
        let begin = records.partition_point(|record| record.line <= first);
        for record in records[begin..].iter_mut().take_while(|record| record.line <= last) {
            filled += 1;
            if filled >= MOST_FILLED {
                return;
            }
            if record.fields.len() <= column {
                record.fields.resize(column + 1, Vec::new());
            }
            if record.fields[column].is_empty() {
                record.fields[column].clone_from(&value);
            }
        }
    }
}

/// What a merged cell says: its upper left one.
fn value_of(records: &[Record], area: &Dimensions) -> Vec<u8> {
    let first = u64::from(area.start.0) + 1;
    let begin = records.partition_point(|record| record.line < first);
    let top = records.get(begin).filter(|top| top.line == first);
    top.and_then(|top| top.fields.get(area.start.1 as usize)).cloned().unwrap_or_default()
}

/// Whether a cell is a word or a question rather than a text.
fn is_name(value: &[u8]) -> bool {
    let asks = value.trim_ascii_end().ends_with(b"?") || value.trim_ascii_end().ends_with(b":");
    !value.is_empty() && value.len() <= LONGEST && (asks || value.iter().filter(|byte| **byte == b' ').count() < SPACES)
}

/// The line of the upper one of two rows that are one header: a name in it is merged over several columns that the lower one names, and
/// no other column has a name in both. Only titles stand above them.
pub(super) fn header_of_two_rows(records: &[Record], merged: &[Dimensions]) -> Option<u64> {
    let upper =
        records.iter().take(ABOVE).position(|record| record.filled() > 1 && wide(record, merged).count() > 0)?;
    let [above @ .., _, _] = records.get(..upper + 2)? else { return None };
    let (upper, lower) = (records.get(upper)?, records.get(upper + 1)?);
    let is_filled = |record: &Record, place: usize| record.fields.get(place).is_some_and(|cell| !cell.is_empty());
    let areas: Vec<&Dimensions> = wide(upper, merged).collect();
    let begins = |place: usize| areas.iter().any(|area| area.start.1 as usize == place);
    let names_several = |area: &&Dimensions| {
        let columns = area.start.1 as usize..=(area.end.1 as usize).min(lower.fields.len());
        columns.filter(|place| is_filled(lower, *place)).count() > 1
    };
    let is_header = lower.line == upper.line + 1
        && above.iter().all(|record| record.filled() <= FEW)
        && areas.iter().any(names_several)
        && (0..upper.fields.len()).all(|place| !is_filled(upper, place) || !is_filled(lower, place) || begins(place));
    is_header.then_some(upper.line)
}

/// The areas of a record that are merged over several columns, and over no other record.
fn wide<'a>(record: &Record, merged: &'a [Dimensions]) -> impl Iterator<Item = &'a Dimensions> {
    let line = record.line;
    let is_wide = |area: &Dimensions| area.start.0 == area.end.0 && area.end.1 > area.start.1;
    merged.iter().filter(move |area| u64::from(area.start.0) + 1 == line && is_wide(area))
}
