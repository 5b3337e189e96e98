//! One answer of the mock, before any fault befalls it.

use super::ask::Ask;
use crate::model::{CallUsage, Probabilities};

/// Probability of what holds, where the script names none.
pub const SURE: f64 = 0.98;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The reply's text; of a decision model, its probabilities as the journal has them.
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

impl Given {
    /// What a fault befalls where no answer is known.
    pub fn nothing(ask: &Ask) -> Given {
        match &ask.decision {
            Some(decision) if decision.several => Given::decided(ask, &vec![Some(0.5); decision.entries.len()]),
            Some(decision) => Given::chosen(ask, &vec![false; decision.entries.len()]),
            None => Given::text(ask, String::new()),
        }
    }

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

    /// Probabilities from a decision model, which writes nothing; none where it declines to answer.
    pub fn decided(ask: &Ask, probabilities: &[Option<f64>]) -> Given {
        let decided = Probabilities { probabilities: probabilities.to_vec() };
        let given = Given::text(ask, serde_json::to_string(&decided).unwrap_or_default());
        Given { usage: CallUsage { completion_tokens: 0, ..given.usage }, ..given }
    }

    /// A decision model's choice: the options that hold share what is sure, and none of them has it where no option holds.
    pub fn chosen(ask: &Ask, holds: &[bool]) -> Given {
        let all: Vec<bool> = holds.iter().copied().chain([!holds.contains(&true)]).collect();
        let held = all.iter().filter(|holds| **holds).count();
        let (high, low) = (SURE / held as f64, (1.0 - SURE) / (all.len() - held).max(1) as f64);
        let shares: Vec<Option<f64>> = all.iter().map(|holds| Some(if *holds { high } else { low })).collect();
        Given::decided(ask, &shares)
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
