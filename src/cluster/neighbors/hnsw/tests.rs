use super::super::tests::rows;
use super::*;
use crate::vectors::normalise;

#[test]
fn several_shards_find_what_one_finds_but_for_little_for_any_number_of_threads() {
    let embeddings = rows(3_000);
    let built = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| HnswIndex::in_shards(&embeddings, 700).unwrap())
    };
    let index = built(1);
    assert_eq!(index.graphs.len(), 5);
    assert_eq!(index, built(3));
    let exact = ExactIndex::new(&embeddings);
    let found = |row: usize| {
        let nearest: Vec<usize> = exact.nearest(embeddings.row(row), 10).iter().map(|near| near.index).collect();
        index.nearest(embeddings.row(row), 10).iter().filter(|near| nearest.contains(&near.index)).count()
    };
    let found: usize = (0..3_000).step_by(50).map(found).sum();
    assert!(found >= 590, "{found} of 600");
}

#[test]
fn a_row_that_is_not_finite_or_not_of_length_one_is_an_error_that_names_it() {
    for bad in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 0.0], [1.01, 0.0]] {
        let embeddings = Embeddings::new([vec![1.0, 0.0], bad.to_vec()].concat(), 2);
        let problem = HnswIndex::new(&embeddings).unwrap_err().to_string();
        assert_eq!(problem, "embedder: the vector of row 1 is not finite or not of length one");
    }
}

#[test]
fn rows_whose_product_rounds_above_one_are_no_problem() {
    let mut values: Vec<f32> = (0..600 * 48).map(|place| 1.0 + 1e-6 * (place % 97) as f32).collect();
    values.chunks_mut(48).for_each(normalise);
    let embeddings = Embeddings::new(values, 48);
    let index = HnswIndex::new(&embeddings).unwrap();
    assert_eq!(index.nearest(embeddings.row(3), 20).len(), 20);
}

#[test]
fn no_rows_at_all_are_an_index_that_finds_nothing() {
    let embeddings = Embeddings::new(Vec::new(), 3);
    let index = HnswIndex::new(&embeddings).unwrap();
    assert!(index.nearest(&[1.0, 0.0, 0.0], 3).is_empty());
    assert_eq!(HnswIndex::from_bytes(&index.to_bytes(), &embeddings).unwrap(), index);
}

#[test]
fn what_is_saved_is_read_again() {
    let embeddings = rows(1_200);
    let twice = embeddings.select(&(0..1_500).map(|row| row % 1_200).collect::<Vec<_>>());
    let index = HnswIndex::in_shards(&twice, 500).unwrap();
    assert_eq!(HnswIndex::from_bytes(&index.to_bytes(), &twice).unwrap(), index);
}

#[test]
fn a_damaged_or_foreign_file_is_refused() {
    let embeddings = rows(200);
    let bytes = HnswIndex::in_shards(&embeddings, 90).unwrap().to_bytes();
    let read = |bytes: &[u8]| HnswIndex::from_bytes(bytes, &embeddings);
    for place in (0..bytes.len()).step_by(61) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x11;
        // A changed space or name of the header may still say the same of the same numbers.
        assert!(read(&damaged).is_err() || read(&damaged) == read(&bytes), "byte {place}");
        assert!(read(&bytes[..place]).is_err(), "{place} bytes");
    }
    let problem = HnswIndex::from_bytes(&bytes, &rows(199)).unwrap_err();
    assert_eq!(problem, "is the index of other vectors");
    assert_eq!(read(b"hello").unwrap_err(), "is not an index of neighbors");
}

#[test]
fn a_file_with_a_right_checksum_and_wrong_numbers_is_refused() {
    let embeddings = rows(50);
    let index = HnswIndex::in_shards(&embeddings, 20).unwrap();
    let refused = |change: fn(&mut HnswIndex<'_>)| {
        let mut changed = index.clone();
        change(&mut changed);
        HnswIndex::from_bytes(&changed.to_bytes(), &embeddings).unwrap_err()
    };
    assert_eq!(refused(|index| index.graphs[0].links[0] = 20), "has links that do not fit");
    assert_eq!(refused(|index| index.graphs[2].entry = 10), "has links that do not fit");
    assert_eq!(refused(|index| index.shard = 19), "has links that do not fit");
    assert_eq!(refused(|index| index.shard = 0), "has shards of no nodes");
    assert_eq!(refused(|index| index.members[3] = vec![4]), "names rows that do not fit");
    assert_eq!(refused(|index| index.members[3] = vec![50]), "names rows that do not fit");
}
