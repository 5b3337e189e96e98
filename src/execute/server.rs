//! The client for a model server: its key and the user's extra fields, read from where the user says.

use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::model::{Client, Endpoint};
use crate::plan::Plan;

/// How a server is spoken to. It holds where the key is, not the key.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// The flag that names the server.
    pub flag: &'a str,
    /// Environment variable of the key.
    pub api_key_env: &'a str,
    /// File of the key; it goes before the variable.
    pub api_key_file: Option<&'a Path>,
    /// JSON file of fields that are added to every request.
    pub extra_body: Option<&'a Path>,
    /// That one answer may take.
    pub timeout: Duration,
}

impl<'a> Access<'a> {
    /// As a run's plan has it for the model.
    pub fn of(plan: &'a Plan) -> Access<'a> {
        Access {
            flag: "--llm",
            api_key_env: &plan.api_key_env,
            api_key_file: plan.api_key_file.as_deref(),
            extra_body: plan.extra_body.as_deref(),
            timeout: plan.timeout,
        }
    }

    /// As a run's plan has it for the server that embeds.
    pub fn of_embedder(plan: &'a Plan) -> Access<'a> {
        Access {
            flag: "--embedder",
            api_key_env: &plan.embedder_key_env,
            api_key_file: plan.embedder_key_file.as_deref(),
            extra_body: None,
            timeout: plan.timeout,
        }
    }

    /// The key; empty when there is none.
    fn key(&self) -> Result<String, Error> {
        match self.api_key_file {
            Some(file) => read(file).map(|key| key.trim().to_owned()),
            None => Ok(std::env::var(self.api_key_env).unwrap_or_default().trim().to_owned()),
        }
    }
}

/// A client for the server at `address`.
///
/// # Errors
/// When the address, the key's file or the file of extra fields cannot be used.
pub fn client(address: &str, access: Access<'_>) -> Result<Client, Error> {
    let extra = access.extra_body.map(extra_fields).transpose()?.unwrap_or_default();
    Client::new(Endpoint::new(access.flag, address, access.key()?)?, access.timeout, extra)
}

fn extra_fields(file: &Path) -> Result<Map<String, Value>, Error> {
    match serde_json::from_str(&read(file)?) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Error::file(file, "--extra-body must be a JSON object")),
        Err(problem) => Err(Error::file(file, problem)),
    }
}

fn read(file: &Path) -> Result<String, Error> {
    std::fs::read_to_string(file).map_err(|problem| Error::file(file, problem))
}
