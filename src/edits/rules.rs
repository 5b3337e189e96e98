//! Edits as rules for lines, with what each of them did.

use std::collections::{HashMap, HashSet};

use super::clusters::{Clusters, Effects, Fate, Target};
use super::edit::What;
use super::file::Edits;
use super::links::linked;
use super::places::{Given, State, States, placed};
use super::sizes::sized;
use super::texts::Texts;
use crate::error::Error;
use crate::methods::By;
use crate::run::{AssignmentLine, FinishedRun, Flag, Membership, Status};
use crate::text::numbers::count;

/// What edits say of the clusters of a run, and of documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Of each cluster of the run the one that it is now, or why there is none.
    fates: HashMap<String, Result<String, &'static str>>,
    /// Of texts that a person has placed their places; of a run without texts, of ids.
    answers: HashMap<String, Answer>,
    has_texts: bool,
    /// The clusters that there are after the edits.
    pub(super) kept: Vec<Kept>,
    effects: Vec<(usize, String)>,
}

/// A cluster that is there after the edits.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// It as the edits name it.
    pub target: Target,
    /// The id of the cluster that it is a part of.
    pub parent: Option<String>,
    /// Ids of those of the run that it is made of.
    pub made_of: Vec<String>,
}

/// Where a person has put a text.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    clusters: Vec<Membership>,
    reason: Option<&'static str>,
}

impl Rules {
    /// Checks the edits against the clusters and documents of a run, and follows them.
    ///
    /// # Errors
    /// [`Error::Usage`] with two edits that contradict each other, with file and line of both.
    pub fn of(run: &FinishedRun, edits: &Edits) -> Result<Rules, Error> {
        let mut effects = Effects::new();
        let followed = (|| {
            let mut clusters = Clusters::of(run, edits, &mut effects)?;
            let texts = Texts::of(run);
            let given = Given { run, texts: &texts, clusters: &clusters, edits };
            let mut states = placed(given, &mut effects)?;
            linked(given, &mut states, &mut effects)?;
            without_empty(run.clusters.len(), &mut clusters, &states);
            sized(&texts, &mut clusters, edits, &mut states, &mut effects)?;
            effects.extend(drops(Given { run, texts: &texts, clusters: &clusters, edits }, &states));
            let answer = |(text, state): (&usize, &State)| (texts.key(*text).to_owned(), answer(state, &clusters));
            Ok((states.iter().map(answer).collect(), clusters))
        })();
        let (answers, clusters) = followed.map_err(|problem| edits.refused(&problem))?;
        effects.sort_by_key(|(line, _)| *line);
        let has_texts = run.documents.iter().any(|document| document.text.is_some());
        Ok(Rules { fates: fates(run, &clusters), answers, has_texts, kept: kept(run, &clusters), effects })
    }

    /// What each edit did, with its line.
    pub fn effects(&self) -> &[(usize, String)] {
        &self.effects
    }

    /// The same for whoever is to read it now, with the file's name; that nothing was edited is told too.
    pub fn told(&self, file: &str) -> Vec<String> {
        match self.effects.is_empty() {
            true => vec![format!("{file}: there is no edit in it")],
            false => self.effects.iter().map(|(line, said)| format!("{file}:{line}: {said}")).collect(),
        }
    }

    /// The cluster that one of the run is now, if there is one.
    pub fn cluster(&self, id: &str) -> Option<&str> {
        self.fates.get(id).and_then(|fate| fate.as_deref().ok())
    }

    /// The label and the predicate that a person has given to a cluster of the run.
    pub fn named(&self, id: &str) -> Option<(&str, Option<&str>)> {
        let now = self.cluster(id)?;
        let kept = self.kept.iter().find(|kept| kept.target.id == now)?;
        Some((&kept.target.label, kept.target.predicate.as_deref()))
    }

    /// Whether a person has placed a text; of a run without texts nothing is known of a document but its id, and nothing of those of
    /// another corpus.
    pub fn is_placed(&self, text: &str, id: &str, is_own: bool) -> bool {
        self.answer(text, id, is_own).is_some()
    }

    fn answer(&self, text: &str, id: &str, is_own: bool) -> Option<&Answer> {
        match self.has_texts {
            true => self.answers.get(text),
            false => self.answers.get(id).filter(|_| is_own),
        }
    }

    /// Puts the document of a line where the edits want it; `is_own` where it is one of the run's own corpus.
    pub fn line(&self, line: &mut AssignmentLine, text: &str, is_own: bool) {
        if line.status == Status::Skipped || line.says_nothing() {
            return;
        }
        let (clusters, reason) = match self.answer(text, &line.id, is_own) {
            Some(answer) => (answer.clusters.clone(), answer.reason),
            None => self.mapped(line),
        };
        if clusters == line.clusters {
            return;
        }
        line.primary = clusters.first().map(|first| first.id.clone());
        if !clusters.is_empty() {
            (line.status, line.reason) = (Status::Assigned, None);
        } else if let Some(reason) = reason {
            (line.status, line.reason) = (Status::Uncovered, Some(reason.to_owned()));
        }
        if clusters.first().is_none_or(|first| first.by == By::Person) {
            line.flags.retain(|flag| *flag != Flag::Unsure);
        }
        line.clusters = clusters;
    }

    /// The places of a document that no person has placed, in the clusters that are left.
    fn mapped(&self, line: &AssignmentLine) -> (Vec<Membership>, Option<&'static str>) {
        let (mut clusters, mut reason): (Vec<Membership>, _) = (Vec::new(), None);
        for place in &line.clusters {
            match self.fates.get(&place.id) {
                Some(Err(why)) => reason = reason.or(Some(*why)),
                Some(Ok(id)) if clusters.iter().any(|held| held.id == *id) => {}
                Some(Ok(id)) => clusters.push(Membership { id: id.clone(), ..place.clone() }),
                None => clusters.push(place.clone()),
            }
        }
        (clusters, reason)
    }
}

/// A cluster to which no document is split off is not made.
fn without_empty(of_run: usize, clusters: &mut Clusters, states: &States) {
    for cluster in of_run..clusters.targets.len() {
        let is_empty = !states.values().any(|state| state.is_in(cluster));
        if let Some(edit) = clusters.targets[cluster].edit().filter(|_| is_empty && clusters.root(cluster) == cluster) {
            clusters.targets[cluster].fate = Fate::Dropped(edit, "");
        }
    }
}

fn answer(state: &State, clusters: &Clusters) -> Answer {
    let place = |held: &super::places::Held| Membership {
        id: clusters.targets[held.cluster].id.clone(),
        by: held.by,
        confidence: held.confidence,
    };
    Answer { clusters: state.held.iter().map(place).collect(), reason: state.reason }
}

fn fates(run: &FinishedRun, clusters: &Clusters) -> HashMap<String, Result<String, &'static str>> {
    let fate = |(place, cluster): (usize, &crate::run::ClusterLine)| {
        let root = &clusters.targets[clusters.root(place)];
        let fate = match root.fate {
            Fate::Dropped(_, reason) => Err(reason),
            _ => Ok(root.id.clone()),
        };
        (cluster.id.clone(), fate)
    };
    run.clusters.iter().enumerate().map(fate).collect()
}

fn kept(run: &FinishedRun, clusters: &Clusters) -> Vec<Kept> {
    let kept = (0..clusters.targets.len()).filter(|one| clusters.targets[*one].fate == Fate::Kept);
    let made_of = |kept: usize| {
        let others = (0..run.clusters.len()).filter(|one| *one != kept && clusters.root(*one) == kept);
        // The first is the one whose name it has.
        let own = (kept < run.clusters.len()).then_some(kept);
        own.into_iter().chain(others).map(|one| run.clusters[one].id.clone()).collect()
    };
    let kept = kept.map(|one| Kept {
        target: clusters.targets[one].clone(),
        parent: clusters.parent(one).map(|parent| clusters.targets[parent].id.clone()),
        made_of: made_of(one),
    });
    kept.collect()
}

/// What each drop did: where the documents of the cluster went.
fn drops(given: Given<'_>, states: &States) -> Effects {
    let (run, clusters) = (given.run, given.clusters);
    let mut effects = Effects::new();
    for (place, edit) in given.edits.all.iter().enumerate().filter(|(_, edit)| matches!(edit.what, What::Drop { .. })) {
        let is_gone = |one: &usize| matches!(clusters.targets[*one].fate, Fate::Dropped(by, _) if by == place);
        let dropped: Vec<usize> = (0..run.clusters.len()).filter(is_gone).collect();
        let is_part = |one: &&usize| clusters.targets[**one].parent.is_some_and(|parent| dropped.contains(&parent));
        let Some(first) = dropped.iter().find(|one| !is_part(one)) else { continue };
        let ids: HashSet<&str> = dropped.iter().map(|one| run.clusters[*one].id.as_str()).collect();
        let is_of = |text: usize| given.texts.line(text).clusters.iter().any(|held| ids.contains(held.id.as_str()));
        let of: Vec<usize> = given.texts.all().iter().copied().filter(|text| is_of(*text)).collect();
        let left = of.iter().filter(|text| given.state(states, **text).held.is_empty()).count();
        let parts = match dropped.len() {
            1 => String::new(),
            parts => format!(" and its {}", count(parts - 1, "part")),
        };
        let said = format!(
            "drop: {}{parts}; of {}, {} in another cluster now, {left} in none",
            clusters.shown(*first),
            count(of.len(), "document"),
            of.len() - left
        );
        effects.push((edit.line, said));
    }
    effects
}
