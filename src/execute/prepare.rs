//! What a run needs from outside, looked at before a text is embedded or a file is written: a mistyped address, recording or
//! folder is told of at once.

use std::path::{Path, PathBuf};

use super::inherit::base;
use super::server::{Access, Clients};
use crate::corpus::Corpus;
use crate::edits::{Edits, edits_of};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};
use crate::model::{Client, Journal, Prompts, Respondent, VectorLine};
use crate::observer::Observer;
use crate::plan::{Asking, Demands, Embedding, Plan, RECORDED_SERVER};
use crate::run::{Manifest, journal_file, read_manifest, vectors_file};
use crate::text::{is_address, without_credentials};

/// Who answers.
pub enum Answers {
    /// Nobody is asked.
    Nobody,
    /// Servers.
    Servers {
        /// That of the model.
        model: Option<Server>,
        /// That of the judge.
        judge: Option<Server>,
    },
    /// A recording, and where it is.
    Recording(Box<Journal>, PathBuf),
}

/// A server, and its model if one is named.
pub struct Server {
    /// The client that asks it.
    pub client: Box<Client>,
    /// The model.
    pub model: Option<String>,
}

/// Who embeds, where it is not this machine.
pub enum Vectors {
    /// This machine.
    Here,
    /// A server, and its model if one is named.
    Server(Box<Client>, Option<String>),
    /// A recording, and where it is.
    Recording(Box<Journal<VectorLine>>, PathBuf),
}

/// What was found.
pub struct Prepared {
    /// Who answers.
    pub answers: Answers,
    /// Who embeds.
    pub vectors: Vectors,
    /// The prompts, where a model is asked.
    pub prompts: Option<Prompts>,
    /// What a person wants of the run.
    pub edits: Option<Edits>,
    /// The same for methods that select among candidates.
    pub demands: Demands,
}

impl Prepared {
    /// Looks at everything that the plan names.
    ///
    /// # Errors
    /// When something is missing or is not what it should be.
    pub fn new(plan: &Plan, corpus: &Corpus, clients: Clients, observer: &dyn Observer) -> Result<Prepared, Error> {
        if let Some(k) = plan.clustering.k.filter(|&k| k > corpus.texts.len()) {
            return Err(Error::too_many_clusters(k, corpus.texts.len()));
        }
        let base = plan.output.base.as_deref().map(base).transpose()?;
        let edits = wanted(plan)?;
        let demands = match &edits {
            Some(edits) => edits.demands(base.as_ref().map(|base| &base.run), &plan.clustering)?,
            None => Demands::default(),
        };
        if let (Some(edits), Some(base)) = (&edits, &base) {
            let unmatched = edits.unmatched(&base.run)?;
            unmatched.iter().for_each(|said| observer.say(&Message::of(format!("warning: {said}"))));
        }
        let answers = answers(plan, clients.model, clients.judge, observer)?;
        let vectors = vectors(plan, clients.embedder, observer)?;
        // Prompts are looked at even where no model is asked: a folder that is named must be one.
        let prompts = Prompts::load(plan.model.prompts.as_deref())?;
        let prompts = (!matches!(answers, Answers::Nobody)).then_some(prompts);
        Ok(Prepared { answers, vectors, prompts, edits, demands })
    }
}

/// The edits that the plan names, or those of the run that is resumed or replayed.
fn wanted(plan: &Plan) -> Result<Option<Edits>, Error> {
    if let Some(file) = &plan.output.edits {
        return Edits::read(file).map(Some);
    }
    let resumed = plan.output.directory.as_deref().filter(|_| plan.output.resume);
    let recorded = match &plan.model.asking {
        Asking::Recording(recording) if recording.is_dir() => Some(recording.as_path()),
        _ => None,
    };
    // What a person has corrected since then is not what the run was made with.
    let is_made_with = |folder: &&Path| read_manifest(folder).is_ok_and(|manifest| manifest.edits.is_some());
    match [resumed, recorded].into_iter().flatten().find(is_made_with) {
        Some(folder) => edits_of(folder, None),
        None => Ok(None),
    }
}

/// Who answers.
///
/// # Errors
/// When a recording is not there, or is none.
pub fn answers(
    plan: &Plan,
    model: Option<Client>,
    judge: Option<Client>,
    observer: &dyn Observer,
) -> Result<Answers, Error> {
    let judge = judge.zip(plan.model.judge.as_ref()).map(|(client, judge)| {
        let withheld = Access::of_judge(plan, judge).withheld(&client.host());
        withheld.iter().for_each(|notice| observer.say(notice));
        Server { client: Box::new(client), model: judge.model.clone() }
    });
    match &plan.model.asking {
        Asking::Nobody if judge.is_none() => Ok(Answers::Nobody),
        Asking::Nobody => Ok(Answers::Servers { model: None, judge }),
        Asking::Server(_, name) => {
            let model = model.map(|client| Server { client: Box::new(client), model: name.clone() });
            Ok(Answers::Servers { model, judge })
        }
        Asking::Recording(recording) => {
            let journal = Journal::open_recording(&found(recording, journal_file(recording))?)?;
            journal.damage().iter().for_each(|damage| observer.say(&Message::of(damage)));
            let is_known = |respondent| journal.probe(respondent).is_some();
            if !is_known(Respondent::Model) && !is_known(Respondent::Judge) {
                return Err(Error::Usage(message!(
                    "{replay}: no recording: it has no probe line that names its model",
                    replay = Mention::of("replay").shown(recording.display())
                )));
            }
            Ok(Answers::Recording(Box::new(journal), recording.clone()))
        }
    }
}

fn vectors(plan: &Plan, client: Option<Client>, observer: &dyn Observer) -> Result<Vectors, Error> {
    match (&plan.embedding.embedder, &plan.model.asking) {
        (Embedding::Named(_), _) => Ok(Vectors::Here),
        // A replay sends nothing: the address only says again who embedded then.
        (Embedding::Server(_, model), Asking::Recording(recording)) if has_vectors_of_a_server(recording) => {
            recorded_vectors(recording, model.as_deref(), observer)
        }
        (Embedding::Server(address, model), _) => {
            let client = made(client)?;
            let withheld = Access::of_embedder(plan, address).withheld(&client.host());
            withheld.iter().for_each(|notice| observer.say(notice));
            Ok(Vectors::Server(client, model.clone()))
        }
        (Embedding::Recorded, Asking::Recording(recording)) => recorded_vectors(recording, None, observer),
        (Embedding::Recorded, _) => Err(Error::Bug("an embedder that is neither here nor elsewhere".into())),
    }
}

/// Whether a recording is the directory of a run that a server embedded for.
fn has_vectors_of_a_server(recording: &Path) -> bool {
    let is_server =
        |manifest: Manifest| manifest.plan.get("embedder").is_some_and(|said| said.value == RECORDED_SERVER);
    recording.is_dir() && read_manifest(recording).is_ok_and(is_server)
}

/// The vectors of a recording, which are those of the `model` if one is named.
fn recorded_vectors(recording: &Path, model: Option<&str>, observer: &dyn Observer) -> Result<Vectors, Error> {
    let journal = Journal::<VectorLine>::open_recording(&found(recording, vectors_file(recording))?)?;
    let own = journal.probe(Respondent::Model).map(|probe| probe.model.clone());
    if let (Some(own), Some(model)) = (own, model)
        && own != model
    {
        return Err(Error::Usage(message!(
            "{@replay}: the run's texts were embedded by {own}, and a replay sends none to {model}: leave {-embedder-model} out",
            own,
            model
        )));
    }
    journal.damage().iter().for_each(|damage| observer.say(&Message::of(damage)));
    Ok(Vectors::Recording(Box::new(journal), recording.to_owned()))
}

fn made(client: Option<Client>) -> Result<Box<Client>, Error> {
    client.map(Box::new).ok_or_else(|| Error::Bug("no client was made for a server of the plan".into()))
}

/// The recording's file, if it is there.
fn found(recording: &Path, file: PathBuf) -> Result<PathBuf, Error> {
    if is_address(recording) {
        let shown = without_credentials(&recording.to_string_lossy());
        let replay = Mention::of("replay").shown(shown);
        return Err(Error::Usage(message!(
            "{replay}: is an address; a recording is a run directory or a file",
            replay
        )));
    }
    let (replay, shown) = (Mention::of("replay").shown(recording.display()), file.display());
    match file.metadata() {
        Ok(found) if found.is_file() => Ok(file),
        Ok(_) => Err(Error::Usage(message!("{replay}: {shown} is not a file", replay, shown))),
        Err(problem) => Err(Error::Usage(message!("{replay}: {shown}: {problem}", replay, shown, problem))),
    }
}
