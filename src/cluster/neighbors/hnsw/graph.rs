//! The search in a graph of near rows: from an entry to ever nearer neighbors.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::super::{Neighbor, nearer};
use crate::vectors::dot;

/// Links of s nodes, s at least 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Graph {
    /// s + 1: where the links of each node begin, and where the last ones end.
    pub starts: Vec<u32>,
    /// Nodes that are near, ascending for each node.
    pub links: Vec<u32>,
    /// The node that every search begins at.
    pub entry: u32,
}

/// A node and its similarity to the query; the greater is the nearer, ties by node.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Near(Neighbor);

impl Eq for Near {}

impl Ord for Near {
    fn cmp(&self, other: &Near) -> Ordering {
        nearer(&other.0, &self.0)
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Near) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Graph {
    /// s.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The nodes that a node is linked to.
    fn links(&self, node: usize) -> &[u32] {
        &self.links[self.starts[node] as usize..self.starts[node + 1] as usize]
    }

    /// About the `width` nearest nodes, in no order, and how many inner products with the query (d)
    /// it took to find them. `row` gives a node's vector (d).
    ///
    /// Best-first search: of the nodes that were met, the nearest whose links were not followed yet
    /// is next, until it is further from the query than the `width` nearest that were met.
    pub fn search<'a>(&self, query: &[f32], width: usize, row: impl Fn(usize) -> &'a [f32]) -> (Vec<Neighbor>, u64) {
        let near = |index: usize| Near(Neighbor { index, similarity: dot(query, row(index)) });
        let first = near(self.entry as usize);
        let mut met = vec![false; self.len()];
        met[first.0.index] = true;
        let mut products = 1;
        let (mut open, mut best) = (BinaryHeap::from([first]), BinaryHeap::from([Reverse(first)]));
        while let Some(next) = open.pop() {
            let is_full = best.len() >= width;
            if is_full && best.peek().is_some_and(|furthest| next < furthest.0) {
                break;
            }
            for &link in self.links(next.0.index) {
                if std::mem::replace(&mut met[link as usize], true) {
                    continue;
                }
                products += 1;
                let near = near(link as usize);
                if best.len() < width || best.peek().is_some_and(|furthest| near > furthest.0) {
                    open.push(near);
                    best.push(Reverse(near));
                    if best.len() > width {
                        best.pop();
                    }
                }
            }
        }
        (best.into_iter().map(|near| near.0.0).collect(), products)
    }
}
