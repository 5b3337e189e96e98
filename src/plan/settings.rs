//! What a layer says of a run: every flag, with its environment variable, its words in `--help` and its name in a configuration file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Ask, Asking, Embedding, Further, Method, Questions};
use crate::corpus::{Format, OnError, Turns};
use crate::error::Error;
use crate::model::{Caps, Prices};
use crate::text::text_by_hand;

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
    /// Without a model and without -k: show clusters only (1), or clusters and their parts (2) where the texts have two such
    /// levels [default: 2 where more than five clusters are found]
    #[arg(long, value_name = "N", env = "COLLIGATE_LEVELS")]
    pub levels: Option<usize>,
    /// Groups known beforehand: a TOML file with a list of tables called `entry`, or a CSV file; label, predicate and, if there are
    /// any, examples
    #[arg(long, value_name = "FILE", env = "COLLIGATE_CODEBOOK")]
    pub codebook: Option<PathBuf>,
    /// Groups that are looked for beside those of the codebook: without a model, what the documents in no group are about is only
    /// proposed [default: 5; none where a model is asked]
    #[arg(long, value_name = "N|none", env = "COLLIGATE_PROPOSE")]
    pub propose: Option<Further>,
    /// Run directory: new or empty, or with --resume one that holds a run; without it, runs/NAME
    #[arg(long, value_name = "DIR", env = "COLLIGATE_OUT")]
    pub out: Option<PathBuf>,
    /// How documents are clustered
    #[arg(long, value_enum, env = "COLLIGATE_METHOD")]
    pub method: Option<Method>,
    /// Address of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1, or `none`
    #[arg(long, value_name = "URL", env = "COLLIGATE_LLM")]
    pub llm: Option<String>,
    /// Model to ask, of the server that --llm names; may be left out where it lists one only
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
    /// Environment variable that holds the key of the server that embeds; without it, the model's key where the host is the same
    #[arg(long, value_name = "NAME", env = "COLLIGATE_EMBEDDER_KEY_ENV")]
    pub embedder_key_env: Option<String>,
    /// File that holds the key of the server that embeds
    #[arg(long, value_name = "FILE", env = "COLLIGATE_EMBEDDER_KEY_FILE")]
    pub embedder_key_file: Option<PathBuf>,
    /// Directory in which the vector cache has a folder of its own, or `none`; without it, the user's cache directory
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
    /// Of the questions of `auto`: judge N random documents that were only inferred, and report the agreement; at
    /// most half of the questions [default: 0]
    #[arg(long, value_name = "N", env = "COLLIGATE_AUDIT")]
    pub audit: Option<usize>,
    /// Rounds of propose, assign and select at most, by `goalex` [default: 2]
    #[arg(long, value_name = "N", env = "COLLIGATE_ROUNDS")]
    pub rounds: Option<usize>,
    /// Candidates judged in all rounds together at most, by `goalex` [default: 12]
    #[arg(long, value_name = "N", env = "COLLIGATE_CANDIDATES")]
    pub candidates: Option<usize>,
    /// Drop candidates that hold for more than this share of the documents, by `goalex` [default: 0.6]
    #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_MAX_SHARE")]
    pub max_share: Option<f64>,
    /// Without -k: what a cluster costs, as the share of the documents that it must newly explain [default: 0.01; auto: 0.002]
    #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_CLUSTER_PENALTY")]
    pub cluster_penalty: Option<f64>,
    /// Requests at most in the whole run, retries and former sessions included
    #[arg(long, value_name = "N", env = "COLLIGATE_MAX_CALLS")]
    pub max_calls: Option<u64>,
    /// Tokens of prompts and completions at most, in the whole run
    #[arg(long, value_name = "N", env = "COLLIGATE_MAX_TOKENS")]
    pub max_tokens: Option<u64>,
    /// Cost of the whole run at most, in the currency of the prices
    #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_MAX_COST")]
    pub max_cost: Option<f64>,
    /// Minutes of this session in which requests may begin; a run so capped is not repeatable
    #[arg(long, value_name = "N", value_parser = number, env = "COLLIGATE_MAX_MINUTES")]
    pub max_minutes: Option<f64>,
    /// Price of a million prompt tokens
    #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_PRICE_IN")]
    pub price_in: Option<f64>,
    /// Price of a million completion tokens
    #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_PRICE_OUT")]
    pub price_out: Option<f64>,
    /// Price of a million tokens of texts that a server embeds
    #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_PRICE_EMBEDDING")]
    pub price_embedding: Option<f64>,
    /// Share of unparsed answers above which the run is partial [default: 0.05]
    #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_MAX_UNPARSED")]
    pub max_unparsed: Option<f64>,
    /// Requests under way at once, 512 at most [default: 4]
    #[arg(long, value_name = "N", env = "COLLIGATE_CONCURRENCY")]
    pub concurrency: Option<usize>,
    /// Seconds that one answer may take; a server that has answered nothing by then (or by --wait, if that is longer) is given up
    /// [default: 600]
    #[arg(long, value_name = "SECONDS", value_parser = number, env = "COLLIGATE_TIMEOUT")]
    pub timeout: Option<f64>,
    /// Seconds that a server which is starting, or has gone away, is waited for [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = number, env = "COLLIGATE_WAIT")]
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
    /// Send a key over http:// to a host that is not this machine too, where others on the way can read it
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_KEY_OVER_HTTP")]
    pub key_over_http: Option<bool>,
    /// Of all randomness [default: 0]
    #[arg(long, value_name = "N", env = "COLLIGATE_SEED")]
    pub seed: Option<u64>,
    /// Threads for computing, 512 at most; without it, one a core
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
    /// Leave quoted replies, signatures and what repeats across documents in the texts
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_KEEP_BOILERPLATE")]
    pub keep_boilerplate: Option<bool>,
    /// Group answers without content ("don't know", "n/a", "-") like the others
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_KEEP_FILLERS")]
    pub keep_fillers: Option<bool>,
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
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_RESUME")]
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
        let text = text_by_hand(path)?;
        toml::from_str(&text).map_err(|problem| {
            let before = problem.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| format!("line {}: ", before.matches('\n').count() + 1));
            let said = without_values(problem.message());
            Error::Usage(format!("{}: {}{said}", path.display(), line.unwrap_or_default()))
        })
    }

    /// The numbers that have a fraction, by their flags.
    fn fractions(&self) -> [(&'static str, Option<f64>); 10] {
        [
            ("--max-share", self.max_share),
            ("--cluster-penalty", self.cluster_penalty),
            ("--max-cost", self.max_cost),
            ("--max-minutes", self.max_minutes),
            ("--price-in", self.price_in),
            ("--price-out", self.price_out),
            ("--price-embedding", self.price_embedding),
            ("--max-unparsed", self.max_unparsed),
            ("--timeout", self.timeout),
            ("--wait", self.wait),
        ]
    }

    /// Whole numbers with the largest that each flag takes.
    fn counts(&self) -> [(&'static str, Option<usize>, usize); 10] {
        let questions = match self.questions {
            Some(Questions::AtMost(most)) => Some(most),
            _ => None,
        };
        [
            ("-k", self.k, MOST_COUNTED),
            ("--levels", self.levels, 2),
            ("--questions", questions, MOST_COUNTED),
            ("--audit", self.audit, MOST_COUNTED),
            ("--propose", self.propose.map(|further| further.0), MOST_CANDIDATES),
            ("--limit", self.limit, usize::MAX),
            ("--rounds", self.rounds, MOST_ROUNDS),
            ("--candidates", self.candidates, MOST_CANDIDATES),
            ("--concurrency", self.concurrency, MOST_AT_ONCE),
            ("--threads", self.threads, MOST_AT_ONCE),
        ]
    }

    /// Refuses numbers that are none, and those that no run can be meant to have.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the flag and what it takes.
    pub(super) fn check_numbers(&self) -> Result<(), Error> {
        for (flag, value) in self.fractions() {
            value.map(|value| amount(flag, value)).transpose()?;
        }
        match self.counts().into_iter().find(|(_, value, most)| value.is_some_and(|value| value > *most)) {
            Some((flag, Some(value), most)) => {
                Err(Error::Usage(format!("{flag}: expected at most {most}, got {value}")))
            }
            _ => Ok(()),
        }
    }

    /// The caps; a cost needs the prices of all that will be sent.
    pub(super) fn caps(&self, asking: &Asking, embedding: &Embedding) -> Result<Caps, Error> {
        let (asks, embeds) = (matches!(asking, Asking::Server(..)), matches!(embedding, Embedding::Server(..)));
        let missing = [
            ("--price-in", asks && self.price_in.is_none()),
            ("--price-out", asks && self.price_out.is_none()),
            ("--price-embedding", embeds && self.price_embedding.is_none()),
        ];
        if let Some((price, _)) = missing.iter().find(|(_, is_missing)| self.max_cost.is_some() && *is_missing) {
            return Err(Error::Usage(format!(
                "--max-cost needs {price} too: prices of a million tokens in one currency (--price-in and --price-out of the \
                 model, --price-embedding of a server that embeds; 0 where there is nothing to pay)"
            )));
        }
        Ok(Caps {
            calls: self.max_calls,
            tokens: self.max_tokens,
            cost: self.max_cost,
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

    /// A model is asked only on request: a name is no address, and an address that only the environment gives is no wish.
    pub(super) fn asking(&self) -> Result<Asking, Error> {
        if let Some(recording) = &self.replay {
            return Ok(Asking::Recording(recording.clone()));
        }
        match (self.llm.as_deref(), &self.model) {
            (Some("none"), _) | (None, None) => Ok(Asking::Nobody),
            (Some(address), model) => Ok(Asking::Server(address.to_owned(), model.clone())),
            (None, Some(model)) => Err(Error::Usage(format!(
                "--model {model} says which model, not where it is, so nobody is asked: it needs --llm with the address of a \
                 server, such as --llm http://127.0.0.1:8080/v1{}",
                known_address()
            ))),
        }
    }
}

/// Requests or threads at once at most: more need more memory and open files than they bring.
const MOST_AT_ONCE: usize = 512;
/// Rounds at most.
const MOST_ROUNDS: usize = 1_000;
/// Candidates at most: each is judged on every document.
const MOST_CANDIDATES: usize = 10_000;
/// Clusters or questions at most.
const MOST_COUNTED: usize = 1_000_000_000;
/// The longest time that a flag takes, in seconds: a year.
const LONGEST: f64 = 366.0 * 86_400.0;

/// A number as the command line has it: finite, 0 or more.
fn number(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err("expected a finite number, 0 or more".into()) }
}

fn amount(flag: &str, amount: f64) -> Result<f64, Error> {
    if amount.is_finite() && amount >= 0.0 {
        Ok(amount)
    } else {
        Err(Error::Usage(format!("{flag}: expected a finite number, 0 or more, got {amount}")))
    }
}

/// A length of time.
///
/// # Errors
/// Where a flag's number is none, or more than a year.
pub fn seconds(flag: &str, time: f64) -> Result<Duration, Error> {
    let length = Duration::try_from_secs_f64(time).ok().filter(|_| time <= LONGEST);
    length
        .ok_or_else(|| Error::Usage(format!("{flag}: expected a length of time of a year at most, got {time} seconds")))
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
fn known_address() -> &'static str {
    match std::env::var_os("OPENAI_BASE_URL").filter(|address| !address.is_empty()) {
        Some(_) => "; for the one in OPENAI_BASE_URL, --llm \"$OPENAI_BASE_URL\"",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Settings, Error> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("goal.toml");
        std::fs::write(&file, text).unwrap();
        Settings::from_file(&file)
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
        assert!(seconds("--wait", 1e18).is_err() && seconds("--wait", 9.0).is_ok());
    }

    #[test]
    fn a_cost_needs_the_price_of_all_that_is_sent() {
        let (model, server) = (Asking::Server("a".into(), None), Embedding::Server("b".into(), None));
        let local = Embedding::Named("builtin".into());
        let costs = |text: &str| config(&format!("max-cost = 1.0\n{text}")).unwrap();
        let whole = costs("price-in = 1.0\nprice-out = 1.0");
        assert!(whole.caps(&model, &local).is_ok() && whole.caps(&model, &server).is_err());
        for text in ["", "price-in = 1.0", "price-out = 1.0", "price-embedding = 1.0"] {
            assert_eq!(costs(text).caps(&model, &local).unwrap_err().exit_code(), 2, "{text}");
        }
        assert!(costs("price-embedding = 1.0").caps(&Asking::Nobody, &server).is_ok());
        assert!(costs("").caps(&Asking::Nobody, &local).is_ok());
    }
}
