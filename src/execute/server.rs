//! The client for a model server: its key and the user's extra fields, read from where the user says.

use std::env::VarError;
use std::path::Path;
use std::time::Duration;

use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::corpus::{Content, Corpus, Row};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};
use crate::model::{Client, Endpoint, Network, is_file};
use crate::plan::{Asking, DEFAULT_KEY, Embedding, JudgePlan, Plan, default_address};
use crate::text::text_by_hand;

/// How a server is spoken to. It holds where the key is, not the key.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// The parameter that names the server.
    pub parameter: &'static str,
    /// Environment variable of the key, if there is to be one.
    pub api_key_env: Option<&'a str>,
    /// File of the key; it goes before the variable.
    pub api_key_file: Option<&'a Path>,
    /// JSON file of fields that are added to every request.
    pub extra_body: Option<&'a Path>,
    /// That one answer may take.
    pub timeout: Duration,
    /// Whether a key may go over plain http to a host that is not this machine.
    pub key_over_http: bool,
}

impl<'a> Access<'a> {
    /// As a run's plan has it for the model.
    pub fn of(plan: &'a Plan) -> Access<'a> {
        Access {
            parameter: "llm",
            api_key_env: Some(&plan.model.api_key_env),
            api_key_file: plan.model.api_key_file.as_deref(),
            extra_body: plan.model.extra_body.as_deref(),
            timeout: plan.model.timeout,
            key_over_http: plan.model.key_over_http,
        }
    }

    /// As a run's plan has it for the server that embeds at `address`. The model's key goes there only where the model is there
    /// too; the key of the public service where it is that service.
    pub fn of_embedder(plan: &'a Plan, address: &str) -> Access<'a> {
        let named = (plan.embedding.key_env.as_deref(), plan.embedding.key_file.as_deref());
        let (api_key_env, api_key_file) = Access::key_of(plan, address, named);
        Access { parameter: "embedder", api_key_env, api_key_file, extra_body: None, ..Access::of(plan) }
    }

    /// As a run's plan has it for the judge. The model's key goes there only where the model is there too; the key of the public
    /// service where it is that service.
    pub fn of_judge(plan: &'a Plan, judge: &'a JudgePlan) -> Access<'a> {
        let named = (judge.key_env.as_deref(), judge.key_file.as_deref());
        let (api_key_env, api_key_file) = Access::key_of(plan, &judge.address, named);
        Access { parameter: "judge", api_key_env, api_key_file, extra_body: None, ..Access::of(plan) }
    }

    /// Where the key of a server beside the model is.
    fn key_of(
        plan: &'a Plan,
        address: &str,
        named: (Option<&'a str>, Option<&'a Path>),
    ) -> (Option<&'a str>, Option<&'a Path>) {
        let is_models = matches!(&plan.model.asking, Asking::Server(model, _) if is_same_host(model, address));
        match named {
            (None, None) if is_models => (Some(plan.model.api_key_env.as_str()), plan.model.api_key_file.as_deref()),
            (None, None) => (Some(DEFAULT_KEY).filter(|_| is_same_host(address, &default_address())), None),
            named => named,
        }
    }

    /// What the user should know of a key that is there and not sent.
    pub fn withheld(&self, host: &str) -> Option<Message> {
        let is_there = std::env::var(DEFAULT_KEY).is_ok_and(|key| !key.trim().is_empty());
        let is_sent = self.api_key_env.is_some() || self.api_key_file.is_some();
        (is_there && !is_sent).then(|| {
            message!(
                "the key in {key} is not sent to {host}: if it is for that server, add {parameter}",
                key = DEFAULT_KEY,
                host,
                parameter = Mention::of(format!("{}-key-env", self.parameter)).exact(DEFAULT_KEY).say()
            )
        })
    }

    /// The key; empty when there is none.
    fn key(&self) -> Result<String, Error> {
        match self.api_key_file {
            // Who gives the key itself for the file's name is not to see it on the screen.
            Some(file) if !file.exists() => Err(Error::usage(
                "the file that is to hold the key is not there; its name is not shown, as it may be a key",
            )),
            Some(file) => text_by_hand(file).map(|key| key.trim().to_owned()),
            None => match self.api_key_env.map(|name| (name, std::env::var(name))) {
                None | Some((_, Err(VarError::NotPresent))) => Ok(String::new()),
                Some((_, Ok(key))) => Ok(key.trim().to_owned()),
                Some((name, Err(VarError::NotUnicode(_)))) => {
                    Err(Error::usage(format!("the key in {name} is not UTF-8: nothing is sent with it, or without it")))
                }
            },
        }
    }
}

/// Whether two addresses are of one server.
fn is_same_host(one: &str, other: &str) -> bool {
    let host = |address: &str| {
        let url: reqwest::Url = address.parse().ok()?;
        Some((url.scheme().to_owned(), url.host_str()?.to_owned(), url.port_or_known_default()))
    };
    host(one).is_some_and(|one| Some(one) == host(other))
}

/// The clients for the servers that a plan names.
pub struct Clients {
    /// The client that asks the model.
    pub model: Option<Client>,
    /// The client that asks the judge.
    pub judge: Option<Client>,
    /// The client of the server that embeds.
    pub embedder: Option<Client>,
}

impl Clients {
    /// Made before anything is read or embedded: so it is found out at once whether addresses, keys and extra fields can be used.
    ///
    /// # Errors
    /// Those of [`client`], and a key in what is written down.
    pub fn of(plan: &Plan, network: &Network) -> Result<Clients, Error> {
        let model = match &plan.model.asking {
            Asking::Server(address, _) => Some(client(address, Access::of(plan), network)?),
            Asking::Nobody | Asking::Recording(_) => None,
        };
        let judge = plan.model.judge.as_ref();
        let judge = judge.map(|judge| client(&judge.address, Access::of_judge(plan, judge), network)).transpose()?;
        let embedder = match &plan.embedding.embedder {
            Embedding::Server(address, _) => Some(client(address, Access::of_embedder(plan, address), network)?),
            Embedding::Named(_) | Embedding::Recorded => None,
        };
        for client in model.iter().chain(&judge).chain(&embedder) {
            written_down(plan).into_iter().try_for_each(|(parameter, text)| without_key(client, parameter, &text))?;
        }
        Ok(Clients { model, judge, embedder })
    }

    /// Checks that no row of a corpus holds the key of a server: it would be sent, written down and forwarded with the report.
    ///
    /// # Errors
    /// When one does, with its line.
    pub fn without_key_in(&self, corpus: &Corpus) -> Result<(), Error> {
        let clients: Vec<&Client> = self.model.iter().chain(&self.judge).chain(&self.embedder).collect();
        let holds = |row: &&Row| {
            let (id, text, fields) = match &row.content {
                Content::Document(place) => {
                    let document = &corpus.documents[*place];
                    (document.id.as_str(), document.text.as_str(), &document.fields)
                }
                Content::Skipped(skipped) => (skipped.id.as_str(), "", &skipped.fields),
            };
            let mut texts = fields.values().filter_map(Value::as_str).chain([id, text]);
            texts.any(|text| clients.iter().any(|client| client.is_told_in(text)))
        };
        if clients.is_empty() {
            return Ok(());
        }
        match corpus.rows.par_iter().find_first(holds) {
            None => Ok(()),
            Some(row) => Err(Error::usage(format!(
                "line {} of the corpus holds the server's key, which would be sent and written down: take it out",
                row.line
            ))),
        }
    }
}

/// Texts of the user's that a run writes down, each with the parameter that it was given by.
fn written_down(plan: &Plan) -> Vec<(Mention, String)> {
    let codebook = plan.clustering.codebook.iter().map(|codebook| (Mention::of("codebook"), codebook.text.clone()));
    // Strings with their quotes and lists alike: what is searched for is found within either.
    let values = plan.origins.iter().map(|(name, planned)| (Mention::of(name.clone()), planned.value.to_string()));
    values.chain(codebook).collect()
}

/// Checks that a text of the user's does not hold the key of a server.
///
/// # Errors
/// When it does: the text would be written down, or printed.
pub fn without_key(client: &Client, parameter: Mention, text: &str) -> Result<(), Error> {
    if client.is_told_in(text) {
        return Err(Error::Usage(message!(
            "{parameter} holds the server's key, which would be written down: leave it out",
            parameter
        )));
    }
    Ok(())
}

/// A client for the server at `address`, which is asked on the network, or for the model in a file.
///
/// # Errors
/// When the address, the key's file or the file of extra fields cannot be used.
pub fn client(address: &str, access: Access<'_>, network: &Network) -> Result<Client, Error> {
    if is_file(address) {
        return match access.extra_body {
            Some(_) => {
                Err(Error::Usage(message!("{@extra-body} is for a server: a file of weights takes no further fields")))
            }
            None => Client::local(&Mention::of(access.parameter), Path::new(address), access.timeout, network),
        };
    }
    let extra = access.extra_body.map(extra_fields).transpose()?.unwrap_or_default();
    let endpoint = Endpoint::new(&Mention::of(access.parameter), address, access.key()?, access.key_over_http)?;
    Client::new(endpoint, access.timeout, extra, network)
}

fn extra_fields(file: &Path) -> Result<Map<String, Value>, Error> {
    match serde_json::from_str(&text_by_hand(file)?) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Error::file(file, message!("{@extra-body} must be a JSON object"))),
        Err(problem) => Err(Error::file(file, problem)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_is_told_from_another_by_scheme_host_and_port() {
        assert!(is_same_host("https://h/v1", "https://H:443/other"));
        for other in ["http://h/v1", "https://h:8080/v1", "https://g/v1", "nonsense"] {
            assert!(!is_same_host("https://h/v1", other), "{other}");
        }
    }
}
