//! One rule of a script: when it fits, and what it answers.

use serde::Deserialize;

use crate::mock::answer::{Given, SURE};
use crate::mock::ask::Ask;
use crate::mock::decision::Decision;
use crate::mock::fault::Kind;
use crate::mock::found::Found;
use crate::mock::reader::Reader;

/// Letters of a word that says something.
const TELLING: usize = 4;
/// Words of a statement that say nothing of what it states.
const EMPTY: [&str; 12] =
    ["this", "that", "document", "text", "writer", "with", "from", "about", "their", "they", "have", "been"];

/// As the file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    stage: Option<String>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    outside: Vec<String>,
    reply: Option<String>,
    replies: Option<Vec<String>>,
    yes: Option<f64>,
    fault: Option<String>,
    keywords: Option<String>,
}

/// A checked rule.
#[derive(Debug)]
pub struct Rule {
    stage: Option<String>,
    contains: Vec<String>,
    outside: Vec<String>,
    then: Then,
}

#[derive(Debug)]
enum Then {
    Replies(Vec<String>),
    Yes(f64),
    Fault(Kind),
    Keywords(String),
}

impl RawRule {
    /// Checks it; `stages` are those of the compiled-in prompts.
    ///
    /// # Errors
    /// With what is wrong, in words.
    pub fn check(self, stages: &[&str]) -> Result<Rule, String> {
        if let Some(stage) = self.stage.as_ref().filter(|stage| !stages.contains(&stage.as_str())) {
            return Err(format!("there is no stage \"{stage}\"; there are {}", stages.join(", ")));
        }
        let mut answers = Vec::new();
        answers.extend(self.reply.map(|reply| Then::Replies(vec![reply])));
        answers.extend(self.replies.map(Then::Replies));
        answers.extend(self.yes.map(Then::Yes));
        answers.extend(self.fault.map(|name| Kind::parse(&name).map(Then::Fault)).transpose()?);
        answers.extend(self.keywords.map(|mark| Then::Keywords(mark.to_lowercase())));
        let then = match (answers.pop(), answers.is_empty()) {
            (Some(then), true) => then.check()?,
            (None, _) => return Err("has no answer: give reply, replies, yes, fault or keywords".into()),
            _ => return Err("has several answers: give one of reply, replies, yes, fault and keywords".into()),
        };
        let small = |texts: Vec<String>| texts.iter().map(|text| text.to_lowercase()).collect();
        Ok(Rule { stage: self.stage, contains: small(self.contains), outside: small(self.outside), then })
    }
}

impl Then {
    fn check(self) -> Result<Then, String> {
        match self {
            Then::Replies(replies) if replies.is_empty() => Err("replies is empty".into()),
            Then::Yes(yes) if !(0.0..=1.0).contains(&yes) => Err(format!("yes = {yes} must be between 0 and 1")),
            Then::Keywords(mark) if mark.trim().is_empty() => {
                Err("keywords needs the mark after which the statement stands, such as \"Statement:\"".into())
            }
            sound => Ok(sound),
        }
    }
}

impl Rule {
    /// Whether it is for this question.
    pub fn fits(&self, ask: &Ask) -> bool {
        let of_stage = self.stage.as_deref().is_none_or(|stage| ask.stage == Some(stage));
        let within = |parts: &[String], text: &str| parts.iter().all(|part| text.contains(part.as_str()));
        of_stage
            && (self.contains.is_empty() || within(&self.contains, &ask.last().to_lowercase()))
            && (self.outside.is_empty() || within(&self.outside, &Reader::Templated.read(ask.last()).outside))
    }

    /// What it says goes wrong.
    pub fn fault(&self) -> Option<&Kind> {
        match &self.then {
            Then::Fault(kind) => Some(kind),
            _ => None,
        }
    }

    /// What it answers.
    pub fn answer(&self, ask: &Ask) -> Found {
        if let Some(decision) = &ask.decision {
            return self.decide(ask, decision);
        }
        match &self.then {
            Then::Replies(replies) => {
                let place = (ask.question % replies.len() as u64) as usize;
                Found::Given(Given::text(ask, replies[place].clone()))
            }
            Then::Yes(yes) => Found::Given(Given::verdict(ask, *yes)),
            Then::Fault(kind) => Found::Fault(kind.clone(), Given::nothing(ask)),
            Then::Keywords(mark) => by_keywords(ask, mark),
        }
    }
}

impl Rule {
    /// What it answers as a decision model.
    fn decide(&self, ask: &Ask, decision: &Decision) -> Found {
        let nothing = |why: &str| Found::Nothing(format!("{why} is no answer to this question for a decision model"));
        match (&self.then, decision.several) {
            (Then::Replies(replies), false) => {
                let label = &replies[(ask.question % replies.len() as u64) as usize];
                let holds: Vec<bool> = decision.entries.iter().map(|entry| entry.label == *label).collect();
                if holds.contains(&true) { Found::Given(Given::chosen(ask, &holds)) } else { nothing(label) }
            }
            (Then::Yes(yes), true) => Found::Given(Given::decided(ask, &vec![Some(*yes); decision.entries.len()])),
            (Then::Fault(kind), _) => Found::Fault(kind.clone(), Given::nothing(ask)),
            (Then::Replies(_), true) => nothing("reply"),
            (Then::Yes(_), false) => nothing("yes"),
            (Then::Keywords(_), _) => nothing("keywords"),
        }
    }
}

fn by_keywords(ask: &Ask, mark: &str) -> Found {
    let parts = Reader::Exact.read(ask.last());
    let Some((_, statement)) = parts.outside.rsplit_once(mark) else {
        return Found::Nothing(format!("the question has no \"{mark}\" outside of its documents"));
    };
    let words = |text: &str| text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>();
    let document = words(&parts.inside);
    let telling = |word: &String| word.chars().count() >= TELLING && !EMPTY.contains(&word.as_str());
    let line = statement.trim_start().lines().next().unwrap_or_default();
    let holds = words(line).iter().filter(|word| telling(word)).any(|word| document.contains(word));
    Found::Given(Given::verdict(ask, if holds { SURE } else { 1.0 - SURE }))
}
