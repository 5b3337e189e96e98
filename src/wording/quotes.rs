//! Verbatim sentences of documents, with byte offsets.

use unicode_segmentation::UnicodeSegmentation;

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

/// For each text the sentence nearest to a direction (d), of those that are `wanted` in the target of this number: `targets` pairs a
/// text with its direction.
///
/// # Errors
/// When the embedder cannot be run.
pub fn best_sentences(
    targets: &[(&str, &[f32])],
    wanted: impl Fn(usize, &str) -> bool,
    embedder: &dyn Embedder,
) -> Result<Vec<Option<Span>>, Error> {
    let of = |(number, (text, _)): (usize, &(&str, &[f32]))| {
        let mut spans = telling(text);
        spans.retain(|span| wanted(number, &text[span.start..span.end]));
        spans
    };
    let spans: Vec<Vec<Span>> = targets.iter().enumerate().map(of).collect();
    let flat: Vec<&str> = targets
        .iter()
        .zip(&spans)
        .flat_map(|((text, _), spans)| spans.iter().map(|span| &text[span.start..span.end]))
        .collect();
    let vectors = embedder.embed(&flat, &Silent)?.embeddings;
    let mut next = 0;
    let mut best = Vec::with_capacity(targets.len());
    for ((_, direction), spans) in targets.iter().zip(&spans) {
        let scores = (next..next + spans.len()).map(|row| dot(vectors.row(row), direction));
        let winner =
            scores.enumerate().reduce(|best, (place, score)| if score > best.1 { (place, score) } else { best });
        best.push(winner.map(|(place, _)| spans[place]));
        next += spans.len();
    }
    Ok(best)
}

/// The sentences worth comparing: not the greetings, where there is more.
pub fn telling(text: &str) -> Vec<Span> {
    let all = sentences(beginning(text, LONGEST_READ));
    let long = |span: &Span| text[span.start..span.end].chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST;
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
