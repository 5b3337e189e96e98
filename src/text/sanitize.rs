//! Text that cannot deceive: what would steer a terminal or reorder a line is made visible, what hides is removed.
//!
//! Right-to-left text itself stays as it is; only the characters that override the order are shown as `⟨U+202E⟩`.
//! This is not escaping: HTML, Markdown and CSV escape on their own, after this.

use std::fmt::Write;

use crate::text::{Invisible, invisible};

/// `text` on a single line: white space of any kind and length becomes one space.
pub fn line(text: &str) -> String {
    block(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` with its line breaks.
pub fn block(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match character {
            '\r' if next == Some('\n') => {}
            '\r' | '\u{2028}' | '\u{2029}' => kept.push('\n'),
            '\u{85}' => kept.push(' '),
            '\n' | '\t' => kept.push(character),
            _ => match invisible(character) {
                Some(Invisible::Joiner) if joins(kept.chars().next_back(), next) => kept.push(character),
                Some(Invisible::Filler | Invisible::Joiner | Invisible::Hyphenation) => {}
                Some(Invisible::Presentation | Invisible::Override) | None => show(character, &mut kept),
            },
        }
    }
    kept
}

/// `text` as it is but for what would steer: control characters other than tabs and line breaks, and overrides of the direction,
/// are shown.
pub fn controls(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => kept.push(character),
            _ => show(character, &mut kept),
        }
    }
    kept
}

/// Whether a zero-width joiner or non-joiner stands where scripts and emoji need one.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let joinable =
        |character: Option<char>| character.is_some_and(|c| !c.is_ascii() && c != '\u{200C}' && c != '\u{200D}');
    joinable(before) && joinable(after)
}

/// Writes a character, or its picture if it would steer: `␛` for escape, `⟨U+202E⟩` for a bidi override.
fn show(character: char, kept: &mut String) {
    match character {
        '\0'..='\u{1F}' => kept.extend(char::from_u32(0x2400 + u32::from(character))),
        '\u{7F}' => kept.push('␡'),
        _ if character.is_control() || invisible(character) == Some(Invisible::Override) => {
            let _ = write!(kept, "⟨U+{:04X}⟩", u32::from(character)); // writing to a string cannot fail
        }
        _ => kept.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_overrides_become_visible() {
        assert_eq!(line("\x1b[31mred\x1b[0m"), "␛[31mred␛[0m");
        assert_eq!(line("a\u{9b}31m\u{7f}\0"), "a⟨U+009B⟩31m␡␀");
        assert_eq!(line("user\u{202e}gpj.exe"), "user⟨U+202E⟩gpj.exe");
        assert_eq!(line("\u{2066}x\u{2069}"), "⟨U+2066⟩x⟨U+2069⟩");
    }

    #[test]
    fn what_hides_is_removed_and_what_joins_is_kept() {
        assert_eq!(line("ig\u{200b}no\u{ad}re\u{feff}\u{e0041}"), "ignore");
        assert_eq!(line("a\u{200d}b"), "ab");
        assert_eq!(line("👩\u{200d}🔧 می\u{200c}خواهم"), "👩\u{200d}🔧 می\u{200c}خواهم");
        assert_eq!(line("é\u{200d}\u{200d}\u{200d}é"), "é\u{200d}é");
    }

    #[test]
    fn right_to_left_text_stays_as_it_is() {
        assert_eq!(line("שלום עולם, مرحبا"), "שלום עולם, مرحبا");
    }

    #[test]
    fn a_line_has_no_breaks_and_a_block_keeps_them() {
        assert_eq!(line(" a\r\n\tb\u{2028}c  d\u{85}e "), "a b c d e");
        assert_eq!(block("a\r\nb\rc\u{2029}d"), "a\nb\nc\nd");
    }
}
