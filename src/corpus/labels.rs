//! Labels that people gave to documents: an id and a label a row, in any file that is read as a corpus.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::ahead::first_rows;
use super::field::{Field, shown};
use super::found_id;
use super::input::Input;
use super::open::{Opened, open};
use super::options::ReadOptions;
use super::read::join;
use super::row::RawRow;
use crate::error::Error;
use crate::message::Message;

/// The label that one row gives a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// 1-based line of the file.
    pub line: u64,
    /// The document's id.
    pub id: String,
    /// The label, surrounded by no blanks.
    pub label: String,
}

/// How a run called its documents.
pub struct RunIds<'a> {
    /// The field that its plan names.
    pub field: Option<&'a str>,
    /// Whether a row is the document that it called by this id: asked of a row's line, where no field plainly is the id.
    pub is_row: &'a dyn Fn(&str, &Map<String, Value>) -> bool,
}

/// Reads the rows that give a label, in file order; the others have an empty label or none.
///
/// The id stands in the first field that there is of: `colligate_id`, which a run's own table has; `id`; the one by which the run
/// called its documents; one that plainly is the id and differs in every row, as in a corpus. Else it is the line, if the rows are
/// those of the run's corpus.
///
/// # Errors
/// When the file cannot be read, a row is broken or has a label and no id, or no row has a label.
pub fn labels(path: &Path, ids: &RunIds, label_field: &str) -> Result<Vec<Label>, Error> {
    let options = ReadOptions {
        text_field: Some(label_field.to_owned()),
        id_field: Some("id".to_owned()),
        ..ReadOptions::default()
    };
    let mut input = Input::open(path, Sha256::new())?;
    let Opened { mut rows, .. } = open(&mut input, &options)?;
    let failed = |error| Error::file(path, error);
    let (header, head) = (rows.header().to_vec(), first_rows(rows.as_mut()).map_err(failed)?);
    let label = Field::new(label_field);
    let known = known_id(&header, &head, ids.field);
    let is_known = known.is_some();
    let id = known.or_else(|| found_id::candidate(&header, &head, None)).unwrap_or_else(|| Field::new("id"));
    let (given, seen, names) = (Vec::new(), HashSet::new(), header.clone());
    let mut reading = Reading { path, header: &header, ids, id, label, given, seen, is_ambiguous: false, names };
    head.into_iter().try_for_each(|row| reading.add(row))?;
    while let Some(row) = rows.next_row().map_err(failed)? {
        reading.add(row)?;
    }
    reading.finish(is_known)
}

/// The field that is the id whatever it holds.
fn known_id(header: &[String], head: &[RawRow], of_the_run: Option<&str>) -> Option<Field> {
    let of_rows = head.iter().flat_map(|row| row.fields.keys());
    let names: Vec<&String> = header.iter().chain(of_rows).collect();
    let is_ours = |name: &&&String| name.starts_with("colligate_") && name.ends_with("_id");
    let ours = names.iter().rev().find(is_ours).map(|name| Field::of_column(name));
    let of_the_run = of_the_run.map(Field::new).filter(|field| {
        let in_header = field.column().is_some_and(|column| header.iter().any(|name| name == column));
        in_header || head.iter().any(|row| field.find(&row.fields).is_some())
    });
    let named = names.iter().find(|name| **name == "id").map(|name| Field::of_column(name));
    ours.or(named).or(of_the_run)
}

/// A row that gives a label.
struct Given {
    line: u64,
    id: Result<String, Error>,
    label: String,
    /// Whether it is the document that the run called by its line.
    is_by_line: bool,
}

/// A file of labels while it is read.
struct Reading<'a> {
    path: &'a Path,
    header: &'a [String],
    ids: &'a RunIds<'a>,
    id: Field,
    label: Field,
    given: Vec<Given>,
    /// The ids of all rows, and whether one of them stands twice or is missing.
    seen: HashSet<String>,
    is_ambiguous: bool,
    /// Of its fields.
    names: Vec<String>,
}

impl Reading<'_> {
    fn add(&mut self, row: RawRow) -> Result<(), Error> {
        let row = join(row, self.header, self.label.column());
        if let Some(problem) = &row.problem {
            if problem.is_ordinary() {
                return Ok(());
            }
            let file = self.path.display().to_string();
            return Err(Error::Row { file, line: row.line, problem: Message::of(problem.to_string()) });
        }
        if self.names.is_empty() {
            self.names = row.fields.keys().cloned().collect();
        }
        let id = plain(&self.id, &row);
        self.is_ambiguous |= id.clone().is_none_or(|id| !self.seen.insert(id));
        let Some(label) = plain(&self.label, &row) else { return Ok(()) };
        let is_by_line = (self.ids.is_row)(&row.line.to_string(), &row.fields);
        let id = id.ok_or_else(|| missing(self.path, &self.id.spelled, &row));
        self.given.push(Given { line: row.line, id, label, is_by_line });
        Ok(())
    }

    /// The labels with their ids: their lines where no field is the id and they are the run's own rows.
    fn finish(self, is_known: bool) -> Result<Vec<Label>, Error> {
        if self.given.is_empty() {
            let names = listed(&self.names);
            return Err(Error::file(self.path, format!("no row has a \"{}\"; {names}", shown(&self.label.spelled))));
        }
        let by_line = !is_known && self.is_ambiguous && self.given.iter().all(|given| given.is_by_line);
        let label = |Given { line, id, label, .. }: Given| {
            Ok(Label { line, id: if by_line { line.to_string() } else { id? }, label })
        };
        self.given.into_iter().map(label).collect()
    }
}

/// A string, a number or a truth value as text; none where the field is missing or empty.
fn plain(field: &Field, row: &RawRow) -> Option<String> {
    let text = match field.find(&row.fields)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is) => is.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn missing(path: &Path, field: &str, row: &RawRow) -> Error {
    let names: Vec<String> = row.fields.keys().cloned().collect();
    let cure = "give each label the document's id, as colligate_id in the run's assignments.csv";
    Error::file(path, format!("line {}: no \"{}\"; {}; {cure}", row.line, shown(field), listed(&names)))
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().take(20).map(|name| shown(name)).collect();
    format!("its fields are {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &str) -> Result<Vec<(u64, String, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let is_row =
            |id: &str, row: &Map<String, Value>| row.get("text").is_some_and(|text| text == &format!("row {id}"));
        let ids = RunIds { field: Some("/case/no"), is_row: &is_row };
        let labels = labels(&path, &ids, "label").map_err(|error| error.to_string())?;
        Ok(labels.into_iter().map(|label| (label.line, label.id, label.label)).collect())
    }

    #[test]
    fn labels_are_read_from_lines_tables_and_lists() {
        let two = [(2, "7".to_owned(), "late".to_owned()), (3, "8".to_owned(), "cold, wet".to_owned())];
        for (name, text) in [
            ("a.csv", "id;who;label\n7;Kim;late\n8;Lee;cold, wet\n9;Kim;\n"),
            ("a.tsv", "id\tlabel\n7\tlate\n8\tcold, wet\n"),
            ("a.csv", "id,label\n7,late\n8,cold, wet\n"),
            ("a.jsonl", "\n{\"id\": 7, \"label\": \"late\"}\n{\"id\": \"8\", \"label\": \"cold, wet\"}\n"),
        ] {
            assert_eq!(read(name, text).unwrap(), two, "{name} {text}");
        }
    }

    #[test]
    fn the_id_stands_where_a_run_or_its_corpus_has_it() {
        let two = [(2, "7".to_owned(), "late".to_owned()), (3, "8".to_owned(), "cold".to_owned())];
        for (name, text) in [
            ("a.csv", "\u{feff}text,Id,colligate_id,colligate_label,label\nx,1,7,g,late\ny,1,8,g,cold\n"),
            ("a.csv", "ID,label\n7,late\n8,cold\n"),
            ("a.csv", "Ticket ID;Description;label\n7;x y;late\n8;z;cold\n"),
            (
                "a.jsonl",
                "\n{\"case\": {\"no\": 7}, \"ID\": 1, \"label\": \"late\"}\n{\"case\": {\"no\": 8}, \"label\": \"cold\"}\n",
            ),
            ("a.csv", "id,label\n7,late\n8,cold\n,\n"),
        ] {
            assert_eq!(read(name, text).unwrap(), two, "{name} {text}");
        }
    }

    #[test]
    fn the_id_is_the_line_where_the_rows_are_those_of_the_run_and_no_field_is_the_id() {
        let two = [(2, "2".to_owned(), "late".to_owned()), (3, "3".to_owned(), "cold".to_owned())];
        for text in ["text,label\nrow 2,late\nrow 3,cold\n", "Ticket ID,text,label\n7,row 2,late\n7,row 3,cold\n"] {
            assert_eq!(read("a.csv", text).unwrap(), two, "{text}");
        }
        assert!(read("a.csv", "text,label\nrow 3,late\nrow 2,cold\n").unwrap_err().contains("line 2: no \"id\""));
        assert!(read("a.csv", "Ticket ID,text,label\n7,x,late\n7,y,cold\n").unwrap_err().contains("no \"id\""));
    }

    #[test]
    fn what_is_missing_is_said() {
        let problem = read("a.csv", "id,cause\n7,late\n").unwrap_err();
        assert!(problem.ends_with("a.csv: no row has a \"label\"; its fields are id, cause"), "{problem}");
        let problem = read("a.jsonl", "{\"id\": 1, \"label\": \"x\"}\n{\"label\": \"y\"}\n").unwrap_err();
        assert!(problem.contains("line 2: no \"id\"; its fields are label; give each"), "{problem}");
    }
}
