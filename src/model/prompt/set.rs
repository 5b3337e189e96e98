//! All prompts of a run: compiled in, or overridden file by file by `--prompts DIR`.

use std::path::Path;

use super::Prompt;
use crate::error::Error;
use crate::text::text_by_hand;

const PROPOSE: (&str, &str) = ("propose.md", include_str!("../../../prompts/propose.md"));
const ASSIGN: (&str, &str) = ("assign.md", include_str!("../../../prompts/assign.md"));
const EXPLAIN: (&str, &str) = ("explain.md", include_str!("../../../prompts/explain.md"));
const MERGE: (&str, &str) = ("merge.md", include_str!("../../../prompts/merge.md"));
const CORE: (&str, &str) = ("core.md", include_str!("../../../prompts/core.md"));
const BATCH: (&str, &str) = ("core-batch.md", include_str!("../../../prompts/core-batch.md"));
const BATCH_AGAIN: (&str, &str) = ("core-batch-again.md", include_str!("../../../prompts/core-batch-again.md"));
const LETTER: (&str, &str) = ("core-letter.md", include_str!("../../../prompts/core-letter.md"));
const LETTER_AGAIN: (&str, &str) = ("core-letter-again.md", include_str!("../../../prompts/core-letter-again.md"));
const AGAIN: (&str, &str) = ("core-again.md", include_str!("../../../prompts/core-again.md"));
const PERSPECTIVE: (&str, &str) = ("perspective.md", include_str!("../../../prompts/perspective.md"));
const GRANULARITY: (&str, &str) = ("granularity.md", include_str!("../../../prompts/granularity.md"));
const DESCRIBE: (&str, &str) = ("describe.md", include_str!("../../../prompts/describe.md"));
const DECIDE: (&str, &str) = ("decide.md", include_str!("../../../prompts/decide.md"));
const DECIDE_AGAIN: (&str, &str) = ("decide-again.md", include_str!("../../../prompts/decide-again.md"));
const DECIDE_EACH: (&str, &str) = ("decide-each.md", include_str!("../../../prompts/decide-each.md"));
const TEST: (&str, &str) = ("test.md", include_str!("../../../prompts/test.md"));
const RENAME: (&str, &str) = ("rename.md", include_str!("../../../prompts/rename.md"));

/// One prompt a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompts {
    /// Documents, goal, known names and some predicates; answered with every group that is missing.
    pub propose: Prompt,
    /// One document and one predicate; answered Yes or No.
    pub assign: Prompt,
    /// A predicate and documents that it holds for; answered with a label.
    pub explain: Prompt,
    /// All candidates; answered with pairs of those that say the same.
    pub merge: Prompt,
    /// One document and a closed list of predicates; answered with those that hold.
    pub core: Prompt,
    /// The same as `core` in other words: two answers of their own show how often answers are wrong.
    pub again: Prompt,
    /// One document and a closed list of predicates, each with a letter; answered with the letter of the one that holds best.
    pub letter: Prompt,
    /// The same as `letter` in other words.
    pub letter_again: Prompt,
    /// Several documents and a closed list of predicates; answered with those that hold for each.
    pub batch: Prompt,
    /// The same as `batch` in other words.
    pub batch_again: Prompt,
    /// A document and two more; answered with the one of the two whose group it belongs to.
    pub perspective: Prompt,
    /// Two documents; answered Yes where they are of one group.
    pub granularity: Prompt,
    /// Documents of a group; answered with what they have in common.
    pub describe: Prompt,
    /// One document and a closed list, for a decision model; answered with the probability of each entry, and of none of them.
    pub decide: Prompt,
    /// The same as `decide` in other words.
    pub decide_again: Prompt,
    /// One document and several predicates, for a decision model; answered with the probability that each holds.
    pub decide_each: Prompt,
    /// One document and one predicate that is put to the test; answered Yes or No.
    pub test: Prompt,
    /// A predicate that failed its test, documents of its group and others like them; answered with a better one.
    pub rename: Prompt,
}

impl Prompts {
    /// The compiled-in prompts, each replaced by the file of its name in `directory` if there is one.
    ///
    /// # Errors
    /// When a file cannot be read or is not a prompt.
    pub fn load(directory: Option<&Path>) -> Result<Prompts, Error> {
        directory.map_or(Ok(()), holds_prompts)?;
        Ok(Prompts {
            propose: load_one(directory, PROPOSE)?,
            assign: load_one(directory, ASSIGN)?.for_judge(),
            explain: load_one(directory, EXPLAIN)?,
            merge: load_one(directory, MERGE)?,
            core: load_one(directory, CORE)?.for_judge(),
            again: load_one(directory, AGAIN)?.for_judge(),
            letter: load_one(directory, LETTER)?.for_judge(),
            letter_again: load_one(directory, LETTER_AGAIN)?.for_judge(),
            batch: load_one(directory, BATCH)?.for_judge(),
            batch_again: load_one(directory, BATCH_AGAIN)?.for_judge(),
            perspective: load_one(directory, PERSPECTIVE)?,
            granularity: load_one(directory, GRANULARITY)?,
            describe: load_one(directory, DESCRIBE)?,
            decide: load_one(directory, DECIDE)?.for_judge(),
            decide_again: load_one(directory, DECIDE_AGAIN)?.for_judge(),
            decide_each: load_one(directory, DECIDE_EACH)?.for_judge(),
            test: load_one(directory, TEST)?.for_judge(),
            rename: load_one(directory, RENAME)?,
        })
    }

    /// Every prompt with the stage that asks by it.
    pub fn by_stage(&self) -> Vec<(&'static str, &Prompt)> {
        vec![
            ("propose", &self.propose),
            ("merge", &self.merge),
            ("assign", &self.assign),
            ("core", &self.core),
            ("again", &self.again),
            ("letter", &self.letter),
            ("letter", &self.letter_again),
            ("batch", &self.batch),
            ("batch", &self.batch_again),
            ("explain", &self.explain),
            ("perspective", &self.perspective),
            ("granularity", &self.granularity),
            ("describe", &self.describe),
            ("decide", &self.decide),
            ("decide", &self.decide_again),
            ("decide", &self.decide_each),
            ("test", &self.test),
            ("rename", &self.rename),
        ]
    }
}

/// A folder that replaces no prompt is a mistyped one.
fn holds_prompts(directory: &Path) -> Result<(), Error> {
    let names = [
        PROPOSE.0,
        ASSIGN.0,
        EXPLAIN.0,
        MERGE.0,
        CORE.0,
        BATCH.0,
        BATCH_AGAIN.0,
        LETTER.0,
        LETTER_AGAIN.0,
        AGAIN.0,
        PERSPECTIVE.0,
        GRANULARITY.0,
        DESCRIBE.0,
        DECIDE.0,
        DECIDE_AGAIN.0,
        DECIDE_EACH.0,
        TEST.0,
        RENAME.0,
    ];
    if names.iter().any(|name| directory.join(name).is_file()) {
        return Ok(());
    }
    let what = if directory.is_dir() { "holds no prompt" } else { "is not a directory" };
    Err(Error::file(
        directory,
        format!("{what}: its files are to be called like those they replace, {}", names.join(", ")),
    ))
}

fn load_one(directory: Option<&Path>, (name, builtin): (&str, &str)) -> Result<Prompt, Error> {
    match directory.map(|directory| directory.join(name)).filter(|file| file.is_file()) {
        Some(file) => {
            let source = text_by_hand(&file)?;
            Prompt::read(&file.display().to_string(), &source)
        }
        None => Prompt::read(name, builtin),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_prompts_are_sound() {
        Prompts::load(None).unwrap();
    }

    #[test]
    fn a_folder_that_replaces_nothing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("asign.md"), ASSIGN.1).unwrap();
        for path in [folder.path().to_owned(), folder.path().join("absent")] {
            let problem = Prompts::load(Some(&path)).unwrap_err();
            assert!(problem.exit_code() == 2 && problem.to_string().contains("assign.md"), "{problem}");
        }
    }

    #[test]
    fn a_file_in_the_directory_replaces_its_namesake() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("assign.md"), ASSIGN.1.replace("version = 1", "version = 9")).unwrap();
        let prompts = Prompts::load(Some(folder.path())).unwrap();
        assert_eq!((prompts.assign.id().as_str(), prompts.propose), ("assign-9", Prompts::load(None).unwrap().propose));
    }
}
