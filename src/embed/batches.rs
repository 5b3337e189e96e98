//! Texts in batches of like length, and their vectors back in the texts' own order.

use rayon::prelude::*;
use tokenizers::{Encoding, Tokenizer};

use super::reading::{Batching, Reading};
use super::{Embedded, Embeddings, broken, normalise};
use crate::error::Error;
use crate::observer::Observer;

/// Texts in one run of the model. Measured: 8 is fastest for texts of a dozen tokens and near the best for long ones.
const BATCH: usize = 8;
/// Texts in one run when they are phrases of a few tokens, where the cost of a run itself counts.
const PHRASES: usize = 32;
/// Tokens of a phrase at most, the special ones included.
const PHRASE: usize = 8;
/// Tokens in one run of texts of one length. Measured: neither half nor twice as many are faster.
const TOKENS: usize = 256;

/// A batch (indices of texts) and its vectors.
pub type Vectors<'b> = (&'b [usize], Vec<Vec<f32>>);

/// Embeds n texts: `run` gives the vectors of all batches, each with its batch.
///
/// # Errors
/// Those of `run`, and when a text cannot be tokenised.
pub fn embed(
    tokenizer: &Tokenizer,
    reading: &Reading,
    dimensions: usize,
    texts: &[&str],
    observer: &dyn Observer,
    run: impl for<'b> FnOnce(&[&'b [usize]], &[Encoding]) -> Result<Vec<Vectors<'b>>, Error>,
) -> Result<Embedded, Error> {
    let encodings = tokenise(tokenizer, reading, texts)?;
    let order = by_length(&encodings);
    observer.begin("embedding", texts.len() as u64);
    let vectors = run(&batches(&order, &encodings, reading.batching), &encodings)?;
    observer.end();
    let embeddings = gather(vectors, texts.len(), dimensions);
    Ok(Embedded { embeddings, truncated: encodings.iter().map(is_cut).collect() })
}

/// Whether each of n texts is longer than the tokenizer's window.
///
/// # Errors
/// When a text cannot be tokenised.
pub fn truncated(tokenizer: &Tokenizer, reading: &Reading, texts: &[&str]) -> Result<Vec<bool>, Error> {
    Ok(tokenise(tokenizer, reading, texts)?.iter().map(is_cut).collect())
}

/// Vectors of the expected length d, scaled to length one.
///
/// # Errors
/// When one has another length.
pub fn checked(mut vectors: Vec<Vec<f32>>, expected: usize) -> Result<Vec<Vec<f32>>, Error> {
    if let Some(other) = vectors.iter().find(|vector| vector.len() != expected) {
        return Err(Error::Embedder(format!("vectors have {} dimensions, expected {expected}", other.len())));
    }
    vectors.iter_mut().for_each(|vector| normalise(vector));
    Ok(vectors)
}

/// The tokens of n texts, as the model is to see them.
fn tokenise(tokenizer: &Tokenizer, reading: &Reading, texts: &[&str]) -> Result<Vec<Encoding>, Error> {
    let encode = |text: &&str| tokenizer.encode(reading.text(text), true);
    texts.par_iter().map(|text| encode(text).map_err(broken)).collect()
}

/// The texts, the shortest first: so that those of one batch need little padding.
fn by_length(encodings: &[Encoding]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..encodings.len()).collect();
    order.sort_by_key(|&index| (encodings[index].len(), index));
    order
}

/// The batches of texts that are in order of length, the longest first.
fn batches<'o>(order: &'o [usize], encodings: &[Encoding], batching: Batching) -> Vec<&'o [usize]> {
    match batching {
        Batching::Padded => padded(order, encodings),
        Batching::SameLength => of_one_length(order, encodings),
        Batching::Single => order.chunks(1).rev().collect(),
    }
}

/// Batches of texts that differ a little in length; phrases come last.
fn padded<'o>(order: &'o [usize], encodings: &[Encoding]) -> Vec<&'o [usize]> {
    let phrases = order.partition_point(|&index| encodings[index].len() <= PHRASE);
    let (short, long) = order.split_at(phrases);
    long.chunks(BATCH).rev().chain(short.chunks(PHRASES)).collect()
}

/// Batches of as many texts of one length as [`TOKENS`] allows.
fn of_one_length<'o>(order: &'o [usize], encodings: &[Encoding]) -> Vec<&'o [usize]> {
    let length = |index: usize| encodings[index].len();
    let groups = order.chunk_by(|&left, &right| length(left) == length(right));
    groups.flat_map(|group| group.chunks((TOKENS / length(group[0]).max(1)).max(1))).rev().collect()
}

/// Whether a text was longer than the tokenizer's window.
pub fn is_cut(encoding: &Encoding) -> bool {
    !encoding.get_overflowing().is_empty()
}

/// Puts the batches' vectors back into the order of the texts (n×d).
fn gather(batches: Vec<Vectors<'_>>, texts: usize, dimensions: usize) -> Embeddings {
    let mut values = vec![0.0; texts * dimensions];
    for (batch, vectors) in batches {
        for (&index, vector) in batch.iter().zip(vectors) {
            values[index * dimensions..(index + 1) * dimensions].copy_from_slice(&vector);
        }
    }
    Embeddings::new(values, dimensions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::builtin::builtin_tokenizer;

    #[test]
    fn padding_is_a_twentieth_of_the_tokens_at_most() {
        let lines = include_str!("../../corpora/support-tickets/documents.jsonl").lines();
        let rows: Vec<serde_json::Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
        let texts: Vec<&str> = rows.iter().map(|row| row["text"].as_str().unwrap()).collect();
        let encodings = tokenise(&builtin_tokenizer().unwrap(), &Reading::default(), &texts).unwrap();
        let needed: usize = encodings.iter().map(|encoding| encoding.len()).sum();
        let order = by_length(&encodings);
        let longest = |batch: &[usize]| batch.iter().map(|&index| encodings[index].len()).max().unwrap();
        let batched = batches(&order, &encodings, Batching::Padded);
        let computed: usize = batched.iter().map(|batch| batch.len() * longest(batch)).sum();
        assert!(computed as f64 <= 1.05 * needed as f64, "{computed} computed, {needed} needed");
        assert_eq!(batches(&order, &encodings, Batching::Single).len(), texts.len());
        let equal = batches(&order, &encodings, Batching::SameLength);
        assert!(equal.iter().all(|batch| batch.iter().all(|&index| encodings[index].len() == longest(batch))));
        assert!(equal.iter().all(|batch| batch.len() * longest(batch) <= TOKENS));
        assert_eq!(equal.iter().map(|batch| batch.len()).sum::<usize>(), texts.len());
    }
}
