//! The question after a question: a repair when the answer was not legal, a shorter one when the prompt was too long. Each is a
//! question of its own, with a key of its own, so that journal, budget and replay treat it like any other.

use super::failure::Fault;
use super::journal::{Call, Recorded};
use super::prompt::{REPAIR, fence};
use super::question::{Answer, LegalAnswer, Question, Role, letter};

/// Follow-ups of one question at most: enough to shorten a document to a sixteenth and to repair once.
pub const MOST: usize = 5;
/// Documents shorter than this, in characters, are not cut.
const LEAST: usize = 160;
const OPEN: &str = "<document>\n";
const CLOSE: &str = "\n</document>";

/// A question under way, and whether its answer was repaired already.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Which of the stage's questions it answers.
    pub index: usize,
    /// What is asked now.
    pub question: Question,
    /// A repair is asked for once.
    pub repaired: bool,
    /// Whether documents in it were shortened.
    pub shortened: bool,
}

impl Asked {
    /// A stage's question as it stands.
    pub fn first(index: usize, question: Question) -> Asked {
        Asked { index, question, repaired: false, shortened: false }
    }

    /// What is to be asked after this outcome, if anything can help.
    pub fn follow_up(self, call: &Call, answer: &Answer) -> Option<Asked> {
        match (answer, &call.reply) {
            // Nothing that is said to a decision model changes how it answers.
            (Answer::Unparsed(said), _) if !self.repaired && !self.question.legal.is_decision() => {
                let question = with_user(&self.question, |text| repair(text, said, &self.question.legal));
                Some(Asked { question, repaired: true, ..self })
            }
            (_, Recorded::Failed { fault: Some(fault), .. }) if *fault == Fault::TooLong.name() => {
                let shorten = if self.question.legal.is_decision() { halved } else { shortened };
                let question = with_user(&self.question, shorten);
                (question != self.question).then_some(Asked { question, shortened: true, ..self })
            }
            _ => None,
        }
    }
}

fn with_user(question: &Question, change: impl Fn(&str) -> String) -> Question {
    let mut changed = question.clone();
    for message in changed.messages.iter_mut().filter(|message| message.role == Role::User) {
        message.content = change(&message.content);
    }
    changed
}

/// The question again, with what was wrong. The beginning stays the same, so that a server can reuse what it has read.
fn repair(text: &str, said: &str, legal: &LegalAnswer) -> String {
    let wanted = match legal {
        LegalAnswer::YesNo => "Answer with the one word Yes or No.".to_owned(),
        LegalAnswer::Items { fields, .. } => {
            let fields: Vec<String> = fields.iter().map(|field| format!("\"{field}\": \"...\"")).collect();
            format!("Answer with JSON and nothing else: {{\"items\": [{{{}}}]}}", fields.join(", "))
        }
        LegalAnswer::Choice { count } => {
            format!("Answer with JSON and nothing else: {{\"groups\": [...]}}, numbers from 1 to {count} or none")
        }
        LegalAnswer::Letter { count } => {
            format!("Answer with one letter from A to {} and nothing else.", letter(*count))
        }
        LegalAnswer::Decision { .. } => String::new(),
        LegalAnswer::Choices { documents, count } => format!(
            "Answer with JSON and nothing else: {{\"documents\": [{{\"number\": 1, \"groups\": [...]}}, ...]}}, each document from 1 to {documents} once, groups from 1 to {count} or none"
        ),
    };
    let said: String = fence(said).chars().take(60).filter(|c| !"<>".contains(*c)).collect();
    format!("{text}\n{REPAIR}{said}” was not usable. {wanted}")
}

/// Every document in the prompt cut to its first half.
fn shortened(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((document, after)) = after.split_once(CLOSE) else { break };
        out.push_str(&format!("{before}{OPEN}{}{CLOSE}", halved(document)));
        rest = after;
    }
    out + rest
}

/// The first half of a document, unless it is short.
fn halved(document: &str) -> String {
    let characters = document.chars().count();
    if characters < LEAST {
        return document.to_owned();
    }
    let kept: String = document.chars().take(characters / 2).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StageName;
    use crate::model::question::{Message, Respondent};

    fn asked(content: &str) -> Asked {
        let message = |role, content: &str| Message { role, content: content.into() };
        let messages = vec![message(Role::System, "Judge."), message(Role::User, content)];
        let question = Question {
            stage: StageName::Assign,
            prompt: "assign-1".into(),
            messages,
            legal: LegalAnswer::YesNo,
            max_tokens: 1,
            respondent: Respondent::Model,
        };
        Asked::first(3, question)
    }

    fn call(reply: Recorded) -> Call {
        Call {
            key: String::new(),
            stage: "assign".into(),
            prompt: "assign-1".into(),
            request: None,
            reply,
            finish_reason: None,
            usage: None,
            milliseconds: 0,
            settles: None,
        }
    }

    #[test]
    fn an_answer_that_is_not_legal_is_repaired_once() {
        let outcome = call(Recorded::Completion { content: "Perhaps".into(), logprobs: None });
        let answer = Answer::Unparsed("Perhaps <b>".into());
        let repair = asked("Late?").follow_up(&outcome, &answer).unwrap();
        assert_eq!(
            repair.question.messages[1].content,
            "Late?\nThe answer “Perhaps b” was not usable. Answer with the one word Yes or No."
        );
        assert_eq!(repair.follow_up(&outcome, &answer), None);
    }

    #[test]
    fn a_prompt_that_is_too_long_is_asked_with_shorter_documents() {
        let long = format!("Sample:\n{OPEN}{}{CLOSE}\n{OPEN}short{CLOSE}\nLate?", "x".repeat(400));
        let outcome = call(Recorded::Failed { error: "too long".into(), fault: Some(Fault::TooLong.name()) });
        let answer = Answer::Failed("too long".into());
        let next = asked(&long).follow_up(&outcome, &answer).unwrap();
        let text = &next.question.messages[1].content;
        assert_eq!(text, &format!("Sample:\n{OPEN}{}…{CLOSE}\n{OPEN}short{CLOSE}\nLate?", "x".repeat(200)));
        assert!(next.shortened);
        assert_eq!(asked("Late?").follow_up(&outcome, &answer), None);
        let reset = call(Recorded::Failed { error: "reset".into(), fault: Some("broken-connection".into()) });
        assert_eq!(asked(&long).follow_up(&reset, &answer), None);
    }
}
