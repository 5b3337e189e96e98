//! How often a judge is right on labelled documents, before it is trusted: beside likeness, which costs nothing.

use serde::Serialize;

use crate::codebook::{Codebook, Entry};
use crate::corpus::{Corpus, ReadOptions, Source, read};
use crate::decision::{Centered, largest};
use crate::embed::Embedder;
use crate::error::Error;
use crate::methods::entry_vectors;
use crate::model::{Judge, Prompts, StageName};
use crate::observer::Silent;
use crate::spread::Share;
use crate::stages::Stage;
use crate::stages::core::{Core, Lists};
use crate::stages::propose::Candidate;
use crate::stages::soft_label::Choice;

/// Labelled documents that are asked about at most: an interval of ten points needs no more.
const MOST: usize = 400;
/// The goal where the user gives none.
const GOAL: &str = "what is it about?";

/// How a judge did on labelled documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeScore {
    /// Documents whose label is that of an entry, as far as they were asked about.
    pub documents: usize,
    /// Documents whose label no entry has.
    pub without_entry: usize,
    /// Documents that the judge answered about.
    pub answered: usize,
    /// Share of the documents of which it chose the entry, with a 95 % Wilson interval.
    pub right: Share,
    /// The same of the likeness of document and entry in the embedder, both sides less their means.
    pub likeness: Share,
}

/// What is judged, and by whom.
pub struct Judging<'a> {
    /// Documents with their labels.
    pub labels: &'a Source,
    /// The field of the label.
    pub field: &'a str,
    /// The groups.
    pub codebook: &'a Codebook,
    /// What they are for.
    pub goal: Option<&'a str>,
    /// Who judges.
    pub judge: &'a Judge<'a>,
    /// What the judge is compared with.
    pub embedder: &'a dyn Embedder,
}

impl Judging<'_> {
    /// Asks one question a document.
    ///
    /// # Errors
    /// When the file cannot be read or has no label of the codebook; when the judge refuses.
    pub fn score(&self) -> Result<JudgeScore, Error> {
        let corpus = read(self.labels, &ReadOptions::default())?;
        let (documents, gold) = self.labelled(&corpus);
        if documents.is_empty() {
            return Err(Error::usage(format!(
                "{}: no document has a \"{}\" that is the label of an entry of the codebook",
                corpus.name, self.field
            )));
        }
        let texts: Vec<&str> = documents.iter().take(MOST).map(|&place| corpus.text(place)).collect();
        let gold = &gold[..texts.len()];
        let judged = self.judged(&texts)?;
        let alike = self.alike(&texts)?;
        let right =
            |said: &[Option<usize>]| said.iter().zip(gold).filter(|(said, gold)| **said == Some(**gold)).count();
        Ok(JudgeScore {
            documents: texts.len(),
            without_entry: corpus.texts.len() - documents.len(),
            answered: judged.iter().flatten().count(),
            right: Share::wilson(right(&judged.iter().map(|one| one.flatten()).collect::<Vec<_>>()), texts.len()),
            likeness: Share::wilson(right(&alike), texts.len()),
        })
    }

    /// The distinct texts with the label of an entry, and which entry that is.
    fn labelled(&self, corpus: &Corpus) -> (Vec<usize>, Vec<usize>) {
        let entry = |label: &str| self.codebook.entries.iter().position(|entry| entry.label.trim() == label.trim());
        let (mut texts, mut gold) = (Vec::new(), Vec::new());
        for document in corpus.embedded() {
            let label = document.fields.get(self.field).and_then(|label| label.as_str());
            if let Some(entry) = label.and_then(entry).filter(|_| !texts.contains(&document.distinct)) {
                texts.push(document.distinct);
                gold.push(entry);
            }
        }
        (texts, gold)
    }

    /// The entry that the judge chose for each text, or none of them; nothing where it did not answer.
    fn judged(&self, texts: &[&str]) -> Result<Vec<Option<Option<usize>>>, Error> {
        let prompts = Prompts::load(None)?;
        let prompt = if self.judge.protocol().is_chat() { &prompts.core } else { &prompts.decide };
        let of = |entry: &Entry| Candidate { label: entry.label.clone(), predicate: entry.predicate.clone() };
        let candidates: Vec<Candidate> = self.codebook.entries.iter().map(of).collect();
        let documents: Vec<usize> = (0..texts.len()).collect();
        let options = vec![(0..candidates.len()).collect(); texts.len()];
        let lists = Lists { texts, documents: &documents, options: &options, candidates: &candidates };
        let stage = Core { prompt, stage: StageName::Doctor, goal: self.goal.unwrap_or(GOAL) };
        let (questions, ()) = stage.ask(lists)?;
        let judgements = stage.conclude(lists, (), &self.judge.answers(&questions)?)?;
        Ok(judgements.iter().map(|judgement| judgement.first().map(Choice::candidate)).collect())
    }

    /// The entry that each text is most alike.
    fn alike(&self, texts: &[&str]) -> Result<Vec<Option<usize>>, Error> {
        let documents = self.embedder.embed(texts, &Silent)?.embeddings;
        let documents = Centered::weighted(&documents, &vec![1.0; texts.len()]);
        let words = entry_vectors(&self.codebook.entries, self.embedder, &documents.mean)?;
        Ok(documents.each(&words, |_, cosines| Some(largest(&cosines))))
    }
}
