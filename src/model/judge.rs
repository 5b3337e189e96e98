//! The first contact with a judge: whether its address decides or chats, and what its model is called.

use super::asking::Outcome;
use super::client::Client;
use super::contact::only;
use super::decide::{Decided, TO_DECIDE, trial};
use super::failure::{Failure, Fault, Parameter};
use super::job::Request;
use super::journal::Probe;
use super::protocol::Protocol;
use super::question::Question;
use super::sending::Sender;
use super::usage::CallUsage;
use crate::error::Error;
use crate::message;
use crate::message::Mention;

/// What was found at a judge's address.
pub struct Found {
    /// How it is asked.
    pub protocol: Protocol,
    /// Its model's name, where the reply gave one.
    pub model: Option<String>,
}

/// One question that is sent to find out whether an address speaks a protocol.
struct Trial {
    question: Question,
    protocol: Protocol,
    model: String,
}

impl Request for Trial {
    type Reply = Decided;
    const HAS_OUTCOME: bool = false;

    fn bound(&self, client: &Client) -> CallUsage {
        client.bound(&self.question)
    }

    fn kind(&self) -> &str {
        &self.question.prompt
    }

    fn carries(&self, _parameter: Parameter) -> bool {
        false
    }

    fn text(&self) -> &str {
        self.protocol.path()
    }

    async fn send(&self, client: &Client, _probe: &Probe) -> Result<Decided, Failure> {
        client.decide(self.protocol, &self.model, &self.question).await
    }

    fn used(reply: &Decided) -> Option<CallUsage> {
        reply.completion.usage
    }
}

/// The protocol of a decision model that the judge's address speaks, by one question each; none where it speaks neither, so that
/// it is asked as a chat model. A run that is resumed goes on with a judge of the kind that it had, whose server may be another.
///
/// # Errors
/// When the address refuses, or a cap is reached before it is known.
pub fn found(
    sender: &Sender<'_>,
    model: Option<&str>,
    listed: &[String],
    former: &Probe,
) -> Result<Option<Found>, Error> {
    let shared = &sender.shared;
    let host = shared.client()?.host();
    let is_resumed = !former.model.is_empty();
    let is_listed = listed.is_empty() || listed.contains(&former.model);
    let model = match (model, listed) {
        (Some(model), _) => Some(model.to_owned()),
        (None, _) if is_resumed && is_listed => Some(former.model.clone()),
        (None, []) => None,
        (None, listed) => Some(only(&host, listed.to_vec(), Mention::of("judge-model"))?),
    };
    let is_other = model.as_ref() != Some(&former.model);
    if is_resumed && (former.protocol.is_chat() || is_other) {
        return Ok(Some(Found { protocol: former.protocol, model }));
    }
    let mut protocols = TO_DECIDE;
    protocols.sort_by_key(|protocol| *protocol != former.protocol);
    let name = model.clone().unwrap_or_else(|| "default".into());
    let attempt = |protocol| {
        let trial = Trial { question: trial(), protocol, model: name.clone() };
        let attempted = sender.wait_for(async {
            match shared.reserve(&trial).await? {
                Ok(reservation) => shared.attempts(&trial, reservation).await,
                Err(cap) => Ok(Outcome::Capped(cap)),
            }
        });
        match attempted? {
            Outcome::Completed(decided, _) => Ok(Ok(decided)),
            Outcome::Failed(failure, _) | Outcome::Fatal(failure) => Ok(Err(failure)),
            Outcome::Capped(_) => {
                Err(Error::capped("a cap was reached before it was known what the judge's address speaks"))
            }
        }
    };
    match first_spoken(protocols, attempt, |failure| shared.fatal(failure)) {
        Ok(Some((protocol, decided))) => {
            return Ok(Some(Found { protocol, model: model.or(decided.model).or(Some(name)) }));
        }
        Ok(None) => {}
        Err(Error::Capped(_)) if is_resumed => return Ok(Some(Found { protocol: former.protocol, model })),
        Err(error) => return Err(error),
    }
    if is_resumed {
        return Err(Error::Usage(message!(
            "{@resume}: the judge of the run was a decision model, and {host} answers neither at /v1/systemone nor at \
             /v1/decisions; start a new run with another {+out}",
            host
        )));
    }
    Ok(None)
}

/// The first of the protocols in which an address answers `attempt`, with its answer; none where it speaks none of them.
///
/// # Errors
/// What `attempt` says, and what `refused` makes of a failure that says more than "not spoken here".
pub fn first_spoken<D>(
    protocols: impl IntoIterator<Item = Protocol>,
    attempt: impl Fn(Protocol) -> Result<Result<D, Failure>, Error>,
    refused: impl Fn(&Failure) -> Error,
) -> Result<Option<(Protocol, D)>, Error> {
    for protocol in protocols {
        match attempt(protocol)? {
            Ok(decided) => return Ok(Some((protocol, decided))),
            Err(failure) if is_not_spoken(&failure) => {}
            Err(failure) => return Err(refused(&failure)),
        }
    }
    Ok(None)
}

/// Whether a failure says that an address does not speak a protocol.
fn is_not_spoken(failure: &Failure) -> bool {
    matches!(failure.fault, Fault::Refused(404 | 405) | Fault::Rejected(400 | 404 | 405 | 501) | Fault::NotACompletion)
}
