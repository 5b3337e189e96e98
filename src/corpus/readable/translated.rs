//! Reviews that a site translated: the translation stands beside the original.

use std::borrow::Cow;

/// What stands above the translation, and above the original where this comes second.
const MARKS: [(&str, &str); 8] = [
    ("(Translated by Google)", "(Original)"),
    ("(Übersetzt von Google)", "(Original)"),
    ("(Traduit par Google)", "(Avis d'origine)"),
    ("(Traducido por Google)", "(Original)"),
    ("(Traducción de Google)", "(Original)"),
    ("(Tradotto da Google)", "(Originale)"),
    ("(Traduzione di Google)", "(Originale)"),
    ("(Traduzido pelo Google)", "(Original)"),
];

/// The text in the language that stands first, without the marks.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    for (mark, original) in MARKS {
        let Some((before, translation)) = text.split_once(mark) else { continue };
        let first = if before.trim().is_empty() {
            translation.split_once(original).map_or(translation, |(translation, _)| translation)
        } else {
            before
        };
        return Cow::Owned(first.trim().to_owned());
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_language_of_two_stays() {
        assert_eq!(without("(Translated by Google) Good food.\n\n(Original)\nGutes Essen."), "Good food.");
        assert_eq!(without("Gutes Essen.\n\n(Translated by Google)\nGood food."), "Gutes Essen.");
        assert_eq!(without("(Translated by Google) Good food."), "Good food.");
        assert_eq!(without("It says (Original) on the box"), "It says (Original) on the box");
    }
}
