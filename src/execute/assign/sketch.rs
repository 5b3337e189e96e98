//! What is kept of documents whose lines are gone, so that they can be compared with those of a run: counts, and two samples of
//! bounded size. Neither depends on how the documents are divided into parts.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::compare::Tally;
use crate::corpus::Corpus;
use crate::decision::Placement;
use crate::embed::Embedder;
use crate::error::Error;
use crate::methods::{ProposalRecord, Themeless, themes};
use crate::vectors::Embeddings;

/// Documents that are compared with those of the run.
const SAMPLE: usize = 500;
/// Texts in no cluster that are looked at for themes, at most.
const THEMELESS: usize = 2_000;
/// Themes of them, at most.
const THEMES: usize = 5;

/// sha256 of a text.
type Hash = [u8; 32];

/// What is kept of documents.
pub(super) struct Sketch {
    seed: u64,
    dimensions: usize,
    /// Counts of their lines.
    pub(super) tally: Tally,
    /// The vectors of some, by a hash of text and id and the seed: the smallest hashes, so that they are drawn at random. A text is
    /// there as often as its documents are drawn.
    sample: BTreeMap<(Hash, String), Sampled>,
    /// The texts in no cluster with the smallest hashes, so that these are any.
    uncovered: BTreeMap<Hash, Uncovered>,
}

/// A document of the sample.
struct Sampled {
    text: Hash,
    vector: Vec<f32>,
}

/// A text in no cluster.
struct Uncovered {
    text: String,
    vector: Vec<f32>,
    documents: usize,
    /// The smallest of their ids.
    id: String,
}

impl Sketch {
    pub(super) fn new(dimensions: usize, seed: u64) -> Sketch {
        let (tally, sample, uncovered) = (Tally::default(), BTreeMap::new(), BTreeMap::new());
        Sketch { seed, dimensions, tally, sample, uncovered }
    }

    /// Looks at distinct texts of a corpus, the first of which has this number, with their places and vectors.
    pub(super) fn add(&mut self, corpus: &Corpus, first: usize, places: &[Placement], rows: &Embeddings) {
        for (row, place) in places.iter().enumerate() {
            let (text, vector) = (corpus.text(first + row), rows.row(row));
            let hash: Hash = Sha256::digest(text).into();
            let ids = || corpus.carriers(first + row).iter().map(|&document| corpus.documents[document].id.as_str());
            for id in ids() {
                self.draw(&hash, id, vector);
            }
            if matches!(place, Placement::Uncovered(_)) {
                self.add_uncovered(hash, text, vector, ids());
            }
        }
    }

    fn draw(&mut self, text: &Hash, id: &str, vector: &[f32]) {
        let rank = Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(text).chain_update(id).finalize();
        let rank: Hash = rank.into();
        let is_full = self.sample.len() >= SAMPLE;
        if is_full && self.sample.last_key_value().is_some_and(|((last, _), _)| rank > *last) {
            return;
        }
        self.sample.insert((rank, id.to_owned()), Sampled { text: *text, vector: vector.to_vec() });
        if self.sample.len() > SAMPLE {
            self.sample.pop_last();
        }
    }

    fn add_uncovered<'i>(&mut self, hash: Hash, text: &str, vector: &[f32], ids: impl Iterator<Item = &'i str>) {
        let (mut documents, mut id) = (0, None);
        for one in ids {
            (documents, id) = (documents + 1, id.filter(|smallest| *smallest <= one).or(Some(one)));
        }
        let Some(id) = id else { return };
        if let Some(known) = self.uncovered.get_mut(&hash) {
            known.documents += documents;
            if id < known.id.as_str() {
                known.id = id.to_owned();
            }
            return;
        }
        let is_full = self.uncovered.len() >= THEMELESS;
        if is_full && self.uncovered.last_key_value().is_some_and(|(last, _)| hash > *last) {
            return;
        }
        let (text, vector) = (text.to_owned(), vector.to_vec());
        self.uncovered.insert(hash, Uncovered { text, vector, documents, id: id.to_owned() });
        if self.uncovered.len() > THEMELESS {
            self.uncovered.pop_last();
        }
    }

    /// The vectors of the sample, in an order that does not depend on that of the rows.
    pub(super) fn vectors(&self) -> Embeddings {
        let mut sample: Vec<(&Hash, &String, &Vec<f32>)> =
            self.sample.iter().map(|((_, id), one)| (&one.text, id, &one.vector)).collect();
        sample.sort_unstable_by_key(|&(text, id, _)| (text, id));
        Embeddings::new(sample.into_iter().flat_map(|(_, _, vector)| vector).copied().collect(), self.dimensions)
    }

    /// What the documents in no cluster are about.
    pub(super) fn themes(&self, goal: &str, embedder: &dyn Embedder) -> Result<Vec<ProposalRecord>, Error> {
        let uncovered: Vec<&Uncovered> = self.uncovered.values().collect();
        let vectors = uncovered.iter().flat_map(|one| &one.vector).copied().collect();
        let of = Themeless {
            texts: &uncovered.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(),
            weights: &uncovered.iter().map(|one| one.documents as f64).collect::<Vec<_>>(),
            vectors: &Embeddings::new(vectors, self.dimensions),
            goal,
            embedder,
        };
        let themes = themes(&of, THEMES, self.seed)?;
        Ok(themes.into_iter().map(|theme| ProposalRecord::of(theme, |text| uncovered[text].id.clone())).collect())
    }
}
