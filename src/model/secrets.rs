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
            known.whole.push(letters(secret));
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            let spellings = [secret.to_owned(), hex.to_uppercase(), hex];
            spellings.into_iter().chain(in_base64(secret)).for_each(|spelling| known.add(&spelling));
        }
        known.lengths = known.pieces.iter().map(Vec::len).collect::<HashSet<_>>().into_iter().collect();
        known.lengths.sort_unstable();
        known.beginnings = known.pieces.iter().map(|piece| (piece[0], piece[1])).collect();
        known
    }

    fn add(&mut self, spelling: &str) {
        let letters = letters(spelling);
        let length = SHORTEST.max(letters.len().div_ceil(2));
        self.pieces.extend(letters.windows(length).map(<[char]>::to_vec));
    }

    /// Whether a text holds one of them, or the half of one.
    pub fn are_in(&self, text: &str) -> bool {
        !self.pieces.is_empty() && self.marked(&decoded(text)).contains(&true)
    }

    /// The text without them, and without any half of them.
    pub fn hide(&self, text: &str) -> String {
        if self.pieces.is_empty() {
            return text.to_owned();
        }
        let letters = decoded(text);
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

/// The characters of a secret's spelling, as they are compared.
fn letters(spelling: &str) -> Vec<char> {
    decoded(spelling).into_iter().map(|letter| letter.said).collect()
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
fn decoded(text: &str) -> Vec<Letter> {
    let mut letters = Vec::with_capacity(text.len());
    let mut start = 0;
    while let Some(c) = text[start..].chars().next() {
        let (said, length) = escape(&text[start..]).unwrap_or((c, c.len_utf8()));
        let said = narrow(said);
        let is_quote = matches!(said, '"' | '\'' | '`');
        let is_seen = !said.is_whitespace() && !said.is_control() && !is_quote && invisible(said).is_none();
        if is_seen {
            let said = said.to_lowercase().next().unwrap_or(said);
            letters.push(Letter { said, start, end: start + length });
        }
        start += length;
    }
    letters
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
        let byte = after.strip_prefix('x').and_then(|rest| code(rest.get(..2)?, 16));
        return match (unit, byte) {
            (Some(c), _) => Some((c, slashes + 5)),
            (None, Some(c)) => Some((c, slashes + 3)),
            (None, None) => after.chars().next().map(|c| {
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
    let entity = text.strip_prefix('&')?;
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
    Some((c, name.len() + 2))
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
