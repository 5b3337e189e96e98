//! A run's own texts, known again by their hash.

use sha2::{Digest, Sha256};

use super::tensors::Tensors;

/// Bytes of a hash that are kept: enough that no two texts share them.
pub(super) const KEY: usize = 16;

/// The n distinct texts of a run, in canonical order.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// n: the beginning of each text's sha256, ascending.
    pub(super) keys: Vec<[u8; KEY]>,
    /// n: the row of the run's `embeddings.npy` that is the text's vector.
    pub rows: Vec<u32>,
}

impl Own {
    /// Of texts in canonical order, each with its row of `embeddings.npy`.
    pub fn new(texts: &[&str], rows: &[usize]) -> Own {
        Own { keys: texts.iter().map(|text| key(text)).collect(), rows: rows.iter().map(|&row| row as u32).collect() }
    }

    /// Reads n of them.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub(super) fn read(tensors: &Tensors, texts: usize) -> Result<Own, String> {
        let own = Own { keys: tensors.keys("texts: key", texts)?, rows: tensors.numbers("texts: row", texts)? };
        match own.keys.is_sorted_by(|a, b| a < b) {
            true => Ok(own),
            false => Err("\"texts: key\" is not ascending".into()),
        }
    }

    /// n.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether n is 0.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of a text, if it is one of them.
    pub fn number(&self, text: &str) -> Option<usize> {
        self.keys.binary_search(&key(text)).ok()
    }
}

/// The beginning of a text's sha256.
pub(super) fn key(text: &str) -> [u8; KEY] {
    let mut key = [0; KEY];
    key.copy_from_slice(&Sha256::digest(text)[..KEY]);
    key
}
