//! A map of the documents: n unit vectors as n points of a plane, near each other where the vectors are.
//!
//! What it is for: the report shows the documents as points. Nothing of a run is decided by it, and no figure is computed from
//! it: two dimensions cannot hold what some hundred say, so that only being near is to be read from a map, not how far apart two
//! distant groups are, nor how large or dense one is.
//!
//! The method is t-SNE (van der Maaten & Hinton, 2008) in the form that is usual now, each part chosen so that the map is the
//! same to the byte whoever makes it:
//!
//! 1. *Rows.* Equal vectors are one point. The points are put in the order of the sha256 of their vectors, so that a map does not
//!    depend on the order of the input. (The hash of the text would need the texts; a vector depends on its text alone.)
//! 2. *Neighbors.* Each point attracts its 15 nearest others and those of which it is one, all alike. That equals the classical
//!    affinities of perplexity 30 in the map that comes out (Böhm, Berens & Kobak, 2022), and needs no exponential function,
//!    whose last bit differs between machines.
//! 3. *Start.* The first two principal components, tiny (`start`). It keeps the large shape of the cloud, and nothing is drawn at
//!    random (Kobak & Linderman, 2021).
//! 4. *Descent.* Gradient descent with momentum and gains, the attraction exaggerated twelvefold at first, and a step size of n / 12
//!    (Belkina et al., 2019). The repulsion between all pairs is summed over the cells of a quadtree (Barnes & Hut, 1986;
//!    van der Maaten, 2014) (`descent`, `quadtree`).
//! 5. *Many rows.* Above [`LAID_OUT`] points the first so many in the order of their hashes, which is a random sample, are laid out;
//!    each other one is put at the mean of the three of them that are nearest to it.
//!
//! The crate `bhtsne` does 4 too, from given neighbors and a given start. It was not taken: it adds up in an order that depends on
//! the number of threads, so that equal bytes need a pool of one thread, which no room below `cli` may make; it cannot leave out
//! its Fourier transforms (`rustfft`, `realfft`), which no map here needs; and it panics on what it does not accept.

mod descent;
mod quadtree;
mod start;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::neighbors::{CellIndex, neighbor_index};
use crate::vectors::{Embeddings, to_bytes};

/// A place on the map.
pub type Point = [f64; 2];

/// Points that are laid out at most: as many as a report shows. They take about three seconds of a processor.
pub const LAID_OUT: usize = 5_000;
/// Nearest others that a point attracts.
const NEIGHBORS: usize = 15;
/// Points that are laid out whose mean is the place of one that is not.
const ANCHORS: usize = 3;

/// Places for n×d unit rows (n×2): from -1 to 1 in the wider direction, around the middle, the same for equal rows.
pub fn layout(embeddings: &Embeddings) -> Vec<[f32; 2]> {
    layout_of(embeddings, LAID_OUT)
}

/// The same, of `most` points at most that are laid out by themselves.
fn layout_of(embeddings: &Embeddings, most: usize) -> Vec<[f32; 2]> {
    let Distinct { rows, place } = Distinct::of(embeddings);
    let laid_out = embeddings.select(&rows[..rows.len().min(most)]);
    let mut points = descent::descended(start::start(&laid_out), &attracted(&laid_out));
    if rows.len() > most {
        let index = CellIndex::new(&laid_out);
        let others = index.nearest_of(&embeddings.select(&rows[most..]), ANCHORS);
        let middles: Vec<Point> =
            others.iter().map(|near| mean(&near.iter().map(|one| points[one.index]).collect::<Vec<_>>())).collect();
        points.extend(middles);
    }
    let points = scaled(points);
    place.into_iter().map(|place| points[place]).collect()
}

/// The different rows of some embeddings.
struct Distinct {
    /// One row of each, in the order of their hashes.
    rows: Vec<usize>,
    /// For each of n rows which of them it is.
    place: Vec<usize>,
}

impl Distinct {
    fn of(embeddings: &Embeddings) -> Distinct {
        let hash = |row: usize| (<[u8; 32]>::from(Sha256::digest(to_bytes(embeddings.row(row)))), row);
        let mut hashes: Vec<([u8; 32], usize)> = (0..embeddings.len()).into_par_iter().map(hash).collect();
        hashes.sort_unstable();
        let (mut rows, mut place) = (Vec::new(), vec![0; hashes.len()]);
        let mut last = None;
        for (hash, row) in &hashes {
            if last != Some(hash) {
                rows.push(*row);
                last = Some(hash);
            }
            place[*row] = rows.len() - 1;
        }
        Distinct { rows, place }
    }
}

/// For each of n rows the points that it attracts, ascending: its nearest, and those that it is one of the nearest of. One that
/// is both is there twice, for it is attracted twice as much.
fn attracted(embeddings: &Embeddings) -> Vec<Vec<u32>> {
    let n = embeddings.len();
    let mut attracted = vec![Vec::new(); n];
    if n < 2 {
        return attracted;
    }
    let near = neighbor_index(embeddings).neighborhoods(NEIGHBORS.min(n - 1)).of;
    for (row, near) in near.iter().enumerate() {
        for one in near {
            attracted[row].push(one.index as u32);
            attracted[one.index].push(row as u32);
        }
    }
    attracted.iter_mut().for_each(|others| others.sort_unstable());
    attracted
}

/// The mean of some points; the origin where there are none.
fn mean(points: &[Point]) -> Point {
    let count = points.len().max(1) as f64;
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / count)
}

/// Moved and scaled as [`layout`] says.
fn scaled(points: Vec<Point>) -> Vec<[f32; 2]> {
    let bound = |axis: usize, pick: fn(f64, f64) -> f64| points.iter().map(|point| point[axis]).reduce(pick);
    let [horizontal, vertical] =
        [0, 1].map(|axis| (bound(axis, f64::min).unwrap_or(0.0), bound(axis, f64::max).unwrap_or(0.0)));
    let middle = [horizontal, vertical].map(|(low, high)| f64::midpoint(low, high));
    let half = f64::max(horizontal.1 - horizontal.0, vertical.1 - vertical.0) / 2.0;
    let half = if half > 0.0 { half } else { 1.0 };
    points.into_iter().map(|point| [0, 1].map(|axis| ((point[axis] - middle[axis]) / half) as f32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::generator;
    use crate::vectors::normalise;
    use rand::RngExt;

    /// `count` unit rows around each of some directions.
    fn rows(groups: usize, count: usize) -> Embeddings {
        const D: usize = 16;
        let mut random = generator(3, "test", &[]);
        let mut values = Vec::new();
        for row in 0..groups * count {
            let mut vector: Vec<f32> = (0..D).map(|_| 0.3 * (random.random::<f32>() - 0.5)).collect();
            vector[row % groups] += 1.0;
            normalise(&mut vector);
            values.extend(vector);
        }
        Embeddings::new(values, D)
    }

    /// Of the points, the share whose nearest other on the map is of their group; row r is of group r modulo `groups`.
    fn of_their_group(points: &[[f32; 2]], groups: usize) -> f64 {
        let distance =
            |a: usize, b: usize| (points[a][0] - points[b][0]).powi(2) + (points[a][1] - points[b][1]).powi(2);
        let nearest = |row: usize| {
            let others = (0..points.len()).filter(|other| *other != row);
            others.min_by(|a, b| distance(row, *a).total_cmp(&distance(row, *b))).unwrap()
        };
        (0..points.len()).filter(|row| nearest(*row) % groups == row % groups).count() as f64 / points.len() as f64
    }

    #[test]
    fn rows_of_a_group_lie_together() {
        let points = layout(&rows(5, 40));
        assert!(of_their_group(&points, 5) > 0.95, "{}", of_their_group(&points, 5));
        let largest = points.iter().flatten().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        assert!((largest - 1.0).abs() < 1e-6, "{largest}");
    }

    #[test]
    fn rows_that_are_not_laid_out_lie_at_their_neighbors() {
        let points = layout_of(&rows(4, 60), 120);
        assert!(of_their_group(&points, 4) > 0.95, "{}", of_their_group(&points, 4));
    }

    #[test]
    fn a_map_depends_on_neither_the_order_of_rows_nor_the_threads() {
        let rows = rows(4, 40);
        let order: Vec<usize> = (0..160).map(|row| row * 37 % 160).collect();
        let once = layout_of(&rows, 100);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let again = pool.install(|| layout_of(&rows.select(&order), 100));
            assert!(order.iter().zip(&again).all(|(row, point)| once[*row] == *point), "{threads}");
        }
    }

    #[test]
    fn equal_rows_are_one_point_and_few_rows_have_a_map_too() {
        let two = rows(2, 1);
        let points = layout(&two.select(&[0, 1, 0, 0, 1]));
        assert!(points[0] == points[2] && points[2] == points[3] && points[1] == points[4] && points[0] != points[1]);
        assert_eq!(layout(&two.select(&[0])), [[0.0, 0.0]]);
        assert_eq!(layout(&two.select(&[0, 0])), [[0.0, 0.0]; 2]);
        assert_eq!(layout(&two.select(&[])), Vec::<[f32; 2]>::new());
        for count in 3..9 {
            assert!(layout(&rows(1, count)).iter().flatten().all(|value| value.is_finite()), "{count}");
        }
    }
}
