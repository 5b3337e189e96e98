//! What the page may do: use its own style and run its own script, both known by their hash, and nothing else.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The script of the page: it shows what is there already in other ways, as nodes of text, and makes no markup.
pub const SCRIPT: &str = include_str!("report.js");

/// The policy of a page with this style. No text of a document becomes markup, script or address, whatever got in.
pub fn policy(style: &str) -> String {
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        sha256_source(style),
        sha256_source(SCRIPT)
    )
}

/// A style or a script as a policy knows it: by its hash.
pub fn sha256_source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// The style of the page, for pages beside the report.
pub fn page_style() -> &'static str {
    include_str!("report.css")
}

/// The style of the page, with what stands at the foot of a printed one: corpus, date, page number.
pub fn style(corpus: &str, date: &str) -> String {
    let (corpus, date) = (css_text(corpus), css_text(date));
    format!(
        "{}\n@page {{\n  @bottom-left {{ content: \"{corpus}\"; }}\n  @bottom-center {{ content: \"{date}\"; }}\n  \
         @bottom-right {{ content: counter(page) \" / \" counter(pages); }}\n}}\n",
        page_style()
    )
}

/// A text within quotes of a style sheet: everything but letters, digits and a few harmless characters as its number.
fn css_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || " -_.".contains(character) {
            escaped.push(character);
        } else {
            let _ = write!(escaped, "\\{:06X}", u32::from(character)); // writing to a string cannot fail
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_close_the_quotes_of_the_style() {
        assert_eq!(css_text("a\"; } </style>"), "a\\000022\\00003B \\00007D \\00003C\\00002Fstyle\\00003E");
        assert_eq!(css_text("mails-2026.é"), "mails-2026.\\0000E9");
    }

    #[test]
    fn corpus_date_and_page_number_stand_at_the_foot_of_a_printed_page() {
        let style = style("survey-answers", "2026-11-28");
        for part in ["content: \"survey-answers\"", "content: \"2026-11-28\"", "counter(page) \" / \" counter(pages)"] {
            assert!(style.contains(part), "{part}");
        }
    }
}
