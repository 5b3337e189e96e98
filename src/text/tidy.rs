//! What stages do to a text before it is shown and after it was said.

/// The first `characters` of a text, marked when it is longer.
pub fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// One line, no quotes around it, no control characters.
pub fn tidy(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_matches(['"', '“', '”', '`']).chars().filter(|c| !c.is_control()).collect()
}

/// What two spellings of the same sentence have in common.
pub fn plain(text: &str) -> String {
    let letters = text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect::<String>();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_characters_and_tidied_to_one_line() {
        assert_eq!((cut("größer", 3), cut("ab", 2)), ("grö…".to_owned(), "ab".to_owned()));
        assert_eq!(tidy(" “late\n  parcels” \u{7}"), "late parcels” ");
        assert_eq!(plain("Late – parcels!"), "late parcels");
    }
}
