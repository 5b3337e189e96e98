//! Records in lists within lists: the answers to the questions of the pages of each reply.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::parents::Parent;
use super::{MOST_COLUMNS, conversation, lenient, turns};

/// A step that stands for every member of an object.
const EVERY: &str = "*";
/// The field of the key of a member.
const KEY: &str = "key";

/// The records of all lists at a place to which lists lead, or the members of an object (`*`), each with
/// the key of that and the plain fields of the objects in these lists, in which it stands; nothing where there is no such list.
pub(super) fn records(json: &[u8], pointer: &str) -> Option<Within> {
    let (value, _) = lenient::value(std::str::from_utf8(json).ok()?).ok()?;
    let steps: Vec<String> =
        pointer.strip_prefix('/')?.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let mut found = Found::default();
    let is_there = add(value, &steps, &At { name: "", key: None, above: None }, &mut found);
    let mut records: Vec<Map<String, Value>> =
        found.records.iter_mut().map(|(record, _)| std::mem::take(record)).collect();
    complete(&mut records);
    let own: HashSet<String> = records.iter().flat_map(|record| record.keys().cloned()).collect();
    let mut of_parents = BTreeSet::new();
    for (record, (_, parent)) in records.iter_mut().zip(&found.records) {
        let parent = parent.and_then(|place| found.parents.get(place));
        parent.into_iter().for_each(|parent| parent.add_to(record, &own, &mut of_parents));
    }
    is_there.then_some(Within { records, of_parents })
}

/// Records, and those of their fields that they have from the objects that they stand in.
pub(super) struct Within {
    pub(super) records: Vec<Map<String, Value>>,
    pub(super) of_parents: BTreeSet<String>,
}

/// What was found so far: records, each with the place of what its parents say.
#[derive(Default)]
struct Found {
    records: Vec<(Map<String, Value>, Option<usize>)>,
    parents: Vec<Parent>,
}

/// Where a value stands: the name of the list or object that it is in, its key in that, and the place of what its parents say.
#[derive(Clone, Copy)]
struct At<'a> {
    name: &'a str,
    key: Option<&'a str>,
    above: Option<usize>,
}

/// Adds the records at a place: whether there is a list.
fn add(value: Value, steps: &[String], at: &At, found: &mut Found) -> bool {
    match (value, steps) {
        (Value::Array(list), []) => {
            found.records.extend(list.into_iter().map(|one| (with_key(record(one), at.key), at.above)));
            true
        }
        (Value::Array(list), steps) => all(list.into_iter().map(|one| (at.key, one)), steps, at, found),
        (Value::Object(object), [step, rest @ ..]) if step == EVERY && !object.contains_key(EVERY) => {
            let (keys, values): (Vec<String>, Vec<Value>) = object.into_iter().unzip();
            all(keys.iter().map(|key| Some(key.as_str())).zip(values), rest, at, found)
        }
        (Value::Object(mut object), [step, rest @ ..]) => {
            object.shift_remove(step).is_some_and(|one| add(one, rest, &At { name: step, ..*at }, found))
        }
        _ => false,
    }
}

/// Adds the records of every value, whether or not an earlier one had a list.
fn all<'a>(
    values: impl Iterator<Item = (Option<&'a str>, Value)>,
    steps: &[String],
    at: &At,
    found: &mut Found,
) -> bool {
    let mut is_there = false;
    for (key, value) in values {
        let mut above = at.above;
        if let Value::Object(object) = &value {
            let parent = Parent::of(at.name, object, at.above.and_then(|place| found.parents.get(place)));
            found.parents.push(parent);
            above = Some(found.parents.len() - 1);
        }
        is_there |= add(value, steps, &At { name: at.name, key, above }, found);
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
/// one list, and one that has no text is one whose text is empty. Of very many such fields, the most frequent ones.
fn complete(records: &mut [Map<String, Value>]) {
    let has_words = |value: &Value| value.as_str().is_some_and(|text| text.trim().contains(char::is_whitespace));
    let fields = records.iter().flat_map(|record| record.iter().filter(|(_, value)| has_words(value)));
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    fields.for_each(|(name, _)| *counts.entry(name).or_default() += 1);
    let mut names: Vec<(&String, usize)> = counts.into_iter().collect();
    // Where nearly each record has fields of its own, all of them would be as many as the records times the records.
    names.sort_by_key(|(_, count)| Reverse(*count));
    let names: BTreeSet<String> = names.into_iter().take(MOST_COLUMNS).map(|(name, _)| name.clone()).collect();
    for record in records {
        for name in &names {
            record.entry(name.clone()).or_insert(Value::Null);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_with_fields_of_their_own_are_not_given_those_of_all_others() {
        let record = |n: usize| format!("{{\"text\": \"cold soup\", \"of {n}\": \"late again\"}}");
        let list = (0..2_000).map(record).collect::<Vec<_>>().join(",");
        let found = records(format!("{{\"days\": [{{\"list\": [{list}]}}]}}").as_bytes(), "/days/list").unwrap();
        assert_eq!(found.records.len(), 2_000);
        assert!(found.records.iter().all(|record| record.len() <= MOST_COLUMNS + 1 && record.contains_key("text")));
    }
}
