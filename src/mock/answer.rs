//! What the mock has to say to a question, before any fault befalls it.

use super::ask::Ask;
use super::fault::Kind;
use super::replay::Recording;
use super::script::Script;
use crate::model::{CallUsage, Examined, examined};

/// Where answers come from.
#[derive(Debug)]
pub enum Answers {
    /// A recording.
    Recording(Recording),
    /// A script.
    Script(Script),
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// An answer.
    Given(Given),
    /// The recording holds a failure.
    Failed(String),
    /// The script says that this goes wrong.
    Fault(Kind),
    /// Nothing: the mock does not invent. Why, in words.
    Nothing(String),
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The reply's text.
    pub content: String,
    /// The likeliest first tokens with their natural log-probabilities, where they are known.
    pub logprobs: Option<Vec<(String, f64)>>,
    /// `stop` or `length`.
    pub finish_reason: String,
    /// Whether the text is a refusal.
    pub refused: bool,
    /// Tokens.
    pub usage: CallUsage,
}

impl Answers {
    /// The answer to a question.
    pub fn find(&self, ask: &Ask) -> Found {
        let found = match self {
            Answers::Recording(recording) => recording.find(ask),
            Answers::Script(script) => script.find(ask),
        };
        match (found, examined(ask.last())) {
            // Whoever examines the server asks about no document: to answer invents nothing.
            (Found::Nothing(_), Some(question)) if self.is_model(ask) => Found::Given(self.examined(ask, question)),
            (found, _) => found,
        }
    }

    fn is_model(&self, ask: &Ask) -> bool {
        match self {
            Answers::Recording(recording) => ask.model == recording.model(),
            Answers::Script(_) => true,
        }
    }

    /// The answer to a question of `colligate doctor`; with log-probabilities where the other answers have them.
    fn examined(&self, ask: &Ask, question: Examined) -> Given {
        let given = match question {
            Examined::Verdict(is_true) => Given::verdict(ask, if is_true { 0.9 } else { 0.1 }),
            Examined::List => Given::text(
                ask,
                r#"{"items": [{"colour": "red", "fruit": "apple"}, {"colour": "yellow", "fruit": "banana"}]}"#.into(),
            ),
        };
        let logprobs = given.logprobs.filter(|_| match self {
            Answers::Recording(recording) => recording.has_logprobs(),
            Answers::Script(_) => true,
        });
        Given { logprobs, ..given }
    }

    /// The one model that is listed.
    pub fn model(&self) -> &str {
        match self {
            Answers::Recording(recording) => recording.model(),
            Answers::Script(script) => script.model(),
        }
    }
}

impl Given {
    /// A text that comes whole, with the tokens that it is estimated to take.
    pub fn text(ask: &Ask, content: String) -> Given {
        let usage = CallUsage {
            prompt_tokens: ask.prompt_tokens(),
            completion_tokens: tokens(&content),
            ..CallUsage::default()
        };
        let logprobs = certain(&content);
        Given { content, logprobs: Some(logprobs), finish_reason: "stop".into(), refused: false, usage }
    }

    /// Yes or No, with the probability of Yes.
    pub fn verdict(ask: &Ask, yes: f64) -> Given {
        let content = if yes > 0.5 { "Yes" } else { "No" };
        let bounded = |probability: f64| probability.clamp(1e-6, 1.0).ln();
        let mut logprobs = vec![("Yes".to_owned(), bounded(yes)), ("No".to_owned(), bounded(1.0 - yes))];
        logprobs.sort_by(|a, b| b.1.total_cmp(&a.1));
        Given { logprobs: Some(logprobs), ..Given::text(ask, content.into()) }
    }

    /// The same with another text, of whose first token nothing is in doubt.
    pub fn with_content(self, content: String) -> Given {
        Given { logprobs: Some(certain(&content)), content, ..self }
    }
}

/// The first token, held for all but certain.
fn certain(content: &str) -> Vec<(String, f64)> {
    let end = content.char_indices().skip(1).find(|(_, c)| !c.is_alphanumeric()).map_or(content.len(), |(end, _)| end);
    vec![(content[..end].to_owned(), -1e-4)]
}

/// About how many tokens a text has: one in four bytes.
fn tokens(text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}

#[cfg(test)]
mod tests {
    use super::super::ask::tests::asked;
    use super::*;

    #[test]
    fn a_verdict_has_the_probabilities_of_both_words() {
        let given = Given::verdict(&asked("x"), 0.2);
        let logprobs = given.logprobs.unwrap();
        assert_eq!((given.content.as_str(), logprobs[0].0.as_str(), logprobs[1].0.as_str()), ("No", "No", "Yes"));
        assert!((logprobs[1].1.exp() - 0.2).abs() < 1e-9);
    }

    #[test]
    fn the_first_token_of_another_text_is_its_own() {
        let given = Given::verdict(&asked("x"), 0.9).with_content("<think>Hm</think>Yes".into());
        assert_eq!(given.logprobs.unwrap()[0].0, "<think");
        assert_eq!(Given::text(&asked("x"), "Yes".into()).logprobs.unwrap()[0].0, "Yes");
    }
}
