//! Any text, and any log-probabilities, as a model's reply to each kind of question: never a panic, never a share that is no
//! number, never a place beyond the list.
#![no_main]

use colligate::model::{Answer, Call, LegalAnswer, Recorded, Reply, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (String, Option<Vec<(String, f64)>>, u8, u8, u8)| {
    let (content, logprobs, kind, count, documents) = data;
    let (count, documents) = (usize::from(count), usize::from(documents));
    let legal = match kind % 5 {
        0 => LegalAnswer::YesNo,
        1 => LegalAnswer::Items { fields: vec!["label".into(), "predicate".into()], most: Some(count) },
        2 => LegalAnswer::Choice { count },
        3 => LegalAnswer::Letter { count: count % 25 },
        _ => LegalAnswer::Choices { documents, count },
    };
    let call = Call {
        key: "0".repeat(64),
        stage: "core".into(),
        prompt: "core-1".into(),
        request: None,
        reply: Recorded::Completion { content, logprobs },
        finish_reason: None,
        usage: None,
        milliseconds: 0,
    };
    let line = serde_json::to_vec(&call).expect("a call can be written");
    let Answer::Answered(reply) = parse(&call, &legal) else { return };
    serde_json::from_slice::<Call>(&line).expect("what answered is journalled so that it reads back");
    match reply {
        Reply::Letter(shares) => {
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{shares:?}");
        }
        Reply::Verdict { log_odds, .. } => assert!(log_odds.is_none_or(f64::is_finite)),
        Reply::Choice(places) => assert!(places.iter().all(|place| *place < count)),
        Reply::Choices(all) => {
            assert_eq!(all.len(), documents);
            assert!(all.iter().flatten().all(|place| *place < count));
        }
        Reply::Items(_) => {}
    }
});
