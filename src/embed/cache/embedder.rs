//! An embedder with a cache before it.

use super::VectorCache;
use crate::embed::{Embedded, Embedder, Embeddings, Identity};
use crate::error::Error;
use crate::observer::Observer;

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
            observer.say(&told(texts.len() - missing.len(), texts.len()));
        }
        if !missing.is_empty() {
            let absent: Vec<&str> = missing.iter().map(|&index| texts[index]).collect();
            let embedded = self.inner.embed(&absent, observer)?;
            self.cache.add(&absent, &embedded, observer);
            for (place, &index) in missing.iter().enumerate() {
                put(index, embedded.embeddings.row(place), embedded.truncated[place]);
            }
        }
        Ok(Embedded { embeddings: Embeddings::new(embeddings, d), truncated })
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        self.inner.truncated(texts)
    }
}

/// How many vectors came from the cache.
pub fn told(found: usize, all: usize) -> String {
    format!("{found} of {all} vectors come from the cache")
}
