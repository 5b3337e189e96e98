//! Long runs of words that nearly all texts share, wherever a sentence or a line ends: of mails that were flattened to one
//! line, the address and the disclaimer stand between words of somebody's own.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use rayon::prelude::*;

use super::frame;
use super::piece::{LEAST, push_shape, shape, shown_shape};
use super::repeated::LEFT;
use super::standing::{ALONE, AS_FREQUENT, NEARLY_ALL, is_of_a_footer, says_i};

/// Words of the shortest run.
const LENGTH: usize = 8;
/// So many texts show which runs may be shared, and the share of them that must hold one.
const SAMPLE: (usize, f64) = (256, 0.06);
/// Share of the different texts that hold a run that speaks as disclaimers do, at least.
const OF_FOOTERS: f64 = 0.1;

/// The shared runs of words, by the shapes of eight words.
#[derive(Default)]
pub(super) struct Runs {
    /// Those that nearly all texts hold.
    usual: HashSet<u64>,
    /// Those that a tenth of the texts holds, with their number: they go where they end a text and speak as disclaimers do.
    frequent: HashMap<u64, usize>,
}

impl Runs {
    /// Counted over the different texts, whatever their order.
    pub(super) fn of(texts: &[&str]) -> Runs {
        let mut different: Vec<&str> = texts.to_vec();
        different.par_sort_unstable();
        different.dedup();
        let candidates = candidates(&different);
        if candidates.is_empty() {
            return Runs::default();
        }
        let held = |text: &&str| -> Vec<u64> {
            let found: HashSet<u64> = Words::of(text).runs.into_iter().filter(|run| candidates.contains(run)).collect();
            found.into_iter().collect()
        };
        let mut counts: HashMap<u64, usize> = HashMap::new();
        for part in different.chunks(4096) {
            let found: Vec<Vec<u64>> = part.par_iter().map(held).collect();
            found.into_iter().flatten().for_each(|run| *counts.entry(run).or_default() += 1);
        }
        let least = |share: f64| LEAST.max((share * different.len() as f64).ceil() as usize);
        counts.retain(|_, count| *count >= least(OF_FOOTERS));
        let usual = counts.iter().filter(|(_, count)| **count >= least(NEARLY_ALL)).map(|(run, _)| *run).collect();
        let runs = Runs { usual, frequent: counts };
        if runs.are_what_is_said(&different) { Runs::default() } else { runs }
    }

    /// Whether nothing is shared.
    pub(super) fn is_empty(&self) -> bool {
        self.frequent.is_empty()
    }

    /// Whether too many of the texts that hold a run say nothing else: then it is a frequent complaint.
    fn are_what_is_said(&self, texts: &[&str]) -> bool {
        let alone = |text: &&str| {
            let words = Words::of(text);
            let spans = self.spans(text, &words);
            (usize::from(!spans.is_empty()), usize::from(!spans.is_empty() && !says_something(&rest(text, &spans))))
        };
        let sum = |one: (usize, usize), other: (usize, usize)| (one.0 + other.0, one.1 + other.1);
        let (holding, alone) = texts.par_iter().map(alone).reduce(|| (0, 0), sum);
        alone as f64 > ALONE * holding as f64
    }

    /// The text without its shared runs, and these as they are named; the text itself where it says nothing else.
    pub(super) fn without<'t>(&self, text: &'t str) -> (Cow<'t, str>, HashSet<String>) {
        let spans = self.spans(text, &Words::of(text));
        let rest = rest(text, &spans);
        if spans.is_empty() || !says_something(&rest) {
            return (Cow::Borrowed(text), HashSet::new());
        }
        (Cow::Owned(rest), spans.into_iter().map(|span| shown_shape(&text[span])).collect())
    }

    /// Where the shared runs of a text stand, in bytes.
    fn spans(&self, text: &str, words: &Words) -> Vec<Range<usize>> {
        let mut spans = words.covered(|run| self.usual.contains(&run));
        spans.retain(|span| !says_i(&text[span.clone()].to_lowercase()));
        let own = |range: Range<usize>| words.places.iter().filter(|place| range.contains(&place.start)).count();
        let outside = |range: Range<usize>| {
            let within: usize =
                spans.iter().filter(|span| range.contains(&span.start)).map(|span| own(span.clone())).sum();
            own(range) - within
        };
        let is_footer = |span: &Range<usize>| {
            let said = text[span.clone()].to_lowercase();
            let stands_apart = outside(0..span.start) == 0 || outside(span.end..text.len()) == 0;
            stands_apart && is_of_a_footer(&said) && !says_i(&said)
        };
        // What runs over from words that nearly all texts share begins behind these.
        let own_part = |span: Range<usize>| {
            let before = spans.iter().filter(|other| other.start <= span.start && span.start < other.end);
            let after = spans.iter().filter(|other| span.start < other.start && other.start < span.end);
            let start = before.map(|other| other.end).max().unwrap_or(span.start);
            start..after.map(|other| other.start).min().unwrap_or(span.end).max(start)
        };
        let footers: Vec<Range<usize>> = self.footers(words).into_iter().map(own_part).filter(is_footer).collect();
        spans.extend(footers);
        spans.sort_by_key(|span| span.start);
        spans
    }

    /// The stretches of frequent runs, without words at their ends that fewer texts have there: these are somebody's own.
    fn footers(&self, words: &Words) -> Vec<Range<usize>> {
        let is_usual = |run: u64| self.usual.contains(&run);
        let count = |run: u64| self.frequent.get(&run).copied().filter(|_| !is_usual(run)).unwrap_or(0);
        let whole = words.covered(|run| count(run) > 0);
        let as_frequent = |span: Range<usize>| {
            let within = |place: usize| span.contains(&words.places[place].start);
            let most =
                words.runs.iter().enumerate().filter(|(place, _)| within(*place)).map(|(_, run)| count(*run)).max();
            let least = (AS_FREQUENT * most.unwrap_or(0) as f64) as usize;
            let frequent = words.covered(|run| count(run) >= least.max(1));
            frequent.into_iter().filter(move |part| span.start <= part.start && part.end <= span.end)
        };
        whole.into_iter().flat_map(as_frequent).collect()
    }
}

/// The words of a text, and the runs that begin with each.
struct Words {
    places: Vec<Range<usize>>,
    runs: Vec<u64>,
}

impl Words {
    fn of(text: &str) -> Words {
        let (mut places, mut hashes, mut folded) = (Vec::new(), Vec::new(), String::new());
        for word in text.split_whitespace() {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            folded.clear();
            push_shape(&mut folded, word);
            places.push(start..start + word.len());
            hashes.push(hash(&folded));
        }
        let runs = hashes.windows(LENGTH).map(|run| hash(&run)).collect();
        Words { places, runs }
    }

    /// The longest stretches of words in which every run is one of those wanted.
    fn covered(&self, is_one: impl Fn(u64) -> bool) -> Vec<Range<usize>> {
        let mut spans: Vec<Range<usize>> = Vec::new();
        let known = self.runs.iter().enumerate().filter(|(_, run)| is_one(**run));
        for (place, _) in known {
            let span = self.places[place].start..self.places[place + LENGTH - 1].end;
            match spans.last_mut() {
                Some(last) if last.end >= span.start => last.end = span.end,
                _ => spans.push(span),
            }
        }
        spans
    }
}

/// Runs that enough of a sample of different texts hold.
fn candidates(different: &[&str]) -> HashSet<u64> {
    let sample: Vec<&str> = different.iter().step_by(different.len().div_ceil(SAMPLE.0).max(1)).copied().collect();
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for text in &sample {
        let runs: HashSet<u64> = Words::of(text).runs.into_iter().collect();
        runs.into_iter().for_each(|run| *counts.entry(run).or_default() += 1);
    }
    let least = SAMPLE.1 * sample.len() as f64;
    counts.retain(|_, count| *count > 1 && *count as f64 >= least);
    counts.into_keys().collect()
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A text without some of its stretches.
fn rest(text: &str, spans: &[Range<usize>]) -> String {
    let (mut rest, mut place) = (String::with_capacity(text.len()), 0);
    for span in spans {
        rest.push_str(text[place..span.start].trim_end_matches(' '));
        rest.push(' ');
        place = span.end;
    }
    rest.push_str(text[place..].trim_start_matches(' '));
    rest.trim().to_owned()
}

fn says_something(text: &str) -> bool {
    shape(text).chars().filter(|c| c.is_alphabetic()).count() >= LEFT && frame::says_something(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(texts: &[String]) -> Vec<String> {
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        let runs = Runs::of(&borrowed);
        borrowed.iter().map(|text| runs.without(text).0.into_owned()).collect()
    }

    fn said() -> Vec<String> {
        let said = [
            "The parcel came broken",
            "Nobody wants the old brake",
            "The saddle is too hard",
            "An invoice is missing",
            "Where is my refund?",
            "A wheel fell off at once",
            "The light flickers in the rain",
            "Somebody picked the lock",
        ];
        said.map(str::to_owned).into()
    }

    const DISCLAIMER: &str = "This e-mail is confidential and intended solely for the addressee";

    #[test]
    fn an_address_and_a_disclaimer_without_a_full_stop_before_them_go() {
        let flat = |(n, said): (usize, &String)| {
            format!("{said} Acme GmbH | Hauptstr. 1 | 10115 Berlin | Tel +49 30 1234{n} {DISCLAIMER}")
        };
        let texts: Vec<String> = said().iter().enumerate().map(flat).collect();
        assert_eq!(without(&texts), said());
    }

    #[test]
    fn a_disclaimer_at_the_end_goes_where_some_mails_have_one() {
        let flat = |n: usize| {
            let said = format!("{} {}", said()[n % 8], "x".repeat(n + 1));
            if n.is_multiple_of(3) { format!("{said} {DISCLAIMER}") } else { said }
        };
        let texts: Vec<String> = (0..24).map(flat).collect();
        let expected = |n: usize| format!("{} {}", said()[n % 8], "x".repeat(n + 1));
        assert_eq!(without(&texts), (0..24).map(expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_disclaimer_of_some_behind_an_address_of_all_goes() {
        let flat = |n: usize| {
            let foot = if n.is_multiple_of(2) { DISCLAIMER } else { "" };
            format!(
                "{} {} Acme GmbH | Hauptstr. 1 | 10115 Berlin | Tel +49 30 1234{n} {foot}",
                said()[n % 8],
                "x".repeat(n + 1)
            )
        };
        let texts: Vec<String> = (0..24).map(flat).collect();
        let expected = |n: usize| format!("{} {}", said()[n % 8], "x".repeat(n + 1));
        assert_eq!(without(&texts), (0..24).map(expected).collect::<Vec<_>>());
    }

    #[test]
    fn a_long_complaint_that_is_all_or_half_of_what_is_said_stays() {
        let complaint = "the app closes itself as soon as the start screen has been shown";
        let texts: Vec<String> = (0..20).map(|n| format!("{complaint} {n}")).collect();
        assert_eq!(without(&texts), texts);
        let half = |n: usize| {
            if n.is_multiple_of(2) {
                format!("{} {complaint} {n}", said()[n % 8])
            } else {
                format!("{} {n}", said()[n % 8])
            }
        };
        let texts: Vec<String> = (0..20).map(half).collect();
        assert_eq!(without(&texts), texts);
        let mine = "I have been waiting for my money for more than two weeks now";
        let texts: Vec<String> = (0..20).map(|n| format!("{} {mine} {n}", said()[n % 8])).collect();
        assert_eq!(without(&texts), texts);
    }
}
