//! One thing asked in two orders: models prefer what stands first, or last. An answer that changes with the order is discarded.

use crate::model::{Answer, Reply};

/// What the answers in both orders came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opinion {
    /// The same in both: that the first document is the nearer one, or that a pair is one group.
    Agreed(bool),
    /// Legal answers, neither of which prefers one of the documents.
    Undecided,
    /// One thing in one order, another in the other.
    Torn,
    /// An answer failed or was not legal.
    Lost,
    /// A budget was reached first, or the user interrupted the run.
    NotAsked,
}

/// Opinions from answers in twos: `forward`, and `backward` with the documents the other way round. `read` gives what a legal
/// reply says in the order asked, none where it prefers nothing; `turned` is whether that is the opposite in the other order.
pub fn opinions(answers: &[Answer], turned: bool, read: impl Fn(&Reply) -> Option<bool>) -> Vec<Opinion> {
    let opinion = |both: &[Answer; 2]| match both {
        [Answer::NotAsked, _] | [_, Answer::NotAsked] => Opinion::NotAsked,
        [Answer::Answered(forward), Answer::Answered(backward)] => {
            match (read(forward), read(backward).map(|said| said != turned)) {
                (None, None) => Opinion::Undecided,
                (Some(one), Some(other)) if one == other => Opinion::Agreed(one),
                _ => Opinion::Torn,
            }
        }
        _ => Opinion::Lost,
    };
    answers.as_chunks().0.iter().map(opinion).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_orders_say_is_an_opinion() {
        let verdict = |yes| Answer::Answered(Reply::Verdict { yes, log_odds: None });
        let read = |reply: &Reply| if let Reply::Verdict { yes, .. } = reply { Some(*yes) } else { None };
        let none = || Answer::Answered(Reply::Choice(vec![]));
        let answers = [
            [verdict(true), verdict(true)],
            [verdict(true), verdict(false)],
            [none(), none()],
            [none(), verdict(true)],
            [verdict(false), Answer::Unparsed("?".into())],
            [verdict(false), Answer::NotAsked],
        ]
        .concat();
        let rest = [Opinion::Undecided, Opinion::Torn, Opinion::Lost, Opinion::NotAsked];
        let said = opinions(&answers, false, read);
        assert_eq!((said[..2].to_vec(), &said[2..]), (vec![Opinion::Agreed(true), Opinion::Torn], &rest[..]));
        let said = opinions(&answers, true, read);
        assert_eq!((said[..2].to_vec(), &said[2..]), (vec![Opinion::Torn, Opinion::Agreed(true)], &rest[..]));
    }
}
