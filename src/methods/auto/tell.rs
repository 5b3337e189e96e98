//! How the reports tell of `auto`.

use std::collections::BTreeMap;

use super::record::{CoreRecord, FormRecord};
use crate::methods::CriterionRecord;
use crate::methods::steps::record::Record;
use crate::methods::steps::telling::{Notice, Told, Weight, adapter, asked, fact, opinions};
use crate::text::numbers::{Precision, count, thousands};
use crate::text::sanitize::line;

/// An audit below this agreement says that the inferred places are not to be relied on.
const RELIABLE: f64 = 0.5;
/// An audit below this agreement, or answers of which more than the rest are wrong, are worth a notice.
const GOOD: f64 = 0.75;

/// What its record says.
pub fn tell(record: &Record, precision: Precision) -> Told {
    let Some(core) = record.read::<CoreRecord>() else { return Told::default() };
    let perspective = core.perspective.as_ref();
    let facts = [
        fact("asked", Some(asked(Some(core.questions), &core.asked))),
        fact("triplets", perspective.map(|record| opinions(record.triplets))),
        fact("map of the vectors", perspective.map(|record| adapter(record, precision))),
        fact("groups named", Some(named(&core))),
        fact("spread", spread(&core, precision)),
        fact("feature space", space(&core, precision)),
        fact("form of the questions", core.form.as_ref().map(form)),
        fact("letters", letters(&core, precision)),
        fact("errors of the answers", errors(&core, precision)),
        fact("audit", audit(&core, precision)),
        fact("criterion test", core.criterion.as_ref().and_then(CriterionRecord::fact)),
    ];
    Told {
        facts: facts.into_iter().flatten().collect(),
        notices: disagreement(&core, precision).into_iter().chain(doubt(&core, precision)).collect(),
        trust: audited(&core, precision).or_else(|| held_out(&core, precision)),
        proposals: Vec::new(),
    }
}

/// How far the model agrees with what was inferred from its own answers.
fn disagreement(core: &CoreRecord, precision: Precision) -> Option<Notice> {
    let audit = core.audit?;
    let agreement = audit.agreement;
    let (weight, advice) = match agreement.estimate {
        share if share < RELIABLE => (Weight::Alarm, "Do not rely on the inferred ones"),
        share if share < GOOD => (Weight::Caution, "Many of the inferred ones are in the wrong cluster"),
        _ => return None,
    };
    let text = format!(
        "The model judged {} of {} as they had been inferred from its other answers ({}, 95% interval {}). {advice}.",
        thousands(audit.agreed as u64),
        count(audit.asked, "random document"),
        precision.percent(agreement.estimate),
        precision.interval(agreement.low, agreement.high)
    );
    Some(Notice { weight, title: "Low agreement in the audit", text })
}

/// A model that contradicts itself, or whose answers on some documents do not predict those on others.
fn doubt(core: &CoreRecord, precision: Precision) -> Option<Notice> {
    let contradicts = core.error.filter(|error| *error > 1.0 - GOOD).map(|error| {
        let (alike, twice) = (thousands(core.agreed as u64), count(core.asked_twice, "document"));
        format!(
            "Of {twice} judged twice, {alike} got the same answer: about {} of the answers are wrong.",
            precision.percent(error)
        )
    });
    let best = core.tried.get(&core.spread).filter(|right| **right < RELIABLE).map(|right| {
        format!(
            "Inferred from the other answers, only {} of the judged documents are right.",
            precision.percent(*right)
        )
    });
    let text: Vec<String> = contradicts.into_iter().chain(best).collect();
    (!text.is_empty()).then(|| Notice { weight: Weight::Caution, title: "Weak model", text: text.join(" ") })
}

fn audited(core: &CoreRecord, precision: Precision) -> Option<String> {
    let audit = core.audit?;
    Some(format!(
        "Asked about {} that had been inferred, the model agreed on {} ({}).",
        count(audit.asked, "random document"),
        thousands(audit.agreed as u64),
        precision.percent(audit.agreement.estimate)
    ))
}

fn held_out(core: &CoreRecord, precision: Precision) -> Option<String> {
    let right = core.tried.get(&core.spread)?;
    Some(format!(
        "Inferred from the other answers, {} of the judged documents come out as the model judged them.",
        precision.percent(*right)
    ))
}

/// Where the candidates of `auto` came from.
fn named(core: &CoreRecord) -> String {
    let named = thousands((core.candidates + core.merged) as u64);
    match core.merged {
        0 => named,
        merged => format!("{named}, of which {} joined with others or left to them", were(merged)),
    }
}

fn were(number: usize) -> String {
    format!("{} {}", thousands(number as u64), if number == 1 { "was" } else { "were" })
}

/// How the answers reached the other documents.
fn spread(core: &CoreRecord, precision: Precision) -> Option<String> {
    let weights =
        if core.weights.len() > 1 { format!(" ({})", shares(&core.weights, precision)) } else { String::new() };
    let how = if core.denoised { ", answers read as evidence" } else { "" };
    let among = core.part.map(|part| format!(" among {part} random texts")).unwrap_or_default();
    (!core.spread.is_empty()).then(|| {
        format!(
            "by {}{weights} from {} judged documents{among}{how}; right on documents held out: {}; calibration error {}",
            core.spread,
            core.judged,
            shares(&core.tried, precision),
            precision.percent(core.calibration_error)
        )
    })
}

/// Names, each with its share in a hundred.
fn shares(all: &BTreeMap<String, f64>, precision: Precision) -> String {
    all.iter().map(|(name, share)| format!("{name} {}", precision.percent(*share))).collect::<Vec<_>>().join(", ")
}

/// Which feature space the answers were spread in, where there was a choice.
fn space(core: &CoreRecord, precision: Precision) -> Option<String> {
    let probable = match core.probable.is_empty() {
        true => String::new(),
        false => format!("; how probable it made their answers: {}", shares(&core.probable, precision)),
    };
    let spaces = shares(&core.spaces, precision);
    (core.spaces.len() > 1).then(|| format!("{}; right on documents held out: {spaces}{probable}", core.space))
}

/// Which form was chosen, and what spoke for it.
fn form(form: &FormRecord) -> String {
    format!(
        "{}: of {} documents asked about in both orders of the list, {} were judged alike and {} by their place; {} were judged so \
         among ten in a question",
        line(&form.form),
        form.asked,
        form.alike,
        form.same_place,
        form.together
    )
}

/// How much the letters tell.
fn letters(core: &CoreRecord, precision: Precision) -> Option<String> {
    Some(format!("{} of what they say depends on the document", precision.percent(core.told?)))
}

fn errors(core: &CoreRecord, precision: Precision) -> Option<String> {
    let error = core.error?;
    Some(format!(
        "about {}: of {} documents asked twice, {} were judged alike",
        precision.percent(error),
        core.asked_twice,
        core.agreed
    ))
}

fn audit(core: &CoreRecord, precision: Precision) -> Option<String> {
    let audit = core.audit?;
    Some(format!(
        "the model agrees on {} of {} random documents that were inferred ({})",
        audit.agreed,
        audit.asked,
        precision.interval(audit.agreement.low, audit.agreement.high)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::Audit;
    use crate::spread::Share;

    fn told(core: &CoreRecord) -> Told {
        tell(&Record::of(core).unwrap(), Precision::of(9))
    }

    fn audited(agreed: usize, asked: usize) -> Told {
        let audit = Audit { asked, agreed, agreement: Share::wilson(agreed, asked) };
        told(&CoreRecord { audit: Some(audit), ..CoreRecord::default() })
    }

    #[test]
    fn it_tells_what_the_questions_went_to_and_how_far_to_trust_it() {
        let core = CoreRecord {
            questions: 1024,
            asked: [("core".to_owned(), 480), ("propose".to_owned(), 9)].into(),
            judged: 900,
            part: Some(20_000),
            told: Some(0.4),
            asked_twice: 32,
            agreed: 24,
            error: Some(0.125),
            form: Some(FormRecord { asked: 30, alike: 24, same_place: 1, together: 25, form: "batch".into() }),
            denoised: true,
            spread: "sum".into(),
            tried: [("sum".to_owned(), 0.875)].into(),
            weights: [("class means".to_owned(), 0.75), ("kernel ridge".to_owned(), 0.25)].into(),
            space: "layout".into(),
            spaces: [("embedding".to_owned(), 0.5), ("layout".to_owned(), 0.875)].into(),
            probable: [("embedding".to_owned(), 0.4), ("layout".to_owned(), 0.625)].into(),
            calibration_error: 0.03,
            audit: Some(Audit { asked: 50, agreed: 45, agreement: Share::wilson(45, 50) }),
            ..CoreRecord::default()
        };
        let told = told(&core);
        let value = |name: &str| told.facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.clone());
        assert_eq!(value("asked").as_deref(), Some("489 of 1024 questions: core 480, propose 9"));
        let spread = "by sum (class means 75%, kernel ridge 25%) from 900 judged documents among 20000 random texts, answers read as evidence; right on documents held out: sum 88%; calibration error 3%";
        assert_eq!(value("spread").as_deref(), Some(spread));
        let space = "layout; right on documents held out: embedding 50%, layout 88%; how probable it made their answers: embedding 40%, layout 62%";
        assert_eq!(value("feature space").as_deref(), Some(space));
        assert_eq!(value("letters").as_deref(), Some("40% of what they say depends on the document"));
        let form = value("form of the questions").unwrap();
        assert!(
            form.starts_with("batch: of 30 documents") && form.ends_with("25 were judged so among ten in a question")
        );
        assert!(value("errors of the answers").unwrap().ends_with("of 32 documents asked twice, 24 were judged alike"));
        assert!(
            value("audit").unwrap().starts_with("the model agrees on 45 of 50 random documents that were inferred")
        );
    }

    #[test]
    fn an_audit_of_three_in_sixteen_is_an_alarm() {
        assert_eq!(audited(45, 50).notices, []);
        let notice = &audited(3, 16).notices[0];
        assert_eq!(notice.weight, Weight::Alarm);
        assert!(notice.text.starts_with("The model judged 3 of 16 random documents as"), "{}", notice.text);
        assert!(notice.text.contains("(19%, 95% interval 7–43%)"), "{}", notice.text);
        assert_eq!(audited(33, 50).notices[0].weight, Weight::Caution);
    }

    #[test]
    fn a_model_that_contradicts_itself_is_weak() {
        let tried = [("class means".to_owned(), 0.31)].into();
        let spread = "class means".to_owned();
        let core = CoreRecord { error: Some(0.4), asked_twice: 40, agreed: 20, tried, spread, ..CoreRecord::default() };
        let notice = told(&core).notices.remove(0);
        assert_eq!(notice.title, "Weak model");
        assert!(notice.text.contains("Of 40 documents judged twice, 20") && notice.text.contains("31%"), "{notice:?}");
    }

    #[test]
    fn an_audit_says_more_of_trust_than_documents_held_out() {
        let tried = [("sum".to_owned(), 0.875)].into();
        let core = CoreRecord { spread: "sum".into(), tried, ..CoreRecord::default() };
        assert!(told(&core).trust.is_some_and(|said| said.contains("88% of the judged documents")));
        let said = "Asked about 50 random documents that had been inferred, the model agreed on 45 (90%).";
        assert_eq!(audited(45, 50).trust.as_deref(), Some(said));
        assert_eq!(tell(&Record::default(), Precision::of(9)), Told::default(), "another method's record");
    }
}
