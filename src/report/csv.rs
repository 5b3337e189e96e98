//! `assignments.csv`: one line for every input row, with cells that a spreadsheet would run guarded.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::sanitize;
use crate::corpus::MOST_COLUMNS;
use crate::run::{AssignmentLine, FinishedRun, Status};

/// Our columns, after the row's own.
const OURS: [&str; 6] = ["id", "status", "label", "labels", "confidence", "reason"];

/// `assignments.csv`: the row's own other fields, then id, status, label, labels, confidence and reason.
///
/// A skipped row has no fields of its own: the run keeps documents only.
pub fn csv(run: &FinishedRun) -> String {
    let fields: HashMap<&str, &Map<String, Value>> =
        run.documents.iter().map(|document| (document.id.as_str(), &document.fields)).collect();
    let labels: HashMap<&str, &str> =
        run.clusters.iter().map(|cluster| (cluster.id.as_str(), cluster.label.as_str())).collect();
    let own = own_columns(run);
    let header = own.iter().map(|name| (*name).to_owned()).chain(our_columns(&own));
    let rows = run.assignments.iter().map(|row| {
        // A skipped row may bear the id of a document: that is one reason to skip it.
        let fields = if row.status == Status::Skipped { None } else { fields.get(row.id.as_str()) };
        let cells = own.iter().map(move |name| cell(fields.and_then(|fields| fields.get(*name))));
        cells.chain(our_cells(row, &labels)).collect()
    });
    table(std::iter::once(header.collect::<Vec<_>>()).chain(rows))
}

/// Names of the rows' own fields, in order of first appearance: of very many, those that most documents have.
fn own_columns(run: &FinishedRun) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in run.documents.iter().flat_map(|document| document.fields.keys()) {
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

/// Our columns' names; one that the rows have too gets the prefix `colligate_`.
fn our_columns(own: &[&str]) -> [String; 6] {
    OURS.map(|ours| {
        let mut name = ours.to_owned();
        while own.contains(&name.as_str()) {
            name.insert_str(0, "colligate_");
        }
        name
    })
}

/// A field as a cell: a string as it is, nothing for null, anything nested as JSON.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn our_cells<'a>(row: &'a AssignmentLine, labels: &HashMap<&str, &'a str>) -> [String; 6] {
    let primary = row.primary.as_deref();
    let all: Vec<&str> = row.clusters.iter().map(|place| label(&place.id, labels)).collect();
    let confidence = row.clusters.iter().find(|place| Some(place.id.as_str()) == primary).map(|place| place.confidence);
    [
        row.id.clone(),
        status(row.status).into(),
        primary.map_or(String::new(), |id| label(id, labels).to_owned()),
        all.join("; "),
        confidence.map_or(String::new(), |confidence| format!("{confidence:.3}")),
        row.reason.clone().unwrap_or_default(),
    ]
}

fn label<'a>(id: &'a str, labels: &HashMap<&str, &'a str>) -> &'a str {
    labels.get(id).copied().unwrap_or(id)
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Assigned => "assigned",
        Status::Uncovered => "uncovered",
        Status::Skipped => "skipped",
        Status::Failed => "failed",
    }
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

/// A cell without control characters, which a terminal would obey, and with a leading apostrophe before what a spreadsheet would run. Plain numbers such as -3.5 are left alone.
fn guard(cell: &str) -> String {
    let cell = &sanitize::controls(cell);
    let invisible = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{FEFF}' | '\u{200B}'..='\u{200F}');
    let visible = cell.trim_start_matches(invisible);
    let runs =
        visible.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || cell.starts_with(['\t', '\r', '\n']);
    if runs && !is_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn is_number(cell: &str) -> bool {
    cell.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) && cell.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::fixture::{RunBuilder, small};

    #[test]
    fn every_row_is_there_in_input_order_with_its_own_fields_first() {
        let run = small()
            .uncovered("x", "no predicate holds")
            .field("team", json!("sales, \"EU\""))
            .field("nested", json!({"a": [1, null]}))
            .uncovered("y", "no predicate holds")
            .field("score", json!(-3.5))
            .build();
        let csv = csv(&run);
        let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
        assert_eq!(lines[0], "team,nested,score,id,status,label,labels,confidence,reason");
        assert_eq!(lines[1], ",,,d1,assigned,Better food,Better food,0.875,");
        assert_eq!(lines[8], ",,,d8,skipped,,,,empty");
        assert_eq!(lines[10], r#""sales, ""EU""","{""a"":[1,null]}",,d10,uncovered,,,,no predicate holds"#);
        assert_eq!(lines[11], ",,-3.5,d11,uncovered,,,,no predicate holds");
        assert_eq!(lines.len(), 1 + run.assignments.len());
    }

    #[test]
    fn several_labels_are_joined_and_the_primary_one_stands_alone() {
        let mut run = small().build();
        let second = crate::run::Membership { id: "c2".into(), by: crate::run::By::Spread, confidence: 0.6 };
        run.assignments[0].clusters.push(second);
        assert!(csv(&run).contains("d1,assigned,Better food,Better food; Time to breathe,0.875,"));
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
        assert!(header.contains("user_0,user_1,") && header.contains("user_254,team,id"), "{header}");
        assert_eq!(header.split(',').count(), MOST_COLUMNS + OURS.len());
    }

    #[test]
    fn no_escape_sequence_is_written() {
        let run = RunBuilder::by_goal("x").uncovered("x", "no").field("team\u{9b}", json!("\u{1b}[2Ja\nb")).build();
        assert!(csv(&run).starts_with("team⟨U+009B⟩,id"));
        assert!(csv(&run).contains("\"␛[2Ja\nb\""));
    }

    #[test]
    fn our_columns_step_aside_for_the_rows_own() {
        let run = RunBuilder::by_goal("x")
            .uncovered("x", "no")
            .field("status", json!("open"))
            .field("label", json!("l"))
            .field("colligate_label", json!("m"))
            .build();
        let header =
            "status,label,colligate_label,id,colligate_status,colligate_colligate_label,labels,confidence,reason";
        assert!(csv(&run).starts_with(header));
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
            csv(&run),
            "'=cmd|' /C calc'!A0,id,status,label,labels,confidence,reason\r\n'@x,d1,uncovered,,,,'=1+1\r\n"
        );
    }

    #[test]
    fn a_skipped_row_does_not_borrow_the_fields_of_a_document_with_its_id() {
        let mut run =
            RunBuilder::by_goal("x").uncovered("x", "no").field("team", json!("a")).skipped("id twice").build();
        run.assignments[1].id = "d1".into();
        assert!(csv(&run).ends_with(",d1,skipped,,,,id twice\r\n"));
    }
}
