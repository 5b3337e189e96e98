//! What the handlers of requests and the workers share.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

use super::config::Config;
use super::embedders::Embedders;
use super::jobs::Jobs;
use super::metrics::Metrics;
use crate::model::Network;

/// A service at work.
pub struct Service {
    /// Its configuration.
    pub config: Arc<Config>,
    /// All jobs.
    pub jobs: Arc<Jobs>,
    /// Where requests to models are sent.
    pub network: Network,
    /// Embedders that are loaded.
    pub embedders: Embedders,
    /// What it counts.
    pub metrics: Metrics,
    /// One corpus is read at once beside the jobs, or one small batch assigned: memory does not grow with the clients.
    pub reading: Semaphore,
    /// Whether it is about to end.
    pub draining: watch::Sender<bool>,
    /// Prints a line of its log. No document's text goes there.
    pub log: fn(&str),
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("jobs", &self.jobs).finish_non_exhaustive()
    }
}
