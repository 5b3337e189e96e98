//! What mail systems write into a mail: warnings of senders outside, of addresses that seldom write, and tokens of help desks.

use std::borrow::Cow;
use std::ops::Range;

/// How the line begins that warns of a sender who seldom writes, in small letters and with plain apostrophes.
const SELDOM: [&str; 10] = [
    "you don't often get email from",
    "some people who received this message don't often get email from",
    "sie erhalten nicht oft e-mails von",
    "sie erhalten nicht häufig e-mails von",
    "sie erhalten nicht oft eine e-mail von",
    "vous ne recevez pas souvent de",
    "vous n'obtenez pas souvent",
    "no suele recibir correo",
    "você não costuma receber",
    "non si ricevono spesso messaggi",
];
/// What may stand on the line below it.
const LEARN: [&str; 4] = [
    "learn why this is important",
    "erfahren sie, warum dies wichtig ist",
    "découvrez pourquoi",
    "obtenga información sobre",
];
/// The first word of a warning of senders outside, and what it says of them.
const WARNINGS: [&str; 9] =
    ["caution", "warning", "external", "attention", "achtung", "vorsicht", "hinweis", "prudence", "precaución"];
const OUTSIDE: [&str; 12] = [
    "outside of the organi",
    "outside the organi",
    "outside of your organi",
    "outside your organi",
    "outside of our organi",
    "outside our organi",
    "external sender",
    "external email",
    "externen absender",
    "außerhalb der organisation",
    "außerhalb ihrer organisation",
    "außerhalb unserer organisation",
];
/// What a mail does that comes from there.
const COMES: [&str; 8] =
    ["originated", "came from", "comes from", "sent from", "received from", "is from", "stammt", "kommt von"];
/// What the further lines of a warning speak of.
const CARE: [&str; 7] = ["click", "attachment", "sender", "content is safe", "anhänge", "links", "absender"];
/// Characters of the longest line of a warning.
const LONGEST: usize = 400;
/// Bytes between the ends of a token, at least and at most.
const OF_TOKEN: (usize, usize) = (12, 80);

/// The text without them.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    let text_without = without_tokens(text);
    match without_lines(&text_without) {
        Some(shorter) => Cow::Owned(shorter),
        None => text_without,
    }
}

/// The lines that are no banner, if any is.
fn without_lines(text: &str) -> Option<String> {
    let mut kept: Vec<&str> = Vec::new();
    let (mut is_within, mut is_shorter) = (false, false);
    for line in text.lines() {
        let said = line.trim().to_lowercase().replace('’', "'");
        let begins = is_banner(&said);
        let goes_on = is_within && !said.is_empty() && CARE.iter().chain(&LEARN).any(|word| said.contains(word));
        is_within = begins || goes_on && said.chars().count() <= LONGEST;
        is_shorter |= is_within;
        if !is_within {
            kept.push(line);
        }
    }
    is_shorter.then(|| kept.join("\n").trim().to_owned())
}

/// Whether a line, in small letters, is one that a mail system has written.
fn is_banner(said: &str) -> bool {
    let said = said.trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_short = said.chars().count() <= LONGEST;
    let warns = WARNINGS.iter().any(|word| said.starts_with(word))
        && OUTSIDE.iter().any(|words| said.contains(words))
        && COMES.iter().chain(&CARE).any(|word| said.contains(word));
    is_short && (warns || SELDOM.iter().any(|begin| said.starts_with(begin)))
}

/// The text without the tokens by which a help desk finds the thread again: `ref:_00D20abc._5003000001:ref`.
fn without_tokens(text: &str) -> Cow<'_, str> {
    let tokens = tokens(text);
    if tokens.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut kept, mut place) = (String::new(), 0);
    for token in tokens {
        if token.start < place {
            continue;
        }
        kept.push_str(text[place..token.start].trim_end_matches([' ', '[']));
        let rest = text[token.end..].trim_start_matches([' ', ']']);
        if !kept.is_empty() && !kept.ends_with('\n') && !rest.is_empty() && !rest.starts_with('\n') {
            kept.push(' ');
        }
        place = text.len() - rest.len();
    }
    kept.push_str(&text[place..]);
    Cow::Owned(kept.trim().to_owned())
}

/// Where tokens stand, in one pass over the text: each is as short as it may be.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let of = |open: &'static str, close: &'static str| {
        text.match_indices(open).filter_map(move |(begin, _)| {
            let inner = &text[begin + open.len()..];
            let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"._!-".contains(byte);
            let length = inner.bytes().take(OF_TOKEN.1 + 1).take_while(is_token).count();
            let is_closed = inner.as_bytes()[length..].starts_with(close.as_bytes());
            let fits = OF_TOKEN.0 <= length && length <= OF_TOKEN.1 && is_closed;
            fits.then(|| begin..begin + open.len() + length + close.len())
        })
    };
    let mut tokens: Vec<Range<usize>> = of("ref:", ":ref").chain(of("thread::", "::")).collect();
    tokens.sort_unstable_by_key(|token| token.start);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mail_systems_write_goes_wherever_it_stands() {
        for (mail, left) in [
            (
                "You don’t often get email from k@shop.example. Learn why this is important<https://aka.ms/x>\n\nThe saddle is torn.",
                "The saddle is torn.",
            ),
            (
                "Hello,\n[You don't often get email from k@shop.example.\nLearn why this is important at https://aka.ms/x ]\n\nThe saddle is torn.",
                "Hello,\n\nThe saddle is torn.",
            ),
            (
                "The saddle is torn.\n\n*** CAUTION: This message came from outside of the organization. ***\nDo not open attachments unless you know the sender.\n\nPlease send another.",
                "The saddle is torn.\n\n\nPlease send another.",
            ),
            ("The saddle is torn.\n\nref:_00D30xyz._5004000009ABC:ref", "The saddle is torn."),
            (
                "The saddle is torn [ ref:!00D30xyz.!5004000009ABC:ref ] and so is the bag.",
                "The saddle is torn and so is the bag.",
            ),
        ] {
            assert_eq!(without(mail), left);
        }
    }

    #[test]
    fn tokens_take_no_longer_in_long_texts() {
        let (open, token) = ("ref: thread:: ".repeat(200_000), "ref:_00D30xyz._5004000009ABC:ref ".repeat(50_000));
        assert_eq!(without_tokens(&open), open);
        assert_eq!(without_tokens(&format!("a {token}b")).split_whitespace().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn what_people_say_of_warnings_stays() {
        for said in [
            "Caution: the floor is wet at the entrance.",
            "I do not often get email from you.",
            "External links in the app do not open.",
            "External email addresses cannot be invited.",
            "See ref: 12 and the other ref.",
        ] {
            assert_eq!(without(said), said);
        }
    }
}
