//! What is missing: every input row accounted for.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Excerpt;
use crate::methods::By;
use crate::report::words::{self, shorten};
use crate::run::{AssignmentLine, DocumentLine, FinishedRun, Flag, Status};
use crate::text::numbers::{count, thousands};
use crate::text::sanitize::line;

/// Reasons listed for a status at most; the rarer ones are summed up.
const REASONS: usize = 4;
/// Columns of a reason at most.
const REASON_COLUMNS: usize = 80;
/// Uncovered documents shown at most, and different answers without content.
const EXAMPLES: usize = 5;
/// What the rows that say nothing are called in the line of all rows.
const SAY_NOTHING: &str = "with no content";

/// All input rows, by what became of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// All of them.
    pub rows: usize,
    /// Rows that are documents.
    pub documents: usize,
    /// Documents that say nothing, such as "n/a".
    pub no_content: usize,
    /// Documents that the embedder cannot read and no model judged.
    pub blind: usize,
    /// Assigned, uncovered, with no content, skipped, failed; and rows that the run did not get to. They sum to the rows.
    pub parts: Vec<Part>,
    /// Whether columns hold texts that were not read.
    pub has_unread: bool,
}

/// The rows of one status.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The status; nothing for rows that say nothing, or that the run did not get to.
    pub status: Option<Status>,
    /// What they are, in words.
    pub name: &'static str,
    /// Number of rows.
    pub rows: usize,
    /// Why, each with its number of rows, most frequent first.
    pub reasons: Vec<(String, usize)>,
}

impl Totals {
    /// Counts the rows of `run`.
    pub fn of(run: &FinishedRun) -> Totals {
        let [assigned, uncovered, skipped, failed] =
            [Status::Assigned, Status::Uncovered, Status::Skipped, Status::Failed].map(|status| part(run, status));
        let counted = run.assignments.len();
        let (rows, documents) = (run.manifest.corpus.rows.max(counted), counted - skipped.rows);
        let no_content = run.assignments.iter().filter(|row| row.says_nothing()).count();
        let is_judged = |row: &AssignmentLine| row.clusters.iter().any(|place| place.by == By::Model);
        let is_blind = |row: &&AssignmentLine| row.flags.contains(&Flag::Unreadable) && !is_judged(row);
        let blind = run.assignments.iter().filter(is_blind).count();
        let mut parts = vec![assigned, uncovered];
        if no_content > 0 {
            parts.push(Part { status: None, name: SAY_NOTHING, rows: no_content, reasons: vec![] });
        }
        parts.extend([skipped, failed]);
        if rows > counted {
            parts.push(Part { status: None, name: "not reached", rows: rows - counted, reasons: vec![] });
        }
        let has_unread = run.manifest.corpus.files.iter().any(|file| !file.unread.is_empty());
        Totals { rows, documents, no_content, blind, parts, has_unread }
    }

    /// The rows of a status, without those that say nothing.
    pub fn rows_of(&self, status: Status) -> usize {
        self.parts.iter().filter(|part| part.status == Some(status)).map(|part| part.rows).sum()
    }

    /// `9 rows = 6 assigned + 1 uncovered (no predicate holds) + 1 skipped (empty) + 1 failed (no answer)`.
    pub fn line(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(Part::words).collect();
        format!("{} = {}", count(self.rows, "row"), parts.join(" + "))
    }
}

impl Part {
    /// `7 skipped (4 empty, 3 beyond --limit)`; a single reason needs no number.
    fn words(&self) -> String {
        let counted = format!("{} {}", thousands(self.rows as u64), self.name);
        match &self.reasons[..] {
            [] => counted,
            [(reason, rows)] if *rows == self.rows => format!("{counted} ({reason})"),
            reasons => {
                let listed: Vec<String> =
                    reasons.iter().map(|(reason, rows)| format!("{} {reason}", thousands(*rows as u64))).collect();
                format!("{counted} ({})", listed.join(", "))
            }
        }
    }
}

fn part(run: &FinishedRun, status: Status) -> Part {
    let rows = run.assignments.iter().filter(|row| row.status == status && !row.says_nothing());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for reason in rows.clone().filter_map(|row| row.reason.as_deref()) {
        *counts.entry(shorten(&line(reason), REASON_COLUMNS)).or_default() += 1;
    }
    Part { status: Some(status), name: words::status(status), rows: rows.count(), reasons: ranked(counts) }
}

/// The most frequent reasons, and the others as one.
fn ranked(counts: BTreeMap<String, usize>) -> Vec<(String, usize)> {
    let mut reasons: Vec<(String, usize)> = counts.into_iter().collect();
    reasons.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    if reasons.len() > REASONS {
        let others: usize = reasons.drain(REASONS..).map(|(_, rows)| rows).sum();
        reasons.push(("for other reasons".into(), others));
    }
    reasons
}

/// The first uncovered documents with texts of their own.
pub fn uncovered_examples(run: &FinishedRun, documents: &HashMap<&str, &DocumentLine>) -> Vec<Excerpt> {
    let mut seen = HashSet::new();
    let uncovered = run.assignments.iter().filter(|row| row.status == Status::Uncovered && !row.says_nothing());
    let excerpts = uncovered.map(|row| Excerpt::beginning(&row.id, documents));
    excerpts.filter(|excerpt| excerpt.text.is_none() || seen.insert(excerpt.text.clone())).take(EXAMPLES).collect()
}

/// The most frequent of the answers that say nothing, each with its number of documents: `“n/a” (14)`.
pub fn empty_answers(run: &FinishedRun, documents: &HashMap<&str, &DocumentLine>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in run.assignments.iter().filter(|row| row.says_nothing()) {
        if let Some(text) = documents.get(row.id.as_str()).and_then(|document| document.text.as_deref()) {
            *counts.entry(shorten(&line(text).to_lowercase(), REASON_COLUMNS)).or_default() += 1;
        }
    }
    let mut ranked: Vec<(String, usize)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    ranked.iter().take(EXAMPLES).map(|(text, rows)| format!("“{text}” ({})", thousands(*rows as u64))).collect()
}

/// What is said of one document, and of several, in which the embedder knows nothing.
const UNREADABLE: [&str; 2] = [
    "is in signs that the embedder does not know: without a model’s verdict its place says nothing.",
    "are in signs that the embedder does not know: without a model’s verdict their place says nothing.",
];

/// A sentence for each flag that any document has.
pub fn flags(run: &FinishedRun) -> Vec<String> {
    let window = match run.manifest.embedder.window {
        0 => "the embedder reads".to_owned(),
        window => format!("the embedder’s {window} tokens"),
    };
    let truncated = |verb: &str| format!("{verb} longer than {window}: the rest was not read by it.");
    let sentences = [
        sentence(run, Flag::Truncated, &truncated("is"), &truncated("are")),
        sentence(run, Flag::Duplicate, "has the text of another.", "have the text of another."),
        sentence(run, Flag::Unreadable, UNREADABLE[0], UNREADABLE[1]),
        suspicious(run),
    ];
    sentences.into_iter().flatten().collect()
}

/// The sentence on suspicious documents, if there are any.
pub fn suspicious(run: &FinishedRun) -> Option<String> {
    sentence(run, Flag::Suspicious, SUSPICIOUS[0], SUSPICIOUS[1])
}

fn sentence(run: &FinishedRun, flag: Flag, one: &str, many: &str) -> Option<String> {
    let flagged = run.assignments.iter().filter(|row| row.flags.contains(&flag)).count();
    let verb = if flagged == 1 { one } else { many };
    (flagged > 0).then(|| format!("{} {verb}", count(flagged, "document")))
}

const SUSPICIOUS: [&str; 2] = [
    "holds text that looks like an instruction to a model. It was kept as a document and never obeyed.",
    "hold text that looks like an instruction to a model. They were kept as documents and never obeyed.",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::NO_CONTENT;
    use crate::run::fixture::{RunBuilder, small};

    #[test]
    fn all_rows_are_accounted_for_in_one_line() {
        let totals = Totals::of(&small().skipped("beyond --limit").skipped("empty").build());
        assert_eq!(
            totals.line(),
            "11 rows = 6 assigned + 1 uncovered (no predicate holds) + 3 skipped (2 empty, 1 beyond --limit) \
             + 1 failed (no answer)"
        );
        assert_eq!(totals.parts.iter().map(|part| part.rows).sum::<usize>(), totals.rows);
        assert_eq!(totals.documents, 8);
    }

    #[test]
    fn rows_that_the_run_did_not_get_to_are_not_lost() {
        let mut run = small().build();
        run.manifest.corpus.rows = 1200;
        assert!(Totals::of(&run).line().ends_with("+ 1,191 not reached"));
    }

    #[test]
    fn many_reasons_are_summed_up_and_made_harmless() {
        let mut builder = RunBuilder::by_goal("x").skipped("bad \x1b[31m\njson").skipped("bad \x1b[31m\njson");
        for number in 0..9 {
            builder = builder.skipped(&format!("line {number}"));
        }
        let reasons = Totals::of(&builder.build()).parts.swap_remove(2).reasons;
        assert_eq!(reasons.first(), Some(&("bad ␛[31m json".to_owned(), 2)));
        assert_eq!(reasons.last(), Some(&("for other reasons".to_owned(), 6)));
    }

    #[test]
    fn answers_without_content_are_a_part_of_their_own() {
        let run = small().uncovered("N/A", NO_CONTENT).uncovered("-", NO_CONTENT).uncovered("n/a", NO_CONTENT).build();
        let totals = Totals::of(&run);
        assert!(
            totals.line().contains("+ 1 uncovered (no predicate holds) + 3 with no content +"),
            "{}",
            totals.line()
        );
        assert_eq!((totals.rows_of(Status::Uncovered), totals.no_content, totals.documents), (1, 3, 11));
        let documents = run.documents.iter().map(|document| (document.id.as_str(), document)).collect();
        assert_eq!(empty_answers(&run, &documents), ["“n/a” (2)", "“-” (1)"]);
    }

    #[test]
    fn flags_are_counted() {
        let run = small().flag(Flag::Suspicious).uncovered("My club winning again", "no").flag(Flag::Duplicate).build();
        let sentences = flags(&run);
        assert!(sentences[0].starts_with("1 document has the text of another"));
        assert!(sentences[1].starts_with("1 document holds text that looks like an instruction"));
    }

    #[test]
    fn uncovered_examples_do_not_repeat() {
        let run = small().uncovered("My club winning again", "no").uncovered("Sunshine", "no").build();
        let documents = run.documents.iter().map(|document| (document.id.as_str(), document)).collect();
        let ids: Vec<_> = uncovered_examples(&run, &documents).into_iter().map(|excerpt| excerpt.document).collect();
        assert_eq!(ids, ["d7", "d11"]);
    }
}
