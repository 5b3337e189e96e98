//! Statuses, bars and shortened texts, as every report writes them.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::methods::By;
use crate::run::{Flag, Status};

/// A status as a word.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Assigned => "assigned",
        Status::Uncovered => "uncovered",
        Status::Skipped => "skipped",
        Status::Failed => "failed",
    }
}

/// Who says that a document belongs to a cluster, as a word.
pub fn by(by: By) -> &'static str {
    match by {
        By::Model => "model",
        By::Spread => "spread",
        By::Similarity => "similarity",
        By::Person => "person",
    }
}

/// A flag as a word.
pub fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::Truncated => "truncated",
        Flag::Duplicate => "duplicate",
        Flag::Suspicious => "suspicious",
        Flag::Mended => "mended",
        Flag::Unreadable => "unreadable",
        Flag::Unsure => "unsure",
    }
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
