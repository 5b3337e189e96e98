//! What a layer says of a run: every flag, with its environment variable, its words in `--help` and its name in a configuration file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Ask, Asking, Method, Questions};
use crate::corpus::{Format, OnError, Turns};
use crate::error::Error;
use crate::model::{Caps, Prices};

/// What one layer says of a run: flags with their environment variables, or a configuration file. Absent means: not said here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// What the groups should tell you, in your own words
    #[arg(long, value_name = "TEXT", env = "COLLIGATE_GOAL")]
    pub goal: Option<String>,
    /// Number of clusters; without it, chosen from the data
    #[arg(short, value_name = "K", env = "COLLIGATE_K")]
    pub k: Option<usize>,
    /// Run directory; without it, runs/NAME
    #[arg(long, value_name = "DIR", env = "COLLIGATE_OUT")]
    pub out: Option<PathBuf>,
    /// How documents are clustered
    #[arg(long, value_enum, env = "COLLIGATE_METHOD")]
    pub method: Option<Method>,
    /// Address of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1, or `none`
    #[arg(long, value_name = "URL", env = "COLLIGATE_LLM")]
    pub llm: Option<String>,
    /// Model to ask; may be left out where the server lists one only
    #[arg(long, value_name = "NAME", env = "COLLIGATE_MODEL")]
    pub model: Option<String>,
    /// Answer from the recording in a run directory or journal file, ask nothing
    #[arg(long, value_name = "RUN|FILE", env = "COLLIGATE_REPLAY", conflicts_with_all = ["llm", "model"])]
    pub replay: Option<PathBuf>,
    /// `builtin`, `builtin-int8` (faster, nearly the same), `static`, a directory with model.onnx and tokenizer.json, a model's name
    /// such as intfloat/multilingual-e5-small, or the address of a server [default: builtin]
    #[arg(long, value_name = "NAME|DIR|URL", env = "COLLIGATE_EMBEDDER")]
    pub embedder: Option<String>,
    /// Model of the server that embeds; may be left out where it lists one only
    #[arg(long, value_name = "NAME", env = "COLLIGATE_EMBEDDER_MODEL")]
    pub embedder_model: Option<String>,
    /// Environment variable that holds the key of the server that embeds [default: OPENAI_API_KEY]
    #[arg(long, value_name = "NAME", env = "COLLIGATE_EMBEDDER_KEY_ENV")]
    pub embedder_key_env: Option<String>,
    /// File that holds the key of the server that embeds
    #[arg(long, value_name = "FILE", env = "COLLIGATE_EMBEDDER_KEY_FILE")]
    pub embedder_key_file: Option<PathBuf>,
    /// Directory of the vector cache, or `none`; without it, the user's cache directory
    #[arg(long, value_name = "DIR|none", env = "COLLIGATE_CACHE")]
    pub cache: Option<PathBuf>,
    /// Questions at most in all stages together; `all` makes `auto` `goalex` [default: 1024; classify: all]
    #[arg(long, value_name = "N|all", env = "COLLIGATE_QUESTIONS")]
    pub questions: Option<Questions>,
    /// How `auto` asks about a document [default: auto]
    #[arg(long, value_enum, env = "COLLIGATE_ASK")]
    pub ask: Option<Ask>,
    /// Let `auto` ask a quarter of its questions about triplets: which of two documents a third belongs with. A map of the vectors
    /// learned from the answers is one more feature space
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_PERSPECTIVE")]
    pub perspective: Option<bool>,
    /// Of the questions of `auto`: judge N random documents that were only inferred, and report the agreement [default: 0]
    #[arg(long, value_name = "N", env = "COLLIGATE_AUDIT")]
    pub audit: Option<usize>,
    /// Rounds of propose, assign and select at most, by `goalex` [default: 2]
    #[arg(long, value_name = "N", env = "COLLIGATE_ROUNDS")]
    pub rounds: Option<usize>,
    /// Candidates judged in all rounds together at most, by `goalex` [default: 12]
    #[arg(long, value_name = "N", env = "COLLIGATE_CANDIDATES")]
    pub candidates: Option<usize>,
    /// Drop candidates that hold for more than this share of the documents, by `goalex` [default: 0.6]
    #[arg(long, value_name = "X", env = "COLLIGATE_MAX_SHARE")]
    pub max_share: Option<f64>,
    /// Without -k: what a cluster costs, as the share of the documents that it must newly explain [default: 0.01; auto: 0.002]
    #[arg(long, value_name = "X", env = "COLLIGATE_CLUSTER_PENALTY")]
    pub cluster_penalty: Option<f64>,
    /// Requests to the model at most, retries included
    #[arg(long, value_name = "N", env = "COLLIGATE_MAX_CALLS")]
    pub max_calls: Option<u64>,
    /// Tokens of prompts and completions at most
    #[arg(long, value_name = "N", env = "COLLIGATE_MAX_TOKENS")]
    pub max_tokens: Option<u64>,
    /// Cost at most, in the currency of the prices
    #[arg(long, value_name = "X", env = "COLLIGATE_MAX_COST")]
    pub max_cost: Option<f64>,
    /// Minutes in which requests may begin; a run so capped is not repeatable
    #[arg(long, value_name = "N", env = "COLLIGATE_MAX_MINUTES")]
    pub max_minutes: Option<f64>,
    /// Price of a million prompt tokens
    #[arg(long, value_name = "X", env = "COLLIGATE_PRICE_IN")]
    pub price_in: Option<f64>,
    /// Price of a million completion tokens
    #[arg(long, value_name = "X", env = "COLLIGATE_PRICE_OUT")]
    pub price_out: Option<f64>,
    /// Price of a million tokens of texts that a server embeds
    #[arg(long, value_name = "X", env = "COLLIGATE_PRICE_EMBEDDING")]
    pub price_embedding: Option<f64>,
    /// Share of unparsed answers above which the run is partial [default: 0.05]
    #[arg(long, value_name = "X", env = "COLLIGATE_MAX_UNPARSED")]
    pub max_unparsed: Option<f64>,
    /// Requests under way at once [default: 4]
    #[arg(long, value_name = "N", env = "COLLIGATE_CONCURRENCY")]
    pub concurrency: Option<usize>,
    /// Seconds that one answer may take [default: 600]
    #[arg(long, value_name = "SECONDS", env = "COLLIGATE_TIMEOUT")]
    pub timeout: Option<f64>,
    /// Seconds that a server which is starting, or has gone away, is waited for [default: 60]
    #[arg(long, value_name = "SECONDS", env = "COLLIGATE_WAIT")]
    pub wait: Option<f64>,
    /// JSON file whose fields are added to every request: a server's own switches
    #[arg(long, value_name = "FILE", env = "COLLIGATE_EXTRA_BODY")]
    pub extra_body: Option<PathBuf>,
    /// Environment variable that holds the server's key [default: OPENAI_API_KEY]
    #[arg(long, value_name = "NAME", env = "COLLIGATE_API_KEY_ENV")]
    pub api_key_env: Option<String>,
    /// File that holds the server's key
    #[arg(long, value_name = "FILE", env = "COLLIGATE_API_KEY_FILE")]
    pub api_key_file: Option<PathBuf>,
    /// Of all randomness [default: 0]
    #[arg(long, value_name = "N", env = "COLLIGATE_SEED")]
    pub seed: Option<u64>,
    /// Threads for computing; without it, one a core
    #[arg(long, value_name = "N", env = "COLLIGATE_THREADS")]
    pub threads: Option<usize>,
    /// Field of the text: a column, `column 3`, or a JSON pointer such as /review/body; without it, `text` or what is plainly the text
    #[arg(long, value_name = "F", env = "COLLIGATE_TEXT_FIELD")]
    pub text_field: Option<String>,
    /// Field of the id: a column or JSON pointer; without it, `id` or the line number
    #[arg(long, value_name = "F", env = "COLLIGATE_ID_FIELD")]
    pub id_field: Option<String>,
    /// Format of the corpus; without it, by its first bytes and its name
    #[arg(long, value_enum, env = "COLLIGATE_FORMAT")]
    pub format: Option<Format>,
    /// JSON pointer to the list of documents in a JSON object, where it holds several
    #[arg(long, value_name = "POINTER", env = "COLLIGATE_RECORDS")]
    pub records: Option<String>,
    /// Sheet of a workbook; without it, the first that holds anything
    #[arg(long, value_name = "NAME", env = "COLLIGATE_SHEET")]
    pub sheet: Option<String>,
    /// The table has no header: its first line is a row, and columns are called `column 1`, `column 2`, …
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_NO_HEADER")]
    pub no_header: Option<bool>,
    /// Whose turns of a chat are its text [default: all]
    #[arg(long, value_enum, env = "COLLIGATE_TURNS")]
    pub turns: Option<Turns>,
    /// What to do with a row that is no document [default: fail]
    #[arg(long, value_enum, env = "COLLIGATE_ON_ERROR")]
    pub on_error: Option<OnError>,
    /// Take the first N documents only
    #[arg(long, value_name = "N", env = "COLLIGATE_LIMIT")]
    pub limit: Option<usize>,
    /// Directory whose prompt files replace the compiled-in ones of their name
    #[arg(long, value_name = "DIR", env = "COLLIGATE_PROMPTS")]
    pub prompts: Option<PathBuf>,
    /// Go on with the run in --out: what its journal holds is not asked again
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", requires = "out", env = "COLLIGATE_RESUME")]
    pub resume: Option<bool>,
    /// Leave texts out of the run directory's documents.jsonl and calls.jsonl
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_NO_TEXTS")]
    pub no_texts: Option<bool>,
}

impl Settings {
    /// Reads a TOML file of flags.
    ///
    /// # Errors
    /// When the file cannot be read or has a key that is no flag.
    pub fn from_file(path: &Path) -> Result<Settings, Error> {
        let text = std::fs::read_to_string(path).map_err(|problem| Error::file(path, problem))?;
        toml::from_str(&text)
            .map_err(|problem| Error::Usage(format!("{}: {}", path.display(), problem.to_string().trim_end())))
    }

    pub(super) fn caps(&self) -> Result<Caps, Error> {
        if self.max_cost.is_some() && self.price_in.or(self.price_out).or(self.price_embedding).is_none() {
            return Err(Error::Usage(
                "--max-cost needs --price-in and --price-out: prices of a million tokens, in the same currency".into(),
            ));
        }
        Ok(Caps {
            calls: self.max_calls,
            tokens: self.max_tokens,
            cost: self.max_cost.map(|cost| amount("--max-cost", cost)).transpose()?,
            time: self.max_minutes.map(|minutes| seconds("--max-minutes", 60.0 * minutes)).transpose()?,
        })
    }

    pub(super) fn prices(&self) -> Result<Option<Prices>, Error> {
        let price = |flag: &str, price: Option<f64>| amount(flag, price.unwrap_or(0.0));
        let prices = Prices {
            input: price("--price-in", self.price_in)?,
            output: price("--price-out", self.price_out)?,
            embedding: price("--price-embedding", self.price_embedding)?,
        };
        Ok(self.price_in.or(self.price_out).or(self.price_embedding).map(|_| prices))
    }

    pub(super) fn asking(&self) -> Asking {
        if let Some(recording) = &self.replay {
            return Asking::Recording(recording.clone());
        }
        match (self.llm.as_deref(), &self.model) {
            (Some("none"), _) | (None, None) => Asking::Nobody,
            (Some(address), model) => Asking::Server(address.to_owned(), model.clone()),
            (None, model) => Asking::Server(default_address(), model.clone()),
        }
    }
}

fn amount(flag: &str, amount: f64) -> Result<f64, Error> {
    if amount.is_finite() && amount >= 0.0 {
        Ok(amount)
    } else {
        Err(Error::Usage(format!("{flag} must be 0 or more, not {amount}")))
    }
}

pub(super) fn seconds(flag: &str, time: f64) -> Result<Duration, Error> {
    Duration::try_from_secs_f64(time).map_err(|_| Error::Usage(format!("{flag} is no length of time")))
}

/// `OPENAI_BASE_URL`, which gives an address, never consent; else the public service's.
fn default_address() -> String {
    std::env::var("OPENAI_BASE_URL")
        .ok()
        .filter(|address| !address.is_empty())
        .unwrap_or_else(|| "https://api.openai.com/v1".into())
}
