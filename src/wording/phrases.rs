//! Phrases of one to three words, in any script.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation;

use crate::characters::{LONGEST_READ, beginning};

/// Words of the longest phrase.
const LONGEST: usize = 3;
/// Letters of the longest word: what is longer is an address, a key or a hash.
const LONGEST_WORD: usize = 30;

/// The distinct phrases of a text, of a very long one those of its beginning, lower-case. A phrase does not reach over punctuation.
pub fn phrases(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for run in runs(&beginning(text, LONGEST_READ).to_lowercase()) {
        for length in 1..=LONGEST {
            found.extend(run.windows(length).map(join));
        }
    }
    found
}

/// The words of a phrase.
pub fn words(phrase: &str) -> Vec<&str> {
    phrase.unicode_words().collect()
}

/// Runs of words with nothing but white space between them.
fn runs(text: &str) -> Vec<Vec<&str>> {
    let mut runs = vec![Vec::new()];
    for piece in text.split_word_bounds() {
        if is_word(piece) {
            runs.last_mut().expect("never empty; this is a bug").push(piece);
        } else if !piece.trim().is_empty() {
            runs.push(Vec::new());
        }
    }
    runs
}

/// Whether a piece can name something: it has a letter, and more than one if the script has an alphabet.
fn is_word(piece: &str) -> bool {
    if piece.chars().count() > LONGEST_WORD {
        return false;
    }
    let letters = piece.chars().filter(|c| c.is_alphabetic()).count();
    letters > 1 || (letters == 1 && piece.chars().any(is_ideographic))
}

fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Words with a space between them, but none between ideographs.
fn join(words: &[&str]) -> String {
    let glued = words.iter().all(|word| word.chars().all(is_ideographic));
    words.join(if glued { "" } else { " " })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_stop_at_punctuation_and_numbers_are_none() {
        let found = phrases("Late parcel, order 48213!");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["late", "late parcel", "order", "parcel"]);
    }

    #[test]
    fn scripts_without_spaces_have_phrases_too() {
        assert!(phrases("自行车坏了").contains("自行车"));
        assert!(phrases("La bicicleta está rota").contains("bicicleta está rota"));
    }
}
