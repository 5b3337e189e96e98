//! Which languages a corpus is written in. A short text alone hardly tells its language, all of them together do: texts that are
//! sure show which languages there are, and the others are told apart among these, by their function words and letters, with
//! the shares of the languages estimated from all texts (expectation maximization).

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use rayon::prelude::*;
use whatlang::{Detector, Info, Lang, Script};

/// Letters from which on the statistics of letters can be sure of a language of a script that several share.
const LETTERS: usize = 20;
/// Fewer letters tell no language: of the Latin script, and of another.
const FEWEST: (usize, usize) = (8, 4);
/// Function words that show a language that the letters make the likeliest, at least; and words and their share that show it alone.
/// By how much (in nats) it must be likelier than any other.
const SURE: (u32, (u32, f64), f64) = (2, (3, 0.5), 2.0);
/// Share of the words of a text that are function words, and the number of all other words.
const FUNCTION: (f64, f64) = (0.4, 50_000.0);
/// What it counts (in nats) that the letters are sure of a language, and that they make it the likeliest of those that there are.
const BY_LETTERS: (f64, f64) = (6.0, 2.0);
/// What a text must count for (in nats) to tell its language: one function word alone does not.
const LEAST: f64 = 5.5;
/// Share of the sure texts that show a language of the corpus, at least: letters err now and then.
const SHOWN: f64 = 0.02;
/// So many texts, and such a share, of which letters and function words are sure together, show one too.
const PLAINLY: (usize, f64) = (3, 0.005);
/// Texts of a script that are read as one, where none of them shows its language by itself.
const POOLED: usize = 100;
/// Posterior probability from which on a language is told, and rounds in which the shares are estimated.
const TOLD: f64 = 0.6;
const ROUNDS: usize = 20;
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

/// For each of n texts the English name of its language, as far as all of them together tell it.
pub fn languages_told(texts: &[&str]) -> Vec<Option<&'static str>> {
    told(texts).into_iter().map(|language| Some(language?.eng_name())).collect()
}

/// English name of the language that most of the texts are in, as far as they tell; of many texts, judged by the first two thousand.
pub fn main_language(texts: &[&str]) -> Option<String> {
    shares(texts).into_iter().next().filter(|share| share.share > 0.5).map(|share| share.language)
}

/// The languages of some texts with English, most frequent first.
pub(super) fn shares(texts: &[&str]) -> Vec<LanguageShare> {
    let languages: Vec<Lang> = told(&texts[..texts.len().min(SAMPLE)]).into_iter().flatten().collect();
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
        let found = told(&texts[..texts.len().min(SAMPLE)]);
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

fn two_letters(name: &str) -> Option<&'static str> {
    CODES.iter().find(|(language, _)| language.eng_name() == name).map(|(_, code)| *code)
}

/// For each function word the languages that have it, a bit each by their places in the table of codes.
static FUNCTION_WORDS: LazyLock<HashMap<&str, u64>> = LazyLock::new(|| {
    let mut words: HashMap<&str, u64> = HashMap::new();
    for (place, (_, code)) in CODES.iter().enumerate() {
        let listed = stop_words::lookup(code).into_iter().flatten();
        listed.for_each(|word| *words.entry(*word).or_default() |= 1 << place);
    }
    words
});

/// What a text shows of its language.
struct Evidence {
    beginning: String,
    script: Script,
    letters: usize,
    words: usize,
    /// For each function word the languages that have it.
    function_words: Vec<u64>,
    /// The language that its letters make the likeliest of all.
    guess: Option<Lang>,
    /// The same where they are sure of it.
    sure: Option<Lang>,
}

impl Evidence {
    fn of(text: &str) -> Option<Evidence> {
        let beginning = beginning(text);
        let script = whatlang::detect_script(&beginning)?;
        let letters = beginning.chars().filter(|character| character.is_alphabetic()).count();
        if letters < if script == Script::Latin { FEWEST.0 } else { FEWEST.1 } {
            return None;
        }
        let lower = beginning.to_lowercase();
        let all = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.contains(char::is_numeric) && word.chars().nth(1).is_some());
        let known = all.clone().filter_map(|word| FUNCTION_WORDS.get(word).copied());
        let (words, function_words) = (all.clone().count(), known.collect());
        let info = whatlang::detect(&beginning);
        let guess = info.as_ref().filter(|_| letters >= LETTERS).map(Info::lang);
        let is_sure = |info: &Info| info.is_reliable() && (letters >= LETTERS || script.langs().len() == 1);
        let sure = info.filter(is_sure).map(|info| info.lang());
        Some(Evidence { beginning, script, letters, words, function_words, guess, sure })
    }

    /// Function words of a language in the text; none where no list of it is known.
    fn hits(&self, language: Lang) -> Option<u32> {
        let place = CODES.iter().position(|(other, _)| *other == language)?;
        Some(self.function_words.iter().filter(|languages| **languages >> place & 1 == 1).count() as u32)
    }

    /// Log-likelihood of the words in a language, of a text of any other words 0.
    fn by_words(&self, language: Lang) -> f64 {
        let size = |language: Lang| {
            let code = CODES.iter().find(|(other, _)| *other == language).map(|(_, code)| *code);
            code.and_then(stop_words::lookup).map_or(1, <[&str]>::len).max(1) as f64
        };
        let hits = self.hits(language).unwrap_or(0);
        if hits == 0 {
            return 0.0;
        }
        f64::from(hits) * (FUNCTION.0 / size(language) / ((1.0 - FUNCTION.0) / FUNCTION.1)).ln().max(0.0)
    }

    /// Whether both letters and function words are sure of a language.
    fn is_plainly(&self, language: Lang) -> bool {
        self.sure == Some(language) && self.hits(language) >= Some(SURE.0) && self.shown() == Some(language)
    }

    /// The language that the text alone shows, if it does.
    fn shown(&self) -> Option<Lang> {
        let by_letters = |language: Lang| if self.guess == Some(language) { BY_LETTERS.1 } else { 0.0 };
        let score = |language: &Lang| (self.by_words(*language) + by_letters(*language), *language);
        let mut scored: Vec<(f64, Lang)> = self.script.langs().iter().map(score).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.code().cmp(b.1.code())));
        let (best, second) = (scored.first().copied()?, scored.get(1).map_or(0.0, |(score, _)| *score));
        match self.sure {
            // A language whose function words the text has not is a slip of the letters.
            Some(sure) => (self.hits(sure).is_none() || self.by_words(sure) + BY_LETTERS.0 >= best.0).then_some(sure),
            None => {
                let hits = self.hits(best.1).unwrap_or(0);
                let is_alone = hits >= SURE.1.0 && f64::from(hits) >= SURE.1.1 * self.words as f64;
                let is_shown = hits >= SURE.0 && self.guess == Some(best.1) || is_alone;
                (is_shown && best.0 >= second + SURE.2).then_some(best.1)
            }
        }
    }
}

/// For each of some texts the language it is in, as far as it is told.
fn told(texts: &[&str]) -> Vec<Option<Lang>> {
    let evidence: Vec<Option<Evidence>> = texts.par_iter().map(|text| Evidence::of(text)).collect();
    let languages = established(&evidence);
    let detectors: HashMap<Script, Detector> = Script::all()
        .iter()
        .filter_map(|script| {
            let of_script: Vec<Lang> = languages.iter().copied().filter(|one| script.langs().contains(one)).collect();
            (of_script.len() > 1).then(|| (*script, Detector::with_allowlist(of_script)))
        })
        .collect();
    let scored: Vec<Option<Vec<f64>>> = evidence
        .par_iter()
        .map(|one| Some(scores(one.as_ref()?, &languages, detectors.get(&one.as_ref()?.script))))
        .collect();
    let shares = estimated(&scored, languages.len());
    let likeliest = |scores: &Option<Vec<f64>>| {
        let posterior = posterior(scores.as_ref()?, &shares)?;
        let best = (0..posterior.len()).max_by(|a, b| posterior[*a].total_cmp(&posterior[*b]))?;
        (posterior[best] >= TOLD).then(|| languages[best])
    };
    scored.iter().map(likeliest).collect()
}

/// The languages that enough texts show each by itself, and of scripts in which none does, the one that all their texts together show.
fn established(evidence: &[Option<Evidence>]) -> Vec<Lang> {
    let shown: Vec<Option<Lang>> = evidence.par_iter().map(|one| one.as_ref()?.shown()).collect();
    let mut counts: BTreeMap<&str, (usize, Lang)> = BTreeMap::new();
    for language in shown.iter().flatten() {
        counts.entry(language.code()).or_insert((0, *language)).0 += 1;
    }
    let all = shown.iter().flatten().count();
    let plainly = |language: Lang| evidence.iter().flatten().filter(|one| one.is_plainly(language)).count();
    let is_plain = |language: Lang| plainly(language) >= PLAINLY.0.max((PLAINLY.1 * all as f64).ceil() as usize);
    let is_enough = |count: usize| count as f64 >= SHOWN * all as f64;
    let mut languages: Vec<Lang> = counts
        .into_values()
        .filter(|(count, language)| is_enough(*count) || is_plain(*language))
        .map(|(_, language)| language)
        .collect();
    for script in Script::all().iter().filter(|script| **script != Script::Latin) {
        let of_script = || evidence.iter().flatten().filter(|one| one.script == *script);
        if !is_enough(of_script().count()) || languages.iter().any(|language| script.langs().contains(language)) {
            continue;
        }
        let together: Vec<&str> = of_script().take(POOLED).map(|one| one.beginning.as_str()).collect();
        languages.extend(whatlang::detect_lang(&together.join(" ")).filter(|_| !together.is_empty()));
    }
    languages
}

/// The log-likelihood of a text in each of the languages; none of its words and letters tell anything where all are 0.
fn scores(evidence: &Evidence, languages: &[Lang], detector: Option<&Detector>) -> Vec<f64> {
    let likeliest = detector.and_then(|detector| detector.detect_lang(&evidence.beginning));
    let is_long = evidence.letters >= LETTERS || evidence.words > 2;
    let of_script = languages.iter().filter(|language| evidence.script.langs().contains(language)).count();
    let is_alone = of_script == 1 && evidence.script != Script::Latin;
    let score = |language: &Lang| {
        if !evidence.script.langs().contains(language) {
            return f64::NEG_INFINITY;
        }
        let letters = match (is_alone || evidence.sure == Some(*language), likeliest == Some(*language)) {
            (true, _) => BY_LETTERS.0,
            (false, true) if is_long => BY_LETTERS.1,
            _ => 0.0,
        };
        letters + evidence.by_words(*language)
    };
    languages.iter().map(score).collect()
}

/// The shares of the languages that make the texts likeliest.
fn estimated(scored: &[Option<Vec<f64>>], count: usize) -> Vec<f64> {
    let mut shares = vec![1.0 / count.max(1) as f64; count];
    for _ in 0..ROUNDS {
        let mut sums = vec![0.0; count];
        for posterior in scored.iter().flatten().filter_map(|scores| posterior(scores, &shares)) {
            sums.iter_mut().zip(posterior).for_each(|(sum, one)| *sum += one);
        }
        let all: f64 = sums.iter().sum();
        if all <= 0.0 {
            break;
        }
        shares = sums.into_iter().map(|sum| sum / all).collect();
    }
    shares
}

/// The probabilities of the languages for a text; none where nothing in it tells.
fn posterior(scores: &[f64], shares: &[f64]) -> Option<Vec<f64>> {
    let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if best < LEAST {
        return None;
    }
    let weights: Vec<f64> = scores.iter().zip(shares).map(|(score, share)| share * (score - best).exp()).collect();
    let all: f64 = weights.iter().sum();
    (all > 0.0).then(|| weights.into_iter().map(|weight| weight / all).collect())
}

fn beginning(text: &str) -> String {
    text.chars().take(CHARACTERS).collect()
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

    #[test]
    fn short_texts_of_several_languages_are_told_by_all_of_them_together() {
        let said = [
            (
                "Portuguese",
                [
                    "O tamanho não serve.",
                    "Quero o meu dinheiro de volta",
                    "Preciso da fatura",
                    "Não consigo entrar na conta!",
                ],
            ),
            (
                "Dutch",
                [
                    "De maat past niet.",
                    "Mijn pakket is nog steeds niet aangekomen!",
                    "De lamp was kapot.",
                    "Ik heb een factuur nodig!",
                ],
            ),
            (
                "Italian",
                [
                    "Non riesco ad accedere!",
                    "Mi serve la fattura.",
                    "Il mio pacco non è ancora arrivato.",
                    "La lampada è rotta!",
                ],
            ),
            (
                "Swedish",
                ["Kan inte logga in!", "Mitt paket har inte kommit.", "Lampan var trasig.", "Jag behöver en faktura!"],
            ),
            (
                "English",
                ["I can't log in", "The lamp is broken", "Where is my parcel?", "I need an invoice for my order"],
            ),
        ];
        let texts: Vec<&str> = said.iter().flat_map(|(_, texts)| texts.repeat(5)).collect();
        let shares = shares(&texts);
        assert_eq!(shares.len(), said.len(), "{shares:?}");
        for LanguageShare { language, share } in &shares {
            assert!((share - 0.2).abs() < 0.06, "{language} {share}");
        }
    }

    #[test]
    fn the_script_tells_where_one_language_has_it_alone() {
        let texts = ["สินค้าชำรุด", "商品が壊れていました", "المنتج مكسور", "पार्सल अभी तक नहीं आया"];
        let shares = shares(&texts.repeat(5));
        let mut names: Vec<&str> = shares.iter().map(|share| share.language.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Arabic", "Hindi", "Japanese", "Thai"], "{shares:?}");
        assert!(shares.iter().all(|share| (share.share - 0.25).abs() < 1e-9), "{shares:?}");
    }

    #[test]
    fn names_and_titles_in_an_english_corpus_are_no_other_language() {
        let mut texts = vec![ENGLISH; 40];
        texts.extend([
            "La Perla",
            "De Beers",
            "Volkswagen Golf",
            "Menu du jour",
            "Los Angeles Lakers",
            "Rio de Janeiro",
        ]);
        assert!(foreign_share(&texts).iter().all(|share| share.share < 0.05), "{:?}", foreign_share(&texts));
        assert_eq!(Languages::of(&texts), Languages::default());
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
