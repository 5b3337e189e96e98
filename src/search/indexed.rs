//! A run whose index is read: the texts of the nearest cells are compared, and the lines of what is found are read.

use std::collections::HashMap;
use std::path::Path;

use super::clusters::{Clusters, no_document};
use super::index::{Entry, IndexFile, Member};
use super::{Found, FoundDocument, Query, Wanted};
use crate::cluster::{Best, Neighbor};
use crate::error::Error;
use crate::run::{Manifest, vouched_clusters};
use crate::vectors::dot;

/// Cells whose texts are compared with a query at least.
const PROBES: usize = 48;
/// Texts that are compared by their own vectors, for each that is wanted: in eight bits they are ordered nearly as they are.
const COMPARED: usize = 4;
/// And as many more.
const COMPARED_MORE: usize = 32;

/// A run with its index.
#[derive(Debug)]
pub struct Indexed {
    clusters: Clusters,
    index: IndexFile,
}

impl Indexed {
    /// The index of a run; none where there is none.
    ///
    /// # Errors
    /// When it is damaged or of another run, or the clusters are not those that the manifest vouches for.
    pub fn open(run: &Path, manifest: &Manifest) -> Result<Option<Indexed>, Error> {
        let Some(mut index) = IndexFile::open(run, manifest)? else { return Ok(None) };
        let lines = vouched_clusters(run, manifest)?;
        let centers = std::mem::take(&mut index.centers);
        if lines.len() != centers.len() {
            return Err(Error::file(run, "has an index of other clusters"));
        }
        Ok(Some(Indexed { clusters: Clusters { lines, centers }, index }))
    }

    /// The nearest clusters and documents.
    ///
    /// # Errors
    /// [`Error::Usage`] when a document or cluster that is named is not there; any other when a file is damaged.
    pub fn search(&self, query: Query<'_>, wanted: Wanted<'_>) -> Result<Found, Error> {
        let within = wanted.within.map(|name| self.clusters.named(name)).transpose()?;
        let (vector, own) = match query {
            Query::Vector(vector) => (vector.to_vec(), None),
            Query::Like(id) => {
                let (row, vector) = self.index.find(id)?.ok_or_else(|| no_document(id))?;
                (vector, Some(row))
            }
            Query::Cluster(name) => (self.clusters.center(self.clusters.named(name)?)?.to_vec(), None),
        };
        // The document itself may be among them.
        let most = wanted.documents.saturating_add(usize::from(own.is_some()));
        let near: Vec<(f32, Entry)> = match within {
            Some(cluster) => self.near(self.members(cluster, own)?, &vector, most)?,
            None => {
                let near = self.near(self.likely(&vector, most)?, &vector, most)?;
                near.into_iter().filter_map(|near| self.without(near, own).transpose()).collect::<Result<_, Error>>()?
            }
        };
        let found = near.into_iter().take(wanted.documents).map(|near| self.document(near, within));
        Ok(Found {
            clusters: self.clusters.nearest(&vector, wanted.clusters),
            documents: found.collect::<Result<_, Error>>()?,
        })
    }

    /// The texts of the nearest cells that may be among the nearest, by their vectors in eight bits.
    fn likely(&self, vector: &[f32], most: usize) -> Result<Vec<Entry>, Error> {
        let centres = self.index.centres();
        let mut cells = Best::new(centres.len());
        let cell = |index| Neighbor { index, similarity: dot(vector, centres.row(index)) };
        (0..centres.len()).for_each(|index| cells.offer(cell(index)));
        let (mut compared, mut best) = (Vec::new(), Best::new(most.saturating_mul(COMPARED) + COMPARED_MORE));
        for (probed, cell) in cells.sorted().into_iter().enumerate() {
            if probed >= PROBES && compared.len() >= most {
                break;
            }
            for (entry, similarity) in self.index.cell(cell.index, vector)? {
                best.offer(Neighbor { index: compared.len(), similarity });
                compared.push(entry);
            }
        }
        Ok(best.sorted().into_iter().map(|near| compared[near.index]).collect())
    }

    /// The nearest of some texts, by their own vectors.
    fn near(&self, texts: Vec<Entry>, vector: &[f32], most: usize) -> Result<Vec<(f32, Entry)>, Error> {
        let mut near = self.index.compared(texts, vector)?;
        near.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.row.cmp(&b.1.row)));
        near.truncate(most);
        Ok(near)
    }

    /// A text without the document that others are to be like: the next one with its text stands for it, or nothing.
    fn without(&self, (similarity, entry): (f32, Entry), own: Option<u32>) -> Result<Option<(f32, Entry)>, Error> {
        let Some(own) = own else { return Ok(Some((similarity, entry))) };
        let mut rows = vec![entry.row];
        while !rows.contains(&own) && rows.len() <= entry.copies as usize {
            let Some(next) = self.index.row(rows[rows.len() - 1])?.next else { break };
            rows.push(next);
        }
        if !rows.contains(&own) {
            return Ok(Some((similarity, entry)));
        }
        let Some(copies) = entry.copies.checked_sub(1) else { return Ok(None) };
        let row = if entry.row == own { self.index.row(own)?.next } else { Some(entry.row) };
        Ok(row.map(|row| (similarity, Entry { row, copies, ..entry })))
    }

    /// The texts of a cluster, without one document.
    fn members(&self, cluster: usize, own: Option<u32>) -> Result<Vec<Entry>, Error> {
        let (mut texts, mut places): (Vec<Entry>, HashMap<u32, usize>) = (Vec::new(), HashMap::new());
        for Member { row, first, crc } in self.index.members(cluster)? {
            match places.get(&first) {
                _ if own == Some(row) => {}
                Some(&place) => texts[place].copies += 1,
                None => {
                    places.insert(first, texts.len());
                    texts.push(Entry { row, copies: 0, crc });
                }
            }
        }
        Ok(texts)
    }

    fn document(&self, (similarity, entry): (f32, Entry), within: Option<usize>) -> Result<FoundDocument, Error> {
        let row = self.index.row(entry.row)?;
        let line = self.index.document(row)?;
        let cluster = within.or(row.cluster).and_then(|place| self.clusters.lines.get(place));
        Ok(FoundDocument {
            id: line.id,
            text: line.text,
            similarity,
            cluster: cluster.map(|cluster| cluster.id.clone()),
            label: cluster.map(|cluster| cluster.label.clone()),
            copies: entry.copies as usize,
        })
    }
}
