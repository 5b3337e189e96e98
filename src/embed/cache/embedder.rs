//! An embedder with a cache before it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::segment::Row;
use super::{TEXTS, VectorCache};
use crate::embed::{Computed, Embedded, Embedder, Identity};
use crate::error::Error;
use crate::observer::Observer;
use crate::vectors::{Embeddings, is_unit};

/// New vectors are written after this time at least, and after [`LATEST`] at most: in between, after a twentieth of the time that
/// embedding has taken. So a killed process loses little, and a long one does not leave thousands of files.
const SOONEST: Duration = Duration::from_secs(2);
/// See [`SOONEST`].
const LATEST: Duration = Duration::from_secs(60);

/// An embedder that looks into the cache first.
pub struct CachedEmbedder<'a> {
    inner: Box<dyn Embedder + 'a>,
    cache: VectorCache,
}

impl<'a> CachedEmbedder<'a> {
    /// `inner`, with its own cache.
    pub fn new(inner: Box<dyn Embedder + 'a>, cache: VectorCache) -> CachedEmbedder<'a> {
        CachedEmbedder { inner, cache }
    }

    /// The cache alone.
    pub fn into_cache(self) -> VectorCache {
        self.cache
    }
}

impl Embedder for CachedEmbedder<'_> {
    fn identity(&self) -> &Identity {
        self.inner.identity()
    }

    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        let d = self.identity().dimensions;
        let mut embeddings = vec![0.0; texts.len() * d];
        let mut truncated = vec![false; texts.len()];
        let mut missing = Vec::new();
        let mut put = |index: usize, vector: &[f32], is_cut: bool| {
            embeddings[index * d..(index + 1) * d].copy_from_slice(vector);
            truncated[index] = is_cut;
        };
        for (index, text) in texts.iter().enumerate() {
            match self.cache.find(text, observer) {
                Some((vector, is_cut)) => put(index, &vector, is_cut),
                None => missing.push(index),
            }
        }
        if missing.len() < texts.len() {
            observer.say(&told(texts.len() - missing.len(), texts.len()).into());
        }
        if !missing.is_empty() {
            let absent: Vec<&str> = missing.iter().map(|&index| texts[index]).collect();
            let keeper = Keeper::new(&self.cache, &absent, observer);
            let embedded = self.inner.embed_keeping(&absent, &|vector| keeper.keep(vector), observer);
            keeper.write();
            let embedded = embedded?;
            for (place, &index) in missing.iter().enumerate() {
                put(index, embedded.embeddings.row(place), embedded.truncated[place]);
            }
        }
        Ok(Embedded { embeddings: Embeddings::new(embeddings, d), truncated })
    }

    fn embed_unkept(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        self.inner.embed_unkept(texts, observer)
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        self.inner.truncated(texts)
    }

    fn unknown(&self, texts: &[&str]) -> Vec<bool> {
        self.inner.unknown(texts)
    }
}

/// How many vectors came from the cache.
pub fn told(found: usize, all: usize) -> String {
    format!("{found} of {all} vectors come from the cache")
}

/// Brings vectors into the cache while more are computed.
struct Keeper<'a> {
    cache: &'a VectorCache,
    texts: &'a [&'a str],
    observer: &'a dyn Observer,
    began: Instant,
    pending: Mutex<Pending>,
}

struct Pending {
    rows: Vec<Row>,
    written: Instant,
}

impl<'a> Keeper<'a> {
    fn new(cache: &'a VectorCache, texts: &'a [&'a str], observer: &'a dyn Observer) -> Keeper<'a> {
        let began = Instant::now();
        let pending = Mutex::new(Pending { rows: Vec::new(), written: began });
        Keeper { cache, texts, observer, began, pending }
    }

    /// What is not a direction is not kept: the run will say what is wrong with it.
    fn keep(&self, computed: Computed<'_>) {
        if !is_unit(computed.vector) {
            return;
        }
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.rows.push(Row::new(self.texts[computed.text], computed.vector, computed.is_cut));
        let pause = (self.began.elapsed() / 20).clamp(SOONEST, LATEST);
        if pending.rows.len() >= TEXTS || pending.written.elapsed() >= pause {
            pending.written = Instant::now();
            let rows = std::mem::take(&mut pending.rows);
            drop(pending);
            self.cache.keep(&rows, self.observer);
        }
    }

    /// Writes what is left.
    fn write(self) {
        let rows = self.pending.into_inner().unwrap_or_else(PoisonError::into_inner).rows;
        if !rows.is_empty() {
            self.cache.keep(&rows, self.observer);
        }
    }
}
