//! What later documents look like beside those of a run, in a few lines.

use super::words::columns;
use crate::compare::{Drift, Likeness, PartDrift, ShareChange};
use crate::run::SURE;
use crate::text::numbers::{Precision, count, thousands};
use crate::text::sanitize::line;

/// Some lines without a line break at the end.
pub fn drift(drift: &Drift) -> String {
    let now = &drift.documents.now;
    let precision = Precision::of(now.assigned + now.uncovered);
    let mut lines = vec![placed(drift)];
    lines.extend(shares(drift, precision));
    lines.extend(drift.likeness.as_ref().map(likeness));
    if !drift.themes.is_empty() {
        lines.push("what those in no cluster are about, by their words:".into());
    }
    for theme in &drift.themes {
        let label = if theme.label.is_empty() { "(no phrase of its own)".into() } else { line(&theme.label) };
        let shown: Vec<String> = theme.exemplars.iter().map(|id| line(id)).collect();
        lines.push(format!("- {label} ({}), such as {}", count(theme.size, "document"), shown.join(", ")));
    }
    lines.join("\n")
}

/// `▲ +6.1 points (+1.0 to +11.2)`
pub(super) fn points(change: &ShareChange) -> String {
    let points = |part: f64| format!("{:+.1}", part * 100.0);
    let mark = if change.estimate > 0.0 { "▲" } else { "▼" };
    format!("{mark} {} points ({} to {})", points(change.estimate), points(change.low), points(change.high))
}

fn placed(drift: &Drift) -> String {
    let now = &drift.documents.now;
    let rows = now.assigned + now.uncovered + now.skipped + now.failed;
    let parts =
        [(now.assigned, "assigned"), (now.uncovered, "uncovered"), (now.skipped, "skipped"), (now.failed, "failed")];
    let parts: Vec<String> =
        parts.map(|(number, status)| format!("{} {status}", thousands(number as u64))).into_iter().collect();
    let unsure = match drift.unsure {
        0 => String::new(),
        unsure => {
            format!("; {} of the assigned are unsure: their confidence is below {SURE}", thousands(unsure as u64))
        }
    };
    format!("{} = {}{unsure}", count(rows, "row"), parts.join(" + "))
}

/// The shares that changed by more than chance, and how many did not.
fn shares(drift: &Drift, precision: Precision) -> Vec<String> {
    let beyond: Vec<&PartDrift> = drift.beyond_chance().collect();
    let all = drift.clusters.len() + 1;
    if beyond.is_empty() {
        return vec!["no share changed since the run by more than chance".into()];
    }
    let then = |part: &PartDrift| precision.percent(part.share.then.estimate);
    let now = |part: &PartDrift| precision.percent(part.share.now.estimate);
    let widest = |of: &dyn Fn(&PartDrift) -> String| beyond.iter().map(|part| columns(&of(part))).max().unwrap_or(0);
    let (wide, wider) = (widest(&then), widest(&now));
    let row = |part: &&PartDrift| {
        let label = part.label.as_deref().map_or_else(|| "(in no cluster)".into(), line);
        format!("  {:>wide$} → {:>wider$}  {}  {label}", then(part), now(part), points(&part.change))
    };
    let head = format!("{} of {} changed since the run by more than chance:", beyond.len(), count(all, "share"));
    std::iter::once(head).chain(beyond.iter().map(row)).collect()
}

fn likeness(likeness: &Likeness) -> String {
    let measured = format!("(energy distance {:.3}, p = {:.3})", likeness.distance, likeness.p);
    if likeness.differs {
        format!("these documents do not look like those of the run {measured}: what they bring may have no cluster yet")
    } else {
        format!("these documents look like those of the run {measured}")
    }
}
