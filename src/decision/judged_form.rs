//! How judged texts and their places are written and read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::inferred_form::InferredForm;
use super::own::Own;
use super::tensors::Tensors;
use super::{By, Judged, OutOfSample, Place, Placement};
use crate::message::Message;

/// What is no array of numbers.
#[derive(Debug, Serialize, Deserialize)]
pub struct JudgedForm {
    /// n.
    texts: usize,
    /// Places of all texts in clusters together.
    held: usize,
    /// Why texts are in no cluster.
    reasons: Vec<Message>,
    others: OthersForm,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OthersForm {
    Nowhere(Message),
    Inferred(Box<InferredForm>),
}

/// How a text without a place of its own is written.
const INFERRED: u32 = 0;
/// How one in clusters is written.
const IN: u32 = 1;
/// How one in none is written, for the first reason; one whose verdict is missing is the next
/// number, and each further reason is two on.
const FIRST_REASON: u32 = 2;

/// Who says so, by number.
const WHO: [By; 3] = [By::Model, By::Spread, By::Similarity];

impl JudgedForm {
    /// Writes it.
    pub fn put(judged: &Judged, tensors: &mut Tensors) -> JudgedForm {
        let mut places = Places::default();
        judged.places.iter().for_each(|place| places.add(place.as_ref()));
        tensors.put_keys("texts: key", &judged.own.keys);
        tensors.put_numbers("texts: row", &judged.own.rows);
        tensors.put_numbers("texts: outcome", &places.outcomes);
        tensors.put_numbers("texts: clusters", &places.counts);
        tensors.put_numbers("places: cluster", &places.clusters);
        tensors.put_numbers("places: by", &places.by);
        tensors.put_doubles("places: confidence", &places.confidences);
        let others = match &judged.others {
            OutOfSample::Nowhere(reason) => OthersForm::Nowhere(reason.clone()),
            OutOfSample::Inferred(inferred) => OthersForm::Inferred(Box::new(InferredForm::put(inferred, tensors))),
        };
        JudgedForm { texts: judged.own.len(), held: places.clusters.len(), reasons: places.reasons, others }
    }

    /// Reads it, for vectors of d values.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(self, tensors: &Tensors, d: usize) -> Result<Judged, String> {
        let places = Places {
            outcomes: tensors.numbers("texts: outcome", self.texts)?,
            counts: tensors.numbers("texts: clusters", self.texts)?,
            clusters: tensors.numbers("places: cluster", self.held)?,
            by: tensors.numbers("places: by", self.held)?,
            confidences: tensors.doubles("places: confidence", self.held)?,
            reasons: self.reasons,
            known: BTreeMap::new(),
        };
        let others = match self.others {
            OthersForm::Nowhere(reason) => OutOfSample::Nowhere(reason),
            OthersForm::Inferred(form) => OutOfSample::Inferred(Box::new(form.read(tensors, d, self.texts)?)),
        };
        Ok(Judged { own: Own::read(tensors, self.texts)?, places: places.read()?, others })
    }
}

/// Places as arrays.
#[derive(Default)]
struct Places {
    /// n.
    outcomes: Vec<u32>,
    /// n: clusters of each text.
    counts: Vec<u32>,
    /// Text by text its clusters, the primary one first.
    clusters: Vec<u32>,
    by: Vec<u32>,
    confidences: Vec<f64>,
    reasons: Vec<Message>,
    /// The number of each reason.
    known: BTreeMap<Message, u32>,
}

impl Places {
    fn add(&mut self, place: Option<&Placement>) {
        let held: &[Place] = if let Some(Placement::In(held)) = place { held } else { &[] };
        let outcome = match place {
            None => INFERRED,
            Some(Placement::In(_)) => IN,
            Some(Placement::Uncovered(reason)) => FIRST_REASON + 2 * self.reason(reason),
            Some(Placement::Failed(reason)) => FIRST_REASON + 2 * self.reason(reason) + 1,
        };
        self.outcomes.push(outcome);
        self.counts.push(held.len() as u32);
        for &Place { cluster, by, confidence } in held {
            self.clusters.push(cluster as u32);
            self.by.push(WHO.iter().position(|one| *one == by).unwrap_or(0) as u32);
            self.confidences.push(confidence);
        }
    }

    fn reason(&mut self, reason: &Message) -> u32 {
        let next = self.reasons.len() as u32;
        let number = *self.known.entry(reason.to_owned()).or_insert(next);
        if number == next {
            self.reasons.push(reason.to_owned());
        }
        number
    }

    fn read(&self) -> Result<Vec<Option<Placement>>, String> {
        let mut held = self.held()?.into_iter();
        let place = |(&outcome, &count): (&u32, &u32)| {
            let own: Vec<Place> = held.by_ref().take(count as usize).collect();
            let reason = || self.reasons.get((outcome.saturating_sub(FIRST_REASON) / 2) as usize).cloned();
            match (outcome, own.is_empty()) {
                (INFERRED, true) => Ok(None),
                (IN, false) if own.len() == count as usize => Ok(Some(Placement::In(own))),
                (FIRST_REASON.., true) => match (reason(), outcome % 2 == FIRST_REASON % 2) {
                    (Some(reason), true) => Ok(Some(Placement::Uncovered(reason))),
                    (Some(reason), false) => Ok(Some(Placement::Failed(reason))),
                    (None, _) => Err("\"texts: outcome\" names a reason that there is not".to_owned()),
                },
                _ => Err("\"texts: clusters\" does not fit \"texts: outcome\"".to_owned()),
            }
        };
        let places = self.outcomes.iter().zip(&self.counts).map(place).collect::<Result<_, _>>()?;
        match held.next() {
            None => Ok(places),
            Some(_) => Err("\"places: cluster\" is of more texts than there are".into()),
        }
    }

    fn held(&self) -> Result<Vec<Place>, String> {
        let of = |((&cluster, &by), &confidence): ((&u32, &u32), &f64)| {
            let by = WHO.get(by as usize).ok_or("\"places: by\" names nobody")?;
            // Of a place by similarity, the confidence may be a cosine.
            let least = if *by == By::Similarity { -1.0 } else { 0.0 };
            if !(least..=1.0).contains(&confidence) {
                return Err(format!("\"places: confidence\" holds {confidence}, which is none"));
            }
            Ok(Place::new(cluster as usize, *by, confidence))
        };
        self.clusters.iter().zip(&self.by).zip(&self.confidences).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{D, entries, groups, inferred, texts, vectors};
    use super::super::{Decision, Inferred, Known, Learned, OwnVectors, Prior, Saved};
    use super::*;
    use crate::seed::sha256_hex;
    use crate::vectors::Embeddings;

    #[test]
    fn others_are_compared_with_the_very_rows_that_the_labels_were_spread_over() {
        let own = texts();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let (inferred, embeddings) = (inferred(Known::Groups(Vec::new())), vectors(&own));
        let rows: Vec<Embeddings> = inferred.spaces.iter().map(|space| space.rows(&own, &embeddings)).collect();
        assert_eq!((rows.len(), inferred.seen(&embeddings)), (5, rows));
    }

    /// The same tensors under a head that is of them.
    fn under(json: &[u8], tensors: Vec<u8>) -> Saved {
        let mut head: serde_json::Value = serde_json::from_slice(json).unwrap();
        head["tensors"] = sha256_hex(&tensors).into();
        Saved { json: serde_json::to_vec(&head).unwrap(), tensors }
    }

    #[test]
    fn what_is_saved_is_read_back_and_places_the_same() {
        for learned in [groups(), entries()] {
            let read = Learned::read(&learned.saved().unwrap()).unwrap();
            assert_eq!(read, learned);
            let (own, new) = (texts(), ["a boat", "bread again", "", "zz"]);
            let all: Vec<&str> = own.iter().map(String::as_str).chain(new).collect();
            let place = |learned: &Learned, texts: &[&str]| {
                let seen = learned.decision.seen(vectors(&all[..12]));
                learned.decision.place(texts, &vectors(texts), &OwnVectors::in_spaces(&seen))
            };
            let together = place(&learned, &all);
            assert_eq!(
                together[3..6],
                [
                    Placement::Uncovered("none".into()),
                    Placement::Failed("none".into()),
                    Placement::Failed("the answer was no choice".into())
                ]
            );
            let one_by_one: Vec<Placement> = all.iter().flat_map(|text| place(&read, &[text])).collect();
            assert_eq!(one_by_one, together);
            assert!(
                matches!(&together[12], Placement::In(held) if held[0].by == By::Spread && held[0].confidence <= 0.9)
            );
        }
    }

    #[test]
    fn a_file_that_was_cut_is_refused_though_its_checksum_is_right() {
        let saved = groups().saved().unwrap();
        for cut in 0..saved.tensors.len() {
            assert!(Learned::read(&under(&saved.json, saved.tensors[..cut].to_vec())).is_err(), "{cut}");
        }
        for cut in 0..saved.json.len() - 2 {
            assert!(Learned::read(&Saved { json: saved.json[..cut].to_vec(), ..saved.clone() }).is_err(), "{cut}");
        }
    }

    #[test]
    fn an_array_that_is_missing_or_not_finite_is_refused() {
        for saved in [groups().saved().unwrap(), entries().saved().unwrap()] {
            let end = 8 + u64::from_le_bytes(*saved.tensors.first_chunk().unwrap()) as usize;
            let header: serde_json::Value = serde_json::from_slice(&saved.tensors[8..end]).unwrap();
            for (name, array) in header.as_object().unwrap() {
                let quoted = format!("\"{name}\"");
                let place = saved.tensors.windows(quoted.len()).position(|bytes| bytes == quoted.as_bytes()).unwrap();
                let mut other = saved.tensors.clone();
                other[place + 1] = b'~';
                assert!(Learned::read(&under(&saved.json, other)).is_err(), "{name}");
                let width = match array["dtype"].as_str() {
                    Some("F32") => 4,
                    Some("F64") => 8,
                    _ => continue,
                };
                let first = end + array["data_offsets"][0].as_u64().unwrap() as usize;
                let mut other = saved.tensors.clone();
                other[first..first + width].fill(0xff);
                assert!(Learned::read(&under(&saved.json, other)).is_err(), "{name}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        let json = String::from_utf8(groups().saved().unwrap().json).unwrap();
        for (from, to) in [
            ("\"held\": 2", "\"held\": 1"),
            ("\"texts\": 12", "\"texts\": 11"),
            ("\"ground\": 12", "\"ground\": 11"),
            ("\"kernel ridge\"", "\"code\""),
            ("\"label spreading\"", "\"labels\""),
            ("\"space\": \"words\"", "\"space\": \"pieces\""),
            (",\n    \"b\"", ""),
            ("\"the answer was no choice\"", ""),
        ] {
            assert!(json.contains(from), "{from} {json}");
            let tensors = groups().saved().unwrap().tensors;
            let json = json.replacen(from, to, 1).replace("\"none\",\n      \n", "\"none\"\n").into_bytes();
            assert!(Learned::read(&Saved { json, tensors }).is_err(), "{from}");
        }
    }

    #[test]
    fn a_number_that_is_out_of_place_is_refused() {
        let changed = |change: &dyn Fn(&mut Judged, &mut Inferred)| {
            let mut learned = groups();
            let Decision::Judged(judged) = &mut learned.decision else { unreachable!() };
            let OutOfSample::Inferred(mut inferred) = judged.others.clone() else { unreachable!() };
            change(judged, &mut inferred);
            judged.others = OutOfSample::Inferred(inferred);
            Learned::read(&learned.saved().unwrap())
        };
        assert!(changed(&|_, _| ()).is_ok());
        assert!(changed(&|judged, _| judged.own.keys.swap(0, 1)).is_err());
        assert!(
            changed(&|judged, _| judged.places[1] = Some(Placement::In(vec![Place::new(2, By::Model, 1.0)]))).is_err()
        );
        assert!(changed(&|judged, _| judged.places[1] = Some(Placement::In(Vec::new()))).is_err());
        for confidence in [5.0, -0.5, 1e300] {
            let place = Placement::In(vec![Place::new(1, By::Model, confidence)]);
            assert!(changed(&|judged, _| judged.places[1] = Some(place.clone())).is_err(), "{confidence}");
        }
        assert!(changed(&|_, inferred| inferred.most = -5.0).is_err());
        assert!(changed(&|_, inferred| inferred.ground[11] = 12).is_err());
        assert!(changed(&|_, inferred| inferred.ground.swap(1, 2)).is_err());
        assert!(changed(&|_, inferred| inferred.clusters[0] = Some(2)).is_err());
        assert!(changed(&|_, inferred| inferred.clusters.push(None)).is_err());
        assert!(changed(&|_, inferred| inferred.ensemble.parts.clear()).is_err());
        assert!(changed(&|_, inferred| inferred.ensemble.parts[1].mixture.members.clear()).is_err());
        let doubled = |_: &mut Judged, inferred: &mut Inferred| {
            let part = &mut inferred.ensemble.parts[0];
            (0..5).for_each(|member| part.mixture.members.push(part.mixture.members[member % 4]));
        };
        assert!(changed(&doubled).is_err());
        assert!(
            changed(&|_, inferred| inferred.prior =
                Some(Prior { weight: 0.1, known: Known::Groups(vec![(2, vec![0.0; D])]) }))
            .is_err()
        );
    }
}
