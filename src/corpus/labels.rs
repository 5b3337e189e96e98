//! Labels that people gave to documents: an id and a label a row, in any file that is read as a corpus.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::field::{Field, shown};
use super::input::Input;
use super::open::{Opened, open};
use super::options::ReadOptions;
use super::read::join;
use super::row::RawRow;
use crate::error::Error;

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

/// Reads the rows that give a label, in file order; the others have an empty label or none.
///
/// # Errors
/// When the file cannot be read, a row is broken or has no id, or no row has a label.
pub fn labels(path: &Path, id_field: &str, label_field: &str) -> Result<Vec<Label>, Error> {
    let options = ReadOptions {
        text_field: Some(label_field.to_owned()),
        id_field: Some(id_field.to_owned()),
        ..ReadOptions::default()
    };
    let mut input = Input::open(path, Sha256::new())?;
    let Opened { mut rows, .. } = open(&mut input, &options)?;
    let header = rows.header().to_vec();
    let (id, label) = (Field::new(id_field), Field::new(label_field));
    let (mut labels, mut names) = (Vec::new(), header.clone());
    while let Some(row) = rows.next_row().map_err(|error| Error::file(path, error))? {
        let row = join(row, &header, label.column());
        if let Some(problem) = &row.problem {
            if problem.is_ordinary() {
                continue;
            }
            let file = path.display().to_string();
            return Err(Error::Row { file, line: row.line, problem: problem.to_string() });
        }
        if names.is_empty() {
            names = row.fields.keys().cloned().collect();
        }
        let id = plain(&id, &row).ok_or_else(|| missing(path, id_field, &row))?;
        labels.extend(plain(&label, &row).map(|label| Label { line: row.line, id, label }));
    }
    if labels.is_empty() {
        return Err(Error::file(path, format!("no row has a \"{}\"; {}", shown(label_field), listed(&names))));
    }
    Ok(labels)
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
    Error::file(path, format!("line {}: no \"{}\"; {}", row.line, shown(field), listed(&names)))
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
        let labels = labels(&path, "id", "label").map_err(|error| error.to_string())?;
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
    fn what_is_missing_is_said() {
        let problem = read("a.csv", "id,cause\n7,late\n").unwrap_err();
        assert!(problem.ends_with("a.csv: no row has a \"label\"; its fields are id, cause"), "{problem}");
        let problem = read("a.jsonl", "{\"id\": 1, \"label\": \"x\"}\n{\"label\": \"y\"}\n").unwrap_err();
        assert!(problem.ends_with("line 2: no \"id\"; its fields are label"), "{problem}");
    }
}
