//! What a search found, on standard output.

use super::summary::UNCOVERED;
use super::words::{columns, shorten};
use crate::search::{Found, FoundDocument};
use crate::text::numbers::count;
use crate::text::sanitize::line;

/// Columns of text that a narrow terminal is given all the same.
const NARROWEST: usize = 24;
/// Columns of a label behind a document.
const LABEL: usize = 32;

/// Lines of about `width` columns, with a line break at the end.
pub fn found(found: &Found, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for cluster in &found.clusters {
        let size = count(cluster.size, "document");
        lines.push(format!("{:.2}  {} ({size}, {})", cluster.similarity, line(&cluster.label), line(&cluster.id)));
    }
    if !found.documents.is_empty() {
        lines.push(String::new());
    }
    lines.extend(found.documents.iter().map(|document| one(document, width)));
    if lines.is_empty() {
        lines.push("nothing was found".into());
    }
    lines.join("\n") + "\n"
}

/// `0.71  “where is my parcel…” (+2 alike)  t-398  late parcels`
fn one(document: &FoundDocument, width: usize) -> String {
    let alike = if document.copies > 0 { format!(" (+{} alike)", document.copies) } else { String::new() };
    let label = document.label.as_deref().map_or_else(|| UNCOVERED.into(), line);
    let after = format!("{alike}  {}  {}", line(&document.id), shorten(&label, LABEL));
    let head = format!("{:.2}  ", document.similarity);
    let room = width.saturating_sub(columns(&head) + columns(&after) + 2).max(NARROWEST);
    let text = document
        .text
        .as_deref()
        .map_or_else(|| "(text not kept)".into(), |text| format!("“{}”", shorten(&line(text), room)));
    format!("{head}{text}{after}")
}
