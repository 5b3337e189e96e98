//! A field that no row has is most likely a wrong name: which fields there are, and which of them to try.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde_json::{Map, Value};

use super::field::{Field, pointer, shown};
use super::row::RawRow;
use crate::error::Error;

/// At most so many names are listed.
const LISTED: usize = 20;

/// An error when neither the header nor any of the first rows has the text field.
pub(super) fn check_text(path: &Path, text: &Field, header: &[String], head: &[RawRow]) -> Result<(), Error> {
    let names = names(header, head);
    let in_header = text.column().is_some_and(|column| header.iter().any(|name| name == column));
    if names.is_empty() || in_header || head.iter().any(|row| text.find(&row.fields).is_some()) {
        return Ok(());
    }
    let cure = longest(head).map(|field| format!("; try --text-field {}", quoted(&field)));
    Err(missing(path, text, &names, &cure.unwrap_or_default()))
}

/// An error when a header lacks the id field that was asked for.
pub(super) fn check_id(path: &Path, id: &Field, header: &[String]) -> Result<(), Error> {
    let in_header = id.column().is_some_and(|column| header.iter().any(|name| name == column));
    if header.is_empty() || in_header {
        return Ok(());
    }
    Err(missing(path, id, &names(header, &[]), "; name one of them with --id-field, or leave it out"))
}

fn missing(path: &Path, field: &Field, names: &[String], cure: &str) -> Error {
    let mut listed: Vec<String> = names.iter().take(LISTED).map(|name| shown(name)).collect();
    if names.len() > LISTED {
        listed.push(format!("and {} more", names.len() - LISTED));
    }
    Error::Usage(format!(
        "no field \"{}\" in {}; its fields are: {}{cure}",
        shown(&field.spelled),
        path.display(),
        listed.join(", "),
    ))
}

/// All names of the header and the first rows, in the order in which they appear.
fn names(header: &[String], head: &[RawRow]) -> Vec<String> {
    let mut seen = HashSet::new();
    let in_rows = head.iter().flat_map(|row| row.fields.keys());
    header.iter().chain(in_rows).filter(|name| seen.insert(*name)).cloned().collect()
}

/// The field with the longest strings, taken over all of the first rows.
fn longest(head: &[RawRow]) -> Option<String> {
    let mut lengths = BTreeMap::new();
    for row in head {
        add_lengths(&row.fields, "", &mut lengths);
    }
    lengths.into_iter().filter(|(_, length)| *length > 0).max_by_key(|(_, length)| *length).map(|(field, _)| field)
}

fn add_lengths(fields: &Map<String, Value>, parent: &str, lengths: &mut BTreeMap<String, usize>) {
    for (name, value) in fields {
        let is_column = parent.is_empty() && !name.starts_with('/');
        match value {
            Value::String(text) => {
                let field = if is_column { name.clone() } else { pointer(parent, name) };
                *lengths.entry(field).or_default() += text.chars().count();
            }
            Value::Object(inner) => add_lengths(inner, &pointer(parent, name), lengths),
            _ => {}
        }
    }
}

/// A field as a shell takes it.
fn quoted(field: &str) -> String {
    if field.chars().all(|character| character.is_alphanumeric() || "_-./~".contains(character)) {
        return field.to_owned();
    }
    format!("'{}'", shown(field).replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{error_of, exit_code_of, options, read_as, skipping, text_field};

    const TICKETS: &[u8] =
        b"subject,body,date\nprinter,it does not print,2024-01-02\nmail,\"no, nothing\",2024-01-03\n";

    #[test]
    fn a_wrong_text_field_lists_the_fields_and_suggests_the_longest() {
        for options in [options(), skipping()] {
            assert_eq!(
                error_of("tickets.csv", TICKETS, &options),
                "no field \"text\" in tickets.csv; its fields are: subject, body, date; try --text-field body"
            );
            assert_eq!(exit_code_of("tickets.csv", TICKETS, &options), 2);
        }
    }

    #[test]
    fn a_wrong_text_field_in_json_lines_suggests_a_pointer() {
        let bytes = b"{\"id\": 1, \"review\": {\"body\": \"long enough\"}}\n{\"id\": 2, \"title\": \"short\"}\n";
        assert_eq!(
            error_of("a.jsonl", bytes, &text_field("/review/text")),
            "no field \"/review/text\" in a.jsonl; its fields are: id, review, title; try --text-field /review/body"
        );
    }

    #[test]
    fn a_suggestion_is_quoted_for_the_shell() {
        assert_eq!(
            error_of("a.csv", b"n,client's words\n1,fine by me\n", &options()),
            "no field \"text\" in a.csv; its fields are: n, client's words; try --text-field 'client'\\''s words'"
        );
    }

    #[test]
    fn without_rows_there_is_no_suggestion() {
        assert_eq!(error_of("a.csv", b"n,body\n", &options()), "no field \"text\" in a.csv; its fields are: n, body");
    }

    #[test]
    fn many_names_are_cut_and_control_characters_escaped() {
        let header: Vec<String> = (1..=30).map(|index| format!("\"c\u{1b}{index}\"")).collect();
        let listed: Vec<String> = (1..=20).map(|index| format!("c\\u{{1b}}{index}")).collect();
        assert_eq!(
            error_of("a.csv", header.join(",").as_bytes(), &options()),
            format!("no field \"text\" in a.csv; its fields are: {}, and 10 more", listed.join(", "))
        );
    }

    #[test]
    fn a_field_that_only_the_first_row_lacks_is_no_wrong_name() {
        let bytes = b"{\"body\": \"a\"}\n{\"text\": \"b\"}\n";
        assert_eq!(
            error_of("a.jsonl", bytes, &options()),
            "a.jsonl:1: no field \"text\"; skip such rows with --on-error skip"
        );
        assert_eq!(read_as("a.jsonl", bytes, &skipping()).unwrap().documents.len(), 1);
    }

    #[test]
    fn a_wrong_id_field_lists_the_columns() {
        let options = ReadOptions { id_field: Some("key".into()), ..text_field("body") };
        assert_eq!(
            error_of("tickets.csv", TICKETS, &options),
            "no field \"key\" in tickets.csv; its fields are: subject, body, date; name one of them with --id-field, \
             or leave it out"
        );
    }
}
