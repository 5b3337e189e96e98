//! What of a finished run is nearest to a text, to one of its documents, or to the middle of a cluster.
//!
//! A run of up to 20,000 documents is read whole, and all its vectors are compared. A larger one has an index: see the module `index`.

mod clusters;
mod duplicates;
mod exact;
mod index;
mod indexed;

use std::path::{Path, PathBuf};

pub use duplicates::{Duplicate, Duplicates, duplicates};
use serde::Serialize;

use crate::cluster::FEW;
use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::run::{FinishedRun, Manifest, read_manifest};
use exact::Searched;
use indexed::Indexed;

/// A finished run whose documents are searched.
pub struct Searcher<'o> {
    path: PathBuf,
    manifest: Manifest,
    by: By,
    observer: &'o dyn Observer,
}

/// By what it is searched.
enum By {
    /// By all its vectors; the index is to be kept, since it has none that can be used.
    All { run: Box<Searched<'static>>, is_index_due: bool },
    /// By its index.
    Index(Box<Indexed>),
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub enum Query<'q> {
    /// A unit vector by the run's embedder.
    Vector(&'q [f32]),
    /// The document with an id; it is not found itself.
    Like(&'q str),
    /// The middle of a cluster, by its id or label.
    Cluster(&'q str),
}

/// How much is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// Clusters at most.
    pub clusters: usize,
    /// Documents at most; those with one text count as one.
    pub documents: usize,
    /// Only documents of this cluster, by its id or label.
    pub within: Option<&'w str>,
}

/// What was found, the nearest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Clusters.
    pub clusters: Vec<FoundCluster>,
    /// Documents.
    pub documents: Vec<FoundDocument>,
}

/// A cluster that is near.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundCluster {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// Its documents.
    pub size: usize,
    /// Cosine with the middle of its documents.
    pub similarity: f32,
}

/// A document that is near.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundDocument {
    /// Its id.
    pub id: String,
    /// Its text, where the run kept it.
    pub text: Option<String>,
    /// Cosine with what was looked for.
    pub similarity: f32,
    /// The cluster that was searched within, else the one that it fits best.
    pub cluster: Option<String>,
    /// The label of that cluster.
    pub label: Option<String>,
    /// Further documents with the same text.
    pub copies: usize,
}

impl<'o> Searcher<'o> {
    /// Opens a run directory: its index, if it has one that can be used and `exact` is not wanted, else all that it holds.
    ///
    /// # Errors
    /// When it is none, its files are not what its run wrote, or it kept no vectors.
    pub fn open(path: &Path, exact: bool, observer: &'o dyn Observer) -> Result<Searcher<'o>, Error> {
        let manifest = read_manifest(path)?;
        let by = match exact {
            true => By::All { run: Box::new(Searched::open(path)?), is_index_due: false },
            false => match Indexed::open(path, &manifest) {
                Ok(Some(indexed)) => By::Index(Box::new(indexed)),
                Ok(None) => whole(path)?,
                Err(problem) => {
                    unusable(&problem, observer);
                    whole(path)?
                }
            },
        };
        Ok(Searcher { path: path.to_owned(), manifest, by, observer })
    }

    /// What the run was.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The nearest clusters and documents. Where the index turns out to be damaged it is said, and all vectors are compared.
    ///
    /// # Errors
    /// When a document or cluster that is named is not there.
    pub fn search(&mut self, query: Query<'_>, wanted: Wanted<'_>) -> Result<Found, Error> {
        if let By::Index(index) = &self.by {
            match index.search(query, wanted) {
                Err(problem) if !matches!(problem, Error::Usage(_)) => unusable(&problem, self.observer),
                found => return found,
            }
            self.by = whole(&self.path)?;
        }
        match &self.by {
            By::All { run, .. } => run.search(query, wanted),
            By::Index(index) => index.search(query, wanted),
        }
    }

    /// Builds the index where the run is to have one and has none that can be used.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_index(&self) -> Result<(), Error> {
        match &self.by {
            By::All { run, is_index_due: true } => build_if_large(&self.path, &self.manifest, run, self.observer),
            _ => Ok(()),
        }
    }
}

/// Builds the index of a run that has just been written, if it has more than 20,000 documents with content.
///
/// # Errors
/// When its vectors cannot be read, or the index not be written.
pub fn keep_index(path: &Path, run: &FinishedRun, observer: &dyn Observer) -> Result<(), Error> {
    if run.documents.len() <= FEW {
        return Ok(());
    }
    let manifest = read_manifest(path)?;
    build_if_large(path, &manifest, &Searched::of(path, &manifest, run)?, observer)
}

fn build_if_large(path: &Path, manifest: &Manifest, run: &Searched<'_>, observer: &dyn Observer) -> Result<(), Error> {
    if run.vectors.len() <= FEW {
        return Ok(());
    }
    observer.begin("indexing for searches", 1);
    let built = index::build(path, manifest, run);
    observer.advance(1);
    observer.end();
    built
}

/// A run that is searched by all its vectors.
fn whole(path: &Path) -> Result<By, Error> {
    Ok(By::All { run: Box::new(Searched::open(path)?), is_index_due: true })
}

fn unusable(problem: &Error, observer: &dyn Observer) {
    observer.say(&message!(
        "{problem}: the index is not used, all vectors are compared, and it is built anew",
        problem = problem.to_string()
    ));
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::run::fixture::RunBuilder;
    use crate::vectors::Embeddings;

    /// Two clusters of two and three documents; the third vector of the second is a copy, and one document is an answer without
    /// content.
    fn searcher() -> Searched<'static> {
        let run = RunBuilder::by_goal("x")
            .cluster("up", "p", &["north", "north-east"])
            .uncovered("n/a", crate::run::NO_CONTENT)
            .cluster("right", "q", &["east", "south-east", "east"])
            .build();
        let vectors = [[0.0, 1.0], [0.6, 0.8], [1.0, 0.0], [0.8, -0.6], [1.0, 0.0]];
        let vectors = Embeddings::new(vectors.concat(), 2);
        Searched::with(Path::new("run"), Cow::Owned(run), Some(vectors)).unwrap()
    }

    fn ids(found: &Found) -> Vec<(&str, usize)> {
        found.documents.iter().map(|document| (document.id.as_str(), document.copies)).collect()
    }

    const ALL: Wanted<'_> = Wanted { clusters: 9, documents: 9, within: None };

    #[test]
    fn the_nearest_come_first_and_copies_are_counted() {
        let searcher = searcher();
        let found = searcher.search(Query::Vector(&[1.0, 0.0]), ALL).unwrap();
        assert_eq!(ids(&found), [("d4", 1), ("d5", 0), ("d2", 0), ("d1", 0)]);
        assert_eq!(found.clusters[0].label, "right");
        assert_eq!(found.documents[0].label.as_deref(), Some("right"));
        let few = searcher.search(Query::Vector(&[1.0, 0.0]), Wanted { documents: 1, ..ALL }).unwrap();
        assert_eq!(ids(&few), [("d4", 1)]);
    }

    #[test]
    fn a_document_does_not_find_itself_and_a_cluster_is_searched_within() {
        let searcher = searcher();
        let like = searcher.search(Query::Like("d1"), ALL).unwrap();
        assert_eq!(ids(&like)[0], ("d2", 0));
        let within = searcher.search(Query::Like("d1"), Wanted { within: Some("right"), ..ALL }).unwrap();
        assert_eq!(ids(&within), [("d4", 1), ("d5", 0)]);
        assert!(within.documents.iter().all(|found| found.label.as_deref() == Some("right")));
        let central = searcher.search(Query::Cluster("c2"), Wanted { within: Some("c2"), ..ALL }).unwrap();
        assert_eq!(ids(&central)[0].0, "d4");
        for query in [Query::Like("d3"), Query::Like("none"), Query::Cluster("none")] {
            assert_eq!(searcher.search(query, ALL).unwrap_err().exit_code(), 2);
        }
    }
}
