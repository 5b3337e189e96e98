//! The thread that answers: one request after the other, until nobody waits for answers any more.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::engine::Engine;
use super::weights::available;
use crate::error::Error;
use crate::model::failure::{Failure, Fault};

/// What computes, as a manifest names it.
const ENGINE: &str = "candle 0.11";

/// A model in this process.
pub struct Generator {
    name: String,
    bytes: u64,
    context: usize,
    note: Option<String>,
    requests: Sender<Asked>,
}

/// A request on its way.
struct Asked {
    body: Value,
    cancelled: Arc<AtomicBool>,
    reply: oneshot::Sender<Result<String, Failure>>,
}

/// Says that nobody waits for an answer any more, when it is dropped.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Generator {
    /// Loads a file of weights.
    ///
    /// # Errors
    /// In every way in which the file cannot be used, with its name.
    pub fn open(file: &Path) -> Result<Generator, Error> {
        let (engine, note) = Engine::load(file, available())?;
        let bytes = std::fs::metadata(file).map_err(|problem| Error::file(file, problem))?.len();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Generator::start(engine, name, bytes, note)
    }

    /// The generator of a loaded model.
    fn start(engine: Engine, name: String, bytes: u64, note: Option<String>) -> Result<Generator, Error> {
        let (requests, asked) = channel();
        let context = engine.context();
        let thread = std::thread::Builder::new().name("generator".into());
        let started = thread.spawn(move || answer_all(engine, &asked));
        started.map_err(|problem| Error::server(format!("cannot start the model's thread: {problem}")))?;
        Ok(Generator { name, bytes, context, note, requests })
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a server says below a path.
    ///
    /// # Errors
    /// What a server says of a path that it does not know.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        let model = self.name.strip_suffix(".gguf").unwrap_or(&self.name);
        match path {
            "models" => Ok(json!({ "data": [{ "id": model, "owned_by": "in-process" }] })),
            "props" => Ok(json!({
                "total_slots": 1,
                "default_generation_settings": { "n_ctx": self.context },
                "file": { "name": self.name, "bytes": self.bytes, "engine": ENGINE },
                "note": self.note,
            })),
            _ => Err(unknown(path)),
        }
    }

    /// The reply to a request. Nobody computes on when the caller no longer waits for it.
    ///
    /// # Errors
    /// When the model does not answer, as a server would say it.
    pub async fn post(&self, path: &str, body: &Value) -> Result<String, Failure> {
        if path != "chat/completions" {
            return Err(unknown(path));
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        let _waiting = Waiting(cancelled.clone());
        let (reply, answer) = oneshot::channel();
        let gone = || Failure::new(Fault::Rejected(500), "the model in this process has stopped");
        self.requests.send(Asked { body: body.clone(), cancelled, reply }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Answers until nobody can ask any more.
fn answer_all(mut engine: Engine, asked: &Receiver<Asked>) {
    while let Ok(Asked { body, cancelled, reply }) = asked.recv() {
        if cancelled.load(Ordering::Relaxed) {
            continue;
        }
        match engine.answer(&body, &cancelled) {
            Ok(Some(answer)) => drop(reply.send(Ok(answer.to_string()))),
            Ok(None) => {}
            Err(failure) => drop(reply.send(Err(failure))),
        }
    }
}

fn unknown(path: &str) -> Failure {
    Failure::from_status(404, &format!("a file of weights answers no request for {path}"), None)
}
