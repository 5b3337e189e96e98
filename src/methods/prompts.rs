//! Which prompts a method asks with.

use crate::model::{Prompt, PromptRecord, Prompts};
use crate::plan::{Ask, Method, Plan};

/// What the manifest keeps of those that a run asks with.
pub fn prompts_used(prompts: &Prompts, plan: &Plan) -> Vec<PromptRecord> {
    let mut used: Vec<&Prompt> = match (plan.method, plan.ask) {
        (Method::Topics, _) => vec![],
        (Method::Goalex, _) => vec![&prompts.propose, &prompts.assign, &prompts.explain],
        (Method::Clusterllm, _) => vec![&prompts.perspective, &prompts.granularity, &prompts.describe],
        (Method::Classify, _) => vec![&prompts.propose, &prompts.merge, &prompts.core],
        (Method::Auto, Ask::Pair) => vec![&prompts.propose, &prompts.merge, &prompts.assign],
        (Method::Auto, Ask::Letter) => vec![&prompts.propose, &prompts.merge, &prompts.letter, &prompts.letter_again],
        (Method::Auto, Ask::Batch) => vec![&prompts.propose, &prompts.merge, &prompts.batch, &prompts.batch_again],
        (Method::Auto, Ask::Many | Ask::Shortlist) => {
            vec![&prompts.propose, &prompts.merge, &prompts.core, &prompts.again]
        }
        (Method::Auto, Ask::Auto) => {
            let lists = [&prompts.core, &prompts.again, &prompts.batch, &prompts.batch_again];
            let single = [&prompts.letter, &prompts.letter_again, &prompts.assign];
            [&prompts.propose, &prompts.merge].into_iter().chain(lists).chain(single).collect()
        }
    };
    used.extend(plan.perspective.then_some(&prompts.perspective));
    used.into_iter().map(Prompt::record).collect()
}
