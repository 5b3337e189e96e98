//! What the merged cells of a sheet say: a word that stands for all rows beside it, and a header of two rows.

use calamine::Dimensions;

use super::records::Record;

/// Spaces of a cell that is prose at least.
const SPACES: usize = 3;
/// Rows of a merged cell that groups those beside it: two are often a header.
const TALL: u32 = 3;
/// Bytes of what such a cell says at most, and cells that are filled so.
const LONGEST: usize = 80;
const MOST_FILLED: usize = 1_000_000;
/// Rows that may stand above a header, and filled cells of each at most: a title, or a key and its value.
const ABOVE: usize = 20;
const FEW: usize = 2;

/// Gives every filled row beside a cell that is merged downwards its value, where that is a word and no text: what groups rows
/// is true of each of them.
pub(super) fn fill_down(records: &mut [Record], merged: &[Dimensions]) {
    let mut filled = 0;
    let is_tall =
        |area: &&Dimensions| area.start.1 == area.end.1 && area.end.0 >= area.start.0.saturating_add(TALL - 1);
    for area in merged.iter().filter(is_tall) {
        let (first, last) = (u64::from(area.start.0) + 1, u64::from(area.end.0) + 1);
        let (begin, column) = (records.partition_point(|record| record.line < first), area.start.1 as usize);
        let [top, below @ ..] = &mut records[begin..] else { continue };
        let value = top.fields.get(column).filter(|_| top.line == first).cloned().unwrap_or_default();
        let is_word =
            !value.is_empty() && value.len() <= LONGEST && value.iter().filter(|byte| **byte == b' ').count() < SPACES;
        for record in below.iter_mut().take_while(|record| is_word && record.line <= last) {
            filled += 1;
            if record.fields.len() <= column && filled < MOST_FILLED {
                record.fields.resize(column + 1, Vec::new());
            }
            if let Some(cell) = record.fields.get_mut(column).filter(|cell| cell.is_empty() && filled < MOST_FILLED) {
                cell.clone_from(&value);
            }
        }
    }
}

/// The line of the upper one of two rows that are one header: a name in it is merged over several columns that the lower one names, and
/// no other column has a name in both. Only titles stand above them.
pub(super) fn header_of_two_rows(records: &[Record], merged: &[Dimensions]) -> Option<u64> {
    let upper =
        records.iter().take(ABOVE).position(|record| record.filled() > 1 && wide(record, merged).count() > 0)?;
    let [above @ .., _, _] = records.get(..upper + 2)? else { return None };
    let (upper, lower) = (records.get(upper)?, records.get(upper + 1)?);
    let is_filled = |record: &Record, place: usize| record.fields.get(place).is_some_and(|cell| !cell.is_empty());
    let begins = |place: usize| wide(upper, merged).any(|area| area.start.1 as usize == place);
    let names_several = |area: &Dimensions| {
        let columns = area.start.1 as usize..=(area.end.1 as usize).min(lower.fields.len());
        columns.filter(|place| is_filled(lower, *place)).count() > 1
    };
    let is_header = lower.line == upper.line + 1
        && above.iter().all(|record| record.filled() <= FEW)
        && wide(upper, merged).any(names_several)
        && (0..upper.fields.len()).all(|place| !is_filled(upper, place) || !is_filled(lower, place) || begins(place));
    is_header.then_some(upper.line)
}

/// The areas of a record that are merged over several columns, and over no other record.
fn wide<'a>(record: &Record, merged: &'a [Dimensions]) -> impl Iterator<Item = &'a Dimensions> {
    let line = record.line;
    let is_wide = |area: &Dimensions| area.start.0 == area.end.0 && area.end.1 > area.start.1;
    merged.iter().filter(move |area| u64::from(area.start.0) + 1 == line && is_wide(area))
}
