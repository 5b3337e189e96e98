//! What a model server is and can do, found out by asking it: for `colligate doctor`.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::client::Client;
use super::contact::contact;
use super::failure::{Failure, Fault, Parameter};
use super::journal::{Call, Probe, Recorded};
use super::prompt::parse;
use super::question::{Answer, LegalAnswer, Message, Question, Respondent, Role, StageName};
use super::reply::Completion;
use crate::error::Error;
use crate::message;
use crate::observer::Observer;

/// Words of the prompt by which speed and prefix cache are measured.
const LONG: usize = 400;
/// A question with a verdict.
const SHORT: &str = "Statement: The sky over a desert at noon is often blue.\nIs it true? Answer Yes or No.";
/// A question for a list that does not mention JSON: only a server that is held to the schema answers with it.
const LIST: &str = "Name three fruits and their colours.";
/// Fields of an item of that list.
const FIELDS: [&str; 2] = ["colour", "fruit"];
/// How two long questions end, of which the first is true.
const ENDS: [&str; 2] = ["It mentions a mill.", "It mentions a castle."];

/// A question of an examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examined {
    /// A question with a verdict, which is this one.
    Verdict(bool),
    /// The question for a list.
    List,
}

/// Which question of an examination a text is, if it is one: [`crate::mock`] answers them as a model would.
pub fn examined(text: &str) -> Option<Examined> {
    match text {
        SHORT => Some(Examined::Verdict(true)),
        LIST => Some(Examined::List),
        _ => (0..ENDS.len()).find(|&end| text == long(ENDS[end])).map(|end| Examined::Verdict(end == 0)),
    }
}

/// What was found out. Absent: it could not be.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Examination {
    /// Host and port.
    pub host: String,
    /// `llama.cpp`, `vllm`, `ollama`, `lm-studio`, `in-process`, or `openai-compatible` where nothing tells.
    pub kind: String,
    /// Models that it lists.
    pub models: Vec<String>,
    /// The model that was asked.
    pub model: Option<String>,
    /// Requests that it works on at once.
    pub slots: Option<u64>,
    /// Tokens that one question and its answer may have together.
    pub context: Option<u64>,
    /// Whether it holds the model to a JSON schema.
    pub schema: Option<bool>,
    /// Whether it gives log-probabilities.
    pub logprobs: Option<bool>,
    /// Whether the beginning of a prompt that it has read is not read again.
    pub prefix_cache: Option<bool>,
    /// Parameters that it refused.
    pub refused: Vec<Parameter>,
    /// Speed of reading.
    pub prompt_tokens_per_second: Option<f64>,
    /// Speed of writing.
    pub completion_tokens_per_second: Option<f64>,
    /// What failed, in words.
    pub problems: Vec<message::Message>,
}

/// Examines a server with some five short questions.
///
/// # Errors
/// When it is not there or refuses.
pub fn examine(
    client: &Client,
    model: Option<&str>,
    wait: Duration,
    observer: &dyn Observer,
) -> Result<Examination, Error> {
    client.wait_for(examine_all(client, model, wait, observer))
}

async fn examine_all(
    client: &Client,
    model: Option<&str>,
    wait: Duration,
    observer: &dyn Observer,
) -> Result<Examination, Error> {
    let models = contact(client, wait, observer).await?;
    let properties = client.properties().await;
    let model = model.map(str::to_owned).or_else(|| (models.len() == 1).then(|| models[0].clone()));
    let mut found = Examination {
        host: client.host(),
        kind: kind(properties.as_ref(), &client.owner().await),
        slots: properties.as_ref().and_then(|value| value["total_slots"].as_u64()),
        context: properties.as_ref().and_then(|value| value["default_generation_settings"]["n_ctx"].as_u64()),
        model: model.clone(),
        models,
        ..Examination::default()
    };
    match model {
        None => found.problems.push(message!("several models are listed: name one with {+model} to examine it")),
        Some(model) => {
            let mut patient = Patient { client, model: &model, found: &mut found };
            if let Err(failure) = patient.examine().await {
                return if failure.fault.severity() == super::failure::Severity::Fatal {
                    let (host, problem) = (client.host(), failure.problem);
                    Err(Error::Server(message!("{host}: {problem}", host, problem)))
                } else {
                    found.problems.push(failure.problem);
                    Ok(found)
                };
            }
        }
    }
    Ok(found)
}

fn kind(properties: Option<&Value>, owner: &str) -> String {
    let known = match owner {
        "in-process" => "in-process",
        _ if properties.is_some() => "llama.cpp",
        "llamacpp" => "llama.cpp",
        "vllm" => "vllm",
        "library" => "ollama",
        "organization_owner" => "lm-studio",
        _ => "openai-compatible",
    };
    known.into()
}

/// The server under examination.
struct Patient<'a> {
    client: &'a Client,
    model: &'a str,
    found: &'a mut Examination,
}

impl Patient<'_> {
    async fn examine(&mut self) -> Result<(), Failure> {
        let (verdict, _) = self.ask(&question(SHORT, LegalAnswer::YesNo, 1)).await?;
        let gave = matches!(&verdict.reply, Recorded::Completion { logprobs: Some(_), .. });
        self.found.logprobs = Some(gave);
        if matches!(answer(&verdict, &LegalAnswer::YesNo), Answer::Unparsed(_) | Answer::Failed(_)) {
            self.found.problems.push(message!("it did not answer Yes or No, but: {said}", said = said(&verdict)));
        }
        self.list().await?;
        self.speed().await
    }

    /// Whether an answer follows a schema.
    async fn list(&mut self) -> Result<(), Failure> {
        let legal = LegalAnswer::Items { fields: FIELDS.map(str::to_owned).into(), most: Some(3) };
        let ask = question(LIST, legal.clone(), 120);
        let (list, seconds) = self.ask(&ask).await?;
        let taken = !self.found.refused.contains(&Parameter::Schema);
        self.found.schema = Some(taken && matches!(answer(&list, &legal), Answer::Answered(_)));
        let tokens = list.usage.map_or(0, |usage| usage.completion_tokens);
        self.found.completion_tokens_per_second = (tokens > 8).then(|| tokens as f64 / seconds);
        Ok(())
    }

    /// The same long beginning with two ends: the second time only the end is to be read.
    async fn speed(&mut self) -> Result<(), Failure> {
        let ask = |end: &str| question(&long(end), LegalAnswer::YesNo, 1);
        let (first, cold) = self.ask(&ask(ENDS[0])).await?;
        let (second, warm) = self.ask(&ask(ENDS[1])).await?;
        let tokens = first.usage.map_or(0, |usage| usage.prompt_tokens);
        self.found.prompt_tokens_per_second = (tokens > 0).then(|| tokens as f64 / cold);
        self.found.prefix_cache = Some(second.cached_tokens.unwrap_or(0) > tokens / 2 || warm < 0.5 * cold);
        Ok(())
    }

    /// Asks, leaving out what the server refuses; returns the reply and its seconds.
    async fn ask(&mut self, question: &Question) -> Result<(Completion, f64), Failure> {
        loop {
            let began = Instant::now();
            let probe = Probe { model: self.model.to_owned(), refused: self.found.refused.clone(), ..Probe::default() };
            match self.client.complete(&probe, question).await {
                Ok(completion) => return Ok((completion, began.elapsed().as_secs_f64().max(1e-6))),
                Err(Failure { fault: Fault::Unsupported(parameter), .. })
                    if !self.found.refused.contains(&parameter) =>
                {
                    self.found.refused.push(parameter);
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

/// A long text and a statement about it.
fn long(end: &str) -> String {
    let words = ["rain", "on", "the", "roof", "of", "an", "old", "mill", "by", "a", "slow", "river"];
    let long: Vec<&str> = (0..LONG).map(|place| words[place * 7 % words.len()]).collect();
    format!("{}\nStatement: {end}\nIs it true of the text? Answer Yes or No.", long.join(" "))
}

fn question(text: &str, legal: LegalAnswer, max_tokens: u32) -> Question {
    let messages = vec![Message { role: Role::User, content: text.into() }];
    Question {
        stage: StageName::Doctor,
        prompt: "doctor-1".into(),
        messages,
        legal,
        max_tokens,
        respondent: Respondent::Model,
    }
}

/// What a completion means, given what was legal.
pub fn answer(completion: &Completion, legal: &LegalAnswer) -> Answer {
    let call = Call {
        key: String::new(),
        stage: "doctor".into(),
        prompt: "doctor-1".into(),
        request: None,
        reply: completion.reply.clone(),
        finish_reason: completion.finish_reason.clone(),
        usage: completion.usage,
        milliseconds: 0,
        settles: None,
    };
    parse(&call, legal)
}

fn said(completion: &Completion) -> String {
    match &completion.reply {
        Recorded::Completion { content, .. } => super::failure::beginning(content),
        Recorded::Failed { error, .. } => error.clone(),
    }
}
