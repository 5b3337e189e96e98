//! Answers from gold labels. It reads the rendered questions as a model would, and replies in raw text.

use std::cell::{Ref, RefCell};
use std::collections::BTreeSet;

use colligate::codebook::{Codebook, Entry};
use colligate::error::Error;
use colligate::model::{Answer, Answerer, Call, LegalAnswer, Question, Recorded, letter, parse, place};
use colligate::seed::sha256_hex;
use colligate::vectors::{Embeddings, dot, normalise};

use super::concepts::{Concept, Fault, concepts};
use super::set::Set;
use super::shown::{Shown, Spent, documents};

/// Classes that a wrong answer of the kind `near` falls on.
const NEAREST: usize = 3;
/// Bytes of a token.
const TOKEN: f64 = 3.6;

/// The answerer.
pub struct Oracle<'a> {
    pub(super) set: &'a Set,
    fault: Fault,
    wrong: f64,
    seed: u64,
    shown: &'a Shown,
    /// For each class the others, the most alike first.
    near: Vec<Vec<usize>>,
    concepts: Vec<Concept>,
    spent: RefCell<Spent>,
}

impl<'a> Oracle<'a> {
    /// `embeddings` (one row a distinct text) say which classes are alike.
    pub fn new(
        set: &'a Set,
        shown: &'a Shown,
        embeddings: &Embeddings,
        (fault, wrong): (Fault, f64),
        seed: u64,
    ) -> Oracle<'a> {
        let near = near(set, embeddings);
        let concepts = concepts(set, fault, &near);
        Oracle { set, shown, fault, wrong, seed, near, concepts, spent: RefCell::default() }
    }

    /// All that it can name, to be given instead of proposed.
    pub fn codebook(&self) -> Codebook {
        let of = |concept: &Concept| Entry {
            label: concept.label.clone(),
            predicate: concept.predicate.clone(),
            examples: Vec::new(),
        };
        Codebook::of(self.concepts.iter().map(of).collect())
    }

    /// What was asked so far.
    pub fn spent(&self) -> Ref<'_, Spent> {
        self.spent.borrow()
    }

    fn reply(&self, question: &Question) -> Option<String> {
        let content = &question.messages.last()?.content;
        if let Some(reply) = self.guide(question.stage.name(), &documents(content), content) {
            return Some(reply);
        }
        match (&question.legal, content.contains("<document>")) {
            (LegalAnswer::Items { .. }, true) => Some(self.propose(content)),
            (LegalAnswer::Items { .. }, false) => Some(self.merge(content)),
            (LegalAnswer::Choice { .. }, _) => self.choose(content),
            (LegalAnswer::Letter { count }, _) => self.choose_letter(content, *count),
            (LegalAnswer::Choices { .. }, _) => self.choose_each(content),
            (LegalAnswer::YesNo, _) => self.judge(content),
            // The oracle speaks for a chat model.
            (LegalAnswer::Decision { .. }, _) => None,
        }
    }

    /// Names what the shown documents have in common, except what is known.
    fn propose(&self, content: &str) -> String {
        let shown: Vec<usize> = documents(content).into_iter().filter_map(|document| self.find(document)).collect();
        let known: BTreeSet<&str> = content.lines().filter_map(|line| line.strip_prefix("- ")).collect();
        let mut named: Vec<usize> = Vec::new();
        for &text in &shown {
            let class = self.set.class(text);
            let count = shown.iter().filter(|&&other| self.set.class(other) == class).count();
            let holding: Vec<usize> = (0..self.concepts.len()).filter(|&c| self.holds(c, text)).collect();
            let chosen = holding[(self.number(&[content, &class.to_string()]) * holding.len() as f64) as usize];
            let shy = self.fault == Fault::Shy && count < 2;
            if !shy && !known.contains(self.concepts[chosen].label.as_str()) && !named.contains(&chosen) {
                named.push(chosen);
            }
        }
        let item = |&concept: &usize| {
            let concept = &self.concepts[concept];
            serde_json::json!({ "predicate": concept.predicate, "label": concept.label })
        };
        serde_json::json!({ "items": named.iter().map(item).collect::<Vec<_>>() }).to_string()
    }

    /// Pairs of listed names that hold for the same documents.
    fn merge(&self, content: &str) -> String {
        let named = |line: &str| self.concepts.iter().find(|c| line.starts_with(&format!("- \"{}\": ", c.label)));
        let listed: Vec<&Concept> = content.lines().filter_map(named).collect();
        let mut items = Vec::new();
        for (place, drop) in listed.iter().enumerate() {
            if let Some(keep) = listed[..place].iter().find(|keep| keep.same(drop)) {
                items.push(serde_json::json!({ "keep": keep.label, "drop": drop.label }));
            }
        }
        serde_json::json!({ "items": items }).to_string()
    }

    /// The numbers of the listed sentences that hold.
    fn choose(&self, content: &str) -> Option<String> {
        let groups = self.chosen(content, documents(content).first()?)?;
        Some(serde_json::json!({ "groups": groups }).to_string())
    }

    /// The letter of the first listed sentence that holds, or that of none.
    fn choose_letter(&self, content: &str, count: usize) -> Option<String> {
        let groups = self.chosen(content, documents(content).first()?)?;
        Some(letter(groups.first().map_or(count, |number| number - 1)).to_string())
    }

    /// The same for each of several documents.
    fn choose_each(&self, content: &str) -> Option<String> {
        let item = |(place, shown): (usize, &str)| {
            Some(serde_json::json!({ "number": place + 1, "groups": self.chosen(content, shown)? }))
        };
        let items = documents(content).into_iter().enumerate().map(item).collect::<Option<Vec<_>>>()?;
        Some(serde_json::json!({ "documents": items }).to_string())
    }

    fn chosen(&self, content: &str, shown: &str) -> Option<Vec<usize>> {
        let text = self.find(shown)?;
        let after = content.rsplit_once("</document>")?.1;
        let options: Vec<Vec<usize>> = after.lines().filter_map(|line| self.option(line)).collect();
        let holds = |option: &usize| options[*option].iter().any(|&concept| self.holds(concept, text));
        let (right, others): (Vec<usize>, Vec<usize>) = (0..options.len()).partition(holds);
        let chosen = match self.errs(text, content) && !others.is_empty() {
            true => vec![self.wrong_option(text, content, &options, others)],
            false => right,
        };
        Some(chosen.iter().map(|option| option + 1).collect())
    }

    fn wrong_option(&self, text: usize, content: &str, options: &[Vec<usize>], mut others: Vec<usize>) -> usize {
        if self.fault == Fault::Near {
            let near = &self.near[self.set.class(text)];
            let rank = |option: &usize| {
                let is_of = |class: &usize| options[*option].iter().any(|&c| self.concepts[c].classes.contains(class));
                near.iter().position(is_of).unwrap_or(usize::MAX)
            };
            others.sort_by_key(rank);
            others.truncate(NEAREST);
        }
        others.sort_by(|&a, &b| options[a].cmp(&options[b]));
        others[(self.number(&["which", self.salt(content), self.set.corpus.text(text)]) * others.len() as f64) as usize]
    }

    /// Yes or No; a document that is judged wrongly is taken for one of another class throughout.
    fn judge(&self, content: &str) -> Option<String> {
        let text = self.find(documents(content).first()?)?;
        let statement = content.lines().find_map(|line| line.strip_prefix("Statement: "))?;
        let meant = self.meant(statement)?;
        let class = if self.errs(text, "") { self.other_class(text) } else { self.set.class(text) };
        let holds = meant.iter().any(|&concept| self.concepts[concept].holds(class, self.half(text)));
        Some(if holds { "Yes" } else { "No" }.to_owned())
    }

    fn other_class(&self, text: usize) -> usize {
        let near = &self.near[self.set.class(text)];
        let near = if self.fault == Fault::Near { &near[..NEAREST.min(near.len())] } else { near };
        near[(self.number(&["which", "", self.set.corpus.text(text)]) * near.len() as f64) as usize]
    }

    pub(super) fn errs(&self, text: usize, content: &str) -> bool {
        self.number(&["errs", self.salt(content), self.set.corpus.text(text)]) < self.wrong
    }

    /// What an error depends on beside the document: nothing where it is repeated.
    fn salt<'b>(&self, content: &'b str) -> &'b str {
        if self.fault == Fault::Repeated { "" } else { content }
    }

    fn holds(&self, concept: usize, text: usize) -> bool {
        self.concepts[concept].holds(self.set.class(text), self.half(text))
    }

    fn half(&self, text: usize) -> bool {
        sha256_hex(self.set.corpus.text(text)).as_bytes()[0].is_multiple_of(2)
    }

    /// A number from 0 to 1 that hangs on the parts and the seed.
    fn number(&self, parts: &[&str]) -> f64 {
        let hash = sha256_hex(format!("{}\n{}", self.seed, parts.join("\n")));
        u64::from_str_radix(&hash[..13], 16).map_or(0.0, |number| number as f64 / (1_u64 << 52) as f64)
    }

    pub(super) fn find(&self, shown: &str) -> Option<usize> {
        self.shown.find(shown)
    }

    /// The concepts of a numbered line.
    fn option(&self, line: &str) -> Option<Vec<usize>> {
        let (number, said) = line.split_once(". ")?;
        number.parse::<usize>().ok().or(place(number))?;
        self.meant(said)
    }

    /// The concepts that a sentence or a name stands for: one, or several that the program joined.
    fn meant(&self, said: &str) -> Option<Vec<usize>> {
        let is = |said: &str, concept: &Concept| {
            concept.label == said || concept.predicate.trim_end_matches('.') == said.trim_end_matches('.')
        };
        let any = |parts: &[&str]| -> Vec<usize> {
            (0..self.concepts.len()).filter(|&c| parts.iter().any(|part| is(part, &self.concepts[c]))).collect()
        };
        let ways = [vec![said], said.split("; or: ").collect(), said.split(" or ").collect()];
        ways.iter().map(|parts| any(parts)).find(|meant| !meant.is_empty())
    }
}

impl Answerer for Oracle<'_> {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let answer = |question: &Question| {
            let content = self.reply(question).unwrap_or_default();
            let mut spent = self.spent.borrow_mut();
            spent.asked += 1;
            spent.judged.extend(self.shown.judged(question));
            spent.tokens += question.estimated_prompt_tokens() + (content.len() as f64 / TOKEN).ceil() as u64;
            let call = Call {
                key: String::new(),
                stage: question.stage.name().into(),
                prompt: question.prompt.clone(),
                request: None,
                reply: Recorded::Completion { content, logprobs: None },
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

/// For each class the others by the cosine of their gold means.
fn near(set: &Set, embeddings: &Embeddings) -> Vec<Vec<usize>> {
    let mut means = vec![vec![0.0_f32; embeddings.dimensions()]; set.classes.len()];
    for text in 0..embeddings.len() {
        means[set.class(text)].iter_mut().zip(embeddings.row(text)).for_each(|(sum, value)| *sum += value);
    }
    means.iter_mut().for_each(|mean| normalise(mean));
    (0..means.len())
        .map(|class| {
            let mut others: Vec<usize> = (0..means.len()).filter(|&other| other != class).collect();
            let cosine = |other: usize| dot(&means[class], &means[other]);
            others.sort_by(|&a, &b| cosine(b).total_cmp(&cosine(a)).then(a.cmp(&b)));
            others
        })
        .collect()
}
