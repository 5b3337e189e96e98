//! What the user reads of the clusters, and the warnings on how they were found.

use super::findings::Findings;
use super::place::Placed;
use crate::cluster::{Best, Neighbor};
use crate::error::Error;
use crate::message::Message;
use crate::methods::steps::criterion::Tested;
use crate::methods::steps::explain::{Named, explained, ranked};
use crate::methods::steps::illustrate::NEAR_MISSES;
use crate::methods::{By, Cluster, Place, Placement};
use crate::spread::Share;
use crate::text::numbers::count;

/// Where less of what the letters say depends on the document, they tell hardly anything of it.
const TELLING: f64 = 0.1;

impl Findings<'_, '_> {
    /// The clusters in their order; `shares` are those of the classes.
    pub(super) fn clusters(
        self,
        placed: &Placed,
        tested: Vec<Tested>,
        shares: &[Share],
    ) -> Result<Vec<Cluster>, Error> {
        let named = self.named(placed, tested);
        let mut clusters = explained(self.session.setting, &named, &placed.placements, None)?;
        for (cluster, &class) in clusters.iter_mut().zip(&placed.order) {
            cluster.share = Some(shares[class]);
        }
        Ok(clusters)
    }

    /// Clusters with their members, those that the model judged before those that were inferred.
    fn named(self, placed: &Placed, tested: Vec<Tested>) -> Vec<Named> {
        let named = |((cluster, &class), tested): ((usize, &usize), Tested)| {
            let (mut members, mut others) = (Vec::new(), Best::new(NEAR_MISSES));
            for (index, placement) in placed.placements.iter().enumerate() {
                let posterior = self.spread.logs[(index, class)].exp();
                let held = match placement {
                    Placement::In(places) => places.iter().find(|place| place.cluster == cluster),
                    _ => None,
                };
                match held {
                    Some(Place { by: By::Model, .. }) => members.push(Neighbor { index, similarity: 1.0 + posterior }),
                    Some(_) => members.push(Neighbor { index, similarity: posterior }),
                    None => others.offer(Neighbor { index, similarity: posterior }),
                }
            }
            Named { tested, members: ranked(members), others: others.sorted() }
        };
        placed.order.iter().enumerate().zip(tested).map(named).collect()
    }

    /// Of answers by letter, how much depends on the document.
    pub(super) fn information(self) -> Option<f64> {
        self.judgments.judge.information().filter(|_| self.judgments.is_in_shares())
    }

    /// That the letters say little, or that answers are missing.
    pub(super) fn warnings(self) -> Vec<Message> {
        let little = self.information().filter(|&told| told < TELLING).map(|told| {
            format!(
                "only {:.0}% of what the model's letters say hangs on the document: the clusters come from the vectors more than from \
                 the model; a larger one would tell more",
                100.0 * told
            )
        });
        let placed = |losses: usize, why: &str| {
            let are = if losses == 1 { "is" } else { "are" };
            let documents = count(losses, "document");
            format!("{documents} that the model was asked about {are} placed by the answers on others: {why}")
        };
        let answers = &self.judgments.answers;
        let (failed, open) = (answers.failures(), answers.losses() - answers.failures());
        let failed = (failed > 0).then(|| placed(failed, "there was no usable answer"));
        let open = (open > 0).then(|| {
            let why = "none of the groups listed for it held, and questions did not reach for the other groups";
            placed(open, why)
        });
        little.into_iter().chain(failed).chain(open).map(Message::from).collect()
    }
}
