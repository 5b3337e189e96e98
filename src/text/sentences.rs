//! The sentences of a line, as Unicode bounds them, but for the marks within an address.

use unicode_segmentation::{USentenceBounds, UnicodeSegmentation};

/// Bytes of a line that are looked at at once: behind a full stop the search for a small letter would begin anew at each sign up to
/// the next letter, and of a line of signs take as long as the square of its length.
const WINDOW: usize = 2_048;
/// Bytes behind a sentence that must have been looked at to know that it ends.
const AHEAD: usize = 256;

/// Bytes before a place in which the beginning of an address is looked for.
const LONGEST_ADDRESS: usize = 2_048;

/// The sentences of a line, each with the byte at which it begins and with the white space behind it. The `?` within
/// `https://shop.example/contact?id=1` ends none.
pub fn sentence_indices(line: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    let has_addresses = line.contains("://") || line.contains("www.");
    let mut start = 0;
    for piece in bounded(line) {
        match found.last_mut() {
            Some((begin, before)) if has_addresses && is_within_address(line, start) => {
                *before = &line[*begin..start + piece.len()];
            }
            _ => found.push((start, piece)),
        }
        start += piece.len();
    }
    found
}

/// Whether a place parts an address, and not only stands behind one.
fn is_within_address(line: &str, place: usize) -> bool {
    let near = &line[line.floor_char_boundary(place.saturating_sub(LONGEST_ADDRESS))..place];
    let before = near.rsplit(char::is_whitespace).next().unwrap_or_default();
    let goes_on = line[place..].starts_with(|c: char| !c.is_whitespace());
    goes_on && (before.contains("://") || before.starts_with("www."))
}

/// The sentences of a line with the white space behind them (Unicode, annex 29); a longer one than [`WINDOW`] in pieces.
fn bounded(line: &str) -> Sentences<'_> {
    Sentences { rest: line, window: None }
}

/// Hands out one sentence after the other.
struct Sentences<'t> {
    rest: &'t str,
    window: Option<Window<'t>>,
}

/// What is looked at of the rest of a line.
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
    fn an_address_ends_no_sentence() {
        let of = |line| sentence_indices(line).into_iter().map(|(_, piece)| piece.trim()).collect::<Vec<_>>();
        let sent = "Sent from https://shop.example/contact?Sid=7 on Monday.";
        assert_eq!(of(sent), [sent]);
        assert_eq!(
            of("See www.shop.example/?Q!R now. Why?Because."),
            ["See www.shop.example/?Q!R now.", "Why?", "Because."]
        );
        assert_eq!(of("Is it https://shop.example/a? Yes."), ["Is it https://shop.example/a?", "Yes."]);
        assert!(of("").is_empty());
    }

    #[test]
    fn a_line_of_signs_takes_no_longer_than_one_of_words() {
        let begun = std::time::Instant::now();
        for signs in [")".repeat(200_000), " ".repeat(200_000), "1 ".repeat(100_000)] {
            let line = format!("Late again.{signs}");
            assert_eq!(bounded(&line).collect::<String>(), line);
        }
        assert!(begun.elapsed().as_secs() < 20);
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_whole_line(words in proptest::collection::vec("[a-zäA-Z中.!?)\"]{1,8}", 0..900)) {
            let line = words.join(" ");
            let whole: Vec<&str> = if line.is_empty() { Vec::new() } else { line.split_sentence_bounds().collect() };
            prop_assert_eq!(bounded(&line).collect::<Vec<_>>(), whole);
        }
    }
}
