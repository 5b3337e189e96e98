//! A linear map of the vectors, learned from triplets: the query is to be nearer to one document than to another.
//!
//! The loss is contrastive (InfoNCE): the near document against the far one, and more lightly against every other document of
//! the triplets. The map is held to the identity, so that few answers change little.

use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::lbfgs::minimise;
use crate::seed::folds;
use crate::vectors::{Embeddings, dot, normalise};
use crate::vectors::{each_row, product, view};

/// Cosine that makes one document e times as likely as another.
const TEMPERATURE: f32 = 0.1;
/// What the map's squared distance to the identity weighs beside the loss of one triplet.
const IDENTITY: f32 = 10.0;
/// What a document of another triplet weighs beside the far one.
const OTHERS: f32 = 0.02;
/// Steps of the optimiser at most.
const STEPS: usize = 30;
/// The largest slope that counts as flat.
const FLAT: f32 = 1e-3;
/// Parts of the triplets, each of which is held out once.
const FOLDS: usize = 4;

/// Rows of the vectors: the query is nearer to one than to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triplet {
    /// What is compared.
    pub query: usize,
    /// The nearer.
    pub near: usize,
    /// The other.
    pub far: usize,
}

/// How many triplets, each held out of the fit, vectors get right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldOut {
    /// By the vectors as they were.
    pub before: usize,
    /// By the vectors that a map learned from the other triplets gives.
    pub after: usize,
}

/// A d×d map.
#[derive(Debug, Clone, PartialEq)]
pub struct Adapter {
    map: Array2<f32>,
}

impl Adapter {
    /// Learns a map for n×d unit rows.
    pub fn fit(embeddings: &Embeddings, triplets: &[Triplet]) -> Adapter {
        let d = embeddings.dimensions();
        let data = Data::new(embeddings, triplets);
        let change = minimise(vec![0.0; d * d], STEPS, FLAT, |change| data.loss(change));
        let change = Array2::from_shape_vec((d, d), change).expect("a map is d×d; this is a bug");
        Adapter { map: change + Array2::<f32>::eye(d) }
    }

    /// The n×d rows, mapped and of unit length again.
    pub fn apply(&self, embeddings: &Embeddings) -> Embeddings {
        let mut mapped = product(view(embeddings), self.map.view());
        each_row(&mut mapped, |_, mut row| row.as_slice_mut().into_iter().for_each(normalise));
        Embeddings::new(mapped.into_raw_vec_and_offset().0, embeddings.dimensions())
    }

    /// From the map's rows (d×d), as [`Adapter::rows`] gives them.
    pub fn from_rows(rows: &Embeddings) -> Adapter {
        Adapter { map: view(rows).to_owned() }
    }

    /// The map (d×d): row i says what dimension i is made of.
    pub fn rows(&self) -> Embeddings {
        Embeddings::new(self.map.iter().copied().collect(), self.map.ncols())
    }

    /// Counts the triplets that are right, each by a map that was learned without its part of them.
    pub fn held_out(embeddings: &Embeddings, triplets: &[Triplet], seed: u64) -> HeldOut {
        let folds = folds(triplets.len(), FOLDS, seed, "adapter");
        let part = |fold: usize, inside: bool| -> Vec<Triplet> {
            triplets.iter().zip(&folds).filter(|(_, own)| (**own == fold) == inside).map(|(one, _)| *one).collect()
        };
        let after = |fold: usize| {
            let held_out = part(fold, true);
            let shown: Vec<usize> = held_out.iter().flat_map(|one| [one.query, one.near, one.far]).collect();
            let adapted = Adapter::fit(embeddings, &part(fold, false)).apply(&embeddings.select(&shown));
            let places = (0..held_out.len()).map(|one| Triplet { query: 3 * one, near: 3 * one + 1, far: 3 * one + 2 });
            right(&adapted, places)
        };
        let after = (0..FOLDS).into_par_iter().map(after).collect::<Vec<_>>().into_iter().sum();
        HeldOut { before: right(embeddings, triplets.iter().copied()), after }
    }
}

/// Triplets whose near document is the nearer one.
fn right(embeddings: &Embeddings, triplets: impl Iterator<Item = Triplet>) -> usize {
    let cosine = |a: usize, b: usize| dot(embeddings.row(a), embeddings.row(b));
    triplets.filter(|one| cosine(one.query, one.near) > cosine(one.query, one.far)).count()
}

/// What the loss is counted on: r distinct documents, and t triplets over them.
struct Data {
    rows: Array2<f32>,
    triplets: Vec<Triplet>,
}

impl Data {
    fn new(embeddings: &Embeddings, triplets: &[Triplet]) -> Data {
        let mut shown: Vec<usize> = triplets.iter().flat_map(|one| [one.query, one.near, one.far]).collect();
        shown.sort_unstable();
        shown.dedup();
        let place = |document: usize| shown.partition_point(|&other| other < document);
        let placed = |one: &Triplet| Triplet { query: place(one.query), near: place(one.near), far: place(one.far) };
        Data { rows: view(&embeddings.select(&shown)).to_owned(), triplets: triplets.iter().map(placed).collect() }
    }

    /// Loss and gradient at a change (d·d) of the identity.
    fn loss(&self, change: &[f32]) -> (f64, Vec<f32>) {
        let d = self.rows.ncols();
        let change = ArrayView2::from_shape((d, d), change).expect("a map is d×d; this is a bug");
        let mut mapped = self.rows.dot(&change.t()) + &self.rows;
        let lengths: Vec<f32> = mapped.rows().into_iter().map(|row| row.dot(&row).sqrt().max(1e-6)).collect();
        each_row(&mut mapped, |place, mut row| row.mapv_inplace(|value| value / lengths[place]));
        let (fit, mut slopes) = self.contrast(&mapped);
        each_row(&mut slopes, |place, mut slope| {
            let along = slope.dot(&mapped.row(place));
            slope.scaled_add(-along, &mapped.row(place));
            slope.mapv_inplace(|value| value / lengths[place]);
        });
        let gradient = slopes.t().dot(&self.rows) + &change.mapv(|value| IDENTITY * value);
        let penalty: f64 = change.iter().map(|value| f64::from(value * value)).sum();
        (fit + f64::from(IDENTITY) * penalty / 2.0, gradient.iter().copied().collect())
    }

    /// InfoNCE over unit rows (r×d), and its gradient (r×d).
    fn contrast(&self, rows: &Array2<f32>) -> (f64, Array2<f32>) {
        let queries: Vec<usize> = self.triplets.iter().map(|one| one.query).collect();
        let asked = rows.select(Axis(0), &queries);
        let mut scores = asked.dot(&rows.t());
        let mut loss = 0.0;
        for (one, mut row) in self.triplets.iter().zip(scores.rows_mut()) {
            row.mapv_inplace(|cosine| OTHERS * ((cosine - 1.0) / TEMPERATURE).exp());
            row[one.query] = 0.0;
            row[one.near] /= OTHERS;
            row[one.far] /= OTHERS;
            let sum = row.sum();
            loss -= f64::from((row[one.near] / sum).ln());
            row.mapv_inplace(|share| share / sum / TEMPERATURE);
            row[one.near] -= 1.0 / TEMPERATURE;
        }
        let mut slopes = scores.t().dot(&asked);
        for (&query, slope) in queries.iter().zip(scores.dot(rows).rows()) {
            slopes.row_mut(query).scaled_add(1.0, &slope);
        }
        (loss, slopes)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::seed::generator;

    /// Rows of six dimensions, of which only the first two say what belongs together: four classes.
    fn classes() -> Embeddings {
        let mut random = generator(3, "test", &[]);
        let mut values = Vec::new();
        for row in 0..120 {
            let mut vector: Vec<f32> = (0..6).map(|_| random.random::<f32>() - 0.5).collect();
            vector[0] += if row % 4 < 2 { 0.3 } else { -0.3 };
            vector[1] += if row % 2 == 0 { 0.3 } else { -0.3 };
            normalise(&mut vector);
            values.extend(vector);
        }
        Embeddings::new(values, 6)
    }

    fn triplets() -> Vec<Triplet> {
        let mut random = generator(4, "test", &[]);
        let mut draw = |class: usize| 4 * random.random_range(0..30) + class;
        (0..160)
            .map(|place| Triplet {
                query: draw(place % 4),
                near: draw(place % 4),
                far: draw((place + 1 + place / 40) % 4),
            })
            .filter(|one| one.query != one.near && one.near % 4 != one.far % 4)
            .collect()
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let data = Data::new(&classes(), &triplets()[..20]);
        let at: Vec<f32> = (0..36).map(|place| 0.02 * (place % 5) as f32).collect();
        let (_, gradient) = data.loss(&at);
        for place in [0, 7, 20] {
            let moved = |step: f32| {
                let mut there = at.clone();
                there[place] += step;
                data.loss(&there).0
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!(
                (slope - f64::from(gradient[place])).abs() < 0.02 * slope.abs() + 0.05,
                "{slope} {}",
                gradient[place]
            );
        }
    }

    #[test]
    fn a_map_learned_from_triplets_is_right_on_others() {
        let held_out = Adapter::held_out(&classes(), &triplets(), 0);
        assert!(held_out.after > held_out.before, "{held_out:?}");
    }

    #[test]
    fn without_triplets_nothing_changes() {
        let rows = classes();
        let same = Adapter::fit(&rows, &[]).apply(&rows);
        assert!(same.values().iter().zip(rows.values()).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
