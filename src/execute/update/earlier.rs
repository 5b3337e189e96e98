//! A finished run as the beginning of its update: its documents, and where they are.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::compare::Side;
use crate::corpus::{Corpus, Document};
use crate::decision::{Place, Placement};
use crate::error::Error;
use crate::message::Message;
use crate::run::{AssignmentLine, DocumentLine, FinishedRun, Status};
use crate::vectors::Embeddings;

/// The run that is updated.
pub struct Earlier {
    /// What it wrote.
    pub run: FinishedRun,
    /// A vector for each of its documents with content.
    pub vectors: Embeddings,
    /// For each document its row of the vectors; an answer without content has none.
    rows: Vec<Option<usize>>,
}

impl Earlier {
    /// Reads a run directory.
    ///
    /// # Errors
    /// When its files are not what its run wrote, or it kept no vectors or no texts.
    pub fn read(path: &Path) -> Result<Earlier, Error> {
        let Side { run, vectors } = Side::read(path)?;
        let missing =
            |what: &str| Err(Error::file(path, format!("holds no {what} of its documents: it cannot be updated")));
        let Some(vectors) = vectors else { return missing("vectors") };
        if run.documents.iter().any(|document| document.text.is_none()) {
            return missing("texts");
        }
        let rows = run.vector_rows();
        if rows.iter().flatten().count() != vectors.len() {
            return Err(Error::file(path, "holds vectors of other documents than its own: it cannot be updated"));
        }
        Ok(Earlier { run, vectors, rows })
    }

    /// The lines of the documents.
    fn lines(&self) -> impl Iterator<Item = &AssignmentLine> {
        self.run.assignments.iter().filter(|line| line.status != Status::Skipped)
    }

    /// Its documents, as a corpus has them.
    pub fn documents(&self) -> Vec<Document> {
        let document = |(document, line): (&DocumentLine, &AssignmentLine)| Document {
            id: document.id.clone(),
            text: document.text.clone().unwrap_or_default(),
            fields: document.fields.clone(),
            mended: false,
            has_roles: false,
            has_content: !line.says_nothing(),
            distinct: 0,
        };
        self.run.documents.iter().zip(self.lines()).map(document).collect()
    }

    /// For each of n distinct texts of a corpus that begins with its documents, the one of them that carries it.
    pub fn carriers(&self, corpus: &Corpus) -> Vec<Option<usize>> {
        let first = |text: usize| corpus.carriers(text).iter().copied().find(|&one| one < self.run.documents.len());
        (0..corpus.texts.len()).map(first).collect()
    }

    /// The vector of a document (d).
    pub fn vector(&self, document: usize) -> Option<&[f32]> {
        self.rows[document].map(|row| self.vectors.row(row))
    }

    /// Where each document is; clusters by their places in `ids`.
    pub fn placements(&self, ids: &[String]) -> Vec<Placement> {
        let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
        let placement = |line: &AssignmentLine| {
            let reason = || Message::of(line.reason.clone().unwrap_or_default());
            match line.status {
                Status::Failed => Placement::Failed(reason()),
                Status::Uncovered | Status::Skipped => Placement::Uncovered(reason()),
                Status::Assigned => {
                    let held = line.clusters.iter().filter_map(|held| {
                        places.get(held.id.as_str()).map(|&place| Place::new(place, held.by, held.confidence))
                    });
                    Placement::In(held.collect())
                }
            }
        };
        self.lines().map(placement).collect()
    }

    /// Documents that the run was made from, before any update.
    pub fn made_from(&self) -> usize {
        let first = self.run.manifest.updates.first().map_or(self.run.assignments.len(), |update| update.first);
        self.run.assignments.iter().take(first).filter(|line| line.status != Status::Skipped).count()
    }

    /// Places in `ids` of the clusters that updates have added.
    pub fn added(&self, ids: &[String]) -> HashSet<usize> {
        let added: HashSet<&String> = self.run.manifest.updates.iter().flat_map(|update| &update.clusters).collect();
        (0..ids.len()).filter(|&place| added.contains(&ids[place])).collect()
    }
}
