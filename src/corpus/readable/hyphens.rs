//! Words that were cut at the end of a printed line.

use std::borrow::Cow;

/// The text with such words joined: a letter, a hyphen, a line end and a small letter.
pub(super) fn joined(text: &str) -> Cow<'_, str> {
    if !text.contains("-\n") && !text.contains("-\r\n") {
        return Cow::Borrowed(text);
    }
    let mut new = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('-') {
        let (before, after) = (&rest[..place], &rest[place + 1..]);
        let next = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n')).map(str::trim_start);
        new.push_str(before);
        let is_letter_before = before.chars().next_back().is_some_and(char::is_alphabetic);
        match next.filter(|next| is_letter_before && next.starts_with(char::is_lowercase)) {
            Some(next) => rest = next,
            None => {
                new.push('-');
                rest = after;
            }
        }
    }
    new.push_str(rest);
    if new.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(new) }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn only_words_cut_between_small_letters_are_joined() {
        assert_eq!(joined("pre-\npared by the com-\r\n  mittee"), "prepared by the committee");
        for kept in ["well-known", "- a list\n- of things", "E-\nMail", "pages 3-\n5", "end -\nnext"] {
            assert_eq!(joined(kept), kept);
        }
    }
}
