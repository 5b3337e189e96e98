//! Names of one kind are joined where the model names more kinds than clusters are wanted.
//!
//! A model may see finer kinds than the user counts: it then has several names for one cluster, and a selection would take some of
//! them and leave out whole kinds. Which names these are shows in the answers: on a document that is known to be of one of two
//! names, the answers on other documents tell hardly which.

use ndarray::Array2;
use rayon::prelude::*;

use super::judgments::Judgments;
use super::session::Session;
use crate::error::Error;

/// Share of what there is to know of which of two names a document has, below which the two are one.
const CONFUSED: f64 = 0.25;
/// Answers of a name below which nothing shows what it is like: it is left to the selection.
const LEAST_ANSWERS: f64 = 2.0;

impl Judgments {
    /// The candidates, those together that the answers hardly tell apart; at least k groups.
    pub(super) fn joined(&self, session: &Session<'_>, k: usize) -> Result<Vec<Vec<usize>>, Error> {
        let learned = self.learn_so_far(session, &session.sample.everywhere())?;
        let believed = learned.validation.out_of_fold.mapv(f32::exp);
        Ok(joined(&learned.soft_labels.asked.answers, &believed, self.candidates.len(), k))
    }
}

/// Some names, as one.
#[derive(Debug, Clone)]
struct Group {
    /// The candidates, of any two parts that were joined those of the larger one first.
    columns: Vec<usize>,
    /// c: the share of each judged document's answers that they have.
    answers: Vec<f64>,
    /// c: the same by the answers on other documents.
    believed: Vec<f64>,
}

impl Group {
    fn size(&self) -> f64 {
        self.answers.iter().sum()
    }

    fn join(&mut self, other: Group) {
        if self.size() < other.size() {
            self.columns.splice(0..0, other.columns);
        } else {
            self.columns.extend(other.columns);
        }
        let add = |own: &mut [f64], other: &[f64]| own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        add(&mut self.answers, &other.answers);
        add(&mut self.believed, &other.believed);
    }

    /// Of what there is to know of which of both a document is, the share that the answers on other documents tell: 1 where they tell
    /// all, and where answers are too few to say; 0 or less where they tell nothing.
    fn told_apart(&self, other: &Group) -> f64 {
        let (own, others) = (self.size(), other.size());
        if own.min(others) < LEAST_ANSWERS {
            return 1.0;
        }
        let unknown = own * surprise(own, others) + others * surprise(others, own);
        let documents = (0..self.answers.len()).map(|document| {
            let (a, b) = (self.believed[document], other.believed[document]);
            term(self.answers[document], a, b) + term(other.answers[document], b, a)
        });
        1.0 - documents.sum::<f64>() / unknown
    }
}

fn term(answer: f64, of: f64, against: f64) -> f64 {
    if answer > 0.0 { answer * surprise(of, against) } else { 0.0 }
}

/// How surprising the first of two is, in nats, if they are as probable as these numbers are large.
fn surprise(of: f64, against: f64) -> f64 {
    const LEAST: f64 = 1e-9;
    ((of + against + 2.0 * LEAST) / (of + LEAST)).ln()
}

/// The first m columns of `answers` and of what is `believed` (both c×m or more), those joined that are hardly told apart, the least
/// first, until k groups are left.
fn joined(answers: &Array2<f32>, believed: &Array2<f32>, m: usize, k: usize) -> Vec<Vec<usize>> {
    let column = |of: &Array2<f32>, column: usize| of.column(column).iter().map(|&share| f64::from(share)).collect();
    let alone = |c| Group { columns: vec![c], answers: column(answers, c), believed: column(believed, c) };
    let mut groups: Vec<Group> = (0..m).map(alone).collect();
    let row = |groups: &[Group], a: usize| -> Vec<f64> {
        (0..groups.len()).into_par_iter().map(|b| groups[a].told_apart(&groups[b])).collect()
    };
    let mut told: Vec<Vec<f64>> = (0..m).map(|a| row(&groups, a)).collect();
    while groups.len() > k.max(1) {
        let pairs = (0..groups.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let Some((a, b)) = pairs.min_by(|&(a, b), &(c, d)| told[a][b].total_cmp(&told[c][d])) else { break };
        if told[a][b] >= CONFUSED {
            break;
        }
        let other = groups.remove(b);
        groups[a].join(other);
        told.remove(b);
        for row in &mut told {
            row.remove(b);
        }
        let with_others = row(&groups, a);
        for (row, &share) in told.iter_mut().zip(&with_others) {
            row[a] = share;
        }
        told[a] = with_others;
    }
    groups.into_iter().map(|group| group.columns).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn two_names_of_one_kind_are_joined_and_a_small_kind_of_its_own_is_not() {
        let answers = array![
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ];
        let believed = array![
            [0.3, 0.1, 0.6, 0.0],
            [0.6, 0.0, 0.4, 0.0],
            [0.4, 0.1, 0.5, 0.0],
            [0.5, 0.0, 0.5, 0.0],
            [0.5, 0.0, 0.5, 0.0],
            [0.0, 0.9, 0.1, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.1, 0.0, 0.1, 0.8],
        ];
        assert_eq!(joined(&answers, &believed, 4, 3), [vec![2, 0], vec![1], vec![3]]);
        assert_eq!(joined(&answers, &believed, 4, 2), [vec![2, 0], vec![1], vec![3]]);
        assert_eq!(joined(&answers, &believed, 4, 4).len(), 4);
    }

    #[test]
    fn sure_and_right_is_all_told_and_sure_and_wrong_is_less_than_nothing() {
        let group = |answers: [f64; 4], believed: [f64; 4]| Group {
            columns: vec![0],
            answers: answers.to_vec(),
            believed: believed.to_vec(),
        };
        let told = |right: f64| {
            let (first, second) = ([right, right, 1.0 - right, 1.0 - right], [1.0 - right, 1.0 - right, right, right]);
            group([1.0, 1.0, 0.0, 0.0], first).told_apart(&group([0.0, 0.0, 1.0, 1.0], second))
        };
        assert!((told(1.0) - 1.0).abs() < 1e-6);
        assert!(told(0.5).abs() < 1e-6);
        assert!(told(0.2) < 0.0);
        let once = group([1.0, 0.0, 0.0, 0.0], [0.0; 4]);
        assert_eq!(once.told_apart(&group([0.0, 1.0, 1.0, 1.0], [1.0; 4])), 1.0);
    }
}
