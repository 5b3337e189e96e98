//! Whether two samples of vectors come from one population: the energy distance with a permutation test (G. J. Székely and
//! M. L. Rizzo, 2004).

use ndarray::{Array1, Array2};
use rayon::prelude::*;
use serde::Serialize;

use crate::seed::{drawn, generator, shuffle};
use crate::vectors::{Embeddings, product, view};

/// Vectors of each side at most: the test takes the square of it.
const MOST: usize = 500;
/// Vectors of each side below which nothing is said.
const LEAST: usize = 20;
/// Permutations: the smallest p-value is one in as many and one.
const PERMUTATIONS: u64 = 999;
/// p-values below this say that the samples differ.
const SURE: f64 = 0.01;

/// What the test says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Likeness {
    /// Twice the mean distance between vectors of the two samples, less the mean distances within each; 0 where they are alike.
    pub distance: f64,
    /// How often random halves of all vectors are as far apart or farther.
    pub p: f64,
    /// Vectors of each sample.
    pub compared: [usize; 2],
    /// Whether they differ: p is below 0.01.
    pub differs: bool,
}

/// Compares samples of two sets of unit vectors (n×d and m×d); none where one has fewer than twenty.
pub fn likeness(then: &Embeddings, now: &Embeddings, seed: u64) -> Option<Likeness> {
    let is_comparable = then.len().min(now.len()) >= LEAST && then.dimensions() == now.dimensions();
    if !is_comparable {
        return None;
    }
    let sample = |vectors: &Embeddings, part: u64| {
        vectors.select(&drawn((0..vectors.len()).collect(), MOST, &mut generator(seed, "drift", &[part])))
    };
    let samples = [sample(then, 0), sample(now, 1)];
    let counts = samples.each_ref().map(Embeddings::len);
    let distances = distances(&samples);
    let own = energy(&distances, &(0..counts[0]).collect::<Vec<_>>());
    let is_as_far = |permutation: &u64| {
        let mut places: Vec<usize> = (0..distances.nrows()).collect();
        shuffle(&mut places, &mut generator(seed, "drift, permuted", &[*permutation]));
        energy(&distances, &places[..counts[0]]) >= own
    };
    let as_far = (0..PERMUTATIONS).into_par_iter().filter(is_as_far).count();
    let p = (as_far + 1) as f64 / (PERMUTATIONS + 1) as f64;
    Some(Likeness { distance: own.max(0.0), p, compared: counts, differs: p < SURE })
}

/// N×N: the distances between all vectors of both samples, those of the first sample first.
fn distances(samples: &[Embeddings; 2]) -> Array2<f64> {
    let values: Vec<f32> = samples.iter().flat_map(Embeddings::values).copied().collect();
    let all = Embeddings::new(values, samples[0].dimensions());
    let cosines = product(view(&all), view(&all));
    // Of a vector and itself, rounding would leave a little.
    let distance = |((row, column), cosine): ((usize, usize), &f32)| {
        if row == column { 0.0 } else { (2.0 - 2.0 * f64::from(*cosine)).max(0.0).sqrt() }
    };
    let distances = cosines.indexed_iter().map(distance).collect();
    Array2::from_shape_vec(cosines.raw_dim(), distances).unwrap_or_default()
}

/// The energy distance between the vectors at some places and all others.
fn energy(distances: &Array2<f64>, first: &[usize]) -> f64 {
    let mut is_first = Array1::zeros(distances.nrows());
    first.iter().for_each(|&place| is_first[place] = 1.0);
    let to_first = distances.dot(&is_first);
    let (a, b) = (first.len() as f64, (distances.nrows() - first.len()) as f64);
    let all: f64 = distances.sum();
    let within = is_first.dot(&to_first);
    let between = to_first.sum() - within;
    let others = all - within - 2.0 * between;
    2.0 * between / (a * b) - within / (a * a) - others / (b * b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::normalise;

    /// Vectors around one direction, some of them turned towards another.
    fn around(count: usize, turned: usize, seed: u64) -> Embeddings {
        use rand::RngExt;
        let mut random = generator(seed, "test", &[]);
        let mut values = Vec::new();
        for number in 0..count {
            let mut vector: Vec<f32> = (0..8).map(|_| random.random_range(-1.0_f32..1.0)).collect();
            vector[usize::from(number < turned)] += 1.5;
            normalise(&mut vector);
            values.extend(vector);
        }
        Embeddings::new(values, 8)
    }

    #[test]
    fn another_sample_of_the_same_is_alike_and_a_shifted_one_is_not() {
        let then = around(400, 100, 1);
        let same = likeness(&then, &around(300, 75, 2), 0).unwrap();
        let shifted = likeness(&then, &around(300, 150, 3), 0).unwrap();
        assert!(!same.differs && shifted.differs, "{same:?} {shifted:?}");
        assert!(same.p > 0.05 && shifted.distance > 3.0 * same.distance, "{same:?} {shifted:?}");
    }

    #[test]
    fn of_forty_samples_of_the_same_hardly_one_differs() {
        let then = around(120, 30, 7);
        let differ = (0..40).filter(|&seed| likeness(&then, &around(120, 30, 100 + seed), 0).unwrap().differs).count();
        assert!(differ <= 2, "{differ} of 40 at 1 %");
    }

    #[test]
    fn too_few_say_nothing() {
        assert_eq!(likeness(&around(19, 0, 1), &around(90, 0, 2), 0), None);
    }
}
