//! Text that repeats across documents: the same disclaimer, footer or header in many of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use rayon::prelude::*;

use super::frame::sentences;
use super::piece::{LEAST, LONG, is_shape, line_key, sentence_key, shape_key};
use super::standing::{NEARLY_ALL, boilerplate};
use crate::text::sentence_indices;

/// Share of the different texts that must hold a piece for anybody to look where it stands: a long one, and a short line.
const SHARE: (f64, f64) = (0.1, 0.5);
/// Characters of the shortest line that is looked at.
const SHORT: usize = 8;
/// Letters that must be left of a text.
pub(super) const LEFT: usize = 8;
/// So many texts show which shapes of sentences may be in nearly all, and the share of them that shows it.
const SAMPLE: (usize, f64) = (256, 0.6);

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
        let shapes = usual_shapes(&different);
        let mut counts: HashMap<String, usize> = HashMap::new();
        for part in different.chunks(4096) {
            let held: Vec<HashSet<String>> = part.par_iter().map(|text| keys(text, &shapes)).collect();
            held.into_iter().flatten().for_each(|key| *counts.entry(key).or_default() += 1);
        }
        let least = |key: &str| {
            let share = match key {
                shape if is_shape(shape) => NEARLY_ALL,
                long if long.chars().count() >= LONG => SHARE.0,
                _ => SHARE.1,
            };
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

    /// The spelling of a sentence that repeats.
    fn piece(&self, sentence: &str) -> Option<&String> {
        let find = |key: Option<String>| self.0.get(&key?);
        find(sentence_key(sentence)).or_else(|| find(shape_key(sentence)))
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
                match self.piece(sentence.text) {
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

/// Shapes of sentences that may be in nearly all of some different texts, as some of these show.
fn usual_shapes(different: &[&str]) -> HashSet<String> {
    let sample: Vec<&str> = different.iter().step_by(different.len().div_ceil(SAMPLE.0).max(1)).copied().collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for text in &sample {
        let sentences = text.lines().flat_map(sentence_indices);
        let shapes: HashSet<String> = sentences.filter_map(|(_, sentence)| shape_key(sentence)).collect();
        shapes.into_iter().for_each(|shape| *counts.entry(shape).or_default() += 1);
    }
    counts.retain(|_, count| *count as f64 >= SAMPLE.1 * sample.len() as f64);
    counts.into_keys().collect()
}

/// The pieces of a text, each once: lines of a text of several, long sentences, and those of some shapes.
fn keys(text: &str, shapes: &HashSet<String>) -> HashSet<String> {
    let is_one_line = !text.trim().contains('\n');
    let mut keys = HashSet::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let key = line_key(line);
        if !is_one_line && key.chars().count() >= SHORT {
            keys.insert(key);
        }
        for (_, sentence) in sentence_indices(line) {
            keys.extend(sentence_key(sentence));
            if !shapes.is_empty() {
                keys.extend(shape_key(sentence).filter(|shape| shapes.contains(shape)));
            }
        }
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
    fn an_entry_of_a_form_at_the_end_of_nearly_all_lines_goes() {
        let texts: Vec<String> = said().iter().map(|said| format!("{said} again. Action: closed.")).collect();
        for (old, new) in said().iter().zip(without(&texts)) {
            assert_eq!(new, format!("{old} again."));
        }
        let half: Vec<String> = said()
            .iter()
            .enumerate()
            .map(|(n, said)| if n < 5 { format!("{said} again. Cause: wifi.") } else { said.clone() })
            .collect();
        assert_eq!(without(&half), half, "what many name may be what they say");
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
    fn sentences_that_differ_in_their_numbers_alone_go_where_nearly_all_texts_have_them() {
        let call = |(n, said): (usize, &String)| {
            format!("Inbound call 0{n}/03/2025 1{n}:00 dur {}:20. {said}. Ref 48{n}71", 7 + n)
        };
        let texts: Vec<String> = said().iter().enumerate().map(call).collect();
        let left: Vec<String> =
            without(&texts).iter().map(|text| text.trim().trim_end_matches('.').to_owned()).collect();
        assert_eq!(left, said());
        let form =
            |(n, said): (usize, &String)| format!("{said}\n\nSent from https://shop.example/c?sid={n}a on {n}.3.2025");
        let texts: Vec<String> = said().iter().enumerate().map(form).collect();
        assert_eq!(without(&texts), said());
    }

    #[test]
    fn a_frequent_complaint_with_a_number_in_it_stays() {
        // Most of the texts say no more than that, or somebody speaks for himself.
        let texts: Vec<String> = (0..20).map(|n| format!("Order {n} did not arrive.")).collect();
        assert_eq!(without(&texts), texts);
        let also = |n: usize| said()[n % 8].clone();
        let texts: Vec<String> = (0..20).map(|n| format!("I waited {n} days. {}", also(n))).collect();
        assert_eq!(without(&texts), texts);
        let texts: Vec<String> =
            (0..20)
                .map(|n| {
                    if n % 3 > 0 {
                        format!("Order {n} did not arrive. {}", also(n))
                    } else {
                        format!("{} {n}", also(n))
                    }
                })
                .collect();
        assert_eq!(without(&texts), texts);
    }

    #[test]
    fn a_letter_that_nearly_all_sign_word_for_word_stays() {
        let letter = "Dear Council, I am writing to object to the closing of the pool, which hundreds of children use.";
        let sign = |(n, said): (usize, &String)| if n == 0 { format!("{said}!") } else { format!("{letter} {said}.") };
        let texts: Vec<String> = said().iter().enumerate().map(sign).collect();
        assert_eq!(without(&texts), texts);
    }

    #[test]
    fn a_line_that_all_texts_have_goes_whoever_speaks_of_himself_in_it() {
        let greeting = "[09:14:02] Paula: Good morning, you are talking to Paula, what can I do for you today?";
        let chat = |(n, said): (usize, &String)| format!("{greeting}\n[09:15:4{n}] Guest: {said} yesterday");
        let texts: Vec<String> = said().iter().enumerate().map(chat).collect();
        for (old, new) in said().iter().zip(without(&texts)) {
            assert!(!new.contains("Paula") && new.contains(old.as_str()), "{new}");
        }
    }

    #[test]
    fn short_lines_that_say_what_a_document_is_about_stay() {
        let about = |n: usize| if n.is_multiple_of(3) { "Category: billing" } else { "Category: shipping" };
        let texts: Vec<String> = (0..30).map(|n| format!("{}\nText number {}", about(n), "x".repeat(n))).collect();
        assert_eq!(without(&texts)[0], texts[0]);
    }
}
