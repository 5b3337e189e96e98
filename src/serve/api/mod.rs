//! The routes, and the document that describes them.

mod about;
mod jobs;
mod results;
mod told;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::guard;
use super::page;
use super::problem::Problem;
use super::service::Service;

#[derive(OpenApi)]
#[openapi(info(
    title = "colligate",
    description = "Sorts a heap of texts by what its reader cares about: documents and a goal in, explained clusters out."
))]
struct Described;

/// All routes, and what describes them.
fn described() -> (Router<Arc<Service>>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(jobs::create, jobs::list))
        .routes(routes!(jobs::one, jobs::cancel))
        .routes(routes!(jobs::resume))
        .routes(routes!(jobs::events))
        .routes(routes!(results::clusters))
        .routes(routes!(results::assignments))
        .routes(routes!(results::report))
        .routes(routes!(results::assign))
        .routes(routes!(jobs::estimate))
        .routes(routes!(about::backends))
        .routes(routes!(about::health))
        .routes(routes!(about::ready))
        .routes(routes!(about::metrics))
        .split_for_parts()
}

/// The document that describes the routes (OpenAPI 3.1).
///
/// # Errors
/// Never: it is plain data.
pub fn openapi() -> Result<String, serde_json::Error> {
    described().1.to_pretty_json().map(|text| format!("{text}\n"))
}

/// The routes, guarded.
pub fn router(service: Arc<Service>) -> Router {
    described()
        .0
        .route("/openapi.json", get(described_in_json))
        .route("/", get(page::page))
        .fallback(nothing)
        .method_not_allowed_fallback(other_method)
        // Bodies have the service's own limit.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(service.clone(), guard))
        .with_state(service)
}

async fn described_in_json() -> Response {
    match openapi() {
        Ok(text) => ([(axum::http::header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(problem) => Problem::from(crate::error::Error::Bug(problem.to_string())).into_response(),
    }
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "absent", "nothing is there; /openapi.json says what is")
}

async fn other_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this is not done with that; /openapi.json says what is")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_that_is_checked_in_describes_these_routes() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
        let described = openapi().unwrap();
        if std::env::var_os("COLLIGATE_WRITE_OPENAPI").is_some() {
            std::fs::write(file, &described).unwrap();
        }
        let written = std::fs::read_to_string(file).unwrap_or_default();
        assert_eq!(written, described, "run this test with COLLIGATE_WRITE_OPENAPI=1 to write it anew");
    }
}
