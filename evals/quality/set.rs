//! A labelled set: a folder with `documents.jsonl` (`id`, `text`, `label`) and `card.json` (`goal`, `descriptions` by label).

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use colligate::corpus::{Corpus, ReadOptions, Source, read};
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
    /// Reads a folder, and of its documents the first ones where a `limit` is given.
    pub fn read(folder: &Path, limit: Option<usize>) -> anyhow::Result<Set> {
        let card = folder.join("card.json");
        let text = std::fs::read_to_string(&card).with_context(|| card.display().to_string())?;
        let card: Card = serde_json::from_str(&text).with_context(|| card.display().to_string())?;
        let corpus =
            read(&Source::File(folder.join("documents.jsonl")), &ReadOptions { limit, ..ReadOptions::default() })?;
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

    /// The class of a distinct text: that of the document that stands for it.
    pub fn class(&self, text: usize) -> usize {
        self.gold[self.corpus.carriers(text)[0]]
    }
}
