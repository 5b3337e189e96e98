//! Headings of Markdown (`# Garden`, `### Version`): the signs in front of them go.

use std::borrow::Cow;

use super::fences::is_fence;

/// Signs of the lowest heading.
const LOWEST: usize = 6;

/// The text without the signs in front of its headings, where there is something below them; code in fences stays.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    if !text.lines().any(|line| heading(line).is_some()) || text.trim().lines().nth(1).is_none() {
        return Cow::Borrowed(text);
    }
    let (mut is_code, mut has_changed) = (false, false);
    let read = |line| {
        is_code ^= is_fence(line);
        let words = heading(line).filter(|_| !is_code);
        has_changed |= words.is_some();
        words.unwrap_or(line)
    };
    let lines: Vec<&str> = text.split('\n').map(read).collect();
    if has_changed { Cow::Owned(lines.join("\n")) } else { Cow::Borrowed(text) }
}

/// The words of a heading: a number sign before a number is none (`# 5 is cold`).
fn heading(line: &str) -> Option<&str> {
    let words = line.trim_start_matches('#');
    let signs = line.len() - words.len();
    let is_heading = (1..=LOWEST).contains(&signs) && words.starts_with(' ');
    Some(words.trim_start()).filter(|words| is_heading && words.starts_with(|c: char| !c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_headings_go_where_something_stands_below_them() {
        assert_eq!(without("# Garden\n\nSlugs again.\n\n### Tools\nrake"), "Garden\n\nSlugs again.\n\nTools\nrake");
        for text in
            ["# nobody came", "#garden\nslugs", "# 5 is cold\nand so is 6", "so\n```sh\n# a comment\n```\nis it"]
        {
            assert!(matches!(without(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
