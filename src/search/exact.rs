//! A whole run in memory: every vector is compared.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use rayon::prelude::*;

use super::clusters::{Clusters, no_document};
use super::{Found, FoundDocument, Query, Wanted};
use crate::error::Error;
use crate::run::{
    AssignmentLine, ClusterLine, FinishedRun, Manifest, Status, embeddings_file, read_run, recorded_embeddings,
};
use crate::vectors::{Embeddings, dot, group_means};

/// A finished run whose documents are searched.
#[derive(Debug)]
pub struct Searched<'r> {
    /// The run.
    pub run: Cow<'r, FinishedRun>,
    /// Its clusters.
    pub clusters: Clusters,
    /// One row for each document with content (n×d).
    pub vectors: Embeddings,
    /// n: which document each row is of.
    pub documents: Vec<usize>,
}

impl<'r> Searched<'r> {
    /// Reads a run directory.
    ///
    /// # Errors
    /// When it is none, its files are not what its run wrote, or it kept no vectors.
    pub fn open(path: &Path) -> Result<Searched<'static>, Error> {
        let run = read_run(path)?;
        let vectors = recorded_embeddings(path, &run.manifest)?;
        Searched::with(path, Cow::Owned(run), vectors)
    }

    /// A run that was read already.
    ///
    /// # Errors
    /// When its vectors are not what its run wrote, or it kept none.
    pub fn of(path: &Path, manifest: &Manifest, run: &'r FinishedRun) -> Result<Searched<'r>, Error> {
        Searched::with(path, Cow::Borrowed(run), recorded_embeddings(path, manifest)?)
    }

    /// A run and its vectors (n×d).
    pub(super) fn with(
        path: &Path,
        run: Cow<'r, FinishedRun>,
        vectors: Option<Embeddings>,
    ) -> Result<Searched<'r>, Error> {
        let file = embeddings_file(path);
        let vectors = vectors.ok_or_else(|| Error::file(&file, "is missing: by it documents are searched"))?;
        let rows = run.vector_rows();
        let documents: Vec<usize> = (0..rows.len()).filter(|&document| rows[document].is_some()).collect();
        if documents.len() != vectors.len() {
            return Err(Error::file(&file, "is not of the documents of the run"));
        }
        let centers = centers(&run, &vectors, &documents);
        let clusters = Clusters { lines: run.clusters.clone(), centers };
        Ok(Searched { run, clusters, vectors, documents })
    }

    /// The nearest clusters and documents.
    ///
    /// # Errors
    /// When a document or cluster that is named is not there.
    pub fn search(&self, query: Query<'_>, wanted: Wanted<'_>) -> Result<Found, Error> {
        let within = wanted.within.map(|name| self.clusters.named(name)).transpose()?;
        let (vector, own) = match query {
            Query::Vector(vector) => (vector, None),
            Query::Like(id) => {
                let row = self.row(id)?;
                (self.vectors.row(row), Some(self.documents[row]))
            }
            Query::Cluster(name) => (self.clusters.center(self.clusters.named(name)?)?, None),
        };
        let within = within.map(|place| &self.clusters.lines[place]);
        Ok(Found {
            clusters: self.clusters.nearest(vector, wanted.clusters),
            documents: self.nearest_documents(vector, wanted.documents, within, own),
        })
    }

    fn nearest_documents(
        &self,
        vector: &[f32],
        most: usize,
        within: Option<&ClusterLine>,
        own: Option<usize>,
    ) -> Vec<FoundDocument> {
        let lines: Vec<&AssignmentLine> =
            self.run.assignments.iter().filter(|line| line.status != Status::Skipped).collect();
        let is_wanted = |row: &usize| {
            let document = self.documents[*row];
            let is_within = |cluster: &ClusterLine| lines[document].clusters.iter().any(|held| held.id == cluster.id);
            own != Some(document) && within.is_none_or(is_within)
        };
        let rows = (0..self.vectors.len()).into_par_iter().filter(is_wanted);
        let mut near: Vec<(f32, usize)> = rows.map(|row| (dot(self.vectors.row(row), vector), row)).collect();
        near.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let labels: HashMap<&str, &str> =
            self.run.clusters.iter().map(|cluster| (cluster.id.as_str(), cluster.label.as_str())).collect();
        let (mut found, mut places): (Vec<FoundDocument>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
        for (similarity, row) in near {
            let document = self.documents[row];
            let line = &self.run.documents[document];
            if let Some(&place) = line.text.as_deref().and_then(|text| places.get(text)) {
                found[place].copies += 1;
                continue;
            }
            if found.len() == most {
                break;
            }
            line.text.as_deref().into_iter().for_each(|text| {
                places.insert(text, found.len());
            });
            let cluster = within.map(|within| within.id.clone()).or_else(|| lines[document].primary.clone());
            let label = cluster.as_deref().and_then(|id| labels.get(id)).map(|label| (*label).to_owned());
            found.push(FoundDocument {
                id: line.id.clone(),
                text: line.text.clone(),
                similarity,
                cluster,
                label,
                copies: 0,
            });
        }
        found
    }

    /// The row of a document.
    fn row(&self, id: &str) -> Result<usize, Error> {
        let of_id = |row: &usize| self.run.documents[self.documents[*row]].id == id;
        (0..self.documents.len()).find(of_id).ok_or_else(|| no_document(id))
    }
}

/// The unit vector of each cluster's mean.
fn centers(run: &FinishedRun, vectors: &Embeddings, documents: &[usize]) -> Vec<Option<Vec<f32>>> {
    let place: HashMap<&str, usize> =
        run.clusters.iter().enumerate().map(|(place, cluster)| (cluster.id.as_str(), place)).collect();
    let lines: Vec<&AssignmentLine> = run.assignments.iter().filter(|line| line.status != Status::Skipped).collect();
    let groups = |document: usize| {
        let held = &lines[document].clusters;
        held.iter().filter_map(|held| place.get(held.id.as_str()).copied())
    };
    let held = documents.iter().enumerate().map(|(row, &document)| (row, groups(document)));
    group_means(vectors, held, run.clusters.len(), &vec![0.0; vectors.dimensions()])
}
