//! Any bytes as what a run learned, under the right checksums: it is refused, or it places any text in a cluster that there is with
//! a confidence that is one, and is written as it was read.
#![cfg_attr(not(test), no_main)]

use colligate::decision::{By, Learned, OwnVectors, Place, Placement, Saved};
use colligate::seed::sha256_hex;
use colligate_fuzz::{BETWEEN, files, fixture, learned, vectors};
use serde_json::Value;

/// Vectors of more values would only make it slow.
const WIDEST: usize = 64;
const MOST_OWN: usize = 512;

pub fn seeds() -> Vec<Vec<u8>> {
    let one = |learned: &Learned| {
        let saved = learned.saved().expect("it can be written");
        let json: Value = serde_json::from_slice(&saved.json).expect("it is JSON");
        [json.to_string().as_bytes(), &[BETWEEN], &saved.tensors].concat()
    };
    learned::all().iter().map(one).collect()
}

/// Both files, the second one vouched for.
fn saved(bytes: &[u8]) -> Option<Saved> {
    let files = files(bytes, 2);
    let [json, tensors] = files.as_slice() else { return None };
    let mut head: Value = serde_json::from_slice(json).ok()?;
    let fields = head.as_object_mut()?;
    fields.insert("tensors".into(), sha256_hex(tensors).into());
    fields.insert("check".into(), "".into());
    Some(Saved { json: serde_json::to_vec(&head).ok()?, tensors: tensors.to_vec() })
}

fn check(placement: &Placement, clusters: usize) {
    let Placement::In(held) = placement else { return };
    assert!(!held.is_empty(), "in no cluster");
    for Place { cluster, by, confidence } in held {
        let least = if *by == By::Similarity { -1.0 } else { 0.0 };
        assert!(*cluster < clusters && (least - 1e-6..=1.0 + 1e-6).contains(confidence), "{placement:?}");
    }
}

pub fn target(bytes: &[u8]) {
    let Some(saved) = saved(bytes) else { return };
    let Ok(learned) = Learned::read(&saved) else { return };
    let written = learned.saved().expect("what was read can be written");
    assert_eq!(Learned::read(&written).expect("what was written reads back"), learned);
    let own = learned.decision.own().map_or(0, |own| own.len());
    if learned.dimensions > WIDEST || own > MOST_OWN {
        return;
    }
    let own_texts = fixture::texts();
    let mut texts: Vec<&str> = own_texts.iter().map(String::as_str).collect();
    texts.extend([
        "a boat",
        "bread\n- again!",
        "",
        "Das ist ein längerer Satz auf Deutsch, der erkannt wird.",
        "\u{200b}",
    ]);
    let seen = learned.decision.seen(vectors(own, learned.dimensions));
    let rows = vectors(texts.len(), learned.dimensions);
    let placements = learned.decision.place(&texts, &rows, &OwnVectors::in_spaces(&seen));
    assert_eq!(placements.len(), texts.len());
    placements.iter().for_each(|placement| check(placement, learned.clusters.len()));
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
