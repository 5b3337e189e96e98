//! What `run --dry-run` prints.

use serde_json::json;

use crate::methods::{Estimate, Range, StageEstimate};
use crate::plan::Plan;

/// A table: one line a stage and a total.
pub fn table(estimate: &Estimate, plan: &Plan) -> String {
    let mut lines = vec!["nothing is asked: expected (low to high)".to_owned()];
    let rows = estimate.stages.iter().cloned().chain([estimate.total()]);
    lines.extend(rows.map(|row| line(&row, plan)));
    lines.push(match plan.model.prices {
        Some(_) => "cost is in the currency of --price-in and --price-out; retries come on top".to_owned(),
        None => "for a cost, give --price-in and --price-out, per million tokens; retries come on top".to_owned(),
    });
    lines.join("\n") + "\n"
}

fn line(row: &StageEstimate, plan: &Plan) -> String {
    let cost = plan.model.prices.map_or(String::new(), |prices| {
        let cost = row.cost(prices);
        format!(", cost {:.4} ({:.4} to {:.4})", cost.expected, cost.low, cost.high)
    });
    format!(
        "{:8} {} questions, {} prompt tokens, {} completion tokens{cost}",
        row.stage,
        range(row.questions),
        range(row.prompt_tokens),
        range(row.completion_tokens)
    )
}

fn range(range: Range<u64>) -> String {
    format!("{} ({} to {})", range.expected, range.low, range.high)
}

/// One JSON object: `stages`, `total`, and `cost` when prices are given.
pub fn json(estimate: &Estimate, plan: &Plan) -> String {
    let total = estimate.total();
    let cost = plan.model.prices.map(|prices| total.cost(prices));
    format!("{}\n", json!({ "stages": estimate.stages, "total": total, "cost": cost }))
}
