//! What a piece of a text is that may repeat: a line or a long sentence, and when two are the same.

/// So many different texts must hold a piece, at least, for it to repeat.
pub(super) const LEAST: usize = 6;
/// Characters from which on a piece is long.
pub(super) const LONG: usize = 50;

/// What makes two lines the same: letters, whatever the space and the numbers between them.
pub(super) fn line_key(line: &str) -> String {
    let no_digits: String = line.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    key(&no_digits)
}

/// What makes two long sentences the same: all but white space. The numbers in what somebody says are somebody's own.
pub(super) fn sentence_key(sentence: &str) -> Option<String> {
    let key = (sentence.len() >= LONG).then(|| key(sentence))?;
    (key.chars().count() >= LONG).then_some(key)
}

fn key(piece: &str) -> String {
    piece.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
