//! The form of the questions where the user leaves it open: measured on a few random documents before the core is judged.

use super::core::twice;
use super::judged::Judged;
use super::judgments::{Judgments, Retest, error_of};
use super::session::Session;
use crate::error::Error;
use crate::methods::FormRecord;
use crate::model::{Answerer, StageName};
use crate::plan::Ask;
use crate::seed::{generator, shuffle};
use crate::stages::batch::SIZE;
use crate::stages::core::Judgement;
use crate::stages::soft_label::Choice;

/// Error that ten documents in one question may add to that of one document in a question.
const ADDED: f64 = 0.1;

impl Judgments {
    /// Some documents are asked about one by one, with the list in both orders, and ten in a question. Of a model that keeps to the
    /// place rather than to the candidate when the list is turned round, what it said is forgotten: it is asked for a letter
    /// whose probabilities show what it would say without its position bias, or, where the server gives none, about single candidates. Ten
    /// documents share a question unless that makes too many more answers wrong.
    pub(super) fn choose_form(&mut self, session: &Session<'_>) -> Result<(), Error> {
        let count = twice(session, self).min(session.sample.texts.len()) / SIZE * SIZE;
        if self.judge.ask != Ask::Auto || count == 0 || self.candidates.len() < 2 {
            return Ok(());
        }
        let mut documents = session.sample.texts.clone();
        shuffle(&mut documents, &mut generator(session.seed(), "form", &[]));
        documents.truncate(count);
        self.judge(session, &documents, StageName::Core)?;
        let turned = self.judgements(session, &documents, StageName::Again, true)?;
        let together = self.batches(session, &documents, StageName::Core, false)?;
        let options = self.options(session, &documents);
        let mut record = FormRecord::default();
        for (place, judgements) in turned.into_iter().zip(&together).enumerate() {
            self.compare(documents[place], &options[place], judgements, &mut record);
        }
        let form = match form(&record, self.candidates.len()) {
            None => self.letter_or_pair(session, &documents)?,
            Some(form) => form,
        };
        if form == Ask::Many {
            self.retest = Retest::of(record.asked, record.alike, self.candidates.len());
        }
        self.judge.ask = form;
        self.form = Some(FormRecord { form: form.name().into(), ..record });
        Ok(())
    }

    /// Forgets what was judged and asks for letters. They are kept where they come with probabilities.
    fn letter_or_pair(&mut self, session: &Session<'_>, documents: &[usize]) -> Result<Ask, Error> {
        self.answers = Judged::new(session.texts.len());
        self.judge.ask = Ask::Letter;
        self.judge(session, documents, StageName::Core)?;
        if session.budget.weighs() {
            return Ok(Ask::Letter);
        }
        self.answers = Judged::new(session.texts.len());
        Ok(Ask::Pair)
    }

    /// Counts how a document's further answers agree with its first one, and keeps the one with the list turned round.
    fn compare(
        &mut self,
        document: usize,
        options: &[usize],
        (turned, together): (Judgement, &Judgement),
        record: &mut FormRecord,
    ) {
        let (Some(first), Some(second)) = (self.answers.first(document), turned.first()) else { return };
        let place = |choice: Choice| options.iter().position(|&option| Choice::Candidate(option) == choice);
        record.asked += 1;
        record.alike += usize::from(first == second);
        record.same_place += match (place(first), place(second)) {
            (Some(one), Some(other)) => usize::from(one != other && one + other + 1 == options.len()),
            _ => 0,
        };
        record.together += usize::from(together.first() == Some(first));
        if let Judgement::Held(held) = turned {
            self.answers.add(document, held);
        }
    }
}

/// The form that these counts speak for; none where the model answers by place.
fn form(record: &FormRecord, candidates: usize) -> Option<Ask> {
    if record.same_place > record.alike {
        return None;
    }
    let share = |count: usize| count as f64 / record.asked.max(1) as f64;
    let error = error_of(share(record.alike), candidates);
    let together = 1.0 - share(record.together) / (1.0 - error);
    Some(if together <= error + ADDED { Ask::Batch } else { Ask::Many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_follows_the_answers() {
        let of = |alike, same_place, together| {
            form(&FormRecord { asked: 30, alike, same_place, together, ..FormRecord::default() }, 10)
        };
        assert_eq!(of(30, 0, 30), Some(Ask::Batch));
        assert_eq!(of(30, 0, 28), Some(Ask::Batch));
        assert_eq!(of(30, 0, 20), Some(Ask::Many));
        assert_eq!(of(20, 1, 18), Some(Ask::Batch));
        assert_eq!(of(5, 20, 28), None);
        assert_eq!(form(&FormRecord::default(), 10), Some(Ask::Many));
    }
}
