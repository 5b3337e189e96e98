//! Answers by rule: a TOML file that says what a model would reply.
//!
//! ```toml
//! model = "scripted"                     # the one model that is listed
//!
//! [[rule]]                               # the first rule that fits answers
//! stage = "assign"                       # of a compiled-in prompt
//! contains = ["Leeds"]                   # all of them in the last user message
//! outside = ["ignore"]                   # all of them outside of documents, as an easily fooled model reads it
//! reply = "No."                          # the text; or one of those below
//! # replies = ["a", "b"]                 # one of them, chosen by a hash of the question
//! # yes = 0.8                            # Yes or No, with the probability of Yes
//! # fault = "400"                        # a fault's name, as --fault has it
//! # keywords = "Statement:"              # Yes if a word of the line after this mark occurs in the document
//!
//! [[group]]                              # for what no rule fits: proposes groups, and judges by words
//! label = "late parcels"
//! predicate = "In this document, the writer waits for a parcel"
//! words = ["parcel", "tracking"]         # parts of words, capitals or not
//! ```
//!
//! A question to propose is answered with the groups that have a word in the sample and are not known yet; a question that
//! holds a group's predicate, with Yes if the document has one of its words, or with the label where a name is asked
//! for; a closed list, with the numbers of the groups that have a word in the document. No two groups say the same. What neither rule nor group fits has no answer.
//!
//! As a decision model, the script gives the groups that have a word in the text a high probability and the others a low one; in a
//! choice "none of these" has the high one where no group has a word. Of a rule's answers, `reply` and `replies` are then the label of
//! the option that is chosen, `yes` is the probability of every statement, and `keywords` is for chat models only.

mod group;
mod rule;

use std::path::Path;

use serde::Deserialize;

use super::answer::Given;
use super::ask::Ask;
use super::found::Found;
use crate::error::Error;
use crate::model::{LegalAnswer, Prompts};
use crate::text::text_by_hand;
use group::{Group, belong, choose, choose_each, choose_letter, compare, decide, name, propose, verdict};
use rule::{RawRule, Rule};

/// A checked script.
#[derive(Debug)]
pub struct Script {
    model: String,
    rules: Vec<Rule>,
    groups: Vec<Group>,
    /// Stages of the compiled-in prompts, with what answers them.
    stages: Vec<(&'static str, LegalAnswer)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default = "scripted")]
    model: String,
    #[serde(default)]
    rule: Vec<RawRule>,
    #[serde(default)]
    group: Vec<Group>,
}

fn scripted() -> String {
    "scripted".into()
}

impl Script {
    /// Reads a script file.
    ///
    /// # Errors
    /// When it cannot be read or is not a script, with the rule and the cure.
    pub fn read(path: &Path, prompts: &Prompts) -> Result<Script, Error> {
        let text = text_by_hand(path)?;
        Script::parse(&text, prompts).map_err(|problem| Error::file(path, problem))
    }

    /// From the text of a script file.
    ///
    /// # Errors
    /// With what is wrong, in words.
    pub fn parse(text: &str, prompts: &Prompts) -> Result<Script, String> {
        let raw: Raw = toml::from_str(text).map_err(|problem| problem.to_string())?;
        if raw.rule.is_empty() && raw.group.is_empty() {
            return Err("has no [[rule]] and no [[group]]: it answers nothing".into());
        }
        let stages: Vec<_> =
            prompts.by_stage().into_iter().map(|(stage, prompt)| (stage, prompt.legal(0, 0))).collect();
        let mut names: Vec<&str> = stages.iter().map(|(stage, _)| *stage).collect();
        names.dedup();
        let rule = |(number, rule): (usize, RawRule)| {
            rule.check(&names).map_err(|problem| format!("rule {}: {problem}", number + 1))
        };
        let rules = raw.rule.into_iter().enumerate().map(rule).collect::<Result<_, _>>()?;
        if let Some(group) = raw.group.iter().find(|group| !group.is_sound()) {
            return Err(format!("group \"{}\": label, predicate and words must not be empty", group.label));
        }
        Ok(Script { model: raw.model, rules, groups: raw.group, stages })
    }

    /// The one model that is listed.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The first fitting rule's answer, else the groups'.
    pub fn find(&self, ask: &Ask) -> Found {
        let by_groups = || self.by_groups(ask);
        let Some(rule) = self.rules.iter().find(|rule| rule.fits(ask)) else {
            return by_groups().map_or_else(Found::Nothing, Found::Given);
        };
        match rule.fault() {
            Some(kind) => Found::Fault(kind.clone(), by_groups().unwrap_or_else(|_| Given::nothing(ask))),
            None => rule.answer(ask),
        }
    }

    fn by_groups(&self, ask: &Ask) -> Result<Given, String> {
        if let Some(decision) = &ask.decision {
            return decide(&self.groups, ask, decision);
        }
        let legal = self.stages.iter().find(|(stage, _)| Some(*stage) == ask.stage).map(|(_, legal)| legal);
        match (&ask.schema, legal) {
            _ if ask.stage == Some("explain") => name(&self.groups, ask),
            _ if ask.stage == Some("perspective") => compare(&self.groups, ask),
            _ if ask.stage == Some("granularity") => belong(&self.groups, ask),
            _ if ask.stage == Some("merge") => Ok(Given::text(ask, r#"{"items": []}"#.into())),
            (_, Some(LegalAnswer::Choice { .. })) => choose(&self.groups, ask),
            (_, Some(LegalAnswer::Letter { .. })) => choose_letter(&self.groups, ask),
            (_, Some(LegalAnswer::Choices { .. })) => choose_each(&self.groups, ask),
            (Some(schema), _) => propose(&self.groups, ask, &fields(schema)),
            (None, Some(LegalAnswer::Items { fields, .. })) => propose(&self.groups, ask, fields),
            (None, _) => verdict(&self.groups, ask),
        }
    }
}

/// Names of an item's fields in the schema of a list of items.
fn fields(schema: &serde_json::Value) -> Vec<String> {
    let properties = schema["properties"]["items"]["items"]["properties"].as_object();
    properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ask::tests::asked;
    use super::*;

    fn script(text: &str) -> Result<Script, String> {
        Script::parse(text, &Prompts::load(None).unwrap())
    }

    fn content(script: &str, question: &str) -> Option<String> {
        match self::script(script).unwrap().find(&asked(question)) {
            Found::Given(given) => Some(given.content),
            _ => None,
        }
    }

    #[test]
    fn the_first_rule_that_fits_answers() {
        let text = "[[rule]]\ncontains = [\"Leeds\", \"late\"]\nreply = \"both\"\n[[rule]]\ncontains = [\"leeds\"]\nreply = \"one\"";
        assert_eq!(content(text, "it is LATE in Leeds").as_deref(), Some("both"));
        assert_eq!(content(text, "Leeds").as_deref(), Some("one"));
        assert_eq!(content(text, "Cork"), None);
    }

    #[test]
    fn replies_depend_on_the_question_and_not_on_the_order() {
        let text = "[[rule]]\nreplies = [\"a\", \"b\", \"c\"]";
        let given: Vec<_> = (0..60).map(|number| content(text, &format!("question {number}")).unwrap()).collect();
        assert!(["a", "b", "c"].iter().all(|reply| given.iter().filter(|given| given == reply).count() > 8));
        assert_eq!(content(text, "question 7").as_ref(), Some(&given[7]));
    }

    #[test]
    fn keywords_judge_a_statement_by_the_words_of_the_document() {
        let text = "[[rule]]\nkeywords = \"Statement:\"";
        let ask = |document: &str| {
            content(
                text,
                &format!("<document>{document}</document>\nStatement: the writer waits for a parcel\nYes or No?"),
            )
        };
        assert_eq!(ask("My Parcel is late").as_deref(), Some("Yes"));
        assert_eq!(ask("The brakes squeal").as_deref(), Some("No"));
        assert_eq!(content(text, "no statement here"), None);
    }

    #[test]
    fn an_unsound_script_is_refused_by_its_rule() {
        let problem = |text: &str| script(text).unwrap_err();
        assert!(problem("[[rule]]\nreply = \"a\"\nyes = 0.5").starts_with("rule 1: "), "two answers");
        assert!(problem("[[rule]]\ncontains = [\"a\"]").contains("no answer"));
        assert!(problem("[[rule]]\nstage = \"assing\"\nreply = \"a\"").contains("propose, merge, assign"));
        assert!(problem("[[rule]]\nyes = 1.5").contains("between 0 and 1"));
        assert!(problem("[[rule]]\nfault = \"nonsense\"").contains("nonsense"));
        assert!(problem("model = \"m\"").contains("answers nothing"));
        assert!(problem("[[rule]]\nreplie = \"a\"").contains("replie"));
    }
}
