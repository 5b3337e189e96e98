//! What an update has added to a run, in words for a terminal.

use crate::run::{ClusterLine, FinishedRun, UpdateRecord};
use crate::text::numbers::{count, thousands};
use crate::text::sanitize::line;

/// Clusters that are named at most.
const NAMED: usize = 10;

/// What the last update of a run has added.
pub fn update(run: &FinishedRun) -> String {
    let none = UpdateRecord::default();
    let update = run.manifest.updates.last().unwrap_or(&none);
    let came = update.rows - update.known.min(update.rows);
    let mut said = vec![format!(
        "{} of {} are new; the run holds {} in {}",
        thousands(came as u64),
        count(update.rows, "row"),
        count(run.documents.len(), "document"),
        count(run.clusters.len(), "cluster")
    )];
    if update.changed > 0 {
        said.push(format!("{} came with another text than the run has", count(update.changed, "document")));
    }
    said.push(match update.clusters.len() {
        0 => "nothing among them is of a kind that was not there before".to_owned(),
        added => format!("{}:", count(added, "new cluster")),
    });
    let of = |ids: &[String]| -> Vec<&ClusterLine> {
        run.clusters.iter().filter(|cluster| ids.contains(&cluster.id)).collect()
    };
    let sized = |cluster: &&ClusterLine| format!("  {} ({})", line(&cluster.label), count(cluster.size, "document"));
    said.extend(of(&update.clusters).iter().map(sized));
    let absent: Vec<&ClusterLine> = of(&update.absent);
    if !absent.is_empty() {
        let more = absent.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names: Vec<String> = absent.iter().take(NAMED).map(|cluster| line(&cluster.label)).collect();
        said.push(format!("none of them is in {}{more}", names.join("; ")));
    }
    said.join("\n")
}
