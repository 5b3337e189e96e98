//! How the reports tell of likeness to a codebook.

use super::record::{LikenessRecord, ProposalRecord};
use crate::methods::steps::record::Record;
use crate::methods::steps::telling::{Notice, Told, Weight, fact};
use crate::text::numbers::{Precision, count};
use crate::text::sanitize::line;

/// Share of the documents without their entry that is found to be like none, below which a reader must know.
const CAUGHT: f64 = 0.75;

/// What its record says.
pub fn tell(record: &Record, precision: Precision) -> Told {
    let Some(record) = record.read::<LikenessRecord>() else { return Told::default() };
    let left_out = record.caught.map(|caught| left_out(caught, precision));
    Told {
        facts: fact("left out", left_out.clone()).into_iter().collect(),
        notices: left_out
            .filter(|_| record.caught.is_some_and(|caught| caught < CAUGHT))
            .map(notice)
            .into_iter()
            .collect(),
        proposals: proposals(&record),
        ..Told::default()
    }
}

/// What becomes of documents whose entry is missing.
fn left_out(caught: f64, precision: Precision) -> String {
    format!(
        "with their own entry left out of the codebook, {} of the documents are like no entry; the others go to another",
        precision.percent(caught)
    )
}

/// The same for a reader who may not know it.
fn notice(left_out: String) -> Notice {
    let text = format!("Documents of a theme that the codebook lacks are mostly placed in its entries: {left_out}.");
    Notice { weight: Weight::Caution, title: "A missing entry hides", text }
}

/// A line a proposal: documents, keyphrases, and some of the documents.
fn proposals(record: &LikenessRecord) -> Vec<String> {
    let said = |proposal: &ProposalRecord| {
        let label = if proposal.label.is_empty() { "(no phrase of its own)".into() } else { line(&proposal.label) };
        let shown: Vec<String> = proposal.exemplars.iter().map(|id| line(id)).collect();
        format!("{label} ({}), such as {}", count(proposal.size, "document"), shown.join(", "))
    };
    record.proposals.iter().map(said).collect()
}
