//! Jobs: sent, listed, watched, cancelled; and what one would cost.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::super::access::Client;
use super::super::clock::now;
use super::super::job::{Idempotency, Request as JobRequest};
use super::super::jobs::JobView;
use super::super::problem::Problem;
use super::super::service::Service;
use super::super::upload::{Form, Sent, Upload};
use super::told::{apart, job, one_at_a_time, query};
use crate::execute::foresee;
use crate::methods::Range;
use crate::seed::hex;

/// Jobs of one page of the list.
const PAGE: usize = 50;
/// Jobs of one page at most.
const LARGEST_PAGE: usize = 1_000;
/// Characters of a client's key at most.
const LONGEST_KEY: usize = 255;
/// Time after which a stream without events shows that it lives.
const ALIVE: Duration = Duration::from_secs(15);

/// Accept documents, a goal and a plan as a job
///
/// When this answers 202, no crash loses the job. With an `Idempotency-Key`, the same request sent again is the same job.
#[utoipa::path(
    post, path = "/v1/jobs", tag = "jobs", operation_id = "createJob",
    request_body(content((Sent = "application/json"), (Form = "multipart/form-data"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of the client's: the same request sent again with it is the same job", max_length = 255)),
    responses(
        (status = 202, description = "Accepted", body = JobView, headers(("Location" = String, description = "The job's address"))),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let key = idempotency_key(request.headers())?;
    let place = service.jobs.place(&client.0)?;
    let upload = Upload::receive(&service, request).await?;
    let idempotency =
        key.map(|key| Idempotency { key: hex(&Sha256::digest(key.as_bytes())), body: upload.sha256.clone() });
    let working = service.clone();
    let accepted = one_at_a_time(&service, move || accepted(&working, &client, upload, idempotency)).await?;
    drop(place);
    let address = format!("/v1/jobs/{}", accepted.id);
    (service.log)(&format!("job {} accepted: {} rows", accepted.id, accepted.rows));
    Ok((StatusCode::ACCEPTED, [(LOCATION, address)], Json(accepted)).into_response())
}

fn accepted(
    service: &Service,
    client: &Client,
    upload: Upload,
    idempotency: Option<Idempotency>,
) -> Result<JobView, Problem> {
    if let Some(sent) = &idempotency
        && let Some(job) = service.jobs.known(&client.0, &sent.key, &sent.body)?
    {
        return service.jobs.view(&job);
    }
    let (_, corpus) = upload.check(service)?;
    let request = JobRequest {
        goal: upload.goal.clone(),
        plan: upload.plan.clone(),
        documents: upload.documents.clone(),
        codebook: upload.codebook.clone(),
        rows: corpus.rows.len(),
        owner: client.0.clone(),
        idempotency,
        accepted: now(),
    };
    let job = service.jobs.accept(upload.id, request)?;
    if job.id == upload.id {
        upload.keep();
    }
    service.jobs.view(&job)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
    let detail = format!("expected 1 to {LONGEST_KEY} visible characters");
    key.map(|key| Some(key.to_owned())).ok_or_else(|| Problem::field("Idempotency-Key", detail))
}

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Jobs that were accepted before this one.
    #[param(format = Uuid)]
    before: Option<String>,
    /// Jobs at most.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<usize>,
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobList {
    /// The newest first.
    jobs: Vec<JobView>,
}

/// List the client's jobs, the newest first
#[utoipa::path(
    get, path = "/v1/jobs", tag = "jobs", operation_id = "listJobs", params(Part),
    responses(
        (status = 200, description = "A page of jobs", body = JobList),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<JobList>, Problem> {
    let part = query(part)?;
    let before = part.before.map(|id| id.parse().map_err(|_| Problem::field("before", "expected a job's id")));
    let limit = part.limit.unwrap_or(PAGE);
    if limit == 0 || limit > LARGEST_PAGE {
        return Err(Problem::field("limit", format!("expected 1 to {LARGEST_PAGE}")));
    }
    Ok(Json(JobList { jobs: service.jobs.list(&client.0, before.transpose()?, limit) }))
}

/// Look at one job
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "jobs", operation_id = "getJob",
    params(("id" = String, Path, format = Uuid, description = "The job's id")),
    responses(
        (status = 200, description = "The job", body = JobView),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn one(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Json<JobView>, Problem> {
    let job = job(&service, &client, &id)?;
    Ok(Json(service.jobs.view(&job)?))
}

/// Whether a job is only cancelled, or erased.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Cancelling {
    /// Erase the job with its documents and results; it must have ended.
    #[param(default = false)]
    erase: Option<bool>,
}

/// Cancel a job, or erase one that has ended
///
/// Cancelling works in every state: a job that has ended stays as it is. What a running job has found by then is kept.
#[utoipa::path(
    delete, path = "/v1/jobs/{id}", tag = "jobs", operation_id = "cancelJob",
    params(("id" = String, Path, format = Uuid, description = "The job's id"), Cancelling),
    responses(
        (status = 200, description = "The job as it is now", body = JobView),
        (status = 204, description = "Erased"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn cancel(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    cancelling: Result<Query<Cancelling>, QueryRejection>,
) -> Result<Response, Problem> {
    let is_erased = query(cancelling)?.erase.unwrap_or(false);
    let job = job(&service, &client, &id)?;
    apart(move || {
        if is_erased {
            service.jobs.erase(&job)?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        service.jobs.cancel(&job)?;
        Ok(Json(service.jobs.view(&job)?).into_response())
    })
    .await
}

/// Go on with a job that is partial, failed or cancelled: what was answered is not asked again
#[utoipa::path(
    post, path = "/v1/jobs/{id}/resume", tag = "jobs", operation_id = "resumeJob",
    params(("id" = String, Path, format = Uuid, description = "The job's id")),
    responses(
        (status = 202, description = "It waits again", body = JobView),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn resume(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<JobView>), Problem> {
    let job = job(&service, &client, &id)?;
    apart(move || {
        service.jobs.resume(&job)?;
        Ok((StatusCode::ACCEPTED, Json(service.jobs.view(&job)?)))
    })
    .await
}

/// Watch a job: server-sent events
///
/// `queued`, `running`, `begin`, `advance` and `end` of a step, `message`, and `ended` at last. With `Last-Event-ID` the stream goes on
/// after that event. Where nothing will come any more, the answer is 204.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/events", tag = "jobs", operation_id = "watchJob",
    params(
        ("id" = String, Path, format = Uuid, description = "The job's id"),
        ("Last-Event-ID" = Option<i64>, Header, description = "The last event that was seen", minimum = 0),
    ),
    responses(
        (status = 200, description = "Events", body = Value, content_type = "text/event-stream"),
        (status = 204, description = "Nothing will come any more"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn events(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = job(&service, &client, &id)?;
    let after = match headers.get("last-event-id") {
        None => 0,
        Some(id) => {
            let detail = "expected the id of an event, which is a number";
            last_event(id).ok_or_else(|| Problem::field("Last-Event-ID", detail))?
        }
    };
    if job.events.is_over(after) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let mut draining = service.draining.subscribe();
    let ended = stream::once(async move {
        // An error means that nobody can say so any more.
        let _ = draining.wait_for(|is_draining| *is_draining).await;
    });
    let told = job.events.follow(after).map(Some);
    let told = stream::select(told.chain(stream::once(async { None })), ended.map(|()| None));
    let told = told.take_while(|event| std::future::ready(event.is_some())).filter_map(std::future::ready);
    let told = told
        .map(|event| Ok::<_, Infallible>(Event::default().id(event.id.to_string()).event(event.name).data(event.data)));
    let mut response = Sse::new(told).keep_alive(KeepAlive::new().interval(ALIVE)).into_response();
    // A proxy that collects a response before it passes it on would show no progress.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The event that a client has seen last; what its language cannot count to is no event.
fn last_event(id: &HeaderValue) -> Option<u64> {
    let id: i64 = id.to_str().ok()?.parse().ok()?;
    id.try_into().ok()
}

/// Three figures for one unknown.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figures<T> {
    /// Hardly less.
    low: T,
    /// Most likely.
    expected: T,
    /// Hardly more.
    high: T,
}

impl<T> From<Range<T>> for Figures<T> {
    fn from(range: Range<T>) -> Figures<T> {
        Figures { low: range.low, expected: range.expected, high: range.high }
    }
}

/// What a job would ask, and what it would cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct EstimateView {
    /// Rows of the documents.
    rows: usize,
    /// Rows that are documents.
    documents: usize,
    /// Different texts among them.
    texts: usize,
    /// Whether a model is asked at all.
    asks: bool,
    /// Questions.
    questions: Figures<u64>,
    /// Tokens of the prompts.
    prompt_tokens: Figures<u64>,
    /// Tokens of the completions.
    completion_tokens: Figures<u64>,
    /// What they cost, where the backend has prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Figures<f64>>,
    /// The same by stage.
    #[schema(value_type = Vec<Object>)]
    stages: Value,
    /// What was recognized in the documents.
    notes: Vec<String>,
}

/// Count what a job would ask, and what it would cost; nothing is asked or kept
#[utoipa::path(
    post, path = "/v1/estimate", tag = "jobs", operation_id = "estimate",
    request_body(content((Sent = "application/json"), (Form = "multipart/form-data"))),
    responses(
        (status = 200, description = "The estimate", body = EstimateView),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn estimate(
    State(service): State<Arc<Service>>,
    request: Request<Body>,
) -> Result<Json<EstimateView>, Problem> {
    let upload = Upload::receive(&service, request).await?;
    let working = service.clone();
    one_at_a_time(&service, move || estimated(&working, &upload)).await.map(Json)
}

fn estimated(service: &Service, upload: &Upload) -> Result<EstimateView, Problem> {
    let (plan, corpus) = upload.check(service)?;
    let asks = plan.model.is_asked();
    let estimate = asks.then(|| foresee(&upload.source(), &plan)).transpose();
    let estimate = estimate.map_err(|problem| upload.told(problem.into()))?;
    let total = estimate.as_ref().map(|estimate| estimate.total());
    let of = |figure: fn(&crate::methods::StageEstimate) -> Range<u64>| {
        total.as_ref().map(figure).unwrap_or_default().into()
    };
    let notes = corpus.notes.iter().map(|note| note.told(super::super::words::spoken));
    let notes = notes.map(|note| upload.told(Problem::field("documents", note)).detail);
    Ok(EstimateView {
        rows: corpus.rows.len(),
        documents: corpus.documents.len(),
        texts: corpus.texts.len(),
        asks,
        questions: of(|stage| stage.questions),
        prompt_tokens: of(|stage| stage.prompt_tokens),
        completion_tokens: of(|stage| stage.completion_tokens),
        cost: total.as_ref().zip(plan.model.prices).map(|(total, prices)| total.cost(prices).into()),
        stages: estimate.map_or_else(|| Value::Array(Vec::new()), |estimate| serde_json::json!(estimate.stages)),
        notes: notes.collect(),
    })
}
