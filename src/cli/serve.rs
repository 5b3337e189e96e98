//! `colligate serve`: the same runs over HTTP, with a page.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::run::set_threads;
use super::{interrupt, print};
use crate::serve::{self, Config, Options};

/// Threads for requests: they wait most of the time.
const THREADS: usize = 4;

/// Serve jobs over HTTP, with a page for the browser
///
/// Documents and a goal are sent to POST /v1/jobs, or dropped on the page at /. Each job is a run
/// directory below --data: it survives a crash, and goes on where it stopped when the service is
/// started again. Models that clients may name stand in --config, with their addresses, keys and
/// caps; without any, texts are grouped by wording. Another address than this machine's loopback
/// needs tokens there. docs/serve.md describes the configuration and the routes.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8377")]
    listen: SocketAddr,
    /// Directory of jobs; made if it is not there
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// TOML file of backends, tokens and limits
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Threads for computing, 512 at most; without it, one a core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    threads: Option<u16>,
}

impl Serve {
    /// Serves until it is told to stop.
    pub fn run(self) -> anyhow::Result<u8> {
        set_threads(self.threads.map(usize::from))?;
        let config = self.config.as_deref().map(Config::read).transpose()?.unwrap_or_default();
        let options = Options { data: self.data, config, log: print::message };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
        let served = runtime.block_on(async {
            let stop = interrupt::stop()?;
            let listener = serve::bind(self.listen, &options.config).await?;
            let service = serve::open(options)?;
            print::data(&format!("listening on http://{}/\n", listener.local_addr()?))?;
            std::io::stdout().flush()?;
            serve::serve(listener, service, stop).await;
            anyhow::Ok(())
        });
        // A job that did not come to rest in time goes on from what is written down.
        runtime.shutdown_background();
        served.map(|()| 0)
    }
}
