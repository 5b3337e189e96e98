//! The sentences of a line.

use unicode_segmentation::{USentenceBounds, UnicodeSegmentation};

/// Bytes of a line that are looked at at once: behind a full stop the search for a small letter would begin anew at each sign up to
/// the next letter, and of a line of signs take as long as the square of its length.
const WINDOW: usize = 2_048;
/// Bytes behind a sentence that must have been looked at to know that it ends.
const AHEAD: usize = 256;

/// The sentences of a line with the white space behind them (Unicode, annex 29); one of more than two thousand bytes in pieces.
pub fn sentences(line: &str) -> Sentences<'_> {
    Sentences { rest: line, window: None }
}

/// Hands out one sentence after the other.
#[derive(Debug, Clone)]
pub struct Sentences<'t> {
    rest: &'t str,
    window: Option<Window<'t>>,
}

/// What is looked at of the rest of a line.
#[derive(Debug, Clone)]
struct Window<'t> {
    sentences: USentenceBounds<'t>,
    /// Bytes of it that were not handed out.
    left: usize,
}

impl<'t> Sentences<'t> {
    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }
}

impl<'t> Iterator for Sentences<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        // The sentences of nothing cannot be asked for: the size of the iterator overflows.
        if self.rest.is_empty() {
            return None;
        }
        let known = self.window.take().and_then(|mut window| Some((window.sentences.next()?.len(), window)));
        if let Some((length, mut window)) = known
            && (window.left == self.rest.len() || length + AHEAD <= window.left)
        {
            window.left -= length;
            self.window = Some(window);
            return Some(self.take(length));
        }
        let left = self.rest.floor_char_boundary(WINDOW);
        let mut window = Window { sentences: self.rest[..left].split_sentence_bounds(), left };
        let first = window.sentences.next().map_or(left, str::len);
        if left == self.rest.len() || first + AHEAD <= left {
            window.left -= first;
            self.window = Some(window);
            return Some(self.take(first));
        }
        Some(self.take(self.rest.floor_char_boundary(left - AHEAD)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_of_signs_takes_no_longer_than_one_of_words() {
        let begun = std::time::Instant::now();
        for signs in [")".repeat(200_000), " ".repeat(200_000), "1 ".repeat(100_000)] {
            let line = format!("Late again.{signs}");
            assert_eq!(sentences(&line).collect::<String>(), line);
        }
        assert!(begun.elapsed().as_secs() < 20);
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_whole_line(words in proptest::collection::vec("[a-zäA-Z中.!?)\"]{1,8}", 0..900)) {
            let line = words.join(" ");
            let whole: Vec<&str> = if line.is_empty() { Vec::new() } else { line.split_sentence_bounds().collect() };
            prop_assert_eq!(sentences(&line).collect::<Vec<_>>(), whole);
        }
    }
}
