//! Prompts: files with a front matter that declares their variables and their legal answer. The only renderer and parser.

mod fence;
mod parse;
mod set;
mod wrapping;

use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::{Deserialize, Serialize};

pub use fence::{LONGEST_SHOWN, fence, is_cut, shown};
pub use parse::{Probabilities, ROUNDING, Reading, is_whole, parse, place, word};
pub use set::Prompts;

use super::options::as_asked;
use super::question::{Entry, LegalAnswer, Message, Question, Respondent, Role, StageName, letter};
use crate::error::Error;
use crate::seed::sha256_hex;

/// How the sentence begins that follows a question whose answer is to be repaired.
pub const REPAIR: &str = "The answer “";

/// One prompt file, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    head: Head,
    system: String,
    user: String,
    sha256: String,
    respondent: Respondent,
}

/// One prompt that was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptRecord {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// sha256 of the file.
    pub sha256: String,
}

/// The front matter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    name: String,
    version: u32,
    variables: BTreeSet<String>,
    answer: AnswerKind,
    #[serde(default)]
    fields: Vec<String>,
    most: Option<usize>,
    max_tokens: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AnswerKind {
    YesNo,
    Items,
    Choice,
    Letter,
    Choices,
    /// Which entry of the list fits best, asked of a decision model.
    Decision,
    /// Which entries of the list hold, each by itself, asked of a decision model.
    Decisions,
}

impl AnswerKind {
    /// Whether it chooses from a list.
    fn has_options(self) -> bool {
        !matches!(self, AnswerKind::YesNo | AnswerKind::Items)
    }
}

/// The variable of a prompt that holds its closed list.
const OPTIONS: &str = "options";
/// The variable of a prompt with the answer `choices` that holds its documents.
const DOCUMENTS: &str = "documents";

impl Prompt {
    /// Reads a prompt file's text: front matter between two lines `+++`, then `## system` and `## user`.
    ///
    /// # Errors
    /// When a part is missing, or a variable is used and not declared, or declared and not used.
    pub fn read(origin: &str, source: &str) -> Result<Prompt, Error> {
        let wrong = |problem: String| Error::Prompt { name: origin.to_owned(), problem };
        let (head, body) = source
            .strip_prefix("+++\n")
            .and_then(|rest| rest.split_once("\n+++\n"))
            .ok_or_else(|| wrong("no front matter between two lines `+++`".into()))?;
        let head: Head = toml::from_str(head).map_err(|problem| wrong(problem.message().to_owned()))?;
        let (system, user) = body
            .trim_start()
            .strip_prefix("## system\n")
            .and_then(|rest| rest.split_once("\n## user\n"))
            .ok_or_else(|| wrong("no `## system` and `## user` parts".into()))?;
        let prompt = Prompt {
            head,
            system: system.trim().into(),
            user: user.trim().into(),
            sha256: sha256_hex(source),
            respondent: Respondent::Model,
        };
        prompt.check().map_err(wrong)?;
        Ok(prompt)
    }

    fn check(&self) -> Result<(), String> {
        let environment = environment();
        let mut used = BTreeSet::new();
        // What a decision model chooses from stands beside the texts.
        used.extend(self.asks_to_decide().then(|| OPTIONS.to_owned()));
        for part in [&self.system, &self.user] {
            let template = environment.template_from_str(part).map_err(|problem| problem.to_string())?;
            used.extend(template.undeclared_variables(false));
        }
        if let Some(unknown) = used.difference(&self.head.variables).next() {
            return Err(format!("uses {unknown}, which its variables do not declare"));
        }
        if let Some(unused) = self.head.variables.difference(&used).next() {
            return Err(format!("declares {unused} and does not use it"));
        }
        match (self.head.answer, self.head.fields.is_empty()) {
            (AnswerKind::Items, true) => Err("the answer `items` needs `fields`".into()),
            (kind, false) if kind != AnswerKind::Items => Err("only the answer `items` has `fields`".into()),
            (kind, true) if kind.has_options() && !self.head.variables.contains(OPTIONS) => {
                Err("an answer that chooses from a list needs the variable `options`: the list that is chosen from"
                    .into())
            }
            (AnswerKind::Choices, true) if !self.head.variables.contains(DOCUMENTS) => {
                Err("the answer `choices` needs the variable `documents`: those that are chosen for".into())
            }
            _ => Ok(()),
        }
    }

    /// Renders a question.
    ///
    /// # Errors
    /// When a declared variable is not among the `variables`, or the options of a choice are not a list.
    pub fn question(&self, stage: StageName, variables: Value) -> Result<Question, Error> {
        let render = |part: &str| {
            environment()
                .render_str(part, &variables)
                .map_err(|problem| Error::Prompt { name: self.id(), problem: problem.to_string() })
        };
        let turn = |role, content| Message { role, content };
        let legal = match self.head.answer {
            AnswerKind::Choice | AnswerKind::Letter => self.legal(0, self.count(&variables, OPTIONS)?),
            AnswerKind::Choices => self.legal(self.count(&variables, DOCUMENTS)?, self.count(&variables, OPTIONS)?),
            AnswerKind::Decision | AnswerKind::Decisions => {
                let several = self.asks_for_several();
                LegalAnswer::Decision { entries: as_asked(self.entries(&variables)?, several), several }
            }
            AnswerKind::YesNo | AnswerKind::Items => self.legal(0, 0),
        };
        Ok(Question {
            stage,
            prompt: self.id(),
            messages: vec![turn(Role::System, render(&self.system)?), turn(Role::User, render(&self.user)?)],
            max_tokens: self.head.max_tokens.saturating_mul(u32::try_from(legal.documents()).unwrap_or(u32::MAX)),
            legal,
            respondent: self.respondent,
        })
    }

    /// The same prompt for the judge.
    #[must_use]
    pub fn for_judge(self) -> Prompt {
        Prompt { respondent: Respondent::Judge, ..self }
    }

    /// What counts as an answer to it about so many `documents`; `count` is how long a closed list is. A list that a decision model
    /// chooses from is empty here.
    pub fn legal(&self, documents: usize, count: usize) -> LegalAnswer {
        match self.head.answer {
            AnswerKind::YesNo => LegalAnswer::YesNo,
            AnswerKind::Items => LegalAnswer::Items { fields: self.head.fields.clone(), most: self.head.most },
            AnswerKind::Choice => LegalAnswer::Choice { count },
            AnswerKind::Letter => LegalAnswer::Letter { count },
            AnswerKind::Choices => LegalAnswer::Choices { documents, count },
            AnswerKind::Decision | AnswerKind::Decisions => {
                LegalAnswer::Decision { entries: Vec::new(), several: self.asks_for_several() }
            }
        }
    }

    /// Whether it is for a decision model.
    fn asks_to_decide(&self) -> bool {
        matches!(self.head.answer, AnswerKind::Decision | AnswerKind::Decisions)
    }

    fn asks_for_several(&self) -> bool {
        self.head.answer == AnswerKind::Decisions
    }

    /// What a decision model chooses from: the `label` and the `predicate` of each of the options.
    fn entries(&self, variables: &Value) -> Result<Vec<Entry>, Error> {
        let wrong = || Error::Prompt { name: self.id(), problem: format!("{OPTIONS} is not a list of groups") };
        let field = |option: &Value, name: &str| {
            let value = option.get_attr(name).ok()?;
            Some(value.as_str()?.to_owned())
        };
        let entry =
            |option: Value| Some(Entry { label: field(&option, "label")?, predicate: field(&option, "predicate")? });
        let options = variables.get_attr(OPTIONS).ok().and_then(|options| options.try_iter().ok()).ok_or_else(wrong)?;
        options.map(|option| entry(option).ok_or_else(wrong)).collect()
    }

    /// Whether a conversation was rendered from it, told by what stands before its first and after its last variable;
    /// one that asks to repair an answer too.
    pub fn recognises(&self, system: &str, user: &str) -> bool {
        let beginning = ["{{", "{%"].iter().filter_map(|tag| self.system.find(tag)).min().unwrap_or(self.system.len());
        let end = ["}}", "%}"].iter().filter_map(|tag| self.user.rfind(tag)).max().map_or(0, |tag| tag + 2);
        let tail = self.user[end..].trim();
        let ends = user.trim_end().ends_with(tail) || user.contains(&format!("{tail}\n{REPAIR}"));
        ends && system.starts_with(&self.system[..beginning])
    }

    /// What a variable stood for in a conversation that was rendered from it; none where that cannot be told: where it has no line
    /// to itself, and no text before it.
    pub fn value<'a>(&self, variable: &str, user: &'a str) -> Option<&'a str> {
        let mark = format!("{{{{ {variable} }}}}");
        let line = self.user.lines().find(|line| line.contains(&mark))?;
        let (before, after) = line.split_once(&mark).filter(|(before, _)| !before.is_empty())?;
        // A document before it may hold the same words: what stands last was written by the program.
        let mut lines = user.lines().rev();
        lines.find_map(|line| line.strip_prefix(before)?.strip_suffix(after))
    }

    /// What the model is told beforehand, before any variable is put in.
    pub fn system(&self) -> &str {
        &self.system
    }

    /// The question itself, before any variable is put in.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// How long the list `name` is.
    fn count(&self, variables: &Value, name: &str) -> Result<usize, Error> {
        let list = variables.get_attr(name).ok().and_then(|list| list.len());
        list.ok_or_else(|| Error::Prompt { name: self.id(), problem: format!("{name} is not a list") })
    }

    /// Name and version, such as `assign-1`.
    pub fn id(&self) -> String {
        format!("{}-{}", self.head.name, self.head.version)
    }

    /// Tokens that the longest legal answer needs; about each document, where it is about several.
    pub fn max_tokens(&self) -> u32 {
        self.head.max_tokens
    }

    /// What the manifest keeps of it.
    pub fn record(&self) -> PromptRecord {
        PromptRecord { name: self.head.name.clone(), version: self.head.version, sha256: self.sha256.clone() }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.add_filter("letter", |place: usize| letter(place).to_string());
    environment.set_syntax(syntax.expect("the default delimiters are sound; this is a bug"));
    environment
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;
    use proptest::prelude::*;

    const GOOD: &str = "+++\nname = \"ask\"\nversion = 2\nvariables = [\"document\"]\nanswer = \"yes-no\"\nmax_tokens = 1\n+++\n## system\nJudge.\n## user\n<document>{{ document }}</document>\n";

    #[test]
    fn a_prompt_renders_what_it_declares() {
        let question = Prompt::read("ask", GOOD)
            .unwrap()
            .question(StageName::Assign, context! { document => "a {{ b }}" })
            .unwrap();
        assert_eq!(question.prompt, "ask-2");
        assert_eq!(question.messages[1].content, "<document>a {{ b }}</document>");
    }

    #[test]
    fn a_prompt_recognises_what_was_rendered_from_it() {
        let prompt = Prompt::read("ask", GOOD).unwrap();
        assert!(prompt.recognises("Judge.", "<document>anything</document>"));
        assert!(!prompt.recognises("Propose.", "<document>anything</document>"));
        assert!(!prompt.recognises("Judge.", "<document>anything</document> Why?"));
    }

    #[test]
    fn a_missing_variable_is_an_error_before_any_call() {
        let problem = Prompt::read("ask", GOOD).unwrap().question(StageName::Assign, context! {}).unwrap_err();
        assert!(problem.to_string().starts_with("prompt ask-2: undefined value"), "{problem}");
    }

    #[test]
    fn an_undeclared_or_unused_variable_is_an_error() {
        let undeclared = GOOD.replace("Judge.", "Judge by {{ goal }}.");
        assert_eq!(
            Prompt::read("ask", &undeclared).unwrap_err().to_string(),
            "prompt ask: uses goal, which its variables do not declare"
        );
        let unused = GOOD.replace("[\"document\"]", "[\"document\", \"goal\"]");
        assert_eq!(
            Prompt::read("ask", &unused).unwrap_err().to_string(),
            "prompt ask: declares goal and does not use it"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_rendered_as_it_is(text in ".{0,80}") {
            let question = Prompt::read("ask", GOOD).unwrap().question(StageName::Assign, context! { document => &text }).unwrap();
            prop_assert_eq!(&question.messages[1].content, &format!("<document>{text}</document>"));
        }

        #[test]
        fn any_file_is_a_prompt_or_a_problem(head in ".{0,60}", body in "[ -~\n{}%]{0,80}") {
            let _ = Prompt::read("x", &format!("+++\n{head}\n+++\n## system\n{body}\n## user\n{body}"));
            let _ = Prompt::read("x", &GOOD.replace("{{ document }}", &body));
        }
    }
}
