//! Shards of the graph, each built by `hnsw_rs`.

use hnsw_rs::prelude::{Distance, Hnsw};

use super::graph::Graph;
use crate::vectors::dot;

/// Links of a node in every layer but the lowest, which has twice as many (M in the paper).
const LINKS: usize = 16;
/// Nearest nodes among which a new node chooses those that it is linked to.
const CHOSEN_FROM: usize = 100;
/// Layers at most.
const LAYERS: usize = 16;

/// One minus the cosine of unit vectors, never below 0: rounding may bring the cosine above 1, and
/// `hnsw_rs` panics at distances below 0.
#[derive(Debug, Clone, Copy, Default)]
struct Angle;

impl Distance<f32> for Angle {
    fn eval(&self, left: &[f32], right: &[f32]) -> f32 {
        (1.0 - dot(left, right)).max(0.0)
    }
}

/// The graph of some finite unit rows (s×d), s at least 1, inserted in their order on the calling
/// thread.
///
/// `hnsw_rs` draws the layer of each node from a generator of the index's own with a fixed seed, so
/// that the same rows in the same order give the same graph. Insertion from several threads would
/// not: which nodes are there to be linked to would depend on who came first.
pub(super) fn build<'a>(rows: impl ExactSizeIterator<Item = &'a [f32]>) -> Graph {
    let count = rows.len();
    let graph = Hnsw::new(LINKS, count, LAYERS, CHOSEN_FROM, Angle);
    rows.enumerate().for_each(|(node, row)| graph.insert((row, node)));
    flat(&graph, count)
}

/// The same graph without layers: a node's links in any of them, and the first node of the highest
/// as entry.
///
/// Among vectors of many dimensions the layers save no work (Munyampirwa, Lakshman & Coleman 2024,
/// arXiv 2412.01940); and the crate links a new node of a high layer back in that layer alone, so
/// that a search of its lowest one may miss it.
fn flat(graph: &Hnsw<'_, f32, Angle>, count: usize) -> Graph {
    let points = graph.get_point_indexation();
    let mut links = vec![Vec::new(); count];
    for layer in 0..=usize::from(graph.get_max_level_observed()) {
        for point in points.get_layer_iterator(layer) {
            let near = point.get_neighborhood_id().into_iter().flatten();
            links[point.get_origin_id()] = near.map(|near| near.d_id as u32).collect();
        }
    }
    let top = usize::from(graph.get_max_level_observed());
    let entry = points.get_layer_iterator(top).next().map_or(0, |point| point.get_origin_id());
    let mut starts = vec![0];
    for (node, links) in links.iter_mut().enumerate() {
        links.retain(|link| *link as usize != node);
        links.sort_unstable();
        links.dedup();
        starts.push(starts[node] + links.len() as u32);
    }
    Graph { starts, links: links.concat(), entry: entry as u32 }
}
