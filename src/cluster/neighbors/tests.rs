//! One suite for every index, beside a search that cannot be wrong.

use rand::RngExt;

use super::*;
use crate::seed::generator;
use crate::vectors::{dot, normalise};

/// What an approximate index must find of the ten nearest, on average.
const RECALL: f64 = 0.95;
const DIMENSIONS: usize = 32;

/// Unit rows in loose overlapping groups of different size.
pub(super) fn rows(count: usize) -> Embeddings {
    let mut random = generator(5, "test", &[]);
    let mut uniform = |scale: f32| scale * (random.random::<f32>() - 0.5);
    let groups: Vec<f32> = (0..40 * DIMENSIONS).map(|_| uniform(1.0)).collect();
    let mut values = Vec::with_capacity(count * DIMENSIONS);
    for row in 0..count {
        let group = (row * row) % 40 * DIMENSIONS;
        let mut vector: Vec<f32> = groups[group..group + DIMENSIONS].iter().map(|mean| mean + uniform(1.2)).collect();
        normalise(&mut vector);
        values.extend(vector);
    }
    Embeddings::new(values, DIMENSIONS)
}

/// The nearest rows by sorting all of them.
fn sorted(embeddings: &Embeddings, query: &[f32]) -> Vec<usize> {
    let mut all: Vec<Neighbor> =
        (0..embeddings.len()).map(|index| Neighbor { index, similarity: dot(query, embeddings.row(index)) }).collect();
    all.sort_by(nearer);
    all.into_iter().map(|neighbor| neighbor.index).collect()
}

fn indices(embeddings: &Embeddings) -> Vec<(&'static str, Box<dyn NeighborIndex + '_>)> {
    vec![
        ("exact", Box::new(ExactIndex::new(embeddings))),
        ("cells", Box::new(CellIndex::new(embeddings))),
        #[cfg(feature = "hnsw")]
        ("hnsw", Box::new(HnswIndex::new(embeddings).unwrap())),
    ]
}

fn shared(found: &[Neighbor], true_ones: &[usize]) -> f64 {
    let hits = found.iter().filter(|neighbor| true_ones.contains(&neighbor.index)).count();
    hits as f64 / true_ones.len() as f64
}

#[test]
fn queries_find_what_is_nearest() {
    let embeddings = rows(4_000);
    for (name, index) in indices(&embeddings) {
        let queries: Vec<usize> = (0..4_000).step_by(67).collect();
        let recall = |&row: &usize| {
            let query = embeddings.row(row);
            shared(&index.nearest(query, 10), &sorted(&embeddings, query)[..10])
        };
        let recall = queries.iter().map(recall).sum::<f64>() / queries.len() as f64;
        assert!(recall >= if name == "exact" { 1.0 } else { RECALL }, "{name}: {recall}");
    }
}

#[test]
fn neighborhoods_hold_what_is_nearest_but_the_row_itself() {
    let embeddings = rows(4_000);
    for (name, index) in indices(&embeddings) {
        let found = index.neighborhoods(10);
        assert!(found.of.iter().enumerate().all(|(row, list)| list.iter().all(|near| near.index != row)), "{name}");
        let queries: Vec<usize> = (0..4_000).step_by(67).collect();
        let recall = |&row: &usize| {
            let mut others = sorted(&embeddings, embeddings.row(row));
            others.retain(|&other| other != row);
            shared(&found.of[row], &others[..10])
        };
        let recall = queries.iter().map(recall).sum::<f64>() / queries.len() as f64;
        assert!(recall >= if name == "exact" { 0.999 } else { RECALL }, "{name}: {recall}");
    }
}

#[test]
fn cells_compare_a_fraction_of_all_pairs() {
    let embeddings = rows(8_000);
    let found = CellIndex::new(&embeddings).neighborhoods(10);
    let share = found.products as f64 / 8_000_f64.powi(2);
    assert!(share < 0.3, "{share}");
}

#[test]
fn the_nearest_come_first_and_ties_go_to_the_lowest_row() {
    let embeddings = Embeddings::new(vec![0.0, 1.0, 1.0, 0.0, 0.6, 0.8, 1.0, 0.0], 2);
    for (name, index) in indices(&embeddings) {
        let found: Vec<usize> = index.nearest(&[1.0, 0.0], 3).iter().map(|neighbor| neighbor.index).collect();
        assert_eq!(found, [1, 3, 2], "{name}");
        let lists = index.neighborhoods(2).of;
        let of = |row: usize| lists[row].iter().map(|neighbor| neighbor.index).collect::<Vec<_>>();
        assert_eq!([of(0), of(1), of(2), of(3)], [[2, 1], [3, 2], [0, 1], [1, 2]], "{name}");
    }
}

#[test]
fn more_than_there_are_and_none_at_all() {
    let embeddings = rows(300);
    for (name, index) in indices(&embeddings) {
        let found: Vec<usize> = index.nearest(embeddings.row(7), 400).iter().map(|near| near.index).collect();
        assert_eq!(found, sorted(&embeddings, embeddings.row(7)), "{name}");
        assert!(index.neighborhoods(400).of.iter().all(|list| list.len() == 299), "{name}");
        assert!(index.nearest(embeddings.row(7), 0).is_empty(), "{name}");
        assert!(index.neighborhoods(0).of.iter().all(Vec::is_empty), "{name}");
    }
}

#[test]
fn any_number_of_nearest_may_be_asked_for() {
    let embeddings = rows(3);
    assert_eq!(ExactIndex::new(&embeddings).nearest(embeddings.row(1), usize::MAX).len(), 3);
    assert_eq!(CellIndex::new(&embeddings).nearest(embeddings.row(1), usize::MAX).len(), 3);
}

#[test]
fn equal_rows_are_one_anothers_neighbors() {
    let embeddings = Embeddings::new([0.6, 0.8].repeat(90), 2);
    for (name, index) in indices(&embeddings) {
        let found: Vec<usize> = index.neighborhoods(3).of[1].iter().map(|near| near.index).collect();
        assert_eq!(found, [0, 2, 3], "{name}");
    }
}

#[test]
fn one_thread_and_many_find_the_same() {
    let embeddings = rows(2_000);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = |index: Box<dyn NeighborIndex + '_>| (index.neighborhoods(5), index.nearest(&[0.1; 32], 5));
        pool.install(|| indices(&embeddings).into_iter().map(|(_, index)| found(index)).collect::<Vec<_>>())
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn the_number_of_rows_decides_for_the_index() {
    let query = [0.1; DIMENSIONS];
    let few = rows(900);
    assert_eq!(neighbor_index(&few).nearest(&query, 400), ExactIndex::new(&few).nearest(&query, 400));
    let many = few.select(&(0..=FEW).map(|row| row % 900).collect::<Vec<_>>());
    assert_ne!(neighbor_index(&many).nearest(&query, 1_500), ExactIndex::new(&many).nearest(&query, 1_500));
}

#[test]
fn queries_asked_together_find_what_they_find_alone() {
    let embeddings = rows(3_000);
    let part = embeddings.select(&(0..2_000).collect::<Vec<_>>());
    let index = CellIndex::new(&part);
    let indices = |found: &[Neighbor]| found.iter().map(|near| near.index).collect::<Vec<_>>();
    for (query, found) in index.nearest_of(&embeddings, 4).iter().enumerate().step_by(211) {
        assert_eq!(indices(found), indices(&index.nearest(embeddings.row(query), 4)), "{query}");
    }
}
