//! The HTTP side: loopback only, connections kept alive, each served by its own task.

use std::convert::Infallible;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use super::dialect::{Dialect, Problem};
use super::reply::{Ending, Response};
use super::{Mock, embedding};
use crate::error::Error;
use crate::model::Protocol;

/// Largest request that is read, in bytes.
const LARGEST: usize = 64_000_000;

/// The paths that are there.
const PATHS: [&str; 8] = [
    "/health",
    "/props",
    "/mock/counts",
    "/v1/models",
    "/v1/chat/completions",
    "/v1/systemone",
    "/v1/decisions",
    "/v1/embeddings",
];

/// A listener on 127.0.0.1, and its address; port 0 takes a free one.
///
/// # Errors
/// When the port is taken.
pub async fn bind(port: u16) -> Result<(TcpListener, SocketAddr), Error> {
    let taken = |problem: std::io::Error| Error::usage(format!("--port {port}: {problem}; --port 0 takes a free one"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    Ok((listener, address))
}

/// Serves until `stop` is done.
pub async fn serve(listener: TcpListener, mock: Arc<Mock>, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                tokio::spawn(connection(stream, mock.clone()));
            },
            () = &mut stop => return,
        }
    }
}

/// Why a connection ends without a response.
#[derive(Debug, thiserror::Error)]
#[error("the connection is to be closed")]
struct Closed;

async fn connection(stream: TcpStream, mock: Arc<Mock>) {
    let reset = AtomicBool::new(false);
    let service = service_fn(|request| respond(&mock, request, &reset));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // A client that leaves in the middle is none of the mock's concerns.
    let _ = Pin::new(&mut connection).await;
    if reset.load(Ordering::Relaxed) {
        let stream = connection.into_parts().io.into_inner();
        let _ = stream.set_zero_linger(); // best effort: else it is closed in the ordinary way
    }
}

async fn respond(
    mock: &Mock,
    request: Request<Incoming>,
    reset: &AtomicBool,
) -> Result<hyper::Response<Full<Bytes>>, Closed> {
    match mock.end(request).await {
        Ending::Sent(response) => Ok(built(response)),
        Ending::Dropped => Err(Closed),
        Ending::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(Closed)
        }
        Ending::Hung => match std::future::pending::<Infallible>().await {},
    }
}

fn built(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut built = hyper::Response::new(Full::new(Bytes::from(response.body)));
    *built.status_mut() = response.status;
    built.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(response.content_type));
    if let Some(value) = response.retry_after.and_then(|value| value.parse().ok()) {
        built.headers_mut().insert(RETRY_AFTER, value);
    }
    built
}

impl Mock {
    async fn end(&self, request: Request<Incoming>) -> Ending {
        let dialect = self.options.dialect;
        let problem = |problem: &Problem| Ending::Sent(Response::problem(dialect, problem));
        let (head, body) = request.into_parts();
        let path = known(head.uri.path());
        self.counts.request(path.unwrap_or("other"));
        if !is_local(&head.uri, &head.headers) {
            return problem(&Problem { message: "only for 127.0.0.1 and localhost".into(), ..Problem::of_status(403) });
        }
        if path == Some("/mock/counts") {
            return Ending::Sent(Response::json(&json!(self.served())));
        }
        if let Some(ending) = self.load().await {
            return ending;
        }
        if dialect.wants_key() && path != Some("/health") && !has_key(&head.headers) {
            return problem(&Problem::of_status(401));
        }
        let Ok(body) = Limited::new(body, LARGEST).collect().await else {
            return problem(&Problem::invalid(format!("the request is larger than {LARGEST} bytes, or broke off")));
        };
        self.route(&head.method, path, &body.to_bytes()).await
    }

    /// While loading: what a server says meanwhile, or a wait.
    async fn load(&self) -> Option<Ending> {
        let left = self.loading();
        if left.is_zero() {
            return None;
        }
        if self.options.dialect == Dialect::Ollama {
            tokio::time::sleep(left).await;
            return None;
        }
        let loading = Problem { message: "Loading model".into(), ..Problem::of_status(503) };
        Some(Ending::Sent(Response::problem(self.options.dialect, &loading)))
    }

    async fn route(&self, method: &Method, path: Option<&'static str>, body: &[u8]) -> Ending {
        let (dialect, model) = (self.options.dialect, self.options.answers.model());
        let absent = || Problem { message: format!("nothing is there for {method}"), ..Problem::of_status(404) };
        let reply = match (method, path) {
            (&Method::GET, Some("/health")) => Ok(json!({"status": "ok"})),
            (&Method::GET, Some("/v1/models")) => Ok(dialect.models(model, self.context())),
            (&Method::GET, Some("/props")) if dialect == Dialect::Llamacpp => Ok(self.props()),
            (&Method::POST, Some(path)) if is_of(path, self.options.protocol) => {
                self.wait().await;
                return self.asked(body);
            }
            // llama.cpp knows the path, and says of a chat model that it cannot.
            (&Method::POST, Some("/v1/systemone"))
                if dialect == Dialect::Llamacpp && self.options.protocol.is_chat() =>
            {
                Err(Problem { message: "this model does not decide".into(), ..Problem::of_status(501) })
            }
            (&Method::POST, Some("/v1/chat/completions")) if self.options.protocol == Protocol::Systemone => {
                Err(Problem::invalid("this model decides, and writes nothing".into()))
            }
            (&Method::POST, Some("/v1/embeddings")) => {
                self.wait().await;
                embedding::reply(body).map_err(Problem::invalid)
            }
            _ => Err(absent()),
        };
        Ending::Sent(match reply {
            Ok(body) => Response::json(&body),
            Err(problem) => Response::problem(dialect, &problem),
        })
    }

    /// The latency that was asked for: none costs nothing.
    async fn wait(&self) {
        if !self.options.latency.is_zero() {
            tokio::time::sleep(self.options.latency).await;
        }
    }

    fn props(&self) -> serde_json::Value {
        let (context, slots) = (self.context(), self.options.slots);
        json!({
            "default_generation_settings": {"n_ctx": context},
            "total_slots": slots,
            "model_path": self.options.answers.model(),
            "build_info": "colligate mock",
        })
    }
}

/// Whether a path is that of a protocol.
fn is_of(path: &str, protocol: Protocol) -> bool {
    path.strip_prefix("/v1/") == Some(protocol.path())
}

/// The path that is meant, whatever stands before `/v1`.
fn known(path: &str) -> Option<&'static str> {
    let path = path.find("/v1/").map_or(path, |start| &path[start..]);
    PATHS.into_iter().find(|known| *known == path.trim_end_matches('/'))
}

/// Whether the client addressed this very machine: a web page that was lured here did not.
fn is_local(target: &Uri, headers: &HeaderMap) -> bool {
    let is_own = |host: &str| matches!(host.rsplit_once(':').map_or(host, |(name, _)| name), "127.0.0.1" | "localhost");
    // Each of them may be the one that a proxy goes by.
    let mut hosts = headers.get_all(HOST).iter();
    hosts.all(|host| host.to_str().is_ok_and(is_own)) && target.authority().is_none_or(|host| is_own(host.as_str()))
}

fn has_key(headers: &HeaderMap) -> bool {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|key| !key.trim().is_empty());
    bearer || headers.get("api-key").is_some_and(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_before_v1_is_overlooked() {
        assert_eq!(known("/openai/v1/models"), Some("/v1/models"));
        assert_eq!(known("/v1/chat/completions/"), Some("/v1/chat/completions"));
        assert_eq!((known("/v1/files"), known("/"), known("/health")), (None, None, Some("/health")));
    }

    #[test]
    fn only_this_machine_is_served() {
        let local = |target: &'static str, hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, host.parse().unwrap());
            }
            is_local(&Uri::from_static(target), &headers)
        };
        assert!(local("/", &["127.0.0.1:8080"]) && local("/", &["localhost"]) && local("http://localhost/", &[]));
        assert!(!local("/", &["example.org"]) && !local("/", &["10.0.0.1:80"]));
        assert!(!local("/", &["localhost", "example.org"]) && !local("http://example.org/", &["localhost"]));
    }

    #[test]
    fn a_key_is_any_that_is_not_empty() {
        let key = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            has_key(&headers)
        };
        assert!(key("authorization", "Bearer x") && key("api-key", "x"));
        assert!(!key("authorization", "Bearer ") && !key("accept", "x"));
    }
}
