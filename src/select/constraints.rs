//! What a cover has to respect whatever it costs, and what contradicts itself before anything is searched.

use super::{Instance, Size};
use crate::error::Error;

/// Constraints on the candidates that may be selected, by their indices below m. Unchecked until
/// [`Constraints::check`]; the default constrains nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Constraints {
    /// Candidates that have to be selected.
    pub kept: Vec<usize>,
    /// Candidates that must not be selected.
    pub forbidden: Vec<usize>,
    /// Pairs of candidates of which at most one is selected.
    pub exclusive: Vec<(usize, usize)>,
    /// Documents (by weight) that a selected candidate has to hold for, at least.
    pub at_least: Option<f64>,
    /// Documents (by weight) that a selected candidate may hold for, at most.
    pub at_most: Option<f64>,
    /// The most that documents (by weight) may overlap in all: a document in y clusters counts
    /// y − 1 times.
    pub overlap: Option<f64>,
}

impl Constraints {
    /// Whether nothing is left but the plain form.
    pub(super) fn is_plain(&self) -> bool {
        self.kept.is_empty() && self.exclusive.is_empty() && self.overlap.is_none()
    }

    /// Whether the constraints can be met together, as far as that shows without a search. The
    /// instance and the size are checked ones.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the two that contradict each other.
    pub fn check(&self, instance: &Instance, size: Size) -> Result<(), Error> {
        self.check_values(instance.candidates)?;
        self.check_kept(instance)?;
        self.check_number(instance, size)?;
        self.check_overlap(instance)
    }

    /// Every candidate exists, no pair is one candidate twice, and every bound is a number.
    fn check_values(&self, candidates: usize) -> Result<(), Error> {
        let pairs = self.exclusive.iter().flat_map(|(left, right)| [left, right]);
        let named = self.kept.iter().chain(&self.forbidden).chain(pairs);
        if let Some(beyond) = named.copied().find(|candidate| *candidate >= candidates) {
            return Err(Error::usage(format!(
                "a constraint names candidate {beyond}, but candidates are numbered from 0 to below \
                 {candidates}"
            )));
        }
        if let Some((candidate, _)) = self.exclusive.iter().find(|(left, right)| left == right) {
            return Err(Error::usage(format!("candidate {candidate} cannot exclude itself")));
        }
        let bounds = [
            ("documents of a cluster, at least,", self.at_least),
            ("documents of a cluster, at most,", self.at_most),
            ("overlapping documents", self.overlap),
        ];
        for (name, bound) in bounds {
            if let Some(bound) = bound.filter(|bound| !super::is_cost(*bound)) {
                return Err(Error::usage(format!("the number of {name} is {bound}: it must be a number, 0 or more")));
            }
        }
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) if least > most => {
                Err(Error::usage(format!("a cluster cannot have at least {least} documents and at most {most}")))
            }
            _ => Ok(()),
        }
    }

    /// No kept candidate is forbidden, of a size that is not allowed, or excluded by another.
    fn check_kept(&self, instance: &Instance) -> Result<(), Error> {
        let (weights, slack) = (weights(instance), tolerance(instance));
        for &candidate in &self.kept {
            let documents = weights[candidate];
            if self.forbidden.contains(&candidate) {
                return Err(Error::usage(format!("candidate {candidate} is both to be kept and forbidden")));
            }
            if let Some(least) = self.at_least.filter(|least| documents < *least - slack) {
                return Err(Error::usage(format!(
                    "candidate {candidate} is to be kept, but a cluster is to have at least {least} \
                     documents, and it has {documents}"
                )));
            }
            if let Some(most) = self.at_most.filter(|most| documents > *most + slack) {
                return Err(Error::usage(format!(
                    "candidate {candidate} is to be kept, but a cluster is to have at most {most} \
                     documents, and it has {documents}"
                )));
            }
        }
        let is_kept = |candidate: &usize| self.kept.contains(candidate);
        match self.exclusive.iter().find(|(left, right)| is_kept(left) && is_kept(right)) {
            Some((left, right)) => {
                Err(Error::usage(format!("candidates {left} and {right} are both to be kept, but exclude each other")))
            }
            None => Ok(()),
        }
    }

    /// The number of clusters, where it is given, lies between what is kept and what is allowed.
    fn check_number(&self, instance: &Instance, size: Size) -> Result<(), Error> {
        let Size::Exactly(size) = size else { return Ok(()) };
        let kept = distinct(&self.kept).len();
        if kept > size {
            return Err(Error::usage(format!("{kept} candidates are to be kept, but {size} clusters were asked for")));
        }
        let allowed = self.allowed(instance).len();
        if allowed < size {
            return Err(Error::usage(format!(
                "{size} clusters were asked for, but of {} candidates only {allowed} are neither \
                 forbidden nor of a size that is not allowed",
                instance.candidates
            )));
        }
        Ok(())
    }

    /// What is kept does not overlap by more than is allowed.
    fn check_overlap(&self, instance: &Instance) -> Result<(), Error> {
        let Some(most) = self.overlap else { return Ok(()) };
        let kept = distinct(&self.kept);
        let overlap = overlap(instance, &kept);
        if overlap > most + tolerance(instance) {
            let kept: Vec<String> = kept.iter().map(usize::to_string).collect();
            return Err(Error::usage(format!(
                "candidates {} are to be kept, but at most {most} documents are to overlap, and of \
                 these {overlap} do",
                kept.join(", ")
            )));
        }
        Ok(())
    }

    /// The candidates that may be selected by themselves, ascending: those that are not forbidden
    /// and of an allowed size.
    pub(super) fn allowed(&self, instance: &Instance) -> Vec<usize> {
        let (weights, slack) = (weights(instance), tolerance(instance));
        let least = self.at_least.unwrap_or(0.0) - slack;
        let most = self.at_most.unwrap_or(f64::INFINITY) + slack;
        let fits = |candidate: &usize| (least..=most).contains(&weights[*candidate]);
        let candidates = (0..weights.len()).filter(fits);
        candidates.filter(|candidate| !self.forbidden.contains(candidate)).collect()
    }

    /// The constraints that are left among the `allowed` candidates (ascending), numbered by their
    /// places there.
    pub(super) fn among(&self, allowed: &[usize]) -> Constraints {
        let place = |candidate: &usize| allowed.binary_search(candidate).ok();
        let pair = |(left, right): &(usize, usize)| Some((place(left)?, place(right)?));
        Constraints {
            kept: distinct(&self.kept).iter().filter_map(place).collect(),
            exclusive: self.exclusive.iter().filter_map(pair).collect(),
            overlap: self.overlap,
            ..Constraints::default()
        }
    }
}

/// m: the weight of the documents that each candidate holds for.
fn weights(instance: &Instance) -> Vec<f64> {
    let mut weights = vec![0.0; instance.candidates];
    for (row, weight) in sorted(instance) {
        for candidate in row {
            weights[*candidate] += weight;
        }
    }
    weights
}

/// How much the documents overlap in the `selected` candidates (ascending).
fn overlap(instance: &Instance, selected: &[usize]) -> f64 {
    let is_selected = |candidate: &&usize| selected.binary_search(candidate).is_ok();
    let beyond = |row: &[usize]| row.iter().filter(is_selected).count().saturating_sub(1);
    sorted(instance).into_iter().map(|(row, weight)| weight * beyond(row) as f64).sum()
}

/// The documents with their weights, sorted, so that a sum is the same for any order of them.
fn sorted(instance: &Instance) -> Vec<(&[usize], f64)> {
    let rows = instance.rows.iter().map(Vec::as_slice);
    let mut documents: Vec<(&[usize], f64)> = rows.zip(instance.weights.iter().copied()).collect();
    documents.sort_by(|left, right| left.0.cmp(right.0).then(left.1.total_cmp(&right.1)));
    documents
}

/// Sums of the documents' weights that differ by no more than this are equal.
fn tolerance(instance: &Instance) -> f64 {
    1e-9 * (1.0 + instance.weights.iter().sum::<f64>())
}

/// Ascending, each once.
fn distinct(candidates: &[usize]) -> Vec<usize> {
    let mut candidates = candidates.to_vec();
    candidates.sort_unstable();
    candidates.dedup();
    candidates
}
