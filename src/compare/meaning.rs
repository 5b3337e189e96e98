//! Which clusters lie in the same place: those that are nearer to each other than either is to any sibling.

use super::Side;
use super::level::Level;
use crate::text::folded;
use crate::vectors::{Embeddings, dot, group_means};

/// What two runs' clusters are about.
pub enum Meaning<'l> {
    /// Unit vectors of their members' means, seen from the mean of all documents.
    Places([Vec<Option<Vec<f32>>>; 2]),
    /// No vectors that could be compared: their labels.
    Labels([&'l Level<'l>; 2]),
}

impl<'l> Meaning<'l> {
    /// By vectors of one embedder, if both runs have them.
    pub fn of(sides: [&Side; 2], levels: &'l [Level<'l>; 2]) -> Meaning<'l> {
        let [before, after] = sides;
        let is_like = before.run.manifest.embedder.is_like(&after.run.manifest.embedder);
        match (&before.vectors, &after.vectors) {
            (Some(old), Some(new)) if is_like => {
                let rows = sides.map(|side| side.run.vector_rows());
                let mean = mean(&[old, new]);
                let places = |vectors, rows: &[Option<usize>], level| centers(vectors, rows, level, &mean);
                Meaning::Places([places(old, &rows[0], &levels[0]), places(new, &rows[1], &levels[1])])
            }
            _ => Meaning::Labels([&levels[0], &levels[1]]),
        }
    }

    /// The pairs of open clusters that belong together.
    pub fn nearest(&self, old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
        let pairs = || old.iter().flat_map(|&a| new.iter().map(move |&b| (a, b)));
        match self {
            Meaning::Labels([before, after]) => {
                let label = |level: &Level, cluster: usize| folded(&level.clusters[cluster].label);
                pairs().filter(|&(a, b)| label(before, a) == label(after, b)).collect()
            }
            Meaning::Places([before, after]) => {
                let cosine = |a: &Option<Vec<f32>>, b: &Option<Vec<f32>>| match (a, b) {
                    (Some(a), Some(b)) => dot(a, b),
                    _ => -1.0,
                };
                let is_nearest = |&(a, b): &(usize, usize)| {
                    let own = cosine(&before[a], &after[b]);
                    let others = |all: &[Option<Vec<f32>>], own: usize, to: &Option<Vec<f32>>| {
                        let other = (0..all.len()).filter(|&other| other != own);
                        other.map(|other| cosine(&all[other], to)).fold(0.0, f32::max)
                    };
                    let siblings = [others(before, a, &before[a]), others(after, b, &after[b])];
                    let rivals = [others(before, a, &after[b]), others(after, b, &before[a])];
                    siblings.into_iter().chain(rivals).all(|other| own > other)
                };
                pairs().filter(is_nearest).collect()
            }
        }
    }
}

/// d: the mean of all vectors.
fn mean(all: &[&Embeddings]) -> Vec<f64> {
    let mut sum = vec![0.0; all[0].dimensions()];
    let count: usize = all.iter().map(|vectors| vectors.len()).sum();
    for vectors in all {
        (0..vectors.len()).for_each(|row| add(&mut sum, vectors.row(row)));
    }
    sum.iter().map(|sum| sum / count.max(1) as f64).collect()
}

fn add(sum: &mut [f64], row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
}

/// m unit vectors; none of a cluster without documents that have one.
fn centers(vectors: &Embeddings, rows: &[Option<usize>], level: &Level, mean: &[f64]) -> Vec<Option<Vec<f32>>> {
    let held = level.held.iter().zip(rows);
    let held = held.filter_map(|(held, row)| Some((row.filter(|&row| row < vectors.len())?, held.iter().copied())));
    group_means(vectors, held, level.clusters.len(), mean)
}
