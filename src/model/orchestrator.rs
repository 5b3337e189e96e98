//! Gets questions answered: journal first, then the server, side by side, within the budget.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::asking::KeyedQuestion;
use super::budget::{Budget, Caps};
use super::client::Client;
use super::contact::{contact, only};
use super::follow_up::{self, Asked};
use super::job::{Settings, lock};
use super::journal::{ModelFile, Probe, Recorded, SharedJournal};
use super::judge;
use super::prompt::parse;
use super::protocol::Protocol;
use super::question::{Answer, Answerer, Question, Reply, Respondent, StageName};
use super::sending::Sender;
use super::stop::Stop;
use super::usage::CallUsage;
use crate::error::Error;
use crate::message;
use crate::message::Mention;
use crate::model::Usage;
use crate::observer::Observer;

/// The one place where a model is called.
pub struct Orchestrator<'a> {
    sender: Sender<'a>,
    /// What was counted beside the requests themselves.
    tally: Mutex<Usage>,
    saw_logprobs: AtomicBool,
}

/// A question under way with its key.
struct Keyed {
    key: String,
    asked: Asked,
}

impl<'a> Orchestrator<'a> {
    /// Asks a server. Without a `model`, the only one that the server lists.
    ///
    /// # Errors
    /// When the server cannot be reached in time, refuses, or lists several models and none is named; when the journal
    /// holds answers of another model.
    pub fn connect(
        client: Client,
        model: Option<&str>,
        journal: SharedJournal,
        settings: Settings,
        budget: Arc<Budget>,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let sender = Sender::new(Some(client), journal, settings, budget, observer);
        let client = sender.shared.client()?;
        let listed = sender.wait_for(contact(client, settings.wait, observer))?;
        let former = sender.shared.probe();
        let found = match settings.respondent {
            Respondent::Model => None,
            Respondent::Judge => judge::found(&sender, model, &listed, &former)?,
        };
        let protocol = found.as_ref().map_or(Protocol::Chat, |found| found.protocol);
        let parameter = Mention::of(if settings.respondent == Respondent::Judge { "judge-model" } else { "model" });
        let model = match (found.and_then(|found| found.model), model) {
            (Some(model), _) => model,
            (None, Some(model)) => model.to_owned(),
            (None, None) => only(&client.host(), listed, parameter)?,
        };
        if !former.model.is_empty() && former.model != model {
            return Err(Error::Usage(message!(
                "{@resume}: the run asked {former}, not {model}; name that model, or start a new run with another {+out}",
                former = former.model,
                model
            )));
        }
        let properties = client.wait_for(client.properties()).unwrap_or_default();
        let context = properties["default_generation_settings"]["n_ctx"].as_u64();
        let file = serde_json::from_value(properties["file"].clone()).ok();
        properties["note"].as_str().iter().for_each(|note| observer.say(&format!("{}: {note}", client.host()).into()));
        let excess = former.excess.map(|excess| sender.shared.budget.learn(excess));
        sender.shared.probed(Probe { model, protocol, context, excess, file, ..former })?;
        Ok(Orchestrator::new(sender))
    }

    /// Answers of a respondent from a recording only.
    ///
    /// # Errors
    /// When the recording does not say which model it holds.
    pub fn replay(recording: SharedJournal, respondent: Respondent, observer: &'a dyn Observer) -> Result<Self, Error> {
        if lock(&recording).probe(respondent).is_none() {
            return Err(Error::usage("the recording has no probe line that names its model"));
        }
        let settings = Settings { concurrency: 1, wait: Duration::ZERO, respondent };
        let budget = Arc::new(Budget::new(Caps::default(), None));
        Ok(Orchestrator::new(Sender::new(None, recording, settings, budget, observer)))
    }

    fn new(sender: Sender<'a>) -> Self {
        Orchestrator { sender, tally: Mutex::default(), saw_logprobs: AtomicBool::new(false) }
    }

    /// The model's name.
    pub fn model(&self) -> String {
        self.sender.shared.probe().model
    }

    /// How the model is asked.
    pub fn protocol(&self) -> Protocol {
        self.sender.shared.probe().protocol
    }

    /// The file that it was loaded from, if it answers in this process.
    pub fn file(&self) -> Option<ModelFile> {
        self.sender.shared.probe().file
    }

    /// What has been asked so far.
    pub fn usage(&self) -> Usage {
        let shared = &self.sender.shared;
        let settled = shared.budget.settled();
        Usage {
            calls: shared.calls.load(Ordering::Relaxed),
            prompt_tokens: settled.prompt_tokens,
            completion_tokens: settled.completion_tokens,
            cost: shared.budget.cost_of(settled),
            retries: shared.retries.load(Ordering::Relaxed),
            faults: shared.faults(),
            ..lock(&self.tally).clone()
        }
    }

    /// Whether any verdict was read from log-probabilities.
    pub fn saw_logprobs(&self) -> bool {
        self.saw_logprobs.load(Ordering::Relaxed)
    }

    /// Why no more is asked, if so.
    pub fn stopped(&self) -> Option<Stop> {
        self.sender.stopped()
    }

    /// Gets the journal to hold the questions' outcomes, as far as the budget reaches. What a recording lacks is an error,
    /// except of follow-ups: an older recording may not have any.
    fn ask(&self, wave: &[Keyed], is_follow_up: bool) -> Result<(), Error> {
        let pending = self.unanswered(wave);
        lock(&self.tally).cached += (wave.len() - pending.len()) as u64;
        let Some(&first) = pending.first() else { return Ok(()) };
        if self.sender.shared.client.is_none() {
            return if is_follow_up { Ok(()) } else { Err(not_recorded(first)) };
        }
        let observer = self.sender.observer();
        observer.begin(&format!("asking the model ({})", first.asked.question.stage.name()), pending.len() as u64);
        let jobs = pending
            .iter()
            .map(|keyed| KeyedQuestion { key: keyed.key.clone(), question: keyed.asked.question.clone() });
        let outcome = self.sender.send(jobs, observer);
        observer.end();
        outcome
    }

    /// Distinct questions that the journal does not answer, in the order asked.
    fn unanswered<'w>(&self, wave: &'w [Keyed]) -> Vec<&'w Keyed> {
        let missing = lock(&self.sender.shared.journal).missing(wave.iter().map(|keyed| keyed.key.as_str()));
        missing.into_iter().map(|place| &wave[place]).collect()
    }

    /// Reads what the journal holds of a wave into `answers`; returns the questions that follow from it.
    fn conclude(&self, wave: Vec<Keyed>, answers: &mut [Answer]) -> Result<Vec<Asked>, Error> {
        let mut next = Vec::new();
        for Keyed { key, asked } in wave {
            let Some(call) = lock(&self.sender.shared.journal).outcome(&key)? else { continue };
            let answer = parse(&call, &asked.question.legal);
            let index = asked.index;
            next.extend(asked.follow_up(&call, &answer));
            answers[index] = match (&call.reply, answer) {
                (Recorded::Failed { fault, .. }, Answer::Failed(_)) if self.sender.observer().tells_strangers() => {
                    let fault = fault.as_deref().unwrap_or("unknown");
                    Answer::Failed(message!("the model's server gave no answer ({fault})", fault))
                }
                (_, answer) => answer,
            };
        }
        Ok(next)
    }

    /// `stages` says of each answer who asked.
    fn count(&self, answers: &[Answer], stages: &[StageName]) {
        let mut tally = lock(&self.tally);
        for (answer, stage) in answers.iter().zip(stages) {
            match answer {
                Answer::Unparsed(_) => {
                    tally.unparsed += 1;
                    tally.unparsed_tests += u64::from(stage.tests());
                }
                Answer::Failed(_) => tally.failed += 1,
                Answer::NotAsked => tally.not_asked += 1,
                Answer::Answered(reply) if was_weighed(reply) => self.saw_logprobs.store(true, Ordering::Relaxed),
                Answer::Answered(_) => {}
            }
        }
    }
}

/// Whether an answer was read from log-probabilities: a letter alone has the whole share.
fn was_weighed(reply: &Reply) -> bool {
    match reply {
        Reply::Verdict { log_odds, .. } => log_odds.is_some(),
        Reply::Shares(shares) => shares.iter().all(|&share| share < 1.0),
        Reply::Probabilities(_) => true,
        _ => false,
    }
}

impl Answerer for Orchestrator<'_> {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let model = self.model();
        let mut answers = vec![Answer::NotAsked; questions.len()];
        let stages: Vec<StageName> = questions.iter().map(|question| question.stage).collect();
        let mut wave: Vec<Asked> =
            questions.into_iter().enumerate().map(|(index, question)| Asked::first(index, question)).collect();
        for turn in 0..=follow_up::MOST {
            if wave.is_empty() {
                break;
            }
            lock(&self.tally).shortened += wave.iter().filter(|asked| asked.shortened).count() as u64;
            let keyed: Vec<Keyed> =
                wave.into_iter().map(|asked| Keyed { key: asked.question.key(&model), asked }).collect();
            self.ask(&keyed, turn > 0)?;
            wave = self.conclude(keyed, &mut answers)?;
        }
        self.count(&answers, &stages);
        Ok(answers)
    }

    fn context(&self) -> Option<u64> {
        self.sender.shared.probe().context
    }

    fn weighs(&self) -> bool {
        self.saw_logprobs()
    }

    fn keep(&self, requests: u64, like: &Question) {
        let each = CallUsage {
            prompt_tokens: like.estimated_prompt_tokens(),
            completion_tokens: u64::from(like.max_tokens),
            ..CallUsage::default()
        };
        self.sender.shared.budget.keep(requests, each);
    }
}

fn not_recorded(keyed: &Keyed) -> Error {
    Error::NotRecorded {
        stage: keyed.asked.question.stage.name().into(),
        prompt: keyed.asked.question.prompt.clone(),
        key: keyed.key.clone(),
        other: "another corpus, goal, plan or version".into(),
    }
}
