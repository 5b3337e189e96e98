//! Texts in batches of like length, and their vectors back in the texts' own order.

use rayon::prelude::*;
use tokenizers::{Encoding, Tokenizer};

use super::reading::{Batching, Reading};
use super::{Embedded, broken};
use crate::error::Error;
use crate::observer::Observer;
use crate::text::beginning;
use crate::vectors::{Embeddings, normalise};

/// Texts in one run of the model. Measured: 8 is fastest for texts of a dozen tokens and near the best for long ones.
const BATCH: usize = 8;
/// Texts in one run when they are phrases of a few tokens, where the cost of a run itself counts.
const PHRASES: usize = 32;
/// Tokens of a phrase at most, the special ones included.
const PHRASE: usize = 8;
/// Tokens in one run of texts of one length. Measured: neither half nor twice as many are faster.
const TOKENS: usize = 256;
/// Bytes of a text that are tokenised for each token of the window at first, and by how many times as many where the window is not
/// full of them. A token of prose has some four bytes, but a long word may be one too.
const BYTES: (usize, usize) = (64, 8);
/// Bytes of a text that are tokenised at most: tokens take some 160 bytes for each of them.
const LONGEST: usize = 1024 * 1024;

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
        return Err(Error::embedder(format!("vectors have {} dimensions, expected {expected}", other.len())));
    }
    vectors.iter_mut().for_each(|vector| normalise(vector));
    Ok(vectors)
}

/// The tokens of n texts, as the model is to see them.
fn tokenise(tokenizer: &Tokenizer, reading: &Reading, texts: &[&str]) -> Result<Vec<Encoding>, Error> {
    texts.par_iter().map(|text| encode(tokenizer, reading, text)).collect()
}

/// The tokens of a text that fill the window. Of a long text no more is tokenised than that takes, and of what overflows it only
/// that it does is kept.
fn encode(tokenizer: &Tokenizer, reading: &Reading, text: &str) -> Result<Encoding, Error> {
    let window = tokenizer.get_truncation().map_or(LONGEST, |truncation| truncation.max_length);
    let mut most = window.saturating_mul(BYTES.0).min(LONGEST);
    loop {
        let piece = beginning(text, most);
        let mut encoding = tokenizer.encode(reading.text(piece), true).map_err(broken)?;
        let (is_whole, is_full) = (piece.len() == text.len(), is_cut(&encoding));
        if is_whole || is_full || most == LONGEST {
            let is_cut = is_full || !is_whole;
            encoding.set_overflowing(is_cut.then(Encoding::default).into_iter().collect());
            return Ok(encoding);
        }
        most = most.saturating_mul(BYTES.1).min(LONGEST);
    }
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

/// The beginning of a text that its tokens are of, and a little more.
#[cfg(feature = "fastembed")]
pub fn tokenised<'t>(text: &'t str, encoding: &Encoding, reading: &Reading) -> &'t str {
    let end = encoding.get_offsets().iter().map(|&(_, end)| end).max().unwrap_or(0);
    let end = end.saturating_sub(reading.prompt.len()) + TOKENS;
    if is_cut(encoding) { &text[..text.floor_char_boundary(end)] } else { text }
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
    fn a_long_text_has_the_tokens_of_its_beginning_however_little_of_it_is_read() {
        let mut tokenizer = builtin_tokenizer().unwrap();
        let window = tokenizers::TruncationParams { max_length: 128, ..Default::default() };
        tokenizer.with_truncation(Some(window)).unwrap();
        let encode = |text: &str| encode(&tokenizer, &Reading::default(), text).unwrap();
        let prose = "The parcel was late, and nobody answered the phone. ".repeat(100_000);
        for text in [&prose[..], &prose[..40_000], &format!("{}{prose}", " ".repeat(300_000)), &prose[..2_000]] {
            let (whole, read) = (tokenizer.encode(text, true).unwrap(), encode(text));
            assert_eq!(read.get_ids(), whole.get_ids());
            assert!(is_cut(&read) && read.get_overflowing().len() == 1);
        }
        let short = encode("The parcel was late.");
        assert!(!is_cut(&short) && short.len() == 7, "{:?}", short.get_tokens());
        let beyond = encode(&format!("{}late", " ".repeat(LONGEST)));
        assert!(is_cut(&beyond) && beyond.len() == 2, "what is not read is told of");
    }

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
