//! A text as one reads it who is easily fooled: what hides is gone, and what looks alike is the same.

use crate::text::invisible;

/// The text in small letters, without invisible characters, wide forms made narrow, escaped brackets resolved.
pub fn folded(text: &str) -> String {
    let narrow: String = text.chars().filter(|c| invisible(*c).is_none()).map(narrow).collect();
    let escapes = [("&lt;", "<"), ("&gt;", ">"), ("&#60;", "<"), ("&#62;", ">"), ("\\u003c", "<"), ("\\u003e", ">")];
    escapes.iter().fold(narrow.to_lowercase(), |text, (escape, character)| text.replace(escape, character))
}

/// The ASCII character that a wide or look-alike one stands for.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '〈' | '⟨' | '﹤' => '<',
        '〉' | '⟩' | '﹥' => '>',
        '⁄' | '∕' => '/',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises_fall_off() {
        assert_eq!(folded("＜/Docu\u{200b}ment＞"), "</document>");
        assert_eq!(folded("&LT;B&gt; ⟨b⟩"), "<b> <b>");
        assert_eq!(folded("naïve Ａ—b"), "naïve a—b");
    }
}
