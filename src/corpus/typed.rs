//! Records of several types in one file, each named by a field and standing in an object of that name: the team, the channels, the
//! users and the posts that a messenger exports.

use serde_json::{Map, Value};

use super::field::{Field, pointer};

/// Whether a record is of another type than those that have the text, and its object has no field of that name.
pub(super) fn is_of_another_type(fields: &Map<String, Value>, text: &Field) -> bool {
    let (Some(own), Some(of_texts)) = (type_of(fields), object_of(text)) else { return false };
    let has_text = fields.get(own).and_then(Value::as_object).is_some_and(|object| object.contains_key(text.name()));
    own != of_texts && !has_text
}

/// Whether a record that has the text says so of its type.
pub(super) fn is_typed(fields: &Map<String, Value>, text: &Field) -> bool {
    object_of(text).is_some_and(|name| type_of(fields) == Some(name.as_str()))
}

/// The type of a record: a field says by which name its object stands in the record.
fn type_of(fields: &Map<String, Value>) -> Option<&str> {
    let names = fields.values().filter_map(Value::as_str);
    names.into_iter().find(|name| fields.contains_key(*name))
}

/// The name of the object in which the text stands, where it is one of the record's own.
fn object_of(text: &Field) -> Option<String> {
    let around = text.around();
    let name = around.first()?.column()?.to_owned();
    (text.pointer() == pointer(&pointer("", &name), text.name())).then_some(name)
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{error_of, notes, options, read_as, reason, texts};

    /// An export with so many posts that its one team is rare among them.
    fn export() -> String {
        let team = "{\"type\": \"version\", \"version\": 1}\n{\"type\": \"team\", \"team\": {\"name\": \"acme\", \
                    \"description\": \"All of us who care about kettles and parcels\"}}\n";
        let post = |n: usize| {
            format!(
                "{{\"type\": \"post\", \"post\": {{\"user\": \"u1\", \"message\": \"The kettle leaked in week {n}.\"}}}}\n"
            )
        };
        team.to_owned() + &(0..24).map(post).collect::<String>()
    }

    #[test]
    fn records_of_other_types_than_those_of_the_texts_are_skipped_and_counted() {
        let corpus = read_as("export.jsonl", export().as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus).len(), 24);
        assert_eq!(reason(&corpus, 1), "a record of another type than those with texts");
        let said = notes(&corpus).join("\n");
        assert!(said.contains("2 rows skipped: a record of another type"), "{said}");
    }

    #[test]
    fn a_record_of_another_type_with_a_text_of_the_same_name_is_not_lost() {
        let direct = export().replace("\"team\"", "\"direct\"").replace("description", "message");
        assert!(error_of("export.jsonl", direct.as_bytes(), &options()).contains("no field \"/post/message\""));
    }
}
