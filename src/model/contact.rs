//! The first contact: is the server there, and which models has it? One that is only starting is waited for.

use std::time::{Duration, Instant};

use super::client::Client;
use super::failure::{Failure, Fault};
use crate::error::Error;
use crate::message;
use crate::message::Mention;
use crate::observer::Observer;

/// Pause between two knocks.
const PAUSE: Duration = Duration::from_millis(300);
/// Longest pause that a server may ask for here: the user may interrupt in between.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Waits at most `wait` for the server and returns the models that it lists: none where it keeps no list.
///
/// # Errors
/// [`Error::Server`] when it is not there in time, or refuses; [`Error::Interrupted`].
pub async fn contact(client: &Client, wait: Duration, observer: &dyn Observer) -> Result<Vec<String>, Error> {
    let began = Instant::now();
    let mut told = false;
    loop {
        let failure = match client.models().await {
            Ok(models) => {
                if client.adds_version() {
                    let host = client.host();
                    observer.say(&message!("{host} answers under /v1: the address should end in it", host));
                }
                return Ok(models);
            }
            Err(failure) => failure,
        };
        if keeps_no_list(&failure) {
            return Ok(Vec::new());
        }
        if !may_be_starting(&failure) || began.elapsed() >= wait {
            let waited = told.then(|| message!(" (waited {seconds} s: {+wait})", seconds = wait.as_secs()));
            let (host, problem) = (client.host(), failure.problem);
            return Err(Error::Server(message!("{host}: {problem}{waited}", host, problem, waited)));
        }
        if observer.is_interrupted() {
            return Err(Error::Interrupted);
        }
        if !told {
            observer.say(&message!("waiting for {host}: {problem}", host = client.host(), problem = failure.problem));
            told = true;
        }
        let pause = failure.after.unwrap_or(PAUSE).clamp(PAUSE, LONGEST_PAUSE);
        tokio::time::sleep(pause.min(wait.saturating_sub(began.elapsed()))).await;
    }
}

/// The only model of a list; else the `parameter` that names one is asked for.
///
/// # Errors
/// [`Error::Usage`] when there are several or none.
pub fn only(host: &str, models: Vec<String>, parameter: Mention) -> Result<String, Error> {
    let parameter = parameter.say();
    match models.as_slice() {
        [model] => Ok(model.clone()),
        [] => Err(Error::Usage(message!("{host} lists no model; name one with {parameter}", host, parameter))),
        several => {
            let names: Vec<&str> = several.iter().take(20).map(String::as_str).collect();
            let more = if several.len() > names.len() { ", …" } else { "" };
            let names = names.join(", ") + more;
            Err(Error::Usage(message!(
                "{host} has several models; name one with {parameter}: {names}",
                host,
                parameter,
                names
            )))
        }
    }
}

fn keeps_no_list(failure: &Failure) -> bool {
    matches!(failure.fault, Fault::Refused(404 | 405) | Fault::Rejected(_) | Fault::NotACompletion)
}

fn may_be_starting(failure: &Failure) -> bool {
    matches!(failure.fault, Fault::Unreachable | Fault::Broken | Fault::Busy(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_chosen_only_where_there_is_no_choice() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(only("h", names(&["qwen"]), Mention::of("model")).unwrap(), "qwen");
        let problem = only("h", names(&["a", "b"]), Mention::of("model")).unwrap_err().to_string();
        assert_eq!(problem, "h has several models; name one with model: a, b");
        assert!(only("h", names(&[]), Mention::of("model")).unwrap_err().to_string().contains("lists no model"));
    }
}
