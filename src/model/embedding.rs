//! Texts to be embedded by a server: the request, what its reply must be, and the line that keeps a vector.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::asking::{Outcome, Shared};
use super::budget::Reservation;
use super::client::Client;
use super::failure::{Failure, Fault, Parameter, beginning};
use super::job::{Job, Request, lock};
use super::journal::{Entry, Probe};
use super::lenient;
use super::reply::{self, error_in};
use super::stop::Stop;
use super::usage::{CallUsage, Spent};
use crate::error::Error;
use crate::seed::{checksum, sha256_hex};
use crate::vectors::{from_bytes, is_unit, normalise, to_bytes};

/// Texts shorter than this, in characters, are not cut.
const LEAST: usize = 160;
/// Texts of a request from which vectors that are one are a mistake: two may differ in what a model does not see.
const LEAST_MIXED: usize = 4;

/// One line of `vectors.jsonl`: the vector of one text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VectorLine {
    /// sha256 of embedder and text, in hexadecimal digits.
    pub key: String,
    /// d little-endian f32 values of length one, in base64.
    pub vector: String,
    /// Whether the text was cut because the model could not take it whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Binds the vector to embedder and text; lines of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check: Option<String>,
}

impl VectorLine {
    /// A line for a text's unit vector (d).
    pub fn new(key: String, vector: &[f32], truncated: bool) -> VectorLine {
        let vector = STANDARD.encode(to_bytes(vector));
        let check = Some(check(&key, &vector, truncated));
        VectorLine { key, vector, truncated, check }
    }

    /// The vector; none where the line holds something else.
    pub fn vector(&self) -> Option<Vec<f32>> {
        from_bytes(&STANDARD.decode(&self.vector).ok()?)
    }

    /// The key of a text under an embedder's checksum.
    pub fn key_of(embedder: &str, text: &str) -> String {
        sha256_hex(format!("{embedder}\n{text}"))
    }
}

impl Entry for VectorLine {
    fn key(&self) -> &str {
        &self.key
    }

    fn is_failed(&self) -> bool {
        false
    }

    fn without_texts(self) -> VectorLine {
        self
    }

    /// One request brings several: what it cost is journalled apart.
    fn spent(&self) -> Spent {
        Spent::default()
    }

    /// A vector that is another text's, or no direction, is none.
    fn is_sound(&self) -> bool {
        let is_own = self.check.as_ref().is_none_or(|said| *said == check(&self.key, &self.vector, self.truncated));
        is_own && self.vector().is_some_and(|vector| is_unit(&vector))
    }
}

/// Sixteen hexadecimal digits over a line's other fields.
fn check(key: &str, vector: &str, truncated: bool) -> String {
    checksum(format!("{key}\n{vector}\n{truncated}"))
}

/// A text on its way to a vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The key of the whole text.
    pub key: String,
    /// What is sent.
    pub text: String,
    /// Whether that is only its beginning.
    pub truncated: bool,
}

/// Texts that are sent together.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// At least one.
    pub texts: Vec<Pending>,
    /// d, where it is known.
    pub dimensions: Option<usize>,
}

/// Vectors of a batch (a row a text, unit length) and the tokens that the server counted.
#[derive(Debug, PartialEq)]
pub struct Vectors {
    /// As many as texts.
    pub rows: Vec<Vec<f32>>,
    used: Option<CallUsage>,
}

impl Request for Batch {
    type Reply = Vectors;
    const HAS_OUTCOME: bool = false;

    fn bound(&self, _: &Client) -> CallUsage {
        CallUsage::embedded(self.texts.iter().map(|pending| pending.text.len() as u64 + 32).sum())
    }

    fn kind(&self) -> &str {
        "embedding"
    }

    fn carries(&self, _: Parameter) -> bool {
        false
    }

    fn text(&self) -> &str {
        self.texts.first().map_or("", |pending| pending.text.as_str())
    }

    async fn send(&self, client: &Client, probe: &Probe) -> Result<Vectors, Failure> {
        let texts: Vec<&str> = self.texts.iter().map(|pending| pending.text.as_str()).collect();
        let body = client.embed(&probe.model, &texts).await?;
        read(&body, texts.len(), self.dimensions).map_err(|failure| client.hidden(failure))
    }

    fn used(reply: &Vectors) -> Option<CallUsage> {
        reply.used
    }
}

impl Batch {
    /// Its second half and its first; of more texts than one.
    fn halves(mut self) -> [Batch; 2] {
        let second = self.texts.split_off(self.texts.len() / 2);
        [Batch { texts: second, ..self }, self]
    }

    /// What to send instead, after a failure that fewer or shorter texts may mend.
    fn smaller(mut self, failure: &Failure) -> Option<Vec<Batch>> {
        if !matches!(failure.fault, Fault::TooLong | Fault::Rejected(400 | 413 | 422)) {
            return None;
        }
        if self.texts.len() > 1 {
            return Some(self.halves().into());
        }
        let pending = self.texts.first_mut().filter(|_| failure.fault == Fault::TooLong)?;
        let length = pending.text.chars().count();
        if length <= LEAST {
            return None;
        }
        pending.text = pending.text.chars().take(length / 2).collect();
        pending.truncated = true;
        Some(vec![self])
    }
}

impl Job<Shared<VectorLine>> for Batch {
    type Request = Batch;

    fn request(&self) -> &Batch {
        self
    }

    async fn run(self, reservation: Reservation, shared: Arc<Shared<VectorLine>>) -> Result<Option<Stop>, Error> {
        let (mut left, mut reserved) = (vec![self], Some(reservation));
        while let Some(batch) = left.pop() {
            let reservation = match reserved.take() {
                Some(reservation) => Ok(reservation),
                None => shared.reserve(&batch).await?,
            };
            let reservation = match reservation {
                Ok(reservation) => reservation,
                Err(cap) => return Ok(Some(Stop::Reached(cap))),
            };
            match shared.attempts(&batch, reservation).await? {
                Outcome::Completed(vectors, _) if are_repeated(&vectors.rows) => left.extend(batch.halves()),
                Outcome::Completed(vectors, _) => keep(&shared, batch, &vectors)?,
                Outcome::Capped(cap) => return Ok(Some(Stop::Reached(cap))),
                Outcome::Fatal(failure) => return Err(shared.fatal(&failure)),
                Outcome::Failed(failure, _) => match batch.smaller(&failure) {
                    Some(parts) => left.extend(parts),
                    None => return Err(shared.fatal(&failure)),
                },
            }
        }
        Ok(None)
    }
}

/// Whether half of the vectors are one and the same, to the last bit: some servers mix up texts that are sent together.
fn are_repeated(rows: &[Vec<f32>]) -> bool {
    let mut counts: HashMap<Vec<u32>, usize> = HashMap::new();
    for row in rows {
        *counts.entry(row.iter().map(|value| value.to_bits()).collect()).or_default() += 1;
    }
    let most = counts.values().max().copied().unwrap_or_default();
    rows.len() >= LEAST_MIXED && most * 2 >= rows.len()
}

fn keep(shared: &Shared<VectorLine>, batch: Batch, vectors: &Vectors) -> Result<(), Error> {
    let mut journal = lock(&shared.journal);
    let mut lines = batch
        .texts
        .into_iter()
        .zip(&vectors.rows)
        .map(|(pending, row)| VectorLine::new(pending.key, row, pending.truncated));
    lines.try_for_each(|line| journal.record(line))
}

/// What is read of a reply. Servers differ in the rest.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    data: Vec<Embedded>,
    #[serde(default)]
    usage: serde_json::Value,
    #[serde(default)]
    error: serde_json::Value,
}

#[derive(Deserialize)]
struct Embedded {
    index: Option<usize>,
    /// A value that is not a number is none.
    embedding: Vec<Option<f64>>,
}

fn read(text: &str, count: usize, dimensions: Option<usize>) -> Result<Vectors, Failure> {
    let body: Option<Body> = serde_json::from_str(text).ok();
    let body = body.or_else(|| serde_json::from_value(lenient::read(text)?).ok()).ok_or_else(|| {
        let problem = format!("the server's reply holds no embeddings: {}", beginning(text));
        Failure::new(Fault::NotACompletion, problem)
    })?;
    if let Some(failure) = error_in(&body.error, text) {
        return Err(failure);
    }
    let wrong = |problem: String| Failure::new(Fault::WrongVectors, problem);
    if body.data.len() != count {
        return Err(wrong(format!("the server sent {} vectors for {count} texts", body.data.len())));
    }
    let mut rows = vec![Vec::new(); count];
    for (place, embedded) in body.data.into_iter().enumerate() {
        let row = rows.get_mut(embedded.index.unwrap_or(place)).filter(|row| row.is_empty());
        let row = row.ok_or_else(|| wrong("the server's vectors are not numbered one for each text".into()))?;
        *row = unit(&embedded.embedding).map_err(wrong)?;
    }
    let d = dimensions.or(rows.first().map(Vec::len)).unwrap_or_default();
    if let Some(row) = rows.iter().find(|row| row.len() != d) {
        return Err(wrong(format!("the server sent a vector of {} dimensions among those of {d}", row.len())));
    }
    let used = reply::count(&body.usage["prompt_tokens"]).filter(|tokens| *tokens > 0);
    Ok(Vectors { rows, used: used.map(CallUsage::embedded) })
}

/// The vector at length one.
fn unit(values: &[Option<f64>]) -> Result<Vec<f32>, String> {
    let row: Option<Vec<f32>> = values.iter().map(|value| value.map(|value| value as f32)).collect();
    let mut row =
        row.filter(|row| row.iter().all(|value| value.is_finite())).ok_or("a vector holds what is not a number")?;
    normalise(&mut row);
    // Numbers so small or so large that their squares are lost give no direction either.
    if is_unit(&row) {
        Ok(row)
    } else {
        Err("the server sent a vector that is not a direction: its length is 0 or beyond measure".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(text: &str) -> Pending {
        Pending { key: VectorLine::key_of("e", text), text: text.into(), truncated: false }
    }

    fn batch(texts: &[&str]) -> Batch {
        Batch { texts: texts.iter().map(|text| pending(text)).collect(), dimensions: None }
    }

    #[test]
    fn vectors_come_at_length_one_in_the_order_of_their_numbers() {
        let text = r#"{"data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[3,4]}],"usage":{"prompt_tokens":7,"total_tokens":7}}"#;
        let vectors = read(text, 2, None).unwrap();
        assert_eq!(vectors.rows, [[0.6, 0.8], [0.0, 1.0]]);
        assert_eq!(vectors.used, Some(CallUsage::embedded(7)));
    }

    #[test]
    fn wrong_counts_numbers_dimensions_and_values_are_faults() {
        for (data, problem) in [
            (r#"[{"index":0,"embedding":[1,0]}]"#, "1 vectors for 2 texts"),
            (r#"[{"index":0,"embedding":[1,0]},{"index":0,"embedding":[1,0]}]"#, "not numbered"),
            (r#"[{"index":0,"embedding":[1,0]},{"index":7,"embedding":[1,0]}]"#, "not numbered"),
            (r#"[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1]}]"#, "of 1 dimensions among those of 2"),
            (r#"[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[null,0]}]"#, "not a number"),
            (r#"[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1e300,0]}]"#, "not a number"),
            (r#"[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[0,0]}]"#, "its length is 0"),
            (r#"[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1e-45,2e-45]}]"#, "not a direction"),
        ] {
            let failure = read(&format!(r#"{{"data":{data}}}"#), 2, None).unwrap_err();
            assert_eq!(failure.fault, Fault::WrongVectors, "{data}");
            assert!(failure.problem.to_string().contains(problem), "{}", failure.problem);
        }
        let good = r#"{"data":[{"embedding":[1,0]}]}"#;
        assert_eq!(read(good, 1, Some(3)).unwrap_err().fault, Fault::WrongVectors);
        assert_eq!(read("<html>", 1, None).unwrap_err().fault, Fault::NotACompletion);
        assert_eq!(read(r#"{"error":{"code":429}}"#, 1, None).unwrap_err().fault, Fault::Busy(429));
    }

    #[test]
    fn what_is_too_long_is_sent_alone_then_cut_and_then_given_up() {
        let failure = Failure::new(Fault::TooLong, "too long");
        let long = "word ".repeat(40);
        let parts = batch(&[&long, "b", "c"]).smaller(&failure).unwrap();
        assert_eq!(parts, [batch(&["b", "c"]), batch(&[&long])]);
        let cut = batch(&[&long]).smaller(&failure).unwrap().remove(0);
        assert_eq!((cut.texts[0].text.as_str(), cut.texts[0].truncated), (&long[..100], true));
        assert_eq!(cut.texts[0].key, pending(&long).key);
        assert_eq!(cut.smaller(&failure), None);
        assert_eq!(batch(&[&long]).smaller(&Failure::new(Fault::Rejected(400), "no")), None);
    }

    #[test]
    fn one_vector_for_many_texts_is_a_mistake_and_for_a_few_it_is_not() {
        let rows = |values: &[f32]| values.iter().map(|&value| vec![value]).collect::<Vec<_>>();
        assert!(are_repeated(&rows(&[0.5; 4])) && are_repeated(&rows(&[0.1, 0.3, 0.2, 0.2])));
        assert!(!are_repeated(&rows(&[0.5; 3])) && !are_repeated(&rows(&[0.1, 0.2, 0.3, 0.4, 0.4])));
        assert_eq!(batch(&["a", "b", "c"]).halves(), [batch(&["b", "c"]), batch(&["a"])]);
    }

    #[test]
    fn a_line_gives_its_vector_back() {
        let line = VectorLine::new("k".into(), &[0.6, -0.8], false);
        assert_eq!(line.vector(), Some(vec![0.6, -0.8]));
        assert_eq!(VectorLine { vector: "AAAA".into(), ..line }.vector(), None);
    }

    #[test]
    fn a_line_with_anothers_vector_or_no_direction_is_not_sound() {
        let [line, other] = [[0.6, -0.8], [1.0, 0.0]].map(|vector| VectorLine::new("k".into(), &vector, false));
        assert!(line.is_sound() && VectorLine { check: None, ..line.clone() }.is_sound());
        assert!(!VectorLine { vector: other.vector, ..line.clone() }.is_sound());
        assert!(!VectorLine { key: "l".into(), ..line }.is_sound());
        for vector in [[f32::NAN, 0.0], [0.0, 0.0], [3.0, 4.0]] {
            assert!(!VectorLine::new("k".into(), &vector, false).is_sound(), "{vector:?}");
        }
    }
}
