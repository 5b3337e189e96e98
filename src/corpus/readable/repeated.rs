//! Text that repeats across documents: the same disclaimer, footer or header in many of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::frame::sentences;
use super::piece::{LEAST, LONG, line_key, sentence_key};
use super::standing::boilerplate;
use crate::text;

/// Share of the different texts that must hold a piece for anybody to look where it stands: a long one, and a short line.
const SHARE: (f64, f64) = (0.1, 0.5);
/// Characters of the shortest line that is looked at.
const SHORT: usize = 8;
/// Letters that must be left of a text.
const LEFT: usize = 8;

/// The pieces that repeat, as they are compared, and as they are spelled.
#[derive(Default)]
pub(super) struct Repeated(HashMap<String, String>);

/// In how many texts each piece was set apart, by its spelling.
pub(super) type Pieces = BTreeMap<String, usize>;

impl Repeated {
    /// Counted over the different texts, whatever their order.
    pub(super) fn of(texts: &[&str]) -> Repeated {
        let mut different: Vec<&str> = texts.to_vec();
        different.par_sort_unstable();
        different.dedup();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for part in different.chunks(4096) {
            let held: Vec<HashSet<String>> = part.par_iter().map(|text| keys(text)).collect();
            held.into_iter().flatten().for_each(|key| *counts.entry(key).or_default() += 1);
        }
        let least = |key: &str| {
            let share = if key.chars().count() >= LONG { SHARE.0 } else { SHARE.1 };
            LEAST.max((share * different.len() as f64).ceil() as usize)
        };
        counts.retain(|key, count| *count >= least(key));
        if counts.is_empty() { Repeated::default() } else { Repeated(boilerplate(&counts, &different)) }
    }

    /// The pieces of which something is so, and all others; pieces are in small letters.
    pub(super) fn split(self, is_so: fn(&str) -> bool) -> (Repeated, Repeated) {
        let (so, others) = self.0.into_iter().partition(|(piece, _)| is_so(piece));
        (Repeated(so), Repeated(others))
    }

    /// Whether nothing repeats.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text without what repeats, and the pieces that went; the text itself where it says nothing else.
    pub(super) fn without<'t>(&self, text: &'t str) -> (Cow<'t, str>, HashSet<&str>) {
        let (mut new, mut letters, mut gone) = (String::with_capacity(text.len()), 0, HashSet::new());
        let (is_one_line, all) = (!text.trim().contains('\n'), sentences(text));
        let mut lines = all.chunk_by(|one, next| one.line == next.line).peekable();
        for (number, line) in text.lines().enumerate() {
            let sentences = lines.next_if(|sentences| sentences[0].line == number).unwrap_or_default();
            let whole = self.0.get(&line_key(line)).filter(|_| !is_one_line);
            gone.extend(whole.map(String::as_str));
            for sentence in sentences.iter().filter(|_| whole.is_none()) {
                match sentence_key(sentence.text).and_then(|key| self.0.get(&key)) {
                    Some(piece) => _ = gone.insert(piece.as_str()),
                    None => {
                        new.push_str(sentence.text);
                        let own = sentence.text.chars().filter(|c| !sentence.is_frame && c.is_alphabetic());
                        letters += own.take(LEFT).count();
                    }
                }
            }
            new.push('\n');
        }
        if gone.is_empty() || letters < LEFT {
            return (Cow::Borrowed(text), HashSet::new());
        }
        (Cow::Owned(tidy(&new)), gone)
    }
}

/// The pieces of a text, each once: lines of a text of several, and long sentences.
fn keys(text: &str) -> HashSet<String> {
    let is_one_line = !text.trim().contains('\n');
    let mut keys = HashSet::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let key = line_key(line);
        if !is_one_line && key.chars().count() >= SHORT {
            keys.insert(key);
        }
        keys.extend(text::sentences(line).filter_map(sentence_key));
    }
    keys
}

/// Without the empty lines that were left.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.trim().lines().map(str::trim_end) {
        if !(line.is_empty() && tidied.ends_with("\n\n")) {
            tidied.push_str(line);
            tidied.push('\n');
        }
    }
    tidied.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISCLAIMER: &str = "This e-mail is confidential and intended solely for the person it is addressed to.";

    fn without(texts: &[String]) -> Vec<String> {
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        let repeated = Repeated::of(&borrowed);
        borrowed.iter().map(|text| repeated.without(text).0.into_owned()).collect()
    }

    fn said() -> Vec<String> {
        ["parcel", "brake", "saddle", "invoice", "refund", "wheel", "light", "lock"]
            .map(|what| format!("The {what} came broken"))
            .into()
    }

    #[test]
    fn a_disclaimer_in_every_text_goes_as_line_and_as_sentence() {
        for between in ["\n\n", ". "] {
            let texts: Vec<String> = said().iter().map(|said| format!("{said}{between}{DISCLAIMER}")).collect();
            for (old, new) in said().iter().zip(without(&texts)) {
                assert_eq!(new.trim_end_matches('.'), old);
            }
        }
    }

    #[test]
    fn a_repeated_document_and_one_of_boilerplate_alone_stay() {
        let mut texts: Vec<String> = vec![DISCLAIMER.to_owned(); 20];
        texts.extend(said());
        assert_eq!(without(&texts), texts);
        let mut texts: Vec<String> = said().iter().map(|said| format!("{said}\n{DISCLAIMER}")).collect();
        texts.push(DISCLAIMER.to_owned());
        assert_eq!(without(&texts)[8], DISCLAIMER);
    }

    #[test]
    fn short_lines_that_say_what_a_document_is_about_stay() {
        let about = |n: usize| if n.is_multiple_of(3) { "Category: billing" } else { "Category: shipping" };
        let texts: Vec<String> = (0..30).map(|n| format!("{}\nText number {}", about(n), "x".repeat(n))).collect();
        assert_eq!(without(&texts)[0], texts[0]);
    }
}
