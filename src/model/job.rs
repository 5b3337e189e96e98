//! What is sent: a request, its job of being answered and journalled, and how jobs are sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::budget::Reservation;
use super::client::Client;
use super::failure::{Failure, Parameter};
use super::journal::Probe;
use super::question::Respondent;
use super::stop::Stop;
use super::usage::CallUsage;
use crate::error::Error;

/// How requests are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Requests under way at once at most.
    pub concurrency: usize,
    /// How long a server that is not there yet, or not there any more, is waited for.
    pub wait: Duration,
    /// Who is asked.
    pub respondent: Respondent,
}

/// What can be sent again: a question, or texts to embed.
pub trait Request: Sync {
    /// What a server answers.
    type Reply: Send;
    /// Whether its outcome is journalled as one line that counts the call.
    const HAS_OUTCOME: bool;
    /// An upper bound of its tokens, as the client sends it.
    fn bound(&self, client: &Client) -> CallUsage;
    /// What tells it from requests that a server counts otherwise.
    fn kind(&self) -> &str;
    /// Whether it carries a parameter at all.
    fn carries(&self, parameter: Parameter) -> bool;
    /// What tells it from others, so that requests refused together do not come back together.
    fn text(&self) -> &str;
    /// Sends it once.
    fn send(&self, client: &Client, probe: &Probe) -> impl Future<Output = Result<Self::Reply, Failure>> + Send;
    /// Tokens as the server counted them.
    fn used(reply: &Self::Reply) -> Option<CallUsage>;
}

/// One request on its way; S is what requests under way share.
pub trait Job<S>: Send + 'static {
    /// What is sent.
    type Request: Request;
    /// What is sent first, for which a reservation is made.
    fn request(&self) -> &Self::Request;
    /// Sends it and journals the outcome. Some when no more can be sent.
    fn run(self, reservation: Reservation, shared: Arc<S>) -> impl Future<Output = Result<Option<Stop>, Error>> + Send;
}

/// A lock, also after a panic elsewhere: what is guarded stays consistent at every step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
