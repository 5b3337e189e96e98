//! `colligate doctor`: what the embedder and the model server can do, and which flags suit them.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::progress::Progress;
use super::{flags, print};
use crate::codebook::Codebook;
use crate::corpus::Source;
use crate::embed;
use crate::error::Error;
use crate::execute::{Access, JudgeScore, Judging, client, without_key};
use crate::message::Mention;
use crate::model::{Examination, Judge, JudgeExamination, Network, Parameter, Protocol, examine};
use crate::observer::Silent;
use crate::plan::seconds;
use crate::shell::quoted;
use crate::spread::Share;
use crate::text::{sanitize, without_credentials};

/// Tokens that a question for groups may need, with its answer.
const CONTEXT: u64 = 4_096;

/// Examine the embedder and a model server: what they are, what they can do, which flags suit them
#[derive(Debug, Args)]
pub struct Doctor {
    /// Address of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1, or a file of weights (GGUF)
    #[arg(long, value_name = "URL|FILE.gguf", env = "COLLIGATE_LLM")]
    llm: Option<String>,
    /// Model to ask; may be left out where the server lists one only
    #[arg(long, value_name = "NAME", env = "COLLIGATE_MODEL", requires = "llm")]
    model: Option<String>,
    /// Address of a judge: a decision model (/v1/systemone or /v1/decisions)
    #[arg(long, value_name = "URL", env = "COLLIGATE_JUDGE")]
    judge: Option<String>,
    /// Model of the judge; may be left out where its server lists one only
    #[arg(long, value_name = "NAME", env = "COLLIGATE_JUDGE_MODEL", requires = "judge")]
    judge_model: Option<String>,
    /// Environment variable that holds the judge's key
    #[arg(long, value_name = "NAME", env = "COLLIGATE_JUDGE_KEY_ENV", requires = "judge")]
    judge_key_env: Option<String>,
    /// File that holds the judge's key
    #[arg(long, value_name = "FILE", env = "COLLIGATE_JUDGE_KEY_FILE", requires = "judge")]
    judge_key_file: Option<PathBuf>,
    /// Documents with their labels, of which 400 at most are asked about: how often is the judge right?
    #[arg(long, value_name = "FILE", requires = "judge", requires = "codebook")]
    labels: Option<PathBuf>,
    /// Field of the label
    #[arg(long, value_name = "F", default_value = "label")]
    label_field: String,
    /// The groups that the labels are the names of (TOML or CSV)
    #[arg(long, value_name = "FILE", requires = "labels")]
    codebook: Option<PathBuf>,
    /// The goal that the groups are for
    #[arg(long, value_name = "TEXT", requires = "labels")]
    goal: Option<String>,
    /// `builtin`, `builtin-int8`, `static`, a directory with model.onnx and tokenizer.json, or a model's name
    #[arg(long, value_name = "NAME|DIR", default_value = embed::DEFAULT, env = "COLLIGATE_EMBEDDER")]
    embedder: String,
    /// Environment variable that holds the server's key
    #[arg(long, value_name = "NAME", default_value = crate::plan::DEFAULT_KEY, env = "COLLIGATE_API_KEY_ENV")]
    api_key_env: String,
    /// File that holds the server's key
    #[arg(long, value_name = "FILE", env = "COLLIGATE_API_KEY_FILE")]
    api_key_file: Option<PathBuf>,
    /// JSON file whose fields are added to every request
    #[arg(long, value_name = "FILE", env = "COLLIGATE_EXTRA_BODY")]
    extra_body: Option<PathBuf>,
    /// Send the key over http:// to a host that is not this machine too
    #[arg(long, env = "COLLIGATE_KEY_OVER_HTTP")]
    key_over_http: bool,
    /// Seconds that one answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120.0)]
    timeout: f64,
    /// Seconds that a server which is starting is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    wait: f64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Examines and prints.
    pub fn run(&self) -> anyhow::Result<u8> {
        let embedder = self.embedder()?;
        let network = Network::own();
        let server = self.server(&network)?;
        let judge = self.judge(&network)?;
        if self.json {
            let flags = server.as_ref().map(|found| self.flags(found));
            let mut all = json!({ "embedder": embedder, "server": server, "flags": flags });
            if let Some(found) = &server {
                all["server"]["problems"] = json!(found.problems.iter().map(flags::told).collect::<Vec<_>>());
            }
            if let Some((found, score)) = &judge {
                all["judge"] = json!({ "found": found, "labels": score });
            }
            print::data(&format!("{all}\n"))?;
            return Ok(0);
        }
        let mut lines = vec![format!(
            "embedder {}: {} dimensions, {}, {:.0} short documents a second",
            embedder["id"].as_str().unwrap_or_default(),
            embedder["dimensions"],
            window(&embedder["window"]),
            embedder["documents_per_second"].as_f64().unwrap_or(0.0)
        )];
        match &server {
            None if judge.is_some() => {}
            None => lines.push("no model server examined: name one with --llm URL".into()),
            Some(found) => lines.extend(self.findings(found)),
        }
        if let Some((found, score)) = &judge {
            lines.extend(of_judge(found, score.as_ref()));
        }
        // Names of models are a server's words.
        print::data(&(sanitize::block(&lines.join("\n")) + "\n"))?;
        Ok(0)
    }

    fn embedder(&self) -> Result<Value, Error> {
        let embedder = embed::open(&self.embedder, &Progress::new(false))?;
        let texts: Vec<String> =
            (0..64).map(|number| format!("My parcel number {number} came late and the box was torn.")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let began = Instant::now();
        embedder.embed(&texts, &Silent)?;
        let identity = embedder.identity();
        Ok(json!({
            "id": identity.name,
            "dimensions": identity.dimensions,
            "window": identity.window,
            "documents_per_second": (texts.len() as f64 / began.elapsed().as_secs_f64()).round(),
        }))
    }

    fn server(&self, network: &Network) -> Result<Option<Examination>, Error> {
        let Some(address) = &self.llm else { return Ok(None) };
        let access = Access {
            parameter: "llm",
            api_key_env: Some(&self.api_key_env),
            api_key_file: self.api_key_file.as_deref(),
            extra_body: self.extra_body.as_deref(),
            timeout: seconds("timeout", self.timeout)?,
            key_over_http: self.key_over_http,
        };
        let wait = seconds("wait", self.wait)?;
        let client = client(address, access, network)?;
        self.model.iter().try_for_each(|model| without_key(&client, Mention::of("model"), model))?;
        examine(&client, self.model.as_deref(), wait, &Progress::new(false)).map(Some)
    }

    /// What the judge is, and how often it is right where labels are given.
    fn judge(&self, network: &Network) -> Result<Option<(JudgeExamination, Option<JudgeScore>)>, Error> {
        let Some(address) = &self.judge else { return Ok(None) };
        let access = Access {
            parameter: "judge",
            api_key_env: self.judge_key_env.as_deref(),
            api_key_file: self.judge_key_file.as_deref(),
            extra_body: None,
            timeout: seconds("timeout", self.timeout)?,
            key_over_http: self.key_over_http,
        };
        let client = client(address, access, network)?;
        self.judge_model.iter().try_for_each(|model| without_key(&client, Mention::of("judge-model"), model))?;
        let wait = seconds("wait", self.wait)?;
        let judge = Judge::find(&client, self.judge_model.as_deref(), wait, &Progress::new(false))?;
        let found = judge.examine()?;
        let (Some(labels), Some(codebook)) = (&self.labels, &self.codebook) else { return Ok(Some((found, None))) };
        let embedder = embed::open(&self.embedder, &Progress::new(false))?;
        let judging = Judging {
            labels: &Source::File(labels.clone()),
            field: &self.label_field,
            codebook: &Codebook::read(codebook)?,
            goal: self.goal.as_deref(),
            judge: &judge,
            embedder: embedder.as_ref(),
        };
        Ok(Some((found, Some(judging.score()?))))
    }

    fn findings(&self, found: &Examination) -> Vec<String> {
        let known = |value: Option<u64>| value.map_or("unknown".to_owned(), |value| value.to_string());
        let yes = |value: Option<bool>| value.map_or("unknown", |value| if value { "yes" } else { "no" });
        let speed = |value: Option<f64>| value.map_or("unknown".to_owned(), |value| format!("{value:.0}"));
        let mut lines = vec![
            format!("server {}: {}, models: {}", found.host, found.kind, some(&found.models)),
            format!("  requests at once {}, tokens of context for each {}", known(found.slots), known(found.context)),
            format!(
                "  holds to a JSON schema: {}; log-probabilities: {}; reuses a prompt's beginning: {}",
                yes(found.schema),
                yes(found.logprobs),
                yes(found.prefix_cache)
            ),
            format!(
                "  tokens a second: {} read, {} written",
                speed(found.prompt_tokens_per_second),
                speed(found.completion_tokens_per_second)
            ),
        ];
        let problems = found.problems.iter().map(flags::told);
        lines.extend(problems.chain(advice(found)).map(|line| format!("  note: {line}")));
        lines.push(format!("use: colligate run CORPUS --goal TEXT {}", self.flags(found)));
        lines
    }

    fn flags(&self, found: &Examination) -> String {
        let mut flags = format!("--llm {}", quoted(&without_credentials(self.llm.as_deref().unwrap_or_default())));
        if let Some(model) = &found.model {
            flags += &format!(" --model {}", quoted(model));
        }
        if let Some(slots) = found.slots {
            flags += &format!(" --concurrency {slots}");
        }
        flags
    }
}

fn some(models: &[String]) -> String {
    match models.len() {
        0 => "none listed".into(),
        1..=5 => models.join(", "),
        more => format!("{}, … ({more})", models[..5].join(", ")),
    }
}

/// What to change for better results.
fn advice(found: &Examination) -> Vec<String> {
    let small = found.context.is_some_and(|context| context < CONTEXT);
    let advice = [
        small.then(|| {
            format!(
                "a question for groups needs up to {CONTEXT} tokens: start the server with more (llama.cpp: -c is shared by the slots of -np)"
            )
        }),
        (found.logprobs == Some(false)).then(|| "without log-probabilities a verdict is the bare word, its confidence 1".into()),
        (found.schema == Some(false)).then(|| "without a schema more answers will have to be repaired".into()),
        (!found.refused.is_empty()).then(|| {
            let names: Vec<&str> = found.refused.iter().map(|parameter| Parameter::name(*parameter)).collect();
            format!("it refuses {}: every request does without", names.join(", "))
        }),
    ];
    advice.into_iter().flatten().collect()
}

/// What is said of a judge, and how often it was right.
fn of_judge(found: &JudgeExamination, score: Option<&JudgeScore>) -> Vec<String> {
    let name = found.model.as_deref().unwrap_or("its model");
    let mut lines = vec![match found.protocol {
        Protocol::Chat => format!("judge {}: a chat model ({name}); --llm examines it further", found.host),
        other => format!("judge {}: {name}, a decision model that speaks /v1/{}", found.host, other.name()),
    }];
    if let Some(seconds) = found.seconds {
        let list = found.longest_list.map_or("none that was tried".to_owned(), |length| length.to_string());
        lines.push(format!("  a short question takes {:.0} ms; the longest list it takes: {list}", 1000.0 * seconds));
    }
    if let Some(turned) = found.turned {
        lines.push(format!("  the same list the other way round changes a probability by {turned:.2} at most"));
    }
    if let Some(score) = score {
        let share = |share: &Share| {
            format!("{:.0} % ({:.0}–{:.0})", 100.0 * share.estimate, 100.0 * share.low, 100.0 * share.high)
        };
        lines.push(format!(
            "  right on {} of {} labelled documents ({} answered); likeness in the embedder, which costs nothing: {}",
            share(&score.right),
            score.documents,
            score.answered,
            share(&score.likeness)
        ));
        if score.without_entry > 0 {
            lines.push(format!("  {} texts have no label of the codebook and were left out", score.without_entry));
        }
        if score.right.estimate <= score.likeness.estimate {
            lines.push("  note: it does not do better than likeness: --codebook without a judge does as well".into());
        }
    }
    lines
}

/// How much of a text an embedder reads, whose window is 0 where it reads all.
fn window(tokens: &Value) -> String {
    match tokens.as_u64() {
        None | Some(0) => "reads the whole of a text".to_owned(),
        Some(tokens) => format!("reads {tokens} tokens of a text"),
    }
}
