//! Which field is plainly the id, where the user does not say one and none is called `id`.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::field::{Field, words};
use super::row::RawRow;

/// Last words of the names of ids.
const IDS: [&str; 3] = ["id", "uuid", "guid"];
/// Names of ids without such a word.
const NAMES: [&str; 25] = [
    "recommendationid",
    "unique key",
    "primary key",
    "record key",
    "row key",
    "issue key",
    "record number",
    "record no",
    "record nr",
    "request number",
    "service request number",
    "complaint number",
    "incident number",
    "response number",
    "submission number",
    "ticket",
    "ticket number",
    "ticket no",
    "ticket nr",
    "ticketnummer",
    "ticketnr",
    "case number",
    "case no",
    "vorgang",
    "vorgangsnummer",
];
/// Whose ids are not those of the rows, though each may occur once.
const OTHERS: [&str; 38] = [
    "user",
    "author",
    "customer",
    "client",
    "member",
    "account",
    "product",
    "channel",
    "parent",
    "thread",
    "collector",
    "device",
    "session",
    "owner",
    "sender",
    "recipient",
    "agent",
    "group",
    "assignee",
    "requester",
    "tenant",
    "company",
    "organization",
    "organisation",
    "store",
    "shop",
    "branch",
    "campaign",
    "survey",
    "question",
    "project",
    "team",
    "person",
    "employee",
    "patient",
    "reviewer",
    "kunden",
    "benutzer",
];

/// The first field that is called like an id and is filled and different in all of the first rows; before it the `key` by which rows
/// were joined.
pub(super) fn candidate(header: &[String], head: &[RawRow], key: Option<&str>) -> Option<Field> {
    let sound: Vec<&RawRow> = head.iter().filter(|row| row.problem.is_none()).collect();
    let first = sound.first()?;
    let has_id = head.iter().any(|row| value(&Field::of_column("id"), &row.fields).is_some());
    let names: Vec<&String> = if header.is_empty() { first.fields.keys().collect() } else { header.iter().collect() };
    let is_distinct = |field: &Field| {
        let mut seen = HashSet::new();
        sound.iter().all(|row| value(field, &row.fields).is_some_and(|id| seen.insert(id)))
    };
    let named = names.into_iter().filter(|name| !has_id && is_named_so(name));
    key.map(Field::new).into_iter().chain(named.map(|name| Field::of_column(name))).find(is_distinct)
}

/// Whether a name is that of the rows' ids.
fn is_named_so(name: &str) -> bool {
    let words = words(name);
    let ends_so = words.last().is_some_and(|last| IDS.contains(&last.as_str()));
    let is_of_others = words.iter().any(|word| OTHERS.contains(&word.as_str()));
    // Redmine calls the numbers of its tickets so.
    name.trim() == "#" || (ends_so && !is_of_others) || NAMES.contains(&words.join(" ").as_str())
}

/// The id of a row: a string that is not empty, or an integer.
pub(super) fn value(field: &Field, row: &Map<String, Value>) -> Option<String> {
    match field.find(row)? {
        Value::String(id) if !id.trim().is_empty() => Some(id.clone()),
        Value::Number(id) if !id.is_f64() => Some(id.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{ids, notes, options, read_as};
    use crate::corpus::{Source, read};

    fn of(header: &str, rows: &[&str]) -> (Vec<String>, Vec<String>) {
        let table = format!("{header}\n{}\n", rows.join("\n"));
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        (ids(&corpus).into_iter().map(str::to_owned).collect(), notes(&corpus))
    }

    #[test]
    fn a_field_that_plainly_is_the_id_is_taken_and_said() {
        for name in [
            "Message-ID",
            "ResponseId",
            "response_id",
            "ticket_id",
            "Ticket",
            "review_id",
            "_id",
            "uuid",
            "ID",
            "Respondent ID",
            "Unique Key",
            "#",
            "recommendationid",
        ] {
            let (ids, notes) = of(&format!("text,{name}"), &["a,x-1", "b,x-2", ",x-3"]);
            assert_eq!(ids, ["x-1", "x-2", "x-3"], "{name}");
            assert!(notes.contains(&format!("ids are the field \"{name}\" (id-field takes another)")), "{notes:?}");
        }
        let corpus = read_as("a.csv", b"text,Ticket\na,7\n", &options()).unwrap();
        assert_eq!(corpus.documents[0].fields["Ticket"], "7", "the table keeps its column");
    }

    #[test]
    fn rows_are_called_by_their_lines_where_it_is_not_plain() {
        let many: Vec<String> = (0..300).map(|n| format!("text {n},{}", n % 299)).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(of("text,ticket_id", &many).0[..2], ["2", "3"], "twice, far below");
        for (header, rows) in [
            ("text,ticket_id", &["a,1", "b,"][..]),
            ("text,ticket_id", &["a,1", "b,1"]),
            ("text,user_id", &["a,1", "b,2"]),
            ("text,idea", &["a,1", "b,2"]),
        ] {
            let (ids, notes) = of(header, rows);
            assert_eq!(ids, ["2", "3"], "{header}");
            assert!(!notes.iter().any(|note| note.contains("ids are")), "{notes:?}");
        }
    }

    #[test]
    fn ids_hold_for_all_files_or_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let first = file("a.csv", "text,Ticket\na,T1\nb,T2\n");
        let named = |second: &str| {
            let source = Source::Files(vec![first.clone(), file("b.csv", second)]);
            let corpus = read(&source, &options()).unwrap();
            ids(&corpus).into_iter().map(|id| id.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(named("text,Ticket\nc,T3\n"), ["T1", "T2", "T3"]);
        assert_eq!(named("text,Ticket\nc,T2\n"), ["2", "3", "b.csv:2"]);
        assert_eq!(named("text,Case\nc,T3\n"), ["2", "3", "b.csv:2"]);
        assert_eq!(named("text,Ticket,id\nc,T3,9\n"), ["2", "3", "9"]);
    }
}
