//! Every parameter of a run: default < recording < configuration file < environment < flag, each with its origin.

mod choices;
mod embedding;
mod layers;
mod settings;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codebook::Codebook;
use crate::corpus::ReadOptions;
use crate::error::Error;
use crate::model::{Caps, Prices};
pub use choices::{Ask, Further, Method, Questions};
pub use embedding::{Embedding, SERVER as RECORDED_SERVER, cache};
pub use layers::{Layers, Reading, Recorded, reading_like};
pub use settings::{DEFAULT_KEY, Settings, default_address, seconds};

/// One value of the plan and where it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The value.
    pub value: Value,
    /// `flag`, `environment`, `config`, `recording` or `default`.
    pub origin: String,
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
    /// Levels of clusters that `topics` shows at most: 1 or 2.
    pub levels: Option<usize>,
    /// Groups known beforehand, if the user has any.
    pub codebook: Option<Codebook>,
    /// Further groups that are looked for beside a codebook.
    pub propose: usize,
    /// The run directory, if the user names it.
    pub out: Option<PathBuf>,
    /// `Auto` only where a model is asked.
    pub method: Method,
    /// Where answers come from.
    pub asking: Asking,
    /// Who turns texts into vectors.
    pub embedder: Embedding,
    /// Environment variable of the embedding server's key, if the user names one.
    pub embedder_key_env: Option<String>,
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
    /// Whether a key may go over plain http to a host that is not this machine.
    pub key_over_http: bool,
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

/// Values that stay out of the manifest, which is for others to read: an address can hold a key, a path tells of the machine.
const PRIVATE: [&str; 11] = [
    "llm",
    "out",
    "replay",
    "resume",
    "api-key-env",
    "api-key-file",
    "embedder-key-env",
    "embedder-key-file",
    "cache",
    "extra-body",
    "prompts",
];

/// Whether it can be the name of an environment variable; a key that was put there by mistake mostly cannot.
fn is_variable(name: &str) -> bool {
    name.len() <= 64
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

impl Plan {
    /// The plan of a run that goes on from a former one, or replays it, whose plan is given: it begins with the numbers of questions that were
    /// allowed then, so that what was judged is kept.
    #[must_use]
    pub fn after(&self, former: &BTreeMap<String, Planned>) -> Plan {
        let said = |name: &str| former.get(name).map(|planned| planned.value.clone());
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
        let beside = self.codebook.is_some().then(|| ("propose", Value::from(self.propose)));
        for (name, value) in defaults.into_iter().chain(of_some).chain(beside) {
            self.origins.entry(name.into()).or_insert(Planned { value, origin: "default".into() });
        }
        self.origins.retain(|name, _| !PRIVATE.contains(&name.as_str()));
        if let Some((planned, codebook)) = self.origins.get_mut("codebook").zip(self.codebook.as_ref()) {
            planned.value = Value::from(codebook.sha256.clone());
        }
        if let Some(planned) = self.origins.get_mut("embedder") {
            planned.value = Value::from(self.embedder.name());
        }
        self
    }

    fn questions_are_all(&self) -> bool {
        self.origins.get("questions").is_some_and(|planned| planned.value == "all")
    }

    /// What goes with a codebook, and what goes with nothing else.
    fn codebook_is_of_use(&self) -> Result<(), Error> {
        let problem = match &self.codebook {
            None if self.is_said("propose") => {
                "--propose says how many groups are looked for beside those of a codebook: name one with --codebook FILE, or leave \
                 --propose out"
            }
            Some(_) if self.method == Method::Clusterllm => {
                "--codebook is for --method auto, goalex and classify, or for a run without a model: clusterllm forms its own groups"
            }
            Some(_) if self.k.is_some() => {
                "-k goes with groups that are looked for, but --codebook names them: leave -k out (--propose N looks for further ones)"
            }
            _ => return Ok(()),
        };
        Err(Error::Usage(problem.into()))
    }

    fn is_said(&self, flag: &str) -> bool {
        self.origins.get(flag).is_some_and(|planned| planned.origin != "default")
    }

    fn checked(self) -> Result<Plan, Error> {
        let usage = |problem: &str| Err(Error::Usage(problem.to_owned()));
        // A codebook says by itself what its groups are, and words are grouped without a goal.
        let needs_goal = self.asking != Asking::Nobody;
        if self.goal.is_empty() && needs_goal {
            return usage(
                "no goal: say what the groups should tell you, as in --goal \"why are customers writing to us?\"",
            );
        }
        if self.levels.is_some() && (self.k.is_some() || self.codebook.is_some() || self.method != Method::Topics) {
            return usage(
                "--levels is for clusters by wording of which the texts choose the number: without -k, --codebook and a model",
            );
        }
        self.codebook_is_of_use()?;
        if self.k == Some(0)
            || self.levels == Some(0)
            || self.rounds == 0
            || self.candidates == 0
            || self.concurrency == 0
            || self.threads == Some(0)
        {
            return usage("-k, --levels, --rounds, --candidates, --concurrency and --threads must be at least 1");
        }
        let variables =
            [("--api-key-env", Some(&self.api_key_env)), ("--embedder-key-env", self.embedder_key_env.as_ref())];
        if let Some((flag, _)) = variables.iter().find(|(_, name)| name.is_some_and(|name| !is_variable(name))) {
            return Err(Error::Usage(format!(
                "{flag} takes the name of an environment variable that holds the key, not a key"
            )));
        }
        if self.timeout.is_zero() {
            return usage("--timeout must be more than 0 seconds");
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
    fn a_model_needs_a_goal() {
        let with_model = Settings { llm: Some("http://127.0.0.1:1/v1".into()), ..Settings::default() };
        assert!(check(with_model).unwrap_err().to_string().starts_with("no goal"));
        assert_eq!(check(Settings::default()).unwrap().method, Method::Topics, "words need no goal");
    }

    #[test]
    fn a_run_that_goes_on_with_more_questions_begins_with_its_former_ones() {
        let with = |questions| {
            let llm = Some("http://127.0.0.1/v1".into());
            check(Settings { llm, questions: Some(Questions::AtMost(questions)), ..goal() }).unwrap()
        };
        let first = with(64).origins;
        assert_eq!(with(64).after(&first).questions_before, Vec::<usize>::new());
        let second = with(128).after(&first).origins;
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
