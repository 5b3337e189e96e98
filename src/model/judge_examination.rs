//! What a judge is and can do, found out by asking it: for `colligate doctor`.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::client::Client;
use super::contact::{contact, only};
use super::decide::{TO_DECIDE, trial};
use super::examination::answer;
use super::failure::Failure;
use super::journal::{Probe, Recorded};
use super::judge::first_spoken;
use super::prompt::Probabilities;
use super::protocol::Protocol;
use super::question::{Answer, Entry, LONGEST_DECIDED, LegalAnswer, Question};
use super::reply::Completion;
use crate::error::Error;
use crate::message;
use crate::message::Mention;
use crate::observer::Observer;

/// Lengths of lists that are tried, the longest first.
const LENGTHS: [usize; 5] = [LONGEST_DECIDED, 200, 100, 50, 25];

/// What was found out about a judge.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeExamination {
    /// Host and port.
    pub host: String,
    /// How it is asked.
    pub protocol: Protocol,
    /// The model that was asked; none where it is a chat model of which several are listed.
    pub model: Option<String>,
    /// Of one short question; none where it is a chat model.
    pub seconds: Option<f64>,
    /// By how much a probability differs at most when the same list is shown the other way round.
    pub turned: Option<f64>,
    /// The longest list that it took; none where it took not even the shortest that was tried.
    pub longest_list: Option<usize>,
}

/// A judge under examination, whose address has been asked what it speaks.
pub struct Judge<'c> {
    client: &'c Client,
    probe: Probe,
}

impl<'c> Judge<'c> {
    /// Asks whether the address decides or chats, and what its model is called.
    ///
    /// # Errors
    /// When it is not there or refuses, or lists several models of which none is named.
    pub fn find(
        client: &'c Client,
        model: Option<&str>,
        wait: Duration,
        observer: &dyn Observer,
    ) -> Result<Judge<'c>, Error> {
        let listed = client.wait_for(contact(client, wait, observer))?;
        let model = match (model, listed.is_empty()) {
            (Some(model), _) => Some(model.to_owned()),
            (None, true) => None,
            (None, false) => Some(only(&client.host(), listed, Mention::of("judge-model"))?),
        };
        let name = model.clone().unwrap_or_else(|| "default".into());
        let attempt = |protocol| Ok(client.wait_for(client.decide(protocol, &name, &trial())));
        let probe = match first_spoken(TO_DECIDE, attempt, |failure| refused(client, failure))? {
            Some((protocol, decided)) => {
                Probe { model: model.or(decided.model).unwrap_or(name), protocol, ..Probe::default() }
            }
            None => Probe { model: model.unwrap_or_default(), ..Probe::default() },
        };
        Ok(Judge { client, probe })
    }

    /// How it is asked.
    pub fn protocol(&self) -> Protocol {
        self.probe.protocol
    }

    /// Examines a decision model with some short questions.
    ///
    /// # Errors
    /// When it does not answer them.
    pub fn examine(&self) -> Result<JudgeExamination, Error> {
        let model = Some(self.probe.model.clone()).filter(|model| !model.is_empty());
        let mut found = JudgeExamination {
            host: self.client.host(),
            protocol: self.protocol(),
            model,
            seconds: None,
            turned: None,
            longest_list: None,
        };
        if found.protocol.is_chat() {
            return Ok(found);
        }
        let began = Instant::now();
        let forward = self.probabilities(&trial())?;
        found.seconds = Some(began.elapsed().as_secs_f64());
        let backward = self.probabilities(&turned(trial()))?;
        // None of them stays last.
        let (entries, none) = forward.split_at(forward.len().saturating_sub(1));
        let (turned, other_none) = backward.split_at(backward.len().saturating_sub(1));
        let pairs = entries.iter().zip(turned.iter().rev()).chain(none.iter().zip(other_none));
        found.turned = Some(pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max));
        let takes = |length: &usize| self.ask(&long(*length)).is_ok();
        found.longest_list = LENGTHS.into_iter().find(takes);
        Ok(found)
    }

    /// One answer a question, one after the other.
    ///
    /// # Errors
    /// When it refuses the first of them.
    pub fn answers(&self, questions: &[Question]) -> Result<Vec<Answer>, Error> {
        let mut answers = Vec::new();
        for question in questions {
            match self.ask(question) {
                Ok(completion) => answers.push(answer(&completion, &question.legal)),
                Err(failure) if answers.is_empty() => return Err(refused(self.client, &failure)),
                Err(failure) => answers.push(Answer::Failed(failure.problem)),
            }
        }
        Ok(answers)
    }

    fn ask(&self, question: &Question) -> Result<Completion, Failure> {
        self.client.wait_for(self.client.complete(&self.probe, question))
    }

    fn probabilities(&self, question: &Question) -> Result<Vec<f64>, Error> {
        let completion = self.ask(question).map_err(|failure| refused(self.client, &failure))?;
        let Recorded::Completion { content, .. } = completion.reply else { return Ok(Vec::new()) };
        let decided: Option<Probabilities> = serde_json::from_str(&content).ok();
        Ok(decided.into_iter().flat_map(|decided| decided.probabilities).flatten().collect())
    }
}

fn refused(client: &Client, failure: &Failure) -> Error {
    Error::Server(message!("{host}: {problem}", host = client.host(), problem = failure.problem))
}

/// The question with its list the other way round.
fn turned(question: Question) -> Question {
    let legal = match question.legal {
        LegalAnswer::Decision { mut entries, several } => {
            entries.reverse();
            LegalAnswer::Decision { entries, several }
        }
        other => other,
    };
    Question { legal, ..question }
}

/// A question with a list of so many entries.
fn long(length: usize) -> Question {
    let entry = |number: usize| Entry {
        label: format!("subject {number}"),
        predicate: format!("It tells of subject number {number}"),
    };
    Question { legal: LegalAnswer::Decision { entries: (1..=length).map(entry).collect(), several: false }, ..trial() }
}
