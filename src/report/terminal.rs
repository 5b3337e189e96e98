//! The summary on standard output: a few lines a cluster, as wide as the terminal.

use unicode_segmentation::UnicodeSegmentation;

use super::summary::{ClusterView, Excerpt, LOOSE, Outside, PROPOSALS, STABLE, Summary, UNTRUSTED};
use super::words::{blocks, columns, shorten};
use crate::methods::Weight;
use crate::run::FinishedRun;
use crate::text::numbers::thousands;
use crate::text::sanitize::line;

/// Columns of the longest bar.
const BAR: usize = 10;
/// Columns of a document id at most.
const ID: usize = 40;
/// Columns of text that a narrow terminal is given all the same.
const NARROWEST: usize = 24;

/// How the terminal is to be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TerminalStyle {
    /// Whether bold and colour may be used.
    pub color: bool,
    /// Columns of a line.
    pub width: usize,
}

/// What the program prints at the end of a run, with a line break at its end.
pub fn terminal(run: &FinishedRun, style: TerminalStyle) -> String {
    let summary = Summary::of(run);
    let layout = Layout::of(&summary, style);
    let mut lines = heading(&summary, &layout);
    for cluster in &summary.clusters {
        lines.push(String::new());
        lines.extend(layout.cluster(cluster));
    }
    if let Some(part) = summary.no_content() {
        lines.push(String::new());
        lines.extend(layout.no_content(part, &summary.empty_answers));
    }
    lines.push(String::new());
    lines.extend(summary.stability.clone());
    lines.extend(summary.tested.clone());
    lines.extend(summary.cautions.clone());
    lines.extend(summary.overlap.clone());
    lines.push(summary.totals.line());
    if !summary.proposals.is_empty() {
        lines.extend([String::new(), PROPOSALS.to_owned()]);
        lines.extend(summary.proposals.iter().map(|proposal| format!("- {proposal}")));
    }
    lines.extend(summary.suspicious);
    lines.join("\n") + "\n"
}

/// Banner, one line that says what the clusters are, and the warnings.
fn heading(summary: &Summary, layout: &Layout) -> Vec<String> {
    let mut lines = Vec::new();
    let alarms = summary.notices.iter().filter(|notice| notice.weight == Weight::Alarm);
    lines.extend(alarms.map(|notice| layout.paint(Ink::Alarm, &format!("{}: {}", notice.title, notice.text))));
    let formed = match summary.without_model {
        Some(how) => how.to_owned(),
        None if summary.untrusted => format!("{UNTRUSTED}, not by the goal: {}", summary.title),
        None => format!("by the goal: {}", summary.title),
    };
    lines.push(format!("{} {formed}", layout.paint(Ink::Bold, &summary.counts)));
    lines.extend(summary.warnings.iter().map(|warning| layout.paint(Ink::Alarm, &format!("warning: {warning}"))));
    lines
}

/// Ways to paint a text.
#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Dim,
    Bar,
    Alarm,
}

/// Widths of the columns before the label, and the style.
struct Layout {
    style: TerminalStyle,
    percent: usize,
    size: usize,
    /// The longest bar stands for this share.
    largest: f64,
}

impl Layout {
    fn of(summary: &Summary, style: TerminalStyle) -> Layout {
        let clusters = summary.clusters.iter().map(|one| (one.percent.as_str(), one.size, one.share.estimate));
        let apart = summary.no_content().map(|part| (part.percent.as_str(), part.size, part.share));
        let rows: Vec<(&str, usize, f64)> = clusters.chain(apart).collect();
        Layout {
            style,
            percent: rows.iter().map(|(percent, ..)| columns(percent)).max().unwrap_or(0),
            size: rows.iter().map(|(_, documents, _)| columns(&size(*documents))).max().unwrap_or(0),
            largest: rows.iter().map(|(.., share)| *share).fold(f64::MIN_POSITIVE, f64::max),
        }
    }

    /// The answers without content as a row like a cluster's, with the most frequent of them below.
    fn no_content(&self, part: &Outside, answers: &[String]) -> Vec<String> {
        let row = Row { percent: &part.percent, size: part.size, share: part.share, depth: 0 };
        let (head, indent) = self.head(&row);
        let room = self.style.width.saturating_sub(indent).max(NARROWEST);
        let answers = Some(answers.join(", ")).filter(|answers| !answers.is_empty());
        let answers = answers.map(|answers| format!("{}{}", " ".repeat(indent), shorten(&answers, room)));
        [format!("{head}{}", self.paint(Ink::Dim, part.label))].into_iter().chain(answers).collect()
    }

    /// What stands before a label, and how many columns that takes.
    fn head(&self, row: &Row) -> (String, usize) {
        let bar = blocks(row.share / self.largest, BAR);
        let depth = 2 * row.depth;
        let head = format!(
            "{:>percent$}  {:>size$}  {}{}  ",
            row.percent,
            size(row.size),
            self.paint(Ink::Bar, &bar),
            " ".repeat(BAR - columns(&bar) + depth),
            percent = self.percent,
            size = self.size,
        );
        (head, self.percent + self.size + BAR + 6 + depth)
    }

    /// `22%  (52)  ██████████  label`, then the predicate and the most central quote under the label.
    fn cluster(&self, cluster: &ClusterView) -> Vec<String> {
        let unstable = cluster.stability.filter(|stability| *stability < STABLE);
        let language = cluster.language.map(|language| format!("mostly {language}"));
        let unstable = unstable.map(|stability| match stability < LOOSE {
            true => format!("loose: stability {stability:.2}"),
            false => format!("stability {stability:.2}"),
        });
        let fails = cluster.fails.then(|| "its predicate fails the test".to_owned());
        let notes: Vec<String> = [language, unstable, fails].into_iter().flatten().collect();
        let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join("; ")) };
        let (percent, size, share) = (&cluster.percent, cluster.size, cluster.share.estimate);
        let (head, indent) = self.head(&Row { percent, size, share, depth: cluster.depth() });
        let room = self.style.width.saturating_sub(indent).max(NARROWEST);
        let label = self.paint(Ink::Bold, &shorten(&cluster.label, room.saturating_sub(columns(&notes))));
        let mut lines = vec![format!("{head}{label}{}", self.paint(Ink::Dim, &notes))];
        let predicate = cluster.predicate.as_ref().filter(|predicate| **predicate != cluster.label);
        let below = predicate.map(|predicate| shorten(predicate, room)).into_iter();
        let quote = cluster.quotes.first().and_then(|excerpt| self.quote(excerpt, room));
        lines.extend(below.chain(quote).map(|text| format!("{}{text}", " ".repeat(indent))));
        lines
    }

    /// A quote with its document's id, on one line.
    fn quote(&self, excerpt: &Excerpt, room: usize) -> Option<String> {
        let id = shorten_id(&excerpt.document, ID.min(room / 2));
        let text = shorten(&line(excerpt.text.as_deref()?), room.saturating_sub(columns(&id) + 4));
        Some(format!("“{text}”  {}", self.paint(Ink::Dim, &id)))
    }

    fn paint(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Bar => "36",
            Ink::Alarm => "33",
        };
        if self.style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// What a row says before its label.
struct Row<'a> {
    percent: &'a str,
    size: usize,
    share: f64,
    depth: usize,
}

/// The end of a long id tells documents apart: those of several files begin with a file's name.
fn shorten_id(id: &str, limit: usize) -> String {
    if columns(id) <= limit {
        return id.to_owned();
    }
    let mut kept = String::new();
    for grapheme in id.graphemes(true).rev() {
        if columns(&kept) + columns(grapheme) + 1 > limit {
            break;
        }
        kept.insert_str(0, grapheme);
    }
    format!("…{kept}")
}

fn size(documents: usize) -> String {
    format!("({})", thousands(documents as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::{RunBuilder, small};
    use crate::run::{Flag, NO_CONTENT, RunStatus};

    const PLAIN: TerminalStyle = TerminalStyle { color: false, width: 80 };

    #[test]
    fn the_whole_output_of_a_small_run() {
        let expected = "\
9 rows, 2 clusters by the goal: what would make the working day better?

50%  (4)  ██████████  Better food
                      asks for better food in the canteen
                      “Canteen food with something green in it that isn't…”  d1

25%  (2)  █████       Time to breathe
                      asks for more time between calls
                      “time to breathe between calls”  d5

9 rows = 6 assigned + 1 uncovered (no predicate holds) + 1 skipped (empty) + 1 failed (no answer)
";
        assert_eq!(terminal(&small().build(), PLAIN), expected);
    }

    #[test]
    fn answers_without_content_are_a_row_of_their_own() {
        let mut builder = small();
        for answer in ["n/a", "-", "N/A", "don't know", "n/a"] {
            builder = builder.uncovered(answer, NO_CONTENT);
        }
        let output = terminal(&builder.build(), PLAIN);
        let row = "38%  (5)  ██████████  no content\n                      “n/a” (3), “-” (1), “don't know” (1)\n";
        assert!(output.contains(row), "{output}");
    }

    #[test]
    fn clusters_by_wording_never_stand_under_the_goal() {
        let run =
            RunBuilder::by_wording("by emotion").cluster("printer, paper", "about printers", &["the jam"]).build();
        let output = terminal(&run, PLAIN);
        assert!(output.starts_with("1 row, 1 cluster by wording: no model was asked about the goal\n"), "{output}");
        assert!(!output.contains("by emotion") && !output.contains("about printers"), "{output}");
    }

    #[test]
    fn a_partial_run_says_so_first() {
        let mut run = small().ended(RunStatus::Partial, "--max-calls 100 was reached").build();
        run.manifest.warnings.push("half of the corpus is German".into());
        let output = terminal(&run, PLAIN);
        assert!(output.starts_with("Partial run: --max-calls 100 was reached\n"), "{output}");
        assert!(output.contains("\nwarning: half of the corpus is German\n"), "{output}");
    }

    #[test]
    fn answers_without_information_are_said_in_the_headline_and_above_it() {
        let mut run = small().ended(RunStatus::Partial, "the answers carry no information").build();
        run.manifest.trust = Some(crate::methods::Trust::default().against("the answers carry no information"));
        let output = terminal(&run, PLAIN);
        assert!(
            output.starts_with("Partial run: the answers carry no information\n9 rows, 2 clusters by answers that ")
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_but_the_totals() {
        let run =
            small().cluster("会議室".repeat(30).as_str(), &"word ".repeat(60), &["情報".repeat(90).as_str()]).build();
        for row in terminal(&run, TerminalStyle { color: false, width: 60 }).lines().filter(|row| !row.contains("rows"))
        {
            assert!(columns(row) <= 60, "{row}");
        }
    }

    #[test]
    fn suspicious_documents_are_counted_in_one_line() {
        let run = small().flag(Flag::Suspicious).build();
        let output = terminal(&run, PLAIN);
        assert!(output.ends_with("\n1 document holds text that looks like an instruction to a model. It was kept as a document and never obeyed.\n"), "{output}");
        assert!(!terminal(&small().build(), PLAIN).contains("instruction to a model"));
    }

    #[test]
    fn documents_cannot_steer_the_terminal() {
        let hostile = "\x1b]0;owned\x07\x1b[2J\u{202e}evil\u{200b}\r\nrm";
        let run = RunBuilder::by_goal(hostile).cluster(hostile, hostile, &[hostile]).failed("x", hostile).build();
        let output = terminal(&run, PLAIN);
        assert!(!output.chars().any(|c| c.is_control() && c != '\n'), "{output:?}");
        assert!(!output.contains(['\u{202e}', '\u{200b}']) && output.contains("⟨U+202E⟩evil rm"), "{output:?}");
    }

    #[test]
    fn a_long_id_keeps_its_end() {
        assert_eq!(shorten_id("support/2025-03-03.json:17", 12), "…-03.json:17");
        assert_eq!(shorten_id("t-17", 12), "t-17");
    }

    #[test]
    fn colour_is_used_only_on_request() {
        let style = TerminalStyle { color: true, width: 80 };
        assert!(terminal(&small().build(), style).contains("\x1b[1mBetter food\x1b[0m"));
        assert!(!terminal(&small().build(), PLAIN).contains('\x1b'));
    }
}
