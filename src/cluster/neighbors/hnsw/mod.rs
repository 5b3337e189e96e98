//! Rows are nodes of a graph of near rows; a query walks along it (HNSW, Malkov & Yashunin 2016,
//! arXiv 1603.09320).
//!
//! `hnsw_rs` builds the graph (`build`); it is searched (`graph`), saved and read (`saved`) here. Of the
//! crate's own index only the links are kept: 0.1 kB a row and not 5.5, no lock or count at every
//! step, and a file that can be read without trust, where the crate's loader panics or ends the
//! process.
//!
//! The graph is the same for any number of threads. Only insertion by one thread repeats itself, so
//! that rows are cut into shards, in their order; each is filled by one thread, shards side by side.
//! A query searches all of them.

mod build;
mod graph;
mod saved;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use super::{Best, ExactIndex, Neighbor, NeighborIndex, Neighborhoods};
use crate::error::Error;
use crate::vectors::{Embeddings, is_unit};
use graph::Graph;

/// Distinct rows of a shard at most. `hnsw_rs` writes a line to standard output at every 50,000th.
const SHARD: usize = 25_000;
/// Nodes that a search keeps at least: more of them find more, and take longer.
const WIDTH: usize = 100;

/// Walks along a graph of near rows.
#[derive(Debug, Clone, PartialEq)]
pub struct HnswIndex<'a> {
    /// n×d.
    embeddings: &'a Embeddings,
    /// Rows that are equal are one node: for each node its rows, ascending.
    members: Vec<Vec<u32>>,
    /// Nodes of a shard; the last one may have fewer.
    shard: usize,
    /// The graph of each shard.
    graphs: Vec<Graph>,
}

impl<'a> HnswIndex<'a> {
    /// Over n×d rows.
    ///
    /// # Errors
    /// [`Error::Embedder`] for a row that is not finite or not of length one.
    pub fn new(embeddings: &'a Embeddings) -> Result<HnswIndex<'a>, Error> {
        HnswIndex::in_shards(embeddings, SHARD)
    }

    /// The same in shards of so many distinct rows.
    fn in_shards(embeddings: &'a Embeddings, shard: usize) -> Result<HnswIndex<'a>, Error> {
        check(embeddings)?;
        let members = members(embeddings);
        let vector = |rows: &Vec<u32>| embeddings.row(rows[0] as usize);
        let shards = members.par_chunks(shard);
        let graphs = shards.map(|shard| build::build(shard.iter().map(vector))).collect();
        Ok(HnswIndex { embeddings, members, shard, graphs })
    }

    /// The `count` nearest rows, and how many inner products it took to find them.
    fn find(&self, query: &[f32], count: usize) -> (Vec<Neighbor>, u64) {
        if count == 0 {
            return (Vec::new(), 0);
        }
        let mut best = Best::new(count);
        let mut total = 0;
        for (graph, members) in self.graphs.iter().zip(self.members.chunks(self.shard)) {
            let row = |node: usize| self.embeddings.row(members[node][0] as usize);
            let (found, products) = graph.search(query, WIDTH.max(count), row);
            total += products;
            for Neighbor { index: node, similarity } in found {
                let rows = members[node].iter().map(|row| *row as usize);
                rows.for_each(|index| best.offer(Neighbor { index, similarity }));
            }
        }
        let found = best.sorted();
        if found.len() < count.min(self.embeddings.len()) {
            // What the graph does not lead to is found by looking at every row.
            let all = ExactIndex::new(self.embeddings).nearest(query, count);
            return (all, total + self.embeddings.len() as u64);
        }
        (found, total)
    }
}

impl NeighborIndex for HnswIndex<'_> {
    fn nearest(&self, query: &[f32], count: usize) -> Vec<Neighbor> {
        self.find(query, count).0
    }

    fn neighborhoods(&self, count: usize) -> Neighborhoods {
        let rows = (0..self.embeddings.len()).into_par_iter();
        let others = rows.map(|row| {
            let (mut found, products) = self.find(self.embeddings.row(row), count + 1);
            found.retain(|near| near.index != row);
            found.truncate(count);
            (found, products)
        });
        let (of, products): (Vec<Vec<Neighbor>>, Vec<u64>) = others.unzip();
        Neighborhoods { of, products: products.into_iter().sum() }
    }
}

/// Whether all rows are finite and of length one: `hnsw_rs` panics where they are not.
fn check(embeddings: &Embeddings) -> Result<(), Error> {
    match (0..embeddings.len()).find(|row| !is_unit(embeddings.row(*row))) {
        Some(row) => Err(Error::embedder(format!("the vector of row {row} is not finite or not of length one"))),
        None => Ok(()),
    }
}

/// The rows of each distinct vector, ascending, in the order of their first rows. Equal nodes would
/// be linked to one another alone, and not be found from elsewhere.
fn members(embeddings: &Embeddings) -> Vec<Vec<u32>> {
    let mut members: Vec<Vec<u32>> = Vec::new();
    let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
    for row in 0..embeddings.len() {
        let vector = embeddings.row(row);
        let alike = known.entry(hash(vector)).or_default();
        let is_equal = |node: &&usize| embeddings.row(members[**node][0] as usize) == vector;
        match alike.iter().find(is_equal).copied() {
            Some(node) => members[node].push(row as u32),
            None => {
                alike.push(members.len());
                members.push(vec![row as u32]);
            }
        }
    }
    members
}

fn hash(vector: &[f32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    vector.iter().for_each(|value| value.to_bits().hash(&mut hasher));
    hasher.finish()
}
