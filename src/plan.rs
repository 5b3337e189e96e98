//! Every parameter of a run: default < recording < configuration file < environment < flag, each with its origin.

mod choices;
mod embedding;
mod layers;
mod parameters;
mod recorded;
mod settings;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::codebook::Codebook;
use crate::corpus::ReadOptions;
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};
use crate::model::{Caps, Prices};
pub use choices::{Ask, Further, Method, Questions};
pub use embedding::{Embedding, SERVER as RECORDED_SERVER, cache};
pub use layers::{Layers, Reading, reading_like};
pub use parameters::{Need, PARAMETERS, Parameter, Settings};
pub use recorded::{Recorded, asks_the_same, differences, reads_otherwise};
pub use settings::{DEFAULT_KEY, default_address, seconds};

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

/// The checked parameters of a run, by the room that they are for.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The user's sentence.
    pub goal: String,
    /// How the corpus is read.
    pub reading: ReadOptions,
    /// Who turns texts into vectors.
    pub embedding: EmbeddingPlan,
    /// Who answers, and what may be asked.
    pub model: ModelPlan,
    /// How documents are clustered.
    pub clustering: ClusteringPlan,
    /// Where the run is written, and what of it.
    pub output: OutputPlan,
    /// Seed of the random number generator.
    pub seed: u64,
    /// Threads for computing.
    pub threads: Option<usize>,
    /// Every value with its origin, for the manifest.
    pub origins: BTreeMap<String, Planned>,
}

/// Who turns texts into vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingPlan {
    /// This machine, a server or a recording.
    pub embedder: Embedding,
    /// Environment variable of the embedding server's key, if the user names one.
    pub key_env: Option<String>,
    /// File of the embedding server's key.
    pub key_file: Option<PathBuf>,
    /// Folder of the vector cache, if vectors are kept.
    pub cache: Option<PathBuf>,
    /// Directory of vectors that were computed before, if the user names one.
    pub vectors: Option<PathBuf>,
}

/// Who answers, how it is spoken to, and what may be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelPlan {
    /// Where answers come from; those of a judge too, where it is a recording.
    pub asking: Asking,
    /// Who says which candidates hold, where that is not the model.
    pub judge: Option<JudgePlan>,
    /// What may be asked; of a server that embeds too.
    pub caps: Caps,
    /// Prices of tokens, if the user gives any.
    pub prices: Option<Prices>,
    /// That one answer may take.
    pub timeout: Duration,
    /// That an absent server is waited for.
    pub wait: Duration,
    /// File of fields that are added to every request.
    pub extra_body: Option<PathBuf>,
    /// Share of answers that may be unparsed, between 0 and 1.
    pub max_unparsed: f64,
    /// Requests at once, at least 1.
    pub concurrency: usize,
    /// Environment variable of the key.
    pub api_key_env: String,
    /// File of the key.
    pub api_key_file: Option<PathBuf>,
    /// Whether a key may go over plain http to a host that is not this machine.
    pub key_over_http: bool,
    /// Directory of prompts.
    pub prompts: Option<PathBuf>,
}

impl ModelPlan {
    /// Whether any question is asked, of a server or a recording.
    pub fn is_asked(&self) -> bool {
        self.asking != Asking::Nobody || self.judge.is_some()
    }

    /// Whether anyone can be asked for groups and names.
    pub fn proposes(&self) -> bool {
        self.asking != Asking::Nobody
    }
}

/// Who says which candidates hold, where that is not the model.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgePlan {
    /// Its server's address.
    pub address: String,
    /// Its model, if the user names one.
    pub model: Option<String>,
    /// Environment variable of its key, if the user names one.
    pub key_env: Option<String>,
    /// File of its key.
    pub key_file: Option<PathBuf>,
}

/// How documents are clustered.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusteringPlan {
    /// `Auto` only where a model is asked.
    pub method: Method,
    /// Number of clusters, if the user says so; at least 1.
    pub k: Option<usize>,
    /// Levels of clusters that `topics` shows at most: 1 or 2.
    pub levels: Option<usize>,
    /// Groups known beforehand, if the user has any.
    pub codebook: Option<Codebook>,
    /// Further groups that are looked for beside a codebook.
    pub propose: usize,
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
    /// Documents of a cluster, and as many near ones of others, on which its predicate is tested; 0 where nothing is tested.
    pub test_size: usize,
    /// Rounds of `goalex` at most, at least 1.
    pub rounds: usize,
    /// Candidates of `goalex`, at least 1.
    pub candidates: usize,
    /// Share of the documents above which a candidate says too little, above 0, at most 1.
    pub max_share: f64,
    /// What a cluster costs, as the share of the documents that it must newly explain; at least 0.
    pub cluster_penalty: f64,
    /// What a person wants of the clusters; not a parameter, but found in the edits.
    pub demands: Demands,
}

/// What a person wants of the clusters that `goalex` selects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Demands {
    /// Clusters of an earlier run that are candidates again.
    pub known: Vec<Demanded>,
    /// Documents that are in these of the known ones only, by their ids: nobody is asked about them.
    pub placed: BTreeMap<String, Vec<usize>>,
    /// Predicates that no cluster may have.
    pub forbidden: Vec<String>,
    /// Pairs of the known ones of which at most one is selected, by their places.
    pub exclusive: Vec<(usize, usize)>,
    /// Documents of a cluster, at least.
    pub at_least: Option<usize>,
    /// Documents of a cluster, at most.
    pub at_most: Option<usize>,
}

/// A cluster of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demanded {
    /// Its label.
    pub label: String,
    /// Its predicate.
    pub predicate: String,
    /// Whether it has to be selected.
    pub is_kept: bool,
}

impl Demands {
    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        *self == Demands::default()
    }
}

/// Where the run is written, and what of it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputPlan {
    /// The run directory, if the user names it.
    pub directory: Option<PathBuf>,
    /// Whether the run in it is resumed.
    pub resume: bool,
    /// Whether texts stay out of it.
    pub no_texts: bool,
    /// An earlier run whose clusters keep their ids where they come back.
    pub base: Option<PathBuf>,
    /// What a person has corrected of an earlier run, and wants of this one.
    pub edits: Option<PathBuf>,
}

/// The numbers of questions that a run was allowed before, in its manifest's plan.
const BEFORE: &str = "questions-before";

/// A list in words: "auto", "auto or classify", "auto, clusterllm or classify".
fn words_or(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    }
}

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
        let (mut plan, now) = (self.clone(), self.clustering.questions.unwrap_or(0));
        plan.clustering.questions_before = before.into_iter().chain(last).filter(|&budget| budget < now).collect();
        if !plan.clustering.questions_before.is_empty() {
            let planned =
                Planned { value: Value::from(plan.clustering.questions_before.clone()), origin: "former run".into() };
            plan.origins.insert(BEFORE.into(), planned);
        }
        plan
    }

    /// Adds the defaults of what nobody said, so that the manifest holds every value.
    fn with_defaults_recorded(mut self) -> Plan {
        let fixed = PARAMETERS
            .iter()
            .filter(|parameter| parameter.methods.is_none_or(|methods| methods.contains(&self.clustering.method)))
            .filter_map(|parameter| Some((parameter.key(), parameter.default()?)));
        // What they are depends on other parameters.
        let questions = self.clustering.questions.map_or("all".into(), Value::from);
        let propose =
            self.clustering.codebook.is_some().then(|| ("propose".into(), Value::from(self.clustering.propose)));
        let asks = matches!(self.clustering.method, Method::Auto | Method::Clusterllm | Method::Classify)
            .then(|| ("questions".into(), questions));
        let tests = matches!(self.clustering.method, Method::Auto | Method::Goalex | Method::Classify)
            .then(|| ("test-size".into(), Value::from(self.clustering.test_size)));
        let dependent = [
            ("method".into(), serde_json::json!(self.clustering.method)),
            ("embedder".into(), Value::from(self.embedding.embedder.name())),
            ("cluster-penalty".into(), Value::from(self.clustering.cluster_penalty)),
        ];
        for (name, value) in dependent.into_iter().chain(asks).chain(propose).chain(tests).chain(fixed) {
            self.origins.entry(name).or_insert(Planned { value, origin: "default".into() });
        }
        let is_private = |name: &str| PARAMETERS.iter().any(|parameter| parameter.private && parameter.key() == name);
        self.origins.retain(|name, _| !is_private(name));
        if let Some((planned, codebook)) = self.origins.get_mut("codebook").zip(self.clustering.codebook.as_ref()) {
            planned.value = Value::from(codebook.sha256.clone());
        }
        if let Some(planned) = self.origins.get_mut("embedder") {
            planned.value = Value::from(self.embedding.embedder.name());
        }
        self
    }

    /// The values of the parameters that are the method's own, by their names.
    pub fn of_the_method(&self) -> BTreeMap<String, Value> {
        let is_own = |parameter: &&Parameter| {
            parameter.methods.is_some_and(|methods| methods.contains(&self.clustering.method))
                || (parameter.needs == Need::Goalex && self.clustering.method == Method::Goalex)
        };
        let value = |key: String| self.origins.get(&key).map(|planned| (key.clone(), planned.value.clone()));
        PARAMETERS.iter().filter(is_own).filter_map(|parameter| value(parameter.key())).collect()
    }

    fn questions_are_all(&self) -> bool {
        self.origins.get("questions").is_some_and(|planned| planned.value == "all")
    }

    /// What goes with a codebook, and what goes with nothing else.
    fn codebook_is_of_use(&self) -> Result<(), Error> {
        let problem = match &self.clustering.codebook {
            None if self.is_said("propose") => message!(
                "{@propose} says how many groups are looked for beside those of a codebook: name one with {+codebook FILE}, or leave \
                 {-propose} out"
            ),
            Some(_) if self.clustering.method == Method::Clusterllm => message!(
                "{@codebook} is for {@method auto}, goalex and classify, or for a run without a model: clusterllm forms its own groups"
            ),
            Some(_) if self.clustering.k.is_some() => message!(
                "{@k} goes with groups that are looked for, but {@codebook} names them: leave {-k} out ({+propose N} looks for further \
                 ones)"
            ),
            _ => return Ok(()),
        };
        Err(Error::Usage(problem))
    }

    /// What a judge can and cannot do: it says which of the candidates hold that somebody else names.
    fn judge_is_of_use(&self, are_named: bool) -> Result<(), Error> {
        let clustering = &self.clustering;
        let decides = clustering.ask == Ask::Decide;
        let forms = [Ask::Auto, Ask::Decide];
        let problem = match &self.model.judge {
            None if decides && !matches!(self.model.asking, Asking::Recording(_)) => {
                message!("{@ask decide} is for a decision model: name its address with {+judge URL}")
            }
            _ if clustering.method != Method::Auto && !forms.contains(&clustering.ask) => message!(
                "{@method goalex} and classify have a form of asking of their own, or {@ask decide} with a decision model: leave {-ask} \
                 out"
            ),
            Some(_) if clustering.method == Method::Clusterllm => {
                message!(
                    "{@judge} says which candidates hold, and {@method clusterllm} has none: leave one of them out"
                )
            }
            Some(_) if !self.model.proposes() && clustering.codebook.is_none() && !are_named => message!(
                "{@judge} says which candidates hold, but nobody names any: add {+codebook FILE}, or {+llm URL} for a model that \
                 proposes them"
            ),
            Some(_) if !self.model.proposes() && clustering.propose > 0 => message!(
                "{@propose} asks a model for further groups, and a judge names none: add {+llm URL}, or leave {-propose} out"
            ),
            _ => return Ok(()),
        };
        Err(Error::Usage(problem))
    }

    /// The plan of a run whose judge turned out to be a decision model: documents are asked about in its form.
    ///
    /// # Errors
    /// When the user wants another form.
    pub fn decided(mut self, host: &str) -> Result<Plan, Error> {
        if !matches!(self.clustering.ask, Ask::Auto | Ask::Decide) {
            return Err(Error::Usage(message!(
                "{ask} is for a chat model, but {host} is a decision model: leave {-ask} out",
                ask = Mention::of("ask").exact(self.clustering.ask.name()),
                host
            )));
        }
        self.clustering.ask = Ask::Decide;
        let planned = Planned { value: Value::from(Ask::Decide.name()), origin: "judge".into() };
        self.origins
            .entry("ask".into())
            .and_modify(|said| {
                if said.value != planned.value {
                    *said = planned.clone();
                }
            })
            .or_insert(planned.clone());
        Ok(self)
    }

    fn is_said(&self, flag: &str) -> bool {
        self.origins.get(flag).is_some_and(|planned| planned.origin != "default")
    }

    /// What is said and not for every method is for this one.
    fn method_knows_its_parameters(&self) -> Result<(), Error> {
        let is_known = |parameter: &Parameter, methods: &[Method]| {
            // `auto` with all questions is goalex.
            let became =
                self.clustering.method == Method::Goalex && parameter.key() == "questions" && self.questions_are_all();
            methods.contains(&self.clustering.method) || became
        };
        let foreign = |parameter: &'static Parameter| {
            let methods = parameter.methods?;
            (self.is_said(&parameter.key()) && !is_known(parameter, methods)).then_some((parameter, methods))
        };
        let Some((parameter, methods)) = PARAMETERS.iter().find_map(foreign) else { return Ok(()) };
        let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
        Err(Error::Usage(message!(
            "{this} is for {method} with a model; this run is {run}",
            this = parameter.mention(),
            method = Mention::of("method").shown(words_or(&names)),
            run = self.clustering.method.name()
        )))
    }

    /// A flag that would silently do nothing is refused. Caps and times to wait are as true where nothing is asked, and what a file
    /// or the environment says may be for other runs too.
    fn flags_are_of_use(&self) -> Result<(), Error> {
        let embeds = matches!(self.embedding.embedder, Embedding::Server(..));
        let asks = self.model.is_asked();
        let lacks = |parameter: &Parameter| match parameter.needs {
            Need::Nothing => None,
            Need::Model => (!asks).then(|| message!("has no effect without a model: add {+llm URL}, or leave it out")),
            Need::EmbeddingServer => (!embeds)
                .then(|| message!("has no effect without a server that embeds: add {+embedder URL}, or leave it out")),
            Need::Goalex => (!asks).then(|| message!("is for {@method goalex} with a model")),
            Need::Judge => (self.model.judge.is_none())
                .then(|| message!("has no effect without a judge: add {+judge URL}, or leave it out")),
        };
        let is_flag =
            |parameter: &&Parameter| self.origins.get(&parameter.key()).is_some_and(|planned| planned.origin == "flag");
        let useless = PARAMETERS.iter().filter(is_flag).find_map(|parameter| Some((parameter, lacks(parameter)?)));
        let Some((parameter, lacking)) = useless else { return Ok(()) };
        let (this, method) = (parameter.mention(), self.clustering.method.name());
        Err(Error::Usage(message!("{this} {lacking}; this run is {method}", this, lacking, method)))
    }

    fn checked(self, are_named: bool) -> Result<Plan, Error> {
        let usage = |problem: Message| Err(Error::Usage(problem));
        // A codebook says by itself what its groups are, and words are grouped without a goal.
        let needs_goal = self.model.is_asked();
        if self.goal.is_empty() && needs_goal {
            return usage(message!(
                "no goal: say what the groups should tell you, as in {+goal \"why are customers writing to us?\"}"
            ));
        }
        if self.clustering.levels.is_some()
            && (self.clustering.k.is_some()
                || self.clustering.codebook.is_some()
                || self.clustering.method != Method::Topics)
        {
            return usage(message!(
                "{@levels} is for clusters by wording of which the texts choose the number: without {-k}, {-codebook} and a model"
            ));
        }
        if self.embedding.vectors.is_some() && !matches!(self.embedding.embedder, Embedding::Named(_)) {
            return usage(message!("{@vectors} is for an embedder on this machine, and this run has a server's"));
        }
        self.codebook_is_of_use()?;
        self.judge_is_of_use(are_named)?;
        let variables = [
            ("api-key-env", Some(&self.model.api_key_env)),
            ("embedder-key-env", self.embedding.key_env.as_ref()),
            ("judge-key-env", self.model.judge.as_ref().and_then(|judge| judge.key_env.as_ref())),
        ];
        if let Some((parameter, _)) = variables.iter().find(|(_, name)| name.is_some_and(|name| !is_variable(name))) {
            return usage(message!(
                "{this} takes the name of an environment variable that holds the key, not a key",
                this = Mention::of(*parameter)
            ));
        }
        if self.clustering.method == Method::Clusterllm && self.questions_are_all() {
            return usage(message!(
                "{@questions all} is for {@method auto}, goalex and classify: give {@method clusterllm} a number"
            ));
        }
        self.method_knows_its_parameters()?;
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
        assert_eq!((plan.seed, plan.clustering.rounds), (2, 5));
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
        assert_eq!(check(goal()).unwrap().clustering.method, Method::Topics);
        let problem = check(Settings { method: Some(Method::Goalex), ..goal() }).unwrap_err();
        assert_eq!((problem.exit_code(), problem.to_string().starts_with("method=goalex asks a model")), (2, true));
    }

    #[test]
    fn a_method_that_needs_a_number_of_questions_refuses_all() {
        let ask = |method, questions| {
            let llm = Some("http://127.0.0.1/v1".into());
            check(Settings { llm, method: Some(method), questions: Some(questions), ..goal() })
        };
        let problem = ask(Method::Clusterllm, Questions::All).unwrap_err().to_string();
        assert!(problem.contains("give method=clusterllm a number"), "{problem}");
        assert_eq!(ask(Method::Clusterllm, Questions::AtMost(99)).unwrap().clustering.questions, Some(99));
        let all = ask(Method::Classify, Questions::All).unwrap();
        assert_eq!((all.clustering.method, all.clustering.questions), (Method::Classify, None));
    }

    #[test]
    fn a_flag_that_would_do_nothing_is_refused_and_a_file_may_say_more_than_a_run_needs() {
        for (settings, lacking) in [
            (Settings { max_share: Some(0.1), ..goal() }, "max-share is for method=goalex"),
            (Settings { cluster_penalty: Some(0.1), ..goal() }, "cluster-penalty has no effect without a model"),
            (Settings { extra_body: Some("x.json".into()), ..goal() }, "extra-body has no effect without a model"),
            (Settings { embedder_key_env: Some("KEY".into()), ..goal() }, "without a server that embeds"),
        ] {
            let mut layers = Layers::default();
            layers.add("config", &settings).unwrap();
            assert!(layers.check().is_ok(), "{lacking}");
            let problem = check(settings).unwrap_err();
            assert!(problem.to_string().contains(lacking) && problem.exit_code() == 2, "{problem}");
        }
    }

    #[test]
    fn a_model_needs_a_goal() {
        let with_model = Settings { llm: Some("http://127.0.0.1:1/v1".into()), ..Settings::default() };
        assert!(check(with_model).unwrap_err().to_string().starts_with("no goal"));
        assert_eq!(check(Settings::default()).unwrap().clustering.method, Method::Topics, "words need no goal");
    }

    #[test]
    fn a_run_that_goes_on_with_more_questions_begins_with_its_former_ones() {
        let with = |questions| {
            let llm = Some("http://127.0.0.1/v1".into());
            check(Settings { llm, questions: Some(Questions::AtMost(questions)), ..goal() }).unwrap()
        };
        let first = with(64).origins;
        assert_eq!(with(64).after(&first).clustering.questions_before, Vec::<usize>::new());
        let second = with(128).after(&first).origins;
        assert_eq!(with(256).after(&second).clustering.questions_before, [64, 128]);
        assert_eq!(with(128).after(&second).clustering.questions_before, [64]);
    }

    #[test]
    fn an_address_never_reaches_the_manifest() {
        let address = Some("http://key@127.0.0.1/v1".to_owned());
        let plan = check(Settings { llm: address.clone(), embedder: address, ..goal() }).unwrap();
        assert!(!plan.origins.contains_key("llm"));
        assert_eq!(plan.origins["embedder"].value, "server");
        assert_eq!(plan.clustering.method, Method::Auto);
    }
}
