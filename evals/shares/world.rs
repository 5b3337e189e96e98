//! A made-up corpus whose classes are seen in the vectors only, and a model that knows them and errs as often as it is told to.

use std::collections::HashMap;

use anyhow::Context;
use colligate::corpus::{Corpus, ReadOptions, Source, read};
use colligate::embed::{Embedded, Embedder, Identity};
use colligate::error::Error;
use colligate::model::{Answer, Answerer, Call, LegalAnswer, Question, Recorded, letter, parse, place};
use colligate::observer::Observer;
use colligate::seed::{generator, sha256_hex};
use colligate::vectors::Embeddings;
use rand::RngExt;

/// Likeliest first tokens with their natural log-probabilities.
type LogProbabilities = Vec<(String, f64)>;

/// What the classes are called.
const LABELS: [&str; 8] = ["zorg", "blint", "quave", "frim", "toldo", "wexel", "yarn", "hulk"];
/// Words of a document.
const WORDS: usize = 9;
/// Words that there are.
const VOCABULARY: u64 = 3_000;
/// Dimensions of a vector.
const DIMENSIONS: usize = 32;
/// Standard deviation of each of its numbers around its class.
const DEVIATION: f64 = 0.3;
/// Probability that a model that gives probabilities gives its choice; each other option has [`OTHERS`].
const CHOSEN: f64 = 0.9;
/// See [`CHOSEN`].
const OTHERS: f64 = 0.02;

/// One corpus, its embedder and its model.
pub struct World {
    pub corpus: Corpus,
    /// Number of classes.
    pub classes: usize,
    of: HashMap<String, usize>,
    /// How far the means of the classes lie from the origin, each on an axis of its own.
    separation: f64,
    /// Share of wrong answers.
    noise: f64,
    identity: Identity,
}

impl World {
    /// Makes one of `documents` documents; `number` and `seed` say which.
    pub fn make(
        documents: usize,
        classes: usize,
        separation: f64,
        noise: f64,
        number: u64,
        seed: u64,
    ) -> anyhow::Result<World> {
        let mut random = generator(seed, "corpus", &[number, documents as u64, classes as u64]);
        // The sum of two exponential numbers is of the gamma distribution with shape 2: shares that differ, none of them tiny.
        let mut heavy = || -random.random::<f64>().max(1e-12).ln() - random.random::<f64>().max(1e-12).ln();
        let weights: Vec<f64> = (0..classes).map(|_| heavy()).collect();
        let mut of = HashMap::new();
        let mut lines = String::new();
        for document in 0..documents {
            let class = chosen(&weights, random.random());
            let words: Vec<String> = (0..WORDS).map(|_| word(random.random_range(0..VOCABULARY))).collect();
            let text = format!("{} {number} {document}.", words.join(" "));
            lines.push_str(&format!("{}\n", serde_json::json!({ "id": format!("d{document:05}"), "text": text })));
            of.insert(text, class);
        }
        let file = tempfile::NamedTempFile::with_suffix(".jsonl").context("a temporary file")?;
        std::fs::write(file.path(), lines)?;
        let corpus = read(&Source::File(file.path().to_owned()), &ReadOptions::default())?;
        let identity = Identity {
            name: "made-up".into(),
            dimensions: DIMENSIONS,
            sha256: String::new(),
            window: 0,
            english_only: false,
        };
        Ok(World { corpus, classes, of, separation, noise, identity })
    }

    /// The class of a distinct text.
    pub fn class(&self, text: usize) -> usize {
        self.of[self.corpus.text(text)]
    }

    /// The class that a label of the model stands for.
    pub fn labelled(&self, label: &str) -> Option<usize> {
        LABELS[..self.classes].iter().position(|own| *own == label)
    }

    /// What share of the corpus each class has.
    pub fn shares(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.classes];
        self.corpus.documents.iter().for_each(|document| shares[self.of[&document.text]] += 1.0);
        shares.iter().map(|count| count / self.corpus.documents.len() as f64).collect()
    }

    /// The class that the model takes a document for: another one than its own as often as the noise says.
    fn believed(&self, document: &str, salt: &str) -> Option<usize> {
        let class = *self.of.get(document)?;
        let (errs, which) = (number(&[salt, document, "errs"]), number(&[salt, document, "which"]));
        let other = (which * (self.classes - 1) as f64) as usize;
        Some(if errs < self.noise { other + usize::from(other >= class) } else { class })
    }

    fn vector(&self, text: &str) -> Vec<f32> {
        let hash = sha256_hex(text);
        let mut random = generator(u64::from_str_radix(&hash[..15], 16).unwrap_or(0), "vector", &[]);
        let mut normal = || {
            let (length, angle): (f64, f64) = (random.random(), random.random());
            (-2.0 * length.max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
        };
        let mut vector: Vec<f64> = (0..DIMENSIONS).map(|_| DEVIATION * normal()).collect();
        if let Some(class) = self.of.get(text) {
            vector[*class] += self.separation;
        }
        let length = vector.iter().map(|value| value * value).sum::<f64>().sqrt();
        vector.iter().map(|value| (value / length) as f32).collect()
    }

    fn reply(&self, question: &Question) -> Option<(String, Option<LogProbabilities>)> {
        let content = &question.messages.last()?.content;
        let shown = documents(content);
        // A second asking in other words errs on its own.
        let salt = if question.prompt.contains("again") { "again" } else { "first" };
        let options = |line: &str| line.split_once(". ").filter(|(mark, _)| is_mark(mark)).map(|(_, said)| meant(said));
        let options: Vec<Vec<usize>> = content.rsplit_once("</document>")?.1.lines().filter_map(options).collect();
        let listed = |document: &str, salt: &str| {
            let class = self.believed(document, salt)?;
            options.iter().position(|meant| meant.contains(&class))
        };
        match &question.legal {
            LegalAnswer::Items { fields, .. } => Some((self.items(content, fields, &shown), None)),
            LegalAnswer::YesNo => {
                let statement = content.lines().find_map(|line| line.strip_prefix("Statement: "))?;
                let holds =
                    self.believed(shown.first()?, "pair").is_some_and(|class| meant(statement).contains(&class));
                Some((if holds { "Yes" } else { "No" }.to_owned(), None))
            }
            LegalAnswer::Choice { .. } => {
                let groups: Vec<usize> = listed(shown.first()?, salt).map(|place| place + 1).into_iter().collect();
                Some((serde_json::json!({ "groups": groups }).to_string(), None))
            }
            LegalAnswer::Letter { count } => {
                let said = listed(shown.first()?, salt).unwrap_or(*count);
                let probability = |option| if option == said { CHOSEN } else { OTHERS };
                let logprobs = (0..=*count).map(|option| (letter(option).to_string(), f64::ln(probability(option))));
                Some((letter(said).to_string(), Some(logprobs.collect())))
            }
            LegalAnswer::Choices { .. } => {
                let item = |(index, document): (usize, &&str)| {
                    let groups: Vec<usize> = listed(document, salt).map(|place| place + 1).into_iter().collect();
                    serde_json::json!({ "number": index + 1, "groups": groups })
                };
                let items: Vec<_> = shown.iter().enumerate().map(item).collect();
                Some((serde_json::json!({ "documents": items }).to_string(), None))
            }
            // These worlds are asked as a chat model is.
            LegalAnswer::Decision { .. } => None,
        }
    }

    /// Labels of groups, or of the one group that is shown.
    fn items(&self, content: &str, fields: &[String], shown: &[&str]) -> String {
        if fields.iter().any(|field| field == "keep") {
            return serde_json::json!({ "items": [] }).to_string();
        }
        let item = |class: usize| {
            let all = [("label", LABELS[class].to_owned()), ("predicate", predicate(class))];
            let wanted = all.into_iter().filter(|(name, _)| fields.iter().any(|field| field == name));
            serde_json::Value::Object(wanted.map(|(name, value)| (name.to_owned(), value.into())).collect())
        };
        let items: Vec<_> = match content.contains("Some documents of one group") {
            true => vec![item(self.most(shown))],
            false => {
                let known: Vec<&str> = content.lines().filter_map(|line| line.strip_prefix("- ")).collect();
                (0..self.classes).filter(|&class| !known.contains(&LABELS[class])).map(item).collect()
            }
        };
        serde_json::json!({ "items": items }).to_string()
    }

    /// The class of most of the documents shown.
    fn most(&self, shown: &[&str]) -> usize {
        let mut counts = vec![0; self.classes];
        shown.iter().filter_map(|document| self.of.get(*document)).for_each(|&class| counts[class] += 1);
        (0..self.classes).max_by_key(|&class| (counts[class], usize::MAX - class)).unwrap_or(0)
    }
}

impl Answerer for World {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let answer = |question: &Question| {
            let (content, logprobs) = self.reply(question).unwrap_or_default();
            let call = Call {
                key: String::new(),
                stage: question.stage.name().into(),
                prompt: question.prompt.clone(),
                request: None,
                reply: Recorded::Completion { content, logprobs },
                finish_reason: Some("stop".into()),
                usage: None,
                milliseconds: 0,
                settles: None,
            };
            parse(&call, &question.legal)
        };
        Ok(questions.iter().map(answer).collect())
    }
}

impl Embedder for World {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn embed(&self, texts: &[&str], _: &dyn Observer) -> Result<Embedded, Error> {
        let values = texts.iter().flat_map(|text| self.vector(text)).collect();
        Ok(Embedded { embeddings: Embeddings::new(values, DIMENSIONS), truncated: vec![false; texts.len()] })
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        Ok(vec![false; texts.len()])
    }
}

/// Whether a line begins as an entry of a list does: with a number or a letter.
fn is_mark(mark: &str) -> bool {
    mark.parse::<usize>().is_ok() || place(mark).is_some()
}

fn predicate(class: usize) -> String {
    format!("In this document, the writer speaks of {}", LABELS[class])
}

/// The classes that an option stands for; a joined one stands for several.
fn meant(option: &str) -> Vec<usize> {
    (0..LABELS.len()).filter(|&class| option.contains(LABELS[class])).collect()
}

/// The documents in a rendered question, in order.
fn documents(content: &str) -> Vec<&str> {
    let parts = content.split("<document>\n").skip(1);
    parts.filter_map(|part| part.split_once("\n</document>")).map(|(document, _)| document).collect()
}

/// The index at which the sum of the weights passes a share of the whole.
fn chosen(weights: &[f64], share: f64) -> usize {
    let mut left = share * weights.iter().sum::<f64>();
    let passed = weights.iter().position(|weight| {
        left -= weight;
        left < 0.0
    });
    passed.unwrap_or(weights.len() - 1)
}

/// A word of six letters.
fn word(number: u64) -> String {
    let mut random = generator(number, "word", &[]);
    (0..6).map(|_| char::from(b"aeioulnrst"[random.random_range(0..10_usize)])).collect()
}

/// A number from 0 to 1 that depends on the parts only.
fn number(parts: &[&str]) -> f64 {
    let hash = sha256_hex(parts.join("\n"));
    u64::from_str_radix(&hash[..13], 16).map_or(0.0, |number| number as f64 / (1_u64 << 52) as f64)
}
