//! What can go wrong with one request, and what each kind means for the run.

use std::time::Duration;

/// Why a request gave no completion.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// May pass: try again, not before the time the server asked for.
    Transient {
        /// What happened.
        problem: String,
        /// The server's `Retry-After`.
        after: Option<Duration>,
    },
    /// This question cannot be answered; others can.
    Permanent(String),
    /// No question can be answered: refused, out of quota, nobody there.
    Fatal(String),
}

impl Failure {
    /// From an HTTP status and the beginning of the body.
    pub fn from_status(status: u16, body: &str, after: Option<Duration>) -> Failure {
        let problem = format!("the server answered {status}: {}", beginning(body));
        match status {
            401..=403 => Failure::Fatal(problem),
            429 if body.contains("insufficient_quota") => Failure::Fatal(problem),
            408 | 425 | 429 | 500..=599 => Failure::Transient { problem, after },
            _ => Failure::Permanent(problem),
        }
    }

    /// What happened, in words.
    pub fn problem(&self) -> &str {
        match self {
            Failure::Transient { problem, .. } | Failure::Permanent(problem) | Failure::Fatal(problem) => problem,
        }
    }
}

/// The first line of a body, shortened and without control characters.
pub fn beginning(body: &str) -> String {
    let line: String = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().filter(|c| !c.is_control()).take(200).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_end_the_run_and_overload_does_not() {
        assert!(matches!(Failure::from_status(401, "bad key", None), Failure::Fatal(_)));
        assert!(matches!(Failure::from_status(429, r#"{"code":"insufficient_quota"}"#, None), Failure::Fatal(_)));
        assert!(matches!(Failure::from_status(429, "slow down", None), Failure::Transient { .. }));
        assert!(matches!(Failure::from_status(503, "loading", None), Failure::Transient { .. }));
        assert!(matches!(Failure::from_status(400, "too long", None), Failure::Permanent(_)));
    }
}
