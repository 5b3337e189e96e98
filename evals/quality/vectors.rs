//! Vectors of a set, kept in a file between runs, and an embedder that remembers every text it has seen.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, ensure};
use colligate::embed::{self, Embedded, Embedder, Identity};
use colligate::error::Error;
use colligate::observer::{Observer, Silent};
use colligate::vectors::{Embeddings, read_npy, write_npy};

use super::set::Set;

/// An embedder with a memory.
pub struct Cached {
    inner: Box<dyn Embedder>,
    texts: Embeddings,
    known: Mutex<HashMap<String, Vec<f32>>>,
}

impl Cached {
    /// The set's vectors from `cache`/NAME-n.npy (n documents, one row each, in input order), or embedded and written there. Those of
    /// another embedder than `builtin` have its checksum's beginning in their file's name.
    pub fn open(set: &Set, embedder: &str, cache: &Path) -> anyhow::Result<Cached> {
        let inner = embed::open(embedder, &Silent)?;
        let other = if embedder == "builtin" { "" } else { &format!("-{}", &inner.identity().sha256[..8]) };
        let file = cache.join(format!("{}-{}{other}.npy", set.name, set.corpus.documents.len()));
        let documents = if file.is_file() {
            read_npy(&file)?
        } else {
            let all: Vec<&str> = set.corpus.documents.iter().map(|document| document.text.as_str()).collect();
            let made = inner.embed(&all, &Silent)?.embeddings;
            std::fs::create_dir_all(cache)?;
            write_npy(&made, std::fs::File::create(&file).with_context(|| file.display().to_string())?)?;
            made
        };
        ensure!(documents.len() == set.corpus.documents.len(), "{} is of another set: delete it", file.display());
        let texts = documents.select(&set.corpus.representatives());
        let known = (0..texts.len()).map(|text| (set.corpus.text(text).to_owned(), texts.row(text).to_vec())).collect();
        Ok(Cached { inner, texts, known: Mutex::new(known) })
    }

    /// One row a distinct text.
    pub fn texts(&self) -> &Embeddings {
        &self.texts
    }
}

impl Embedder for Cached {
    fn identity(&self) -> &Identity {
        self.inner.identity()
    }

    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh: Vec<&str> = texts.iter().copied().filter(|text| !known.contains_key(*text)).collect();
        if !fresh.is_empty() {
            let made = self.inner.embed(&fresh, observer)?.embeddings;
            known.extend(fresh.iter().enumerate().map(|(row, text)| ((*text).to_owned(), made.row(row).to_vec())));
        }
        let values = texts.iter().flat_map(|text| known[*text].iter().copied()).collect();
        let embeddings = Embeddings::new(values, self.texts.dimensions());
        Ok(Embedded { embeddings, truncated: vec![false; texts.len()] })
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        self.inner.truncated(texts)
    }
}
