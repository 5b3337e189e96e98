use std::borrow::Cow;
use std::fs;
use std::path::Path;

use rand::RngExt;

use super::*;
use crate::run::fixture::RunBuilder;
use crate::run::{DocumentMap, RunDirectory, documents_file, embeddings_file, index_file};
use crate::search::exact::Searched;
use crate::search::indexed::Indexed;
use crate::search::{Found, Query, Wanted};
use crate::seed::generator;
use crate::vectors::{Embeddings, normalise};

/// What a search by the index must find of the ten nearest, on average.
const RECALL: f64 = 0.95;
const ROWS: usize = 6_000;
const DIMENSIONS: usize = 24;
const TEN: Wanted<'_> = Wanted { clusters: 3, documents: 10, within: None };

/// Unit rows in loose overlapping groups. The texts of the first rows come again as those of the last, with their vectors.
fn vectors(copies: usize) -> Embeddings {
    let mut random = generator(5, "test", &[]);
    let mut uniform = |scale: f32| scale * (random.random::<f32>() - 0.5);
    let groups: Vec<f32> = (0..40 * DIMENSIONS).map(|_| uniform(1.0)).collect();
    let mut values: Vec<f32> = Vec::new();
    for row in 0..ROWS - copies {
        let group = (row * row) % 40 * DIMENSIONS;
        let mut vector: Vec<f32> = groups[group..group + DIMENSIONS].iter().map(|mean| mean + uniform(1.2)).collect();
        normalise(&mut vector);
        values.extend(vector);
    }
    values.extend_from_within(..copies * DIMENSIONS);
    Embeddings::new(values, DIMENSIONS)
}

/// A run directory with two clusters and its index.
fn run(path: &Path) -> (Manifest, Searched<'static>) {
    const COPIES: usize = 20;
    let texts: Vec<String> = (0..ROWS).map(|row| format!("text {}", row % (ROWS - COPIES))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let (first, second) = texts.split_at(ROWS / 3);
    let mut run = RunBuilder::by_goal("x").cluster("up", "p", first).cluster("right", "q", second).build();
    let directory = RunDirectory::open(Some(path), "x", false, &[]).unwrap();
    let vectors = vectors(COPIES);
    let rows: Vec<usize> = (0..ROWS).collect();
    run.manifest.embedder.dimensions = DIMENSIONS;
    let (embedder, corpus) = (&run.manifest.embedder.sha256, &run.manifest.corpus.sha256);
    run.manifest.embedder.vectors = directory.write_embeddings(&vectors, &rows, embedder, corpus).unwrap();
    run.manifest.files = directory.write_results(&run, &DocumentMap::NoVectors).unwrap();
    directory.write_manifest(&run.manifest).unwrap();
    let manifest = run.manifest.clone();
    let searched = Searched::with(path, Cow::Owned(run), Some(vectors)).unwrap();
    build(path, &manifest, &searched).unwrap();
    (manifest, searched)
}

fn open(path: &Path, manifest: &Manifest) -> Result<Indexed, crate::error::Error> {
    Indexed::open(path, manifest).map(Option::unwrap)
}

fn shared(found: &Found, exact: &Found) -> usize {
    found.documents.iter().filter(|document| exact.documents.contains(document)).count()
}

#[test]
fn an_index_finds_what_comparing_all_finds_with_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, searched) = run(folder.path());
    let indexed = open(folder.path(), &manifest).unwrap();
    let mut hits = 0;
    for row in (0..ROWS).step_by(60) {
        let query = Query::Vector(searched.vectors.row(row));
        let (found, exact) = (indexed.search(query, TEN).unwrap(), searched.search(query, TEN).unwrap());
        assert_eq!(found.clusters, exact.clusters);
        hits += shared(&found, &exact);
    }
    let recall = hits as f64 / (10 * ROWS.div_ceil(60)) as f64;
    assert!(recall >= RECALL, "{recall}");
    for query in [Query::Like("d1"), Query::Like("d5981"), Query::Like("d40"), Query::Cluster("up")] {
        for within in [None, Some("up"), Some("c2")] {
            let wanted = Wanted { within, ..TEN };
            let (found, exact) = (indexed.search(query, wanted).unwrap(), searched.search(query, wanted).unwrap());
            match within {
                Some(_) => assert_eq!(found, exact, "{query:?}"),
                None => assert!(shared(&found, &exact) >= 9, "{query:?}"),
            }
        }
    }
    for query in [Query::Like("d0"), Query::Cluster("none")] {
        assert_eq!(indexed.search(query, TEN).unwrap_err().exit_code(), 2);
    }
}

#[test]
fn the_index_is_the_same_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, searched) = run(folder.path());
    let by = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| build(folder.path(), &manifest, &searched)).unwrap();
        fs::read(index_file(folder.path())).unwrap()
    };
    assert!(by(1) == by(3));
}

/// What is found for several queries; an error where a file is damaged.
fn found(path: &Path, manifest: &Manifest, queries: &[Query<'_>]) -> Result<Vec<Found>, crate::error::Error> {
    let indexed = open(path, manifest)?;
    queries.iter().map(|query| indexed.search(*query, Wanted { within: None, ..TEN })).collect()
}

#[test]
fn a_damaged_index_or_run_never_gives_other_documents() {
    let folder = tempfile::tempdir().unwrap();
    let (manifest, searched) = run(folder.path());
    let queries =
        [Query::Vector(searched.vectors.row(7)), Query::Vector(searched.vectors.row(4_000)), Query::Like("d77")];
    let whole = found(folder.path(), &manifest, &queries).unwrap();
    let mut noticed = 0;
    for (file, places) in
        [(index_file(folder.path()), 400), (embeddings_file(folder.path()), 60), (documents_file(folder.path()), 60)]
    {
        let bytes = fs::read(&file).unwrap();
        for place in (0..places).map(|place| place * (bytes.len() - 1) / (places - 1)) {
            let mut changed = bytes.clone();
            changed[place] ^= 0x20;
            fs::write(&file, &changed).unwrap();
            match found(folder.path(), &manifest, &queries) {
                Ok(found) => assert_eq!(found, whole, "{} at {place}", file.display()),
                Err(problem) => {
                    assert!(matches!(problem, crate::error::Error::File { .. }), "{problem}");
                    noticed += 1;
                }
            }
        }
        for length in [0, 10, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&file, &bytes[..length]).unwrap();
            assert!(found(folder.path(), &manifest, &queries).is_err(), "{} cut to {length}", file.display());
        }
        fs::write(&file, &bytes).unwrap();
    }
    assert!(noticed > 100, "{noticed}");
    let mut other = manifest.clone();
    other.files.insert("clusters.jsonl".into(), "0".repeat(64));
    assert!(open(folder.path(), &other).unwrap_err().to_string().contains("is of another run"));
}
