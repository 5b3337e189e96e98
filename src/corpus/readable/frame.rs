//! What of a text is only around what somebody says: the salutation, the closing, the name below.

use super::closings::{is_about_a_writer, is_above_a_name, is_closing, is_of_a_name};
use super::greetings::is_a_line;
use crate::text::sentence_indices;

/// Bytes of the longest sentence that can be a closing with a name.
const LONGEST_CLOSING: usize = 200;
/// Words of the longest name on the last line of a text.
const LONGEST_NAME: usize = 3;

/// One sentence of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentence<'t> {
    /// The number of its line.
    pub line: usize,
    /// Its words, with the white space behind them.
    pub text: &'t str,
    /// Whether it is a salutation, a closing, a name, or no words at all.
    pub is_frame: bool,
    /// Whether the text has closed above it, or a line of signs sets it apart.
    pub is_below: bool,
}

/// The sentences of a text, line by line.
pub(super) fn sentences(text: &str) -> Vec<Sentence<'_>> {
    let mut found = Vec::new();
    visit(text, |sentence| {
        found.push(sentence);
        true
    });
    found
}

/// Whether a text says anything of its own.
pub(super) fn says_something(text: &str) -> bool {
    let mut is_frame = true;
    visit(text, |sentence| {
        is_frame = sentence.is_frame;
        is_frame
    });
    !is_frame
}

/// Visits the sentences of a text in their order, as long as more are wanted.
fn visit<'t>(text: &'t str, mut wants_more: impl FnMut(Sentence<'t>) -> bool) {
    let is_apart = text.lines().filter(|line| is_separator(line)).count() == 1;
    let end = text.trim_end().len();
    let (mut has_begun, mut is_below, mut is_writer, mut place) = (false, false, false, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        place += line.len();
        let line = line.lines().next().unwrap_or_default();
        if line.is_empty() {
            continue;
        }
        // Thanks may also open a text; regards only close one.
        let closes = is_closing(line) || has_begun && is_above_a_name(line);
        is_writer = closes || is_writer && is_about_a_writer(line);
        let is_end = has_begun && place >= end && number > 0 && is_name(line);
        let is_frame = closes || is_writer || is_end || !has_begun && is_a_line(line);
        is_below |= closes && has_begun;
        for (_, sentence) in sentence_indices(line) {
            let closes = has_begun && sentence.len() <= LONGEST_CLOSING && is_above_a_name(sentence);
            let is_frame = is_frame || !super::says_something(sentence) || closes;
            has_begun |= !is_frame;
            if !wants_more(Sentence { line: number, text: sentence, is_frame, is_below }) {
                return;
            }
        }
        is_below |= is_apart && has_begun && is_separator(line);
    }
}

/// A line of signs only.
fn is_separator(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() > 2 && line.chars().all(|c| "-_=*~#–—+".contains(c))
}

fn is_name(line: &str) -> bool {
    let is_of_letters = |word: &str| word.chars().all(|c| c.is_alphabetic() || "-.'’".contains(c));
    let words: Vec<&str> = line.split_whitespace().collect();
    words.len() <= LONGEST_NAME && words.iter().all(|word| is_of_letters(word) && is_of_a_name(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> Vec<&str> {
        let all = sentences(text);
        all.iter().filter(|sentence| !sentence.is_frame).map(|sentence| sentence.text.trim()).collect()
    }

    #[test]
    fn salutations_closings_and_names_are_not_what_a_text_says() {
        for text in [
            "Hello,\nthe parcel is late.\n\nKind regards,\nAnna",
            "Sehr geehrte Damen und Herren,\n\nthe parcel is late.\n\nMit freundlichen Grüßen\nAnna Lenz\nBahnhofstr. 3",
            "the parcel is late.\nAnna Lenz",
            "the parcel is late. Kind regards, Anna",
            "the parcel is late.\nMany thanks\nAnna",
        ] {
            assert_eq!(own(text), ["the parcel is late."], "{text}");
        }
        for text in ["Hello,\n\nKind regards,\nAnna", "Dear support team,", "Viele Grüße\nAnna Lenz"] {
            assert!(own(text).is_empty(), "{text}");
        }
        assert_eq!(own("Hi,\nit is late.\nThanks\nAnna\n\nPS: the lift is broken too, please come.").len(), 2);
    }

    #[test]
    fn what_stands_below_a_closing_or_a_line_of_signs_is_told() {
        let below = |text: &str| sentences(text).last().unwrap().is_below;
        assert!(below("It is late.\nKind regards,\nAnna\n\nThis mail is confidential, it is only for you."));
        assert!(below("It is late.\n_______\nThis mail is confidential, it is only for you."));
        assert!(!below("It is late.\n\nThis mail is confidential, it is only for you."));
        assert!(!below("Slow\n---\nDear\n---\nFar away from here"), "a list");
    }
}
