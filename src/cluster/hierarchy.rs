//! Groups joined two by two, by Ward's criterion: what the join adds to the squared distances within groups.

use std::cmp::Ordering;

use crate::vectors::{Embeddings, dot};

/// The cost of a join, and the two groups.
type Join = (f64, usize, usize);

fn cheaper(a: &Join, b: &Join) -> Ordering {
    a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2)))
}

/// Groups of leaves: weighted vectors that are joined step by step.
#[derive(Debug, Clone)]
pub struct Groups {
    /// For each group its leaves, ascending; empty once it has gone into another.
    members: Vec<Vec<usize>>,
    means: Vec<Vec<f32>>,
    weights: Vec<f64>,
}

impl Groups {
    /// Each of m rows (m×d) is a group of its own.
    pub fn new(rows: &Embeddings, weights: &[f64]) -> Groups {
        Groups {
            members: (0..rows.len()).map(|leaf| vec![leaf]).collect(),
            means: (0..rows.len()).map(|leaf| rows.row(leaf).to_vec()).collect(),
            weights: weights.to_vec(),
        }
    }

    /// Groups that there are, ascending.
    pub fn present(&self) -> Vec<usize> {
        (0..self.members.len()).filter(|&group| !self.members[group].is_empty()).collect()
    }

    /// The leaves of a group.
    pub fn members(&self, group: usize) -> &[usize] {
        &self.members[group]
    }

    /// The group of each leaf.
    pub fn of_leaves(&self) -> Vec<usize> {
        let mut groups = vec![0; self.members.len()];
        for group in self.present() {
            self.members[group].iter().for_each(|&leaf| groups[leaf] = group);
        }
        groups
    }

    /// What joining two groups adds to the squared distances within.
    pub fn cost(&self, one: usize, other: usize) -> f64 {
        let (a, b) = (&self.means[one], &self.means[other]);
        let squared = f64::from(dot(a, a) + dot(b, b) - 2.0 * dot(a, b)).max(0.0);
        let (wa, wb) = (self.weights[one], self.weights[other]);
        squared * wa * wb / (wa + wb)
    }

    /// Joins two groups: the one with the lower number stays.
    pub fn join(&mut self, one: usize, other: usize) {
        let (kept, gone) = (one.min(other), one.max(other));
        let share = (self.weights[gone] / (self.weights[kept] + self.weights[gone])) as f32;
        let from = std::mem::take(&mut self.means[gone]);
        self.means[kept].iter_mut().zip(from).for_each(|(to, from)| *to += share * (from - *to));
        self.weights[kept] += self.weights[gone];
        let leaves = std::mem::take(&mut self.members[gone]);
        self.members[kept].extend(leaves);
        self.members[kept].sort_unstable();
    }

    /// The cheapest join, of equal ones the first; none where one group is left.
    pub fn cheapest(&self) -> Option<(usize, usize)> {
        self.costs().into_iter().min_by(cheaper).map(|(_, one, other)| (one, other))
    }

    /// All joins, the cheapest first, of equal ones the first.
    pub fn by_cost(&self) -> Vec<(usize, usize)> {
        let mut costs = self.costs();
        costs.sort_by(cheaper);
        costs.into_iter().map(|(_, one, other)| (one, other)).collect()
    }

    /// Every two groups, the lower number first, with the cost of their join.
    fn costs(&self) -> Vec<Join> {
        let present = self.present();
        let joins = |(place, &other): (usize, &usize)| {
            present[..place].iter().map(|&one| (self.cost(one, other), one, other)).collect::<Vec<Join>>()
        };
        present.iter().enumerate().flat_map(joins).collect()
    }
}

/// All joins of m leaves down to one group.
#[derive(Debug, Clone)]
pub struct Hierarchy {
    /// m − 1 joins in order: the leaves of the one side and of the other.
    pub joins: Vec<[Vec<usize>; 2]>,
}

impl Hierarchy {
    /// Joins m weighted rows (m×d), the cheapest join first.
    pub fn new(rows: &Embeddings, weights: &[f64]) -> Hierarchy {
        let mut groups = Groups::new(rows, weights);
        let mut joins = Vec::new();
        while let Some((one, other)) = groups.cheapest() {
            joins.push([groups.members(one).to_vec(), groups.members(other).to_vec()]);
            groups.join(one, other);
        }
        Hierarchy { joins }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Embeddings {
        Embeddings::new(vec![0.0, 0.0, 0.1, 0.0, 5.0, 0.0, 5.0, 0.3, 9.0, 9.0], 2)
    }

    #[test]
    fn the_nearest_are_joined_first_and_all_in_the_end() {
        let hierarchy = Hierarchy::new(&points(), &[1.0; 5]);
        let joins: Vec<_> = hierarchy.joins.iter().map(|[a, b]| (a.clone(), b.clone())).collect();
        assert_eq!(joins[0], (vec![0], vec![1]));
        assert_eq!(joins[1], (vec![2], vec![3]));
        assert_eq!(joins.len(), 4);
        assert_eq!(joins[3].0.len() + joins[3].1.len(), 5);
        let mut groups = Groups::new(&points(), &[1.0; 5]);
        groups.join(3, 1);
        assert_eq!((groups.present(), groups.of_leaves()), (vec![0, 1, 2, 4], vec![0, 1, 2, 1, 4]));
    }

    #[test]
    fn a_heavy_group_costs_more_than_a_light_one() {
        let cost = |weight: f64| Groups::new(&points(), &[weight, 1.0, weight, 1.0, 1.0]).cost(0, 2);
        assert!((cost(1.0) - 12.5).abs() < 1e-9 && (cost(3.0) - 37.5).abs() < 1e-9);
    }
}
