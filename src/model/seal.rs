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

/// What the checksum of a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// The line is as it was written.
    Whole,
    /// It was changed, or written by somebody else: its checksum is another one, or stands elsewhere.
    Broken,
    /// It has no checksum.
    Missing,
}

impl Seal {
    /// Of a line that is a JSON object.
    pub fn of(line: &[u8]) -> Seal {
        let said = line.strip_suffix(CLOSING).and_then(|rest| Some(rest.split_at(rest.len().checked_sub(DIGITS)?)));
        match said.and_then(|(rest, said)| Some((rest.strip_suffix(OPENING)?, said))) {
            Some((object, said)) if seal(&[object, b"}"].concat()).as_bytes() == said => Seal::Whole,
            None if !has_field(line) => Seal::Missing,
            _ => Seal::Broken,
        }
    }
}

/// Whether an object has a checksum among its fields.
fn has_field(line: &[u8]) -> bool {
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
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        assert_eq!(Seal::of(&line), Seal::Whole);
        for (one, other) in [("Yes", "No"), ("\"ab\"", "\"abc\""), (",\"seal\"", " ,\"seal\"")] {
            assert_eq!(Seal::of(text.replace(one, other).as_bytes()), Seal::Broken, "{one}");
        }
        let spaced: serde_json::Value = serde_json::from_str(&text).unwrap();
        let wide = text.replace("\":\"", "\": \"");
        assert_eq!(Seal::of(wide.as_bytes()), Seal::Broken, "the same fields in another spacing");
        assert_eq!(Seal::of(serde_json::to_string_pretty(&spaced).unwrap().as_bytes()), Seal::Broken);
        for older in [&b"{}"[..], b"\"}", b"", br#"{"key":"ab"}"#] {
            assert_eq!(Seal::of(older), Seal::Missing);
        }
        assert_eq!(sealed(b"{}".to_vec()), b"{}");
    }
}
