//! Rows into a corpus: ids, what is skipped, and the distinct texts in canonical order.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::field::Field;
use super::read::{OnError, ReadOptions};
use super::row::{Problem, RawRow, kind};
use super::{Content, Corpus, Document, Row, Skipped, Text};
use crate::error::Error;

/// Takes the rows one by one, in file order.
pub(super) struct Collector<'a> {
    path: &'a Path,
    text: &'a Field,
    id: &'a Field,
    options: &'a ReadOptions,
    rows: Vec<Row>,
    documents: Vec<Document>,
    /// Ids in use, each with the line that uses it.
    taken: HashMap<String, u64>,
}

/// What a row is called.
enum Id {
    Own(String),
    Line,
}

impl<'a> Collector<'a> {
    /// An empty corpus.
    pub(super) fn new(path: &'a Path, text: &'a Field, id: &'a Field, options: &'a ReadOptions) -> Collector<'a> {
        Collector { path, text, id, options, rows: Vec::new(), documents: Vec::new(), taken: HashMap::new() }
    }

    /// Whether there are as many documents as `--limit` allows.
    pub(super) fn is_full(&self) -> bool {
        self.options.limit.is_some_and(|limit| self.documents.len() >= limit)
    }

    /// Takes the next row.
    pub(super) fn add(&mut self, mut row: RawRow) -> Result<(), Error> {
        if self.is_full() {
            self.add_beyond_limit(row.line);
            return Ok(());
        }
        let id = self.id_of(&row);
        let text = row.problem.take().map_or_else(|| self.take_text(&mut row.fields), Err);
        match (id, text) {
            (Ok(id), Ok(text)) => self.add_document(row, id, text),
            (Ok(Id::Own(id)), Err(problem)) => self.refuse(row.line, Some(id), problem)?,
            (Ok(Id::Line) | Err(_), Err(problem)) | (Err(problem), Ok(_)) => self.refuse(row.line, None, problem)?,
        }
        Ok(())
    }

    /// Counts a row that nobody looked into.
    pub(super) fn add_beyond_limit(&mut self, line: u64) {
        self.skip(line, None, "beyond --limit".into());
    }

    fn id_of(&self, row: &RawRow) -> Result<Id, Problem> {
        let field = || self.id.spelled.clone();
        let own = match self.id.find(&row.fields) {
            None if self.options.id_field.is_some() => return Err(Problem::Missing(field())),
            None => None,
            Some(Value::String(id)) if id.trim().is_empty() => return Err(Problem::EmptyId(field())),
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) if !id.is_f64() => Some(id.to_string()),
            Some(other) => {
                let (found, wanted) = (kind(other), "a string or an integer");
                return Err(Problem::Kind { field: field(), found, wanted });
            }
        };
        self.free(own, row.line)
    }

    fn free(&self, own: Option<String>, line: u64) -> Result<Id, Problem> {
        match own {
            Some(id) => match self.taken.get(&id) {
                Some(&first) => Err(Problem::Duplicate { id, first }),
                None => Ok(Id::Own(id)),
            },
            None => match self.taken.get(&line.to_string()) {
                Some(&first) => Err(Problem::LineTaken { first }),
                None => Ok(Id::Line),
            },
        }
    }

    fn take_text(&self, fields: &mut Map<String, Value>) -> Result<String, Problem> {
        let field = || self.text.spelled.clone();
        match self.text.take(fields) {
            None => Err(Problem::Missing(field())),
            Some(Value::String(text)) if text.trim().is_empty() => Err(Problem::EmptyText(field())),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(Problem::Kind { field: field(), found: kind(&other), wanted: "a string" }),
        }
    }

    fn add_document(&mut self, mut row: RawRow, id: Id, text: String) {
        self.id.take(&mut row.fields);
        let id = match id {
            Id::Own(id) => id,
            Id::Line => row.line.to_string(),
        };
        self.taken.insert(id.clone(), row.line);
        let content = Content::Document(self.documents.len());
        self.rows.push(Row { line: row.line, content });
        // Which distinct text it carries is known only when all are read.
        self.documents.push(Document { id, text, fields: without_room(row.fields), distinct: 0 });
    }

    fn refuse(&mut self, line: u64, own_id: Option<String>, problem: Problem) -> Result<(), Error> {
        match self.options.on_error {
            OnError::Fail => Err(problem.into_error(&self.path.display().to_string(), line)),
            OnError::Skip => {
                self.skip(line, own_id, problem.reason());
                Ok(())
            }
        }
    }

    /// Without an id of its own, a skipped row is named at the end, lest it take the id of a document yet to come.
    fn skip(&mut self, line: u64, own_id: Option<String>, reason: String) {
        if let Some(id) = &own_id {
            self.taken.insert(id.clone(), line);
        }
        let skipped = Skipped { id: own_id.unwrap_or_default(), reason };
        self.rows.push(Row { line, content: Content::Skipped(Box::new(skipped)) });
    }

    /// The corpus, once all rows are in.
    pub(super) fn finish(mut self, name: String, sha256: String) -> Result<Corpus, Error> {
        if self.documents.is_empty() {
            return Err(Error::file(self.path, self.why_empty()));
        }
        self.name_skipped_rows();
        self.taken = HashMap::new();
        self.rows.shrink_to_fit();
        self.documents.shrink_to_fit();
        let (texts, carriers) = distinct_texts(&mut self.documents);
        Ok(Corpus { name, sha256, rows: self.rows, documents: self.documents, texts, carriers })
    }

    fn why_empty(&self) -> String {
        match self.rows.as_slice() {
            [] => "holds no rows".into(),
            [Row { line, content: Content::Skipped(skipped) }, ..] => {
                format!("none of its {} rows is a document (line {line}: {})", self.rows.len(), skipped.reason)
            }
            [_, ..] => "holds no documents".into(),
        }
    }

    /// The line number, or the first of `7-2`, `7-3`, … that is free.
    fn name_skipped_rows(&mut self) {
        for row in &mut self.rows {
            let Content::Skipped(skipped) = &mut row.content else { continue };
            if skipped.id.is_empty() {
                let line = row.line.to_string();
                let others = (2_u64..).map(|count| format!("{line}-{count}"));
                let free = std::iter::once(line.clone()).chain(others).find(|id| !self.taken.contains_key(id));
                skipped.id = free.expect("some number is free, else this is a bug");
                self.taken.insert(skipped.id.clone(), row.line);
            }
        }
    }
}

/// The same fields in no more memory than they need: a map keeps the room of all that was taken out of it.
fn without_room(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().collect()
}

/// The distinct texts by their sha256, and their documents, those of one text by id; the documents are told which text they carry.
fn distinct_texts(documents: &mut [Document]) -> (Vec<Text>, Vec<usize>) {
    let digest = |(index, document): (usize, &Document)| (<[u8; 32]>::from(Sha256::digest(&document.text)), index);
    let mut digests: Vec<([u8; 32], usize)> = documents.iter().enumerate().map(digest).collect();
    digests.sort_unstable_by(|one, other| {
        one.0.cmp(&other.0).then_with(|| documents[one.1].id.cmp(&documents[other.1].id))
    });
    let mut texts: Vec<Text> = Vec::new();
    for (place, &(digest, index)) in digests.iter().enumerate() {
        match texts.last_mut().filter(|_| digests[place - 1].0 == digest) {
            Some(text) => text.0.end += 1,
            None => texts.push(Text(place..place + 1)),
        }
        documents[index].distinct = texts.len() - 1;
    }
    texts.shrink_to_fit();
    let mut carriers: Vec<usize> = digests.into_iter().map(|(_, index)| index).collect();
    carriers.shrink_to_fit();
    (texts, carriers)
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{error_of, ids, options, read_as, reason, skipping, texts};

    fn error(bytes: &[u8]) -> String {
        error_of("a.jsonl", bytes, &options())
    }

    #[test]
    fn ids_are_strings_integers_or_line_numbers() {
        let bytes = b"{\"text\": \"a\", \"id\": \"x-1\"}\n\n{\"text\": \"b\", \"id\": -7}\n{\"text\": \"c\"}\n\
            {\"text\": \"d\", \"id\": 18446744073709551615}\n";
        assert_eq!(ids(&read_as("a.jsonl", bytes, &options()).unwrap()), ["x-1", "-7", "4", "18446744073709551615"]);
    }

    #[test]
    fn an_id_of_the_wrong_type_names_type_and_field() {
        for (value, found) in [
            ("1.5", "a number that is no 64-bit integer"),
            ("null", "null"),
            ("true", "a boolean"),
            ("[]", "a list"),
            ("{}", "an object"),
        ] {
            assert_eq!(
                error(format!("{{\"text\": \"a\", \"id\": {value}}}").as_bytes()),
                format!(
                    "a.jsonl:1: field \"id\" is {found}; a string or an integer is wanted; skip such rows with \
                     --on-error skip"
                )
            );
        }
    }

    #[test]
    fn an_empty_id_is_an_error() {
        assert_eq!(
            error(b"{\"text\": \"a\", \"id\": \" \"}"),
            "a.jsonl:1: field \"id\" is empty; give every row an id of its own, or skip such rows with \
             --on-error skip"
        );
    }

    #[test]
    fn an_id_field_that_was_asked_for_must_be_there() {
        let options = ReadOptions { id_field: Some("key".into()), ..options() };
        assert_eq!(
            error_of("a.jsonl", b"{\"text\": \"a\", \"key\": 1}\n{\"text\": \"b\", \"id\": 2}\n", &options),
            "a.jsonl:2: no field \"key\"; skip such rows with --on-error skip"
        );
    }

    #[test]
    fn a_duplicate_id_names_the_line_of_the_first() {
        assert_eq!(
            error(b"{\"text\": \"a\", \"id\": 7}\n{\"text\": \"b\"}\n{\"text\": \"c\", \"id\": \"7\"}\n"),
            "a.jsonl:3: id \"7\" is taken by line 1; give every row an id of its own, or skip such rows with \
             --on-error skip"
        );
    }

    #[test]
    fn a_long_id_full_of_control_characters_is_cut_and_escaped() {
        let row = format!("{{\"text\": \"a\", \"id\": \"\\u001b{}\"}}\n", "x".repeat(200));
        assert_eq!(
            error(row.repeat(2).as_bytes()),
            format!(
                "a.jsonl:2: id \"\\u{{1b}}{}…\" is taken by line 1; give every row an id of its own, or skip such \
                 rows with --on-error skip",
                "x".repeat(79)
            )
        );
    }

    #[test]
    fn a_line_number_that_is_already_an_id_is_an_error() {
        assert_eq!(
            error(b"{\"text\": \"a\", \"id\": 2}\n{\"text\": \"b\"}\n"),
            "a.jsonl:2: no id, and the line number is taken as an id by line 1; give every row an id of its own, \
             or skip such rows with --on-error skip"
        );
    }

    #[test]
    fn skipped_rows_never_take_the_id_of_a_document() {
        let bytes =
            b"oops\n{\"text\": \"a\", \"id\": 1}\n{\"text\": \"b\", \"id\": 1}\n{\"text\": \"\", \"id\": \"1-2\"}\n";
        let corpus = read_as("a.jsonl", bytes, &skipping()).unwrap();
        assert_eq!(ids(&corpus), ["1-3", "1", "3", "1-2"]);
        assert_eq!(reason(&corpus, 2), "id \"1\" is taken by line 2");
    }

    #[test]
    fn rows_beyond_the_limit_are_counted_but_not_looked_into() {
        let bytes = b"{\"text\": \"\"}\n{\"text\": \"a\"}\n{\"text\": \"b\"}\noops\n{\"text\": \"c\", \"id\": \"x\"}\n";
        let corpus = read_as("a.jsonl", bytes, &ReadOptions { limit: Some(2), ..skipping() }).unwrap();
        assert_eq!(texts(&corpus), ["a", "b"]);
        assert_eq!(ids(&corpus), ["1", "2", "3", "4", "5"]);
        assert_eq!(reason(&corpus, 3), "beyond --limit");
        assert_eq!(reason(&corpus, 4), "beyond --limit");
        let many = format!("{}oops\n\n", "{\"text\": \"a\"}\n".repeat(50));
        let corpus = read_as("a.jsonl", many.as_bytes(), &ReadOptions { limit: Some(30), ..options() }).unwrap();
        assert_eq!((corpus.rows.len(), corpus.documents.len()), (51, 30));
    }

    #[test]
    fn a_corpus_without_documents_is_an_error() {
        assert_eq!(error(b""), "a.jsonl: holds no rows");
        assert_eq!(error_of("a.csv", b"\n \n", &options()), "a.csv: holds no rows");
        assert_eq!(error_of("a.csv", b"id,text\n", &options()), "a.csv: holds no rows");
        assert_eq!(
            error_of("a.jsonl", b"\n{\"text\": \"\"}\noops\n", &skipping()),
            "a.jsonl: none of its 2 rows is a document (line 2: empty text)"
        );
    }

    #[test]
    fn equal_texts_are_one_text_with_its_documents_by_id() {
        let bytes = b"id,text\nb,same\nc,other\na,same\n10,same\n";
        let corpus = read_as("a.csv", bytes, &options()).unwrap();
        let same = corpus.documents[0].distinct;
        assert_eq!(corpus.texts.len(), 2);
        assert_eq!(corpus.carriers(same), [3, 2, 0]);
        assert_eq!(corpus.representative(same).id, "10");
        assert_eq!(
            corpus.documents.iter().map(|document| document.distinct == same).collect::<Vec<_>>(),
            [true, false, true, true]
        );
    }

    #[test]
    fn a_shuffled_file_gives_the_same_texts() {
        let mut lines: Vec<String> =
            (0..50).map(|index| format!("{{\"id\": \"{index}\", \"text\": \"text {}\"}}", index % 37)).collect();
        let carriers = |lines: &[String]| -> Vec<(String, Vec<String>)> {
            let corpus = read_as("a.jsonl", lines.join("\n").as_bytes(), &options()).unwrap();
            let id = |index: &usize| corpus.documents[*index].id.clone();
            (0..corpus.texts.len())
                .map(|index| (corpus.text(index).into(), corpus.carriers(index).iter().map(id).collect()))
                .collect()
        };
        let before = carriers(&lines);
        lines.reverse();
        lines.rotate_left(13);
        assert_eq!(carriers(&lines), before);
        assert_eq!(before.len(), 37);
    }
}
