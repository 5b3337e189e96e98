//! What the settings of a run mean together: a configuration file read, caps and prices, who is asked.

use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Asking, Embedding, JudgePlan, Settings};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};
use crate::model::{Caps, Prices};
use crate::text::text_by_hand;

impl Settings {
    /// Reads a TOML file of flags.
    ///
    /// # Errors
    /// When the file cannot be read or has a key that is not a flag.
    pub fn from_file(path: &Path) -> Result<Settings, Error> {
        let text = text_by_hand(path)?;
        toml::from_str(&text).map_err(|problem| {
            let before = problem.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| format!("line {}: ", before.matches('\n').count() + 1));
            let said = without_values(problem.message());
            Error::usage(format!("{}: {}{said}", path.display(), line.unwrap_or_default()))
        })
    }

    /// What is said, by its name in manifests and configuration files.
    ///
    /// # Errors
    /// When a path is not UTF-8: a plan is recorded as text.
    pub fn said(&self) -> Result<Map<String, Value>, Error> {
        let refused = |problem: serde_json::Error| {
            Error::Usage(message!("{problem}: give files and folders names in UTF-8", problem))
        };
        let said = serde_json::to_value(self).map_err(refused)?.as_object().cloned().unwrap_or_default();
        Ok(said.into_iter().filter(|(_, value)| !value.is_null()).collect())
    }

    /// The caps, `asks` where a server is asked; a cost needs the prices of all that will be sent.
    pub(super) fn caps(&self, asks: bool, embedding: &Embedding) -> Result<Caps, Error> {
        let embeds = matches!(embedding, Embedding::Server(..));
        let missing = [
            ("price-in", asks && self.price_in.is_none()),
            ("price-out", asks && self.price_out.is_none()),
            ("price-embedding", embeds && self.price_embedding.is_none()),
        ];
        if let Some((price, _)) = missing.iter().find(|(_, is_missing)| self.max_cost.is_some() && *is_missing) {
            return Err(Error::Usage(message!(
                "{@max-cost} needs {price} too: prices of a million tokens in one currency ({@price-in} and {@price-out} of the \
                 model, {@price-embedding} of a server that embeds; 0 where there is nothing to pay)",
                price = Mention::of(*price).say()
            )));
        }
        Ok(Caps {
            calls: self.max_calls,
            tokens: self.max_tokens,
            cost: self.max_cost,
            time: self.max_minutes.map(|minutes| seconds("max-minutes", 60.0 * minutes)).transpose()?,
        })
    }

    /// The prices, where one is said.
    pub(super) fn prices(&self) -> Option<Prices> {
        self.price_in.or(self.price_out).or(self.price_embedding).map(|_| Prices {
            input: self.price_in.unwrap_or(0.0),
            output: self.price_out.unwrap_or(0.0),
            embedding: self.price_embedding.unwrap_or(0.0),
        })
    }

    /// Who says which candidates hold, if the user names one.
    pub(super) fn judge_plan(&self) -> Option<JudgePlan> {
        Some(JudgePlan {
            address: self.judge.clone()?,
            model: self.judge_model.clone(),
            key_env: self.judge_key_env.clone(),
            key_file: self.judge_key_file.clone(),
        })
    }

    /// A model is asked only on request: a name is not an address, and an address that only the environment gives is not a wish.
    pub(super) fn asking(&self) -> Result<Asking, Error> {
        if let Some(recording) = &self.replay {
            return Ok(Asking::Recording(recording.clone()));
        }
        match (self.llm.as_deref(), &self.model) {
            (Some("none"), Some(model)) => Err(Error::Usage(message!(
                "{model} says which model, but {-llm none} asks nobody: leave one of them out",
                model = Mention::of("model").shown(model)
            ))),
            (Some("none"), _) | (None, None) => Ok(Asking::Nobody),
            (Some(address), model) => Ok(Asking::Server(address.to_owned(), model.clone())),
            (None, Some(model)) => Err(Error::Usage(message!(
                "{model} says which model, not where it is, so nobody is asked: it needs {@llm} with the address of a \
                 server, such as {+llm http://127.0.0.1:8080/v1}{known}",
                model = Mention::of("model").shown(model),
                known = known_address()
            ))),
        }
    }
}

/// The longest time that a parameter takes, in seconds: a year.
const LONGEST: f64 = 366.0 * 86_400.0;

/// A length of time.
///
/// # Errors
/// Where a parameter's number is none, or more than a year.
pub fn seconds(parameter: &'static str, time: f64) -> Result<Duration, Error> {
    let length = Duration::try_from_secs_f64(time).ok().filter(|_| time <= LONGEST);
    let this = Mention::of(parameter);
    length.ok_or_else(|| {
        Error::Usage(message!("{this}: expected a length of time of a year at most, got {time} seconds", this, time))
    })
}

/// What a parser says of a file, without the values in it: one may be a key in the wrong place.
fn without_values(said: &str) -> String {
    let parts = said.split('"').enumerate();
    let hidden: Vec<&str> = parts.map(|(place, part)| if place % 2 == 1 { "…" } else { part }).collect();
    let quoted = hidden.join("\"");
    match quoted.split_once("unknown variant `") {
        Some((before, after)) => {
            let rest = after.split_once('`').map_or("", |(_, rest)| rest);
            format!("{before}unknown value{rest}")
        }
        None => quoted,
    }
}

/// Environment variable of the key where none is named.
pub const DEFAULT_KEY: &str = "OPENAI_API_KEY";

/// `OPENAI_BASE_URL`, which gives an address, never consent; else the public service's.
pub fn default_address() -> String {
    std::env::var("OPENAI_BASE_URL")
        .ok()
        .filter(|address| !address.is_empty())
        .unwrap_or_else(|| "https://api.openai.com/v1".into())
}

/// How the address in `OPENAI_BASE_URL` is meant, where there is one: it is never used unasked, and never shown, as it may hold a
/// key.
fn known_address() -> Option<Message> {
    let known = std::env::var_os("OPENAI_BASE_URL").filter(|address| !address.is_empty());
    known.map(|_| message!("; for the one in OPENAI_BASE_URL, {+llm \"$OPENAI_BASE_URL\"}"))
}

#[cfg(test)]
mod tests {
    use super::super::parameters::number;
    use super::*;

    fn config(text: &str) -> Result<Settings, Error> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("goal.toml");
        std::fs::write(&file, text).unwrap();
        Settings::from_file(&file)
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_the_users_to_change() {
        use std::os::unix::ffi::OsStrExt;
        let out = Some(std::ffi::OsStr::from_bytes(b"o\xff").into());
        let problem = Settings { out, ..Settings::default() }.said().unwrap_err();
        assert_eq!((problem.exit_code(), problem.to_string().ends_with("names in UTF-8")), (2, true), "{problem}");
    }

    #[test]
    fn a_file_that_is_wrong_is_told_by_its_line_and_never_by_its_values() {
        for text in [
            "goal = \"why\"\nrounds = \"sk-CANARY\"",
            "goal = \"why\"\napi-key = \"sk-CANARY\"",
            "goal = \"why\"\nllm = \"http://user:CANARY@host",
            "goal = \"why\"\nmethod = \"sk-CANARY\"",
            "goal = \"why\"\nllm = sk-CANARY",
            "goal = \"why\"\nquestions = \"sk-CANARY\"",
        ] {
            let problem = config(text).unwrap_err();
            let said = problem.to_string();
            assert!(problem.exit_code() == 2 && said.contains("line 2") && !said.contains("CANARY"), "{said}");
        }
        assert!(config("api-key = 1").unwrap_err().to_string().contains("api-key"), "the name is told");
    }

    #[test]
    fn numbers_that_are_none_are_refused_wherever_they_stand() {
        for value in ["nan", "-nan", "inf", "-inf", "-1", "-0.5", "1e999", "many", ""] {
            assert!(number(value).is_err(), "{value}");
        }
        assert_eq!((number("0"), number("2.5")), (Ok(0.0), Ok(2.5)));
        for text in ["max-cost = nan", "price-in = inf", "timeout = -1.0", "max-share = nan", "wait = -inf"] {
            assert_eq!(config(text).unwrap().check_numbers().unwrap_err().exit_code(), 2, "{text}");
        }
        for text in ["threads = 10000", "concurrency = 100000", "rounds = 9999999", "k = 9000000000"] {
            let problem = config(text).unwrap().check_numbers().unwrap_err().to_string();
            assert!(problem.contains("expected at most"), "{problem}");
        }
        assert!(seconds("wait", 1e18).is_err() && seconds("wait", 9.0).is_ok());
    }

    #[test]
    fn a_cost_needs_the_price_of_all_that_is_sent() {
        let server = Embedding::Server("b".into(), None);
        let local = Embedding::Named("builtin".into());
        let costs = |text: &str| config(&format!("max-cost = 1.0\n{text}")).unwrap();
        let whole = costs("price-in = 1.0\nprice-out = 1.0");
        assert!(whole.caps(true, &local).is_ok() && whole.caps(true, &server).is_err());
        for text in ["", "price-in = 1.0", "price-out = 1.0", "price-embedding = 1.0"] {
            assert_eq!(costs(text).caps(true, &local).unwrap_err().exit_code(), 2, "{text}");
        }
        assert!(costs("price-embedding = 1.0").caps(false, &server).is_ok());
        assert!(costs("").caps(false, &local).is_ok());
    }
}
