//! One chat completion or decision: read, refused or counted, answered, and what befalls the answer.

use super::Mock;
use super::answer::Given;
use super::ask::Ask;
use super::dialect::Problem;
use super::fault::Kind;
use super::found::Found;
use super::reply::{Ending, Response};
use crate::model::Protocol;

impl Mock {
    /// How a request in the mock's own protocol ends.
    pub(super) fn asked(&self, body: &[u8]) -> Ending {
        let read = match self.options.protocol {
            Protocol::Chat => Ask::read(body, &self.prompts),
            protocol => Ask::read_decision(protocol, body, &self.prompts),
        };
        let ask = match read {
            Ok(ask) => ask,
            Err(problem) => return self.refused(&Problem::invalid(problem)),
        };
        let (dialect, tokens, context) = (self.options.dialect, ask.prompt_tokens(), self.context());
        let overflow = || (tokens > context).then(|| dialect.overflow(tokens, context)).flatten();
        match dialect.refuses(&ask).or_else(overflow) {
            Some(problem) => self.refused(&problem),
            None => self.answer(&ask),
        }
    }

    fn answer(&self, ask: &Ask) -> Ending {
        let attempt = self.counts.attempt(ask);
        let given = match self.options.answers.find(ask) {
            Found::Given(given) => given,
            Found::Fault(kind, given) => return self.befall(&kind, ask, given),
            Found::Failed(error) => return self.problem(&Problem::invalid(error)),
            Found::Nothing(why) => {
                self.counts.unanswered();
                return self.problem(&Problem::unknown(ask, &why));
            }
        };
        let given = self.cut(given);
        match self.options.faults.choose(ask, attempt) {
            Some(kind) => self.befall(kind, ask, given),
            None => Ending::Sent(Response::completion(self.options.dialect, ask, &given)),
        }
    }

    fn befall(&self, kind: &Kind, ask: &Ask, given: Given) -> Ending {
        self.counts.fault(kind);
        kind.happen(self.options.dialect, ask, given, self.context())
    }

    /// No more prompt tokens are reported than the context holds.
    fn cut(&self, mut given: Given) -> Given {
        given.usage.prompt_tokens = given.usage.prompt_tokens.min(self.context());
        given
    }

    fn refused(&self, problem: &Problem) -> Ending {
        self.counts.refused();
        self.problem(problem)
    }

    fn problem(&self, problem: &Problem) -> Ending {
        Ending::Sent(Response::problem(self.options.dialect, problem))
    }
}
