//! `colligate diff`: what changed between two runs.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::print;
use crate::compare::{Comparison, Kind, Side, compare};
use crate::report;

/// Compare two finished runs: which clusters are new, gone, split, merged or renamed, which shares changed, which documents moved
///
/// Clusters go together by the documents that are in both runs; those with hardly a document in both go together by where their
/// documents lie. Documents are known again by their ids and texts. Exit code 1 where `--fail-on` says so.
#[derive(Debug, Args)]
pub struct Diff {
    /// Directory of the first run
    before: PathBuf,
    /// Directory of the second run
    after: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Print one JSON object, with every document that moved: `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Fail where clusters are new, gone, split, merged or renamed, where a share changed by so many
    /// points, or where so many percent of the documents in both moved: new,gone,share:5,moved:10
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    fail_on: Vec<Alarm>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

impl Diff {
    /// Compares and prints.
    pub fn run(&self) -> anyhow::Result<u8> {
        let (before, after) = (Side::read_edited(&self.before)?, Side::read_edited(&self.after)?);
        for (side, path) in [(&before, &self.before), (&after, &self.after)] {
            if side.lacks_vectors() {
                print::message(&format!(
                    "warning: {}: embeddings.npy is not there: clusters without a document in both runs do not go together",
                    path.display()
                ));
            }
        }
        let comparison = compare(&before, &after);
        let runs = [&before.run, &after.run];
        match if self.json { Format::Json } else { self.format } {
            Format::Text => {
                let text = report::comparison_text(&comparison, runs, print::style().width);
                print::data(&text)?;
            }
            Format::Json => print::data(&format!("{}\n", serde_json::to_string(&comparison)?))?,
            Format::Html => print::data(&report::comparison_page(&comparison, runs))?,
        }
        let found: Vec<String> = self.fail_on.iter().flat_map(|alarm| alarm.found(&comparison)).collect();
        found.iter().for_each(|found| print::message(&format!("error: --fail-on {found}")));
        Ok(u8::from(!found.is_empty()))
    }
}

/// What must not have happened.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Alarm {
    /// Clusters of a kind.
    Kind(Kind),
    /// A share that changed by at least so many points.
    Share(f64),
    /// At least so many percent of the documents in both that moved.
    Moved(f64),
}

impl FromStr for Alarm {
    type Err = String;

    fn from_str(text: &str) -> Result<Alarm, String> {
        let known = "new, gone, split, merged, renamed, share:POINTS or moved:PERCENT";
        let number = |text: &str| match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
            _ => Err(format!("expected a number above 0, got {text:?}")),
        };
        match text.split_once(':') {
            Some(("share", points)) => number(points).map(Alarm::Share),
            Some(("moved", percent)) => number(percent).map(Alarm::Moved),
            Some(_) => Err(format!("expected {known}")),
            None => match text {
                "new" => Ok(Alarm::Kind(Kind::New)),
                "gone" => Ok(Alarm::Kind(Kind::Gone)),
                "split" => Ok(Alarm::Kind(Kind::Split)),
                "merged" => Ok(Alarm::Kind(Kind::Merged)),
                "renamed" => Ok(Alarm::Kind(Kind::Renamed)),
                "share" | "moved" => Err(format!("expected a number behind it, as in {text}:5")),
                _ => Err(format!("expected {known}")),
            },
        }
    }
}

impl Alarm {
    /// What of it happened, a line each.
    fn found(&self, comparison: &Comparison) -> Vec<String> {
        match *self {
            Alarm::Kind(kind) => {
                let of_kind = comparison.changes.iter().filter(|change| change.kind == kind);
                let labels = |change: &crate::compare::Change| {
                    let parts = if change.before.is_empty() { &change.after } else { &change.before };
                    let labels: Vec<String> = parts.iter().map(|part| format!("{:?}", part.label)).collect();
                    labels.join(" and ")
                };
                let name = format!("{kind:?}").to_lowercase();
                of_kind.map(|change| format!("{name}: {}", labels(change))).collect()
            }
            Alarm::Share(points) => {
                let changed = comparison.changes.iter().filter_map(|change| Some((change, change.share?)));
                let too_much = changed.filter(|(_, share)| share.estimate.abs() * 100.0 >= points);
                too_much
                    .map(|(change, share)| {
                        let label = change.after.first().map_or("", |part| part.label.as_str());
                        format!("share:{points}: {label:?} changed by {:+.1} points", share.estimate * 100.0)
                    })
                    .collect()
            }
            Alarm::Moved(percent) => {
                let (moved, both) = (comparison.moved.len(), comparison.documents.both);
                let found = 100.0 * moved as f64 / both.max(1) as f64;
                let too_many =
                    (found >= percent).then(|| format!("moved:{percent}: {moved} of {both} documents moved"));
                too_many.into_iter().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_happen_is_read_or_refused_with_what_there_is() {
        assert_eq!("share:2.5".parse(), Ok(Alarm::Share(2.5)));
        assert_eq!("gone".parse(), Ok(Alarm::Kind(Kind::Gone)));
        for wrong in ["", "same", "share", "share:", "share:-1", "share:nan", "new:3", "moved:0"] {
            assert!(wrong.parse::<Alarm>().is_err(), "{wrong}");
        }
    }
}
