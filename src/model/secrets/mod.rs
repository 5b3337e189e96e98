//! What must be read in no file and on no screen: the key, and the password of an address. Servers say them back, in
//! whatever spelling: with JSON's escapes, percent-encoded, in base64, in part, in capitals, spaced out, or with invisible
//! characters between the letters.
//!
//! A text is read in a few ways; what its characters stand for in the usual bases, or as numbers of characters, is text that is
//! read again. In each of them the pieces of a secret are sought.

mod encodings;
mod reading;

use std::collections::HashSet;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use reading::{Letter, READINGS, Reading, decoded, letters};

/// What stands in a secret's place.
const HIDDEN: &str = "[key]";
/// Characters of a key that is a secret: a shorter one is a placeholder.
const SHORTEST: usize = 8;
/// What services put in the place of the middle of a key that they say back: `sk-ab***yz`.
const MASKS: [char; 6] = ['*', '•', '…', '.', '█', '·'];
/// So many letters of a key on each side of a mask are the key's; on one side alone they may be a word in bold.
const BESIDE_MASK: usize = 2;

/// So many encodings one within the other are read, as in a basic authorization's base64 within a list of bytes. Each makes a text
/// shorter, and hardly any of a usual text is left after one.
const DEEPEST: usize = 2;
/// What remains of a text may join to another piece of a secret: so often a text is gone through at most.
const PASSES: usize = 4;

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
            let backwards: String = secret.chars().rev().collect();
            let spellings = [secret.to_owned(), backwards, rotated(secret)];
            // Base64 has signs, which are lost where only letters and digits are read.
            spellings.into_iter().chain(in_base64(secret)).for_each(|spelling| known.add(&spelling));
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
        !self.pieces.is_empty() && !self.found(text, 0).is_empty()
    }

    /// The text without them, and without any half of them.
    pub fn hide(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        if self.pieces.is_empty() {
            return shown;
        }
        for _ in 0..PASSES {
            let found = self.found(&shown, 0);
            if found.is_empty() {
                break;
            }
            shown = without(&shown, found);
        }
        shown
    }

    /// Where a text holds one of them, or the half of one, itself or within so many encodings.
    fn found(&self, text: &str, depth: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut read: Vec<Vec<Letter>> = Vec::new();
        for reading in READINGS {
            let letters = decoded(text, reading);
            if read.contains(&letters) {
                continue;
            }
            found.extend(self.marked(&letters));
            if depth < DEEPEST {
                encodings::digits(&letters, SHORTEST, |stretch| found.extend(self.found_in(stretch, depth + 1)));
            }
            read.push(letters);
        }
        if depth < DEEPEST {
            encodings::numbers(text, SHORTEST, |stretch| found.extend(self.found_in(stretch, depth + 1)));
        }
        found
    }

    /// Where it is found in what letters of ASCII say, as places of the text that they stand in.
    fn found_in(&self, letters: &[Letter], depth: usize) -> Vec<Range<usize>> {
        let text: String = letters.iter().map(|letter| letter.said).collect();
        let place = |found: Range<usize>| letters[found.start].start..letters[found.end - 1].end;
        self.found(&text, depth).into_iter().map(place).collect()
    }

    /// Where letters of a text are those of a secret.
    fn marked(&self, letters: &[Letter]) -> Vec<Range<usize>> {
        let said: Vec<char> = letters.iter().map(Letter::compared).collect();
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
        let mut place = 0;
        let mut marked = Vec::new();
        for run in secret.chunk_by(|a, b| a == b) {
            if run[0] {
                marked.push(letters[place].start..letters[place + run.len() - 1].end);
            }
            place += run.len();
        }
        marked
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

/// A text with a mark where something was found in it; places that meet have one.
fn without(text: &str, mut found: Vec<Range<usize>>) -> String {
    found.sort_by_key(|place| place.start);
    let mut shown = String::with_capacity(text.len());
    let (mut from, mut is_first) = (0, true);
    for place in found {
        if is_first || place.start > from {
            shown.push_str(&text[from..place.start]);
            shown.push_str(HIDDEN);
        }
        (from, is_first) = (from.max(place.end), false);
    }
    shown.push_str(&text[from..]);
    shown
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

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

    fn list(bytes: impl Iterator<Item = u8>, joint: &str) -> String {
        bytes.map(|byte| byte.to_string()).collect::<Vec<_>>().join(joint)
    }

    /// Five bits a character, by an alphabet.
    fn base32(bytes: &[u8], alphabet: &[u8]) -> String {
        let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
        let digit = |bits: &[u8]| {
            let bits = format!("{:0<5}", str::from_utf8(bits).unwrap());
            char::from(alphabet[usize::from_str_radix(&bits, 2).unwrap()])
        };
        bits.as_bytes().chunks(5).map(digit).collect()
    }

    const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    fn utf16(key: &str) -> Vec<u8> {
        key.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    type Encode = fn(&str) -> String;

    /// Ways in which bytes are written, none of which the scrubbing knows by name.
    const ENCODINGS: [(&str, Encode); 17] = [
        ("bytes", |key| format!("[{}]", list(key.bytes(), ","))),
        ("bytes, spaced", |key| list(key.bytes(), " ")),
        ("bytes by number", |key| {
            let entry = |(place, byte)| format!("\"{place}\":{byte}");
            format!("{{{}}}", key.bytes().enumerate().map(entry).collect::<Vec<_>>().join(","))
        }),
        ("bytes in hexadecimal", |key| key.bytes().map(|byte| format!("0x{byte:X}, ")).collect()),
        ("bytes in octal", |key| key.bytes().map(|byte| format!("0o{byte:o} ")).collect()),
        ("bytes on lines of JSON", |key| list(key.bytes(), "\\n")),
        ("bits", |key| key.bytes().map(|byte| format!("{byte:08b} ")).collect()),
        ("base32", |key| base32(key.as_bytes(), BASE32)),
        ("base32, small", |key| base32(key.as_bytes(), BASE32).to_lowercase()),
        ("base32hex", |key| base32(key.as_bytes(), b"0123456789ABCDEFGHIJKLMNOPQRSTUV")),
        ("UTF-16 in hexadecimal", |key| hex(&utf16(key))),
        ("UTF-16 in base64", |key| STANDARD.encode(utf16(key))),
        ("UTF-16 in bytes", |key| list(utf16(key).into_iter(), ",")),
        ("backwards in base32", |key| base32(&key.bytes().rev().collect::<Vec<_>>(), BASE32)),
        ("base64 in hexadecimal", |key| hex(STANDARD.encode(format!("u:{key}")).as_bytes())),
        ("base64 in base64", |key| STANDARD.encode(STANDARD.encode(format!("user:{key}")))),
        ("JSON's escapes in base64", |key| {
            let escapes: String = key.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
            URL_SAFE.encode(escapes)
        }),
    ];

    proptest! {
        #[test]
        fn a_key_in_any_encoding_is_gone_from_any_text(
            key in "sk-[A-Za-z0-9]{16,48}",
            before in ".{0,40}",
            after in ".{0,40}",
            (name, encode) in select(ENCODINGS.to_vec()),
        ) {
            let secrets = Secrets::new([key.as_str()]);
            let encoded = encode(&key);
            let hidden = secrets.hide(&format!("{before} {encoded} {after}"));
            // What is cut off at the ends of an encoded key is less than a few of its characters.
            let kept = encoded.len() / 4;
            prop_assert!(hidden.contains(HIDDEN), "{name}: {hidden}");
            prop_assert!(
                hidden.len() <= before.len() + after.len() + kept + HIDDEN.len() + 2,
                "{name}: {encoded} leaves {hidden}"
            );
            prop_assert!(!secrets.are_in(&hidden), "{name}: {hidden}");
        }

        #[test]
        fn a_text_without_the_key_is_unchanged(text in "[ -~\\n]{0,400}", digits in "([0-9]{1,3}, ?){0,60}") {
            let secrets = Secrets::new(["sk-canary-0123456789-abcdef"]);
            for text in [text.clone(), digits.clone(), STANDARD.encode(&text), hex(text.as_bytes())] {
                prop_assert_eq!(secrets.hide(&text), text);
            }
        }

        #[test]
        fn hiding_takes_any_text(text in ".{0,80}", before in "[ -~]{0,9}", key in "[A-Za-z0-9/+_=-]{8,60}") {
            let secrets = Secrets::new([key.as_str()]);
            let hidden = secrets.hide(&format!("{text}{before} {key} {text}"));
            prop_assert!(!hidden.contains(&key));
        }
    }
}
