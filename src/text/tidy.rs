//! What stages do to a text before it is shown and after it was said.

/// The first `characters` of a text, marked when it is longer.
pub fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// One line with a space between words, without control characters: a word of nothing else is none.
pub fn one_line(text: &str) -> String {
    let visible = |word: &str| word.chars().filter(|c| !c.is_control()).collect::<String>();
    text.split_whitespace().map(visible).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The same, with no quotes around it.
pub fn tidy(text: &str) -> String {
    one_line(text).trim_matches(['"', '“', '”', '`']).to_owned()
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
        assert_eq!(tidy(" “late\n \u{7} parcels” \u{7}"), "late parcels");
        assert_eq!(plain("Late – parcels!"), "late parcels");
    }
}
