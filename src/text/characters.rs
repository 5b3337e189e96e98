//! Characters: which of them a reader does not see, in the one list that there is, and how much of a long text is read.

/// What an invisible character does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invisible {
    /// It takes no room and no script needs it where people write: zero-width spaces, marks, fillers, tags. It hides a message
    /// or splits a word.
    Filler,
    /// It joins or parts its neighbors, which some scripts and emoji need.
    Joiner,
    /// It chooses between the form of an emoji and that of a letter.
    Presentation,
    /// It says where a word may be parted, and a grapheme not.
    Hyphenation,
    /// It overrides the direction in which a line runs: what is read is not what is stored.
    Override,
}

/// What kind of invisible character it is; none of one that is seen, and none of white space and control characters.
pub fn invisible(c: char) -> Option<Invisible> {
    match c {
        '\u{ad}' | '\u{34f}' => Some(Invisible::Hyphenation),
        '\u{200c}' | '\u{200d}' => Some(Invisible::Joiner),
        '\u{fe0e}' | '\u{fe0f}' => Some(Invisible::Presentation),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Invisible::Override),
        '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0d}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => Some(Invisible::Filler),
        _ => None,
    }
}

/// Whether a reader sees nothing of a text: no character of it, or white space and invisible ones only.
pub fn is_blank(text: &str) -> bool {
    // A braille pattern without dots is a space to who reads braille.
    text.chars().all(|c| c.is_whitespace() || c.is_control() || c == '\u{2800}' || invisible(c).is_some())
}

/// Bytes of a text in which words are looked for: a longer one is known by its beginning. What is made of words takes a hundred
/// times the memory of the text.
pub const LONGEST_READ: usize = 64 * 1024;

/// The beginning of a text: `most` bytes, or up to the last white space in them where there is any, so that no word is torn.
pub fn beginning(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let cut = &text[..text.floor_char_boundary(most)];
    match cut.rfind(char::is_whitespace) {
        Some(end) if end > 0 => &cut[..end],
        _ => cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_ends_between_two_words_or_at_least_two_characters() {
        assert_eq!(beginning("late parcel", 11), "late parcel");
        assert_eq!(beginning("late parcel", 10), "late");
        assert_eq!(beginning("ééé", 3), "é");
        assert_eq!(beginning(" parcel", 4), " par");
    }

    #[test]
    fn what_is_seen_is_not_invisible() {
        for c in ['a', 'é', '\u{301}', '😀', 'ا', '\u{0bcd}', '한', '〜', '\u{fffd}', ' ', '\n', '\u{a0}'] {
            assert_eq!(invisible(c), None, "{c:?}");
        }
        assert_eq!(invisible('\u{202e}'), Some(Invisible::Override));
        assert_eq!(invisible('\u{200d}'), Some(Invisible::Joiner));
    }

    #[test]
    fn a_text_of_invisible_characters_only_is_blank() {
        for text in ["", " \n", "\u{200b}", "\u{feff}\u{200d} \u{3164}", "\u{ad}\u{2800}", "\u{202e}\u{e0041}\0"] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in [".", "\u{200b}.", "❤\u{fe0f}", "\u{fffd}"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}
