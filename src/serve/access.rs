//! Who may ask: whoever has a token, or where there are none, whoever sits at this machine; and what every response says.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName,
    ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::body::{Cut, patient};
use super::jobs::Owner;
use super::problem::Problem;
use super::service::Service;

/// Who sent a request.
#[derive(Debug, Clone)]
pub struct Client(pub Owner);

/// What is there for everybody: it tells of no job.
const OPEN: [&str; 4] = ["/", "/healthz", "/readyz", "/openapi.json"];

/// Lets a request through, if its client may ask, and says in the response what a browser may do with it.
pub async fn guard(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let since = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let mut response = match admitted(&service, request) {
        Ok(request) => understood(next.run(request).await),
        Err(problem) => problem.into_response(),
    };
    service.metrics.answered(&route, response.status().as_u16(), since.elapsed());
    let headers = response.headers_mut();
    let always = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let unless_said =
        [(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"), (CACHE_CONTROL, "no-store")];
    for (name, value) in unless_said {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The response, as a problem where the framework itself did not understand a path.
fn understood(response: Response) -> Response {
    let is_plain = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        status if status.is_client_error() && is_plain => {
            Problem::new(status, "path", "the path of the request cannot be read").into_response()
        }
        _ => response,
    }
}

/// The request with its client, and a body that is read with patience.
fn admitted(service: &Service, mut request: Request) -> Result<Request, Problem> {
    let client = client(service, request.method(), request.uri(), request.headers())?;
    request.extensions_mut().insert(client);
    let limits = &service.config.limits;
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limits.upload_bytes as u64) {
        return Err(Cut::TooLarge.problem());
    }
    let patience = Duration::from_secs(limits.patience_seconds);
    Ok(request.map(|body: Body| patient(body, patience, limits.upload_bytes)))
}

fn client(service: &Service, method: &Method, target: &Uri, headers: &HeaderMap) -> Result<Client, Problem> {
    let tokens = &service.config.tokens;
    if tokens.is_empty() {
        is_of_this_machine(method, target, headers)?;
        return Ok(Client(None));
    }
    if OPEN.contains(&target.path()) {
        return Ok(Client(None));
    }
    let sent = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    let digest: [u8; 32] = Sha256::digest(sent.unwrap_or_default()).into();
    // All are compared, each in the same time.
    let mut found = None;
    for (name, token) in tokens {
        let is_it = token.digest().is_some_and(|known| bool::from(known.ct_eq(&digest)));
        if is_it {
            found = Some(name.clone());
        }
    }
    match found {
        Some(name) => Ok(Client(Some(name))),
        None => {
            let detail = "send a token: Authorization: Bearer TOKEN";
            Err(Problem::new(StatusCode::UNAUTHORIZED, "token", detail).about("Authorization"))
        }
    }
}

/// Whether a request was addressed to this very machine, and not by a page of somebody else's that a browser here has open.
fn is_of_this_machine(method: &Method, target: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = text(HOST).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let refused = |detail: &str| Err(Problem::new(StatusCode::FORBIDDEN, "origin", detail));
    // A request may name its host again in its target or in a second header: proxies and browsers do not agree which of them holds.
    let is_named_once = headers.get_all(HOST).iter().count() == 1;
    let agrees = target.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(host));
    if !matches!(name, "127.0.0.1" | "localhost" | "[::1]") || !is_named_once || !agrees {
        return refused("without tokens only requests to this machine's loopback address are answered");
    }
    let is_own = |origin: &str| origin.strip_prefix("http://").is_some_and(|origin| origin == host);
    let is_cross = text(HeaderName::from_static("sec-fetch-site")) == Some("cross-site") && method != Method::GET;
    match text(ORIGIN) {
        Some(origin) if !is_own(origin) => refused("pages of other sites are not answered"),
        _ if is_cross => refused("pages of other sites are not answered"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_is_not_answered() {
        let may = |headers: &[(&'static str, &'static str)]| {
            let mut sent = HeaderMap::new();
            for (name, value) in headers {
                sent.append(HeaderName::from_static(name), value.parse().unwrap());
            }
            is_of_this_machine(&Method::POST, &Uri::from_static("/v1/jobs"), &sent).is_ok()
        };
        assert!(may(&[("host", "127.0.0.1:8080")]));
        assert!(may(&[("host", "localhost:8080"), ("origin", "http://localhost:8080")]));
        assert!(may(&[("host", "[::1]:8080")]));
        assert!(!may(&[]));
        assert!(!may(&[("host", "evil.example:8080")]), "a name that was bound to this address");
        assert!(!may(&[("host", "127.0.0.1:8080"), ("origin", "https://evil.example")]));
        assert!(!may(&[("host", "127.0.0.1:8080"), ("origin", "null")]));
        assert!(!may(&[("host", "127.0.0.1:8080"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn a_host_that_is_named_twice_is_named_alike() {
        let may = |target: &'static str, hosts: &[&str]| {
            let mut sent = HeaderMap::new();
            for host in hosts {
                sent.append(HOST, host.parse().unwrap());
            }
            is_of_this_machine(&Method::GET, &Uri::from_static(target), &sent).is_ok()
        };
        assert!(may("/v1/jobs", &["127.0.0.1:8080"]));
        assert!(may("http://127.0.0.1:8080/v1/jobs", &["127.0.0.1:8080"]));
        assert!(!may("http://evil.example/v1/jobs", &["127.0.0.1:8080"]));
        assert!(!may("http://127.0.0.1:8080/v1/jobs", &["evil.example"]));
        assert!(!may("/v1/jobs", &["127.0.0.1:8080", "evil.example"]));
        assert!(!may("/v1/jobs", &["127.0.0.1:8080", "127.0.0.1:8080"]));
    }
}
