//! How the reports tell of `classify`.

use super::record::LabelsRecord;
use crate::methods::CriterionRecord;
use crate::methods::steps::record::Record;
use crate::methods::steps::telling::{Told, asked, fact};
use crate::text::numbers::{Precision, count};

/// What its record says.
pub fn tell(record: &Record, _: Precision) -> Told {
    let Some(record) = record.read::<LabelsRecord>() else { return Told::default() };
    let twice = (record.asked_twice > 0).then(|| twice(&record));
    let facts = [
        fact("asked", Some(asked(record.questions, &record.asked))),
        fact("labels", Some(labels(&record))),
        fact("asked twice", twice),
        fact("criterion test", record.criterion.as_ref().and_then(CriterionRecord::fact)),
    ];
    Told { facts: facts.into_iter().flatten().collect(), ..Told::default() }
}

/// Where the closed list of `classify` came from.
fn labels(labels: &LabelsRecord) -> String {
    let named: usize = labels.batches.iter().sum();
    format!(
        "{named} named in {}, {} merged into others, {} listed; legal answers on {}",
        count(labels.batches.len(), "question"),
        labels.merged,
        labels.listed,
        count(labels.judged, "document")
    )
}

/// How far the model agrees with itself.
fn twice(record: &LabelsRecord) -> String {
    format!("{}, {} with the same answer", count(record.asked_twice, "document"), record.agreed)
}
