//! A fixed vector for each token, and their mean for a text: a small fraction of a language model's cost, and below its quality.

use std::collections::HashSet;

use rayon::prelude::*;
use tokenizers::Tokenizer;

use super::builtin::builtin_tokenizer;
use super::unknown::unknown;
use super::{Computed, Embedded, Embedder, Identity, Keep, broken};
use crate::error::Error;
use crate::observer::Observer;
use crate::text::{LONGEST_READ, beginning};
use crate::vectors::safetensors::tensors;
use crate::vectors::{Embeddings, normalise};

const MODEL: &[u8] = include_bytes!("../../models/static-minilm-256-int8/model.safetensors");
/// As in `models/static-minilm-256-int8/SHA256SUMS`; a test compares.
const SHA256: &str = "a2cc7f84011e8fe636a9d096670eb3ca41d66107fe54ed7c860427f82eba2b2a";
const DIMENSIONS: usize = 256;
/// Texts between two looks for an interruption.
const CHUNK: usize = 4_096;

/// Token vectors distilled from the built-in model, compiled into the program (d = 256, int8 with a scale a token).
pub struct StaticEmbedder {
    identity: Identity,
    tokenizer: Tokenizer,
    /// Tokens × d.
    vectors: &'static [u8],
    scales: Vec<f32>,
    /// Tokens that are not words.
    special: HashSet<u32>,
}

impl StaticEmbedder {
    /// The compiled-in token vectors.
    ///
    /// # Errors
    /// Only if the compiled-in files are broken.
    pub fn new() -> Result<StaticEmbedder, Error> {
        let broken = || Error::embedder("the static token vectors are broken");
        let found = tensors(MODEL, MODEL.len()).ok_or_else(broken)?;
        let part = |name: &str, dtype: &str| {
            let tensor = found.get(name).filter(|tensor| tensor.dtype == dtype)?;
            MODEL.get(tensor.bytes.clone())
        };
        let (vectors, scales) = part("embeddings", "I8").zip(part("scales", "F16")).ok_or_else(broken)?;
        let scales: Vec<f32> = scales.as_chunks::<2>().0.iter().map(|bits| half(u16::from_le_bytes(*bits))).collect();
        let tokenizer = builtin_tokenizer()?;
        let is_whole = vectors.len() == scales.len() * DIMENSIONS && tokenizer.get_vocab_size(true) == scales.len();
        if !is_whole {
            return Err(broken());
        }
        let added = tokenizer.get_added_tokens_decoder();
        let special = added.iter().filter(|(_, token)| token.special).map(|(&id, _)| id).collect();
        let identity = Identity {
            name: "static:minilm-256-int8".into(),
            dimensions: DIMENSIONS,
            sha256: SHA256.into(),
            window: 0,
            english_only: true,
        };
        Ok(StaticEmbedder { identity, tokenizer, vectors, scales, special })
    }

    fn vector(&self, text: &str) -> Result<Vec<f32>, Error> {
        let mut sum = vec![0.0; DIMENSIONS];
        let mut rest = text;
        while !rest.is_empty() {
            // Piece by piece, since tokens take a hundred times the memory of their text.
            let piece = beginning(rest, LONGEST_READ);
            rest = &rest[piece.len()..];
            let encoding = self.tokenizer.encode_fast(piece, false).map_err(broken)?;
            let words = encoding.get_ids().iter().filter(|id| !self.special.contains(id));
            words.for_each(|&id| self.add(id, &mut sum));
        }
        if sum.iter().all(|value| *value == 0.0) {
            // No token of the text is known: all such texts have the same vector.
            sum[0] = 1.0;
        }
        normalise(&mut sum);
        Ok(sum)
    }

    fn add(&self, token: u32, sum: &mut [f32]) {
        let token = token as usize;
        let scale = self.scales[token];
        let row = &self.vectors[token * DIMENSIONS..(token + 1) * DIMENSIONS];
        sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += scale * f32::from(value as i8));
    }
}

impl Embedder for StaticEmbedder {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], observer: &dyn Observer) -> Result<Embedded, Error> {
        self.embed_keeping(texts, &|_| {}, observer)
    }

    fn embed_keeping(&self, texts: &[&str], keep: Keep<'_>, observer: &dyn Observer) -> Result<Embedded, Error> {
        let mut values = Vec::with_capacity(texts.len() * DIMENSIONS);
        observer.begin("embedding", texts.len() as u64);
        for chunk in texts.chunks(CHUNK) {
            if observer.is_interrupted() {
                return Err(Error::Interrupted);
            }
            let rows: Vec<Vec<f32>> = chunk.par_iter().map(|text| self.vector(text)).collect::<Result<_, _>>()?;
            for (text, vector) in (values.len() / DIMENSIONS..).zip(&rows) {
                keep(Computed { text, vector, is_cut: false });
            }
            rows.iter().for_each(|row| values.extend_from_slice(row));
            observer.advance(chunk.len() as u64);
        }
        observer.end();
        Ok(Embedded { embeddings: Embeddings::new(values, DIMENSIONS), truncated: self.truncated(texts)? })
    }

    /// No text is too long.
    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        Ok(vec![false; texts.len()])
    }

    fn unknown(&self, texts: &[&str]) -> Vec<bool> {
        unknown(&self.tokenizer, self.identity.english_only, texts)
    }
}

/// A value of half precision (IEEE 754 binary16).
fn half(bits: u16) -> f32 {
    let bits = u32::from(bits);
    let (sign, exponent, mantissa) = ((bits & 0x8000) << 16, (bits >> 10) & 0x1f, bits & 0x3ff);
    let magnitude = match exponent {
        0 => mantissa as f32 / 16_777_216.0,
        31 => f32::from_bits(0x7f80_0000 | mantissa << 13),
        _ => f32::from_bits((exponent + 112) << 23 | mantissa << 13),
    };
    f32::from_bits(magnitude.to_bits() | sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observer::Silent;
    use crate::seed::sha256_hex;
    use crate::vectors::dot;

    #[test]
    fn the_compiled_in_vectors_are_those_of_the_checksum_file() {
        assert_eq!(sha256_hex(MODEL), SHA256);
        let sums = concat!(env!("CARGO_MANIFEST_DIR"), "/models/static-minilm-256-int8/SHA256SUMS");
        assert!(std::fs::read_to_string(sums).unwrap().contains(SHA256));
    }

    #[test]
    fn vectors_are_of_length_one_and_mean_something() {
        let embedder = StaticEmbedder::new().unwrap();
        let texts = ["my parcel never arrived", "where is my order?", "the brakes squeal", "\u{16a0}\u{16a0}", "[CLS]"];
        let vectors = embedder.embed(&texts, &Silent).unwrap().embeddings;
        for (index, text) in texts.iter().enumerate() {
            assert!((dot(vectors.row(index), vectors.row(index)) - 1.0).abs() < 1e-5, "{text}");
        }
        assert!(dot(vectors.row(0), vectors.row(1)) > dot(vectors.row(0), vectors.row(2)) + 0.1);
        assert_eq!(vectors.row(3), vectors.row(4), "of neither is any word known");
    }

    #[test]
    fn a_text_is_the_mean_of_its_words() {
        let embedder = StaticEmbedder::new().unwrap();
        let mean = |words: &[&str]| {
            let mut sum = vec![0.0; DIMENSIONS];
            words.iter().for_each(|word| embedder.add(embedder.tokenizer.token_to_id(word).unwrap(), &mut sum));
            normalise(&mut sum);
            sum
        };
        assert_eq!(embedder.vector("Broken wheel!").unwrap(), mean(&["broken", "wheel", "!"]));
    }

    #[test]
    fn a_text_that_is_read_in_pieces_has_all_its_words() {
        let embedder = StaticEmbedder::new().unwrap();
        let mut sum = vec![0.0; DIMENSIONS];
        let words = ["broken", "wheel"].map(|word| embedder.tokenizer.token_to_id(word).unwrap());
        let count = 2 * LONGEST_READ / "broken wheel ".len();
        (0..count).for_each(|_| words.iter().for_each(|&word| embedder.add(word, &mut sum)));
        normalise(&mut sum);
        assert_eq!(embedder.vector(&"broken wheel ".repeat(count)).unwrap(), sum);
    }

    #[test]
    fn half_precision_is_read_in_all_its_ranges() {
        let read = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x8000, 0x3555].map(half);
        let wanted = [1.0, -2.0, 65_504.0, 2.0_f32.powi(-24), 2.0_f32.powi(-14), 0.0, 0.333_251_95];
        assert_eq!(read, wanted);
        assert!(half(0xfc00) == f32::NEG_INFINITY && half(0x7e00).is_nan());
    }
}
