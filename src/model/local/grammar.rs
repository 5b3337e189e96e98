//! Holds an answer to its JSON schema, token by token: so no answer is unparsed for its form.

use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{ApproximateTokEnv, SimpleVob, TokRxInfo, TokTrie};
use llguidance::{Matcher, ParserFactory};
use serde_json::{Value, json};

use super::vocabulary::Vocabulary;

/// Makes the grammars of answers.
pub struct Grammars {
    factory: ParserFactory,
}

/// An answer on its way.
pub struct Grammar {
    matcher: Matcher,
}

impl Grammars {
    /// For a model's tokens.
    ///
    /// # Errors
    /// When they cannot be those of a grammar.
    pub fn of(vocabulary: &Vocabulary) -> Result<Grammars, String> {
        let count = vocabulary.len() as u32;
        let end = vocabulary.ends().first().copied().unwrap_or_default();
        let mut words: Vec<Vec<u8>> = (0..count).map(|token| vocabulary.bytes(token).to_owned()).collect();
        for (token, name) in vocabulary.controls() {
            words[*token as usize] = [&[TokTrie::SPECIAL_TOKEN_MARKER], name.as_bytes()].concat();
        }
        let tokens = ApproximateTokEnv::new(TokTrie::from(&TokRxInfo::new(count, end), &words));
        let environment: llguidance::toktrie::TokEnv = Arc::new(tokens);
        let mut factory = ParserFactory::new_simple(&environment).map_err(|problem| problem.to_string())?;
        factory.quiet();
        Ok(Grammars { factory })
    }

    /// For an answer of a schema, without any space that could be left out: a small model may write spaces without end.
    ///
    /// # Errors
    /// When the schema is not understood.
    pub fn answer(&self, schema: &Value) -> Result<Grammar, String> {
        let mut schema = schema.clone();
        schema["x-guidance"] = json!({ "whitespace_flexible": false, "item_separator": ", ", "key_separator": ": " });
        let parser = self.factory.create_parser(TopLevelGrammar::from_json_schema(schema));
        let mut matcher = Matcher::new(parser);
        match matcher.get_error() {
            Some(problem) => Err(problem),
            None => {
                matcher.grammar_warnings();
                Ok(Grammar { matcher })
            }
        }
    }
}

impl Grammar {
    /// Tokens that may come next: those that end the answer too, where it may end; none of them where it has ended.
    ///
    /// # Errors
    /// When the grammar has failed.
    pub fn next(&mut self) -> Result<SimpleVob, String> {
        self.matcher.compute_mask_or_eos().map_err(|problem| problem.to_string())
    }

    /// Takes the token that came; whether the answer is whole with it.
    ///
    /// # Errors
    /// When it is not one of those that may come.
    pub fn take(&mut self, token: u32) -> Result<bool, String> {
        self.matcher.consume_token(token).map_err(|problem| problem.to_string())?;
        Ok(self.matcher.is_stopped())
    }
}
