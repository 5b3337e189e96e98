//! k-means++ for many clusters, drawn in batches: one product a batch instead of one pass over all rows a seed.
//!
//! A row is to be drawn with probability proportional to its squared distance to the nearest seed. Within a batch the distances
//! are those from before it; a drawn row is accepted with the probability by which its distance has shrunk since. That is
//! rejection sampling: the seeds are distributed as if every distance were always up to date. All products together cost
//! one exact assignment, and they are one: where each row's nearest seed is, is known at the end.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::product::{Nearest, compare};
use crate::vectors::{Embeddings, dot};

/// Seeds of one batch at least; a larger one has half as many as there are seeds already, so that few draws are rejected.
const LEAST: usize = 16;
/// Draws a wanted seed after which a batch ends early: so many rejections mean that the distances are out of date.
const PATIENCE: usize = 8;
/// Rows with a higher cosine than this are the same row but for rounding.
const SAME: f32 = 1.0 - 1e-6;

/// Rows to start from.
pub(super) struct Seeded {
    /// k rows; fewer where fewer are distinct.
    pub seeds: Vec<usize>,
    /// For each of n rows its nearest seed.
    pub nearest: Vec<Nearest>,
}

/// Draws k seeds among n weighted unit rows.
pub(super) fn plus_plus(embeddings: &Embeddings, weights: &[f64], k: usize, random: &mut ChaCha8Rng) -> Seeded {
    let mut seeds = Vec::with_capacity(k);
    let mut nearest = vec![Nearest::NONE; embeddings.len()];
    let mut batch: Vec<usize> = Masses::new(weights.iter().copied()).draw(random).into_iter().collect();
    while !batch.is_empty() {
        compare(embeddings, &embeddings.select(&batch), seeds.len(), &mut nearest);
        seeds.append(&mut batch);
        let wanted = LEAST.max(seeds.len() / 2).min(k - seeds.len());
        batch = draw_batch(embeddings, weights, &nearest, wanted, random);
    }
    Seeded { seeds, nearest }
}

/// Up to `wanted` more seeds, at least one unless every row is a seed already.
fn draw_batch(
    embeddings: &Embeddings,
    weights: &[f64],
    nearest: &[Nearest],
    wanted: usize,
    random: &mut ChaCha8Rng,
) -> Vec<usize> {
    let distances = nearest.iter().map(|row| distance(row.similarity));
    let masses = Masses::new(distances.zip(weights).map(|(distance, weight)| f64::from(distance) * weight));
    let mut batch: Vec<usize> = Vec::with_capacity(wanted);
    for _ in 0..wanted * PATIENCE {
        if batch.len() == wanted {
            break;
        }
        let Some(row) = masses.draw(random) else { break };
        let before = distance(nearest[row].similarity);
        let to_batch = batch.iter().map(|&seed| distance(dot(embeddings.row(row), embeddings.row(seed))));
        let now = to_batch.fold(before, f32::min);
        if random.random::<f32>() * before < now {
            batch.push(row);
        }
    }
    batch
}

/// Squared distance of two unit rows by their cosine.
fn distance(similarity: f32) -> f32 {
    if similarity > SAME { 0.0 } else { 2.0 - 2.0 * similarity }
}

/// Masses of n rows, summed up from the first so that drawing one takes log n steps.
struct Masses {
    sums: Vec<f64>,
}

impl Masses {
    fn new(masses: impl Iterator<Item = f64>) -> Masses {
        let add = |total: &mut f64, mass| {
            *total += mass;
            Some(*total)
        };
        Masses { sums: masses.scan(0.0, add).collect() }
    }

    /// A row drawn with probability proportional to its mass; none where there is no mass.
    fn draw(&self, random: &mut ChaCha8Rng) -> Option<usize> {
        let total = self.sums.last().copied().filter(|total| *total > 0.0)?;
        let target = random.random::<f64>() * total;
        // Rounding may lift the target to the total, beyond every row: then the last row with a mass is meant.
        let row = self.sums.partition_point(|sum| *sum <= target);
        Some(row.min(self.sums.partition_point(|sum| *sum < total)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::nearest_centroids;
    use crate::seed::generator;
    use crate::vectors::normalise;

    /// Unit rows in eight random directions' neighborhoods.
    fn rows(count: usize) -> Embeddings {
        let mut random = generator(3, "test", &[]);
        let mut values = Vec::new();
        for row in 0..count {
            let mut vector: Vec<f32> = (0..8).map(|_| random.random::<f32>() - 0.5).collect();
            vector[row % 8] += 1.0;
            normalise(&mut vector);
            values.extend(vector);
        }
        Embeddings::new(values, 8)
    }

    #[test]
    fn seeds_are_distinct_and_each_row_knows_its_nearest_one() {
        let embeddings = rows(700);
        let seeded = plus_plus(&embeddings, &[1.0; 700], 300, &mut generator(1, "test", &[]));
        let mut distinct = seeded.seeds.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 300);
        assert_eq!(seeded.nearest, nearest_centroids(&embeddings, &embeddings.select(&seeded.seeds)));
    }

    #[test]
    fn equal_rows_and_rows_without_weight_are_never_seeds_twice() {
        let embeddings = Embeddings::new([[0.6, 0.8].repeat(50), [1.0, 0.0].repeat(50)].concat(), 2);
        let mut weights = [1.0; 100];
        let draw = |weights: &[f64]| plus_plus(&embeddings, weights, 90, &mut generator(1, "test", &[])).seeds.len();
        assert_eq!(draw(&weights), 2);
        weights[..50].fill(0.0);
        assert_eq!(draw(&weights), 1);
    }

    #[test]
    fn a_batch_draws_as_often_as_drawing_one_by_one_would() {
        // Row 0 is the seed, all others are as far from it, 1 and 2 near one another. Drawn one by one, both of them are seeds
        // in 2 · 1/3 · 0.586 / 2.586 = 0.151 of the cases; with distances that are out of date it would be 1/3.
        let half = 0.5_f32.sqrt();
        let rows = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, half, half, 0.0], [0.0, 0.0, 0.0, 1.0]];
        let embeddings = Embeddings::new(rows.concat(), 4);
        let nearest = nearest_centroids(&embeddings, &embeddings.select(&[0]));
        let mut random = generator(1, "test", &[]);
        let batches: Vec<Vec<usize>> =
            (0..4000).map(|_| draw_batch(&embeddings, &[1.0; 4], &nearest, 2, &mut random)).collect();
        let both = batches.iter().filter(|batch| batch.len() == 2 && !batch.contains(&3)).count();
        assert!((540..660).contains(&both), "{both}");
    }

    #[test]
    fn a_mass_is_drawn_in_its_proportion() {
        let masses = Masses::new([0.0, 3.0, 0.0, 1.0, 0.0].into_iter());
        let mut random = generator(1, "test", &[]);
        let drawn: Vec<usize> = (0..4000).filter_map(|_| masses.draw(&mut random)).collect();
        let of = |row: usize| drawn.iter().filter(|drawn| **drawn == row).count();
        assert_eq!(of(1) + of(3), 4000);
        assert!((2850..3150).contains(&of(1)), "{}", of(1));
        assert_eq!(Masses::new([0.0].into_iter()).draw(&mut random), None);
    }
}
