//! Flags of the commands that may ask a model about documents of a finished run.

use std::path::PathBuf;

use clap::{ArgMatches, Args};

use super::flags::flag;
use super::layers::of_source;
use crate::error::Error;
use crate::plan::{Layers, Settings};
use clap::parser::ValueSource;

/// Whom to ask, by which prompts, and within which caps.
#[derive(Debug, Args)]
pub struct Asking {
    /// Address of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1, or a file of weights (GGUF)
    #[arg(long, value_name = "URL|FILE.gguf", env = "COLLIGATE_LLM")]
    llm: Option<String>,
    /// Model to ask; may be left out where the server lists one only
    #[arg(long, value_name = "NAME", env = "COLLIGATE_MODEL")]
    model: Option<String>,
    /// Environment variable that holds the server's key [default: OPENAI_API_KEY]
    #[arg(long, value_name = "NAME", env = "COLLIGATE_API_KEY_ENV")]
    api_key_env: Option<String>,
    /// File that holds the server's key
    #[arg(long, value_name = "FILE", env = "COLLIGATE_API_KEY_FILE")]
    api_key_file: Option<PathBuf>,
    /// Send a key over http:// to a host that is not this machine too, where others on the way can read it
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_KEY_OVER_HTTP")]
    key_over_http: Option<bool>,
    /// JSON file whose fields are added to every request
    #[arg(long, value_name = "FILE", env = "COLLIGATE_EXTRA_BODY")]
    extra_body: Option<PathBuf>,
    /// Directory whose prompt files replace the compiled-in ones of their name
    #[arg(long, value_name = "DIR", env = "COLLIGATE_PROMPTS")]
    prompts: Option<PathBuf>,
    /// Requests at most, former sessions included
    #[arg(long, value_name = "N", env = "COLLIGATE_MAX_CALLS")]
    max_calls: Option<u64>,
    /// Tokens of prompts and completions at most
    #[arg(long, value_name = "N", env = "COLLIGATE_MAX_TOKENS")]
    max_tokens: Option<u64>,
    /// Cost at most, in the currency of the prices
    #[arg(long, value_name = "X", env = "COLLIGATE_MAX_COST")]
    max_cost: Option<f64>,
    /// Minutes of this session in which requests may begin
    #[arg(long, value_name = "N", env = "COLLIGATE_MAX_MINUTES")]
    max_minutes: Option<f64>,
    /// Price of a million prompt tokens
    #[arg(long, value_name = "X", env = "COLLIGATE_PRICE_IN")]
    price_in: Option<f64>,
    /// Price of a million completion tokens
    #[arg(long, value_name = "X", env = "COLLIGATE_PRICE_OUT")]
    price_out: Option<f64>,
    /// Seconds that one answer may take [default: 600]
    #[arg(long, value_name = "SECONDS", env = "COLLIGATE_TIMEOUT")]
    timeout: Option<f64>,
    /// Seconds that a server which is starting, or has gone away, is waited for [default: 60]
    #[arg(long, value_name = "SECONDS", env = "COLLIGATE_WAIT")]
    wait: Option<f64>,
}

impl Asking {
    /// Whether a model is named.
    pub fn asks(&self) -> bool {
        self.llm.as_deref().is_some_and(|llm| llm != "none")
    }

    /// The first of these flags that stands on the command line.
    pub fn flag(matches: &ArgMatches) -> Option<String> {
        let names = ["llm", "model", "judge", "judge_model"].into_iter();
        let caps = ["max_calls", "max_tokens", "max_cost", "max_minutes"];
        let is_said = |name: &&str| {
            let is_there = matches.try_contains_id(name).is_ok_and(|is_there| is_there);
            is_there && matches.value_source(name) == Some(ValueSource::CommandLine)
        };
        names.chain(caps).find(is_said).map(|name| flag(&name.replace('_', "-")))
    }

    /// Puts what is said over other layers, each value with its origin.
    ///
    /// # Errors
    /// Those of [`Layers::add`].
    pub fn add_to(&self, layers: &mut Layers, matches: &ArgMatches) -> Result<(), Error> {
        let said = self.said();
        layers.add("environment", &of_source(&said, matches, ValueSource::EnvVariable)?)?;
        layers.add("flag", &of_source(&said, matches, ValueSource::CommandLine)?)
    }

    fn said(&self) -> Settings {
        Settings {
            llm: self.llm.clone(),
            model: self.model.clone(),
            api_key_env: self.api_key_env.clone(),
            api_key_file: self.api_key_file.clone(),
            key_over_http: self.key_over_http,
            extra_body: self.extra_body.clone(),
            prompts: self.prompts.clone(),
            max_calls: self.max_calls,
            max_tokens: self.max_tokens,
            max_cost: self.max_cost,
            max_minutes: self.max_minutes,
            price_in: self.price_in,
            price_out: self.price_out,
            timeout: self.timeout,
            wait: self.wait,
            ..Settings::default()
        }
    }
}
