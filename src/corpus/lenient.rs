//! JSON as some programs write it: `NaN` and `Infinity` for numbers, half a character in a string.

use serde_json::Value;

use super::row::{Mend, Problem};

/// The value of a text, and what had to be put right to read it.
pub(super) fn value(text: &str) -> Result<(Value, Vec<Mend>), Problem> {
    let strict = |text: &str| serde_json::from_str::<Value>(text);
    let problem = match strict(text) {
        Ok(value) => return Ok((value, Vec::new())),
        Err(problem) => problem,
    };
    let (mended, mends) = mended(text);
    match strict(&mended) {
        Ok(value) if !mends.is_empty() => Ok((value, mends)),
        // To serde_json this is a file of its own, whose lines would only mislead.
        _ => Err(Problem::Json {
            message: problem.to_string().replace(" at line 1 column ", " at column "),
            cut_short: problem.is_eof(),
        }),
    }
}

/// The text with null for what is not a number and U+FFFD for half a character; in one pass.
fn mended(text: &str) -> (String, Vec<Mend>) {
    let mut kept = String::with_capacity(text.len());
    let mut mends = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_alphanumeric()) {
        let (before, token) = rest.split_at(place);
        kept.push_str(before);
        let mend;
        (mend, rest) = match token.strip_prefix('"') {
            Some(string) => {
                kept.push('"');
                copy_string(string, &mut kept)
            }
            None => copy_word(token, &mut kept),
        };
        mends.extend(mend);
    }
    kept.push_str(rest);
    mends.sort_unstable();
    mends.dedup();
    (kept, mends)
}

/// Copies a string without its opening quote; returns what follows it.
fn copy_string<'a>(string: &'a str, kept: &mut String) -> (Option<Mend>, &'a str) {
    let (mut rest, mut mend) = (string, None);
    while let Some(place) = rest.find(['"', '\\']) {
        let (before, special) = rest.split_at(place);
        kept.push_str(before);
        if let Some(after) = special.strip_prefix('"') {
            kept.push('"');
            return (mend, after);
        }
        let length = match surrogate(special) {
            Some(0xD800..0xDC00) if matches!(special.get(6..).and_then(surrogate), Some(0xDC00..0xE000)) => 12,
            Some(_) => {
                kept.push('\u{FFFD}');
                mend = Some(Mend::Half);
                rest = &special[6..];
                continue;
            }
            None => 1 + special[1..].chars().next().map_or(0, char::len_utf8),
        };
        kept.push_str(&special[..length]);
        rest = &special[length..];
    }
    kept.push_str(rest);
    (mend, "")
}

/// The surrogate that an escape at the beginning of a text stands for, if it is one.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok().filter(|code| (0xD800..0xE000).contains(code))
}

/// Copies a word or number; returns what follows it.
fn copy_word<'a>(token: &'a str, kept: &mut String) -> (Option<Mend>, &'a str) {
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let (word, rest) = token.split_at(token.find(|c| !belongs(c)).unwrap_or(token.len()));
    // As Rust reads numbers, which are NaN and Infinity in any spelling, and what is too large for a double.
    let is_lost = word.parse::<f64>().is_ok_and(|number| !number.is_finite());
    kept.push_str(if is_lost { "null" } else { word });
    (is_lost.then_some(Mend::Number), rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_number_is_null_but_not_within_strings() {
        let text = r#"{"a": NaN, "b": [-Infinity,Infinity,1e999,1.5], "NaN": "NaN, \"NaN"}"#;
        let wanted = json!({"a": null, "b": [null, null, null, 1.5], "NaN": "NaN, \"NaN"});
        assert_eq!(value(text).unwrap(), (wanted, vec![Mend::Number]));
    }

    #[test]
    fn half_a_character_is_replaced_and_a_whole_one_kept() {
        let text = r#"{"a": "x \ud83d y", "b": "\ud83d\ude00", "c": "\ude00\\ud800", "d": "\ud83d\ud83d\ude00"}"#;
        let wanted = json!({"a": "x \u{FFFD} y", "b": "😀", "c": "\u{FFFD}\\ud800", "d": "\u{FFFD}😀"});
        assert_eq!(value(text).unwrap(), (wanted, vec![Mend::Half]));
    }

    #[test]
    fn what_is_broken_otherwise_is_an_error_with_its_own_column() {
        for text in [r#"{"a": NaN"#, "{", "\"\\", "\"\\u", "\"\\ud8é", "nope", r#"{"a": NaNa}"#] {
            assert!(matches!(value(text), Err(Problem::Json { .. })), "{text}");
        }
    }
}
