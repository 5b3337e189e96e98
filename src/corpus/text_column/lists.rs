//! Texts that stand in lists within records.

use serde_json::{Map, Value};

use super::seen::{LABEL, Seen, is_list_of_objects, look, word_count};
use super::{Found, ONLY_WORDS, PLAINLY, find};
use crate::corpus::field::pointer;
use crate::corpus::rich;
use crate::corpus::row::RawRow;

/// So many fields with lists of objects are looked at.
const MOST_LISTS: usize = 100;
/// Lists within lists are looked for in places of so many steps, and so many records of each are looked at.
const DEEPEST: usize = 7;
const MOST_ROWS: usize = 1000;

/// The list of objects with the longest texts that every row but a few has, if the rows are plainly
/// pages: nothing else of them is a text, or what was found is in few rows and far shorter.
pub(in crate::corpus) fn list_of_texts(seen: &[Seen], found: Option<&Found>, head: &[RawRow]) -> Option<String> {
    let taken = found.and_then(|found| seen.iter().find(|seen| seen.name == found.field.spelled));
    let is_plain = found.is_some_and(|found| found.how != ONLY_WORDS) && !taken.is_some_and(Seen::is_of_labels);
    let rows = head.iter().filter(|row| row.problem.is_none()).count();
    let mut lists = Vec::new();
    for (place, row) in head.iter().enumerate() {
        add_lists(&row.fields, "", place, &mut lists);
    }
    if !is_plain && !seen.iter().any(Seen::is_free_text) {
        lists.retain(|list| list.pages * 2 > rows);
        return longest(&lists, 0);
    }
    let taken = taken.filter(|taken| taken.filled * 2 < rows && taken.chats == 0)?;
    longest(&lists, PLAINLY * taken.letters)
}

/// Where the list stands whose records hold the longest texts, and more letters than so many.
fn longest(lists: &[Inner], letters: usize) -> Option<String> {
    let rank = |list: &&Inner| {
        let seen = look(&[], &list.rows);
        let is_text = |row: &RawRow| row.fields.get("text").is_some_and(Value::is_string);
        let free = seen.iter().filter(|seen| seen.is_free_text());
        let mean = free.clone().map(|seen| seen.letters / seen.filled.max(1)).max().unwrap_or(0);
        let all = free.map(|seen| seen.letters).max().unwrap_or(0);
        let has_text = mean > 0 || list.rows.iter().any(is_text) || find(&seen, list.rows.len()).is_some();
        (has_text && all >= letters).then_some((list.rows.len() > 1, mean, list.rows.len()))
    };
    // The first of those that are alike.
    let ranked = lists.iter().rev().filter_map(|list| Some((rank(&list)?, list)));
    ranked.max_by_key(|(rank, _)| *rank).map(|(_, list)| list.place.clone())
}

/// The records in the lists of one name within rows.
struct Inner {
    /// As `--records` says it.
    place: String,
    /// Rows that have such a list, and the last of them.
    pages: usize,
    last: usize,
    rows: Vec<RawRow>,
}

/// Whether a list holds nothing but strings of several words.
fn are_texts(list: &[Value]) -> bool {
    let words = list.iter().filter_map(Value::as_str).map(word_count).sum::<usize>();
    !list.is_empty() && list.iter().all(Value::is_string) && words > LABEL * list.len()
}

/// Whether a list is no rich text, or one of objects that have a text and nothing else.
fn may_be_records(list: &Value) -> bool {
    let is_text_alone = |one: &Value| one.as_object().is_some_and(|one| one.len() == 1 && one.contains_key("text"));
    rich::flattened(list).is_none() || list.as_array().is_some_and(|list| list.iter().all(is_text_alone))
}

fn add_lists(fields: &Map<String, Value>, parent: &str, page: usize, lists: &mut Vec<Inner>) {
    for (name, value) in fields {
        let place = pointer(parent, name);
        if place.matches('/').count() > DEEPEST {
            return;
        }
        match value {
            Value::Object(inner) => add_lists(inner, &place, page, lists),
            Value::Array(list) if is_list_of_objects(value) && may_be_records(value) || are_texts(list) => {
                let objects = || list.iter().filter_map(Value::as_object);
                let text = |one: &Value| one.as_str().map(|text| Map::from_iter([("text".to_owned(), text.into())]));
                let records = list.iter().filter_map(|one| one.as_object().cloned().or_else(|| text(one)));
                let rows = records.map(|one| RawRow::sound(1, one));
                let is_room = lists.len() < MOST_LISTS;
                match lists.iter_mut().find(|list| list.place == place) {
                    Some(list) => {
                        list.pages += usize::from(list.last != page);
                        list.last = page;
                        list.rows.extend(rows.take(MOST_ROWS.saturating_sub(list.rows.len())));
                    }
                    None if is_room => {
                        lists.push(Inner { place: place.clone(), pages: 1, last: page, rows: rows.collect() });
                    }
                    None => {}
                }
                objects().for_each(|one| add_lists(one, &place, page, lists));
            }
            _ => {}
        }
    }
}
