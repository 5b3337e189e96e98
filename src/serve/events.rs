//! What a job's observers are told: lines in the job's folder. The number of an event is where its line ends, so that whoever lost the
//! connection goes on there, also after a restart.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, Stream};
use serde_json::{Map, Value};
use tokio::sync::watch;

/// Bytes that are read of the file at once.
const AT_ONCE: u64 = 64 * 1024;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Where its line ends.
    pub id: u64,
    /// What has happened.
    pub name: String,
    /// The rest, as JSON.
    pub data: String,
}

/// The events of one job.
#[derive(Debug)]
pub struct Events {
    path: PathBuf,
    file: Mutex<Option<File>>,
    /// How much there is to read, and whether that is all.
    known: watch::Sender<Known>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    length: u64,
    is_all: bool,
}

impl Events {
    /// In a file, which may be there already; `is_all` where the job has ended.
    pub fn of(path: PathBuf, is_all: bool) -> Events {
        let length = path.metadata().map_or(0, |found| found.len());
        Events { path, file: Mutex::default(), known: watch::Sender::new(Known { length, is_all }) }
    }

    /// Tells of something. What cannot be written is not told: the job goes on.
    pub fn tell(&self, name: &str, mut data: Map<String, Value>) {
        data.insert("event".into(), name.into());
        let line = format!("{}\n", Value::Object(data));
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let told = opened(&mut file, &self.path).and_then(|file| {
            file.write_all(line.as_bytes())?;
            file.stream_position()
        });
        if let Ok(length) = told {
            self.known.send_modify(|known| known.length = length);
        }
    }

    /// More will be told, though it was said to be all.
    pub fn begin_again(&self) {
        self.known.send_modify(|known| known.is_all = false);
    }

    /// Nothing more will be told.
    pub fn end(&self) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.known.send_modify(|known| known.is_all = true);
    }

    /// Whether there is nothing after an event, and never will be.
    pub fn is_over(&self, after: u64) -> bool {
        let known = *self.known.borrow();
        known.is_all && after >= known.length
    }

    /// The events after one, as they come.
    pub fn follow(self: &Arc<Events>, after: u64) -> impl Stream<Item = Event> + Send + use<> {
        let follower =
            Follower { path: self.path.clone(), place: after, read: VecDeque::new(), known: self.known.subscribe() };
        stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) })
    }
}

/// The file, opened at its end; a line that a killed process left in the middle is closed.
fn opened<'f>(file: &'f mut Option<File>, path: &Path) -> io::Result<&'f mut File> {
    if file.is_none() {
        let mut new = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let length = new.seek(SeekFrom::End(0))?;
        if length > 0 {
            let mut last = [0];
            new.seek(SeekFrom::Start(length - 1))?;
            new.read_exact(&mut last)?;
            if last != *b"\n" {
                new.write_all(b"\n")?;
            }
        }
        *file = Some(new);
    }
    file.as_mut().ok_or_else(|| io::Error::other("a file that was opened is gone"))
}

/// Somebody who is told.
struct Follower {
    path: PathBuf,
    place: u64,
    read: VecDeque<Event>,
    known: watch::Receiver<Known>,
}

impl Follower {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            let known = *self.known.borrow_and_update();
            if self.place < known.length {
                let (path, place, end) = (self.path.clone(), self.place, known.length);
                let read = tokio::task::spawn_blocking(move || read(&path, place, end)).await.ok()?.ok()?;
                self.place = read.1;
                self.read = read.0;
            } else if known.is_all || self.known.changed().await.is_err() {
                return None;
            }
        }
    }
}

/// The whole lines between two places, and where the last one ends. A place within a line begins with the next.
fn read(path: &Path, place: u64, end: u64) -> io::Result<(VecDeque<Event>, u64)> {
    let mut file = File::open(path)?;
    let start = place.saturating_sub(1);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take((end - start).min(AT_ONCE)).read_to_end(&mut bytes)?;
    let (mut events, mut at) = (VecDeque::new(), start);
    let mut is_whole = place == 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let ends = line.ends_with(b"\n");
        at += line.len() as u64;
        if ends && is_whole {
            events.extend(event(line, at));
        }
        is_whole = ends || is_whole;
        if !ends {
            // The next reading begins with the line that is cut here, unless it alone fills all that is read at once.
            let is_alone = line.len() as u64 >= AT_ONCE;
            return Ok((events, if is_alone || at == end { at } else { at - line.len() as u64 }));
        }
    }
    Ok((events, at))
}

fn event(line: &[u8], id: u64) -> Option<Event> {
    let mut data: Map<String, Value> = serde_json::from_slice(line).ok()?;
    let name = data.remove("event")?.as_str()?.to_owned();
    Some(Event { id, name, data: Value::Object(data).to_string() })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use serde_json::json;

    use super::*;

    fn data(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[tokio::test]
    async fn whoever_lost_the_connection_goes_on_after_the_last_event_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let events = Arc::new(Events::of(path.clone(), false));
        events.tell("begin", data(json!({"step": "embed"})));
        events.tell("advance", data(json!({"done": 1})));
        let told: Vec<Event> = events.follow(0).take(2).collect().await;
        assert_eq!((told[0].name.as_str(), told[0].data.as_str()), ("begin", r#"{"step":"embed"}"#));
        // A process that was killed in the middle of a line.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"ev").unwrap();
        let again = Arc::new(Events::of(path, false));
        again.tell("ended", data(json!({"status": "complete"})));
        again.end();
        let rest: Vec<Event> = again.follow(told[0].id).collect().await;
        assert_eq!(rest.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["advance", "ended"]);
        assert!(again.is_over(rest[1].id) && !again.is_over(told[0].id));
        let within: Vec<Event> = again.follow(told[0].id + 2).collect().await;
        assert_eq!(within.len(), 1, "a number that is no event's begins with the next line: {within:?}");
    }

    #[tokio::test]
    async fn events_come_as_they_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let events = Arc::new(Events::of(folder.path().join("events.jsonl"), false));
        let following = tokio::spawn(events.follow(0).map(|event| event.name).collect::<Vec<_>>());
        for number in 0..5_000 {
            events.tell("advance", data(json!({"done": number})));
        }
        events.end();
        assert_eq!(following.await.unwrap().len(), 5_000);
    }
}
