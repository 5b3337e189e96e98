//! Whether a line of the journal is as it was written: its last field is a checksum of all before it.
//!
//! It finds what a hand or a disk has changed; it is no secret, and no proof against who means to deceive. Lines of earlier versions
//! have none and are taken as they are.

use crate::seed::sha256_hex;

/// What stands before the checksum.
const OPENING: &[u8] = b",\"seal\":\"";
/// What stands after it.
const CLOSING: &[u8] = b"\"}";
/// Hexadecimal digits of a checksum.
const DIGITS: usize = 16;

/// A JSON object with the checksum as its last field.
pub fn sealed(mut object: Vec<u8>) -> Vec<u8> {
    let seal = seal(&object);
    if object.pop() == Some(b'}') && object.len() > 1 {
        object.extend([OPENING, seal.as_bytes(), CLOSING].concat());
    } else {
        object.push(b'}');
    }
    object
}

/// Whether a line is as it was written, as far as it tells: one whose checksum stands elsewhere, or is written in another way, was
/// written by somebody else.
pub fn is_untouched(line: &[u8]) -> bool {
    let said = line.strip_suffix(CLOSING).and_then(|rest| Some(rest.split_at(rest.len().checked_sub(DIGITS)?)));
    match said.and_then(|(rest, said)| Some((rest.strip_suffix(OPENING)?, said))) {
        Some((object, said)) => seal(&[object, b"}"].concat()).as_bytes() == said,
        None => !has_seal(line),
    }
}

/// Whether an object has a checksum among its fields.
pub fn has_seal(line: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Sealed {
        seal: serde::de::IgnoredAny,
    }
    serde_json::from_slice::<Sealed>(line).is_ok_and(|Sealed { seal: serde::de::IgnoredAny }| true)
}

fn seal(object: &[u8]) -> String {
    sha256_hex(object).chars().take(DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_changed_is_told_from_one_that_was_not() {
        let line = sealed(br#"{"key":"ab","reply":{"content":"Yes"}}"#.to_vec());
        let text = String::from_utf8(line.clone()).unwrap();
        assert!(
            text.starts_with(r#"{"key":"ab","reply":{"content":"Yes"},"seal":""#) && text.ends_with("\"}"),
            "{text}"
        );
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok() && is_untouched(&line));
        for (one, other) in [("Yes", "No"), ("\"ab\"", "\"abc\""), (",\"seal\"", " ,\"seal\"")] {
            assert!(!is_untouched(text.replace(one, other).as_bytes()), "{one}");
        }
        let spaced: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(!is_untouched(text.replace("\":\"", "\": \"").as_bytes()), "the same fields in another spacing");
        assert!(!is_untouched(serde_json::to_string_pretty(&spaced).unwrap().as_bytes()));
        for older in [&b"{}"[..], b"\"}", b"", br#"{"key":"ab"}"#] {
            assert!(is_untouched(older));
        }
        assert_eq!(sealed(b"{}".to_vec()), b"{}");
    }
}
