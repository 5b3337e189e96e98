//! How the records of a JSON text are laid out: as objects, as lists of cells below the names of
//! their columns, by their keys, or as columns that hold a value by key.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::lenient;
use super::row::RawRow;
use super::text_column::{self, is_named_so};
use super::turns::is_chat;
use super::values::{Values, members};

/// A name of a column is no longer, in characters.
const LONGEST_NAME: usize = 60;
/// Objects of so many records are looked at to see whether they hold a text.
const LOOKED_AT: usize = 200;
/// The field of the key where a record has none of that name, and the one where it has.
const KEY: [&str; 2] = ["id", "key"];

/// What stands for a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// An object; a string too, in a list.
    Records,
    /// A list of cells, each below its name.
    Cells(Vec<String>),
    /// An object behind its key.
    Keyed,
    /// An object with a single member, the record behind its key.
    Lone,
}

/// Whether a value is a list of objects that are no turns of one chat.
pub(super) fn is_list_of_objects(json: &[u8]) -> bool {
    let begins = json.starts_with(b"[") && matches!(Values::inside(json).peek_filled(), Ok(Some(b'{')));
    begins && !serde_json::from_slice::<Value>(json).is_ok_and(|list| is_chat(&list))
}

/// The key of an object whose only member is an object of several fields.
pub(super) fn lone_key(json: &[u8]) -> Option<String> {
    let json = json.trim_ascii();
    let object: Map<String, Value> = serde_json::from_slice(json.strip_suffix(b",").unwrap_or(json)).ok()?;
    let is_only = object.len() == 1;
    let (key, value) = object.into_iter().next().filter(|_| is_only)?;
    value.as_object().is_some_and(|fields| fields.len() > 1).then_some(key)
}

/// Whether the values of a list are such objects: the keys of the first two differ, or the only one has a number for a key.
pub(super) fn are_lone(first: &[u8], second: Option<&[u8]>) -> bool {
    let Some(key) = lone_key(first) else { return false };
    match second {
        Some(second) => lone_key(second).is_some_and(|other| other != key),
        None => !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// The record of an object with a single member, with its key.
pub(super) fn lone_record(fields: Map<String, Value>) -> Map<String, Value> {
    if fields.len() != 1 {
        return fields;
    }
    match fields.into_iter().next() {
        Some((key, Value::Object(record))) => with_key(key, record),
        Some((key, other)) => Map::from_iter([(key, other)]),
        None => Map::new(),
    }
}

/// The names of cells, where the first row is a list of them, and whether that row is the header.
pub(super) fn cells(first: &[u8], second: Option<&[u8]>) -> Option<(Vec<String>, bool)> {
    let list = |bytes: &[u8]| match serde_json::from_slice(bytes) {
        Ok(Value::Array(cells)) => Some(cells),
        _ => None,
    };
    let first = list(first)?;
    let are_cells = first.len() > 1 && !first.iter().any(Value::is_object);
    if !are_cells || is_chat(&Value::Array(first.clone())) {
        return None;
    }
    let names: Vec<String> = first.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let is_header = second.and_then(list).is_some_and(|row| is_header(&names, &first, &row));
    let numbered = || (1..=first.len()).map(|number| format!("column {number}")).collect();
    Some(if is_header { (names, true) } else { (numbered(), false) })
}

/// Whether the first of several lists has the names of the columns: short strings, all different,
/// one of which is the name of a text or stands above what is no string.
fn is_header(names: &[String], first: &[Value], second: &[Value]) -> bool {
    let is_name = |name: &String| !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME;
    let differ = names.iter().collect::<HashSet<_>>().len() == names.len();
    let is_told = names.iter().any(|name| is_named_so(name)) || second.iter().any(|cell| !cell.is_string());
    names.len() == first.len() && names.iter().all(is_name) && differ && is_told && second.len() == first.len()
}

/// The names of the columns of a list of lists: a list of as many names beside it, in the object
/// that begins at `parent`. Returns the place of that list too.
pub(super) fn names_beside(bytes: &[u8], parent: usize, width: usize) -> Option<(Vec<String>, usize)> {
    let name = |value: &Value| {
        let name = value.as_str().or_else(|| value.get("name")?.as_str())?;
        (name.chars().count() <= LONGEST_NAME).then(|| name.to_owned())
    };
    let lists = members(bytes, parent).into_iter().filter(|(_, at)| bytes.get(*at) == Some(&b'['));
    let mut named = lists.filter_map(|(_, at)| {
        let mut cells = Values::inside(bytes.get(at..)?);
        let count = std::iter::from_fn(|| cells.next().ok().flatten()).take(width + 1).count();
        if count != width {
            return None;
        }
        let Ok(Some(list)) = Values::new(bytes.get(at..)?).value_whole() else { return None };
        let Ok(Value::Array(cells)) = serde_json::from_slice(&list.bytes) else { return None };
        let names: Option<Vec<String>> = cells.iter().map(name).collect();
        names.filter(|names| names.len() == width).map(|names| (names, at))
    });
    named.next()
}

/// The cells of a row as BigQuery writes it: `{"f": [{"v": "1"}, {"v": "cold"}]}`.
pub(super) fn cells_of(row: &Map<String, Value>) -> Option<Vec<Value>> {
    let cell = |cell: &Value| cell.as_object().filter(|cell| cell.len() == 1)?.get("v").cloned();
    row.get("f").filter(|_| row.len() == 1)?.as_array()?.iter().map(cell).collect()
}

/// The names of the columns of rows as BigQuery writes them, which stand in the `schema` of the object
/// that begins at `parent`, and the place of their list.
pub(super) fn names_in_schema(bytes: &[u8], parent: usize, list: &[u8]) -> Option<(Vec<String>, usize)> {
    let first = Values::inside(list).next().ok()??;
    let width = cells_of(&serde_json::from_slice(&first.bytes).ok()?)?.len();
    let (_, schema) = members(bytes, parent).into_iter().find(|(name, _)| name == "schema")?;
    names_beside(bytes, schema, width)
}

/// How many cells the first row of a list of lists has.
pub(super) fn width(list: &[u8]) -> usize {
    let first = Values::inside(list).next().ok().flatten();
    let cells = first.and_then(|row| serde_json::from_slice::<Vec<Value>>(&row.bytes).ok());
    cells.map_or(0, |cells| cells.len())
}

/// The fields of a row of cells.
pub(super) fn named(cells: Vec<Value>, names: &[String]) -> Map<String, Value> {
    let name = |place: usize| names.get(place).cloned().unwrap_or_else(|| format!("column {}", place + 1));
    cells.into_iter().enumerate().map(|(place, cell)| (name(place), cell)).collect()
}

/// A record with its key: as its id, unless it has a field of this name.
pub(super) fn with_key(key: String, mut fields: Map<String, Value>) -> Map<String, Value> {
    if let Some(name) = KEY.into_iter().find(|name| !fields.contains_key(*name)) {
        fields.shift_insert(0, name.to_owned(), Value::from(key));
    }
    fields
}

/// An object whose members are records by their keys or columns of such.
pub(super) enum Members {
    /// Records by their keys.
    Keyed,
    /// The rows of columns that hold a value by key, or one after the other.
    Rows(Vec<Map<String, Value>>),
}

/// What the members of an object are, if they are records: all are objects that have most of their
/// fields in common, `least` at least, and a text where `wants_text`.
pub(super) fn members_of(json: &[u8], least: usize, wants_text: bool) -> Option<Members> {
    let (Value::Object(object), _) = lenient::value(std::str::from_utf8(json).ok()?).ok()? else { return None };
    if let Some(rows) = rows_of_lists(&object) {
        return Some(Members::Rows(rows));
    }
    let inner: Vec<&Map<String, Value>> = object.values().map(Value::as_object).collect::<Option<_>>()?;
    if let Some(rows) = rows_of_columns(&object, &inner) {
        return Some(Members::Rows(rows));
    }
    let are_records = inner.len() >= least && are_alike(&inner) && (!wants_text || have_text(&inner));
    are_records.then_some(Members::Keyed)
}

/// The records of an object whose members are all texts: each with its key.
pub(super) fn texts_by_key(json: &[u8]) -> Option<Vec<Map<String, Value>>> {
    let (Value::Object(object), _) = lenient::value(std::str::from_utf8(json).ok()?).ok()? else { return None };
    let words = |value: &Value| value.as_str().map(|text| text.split_whitespace().count());
    let all: usize = object.values().map(words).sum::<Option<usize>>()?;
    let is_one = object.keys().any(|name| name == "text" || is_named_so(name));
    let are_texts = object.len() >= LEAST_TEXTS && all >= WORDS * object.len() && !is_one;
    let record = |(key, text)| Map::from_iter([(KEY[0].to_owned(), Value::from(key)), ("text".to_owned(), text)]);
    are_texts.then(|| object.into_iter().map(record).collect())
}

/// Texts by their keys, at least, and words of each on average.
const LEAST_TEXTS: usize = 5;
const WORDS: usize = 4;

/// Whether lists of texts are no columns: there are several, and each says as much as a text does.
fn are_lists_of_texts(object: &Map<String, Value>) -> bool {
    let words = |list: &Value| {
        let texts = list.as_array().filter(|list| list.iter().all(Value::is_string))?;
        let words: usize = texts.iter().filter_map(Value::as_str).map(|text| text.split_whitespace().count()).sum();
        Some(words >= WORDS * texts.len())
    };
    let is_key = |name: &String| name.contains(|c: char| c.is_ascii_digit());
    object.values().all(|list| words(list) == Some(true)) && (object.len() > 2 || object.keys().all(is_key))
}

/// The rows, where every member of an object is a column, a list with as many cells as the others,
/// of which one holds strings.
fn rows_of_lists(object: &Map<String, Value>) -> Option<Vec<Map<String, Value>>> {
    let lists: Vec<&Vec<Value>> = object.values().map(Value::as_array).collect::<Option<_>>()?;
    let length = lists.first().map_or(0, |first| first.len());
    let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
    let is_column = |list: &&Vec<Value>| list.len() == length && list.iter().all(is_scalar);
    let has_strings = lists.iter().any(|list| list.iter().any(Value::is_string));
    if are_lists_of_texts(object) || lists.len() < 2 || length < 2 || !has_strings || !lists.iter().all(is_column) {
        return None;
    }
    let cell = |(name, list): (&String, &Value), row: usize| Some((name.clone(), list.get(row)?.clone()));
    Some((0..length).map(|row| object.iter().filter_map(|member| cell(member, row)).collect()).collect())
}

/// The rows, where every member of an object is a column, with the same keys in each.
fn rows_of_columns(object: &Map<String, Value>, columns: &[&Map<String, Value>]) -> Option<Vec<Map<String, Value>>> {
    let first = columns.first().filter(|first| first.len() > 1)?;
    let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
    let is_column = |column: &&Map<String, Value>| {
        column.len() == first.len() && column.iter().all(|(key, value)| first.contains_key(key) && is_scalar(value))
    };
    let is_number = |key: &String| key.parse::<u64>().is_ok();
    let (are_numbered, are_columns) = (first.keys().all(is_number), !object.keys().any(is_number));
    let is_text = |name: &String| is_named_so(name);
    let are_named = object.keys().any(is_text) && !first.keys().any(is_text);
    if !columns.iter().all(is_column) || !are_columns || !(are_numbered || are_named) {
        return None;
    }
    let row = |key: &String| {
        let cell = |name: &String| Some((name.clone(), object.get(name)?.get(key)?.clone()));
        with_key(key.clone(), object.keys().filter_map(cell).collect())
    };
    Some(first.keys().map(row).collect())
}

/// Whether objects have most of their fields in common.
fn are_alike(objects: &[&Map<String, Value>]) -> bool {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        *counts.entry(name).or_default() += 1;
    }
    let is_common = |name: &&String| counts.get(name.as_str()).is_some_and(|count| count * 2 > objects.len());
    let is_alike = |object: &&&Map<String, Value>| object.keys().filter(is_common).count() * 2 > object.len();
    objects.iter().filter(is_alike).count() * 10 >= objects.len() * 9
}

fn have_text(objects: &[&Map<String, Value>]) -> bool {
    let head: Vec<RawRow> = objects.iter().take(LOOKED_AT).map(|object| RawRow::sound(1, (*object).clone())).collect();
    text_column::find(&text_column::look(&[], &head), head.len()).is_some()
        || head.iter().any(|row| row.fields.contains_key("text"))
}
