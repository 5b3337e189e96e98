//! A labelled set: a folder with `documents.jsonl` (`id`, `text`, `label`) and `card.json` (`goal`, `descriptions` by label).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use colligate::corpus::{Corpus, ReadOptions, Source, read};
use colligate::seed::generator;
use rand::RngExt;
use serde::Deserialize;

/// The card of a set.
#[derive(Deserialize)]
struct Card {
    goal: String,
    descriptions: BTreeMap<String, String>,
}

/// A set with its gold labels.
pub struct Set {
    /// The folder's name.
    pub name: String,
    /// What it is to be clustered by.
    pub goal: String,
    /// n documents.
    pub corpus: Corpus,
    /// Label and description of each class.
    pub classes: Vec<(String, String)>,
    /// The class of each of n documents.
    pub gold: Vec<usize>,
}

impl Set {
    /// Reads a folder, and of its documents the first ones where a `limit` is given. A set that has fewer is filled up: with the
    /// first half of one document's words and the second half of another's with the same label.
    pub fn read(folder: &Path, limit: Option<usize>) -> anyhow::Result<Set> {
        let set = Set::read_file(folder, &folder.join("documents.jsonl"), limit)?;
        let missing = limit.unwrap_or(0).saturating_sub(set.corpus.documents.len());
        if missing == 0 {
            return Ok(set);
        }
        let filled = tempfile::NamedTempFile::with_suffix(".jsonl")?;
        std::fs::write(filled.path(), set.filled_up(missing))?;
        Set::read_file(folder, filled.path(), limit)
    }

    fn read_file(folder: &Path, documents: &Path, limit: Option<usize>) -> anyhow::Result<Set> {
        let card = folder.join("card.json");
        let text = std::fs::read_to_string(&card).with_context(|| card.display().to_string())?;
        let card: Card = serde_json::from_str(&text).with_context(|| card.display().to_string())?;
        let corpus = read(&Source::File(documents.to_owned()), &ReadOptions { limit, ..ReadOptions::default() })?;
        let classes: Vec<(String, String)> = card.descriptions.into_iter().collect();
        let gold = corpus.documents.iter().map(|document| {
            let label = document.fields.get("label").and_then(|label| label.as_str());
            let class = classes.iter().position(|(name, _)| Some(name.as_str()) == label);
            class.with_context(|| format!("document {}: no label of the card", document.id))
        });
        let gold = gold.collect::<anyhow::Result<_>>()?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Set { name, goal: card.goal, corpus, classes, gold })
    }

    /// Its documents and `count` crossings of them, as JSON lines.
    fn filled_up(&self, count: usize) -> String {
        let documents = &self.corpus.documents;
        let mut of_class = vec![Vec::new(); self.classes.len()];
        self.gold.iter().enumerate().for_each(|(document, &class)| of_class[class].push(document));
        let mut lines = String::new();
        let mut line = |id: &str, text: &str, class: usize| {
            let row = serde_json::json!({ "id": id, "text": text, "label": self.classes[class].0 });
            writeln!(lines, "{row}").expect("a string takes all that is written to it");
        };
        documents.iter().zip(&self.gold).for_each(|(document, &class)| line(&document.id, &document.text, class));
        let mut random = generator(0, "crossings", &[]);
        for crossing in 0..count {
            let one = random.random_range(0..documents.len());
            let others = &of_class[self.gold[one]];
            let other = others[random.random_range(0..others.len())];
            let [one_words, other_words] =
                [one, other].map(|document| documents[document].text.split_whitespace().collect::<Vec<&str>>());
            let (first, second) = (one_words.len().div_ceil(2), other_words.len() / 2);
            let text = [&one_words[..first], &other_words[second..]].concat().join(" ");
            line(&format!("crossing-{crossing}"), &text, self.gold[one]);
        }
        lines
    }

    /// The class of a distinct text: that of the document that stands for it.
    pub fn class(&self, text: usize) -> usize {
        self.gold[self.corpus.carriers(text)[0]]
    }
}
