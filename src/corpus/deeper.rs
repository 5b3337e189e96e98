//! Texts that lie within a row's own lists, such as the replies to a comment: they are no documents, and it is said how many there are.

use std::path::Path;

use serde_json::{Map, Value};

use super::field::{Field, pointer, shown};
use super::format::{file_name, result_name};
use super::rich;
use crate::text::is_blank;

/// Fields that a reply and what it answers have in common beside the text, at least.
const SHARED: usize = 2;

/// Texts that are in no row of their own.
#[derive(Debug, Default)]
pub(super) struct Deeper {
    /// The name of the text's field, the field that they are in, and how many there are.
    found: Option<(String, Field, usize)>,
}

impl Deeper {
    /// Counts those of a document, in the fields beside its text.
    pub(super) fn add(&mut self, text: &Field, row: &Map<String, Value>) {
        let Some((object, place)) = text.parent(row) else { return };
        // Replies may stand beside the object that the text is in.
        let is_nested = !place.is_empty();
        let outer = row.iter().filter(|(name, _)| is_nested && !place.starts_with(&pointer("", name)));
        let within = outer.map(|(name, value)| (String::new(), name, value));
        let beside = object.iter().map(|(name, value)| (place.clone(), name, value));
        for (place, name, value) in beside.chain(within) {
            let count = count(value, text.name(), object, false);
            if count > 0 && rich::flattened(value).is_none() {
                let first = || (text.name().to_owned(), Field::new(&pointer(&place, name)), 0);
                self.found.get_or_insert_with(first).2 += count;
            }
        }
    }

    /// How many there are and how they become documents, in a sentence.
    pub(super) fn said(&self, path: &Path) -> Option<String> {
        let (text, field, count) = self.found.as_ref()?;
        let are = if *count == 1 { "1 more text lies".to_owned() } else { format!("{count} more texts lie") };
        let (text, own) = (shown(text), shown(field.name()));
        Some(format!(
            "{are} deeper, in the field \"{}\", and no text of these is read; this makes a row of each: jq -c '.. | objects | \
             select(.[\"{text}\"]? | type == \"string\") | del(.[\"{own}\"]?)' {file} > {result}",
            shown(&field.spelled),
            file = file_name(path),
            result = result_name(path, "jsonl")
        ))
    }
}

/// How many objects in lists within a value have a text in the field of this name, and other fields that the row has too.
fn count(value: &Value, text: &str, row: &Map<String, Value>, is_in_list: bool) -> usize {
    match value {
        Value::Array(list) => list.iter().map(|one| count(one, text, row, true)).sum(),
        Value::Object(object) => {
            let says = object.get(text).and_then(Value::as_str).is_some_and(|text| !is_blank(text));
            let shared = object.keys().filter(|name| *name != text && row.contains_key(*name)).count();
            // A short record, such as the snippet of a reply, has no more in common than it has.
            let own = usize::from(is_in_list && says && shared >= SHARED.min(object.len().saturating_sub(2)).max(1));
            own + object.values().map(|one| count(one, text, row, is_in_list)).sum::<usize>()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{notes, options, read_as};

    #[test]
    fn replies_that_stand_beside_what_they_answer_are_said_with_a_command_for_the_file() {
        let said = |n: usize, more: &str| {
            format!(
                "{{\"textDisplay\": \"<b>the soup</b> was cold {n}\", \"textOriginal\": \"the soup was cold {n}\"{more}}}"
            )
        };
        let item = |n: usize| {
            format!(
                "{{\"id\": \"U{n}\", \"snippet\": {{\"top\": {{\"snippet\": {}}}}}, \"replies\": {{\"comments\": [{{\"id\": \"r{n}\", \"snippet\": {}}}]}}}}",
                said(n, ", \"likes\": 2"),
                said(100 + n, ", \"parentId\": \"U\"")
            )
        };
        let items = (0..5).map(item).collect::<Vec<_>>().join(", ");
        let corpus = read_as("a b.json", format!("{{\"items\": [{items}]}}").as_bytes(), &options()).unwrap();
        assert_eq!((corpus.files[0].text.as_str(), corpus.documents.len()), ("/snippet/top/snippet/textOriginal", 5));
        let said = notes(&corpus).join("\n");
        assert!(
            said.contains("5 more texts lie deeper")
                && said.contains("a b.json'")
                && said.contains(".jsonl")
                && !said.contains("FILE"),
            "{said}"
        );
    }
}
