//! Texts of which an embedder knows nearly nothing: their vectors say nothing of them.

use rayon::prelude::*;
use tokenizers::Tokenizer;

/// What tokenizers call a piece that they do not know.
const UNKNOWN: [&str; 3] = ["[UNK]", "<unk>", "<UNK>"];
/// Share of a text that must be known.
const KNOWN: f64 = 0.5;

/// For each text whether the embedder knows nearly nothing of it: most of it is in letters that its language is not written in, or
/// in signs that its vocabulary does not have.
pub(super) fn unknown(tokenizer: &Tokenizer, english_only: bool, texts: &[&str]) -> Vec<bool> {
    texts.par_iter().map(|text| is_foreign(text) && (english_only || has_no_tokens(tokenizer, text))).collect()
}

/// Whether most of its letters and digits are none of the Latin script, or it has none and is not of ASCII signs.
fn is_foreign(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let (mut own, mut all) = (0_usize, 0_usize);
    for c in text.chars().filter(|c| c.is_alphanumeric()) {
        all += 1;
        own += usize::from(is_latin(c));
    }
    all == 0 || (own as f64) < KNOWN * all as f64
}

/// Letters of the Latin script and digits, wide ones too.
fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\u{aa}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff10}'..='\u{ff5a}')
}

fn has_no_tokens(tokenizer: &Tokenizer, text: &str) -> bool {
    let unknown: Vec<u32> = UNKNOWN.iter().filter_map(|name| tokenizer.token_to_id(name)).collect();
    let Ok(encoding) = tokenizer.encode(text, false) else { return false };
    let pieces = encoding.get_ids().iter().zip(encoding.get_offsets());
    let (mut lost, mut all) = (0, 0);
    for (id, (start, end)) in pieces {
        let length = end.saturating_sub(*start);
        all += length;
        lost += if unknown.contains(id) { length } else { 0 };
    }
    lost > 0 && lost as f64 >= (1.0 - KNOWN) * all as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::builtin::builtin_tokenizer;

    const UNREAD: [&str; 5] = ["👍", "保育園が足りない。", "ᚠᚢᚦᚨᚱᚲ", "Где мой заказ?", "⭐⭐⭐"];
    const READ: [&str; 5] = ["Great 👍👍👍", "Wo bleibt das Paket? Größe übermäßig", "42 €", "naïve café", "?!"];

    #[test]
    fn emoji_runes_and_scripts_of_other_languages_are_unknown_to_an_english_model() {
        let tokenizer = builtin_tokenizer().unwrap();
        assert_eq!(unknown(&tokenizer, true, &UNREAD), [true; 5]);
        assert_eq!(unknown(&tokenizer, true, &READ), [false; 5]);
    }

    #[test]
    fn of_other_models_the_vocabulary_tells() {
        let tokenizer = builtin_tokenizer().unwrap();
        assert_eq!(unknown(&tokenizer, false, &["🦖", "ᚠᚢᚦᚨᚱᚲ", "Где мой заказ?"]), [true, true, false]);
    }
}
