//! A header of two rows: names over several columns (`Feedback`), and below them the names of these columns (`Likes`, `Dislikes`),
//! beside names that stand over both rows.

use std::collections::{HashMap, HashSet};

use super::header::{Kind, SHOWING, cell_at, kind, kind_at, names, names_text, typed_columns};
use super::records::Record;

/// Characters of a name at most.
const LONGEST: usize = 200;
/// Words of a unit at most.
const UNIT: usize = 2;
/// Rows that show what a column holds, at least.
const LEAST: usize = 2;
/// A name is so many times shorter than the texts below it.
const SHORTER: usize = 3;
/// A column below such names is filled in one of so many rows at least.
const SPARSE: usize = 4;
/// What stands in a cell instead of an answer, in small letters.
const NO_ANSWERS: [&str; 11] =
    ["na", "n/a", "none", "null", "nan", "unknown", "missing", "nil", "keine angabe", "k.a.", "k. a."];

/// What the two rows say of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The first row has its name, which is merged downwards.
    Over,
    /// The second row has its name, below one that begins over this column, or goes on over it.
    Below(usize),
    /// It has no name.
    Nameless,
}

/// The names of the columns below a header of two rows; nothing where the first record is all of it. A name that stands below two
/// others is told apart by these: `Wave 1: Comment`. Where merged cells say that both rows are one header, nothing else has to.
pub(super) fn joined(records: &[Record], is_merged: bool) -> Option<Vec<String>> {
    over_some(records, is_merged).or_else(|| over_all(records))
}

/// The same below names of groups that stand over each of their columns (`Report 1`, `Report 1`, `Report 2`), where the second row
/// has some names twice, below different groups, and the names of columns without a group.
fn over_all(records: &[Record]) -> Option<Vec<String>> {
    let [first, second, rows @ ..] = records else { return None };
    let (above, below) = (names(first), names(second));
    let at = |names: &[String], place: usize| names.get(place).cloned().unwrap_or_default();
    let rows = rows.get(..SHOWING.min(rows.len())).unwrap_or_default();
    let typed = typed_columns(second.fields.len(), rows);
    let are_named = !typed.is_empty() && typed.iter().all(|(place, _)| kind_at(second, *place) == Some(Kind::Words));
    let is_again = above.windows(2).any(|pair| !pair[0].is_empty() && pair[0] == pair[1]);
    let is_within = (0..above.len()).all(|place| at(&above, place).is_empty() || !at(&below, place).is_empty());
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut whole: HashSet<(String, String)> = HashSet::new();
    let filled: Vec<usize> = (0..below.len()).filter(|place| !at(&below, *place).is_empty()).collect();
    let differ = filled.iter().all(|&place| whole.insert((at(&above, place), at(&below, place))));
    filled.iter().for_each(|&place| *counts.entry(at(&below, place)).or_default() += 1);
    let are_twice = counts.values().any(|count| *count > 1);
    let is_name = |place: &usize| {
        let name = at(&below, *place);
        let is_value = rows.iter().any(|row| cell_at(row, *place).is_some_and(|value| value == name));
        kind(&name) == Kind::Words && name.chars().count() < LONGEST && !is_value
    };
    if !are_named || !is_again || !is_within || !differ || !are_twice || !filled.iter().all(is_name) {
        return None;
    }
    let name = |place: usize| {
        let (group, own) = (at(&above, place), at(&below, place));
        let is_alone = group.is_empty() || counts.get(&own).is_none_or(|count| *count < 2);
        if is_alone { own } else { format!("{group}: {own}") }
    };
    Some((0..below.len()).map(name).collect())
}

/// The same where some names stand over both rows, or merged cells say so.
fn over_some(records: &[Record], is_merged: bool) -> Option<Vec<String>> {
    let [first, second, rows @ ..] = records else { return None };
    let (above, below) = (names(first), names(second));
    let places = places(&above, &below, is_merged)?;
    let rows = rows.get(..SHOWING.min(rows.len())).unwrap_or_default();
    let is_row = !is_merged && (!is_lacking(second, &places, rows) || rows.len() < LEAST);
    if is_row
        || !are_names(second, &below, &places, (rows, is_merged))
        || above.iter().any(|name| kind(name) != Kind::Words)
    {
        return None;
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let own = |place: usize| match places.get(place) {
        Some(Place::Over) => above.get(place).map_or("", String::as_str),
        _ => below.get(place).map_or("", String::as_str),
    };
    (0..places.len()).for_each(|place| *counts.entry(own(place)).or_default() += 1);
    let name = |place: usize| match places.get(place) {
        Some(Place::Below(group)) if counts.get(own(place)).is_some_and(|count| *count > 1) => {
            format!("{}: {}", above.get(*group).map_or("", String::as_str), own(place))
        }
        _ => own(place).to_owned(),
    };
    Some((0..places.len()).map(name).collect())
}

/// Where the names of all columns stand, if some are merged downwards, and some stand below one that goes on over several columns.
fn places(above: &[String], below: &[String], is_merged: bool) -> Option<Vec<Place>> {
    let at = |names: &[String], place: usize| names.get(place).filter(|name| !name.is_empty()).cloned();
    let mut places: Vec<Place> = Vec::new();
    for column in 0..above.len().max(below.len()) {
        let open = match places.last() {
            Some(Place::Below(group)) => Some(*group),
            _ => None,
        };
        places.push(match (at(above, column), at(below, column), open) {
            (Some(name), Some(_), Some(group)) if at(above, group).as_ref() == Some(&name) => Place::Below(group),
            (Some(_), Some(_), _) => Place::Below(column),
            (Some(_), None, _) => Place::Over,
            (None, Some(_), Some(group)) => Place::Below(group),
            (None, Some(_), None) if is_merged => Place::Below(column),
            // A name that stands below nothing is that of a section's column: such a first row is a title.
            (None, Some(_), None) => return None,
            (None, None, _) => Place::Nameless,
        });
    }
    let goes_on = places.iter().enumerate().any(|(column, place)| matches!(place, Place::Below(at) if *at < column));
    (goes_on && (is_merged || places.contains(&Place::Over))).then_some(places)
}

/// Whether the second record lacks a value that all rows below it have: then it is no row.
fn is_lacking(second: &Record, places: &[Place], rows: &[Record]) -> bool {
    let is_over = |column: &usize| places.get(*column) == Some(&Place::Over);
    let mut over = (0..places.len()).filter(is_over).filter(|column| cell_at(second, *column).is_none());
    over.any(|column| rows.iter().all(|row| cell_at(row, column).is_some()))
}

/// Whether the cells of the second record are the names of the columns that they stand in: different ones below one name, none
/// that is a value of its column, words above numbers and far shorter than texts.
fn are_names(second: &Record, below: &[String], places: &[Place], (rows, is_merged): (&[Record], bool)) -> bool {
    let mut filled: Vec<usize> = (0..places.len()).filter(|column| cell_at(second, *column).is_some()).collect();
    let values = |column: usize| rows.iter().filter_map(move |row| cell_at(row, column));
    let is_name = |column: usize| {
        let Some(name) = cell_at(second, column) else { return false };
        kind(&name) == Kind::Words && name.chars().count() < LONGEST && !values(column).any(|value| value == name)
    };
    let goes_on = |column: usize| matches!(places.get(column), Some(Place::Below(group)) if *group < column);
    let is_used = |column: usize| is_merged || !goes_on(column) || values(column).count() * SPARSE >= rows.len();
    if !filled.iter().all(|column| is_name(*column) && is_used(*column)) {
        return false;
    }
    let typed = typed_columns(second.fields.len(), rows);
    let has_typed = typed.iter().any(|(column, _)| kind_at(second, *column) == Some(Kind::Words));
    let lengths = |cells: &mut dyn Iterator<Item = String>| -> (usize, usize) {
        cells.fold((0, 0), |(sum, count), cell| (sum + cell.chars().count(), count + 1))
    };
    let (own, count) = lengths(&mut filled.iter().filter_map(|column| cell_at(second, *column)));
    let (texts, cells) = lengths(&mut filled.iter().flat_map(|column| values(*column)));
    let is_short = texts * count >= SHORTER * own * cells && cells > 0;
    filled.sort_by(|one, other| {
        (places.get(*one).map(group), below.get(*one)).cmp(&(places.get(*other).map(group), below.get(*other)))
    });
    let differ = filled.windows(2).all(|pair| {
        let place = |column: &usize| (places.get(*column).map(group), below.get(*column));
        pair.first().map(place) != pair.last().map(place)
    });
    differ && (is_merged || has_typed || is_short || names_text(below))
}

fn group(place: &Place) -> usize {
    match place {
        Place::Below(group) => *group,
        _ => usize::MAX,
    }
}

/// Whether the record below a header says in what the columns are measured (`min`, `text`): it lacks a value that all rows have,
/// and holds a word or two above every column of numbers and no value of any column.
pub(super) fn are_units(header: &Record, second: &Record, rows: &[Record]) -> bool {
    let rows = rows.get(..SHOWING.min(rows.len())).unwrap_or_default();
    let is_lacking = |column: usize| {
        cell_at(header, column).is_some()
            && cell_at(second, column).is_none()
            && rows.iter().all(|row| cell_at(row, column).is_some())
    };
    let typed = typed_columns(second.fields.len(), rows);
    let above_numbers: Vec<Kind> = typed.iter().filter_map(|(column, _)| kind_at(second, *column)).collect();
    let is_unit = |column: usize| {
        let Some(cell) = cell_at(second, column) else { return true };
        let is_word = cell.split_whitespace().count() <= UNIT && !NO_ANSWERS.contains(&cell.to_lowercase().as_str());
        let lengths = rows.iter().filter_map(|row| cell_at(row, column)).map(|value| value.chars().count());
        let (sum, count) = lengths.fold((0, 0), |(sum, count), length| (sum + length, count + 1));
        let is_typed = typed.iter().any(|(typed, _)| *typed == column);
        let is_short = is_typed || sum >= SHORTER * count * cell.chars().count();
        is_word && is_short && !rows.iter().any(|row| cell_at(row, column).as_ref() == Some(&cell))
    };
    rows.len() >= LEAST
        && (0..header.fields.len()).any(is_lacking)
        && !above_numbers.is_empty()
        && above_numbers.iter().all(|kind| *kind == Kind::Words)
        && (0..second.fields.len()).all(is_unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{options, read_as, reason, text_field, texts};

    fn records(text: &str) -> Vec<Record> {
        let record = |(place, line): (usize, &str)| Record {
            line: place as u64 + 1,
            fields: line.split(',').map(|cell| cell.as_bytes().to_vec()).collect(),
            ..Record::default()
        };
        text.lines().enumerate().map(record).collect()
    }

    #[test]
    fn names_over_several_columns_and_the_names_below_them_are_one_header() {
        let rows = "1,N,the soup was cold again,5\n2,S,nobody came to our table,3\n3,N,the bread was old,4";
        for (header, names) in [
            ("ID,Region,Feedback,\n,,Comment,Score", vec!["ID", "Region", "Comment", "Score"]),
            ("ID,Region,Feedback,Feedback\n,,Comment,Score", vec!["ID", "Region", "Comment", "Score"]),
            ("ID,Region,Feedback,\n,,Likes,Dislikes", vec!["ID", "Region", "Likes", "Dislikes"]),
        ] {
            assert_eq!(joined(&records(&format!("{header}\n{rows}")), false).unwrap(), names, "{header}");
        }
        let waves = "No,Wave 1,,Wave 2,\n,Score,Comment,Score,Comment\n1,2,a b,3,c d\n2,3,e f,4,g h\n3,1,i j,5,k l";
        let names = ["No", "Wave 1: Score", "Wave 1: Comment", "Wave 2: Score", "Wave 2: Comment"];
        assert_eq!(joined(&records(waves), false).unwrap(), names);
    }

    #[test]
    fn groups_over_each_of_their_columns_tell_names_apart_that_stand_twice() {
        let table = ",When,When,Part 1,Part 1,Part 2,\nKey,Day,Hour,Story,Callback,Story,Abstract\n\
            700,4,12,we climbed too fast,no,,a climb\n701,5,13,the lamp was on,no,it was off,a lamp\n\
            702,6,14,nobody spoke to us,no,,a silence";
        let names = ["Key", "Day", "Hour", "Part 1: Story", "Callback", "Part 2: Story", "Abstract"];
        assert_eq!(joined(&records(table), false).unwrap(), names);
        let corpus = read_as("a.csv", table.as_bytes(), &text_field("Part 1: Story")).unwrap();
        assert_eq!((texts(&corpus)[2], &corpus.documents[2].fields["Key"]), ("nobody spoke to us", &"702".into()));
    }

    #[test]
    fn where_merged_cells_say_so_the_length_of_the_answers_does_not_matter() {
        let rows = "P0,A,nice view,no lift,1\nP1,B,free fruit,no bikes,2";
        for (header, names) in [
            ("Name,Team,Feedback,,Rating\n,,Likes,Dislikes,", ["Name", "Team", "Likes", "Dislikes", "Rating"]),
            ("Person,,Feedback,,\nName,Team,Likes,Dislikes,Rating", ["Name", "Team", "Likes", "Dislikes", "Rating"]),
            (",,Feedback,,Rating\nName,Team,Likes,Dislikes,", ["Name", "Team", "Likes", "Dislikes", "Rating"]),
        ] {
            let records = records(&format!("{header}\n{rows}"));
            assert_eq!(
                (joined(&records, true).unwrap(), joined(&records, false)),
                (names.map(String::from).to_vec(), None)
            );
        }
    }

    #[test]
    fn a_first_row_that_lacks_a_value_is_no_header() {
        for table in [
            "ID,Comment,\n,the soup was cold,call back\n1,nobody came to us,\n2,the bread was old,\n3,fine so far,",
            "ID,Region,Comment\n,N,the soup was cold\n2,S,nobody came to us\n3,N,the bread was old",
            "ID,Score,Comment\n,n/a,fine\n2,3,nobody came to us\n3,4,the bread was old",
            "Person,,Rating,\nID,Age,Price,Quality\n1,30,4,5\n2,40,3,2",
            "ID,Feedback,\n,Score,Comment",
        ] {
            let records = records(table);
            assert_eq!(joined(&records, false), None, "{table}");
            assert!(!are_units(&records[0], &records[1], &records[2..]), "{table}");
        }
    }

    #[test]
    fn both_rows_of_a_header_are_skipped_and_no_name_is_lost() {
        let table = "ID,Feedback,\n,Score,Comment\n1,2,the soup was cold again\n2,3,nobody came to our table\n";
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["the soup was cold again", "nobody came to our table"]);
        assert_eq!(corpus.documents[0].fields["Score"], "2");
        assert_eq!(reason(&corpus, 0), "first header row: the names over several columns");
        let titled = format!("Survey of May,,\n{table}");
        assert_eq!(texts(&read_as("a.csv", titled.as_bytes(), &options()).unwrap()).len(), 2);
        let both = "ID,Feedback,\n,Likes,Dislikes\n1,the soup was warm and good,nobody came to our table\n\
            2,the bread was new and fresh,the lamp was broken\n";
        let read = read_as("a.csv", both.as_bytes(), &text_field("Dislikes")).unwrap();
        assert_eq!(texts(&read), ["nobody came to our table", "the lamp was broken"]);
    }

    #[test]
    fn a_row_of_units_is_no_document() {
        let table =
            "ID,Wait,Comment\n,min,text\n1,2,the soup was cold again\n2,3,nobody came to our table\n3,9,fine by me\n";
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!((corpus.documents.len(), reason(&corpus, 0)), (3, "second header row"));
    }
}
