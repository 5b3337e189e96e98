//! What handlers share: identifiers, queries, and work that does not run on the threads of the network.

use std::sync::Arc;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use uuid::Uuid;

use super::super::access::Client;
use super::super::jobs::Job;
use super::super::problem::Problem;
use super::super::service::Service;
use crate::error::Error;

/// A job of the client's by what stands in the path.
pub fn job(service: &Service, client: &Client, id: &str) -> Result<Arc<Job>, Problem> {
    let id: Uuid = id.parse().map_err(|_| Problem::absent())?;
    service.jobs.get(&client.0, id)
}

/// What stands in a query.
pub fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(said)| said).map_err(|problem| Problem::field("query", problem.body_text()))
}

/// Does what takes time or waits for the disk.
pub async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|problem| Err(Error::Bug(problem.to_string()).into()))
}

/// The same, with one at a time of what takes memory.
pub async fn one_at_a_time<T: Send + 'static>(
    service: &Arc<Service>,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let permit = service.reading.acquire().await.map_err(|problem| Error::Bug(problem.to_string()))?;
    let done = apart(work).await;
    drop(permit);
    done
}
