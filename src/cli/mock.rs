//! `colligate mock`: a stand-in for a model server.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{ArgGroup, Args};

use super::{flags, interrupt, print};
use crate::error::Error;
use crate::mock::{self, Answers, Dialect, Fault, Faults, Options, Recording, Script};
use crate::model::{Prompts, Protocol};

/// Stand in for a model server: replay a recording or a script, and inject faults
///
/// Listens on 127.0.0.1 only and prints its address as the first line. It never invents an answer. Ended by Ctrl-C or a
/// terminate signal, it prints what it served as one JSON object; GET /mock/counts says the same meanwhile.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("answers").required(true).args(["replay", "script"]))]
pub struct Mock {
    /// Answer from the recording in a run directory or journal file
    #[arg(long, value_name = "RUN|FILE")]
    replay: Option<PathBuf>,
    /// Answer by the rules of a TOML file
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Port to listen on; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// KIND:SHARE, KIND:first=N or KIND:attempts=N, such as 429-after=1:0.1; may be repeated
    ///
    /// SHARE is the share of the requests between 0 and 1, first=N the first N requests, attempts=N the first N attempts at
    /// every question. Shares are decided by a hash of seed, question and attempt, never by a clock. KIND is an HTTP status
    /// from 400 to 599, also with -after=SECONDS or -date=SECONDS for Retry-After, or one of quota, context, html, empty,
    /// truncated, invalid-utf8, length, schema, fence, refusal, reasoning, huge, silent-truncation, drop, reset, hang; of a
    /// decision model also above-one, low-sum, no-number, missing-option, and not length, schema, fence, reasoning.
    #[arg(long = "fault", value_name = "RULE")]
    faults: Vec<Fault>,
    /// Faults concern the questions of this stage only, such as assign
    #[arg(long, value_name = "STAGE", requires = "faults")]
    fault_stage: Option<String>,
    /// How it is asked: with systemone or decisions it is a decision model, which answers with probabilities and writes nothing
    #[arg(long, value_enum, value_name = "NAME", default_value = "chat")]
    protocol: Protocol,
    /// Server whose ways it takes on
    #[arg(long, value_enum, value_name = "NAME", default_value = "llamacpp")]
    dialect: Dialect,
    /// Wait before each answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Only load for so long
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    slow_start: f64,
    /// Tokens of the context [default: 32768; ollama 4096]
    #[arg(long, value_name = "N")]
    context: Option<u64>,
    /// Slots, as llama.cpp tells them
    #[arg(long, value_name = "N", default_value_t = 4)]
    slots: u64,
    /// Seed of the faults
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Directory of prompts that replace those compiled in: they tell the stages
    #[arg(long, value_name = "DIR")]
    prompts: Option<PathBuf>,
}

impl Mock {
    /// Serves until it is told to stop.
    pub fn run(self) -> anyhow::Result<u8> {
        let port = self.port;
        let flag = if self.protocol.is_chat() { "--llm" } else { "--judge" };
        let prompts = Prompts::load(self.prompts.as_deref())?;
        let options = self.options(&prompts)?;
        let command = match &options.answers {
            Answers::Recording(recording) => recording.command().map(str::to_owned),
            Answers::Script(_) => None,
        };
        let mock = Arc::new(mock::Mock::new(options, prompts));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let stop = interrupt::stop()?;
            let (listener, address) = mock::bind(port).await?;
            print::data(&format!("listening on http://{address}/v1\n"))?;
            std::io::stdout().flush()?;
            if let Some(command) = command {
                print::message(&format!("it answers what was recorded:\n  {command} {flag} http://{address}/v1"));
            }
            mock::serve(listener, mock.clone(), stop).await;
            anyhow::Ok(())
        })?;
        runtime.shutdown_background();
        print::data(&format!("{}\n", serde_json::to_string(&mock.served())?))?;
        Ok(0)
    }

    fn options(self, prompts: &Prompts) -> Result<Options, Error> {
        let answers = match (&self.replay, &self.script) {
            (Some(recording), _) => {
                Answers::Recording(Recording::read(recording, self.protocol, prompts, flags::spoken, print::message)?)
            }
            (None, Some(script)) => Answers::Script(Script::read(script, prompts)?),
            (None, None) => return Err(Error::usage("give --replay or --script")),
        };
        let stages: Vec<_> = prompts.by_stage().into_iter().map(|(stage, _)| stage).collect();
        if let Some(stage) = self.fault_stage.as_deref().filter(|stage| !stages.contains(stage)) {
            return Err(Error::usage(format!("--fault-stage {stage}: there are {}", stages.join(", "))));
        }
        let slow_start = Duration::try_from_secs_f64(self.slow_start)
            .map_err(|problem| Error::usage(format!("--slow-start {}: {problem}", self.slow_start)))?;
        Ok(Options {
            protocol: self.protocol,
            answers,
            faults: Faults::new(self.faults, self.fault_stage, self.seed, self.protocol).map_err(Error::usage)?,
            dialect: self.dialect,
            latency: Duration::from_millis(self.latency),
            slow_start,
            context: self.context,
            slots: self.slots,
        })
    }
}
