//! The service itself: which models there are, how it is, what it counts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::job::Status;
use super::super::metrics::Gauge;
use super::super::problem::Problem;
use super::super::service::Service;

/// A model that a plan may name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Backend {
    /// Its name.
    name: String,
    /// Whether it proposes and names groups.
    proposes: bool,
    /// Whether it judges which groups hold.
    judges: bool,
    /// Price of a million prompt tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_in: Option<f64>,
    /// Price of a million completion tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_out: Option<f64>,
    /// Requests of a job at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_calls: Option<u64>,
    /// Tokens of a job at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    /// Cost of a job at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_cost: Option<f64>,
}

/// Models that a plan may name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Backends {
    /// In the order of their names; without any, texts are grouped by wording or by a codebook.
    backends: Vec<Backend>,
    /// Bytes of a request at most.
    upload_bytes: usize,
    /// Rows of a corpus at most.
    rows: usize,
    /// Documents that are assigned at once at most.
    assigned_at_once: usize,
}

/// List the models that a plan may name, and the limits of a request
#[utoipa::path(
    get, path = "/v1/backends", tag = "service", operation_id = "listBackends",
    responses(
        (status = 200, description = "The models", body = Backends),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn backends(State(service): State<Arc<Service>>) -> Json<Backends> {
    let backend = |(name, settings): (&String, &crate::plan::Settings)| Backend {
        name: name.clone(),
        proposes: settings.llm.is_some(),
        judges: settings.judge.is_some() || settings.llm.is_some(),
        price_in: settings.price_in,
        price_out: settings.price_out,
        max_calls: settings.max_calls,
        max_tokens: settings.max_tokens,
        max_cost: settings.max_cost,
    };
    let limits = &service.config.limits;
    Json(Backends {
        backends: service.config.backends.iter().map(backend).collect(),
        upload_bytes: limits.upload_bytes,
        rows: limits.rows,
        assigned_at_once: limits.assigned_at_once,
    })
}

/// Whether the process lives
#[utoipa::path(
    get, path = "/healthz", tag = "service", operation_id = "health",
    responses((status = 200, description = "It lives", body = String, content_type = "text/plain"))
)]
pub async fn health() -> &'static str {
    "ok\n"
}

/// Whether jobs are accepted
#[utoipa::path(
    get, path = "/readyz", tag = "service", operation_id = "ready",
    responses(
        (status = 200, description = "They are", body = String, content_type = "text/plain"),
        (status = 503, description = "They are not", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn ready(State(service): State<Arc<Service>>) -> Result<&'static str, Problem> {
    let not = |kind: &str, detail: &str| Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, kind, detail));
    match (service.jobs.is_draining(), service.jobs.has_room()) {
        (true, _) => not("draining", "the service is about to end"),
        (false, false) => not("disk", "the server's disk is nearly full"),
        (false, true) => Ok("ready\n"),
    }
}

/// What the service counts, in the text format of Prometheus
#[utoipa::path(
    get, path = "/metrics", tag = "service", operation_id = "metrics",
    responses(
        (status = 200, description = "Counters and gauges", body = String, content_type = "text/plain"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let counts = service.jobs.counts();
    let labels: Vec<(String, f64)> =
        counts.iter().map(|(status, count)| (format!("status=\"{}\"", status.name()), *count as f64)).collect();
    let mut gauges: Vec<Gauge<'_>> = labels
        .iter()
        .map(|(label, value)| Gauge { name: "colligate_jobs", help: "Jobs by status.", label, value: *value })
        .collect();
    let queued = counts.get(&Status::Queued).copied().unwrap_or(0) as f64;
    let limits = &service.config.limits;
    let gauge = |name, help, value| Gauge { name, help, label: "", value };
    gauges.push(gauge("colligate_queue_length", "Jobs that wait.", queued));
    gauges.push(gauge("colligate_queue_limit", "Jobs that may wait.", limits.queue as f64));
    gauges.push(gauge("colligate_cost_today", "Cost of today's jobs (UTC).", service.jobs.ledger().today()));
    if let Some(cap) = limits.cost_per_day {
        gauges.push(gauge("colligate_cost_limit", "What a day's jobs may cost.", cap));
    }
    if let Some(free) = super::super::disk::free(service.jobs.data()) {
        gauges.push(gauge("colligate_disk_free_bytes", "Bytes that are free on the disk.", free as f64));
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], service.metrics.text(&gauges)).into_response()
}
