//! Several tables on one sheet: beside one another, which are refused, or one below the other, with the columns perhaps in another
//! order.

use std::path::Path;

use super::field::shown;
use super::header::names;
use super::records::Record;
use crate::error::Error;

/// The names of tables beside one another stand in so many of the first rows.
const HIGHEST: usize = 20;
/// Columns of each of such tables, at least.
const LEAST: usize = 2;

/// Refuses tables beside one another: the same names stand twice in a row, with an empty column between.
pub(super) fn check_beside(path: &Path, records: &[Record]) -> Result<(), Error> {
    let Some((first, others)) = records.iter().take(HIGHEST).find_map(|record| beside(record, records)) else {
        return Ok(());
    };
    let more: Vec<String> = others.iter().map(|place| format!("\"column {}\"", place + 1)).collect();
    Err(Error::usage(format!(
        "{}: holds {} tables with the same columns ({}) beside one another, the further ones from {} on: in a spreadsheet, move \
         them below the first one or to sheets of their own, and read it then",
        path.display(),
        others.len() + 1,
        first.iter().take(3).map(|name| format!("\"{}\"", shown(name))).collect::<Vec<_>>().join(", "),
        more.join(", ")
    )))
}

/// The names of the first table, and where the others begin.
fn beside(record: &Record, records: &[Record]) -> Option<(Vec<String>, Vec<usize>)> {
    let names = names(record);
    let mut tables: Vec<(usize, Vec<String>)> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let goes_on = place > 0 && !names[place - 1].is_empty();
        match tables.last_mut().filter(|_| goes_on) {
            _ if name.is_empty() => {}
            Some((_, table)) => table.push(name.clone()),
            None => tables.push((place, vec![name.clone()])),
        }
    }
    let is_between = |place: &usize| names.get(*place).is_none_or(String::is_empty);
    let gaps: Vec<usize> = (0..names.len()).filter(is_between).collect();
    let are_empty = records.iter().all(|row| gaps.iter().all(|&place| is_empty(row, place)));
    let ((_, first), others) = tables.split_first()?;
    let are_alike = !others.is_empty() && others.iter().all(|(_, table)| table == first);
    let is_table = first.len() >= LEAST && first.iter().all(|name| name.chars().any(char::is_alphabetic));
    (are_alike && is_table && are_empty).then(|| (first.clone(), others.iter().map(|(place, _)| *place).collect()))
}

fn is_empty(record: &Record, place: usize) -> bool {
    record.fields.get(place).is_none_or(|cell| cell.trim_ascii().is_empty())
}

/// Where each column of the header stands below a record that names the same columns in another order.
pub(super) fn order(record: &Record, header: &[String]) -> Option<Vec<usize>> {
    if record.fields.len() < header.len() || record.fields.len() < LEAST {
        return None;
    }
    let named = names(record);
    let place = |name: &String| named.iter().position(|other| other == name);
    let order: Vec<usize> = header.iter().map(place).collect::<Option<_>>()?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    let is_all = sorted.iter().enumerate().all(|(place, column)| place == *column);
    let is_sound = header.iter().all(|name| !name.is_empty()) && named[header.len()..].iter().all(String::is_empty);
    let is_other = order.iter().enumerate().any(|(place, column)| place != *column);
    (is_all && is_sound && is_other).then_some(order)
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{error_of, notes, options, read_as, reason, texts};

    #[test]
    fn a_header_in_another_order_says_how_the_rows_below_it_are_read() {
        let table = "date,channel,message\n1,web,the soup was cold\nchannel,date,message\nshop,2,nobody came to us\n\
            date,channel,message\n3,web,the bread was old\n";
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["the soup was cold", "nobody came to us", "the bread was old"]);
        let dates: Vec<&str> =
            corpus.documents.iter().filter_map(|document| document.fields["date"].as_str()).collect();
        assert_eq!(dates, ["1", "2", "3"]);
        assert!(notes(&corpus).iter().any(|note| note.contains("in another order")), "{:?}", notes(&corpus));
    }

    #[test]
    fn tables_beside_one_another_are_refused() {
        let rows = "1,it was cold,,7,nobody came\n2,it was late,,8,all was well\n".repeat(4);
        for above in ["", "Berlin,,,Paris,\n"] {
            let table = format!("{above}No,Comment,,No,Comment\n{rows}");
            let problem = error_of("a.csv", table.as_bytes(), &options());
            assert!(
                problem.contains("2 tables with the same columns") && problem.contains("\"column 4\""),
                "{problem}"
            );
        }
        let one = read_as("a.csv", format!("No,Comment,,n,Reply\n{rows}").as_bytes(), &options());
        assert!(one.is_ok(), "{one:?}");
    }

    #[test]
    fn the_title_of_a_table_below_another_is_said() {
        let rows = "1,the soup was cold\n2,nobody came to us\n".repeat(3);
        let table = format!("ID,Answer\n{rows}Q2: And what was good?,\nID,Answer\n{rows}");
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!((corpus.documents.len(), reason(&corpus, 6)), (12, "the title of a table below another"));
        assert!(notes(&corpus).iter().any(|note| note.contains("the title of a table")), "{:?}", notes(&corpus));
    }
}
