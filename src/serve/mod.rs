//! The program as a service: the same runs, asked for over HTTP, with a page for the browser. One process, no other server.
//!
//! A job is a folder with a run directory in it. Accepted means that its request is on the disk; its status is read off the folder,
//! so that a crash leaves nothing that runs for ever: what had not ended waits again, and goes on where it stopped.
//!
//! In reading order:
//! - `config`: which models there are, who may ask, how much; `asked`: from what a client says to a checked plan;
//! - `job`: one job's folder; `jobs`: all jobs, waiting in a fair order; `ledger`: what they cost a day; `events`: what their
//!   observers are told; `worker`: runs them, with a `reporter` that listens and `embedders` that are loaded once;
//! - `access`: who may ask, and what every response says; `body` and `upload`: what a client sends, with its limits;
//! - `api`: the routes; `page`: the page; `problem` and `words`: what goes wrong, in the words of HTTP; `metrics`: what is counted.

mod access;
mod api;
mod asked;
mod body;
mod clock;
mod config;
mod disk;
mod embedders;
mod events;
mod job;
mod jobs;
mod ledger;
mod metrics;
mod page;
mod problem;
mod reporter;
mod service;
mod upload;
mod words;
mod worker;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

pub use api::openapi;
pub use config::{Config, Limits, Token};

use crate::error::Error;
use crate::message;
use crate::model::Network;
use embedders::Embedders;
use jobs::Jobs;
use metrics::Metrics;
use service::Service;

/// Bytes of a request's head at most.
const LARGEST_HEAD: usize = 64 * 1024;
/// Time that responses have to end when the service ends.
const LAST_RESPONSES: Duration = Duration::from_secs(5);
/// Time between two looks for jobs that are too old.
const SWEEP: Duration = Duration::from_secs(3_600);
/// Time after which a connection that could not be accepted is tried again: mostly there are too many files open.
const BREATH: Duration = Duration::from_millis(100);

/// What the service is told to be.
#[derive(Debug)]
pub struct Options {
    /// Where it keeps its files.
    pub data: PathBuf,
    /// Its configuration.
    pub config: Config,
    /// Prints a line of its log.
    pub log: fn(&str),
}

/// A listener.
///
/// # Errors
/// When the address is taken, or is not this machine's loopback address though nobody needs a token.
pub async fn bind(address: SocketAddr, config: &Config) -> Result<TcpListener, Error> {
    if !address.ip().is_loopback() && config.tokens.is_empty() {
        return Err(Error::Usage(message!(
            "{@listen}: {address} can be reached from other machines, and nobody needs a token: name tokens in {+config FILE}, or listen \
             on 127.0.0.1",
            address = address.to_string()
        )));
    }
    let taken = |problem: std::io::Error| {
        Error::Usage(message!("{@listen}: {address}: {problem}", address = address.to_string(), problem))
    };
    TcpListener::bind(address).await.map_err(taken)
}

/// A service whose folder is its own, before it answers anybody.
pub struct Opened(Arc<Service>);

/// Opens a service, within the tokio runtime that it is to use.
///
/// # Errors
/// When the folder of its files cannot be used, or another process serves it.
pub fn open(options: Options) -> Result<Opened, Error> {
    let config = Arc::new(options.config);
    let jobs = Arc::new(Jobs::open(&options.data, config.clone(), options.log)?);
    Ok(Opened(Arc::new(Service {
        jobs,
        network: Network::lent(Handle::current()),
        embedders: Embedders::default(),
        metrics: Metrics::default(),
        reading: Semaphore::new(1),
        draining: watch::Sender::new(false),
        log: options.log,
        config,
    })))
}

/// Serves until `stop` is done, then lets what runs come to rest: it goes on when the service is started again.
pub async fn serve(listener: TcpListener, Opened(service): Opened, stop: impl Future<Output = ()>) {
    let mut workers = JoinSet::new();
    for _ in 0..service.config.limits.jobs_at_once {
        let service = service.clone();
        workers.spawn_blocking(move || worker::work(&service));
    }
    let sweeping = tokio::spawn(sweep(service.clone()));
    let (closing, closed) = watch::channel(false);
    let accepting = tokio::spawn(accept(listener, service.clone(), closed));
    stop.await;
    (service.log)("stopping: running jobs go on when the service is started again");
    service.jobs.drain();
    service.draining.send_replace(true);
    let patience = Duration::from_secs(service.config.limits.drain_seconds);
    if tokio::time::timeout(patience, async { while workers.join_next().await.is_some() {} }).await.is_err() {
        (service.log)("a job did not come to rest in time: it goes on from what is written down");
    }
    closing.send_replace(true);
    sweeping.abort();
    // What has not been answered by then is cut.
    let _ = tokio::time::timeout(LAST_RESPONSES, accepting).await;
}

/// Accepts connections until it is told to close, then waits for their last responses.
async fn accept(listener: TcpListener, service: Arc<Service>, mut closed: watch::Receiver<bool>) {
    let router = api::router(service.clone());
    let places = Arc::new(Semaphore::new(service.config.limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        tokio::select! {
            (place, accepted) = next => match (place, accepted) {
                (Ok(place), Ok((stream, _))) => {
                    let (router, closed) = (router.clone(), closed.clone());
                    let patience = Duration::from_secs(service.config.limits.patience_seconds);
                    connections.spawn(async move {
                        connection(stream, router, patience, closed).await;
                        drop(place);
                    });
                }
                _ => tokio::time::sleep(BREATH).await,
            },
            Some(_) = connections.join_next() => {}
            _ = closed.changed() => break,
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn connection(stream: TcpStream, router: Router, patience: Duration, mut closed: watch::Receiver<bool>) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    // A client that leaves in the middle is none of the service's concerns.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = closed.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Erases jobs that are older than they may be.
async fn sweep(service: Arc<Service>) {
    let Some(days) = service.config.keep_days else { return };
    loop {
        let sweeping = service.clone();
        let moment = clock::now().saturating_sub(days.saturating_mul(clock::DAY));
        // A sweep that fails is made again.
        let _ = tokio::task::spawn_blocking(move || sweeping.jobs.erase_before(moment)).await;
        tokio::time::sleep(SWEEP).await;
    }
}
