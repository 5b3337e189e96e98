//! What changed, on standard output.

use super::{Named, Row, View};
use crate::compare::Comparison;
use crate::report::words::{columns, shorten};
use crate::run::FinishedRun;
use crate::text::numbers::thousands;

/// Columns of labels that a narrow terminal is given all the same.
const NARROWEST: usize = 24;

/// What the program prints of two runs, with a line break at its end, in lines of about `width` columns.
pub fn comparison_text(comparison: &Comparison, runs: [&FinishedRun; 2], width: usize) -> String {
    let view = View::of(comparison, runs);
    let mut lines = view.sentences.clone();
    if !view.rows.is_empty() {
        lines.push(String::new());
        lines.extend(table(&view.rows, width));
    }
    if !view.flows.is_empty() {
        lines.extend([String::new(), "Moved:".into()]);
    }
    for flow in &view.flows {
        let number = format!("{:>6}  ", thousands(flow.documents as u64));
        let room = width.saturating_sub(columns(&number) + columns(&flow.examples) + 4).max(NARROWEST);
        let way = shorten(&format!("{} → {}", flow.from, flow.to), room);
        lines.push(format!("{number}{way}  ({})", flow.examples));
    }
    lines.extend(view.more);
    lines.join("\n") + "\n"
}

/// `renamed  12% → 14%  bells → bells and horns  ▲ +2.1 points (+0.3 to +4.0)`
fn table(rows: &[Row], width: usize) -> Vec<String> {
    let widest = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let before = widest(|row| columns(&shares(&row.before)));
    let after = widest(|row| columns(&shares(&row.after)));
    let pad = |text: &str, to: usize| format!("{text}{}", " ".repeat(to.saturating_sub(columns(text))));
    let line = |row: &Row| {
        let what = pad(&format!("{}{}", if row.is_part { "  " } else { "" }, row.what), 9);
        let head = format!("{what}  {} → {}  ", pad(&shares(&row.before), before), pad(&shares(&row.after), after));
        let change = row.change.as_ref().map_or(String::new(), |change| format!("  {change}"));
        let room = width.saturating_sub(columns(&head) + columns(&change)).max(NARROWEST);
        format!("{head}{}{change}", shorten(&row.labels(), room))
    };
    rows.iter().map(line).collect()
}

fn shares(clusters: &[Named]) -> String {
    let shares: Vec<&str> = clusters.iter().map(|cluster| cluster.percent.as_str()).collect();
    shares.join(", ")
}
