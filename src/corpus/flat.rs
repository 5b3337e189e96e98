//! Fields of objects within a row as fields of the row, each called by its JSON pointer, so that tables have a column for each.

use serde_json::{Map, Value};

use super::field::pointer;

/// An object of more fields is a list of things by their names rather than a record: it stays as it is.
const MOST: usize = 100;

/// The row's fields; those of objects, but for null, by pointers such as `/fields/status/name`. Lists stay as they are.
pub(super) fn flat(fields: Map<String, Value>) -> Map<String, Value> {
    if !fields.values().any(is_flattened) {
        return fields;
    }
    let mut flat = Map::new();
    for (name, value) in fields {
        match value {
            Value::Object(object) if is_record(&object) => add(&mut flat, &pointer("", &name), object),
            other => drop(flat.insert(name, other)),
        }
    }
    flat
}

fn add(flat: &mut Map<String, Value>, parent: &str, object: Map<String, Value>) {
    for (name, value) in object {
        let name = pointer(parent, &name);
        match value {
            Value::Null => {}
            Value::Object(inner) if is_record(&inner) => add(flat, &name, inner),
            other => drop(flat.entry(name).or_insert(other)),
        }
    }
}

fn is_flattened(value: &Value) -> bool {
    value.as_object().is_some_and(is_record)
}

fn is_record(object: &Map<String, Value>) -> bool {
    (1..=MOST).contains(&object.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn flattened(row: Value) -> Value {
        Value::Object(flat(row.as_object().unwrap().clone()))
    }

    #[test]
    fn fields_of_objects_are_called_by_their_pointers_in_their_order() {
        let row = json!({"key": "A-1", "fields": {"status": {"name": "Done"}, "a/b": 1, "labels": ["x", {"y": 1}], "due": null}, "n": null});
        let flat = flattened(row).to_string();
        assert_eq!(
            flat,
            r#"{"key":"A-1","/fields/status/name":"Done","/fields/a~1b":1,"/fields/labels":["x",{"y":1}],"n":null}"#
        );
    }

    #[test]
    fn flat_rows_and_lists_of_things_by_their_names_stay() {
        let many: Map<String, Value> = (0..=MOST).map(|n| (format!("user{n}"), json!(n))).collect();
        for row in [json!({"b": 1, "a": [{"c": 2}], "/x/y": null, "e": {}}), json!({"by": many})] {
            assert_eq!(flattened(row.clone()).to_string(), row.to_string());
        }
    }
}
