//! A request as far as the mock reads it.

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::decision::{Decision, Request};
use super::short;
use crate::model::{
    LegalAnswer, Message, Prompt, Prompts, Protocol, Question, Respondent, Role, StageName, examined, is_trial, place,
};

/// One chat request, or one to a decision model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The model asked for; empty when none is named.
    pub model: String,
    /// The conversation; to a decision model, what is asked and the text.
    pub turns: Vec<Turn>,
    /// Whether log-probabilities are wanted.
    pub logprobs: bool,
    /// The JSON schema that the reply is to follow.
    pub schema: Option<Value>,
    /// Whether the limit on the reply is called `max_tokens`, the older name.
    pub old_limit: bool,
    /// Tokens of the reply at most.
    pub limit: Option<u64>,
    /// What a decision model is asked.
    pub decision: Option<Decision>,
    /// What it is asked, and the text, in one piece.
    pub shown: Option<String>,
    /// The stage of the compiled-in prompt that it was rendered from, `doctor`, or `probe`.
    pub stage: Option<&'static str>,
    /// The goal that it speaks of, where that can be told.
    pub goal: Option<String>,
    /// A hash of model and conversation: the same for every attempt.
    pub question: u64,
}

/// One turn of a conversation, whoever speaks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Turn {
    /// `system`, `user`, `developer`, `assistant`.
    pub role: String,
    /// What is said.
    pub content: String,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default)]
    model: String,
    messages: Vec<RawTurn>,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
    logprobs: Option<bool>,
    response_format: Option<Value>,
    stream: Option<bool>,
}

#[derive(Deserialize)]
struct RawTurn {
    role: String,
    content: RawContent,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawContent {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: String,
}

impl Ask {
    /// Reads a request's body.
    ///
    /// # Errors
    /// With what is wrong, in words, when it is not a chat request or wants its reply as a stream.
    pub fn read(body: &[u8], prompts: &Prompts) -> Result<Ask, String> {
        let raw: Raw = serde_json::from_slice(body).map_err(|problem| format!("no chat request: {problem}"))?;
        if raw.stream == Some(true) {
            return Err("the mock does not stream: leave out `stream`".into());
        }
        let turns: Vec<Turn> = raw.messages.into_iter().map(Turn::from).collect();
        let (stage, goal) = origin(prompts, &turns);
        Ok(Ask {
            question: question(&raw.model, &turns),
            model: raw.model,
            logprobs: raw.logprobs == Some(true),
            schema: raw.response_format.and_then(schema),
            old_limit: raw.max_tokens.is_some(),
            limit: raw.max_tokens.or(raw.max_completion_tokens),
            decision: None,
            shown: None,
            stage,
            goal,
            turns,
        })
    }

    /// Reads the body of a request to a decision model.
    ///
    /// # Errors
    /// With what is wrong, in words, when it is none of the protocol, or none that the mock answers.
    pub fn read_decision(protocol: Protocol, body: &[u8], prompts: &Prompts) -> Result<Ask, String> {
        let request = Request::read(protocol, body)?;
        let turn = |role: &str, content: &str| Turn { role: role.into(), content: content.into() };
        let turns = vec![turn("system", &request.instructions), turn("user", &request.state)];
        let shown = request.shown();
        let all = [&turns[..], &[turn("options", &shown)]].concat();
        let stage = if is_trial(&request.state) {
            Some("probe")
        } else {
            recognised(prompts, &request.instructions, &request.state, true).map(|(stage, _)| stage)
        };
        Ok(Ask {
            question: question(&request.model, &all),
            model: request.model,
            logprobs: false,
            schema: None,
            old_limit: false,
            limit: None,
            decision: Some(request.decision),
            shown: Some(shown),
            stage,
            goal: None,
            turns,
        })
    }

    /// The last thing that the user says; of a request to a decision model, the text as a document and what is asked about it.
    pub fn last(&self) -> &str {
        if let Some(shown) = &self.shown {
            return shown;
        }
        self.turns.iter().rfind(|turn| turn.role == "user").map_or("", |turn| &turn.content)
    }

    /// The conversation in the program's own terms; none when somebody else speaks in it.
    pub fn messages(&self) -> Option<Vec<Message>> {
        let role = |turn: &Turn| match turn.role.as_str() {
            "system" | "developer" => Some(Role::System),
            "user" => Some(Role::User),
            _ => None,
        };
        self.turns.iter().map(|turn| Some(Message { role: role(turn)?, content: turn.content.clone() })).collect()
    }

    /// How long the closed list is that the schema lets the reply choose from.
    pub fn listed(&self) -> usize {
        self.of_schema("/properties/groups/items/maximum")
    }

    /// The same where the reply is a letter: the last line with one says that none of the others holds.
    pub fn lettered(&self) -> usize {
        let after = self.last().rsplit_once("</document>").map_or(self.last(), |(_, after)| after);
        let letters = after.lines().filter_map(|line| place(line.split_once(". ")?.0));
        letters.count().saturating_sub(1)
    }

    /// The same where the reply chooses for each of several documents.
    pub fn listed_for_each(&self) -> usize {
        self.of_schema("/properties/documents/items/properties/groups/items/maximum")
    }

    /// For how many documents the schema lets the reply choose.
    pub fn documents(&self) -> usize {
        self.of_schema("/properties/documents/maxItems")
    }

    fn of_schema(&self, pointer: &str) -> usize {
        let number = self.schema.as_ref().and_then(|schema| schema.pointer(pointer)?.as_u64());
        number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
    }

    /// About how many tokens the conversation has, counted as the program itself does.
    pub fn prompt_tokens(&self) -> u64 {
        let content = self.turns.iter().map(|turn| Message { role: Role::User, content: turn.content.clone() });
        let legal = self.decision.as_ref().map_or(LegalAnswer::YesNo, Decision::legal);
        let prompt = String::new();
        Question {
            stage: StageName::Mock,
            prompt,
            messages: content.collect(),
            legal,
            max_tokens: 0,
            respondent: Respondent::Model,
        }
        .estimated_prompt_tokens()
    }
}

impl From<RawTurn> for Turn {
    fn from(raw: RawTurn) -> Turn {
        let content = match raw.content {
            RawContent::Text(text) => text,
            RawContent::Parts(parts) => parts.into_iter().map(|part| part.text).collect(),
        };
        Turn { role: raw.role, content }
    }
}

impl From<&Message> for Turn {
    fn from(message: &Message) -> Turn {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
        };
        Turn { role: role.into(), content: message.content.clone() }
    }
}

/// A hash of model and conversation.
pub fn question(model: &str, turns: &[Turn]) -> u64 {
    let parts = turns.iter().flat_map(|turn| [turn.role.as_str(), turn.content.as_str()]);
    let mut hash = Sha256::new();
    for part in std::iter::once(model).chain(parts) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    short(hash.finalize().into())
}

/// The stage that asks, and the goal that it speaks of.
fn origin(prompts: &Prompts, turns: &[Turn]) -> (Option<&'static str>, Option<String>) {
    // A server without system turns gets their text at the head of the user's.
    let (system, user) = match turns {
        [] => return (None, None),
        [only] if examined(&only.content).is_some() => return (Some("doctor"), None),
        [only] => only.content.split_once("\n\n").unwrap_or(("", &only.content)),
        [system, user, ..] => (system.content.as_str(), user.content.as_str()),
    };
    let found = recognised(prompts, system, user, false);
    let goal = found.and_then(|(_, prompt)| prompt.value("goal", user)).map(str::to_owned);
    (found.map(|(stage, _)| stage), goal)
}

/// The prompt that a conversation was rendered from, of those for decision models or of the others.
fn recognised<'p>(prompts: &'p Prompts, system: &str, user: &str, decides: bool) -> Option<(&'static str, &'p Prompt)> {
    let mut prompts = prompts.by_stage().into_iter();
    prompts.find(|(_, prompt)| prompt.legal(0, 0).is_decision() == decides && prompt.recognises(system, user))
}

/// The schema where OpenAI has it; elsewhere llama.cpp and others ignore it, and so does the mock.
fn schema(mut format: Value) -> Option<Value> {
    (format["type"] == "json_schema").then(|| format["json_schema"]["schema"].take()).filter(Value::is_object)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use serde_json::json;

    /// A request with one user message, as a client sends it.
    pub fn asked(content: &str) -> Ask {
        let body = json!({"model": "scripted", "messages": [{"role": "user", "content": content}], "logprobs": true});
        Ask::read(body.to_string().as_bytes(), &Prompts::load(None).unwrap()).unwrap()
    }

    /// A request to a decision model about two groups.
    pub fn decided(protocol: Protocol, several: bool) -> Ask {
        let body = super::super::decision::tests::request(protocol, several).to_string();
        Ask::read_decision(protocol, body.as_bytes(), &Prompts::load(None).unwrap()).unwrap()
    }

    #[test]
    fn the_stage_is_told_by_the_prompt() {
        let prompts = Prompts::load(None).unwrap();
        let variables = minijinja::context! { document => "a text", predicate => "It is late." };
        let question = prompts.assign.question(StageName::Assign, variables).unwrap();
        let body = json!({"model": "m", "messages": question.messages, "max_tokens": 1}).to_string();
        let ask = Ask::read(body.as_bytes(), &prompts).unwrap();
        assert_eq!((ask.stage, ask.old_limit, ask.messages()), (Some("assign"), true, Some(question.messages)));
        assert_eq!(asked("What is the time?").stage, None);
        let variables = minijinja::context! {
            document => "The reader's goal: x",
            options => [minijinja::context! { predicate => "It is late." }],
            goal => "why?",
        };
        let question = prompts.core.question(StageName::Core, variables).unwrap();
        let body = json!({"model": "m", "messages": question.messages}).to_string();
        let ask = Ask::read(body.as_bytes(), &prompts).unwrap();
        assert_eq!((ask.stage, ask.goal.as_deref()), (Some("core"), Some("why?")));
    }

    #[test]
    fn a_schema_counts_only_where_servers_look_for_it() {
        let schema = json!({"type": "object"});
        assert_eq!(
            super::schema(json!({"type": "json_schema", "json_schema": {"schema": schema}})),
            Some(schema.clone())
        );
        assert_eq!(super::schema(json!({"type": "json_schema", "schema": schema})), None);
    }

    #[test]
    fn content_may_come_in_parts() {
        let body =
            br#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}"#;
        assert_eq!(Ask::read(body, &Prompts::load(None).unwrap()).unwrap().last(), "ab");
    }

    #[test]
    fn a_stream_is_refused_and_not_ignored() {
        let body = br#"{"messages":[],"stream":true}"#;
        assert!(Ask::read(body, &Prompts::load(None).unwrap()).unwrap_err().contains("does not stream"));
    }
}
