//! How the reports tell of likeness to a codebook.

use super::record::{LikenessRecord, ProposalRecord};
use crate::methods::steps::record::Record;
use crate::methods::steps::telling::Told;
use crate::text::numbers::{Precision, count};
use crate::text::sanitize::line;

/// What its record says.
pub fn tell(record: &Record, _: Precision) -> Told {
    let Some(record) = record.read::<LikenessRecord>() else { return Told::default() };
    Told { proposals: proposals(&record), ..Told::default() }
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
