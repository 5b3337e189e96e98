//! Records in lists within lists: the answers to the questions of the pages of each reply.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{conversation, lenient, turns};

/// A step that stands for every member of an object.
const EVERY: &str = "*";
/// The field of the key of a member.
const KEY: &str = "key";

/// The records of all lists at a place to which lists lead, or the members of an object (`*`), each with
/// the key of that; nothing where there is no such list.
pub(super) fn records(json: &[u8], pointer: &str) -> Option<Vec<Map<String, Value>>> {
    let (value, _) = lenient::value(std::str::from_utf8(json).ok()?).ok()?;
    let steps: Vec<String> =
        pointer.strip_prefix('/')?.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let mut records = Vec::new();
    let is_there = add(value, &steps, None, &mut records);
    complete(&mut records);
    is_there.then_some(records)
}

/// Adds the records at a place: whether there is a list.
fn add(value: Value, steps: &[String], key: Option<&str>, records: &mut Vec<Map<String, Value>>) -> bool {
    match (value, steps) {
        (Value::Array(list), []) => {
            records.extend(list.into_iter().map(|one| with_key(record(one), key)));
            true
        }
        (Value::Array(list), steps) => all(list.into_iter().map(|one| (key, one)), steps, records),
        (Value::Object(object), [step, rest @ ..]) if step == EVERY && !object.contains_key(EVERY) => {
            let (keys, values): (Vec<String>, Vec<Value>) = object.into_iter().unzip();
            all(keys.iter().map(|key| Some(key.as_str())).zip(values), rest, records)
        }
        (Value::Object(mut object), [step, rest @ ..]) => {
            object.shift_remove(step).is_some_and(|one| add(one, rest, key, records))
        }
        _ => false,
    }
}

/// Adds the records of every value, whether or not an earlier one had a list.
fn all<'a>(
    values: impl Iterator<Item = (Option<&'a str>, Value)>,
    steps: &[String],
    records: &mut Vec<Map<String, Value>>,
) -> bool {
    let mut is_there = false;
    for (key, value) in values {
        is_there |= add(value, steps, key, records);
    }
    is_there
}

fn record(value: Value) -> Map<String, Value> {
    let only = |name: &str, value| Map::from_iter([(name.to_owned(), value)]);
    match value {
        Value::Object(fields) => conversation::as_turns(fields),
        value @ Value::String(_) => only("text", value),
        value if turns::is_chat(&value) => only("messages", value),
        value => only("value", value),
    }
}

fn with_key(mut record: Map<String, Value>, key: Option<&str>) -> Map<String, Value> {
    if let Some(key) = key.filter(|_| !record.contains_key(KEY)) {
        record.shift_insert(0, KEY.to_owned(), Value::from(key));
    }
    record
}

/// Gives every record the fields that hold words in one of them: records of several kinds stand in
/// one list, and one that has no text is one whose text is empty.
fn complete(records: &mut [Map<String, Value>]) {
    let has_words = |value: &Value| value.as_str().is_some_and(|text| text.trim().contains(char::is_whitespace));
    let fields = records.iter().flat_map(|record| record.iter().filter(|(_, value)| has_words(value)));
    let names: BTreeSet<String> = fields.map(|(name, _)| name.clone()).collect();
    for record in records {
        for name in &names {
            record.entry(name.clone()).or_insert(Value::Null);
        }
    }
}
