//! Vectors and verdicts drawn from a seed, like those of `evals/speed_peers.py` but for the generator
//! of random numbers, for tables that need no Python.

use colligate::vectors::{Embeddings, normalise};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Themes that the vectors are drawn around.
const THEMES: usize = 1_500;
/// Means that the themes are drawn around.
const MEANS: usize = 40;

/// Unit vectors (rows×dimensions) around means that are themselves scattered around fewer ones,
/// groups of unequal size: like embeddings of short texts.
pub fn mixture(rows: usize, dimensions: usize, seed: u64) -> Embeddings {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let means = normals(MEANS * dimensions, &mut random);
    let mut themes = normals(THEMES * dimensions, &mut random);
    for theme in themes.chunks_mut(dimensions) {
        let mean = &means[random.random_range(0..MEANS) * dimensions..][..dimensions];
        theme.iter_mut().zip(mean).for_each(|(value, mean)| *value = 0.8 * (*value + mean));
    }
    let shares = cumulated((0..THEMES).map(|_| 0.1 + pareto(&mut random)));
    let mut values = Vec::with_capacity(rows * dimensions);
    for _ in 0..rows {
        let drawn = random.random::<f64>();
        let theme = shares.partition_point(|share| *share < drawn).min(THEMES - 1);
        let noise = normals(dimensions, &mut random);
        let falling = |place: usize| 1.6 * (-(place as f32) / dimensions as f32).exp();
        let noise = noise.iter().enumerate().map(|(place, noise)| noise * falling(place));
        let theme = &themes[theme * dimensions..][..dimensions];
        let mut vector: Vec<f32> = theme.iter().zip(noise).map(|(mean, noise)| mean + noise).collect();
        normalise(&mut vector);
        values.extend(vector);
    }
    Embeddings::new(values, dimensions)
}

/// For each of n documents the candidates that hold for it, ascending: those of its topic mostly,
/// and others by mistake.
pub fn verdicts(documents: usize, candidates: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let topics = (candidates / 2).max(2);
    let candidate = |random: &mut ChaCha8Rng| {
        let (topic, hit) = (random.random_range(0..topics), 0.5 + 0.45 * random.random::<f64>());
        (topic, hit, 0.06 * random.random::<f64>())
    };
    let candidates: Vec<_> = (0..candidates).map(|_| candidate(&mut random)).collect();
    let document = |random: &mut ChaCha8Rng| {
        let own = random.random_range(0..topics);
        let mut holds =
            |(topic, hit, slip): &(usize, f64, f64)| random.random::<f64>() < if *topic == own { *hit } else { *slip };
        let held = candidates.iter().enumerate().filter(|(_, candidate)| holds(candidate));
        held.map(|(index, _)| index).collect()
    };
    (0..documents).map(|_| document(&mut random)).collect()
}

/// Numbers of the standard normal distribution (Box & Muller).
fn normals(count: usize, random: &mut ChaCha8Rng) -> Vec<f32> {
    let mut normal = || {
        let (radius, angle) = (1.0 - random.random::<f64>(), random.random::<f64>());
        ((-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()) as f32
    };
    (0..count).map(|_| normal()).collect()
}

/// A number of the Pareto distribution with exponent 1.5, less one.
fn pareto(random: &mut ChaCha8Rng) -> f64 {
    (1.0 - random.random::<f64>()).powf(-1.0 / 1.5) - 1.0
}

/// Shares of the whole, each with those before it.
fn cumulated(shares: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sums: Vec<f64> = shares.collect();
    let total: f64 = sums.iter().sum();
    let mut before = 0.0;
    for sum in &mut sums {
        before += *sum / total;
        *sum = before;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_another_something_else() {
        assert_eq!(mixture(20, 8, 1), mixture(20, 8, 1));
        assert_ne!(mixture(20, 8, 1), mixture(20, 8, 2));
        assert_eq!(verdicts(50, 10, 1), verdicts(50, 10, 1));
        assert_ne!(verdicts(50, 10, 1), verdicts(50, 10, 2));
        assert!(verdicts(50, 10, 1).iter().all(|held| held.is_sorted() && held.iter().all(|held| *held < 10)));
    }
}
