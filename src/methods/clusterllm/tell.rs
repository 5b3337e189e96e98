//! How the reports tell of `clusterllm`.

use super::record::GuideRecord;
use crate::methods::steps::record::Record;
use crate::methods::steps::telling::{Told, adapter, asked, fact, opinions};
use crate::text::numbers::Precision;

/// What its record says.
pub fn tell(record: &Record, precision: Precision) -> Told {
    let Some(guide) = record.read::<GuideRecord>() else { return Told::default() };
    let facts = [
        fact("asked", Some(asked(Some(guide.questions), &guide.asked))),
        fact("triplets", Some(opinions(guide.perspective.triplets))),
        fact("map of the vectors", Some(adapter(&guide.perspective, precision))),
        fact("pairs", Some(opinions(guide.pairs))),
        fact("joins", Some(joins(&guide))),
    ];
    Told { facts: facts.into_iter().flatten().collect(), trust: resampled(&guide), ..Told::default() }
}

/// How the small clusters became groups.
fn joins(guide: &GuideRecord) -> String {
    format!(
        "{} of {} small clusters confirmed by the model, {} by the vectors alone",
        guide.confirmed, guide.small_clusters, guide.unconfirmed
    )
}

fn resampled(guide: &GuideRecord) -> Option<String> {
    let [low, high] = guide.interval?;
    Some(if low == high {
        format!("In nine of ten resamplings of the answers the number of clusters stays {low}.")
    } else {
        format!("In nine of ten resamplings of the answers the number of clusters is between {low} and {high}.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampled_answers_tell_how_sure_the_number_of_clusters_is() {
        let guide = GuideRecord { interval: Some([4, 7]), ..GuideRecord::default() };
        let told = tell(&Record::of(&guide).unwrap(), Precision::of(9));
        assert!(told.trust.is_some_and(|said| said.ends_with("the number of clusters is between 4 and 7.")));
    }
}
