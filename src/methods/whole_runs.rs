//! Whole runs of every method on few and odd texts, with answers of every kind: none of them panics, and every document has a place.

use std::cell::{Cell, RefCell};
use std::path::Path;

use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Asked, Outcome, Placement, Setting, run};
use crate::corpus::{ReadOptions, Source, read};
use crate::decision::{Learned, OwnVectors};
use crate::embed::{Embedded, Embedder, Identity};
use crate::error::Error;
use crate::model::{Answer, Answerer, LegalAnswer, Prompts, Question, Reply};
use crate::observer::{Observer, Silent};
use crate::plan::{Ask, Further, Layers, Method, Plan, Questions, Settings};
use crate::seed::{generator, sha256_hex};
use crate::vectors::{Embeddings, normalise};

/// Vectors of d = 8 that depend on the text alone, those of like beginnings alike.
struct Hashed(Identity);

impl Hashed {
    fn new() -> Hashed {
        let (name, sha256) = ("hashed".to_owned(), String::new());
        Hashed(Identity { name, dimensions: 8, sha256, window: 0, english_only: false })
    }
}

impl Embedder for Hashed {
    fn identity(&self) -> &Identity {
        &self.0
    }

    fn embed(&self, texts: &[&str], _: &dyn Observer) -> Result<Embedded, Error> {
        let row = |text: &&str| {
            let first: String = text.chars().take(1).collect();
            let bytes = [sha256_hex(first).into_bytes(), sha256_hex(text).into_bytes()];
            let value = |place: usize| 3.0 * (f32::from(bytes[0][place]) - 75.0) + f32::from(bytes[1][place]) - 75.0;
            let mut row: Vec<f32> = (0..8).map(value).collect();
            normalise(&mut row);
            row
        };
        let values = texts.iter().flat_map(row).collect();
        Ok(Embedded { embeddings: Embeddings::new(values, 8), truncated: self.truncated(texts)? })
    }

    fn truncated(&self, texts: &[&str]) -> Result<Vec<bool>, Error> {
        Ok(vec![false; texts.len()])
    }
}

/// How a model answers.
#[derive(Debug, Clone, Copy)]
enum Manner {
    /// Anything legal.
    Random,
    /// The same whatever is asked: everything holds.
    All,
    /// Nothing holds, and nothing is named.
    Nothing,
    /// Not with a legal answer.
    Unparsed,
    /// Not at all.
    Failing,
    /// Not asked.
    Capped,
    /// One of the above each time.
    Mixed,
}

struct Blind {
    manner: Manner,
    random: RefCell<ChaCha8Rng>,
    context: Option<u64>,
}

impl Blind {
    fn reply(&self, legal: &LegalAnswer, manner: Manner) -> Reply {
        let mut random = self.random.borrow_mut();
        let mut some = |count: usize| -> Vec<usize> {
            match manner {
                Manner::All => (0..count).collect(),
                Manner::Nothing => Vec::new(),
                _ => (0..count).filter(|_| random.random_range(0..4) == 0).collect(),
            }
        };
        match legal {
            LegalAnswer::YesNo => {
                let yes = !some(1).is_empty();
                Reply::Verdict { yes, log_odds: None }
            }
            LegalAnswer::Choice { count } => Reply::Choice(some(*count)),
            LegalAnswer::Choices { documents, count } => {
                Reply::Choices((0..*documents).map(|_| some(*count)).collect())
            }
            LegalAnswer::Letter { count } => {
                let mut shares = vec![0.0; count + 1];
                shares[some(*count).first().copied().unwrap_or(*count)] = 1.0;
                Reply::Shares(shares)
            }
            LegalAnswer::Decision { entries, several: false } => {
                let mut shares = vec![0.0; entries.len() + 1];
                shares[some(entries.len()).first().copied().unwrap_or(entries.len())] = 1.0;
                Reply::Shares(shares)
            }
            LegalAnswer::Decision { entries, several: true } => {
                let held = some(entries.len());
                let probability = |place| Some(if held.contains(&place) { 0.9 } else { 0.1 });
                Reply::Probabilities((0..entries.len()).map(probability).collect())
            }
            LegalAnswer::Items { fields, .. } => {
                let number = |place: usize| if matches!(manner, Manner::All) { place } else { place * 7 + 3 };
                let field = |place: usize, field: &String| (field.clone(), format!("{field} say {}", number(place)));
                let item = |place: usize| fields.iter().map(|name| field(place, name)).collect();
                Reply::Items(some(14).into_iter().map(item).collect())
            }
        }
    }

    fn say(&self, question: &Question) -> Answer {
        let manner = match self.manner {
            Manner::Mixed => {
                let all = [Manner::Random, Manner::All, Manner::Nothing, Manner::Unparsed, Manner::Failing];
                all[self.random.borrow_mut().random_range(0..all.len())]
            }
            manner => manner,
        };
        match manner {
            Manner::Unparsed => Answer::Unparsed("I would rather not say".into()),
            Manner::Failing => Answer::Failed("credit too low".into()),
            Manner::Capped => Answer::NotAsked,
            manner => Answer::Answered(self.reply(&question.legal, manner)),
        }
    }
}

impl Answerer for Blind {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        Ok(questions.iter().map(|question| self.say(question)).collect())
    }

    fn context(&self) -> Option<u64> {
        self.context
    }

    fn weighs(&self) -> bool {
        self.context.is_some()
    }
}

fn plan(method: Method, settings: Settings) -> Plan {
    let llm = (method != Method::Topics).then(|| "http://127.0.0.1/v1".to_owned());
    let mut layers = Layers::default();
    layers.add("config", &Settings { llm, method: Some(method), goal: Some("why?".into()), ..settings }).unwrap();
    layers.check().unwrap()
}

fn outcome(file: &Path, plan: &Plan, answerer: &dyn Answerer) -> Option<(Outcome, usize)> {
    let corpus = read(&Source::File(file.to_owned()), &ReadOptions::default()).ok()?;
    let embedder = Hashed::new();
    let embeddings = embedder.embed(&corpus.distinct_texts(), &Silent).unwrap().embeddings;
    let (corpus, n) = (&corpus, corpus.texts.len());
    let mut plan = plan.clone();
    plan.clustering.k = plan.clustering.k.map(|k| k.min(n));
    let plan = &plan;
    let setting = Setting { corpus, embeddings: &embeddings, embedder: &embedder, plan, observer: &Silent };
    let prompts = Prompts::load(None).unwrap();
    let outcome = run(setting, Asked { prompts: &prompts, answerer });
    let outcome = outcome.unwrap();
    check_decision(setting, &outcome);
    Some((outcome, n))
}

/// What was learned puts every text where the run put it, alone and with others, as it is and as it
/// is read back.
fn check_decision(setting: Setting<'_>, outcome: &Outcome) {
    let Some(decision) = outcome.decision.clone() else { panic!("nothing was learned") };
    let clusters = (0..outcome.clusters.len()).map(|cluster| cluster.to_string()).collect();
    let learned = Learned { embedder: String::new(), dimensions: 8, clusters, decision };
    let read = Learned::read(&learned.saved().unwrap()).unwrap();
    assert_eq!(read, learned);
    let (texts, decision) = (setting.corpus.distinct_texts(), read.decision);
    let own = decision.own().map_or_else(Vec::new, |own| own.rows.iter().map(|&row| row as usize).collect());
    let places = setting.corpus.representatives();
    let own: Vec<usize> = own.iter().map(|row| places.iter().position(|place| place == row).unwrap()).collect();
    let seen = decision.seen(setting.embeddings.select(&own));
    for at_once in [1, 3, texts.len()] {
        let vectors = OwnVectors::in_spaces(&seen);
        let mut placements = Vec::new();
        for part in texts.chunks(at_once) {
            let rows: Vec<usize> = (placements.len()..placements.len() + part.len()).collect();
            placements.extend(decision.place(part, &setting.embeddings.select(&rows), &vectors));
        }
        assert_eq!(placements, outcome.placements);
    }
    let new = ["zz", "My parcel is later.", "🙂"];
    let rows = setting.embedder.embed(&new, &Silent).unwrap().embeddings;
    let together = decision.place(&new, &rows, &OwnVectors::in_spaces(&seen));
    for (text, place) in together.iter().enumerate() {
        let alone = decision.place(&new[text..=text], &rows.select(&[text]), &OwnVectors::in_spaces(&seen));
        assert_eq!(alone, std::slice::from_ref(place));
    }
}

fn check(texts: &[String], method: Method, settings: Settings, blind: &Blind) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("texts.jsonl");
    let rows: Vec<String> = texts.iter().map(|text| serde_json::json!({ "text": text }).to_string()).collect();
    std::fs::write(&file, rows.join("\n")).unwrap();
    let Some((outcome, n)) = outcome(&file, &plan(method, settings), blind) else { return };
    assert_eq!(outcome.placements.len(), n);
    for placement in &outcome.placements {
        let Placement::In(places) = placement else { continue };
        assert!(!places.is_empty() && places.iter().all(|place| place.cluster < outcome.clusters.len()));
        assert!(places.iter().all(|place| (0.0..=1.0 + 1e-6).contains(&place.confidence)), "{places:?}");
    }
}

const METHODS: [Method; 5] = [Method::Auto, Method::Goalex, Method::Clusterllm, Method::Classify, Method::Topics];
const MANNERS: [Manner; 7] =
    [Manner::Random, Manner::All, Manner::Nothing, Manner::Unparsed, Manner::Failing, Manner::Capped, Manner::Mixed];

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("same".to_owned()),
        Just("My parcel is late.".to_owned()),
        Just("🙂🙃🙂".to_owned()),
        Just(".".to_owned()),
        Just("e\u{301}".to_owned()),
        "[a-d]{1,3}",
        "(parcel|brake|refund) [a-z]{2,6} [a-z]{2,6}",
        "\\PC{1,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_texts_and_no_answers_make_a_run_panic(
        texts in proptest::collection::vec(any_text(), 1..20),
        method in proptest::sample::select(METHODS.to_vec()),
        manner in proptest::sample::select(MANNERS.to_vec()),
        k in proptest::option::of(1_usize..20),
        questions in 16_usize..80,
        candidates in 1_usize..90,
        ask in proptest::sample::select(vec![Ask::Auto, Ask::Many, Ask::Shortlist, Ask::Letter, Ask::Pair, Ask::Batch]),
        small in any::<bool>(),
        codebook in proptest::option::of(1_usize..6),
        propose in 0_usize..3,
        seed in 0_u64..1000,
    ) {
        let random = RefCell::new(generator(seed, "answers", &[]));
        let blind = Blind { manner, random, context: small.then_some(4096) };
        let some = matches!(method, Method::Auto | Method::Clusterllm | Method::Classify);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("codebook.csv");
        let codebook = codebook.filter(|_| method != Method::Clusterllm).map(|entries| {
            let rows = (0..entries).map(|n| format!("say {n},It says {n}.\n"));
            std::fs::write(&file, format!("label,predicate\n{}", rows.collect::<String>())).unwrap();
            file.clone()
        });
        let settings = Settings {
            k: k.filter(|_| codebook.is_none()),
            propose: codebook.as_ref().map(|_| Further(propose)),
            codebook,
            candidates: Some(candidates),
            questions: some.then_some(Questions::AtMost(questions)),
            ask: (method == Method::Auto).then_some(ask),
            seed: Some(seed),
            ..Settings::default()
        };
        check(&texts, method, settings, &blind);
    }
}

#[test]
fn one_distinct_text_is_a_run_by_every_method_and_every_manner() {
    for method in METHODS {
        for manner in MANNERS {
            let blind = Blind { manner, random: RefCell::new(generator(1, "answers", &[])), context: None };
            check(&vec!["same".to_owned(); 8], method, Settings::default(), &blind);
        }
    }
}

/// A small model that has a name for every group that it is shown, and says the first letter of every list and Yes to any statement.
struct Stubborn(Cell<usize>);

impl Answerer for Stubborn {
    fn answer(&self, questions: Vec<Question>) -> Result<Vec<Answer>, Error> {
        let reply = |question: &Question| match &question.legal {
            LegalAnswer::Items { fields, .. } => {
                let number = self.0.replace(self.0.get() + 1);
                let field = |field: &String| (field.clone(), format!("{field} says {number}"));
                Reply::Items(vec![fields.iter().map(field).collect()])
            }
            LegalAnswer::Letter { count } => Reply::Shares([vec![1.0], vec![0.0; *count]].concat()),
            LegalAnswer::YesNo => Reply::Verdict { yes: true, log_odds: None },
            legal => panic!("a small model is not asked for {legal:?}"),
        };
        Ok(questions.iter().map(|question| Answer::Answered(reply(question))).collect())
    }

    fn context(&self) -> Option<u64> {
        Some(4096)
    }

    fn weighs(&self) -> bool {
        true
    }
}

#[test]
fn one_answer_for_all_is_found_out_where_candidates_have_gone_since() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("texts.jsonl");
    let texts = (0..60).map(|number| format!("{} {number}", ["a", "b", "c"][number % 3]));
    std::fs::write(&file, texts.map(|text| format!("{{\"text\": \"{text}\"}}\n")).collect::<String>()).unwrap();
    let settings = Settings {
        k: Some(2),
        questions: Some(Questions::AtMost(100)),
        ask: Some(Ask::Letter),
        audit: Some(0),
        ..Settings::default()
    };
    let (outcome, _) = outcome(&file, &plan(Method::Auto, settings), &Stubborn(Cell::new(0))).unwrap();
    let reason = outcome.trust.and_then(|trust| trust.reason).unwrap_or_default().to_string();
    assert!(reason.contains("with 3 groups to choose from"), "{reason}");
}
