//! Rows are put into the cells of a k-means; a query is compared with the rows of the cells whose centres are nearest to it.
//!
//! Chosen before HNSW (the feature `hnsw`): it is built in a tenth of the time, by the products that k-means is built of, on
//! all cores; it takes eight bytes a row beside the vectors, and finds more (`evals/SPEED.md`).

use rayon::prelude::*;

use super::{Best, Neighbor, NeighborIndex, Neighborhoods};
use crate::cluster::lloyd::{Rows, State, members};
use crate::cluster::nearest_centroids;
use crate::seed::generator;
use crate::vectors::{Embeddings, dot, inner_products};

/// Cells, in square roots of n: more of them leave less to compare in each, and more to choose among.
const CELLS: f64 = 2.0;
/// Cells whose rows are compared with a query.
const PROBES: usize = 32;
/// Rows from which the centres are learned, a cell.
const LEARNED_FROM: usize = 40;
/// Steps of k-means at most: what cells are for does not need them to be the best.
const STEPS: usize = 10;
/// Queries that are answered together, on one thread.
const BLOCK: usize = 512;
/// Where randomness begins: the index is no part of what a run's seed decides.
const SEED: u64 = 0;

/// Compares the query with the rows of the nearest cells.
#[derive(Debug)]
pub struct CellIndex<'a> {
    /// n×d.
    embeddings: &'a Embeddings,
    /// c×d.
    centres: Embeddings,
    /// c lists of rows, ascending.
    cells: Vec<Vec<usize>>,
}

impl<'a> CellIndex<'a> {
    /// Over n×d rows, n at least 1.
    pub fn new(embeddings: &'a Embeddings) -> CellIndex<'a> {
        let n = embeddings.len();
        let wanted = ((CELLS * (n as f64).sqrt()) as usize).clamp(1, n);
        let centres = centres(embeddings, wanted);
        let cells = members(&nearest_centroids(embeddings, &centres), centres.len());
        CellIndex { embeddings, centres, cells }
    }

    /// The centres of the cells (c×d).
    pub fn centres(&self) -> &Embeddings {
        &self.centres
    }

    /// For each cell its rows, ascending.
    pub fn cells(&self) -> &[Vec<usize>] {
        &self.cells
    }

    /// For each row of one cell its neighborhood, and how many inner products that took.
    fn of_cell(&self, cell: usize, count: usize) -> (Vec<Vec<Neighbor>>, u64) {
        let rows = &self.cells[cell];
        let (mut nearest, products) = self.find(&self.embeddings.select(rows), count + 1);
        for (row, nearest) in rows.iter().zip(&mut nearest) {
            nearest.retain(|near| near.index != *row);
            nearest.truncate(count);
        }
        (nearest, products)
    }

    /// The `count` nearest rows of each of q queries (q×d), nearest first: what as many single queries find, for less.
    pub fn nearest_of(&self, queries: &Embeddings, count: usize) -> Vec<Vec<Neighbor>> {
        let all: Vec<usize> = (0..queries.len()).collect();
        let blocks = all.par_chunks(BLOCK).map(|block| self.find(&queries.select(block), count).0);
        blocks.flatten_iter().collect()
    }

    /// The same on the calling thread, and how many inner products that took.
    fn find(&self, queries: &Embeddings, count: usize) -> (Vec<Vec<Neighbor>>, u64) {
        if queries.is_empty() {
            return (Vec::new(), 0);
        }
        let mut best = vec![Best::new(count); queries.len()];
        let mut products = (queries.len() * self.centres.len()) as u64;
        for (asked, askers) in self.askers(queries, count) {
            products += (askers.len() * self.cells[asked].len()) as u64;
            let (asking, found) = (queries.select(&askers), self.embeddings.select(&self.cells[asked]));
            let scores = product(&asking, &found);
            for (&asker, scores) in askers.iter().zip(scores.rows()) {
                let offered = self.cells[asked].iter().zip(scores);
                offered.for_each(|(&index, &similarity)| best[asker].offer(Neighbor { index, similarity }));
            }
        }
        (best.into_iter().map(Best::sorted).collect(), products)
    }

    /// The cells that some queries are to be compared with, ascending, each with the places of those queries.
    fn askers(&self, queries: &Embeddings, count: usize) -> Vec<(usize, Vec<usize>)> {
        let mut askers = vec![Vec::new(); self.cells.len()];
        for (place, similarities) in product(queries, &self.centres).rows().into_iter().enumerate() {
            let probed = self.probed(similarities.as_slice().unwrap_or(&[]), count);
            probed.into_iter().for_each(|cell| askers[cell].push(place));
        }
        askers.into_iter().enumerate().filter(|(_, askers)| !askers.is_empty()).collect()
    }

    /// The cells with the highest similarities (c) to a query: enough of them to hold `count` rows.
    fn probed(&self, similarities: &[f32], count: usize) -> Vec<usize> {
        let nearest = |cells: usize| {
            let mut best = Best::new(cells);
            let all = similarities.iter().enumerate();
            all.for_each(|(index, &similarity)| best.offer(Neighbor { index, similarity }));
            best.sorted().into_iter().map(|cell| cell.index).collect::<Vec<_>>()
        };
        let rows = |cells: &[usize]| cells.iter().map(|&cell| self.cells[cell].len()).sum::<usize>();
        let mut probes = PROBES;
        let mut probed = nearest(probes);
        while probes < self.cells.len() && rows(&probed) < count {
            probes *= 2;
            probed = nearest(probes);
        }
        probed
    }
}

impl NeighborIndex for CellIndex<'_> {
    fn nearest(&self, query: &[f32], count: usize) -> Vec<Neighbor> {
        let similarities: Vec<f32> = (0..self.centres.len()).map(|cell| dot(query, self.centres.row(cell))).collect();
        let mut best = Best::new(count);
        for cell in self.probed(&similarities, count) {
            for &index in &self.cells[cell] {
                best.offer(Neighbor { index, similarity: dot(query, self.embeddings.row(index)) });
            }
        }
        best.sorted()
    }

    fn neighborhoods(&self, count: usize) -> Neighborhoods {
        let cells = (0..self.cells.len()).into_par_iter();
        let found: Vec<(Vec<Vec<Neighbor>>, u64)> = cells.map(|cell| self.of_cell(cell, count)).collect();
        let mut of = vec![Vec::new(); self.embeddings.len()];
        let mut total = 0;
        for (rows, (lists, products)) in self.cells.iter().zip(found) {
            total += products;
            rows.iter().zip(lists).for_each(|(&row, list)| of[row] = list);
        }
        Neighborhoods { of, products: total }
    }
}

/// Centres of up to `wanted` cells, learned from rows at equal distances.
fn centres(embeddings: &Embeddings, wanted: usize) -> Embeddings {
    let step = (embeddings.len() / (LEARNED_FROM * wanted)).max(1);
    let learned_from = embeddings.select(&(0..embeddings.len()).step_by(step).collect::<Vec<_>>());
    let weights = vec![1.0; learned_from.len()];
    let rows = Rows { embeddings: &learned_from, weights: &weights };
    let mut random = generator(SEED, "cells", &[wanted as u64]);
    State::seeded_in_batches(rows, wanted, &mut random).refined(rows, STEPS, false).centroids
}

/// a×d rows by b×d rows: a×b, on the calling thread.
fn product(left: &Embeddings, right: &Embeddings) -> ndarray::Array2<f32> {
    inner_products(left.values(), right.values(), left.dimensions())
}
