//! How many documents a cluster may have.

use super::clusters::{Clusters, Effects, Fate};
use super::edit::What;
use super::file::Edits;
use super::places::{State, States};
use super::problem::Contradiction;
use super::texts::Texts;
use crate::text::numbers::count;

/// Why a document is in no cluster whose own was too small.
const TOO_SMALL: &str = "cluster smaller than a person wants";

/// Drops the clusters that are too small, and says which are too large.
///
/// # Errors
/// Where another edit needs a cluster that is too small.
pub fn sized(
    texts: &Texts<'_>,
    clusters: &mut Clusters,
    edits: &Edits,
    states: &mut States,
    effects: &mut Effects,
) -> Result<(), Contradiction> {
    for (place, edit) in edits.all.iter().enumerate() {
        let sizes = match edit.what {
            What::AtLeast(_) | What::AtMost(_) => sizes(texts, clusters, states),
            _ => continue,
        };
        let kept = (0..sizes.len()).filter(|cluster| clusters.targets[*cluster].fate == Fate::Kept);
        match edit.what {
            What::AtLeast(least) => {
                let small: Vec<usize> = kept.filter(|cluster| sizes[*cluster] < least).collect();
                for cluster in &small {
                    let wanted = clusters.wanted.iter().find(|(wanted, _)| clusters.root(*wanted) == *cluster);
                    if let Some((_, wanted)) = wanted {
                        let why = format!("{} has {}", clusters.shown(*cluster), count(sizes[*cluster], "document"));
                        return Err(Contradiction::of(&[&edits.all[*wanted], edit], &why));
                    }
                }
                let said: Vec<String> = small.iter().map(|cluster| clusters.shown(*cluster)).collect();
                small.iter().for_each(|cluster| clusters.targets[*cluster].fate = Fate::Dropped(place, TOO_SMALL));
                let gone = |cluster: usize| small.contains(&cluster);
                states.values_mut().for_each(|state| _ = state.leave(clusters, gone, TOO_SMALL));
                let said = match said.is_empty() {
                    true => format!("no cluster has fewer than {}", count(least, "document")),
                    false => format!("fewer than {}, dropped: {}", count(least, "document"), said.join(", ")),
                };
                effects.push((edit.line, format!("at-least: {said}")));
            }
            What::AtMost(most) => {
                let large: Vec<String> =
                    kept.filter(|cluster| sizes[*cluster] > most).map(|cluster| clusters.shown(cluster)).collect();
                let said = match large.is_empty() {
                    true => format!("no cluster has more than {}", count(most, "document")),
                    false => format!(
                        "more than {}, and stay: {}: which clusters a run has is decided when it selects them; split off what is \
                         to leave one now",
                        count(most, "document"),
                        large.join(", ")
                    ),
                };
                effects.push((edit.line, format!("at-most: {said}")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// How many documents each cluster has by now.
fn sizes(texts: &Texts<'_>, clusters: &Clusters, states: &States) -> Vec<usize> {
    let mut sizes = vec![0; clusters.targets.len()];
    let mut count = |state: &State| state.held.iter().for_each(|held| sizes[held.cluster] += 1);
    for (document, first) in texts.all().iter().enumerate() {
        match states.get(first) {
            Some(state) => count(state),
            None => count(&State::of(texts.line(document), clusters)),
        }
    }
    sizes
}
