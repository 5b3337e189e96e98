//! What edits want of the clusters of the next run, for methods that select them among candidates.

use super::clusters::{Clusters, Effects};
use super::edit::{Edit, What};
use super::file::Edits;
use super::problem::shown;
use crate::error::Error;
use crate::message;
use crate::plan::{ClusteringPlan, Demanded, Demands, Method};
use crate::run::FinishedRun;

impl Edits {
    /// What the clusters of the next run have to be; `base` is the run that was edited, where it is known.
    ///
    /// # Errors
    /// [`Error::Usage`] for edits that contradict each other, or that the method of the next run cannot follow.
    pub fn demands(&self, base: Option<&FinishedRun>, wanted: &ClusteringPlan) -> Result<Demands, Error> {
        let selects = wanted.method == Method::Goalex && wanted.codebook.is_none();
        for edit in &self.all {
            self.check_method(edit, wanted, selects, base.is_some())?;
        }
        let Some(base) = base else { return Ok(self.sizes(selects)) };
        super::rules::Rules::of(base, self)?;
        if !selects {
            return Ok(Demands::default());
        }
        let clusters = Clusters::of(base, self, &mut Effects::new()).map_err(|problem| self.refused(&problem))?;
        let demands = self.of(base, &clusters);
        let pinned = demands.known.iter().filter(|known| known.is_kept).count();
        match (wanted.k.filter(|k| *k < pinned), self.all.iter().find(|edit| matches!(edit.what, What::Pin { .. }))) {
            (Some(k), Some(first)) => Err(Error::usage(format!(
                "{}:{}: pin: {pinned} clusters are pinned, and {k} are asked for",
                self.name, first.line
            ))),
            _ => Ok(demands),
        }
    }

    /// What edits name that is no cluster of the run that was edited, in words: nothing can follow them in the next one, and that is
    /// better heard before it is made than when it is done.
    ///
    /// # Errors
    /// [`Error::Usage`] for edits that contradict each other.
    pub fn unmatched(&self, base: &FinishedRun) -> Result<Vec<String>, Error> {
        let clusters = Clusters::of(base, self, &mut Effects::new()).map_err(|problem| self.refused(&problem))?;
        let told = |edit: &Edit, name: &str| {
            let advice = clusters.unknown(name)?;
            let (word, name) = (edit.what.word(), shown(name));
            Some(format!("{}:{}: {word}: no cluster of the base is called {name}{advice}", self.name, edit.line))
        };
        let of_edit = |edit: &Edit| edit.what.names().iter().filter_map(|name| told(edit, name)).collect::<Vec<_>>();
        Ok(self.all.iter().flat_map(of_edit).collect())
    }

    /// Refuses an edit that the method cannot follow, and says what would.
    fn check_method(&self, edit: &Edit, wanted: &ClusteringPlan, selects: bool, has_base: bool) -> Result<(), Error> {
        let (place, word) = (format!("{}:{}", self.name, edit.line), edit.what.word());
        if !selects && matches!(edit.what, What::Pin { .. } | What::Exclusive { .. } | What::AtMost(_)) {
            let method = wanted.method.name();
            return Err(Error::Usage(message!(
                "{place}: {word}: {method} does not select its clusters among candidates, so nothing can follow this edit: \
                 {+method goalex} without a codebook does, asking a model; or leave the edit out",
                place,
                word,
                method
            )));
        }
        // What is asked would be another question without them: that a run is resumed or replayed without its base has to be seen.
        let shapes_questions = matches!(
            edit.what,
            What::Pin { .. } | What::Exclusive { .. } | What::Rename { .. } | What::Drop { .. } | What::Move { .. }
        );
        if selects && shapes_questions && !has_base {
            return Err(Error::Usage(message!(
                "{place}: {word}: it names clusters of an earlier run: say which run with {+base RUN}",
                place,
                word
            )));
        }
        Ok(())
    }

    /// The bounds of sizes alone.
    fn sizes(&self, selects: bool) -> Demands {
        let mut demands = Demands::default();
        for edit in self.all.iter().filter(|_| selects) {
            match edit.what {
                What::AtLeast(least) => demands.at_least = Some(least),
                What::AtMost(most) => demands.at_most = Some(most),
                _ => {}
            }
        }
        demands
    }

    fn of(&self, base: &FinishedRun, clusters: &Clusters) -> Demands {
        let mut demands = self.sizes(true);
        let mut places: Vec<usize> = Vec::new();
        let kept: Vec<usize> = clusters.pinned(self).collect();
        let named = clusters.named();
        let exclusive = clusters.exclusive.iter().flat_map(|(one, other, _)| [*one, *other]);
        let moves: Vec<(&[String], Vec<usize>)> = self.moves(base, clusters).collect();
        let targets = moves.iter().flat_map(|(_, to)| to.iter().copied());
        for cluster in kept.iter().copied().chain(named).chain(exclusive).chain(targets) {
            if places.contains(&cluster) || cluster >= base.clusters.len() || clusters.dropped(cluster).is_some() {
                continue;
            }
            places.push(cluster);
            let former = &base.clusters[cluster];
            let predicate = clusters.targets[cluster].predicate.as_ref().unwrap_or(&former.predicate);
            // The label of the earlier run: the edits give the new one when they are followed, and may name the cluster by this one.
            let (label, predicate, is_kept) = (former.label.clone(), predicate.clone(), kept.contains(&cluster));
            demands.known.push(Demanded { label, predicate, is_kept });
        }
        let place = |cluster: usize| places.iter().position(|one| *one == cluster);
        for (documents, to) in moves {
            let to: Vec<usize> = to.into_iter().filter_map(place).collect();
            demands.placed.extend(documents.iter().map(|id| (id.clone(), to.clone())));
        }
        let pair = |(one, other, _): &(usize, usize, usize)| Some((place(*one)?, place(*other)?));
        demands.exclusive = clusters.exclusive.iter().filter_map(pair).collect();
        let gone = (0..base.clusters.len()).filter(|cluster| clusters.dropped(*cluster).is_some());
        demands.forbidden = gone.map(|cluster| base.clusters[cluster].predicate.clone()).collect();
        demands
    }

    /// The documents that are moved into clusters of the base, or into none, with these clusters. Of a cluster that is split off no
    /// predicate is known, by which others could be told from its documents.
    fn moves<'e>(
        &'e self,
        base: &'e FinishedRun,
        clusters: &'e Clusters,
    ) -> impl Iterator<Item = (&'e [String], Vec<usize>)> + use<'e> {
        let meant = |edit: &Edit, name: &str| clusters.meant(edit, name, &mut Effects::new()).ok().flatten();
        self.all.iter().filter_map(move |edit| {
            let What::Move { documents, to } = &edit.what else { return None };
            let root = |name: &String| meant(edit, name).map(|cluster| clusters.root(cluster));
            let to: Option<Vec<usize>> = to.iter().map(root).collect();
            let to = to.filter(|to| to.iter().all(|cluster| *cluster < base.clusters.len()))?;
            Some((documents.as_slice(), to))
        })
    }
}
