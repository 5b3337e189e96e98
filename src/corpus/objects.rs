//! Cells and strings that hold a JSON object: what somebody says is in a field of it.

use serde_json::Value;

use super::field::Field;
use super::python;
use super::rich;
use super::row::RawRow;

/// Share of the filled values that must be objects.
const SHARE: f64 = 0.9;
/// The same where the user points into them, or is told that they are there.
const MANY: f64 = 0.5;

/// The object that a string holds as JSON; a text as a tree of its pieces is none.
fn object(value: &Value) -> Option<Value> {
    let json = value.as_str()?.trim();
    let is_bracketed = json.starts_with('{') && json.ends_with('}');
    let object: Value = is_bracketed.then(|| serde_json::from_str(json).ok().or_else(|| python::value(json)))??;
    (object.is_object() && rich::flattened(value).is_none()).then_some(object)
}

/// Whether a field holds objects as JSON in nearly all rows that fill it.
pub(super) fn are_in(field: &Field, rows: &[RawRow]) -> bool {
    has_share(field, rows, SHARE)
}

/// Whether a field holds objects as JSON in so many of the rows that fill it that these may be what is wanted.
pub(super) fn are_in_many(field: &Field, rows: &[RawRow]) -> bool {
    has_share(field, rows, MANY)
}

fn has_share(field: &Field, rows: &[RawRow], share: f64) -> bool {
    let values = rows.iter().filter_map(|row| field.find(&row.fields));
    let filled = values.filter(|value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()));
    let (mut all, mut objects) = (0_usize, 0_usize);
    for value in filled {
        all += 1;
        objects += usize::from(object(value).is_some());
    }
    objects > 0 && objects as f64 >= share * all as f64
}

/// What the strings of such a field are, in words.
pub(super) fn kind(field: &Field, rows: &[RawRow]) -> &'static str {
    let mut values =
        rows.iter().filter_map(|row| field.find(&row.fields)?.as_str()).filter(|text| !text.trim().is_empty());
    let is_json = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    if values.next().is_none_or(is_json) { "the JSON of" } else { "what was printed by Python in" }
}

/// Puts the object itself in the place of the string that holds it.
pub(super) fn unpack(field: &Field, row: &mut RawRow) {
    if let Some(value) = field.find_mut(&mut row.fields)
        && let Some(object) = object(value)
    {
        *value = object;
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{cure_of, error_of, options, read_as, text_field, texts};

    /// Cells as a table has them: quotes doubled.
    fn table(cell: impl Fn(usize) -> String) -> String {
        let row = |n: usize| format!("{n},\"{}\"\n", cell(n).replace('"', "\"\""));
        format!("id,payload\n{}", (0..8).map(row).collect::<String>())
    }

    fn comment(n: usize) -> String {
        format!("the lift in house {n} stands still again")
    }

    fn cell(n: usize) -> String {
        format!("{{\"comment\": \"{}\", \"stars\": 4, \"meta\": {{\"os\": \"iOS\"}}}}", comment(n))
    }

    #[test]
    fn the_text_within_the_json_of_a_cell_is_the_text() {
        let comments: Vec<String> = (0..8).map(comment).collect();
        for said in [None, Some("payload"), Some("/payload/comment"), Some("payload/comment"), Some("payload.comment")]
        {
            let options = said.map_or_else(options, text_field);
            let read = read_as("a.csv", table(cell).as_bytes(), &options).unwrap();
            assert_eq!(texts(&read), comments, "{said:?}");
            assert_eq!(read.files[0].text, "/payload/comment");
            assert_eq!(read.documents[0].fields["/payload/meta/os"], "iOS");
        }
        let read = read_as("a.csv", table(cell).as_bytes(), &options()).unwrap();
        let said = "the text is the field \"/payload/comment\" (in the JSON of \"payload\", ";
        assert!(read.notes.iter().any(|note| note.to_string().contains(said)), "{:?}", read.notes);
    }

    #[test]
    fn a_string_within_json_is_looked_into_as_deep_as_it_goes() {
        let inner = |n: usize| serde_json::json!({"data": cell(n), "lang": "en"}).to_string();
        let lines = (0..8).map(|n| serde_json::json!({"id": n, "message": inner(n)}).to_string());
        let lines = lines.collect::<Vec<_>>().join("\n");
        let read = read_as("a.jsonl", lines.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&read), (0..8).map(comment).collect::<Vec<_>>());
        assert_eq!(read.files[0].text, "/message/data/comment");
    }

    #[test]
    fn without_a_text_in_them_objects_are_refused_and_the_fields_named() {
        let numbers = table(|n| format!("{{\"a\": {n}, \"b\": {{\"c\": \"x{n}\"}}}}"));
        let said = error_of("a.csv", numbers.as_bytes(), &text_field("payload"));
        assert!(said.contains("/payload/b/c"), "{said}");
        let said = cure_of("a.csv", table(cell).as_bytes(), &text_field("/payload/text"));
        assert_eq!(said, ["text-field", "/payload/comment"]);
    }

    #[test]
    fn braces_in_some_texts_are_text() {
        let mixed = table(|n| if n < 4 { cell(n) } else { comment(n) });
        let read = read_as("a.csv", mixed.as_bytes(), &options()).unwrap();
        assert!(texts(&read)[0].starts_with('{'));
        let said = read.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(said.contains("hold JSON, which is read as it stands: text-field=/payload/comment"), "{said}");
        let read = read_as("a.csv", mixed.as_bytes(), &text_field("/payload/comment")).unwrap();
        assert_eq!((texts(&read)[0], read.documents.len(), read.rows.len()), (comment(0).as_str(), 4, 8));
        let tags = table(|n| format!("{{{{name}}}} the lift in house {n} stands still {{again}}"));
        assert!(texts(&read_as("a.csv", tags.as_bytes(), &options()).unwrap())[0].starts_with("{{name}}"));
    }
}
