//! How a reader understands a text: with its escapes resolved, and without what nobody sees.

use crate::text::invisible;

/// Bytes of a tag, and of the parameters of a terminal's code, at most: longer ones are no part of a word.
const LONGEST_TAG: usize = 60;
const LONGEST_CODE: usize = 20;

/// What of a text is compared with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Letters and signs.
    Signs,
    /// The same, where `=73` is a character (quoted-printable).
    Printable,
    /// Letters and digits alone, without the `0x` of numbers: what stands between them is passed over, tags too.
    Letters,
    /// Letters and signs as they stand: what looks like an escape may be a sign and the beginning of a key.
    Plain,
    /// All characters, also those that nobody sees: they part one word from the next. No secret is sought in it.
    Spaced,
}

/// The readings in which secrets are sought.
pub(super) const READINGS: [Reading; 4] = [Reading::Signs, Reading::Printable, Reading::Letters, Reading::Plain];

/// The characters of a secret's spelling, as they are compared.
pub(super) fn letters(spelling: &str, reading: Reading) -> Vec<char> {
    // A secret is meant as it is spelled; a text may spell it otherwise.
    let reading = if reading == Reading::Printable { Reading::Signs } else { reading };
    decoded(spelling, reading).iter().map(Letter::compared).collect()
}

/// One character as a reader understands it, and where its spelling stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) said: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Letter {
    /// What is compared with a secret: small, since a reader puts the size of letters right at once.
    pub(super) fn compared(&self) -> char {
        self.said.to_lowercase().next().unwrap_or(self.said)
    }
}

/// The characters that a text means: escapes of JSON, of addresses and of HTML resolved, however often they were escaped. What
/// nobody sees is passed over, since it is taken out where texts are shown, and so are spaces and quotes: a reader puts such a
/// spelling right at once.
pub(super) fn decoded(text: &str, reading: Reading) -> Vec<Letter> {
    let mut letters = Vec::with_capacity(text.len());
    let mut start = 0;
    while let Some(c) = text[start..].chars().next() {
        if let Some(length) = unseen(&text[start..], reading) {
            start += length;
            continue;
        }
        let escaped = match reading {
            Reading::Plain => None,
            Reading::Printable => printable(&text[start..]).or_else(|| escape(&text[start..])),
            Reading::Signs | Reading::Letters | Reading::Spaced => escape(&text[start..]),
        };
        let (said, length) = escaped.unwrap_or((c, c.len_utf8()));
        let said = narrow(said);
        if is_read(said, reading) {
            letters.push(Letter { said, start, end: start + length });
        }
        start += length;
    }
    letters
}

/// Whether a character is compared with those of a secret.
fn is_read(said: char, reading: Reading) -> bool {
    let is_quote = matches!(said, '"' | '\'' | '`');
    match reading {
        Reading::Spaced => true,
        Reading::Letters if !said.is_alphanumeric() => false,
        _ => !said.is_whitespace() && !said.is_control() && !is_quote && invisible(said).is_none(),
    }
}

/// The length of what stands at the beginning of a text and no reader sees: a code that colours a terminal's letters, and between
/// letters a tag, and the `0x` of a number.
fn unseen(text: &str, reading: Reading) -> Option<usize> {
    if matches!(reading, Reading::Plain | Reading::Spaced) {
        return None;
    }
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
