//! Communities of a graph of neighbors, by the Louvain method (Blondel, Guillaume, Lambiotte and Lefebvre, 2008): nodes move to
//! the community that raises modularity most until none does, communities become nodes of a smaller graph, and so on.
//!
//! The method is greedy and depends on the order of the nodes: of a few orders the most modular result is taken. O(edges) a pass,
//! a few passes a level.

use super::Neighbor;
use super::choose::{edges, modularity};
use crate::seed::{generator, shuffle};

/// Orders in which the nodes are visited.
const ORDERS: u64 = 5;
/// Gains below this are rounding.
const LEAST: f64 = 1e-9;

/// For each of n rows with their nearest others the community of the graph that these make, numbered from 0.
pub fn neighbor_communities(near: &[Vec<Neighbor>]) -> Vec<usize> {
    communities(&edges(near), near.len())
}

/// For each of n nodes its community, numbered from 0; `edges` are pairs of different nodes, each pair once.
pub(super) fn communities(edges: &[(usize, usize)], nodes: usize) -> Vec<usize> {
    let whole = Graph::new(edges, nodes);
    let found = (0..ORDERS).map(|order| {
        let labels = louvain(&whole, order);
        (modularity(edges, &labels, nodes), labels)
    });
    let best = found.reduce(|best, other| if other.0 > best.0 + LEAST { other } else { best });
    best.map_or_else(Vec::new, |(_, labels)| labels)
}

/// A weighted graph; what a community is made of has become an edge to itself.
struct Graph {
    /// For each node its neighbors, ascending, with the weight of the edge.
    near: Vec<Vec<(usize, f64)>>,
    /// The weights of all its edges; those to itself count twice.
    degrees: Vec<f64>,
}

impl Graph {
    fn new(edges: &[(usize, usize)], nodes: usize) -> Graph {
        let both = edges.iter().flat_map(|&(a, b)| [(a, b, 1.0), (b, a, 1.0)]).collect();
        Graph { near: joined(both, nodes), degrees: degrees(edges, nodes) }
    }

    /// The graph whose nodes are the communities.
    fn of(&self, labels: &[usize], count: usize) -> Graph {
        let mut between = Vec::new();
        let mut degrees = vec![0.0; count];
        for (node, near) in self.near.iter().enumerate() {
            degrees[labels[node]] += self.degrees[node];
            let others = near.iter().filter(|(other, _)| labels[*other] != labels[node]);
            between.extend(others.map(|&(other, weight)| (labels[node], labels[other], weight)));
        }
        Graph { near: joined(between, count), degrees }
    }

    /// Moves nodes until none gains; returns the community of each, numbered from 0, and their number.
    fn settled(&self, order: &[usize]) -> (Vec<usize>, usize) {
        let mut labels: Vec<usize> = (0..self.near.len()).collect();
        let mut sums = self.degrees.clone();
        let total: f64 = self.degrees.iter().sum();
        let mut is_moving = true;
        while is_moving {
            is_moving = false;
            for &node in order {
                let best = self.best(node, &labels, &sums, total);
                if best != labels[node] {
                    sums[labels[node]] -= self.degrees[node];
                    sums[best] += self.degrees[node];
                    labels[node] = best;
                    is_moving = true;
                }
            }
        }
        renumbered(labels)
    }

    /// The community that a node belongs to best: its own, unless another one raises modularity.
    fn best(&self, node: usize, labels: &[usize], sums: &[f64], total: f64) -> usize {
        let own = labels[node];
        let mut towards: Vec<(usize, f64)> =
            self.near[node].iter().map(|&(other, weight)| (labels[other], weight)).collect();
        towards.push((own, 0.0));
        towards.sort_by_key(|(label, _)| *label);
        let gain = |label: usize, weight: f64| {
            let others = if label == own { sums[label] - self.degrees[node] } else { sums[label] };
            weight - others * self.degrees[node] / total
        };
        let gains: Vec<(usize, f64)> = towards
            .chunk_by(|one, other| one.0 == other.0)
            .map(|same| (same[0].0, gain(same[0].0, same.iter().map(|(_, weight)| weight).sum())))
            .collect();
        let stays = gains.iter().find(|(label, _)| *label == own).map_or(0.0, |(_, gain)| *gain);
        let mut best = (own, stays);
        for (label, gain) in gains {
            if gain > best.1 + LEAST {
                best = (label, gain);
            }
        }
        best.0
    }
}

/// One run of the method.
fn louvain(whole: &Graph, order: u64) -> Vec<usize> {
    let mut random = generator(0, "communities", &[order]);
    let mut labels: Vec<usize> = (0..whole.near.len()).collect();
    let mut graph = Graph { near: whole.near.clone(), degrees: whole.degrees.clone() };
    loop {
        let mut nodes: Vec<usize> = (0..graph.near.len()).collect();
        shuffle(&mut nodes, &mut random);
        let (found, count) = graph.settled(&nodes);
        if count == nodes.len() {
            return labels;
        }
        labels.iter_mut().for_each(|label| *label = found[*label]);
        graph = graph.of(&found, count);
    }
}

/// Neighbors by node, ascending; edges between the same two nodes are added up.
fn joined(mut edges: Vec<(usize, usize, f64)>, nodes: usize) -> Vec<Vec<(usize, f64)>> {
    edges.sort_by_key(|&(one, other, _)| (one, other));
    let mut near = vec![Vec::new(); nodes];
    for same in edges.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        near[same[0].0].push((same[0].1, same.iter().map(|(.., weight)| weight).sum()));
    }
    near
}

fn degrees(edges: &[(usize, usize)], nodes: usize) -> Vec<f64> {
    let mut degrees = vec![0.0; nodes];
    for &(a, b) in edges {
        degrees[a] += 1.0;
        degrees[b] += 1.0;
    }
    degrees
}

/// Labels from 0 in the order of their first node, and how many there are.
fn renumbered(mut labels: Vec<usize>) -> (Vec<usize>, usize) {
    let mut numbers = vec![None; labels.len()];
    let mut count = 0;
    for label in &mut labels {
        let number = *numbers[*label].get_or_insert_with(|| {
            count += 1;
            count - 1
        });
        *label = number;
    }
    (labels, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cliques of five nodes in a ring, each joined to the next by one edge.
    fn ring(cliques: usize) -> Vec<(usize, usize)> {
        let inside =
            |clique: usize| (0..5).flat_map(move |a| (a + 1..5).map(move |b| (5 * clique + a, 5 * clique + b)));
        let between = |clique: usize| {
            let next = 5 * ((clique + 1) % cliques);
            (next.min(5 * clique + 4), next.max(5 * clique + 4))
        };
        (0..cliques).flat_map(inside).chain((0..cliques).map(between)).collect()
    }

    #[test]
    fn cliques_of_a_ring_are_its_communities() {
        let edges = ring(7);
        let labels = communities(&edges, 35);
        assert_eq!(labels, (0..35).map(|node| node / 5).collect::<Vec<_>>());
        // Known in closed form: 10 of 11 edges a clique are inside, and each clique has one seventh of the degrees.
        assert!((modularity(&edges, &labels, 7) - (10.0 / 11.0 - 1.0 / 7.0)).abs() < 1e-12);
    }

    #[test]
    fn a_graph_without_edges_has_a_community_a_node_and_no_nodes_have_none() {
        assert_eq!(communities(&[], 3), [0, 1, 2]);
        assert_eq!(communities(&[], 0), [0; 0]);
        assert_eq!(communities(&[(0, 1)], 2), [0, 0]);
    }
}
