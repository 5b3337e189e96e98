//! Which languages a corpus is written in, as far as a short text tells.

use std::collections::BTreeMap;

use rayon::prelude::*;
use whatlang::{Detector, Lang};

/// Fewer letters tell no language.
const LETTERS: usize = 20;
/// The beginning of a text tells its language.
const CHARACTERS: usize = 500;
/// So many texts tell the languages of a corpus: to look at all would cost as much as clustering them.
const SAMPLE: usize = 2000;

/// Texts, and the share of all recognisable texts, that make a language one of the corpus's own.
const FREQUENT: usize = 10;
const FREQUENT_SHARE: f64 = 0.05;
/// Share of the recognisable texts from which a language's own words are to be known.
const NOTABLE: f64 = 0.01;

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

/// The languages that a corpus is written in, where there are several: the most frequent one first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Languages(Vec<Lang>);

impl Languages {
    /// Those that are frequent among the first two thousand of some texts; none where only one is.
    pub fn of(texts: &[&str]) -> Languages {
        let sample = &texts[..texts.len().min(SAMPLE)];
        let found: Vec<Option<Lang>> = sample.par_iter().map(|text| language_of(text)).collect();
        let mut counts: BTreeMap<&str, (usize, Lang)> = BTreeMap::new();
        for language in found.iter().flatten() {
            counts.entry(language.code()).or_insert((0, *language)).0 += 1;
        }
        let told: usize = counts.values().map(|(count, _)| count).sum();
        let least = FREQUENT.max((FREQUENT_SHARE * told as f64) as usize);
        let mut frequent: Vec<(usize, Lang)> = counts.into_values().filter(|(count, _)| *count >= least).collect();
        frequent.sort_by_key(|(count, language)| (std::cmp::Reverse(*count), language.code()));
        match frequent.len() {
            ..2 => Languages::default(),
            _ => Languages(frequent.into_iter().map(|(_, language)| language).collect()),
        }
    }

    /// Those with these codes, as [`Languages::codes`] gives them; none where a code is of no language, or stands twice.
    pub fn from_codes(codes: &[String]) -> Option<Languages> {
        let languages: Vec<Lang> = codes.iter().map(Lang::from_code).collect::<Option<_>>()?;
        let is_new = |(place, language): (usize, &Lang)| !languages[..place].contains(language);
        (languages.len() != 1 && languages.iter().enumerate().all(is_new)).then_some(Languages(languages))
    }

    /// Their ISO 639-3 codes.
    pub fn codes(&self) -> Vec<&'static str> {
        self.0.iter().map(|language| language.code()).collect()
    }

    /// How many there are to tell apart: at least 1.
    pub fn count(&self) -> usize {
        self.0.len().max(1)
    }

    /// For each of n texts the number of its language: 0 for the most frequent one and for texts too short to tell.
    pub fn numbers(&self, texts: &[&str]) -> Vec<usize> {
        if self.0.len() < 2 {
            return vec![0; texts.len()];
        }
        // Told apart from the frequent languages alone, short texts can be told more often.
        let detector = Detector::with_allowlist(self.0.clone());
        let number = |language: Lang| self.0.iter().position(|other| *other == language).unwrap_or(0);
        texts.par_iter().map(|text| detector.detect_lang(&beginning(text)).map_or(0, number)).collect()
    }
}

/// For each of n texts the number of its language, where a corpus is written in several: 0 for the most frequent one and for texts
/// too short to tell, all 0 where only one language is frequent among the first two thousand.
pub fn languages(texts: &[&str]) -> Vec<usize> {
    Languages::of(texts).numbers(texts)
}

/// ISO 639-1 codes of the languages that a share of the recognisable texts is written in, English always among them; of many
/// texts, judged by the first two thousand.
pub fn language_codes(texts: &[&str]) -> Vec<&'static str> {
    let told = shares(texts).into_iter().filter(|share| share.share >= NOTABLE);
    let codes = told.filter_map(|share| two_letters(&share.language));
    let mut codes: Vec<&str> = codes.chain(["en"]).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// ISO 639-1 knows a language by two letters, whatlang by three and by its name.
fn two_letters(name: &str) -> Option<&'static str> {
    const CODES: [(Lang, &str); 45] = [
        (Lang::Afr, "af"),
        (Lang::Ara, "ar"),
        (Lang::Aze, "az"),
        (Lang::Bel, "be"),
        (Lang::Ben, "bn"),
        (Lang::Bul, "bg"),
        (Lang::Cat, "ca"),
        (Lang::Ces, "cs"),
        (Lang::Cmn, "zh"),
        (Lang::Dan, "da"),
        (Lang::Deu, "de"),
        (Lang::Ell, "el"),
        (Lang::Eng, "en"),
        (Lang::Est, "et"),
        (Lang::Fin, "fi"),
        (Lang::Fra, "fr"),
        (Lang::Guj, "gu"),
        (Lang::Heb, "he"),
        (Lang::Hin, "hi"),
        (Lang::Hrv, "hr"),
        (Lang::Hun, "hu"),
        (Lang::Ind, "id"),
        (Lang::Ita, "it"),
        (Lang::Jpn, "ja"),
        (Lang::Kor, "ko"),
        (Lang::Lav, "lv"),
        (Lang::Lit, "lt"),
        (Lang::Mar, "mr"),
        (Lang::Nep, "ne"),
        (Lang::Nld, "nl"),
        (Lang::Nob, "no"),
        (Lang::Pes, "fa"),
        (Lang::Pol, "pl"),
        (Lang::Por, "pt"),
        (Lang::Ron, "ro"),
        (Lang::Rus, "ru"),
        (Lang::Slk, "sk"),
        (Lang::Slv, "sl"),
        (Lang::Spa, "es"),
        (Lang::Swe, "sv"),
        (Lang::Tam, "ta"),
        (Lang::Tur, "tr"),
        (Lang::Ukr, "uk"),
        (Lang::Urd, "ur"),
        (Lang::Vie, "vi"),
    ];
    CODES.iter().find(|(language, _)| language.eng_name() == name).map(|(_, code)| *code)
}

fn beginning(text: &str) -> String {
    text.chars().take(CHARACTERS).collect()
}

fn language_of(text: &str) -> Option<Lang> {
    let beginning = beginning(text);
    if beginning.chars().filter(|character| character.is_alphabetic()).count() < LETTERS {
        return None;
    }
    whatlang::detect(&beginning).filter(|info| info.is_reliable()).map(|info| info.lang())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_languages_are_numbered_and_stray_ones_are_not() {
        let english = "The parcel has not arrived and nobody answers the telephone.";
        let german = "Das Paket ist nicht angekommen und niemand geht ans Telefon.";
        let spanish = "El paquete no ha llegado y nadie contesta al teléfono de la tienda.";
        let texts: Vec<&str> = [[english].repeat(40), [german].repeat(20), vec![spanish]].concat();
        let numbers = languages(&texts);
        assert!(numbers[..40].iter().all(|number| *number == 0) && numbers[40..60].iter().all(|number| *number == 1));
        assert_eq!(languages(&texts[..45]), [0; 45], "five German texts are not a language of the corpus");
        assert!(languages(&[]).is_empty());
    }

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
