//! How a mail closes: "Kind regards, Jane Doe", in one language or two, with the lines about its writer below.

use std::borrow::Cow;

use crate::text::plain;

/// What stands above the writer's name, in small letters and without signs. Longer ones come before those that they begin with.
const CLOSINGS: &[&str] = &[
    // English
    "with kind regards",
    "with best regards",
    "with friendly greeting",
    "with friendly greetings",
    "kind regards",
    "kindest regards",
    "best regards",
    "warm regards",
    "many regards",
    "best wishes",
    "all the best",
    "with best wishes",
    "warmly",
    "regards",
    "yours sincerely",
    "yours faithfully",
    "yours truly",
    "sincerely",
    "cheers",
    "thanks and regards",
    "thanks and best regards",
    // German
    "mit freundlichen grüßen",
    "mit freundlichen grüssen",
    "mit freundlichem gruß",
    "mit besten grüßen",
    "freundliche grüße",
    "beste grüße",
    "viele grüße",
    "viele grüsse",
    "liebe grüße",
    "herzliche grüße",
    "schöne grüße",
    "grüße",
    "grüsse",
    "gruß",
    "gruss",
    "lieben gruß",
    "mit lieben grüßen",
    "liebe grüsse",
    "beste grüsse",
    "freundliche grüsse",
    "herzlichst",
    "mfg",
    "vg",
    "lg",
    // French
    "cordialement",
    "bien cordialement",
    "bien à vous",
    "salutations distinguées",
    "sincères salutations",
    // Spanish
    "un saludo",
    "saludos",
    "saludos cordiales",
    "un cordial saludo",
    "atentamente",
    // Italian
    "cordiali saluti",
    "distinti saluti",
    "saluti",
    // Portuguese
    "atenciosamente",
    "cumprimentos",
    "com os melhores cumprimentos",
    // Dutch
    "met vriendelijke groet",
    "met vriendelijke groeten",
    "vriendelijke groeten",
    "groeten",
    // Polish, Swedish, Danish, Norwegian, Czech
    "pozdrawiam",
    "z poważaniem",
    "med vänliga hälsningar",
    "vänliga hälsningar",
    "med venlig hilsen",
    "venlig hilsen",
    "med vennlig hilsen",
    "vennlig hilsen",
    "s pozdravem",
];
/// What closes a mail only above a name: thanks, and words that are anything else elsewhere.
const THANKS: &[&str] = &[
    "thanks",
    "many thanks",
    "thank you",
    "thanks in advance",
    "thx",
    "best",
    "yours",
    "br",
    "kr",
    "danke",
    "vielen dank",
    "danke im voraus",
    "merci",
    "merci davance",
    "gracias",
    "muchas gracias",
    "grazie",
    "obrigado",
    "obrigada",
    "bedankt",
    "dziękuję",
    "tack",
    "tak",
    "takk",
];
/// Bytes of the longest line of thanks.
const LONGEST_THANKS: usize = 60;
/// Words of the longest name below thanks.
const LONGEST_SIGNED: usize = 2;
/// Small words of names and firms.
const PARTICLES: &[&str] = &[
    "von", "van", "de", "der", "den", "di", "da", "do", "du", "la", "le", "del", "and", "und", "et", "y", "e", "i",
    "zu",
];
/// Texts that must close so for closings to be set apart, and the share of all: where few do, they do not matter.
const LEAST: (usize, f64) = (6, 0.1);
/// Lines about the writer at most, and characters of the longest.
const BELOW: (usize, usize) = (6, 100);
/// Words of the longest closing with its name.
const MOST_CLOSING: usize = 9;
/// Words of the longest name beside a closing, and bytes of both: of a longer line only the end is searched.
const LONGEST_NAME: (usize, usize) = (8, 200);
/// Letters that must be left of a text.
const LEFT: usize = 8;
/// Bytes of the shortest text of one line whose closing is set apart, as mails are flattened to lines: a shorter one is a message, and
/// stays as it was written.
const FLATTENED: usize = 300;

/// Whether so many of the texts close like a mail that their closings would be what they have in common.
pub(super) fn are_usual<'t>(texts: impl Iterator<Item = &'t str>) -> bool {
    let (mut all, mut closed) = (0_usize, 0_usize);
    for text in texts {
        all += 1;
        closed += usize::from(closing(text).is_some());
    }
    closed >= LEAST.0 && closed as f64 >= LEAST.1 * all as f64
}

/// The text without its closing and what stands below it.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    closing(text).map_or(Cow::Borrowed(text), |place| Cow::Owned(text[..place].trim_end().to_owned()))
}

/// Whether a line in small letters is nothing but what stands above a name.
pub(super) fn is_above_a_name(line: &str) -> bool {
    is_closing(line) || line.len() <= LONGEST_THANKS && THANKS.contains(&plain(&line.replace('\'', "")).as_str())
}

/// Where the closing begins, if the text has one and says something before it.
fn closing(text: &str) -> Option<usize> {
    if text.len() < FLATTENED && !text.trim().contains('\n') {
        return None;
    }
    let mut below: Vec<&str> = Vec::new();
    let mut end = text.len();
    while below.len() <= BELOW.0 {
        let start = text[..end].rfind('\n').map_or(0, |place| place + 1);
        let line = &text[start..end];
        if let Some(place) = in_line(line).or_else(|| is_thanks(line, &below).then_some(0)) {
            let letters = text[..start + place].chars().filter(|c| c.is_alphabetic()).take(LEFT).count();
            return (letters == LEFT).then_some(start + place);
        }
        if start == 0 || !is_about_a_writer(line) {
            return None;
        }
        below.extend(Some(line.trim()).filter(|line| !line.is_empty()));
        end = start - 1;
    }
    None
}

/// Whether a line is nothing but thanks, and nothing but a short name stands below it.
fn is_thanks(line: &str, below: &[&str]) -> bool {
    let is_name = |name: &str| {
        let words: Vec<&str> = name.split_whitespace().collect();
        words.len() <= LONGEST_SIGNED && words.iter().all(|word| is_of_a_name(word))
    };
    line.len() <= LONGEST_NAME.1
        && matches!(below, [name] if is_name(name))
        && THANKS.contains(&plain(&line.replace('\'', "")).as_str())
}

/// Where in a line a closing begins: at its beginning or after the end of a sentence, with nothing behind it but a name.
fn in_line(line: &str) -> Option<usize> {
    let begin = line.len() - line.trim_start().len();
    let ends = line.char_indices().filter(|(_, c)| ".!?,;:)".contains(*c)).map(|(place, c)| place + c.len_utf8());
    let spaced = |place: usize| {
        let rest = &line[place..];
        rest.starts_with(char::is_whitespace).then(|| place + rest.len() - rest.trim_start().len())
    };
    let is_near_the_end = |place: &usize| line.len() - place <= LONGEST_NAME.1;
    let mut places = std::iter::once(begin).chain(ends.filter_map(spaced)).filter(is_near_the_end);
    places.find(|place| is_closing(&line[*place..])).or_else(|| without_a_stop(line))
}

/// The same where no mark ends the sentence before: a closing of two words or more that begins with a capital letter, with a name.
fn without_a_stop(line: &str) -> Option<usize> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let place = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize;
    let first = words.len().saturating_sub(MOST_CLOSING).max(1);
    let closes = |start: &usize| {
        let rest = &words[*start..];
        let name = without_closing(rest).filter(|name| rest.len() >= name.len() + 2);
        words[*start].starts_with(char::is_uppercase)
            && name.is_some_and(|name| !name.is_empty())
            && is_closing(&rest.join(" "))
    };
    (first..words.len()).find(closes).map(|start| place(words[start]))
}

/// Whether it is a closing, or one in each of two languages, and a name at most.
pub(super) fn is_closing(text: &str) -> bool {
    // Nearly all that is asked about is no closing: its first word shows it.
    let first = text.split_whitespace().next().map(plain).unwrap_or_default();
    if !CLOSINGS.iter().any(|closing| closing.starts_with(&first)) {
        return false;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let name = without_closing(&words).map(|rest| without_closing(rest).unwrap_or(rest));
    name.is_some_and(|name| name.len() <= LONGEST_NAME.0 && name.iter().all(|word| is_of_a_name(word)))
}

/// The words behind the longest closing that they begin with.
fn without_closing<'w, 't>(words: &'w [&'t str]) -> Option<&'w [&'t str]> {
    let is_one = |count: usize| CLOSINGS.contains(&plain(&words[..count].join(" ")).as_str());
    (1..=words.len().min(6)).rev().find(|count| is_one(*count)).map(|count| &words[count..])
}

/// Whether a word can be one of a name: it begins with a capital letter, or is a small word of names.
pub(super) fn is_of_a_name(word: &str) -> bool {
    let first = word.chars().find(|c| c.is_alphanumeric());
    let is_sentence = word.ends_with(['?', '!']);
    !is_sentence && first.is_none_or(|c| !c.is_lowercase() || PARTICLES.contains(&word))
}

/// An empty line, or a short one of names, numbers and addresses rather than of a sentence.
pub(super) fn is_about_a_writer(line: &str) -> bool {
    if line.len() > 4 * BELOW.1 {
        return false;
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_sentence = line.trim_end().ends_with(['?', '!']) || words.len() > 4 && line.trim_end().ends_with('.');
    let is_part = |word: &&&str| is_of_a_name(word) || word.contains(['@', '/', '|']) || word.contains("www.");
    let parts = words.iter().filter(is_part).count();
    !is_sentence && line.chars().count() <= BELOW.1 && 2 * parts >= words.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Dear Ms Walker,\n\nwater is dripping through the ceiling.";

    #[test]
    fn closings_go_with_what_stands_below_them() {
        for closing in [
            "\n\nKind regards,\nTom Becker",
            "\n\nBest regards Jane Doe",
            " Best regards Jane Doe",
            " Best regards, Jane van der Berg",
            "\n\nregards, Omar",
            "\n\nMfG",
            "\n\nMit freundlichen Grüßen / Kind regards Dr. Karl Schmidt",
            "\n\nMit freundlichen Grüßen / Kind regards\n\nDr. Karl Schmidt\nSchmidt & Partner Rechtsanwälte\n\
             Tel: 030 1234567 | Fax: 030 1234568 | www.schmidt.example",
            "\nCordialement\nJeanne Dupont\nAcme S.A.",
            "\n\nThanks\nLucy",
            "\n\nBest,\nTom",
            "\n\nAll the best\nTom Becker",
            "\nVielen Dank!\nAnna Lenz",
        ] {
            assert_eq!(without(&format!("{SAID}{closing}")), SAID, "{closing}");
        }
    }

    #[test]
    fn a_closing_without_a_mark_before_it_goes_with_its_name() {
        let flattened = "You sent a reminder although I paid. ".repeat(10);
        assert_eq!(
            without(&format!("{flattened}It is late Kind regards José García")),
            format!("{flattened}It is late")
        );
        assert_eq!(without("Order 5:\nit is late Kind regards José García"), "Order 5:\nit is late");
        for said in [
            "You sent a reminder although I paid. Regards, José",
            "We ate at the Best Western Hotel",
            "My daughter sends you kind regards Anna",
            "It came with Kind regards",
        ] {
            assert_eq!(without(said), said);
        }
    }

    #[test]
    fn what_only_looks_like_a_closing_stays() {
        for text in [
            "Best regards Jane Doe",
            "Hi!\nKind regards,\nTom Becker",
            "The waiter was rude.\nRegards to the cook, who did well",
            "The waiter was rude.\nKind regards from somebody who will not come again",
            "The waiter was rude.\nKind regards,\nTom\n\nP.S. the soup was cold as well, and nobody came to ask.",
            "The waiter was rude.\nKind regards,\nbut the cook did well and the soup was warm",
            "The waiter was rude.\nThanks",
            "The waiter was rude.\nBest",
            "The waiter was rude.\nBest Western is better",
            "The waiter was rude.\nThanks\nfor nothing",
            "The waiter was rude.\nThanks for the soup\nLucy",
            "He never sent his regards. That was rude.",
            "Cheers to the whole team! We were so happy with the service.",
        ] {
            assert_eq!(without(text), text);
        }
    }

    #[test]
    fn closings_are_usual_where_a_tenth_of_the_texts_has_one() {
        let texts =
            |closed: usize| (0..80).map(move |n| if n < closed { "It is late.\nCheers, Lars" } else { "It is late." });
        assert!(are_usual(texts(8)) && !are_usual(texts(7)) && !are_usual(texts(0)));
        assert!(!are_usual(texts(5).take(5)), "too few to tell");
    }
}
