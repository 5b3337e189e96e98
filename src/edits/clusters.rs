//! What becomes of each cluster, and which edits contradict each other there.

use std::collections::HashMap;

use super::edit::{Edit, What};
use super::file::Edits;
use super::known::{Known, Meant};
use super::problem::{Contradiction, shown};
use crate::run::{FinishedRun, cluster_id};
use crate::text::folded;
use crate::text::numbers::count;

/// Why a document is in no cluster whose own was dropped.
pub const DROPPED: &str = "cluster dropped by a person";

/// What becomes of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Kept,
    /// It is merged into another one, by this edit.
    Into(usize, usize),
    /// It goes away, by this edit; the reason of a document that is in no other.
    Dropped(usize, &'static str),
}

/// A cluster of the run, or one that is split off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: String,
    /// Its label, after the edits.
    pub label: String,
    /// The predicate that an edit gives it.
    pub predicate: Option<String>,
    /// The cluster that it is a part of.
    pub parent: Option<usize>,
    /// What becomes of it.
    pub fate: Fate,
    /// The edit that names it anew.
    named: Option<usize>,
}

impl Target {
    /// The edit that has named it, or made it.
    pub fn edit(&self) -> Option<usize> {
        self.named
    }
}

/// What each edit did, in words, with its line.
pub type Effects = Vec<(usize, String)>;

/// The clusters of a run and those that are split off, numbered: those of the run first.
pub struct Clusters {
    /// All of them.
    pub targets: Vec<Target>,
    /// Pairs that exclude each other, each by an edit.
    pub exclusive: Vec<(usize, usize, usize)>,
    /// Clusters that an edit needs, with the edit.
    pub wanted: Vec<(usize, usize)>,
    known: Known,
    ids: HashMap<String, usize>,
}

impl Clusters {
    /// Follows the edits of clusters, and says what each did.
    ///
    /// # Errors
    /// Two edits that contradict each other.
    pub fn of(run: &FinishedRun, edits: &Edits, effects: &mut Effects) -> Result<Clusters, Contradiction> {
        let ids: HashMap<String, usize> =
            run.clusters.iter().enumerate().map(|(place, cluster)| (cluster.id.clone(), place)).collect();
        let target = |cluster: &crate::run::ClusterLine| Target {
            id: cluster.id.clone(),
            label: cluster.label.clone(),
            predicate: None,
            parent: cluster.parent.as_ref().and_then(|parent| ids.get(parent).copied()),
            fate: Fate::Kept,
            named: None,
        };
        let mut clusters = Clusters {
            targets: run.clusters.iter().map(target).collect(),
            exclusive: Vec::new(),
            wanted: Vec::new(),
            known: Known::of(&run.clusters),
            ids,
        };
        let mut following = Following { clusters: &mut clusters, run, edits, effects };
        following.renames()?;
        following.splits()?;
        following.merges()?;
        following.drops()?;
        following.pins()?;
        following.exclusives()?;
        following.moves()?;
        following.check_wanted()?;
        following.check_labels()?;
        Ok(clusters)
    }

    /// The cluster that an id of the run or of a split means.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// What might have been meant, in words, where a name means no cluster.
    pub fn unknown(&self, name: &str) -> Option<String> {
        match self.known.meant(name) {
            Meant::Nothing(advice) => Some(advice),
            Meant::One(_) | Meant::Several(_) => None,
        }
    }

    /// The cluster that a name means; none where it means none, which is said.
    ///
    /// # Errors
    /// When it means several.
    pub fn meant(&self, edit: &Edit, name: &str, effects: &mut Effects) -> Result<Option<usize>, Contradiction> {
        match self.known.meant(name) {
            Meant::One(cluster) => Ok(Some(cluster)),
            Meant::Nothing(advice) => {
                let said = format!("{}: no cluster of this run is called {}{advice}", edit.what.word(), shown(name));
                effects.push((edit.line, said));
                Ok(None)
            }
            Meant::Several(several) => {
                let ids: Vec<&str> = several.iter().map(|cluster| self.targets[*cluster].id.as_str()).collect();
                let why = format!(
                    "{} is the name of several clusters: say which by its id, {}",
                    shown(name),
                    ids.join(" or ")
                );
                Err(Contradiction::of(&[edit], &why))
            }
        }
    }

    /// The cluster that one is now: itself, or the one into which it was merged.
    pub fn root(&self, mut cluster: usize) -> usize {
        while let Fate::Into(other, _) = self.targets[cluster].fate {
            cluster = other;
        }
        cluster
    }

    /// The edit by which a cluster goes away.
    pub fn dropped(&self, cluster: usize) -> Option<usize> {
        match self.targets[self.root(cluster)].fate {
            Fate::Dropped(edit, _) => Some(edit),
            _ => None,
        }
    }

    /// The clusters that are pinned, each once.
    pub fn pinned<'c>(&'c self, edits: &'c Edits) -> impl Iterator<Item = usize> + use<'c> {
        let pins = self.wanted.iter().filter(move |(_, edit)| matches!(edits.all[*edit].what, What::Pin { .. }));
        let mut seen = std::collections::HashSet::new();
        pins.map(move |(cluster, _)| self.root(*cluster)).filter(move |cluster| seen.insert(*cluster))
    }

    /// The clusters that an edit names anew or makes, and that are there.
    pub fn named(&self) -> impl Iterator<Item = usize> + use<'_> {
        let is_named = move |one: &usize| self.targets[*one].named.is_some() && self.targets[*one].fate == Fate::Kept;
        (0..self.targets.len()).filter(is_named)
    }

    /// The cluster that one is a part of, after the edits.
    pub fn parent(&self, cluster: usize) -> Option<usize> {
        self.targets[cluster].parent.map(|parent| self.root(parent))
    }

    /// A cluster with those that it is a part of, the outermost first.
    pub fn chain(&self, cluster: usize) -> Vec<usize> {
        let mut chain: Vec<usize> = std::iter::successors(Some(self.root(cluster)), |one| self.parent(*one)).collect();
        chain.reverse();
        chain
    }

    /// A cluster in words.
    pub fn shown(&self, cluster: usize) -> String {
        let target = &self.targets[cluster];
        format!("{} ({})", shown(&target.label), target.id)
    }
}

/// The edits on their way through the clusters.
struct Following<'a> {
    clusters: &'a mut Clusters,
    run: &'a FinishedRun,
    edits: &'a Edits,
    effects: &'a mut Effects,
}

impl<'a> Following<'a> {
    /// The edits with their places.
    fn all(&self) -> impl Iterator<Item = (usize, &'a Edit)> + use<'a> {
        self.edits.all.iter().enumerate()
    }

    fn meant(&mut self, edit: &Edit, name: &str) -> Result<Option<usize>, Contradiction> {
        self.clusters.meant(edit, name, self.effects)
    }

    fn say(&mut self, edit: &Edit, said: String) {
        self.effects.push((edit.line, format!("{}: {said}", edit.what.word())));
    }

    fn size(&self, cluster: usize) -> String {
        count(self.run.clusters.get(cluster).map_or(0, |cluster| cluster.size), "document")
    }

    fn renames(&mut self) -> Result<(), Contradiction> {
        for (place, edit) in self.all() {
            let What::Rename { cluster, to, predicate } = &edit.what else { continue };
            let Some(meant) = self.meant(edit, cluster)? else { continue };
            if let Some(former) = self.clusters.targets[meant].named {
                let why = format!("both name the cluster {}", self.clusters.targets[meant].id);
                return Err(self.edits.contradict(&[former, place], &why));
            }
            let before = self.clusters.shown(meant);
            let target = &mut self.clusters.targets[meant];
            target.label.clone_from(to);
            target.predicate.clone_from(predicate);
            target.named = Some(place);
            self.clusters.wanted.push((meant, place));
            let and = if predicate.is_some() { ", with a predicate of its own" } else { "" };
            let (to, size) = (shown(to), self.size(meant));
            self.say(edit, format!("{before}, {size}, is called {to}{and}"));
        }
        // Names that edits give are known when all names of the run are.
        let named = self.clusters.targets.iter().enumerate().filter(|(_, target)| target.named.is_some());
        let named: Vec<(usize, String)> = named.map(|(place, target)| (place, target.label.clone())).collect();
        named.iter().for_each(|(place, label)| self.clusters.known.add(label, *place));
        Ok(())
    }

    fn splits(&mut self) -> Result<(), Contradiction> {
        for (place, edit) in self.all() {
            let What::Split { cluster, to, predicate, .. } = &edit.what else { continue };
            let Some(from) = self.meant(edit, cluster)? else { continue };
            let parent = self.clusters.targets[from].parent;
            let above = parent.map_or("", |parent| self.clusters.targets[parent].id.as_str());
            let born = predicate.as_deref().unwrap_or(to);
            let ids = &self.clusters.ids;
            let id = cluster_id(&self.run.manifest.method.name, above, born, |id| ids.contains_key(id));
            let new = self.clusters.targets.len();
            self.clusters.ids.insert(id.clone(), new);
            self.clusters.known.add(to, new);
            self.clusters.known.add_id(&id, new);
            let (label, predicate) = (to.clone(), predicate.clone());
            let target = Target { id, label, predicate, parent, fate: Fate::Kept, named: Some(place) };
            self.clusters.targets.push(target);
            self.clusters.wanted.push((new, place));
        }
        Ok(())
    }

    fn merges(&mut self) -> Result<(), Contradiction> {
        for (place, edit) in self.all() {
            let What::Merge { clusters } = &edit.what else { continue };
            let mut meant = Vec::new();
            for name in clusters {
                meant.extend(self.meant(edit, name)?);
            }
            let Some((first, others)) = meant.split_first() else { continue };
            if others.is_empty() {
                let first = self.clusters.shown(*first);
                self.say(edit, format!("nothing is left to merge {first} with"));
            }
            self.clusters.wanted.extend(meant.iter().map(|cluster| (*cluster, place)));
            for other in others {
                self.merge(place, *first, *other)?;
            }
        }
        self.merged_names()
    }

    /// Merges a cluster into another one.
    fn merge(&mut self, place: usize, first: usize, other: usize) -> Result<(), Contradiction> {
        let edit = &self.edits.all[place];
        if let Fate::Into(_, former) = self.clusters.targets[other].fate {
            let why = format!("both merge {} into another cluster", self.clusters.shown(other));
            return Err(self.edits.contradict(&[former, place], &why));
        }
        if self.clusters.root(first) == other {
            let why = format!("{} would be merged into itself", self.clusters.shown(other));
            return Err(match self.clusters.targets[first].fate {
                Fate::Into(_, former) => self.edits.contradict(&[former, place], &why),
                _ => Contradiction::of(&[edit], &why),
            });
        }
        if self.clusters.parent(first) != self.clusters.parent(other) {
            let (first, other) = (self.clusters.shown(first), self.clusters.shown(other));
            let why = format!("{first} and {other} are not parts of the same cluster: merge those that hold them");
            return Err(Contradiction::of(&[edit], &why));
        }
        self.clusters.targets[other].fate = Fate::Into(first, place);
        let (into, size) = (self.clusters.shown(first), self.size(other));
        let other = self.clusters.shown(other);
        self.say(edit, format!("{other}, {size}, is a part of {into} now"));
        Ok(())
    }

    /// A name that an edit gives to a merged cluster is that of the whole.
    fn merged_names(&mut self) -> Result<(), Contradiction> {
        for cluster in 0..self.clusters.targets.len() {
            let (root, Some(named)) = (self.clusters.root(cluster), self.clusters.targets[cluster].named) else {
                continue;
            };
            if root == cluster {
                continue;
            }
            if let Some(other) = self.clusters.targets[root].named {
                let why = format!("both name clusters that are merged into {}", self.clusters.targets[root].id);
                return Err(self.edits.contradict(&[other, named], &why));
            }
            let Target { label, predicate, .. } = self.clusters.targets[cluster].clone();
            let root = &mut self.clusters.targets[root];
            (root.label, root.predicate, root.named) = (label, predicate, Some(named));
        }
        Ok(())
    }

    fn drops(&mut self) -> Result<(), Contradiction> {
        for (place, edit) in self.all() {
            let What::Drop { cluster } = &edit.what else { continue };
            let Some(meant) = self.meant(edit, cluster)? else { continue };
            if let Fate::Into(_, merged) = self.clusters.targets[meant].fate {
                let why = format!("{} is both merged and dropped", self.clusters.shown(meant));
                return Err(self.edits.contradict(&[merged, place], &why));
            }
            let inside = |cluster: &usize| self.clusters.chain(*cluster).contains(&meant);
            let inside: Vec<usize> = (0..self.clusters.targets.len()).filter(inside).collect();
            for one in &inside {
                if self.clusters.targets[*one].fate == Fate::Kept {
                    self.clusters.targets[*one].fate = Fate::Dropped(place, DROPPED);
                }
            }
        }
        Ok(())
    }

    fn pins(&mut self) -> Result<(), Contradiction> {
        for (place, edit) in self.all() {
            let What::Pin { cluster } = &edit.what else { continue };
            let Some(meant) = self.meant(edit, cluster)? else { continue };
            self.clusters.wanted.push((meant, place));
            let shown = self.clusters.shown(meant);
            self.say(edit, format!("{shown} is there; nothing is to be changed"));
        }
        Ok(())
    }

    fn exclusives(&mut self) -> Result<(), Contradiction> {
        for (place, edit) in self.all() {
            let What::Exclusive { clusters } = &edit.what else { continue };
            let mut meant = Vec::new();
            for name in clusters {
                meant.extend(self.meant(edit, name)?);
            }
            for (first, one) in meant.iter().enumerate() {
                for other in &meant[first + 1..] {
                    self.exclude(place, *one, *other)?;
                }
            }
            let there = meant.iter().filter(|cluster| self.clusters.dropped(**cluster).is_none()).count();
            let said = match there {
                0 | 1 => "one of them at most is there; nothing is to be changed".to_owned(),
                there => format!(
                    "{there} of them are there, and stay: which of them a run has is decided when it selects its clusters; \
                     drop or merge one to be without it now"
                ),
            };
            self.say(edit, said);
        }
        Ok(())
    }

    /// Notes that two clusters exclude each other.
    fn exclude(&mut self, place: usize, one: usize, other: usize) -> Result<(), Contradiction> {
        let edits = &self.edits.all;
        if self.clusters.root(one) == self.clusters.root(other) {
            let (first, second) = (self.clusters.shown(one), self.clusters.shown(other));
            let why = format!("{first} and {second} are one cluster");
            let merged = [one, other].into_iter().find_map(|cluster| match self.clusters.targets[cluster].fate {
                Fate::Into(_, merged) => Some(merged),
                _ => None,
            });
            return Err(merged.map_or_else(
                || self.edits.contradict(&[place], &why),
                |merged| self.edits.contradict(&[merged, place], &why),
            ));
        }
        let pin = |cluster: usize| {
            let pins = self
                .clusters
                .wanted
                .iter()
                .filter(|(wanted, _)| self.clusters.root(*wanted) == self.clusters.root(cluster));
            pins.map(|(_, edit)| *edit).find(|edit| matches!(edits[*edit].what, What::Pin { .. }))
        };
        if let (Some(_), Some(pinned)) = (pin(one), pin(other)) {
            let (first, second) = (self.clusters.shown(one), self.clusters.shown(other));
            return Err(self.edits.contradict(&[pinned, place], &format!("{first} and {second} are both pinned")));
        }
        self.clusters.exclusive.push((self.clusters.root(one), self.clusters.root(other), place));
        Ok(())
    }

    /// Notes which clusters are needed for documents to be moved into.
    fn moves(&mut self) -> Result<(), Contradiction> {
        for (place, edit) in self.all() {
            let What::Move { to, .. } = &edit.what else { continue };
            for name in to {
                // What is not there is said with the documents.
                if let Some(cluster) = self.clusters.meant(edit, name, &mut Effects::new())? {
                    self.clusters.wanted.push((cluster, place));
                }
            }
        }
        Ok(())
    }

    /// No cluster goes away that another edit needs.
    fn check_wanted(&mut self) -> Result<(), Contradiction> {
        for (cluster, edit) in &self.clusters.wanted {
            if let Some(dropped) = self.clusters.dropped(*cluster) {
                let why = format!("{} is dropped", self.clusters.shown(*cluster));
                return Err(self.edits.contradict(&[dropped, *edit], &why));
            }
        }
        Ok(())
    }

    /// No two clusters of one level have the same label, where an edit gives one of them.
    fn check_labels(&self) -> Result<(), Contradiction> {
        let mut seen: HashMap<(Option<usize>, String), usize> = HashMap::new();
        let kept = (0..self.clusters.targets.len()).filter(|one| self.clusters.targets[*one].fate == Fate::Kept);
        for cluster in kept {
            let target = &self.clusters.targets[cluster];
            let key = (self.clusters.parent(cluster), folded(&target.label));
            let Some(other) = seen.insert(key, cluster) else { continue };
            let (other, ids) = (&self.clusters.targets[other], (&self.clusters.targets[other].id, &target.id));
            let why = format!(
                "{} would be the label of both {} and {}: merge them, or name one otherwise",
                shown(&target.label),
                ids.0,
                ids.1
            );
            match (other.named, target.named) {
                (Some(one), Some(two)) => return Err(self.edits.contradict(&[one, two], &why)),
                (Some(one), None) | (None, Some(one)) => {
                    return Err(self.edits.contradict(&[one], &why));
                }
                (None, None) => {}
            }
        }
        Ok(())
    }
}
