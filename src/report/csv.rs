//! `assignments.csv`: one line for every input row, for a spreadsheet: the row's own columns, its text first, then ours.
//!
//! Cells that a spreadsheet would run are guarded, and control characters are made visible: a terminal would obey them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::words::{by, flag, status};
use crate::corpus::MOST_COLUMNS;
use crate::run::{AssignmentLine, DocumentLine, FinishedRun, NO_CONTENT, Status};
use crate::text::{invisible, sanitize};

/// Our columns, after the row's own.
const OURS: [&str; 8] = ["id", "status", "label", "labels", "confidence", "by", "flags", "reason"];
/// What the names of our columns begin with.
const PREFIX: &str = "colligate_";
/// By this a spreadsheet knows that the file is in UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// `assignments.csv`: the row's own columns, its text the first of them, then ours, all with one prefix.
///
/// A skipped row has its own columns too, as far as it could be read.
pub fn csv(run: &FinishedRun) -> String {
    let columns = CsvColumns::of(run);
    columns.header() + &columns.rows(run)
}

/// The columns of such a table: those of the rows that they were taken from, for whatever rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvColumns {
    /// The text's column; none where the run kept no texts.
    text: Option<String>,
    /// The rows' own.
    own: Vec<String>,
    /// Labels of the clusters by their ids.
    labels: HashMap<String, String>,
}

impl CsvColumns {
    /// Those of a run's rows.
    pub fn of(run: &FinishedRun) -> CsvColumns {
        let own = own_columns(run);
        CsvColumns {
            text: text_column(run, &own),
            own: own.into_iter().map(str::to_owned).collect(),
            labels: run.clusters.iter().map(|cluster| (cluster.id.clone(), cluster.label.clone())).collect(),
        }
    }

    /// The first line, behind the mark of the encoding.
    pub fn header(&self) -> String {
        let own: Vec<&str> = self.own.iter().map(String::as_str).collect();
        let header = self.text.iter().chain(&self.own).cloned().chain(our_columns(&own));
        BYTE_ORDER_MARK.to_owned() + &table(std::iter::once(header.collect()))
    }

    /// A line for each row of a run, or of a part of one.
    pub fn rows(&self, run: &FinishedRun) -> String {
        let documents: HashMap<&str, &DocumentLine> =
            run.documents.iter().map(|document| (document.id.as_str(), document)).collect();
        table(run.assignments.iter().map(|row| {
            // A skipped row may bear the id of a document: that is one reason to skip it.
            let document = documents.get(row.id.as_str()).filter(|_| row.status != Status::Skipped);
            let whole = |name: &String| match document {
                Some(document) => document.text.clone().unwrap_or_default(),
                None => cell(row.fields.get(name)),
            };
            let texts = self.text.iter().map(whole);
            let fields = document.map_or(&row.fields, |document| &document.fields);
            let cells = self.own.iter().map(|name| cell(fields.get(name)));
            texts.chain(cells).chain(our_cells(row, &self.labels)).collect()
        }))
    }
}

/// Names of the rows' own fields, in order of first appearance, those of documents first: of very many, those that
/// most rows have.
pub(super) fn own_columns(run: &FinishedRun) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let skipped = run.assignments.iter().filter(|row| row.status == Status::Skipped);
    // What stands in the text's place in a skipped row has the text's column.
    let text = text_name(run);
    let of_skipped = skipped.flat_map(|row| row.fields.keys()).filter(|name| *name != text);
    for name in run.documents.iter().flat_map(|document| document.fields.keys()).chain(of_skipped) {
        let count = counts.entry(name.as_str()).or_default();
        if *count == 0 {
            columns.push(name);
        }
        *count += 1;
    }
    if columns.len() > MOST_COLUMNS {
        let mut most = columns.clone();
        most.sort_by_key(|name| std::cmp::Reverse(counts[name]));
        let kept: HashSet<&str> = most.into_iter().take(MOST_COLUMNS).collect();
        columns.retain(|name| kept.contains(name));
    }
    columns
}

/// The name of the text's column: as the rows call it; nothing where the run kept no texts.
pub(super) fn text_column(run: &FinishedRun, own: &[&str]) -> Option<String> {
    let kept = run.documents.iter().any(|document| document.text.is_some());
    let mut name = text_name(run).to_owned();
    while own.contains(&name.as_str()) {
        name.push_str(" (document)");
    }
    kept.then_some(name)
}

/// The text's field, as the rows call it.
fn text_name(run: &FinishedRun) -> &str {
    let said = run.manifest.plan.get("text-field").and_then(|planned| planned.value.as_str());
    said.or_else(|| run.manifest.corpus.text_field()).unwrap_or("text")
}

/// The names of our columns, all with one prefix that no column of the rows has.
fn our_columns(own: &[&str]) -> [String; 8] {
    let is_free = |prefix: &str| !own.iter().any(|name| name.starts_with(prefix));
    let prefix = if is_free(PREFIX) { PREFIX.to_owned() } else { free_prefix(is_free) };
    OURS.map(|name| format!("{prefix}{name}"))
}

/// `colligate_2_`, `colligate_3_`, …: an earlier run's file may be a corpus.
fn free_prefix(is_free: impl Fn(&str) -> bool) -> String {
    let prefixes = (2..).map(|number| format!("{PREFIX}{number}_"));
    prefixes.into_iter().find(|prefix| is_free(prefix)).expect("there is always a next number; this is a bug")
}

/// A field as a cell: a string as it is, nothing for null, anything nested as JSON.
pub(super) fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn our_cells(row: &AssignmentLine, labels: &HashMap<String, String>) -> [String; 8] {
    let primary = row.primary.as_deref();
    let all: Vec<&str> = row.clusters.iter().map(|place| label(&place.id, labels)).collect();
    let place = row.clusters.iter().find(|place| Some(place.id.as_str()) == primary);
    let flags: Vec<&str> = row.flags.iter().map(|one| flag(*one)).collect();
    [
        row.id.clone(),
        if row.says_nothing() { NO_CONTENT } else { status(row.status) }.into(),
        primary.map_or(String::new(), |id| label(id, labels).to_owned()),
        all.join("; "),
        place.map_or(String::new(), |place| format!("{:.3}", place.confidence)),
        place.map_or(String::new(), |place| by(place.by).into()),
        flags.join("; "),
        row.reason.clone().unwrap_or_default(),
    ]
}

fn label<'a>(id: &'a str, labels: &'a HashMap<String, String>) -> &'a str {
    labels.get(id).map_or(id, String::as_str)
}

/// Rows of as many cells each, guarded, behind the mark of the encoding.
pub(super) fn plain_table(rows: impl Iterator<Item = Vec<String>>) -> String {
    BYTE_ORDER_MARK.to_owned() + &table(rows)
}

fn table(rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer
            .write_record(row.iter().map(|cell| guard(cell)))
            .expect("memory takes rows of equal length; this is a bug");
    }
    let bytes = writer.into_inner().expect("memory can be flushed; this is a bug");
    String::from_utf8(bytes).expect("rows of text are text; this is a bug")
}

/// Visible control characters, and a leading apostrophe before what a spreadsheet would run. Plain numbers such as -3.5 are left alone.
fn guard(cell: &str) -> String {
    let cell = sanitize::controls(cell);
    let visible = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || invisible(c).is_some());
    let runs =
        visible.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || cell.starts_with(['\t', '\r', '\n']);
    if runs && !is_number(&cell) { format!("'{cell}") } else { cell }
}

fn is_number(cell: &str) -> bool {
    cell.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) && cell.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::run::fixture::{RunBuilder, small};

    /// Without the mark that it begins with.
    fn bare(run: &FinishedRun) -> String {
        csv(run).strip_prefix(BYTE_ORDER_MARK).unwrap().to_owned()
    }

    #[test]
    fn every_row_is_there_in_input_order_with_its_text_and_own_fields_first() {
        let run = small()
            .uncovered("x", "no predicate holds")
            .field("team", json!("sales, \"EU\""))
            .field("nested", json!({"a": [1, null]}))
            .uncovered("y", "no predicate holds")
            .field("score", json!(-3.5))
            .flag(crate::run::Flag::Suspicious)
            .build();
        let csv = bare(&run);
        let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
        assert_eq!(
            lines[0],
            "text,team,nested,score,colligate_id,colligate_status,colligate_label,colligate_labels,\
             colligate_confidence,colligate_by,colligate_flags,colligate_reason"
        );
        assert_eq!(lines[2], "soup,,,,d2,assigned,Better food,Better food,0.875,model,,");
        assert_eq!(lines[8], ",,,,d8,skipped,,,,,,empty");
        assert_eq!(lines[10], r#"x,"sales, ""EU""","{""a"":[1,null]}",,d10,uncovered,,,,,,no predicate holds"#);
        assert_eq!(lines[11], "y,,,-3.5,d11,uncovered,,,,,suspicious,no predicate holds");
        assert_eq!(lines.len(), 1 + run.assignments.len());
    }

    #[test]
    fn the_text_is_called_as_the_rows_call_it_and_is_not_there_without_texts() {
        let mut run = small().field("text", json!("another")).build();
        assert!(bare(&run).starts_with("text (document),text,colligate_id,"));
        let planned = crate::plan::Planned { value: json!("answer"), origin: "flag".into() };
        run.manifest.plan.insert("text-field".into(), planned);
        assert!(bare(&run).starts_with("answer,text,colligate_id,"));
        run.documents.iter_mut().for_each(|document| document.text = None);
        assert!(bare(&run).starts_with("text,colligate_id,"));
    }

    #[test]
    fn answers_without_content_can_be_counted_by_their_status() {
        let csv = bare(&RunBuilder::by_goal("x").uncovered("n/a", NO_CONTENT).uncovered("y", "no").build());
        assert!(csv.contains("n/a,d1,no content,,,,,,no content\r\ny,d2,uncovered,,,,,,no\r\n"), "{csv}");
    }

    #[test]
    fn nothing_in_it_steers_a_terminal() {
        let run = RunBuilder::by_goal("x")
            .uncovered("\x1b]0;owned\x07\u{9b}2J\nnext line", "no")
            .field("\x1b[2J", json!("\x1b"))
            .build();
        let csv = csv(&run);
        assert!(!csv.chars().any(|c| c.is_control() && !"\r\n".contains(c)), "{csv:?}");
        assert!(csv.contains("␛]0;owned␇⟨U+009B⟩2J\nnext line"), "{csv:?}");
    }

    #[test]
    fn several_labels_are_joined_and_the_primary_one_stands_alone() {
        let mut run = small().build();
        let second = crate::run::Membership { id: "c2".into(), by: crate::methods::By::Spread, confidence: 0.6 };
        run.assignments[0].clusters.push(second);
        assert!(csv(&run).contains("d1,assigned,Better food,Better food; Time to breathe,0.875,model,"));
    }

    #[test]
    fn rows_with_fields_of_their_own_make_no_table_that_grows_with_their_square() {
        let mut run = RunBuilder::by_goal("x");
        for number in 0..2 * MOST_COLUMNS {
            run = run.uncovered("x", "no").field(&format!("user_{number}"), json!(1));
        }
        let run =
            run.uncovered("y", "no").field("team", json!("a")).uncovered("y", "no").field("team", json!("b")).build();
        let csv = csv(&run);
        let header = csv.lines().next().unwrap();
        assert!(header.contains("user_0,user_1,") && header.contains("user_254,team,colligate_id"), "{header}");
        assert_eq!(header.split(',').count(), 1 + MOST_COLUMNS + OURS.len());
    }

    #[test]
    fn no_escape_sequence_is_written() {
        let run = RunBuilder::by_goal("x").uncovered("x", "no").field("team\u{9b}", json!("\u{1b}[2Ja\nb")).build();
        assert!(bare(&run).starts_with("text,team⟨U+009B⟩,colligate_id"));
        assert!(csv(&run).contains("\"␛[2Ja\nb\""));
    }

    #[test]
    fn our_columns_have_one_prefix_that_no_column_of_the_rows_has() {
        let run = RunBuilder::by_goal("x").uncovered("x", "no").field("colligate_label", json!("m")).build();
        let header = bare(&run).lines().next().unwrap().to_owned();
        assert!(header.starts_with("text,colligate_label,colligate_2_id,colligate_2_status,"), "{header}");
        let own = BTreeMap::from([("status", "open"), ("label", "l")]);
        let mut run = RunBuilder::by_goal("x").uncovered("x", "no");
        for (name, value) in own {
            run = run.field(name, json!(value));
        }
        assert!(bare(&run.build()).starts_with("text,label,status,colligate_id,colligate_status,"));
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_are_guarded() {
        for hostile in [
            "=HYPERLINK(\"x\")",
            "+1+1",
            "-1+1",
            "@SUM(1)",
            "\tx",
            "\rx",
            " =1",
            "\u{a0}=1",
            "\u{feff}=1",
            "＝1",
            "－1",
            "-",
            "-e",
        ] {
            assert_eq!(guard(hostile), format!("'{hostile}"));
        }
        for harmless in ["-3.5", "+7", "-1e-9", "a=1", "", "3 - 4", "'=1"] {
            assert_eq!(guard(harmless), harmless);
        }
    }

    #[test]
    fn a_hostile_field_name_is_guarded_too() {
        let run = RunBuilder::by_goal("x").uncovered("x", "=1+1").field("=cmd|' /C calc'!A0", json!("@x")).build();
        assert_eq!(
            bare(&run).replace("colligate_", ""),
            "text,'=cmd|' /C calc'!A0,id,status,label,labels,confidence,by,flags,reason\r\nx,'@x,d1,uncovered,,,,,,'=1+1\r\n"
        );
    }

    #[test]
    fn a_skipped_row_keeps_its_own_columns() {
        let mut run =
            RunBuilder::by_goal("x").uncovered("x", "no").field("stars", json!("5")).skipped("empty text").build();
        run.assignments[1].fields = serde_json::Map::from_iter([("stars".to_owned(), json!("1"))]);
        assert!(csv(&run).ends_with("\r\n,1,d2,skipped,,,,,,empty text\r\n"));
    }

    #[test]
    fn what_only_skipped_rows_have_and_what_is_no_text_has_its_column() {
        let mut run =
            RunBuilder::by_goal("x").uncovered("x", "no").field("stars", json!("5")).skipped("empty text").build();
        let fields = [("/user/login".to_owned(), json!("ann")), ("text".to_owned(), json!(5))];
        run.assignments[1].fields = serde_json::Map::from_iter(fields);
        let csv = bare(&run);
        assert!(csv.starts_with("text,stars,/user/login,colligate_id,"), "{csv}");
        assert!(csv.ends_with("\r\n5,,ann,d2,skipped,,,,,,empty text\r\n"), "{csv}");
    }

    #[test]
    fn a_skipped_row_does_not_borrow_the_fields_of_a_document_with_its_id() {
        let mut run =
            RunBuilder::by_goal("x").uncovered("x", "no").field("team", json!("a")).skipped("id twice").build();
        run.assignments[1].id = "d1".into();
        assert!(csv(&run).ends_with("\r\n,,d1,skipped,,,,,,id twice\r\n"));
    }
}
