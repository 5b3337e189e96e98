//! Numbers, percentages, bars and shortened texts, as every report writes them.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::run::Share;

/// `1 document`, `12,345 documents`: every noun of the reports takes an s.
pub fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(number as u64))
}

/// `12345` as `12,345`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with at most three decimals and no trailing zeros.
pub fn decimal(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share in words: `22%` and its interval `17–28%`; below 10 % with one decimal, for more would look exact.
pub fn share(share: Share) -> (String, String) {
    let decimals = usize::from(share.estimate < 0.0995);
    let percent = |value: f64| format!("{:.decimals$}", value * 100.0);
    (format!("{}%", percent(share.estimate)), format!("{}–{}%", percent(share.low), percent(share.high)))
}

/// A bar of block characters, `columns` long where `fraction` is 1; never empty, so that a small cluster is seen.
pub fn blocks(fraction: f64, columns: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = ((fraction.clamp(0.0, 1.0) * columns as f64 * 8.0).round() as usize).max(1);
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// How many columns of a terminal a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// `text` if it fits into `limit` columns, else as many whole words as fit (or characters, if a word is very long) and `…`.
pub fn shorten(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.to_owned();
    }
    let (mut end, mut used) = (0, 0);
    for (start, grapheme) in text.grapheme_indices(true) {
        used += columns(grapheme);
        if used + 1 > limit {
            break;
        }
        end = start + grapheme.len();
    }
    let kept = &text[..end];
    let at_word = kept.rfind(char::is_whitespace).filter(|place| place * 3 > end * 2).unwrap_or(end);
    format!("{}…", kept[..at_word].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '–')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(thousands(100), "100");
        assert_eq!([decimal(0.5), decimal(12.0), decimal(0.12345)], ["0.5", "12", "0.123"]);
    }

    #[test]
    fn a_share_shows_no_more_digits_than_it_has() {
        assert_eq!(share(Share::wilson(52, 236)), ("22%".into(), "17–28%".into()));
        assert_eq!(share(Share::wilson(11, 236)), ("4.7%".into(), "2.6–8.2%".into()));
    }

    #[test]
    fn a_bar_is_never_empty_and_never_too_long() {
        assert_eq!(blocks(1.0, 10), "██████████");
        assert_eq!(blocks(0.55, 10), "█████▌");
        assert_eq!(blocks(0.0, 10), "▏");
        assert_eq!(blocks(7.0, 3), "███");
    }

    #[test]
    fn a_text_is_shortened_to_columns_at_a_word() {
        assert_eq!(shorten("short", 5), "short");
        assert_eq!(shorten("the printer, which jams", 14), "the printer…");
        assert_eq!(shorten("Donaudampfschifffahrt", 6), "Donau…");
        assert_eq!(shorten("会議室が足りない", 7), "会議室…");
        assert_eq!(shorten("👩‍🔧👩‍🔧👩‍🔧", 5), "👩‍🔧👩‍🔧…");
    }
}
