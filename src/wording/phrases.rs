//! Phrases of one to three words, in any script.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation;

use crate::text::{LONGEST_READ, beginning, without_addresses};

/// Words of the longest phrase.
const LONGEST: usize = 3;
/// Letters of the longest word: what is longer is an address, a key or a hash.
const LONGEST_WORD: usize = 30;

/// For whom phrases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A person: a compound with hyphens is one word, as "top-up" names something, "top" and "up" do not.
    Person,
    /// A model, whose questions hold them: its recorded answers are to questions with the words of compounds apart.
    Model,
}

/// The distinct phrases of a text, of a very long one those of its beginning, lower-case. A phrase does not reach over punctuation,
/// nor into an address.
pub fn phrases(text: &str, reader: Reader) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for run in runs(&without_addresses(beginning(text, LONGEST_READ)).to_lowercase(), reader) {
        for length in 1..=LONGEST {
            found.extend(run.windows(length).map(join));
        }
    }
    found
}

/// The words of a phrase: what is in a script without spaces is one, and so is a compound with hyphens.
pub fn words(phrase: &str) -> Vec<&str> {
    phrase.split(' ').collect()
}

/// Runs of words with nothing but white space between them. What a script without spaces holds between two marks is a word or
/// several, and where one ends cannot be told: it is taken whole, or not at all.
fn runs(text: &str, reader: Reader) -> Vec<Vec<&str>> {
    let mut runs = vec![Vec::new()];
    let mut rest = text;
    while !rest.is_empty() {
        let spaceless = unspaced(rest);
        let length = match spaceless {
            0 => first_word(rest, reader),
            length => length,
        };
        let (piece, after) = rest.split_at(length);
        if spaceless > 0 {
            runs.extend(unspaced_words(piece).into_iter().map(|word| vec![word]));
            runs.push(Vec::new());
        } else if is_word(piece) {
            runs.last_mut().expect("never empty; this is a bug").push(piece);
        } else if !piece.trim().is_empty() {
            runs.push(Vec::new());
        }
        rest = after;
    }
    runs
}

/// Bytes of the first word of a text that does not begin with a script without spaces, or of what is between two words.
fn first_word(text: &str, reader: Reader) -> usize {
    let bounded = |from: usize| text[from..].split_word_bounds().next().map_or(text.len(), |piece| from + piece.len());
    let begins = |from: usize| text[from..].starts_with(char::is_alphabetic) && unspaced(&text[from..]) == 0;
    let mut end = bounded(0);
    while reader == Reader::Person && begins(0) && text[end..].starts_with(HYPHENS) {
        let next = end + text[end..].chars().next().map_or(0, char::len_utf8);
        if !begins(next) {
            break;
        }
        end = bounded(next);
    }
    end
}

/// Between the words of a compound.
const HYPHENS: [char; 3] = ['-', '\u{2010}', '\u{2011}'];

/// Bytes at the beginning of a text that are in scripts without spaces.
fn unspaced(text: &str) -> usize {
    text.chars().take_while(|c| is_ideographic(*c) || is_unspaced_alphabet(*c)).map(char::len_utf8).sum()
}

/// What is surely a word of such a piece: in Japanese what is written in one script between particles, else the whole.
fn unspaced_words(piece: &str) -> Vec<&str> {
    if !piece.chars().any(is_hiragana) {
        return if piece.chars().count() > 1 { vec![piece] } else { Vec::new() };
    }
    let mut words = Vec::new();
    let mut start = 0;
    while start < piece.len() {
        let kana = piece[start..].starts_with(is_hiragana);
        let length = piece[start..].find(|c| is_hiragana(c) != kana).unwrap_or(piece.len() - start);
        let (word, after) = (&piece[start..start + length], &piece[start + length..]);
        // Other letters after it may be the rest of the word, and so may those before it.
        let before = piece[..start].chars().next_back();
        let ends = after.is_empty() || after.starts_with(PARTICLES);
        let begins = before.is_none_or(|c| PARTICLES.contains(&c));
        if !kana && begins && ends && word.chars().count() > 1 {
            words.push(word);
        }
        start += length;
    }
    words
}

/// Signs of Japanese that follow a noun and are not part of it.
const PARTICLES: [char; 10] = ['の', 'が', 'を', 'に', 'は', 'で', 'と', 'も', 'へ', 'や'];

fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}

/// Whether a piece can name something: it has more than one letter.
fn is_word(piece: &str) -> bool {
    piece.chars().count() <= LONGEST_WORD && piece.chars().filter(|c| c.is_alphabetic()).count() > 1
}

fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Thai, Lao, Tibetan, Burmese and Khmer.
fn is_unspaced_alphabet(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{e4e}' | '\u{e81}'..='\u{edf}' | '\u{f40}'..='\u{fbc}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17d3}')
}

/// Words with a space between them.
fn join(words: &[&str]) -> String {
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_stop_at_punctuation_and_numbers_are_none() {
        let found = phrases("Late parcel, order 48213!", Reader::Person);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["late", "late parcel", "order", "parcel"]);
        let found = phrases("late https://t.co/aBc parcel", Reader::Person);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["late", "parcel"]);
    }

    #[test]
    fn a_compound_with_hyphens_is_one_word() {
        let only = |text: &str| phrases(text, Reader::Person).into_iter().collect::<Vec<_>>();
        assert_eq!(only("Top-up failed"), ["failed", "top-up", "top-up failed"]);
        assert_eq!(only("late - again -or 5-a, x- y"), ["again", "late", "or"]);
        assert_eq!(only("a-b-c-d"), ["a-b-c-d"]);
        assert_eq!(phrases("top-up", Reader::Model).into_iter().collect::<Vec<_>>(), ["top", "up"]);
    }

    #[test]
    fn scripts_without_spaces_have_phrases_too() {
        assert_eq!(
            phrases("自行车坏了！刹车，", Reader::Person).into_iter().collect::<Vec<_>>(),
            ["刹车", "自行车坏了"]
        );
        let only = |text: &str| phrases(text, Reader::Person).into_iter().collect::<Vec<_>>();
        assert_eq!(only("待機児童を減らして。"), ["待機児童"]);
        assert_eq!(only("窓口がわかりにくい！"), ["窓口"]);
        assert!(only("見直し").is_empty(), "a stem without its end is not a word");
        assert_eq!(only("จักรยานเสีย"), ["จักรยานเสีย"]);
        assert!(phrases("La bicicleta está rota", Reader::Person).contains("bicicleta está rota"));
    }
}
