//! Any body as a server's reply, and any text as a model's answer to any kind of question: no panic, and no answer beyond the list.
#![cfg_attr(not(test), no_main)]

use colligate::model::{Answer, Call, LegalAnswer, Recorded, Reply, completion, parse};
use colligate_fuzz::{literals, project};

/// Every kind of legal answer, for a list of so many.
fn legal(count: usize) -> [LegalAnswer; 5] {
    [
        LegalAnswer::YesNo,
        LegalAnswer::Items { fields: vec!["label".into(), "predicate".into()], most: Some(count) },
        LegalAnswer::Choice { count },
        LegalAnswer::Letter { count },
        LegalAnswer::Choices { documents: 3, count },
    ]
}

fn check(reply: &Reply, count: usize) {
    let inside = |places: &[usize]| assert!(places.iter().all(|place| *place < count), "{places:?} of {count}");
    match reply {
        Reply::Verdict { log_odds, .. } => assert!(log_odds.is_none_or(f64::is_finite), "{log_odds:?}"),
        Reply::Shares(shares) => {
            let sum: f64 = shares.iter().sum();
            assert!(shares.len() == count + 1 && (sum - 1.0).abs() < 1e-6, "{shares:?}");
        }
        Reply::Choice(places) => inside(places),
        Reply::Choices(documents) => documents.iter().for_each(|places| inside(places)),
        Reply::Items(_) | Reply::Probabilities(_) => {}
    }
}

/// Replies and answers of the tests.
pub fn seeds() -> Vec<Vec<u8>> {
    literals::below(&project().join("src/model"))
}

pub fn target(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    let count = text.len() % 25 + 1;
    let said = Recorded::Completion { content: text.into(), logprobs: None };
    let read = completion(text, 40).ok().map(|completion| completion.reply);
    for reply in [Some(said), read].into_iter().flatten() {
        let call = Call {
            key: String::new(),
            stage: String::new(),
            prompt: String::new(),
            request: None,
            reply,
            finish_reason: None,
            usage: None,
            milliseconds: 0,
            settles: None,
        };
        let line = serde_json::to_string(&call).expect("a call can be written");
        let back: Call = serde_json::from_str(&line).expect("what was written reads back");
        for legal in &legal(count) {
            if let Answer::Answered(reply) = parse(&back, legal) {
                check(&reply, count);
            }
        }
    }
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
