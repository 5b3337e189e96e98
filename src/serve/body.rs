//! The body of a request: read with patience, but not without end.

use std::error::Error as _;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::stream;
use http_body_util::BodyExt;
use hyper::body::Bytes;

use super::problem::Problem;

/// Bytes that a client must send in a second of waiting, beyond the patience at the beginning.
const SLOWEST: usize = 16 * 1024;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    /// It is larger than allowed.
    #[error("the request is too large")]
    TooLarge,
    /// It comes too slowly.
    #[error("the request comes too slowly")]
    Slow,
    /// The client has gone.
    #[error("the request broke off")]
    Broken,
}

/// A body of at most so many bytes, whose next part is waited for so long.
pub fn patient(body: Body, patience: Duration, most: usize) -> Body {
    let state = Reading { body, patience, left: most, waited: Duration::ZERO, received: 0 };
    Body::from_stream(stream::unfold(Some(state), |state| async move {
        let mut state = state?;
        match state.next().await {
            None => None,
            Some(Ok(bytes)) => Some((Ok(bytes), Some(state))),
            Some(Err(cut)) => Some((Err(cut), None)),
        }
    }))
}

struct Reading {
    body: Body,
    patience: Duration,
    left: usize,
    waited: Duration,
    received: usize,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        loop {
            let earned = Duration::from_secs_f64(self.received as f64 / SLOWEST as f64);
            let allowed = (self.patience + earned).saturating_sub(self.waited).min(self.patience);
            let since = Instant::now();
            let frame = match tokio::time::timeout(allowed, self.body.frame()).await {
                Err(_) => return Some(Err(Cut::Slow)),
                Ok(None) => return None,
                Ok(Some(Err(_))) => return Some(Err(Cut::Broken)),
                Ok(Some(Ok(frame))) => frame,
            };
            self.waited += since.elapsed();
            // Trailers are nobody's.
            let Ok(bytes) = frame.into_data() else { continue };
            if bytes.len() > self.left {
                return Some(Err(Cut::TooLarge));
            }
            self.left -= bytes.len();
            self.received += bytes.len();
            return Some(Ok(bytes));
        }
    }
}

impl Cut {
    /// As the client reads it.
    pub fn problem(self) -> Problem {
        let status = match self {
            Cut::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Cut::Slow => StatusCode::REQUEST_TIMEOUT,
            Cut::Broken => StatusCode::BAD_REQUEST,
        };
        Problem::new(status, "body", self.to_string())
    }

    /// The cut that led to an error, if one did.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Option<Cut> {
        let mut error = Some(error);
        while let Some(this) = error {
            if let Some(cut) = this.downcast_ref::<Cut>() {
                return Some(*cut);
            }
            error = this.source();
        }
        None
    }
}

/// All of a body.
///
/// # Errors
/// When it is cut.
pub async fn whole(body: Body) -> Result<Bytes, Problem> {
    match body.collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => {
            let cut = error.source().and_then(Cut::of).or_else(|| Cut::of(&error));
            Err(cut.unwrap_or(Cut::Broken).problem())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_cut_where_it_is_too_large_or_too_slow() {
        let second = Duration::from_secs(1);
        let read = |body: Body| async { whole(body).await.map_err(|problem| problem.status) };
        assert_eq!(read(patient(Body::from("12345"), second, 5)).await.unwrap(), "12345");
        assert_eq!(read(patient(Body::from("123456"), second, 5)).await, Err(413));
        let drop_by_drop = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, Cut>(Bytes::from_static(b"x")), ()))
        });
        let slow = patient(Body::from_stream(drop_by_drop), Duration::from_millis(200), 1_000_000);
        assert_eq!(read(slow).await, Err(408));
    }
}
