//! Which rows of a later corpus are new to a run, and what they are called there.

use std::collections::{HashMap, HashSet};

use crate::corpus::{Content, Corpus, Row, Skipped};
use crate::error::Error;
use crate::message;
use crate::run::{AssignmentLine, FinishedRun, Status};

/// What becomes of a row whose id the run knows with another text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Changed {
    /// Stop with an error that names the first one
    #[default]
    Fail,
    /// Keep the text that the run has, and leave the row out
    Keep,
    /// Make it a document of its own, with a suffix to its id
    Add,
}

/// The rows that are new.
pub struct Incoming {
    /// They alone, under ids that no other row has.
    pub corpus: Corpus,
    /// Rows of the file that the run holds already.
    pub known: usize,
    /// Rows whose document has another text in the run.
    pub changed: usize,
}

/// A row by its id: the text of its document, or its line where it was skipped.
enum Held<'r> {
    Text(Option<&'r str>),
    Skipped(&'r AssignmentLine),
}

/// Finds them.
///
/// # Errors
/// When a document has another text in the run, and nobody said what is to be done then.
pub fn incoming(corpus: Corpus, run: &FinishedRun, changed: Changed) -> Result<Incoming, Error> {
    let mut naming = Naming::of(&corpus, run);
    let mut names = Vec::with_capacity(corpus.rows.len());
    let mut others: Vec<&Row> = Vec::new();
    for row in &corpus.rows {
        let id = corpus.id(row);
        let is_line = naming.by_lines || id == row.line.to_string();
        match &row.content {
            Content::Skipped(skipped) => names.push(naming.skipped(row, skipped, is_line)),
            Content::Document(index) => {
                let text = corpus.documents[*index].text.as_str();
                let is_other = !is_line && naming.has_another(id, text);
                if is_other {
                    others.push(row);
                }
                names.push(match is_other && changed == Changed::Keep {
                    true => None,
                    false => naming.document(id, text, is_line),
                });
            }
        }
    }
    if let (Some(first), Changed::Fail) = (others.first(), changed) {
        return Err(Error::Usage(message!(
            "{name}: the document \"{id}\" on line {line} has another text in the run{more}: give changed documents ids of their own, or \
             say {+changed keep} (the run's text stays) or {+changed add} (it becomes a document of its own)",
            name = corpus.name.clone(),
            id = corpus.id(first).to_owned(),
            line = first.line,
            more = match others.len() {
                1 => String::new(),
                count => format!(", as have {} more", count - 1),
            }
        )));
    }
    let (known, changed) = (names.iter().filter(|name| name.is_none()).count(), others.len());
    Ok(Incoming { corpus: corpus.named(names), known, changed })
}

/// Gives rows their names.
struct Naming<'r> {
    held: HashMap<&'r str, Held<'r>>,
    /// Names that rows before have got.
    given: HashSet<String>,
    /// Name of the corpus.
    corpus: String,
    /// Whether all rows are called by their lines.
    by_lines: bool,
}

impl<'r> Naming<'r> {
    fn of(corpus: &Corpus, run: &'r FinishedRun) -> Naming<'r> {
        let documents = run.documents.iter().map(|one| (one.id.as_str(), Held::Text(one.text.as_deref())));
        let skipped = run.assignments.iter().filter(|line| line.status == Status::Skipped);
        let skipped = skipped.map(|line| (line.id.as_str(), Held::Skipped(line)));
        Naming {
            held: documents.chain(skipped).collect(),
            given: HashSet::new(),
            corpus: corpus.name.clone(),
            by_lines: corpus.files.iter().all(|file| file.id.is_none()),
        }
    }

    /// Whether the run has an id with another text.
    fn has_another(&self, id: &str, text: &str) -> bool {
        self.held.get(id).is_some_and(|held| !matches!(held, Held::Text(Some(own)) if *own == text))
    }

    /// The name of a document; none where the run has it.
    fn document(&mut self, id: &str, text: &str, is_line: bool) -> Option<String> {
        let is_held = |held: &Held<'_>| matches!(held, Held::Text(Some(own)) if *own == text);
        self.name(id, is_line, is_held)
    }

    /// The name of a skipped row; none where the run has it.
    fn skipped(&mut self, row: &Row, skipped: &Skipped, is_line: bool) -> Option<String> {
        let is_held = |held: &Held<'_>| match held {
            Held::Skipped(line) => line.line == row.line && line.fields == skipped.fields,
            Held::Text(_) => false,
        };
        self.name(&skipped.id, is_line, is_held)
    }

    /// The first name that is free. Another file has a line of the same number, so lines are called by the corpus and the number.
    fn name(&mut self, id: &str, is_line: bool, is_held: impl Fn(&Held<'_>) -> bool) -> Option<String> {
        if self.held.get(id).is_some_and(&is_held) {
            return None;
        }
        let first = if is_line { format!("{}:{id}", self.corpus) } else { id.to_owned() };
        let others = (2_u64..).map(|number| format!("{first}-{number}"));
        for name in std::iter::once(first.clone()).chain(others) {
            match self.held.get(name.as_str()) {
                Some(held) if is_held(held) => return None,
                Some(_) => {}
                None if self.given.insert(name.clone()) => return Some(name),
                None => {}
            }
        }
        None
    }
}
