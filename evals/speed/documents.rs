//! Documents made on the spot: what package registries say of packages, from a small grammar.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use colligate::seed::generator;

/// What packages are about: a subject, and things of that subject.
const SUBJECTS: [(&str, [&str; 8]); 16] = [
    ("http", ["client", "server", "router", "proxy", "cookie jar", "header parser", "load balancer", "middleware"]),
    (
        "database",
        ["driver", "connection pool", "query builder", "migration tool", "schema", "replica", "index", "cursor"],
    ),
    ("terminal", ["progress bar", "prompt", "colour palette", "table", "pager", "spinner", "menu", "key binding"]),
    ("compiler", ["lexer", "syntax tree", "type checker", "optimiser", "linker", "macro", "intermediate code", "pass"]),
    ("image", ["decoder", "thumbnail", "histogram", "colour space", "filter", "canvas", "sprite", "pixel buffer"]),
    ("audio", ["mixer", "synthesiser", "sample rate", "codec", "metronome", "waveform", "equaliser", "playlist"]),
    (
        "encryption",
        ["cipher", "key exchange", "certificate", "signature", "hash", "keyring", "nonce", "password vault"],
    ),
    ("logging", ["appender", "log level", "rotation", "trace", "span", "structured record", "sink", "formatter"]),
    ("testing", ["fixture", "mock", "snapshot", "assertion", "coverage report", "fuzzer", "benchmark", "test runner"]),
    (
        "embedded",
        ["sensor", "serial port", "interrupt", "bootloader", "timer", "display driver", "bus", "firmware image"],
    ),
    (
        "game",
        ["entity system", "collision", "tile map", "physics engine", "camera", "score board", "input map", "scene"],
    ),
    (
        "statistics",
        ["regression", "sampler", "distribution", "time series", "outlier", "matrix", "confidence", "estimator"],
    ),
    (
        "language",
        ["tokenizer", "stemmer", "dictionary", "spell checker", "translation", "grammar", "corpus", "transcript"],
    ),
    ("cloud", ["bucket", "deployment", "secret store", "queue", "autoscaler", "container", "billing report", "region"]),
    (
        "document",
        [
            "markdown renderer",
            "table of contents",
            "footnote",
            "template",
            "spreadsheet",
            "pdf writer",
            "citation",
            "outline",
        ],
    ),
    ("calendar", ["time zone", "holiday", "recurrence", "reminder", "duration", "clock", "schedule", "invitation"]),
];
const QUALITIES: [&str; 12] = [
    "small",
    "fast",
    "simple",
    "type-safe",
    "async",
    "zero-copy",
    "minimal",
    "portable",
    "lightweight",
    "extensible",
    "strict",
    "modern",
];
const FORMS: [&str; 8] =
    ["library", "toolkit", "wrapper", "command-line tool", "framework", "plugin", "bindings", "helpers"];
const FEATURES: [&str; 14] = [
    "no dependencies",
    "sensible defaults",
    "streaming",
    "retries",
    "caching",
    "good error messages",
    "a builder",
    "plain configuration files",
    "unicode support",
    "parallel execution",
    "cancellation",
    "compression",
    "a stable format",
    "examples",
];
const OPENINGS: [&str; 6] = ["A", "Yet another", "An opinionated and", "Unofficial", "The missing", "Experimental"];
const SYLLABLES: [&str; 16] =
    ["ba", "ko", "ri", "ten", "lu", "vex", "mo", "dra", "si", "qua", "pel", "nor", "zi", "fa", "gro", "umi"];

/// A registry's packages, one after the other, each different.
pub struct Packages {
    random: ChaCha8Rng,
}

impl Packages {
    /// The same ones for the same seed.
    pub fn new(seed: u64) -> Packages {
        Packages { random: generator(seed, "packages", &[]) }
    }

    /// The next one's subject and its summary: a sentence mostly, sometimes a paragraph.
    pub fn next(&mut self) -> (&'static str, String) {
        // Small numbers are more likely: some subjects have many packages, and most have few.
        let subject = (SUBJECTS.len() as f64 * self.random.random::<f64>().powi(2)) as usize;
        let mut text = self.first(subject);
        let more = [0, 0, 0, 0, 0, 1, 1, 2, 3, 5][self.random.random_range(0..10)];
        (0..more).for_each(|_| text += &self.further(subject));
        (SUBJECTS[subject].0, text)
    }

    fn first(&mut self, subject: usize) -> String {
        let (name, thing) = (SUBJECTS[subject].0, self.thing(subject));
        let [opening, quality] = [self.pick(&OPENINGS), self.pick(&QUALITIES)];
        let [form, feature, own] = [self.pick(&FORMS).to_owned(), self.pick(&FEATURES).to_owned(), self.name()];
        match self.random.random_range(0..4) {
            0 => format!("{opening} {quality} {name} {thing} with {feature}"),
            1 => format!("{own}: {quality} {thing} {form} for {name} projects"),
            2 => format!("{opening} {form} to add a {thing} to {own} {name} applications, with {feature}"),
            _ => format!("{quality} {name} {form} ({thing}, {feature}) used by {own}"),
        }
    }

    fn further(&mut self, subject: usize) -> String {
        let [thing, other] = [self.thing(subject), self.thing(subject)];
        let [feature, quality] = [self.pick(&FEATURES), self.pick(&QUALITIES)];
        match self.random.random_range(0..3) {
            0 => format!(". It turns every {thing} into a {quality} {other}"),
            1 => format!(". Supports {feature} and a {quality} {thing}, see {} for the {other}", self.name()),
            _ => format!(
                ". If your {thing} breaks, replace the {other}: {feature} comes with version {}",
                self.random.random_range(0..40)
            ),
        }
    }

    fn thing(&mut self, subject: usize) -> &'static str {
        self.pick(&SUBJECTS[subject].1)
    }

    /// An invented name: in a registry every package has one, so that most words are rare.
    fn name(&mut self) -> String {
        (0..self.random.random_range(2..5)).map(|_| self.pick(&SYLLABLES)).collect()
    }

    fn pick(&mut self, among: &[&'static str]) -> &'static str {
        among[self.random.random_range(0..among.len())]
    }
}

/// For each subject, what is said of its packages.
pub fn descriptions() -> BTreeMap<&'static str, String> {
    SUBJECTS
        .iter()
        .map(|(name, things)| (*name, format!("is about {name} packages, such as a {}", things[0])))
        .collect()
}

/// A script by which a mock knows the subjects.
pub fn script() -> String {
    let group = |(name, _): &(&str, [&str; 8])| {
        format!(
            "[[group]]\nlabel = \"{name}\"\npredicate = \"In this summary, the package is about {name}\"\nwords = [\"{name}\"]\n\n"
        )
    };
    SUBJECTS.iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn summaries_vary_in_words_and_length_and_are_the_same_for_one_seed() {
        let take = |seed: u64| {
            let mut packages = Packages::new(seed);
            (0..2_000).map(|_| packages.next().1).collect::<Vec<_>>()
        };
        let summaries = take(1);
        assert!(summaries.iter().collect::<BTreeSet<_>>().len() > 1_990);
        let mut lengths: Vec<usize> = summaries.iter().map(String::len).collect();
        lengths.sort_unstable();
        assert!(lengths[1_000] > 30 && lengths[1_000] < 150 && lengths[1_950] > 200, "{lengths:?}");
        assert_eq!(summaries, take(1));
        assert_ne!(summaries, take(2));
    }
}
