//! A mock that answers at once, in this process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use colligate::mock::{Answers, Dialect, Faults, Mock, Options, Script, bind, serve};
use colligate::model::{Prompts, Protocol};
use tokio::runtime::{Builder, Runtime};

/// Serves until it is dropped.
pub struct Served {
    /// Ends in `/v1`.
    pub address: String,
    _runtime: Runtime,
}

impl Served {
    /// Answers by a script, which is written into `folder`.
    pub fn start(folder: &Path, script: &str) -> Result<Served> {
        let file = folder.join("script.toml");
        std::fs::write(&file, script)?;
        let prompts = Prompts::load(None)?;
        let options = Options {
            protocol: Protocol::Chat,
            answers: Answers::Script(Script::read(&file, &prompts)?),
            faults: Faults::new(Vec::new(), None, 0, Protocol::Chat).map_err(anyhow::Error::msg)?,
            dialect: Dialect::Llamacpp,
            latency: Duration::ZERO,
            slow_start: Duration::ZERO,
            context: None,
            slots: 4,
        };
        let mock = Arc::new(Mock::new(options, prompts));
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (listener, address) = runtime.block_on(bind(0))?;
        runtime.spawn(serve(listener, mock, std::future::pending()));
        Ok(Served { address: format!("http://{address}/v1"), _runtime: runtime })
    }
}
