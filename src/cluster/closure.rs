//! The accelerated assignment for many clusters: rows are grouped by their present centroid and scored only against the
//! centroids nearest to that one, its closure.
//!
//! A row that a step moves far is found again in a later one, as its closure moves along; what is missed even so, an exact
//! pass finds. Bounds on distances (Hamerly, Elkan), which would be exact, do not pay in hundreds of dimensions.

use rayon::prelude::*;

use super::product::{BLOCK, Nearest, compare_block};
use crate::vectors::{Embeddings, dot, inner_products};

/// Centroids of one closure, its own among them.
const WIDTH: usize = 64;

/// For each of k centroids the nearest ones.
#[derive(Debug)]
pub(super) struct Closures {
    /// k rows of indices, ascending so that ties go to the lowest.
    near: Vec<Vec<usize>>,
}

impl Closures {
    /// From an exact product of k centroids with themselves: a few percent of an assignment while k is far below n.
    pub fn new(centroids: &Embeddings) -> Closures {
        let dimensions = centroids.dimensions();
        let blocks = centroids.values().par_chunks(BLOCK * dimensions).enumerate();
        let near = blocks.flat_map_iter(|(block, rows)| {
            let scores = inner_products(rows, centroids.values(), dimensions);
            let own = |place: usize| block * BLOCK + place;
            let rows = scores.rows().into_iter().enumerate();
            rows.map(|(place, row)| nearest_to(own(place), row.as_slice().unwrap_or(&[]))).collect::<Vec<_>>()
        });
        Closures { near: near.collect() }
    }

    /// The centroid nearest to another one; itself where it is alone.
    pub fn heir(&self, centroids: &Embeddings, label: usize) -> usize {
        let similarity = |other: usize| dot(centroids.row(label), centroids.row(other));
        let others = self.near[label].iter().copied().filter(|&other| other != label);
        others.max_by(|&a, &b| similarity(a).total_cmp(&similarity(b)).then(b.cmp(&a))).unwrap_or(label)
    }

    /// The same closures with only the `kept` centroids in them, ascending, numbered anew.
    pub fn among(self, kept: &[usize]) -> Closures {
        let renumber = |near: Vec<usize>| near.iter().filter_map(|label| kept.binary_search(label).ok()).collect();
        Closures { near: self.near.into_iter().map(renumber).collect() }
    }

    /// How many inner products [`Closures::nearest`] computes for the rows of k clusters.
    pub fn products(&self, members: &[Vec<usize>]) -> usize {
        members.iter().zip(&self.near).map(|(rows, near)| rows.len() * near.len()).sum()
    }

    /// For each of n rows the best centroid in the closure of its present one.
    pub fn nearest(&self, embeddings: &Embeddings, centroids: &Embeddings, members: &[Vec<usize>]) -> Vec<Nearest> {
        let groups = members.iter().zip(&self.near);
        let blocks: Vec<(&[usize], &[usize])> =
            groups.flat_map(|(rows, near)| rows.chunks(BLOCK).map(move |rows| (rows, near.as_slice()))).collect();
        let found: Vec<Vec<Nearest>> =
            blocks.par_iter().map(|(rows, near)| nearest_of(embeddings, centroids, rows, near)).collect();
        let mut nearest = vec![Nearest::NONE; embeddings.len()];
        let rows = blocks.iter().flat_map(|(rows, _)| rows.iter());
        rows.zip(found.into_iter().flatten()).for_each(|(&row, found)| nearest[row] = found);
        nearest
    }
}

/// The `WIDTH` centroids with the highest similarity to centroid `own` (length k), itself in any case, ascending.
fn nearest_to(own: usize, similarities: &[f32]) -> Vec<usize> {
    let mut near: Vec<usize> = (0..similarities.len()).collect();
    let rank = |index: usize| if index == own { f32::INFINITY } else { similarities[index] };
    if near.len() > WIDTH {
        near.select_nth_unstable_by(WIDTH - 1, |&a, &b| rank(b).total_cmp(&rank(a)).then(a.cmp(&b)));
        near.truncate(WIDTH);
        // Else all k lists together would keep room for k² centroids.
        near.shrink_to_fit();
    }
    near.sort_unstable();
    near
}

/// For some rows the best of some centroids, ascending.
fn nearest_of(embeddings: &Embeddings, centroids: &Embeddings, rows: &[usize], near: &[usize]) -> Vec<Nearest> {
    let mut nearest = vec![Nearest::NONE; rows.len()];
    let (rows, centroids) = (embeddings.select(rows), centroids.select(near));
    compare_block(rows.values(), centroids.values(), embeddings.dimensions(), 0, &mut nearest);
    nearest.iter_mut().for_each(|row| row.label = near[row.label]);
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::nearest_centroids;

    /// Unit vectors at equal steps around a circle.
    fn circle(count: usize, turn: f64) -> Embeddings {
        let angle = |place: usize| (place as f64 + turn) / count as f64 * std::f64::consts::TAU;
        let values = (0..count).flat_map(|place| [angle(place).cos() as f32, angle(place).sin() as f32]);
        Embeddings::new(values.collect(), 2)
    }

    #[test]
    fn in_one_dimension_every_centroid_has_its_closure() {
        let centroids = Embeddings::new(vec![1.0, -1.0, 1.0], 1);
        let members = vec![vec![0], vec![1], vec![2]];
        let nearest = Closures::new(&centroids).nearest(&centroids, &centroids, &members);
        assert_eq!(nearest.iter().map(|row| row.label).collect::<Vec<_>>(), [0, 1, 0]);
    }

    #[test]
    fn a_closure_holds_the_nearest_centroids_and_its_own() {
        let closures = Closures::new(&circle(200, 0.0));
        assert_eq!(closures.near[100], (68..=131).collect::<Vec<_>>());
        assert!(closures.near.iter().enumerate().all(|(own, near)| near.len() == WIDTH && near.contains(&own)));
    }

    #[test]
    fn identical_centroids_do_not_push_a_centroid_out_of_its_own_closure() {
        let closures = Closures::new(&Embeddings::new([1.0, 0.0].repeat(100), 2));
        assert!(closures.near[99].contains(&99));
    }

    #[test]
    fn a_row_within_reach_of_its_present_centroid_finds_the_nearest() {
        let (rows, centroids) = (circle(1000, 0.1), circle(200, 0.0));
        let exact = nearest_centroids(&rows, &centroids);
        let mut members = vec![Vec::new(); 200];
        exact.iter().enumerate().for_each(|(row, nearest)| members[(nearest.label + 20) % 200].push(row));
        assert_eq!(Closures::new(&centroids).nearest(&rows, &centroids, &members), exact);
    }

    #[test]
    fn the_heir_is_the_nearest_other_centroid_and_of_equal_ones_the_first() {
        let centroids = Embeddings::new(vec![1.0, 0.0, 0.8, 0.6, 0.8, -0.6, 0.0, 1.0], 2);
        let heirs: Vec<usize> = (0..4).map(|label| Closures::new(&centroids).heir(&centroids, label)).collect();
        assert_eq!(heirs, [1, 0, 0, 1]);
        let lone = Embeddings::new(vec![1.0, 0.0], 2);
        assert_eq!(Closures::new(&lone).heir(&lone, 0), 0);
    }

    #[test]
    fn what_is_kept_of_a_closure_is_numbered_anew() {
        let closures = Closures { near: vec![vec![0, 1, 3], vec![1, 2], vec![0]] };
        assert_eq!(closures.among(&[1, 3]).near, [vec![0, 1], vec![0], vec![]]);
    }

    #[test]
    fn a_row_out_of_reach_keeps_the_best_it_sees() {
        let (rows, centroids) = (circle(1, 0.0), circle(200, 0.0));
        let mut members = vec![Vec::new(); 200];
        members[100].push(0);
        let found = Closures::new(&centroids).nearest(&rows, &centroids, &members);
        assert_eq!(found[0].label, 68);
    }
}
