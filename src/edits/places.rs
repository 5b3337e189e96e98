//! Where a person wants the documents: moved, or split off.

use std::collections::BTreeMap;

use super::clusters::{Clusters, Effects, Fate};
use super::edit::{Edit, What};
use super::file::Edits;
use super::problem::Contradiction;
use super::texts::Texts;
use crate::methods::{By, NOWHERE};
use crate::run::{AssignmentLine, FinishedRun};
use crate::text::numbers::count;

/// A place in a cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// The cluster's number.
    pub cluster: usize,
    /// Who says so.
    pub by: By,
    /// How sure it is.
    pub confidence: f64,
}

/// Where a text is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// Its clusters, the one that it fits best first.
    pub held: Vec<Held>,
    /// Why it is in none, where an edit has taken it out.
    pub reason: Option<&'static str>,
    /// The edit by which a person has placed it.
    pub by_person: Option<usize>,
}

impl State {
    /// Where a line puts its document, in the clusters that are left.
    pub fn of(line: &AssignmentLine, clusters: &Clusters) -> State {
        let mut state = State::default();
        for place in &line.clusters {
            let Some(cluster) = clusters.place(&place.id).map(|cluster| clusters.root(cluster)) else { continue };
            match clusters.targets[cluster].fate {
                Fate::Dropped(_, reason) => state.reason = state.reason.or(Some(reason)),
                _ if state.is_in(cluster) => {}
                _ => state.held.push(Held { cluster, by: place.by, confidence: place.confidence }),
            }
        }
        state
    }

    /// Whether it is in a cluster.
    pub fn is_in(&self, cluster: usize) -> bool {
        self.held.iter().any(|held| held.cluster == cluster)
    }

    /// Puts it where a person wants it.
    pub fn put(&mut self, clusters: &[usize]) {
        let held = |cluster: &usize| Held { cluster: *cluster, by: By::Person, confidence: 1.0 };
        self.held = clusters.iter().map(held).collect();
        self.reason = clusters.is_empty().then_some(NOWHERE);
    }

    /// Its clusters in ascending order.
    pub fn clusters(&self) -> Vec<usize> {
        let mut clusters: Vec<usize> = self.held.iter().map(|held| held.cluster).collect();
        clusters.sort_unstable();
        clusters
    }

    /// Takes it out of some clusters, and of what is a part of them; whether that changed anything.
    pub fn leave(&mut self, clusters: &Clusters, is_left: impl Fn(usize) -> bool, reason: &'static str) -> bool {
        let before = self.held.len();
        self.held.retain(|held| !clusters.chain(held.cluster).into_iter().any(&is_left));
        if self.held.is_empty() && before > 0 {
            self.reason = Some(reason);
        }
        self.held.len() < before
    }
}

/// The texts that edits have placed, by the first document of each.
pub type States = BTreeMap<usize, State>;

/// What edits are followed with.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The run.
    pub run: &'a FinishedRun,
    /// Its documents.
    pub texts: &'a Texts<'a>,
    /// Its clusters, and those that are split off.
    pub clusters: &'a Clusters,
    /// All edits.
    pub edits: &'a Edits,
}

impl Given<'_> {
    /// Where a text is by now.
    pub fn state(&self, states: &States, text: usize) -> State {
        states.get(&text).cloned().unwrap_or_else(|| State::of(self.texts.line(text), self.clusters))
    }

    /// How many documents some texts stand for.
    pub fn documents(&self, texts: &[usize]) -> usize {
        texts.iter().map(|text| self.texts.copies(*text)).sum()
    }

    /// Whether the run puts documents into several clusters of one level.
    fn overlaps(&self) -> bool {
        let is_part =
            |id: &str| self.clusters.place(id).and_then(|place| self.clusters.targets[place].parent).is_some();
        let tops = |line: &AssignmentLine| line.clusters.iter().filter(|place| !is_part(&place.id)).count();
        self.run.manifest.method.name == "goalex" || self.run.assignments.iter().any(|line| tops(line) > 1)
    }
}

/// Follows what moves documents and what splits them off, and says what each edit did.
///
/// # Errors
/// Two edits that contradict each other.
pub fn placed(given: Given<'_>, effects: &mut Effects) -> Result<States, Contradiction> {
    let (mut states, overlaps) = (States::new(), given.overlaps());
    for (place, edit) in given.edits.all.iter().enumerate() {
        match &edit.what {
            What::Move { documents, to } => {
                let mut clusters = Vec::new();
                for name in to {
                    clusters.extend(given.clusters.meant(edit, name, effects)?);
                }
                // A cluster that is not there is no reason to take documents out of theirs.
                if clusters.is_empty() && !to.is_empty() {
                    continue;
                }
                Moving { given, place, edit, overlaps, effects }.go(&mut states, documents, &clusters)?;
            }
            What::Split { cluster, to, documents, .. } => {
                // What is not there was said with the clusters.
                let Some(from) = given.clusters.meant(edit, cluster, &mut Effects::new())? else { continue };
                let new = given.clusters.targets.iter().position(|target| target.edit() == Some(place));
                let Some(new) = new else { continue };
                let split = Splitting { given, place, edit, from, new, to };
                split.go(&mut states, documents, effects)?;
            }
            _ => {}
        }
    }
    Ok(states)
}

/// Documents that are moved by one edit.
struct Moving<'a> {
    given: Given<'a>,
    place: usize,
    edit: &'a Edit,
    overlaps: bool,
    effects: &'a mut Effects,
}

impl Moving<'_> {
    fn go(&mut self, states: &mut States, documents: &[String], to: &[usize]) -> Result<(), Contradiction> {
        let given = self.given;
        let (texts, said) = given.texts.named(documents);
        let wanted = self.wanted(to, None)?;
        let mut there = Vec::new();
        for text in &texts {
            let mut state = given.state(states, *text);
            if state.clusters() == sorted(&wanted) {
                there.push(*text);
            }
            let mut all = wanted.clone();
            if let Some(former) = state.by_person {
                all = self.with_former(&state, former, *text, to)?;
            }
            state.put(&all);
            state.by_person = Some(self.place);
            states.insert(*text, state);
        }
        let places: Vec<String> =
            to.iter().map(|cluster| given.clusters.shown(given.clusters.root(*cluster))).collect();
        let places = if places.is_empty() { "no cluster".to_owned() } else { places.join(" and ") };
        let already = match given.documents(&there) {
            0 => String::new(),
            there => format!(", where {there} of them {} already", if there == 1 { "was" } else { "were" }),
        };
        let documents = count(given.documents(&texts), "document");
        let more = said.map_or(String::new(), |said| format!("; {said}"));
        let said = match texts.is_empty() {
            true => format!("no document is moved into {places}{more}"),
            false => format!("{documents} into {places}{already}{more}"),
        };
        self.effects.push((self.edit.line, format!("move: {said}")));
        Ok(())
    }

    /// Clusters with those that they are parts of; refused where a document cannot be in all of them.
    fn wanted(&self, to: &[usize], former: Option<(usize, usize)>) -> Result<Vec<usize>, Contradiction> {
        let (clusters, mut wanted) = (self.given.clusters, Vec::new());
        for cluster in to.iter().flat_map(|cluster| clusters.chain(*cluster)) {
            if !wanted.contains(&cluster) {
                wanted.push(cluster);
            }
        }
        let (other, whose) = former.map_or((self.place, "documents".to_owned()), |(edit, text)| {
            (edit, format!("the document {}", self.given.texts.shown(text)))
        });
        for (first, one) in wanted.iter().enumerate() {
            for second in &wanted[first + 1..] {
                let is_pair = |(left, right, _): &&(usize, usize, usize)| {
                    let pair = (clusters.root(*left), clusters.root(*right));
                    pair == (*one, *second) || pair == (*second, *one)
                };
                let names = || format!("{} and {}", clusters.shown(*one), clusters.shown(*second));
                if let Some((_, _, exclusive)) = clusters.exclusive.iter().find(is_pair) {
                    let why = format!("{whose} cannot be moved into {}, which exclude each other", names());
                    return Err(self.given.edits.contradict(&[self.place, *exclusive], &why));
                }
                if !self.overlaps && clusters.parent(*one) == clusters.parent(*second) {
                    let why =
                        format!("{whose} cannot be in both {}: this run puts a document into one cluster", names());
                    return Err(self.given.edits.contradict(&[other, self.place], &why));
                }
            }
        }
        Ok(wanted)
    }

    /// The clusters of two edits that move the same document.
    fn with_former(
        &self,
        state: &State,
        former: usize,
        text: usize,
        to: &[usize],
    ) -> Result<Vec<usize>, Contradiction> {
        let edits = &self.given.edits.all;
        let document = self.given.texts.shown(text);
        let is_nowhere = |edit: usize| matches!(&edits[edit].what, What::Move { to, .. } if to.is_empty());
        if matches!(edits[former].what, What::Split { .. }) || is_nowhere(former) != to.is_empty() {
            let why = format!("both say where the document {document} goes");
            return Err(self.given.edits.contradict(&[former, self.place], &why));
        }
        let all: Vec<usize> = state.held.iter().map(|held| held.cluster).chain(to.iter().copied()).collect();
        self.wanted(&all, Some((former, text)))
    }
}

fn sorted(clusters: &[usize]) -> Vec<usize> {
    let mut clusters = clusters.to_vec();
    clusters.sort_unstable();
    clusters
}

/// Documents that are split off by one edit.
struct Splitting<'a> {
    given: Given<'a>,
    place: usize,
    edit: &'a Edit,
    from: usize,
    new: usize,
    to: &'a str,
}

impl Splitting<'_> {
    fn go(&self, states: &mut States, documents: &[String], effects: &mut Effects) -> Result<(), Contradiction> {
        let given = self.given;
        let (texts, said) = given.texts.named(documents);
        let is_of = |text: &usize| given.texts.line(*text).clusters.iter().any(|place| self.is_from(&place.id));
        let (of, others): (Vec<usize>, Vec<usize>) = texts.into_iter().partition(is_of);
        let new = given.clusters.chain(self.new);
        for text in &of {
            let mut state = given.state(states, *text);
            if let Some(former) = state.by_person {
                let why = format!("both say where the document {} goes", given.texts.shown(*text));
                return Err(given.edits.contradict(&[former, self.place], &why));
            }
            let (from, reason) = (given.clusters.root(self.from), state.reason);
            state.leave(given.clusters, |cluster| cluster == from, NOWHERE);
            let mut held = state.held;
            held.retain(|held| !new.contains(&held.cluster));
            state = State { reason, by_person: Some(self.place), ..State::default() };
            state.put(&new);
            state.held.extend(held);
            states.insert(*text, state);
        }
        let shown = given.clusters.shown(self.from);
        let others = match given.documents(&others) {
            0 => String::new(),
            1 => "; 1 document is not in it, and stays where it is".to_owned(),
            others => format!("; {} are not in it, and stay where they are", count(others, "document")),
        };
        let more = said.map_or(String::new(), |said| format!("; {said}"));
        let (documents, id) = (count(given.documents(&of), "document"), &given.clusters.targets[self.new].id);
        let (to, make) = (super::problem::shown(self.to), if given.documents(&of) == 1 { "makes" } else { "make" });
        let said = format!("split: {documents} of {shown} {make} up the cluster {to} ({id}){others}{more}");
        effects.push((self.edit.line, said));
        Ok(())
    }

    fn is_from(&self, id: &str) -> bool {
        self.given.clusters.place(id) == Some(self.from)
    }
}
