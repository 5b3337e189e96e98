//! Which documents of a set a rendered question shows, and what all questions together have shown and cost.

use std::collections::{BTreeMap, BTreeSet};

use colligate::model::{Question, fence};

use super::set::Set;

/// Stages whose documents are compared with one another, not judged.
const COMPARING: [&str; 3] = ["perspective", "granularity", "verify"];
/// Stages whose documents are examples.
const NAMING: [&str; 4] = ["propose", "merge", "explain", "describe"];

/// What was asked.
#[derive(Debug, Clone, Default)]
pub struct Spent {
    /// Questions.
    pub asked: usize,
    /// Tokens of prompts and replies: estimated for an oracle, as the server counted them for a model.
    pub tokens: u64,
    /// Distinct texts that were to be judged.
    pub judged: BTreeSet<usize>,
}

/// Finds texts by what is shown of them.
pub struct Shown {
    /// Distinct texts by their fenced form.
    texts: BTreeMap<String, usize>,
}

impl Shown {
    /// The texts of a set.
    pub fn new(set: &Set) -> Shown {
        Shown { texts: (0..set.corpus.texts.len()).map(|text| (fence(set.corpus.text(text)), text)).collect() }
    }

    /// The distinct text that a shown document is, or begins.
    pub fn find(&self, shown: &str) -> Option<usize> {
        if let Some(&text) = self.texts.get(shown) {
            return Some(text);
        }
        let beginning = shown.strip_suffix('…')?;
        let (full, &text) = self.texts.range(beginning.to_owned()..).next()?;
        full.starts_with(beginning).then_some(text)
    }

    /// The distinct texts that a question asks to judge.
    pub fn judged(&self, question: &Question) -> Vec<usize> {
        if COMPARING.iter().chain(&NAMING).any(|stage| *stage == question.stage.name()) {
            return Vec::new();
        }
        let content = question.messages.last().map_or("", |message| message.content.as_str());
        if question.legal.is_decision() {
            return self.find(content).into_iter().collect();
        }
        documents(content).into_iter().filter_map(|document| self.find(document)).collect()
    }
}

/// The documents in a rendered question, in order.
pub fn documents(content: &str) -> Vec<&str> {
    let parts = content.split("<document>\n").skip(1);
    parts.filter_map(|part| part.split_once("\n</document>")).map(|(document, _)| document).collect()
}
