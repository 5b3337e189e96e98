//! Ward's hierarchy of weighted rows, cut where k groups are left (the nearest-neighbor chain of Benzécri and Juan, 1982).
//!
//! Costs m² distances and as many steps, so m is to be some thousands at most.

use rayon::prelude::*;

use crate::vectors::{Embeddings, dot, inner_products};

/// Rows whose costs are computed at once.
const AT_ONCE: usize = 256;

/// A join: what it adds to the squared distances within groups, and a leaf of either side.
type Join = (f64, usize, usize);

/// For each of m weighted rows (m×d) its group, numbered from 0 by the first row: k groups, or m where there are fewer rows.
pub(super) fn ward(rows: &Embeddings, weights: &[f64], k: usize) -> Vec<usize> {
    let mut joins = Costs::new(rows, weights).joins();
    // A later join is never cheaper than one that it rests on, so that the cheapest ones come first in the tree as well.
    joins.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut leaders: Vec<usize> = (0..rows.len()).collect();
    for &(_, one, other) in &joins[..rows.len().saturating_sub(k.max(1))] {
        let (one, other) = (leader(&mut leaders, one), leader(&mut leaders, other));
        leaders[one.max(other)] = one.min(other);
    }
    numbered((0..rows.len()).map(|leaf| leader(&mut leaders, leaf)).collect())
}

/// The first leaf of a leaf's group; the way there is shortened.
fn leader(leaders: &mut [usize], leaf: usize) -> usize {
    let mut leaf = leaf;
    while leaders[leaf] != leaf {
        leaders[leaf] = leaders[leaders[leaf]];
        leaf = leaders[leaf];
    }
    leaf
}

/// Groups, named by their leaders, numbered in the order in which they come.
fn numbered(leaders: Vec<usize>) -> Vec<usize> {
    let mut numbers = vec![None; leaders.len()];
    let mut next = 0;
    let number = |leader: usize| {
        *numbers[leader].get_or_insert_with(|| {
            next += 1;
            next - 1
        })
    };
    leaders.into_iter().map(number).collect()
}

/// What each join of two present groups would cost.
struct Costs {
    /// Row after row (m×m); infinite for a group with itself and for one that is gone.
    costs: Vec<f64>,
    weights: Vec<f64>,
    is_present: Vec<bool>,
}

impl Costs {
    fn new(rows: &Embeddings, weights: &[f64]) -> Costs {
        let count = rows.len();
        let squares: Vec<f32> = (0..count).map(|row| dot(rows.row(row), rows.row(row))).collect();
        let mut costs = vec![f64::INFINITY; count * count];
        let (all, dimensions) = (rows.values(), rows.dimensions());
        costs.par_chunks_mut(AT_ONCE * count).zip(all.par_chunks(AT_ONCE * dimensions)).enumerate().for_each(
            |(part, (costs, rows))| {
                let products = inner_products(rows, all, dimensions);
                for (place, (costs, products)) in costs.chunks_mut(count).zip(products.rows()).enumerate() {
                    let one = part * AT_ONCE + place;
                    for (other, (cost, product)) in
                        costs.iter_mut().zip(products).enumerate().filter(|(other, _)| *other != one)
                    {
                        let squared = f64::from(squares[one] + squares[other] - 2.0 * product).max(0.0);
                        *cost = squared * weights[one] * weights[other] / (weights[one] + weights[other]);
                    }
                }
            },
        );
        Costs { costs, weights: weights.to_vec(), is_present: vec![true; count] }
    }

    /// All m − 1 joins, in the order in which the chain finds them.
    fn joins(mut self) -> Vec<Join> {
        let count = self.weights.len();
        let mut joins = Vec::with_capacity(count.saturating_sub(1));
        let mut chain: Vec<usize> = Vec::new();
        while joins.len() + 1 < count {
            let last = match chain.last() {
                Some(&last) => last,
                None => {
                    let first = self.is_present.iter().position(|present| *present).unwrap_or(0);
                    chain.push(first);
                    first
                }
            };
            let before = chain.len().checked_sub(2).map(|place| chain[place]);
            let nearest = self.nearest(last, before);
            if before == Some(nearest) {
                joins.push(self.join(nearest, last));
                chain.truncate(chain.len() - 2);
            } else {
                chain.push(nearest);
            }
        }
        joins
    }

    /// The group that is cheapest to join with; of equal ones `preferred`, else the first.
    fn nearest(&self, group: usize, preferred: Option<usize>) -> usize {
        let count = self.weights.len();
        let costs = &self.costs[group * count..(group + 1) * count];
        let mut best = preferred.unwrap_or(usize::from(group == 0));
        for (other, cost) in costs.iter().enumerate() {
            if *cost < costs[best] {
                best = other;
            }
        }
        best
    }

    /// Joins `gone` into `kept` (the update of Lance and Williams, 1967).
    fn join(&mut self, kept: usize, gone: usize) -> Join {
        let count = self.weights.len();
        let cost = self.costs[kept * count + gone];
        let (wk, wg) = (self.weights[kept], self.weights[gone]);
        self.is_present[gone] = false;
        for other in 0..count {
            let updated = if other == kept || !self.is_present[other] {
                f64::INFINITY
            } else {
                let w = self.weights[other];
                let (k, g) = (self.costs[kept * count + other], self.costs[gone * count + other]);
                ((wk + w) * k + (wg + w) * g - w * cost) / (wk + wg + w)
            };
            self.costs[kept * count + other] = updated;
            self.costs[other * count + kept] = updated;
            self.costs[gone * count + other] = f64::INFINITY;
            self.costs[other * count + gone] = f64::INFINITY;
        }
        self.weights[kept] = wk + wg;
        (cost, kept, gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Hierarchy;
    use crate::seed::generator;
    use rand::RngExt;

    #[test]
    fn the_cut_is_that_of_joining_the_cheapest_two_over_and_over() {
        for seed in 0..20 {
            let mut random = generator(seed, "test", &[]);
            let values: Vec<f32> = (0..60).map(|_| random.random::<f32>()).collect();
            let weights: Vec<f64> = (0..20).map(|_| 1.0 + random.random::<f64>()).collect();
            let rows = Embeddings::new(values, 3);
            let mut expected: Vec<usize> = (0..20).collect();
            for [one, other] in &Hierarchy::new(&rows, &weights).joins[..16] {
                let first = expected[one[0]].min(expected[other[0]]);
                one.iter().chain(other).for_each(|&leaf| expected[leaf] = first);
            }
            assert_eq!(ward(&rows, &weights, 4), numbered(expected), "seed {seed}");
        }
    }

    #[test]
    fn equal_rows_and_few_rows_have_groups_too() {
        let rows = Embeddings::new([1.0, 0.0].repeat(5), 2);
        assert_eq!(ward(&rows, &[1.0; 5], 1), [0; 5]);
        assert_eq!(ward(&rows.select(&[0, 1]), &[1.0; 2], 7), [0, 1]);
        assert_eq!(ward(&rows.select(&[0]), &[1.0], 1), [0]);
    }
}
