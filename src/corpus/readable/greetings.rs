//! How a mail opens: "Dear support team," or "Hi there," on a line of its own. Before a sentence on the same line a greeting stays, as
//! it is part of what was written: who knows the texts finds them again word for word.

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
/// Words of the longest greeting, and bytes of it.
const LONGEST: (usize, usize) = (7, 120);
/// Texts that must open so for greetings to be set apart.
const LEAST: usize = 6;
/// Share of all texts that must open so.
const SHARE: f64 = 0.1;
/// Letters that must be left of a text.
const LEFT: usize = 8;

/// Whether so many of the texts open like a mail that their greetings would be what they have in common.
pub(super) fn are_usual<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    let (mut all, mut greeting) = (0_usize, 0_usize);
    for text in texts {
        all += 1;
        greeting += usize::from(end(text).is_some());
    }
    greeting >= LEAST && greeting as f64 >= SHARE * all as f64
}

/// The text without its greeting.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    end(text).map_or(Cow::Borrowed(text), |place| Cow::Owned(text[place..].to_owned()))
}

/// Where the text goes on behind its greeting, if it has one and says something after it.
fn end(text: &str) -> Option<usize> {
    let begin = text.len() - text.trim_start().len();
    let line = text[begin..].lines().next()?;
    let length = own_line(line)?;
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
    let is_one = line.len() <= LONGEST.1 && !line.trim_end().ends_with('?') && is_greeting(line);
    is_one.then_some(line.len())
}

/// Whether it is an opening, one in each of two languages perhaps, with nothing behind it but whom it greets.
fn is_greeting(text: &str) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c == '/').filter(|word| !word.is_empty()).collect();
    let Some(rest) = without_opening(&words) else { return false };
    let rest = without_opening(rest).unwrap_or(rest);
    let is_addressed = |word: &&str| ADDRESSED.contains(&plain(&word.replace('\'', "")).as_str());
    let is_whom = |(place, word): (usize, &&str)| {
        let is_behind = place > 0 && BEHIND.contains(&plain(word).as_str());
        is_behind || is_addressed(word) || is_sign(word) || is_of_a_name(word) && !is_a_number(word)
    };
    words.len() <= LONGEST.0 && rest.iter().enumerate().all(is_whom)
}

/// The words behind the longest opening that they begin with.
fn without_opening<'w, 't>(words: &'w [&'t str]) -> Option<&'w [&'t str]> {
    let opening = |count: usize| plain(&words[..count].join(" "));
    let count = (1..=words.len().min(5)).rev().find(|count| OPENINGS.contains(&opening(*count).as_str()))?;
    Some(&words[count..])
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
    fn greetings_go_on_a_line_of_their_own() {
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
    }

    #[test]
    fn what_only_looks_like_a_greeting_stays() {
        for text in [
            "Hi there,",
            "Hi there, please confirm my refund",
            "Dear support team, the ceiling leaks again.",
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
    fn greetings_are_usual_where_a_tenth_opens_with_one() {
        let text = |is_one: bool, end: char| {
            if is_one { format!("Hi all,{end}it is very late.") } else { "It is late.".into() }
        };
        let usual = |count: usize, all: usize, end: char| {
            let texts: Vec<String> = (0..all).map(|n| text(n < count, end)).collect();
            are_usual(texts.iter().map(String::as_str))
        };
        assert!(usual(8, 80, '\n') && !usual(7, 80, '\n') && !usual(80, 80, ' '));
        assert!(!usual(5, 5, '\n'), "too few to tell");
    }
}
