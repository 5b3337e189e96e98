//! What goes wrong, as whoever speaks HTTP reads it: problem details (RFC 9457) that name the field.

use std::path::Path;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{field, spoken};
use crate::error::{Error, Kind};

/// Media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A problem (RFC 9457).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is: `urn:colligate:` and a word.
    #[serde(rename = "type")]
    pub kind: String,
    /// The HTTP status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong, and what would help.
    pub detail: String,
    /// The field of the request that it is about, such as `plan.k`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Seconds after which it may be tried again.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// Of a kind that is a word.
    pub fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Problem {
        Problem {
            kind: format!("urn:colligate:{kind}"),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            retry_after: None,
        }
    }

    /// The same about a field.
    #[must_use]
    pub fn about(self, field: impl Into<String>) -> Problem {
        Problem { field: Some(field.into()), ..self }
    }

    /// The same, to be tried again after some seconds.
    #[must_use]
    pub fn after(self, seconds: u64) -> Problem {
        Problem { retry_after: Some(seconds), ..self }
    }

    /// A field of the request that cannot be understood, or asks for what cannot be done.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "usage", detail).about(field)
    }

    /// Nothing is there, or nothing of this client's.
    pub fn absent() -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "absent", "there is no such job")
    }

    /// The same without where the server keeps its files.
    #[must_use]
    pub fn without(self, folder: &Path) -> Problem {
        let folder = folder.display().to_string();
        let detail = self.detail.replace(&format!("{folder}/"), "").replace(&folder, "the job");
        Problem { detail, ..self }
    }

    /// Of the library: in a client's words, without what only the server's owner is to know.
    pub fn of(error: &Error) -> Problem {
        let kind = word(error.kind());
        let status = match error.kind() {
            Kind::Usage | Kind::Row | Kind::File | Kind::Reading => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Capped | Kind::Interrupted => StatusCode::CONFLICT,
            Kind::Server => StatusCode::BAD_GATEWAY,
            Kind::Write | Kind::Embedder | Kind::NotRecorded | Kind::Prompt | Kind::Machine | Kind::Bug => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let field = error.parameter().map(|parameter| field(&parameter)).unwrap_or_else(|| "documents".into());
        match error {
            Error::Usage(problem) | Error::Capped(problem) => {
                let about = error.parameter().map(|_| field);
                Problem { field: about, ..Problem::new(status, kind, problem.told(spoken)) }
            }
            Error::Reading { problem, .. } => Problem::new(status, kind, problem.told(spoken)).about(field),
            Error::Row { line, problem, .. } => {
                Problem::new(status, kind, format!("row {line}: {}", problem.told(spoken))).about(field)
            }
            // A path is the server's affair.
            Error::File { problem, .. } => Problem::new(status, kind, problem.told(spoken)).about(field),
            Error::Interrupted => Problem::new(status, kind, "the job was interrupted"),
            // What a server says may hold documents, and is not for the client.
            Error::Server(_) => Problem::new(
                status,
                kind,
                "the backend cannot be reached, refuses, or is out of quota; its owner finds more in the server's own files",
            )
            .about("plan.backend"),
            Error::Write { .. }
            | Error::Machine(_)
            | Error::Embedder(_)
            | Error::NotRecorded { .. }
            | Error::Prompt { .. }
            | Error::Bug(_) => Problem::new(status, kind, "the server failed; its owner finds more in its log"),
        }
    }
}

/// The name of a kind of errors.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Usage => "usage",
        Kind::Row => "row",
        Kind::File => "file",
        Kind::Write => "write",
        Kind::Reading => "reading",
        Kind::Embedder => "embedder",
        Kind::Prompt => "prompt",
        Kind::NotRecorded => "not-recorded",
        Kind::Machine => "machine",
        Kind::Server => "server",
        Kind::Capped => "capped",
        Kind::Interrupted => "interrupted",
        Kind::Bug => "bug",
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::of(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(axum::http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message;

    #[test]
    fn a_problem_is_about_a_field_of_the_request() {
        let problem = Problem::of(&Error::usage(message!("{@k 0}: expected at least 1; leave {-k} out")));
        assert_eq!((problem.status, problem.field.as_deref()), (422, Some("plan.k")));
        assert_eq!(problem.detail, "plan.k = 0: expected at least 1; leave plan.k out");
    }

    #[test]
    fn neither_a_path_nor_what_a_backend_says_reaches_the_client() {
        let file = Problem::of(&Error::file(Path::new("/data/secret"), "holds no text"));
        assert_eq!((file.detail.as_str(), file.field.as_deref()), ("holds no text", Some("documents")));
        for error in
            [Error::server("500: CANARY"), Error::write(Path::new("/CANARY"), "x"), Error::Bug("CANARY".into())]
        {
            assert!(!serde_json::to_string(&Problem::of(&error)).unwrap().contains("CANARY"));
        }
    }
}
