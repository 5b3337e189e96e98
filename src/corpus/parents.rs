//! What an object says of the records in a list of its own: the product of its reviews, the page of its messages.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

/// Names that a document has itself: a parent's field of such a name never is one.
const OURS: [&str; 3] = ["id", "text", "key"];
/// What stands before a name where the list has none.
const NAMELESS: &str = "parent";

/// So many fields of one object are said of each of its records, the first ones: an object of more is a table itself.
const MOST: usize = 100;

/// The plain fields of an object that holds records, and of those that it stands in itself, the nearest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Parent {
    /// The name of the list that the object is in, the field's name, and its value.
    fields: Vec<(String, String, Value)>,
}

impl Parent {
    /// What an object in the list of a name says, and what those above it say.
    pub(super) fn of(list: &str, object: &Map<String, Value>, above: Option<&Parent>) -> Parent {
        let list = if list.is_empty() { NAMELESS } else { list };
        let is_plain = |value: &Value| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_));
        let own = object.iter().filter(|(_, value)| is_plain(value)).take(MOST);
        let own = own.map(|(name, value)| (list.to_owned(), name.clone(), value.clone()));
        let above = above.into_iter().flat_map(|above| above.fields.iter().cloned());
        Parent { fields: own.chain(above).collect() }
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Adds its fields to a record. One that any record has itself is called by the list too: `products_name`.
    pub(super) fn add_to(&self, record: &mut Map<String, Value>, own: &HashSet<String>, added: &mut BTreeSet<String>) {
        for (list, name, value) in &self.fields {
            let is_free = |name: &String| !own.contains(name) && !record.contains_key(name);
            let with_list = format!("{list}_{name}");
            let candidates = [name.clone(), with_list].into_iter().filter(|name| !OURS.contains(&name.as_str()));
            let Some(name) = candidates.filter(is_free).min_by_key(String::len) else { continue };
            added.insert(name.clone());
            record.insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_very_many_fields_the_first_are_said_of_the_records() {
        let object: Map<String, Value> = (0..1_000).map(|n| (format!("f{n}"), n.into())).collect();
        let (mut record, mut added) = (Map::new(), BTreeSet::new());
        Parent::of("pages", &object, None).add_to(&mut record, &HashSet::new(), &mut added);
        assert_eq!((record.len(), record.keys().next().map(String::as_str)), (MOST, Some("f0")));
    }
}
