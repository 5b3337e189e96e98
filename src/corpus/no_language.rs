//! Values that are made of letters, but say nothing: codes, links, names of files, browsers, postal
//! addresses.

use super::field::words;

/// Names of columns that hold no text, whatever stands in them, as words in small letters.
const NAMES: [&str; 22] = [
    "address",
    "adresse",
    "anschrift",
    "street",
    "straße",
    "strasse",
    "dirección",
    "indirizzo",
    "adres",
    "user agent",
    "useragent",
    "browser",
    "url",
    "link",
    "referrer",
    "job title",
    "jobtitle",
    "occupation",
    "beruf",
    "berufsbezeichnung",
    "stellenbezeichnung",
    "jobtitel",
];
/// Words of the longest such name.
const WORDS: usize = 3;
/// Digits of a postal code.
const POSTAL: std::ops::RangeInclusive<usize> = 4..=6;

/// Whether a column is called like one that holds no text: `Shipping address`, `Job title`.
pub(super) fn is_named_so(name: &str) -> bool {
    let words = words(name);
    let is_one = |window: &[String]| NAMES.contains(&window.join(" ").as_str());
    let is_question = name.trim_end().ends_with('?');
    words.len() <= WORDS && !is_question && (words.windows(1).any(is_one) || words.windows(2).any(is_one))
}

/// Whether a value is no language.
pub(super) fn is_none(value: &str) -> bool {
    is_code(value) || is_browser(value) || is_address(value)
}

/// Whether a value is a code, a link or the name of a file: one word with a digit, slash or ending.
/// Texts in scripts without spaces are no codes.
pub(super) fn is_code(value: &str) -> bool {
    let value = value.trim();
    let is_one = value.is_ascii() && !value.contains(char::is_whitespace);
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    is_one && (has_digit || value.contains("://") || is_file(value))
}

/// `interview_a.docx`
fn is_file(value: &str) -> bool {
    let Some((name, ending)) = value.rsplit_once('.') else { return false };
    let is_ending = (2..=4).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_ending && name.len() > 1 && name.contains(['_', '-', '/', '\\'])
}

/// `Mozilla/5.0 (…) AppleWebKit/537.36 …`: two names or more, each with its version.
fn is_browser(value: &str) -> bool {
    let is_version = |word: &&str| {
        let Some((name, version)) = word.split_once('/') else { return false };
        name.len() > 2
            && name.bytes().all(|byte| byte.is_ascii_alphabetic())
            && version.starts_with(|c: char| c.is_ascii_digit())
    };
    value.split_whitespace().filter(is_version).take(2).count() == 2
}

/// `Am Alten Markt 12, 10115 Berlin`: a number, and a part that begins or ends with a postal code.
fn is_address(value: &str) -> bool {
    let parts: Vec<&str> = value.split([',', '\n']).map(str::trim).collect();
    let place = parts.iter().skip(1).position(|part| is_place(part));
    let has_digit = |part: &&str| part.bytes().any(|byte| byte.is_ascii_digit());
    place.is_some_and(|place| parts.iter().take(place + 1).any(has_digit))
}

/// `10115 Berlin`, `Springfield IL 62701`.
fn is_place(part: &str) -> bool {
    let words: Vec<&str> = part.split_whitespace().collect();
    let is_postal = |word: &&str| POSTAL.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |word: &&str| word.starts_with(char::is_uppercase);
    match words.as_slice() {
        [first, rest @ ..] if is_postal(first) => !rest.is_empty() && rest.len() <= 4 && rest.iter().all(is_name),
        [rest @ .., last] if is_postal(last) => !rest.is_empty() && rest.len() <= 4 && rest.iter().all(is_name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_say_is_language() {
        for value in [
            "too small 3",
            "3日で壊れた",
            "great",
            "it broke, and 10115 people in Berlin know",
            "the box was open, order 12345",
            "either/or and/or both",
            "yes.no",
        ] {
            assert!(!is_none(value), "{value}");
        }
        for value in ["TXT12", "interview_a.docx", "https://a.example/b", "Main St 1, Springfield IL 62701"] {
            assert!(is_none(value), "{value}");
        }
    }

    #[test]
    fn columns_that_hold_no_text_are_told_by_their_names() {
        for name in ["Shipping address", "Adresse", "User agent", "Job title", "Source URL"] {
            assert!(is_named_so(name), "{name}");
        }
        for name in ["Comment", "How did we address it?", "How we address your problem", "Job satisfaction"] {
            assert!(!is_named_so(name), "{name}");
        }
    }
}
