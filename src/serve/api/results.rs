//! What a job has found: clusters, assignments, the report; and other documents put into its clusters.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path as FilePath;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LINK};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use super::super::access::Client;
use super::super::job::Status;
use super::super::jobs::Job;
use super::super::problem::Problem;
use super::super::reporter::Quiet;
use super::super::service::Service;
use super::super::upload::{NewDocuments, NewForm, Upload};
use super::told::{apart, job, one_at_a_time, query};
use crate::corpus::Format;
use crate::error::Error;
use crate::execute::{Assigner, Assigning, EmbedBy};
use crate::plan::{Planned, Reading, Settings, reading_like};
use crate::run::{assignments_file, read_clusters, report_file};

/// Lines of one page at most.
const LARGEST_PAGE: usize = 10_000;
/// Bytes of a stream that are read at once.
const AT_ONCE: usize = 64 * 1024;
/// Parts of a stream that wait for a slow client.
const AHEAD: usize = 4;

/// A job of the client's that has results.
fn finished(service: &Service, client: &Client, id: &str) -> Result<Arc<Job>, Problem> {
    let job = job(service, client, id)?;
    let view = service.jobs.view(&job)?;
    let none = |detail: &str| Problem::new(StatusCode::CONFLICT, "no-results", detail);
    match (view.status.is_ended(), view.results) {
        (false, _) => Err(none("the job has not ended").after(5)),
        (true, None) => Err(none("the job has no results")),
        (true, Some(_)) if job.folder.holds_links().unwrap_or(true) => {
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "results", "the job's results cannot be read"))
        }
        (true, Some(_)) => Ok(job),
    }
}

/// The clusters of a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct Clusters {
    /// As in `clusters.jsonl` of a run directory.
    #[schema(value_type = Vec<Object>)]
    clusters: Vec<Value>,
}

/// The clusters that a job has found
#[utoipa::path(
    get, path = "/v1/jobs/{id}/clusters", tag = "results", operation_id = "clusters",
    params(("id" = String, Path, format = Uuid, description = "The job's id")),
    responses(
        (status = 200, description = "The clusters", body = Clusters),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn clusters(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Json<Clusters>, Problem> {
    let job = finished(&service, &client, &id)?;
    apart(move || {
        let clusters = read_clusters(&job.folder.run())?;
        let clusters = clusters.iter().map(serde_json::to_value).collect::<Result<_, _>>();
        Ok(Json(Clusters { clusters: clusters.map_err(|problem| Error::Bug(problem.to_string()))? }))
    })
    .await
}

/// Which part of the lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Where the page begins: as the link to it says.
    #[param(minimum = 0)]
    cursor: Option<u64>,
    /// Lines at most; without it, all that follow.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<usize>,
}

/// Where each row of the documents is: lines of JSON in the order of the rows
///
/// With `limit`, a page of them, and a link to the next in the header `Link`.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/assignments", tag = "results", operation_id = "assignments",
    params(("id" = String, Path, format = Uuid, description = "The job's id"), Part),
    responses(
        (status = 200, description = "Lines as in `assignments.jsonl` of a run directory", body = String, content_type = "application/jsonl"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn assignments(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, Problem> {
    let part = query(part)?;
    if part.limit.is_some_and(|limit| limit == 0 || limit > LARGEST_PAGE) {
        return Err(Problem::field("limit", format!("expected 1 to {LARGEST_PAGE}")));
    }
    let job = finished(&service, &client, &id)?;
    let cursor = part.cursor.unwrap_or(0);
    let path = assignments_file(&job.folder.run());
    let file = apart(move || at_line(&path, cursor)).await?;
    let kind = [(CONTENT_TYPE, "application/jsonl")];
    let Some(limit) = part.limit else { return Ok((kind, streamed(file)).into_response()) };
    let (lines, is_last) = apart(move || page(file, limit)).await?;
    let next = cursor + lines.len() as u64;
    let mut response = (kind, lines).into_response();
    if !is_last {
        let link = format!("</v1/jobs/{}/assignments?cursor={next}&limit={limit}>; rel=\"next\"", job.id);
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(LINK, link);
        }
    }
    Ok(response)
}

/// A file from where a line begins.
fn at_line(path: &FilePath, cursor: u64) -> Result<File, Problem> {
    let problem = |problem: std::io::Error| Problem::from(Error::write(path, problem));
    let mut file = File::open(path).map_err(problem)?;
    if let Some(before) = cursor.checked_sub(1) {
        let mut last = [0];
        file.seek(SeekFrom::Start(before)).map_err(problem)?;
        let count = file.read(&mut last).map_err(problem)?;
        if count == 0 || last != *b"\n" {
            return Err(Problem::field("cursor", "no line begins there: take it from the link to the next page"));
        }
    }
    Ok(file)
}

/// Lines of a file, and whether none follow.
fn page(file: File, limit: usize) -> Result<(Vec<u8>, bool), Problem> {
    let problem = |problem: std::io::Error| Problem::from(Error::write(FilePath::new(""), problem));
    let mut reader = BufReader::new(file);
    let mut lines = Vec::new();
    for _ in 0..limit {
        if reader.read_until(b'\n', &mut lines).map_err(problem)? == 0 {
            break;
        }
    }
    let is_last = reader.fill_buf().map_err(problem)?.is_empty();
    Ok((lines, is_last))
}

/// The rest of a file, some at a time: as fast as the client takes it.
fn streamed(mut file: File) -> Body {
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(AHEAD);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut bytes = vec![0; AT_ONCE];
            let part = file.read(&mut bytes).map(|count| {
                bytes.truncate(count);
                Bytes::from(bytes)
            });
            let is_end = matches!(&part, Ok(bytes) if bytes.is_empty());
            let is_broken = part.is_err();
            if is_end || sender.blocking_send(part).is_err() || is_broken {
                return;
            }
        }
    });
    Body::from_stream(stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) }))
}

/// What the report may do in a browser: run its own script, in an origin of its own from which no route can be reached.
const REPORT_POLICY: &str = "sandbox allow-scripts; frame-ancestors 'none'";

/// The report of a job: one HTML file
#[utoipa::path(
    get, path = "/v1/jobs/{id}/report.html", tag = "results", operation_id = "report",
    params(("id" = String, Path, format = Uuid, description = "The job's id")),
    responses(
        (status = 200, description = "The report", body = String, content_type = "text/html"),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn report(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = finished(&service, &client, &id)?;
    let file = apart(move || {
        let path = report_file(&job.folder.run());
        File::open(&path).map_err(|problem| Error::write(&path, problem).into())
    })
    .await?;
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, REPORT_POLICY)];
    Ok((headers, streamed(file)).into_response())
}

/// Documents in a job's clusters.
#[derive(Debug, Serialize, ToSchema)]
pub struct Assigned {
    /// As in `assignments.jsonl` of a run directory, in the order of the documents.
    #[schema(value_type = Vec<Object>)]
    assignments: Vec<Value>,
}

/// Put other documents into a finished job's clusters, by what the job learned; no model is asked
#[utoipa::path(
    post, path = "/v1/jobs/{id}/assign", tag = "results", operation_id = "assign",
    params(("id" = String, Path, format = Uuid, description = "The job's id")),
    request_body(content((NewDocuments = "application/json"), (NewForm = "multipart/form-data"))),
    responses(
        (status = 200, description = "Where they are", body = Assigned),
        (status = "default", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn assign(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Json<Assigned>, Problem> {
    let job = finished(&service, &client, &id)?;
    if service.jobs.status(&job)? != Status::Complete {
        let detail = "documents are put into the clusters of complete jobs only";
        return Err(Problem::new(StatusCode::CONFLICT, "not-complete", detail));
    }
    let upload = Upload::receive(&service, request).await?;
    for (field, is_sent) in
        [("goal", !upload.goal.is_empty()), ("plan", !upload.plan.is_empty()), ("codebook", upload.codebook.is_some())]
    {
        if is_sent {
            return Err(Problem::field(field, "is the job's own: send documents only"));
        }
    }
    let working = service.clone();
    one_at_a_time(&service, move || {
        let assigned = assigned(&working, &job, &upload);
        assigned.map(Json).map_err(|problem| upload.told(problem).without(job.folder.path()))
    })
    .await
}

fn assigned(service: &Service, job: &Job, upload: &Upload) -> Result<Assigned, Problem> {
    let assigner = Assigner::open(&job.folder.run())?;
    let reading = reading(&assigner, upload.is_json)?;
    let corpus = upload.read(service, &reading.options)?;
    let most = service.config.limits.assigned_at_once;
    if corpus.rows.len() > most {
        let detail =
            format!("{} rows, and {most} are assigned at once: send them in parts, or as a job", corpus.rows.len());
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail).about("documents"));
    }
    drop(corpus);
    let planned = assigner.manifest().plan.get("embedder").and_then(|planned| planned.value.as_str());
    let embedder = service.embedders.get(planned.unwrap_or(crate::embed::DEFAULT))?;
    let loaded = embedder.as_deref().map(|embedder| embedder as &dyn crate::embed::Embedder);
    let by = EmbedBy { loaded, embedder: None, cache: None };
    let (source, mut assignments) = (upload.source(), Vec::new());
    let how = Assigning { source: &source, reading: &reading, by, questions: None };
    assigner.assign(&how, &Quiet, &mut |part| {
        for line in part.lines {
            assignments.push(serde_json::to_value(line).map_err(|problem| Error::Bug(problem.to_string()))?);
        }
        Ok(())
    })?;
    Ok(Assigned { assignments })
}

/// How the documents are read: as the job read its own; those that came as JSON have their texts in `text`.
fn reading(assigner: &Assigner, is_json: bool) -> Result<Reading, Problem> {
    let plan = &assigner.manifest().plan;
    if !is_json {
        return Ok(reading_like(plan, &Settings::default())?);
    }
    let kept = ["turns", "keep-boilerplate", "keep-fillers", "on-error"];
    let plan: std::collections::BTreeMap<String, Planned> =
        kept.into_iter().filter_map(|name| Some((name.to_owned(), plan.get(name)?.clone()))).collect();
    let said = Map::from_iter([("text-field".to_owned(), Value::from("text"))]);
    let said: Settings = serde_json::from_value(said.into()).map_err(|problem| Error::Bug(problem.to_string()))?;
    Ok(reading_like(&plan, &Settings { format: Some(Format::Jsonl), ..said })?)
}
