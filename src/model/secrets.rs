//! What must be read in no file and on no screen: the key, and the password of an address. Servers say them back, in
//! whatever spelling: with JSON's escapes, percent-encoded, in base64, in part, in capitals, spaced out, or with invisible
//! characters between the letters.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::text::invisible;

/// What stands in a secret's place.
const HIDDEN: &str = "[key]";
/// Characters of a key that is a secret: a shorter one is a placeholder.
const SHORTEST: usize = 8;
/// What services put in the place of the middle of a key that they say back: `sk-ab***yz`.
const MASKS: [char; 6] = ['*', '•', '…', '.', '█', '·'];
/// So many letters of a key on each side of a mask are the key's; on one side alone they may be a word in bold.
const BESIDE_MASK: usize = 2;

/// Bytes of a tag, and of the parameters of a terminal's code, at most: longer ones are no part of a word.
const LONGEST_TAG: usize = 60;
const LONGEST_CODE: usize = 20;

/// Secrets of one server. It has no `Debug`.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The secrets themselves.
    whole: Vec<Vec<char>>,
    /// Pieces by which a secret is recognized, each half as long as the whole.
    pieces: HashSet<Vec<char>>,
    /// Lengths of the pieces, ascending.
    lengths: Vec<usize>,
    /// Pairs of letters with which a piece begins: most places of a text are passed by them.
    beginnings: HashSet<(char, char)>,
}

impl Secrets {
    /// Keys and passwords; those that are too short to be secret are left out.
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Secrets {
        let mut known = Secrets::default();
        for secret in secrets.into_iter().filter(|secret| is_secret(secret)) {
            known.whole.push(letters(secret, Reading::Signs));
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            let backwards: String = secret.chars().rev().collect();
            let spellings = [secret.to_owned(), hex.to_uppercase(), hex, backwards, rotated(secret)];
            let twice = in_base64(secret).flat_map(|once| in_base64(&once).collect::<Vec<_>>());
            spellings.into_iter().chain(in_base64(secret)).chain(twice).for_each(|spelling| known.add(&spelling));
        }
        known.lengths = known.pieces.iter().map(Vec::len).collect::<HashSet<_>>().into_iter().collect();
        known.lengths.sort_unstable();
        known.beginnings = known.pieces.iter().map(|piece| (piece[0], piece[1])).collect();
        known
    }

    fn add(&mut self, spelling: &str) {
        for reading in READINGS {
            let letters = letters(spelling, reading);
            let length = SHORTEST.max(letters.len().div_ceil(2));
            self.pieces.extend(letters.windows(length).map(<[char]>::to_vec));
        }
    }

    /// Whether a text holds one of them, or the half of one.
    pub fn are_in(&self, text: &str) -> bool {
        let holds = |reading| self.marked(&decoded(text, reading)).contains(&true);
        !self.pieces.is_empty() && READINGS.into_iter().any(holds)
    }

    /// The text without them, and without any half of them.
    pub fn hide(&self, text: &str) -> String {
        if self.pieces.is_empty() {
            return text.to_owned();
        }
        READINGS.into_iter().fold(text.to_owned(), |text, reading| self.hide_as(&text, reading))
    }

    fn hide_as(&self, text: &str, reading: Reading) -> String {
        let letters = decoded(text, reading);
        let secret = self.marked(&letters);
        let mut shown = String::with_capacity(text.len());
        let (mut from, mut place) = (0, 0);
        for run in secret.chunk_by(|a, b| a == b) {
            if run[0] {
                shown.push_str(&text[from..letters[place].start]);
                shown.push_str(HIDDEN);
                from = letters[place + run.len() - 1].end;
            }
            place += run.len();
        }
        shown.push_str(&text[from..]);
        shown
    }

    /// Which letters of a text are of a secret.
    fn marked(&self, letters: &[Letter]) -> Vec<bool> {
        let said: Vec<char> = letters.iter().map(|letter| letter.said).collect();
        let mut secret = vec![false; letters.len()];
        for (place, pair) in said.windows(2).enumerate() {
            if !self.beginnings.contains(&(pair[0], pair[1])) {
                continue;
            }
            for &length in &self.lengths {
                if said.get(place..place + length).is_some_and(|piece| self.pieces.contains(piece)) {
                    secret[place..place + length].fill(true);
                }
            }
        }
        for (from, to) in self.masked(&said) {
            secret[from..to].fill(true);
        }
        secret
    }

    /// Where the beginning and the end of a secret stand with a mask between them, from and to.
    fn masked(&self, said: &[char]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut place = 0;
        for run in said.chunk_by(|a, b| MASKS.contains(a) == MASKS.contains(b)) {
            let (from, to) = (place, place + run.len());
            place = to;
            if !MASKS.contains(&run[0]) {
                continue;
            }
            for secret in &self.whole {
                let begins = (0..=from.min(secret.len())).rev().find(|&n| said[from - n..from] == secret[..n]);
                let most = secret.len().min(said.len() - to);
                let ends = (0..=most).rev().find(|&n| said[to..to + n] == secret[secret.len() - n..]);
                let (begins, ends) = (begins.unwrap_or(0), ends.unwrap_or(0));
                if begins.min(ends) >= BESIDE_MASK {
                    found.push((from - begins, to + ends));
                }
            }
        }
        found
    }
}

/// What of a text is compared with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Letters and signs.
    Signs,
    /// The same, where `=73` is a character (quoted-printable).
    Printable,
    /// Letters and digits alone, without the `0x` of numbers: what stands between them is passed over, tags too.
    Letters,
    /// Letters and signs as they stand: what looks like an escape may be a sign and the beginning of a key.
    Plain,
}

const READINGS: [Reading; 4] = [Reading::Signs, Reading::Printable, Reading::Letters, Reading::Plain];

/// The characters of a secret's spelling, as they are compared.
fn letters(spelling: &str, reading: Reading) -> Vec<char> {
    // A secret is meant as it is spelled; a text may spell it otherwise.
    let reading = if reading == Reading::Printable { Reading::Signs } else { reading };
    decoded(spelling, reading).into_iter().map(|letter| letter.said).collect()
}

/// The letters moved by thirteen places.
fn rotated(secret: &str) -> String {
    let moved = |c: char| match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        other => other,
    };
    secret.chars().map(moved).collect()
}

/// Whether a key is one that must not be seen; a short one, such as `none`, is a placeholder.
pub fn is_secret(key: &str) -> bool {
    key.chars().count() >= SHORTEST
}

/// What base64 makes of a secret at any place of a longer text, without the characters that its neighbors share.
fn in_base64(secret: &str) -> impl Iterator<Item = String> {
    [STANDARD, URL_SAFE].into_iter().flat_map(move |engine| {
        (0..3).map(move |offset| {
            let text = engine.encode(["x".repeat(offset).as_bytes(), secret.as_bytes()].concat());
            let (begin, end) = ((offset * 8).div_ceil(6), (offset + secret.len()) * 8 / 6);
            text.get(begin..end).unwrap_or_default().to_owned()
        })
    })
}

/// One character as a reader understands it, small, and where its spelling stands in the text.
struct Letter {
    said: char,
    start: usize,
    end: usize,
}

/// The characters that a text means: escapes of JSON, of addresses and of HTML resolved, however often they were escaped. What
/// nobody sees is passed over, since it is taken out where texts are shown, and so are spaces, quotes and the size of letters: a
/// reader puts such a spelling right at once.
fn decoded(text: &str, reading: Reading) -> Vec<Letter> {
    let mut letters = Vec::with_capacity(text.len());
    let mut start = 0;
    while let Some(c) = text[start..].chars().next() {
        if let Some(length) = unseen(&text[start..], reading).filter(|_| reading != Reading::Plain) {
            start += length;
            continue;
        }
        let escaped = match reading {
            Reading::Plain => None,
            Reading::Printable => printable(&text[start..]).or_else(|| escape(&text[start..])),
            Reading::Signs | Reading::Letters => escape(&text[start..]),
        };
        let (said, length) = escaped.unwrap_or((c, c.len_utf8()));
        let said = narrow(said);
        let is_quote = matches!(said, '"' | '\'' | '`');
        let is_letter = reading != Reading::Letters || said.is_alphanumeric();
        let is_seen =
            is_letter && !said.is_whitespace() && !said.is_control() && !is_quote && invisible(said).is_none();
        if is_seen {
            let said = said.to_lowercase().next().unwrap_or(said);
            letters.push(Letter { said, start, end: start + length });
        }
        start += length;
    }
    letters
}

/// The length of what stands at the beginning of a text and no reader sees: a code that colours a terminal's letters, and between
/// letters a tag, and the `0x` of a number.
fn unseen(text: &str, reading: Reading) -> Option<usize> {
    let is_hex =
        |from: usize| text.as_bytes().get(from..from + 2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    if reading == Reading::Letters && (text.starts_with("0x") || text.starts_with("0X")) && is_hex(2) {
        return Some(2);
    }
    if let Some(code) = text.strip_prefix("\u{1b}[") {
        let parameters = code.bytes().take(LONGEST_CODE).take_while(|byte| (0x20..0x40).contains(byte)).count();
        return code.as_bytes().get(parameters).filter(|byte| (0x40..0x7f).contains(*byte)).map(|_| parameters + 3);
    }
    // What stands in a tag is read by the other readings.
    let tag = text.strip_prefix('<').filter(|_| reading == Reading::Letters)?;
    let begins = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let end = tag.bytes().take(LONGEST_TAG).position(|byte| matches!(byte, b'<' | b'>'))?;
    (begins && tag.as_bytes()[end] == b'>').then_some(end + 2)
}

/// A character in quoted-printable, and its length.
fn printable(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix('=')?.get(..2)?;
    let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
    (code.is_ascii_graphic()).then_some((code, 3))
}

/// A letter of the width that keys have: East Asian typography has wide ones of its own.
fn narrow(c: char) -> char {
    let is_wide = ('\u{ff01}'..='\u{ff5e}').contains(&c);
    if is_wide { char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c) } else { c }
}

/// The escape that a text begins with: what it means, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let code = |digits: &str, base| u32::from_str_radix(digits, base).ok().and_then(char::from_u32);
    let after = text.trim_start_matches('\\');
    let slashes = text.len() - after.len();
    if slashes > 0 {
        let unit = after.strip_prefix('u').and_then(|rest| code(rest.get(..4)?, 16));
        let braced = after.strip_prefix("u{").and_then(|rest| {
            let digits = rest.get(..rest.len().min(8)).or(rest.get(..3))?.split_once('}')?.0;
            Some((code(digits, 16)?, digits.len() + 3))
        });
        let byte = after.strip_prefix('x').and_then(|rest| code(rest.get(..2)?, 16)).map(|c| (c, 3));
        let octal = after.get(..3).filter(|digits| digits.bytes().all(|digit| (b'0'..b'8').contains(&digit)));
        let octal = octal.and_then(|digits| code(digits, 8)).filter(char::is_ascii).map(|c| (c, 3));
        let escaped = unit.map(|c| (c, 5)).or(braced).or(byte).or(octal);
        return match escaped {
            Some((c, length)) => Some((c, slashes + length)),
            None => after.chars().next().map(|c| {
                let is_space = matches!(c, 'n' | 'r' | 't' | 'b' | 'f');
                (if is_space { ' ' } else { c }, slashes + c.len_utf8())
            }),
        };
    }
    if let Some(percent) = text.strip_prefix('%') {
        // Encoded once more, a percent sign is `%25`.
        let is_again =
            |rest: &str| rest.starts_with("25") && rest.get(2..4).is_some_and(|next| code(next, 16).is_some());
        let mut rest = percent;
        while is_again(rest) {
            rest = &rest[2..];
        }
        let length = 3 + percent.len() - rest.len();
        return code(rest.get(..2)?, 16).filter(char::is_ascii).map(|c| (c, length));
    }
    entity(text.strip_prefix('&')?).map(|(c, length)| (c, length + 1))
}

/// The character that an entity of HTML stands for, and its length, both without the `&`. Escaped once more, the `&` is `&amp;`.
fn entity(entity: &str) -> Option<(char, usize)> {
    let code = |digits: &str, base| u32::from_str_radix(digits, base).ok().and_then(char::from_u32);
    let again = entity.strip_prefix("amp;").and_then(self::entity);
    if let Some((c, length)) = again {
        return Some((c, length + 4));
    }
    let (name, _) = entity.get(..entity.len().min(8)).or(entity.get(..3))?.split_once(';')?;
    let named = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("sol", '/'),
        ("equals", '='),
        ("plus", '+'),
        ("lowbar", '_'),
        ("period", '.'),
        ("colon", ':'),
        ("hyphen", '-'),
        ("dash", '-'),
        ("comma", ','),
        ("percnt", '%'),
        ("num", '#'),
        ("commat", '@'),
        ("excl", '!'),
        ("dollar", '$'),
    ];
    let numbered = name.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
        Some(digits) => code(digits, 16),
        None => code(number, 10),
    });
    let c = numbered.or_else(|| named.iter().find(|(known, _)| *known == name).map(|(_, c)| *c))?;
    Some((c, name.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "sk-CANARY/ab==";

    #[test]
    fn a_key_is_hidden_in_any_spelling() {
        let secrets = Secrets::new([KEY]);
        let between = |joint: &str| KEY.chars().map(String::from).collect::<Vec<_>>().join(joint);
        let hex: String = KEY.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
        let percent: String = KEY.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let html: String = KEY.chars().map(|c| format!("&#{};", u32::from(c))).collect();
        for spelling in [
            KEY.to_owned(),
            KEY.replace('/', "\\/"),
            KEY.replace('=', "\\u003d"),
            KEY.replace('/', "\\\\\\/"),
            KEY.replace('/', "%2f").replace('=', "%3D"),
            KEY.replace('/', "&#x2F;"),
            KEY.to_uppercase(),
            KEY.replace('/', "%252f").replace('=', "%25253D"),
            KEY.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect(),
            KEY.replace("NA", "N\" \"A"),
            between(" "),
            between("\u{200b}"),
            between("\u{7f}"),
            between("\\n"),
            between("&#8203;"),
            between("\u{e0061}\u{fe0f}"),
            hex.replace('\\', "\\\\"),
            hex,
            percent,
            html,
        ] {
            assert_eq!(secrets.hide(&format!("ключ: {spelling}.")), "ключ: [key].", "{spelling}");
        }
        assert_eq!(secrets.hide("key sk-CANAR, and ANARY/ab="), "key [key], and [key]");
        assert_eq!(secrets.hide("no  key \u{200b}here "), "no  key \u{200b}here ");
        assert_eq!(
            secrets.hide("an honest \\u00e4nswer of 100 % &amp; more"),
            "an honest \\u00e4nswer of 100 % &amp; more"
        );
    }

    #[test]
    fn a_key_is_found_behind_two_spellings_and_between_what_no_reader_sees() {
        let key = "sk-Zq7+RmX4/wPl92KdTv=Bn6yH3cF8";
        let secrets = Secrets::new([key]);
        let each = |spell: &dyn Fn(u8) -> String, joint: &str| key.bytes().map(spell).collect::<Vec<_>>().join(joint);
        let base64 = |text: &str| STANDARD.encode(text);
        for spelling in [
            each(&|byte| format!("{byte:02x}"), ":"),
            each(&|byte| format!("0x{byte:02x}"), ","),
            each(&|byte| format!("&amp;#{byte};"), ""),
            each(&|byte| format!("&amp;amp;#x{byte:x};"), ""),
            each(&|byte| format!("\\{byte:03o}"), ""),
            each(&|byte| format!("={byte:02X}"), ""),
            each(&|byte| format!("\\u{{{byte:x}}}"), ""),
            each(&|byte| char::from(byte).to_string(), "-"),
            key.replace("4/", "4<wbr>/").replace("Tv", "T<b class=x>v"),
            key.replace("X4", "X\u{1b}[0mX4").replace("XX", "X"),
            key.replace("Pl", "P\" + \"l"),
            key.chars().rev().collect(),
            rotated(key),
            base64(&base64(key)),
        ] {
            let hidden = secrets.hide(&format!("no such key: {spelling} (401)"));
            assert!(hidden.contains(HIDDEN) && hidden.len() < 48, "{spelling}: {hidden}");
        }
        let honest = "an error = 404 <b>with</b> 0x1f, \\101 and a-b-c; base64 of c2s=";
        assert_eq!(secrets.hide(honest), honest);
    }

    #[test]
    fn a_masked_key_is_hidden_and_masks_of_other_words_are_not() {
        let secrets = Secrets::new(["sk-canary-0123456789"]);
        for masked in ["sk-ca***6789", "sk…6789", "sk-c••••89", "sk-ca...789"] {
            assert_eq!(secrets.hide(&format!("wrong key: {masked}, sorry")), "wrong key: [key], sorry", "{masked}");
        }
        for other in ["**sk-can**", "… 6789", "to be continued...", "****", "task…what"] {
            assert_eq!(secrets.hide(other), other);
        }
    }

    #[test]
    fn base64_of_a_key_is_hidden_wherever_it_begins() {
        let secrets = Secrets::new([KEY]);
        for before in ["", ":", "u:", "user:", "Bearer "] {
            let text = STANDARD.encode(format!("{before}{KEY}"));
            let hidden = secrets.hide(&text);
            let spaced: Vec<String> = text.chars().map(String::from).collect();
            assert_eq!(secrets.hide(&spaced.join("\u{200b}")).contains(HIDDEN), hidden.contains(HIDDEN));
            assert!(hidden.contains(HIDDEN) && hidden.len() < HIDDEN.len() + 14, "{hidden}");
        }
    }

    #[test]
    fn a_key_within_a_tag_is_hidden() {
        let key = "sk-AB=0A-cdefgh-12345";
        let secrets = Secrets::new([key]);
        for text in
            [format!("<{key}>"), format!("<a href='{key}'>"), format!("< token {key} />"), format!("<a {key} ><")]
        {
            assert!(!secrets.hide(&text).contains("cdefgh") && secrets.are_in(&text), "{text}");
        }
        assert!(!secrets.hide("sk-AB=0A<b>-cdef</b>gh-12345").contains("gh-12345"));
    }

    #[test]
    fn what_stands_before_a_key_is_no_escape_of_its_beginning() {
        for key in ["abcd1234", "12345678", "41abcdef", "nopasswd", "41abcdefgh"] {
            let secrets = Secrets::new([key]);
            for before in ["\\", "\\u", "\\x", "%", "%25", "=", "&", "0x", "<", "\u{1b}["] {
                let text = format!("in {before}{key} 401");
                assert!(!secrets.hide(&text).contains(key) && secrets.are_in(&text), "{text}");
            }
        }
    }

    #[test]
    fn a_placeholder_is_no_secret() {
        assert_eq!(Secrets::new(["none", "x"]).hide("none of these"), "none of these");
    }

    proptest! {
        #[test]
        fn hiding_takes_any_text(text in ".{0,80}", before in "[ -~]{0,9}", key in "[A-Za-z0-9/+_=-]{8,60}") {
            let secrets = Secrets::new([key.as_str()]);
            let hidden = secrets.hide(&format!("{text}{before} {key} {text}"));
            prop_assert!(!hidden.contains(&key));
        }
    }
}
