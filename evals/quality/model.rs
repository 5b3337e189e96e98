//! Answers of a real model from a recording, or from its server, which is asked for what the recording lacks.

use std::cell::{Ref, RefCell};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Context;
use colligate::error::Error;
use colligate::execute::{Access, client};
use colligate::model::{
    Answer, Answerer, Budget, Call, Caps, Journal, Network, Orchestrator, Question, Respondent, Settings,
};
use colligate::observer::Silent;

use super::shown::{Shown, Spent};

/// How long a server that is still loading is waited for, and how long one answer may take.
const WAIT: Duration = Duration::from_secs(600);

/// Where requests are sent, as long as the program runs.
static NETWORK: LazyLock<Network> = LazyLock::new(Network::own);

/// The answerer.
pub struct Model<'a> {
    orchestrator: Orchestrator<'static>,
    shown: &'a Shown,
    spent: RefCell<Spent>,
    /// Keys of what was asked.
    keys: RefCell<Vec<String>>,
}

impl<'a> Model<'a> {
    /// Answers of a model or a judge from a journal without texts; with a `server`, that one is asked for the rest.
    pub fn open(
        file: &Path,
        respondent: Respondent,
        server: Option<&str>,
        shown: &'a Shown,
    ) -> anyhow::Result<Model<'a>> {
        let orchestrator = match server {
            None => Orchestrator::replay(Journal::open_recording(file)?.shared(), respondent, &Silent)?,
            Some(address) => {
                std::fs::create_dir_all(file.parent().context("a recording is in a folder")?)?;
                let access = Access {
                    parameter: if respondent == Respondent::Judge { "judge" } else { "llm" },
                    api_key_env: Some("OPENAI_API_KEY"),
                    api_key_file: None,
                    extra_body: None,
                    timeout: WAIT,
                    key_over_http: false,
                };
                let settings = Settings { concurrency: 1, respondent, wait: WAIT };
                let budget = Arc::new(Budget::new(Caps::default(), None));
                let journal = Journal::open(file, false)?.shared();
                Orchestrator::connect(client(address, access, &NETWORK)?, None, journal, settings, budget, &Silent)?
            }
        };
        Ok(Model { orchestrator, shown, spent: RefCell::default(), keys: RefCell::default() })
    }

    /// The model's name.
    pub fn name(&self) -> String {
        self.orchestrator.model()
    }

    /// What was asked so far, without tokens.
    pub fn spent(&self) -> Ref<'_, Spent> {
        self.spent.borrow()
    }

    /// The tokens of what was asked, as its journal has them.
    pub fn tokens(&self, file: &Path) -> anyhow::Result<u64> {
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let calls = text.lines().filter_map(|line| serde_json::from_str::<Call>(line).ok());
        let of: HashMap<String, u64> =
            calls.map(|call| (call.key, call.usage.map_or(0, |usage| usage.total()))).collect();
        Ok(self.keys.borrow().iter().filter_map(|key| of.get(key)).sum())
    }
}

impl Answerer for Model<'_> {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let mut spent = self.spent.borrow_mut();
        spent.asked += questions.len();
        spent.judged.extend(questions.iter().flat_map(|question| self.shown.judged(question)));
        let model = self.orchestrator.model();
        self.keys.borrow_mut().extend(questions.iter().map(|question| question.key(&model)));
        self.orchestrator.answer(questions)
    }

    fn context(&self) -> Option<u64> {
        self.orchestrator.context()
    }

    fn weighs(&self) -> bool {
        self.orchestrator.weighs()
    }

    fn keep(&self, requests: u64, like: &Question) {
        self.orchestrator.keep(requests, like);
    }
}
