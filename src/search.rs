//! What of a finished run is nearest to a text, to one of its documents, or to the middle of a cluster: exact, by all vectors.

use std::collections::HashMap;
use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;

use crate::error::Error;
use crate::message;
use crate::run::{AssignmentLine, ClusterLine, FinishedRun, Manifest, Status, read_run, recorded_embeddings};
use crate::vectors::{Embeddings, dot, group_means};

/// A finished run whose documents are searched.
#[derive(Debug)]
pub struct Searcher {
    run: FinishedRun,
    /// One row for each document with content (n×d).
    vectors: Embeddings,
    /// n: which document each row is of.
    documents: Vec<usize>,
    /// The unit vector of each cluster's mean, in the order of its lines; none where no member has content.
    centers: Vec<Option<Vec<f32>>>,
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
    /// The cluster that it fits best.
    pub cluster: Option<String>,
    /// The label of that cluster.
    pub label: Option<String>,
    /// Further documents with the same text.
    pub copies: usize,
}

impl Searcher {
    /// Reads a run directory.
    ///
    /// # Errors
    /// When it is none, its files are not what its run wrote, or it kept no vectors.
    pub fn open(path: &Path) -> Result<Searcher, Error> {
        let run = read_run(path)?;
        let Some(vectors) = recorded_embeddings(path, &run.manifest)? else {
            return Err(Error::file(&path.join("embeddings.npy"), "is missing: by it documents are searched"));
        };
        let rows = run.vector_rows();
        let documents: Vec<usize> = (0..rows.len()).filter(|&document| rows[document].is_some()).collect();
        if documents.len() != vectors.len() {
            return Err(Error::file(&path.join("embeddings.npy"), "is not of the documents of the run"));
        }
        let centers = centers(&run, &vectors, &documents);
        Ok(Searcher { run, vectors, documents, centers })
    }

    /// What the run was.
    pub fn manifest(&self) -> &Manifest {
        &self.run.manifest
    }

    /// The nearest clusters and documents.
    ///
    /// # Errors
    /// When a document or cluster that is named is not there.
    pub fn search(&self, query: Query<'_>, wanted: Wanted<'_>) -> Result<Found, Error> {
        let within = wanted.within.map(|name| self.cluster(name)).transpose()?;
        let (vector, own) = match query {
            Query::Vector(vector) => (vector.to_vec(), None),
            Query::Like(id) => {
                let row = self.row(id)?;
                (self.vectors.row(row).to_vec(), Some(self.documents[row]))
            }
            Query::Cluster(name) => (self.center(self.cluster(name)?)?, None),
        };
        Ok(Found {
            clusters: self.nearest_clusters(&vector, wanted.clusters),
            documents: self.nearest_documents(&vector, wanted.documents, within, own),
        })
    }

    fn nearest_clusters(&self, vector: &[f32], most: usize) -> Vec<FoundCluster> {
        let lines = self.run.clusters.iter().zip(&self.centers);
        let found = |(line, center): (&ClusterLine, &Option<Vec<f32>>)| {
            let similarity = dot(center.as_ref()?, vector);
            Some(FoundCluster { id: line.id.clone(), label: line.label.clone(), size: line.size, similarity })
        };
        let mut found: Vec<FoundCluster> = lines.filter_map(found).collect();
        found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        found.truncate(most);
        found
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
            let cluster = lines[document].primary.clone();
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
        (0..self.documents.len()).find(of_id).ok_or_else(|| {
            Error::Usage(message!("{@like}: the run has no document {id} with content", id = format!("{id:?}")))
        })
    }

    /// A cluster by its id, or by a label that only it has.
    fn cluster(&self, name: &str) -> Result<&ClusterLine, Error> {
        let by_id = self.run.clusters.iter().find(|cluster| cluster.id == name);
        let mut by_label = self.run.clusters.iter().filter(|cluster| cluster.label == name);
        let by_label = by_label.next().filter(|_| by_label.next().is_none());
        by_id.or(by_label).ok_or_else(|| {
            let there: Vec<String> =
                self.run.clusters.iter().map(|one| format!("{} ({})", one.id, one.label)).collect();
            let name = format!("{name:?}");
            Error::Usage(message!(
                "{@cluster}: the run has no cluster {name}, but {there}",
                name,
                there = there.join(", ")
            ))
        })
    }

    fn center(&self, cluster: &ClusterLine) -> Result<Vec<f32>, Error> {
        let place = self.run.clusters.iter().position(|line| line.id == cluster.id);
        let center = place.and_then(|place| self.centers[place].clone());
        center.ok_or_else(|| Error::usage(format!("the cluster {} has no documents with content", cluster.id)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::RunBuilder;

    /// Two clusters of two and three documents; the third vector of the second is a copy, and one document is an answer without
    /// content.
    fn searcher() -> Searcher {
        let run = RunBuilder::by_goal("x")
            .cluster("up", "p", &["north", "north-east"])
            .uncovered("n/a", crate::run::NO_CONTENT)
            .cluster("right", "q", &["east", "south-east", "east"])
            .build();
        let vectors = [[0.0, 1.0], [0.6, 0.8], [1.0, 0.0], [0.8, -0.6], [1.0, 0.0]];
        let vectors = Embeddings::new(vectors.concat(), 2);
        let documents = vec![0, 1, 3, 4, 5];
        let centers = centers(&run, &vectors, &documents);
        Searcher { run, vectors, documents, centers }
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
        let central = searcher.search(Query::Cluster("c2"), Wanted { within: Some("c2"), ..ALL }).unwrap();
        assert_eq!(ids(&central)[0].0, "d4");
        for query in [Query::Like("d3"), Query::Like("none"), Query::Cluster("none")] {
            assert_eq!(searcher.search(query, ALL).unwrap_err().exit_code(), 2);
        }
    }
}
