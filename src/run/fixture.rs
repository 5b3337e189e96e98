//! Builds finished runs for tests, with totals that reconcile.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::methods::{By, KChoice, NamedBy, Record, RoundRecord, SelectionRecord, StageRecord};
use crate::model::{PromptRecord, Protocol, Usage};
use crate::run::{
    AssignmentLine, ClusterLine, ClusterStatus, CorpusRecord, DocumentLine, EmbedderRecord, Evidence, FinishedRun,
    Flag, Manifest, Membership, MethodRecord, ModelRecord, RunStatus, Status,
};
use crate::spread::Share;

/// A finished run in the making. Rows get the ids `d1`, `d2`, … in the order in which they are added.
pub(crate) struct RunBuilder {
    run: FinishedRun,
}

impl RunBuilder {
    /// A run of the method `topics`: no model was asked.
    pub(crate) fn by_wording(goal: &str) -> RunBuilder {
        let mut manifest = manifest(goal);
        manifest.method.name = "topics".into();
        let tried = vec![(2, 0.31), (3, 0.352), (4, 0.28)];
        manifest.k_choice =
            Some(KChoice { k: 3, how: "the highest stability under resampling".into(), tried, stability: Vec::new() });
        RunBuilder { run: FinishedRun { manifest, clusters: vec![], assignments: vec![], documents: vec![] } }
    }

    /// A run of the method `goalex` with a model.
    pub(crate) fn by_goal(goal: &str) -> RunBuilder {
        let mut builder = RunBuilder::by_wording(goal);
        let manifest = &mut builder.run.manifest;
        manifest.method.name = "goalex".into();
        manifest.k_choice = None;
        manifest.model = Some(ModelRecord {
            name: "qwen2.5-7b".into(),
            protocol: Protocol::Chat,
            file: None,
            replayed: true,
            logprobs: true,
        });
        manifest.prompts = vec![PromptRecord { name: "propose".into(), version: 2, sha256: "ab".repeat(32) }];
        manifest.selection =
            Some(SelectionRecord { status: "optimal".into(), objective: 4.25, bound: Some(4.25), gap: Some(0.0) });
        manifest.rounds = vec![round(1), round(2)];
        manifest.usage = Usage { calls: 1412, prompt_tokens: 183_204, completion_tokens: 4120, ..Usage::default() };
        builder
    }

    /// Adds a cluster and a document for each text; the first text is quoted whole, as evidence.
    pub(crate) fn cluster(mut self, label: &str, predicate: &str, texts: &[&str]) -> RunBuilder {
        let (named, by) = match self.run.manifest.model {
            Some(_) => (NamedBy::Model, By::Model),
            None => (NamedBy::Keyphrases, By::Similarity),
        };
        let id = format!("c{}", self.run.clusters.len() + 1);
        let mut members = Vec::new();
        for text in texts {
            let membership = Membership { id: id.clone(), by, confidence: 0.875 };
            members.push(self.row(Status::Assigned, Some(text), None, vec![membership]));
        }
        self.run.clusters.push(cluster_line(id, label, predicate, named, &members, texts));
        self
    }

    /// Adds a document in no cluster.
    pub(crate) fn uncovered(mut self, text: &str, reason: &str) -> RunBuilder {
        self.row(Status::Uncovered, Some(text), Some(reason), vec![]);
        self
    }

    /// Adds a row that is not a document.
    pub(crate) fn skipped(mut self, reason: &str) -> RunBuilder {
        self.row(Status::Skipped, None, Some(reason), vec![]);
        self
    }

    /// Adds a document whose verdict is missing.
    pub(crate) fn failed(mut self, text: &str, reason: &str) -> RunBuilder {
        self.row(Status::Failed, Some(text), Some(reason), vec![]);
        self
    }

    /// Gives the row added last a field of its own.
    pub(crate) fn field(mut self, name: &str, value: Value) -> RunBuilder {
        let document = self.run.documents.last_mut().expect("a document was added");
        document.fields.insert(name.into(), value);
        self
    }

    /// Gives the row added last a flag.
    pub(crate) fn flag(mut self, flag: Flag) -> RunBuilder {
        self.run.assignments.last_mut().expect("a row was added").flags.push(flag);
        self
    }

    /// Ends the run otherwise than complete.
    pub(crate) fn ended(mut self, status: RunStatus, reason: &str) -> RunBuilder {
        self.run.manifest.status = status;
        self.run.manifest.reason = Some(reason.into());
        self
    }

    /// Counts, and computes the shares.
    pub(crate) fn build(self) -> FinishedRun {
        let mut run = self.run;
        let count = |status| run.assignments.iter().filter(|row| row.status == status).count();
        let counts = &mut run.manifest.documents;
        (counts.assigned, counts.uncovered) = (count(Status::Assigned), count(Status::Uncovered));
        (counts.skipped, counts.failed) = (count(Status::Skipped), count(Status::Failed));
        run.manifest.corpus.rows = run.assignments.len();
        run.manifest.clusters = run.clusters.len();
        for cluster in &mut run.clusters {
            cluster.share = Share::wilson(cluster.size, run.documents.len());
        }
        run
    }

    fn row(&mut self, status: Status, text: Option<&str>, reason: Option<&str>, clusters: Vec<Membership>) -> String {
        let line = self.run.assignments.len() as u64 + 1;
        let id = format!("d{line}");
        if let Some(text) = text {
            let document = DocumentLine { id: id.clone(), text: Some(text.into()), fields: Map::new() };
            self.run.documents.push(document);
        }
        let (primary, reason) = (clusters.first().map(|first| first.id.clone()), reason.map(str::to_owned));
        self.run.assignments.push(AssignmentLine {
            line,
            id: id.clone(),
            status,
            clusters,
            primary,
            reason,
            flags: vec![],
            fields: Map::new(),
        });
        id
    }
}

/// Nine rows, two clusters, one row of each other status: the run whose whole reports are compared.
pub(crate) fn small() -> RunBuilder {
    RunBuilder::by_goal("what would make the working day better?")
        .cluster(
            "Better food",
            "asks for better food in the canteen",
            &["Canteen food with something green in it that isn't the tray.", "soup", "more fruit", "less salt"],
        )
        .cluster("Time to breathe", "asks for more time between calls", &["time to breathe between calls", "a break"])
        .uncovered("My club winning again", "no predicate holds")
        .skipped("empty")
        .failed("Une augmentation", "no answer")
}

fn cluster_line(
    id: String,
    label: &str,
    predicate: &str,
    by: NamedBy,
    members: &[String],
    texts: &[&str],
) -> ClusterLine {
    let evidence = members.iter().zip(texts).take(2).map(|(document, text)| Evidence {
        document: document.clone(),
        quote: (*text).into(),
        start: 0,
        end: text.len(),
    });
    ClusterLine {
        id,
        label: label.into(),
        predicate: predicate.into(),
        by,
        parent: None,
        stability: None,
        size: members.len(),
        share: Share::wilson(0, 1),
        exclusive: members.len(),
        keywords: label.split_whitespace().map(str::to_lowercase).collect(),
        exemplars: members.to_vec(),
        evidence: evidence.collect(),
        near_misses: vec![],
        test: None,
        status: ClusterStatus::Ok,
    }
}

fn round(round: usize) -> RoundRecord {
    let dropped = BTreeMap::from([("repeats another".to_owned(), 3)]);
    RoundRecord { round, pool: 120, proposed: 24, dropped, selected: 1 + round, uncovered: 9 - round }
}

fn manifest(goal: &str) -> Manifest {
    Manifest {
        format: 1,
        version: "0.1.0".into(),
        files: BTreeMap::new(),
        status: RunStatus::Complete,
        reason: None,
        goal: goal.into(),
        method: MethodRecord::default(),
        plan: BTreeMap::new(),
        corpus: CorpusRecord {
            name: "survey-answers".into(),
            sha256: "0123456789abcdef".repeat(4),
            rows: 0,
            files: Vec::new(),
            set_apart: Vec::new(),
        },
        documents: Default::default(),
        clusters: 0,
        embedder: EmbedderRecord {
            id: "builtin:all-MiniLM-L6-v2-w8".into(),
            dimensions: 384,
            sha256: "cd".repeat(32),
            window: 256,
            truncated: 0,
            vectors: String::new(),
            texts: String::new(),
            usage: None,
        },
        model: None,
        judge: None,
        prompts: vec![],
        seed: 7,
        usage: Usage::default(),
        selection: None,
        k_choice: None,
        codebook: None,
        base: None,
        edits: None,
        updates: Vec::new(),
        core: Record::default(),
        trust: None,
        rounds: vec![],
        stages: vec![StageRecord { name: "embed".into(), seconds: 1.25 }],
        warnings: vec![],
        date: None,
    }
}
