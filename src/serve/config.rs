//! The service's configuration: which models there are, who may ask, and how much.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::Error;
use crate::message;
use crate::plan::Settings;
use crate::seed::sha256_bytes;
use crate::text::text_by_hand;

/// What a backend may say: whom to ask, how, and within which caps. The rest of a plan is the client's or the service's.
const OF_A_BACKEND: [&str; 24] = [
    "llm",
    "model",
    "judge",
    "judge-model",
    "judge-key-env",
    "judge-key-file",
    "api-key-env",
    "api-key-file",
    "key-over-http",
    "extra-body",
    "prompts",
    "concurrency",
    "timeout",
    "wait",
    "max-calls",
    "max-tokens",
    "max-cost",
    "max-minutes",
    "price-in",
    "price-out",
    "price-embedding",
    "embedder",
    "embedder-model",
    "embedder-key-env",
];

/// The configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Models by the names that clients know them by. Each is described as `run` describes one.
    pub backends: BTreeMap<String, Settings>,
    /// Who may ask, by a name of the server's; without any, whoever reaches this machine's loopback address.
    pub tokens: BTreeMap<String, Token>,
    /// How much of anything.
    pub limits: Limits,
    /// Days after which a job that has ended is erased; without it, jobs stay until they are erased.
    pub keep_days: Option<u64>,
}

/// One who may ask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Token {
    /// The token's sha256 as hexadecimal digits: the token itself is written nowhere.
    pub sha256: String,
    /// Jobs of this token that may wait at once; without it, as many as may wait in all.
    #[serde(default)]
    pub queue: Option<usize>,
}

/// How much of anything.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// Bytes of a request.
    pub upload_bytes: usize,
    /// Bytes of the documents when they are unpacked.
    pub unpacked_bytes: u64,
    /// Rows of a corpus.
    pub rows: usize,
    /// Bytes of one document.
    pub row_bytes: usize,
    /// Jobs that run at once.
    pub jobs_at_once: usize,
    /// Jobs that may wait.
    pub queue: usize,
    /// Connections at once.
    pub connections: usize,
    /// Bytes that must be free on the disk for a job to be taken or begun.
    pub disk_free_bytes: u64,
    /// What all jobs together may cost in a day (UTC), in the currency of the prices.
    pub cost_per_day: Option<f64>,
    /// Documents that are assigned to a finished job's clusters at once.
    pub assigned_at_once: usize,
    /// Seconds that a request's head, or any next part of its body, is waited for.
    pub patience_seconds: u64,
    /// Seconds that running jobs have to end when the service ends.
    pub drain_seconds: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            upload_bytes: 64 * 1024 * 1024,
            unpacked_bytes: 512 * 1024 * 1024,
            rows: 200_000,
            row_bytes: 1024 * 1024,
            jobs_at_once: 1,
            queue: 64,
            connections: 256,
            disk_free_bytes: 1024 * 1024 * 1024,
            cost_per_day: None,
            assigned_at_once: 1_000,
            patience_seconds: 20,
            drain_seconds: 30,
        }
    }
}

impl Config {
    /// Reads a configuration file and checks it.
    ///
    /// # Errors
    /// When it cannot be read, has a key that is not known, or says what the service cannot do.
    pub fn read(path: &Path) -> Result<Config, Error> {
        let text = text_by_hand(path)?;
        let config: Config = toml::from_str(&text).map_err(|problem| {
            let before = problem.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            Error::file(path, format!("line {line}: {}", problem.message()))
        })?;
        config.check().map_err(|problem| Error::file(path, problem))?;
        Ok(config)
    }

    fn check(&self) -> Result<(), Error> {
        for (name, backend) in &self.backends {
            is_name(name)?;
            if let Some((key, _)) = backend.said()?.iter().find(|(key, _)| !OF_A_BACKEND.contains(&key.as_str())) {
                return Err(Error::usage(format!("backends.{name}: {key} is not a backend's to say: leave it out")));
            }
            if backend.llm.is_none() && backend.judge.is_none() {
                return Err(Error::usage(format!("backends.{name}: names no model: give it an llm or a judge")));
            }
            let is_priced = backend.price_in.is_some() && backend.price_out.is_some();
            if self.limits.cost_per_day.is_some() && !is_priced {
                return Err(Error::usage(format!(
                    "backends.{name}: limits.cost-per-day needs its prices: add price-in and price-out (0 where there is nothing to pay)"
                )));
            }
        }
        for (name, token) in &self.tokens {
            is_name(name)?;
            if token.digest().is_none() {
                return Err(Error::Usage(message!(
                    "tokens.{name}.sha256: expected 64 hexadecimal digits, as sha256sum prints them",
                    name
                )));
            }
        }
        let limits = &self.limits;
        let counts = [
            ("upload-bytes", limits.upload_bytes),
            ("rows", limits.rows),
            ("row-bytes", limits.row_bytes),
            ("jobs-at-once", limits.jobs_at_once),
            ("queue", limits.queue),
            ("connections", limits.connections),
            ("assigned-at-once", limits.assigned_at_once),
        ];
        match counts.into_iter().find(|(_, count)| *count == 0) {
            Some((name, _)) => Err(Error::usage(format!("limits.{name}: expected at least 1"))),
            None => Ok(()),
        }
    }
}

impl Token {
    /// Its sha256; none where it is not written as one.
    pub fn digest(&self) -> Option<[u8; 32]> {
        sha256_bytes(&self.sha256)
    }
}

/// Names stand in addresses, files and metrics.
fn is_name(name: &str) -> Result<(), Error> {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if name.is_empty() || name.len() > 64 || !is_plain {
        return Err(Error::usage(format!("{name:?}: expected a name of letters, digits, - and _")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        Config::read(file.path()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_backend_is_described_as_a_run_describes_a_model() {
        let config = read("[backends.small]\nllm = \"http://127.0.0.1:1/v1\"\nmax-calls = 9\n").unwrap();
        assert_eq!(config.backends["small"].max_calls, Some(9));
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn what_the_service_cannot_do_is_refused_by_its_name() {
        let cases = [
            ("[backends.x]\nllm = \"http://h/v1\"\nout = \"/tmp\"", "backends.x: out is not a backend's to say"),
            ("[backends.x]\nmodel = \"m\"", "backends.x: names no model"),
            ("[backends.\"a b\"]\nllm = \"http://h/v1\"", "expected a name of letters"),
            ("[limits]\ncost-per-day = 1.0\n[backends.x]\nllm = \"http://h/v1\"", "needs its prices"),
            ("[tokens.a]\nsha256 = \"secret\"", "expected 64 hexadecimal digits"),
            ("[limits]\nqueue = 0", "limits.queue: expected at least 1"),
            ("\nnonsense = 1", "line 2: unknown field `nonsense`"),
        ];
        for (text, problem) in cases {
            let said = read(text).unwrap_err();
            assert!(said.contains(problem), "{said}");
        }
    }
}
