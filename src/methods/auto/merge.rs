//! More candidates than clusters are wanted become fewer, and what was said of them follows.
//!
//! Names that the answers hardly tell apart are joined (`join.rs`); what is still too many is left to the selection. But the groups
//! that vectors form by themselves, of which a small model names somewhat more than are wanted, may be several of one kind, or be of
//! no kind that the goal asks for: what the answers, spread to all documents, tell apart least goes first (the agglomerative
//! information bottleneck, Slonim & Tishby 1999), until as many are left as are wanted. A group most of whose documents would else be
//! in one other is joined with that one; one whose documents would be in many is dissolved.

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::judgments::Judgments;
use super::position_bias::LEAST_SHARE;
use super::session::Session;
use crate::error::Error;
use crate::stages::propose::Candidate;

/// Share of a group's documents that would be in one other group if theirs did not exist, from which the two are one.
const ALIKE: f64 = 0.5;
/// Answers a candidate from which it shows which of them are one.
const ENOUGH: f64 = 4.0;
/// Parts by which a joined candidate is called, the largest first.
const CALLED: usize = 3;

impl Judgments {
    /// Joins and dissolves what the model proposed where that is more than the clusters wanted; what was said of any candidates is
    /// said of what they are joined to. With a codebook there is no `-k`. Which names mean the same shows once each has some
    /// answers: where these are too few, it is left to the call that `is_last`.
    pub(super) fn merge(&mut self, session: &Session<'_>, is_last: bool) -> Result<(), Error> {
        let k = session.setting.wanted().k.filter(|&k| k < self.candidates.len());
        let Some(k) = k.filter(|_| self.answers.len() > 0) else { return Ok(()) };
        let groups = match self.prior() {
            Some(_) => merged(&self.shares(session)?, k).into_iter().map(|group| group.columns).collect(),
            None if !is_last && self.answers_a_class() < ENOUGH => return Ok(()),
            None => self.joined(session, k)?,
        };
        if groups.len() == self.candidates.len() {
            return Ok(());
        }
        let mut to = vec![None; self.candidates.len()];
        for (place, group) in groups.iter().enumerate() {
            group.iter().for_each(|&candidate| to[candidate] = Some(place));
        }
        self.merged += self.candidates.len() - groups.len();
        let list = groups.iter().map(|group| called(group, &self.candidates.list)).collect();
        let largest: Vec<usize> = groups.iter().filter_map(|group| group.first().copied()).collect();
        self.answers.renumber(&to, LEAST_SHARE);
        self.reading.renumber(&largest);
        self.candidates.renumber(session, list, &to)
    }

    /// How much each text of the sample belongs to each candidate (p×m), by its weight.
    fn shares(&self, session: &Session<'_>) -> Result<Array2<f64>, Error> {
        let logs = self.posteriors(session, &self.learn_so_far(session, &session.sample.everywhere())?)?;
        let mut shares = logs.slice_axis(Axis(1), (..self.candidates.len()).into()).mapv(|log| f64::from(log.exp()));
        for (mut row, weight) in shares.rows_mut().into_iter().zip(session.sample.weights()) {
            let sum: f64 = row.sum();
            row.mapv_inplace(|share| share * weight / sum.max(1e-12));
        }
        Ok(shares)
    }
}

/// What candidates that were joined are called: by their names, and their predicates, one or the other.
fn called(group: &[usize], candidates: &[Candidate]) -> Candidate {
    if let [column] = group {
        return candidates[*column].clone();
    }
    let parts: Vec<&Candidate> = group.iter().take(CALLED).map(|&column| &candidates[column]).collect();
    let label: Vec<&str> = parts.iter().map(|part| part.label.as_str()).collect();
    let predicate: Vec<&str> = parts.iter().map(|part| part.predicate.trim_end_matches(['.', ' '])).collect();
    Candidate { label: label.join(" or "), predicate: format!("{}.", predicate.join("; or: ")) }
}

/// Some columns of a matrix of shares, as one.
#[derive(Debug, Clone)]
struct Group {
    /// The one with the largest sum first.
    columns: Vec<usize>,
    /// p: what each row has of them.
    shares: Vec<f64>,
}

/// The columns of `shares` (p×m), merged until k groups are left.
fn merged(shares: &Array2<f64>, k: usize) -> Vec<Group> {
    let alone = |column| Group { columns: vec![column], shares: shares.column(column).to_vec() };
    let mut groups: Vec<Group> = (0..shares.ncols()).map(alone).collect();
    while groups.len() > k.max(1) {
        let gone = told_apart_least(&groups);
        let left = left_to(&groups, gone);
        let sums: Vec<f64> = left.iter().map(|shares| shares.iter().sum()).collect();
        let nearest = (0..groups.len()).max_by(|&a, &b| sums[a].total_cmp(&sums[b]).then(b.cmp(&a))).unwrap_or(0);
        let is_alike = sums[nearest] >= ALIKE * sums.iter().sum::<f64>();
        if is_alike {
            let gone = groups[gone].clone();
            let own = &mut groups[nearest];
            own.shares.iter_mut().zip(gone.shares).for_each(|(own, share)| *own += share);
            own.columns.extend(gone.columns);
            own.columns.sort_by(|a, b| shares.column(*b).sum().total_cmp(&shares.column(*a).sum()).then(a.cmp(b)));
        } else {
            for (group, left) in groups.iter_mut().zip(left) {
                group.shares.iter_mut().zip(left).for_each(|(share, left)| *share += left);
            }
        }
        groups.remove(gone);
    }
    groups
}

/// The smaller one of the two groups whose union loses least of what they say of the documents.
fn told_apart_least(groups: &[Group]) -> usize {
    let pairs: Vec<(usize, usize)> =
        (0..groups.len()).flat_map(|a| (a + 1..groups.len()).map(move |b| (a, b))).collect();
    let losses: Vec<f64> = pairs.par_iter().map(|&(a, b)| told_apart(&groups[a].shares, &groups[b].shares)).collect();
    let least = losses.iter().zip(&pairs).min_by(|one, other| one.0.total_cmp(other.0));
    let (a, b) = least.map_or((0, 0), |(_, &pair)| pair);
    let size = |group: usize| groups[group].shares.iter().sum::<f64>();
    if size(a) < size(b) { a } else { b }
}

/// What each group would have of another one's documents (m×p), if that did not exist; nothing for that one itself.
fn left_to(groups: &[Group], gone: usize) -> Vec<Vec<f64>> {
    let own = &groups[gone].shares;
    let mut rest = vec![0.0; own.len()];
    for (_, group) in groups.iter().enumerate().filter(|(place, _)| *place != gone) {
        rest.iter_mut().zip(&group.shares).for_each(|(rest, share)| *rest += share);
    }
    let of = |(place, group): (usize, &Group)| match place == gone {
        true => vec![0.0; own.len()],
        false => (0..own.len()).map(|row| own[row] * group.shares[row] / rest[row].max(1e-12)).collect(),
    };
    groups.iter().enumerate().map(of).collect()
}

/// What is known of the documents by two groups and not by their union, in nats.
fn told_apart(a: &[f64], b: &[f64]) -> f64 {
    let entropy = |a: f64, b: f64| {
        let term = |part: f64| if part > 0.0 { part * ((a + b) / part).ln() } else { 0.0 };
        term(a) + term(b)
    };
    let within: f64 = a.iter().zip(b).map(|(&a, &b)| entropy(a, b)).sum();
    entropy(a.iter().sum(), b.iter().sum()) - within
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn columns(groups: &[Group]) -> Vec<Vec<usize>> {
        groups.iter().map(|group| group.columns.clone()).collect()
    }

    #[test]
    fn what_the_answers_confuse_is_joined() {
        let shares = array![[0.5, 0.1, 0.4], [0.4, 0.0, 0.6], [0.3, 0.1, 0.6], [0.0, 1.0, 0.0], [0.1, 0.9, 0.0]];
        let groups = merged(&shares, 2);
        assert_eq!(columns(&groups), [vec![1], vec![2, 0]]);
        assert!((groups[1].shares[0] - 0.9).abs() < 1e-9);
        assert_eq!(merged(&shares, 3).len(), 3);
    }

    #[test]
    fn a_small_group_among_many_is_dissolved() {
        let shares = array![
            [0.9, 0.0, 0.0, 0.1],
            [0.9, 0.0, 0.0, 0.1],
            [0.0, 0.9, 0.0, 0.1],
            [0.0, 0.9, 0.0, 0.1],
            [0.0, 0.0, 0.9, 0.1],
            [0.0, 0.0, 0.9, 0.1],
        ];
        let groups = merged(&shares, 3);
        assert_eq!(columns(&groups), [vec![0], vec![1], vec![2]]);
        assert!((groups[0].shares[0] - 1.0).abs() < 1e-9 && groups[0].shares[2].abs() < 1e-9);
    }

    #[test]
    fn two_groups_that_share_every_document_alike_tell_nothing_apart() {
        assert!(told_apart(&[0.2, 0.4], &[0.1, 0.2]).abs() < 1e-9);
        assert!((told_apart(&[1.0, 0.0], &[0.0, 1.0]) - 2.0 * 2.0_f64.ln()).abs() < 1e-9);
    }

    #[test]
    fn what_was_joined_is_one_or_the_other() {
        let candidate = |label: &str, predicate: &str| Candidate { label: label.into(), predicate: predicate.into() };
        let candidates = [candidate("ships", "It is a ship."), candidate("aircraft", "It flies. ")];
        assert_eq!(called(&[1, 0], &candidates), candidate("aircraft or ships", "It flies; or: It is a ship."));
        assert_eq!(called(&[0], &candidates), candidates[0]);
    }
}
