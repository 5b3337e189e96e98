//! Texts that a form wrote: lines with a key ("Name: …", "Order number: …"). Most values say who writes and when; one is the message.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::frame;
use super::piece::{LEAST, shape};
use super::repeated::LEFT;
use crate::text::{is_web_or_mail, is_weekday_or_month, sentence_indices};

/// So many of the different texts show which keys they have.
const SAMPLE: usize = 512;
/// Share of the different texts that have a key of the form, at least.
const USUAL: f64 = 0.5;
/// How often a text has a key that it has, on average, at most: who speaks in a conversation comes again.
const ONCE: f64 = 1.2;
/// Words and characters of the longest key.
const OF_KEY: (usize, usize) = (4, 40);
/// Words of the longest value that is not free text, and share of the values from which on a key has free text.
const FREE: (usize, f64) = (6, 0.25);
/// Share of the values that must be of one kind.
const OF_ONE_KIND: f64 = 0.9;
/// Share of the values of names that must differ, and words of the longest name.
const OF_NAMES: (f64, usize) = (0.5, 4);
/// Keys of what tells one person or one case from another, in small letters.
const IDENTIFYING: &str = "
    name|first name|last name|full name|your name|surname|customer name|patient name|contact name|electronically signed by|signed by
    vorname|nachname|ihr name|familienname|kundenname|nom|prénom|votre nom|nom de famille|nombre|apellido|apellidos|su nombre
    cognome|nome|nome e cognome|sobrenome|apelido|naam|voornaam|achternaam|imię|nazwisko|imię i nazwisko|namn|förnamn|efternamn|navn
    jméno|příjmení|имя|фамилия|фио|姓名|氏名|이름";
/// The word of such a key that says so, wherever it stands in the key.
const IDENTIFYING_WORDS: &str = "
    e-mail|email|mail|e-mail-adresse|mailadresse|courriel|correo|phone|telephone|tel|mobile|fax|telefon|telefonnummer|téléphone|teléfono|telefono
    telefone|telefoon|handy|number|no|nr|nummer|numéro|número|numero|bestellnummer|kundennummer|auftragsnummer|ordernummer|id|uuid|ref
    reference|referenz|référence|referencia|date|datum|fecha|data|dato|time|uhrzeit|heure|hora|ora|timestamp|zip|postcode|plz|ip|url
    телефон|почта|дата|电话|邮箱|電話|メール";
/// Keys of what is said, whatever its words look like.
const SAID: &str = "subject|betreff|objet|asunto|oggetto|assunto|onderwerp|title|titel|titre|título|titolo|topic|message|comment|reason";

/// A key in a text, with what stands for it.
struct Field<'t> {
    key: String,
    value: &'t str,
    /// The key and the value.
    all: Range<usize>,
    /// The key, up to its value.
    before: Range<usize>,
}

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Sentences: what is said.
    Free,
    /// Names, numbers, dates, addresses: they go with their key.
    Identifying,
    /// Short words that say what a text is about.
    Other,
}

/// The keys of the form that texts were written by.
#[derive(Default)]
pub(super) struct Keys(HashMap<String, Kind>);

impl Keys {
    /// Those that most of the different texts have, whatever their order.
    pub(super) fn of(texts: &[&str]) -> Keys {
        let mut different: Vec<&str> = texts.to_vec();
        different.sort_unstable();
        different.dedup();
        let sample: Vec<&str> = different.iter().step_by(different.len().div_ceil(SAMPLE).max(1)).copied().collect();
        let mut found: HashMap<String, (usize, Vec<&str>)> = HashMap::new();
        for text in &sample {
            let mut in_text = HashSet::new();
            for field in fields(text) {
                let (texts, values) = found.entry(field.key.clone()).or_default();
                *texts += usize::from(in_text.insert(field.key));
                values.push(field.value);
            }
        }
        let least = LEAST.max((USUAL * sample.len() as f64).ceil() as usize);
        found.retain(|_, (texts, values)| *texts >= least && values.len() as f64 <= ONCE * *texts as f64);
        let keys: HashMap<String, Kind> = found
            .into_iter()
            .map(|(key, (_, values))| (kind(&key, &values), key))
            .map(|(kind, key)| (key, kind))
            .collect();
        // With sentences for all of them, they may be speakers: who says what is not to be lost.
        if keys.values().all(|kind| *kind == Kind::Free) { Keys::default() } else { Keys(keys) }
    }

    /// Whether the texts have no form.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text without the keys and what identifies, and these as they are named; the text itself where nothing else is left.
    pub(super) fn without<'t>(&self, text: &'t str) -> (Cow<'t, str>, HashSet<String>) {
        let (mut rest, mut gone, mut place) = (String::with_capacity(text.len()), HashSet::new(), 0);
        for field in fields(text) {
            let range = match self.0.get(&field.key) {
                Some(Kind::Free) => field.before,
                Some(Kind::Identifying) => field.all,
                Some(Kind::Other) | None => continue,
            };
            gone.insert(format!(
                "{} …",
                text[range.start..].split_inclusive([':', '：', '\n']).next().unwrap_or_default().trim()
            ));
            rest.push_str(&text[place..range.start]);
            place = range.end;
        }
        rest.push_str(&text[place..]);
        let letters = rest.chars().filter(|c| c.is_alphabetic()).take(LEFT).count();
        if gone.is_empty() || letters < LEFT || !frame::says_something(&rest) {
            return (Cow::Borrowed(text), HashSet::new());
        }
        (Cow::Owned(without_empty_lines(&rest)), gone)
    }
}

/// The keys of a text in their order: at the beginning of its lines and of what stands in columns on them; of a text of one
/// line at the beginning of its sentences.
fn fields(text: &str) -> Vec<Field<'_>> {
    let is_one_line = !text.trim().contains('\n');
    let (mut found, mut start): (Vec<Field<'_>>, usize) = (Vec::new(), 0);
    let mut open = false;
    for line in text.split_inclusive('\n') {
        let pieces = if is_one_line { sentence_indices(line) } else { columns(line) };
        for (offset, piece) in pieces {
            let place = start + offset;
            match field(place, piece) {
                Some(field) => {
                    open = field.value.is_empty();
                    found.push(field);
                }
                // The first line below a key alone is its value.
                None if open && !piece.trim().is_empty() => {
                    open = false;
                    if let Some(field) = found.last_mut() {
                        field.value = piece.trim();
                        field.before.end = place;
                        field.all.end = place + piece.len();
                    }
                }
                None => {}
            }
        }
        start += line.len();
    }
    found
}

/// What stands on a line with tabs, wide gaps or bars between it.
fn columns(line: &str) -> Vec<(usize, &str)> {
    // From `start` to `blank` nothing is said: a wide gap is looked through once.
    let (mut found, mut start, mut blank) = (Vec::new(), 0, 0);
    for (place, gap) in
        line.match_indices(['\t', '|', ' ']).filter(|(place, gap)| *gap != " " || line[place + 1..].starts_with(' '))
    {
        if line[blank..place].trim().is_empty() {
            blank = place;
        } else {
            found.push((start, &line[start..place + gap.len()]));
            start = place + gap.len();
            blank = start;
        }
    }
    found.push((start, &line[start..]));
    found
}

/// The key with which a piece at a place of a text begins.
fn field(place: usize, piece: &str) -> Option<Field<'_>> {
    let (key, value_start) = match heading(piece) {
        Some(heading) => (heading, piece.len()),
        None => {
            let (colon, sign) = piece.char_indices().find(|(_, c)| matches!(c, ':' | '：'))?;
            let after = &piece[colon + sign.len_utf8()..];
            let ends = sign == '：' || after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || c == '*');
            let value_start = piece.len() - after.trim_start_matches(['*', ' ', '\t']).len();
            (Some(&piece[..colon]).filter(|_| ends)?, value_start)
        }
    };
    let key = key.trim().trim_start_matches(['*', '-', '>', '#', '_', '•', ' ']).trim_end_matches(['*', '_', ' ']);
    let is_key = key.starts_with(char::is_alphabetic)
        && !key.contains(['.', '?', '!', ',', ';', '"', '/', '\n'])
        && key.split_whitespace().count() <= OF_KEY.0
        && key.chars().count() <= OF_KEY.1;
    is_key.then(|| Field {
        key: shape(key),
        value: piece[value_start..].trim(),
        all: place..place + piece.len(),
        before: place..place + value_start,
    })
}

/// The words of a heading of Markdown: what stands below it is its value.
fn heading(line: &str) -> Option<&str> {
    let words = line.trim().trim_start_matches('#');
    (line.starts_with("##") && words.starts_with(' ') && !words.contains(':'))
        .then(|| words.trim().trim_end_matches('?'))
}

/// What the values of a key are, as most of them show.
fn kind(key: &str, values: &[&str]) -> Kind {
    let values: Vec<&str> = values.iter().copied().filter(|value| !value.is_empty()).collect();
    let share = |is_so: &dyn Fn(&str) -> bool| {
        values.iter().filter(|value| is_so(value)).count() as f64 / values.len().max(1) as f64
    };
    let words = |value: &str| value.split_whitespace().count();
    if share(&|value| words(value) > FREE.0) >= FREE.1 {
        return Kind::Free;
    }
    let is_listed =
        |list: &str, word: &str| list.split(['|', '\n']).any(|listed| listed.trim() == word && !word.is_empty());
    if is_listed(SAID, key) || values.is_empty() {
        return Kind::Other;
    }
    let is_named = is_listed(IDENTIFYING, key) || key.split_whitespace().any(|word| is_listed(IDENTIFYING_WORDS, word));
    let different = values.iter().collect::<HashSet<_>>().len() as f64;
    let are_names = different >= OF_NAMES.0 * values.len() as f64 && share(&is_name) >= OF_ONE_KIND;
    if is_named || are_names || share(&is_coded) >= OF_ONE_KIND { Kind::Identifying } else { Kind::Other }
}

/// Whether every word of a value begins with a capital letter or a number.
fn is_name(value: &str) -> bool {
    let begins = |word: &str| word.trim_start_matches(|c: char| !c.is_alphanumeric()).chars().next();
    let is_capital = |word: &str| begins(word).is_none_or(|c| c.is_uppercase() || c.is_numeric());
    value.split_whitespace().count() <= OF_NAMES.1
        && !value.ends_with(['!', '?'])
        && value.split_whitespace().all(is_capital)
}

/// Whether a value is numbers, dates, addresses and single letters.
fn is_coded(value: &str) -> bool {
    value.split_whitespace().all(|word| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        bare.chars().count() < 2
            || bare.chars().any(char::is_numeric)
            || is_web_or_mail(word)
            || is_weekday_or_month(&bare.to_lowercase())
            || ["am", "pm", "utc", "gmt"].contains(&bare.to_lowercase().as_str())
    })
}

fn without_empty_lines(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && (kept.is_empty() || kept.ends_with("\n\n"))) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: [&str; 8] = [
        "The parcel came broken and nobody answers the phone",
        "Where is my money? I sent the shoes back weeks ago",
        "Please change my address in your books before Friday",
        "Can I have an invoice with the name of my company?",
        "The lamp flickers since the day on which it came",
        "I cannot log in, the mail to reset it never comes",
        "Too small, I would like to change it for a larger one",
        "Great service, the lady on the phone was very kind",
    ];
    const NAMES: [&str; 8] = [
        "Zoë Keller",
        "Mette Sørensen",
        "Marek Nowak",
        "Ravi Patel",
        "Liam O'Brien",
        "Yuki Tanaka",
        "Ana Costa",
        "Jo Li",
    ];

    fn without(write: impl Fn(usize) -> String) -> Vec<String> {
        let texts: Vec<String> = (0..8).map(write).collect();
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        let keys = Keys::of(&borrowed);
        borrowed.iter().map(|text| keys.without(text).0.into_owned()).collect()
    }

    #[test]
    fn a_wide_gap_is_passed_in_linear_time() {
        let begun = std::time::Instant::now();
        for gap in [" ", "\t"] {
            let text = format!("Name: Kim{}Topic: soup\nlate", gap.repeat(300_000));
            let keys: Vec<String> = fields(&text).into_iter().map(|field| field.key).collect();
            assert_eq!(keys, ["name", "topic"]);
        }
        assert!(begun.elapsed().as_secs() < 10);
    }

    #[test]
    fn of_a_form_the_message_stays() {
        let mail = |n: usize| {
            format!("Name: {}\nE-mail: k{n}@mail.example\nPhone: +49 30 62{n}\nMessage:\n{}", NAMES[n], SAID[n])
        };
        assert_eq!(without(mail), SAID);
        let note = |n: usize| {
            format!(
                "Admission Date: [**2137-1-{n}**]   Sex: {}\n\nHPI: {}\n\nSeen by: {}",
                ["M", "F"][n % 2],
                SAID[n],
                NAMES[n]
            )
        };
        assert_eq!(without(note), SAID);
        let issue = |n: usize| format!("### What happened?\n\n{}\n\n### Version\n\n2.{n}.0", SAID[n]);
        assert_eq!(without(issue), SAID);
    }

    #[test]
    fn of_a_note_of_one_line_the_key_of_its_sentence_goes() {
        let note = |n: usize| {
            format!(
                "Ref: 48{n}1. Customer states: {} Action: {}.",
                SAID[n].trim_end_matches('.'),
                ["closed", "refund"][n % 2]
            )
        };
        assert!(
            without(note).iter().zip(SAID).all(|(left, said)| left.starts_with(said.split('?').next().unwrap())),
            "{:?}",
            without(note)
        );
    }

    #[test]
    fn what_says_what_a_text_is_about_and_who_says_what_stays() {
        let about = |n: usize| format!("Category: {}\n{}", ["billing", "shipping"][n % 2], SAID[n]);
        assert_eq!(without(about), (0..8).map(about).collect::<Vec<_>>());
        let short = |n: usize| {
            format!(
                "Reason: {}\nProduct: lamp {}",
                ["too small", "wrong color", "broken glass", "late"][n % 4],
                NAMES[n].to_lowercase()
            )
        };
        assert_eq!(without(short), (0..8).map(short).collect::<Vec<_>>());
        let talk = |n: usize| format!("Customer: {}\nAgent: {}", SAID[n], SAID[7 - n]);
        assert_eq!(without(talk), (0..8).map(talk).collect::<Vec<_>>());
        let name_only = |n: usize| format!("Name: {}\nDate: {n}.3.2025", NAMES[n]);
        assert_eq!(without(name_only), (0..8).map(name_only).collect::<Vec<_>>());
    }
}
