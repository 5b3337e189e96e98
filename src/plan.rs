//! Every parameter of a run: default < recording < configuration file < environment < flag, each with its origin.

mod choices;
mod embedding;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::corpus::{Format, OnError, ReadOptions};
use crate::error::Error;
use crate::model::{Caps, Prices};
use crate::run::{Manifest, Planned};
pub use choices::{Ask, Method, Questions};
pub use embedding::Embedding;

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
    /// Field of the text: a column, or a JSON pointer such as /review/body [default: text]
    #[arg(long, value_name = "F", env = "COLLIGATE_TEXT_FIELD")]
    pub text_field: Option<String>,
    /// Field of the id: a column or JSON pointer; without it, `id` or the line number
    #[arg(long, value_name = "F", env = "COLLIGATE_ID_FIELD")]
    pub id_field: Option<String>,
    /// Layout of the corpus; without it, by its name and first bytes
    #[arg(long, value_enum, env = "COLLIGATE_FORMAT")]
    pub format: Option<Format>,
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

/// Where answers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Asking {
    /// Nowhere: no model is asked.
    Nobody,
    /// A server: its address and, if named, the model.
    Server(String, Option<String>),
    /// A run directory or a journal file.
    Recording(PathBuf),
}

/// The checked parameters of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The user's sentence.
    pub goal: String,
    /// Number of clusters, if the user says so; at least 1.
    pub k: Option<usize>,
    /// The run directory, if the user names it.
    pub out: Option<PathBuf>,
    /// `Auto` only where a model is asked.
    pub method: Method,
    /// Where answers come from.
    pub asking: Asking,
    /// Who turns texts into vectors.
    pub embedder: Embedding,
    /// Environment variable of the embedding server's key.
    pub embedder_key_env: String,
    /// File of the embedding server's key.
    pub embedder_key_file: Option<PathBuf>,
    /// Folder of the vector cache, if vectors are kept.
    pub cache: Option<PathBuf>,
    /// Questions of `auto`, `clusterllm` and `classify` at most, at least 16; none where there is no such cap.
    pub questions: Option<usize>,
    /// What the run was allowed before, ascending, where it goes on with more questions.
    pub questions_before: Vec<usize>,
    /// How `auto` asks.
    pub ask: Ask,
    /// Whether `auto` asks triplets.
    pub perspective: bool,
    /// Spread documents that `auto` has judged at random.
    pub audit: usize,
    /// At least 1.
    pub rounds: usize,
    /// At least 1.
    pub candidates: usize,
    /// Above 0, at most 1.
    pub max_share: f64,
    /// At least 0.
    pub cluster_penalty: f64,
    /// What may be asked.
    pub caps: Caps,
    /// Prices of tokens, if the user gives any.
    pub prices: Option<Prices>,
    /// That one answer may take.
    pub timeout: Duration,
    /// That an absent server is waited for.
    pub wait: Duration,
    /// File of fields that are added to every request.
    pub extra_body: Option<PathBuf>,
    /// Between 0 and 1.
    pub max_unparsed: f64,
    /// At least 1.
    pub concurrency: usize,
    /// Environment variable of the key.
    pub api_key_env: String,
    /// File of the key.
    pub api_key_file: Option<PathBuf>,
    /// Of all randomness.
    pub seed: u64,
    /// Threads for computing.
    pub threads: Option<usize>,
    /// How the corpus is read.
    pub reading: ReadOptions,
    /// Directory of prompts.
    pub prompts: Option<PathBuf>,
    /// Whether the run in `out` is gone on with.
    pub resume: bool,
    /// Whether texts stay out of the run directory.
    pub no_texts: bool,
    /// Every value with its origin, for the manifest.
    pub origins: BTreeMap<String, Planned>,
}

/// Fewer questions than these name and judge nothing.
const LEAST_QUESTIONS: usize = 16;

/// The numbers of questions that a run was allowed before, in its manifest's plan.
const BEFORE: &str = "questions-before";

/// Flags that not every method knows, with those that do.
const SOME_ONLY: [(&str, &str); 4] =
    [("questions", "auto, clusterllm or classify"), ("ask", "auto"), ("perspective", "auto"), ("audit", "auto")];

/// Values that a recording's plan may set: those on which its questions depend.
const REPLAYED: [&str; 18] = [
    "goal",
    "k",
    "embedder",
    "embedder-model",
    "questions",
    "ask",
    "perspective",
    "audit",
    "rounds",
    "candidates",
    "max-share",
    "cluster-penalty",
    "max-unparsed",
    "seed",
    "text-field",
    "id-field",
    "limit",
    "on-error",
];

/// Values that stay out of the manifest, which is for others to read: an address can hold a key, a path tells of the machine.
const PRIVATE: [&str; 9] =
    ["llm", "out", "replay", "resume", "api-key-file", "embedder-key-file", "cache", "extra-body", "prompts"];

/// Layers of settings, the weakest first.
#[derive(Debug, Default)]
pub struct Layers {
    merged: BTreeMap<String, Planned>,
}

impl Layers {
    /// Puts a stronger layer over those before.
    ///
    /// # Errors
    /// Never for settings, which always have a JSON form.
    pub fn add(&mut self, origin: &str, settings: &Settings) -> Result<(), Error> {
        let value = serde_json::to_value(settings).map_err(|problem| Error::Bug(problem.to_string()))?;
        let said = value.as_object().cloned().unwrap_or_default().into_iter().filter(|(_, value)| !value.is_null());
        self.merged.extend(said.map(|(name, value)| (name, Planned { value, origin: origin.to_owned() })));
        Ok(())
    }

    /// Puts a recording's plan over those before: what its questions depend on. The method is the one that ran, even where
    /// nobody had named it: what `auto` stands for changes between versions.
    pub fn add_recording(&mut self, manifest: &Manifest) {
        let said = manifest
            .plan
            .iter()
            .filter(|(name, planned)| REPLAYED.contains(&name.as_str()) && planned.origin != "default");
        let said = said.map(|(name, planned)| (name.clone(), planned.value.clone()));
        let method = ("method".to_owned(), Value::from(manifest.method.clone()));
        self.merged
            .extend(said.chain([method]).map(|(name, value)| (name, Planned { value, origin: "recording".into() })));
    }

    /// Checks the whole and fills in the defaults.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the flag and the cure.
    pub fn check(self) -> Result<Plan, Error> {
        let values: Map<String, Value> =
            self.merged.iter().map(|(name, planned)| (name.clone(), planned.value.clone())).collect();
        let settings: Settings =
            serde_json::from_value(Value::Object(values)).map_err(|problem| Error::Usage(problem.to_string()))?;
        let (asking, caps, prices) = (settings.asking(), settings.caps()?, settings.prices()?);
        let method = method(settings.method.unwrap_or_default(), settings.questions, &asking)?;
        let replays = matches!(asking, Asking::Recording(_));
        let penalty = if method == Method::Auto { 0.002 } else { 0.01 };
        let plan = Plan {
            goal: settings.goal.unwrap_or_default().trim().to_owned(),
            k: settings.k,
            out: settings.out,
            method,
            asking,
            embedder: Embedding::of(settings.embedder, settings.embedder_model, replays)?,
            embedder_key_env: settings.embedder_key_env.unwrap_or_else(|| "OPENAI_API_KEY".into()),
            embedder_key_file: settings.embedder_key_file,
            cache: embedding::cache(settings.cache),
            questions: match (method, settings.questions) {
                (Method::Auto | Method::Clusterllm | Method::Classify, Some(Questions::AtMost(most))) => Some(most),
                (Method::Auto | Method::Clusterllm, _) => Some(1024),
                _ => None,
            },
            questions_before: Vec::new(),
            ask: settings.ask.unwrap_or_default(),
            perspective: settings.perspective.unwrap_or(false),
            audit: settings.audit.unwrap_or(0),
            rounds: settings.rounds.unwrap_or(2),
            candidates: settings.candidates.unwrap_or(12),
            max_share: settings.max_share.unwrap_or(0.6),
            cluster_penalty: settings.cluster_penalty.unwrap_or(penalty),
            caps,
            prices,
            timeout: seconds("--timeout", settings.timeout.unwrap_or(600.0))?,
            wait: seconds("--wait", settings.wait.unwrap_or(60.0))?,
            extra_body: settings.extra_body,
            max_unparsed: settings.max_unparsed.unwrap_or(0.05),
            concurrency: settings.concurrency.unwrap_or(4),
            api_key_env: settings.api_key_env.unwrap_or_else(|| "OPENAI_API_KEY".into()),
            api_key_file: settings.api_key_file,
            seed: settings.seed.unwrap_or(0),
            threads: settings.threads,
            reading: ReadOptions {
                format: settings.format,
                text_field: settings.text_field,
                id_field: settings.id_field,
                on_error: settings.on_error.unwrap_or_default(),
                limit: settings.limit,
            },
            prompts: settings.prompts,
            resume: settings.resume.unwrap_or(false),
            no_texts: settings.no_texts.unwrap_or(false),
            origins: self.merged,
        };
        plan.with_defaults_recorded().checked()
    }
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

    fn caps(&self) -> Result<Caps, Error> {
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

    fn prices(&self) -> Result<Option<Prices>, Error> {
        let price = |flag: &str, price: Option<f64>| amount(flag, price.unwrap_or(0.0));
        let prices = Prices {
            input: price("--price-in", self.price_in)?,
            output: price("--price-out", self.price_out)?,
            embedding: price("--price-embedding", self.price_embedding)?,
        };
        Ok(self.price_in.or(self.price_out).or(self.price_embedding).map(|_| prices))
    }

    fn asking(&self) -> Asking {
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

fn seconds(flag: &str, time: f64) -> Result<Duration, Error> {
    Duration::try_from_secs_f64(time).map_err(|_| Error::Usage(format!("{flag} is no length of time")))
}

/// `OPENAI_BASE_URL`, which gives an address, never consent; else the public service's.
fn default_address() -> String {
    std::env::var("OPENAI_BASE_URL")
        .ok()
        .filter(|address| !address.is_empty())
        .unwrap_or_else(|| "https://api.openai.com/v1".into())
}

fn method(wanted: Method, questions: Option<Questions>, asking: &Asking) -> Result<Method, Error> {
    match (wanted, asking) {
        (Method::Auto, Asking::Nobody) | (Method::Topics, Asking::Nobody) => Ok(Method::Topics),
        (Method::Auto, _) if questions == Some(Questions::All) => Ok(Method::Goalex),
        (Method::Auto, _) => Ok(Method::Auto),
        (Method::Topics, _) => Err(Error::Usage(
            "--method topics asks no model: leave out --llm, --model and --replay, or the method".into(),
        )),
        (asking, Asking::Nobody) => Err(Error::Usage(format!(
            "--method {} asks a model: name a server with --llm URL, or a recording with --replay RUN",
            asking.name()
        ))),
        (asking, _) => Ok(asking),
    }
}

impl Plan {
    /// The plan of a run that goes on from a former one, or replays it: it begins with the numbers of questions that were
    /// allowed then, so that what was judged is kept.
    #[must_use]
    pub fn after(&self, former: &Manifest) -> Plan {
        let said = |name: &str| former.plan.get(name).map(|planned| planned.value.clone());
        let before: Vec<usize> = said(BEFORE).and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
        let last = said("questions").and_then(|value| value.as_u64()).and_then(|last| usize::try_from(last).ok());
        let (mut plan, now) = (self.clone(), self.questions.unwrap_or(0));
        plan.questions_before = before.into_iter().chain(last).filter(|&budget| budget < now).collect();
        if !plan.questions_before.is_empty() {
            let planned = Planned { value: Value::from(plan.questions_before.clone()), origin: "former run".into() };
            plan.origins.insert(BEFORE.into(), planned);
        }
        plan
    }

    /// Adds the defaults of what nobody said, so that the manifest holds every value.
    fn with_defaults_recorded(mut self) -> Plan {
        let defaults = [
            ("method", serde_json::json!(self.method)),
            ("embedder", Value::from(self.embedder.name())),
            ("rounds", Value::from(self.rounds)),
            ("candidates", Value::from(self.candidates)),
            ("max-share", Value::from(self.max_share)),
            ("cluster-penalty", Value::from(self.cluster_penalty)),
            ("max-unparsed", Value::from(self.max_unparsed)),
            ("concurrency", Value::from(self.concurrency)),
            ("seed", Value::from(self.seed)),
            ("on-error", serde_json::json!(self.reading.on_error)),
            ("no-texts", Value::from(self.no_texts)),
        ];
        let of_some = [
            ("questions", self.questions.map_or("all".into(), Value::from)),
            ("ask", serde_json::json!(self.ask)),
            ("perspective", Value::from(self.perspective)),
            ("audit", Value::from(self.audit)),
        ];
        let of_some = of_some.into_iter().filter(|(name, _)| self.method.knows(name, &Value::Null));
        for (name, value) in defaults.into_iter().chain(of_some) {
            self.origins.entry(name.into()).or_insert(Planned { value, origin: "default".into() });
        }
        self.origins.retain(|name, _| !PRIVATE.contains(&name.as_str()));
        if let Some(planned) = self.origins.get_mut("embedder") {
            planned.value = Value::from(self.embedder.name());
        }
        self
    }

    fn questions_are_all(&self) -> bool {
        self.origins.get("questions").is_some_and(|planned| planned.value == "all")
    }

    fn checked(self) -> Result<Plan, Error> {
        let usage = |problem: &str| Err(Error::Usage(problem.to_owned()));
        if self.goal.is_empty() {
            return usage(
                "no goal: say what the groups should tell you, as in --goal \"why are customers writing to us?\"",
            );
        }
        if self.k == Some(0)
            || self.rounds == 0
            || self.candidates == 0
            || self.concurrency == 0
            || self.threads == Some(0)
        {
            return usage("-k, --rounds, --candidates, --concurrency and --threads must be at least 1");
        }
        if self.questions.is_some_and(|most| most < LEAST_QUESTIONS) {
            return usage("--questions must be at least 16: it takes some to propose and some to judge");
        }
        let unknown = |(name, _): &&(&str, &str)| {
            let planned = self.origins.get(*name).filter(|planned| planned.origin != "default");
            planned.is_some_and(|planned| !self.method.knows(name, &planned.value))
        };
        if self.method == Method::Clusterllm && self.questions_are_all() {
            return usage(
                "--questions all is for --method auto, goalex and classify: give --method clusterllm a number",
            );
        }
        if let Some((name, methods)) = SOME_ONLY.iter().find(unknown) {
            return Err(Error::Usage(format!(
                "--{name} is for --method {methods} with a model; this run is {}",
                self.method.name()
            )));
        }
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        if !is_share(self.max_share) || self.max_share == 0.0 || !is_share(self.max_unparsed) {
            return usage("--max-share and --max-unparsed are shares: between 0 and 1");
        }
        if self.cluster_penalty.is_nan() || self.cluster_penalty < 0.0 {
            return usage("--cluster-penalty must be 0 or more");
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: Settings) -> Result<Plan, Error> {
        let mut layers = Layers::default();
        layers.add("flag", &settings)?;
        layers.check()
    }

    fn goal() -> Settings {
        Settings { goal: Some("why?".into()), ..Settings::default() }
    }

    #[test]
    fn a_flag_beats_the_file_and_the_manifest_says_so() {
        let mut layers = Layers::default();
        layers.add("config", &Settings { seed: Some(1), rounds: Some(5), ..goal() }).unwrap();
        layers.add("flag", &Settings { seed: Some(2), ..Settings::default() }).unwrap();
        let plan = layers.check().unwrap();
        assert_eq!((plan.seed, plan.rounds), (2, 5));
        assert_eq!(
            (
                plan.origins["seed"].origin.as_str(),
                plan.origins["rounds"].origin.as_str(),
                plan.origins["candidates"].origin.as_str()
            ),
            ("flag", "config", "default")
        );
    }

    #[test]
    fn without_a_model_auto_is_topics_and_goalex_is_refused() {
        assert_eq!(check(goal()).unwrap().method, Method::Topics);
        let problem = check(Settings { method: Some(Method::Goalex), ..goal() }).unwrap_err();
        assert_eq!((problem.exit_code(), problem.to_string().starts_with("--method goalex asks a model")), (2, true));
    }

    #[test]
    fn a_method_that_needs_a_number_of_questions_refuses_all() {
        let ask = |method, questions| {
            let llm = Some("http://127.0.0.1/v1".into());
            check(Settings { llm, method: Some(method), questions: Some(questions), ..goal() })
        };
        let problem = ask(Method::Clusterllm, Questions::All).unwrap_err().to_string();
        assert!(problem.contains("give --method clusterllm a number"), "{problem}");
        assert_eq!(ask(Method::Clusterllm, Questions::AtMost(99)).unwrap().questions, Some(99));
        let all = ask(Method::Classify, Questions::All).unwrap();
        assert_eq!((all.method, all.questions), (Method::Classify, None));
    }

    #[test]
    fn a_run_without_goal_is_refused() {
        assert!(check(Settings::default()).unwrap_err().to_string().starts_with("no goal"));
    }

    #[test]
    fn a_run_that_goes_on_with_more_questions_begins_with_its_former_ones() {
        let with = |questions| {
            let llm = Some("http://127.0.0.1/v1".into());
            check(Settings { llm, questions: Some(Questions::AtMost(questions)), ..goal() }).unwrap()
        };
        let manifest = |plan: Plan| Manifest { plan: plan.origins, ..crate::report::fixture::small().build().manifest };
        let first = manifest(with(64));
        assert_eq!(with(64).after(&first).questions_before, Vec::<usize>::new());
        let second = manifest(with(128).after(&first));
        assert_eq!(with(256).after(&second).questions_before, [64, 128]);
        assert_eq!(with(128).after(&second).questions_before, [64]);
    }

    #[test]
    fn an_address_never_reaches_the_manifest() {
        let address = Some("http://key@127.0.0.1/v1".to_owned());
        let plan = check(Settings { llm: address.clone(), embedder: address, ..goal() }).unwrap();
        assert!(!plan.origins.contains_key("llm"));
        assert_eq!(plan.origins["embedder"].value, "server");
        assert_eq!(plan.method, Method::Auto);
    }
}
