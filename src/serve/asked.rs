//! From what a client says to a checked plan. A client says how its documents are read and clustered; whom to ask, by a backend's name.

use std::path::Path;

use serde_json::{Map, Value};

use super::config::Config;
use super::problem::Problem;
use crate::embed::COMPILED_IN;
use crate::plan::{Layers, Plan, Settings};

/// What a client may say of a run. Addresses, keys, prompts and files are the server's.
const OF_A_CLIENT: [&str; 35] = [
    "propose",
    "k",
    "levels",
    "method",
    "cluster-penalty",
    "max-share",
    "seed",
    "format",
    "text-field",
    "id-field",
    "records",
    "sheet",
    "no-header",
    "only",
    "join",
    "turns",
    "keep-boilerplate",
    "keep-fillers",
    "on-error",
    "limit",
    "questions",
    "ask",
    "audit",
    "test-size",
    "perspective",
    "rounds",
    "candidates",
    "max-unparsed",
    "max-calls",
    "max-tokens",
    "max-cost",
    "max-minutes",
    "embedder",
    "no-texts",
    BACKEND,
];
/// The field of a plan that names whom to ask.
const BACKEND: &str = "backend";

/// What a client asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The client's sentence.
    pub goal: &'a str,
    /// The client's plan.
    pub plan: &'a Map<String, Value>,
    /// Groups known beforehand.
    pub codebook: Option<&'a Path>,
}

impl Asked<'_> {
    /// The checked plan of a run in the directory `out`, which goes on where it stopped.
    ///
    /// # Errors
    /// With the field that cannot be understood or done.
    pub fn plan(&self, config: &Config, out: &Path, most_cost: Option<f64>) -> Result<Plan, Problem> {
        let (client, backend) = (self.client()?, self.backend(config)?);
        let service = Settings {
            out: Some(out.to_owned()),
            resume: Some(true),
            // Vectors are kept with the job, and erased with it.
            cache: Some("none".into()),
            codebook: self.codebook.map(Path::to_owned),
            // A backend that names no key gets none.
            api_key_env: Some(backend.api_key_env.clone().unwrap_or_default()),
            max_calls: least(client.max_calls, backend.max_calls),
            max_tokens: least(client.max_tokens, backend.max_tokens),
            max_cost: least(least(client.max_cost, backend.max_cost), most_cost),
            max_minutes: least(client.max_minutes, backend.max_minutes),
            ..backend
        };
        let mut layers = Layers::default();
        layers.add("request", &client)?;
        layers.add("service", &service)?;
        Ok(layers.check()?)
    }

    /// The client's part.
    fn client(&self) -> Result<Settings, Problem> {
        let mut settings = Map::new();
        for (name, value) in self.plan {
            let field = format!("plan.{name}");
            if !OF_A_CLIENT.contains(&name.as_str()) {
                let detail = format!("a plan has no such field: it takes {}", OF_A_CLIENT.join(", "));
                return Err(Problem::field(field, detail));
            }
            if name == BACKEND {
                continue;
            }
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            let understood: Result<Settings, _> = serde_json::from_value(alone.clone().into());
            understood.map_err(|problem| Problem::field(field, problem.to_string()))?;
            settings.extend(alone);
        }
        // Any other is a directory or an address.
        if let Some(embedder) = settings.get("embedder").filter(|name| !COMPILED_IN.iter().any(|known| *name == known))
        {
            let detail = format!("{embedder}: there are {}", COMPILED_IN.join(", "));
            return Err(Problem::field("plan.embedder", detail));
        }
        settings.insert("goal".into(), self.goal.into());
        serde_json::from_value(settings.into()).map_err(|problem| Problem::field("plan", problem.to_string()))
    }

    /// The backend's part; nobody is asked where none is named.
    fn backend(&self, config: &Config) -> Result<Settings, Problem> {
        let field = format!("plan.{BACKEND}");
        match self.plan.get(BACKEND) {
            None | Some(Value::Null) => Ok(Settings::default()),
            Some(Value::String(name)) => config.backends.get(name).cloned().ok_or_else(|| {
                let names: Vec<&str> = config.backends.keys().map(String::as_str).collect();
                let detail = if names.is_empty() {
                    "this server has no backend: leave it out, and texts are grouped by wording".to_owned()
                } else {
                    format!("there is no such backend: there are {}", names.join(", "))
                };
                Problem::field(&field, detail)
            }),
            Some(_) => Err(Problem::field(field, "expected the name of a backend")),
        }
    }
}

/// The smaller of two caps, as far as they are there.
fn least<T: PartialOrd>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other < one { other } else { one }),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Asking;

    fn config() -> Config {
        toml::from_str(
            "[backends.small]\nllm = \"http://127.0.0.1:1/v1\"\nmax-calls = 50\nprice-in = 1.0\nprice-out = 1.0\n",
        )
        .unwrap()
    }

    fn plan(plan: &str) -> Result<Plan, Problem> {
        let plan: Map<String, Value> = serde_json::from_str(plan).unwrap();
        let asked = Asked { goal: "by mood", plan: &plan, codebook: None };
        asked.plan(&config(), Path::new("/data/run"), Some(2.5))
    }

    #[test]
    fn a_client_names_a_backend_and_gets_no_more_than_it_allows() {
        let small = plan(r#"{"backend": "small", "max-calls": 90, "k": 3}"#).unwrap();
        assert!(matches!(&small.model.asking, Asking::Server(address, _) if address == "http://127.0.0.1:1/v1"));
        assert_eq!((small.model.caps.calls, small.model.caps.cost, small.clustering.k), (Some(50), Some(2.5), Some(3)));
        assert_eq!(small.model.api_key_env, "", "no key is sent that the backend does not name");
        assert_eq!(plan(r#"{"backend": "small", "max-calls": 20}"#).unwrap().model.caps.calls, Some(20));
    }

    #[test]
    fn what_is_the_servers_is_refused_with_its_field() {
        let cases = [
            (r#"{"llm": "http://169.254.169.254/"}"#, "plan.llm", "a plan has no such field"),
            (r#"{"out": "/etc"}"#, "plan.out", "a plan has no such field"),
            (r#"{"prompts": "/etc"}"#, "plan.prompts", "a plan has no such field"),
            (r#"{"embedder": "/etc"}"#, "plan.embedder", "there are builtin"),
            (r#"{"backend": "large"}"#, "plan.backend", "there are small"),
            (r#"{"backend": 1}"#, "plan.backend", "expected the name"),
            (r#"{"k": "many"}"#, "plan.k", "expected usize"),
            (r#"{"k": 0}"#, "plan.k", "expected at least 1"),
        ];
        for (said, field, detail) in cases {
            let problem = plan(said).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some(field), "{problem:?}");
            assert!(problem.detail.contains(detail), "{problem:?}");
        }
    }
}
