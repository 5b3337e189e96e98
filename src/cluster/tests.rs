//! What is promised of k-means with many clusters, on generated mixtures.

use proptest::prelude::*;
use rand::RngExt;

use super::*;
use crate::seed::generator;
use crate::vectors::{Embeddings, normalise};

/// Unit rows around `components` random directions, each coordinate off by up to `noise`.
fn mixture(rows: usize, components: usize, noise: f32, seed: u64) -> Embeddings {
    const DIMENSIONS: usize = 12;
    let mut random = generator(seed, "mixture", &[]);
    let mut uniform = |scale: f32| scale * (2.0 * random.random::<f32>() - 1.0);
    let means: Vec<f32> = (0..components * DIMENSIONS).map(|_| uniform(1.0)).collect();
    let mut values = Vec::with_capacity(rows * DIMENSIONS);
    for row in 0..rows {
        let component = row % components * DIMENSIONS;
        let mut vector: Vec<f32> =
            means[component..component + DIMENSIONS].iter().map(|mean| mean + uniform(noise)).collect();
        normalise(&mut vector);
        values.extend(vector);
    }
    Embeddings::new(values, DIMENSIONS)
}

fn many(k: usize, seed: u64) -> KMeans {
    KMeans { starts: 1, ..KMeans::new(k, seed) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_pass_is_exact(components in 20_usize..400, noise in 0.1_f32..1.5, seed in 0_u64..1000) {
        let rows = mixture(900, components, noise, seed);
        let clustering = kmeans(&rows, &[1.0; 900], many(260, seed)).unwrap();
        let again = nearest_centroids(&rows, &clustering.centroids);
        for (row, nearest) in again.iter().zip(&clustering.nearest) {
            prop_assert_eq!(row.similarity, nearest.similarity);
            prop_assert!(row.label == nearest.label || row.similarity == row.second);
        }
    }
}

#[test]
fn accelerated_steps_lose_next_to_nothing() {
    let mut sums = (0.0, 0.0);
    for (components, noise) in [(30, 0.4), (120, 1.2), (240, 0.3), (260, 0.8), (350, 0.6)] {
        let rows = mixture(2000, components, noise, 1);
        let inertia = |exact: bool| kmeans(&rows, &[1.0; 2000], KMeans { exact, ..many(260, 1) }).unwrap().inertia;
        let (fast, exact) = (inertia(false), inertia(true));
        assert!(fast <= 1.01 * exact, "{components} components: {fast} and {exact}");
        sums = (sums.0 + fast, sums.1 + exact);
    }
    assert!(sums.0 <= 1.003 * sums.1, "{sums:?}");
}

#[test]
fn every_one_of_many_separate_groups_becomes_a_cluster() {
    let rows = mixture(1800, 300, 0.02, 4);
    let clustering = kmeans(&rows, &[1.0; 1800], many(300, 1)).unwrap();
    assert_eq!(clustering.len(), 300);
    let is_whole = |members: &Vec<usize>| members.len() == 6 && members.iter().all(|row| row % 300 == members[0] % 300);
    let split = clustering.members().iter().filter(|members| !is_whole(members)).count();
    assert_eq!(split, 0);
}

#[test]
fn many_clusters_are_the_same_for_one_thread_and_many() {
    let rows = mixture(1200, 200, 0.8, 1);
    let weights: Vec<f64> = (0..1200).map(|row| 1.0 + (row % 3) as f64 / 3.0).collect();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| kmeans(&rows, &weights, KMeans { starts: 2, ..many(280, 5) }).unwrap())
    };
    let alone = run(1);
    assert!(alone.iterations > 2, "{}", alone.iterations);
    assert_eq!(alone, run(2));
    assert_eq!(alone, run(4));
}

#[test]
fn another_seed_gives_another_clustering_and_the_same_seed_the_same() {
    let rows = mixture(1000, 100, 1.0, 2);
    let run = |seed: u64| kmeans(&rows, &[1.0; 1000], many(260, seed)).unwrap();
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).nearest, run(2).nearest);
}

#[test]
fn more_starts_are_never_worse_seeded() {
    let rows = mixture(1000, 100, 1.0, 2);
    let inertia = |starts: usize| {
        let unmoved = KMeans { starts, iterations: 0, ..many(260, 1) };
        kmeans(&rows, &[1.0; 1000], unmoved).unwrap().inertia
    };
    assert!(inertia(5) <= inertia(1));
}

#[test]
fn many_clusters_of_few_distinct_rows_are_those_rows() {
    let rows = mixture(60, 60, 0.1, 3);
    let repeated = rows.select(&(0..600).map(|row| row % 60).collect::<Vec<_>>());
    let clustering = kmeans(&repeated, &[1.0; 600], many(300, 1)).unwrap();
    assert_eq!(clustering.len(), 60);
    assert!(clustering.inertia < 1e-3 && clustering.members().iter().all(|members| members.len() == 10));
}

#[test]
fn more_rows_than_starts_are_compared_on_are_all_clustered() {
    let rows = mixture(21_000, 9, 0.3, 6);
    let clustering = kmeans(&rows, &[1.0; 21_000], KMeans { starts: 2, iterations: 8, ..KMeans::new(9, 1) }).unwrap();
    assert_eq!(clustering.nearest.len(), 21_000);
    let is_whole = |members: &Vec<usize>| members.iter().filter(|row| **row % 9 == members[0] % 9).count() * 100;
    assert!(clustering.members().iter().all(|members| is_whole(members) > 95 * members.len()));
    let again = nearest_centroids(&rows, &clustering.centroids);
    assert!(again.iter().zip(&clustering.nearest).all(|(again, nearest)| again.similarity == nearest.similarity));
}

/// Inner products of a clustering, as a multiple of those of one exact step.
fn steps_worth(rows: &Embeddings, parameters: KMeans) -> f64 {
    let clustering = kmeans(rows, &vec![1.0; rows.len()], parameters).unwrap();
    clustering.products as f64 / (rows.len() * parameters.k) as f64
}

#[test]
fn many_clusters_take_few_products() {
    let fast = steps_worth(&mixture(3000, 200, 0.8, 1), many(400, 1));
    let exact = steps_worth(&mixture(3000, 200, 0.8, 1), KMeans { exact: true, ..many(400, 1) });
    assert!(fast < 5.6 && exact > 10.0, "{fast} {exact}");
}

#[test]
fn many_rows_take_few_products() {
    let separate = mixture(42_000, 9, 0.3, 6);
    let part = steps_worth(&separate.select(&(0..14_000).collect::<Vec<_>>()), many(9, 1));
    let all = steps_worth(&separate, many(9, 1));
    assert!(part < 7.0 && all < 7.0, "{part} {all}");
}
