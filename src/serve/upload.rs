//! What a client sends, put into a folder: documents, goal and plan, as parts of a form or as JSON.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Multipart};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request as HttpRequest, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::task::block_in_place;
use utoipa::ToSchema;
use uuid::Uuid;

use super::asked::Asked;
use super::body::{Cut, whole};
use super::job::{Folder, sync};
use super::problem::Problem;
use super::service::Service;
use crate::codebook::Codebook;
use crate::corpus::{Corpus, Source, read, unpacked_bytes};
use crate::error::Error;
use crate::methods;
use crate::plan::Plan;
use crate::seed::hex;

/// Characters of an uploaded file's name that are kept.
const LONGEST_NAME: usize = 80;
/// Bytes of the goal and of the plan, each.
const LONGEST_TEXT: usize = 64 * 1024;

/// What a client sends as JSON.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// Documents: texts, or objects with a field `text`, and `id` and others if there are any.
    #[schema(value_type = Vec<Object>, min_items = 1)]
    pub documents: Vec<Value>,
    /// What the groups should tell, in the client's own words.
    #[serde(default)]
    pub goal: String,
    /// `backend` and parameters of a run by their names; see the documentation of the service.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub plan: Map<String, Value>,
    /// Groups known beforehand, in TOML.
    #[serde(default)]
    pub codebook: Option<String>,
}

/// What a client sends as a form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // it describes the form
pub struct Form {
    /// A file of documents in any format that `run` reads.
    #[schema(value_type = String, format = Binary)]
    documents: String,
    /// What the groups should tell, in the client's own words.
    goal: Option<String>,
    /// A JSON object: `backend` and parameters of a run by their names.
    plan: Option<String>,
    /// Groups known beforehand: a file in TOML or CSV.
    #[schema(value_type = Option<String>, format = Binary)]
    codebook: Option<String>,
}

/// Documents alone, as JSON.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // it describes the body
pub struct NewDocuments {
    /// Documents: texts, or objects with a field `text`, and `id` and others if there are any.
    #[schema(value_type = Vec<Object>, min_items = 1)]
    documents: Vec<Value>,
}

/// Documents alone, as a form.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // it describes the form
pub struct NewForm {
    /// A file of documents, which is read as the job read its own.
    #[schema(value_type = String, format = Binary)]
    documents: String,
}

/// What was sent, in a folder. The folder goes with it, unless it is kept.
pub struct Upload {
    /// The folder's id.
    pub id: Uuid,
    /// The folder.
    pub folder: Folder,
    /// The client's sentence.
    pub goal: String,
    /// The client's plan.
    pub plan: Map<String, Value>,
    /// Name of the file of documents.
    pub documents: String,
    /// Name of the codebook.
    pub codebook: Option<String>,
    /// Whether the documents came as JSON.
    pub is_json: bool,
    /// sha256 of all of it.
    pub sha256: String,
    is_kept: bool,
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_kept {
            // What stays is removed at the next start.
            let _ = self.folder.erase();
        }
    }
}

impl Upload {
    /// Receives a request.
    ///
    /// # Errors
    /// With the field that is missing or wrong, or when the request is cut.
    pub async fn receive(service: &Arc<Service>, request: HttpRequest<Body>) -> Result<Upload, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (id, folder) = service.jobs.new_folder();
        let mut upload = Upload {
            id,
            folder,
            goal: String::new(),
            plan: Map::new(),
            documents: String::new(),
            codebook: None,
            is_json: false,
            sha256: String::new(),
            is_kept: false,
        };
        let made = block_in_place(|| upload.folder.make());
        made.map_err(|problem| Error::write(upload.folder.path(), problem))?;
        match kind.as_str() {
            "multipart/form-data" => upload.receive_form(request).await?,
            "application/json" => {
                let body = whole(request.into_body()).await?;
                block_in_place(|| upload.receive_json(&body))?;
            }
            _ => {
                let detail = "expected multipart/form-data or application/json";
                return Err(
                    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", detail).about("Content-Type")
                );
            }
        }
        if upload.documents.is_empty() {
            return Err(Problem::field("documents", "is missing: send a file of documents"));
        }
        Ok(upload)
    }

    async fn receive_form(&mut self, request: HttpRequest<Body>) -> Result<(), Problem> {
        let broken = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "form", detail);
        let mut form = Multipart::from_request(request, &()).await.map_err(|problem| broken(problem.body_text()))?;
        let (mut hash, mut seen) = (Sha256::new(), HashSet::new());
        while let Some(field) = form.next_field().await.map_err(|problem| cut(&problem))? {
            let name = field.name().unwrap_or_default().to_owned();
            hash.update(format!("\n{name}\n"));
            if !seen.insert(name.clone()) {
                return Err(Problem::field(name, "is sent twice: send one"));
            }
            match name.as_str() {
                "documents" => {
                    self.documents = safe_name(field.file_name().unwrap_or_default());
                    let path = self.folder.uploaded(&self.documents);
                    written(field, path, &mut hash).await?;
                }
                "goal" => self.goal = text("goal", field, &mut hash).await?,
                "plan" => self.plan = object(&text("plan", field, &mut hash).await?)?,
                "codebook" => {
                    let is_table = field.file_name().is_some_and(|name| name.to_ascii_lowercase().ends_with(".csv"));
                    let name = if is_table { "codebook.csv" } else { "codebook.toml" };
                    self.codebook = Some(name.into());
                    written(field, self.folder.codebook(name), &mut hash).await?;
                }
                _ => return Err(Problem::field(name, "a form has no such field: documents, goal, plan, codebook")),
            }
        }
        self.sha256 = hex(&hash.finalize());
        Ok(())
    }

    fn receive_json(&mut self, body: &[u8]) -> Result<(), Problem> {
        let sent: Sent = serde_json::from_slice(body).map_err(|problem| {
            let status = if problem.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
            Problem::new(status, "json", problem.to_string())
        })?;
        if sent.documents.is_empty() {
            return Err(Problem::field("documents", "is empty"));
        }
        self.documents = "documents.jsonl".into();
        self.is_json = true;
        let path = self.folder.uploaded(&self.documents);
        let failed = |problem: std::io::Error| Problem::from(Error::write(&path, problem));
        let mut file = BufWriter::new(File::create(&path).map_err(failed)?);
        for (number, document) in sent.documents.iter().enumerate() {
            let line = match document {
                Value::String(text) => serde_json::json!({ "text": text }).to_string(),
                Value::Object(fields) => Value::Object(fields.clone()).to_string(),
                _ => return Err(Problem::field(format!("documents[{number}]"), "expected a text or an object")),
            };
            writeln!(file, "{line}").map_err(failed)?;
        }
        file.into_inner().map_err(|problem| failed(problem.into_error()))?.sync_all().map_err(failed)?;
        if let Some(codebook) = &sent.codebook {
            let path = self.folder.codebook("codebook.toml");
            let written = std::fs::write(&path, codebook).and_then(|()| sync(&path));
            written.map_err(|problem| Error::write(&path, problem))?;
            self.codebook = Some("codebook.toml".into());
        }
        self.goal = sent.goal;
        self.plan = sent.plan;
        self.sha256 = hex(&Sha256::digest(body));
        Ok(())
    }

    /// Where the documents are.
    pub fn source(&self) -> Source {
        Source::File(self.folder.uploaded(&self.documents))
    }

    /// Checks it as a run would be, with the service's limits: what can be refused now is.
    ///
    /// # Errors
    /// With the field that cannot be understood or done.
    pub fn check(&self, service: &Service) -> Result<(Plan, Corpus), Problem> {
        let codebook = self.codebook.as_ref().map(|name| self.folder.codebook(name));
        if let Some(codebook) = &codebook {
            let read = Codebook::read(codebook).map_err(|problem| self.told(Problem::of(&problem)));
            read.map_err(|problem| problem.about("codebook"))?;
        }
        let asked = Asked { goal: &self.goal, plan: &self.plan, codebook: codebook.as_deref() };
        let checked = asked.plan(&service.config, &self.folder.run(), None).and_then(|plan| {
            (methods::planned(&plan).check)(&plan)?;
            let corpus = self.read(service, &plan.reading)?;
            if let Some(k) = plan.clustering.k.filter(|&k| k > corpus.texts.len()) {
                return Err(Error::too_many_clusters(k, corpus.texts.len()).into());
            }
            Ok((plan, corpus))
        });
        checked.map_err(|problem| self.told(problem))
    }

    /// Reads the documents, within the service's limits.
    ///
    /// # Errors
    /// When they cannot be read, or are too many or too long.
    pub fn read(&self, service: &Service, options: &crate::corpus::ReadOptions) -> Result<Corpus, Problem> {
        let limits = &service.config.limits;
        let too_large =
            |detail: String| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail).about("documents");
        let source = self.source();
        for path in source.paths() {
            if unpacked_bytes(&path, limits.unpacked_bytes)? > limits.unpacked_bytes {
                return Err(too_large(format!("unpacks to more than {} bytes", limits.unpacked_bytes)));
            }
        }
        let corpus = read(&source, options).map_err(|problem| self.told(problem.into()))?;
        if corpus.rows.len() > limits.rows {
            return Err(too_large(format!("{} rows, and {} are read at most", corpus.rows.len(), limits.rows)));
        }
        let longest = corpus.documents.iter().max_by_key(|document| document.text.len());
        match longest.filter(|document| document.text.len() > limits.row_bytes) {
            Some(document) => {
                let id: String = document.id.chars().take(LONGEST_NAME).collect();
                Err(too_large(format!("document {id} is longer than {} bytes", limits.row_bytes)))
            }
            None => Ok(corpus),
        }
    }

    /// A problem without the server's paths.
    pub fn told(&self, problem: Problem) -> Problem {
        let upload = self.folder.uploaded("");
        let upload = upload.display().to_string();
        problem.without(std::path::Path::new(upload.trim_end_matches('/'))).without(self.folder.path())
    }

    /// Keeps the folder.
    pub fn keep(mut self) {
        self.is_kept = true;
    }
}

/// Why a form was not read to its end.
fn cut(problem: &MultipartError) -> Problem {
    Cut::of(problem).map_or_else(|| Problem::new(problem.status(), "form", problem.body_text()), Cut::problem)
}

/// Puts a part of a form into a file, and the file on the disk.
async fn written(mut field: Field<'_>, path: PathBuf, hash: &mut Sha256) -> Result<(), Problem> {
    let failed = |problem: std::io::Error| Problem::from(Error::write(&path, problem));
    let mut file = block_in_place(|| File::create(&path)).map_err(failed)?;
    while let Some(bytes) = field.chunk().await.map_err(|problem| cut(&problem))? {
        hash.update(&bytes);
        block_in_place(|| file.write_all(&bytes)).map_err(failed)?;
    }
    block_in_place(|| file.sync_all()).map_err(failed)
}

/// A part of a form that is a short text.
async fn text(name: &str, mut field: Field<'_>, hash: &mut Sha256) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(part) = field.chunk().await.map_err(|problem| cut(&problem))? {
        if bytes.len() + part.len() > LONGEST_TEXT {
            return Err(Problem::field(name, format!("is longer than {LONGEST_TEXT} bytes")));
        }
        hash.update(&part);
        bytes.extend(part);
    }
    String::from_utf8(bytes).map_err(|_| Problem::field(name, "is not UTF-8"))
}

fn object(text: &str) -> Result<Map<String, Value>, Problem> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let object: Result<Option<Map<String, Value>>, _> = serde_json::from_str(text);
    let wrong = |problem| Problem::field("plan", format!("expected a JSON object: {problem}"));
    object.map(Option::unwrap_or_default).map_err(wrong)
}

/// The name of an uploaded file as far as it is harmless: no path, no hidden file, no control characters.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let name: String = last.chars().map(harmless).collect();
    let name = name.trim_start_matches(['.', '-']);
    // The ending says what format it is.
    let skipped = name.chars().count().saturating_sub(LONGEST_NAME);
    let name: String = name.chars().skip(skipped).collect();
    let mut name = name.trim_start_matches(['.', '-']).to_owned();
    while name.len() > 3 * LONGEST_NAME {
        name.remove(0);
    }
    if name.is_empty() { "documents".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder() {
        let cases = [
            ("../../etc/passwd", "passwd"),
            ("..\\..\\windows\\system.ini", "system.ini"),
            ("..", "documents"),
            ("", "documents"),
            (".bashrc", "bashrc"),
            ("a b\0c\n.csv", "a-b-c-.csv"),
            ("Umfrage Straße.xlsx", "Umfrage-Straße.xlsx"),
            ("-rf", "rf"),
        ];
        for (name, safe) in cases {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        let long = safe_name(&format!("{}.csv", "ß".repeat(500)));
        assert!(long.ends_with(".csv") && long.chars().count() <= LONGEST_NAME);
    }
}
