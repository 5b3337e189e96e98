//! Sentences, as Unicode bounds them, but for the marks within an address.

use unicode_segmentation::UnicodeSegmentation;

/// The sentences of a line, each with the byte at which it begins and with the white space behind it. The `?` within
/// `https://shop.example/contact?id=1` ends none.
pub fn sentence_indices(line: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    // The sentences of an empty line cannot be asked for: the iterator's size overflows.
    if line.is_empty() {
        return found;
    }
    let has_addresses = line.contains("://") || line.contains("www.");
    for (start, piece) in line.split_sentence_bound_indices() {
        match found.last_mut() {
            Some((begin, before)) if has_addresses && is_within_address(line, start) => {
                *before = &line[*begin..start + piece.len()];
            }
            _ => found.push((start, piece)),
        }
    }
    found
}

/// Whether a place parts an address, and not only stands behind one.
fn is_within_address(line: &str, place: usize) -> bool {
    let before = line[..place].rsplit(char::is_whitespace).next().unwrap_or_default();
    let goes_on = line[place..].starts_with(|c: char| !c.is_whitespace());
    goes_on && (before.contains("://") || before.starts_with("www."))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
