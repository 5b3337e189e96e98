//! Verbatim sentences of documents, with byte offsets.

use std::cmp::Ordering;

use unicode_segmentation::UnicodeSegmentation;

use crate::corpus::is_courtesy;
use crate::embed::Embedder;
use crate::error::Error;
use crate::observer::Silent;
use crate::text::{LONGEST_READ, beginning, sentence_indices};
use crate::vectors::dot;

/// Bytes of the longest quote; a longer sentence is cut at a word.
const LONGEST: usize = 240;
/// Letters of the shortest sentence that can stand alone, where there is a longer one.
const SHORTEST: usize = 12;
/// Sentences of one document that are compared.
const COMPARED: usize = 12;

/// Bytes `start..end` of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
}

/// The sentences of a text, each trimmed and at most 240 bytes long; none is empty.
pub fn sentences(text: &str) -> Vec<Span> {
    let lines = text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line))
    });
    let pieces = lines.flat_map(|(start, line)| {
        sentence_indices(line).into_iter().map(move |(offset, piece)| (start + offset, piece))
    });
    pieces.filter_map(|(start, piece)| trimmed(start, piece)).collect()
}

fn trimmed(start: usize, piece: &str) -> Option<Span> {
    let body = piece.trim();
    let start = start + piece.len() - piece.trim_start().len();
    let end = start + shortened(body);
    (end > start).then_some(Span { start, end })
}

/// Length in bytes of a sentence, or of as many whole words as a quote may have.
fn shortened(sentence: &str) -> usize {
    if sentence.len() <= LONGEST {
        return sentence.len();
    }
    let fits = |end: &usize| *end <= LONGEST;
    let words = sentence.split_word_bound_indices().map(|(offset, word)| offset + word.len()).take_while(fits).last();
    let end = words.unwrap_or_else(|| {
        sentence.char_indices().map(|(offset, c)| offset + c.len_utf8()).take_while(fits).last().unwrap_or(0)
    });
    sentence[..end].trim_end().len()
}

/// How well a sentence stands alone, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It says something, and of its cluster.
    Telling,
    /// Too short to say much, or nothing but a greeting or a closing.
    Slight,
    /// Other clusters say the same.
    Common,
}

/// A sentence that may be quoted.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// Where it is in its text.
    pub span: Span,
    /// How well it stands alone.
    pub standing: Standing,
    /// How far it points into the direction that was asked for.
    pub score: f32,
    /// Its vector (d).
    pub vector: Vec<f32>,
}

/// For each text the sentence that is to be quoted, if it has one: of those that stand alone best, that which points farthest into a
/// direction (d). `targets` pairs a text with its direction; `is_common` says of a sentence of the target of a number whether others
/// say the same.
///
/// # Errors
/// When the embedder cannot be run.
pub fn best_sentences(
    targets: &[(&str, &[f32])],
    is_common: impl Fn(usize, &str) -> bool,
    embedder: &dyn Embedder,
) -> Result<Vec<Option<Sentence>>, Error> {
    let spans: Vec<Vec<Span>> = targets.iter().map(|(text, _)| telling(text)).collect();
    let flat: Vec<&str> = targets
        .iter()
        .zip(&spans)
        .flat_map(|((text, _), spans)| spans.iter().map(|span| &text[span.start..span.end]))
        .collect();
    let vectors = embedder.embed(&flat, &Silent)?.embeddings;
    let mut next = 0;
    let mut best = Vec::with_capacity(targets.len());
    for (number, ((_, direction), spans)) in targets.iter().zip(&spans).enumerate() {
        let sentences = spans.iter().zip(next..).map(|(&span, row)| Sentence {
            span,
            standing: match flat[row] {
                sentence if is_common(number, sentence) => Standing::Common,
                sentence if !is_long(sentence) || is_courtesy(sentence) => Standing::Slight,
                _ => Standing::Telling,
            },
            score: dot(vectors.row(row), direction),
            vector: vectors.row(row).to_vec(),
        });
        best.push(sentences.min_by(Sentence::order));
        next += spans.len();
    }
    Ok(best)
}

impl Sentence {
    /// The one that is rather quoted first.
    pub fn order(&self, other: &Sentence) -> Ordering {
        self.standing.cmp(&other.standing).then(other.score.total_cmp(&self.score))
    }
}

fn is_long(sentence: &str) -> bool {
    sentence.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST
}

/// The sentences worth comparing: not the greetings, where there is more.
pub fn telling(text: &str) -> Vec<Span> {
    let all = sentences(beginning(text, LONGEST_READ));
    let long = |span: &Span| is_long(&text[span.start..span.end]);
    let telling: Vec<Span> = all.iter().copied().filter(long).take(COMPARED).collect();
    if telling.is_empty() { all.into_iter().take(COMPARED).collect() } else { telling }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_verbatim_and_trimmed() {
        let text = "  Hi!\nWhere is it?  Ünïcode… ok\r\n";
        let quotes: Vec<&str> = sentences(text).iter().map(|span| &text[span.start..span.end]).collect();
        assert_eq!(quotes, ["Hi!", "Where is it?", "Ünïcode… ok"]);
    }

    #[test]
    fn a_sentence_without_end_is_cut_at_a_word_and_within_characters() {
        for text in ["word ".repeat(100), "é".repeat(500)] {
            let span = sentences(&text)[0];
            assert!(span.end - span.start <= LONGEST && text.is_char_boundary(span.end));
        }
    }
}
