//! The documents of a run by their texts: what a person says of one holds for each that has the same text.

use std::collections::HashMap;

use super::problem::shown;
use crate::run::{AssignmentLine, DocumentLine, FinishedRun, Status};
use crate::text::numbers::count;

/// Documents that are named at most where a name is not that of one.
const NAMED: usize = 5;

/// The documents of a run; one that stands for its text is called by its number.
pub struct Texts<'r> {
    documents: Vec<(&'r DocumentLine, &'r AssignmentLine)>,
    by_id: HashMap<&'r str, usize>,
    /// n: the first document that has the text of each.
    first: Vec<usize>,
    /// n: of the first, how many have its text.
    copies: Vec<usize>,
    /// Ids of rows that are no documents.
    skipped: HashMap<&'r str, &'r AssignmentLine>,
}

impl<'r> Texts<'r> {
    /// Of a run. Where it kept no texts, each document stands for itself.
    pub fn of(run: &'r FinishedRun) -> Texts<'r> {
        let (documents, skipped): (Vec<&AssignmentLine>, Vec<&AssignmentLine>) =
            run.assignments.iter().partition(|line| line.status != Status::Skipped);
        let documents: Vec<_> = run.documents.iter().zip(documents).collect();
        let mut texts: HashMap<&str, usize> = HashMap::new();
        let first: Vec<usize> = documents
            .iter()
            .enumerate()
            .map(|(place, (document, _))| match &document.text {
                Some(text) => *texts.entry(text).or_insert(place),
                None => place,
            })
            .collect();
        let mut copies = vec![0; first.len()];
        first.iter().for_each(|first| copies[*first] += 1);
        Texts {
            by_id: documents.iter().enumerate().map(|(place, (one, _))| (one.id.as_str(), place)).collect(),
            documents,
            first,
            copies,
            skipped: skipped.into_iter().map(|line| (line.id.as_str(), line)).collect(),
        }
    }

    /// The line of a document.
    pub fn line(&self, text: usize) -> &'r AssignmentLine {
        self.documents[text].1
    }

    /// How later documents with the text are known again.
    pub fn key(&self, text: usize) -> &'r str {
        let document = self.documents[text].0;
        document.text.as_deref().unwrap_or(&document.id)
    }

    /// The id of a document, to be shown.
    pub fn shown(&self, text: usize) -> String {
        shown(&self.documents[text].0.id)
    }

    /// How many documents have the text.
    pub fn copies(&self, text: usize) -> usize {
        self.copies[text]
    }

    /// All documents, each by the first that has its text.
    pub fn all(&self) -> &[usize] {
        &self.first
    }

    /// Two different documents of these that have the same text, to be shown.
    pub fn same(&self, ids: &[String]) -> Option<(String, String)> {
        let mut seen: HashMap<usize, usize> = HashMap::new();
        for place in ids.iter().filter_map(|id| self.by_id.get(id.as_str())) {
            match seen.insert(self.first[*place], *place) {
                Some(other) if other != *place => return Some((self.shown(other), self.shown(*place))),
                _ => {}
            }
        }
        None
    }

    /// The texts of the documents that an edit names, each once. What is to be said: of documents that have one of these
    /// texts too, and of ids that the edit cannot act on.
    pub fn named(&self, ids: &[String]) -> (Vec<usize>, Option<String>) {
        let mut texts = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut listed_documents = std::collections::HashSet::new();
        let (mut unknown, mut without) = (Vec::new(), Vec::new());
        for id in ids {
            match self.by_id.get(id.as_str()) {
                Some(place) if self.line(*place).says_nothing() => without.push(id.as_str()),
                Some(place) => {
                    listed_documents.insert(*place);
                    if seen.insert(self.first[*place]) {
                        texts.push(self.first[*place]);
                    }
                }
                None if self.skipped.contains_key(id.as_str()) => without.push(id.as_str()),
                None => unknown.push(id.as_str()),
            }
        }
        let listed = |ids: &[&str], what: &str| {
            let more = ids.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let names: Vec<String> = ids.iter().take(NAMED).map(|id| shown(id)).collect();
            (!ids.is_empty()).then(|| format!("{} {what}: {}{more}", count(ids.len(), "id"), names.join(", ")))
        };
        let copies: usize = texts.iter().map(|text| self.copies(*text)).sum();
        let said = [
            not_listed(copies - listed_documents.len()),
            listed(&unknown, "of no document of this run"),
            listed(&without, "of rows without content, which stay as they are"),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        (texts, (!said.is_empty()).then(|| said.join("; ")))
    }
}

/// Of documents that an edit does not list and moves with others, since they have the same texts.
fn not_listed(copies: usize) -> Option<String> {
    match copies {
        0 => None,
        1 => Some("1 of them is not listed, and has the same text as one that is".to_owned()),
        copies => Some(format!("{copies} of them are not listed, and have the same texts as documents that are")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::RunBuilder;

    #[test]
    fn documents_that_have_the_text_of_a_listed_one_are_told() {
        let run = RunBuilder::by_goal("x").cluster("c", "p", &["one", "two", "one", "one"]).build();
        let texts = Texts::of(&run);
        let named = |ids: &[&str]| texts.named(&ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        let said = |ids: &[&str]| named(ids).1.unwrap_or_default();
        assert_eq!(said(&["d1", "d2"]), "2 of them are not listed, and have the same texts as documents that are");
        assert_eq!(said(&["d1", "d4"]), "1 of them is not listed, and has the same text as one that is");
        assert_eq!(named(&["d3", "d1", "d4", "d2", "d2"]), (vec![0, 1], None));
    }
}
