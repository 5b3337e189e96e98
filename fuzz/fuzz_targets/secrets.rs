//! Any key, spelled in any of the ways in which servers and models say it back, in any text: it is not there any more once it was
//! hidden. The same of the password of an address.
#![cfg_attr(not(test), no_main)]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use colligate::model::Secrets;
use colligate::text::sanitize::{block, controls, line};
use colligate::text::without_credentials;
use colligate_fuzz::Drawn;

const OF_KEYS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./+=";

#[derive(Debug, Clone, Copy)]
enum Spelling {
    Plain,
    Capitals,
    Escapes,
    Braces,
    Percent,
    TwicePercent,
    Decimal,
    Hexadecimal,
    Octal,
    Printable,
    Hex,
    HexColons,
    Base64(u8),
    UrlBase64(u8),
    TwiceBase64,
    Wide,
    Spaces,
    Unseen,
    Backwards,
    Rotated,
    Tags,
    Bytes,
    BytesByNumber,
    Bits,
    Base32,
    Utf16Hex,
    Utf16Base64,
    HexOfBase64,
    Some(u64),
}

fn each(key: &str, joint: &str, spell: impl Fn(char) -> String) -> String {
    key.chars().map(spell).collect::<Vec<_>>().join(joint)
}

/// Five bits a character.
fn in_base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |bits: &[u8]| {
        let value = (0..5).fold(0, |value, bit| value << 1 | bits.get(bit).copied().unwrap_or(0));
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(value)])
    };
    bits.chunks(5).map(digit).collect()
}

fn spelled(key: &str, spelling: Spelling) -> String {
    let code = u32::from;
    let before = |count: u8| ["", ":", "u:", "user:", "Bearer "][usize::from(count) % 5];
    match spelling {
        Spelling::Plain => key.to_owned(),
        Spelling::Capitals => key.to_uppercase(),
        Spelling::Escapes => each(key, "", |c| format!("\\u{:04x}", code(c))),
        Spelling::Braces => each(key, "", |c| format!("\\u{{{:x}}}", code(c))),
        Spelling::Percent => each(key, "", |c| format!("%{:02X}", code(c))),
        Spelling::TwicePercent => each(key, "", |c| format!("%25{:02X}", code(c))),
        Spelling::Decimal => each(key, "", |c| format!("&#{};", code(c))),
        Spelling::Hexadecimal => each(key, "", |c| format!("&amp;#x{:x};", code(c))),
        Spelling::Octal => each(key, "", |c| format!("\\{:03o}", code(c))),
        Spelling::Printable => each(key, "", |c| format!("={:02X}", code(c))),
        Spelling::Hex => each(key, "", |c| format!("{:02x}", code(c))),
        Spelling::HexColons => each(key, ":", |c| format!("{:02x}", code(c))),
        Spelling::Base64(count) => STANDARD.encode(format!("{}{key}", before(count))),
        Spelling::UrlBase64(count) => URL_SAFE_NO_PAD.encode(format!("{}{key}", before(count))),
        Spelling::TwiceBase64 => STANDARD.encode(STANDARD.encode(key)),
        Spelling::Wide => each(key, "", |c| char::from_u32(code(c) + 0xfee0).map_or(String::new(), String::from)),
        Spelling::Spaces => each(key, " ", String::from),
        Spelling::Unseen => each(key, "\u{200b}", String::from),
        Spelling::Backwards => key.chars().rev().collect(),
        Spelling::Rotated => each(key, "", |c| {
            let moved = |first: u8| char::from((c as u8 - first + 13) % 26 + first).to_string();
            match c {
                'a'..='z' => moved(b'a'),
                'A'..='Z' => moved(b'A'),
                _ => c.to_string(),
            }
        }),
        Spelling::Tags => each(key, "<b>", String::from),
        Spelling::Bytes => format!("[{}]", each(key, ",", |c| code(c).to_string())),
        Spelling::BytesByNumber => {
            let entries = key.bytes().enumerate().map(|(place, byte)| format!("\"{place}\":{byte}"));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Spelling::Bits => each(key, " ", |c| format!("{:08b}", code(c))),
        Spelling::Base32 => in_base32(key.as_bytes()),
        Spelling::Utf16Hex => each(key, "", |c| format!("{:02x}00", code(c))),
        Spelling::Utf16Base64 => STANDARD.encode(key.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()),
        Spelling::HexOfBase64 => each(&STANDARD.encode(key), "", |c| format!("{:02x}", code(c))),
        Spelling::Some(bits) => key
            .chars()
            .enumerate()
            .map(|(place, c)| match bits >> (place * 2 % 64) & 3 {
                0 => c.to_string(),
                1 => format!("\\u{:04X}", code(c)),
                2 => format!("%{:02x}", code(c)),
                _ => format!("&#x{:X};", code(c)),
            })
            .collect(),
    }
}

#[derive(Debug)]
struct Case {
    key: String,
    other: Option<String>,
    spelling: Spelling,
    before: String,
    after: String,
}

impl Spelling {
    fn drawn(drawn: &mut Drawn) -> Spelling {
        use Spelling::*;
        let place = drawn.byte();
        let more = u64::from_le_bytes(std::array::from_fn(|_| drawn.byte()));
        let all = [
            Plain,
            Capitals,
            Escapes,
            Braces,
            Percent,
            TwicePercent,
            Decimal,
            Hexadecimal,
            Octal,
            Printable,
            Hex,
            HexColons,
            Base64(more as u8),
            UrlBase64(more as u8),
            TwiceBase64,
            Wide,
            Spaces,
            Unseen,
            Backwards,
            Rotated,
            Tags,
            Bytes,
            BytesByNumber,
            Bits,
            Base32,
            Utf16Hex,
            Utf16Base64,
            HexOfBase64,
            Some(more),
        ];
        all[usize::from(place) % all.len()]
    }
}

impl Case {
    fn drawn(bytes: &[u8]) -> Case {
        let mut drawn = Drawn(bytes);
        let key = |drawn: &mut Drawn| -> String {
            let length = 8 + usize::from(drawn.byte()) % 57;
            (0..length).map(|_| char::from(OF_KEYS[usize::from(drawn.byte()) % OF_KEYS.len()])).collect()
        };
        let spelling = Spelling::drawn(&mut drawn);
        let first = key(&mut drawn);
        let other = (drawn.byte() & 1 == 1).then(|| key(&mut drawn));
        let length = usize::from(drawn.byte()).min(drawn.0.len());
        let (before, after) = drawn.0.split_at(length);
        let [before, after] = [before, after].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        Case { key: first, other, spelling, before, after }
    }
}

/// Letters and digits alone tell one key from another. A key of a few letters that is spelled otherwise may lose one of them to what
/// stands before it: then what is left is too short.
fn is_key(key: &str, spelling: Spelling) -> bool {
    let least = if matches!(spelling, Spelling::Plain) { 8 } else { 16 };
    key.chars().filter(char::is_ascii_alphanumeric).count() >= least
}

/// Bytes of any kind, and what escapes begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let signs =
        ["\\u", "%", "&#x", "\\", "=", "<a ", "0x", "\\x", "\\u{", "sk-", "\"", "***", "\u{1b}[", ";", "12", "&amp;"];
    let mut state = 5_u64;
    let mut drawn = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut one = |number: usize| {
        let mut seed: Vec<u8> = (0..60 + number).map(|_| drawn() as u8).collect();
        (0..number % 50).for_each(|_| seed.extend(signs[drawn() % signs.len()].bytes()));
        seed
    };
    (0..250).map(&mut one).collect()
}

/// Whether so much of a spelling stands in a text that most of the key can be read there.
fn survives(spelling: &str, text: &str) -> bool {
    let length = spelling.len() * 3 / 4;
    spelling.is_ascii() && (0..=spelling.len() - length).any(|from| text.contains(&spelling[from..from + length]))
        || text.contains(spelling)
}

pub fn target(bytes: &[u8]) {
    let Case { key, other, spelling, before, after } = &Case::drawn(bytes);
    if !is_key(key, *spelling) || other.as_ref().is_some_and(|other| !is_key(other, Spelling::Plain)) {
        return;
    }
    let secrets = Secrets::new([key.as_str()].into_iter().chain(other.as_deref()));
    let said = spelled(key, *spelling);
    let text = format!("{before}{said}{after}");
    let hidden = secrets.hide(&text);
    assert!(!survives(&said, &hidden), "{said}\nin {text:?}\nleaves {hidden:?}");
    assert!(secrets.are_in(&text), "{said}\nis not found in {text:?}");
    assert!(!secrets.are_in(&hidden), "{text:?}\nleaves {hidden:?}");
    for shown in [line(&hidden), block(&hidden), controls(&hidden)] {
        assert!(!shown.contains(key.as_str()), "{text:?}\nis shown as {shown:?}");
    }
    if !before.contains(key.as_str()) && !after.contains(key.as_str()) {
        let address = without_credentials(&format!(
            "https://{before}:{key}@host/v1?key={key}&x={}",
            after.replace(['&', '@', '?'], "")
        ));
        assert!(!address.contains(key.as_str()), "{address}");
    }
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
