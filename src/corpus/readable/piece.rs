//! What a piece of a text is that may repeat: a line or a long sentence, and when two are the same.

use crate::text::{is_web_or_mail, is_weekday_or_month};

/// So many different texts must hold a piece, at least, for it to repeat.
pub(super) const LEAST: usize = 6;
/// Characters from which on a piece is long.
pub(super) const LONG: usize = 50;

/// Letters that the shape of a sentence has beside its numbers, at least, and its characters at most.
const OF_SHAPE: (usize, usize) = (3, 400);
/// Stands before the shape of a sentence, so that it is not taken for the words of one.
const SHAPE: char = '\u{1}';
/// Stands for a number in a shape, and for an address.
const NUMBER: char = '0';
const ADDRESS: char = '…';
/// Digits and characters from which on a word of letters and digits is a number too, such as "7822e5f5ef".
const OF_CODE: (usize, usize) = (2, 8);

/// What makes two lines the same: their shape.
pub(super) fn line_key(line: &str) -> String {
    shape(line)
}

/// What makes two long sentences the same: all but white space. The numbers in what somebody says are somebody's own.
pub(super) fn sentence_key(sentence: &str) -> Option<String> {
    if is_entry(sentence) {
        return Some(key(sentence));
    }
    let key = (sentence.len() >= LONG).then(|| key(sentence))?;
    (key.chars().count() >= LONG).then_some(key)
}

/// Whether a sentence is an entry of a form in a line of running text: `Action: closed.`
fn is_entry(sentence: &str) -> bool {
    if sentence.len() >= LONG {
        return false;
    }
    let Some((name, value)) = sentence.trim().trim_end_matches('.').split_once(": ") else { return false };
    let is_short = |words: &str, most: usize| {
        let count = words.split_whitespace().count();
        (1..=most).contains(&count) && words.chars().all(|c| c.is_alphabetic() || " -/".contains(c))
    };
    is_short(name, 3) && is_short(value, 3)
}

/// The shape of a sentence with numbers or addresses in it.
pub(super) fn shape_key(sentence: &str) -> Option<String> {
    let has_numbers = |c: char| c.is_ascii_digit() || matches!(c, '/' | '@');
    let shape = (sentence.len() <= 4 * OF_SHAPE.1 && sentence.contains(has_numbers)).then(|| shape(sentence))?;
    let is_folded = shape.contains([NUMBER, ADDRESS]);
    let letters = shape.chars().filter(|c| c.is_alphabetic()).count();
    (is_folded && letters >= OF_SHAPE.0).then(|| format!("{SHAPE}{shape}"))
}

/// Whether a key is the shape of a sentence.
pub(super) fn is_shape(key: &str) -> bool {
    key.starts_with(SHAPE)
}

/// The small letters of a piece, whatever white space, numbers, dates and addresses stand between them.
pub(super) fn shape(piece: &str) -> String {
    let mut shape = String::with_capacity(piece.len());
    for word in piece.split_whitespace() {
        if !shape.is_empty() {
            shape.push(' ');
        }
        push_shape(&mut shape, word);
    }
    shape
}

/// The same of one word.
pub(super) fn push_shape(shape: &mut String, word: &str) {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    if is_web_or_mail(word) {
        shape.push(ADDRESS);
    } else if is_code(bare) || is_weekday_or_month(&bare.to_lowercase()) {
        shape.push_str(&word.replacen(bare, "0", 1).to_lowercase());
    } else {
        push_folded(shape, word);
    }
}

/// A piece as it is shown where its numbers and addresses differ between texts.
pub(super) fn shown_shape(piece: &str) -> String {
    let word = |word: &str| {
        let mut shown = String::new();
        match is_web_or_mail(word) {
            true => shown.push(ADDRESS),
            false => push_numbers(&mut shown, word, '#'),
        }
        shown
    };
    piece.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

fn push_folded(shape: &mut String, word: &str) {
    match word.contains(|c: char| c.is_ascii_digit()) {
        true => push_numbers(shape, &word.to_lowercase(), NUMBER),
        false => shape.extend(word.chars().flat_map(char::to_lowercase)),
    }
}

/// A word with one sign for each number in it, however many digits that has.
fn push_numbers(shown: &mut String, word: &str, sign: char) {
    let mut was_digit = false;
    for c in word.chars() {
        let is_digit = c.is_ascii_digit();
        if !is_digit {
            shown.push(c);
        } else if !was_digit {
            shown.push(sign);
        }
        was_digit = is_digit;
    }
}

/// A long word of digits and letters, such as the key of a session.
fn is_code(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    digits >= OF_CODE.0
        && word.len() >= OF_CODE.1
        && digits < word.len()
        && word.bytes().all(|c| c.is_ascii_alphanumeric())
}

fn key(piece: &str) -> String {
    piece.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_piece_has_no_numbers_dates_and_addresses_of_its_own() {
        let same = |one: &str, other: &str| assert_eq!(shape(one), shape(other));
        same("!screenshot-7.png!", "!screenshot-4812.png!");
        same("Sent from https://a.example/?sid=1 on 1.2.2025", "sent from https://b.example/ on 11.12.2025");
        same("From k1@mail.example at 8:05", "From jo.e@post.example at 12:30");
        same("Monday, March 3, key 7822e5f5ef", "Friday, April 12, key a9a108f84f0");
        assert_ne!(shape("two tickets"), shape("three tickets"));
    }

    #[test]
    fn the_shape_of_a_sentence_is_one_with_numbers_in_it() {
        assert!(is_shape(&shape_key("Inbound call 2/3/2025").unwrap()));
        assert_eq!((shape_key("It came broken."), shape_key("12."), shape_key("1 x 5")), (None, None, None));
    }

    #[test]
    fn what_differs_is_shown_as_such() {
        assert_eq!(shown_shape("Sent from https://a.example on 1.2.2025"), "Sent from … on #.#.#");
    }
}
