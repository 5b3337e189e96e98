//! Layers of settings put over each other, and checked: default < recording < configuration file < environment < flag.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::embedding::cache;
use super::recorded::{Recorded, said, tested};
use super::settings::seconds;
use super::{
    Asking, ClusteringPlan, Demands, Embedding, EmbeddingPlan, Method, ModelPlan, OutputPlan, PARAMETERS, Parameter,
    Plan, Planned, Questions, Settings,
};
use crate::codebook::{Codebook, Format};
use crate::corpus::ReadOptions;
use crate::error::Error;
use crate::message;
use crate::message::Mention;

/// Groups of uncovered documents that are proposed beside a codebook where no model is asked: what a person reads at once.
const PROPOSED: usize = 5;

/// Documents of a cluster, and near ones of others, on which its predicate is tested. By the table in docs/methods.md, of a judge that
/// is right on nine answers in ten: of good predicates 1 % fail, and of those that are true of anything 5 % pass.
const TEST_SIZE: usize = 4;

/// Layers of settings, the weakest first.
#[derive(Debug, Default)]
pub struct Layers {
    merged: BTreeMap<String, Planned>,
    /// Whether the clusters are there already.
    are_named: bool,
}

impl Layers {
    /// Puts a stronger layer over those before.
    ///
    /// # Errors
    /// When a number is none, or more than a run can have, and those of [`Settings::said`].
    pub fn add(&mut self, origin: &str, settings: &Settings) -> Result<(), Error> {
        settings.check_numbers()?;
        self.merged.extend(
            settings.said()?.into_iter().map(|(name, value)| (name, Planned { value, origin: origin.to_owned() })),
        );
        Ok(())
    }

    /// Puts a recording's plan over those before: what its questions depend on. The codebook is the copy in the recording's folder.
    pub fn add_recording(&mut self, recording: Recorded<'_>) {
        // A recording is read without trust: the copy has one of two names, and lies nowhere else.
        let is_copy = |file: &&str| [Format::Toml, Format::Csv].iter().any(|format| format.file_name() == *file);
        let codebook = recording.codebook.filter(is_copy).and_then(|file| {
            let copy = serde_json::to_value(recording.folder.join(file)).ok()?;
            Some(("codebook".to_owned(), copy))
        });
        let of_recording = |(name, value)| (name, Planned { value, origin: "recording".into() });
        self.merged.extend(said(recording).into_iter().chain(codebook).map(of_recording));
        // A test that nobody had asked for is nobody's wish in the replay either: both warn of the same.
        if let Some((name, value)) = tested(recording) {
            let was_default = recording.plan.get(&name).is_some_and(|planned| planned.origin == "default");
            let origin = if was_default { "default" } else { "recording" };
            self.merged.insert(name, Planned { value, origin: origin.into() });
        }
    }

    /// Checks the whole and fills in the defaults.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the parameter and the cure.
    pub fn check(self) -> Result<Plan, Error> {
        let values: Map<String, Value> =
            self.merged.iter().map(|(name, planned)| (name.clone(), planned.value.clone())).collect();
        let settings: Settings =
            serde_json::from_value(Value::Object(values)).map_err(|problem| Error::usage(problem.to_string()))?;
        settings.check_numbers()?;
        if settings.resume() && settings.out.is_none() {
            return Err(Error::Usage(message!(
                "{@resume} goes on with the run in {@out}: name its directory with {+out DIR}"
            )));
        }
        let asking = settings.asking()?;
        let embedding = embedding(&settings, matches!(asking, Asking::Recording(_)))?;
        let plan = Plan {
            goal: settings.goal.as_deref().unwrap_or_default().trim().to_owned(),
            reading: reading(&settings),
            clustering: clustering(&settings, &asking)?,
            model: model(&settings, asking, &embedding.embedder)?,
            embedding,
            output: OutputPlan {
                directory: settings.out.clone(),
                resume: settings.resume(),
                no_texts: settings.no_texts(),
                base: settings.base.clone(),
                edits: settings.edits.clone(),
            },
            seed: settings.seed(),
            threads: settings.threads,
            origins: self.merged,
        };
        plan.flags_are_of_use()?;
        plan.with_defaults_recorded().checked(self.are_named)
    }

    /// The same for clusters that are there already, which nobody has to name.
    pub fn with_named_clusters(self) -> Layers {
        Layers { are_named: true, ..self }
    }
}

/// The method that runs; `asks` where a model or a judge is asked.
fn method(wanted: Method, questions: Option<Questions>, asks: bool) -> Result<Method, Error> {
    match (wanted, asks) {
        (Method::Auto | Method::Topics, false) => Ok(Method::Topics),
        (Method::Auto, _) if questions == Some(Questions::All) => Ok(Method::Goalex),
        (Method::Auto, _) => Ok(Method::Auto),
        (Method::Topics, _) => Err(Error::Usage(message!(
            "{@method topics} asks no model: leave out {-llm}, {-judge} and {-replay}, or the method"
        ))),
        (asking, false) => Err(Error::Usage(message!(
            "{this} asks a model: name a server with {+llm URL}, or a recording with {+replay RUN}",
            this = Mention::of("method").exact(asking.name())
        ))),
        (asking, _) => Ok(asking),
    }
}

/// Documents on which a predicate is tested, on either side. What a recording tested its plan says, which is a layer of its own: a
/// journal without one tests nothing that is not asked for, as its answers may be from before there was a test.
fn test_size(said: Option<usize>, method: Method, asking: &Asking) -> usize {
    let is_tested = matches!(method, Method::Auto | Method::Goalex | Method::Classify);
    let unsaid = if is_tested && !matches!(asking, Asking::Recording(_)) { TEST_SIZE } else { 0 };
    said.unwrap_or(unsaid)
}

fn embedding(settings: &Settings, replays: bool) -> Result<EmbeddingPlan, Error> {
    Ok(EmbeddingPlan {
        embedder: Embedding::of(settings.embedder.clone(), settings.embedder_model.clone(), replays)?,
        key_env: settings.embedder_key_env.clone(),
        key_file: settings.embedder_key_file.clone(),
        cache: cache(settings.cache.clone()),
        vectors: settings.vectors.clone(),
    })
}

fn model(settings: &Settings, asking: Asking, embedder: &Embedding) -> Result<ModelPlan, Error> {
    let judge = settings.judge_plan();
    Ok(ModelPlan {
        caps: settings.caps(matches!(asking, Asking::Server(..)) || judge.is_some(), embedder)?,
        asking,
        judge,
        prices: settings.prices(),
        timeout: seconds("timeout", settings.timeout())?,
        wait: seconds("wait", settings.wait())?,
        extra_body: settings.extra_body.clone(),
        max_unparsed: settings.max_unparsed(),
        concurrency: settings.concurrency(),
        api_key_env: settings.api_key_env(),
        api_key_file: settings.api_key_file.clone(),
        key_over_http: settings.key_over_http(),
        prompts: settings.prompts.clone(),
    })
}

fn clustering(settings: &Settings, asking: &Asking) -> Result<ClusteringPlan, Error> {
    let asks = *asking != Asking::Nobody || settings.judge.is_some();
    let method = method(settings.method(), settings.questions, asks)?;
    let penalty = if method == Method::Auto { 0.002 } else { 0.01 };
    let further = if asks { 0 } else { PROPOSED };
    Ok(ClusteringPlan {
        method,
        k: settings.k,
        levels: settings.levels,
        codebook: settings.codebook.as_deref().map(Codebook::read).transpose()?,
        propose: settings.propose.map_or(further, |further| further.0),
        questions: match (method, settings.questions) {
            (Method::Auto | Method::Clusterllm | Method::Classify, Some(Questions::AtMost(most))) => Some(most),
            (Method::Auto | Method::Clusterllm, _) => Some(1024),
            _ => None,
        },
        questions_before: Vec::new(),
        ask: settings.ask(),
        perspective: settings.perspective(),
        audit: settings.audit(),
        test_size: test_size(settings.test_size, method, asking),
        rounds: settings.rounds(),
        candidates: settings.candidates(),
        max_share: settings.max_share(),
        cluster_penalty: settings.cluster_penalty.unwrap_or(penalty),
        demands: Demands::default(),
    })
}

/// How a corpus is read by these settings.
fn reading(settings: &Settings) -> ReadOptions {
    ReadOptions {
        format: settings.format,
        text_field: settings.text_field.clone(),
        id_field: settings.id_field.clone(),
        records: settings.records.clone(),
        sheet: settings.sheet.clone(),
        no_header: settings.no_header(),
        only: settings.only.clone(),
        join: settings.join.clone(),
        turns: settings.turns(),
        keep_boilerplate: settings.keep_boilerplate(),
        keep_fillers: settings.keep_fillers(),
        on_error: settings.on_error(),
        limit: settings.limit,
    }
}

/// How a corpus is read that is assigned to a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// How.
    pub options: ReadOptions,
    /// Whether its limit is that of the run, and nobody has said it now.
    pub limit_is_former: bool,
}

/// How a corpus is read as another run read its own, whose plan is given, but for what is `said` now.
///
/// # Errors
/// When the plan holds something that is not a setting.
pub fn reading_like(plan: &BTreeMap<String, Planned>, said: &Settings) -> Result<Reading, Error> {
    let limit_is_said = said.limit.is_some();
    let reads = PARAMETERS.iter().filter(|parameter| parameter.reads).map(Parameter::key);
    let former = reads.filter_map(|name| plan.get(&name).map(|planned| (name, planned.value.clone())));
    let mut values: Map<String, Value> = former.collect();
    values.extend(said.said()?);
    let settings: Settings = serde_json::from_value(Value::Object(values))
        .map_err(|problem| Error::usage(format!("the run's plan cannot be read: {problem}")))?;
    let options = reading(&settings);
    Ok(Reading { limit_is_former: options.limit.is_some() && !limit_is_said, options })
}
