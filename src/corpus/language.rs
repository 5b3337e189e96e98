//! Which languages a corpus is written in, as far as a short text tells.

use std::collections::BTreeMap;

use rayon::prelude::*;
use whatlang::Lang;

/// Fewer letters tell no language.
const LETTERS: usize = 20;
/// The beginning of a text tells its language.
const CHARACTERS: usize = 500;
/// So many texts tell the languages of a corpus: to look at all would cost as much as clustering them.
const SAMPLE: usize = 2000;

/// Share of the recognisable texts that one language has.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LanguageShare {
    /// English name of the language.
    pub language: String,
    /// Between 0 and 1, of the texts long enough to tell.
    pub share: f64,
}

/// Languages other than English among the texts whose language can be told, most frequent first; of many texts, judged by the
/// first two thousand. They are in canonical order, which is as good as a random one.
pub fn foreign_share(texts: &[&str]) -> Vec<LanguageShare> {
    let mut shares = shares(texts);
    shares.retain(|share| share.language != Lang::Eng.eng_name());
    shares
}

/// The same with English.
pub(super) fn shares(texts: &[&str]) -> Vec<LanguageShare> {
    let languages: Vec<Lang> =
        texts[..texts.len().min(SAMPLE)].par_iter().filter_map(|text| language_of(text)).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for language in &languages {
        *counts.entry(language.eng_name()).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let share = |count: usize| count as f64 / languages.len() as f64;
    counts
        .into_iter()
        .map(|(language, count)| LanguageShare { language: language.into(), share: share(count) })
        .collect()
}

fn language_of(text: &str) -> Option<Lang> {
    let beginning: String = text.chars().take(CHARACTERS).collect();
    if beginning.chars().filter(|character| character.is_alphabetic()).count() < LETTERS {
        return None;
    }
    whatlang::detect(&beginning).filter(|info| info.is_reliable()).map(|info| info.lang())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str =
        "The printer on the second floor has stopped working again and nobody knows why it does that.";
    const GERMAN: &str =
        "Der Drucker im zweiten Stock funktioniert schon wieder nicht, und niemand weiß, woran es liegt.";
    const FRENCH: &str = "L'imprimante du deuxième étage est encore en panne et personne ne sait pourquoi cela arrive.";

    #[test]
    fn foreign_languages_come_most_frequent_first() {
        let shares = foreign_share(&[FRENCH, GERMAN, ENGLISH, GERMAN]);
        let expected = [("German", 0.5), ("French", 0.25)];
        assert_eq!(shares, expected.map(|(language, share)| LanguageShare { language: language.into(), share }));
    }

    #[test]
    fn texts_too_short_to_tell_do_not_count() {
        assert_eq!(foreign_share(&[]), []);
        assert_eq!(foreign_share(&["ja", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀", ENGLISH]), []);
        assert_eq!(foreign_share(&["oui", GERMAN])[0].share, 1.0);
    }
}
