//! How a mail opens: "Dear support team," or "Hi there," on a line of its own or before the first sentence.

use std::borrow::Cow;

use super::closings::is_of_a_name;
use crate::text::plain;

/// Openings, in small letters and without signs. A name may follow each of them.
const OPENINGS: &[&str] = &[
    // English
    "dear",
    "hi",
    "hello",
    "hey",
    "hiya",
    "hullo",
    "good morning",
    "good afternoon",
    "good evening",
    "good day",
    "greetings",
    "to whom it may concern",
    // German
    "sehr geehrte",
    "sehr geehrter",
    "sehr geehrtes",
    "liebe",
    "lieber",
    "liebes",
    "werte",
    "hallo",
    "guten tag",
    "guten morgen",
    "guten abend",
    "moin",
    "moin moin",
    "servus",
    "grüezi",
    "grüß gott",
    // French
    "bonjour",
    "bonsoir",
    "salut",
    "cher",
    "chère",
    "chers",
    "chères",
    "madame",
    "monsieur",
    "mesdames",
    // Spanish
    "hola",
    "buenos días",
    "buenas tardes",
    "buenas noches",
    "buenas",
    "estimado",
    "estimada",
    "estimados",
    "estimadas",
    "querido",
    "querida",
    "muy señores míos",
    // Italian
    "buongiorno",
    "buonasera",
    "salve",
    "ciao",
    "gentile",
    "gentili",
    "gentilissimi",
    "egregio",
    "egregi",
    "spettabile",
    "spett le",
    "caro",
    "cara",
    "cari",
    // Portuguese
    "olá",
    "oi",
    "bom dia",
    "boa tarde",
    "boa noite",
    "prezado",
    "prezada",
    "prezados",
    "prezadas",
    "caros",
    "exmo",
    "exmos",
    // Dutch
    "beste",
    "geachte",
    "goedemorgen",
    "goedemiddag",
    "goedenavond",
    "goedendag",
    "goeiedag",
    "hoi",
    "dag",
    // Polish, Czech
    "dzień dobry",
    "szanowni państwo",
    "szanowny panie",
    "szanowna pani",
    "witam",
    "cześć",
    "dobrý den",
    "ahoj",
    "vážení",
    "vážený pane",
    "vážená paní",
    // Swedish, Danish, Norwegian, Finnish
    "hej",
    "hejsan",
    "hei",
    "god morgon",
    "god dag",
    "goddag",
    "bästa",
    "kära",
    "kære",
    "kjære",
    "moi",
    "hyvää päivää",
    // Russian, Turkish, Romanian
    "здравствуйте",
    "добрый день",
    "добрый вечер",
    "доброе утро",
    "уважаемые",
    "привет",
    "merhaba",
    "iyi günler",
    "bună ziua",
];
/// Openings that are ordinary words too ("Beste Pizza, …"): in front of a sentence they open a mail only if someone is named who
/// can be written to.
const WORDS_TOO: &[&str] = &[
    "liebe", "lieber", "liebes", "werte", "beste", "bästa", "caro", "cara", "cari", "caros", "dag", "cher", "chère",
    "gentile",
];
/// Who is written to, or a word between two of them.
const ADDRESSED: &[&str] = &[
    // English
    "team",
    "support",
    "all",
    "there",
    "everyone",
    "everybody",
    "folks",
    "guys",
    "both",
    "again",
    "sir",
    "sirs",
    "madam",
    "madams",
    "sir/madam",
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "customer",
    "service",
    "helpdesk",
    "colleague",
    "colleagues",
    "friend",
    "friends",
    "neighbors",
    "neighbours",
    "ladies",
    "gentlemen",
    "and",
    "or",
    "to",
    "the",
    "from",
    "manager",
    "hiring",
    "staff",
    "committee",
    "crew",
    // German
    "damen",
    "herren",
    "damen/herren",
    "herr",
    "frau",
    "zusammen",
    "alle",
    "allen",
    "allerseits",
    "miteinander",
    "leute",
    "ihr",
    "ihr lieben",
    "lieben",
    "und",
    "an",
    "das",
    "liebes",
    "liebe",
    "lieber",
    "kundenservice",
    "kundendienst",
    "kundenbetreuung",
    "kollegen",
    "kolleginnen",
    "kollege",
    "kollegin",
    "nachbarn",
    "freunde",
    "geehrte",
    "geehrter",
    "servicezentrum",
    "serviceteam",
    "supportteam",
    "vorstand",
    // Romance languages
    "à",
    "tous",
    "toutes",
    "et",
    "toute",
    "équipe",
    "léquipe",
    "madame",
    "monsieur",
    "mesdames",
    "messieurs",
    "service",
    "client",
    "clients",
    "a",
    "todos",
    "todas",
    "equipo",
    "señor",
    "señora",
    "señores",
    "sr",
    "sra",
    "sres",
    "don",
    "doña",
    "y",
    "e",
    "o",
    "tutti",
    "tutte",
    "signore",
    "signora",
    "signori",
    "dott",
    "squadra",
    "equipe",
    "senhor",
    "senhora",
    "senhores",
    "pessoal",
    // Others
    "allemaal",
    "allen",
    "iedereen",
    "samen",
    "heer",
    "mevrouw",
    "heren",
    "dames",
    "meneer",
    "państwu",
    "państwo",
    "panie",
    "pani",
    "pane",
    "paní",
    "alla",
    "alle",
    "kaikki",
    "коллеги",
    "всем",
];
/// What is addressed only behind another word: "Dear customer care".
const BEHIND: &[&str] =
    &["care", "desk", "help", "office", "services", "sales", "billing", "team", "department", "center", "centre"];
/// Short forms that end in a full stop and no sentence with it.
const SHORT: &[&str] = &["dr", "prof", "mr", "mrs", "ms", "mx", "sr", "sra", "sres", "hr", "fr", "dott", "sig", "st"];
/// Words of the longest greeting, and bytes of it.
const LONGEST: (usize, usize) = (7, 120);
/// Texts that must open so for greetings to be set apart.
const LEAST: usize = 6;
/// Share of all texts that must open so: with a line of its own, as mails do, or in any way, as short messages do.
const SHARES: (f64, f64) = (0.1, 0.2);
/// Letters that must be left of a text.
const LEFT: usize = 8;

/// Whether so many of the texts open like a mail that their greetings would be what they have in common.
pub(super) fn are_usual<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    let (mut all, mut on_lines, mut greeting) = (0_usize, 0_usize, 0_usize);
    for text in texts {
        all += 1;
        if let Some(end) = end(text) {
            greeting += 1;
            on_lines += usize::from(text[..end].trim_start().contains('\n'));
        }
    }
    let are_enough = |count: usize, share: f64| count >= LEAST && count as f64 >= share * all as f64;
    are_enough(on_lines, SHARES.0) || are_enough(greeting, SHARES.1)
}

/// The text without its greeting.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    end(text).map_or(Cow::Borrowed(text), |place| Cow::Owned(text[place..].to_owned()))
}

/// Where the text goes on behind its greeting, if it has one and says something after it.
fn end(text: &str) -> Option<usize> {
    let begin = text.len() - text.trim_start().len();
    let line = text[begin..].lines().next()?;
    let length = own_line(line).or_else(|| before_a_sentence(line))?;
    let rest = text[begin + length..].trim_start();
    let letters = rest.chars().filter(|c| c.is_alphabetic()).take(LEFT).count();
    (letters == LEFT).then_some(text.len() - rest.len())
}

/// Whether a line is nothing but a greeting.
pub(super) fn is_a_line(line: &str) -> bool {
    own_line(line.trim_start()).is_some()
}

/// The length of a line that is nothing but a greeting.
fn own_line(line: &str) -> Option<usize> {
    let is_one = line.len() <= LONGEST.1 && !line.trim_end().ends_with('?') && is_greeting(line, false);
    is_one.then_some(line.len())
}

/// The length of a greeting that a sign divides from the sentence behind it.
fn before_a_sentence(line: &str) -> Option<usize> {
    let ends = line.char_indices().take_while(|(place, _)| *place <= LONGEST.1);
    let is_sign = |place: usize, c: char| {
        matches!(c, ',' | '!' | ':' | ';' | '–' | '—') || c == '.' && !ends_in_a_short_form(&line[..place])
    };
    let mut ends = ends.filter(|(place, c)| is_sign(*place, *c)).map(|(place, c)| place + c.len_utf8());
    ends.find(|&place| line[place..].starts_with(char::is_whitespace) && is_greeting(&line[..place], true))
}

/// Whether a full stop behind the text ends no sentence: "Hello Dr. Lenz".
fn ends_in_a_short_form(text: &str) -> bool {
    let last = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    SHORT.contains(&last.to_lowercase().as_str())
}

/// Whether it is an opening, one in each of two languages perhaps, with nothing behind it but whom it greets.
fn is_greeting(text: &str, is_before_a_sentence: bool) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == '/').filter(|word| !word.is_empty()).collect();
    let Some((opening, rest)) = without_opening(&words) else { return false };
    let (is_more, rest) = without_opening(rest).map_or((false, rest), |(_, rest)| (true, rest));
    let is_addressed = |word: &&str| ADDRESSED.contains(&plain(&word.replace('\'', "")).as_str());
    let is_whom = |(place, word): (usize, &&str)| {
        let is_behind = place > 0 && BEHIND.contains(&plain(word).as_str());
        is_behind || is_addressed(word) || is_sign(word) || is_of_a_name(word) && !is_a_number(word)
    };
    let needs_someone = is_before_a_sentence && !is_more && WORDS_TOO.contains(&opening.as_str());
    words.len() <= LONGEST.0
        && rest.iter().enumerate().all(is_whom)
        && (!needs_someone || rest.iter().any(is_addressed))
}

/// The longest opening that the words begin with, and the words behind it.
fn without_opening<'w, 't>(words: &'w [&'t str]) -> Option<(String, &'w [&'t str])> {
    let opening = |count: usize| plain(&words[..count].join(" "));
    let count = (1..=words.len().min(5)).rev().find(|count| OPENINGS.contains(&opening(*count).as_str()))?;
    Some((opening(count), &words[count..]))
}

fn is_sign(word: &str) -> bool {
    !word.chars().any(char::is_alphanumeric)
}

fn is_a_number(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "the ceiling leaks again.";

    #[test]
    fn greetings_go_on_a_line_of_their_own_and_before_a_sentence() {
        for greeting in [
            "Hallo Team,",
            "Sehr geehrte Damen und Herren,",
            "Sehr geehrte Frau Dr. Lenz,",
            "Liebes Team,",
            "Guten Tag",
            "Moin!",
            "Dear support team,",
            "Dear Sir/Madam,",
            "Dear Sir or Madam:",
            "Hi there,",
            "Hi all",
            "Hello Anna van der Berg,",
            "Good morning!",
            "To whom it may concern,",
            "Bonjour Madame,",
            "Chère équipe,",
            "Estimados señores:",
            "Gentile Signora Rossi,",
            "Bom dia, pessoal.",
            "Geachte heer Jansen,",
            "Dzień dobry,",
            "Добрый день!",
            "Hello / Hallo zusammen,",
        ] {
            assert_eq!(without(&format!("{greeting}\n\n{SAID}")), SAID, "{greeting}");
            assert_eq!(without(&format!("\n {greeting} \n{SAID}")), SAID, "{greeting}");
        }
        for greeting in
            ["Hallo Team,", "Dear Ms Walker,", "Hi!", "Hello.", "Liebes Team,", "Hello Dr. Lenz,", "Hi there –"]
        {
            assert_eq!(without(&format!("{greeting} {SAID}")), SAID, "{greeting}");
        }
    }

    #[test]
    fn what_only_looks_like_a_greeting_stays() {
        for text in [
            "Hi there,",
            "Hello Team,\n\nok",
            "Dear is what this shop is, and slow",
            "Hello was all she said, and then she left",
            "Hey that is not fair, I paid",
            "Beste Pizza, und das Personal war nett",
            "Liebe Deko, schönes Ambiente",
            "Hi-fi systems, broken again",
            "Good day care, but it closes early",
            "Hallo?\nIst da jemand in der Filiale",
            "Hi 3 orders missing, please help me",
            "Bonjour la facture, elle est trop chère",
            "Water drips.\nHello team,\nplease come",
        ] {
            assert_eq!(without(text), text);
        }
    }

    #[test]
    fn greetings_are_usual_where_a_tenth_has_a_line_of_them_or_a_fifth_any() {
        let text = |is_one: bool, end: char| {
            if is_one { format!("Hi all,{end}it is very late.") } else { "It is late.".into() }
        };
        let usual = |count: usize, all: usize, end: char| {
            let texts: Vec<String> = (0..all).map(|n| text(n < count, end)).collect();
            are_usual(texts.iter().map(String::as_str))
        };
        assert!(usual(8, 80, '\n') && !usual(7, 80, '\n') && !usual(0, 80, '\n'));
        assert!(usual(16, 80, ' ') && !usual(15, 80, ' '));
        assert!(!usual(5, 5, '\n'), "too few to tell");
    }
}
