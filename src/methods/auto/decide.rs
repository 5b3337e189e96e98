//! What the run learned, for documents that come later: judged texts stay where they are, any other
//! goes where the spread puts it.

use super::audit::Audited;
use super::findings::Findings;
use super::place::Placed;
use crate::decision::{Decision, Inferred, Judged, OutOfSample, Own};
use crate::methods::Placement;
use crate::methods::steps::confidence::Confidence;
use crate::spread::Ensemble;

impl Findings<'_, '_> {
    /// What places a text that was not judged; `order` has the class of each cluster.
    pub(super) fn inferred(self, mut ensemble: Ensemble, confidence: &Confidence, order: &[usize]) -> Inferred {
        let Findings { session, judgments, spread } = self;
        let classes = &spread.selection.classes;
        let (mut spaces, mut of_texts) = (Vec::new(), Vec::new());
        let own: Vec<&str> = session.sample.texts.iter().map(|&text| session.texts[text]).collect();
        for (number, part) in ensemble.parts.iter_mut().enumerate() {
            let space = session.sample.space(part.mixture.space);
            let is_compared = !part.degrees.is_empty();
            of_texts.push(if is_compared { space.of_texts(&own) } else { None });
            spaces.push(space.clone());
            part.mixture.space = number;
        }
        let mut clusters = vec![None; classes.none()];
        order.iter().enumerate().for_each(|(cluster, &class)| clusters[class] = Some(cluster));
        Inferred {
            ground: Vec::new(),
            spaces,
            of_texts,
            ensemble,
            prior: judgments.decided_prior(&classes.candidates, spread.learned.weight),
            calibrated: Some(confidence.calibrated()),
            most: 1.0,
            clusters,
            none: self.none_inferred().into(),
        }
    }

    /// Places every text that was not judged by what was inferred, and makes the decision of it.
    pub(super) fn decide(self, mut inferred: Inferred, audited: &[Audited], placed: &mut Placed) -> Decision {
        let Findings { session, judgments, spread } = self;
        let placements = &mut placed.placements;
        let mut judged = vec![false; session.texts.len()];
        judgments.answers.iter().for_each(|(text, _)| judged[text] = true);
        audited.iter().for_each(|one| judged[one.document] = true);
        let unjudged: Vec<usize> = (0..judged.len()).filter(|&text| !judged[text]).collect();
        for text in unjudged {
            placements[text] = inferred.placed(spread.logs.row(text));
            // That a document is of no group may be inferred from just that the answers on its like failed.
            if let (Placement::Uncovered(_), Some(why)) = (&placements[text], judgments.answers.failed(text)) {
                placements[text] = Placement::Failed(why.clone());
                judged[text] = true;
            }
        }
        let known: Vec<usize> =
            (0..judged.len()).filter(|&text| judged[text] || session.sample.place(text).is_some()).collect();
        let of_part = |number: &u32| session.sample.place(known[*number as usize]).is_some();
        inferred.ground = (0..known.len() as u32).filter(of_part).collect();
        let rows = session.setting.corpus.representatives();
        let texts: Vec<&str> = known.iter().map(|&text| session.texts[text]).collect();
        let own = Own::new(&texts, &known.iter().map(|&text| rows[text]).collect::<Vec<_>>());
        let places = known.iter().map(|&text| judged[text].then(|| placements[text].clone())).collect();
        Decision::Judged(Judged { own, places, others: OutOfSample::Inferred(Box::new(inferred)) })
    }
}
