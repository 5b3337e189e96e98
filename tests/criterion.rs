//! The criterion test, through the program: predicates that say what belongs pass it, planted wrong ones fail it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::common::mocked::{Mocked, PARCELS};
use crate::common::*;
use serde_json::Value;

const RIGHT: [(&str, &str); 4] = [
    ("late parcels", "In this document, the writer waits for a parcel"),
    ("noisy brakes", "In this document, the writer complains about a brake"),
    ("refunds", "In this document, the writer wants a refund"),
    ("praise", "In this document, the writer thanks the team"),
];

/// A codebook; `swapped` has the predicates of the first two entries the wrong way round.
fn codebook(folder: &Path, swapped: bool) -> String {
    let mut entries = RIGHT;
    if swapped {
        (entries[0].1, entries[1].1) = (RIGHT[1].1, RIGHT[0].1);
    }
    let rows: Vec<String> = entries.iter().map(|(label, predicate)| format!("{label},\"{predicate}\"")).collect();
    let file = folder.join(format!("codebook-{swapped}.csv"));
    std::fs::write(&file, format!("label,predicate\n{}\n", rows.join("\n"))).unwrap();
    file.to_str().unwrap().to_owned()
}

/// What came of the test, by label.
fn tests(run: &Path) -> BTreeMap<String, Value> {
    let label = |line: &Value| line["label"].as_str().unwrap().to_owned();
    lines(&run.join("clusters.jsonl")).iter().map(|line| (label(line), line["test"].clone())).collect()
}

/// The questions of the test that a run's journal holds.
fn asked(run: &Path) -> usize {
    lines(&run.join("calls.jsonl")).iter().filter(|call| call["stage"] == "test").count()
}

fn ask(address: &str, corpus: &Path, name: &str, more: &[&str], code: i32) -> (PathBuf, String) {
    let out = corpus.with_file_name(name);
    let said = ask_at(address, corpus, &out, more, code);
    check_invariants(&out);
    (out, said)
}

#[test]
fn predicates_that_say_what_belongs_pass_and_swapped_ones_fail() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = repeated_corpus(folder.path(), 2);
    let mock = Mocked::knowing(&[]);
    for swapped in [false, true] {
        let codebook = codebook(folder.path(), swapped);
        // By letters the model sorts by labels; the test shows the predicate alone.
        let more = ["--ask", "letter", "--codebook", &codebook, "--questions", "320"];
        let (out, said) = ask(&mock.address, &corpus, &format!("run-{swapped}"), &more, 0);
        assert!(said.contains(" test"), "the test is announced: {said}");
        let tests = tests(&out);
        assert_eq!(tests.len(), 4);
        for (label, test) in &tests {
            let is_wrong = swapped && (label == "late parcels" || label == "noisy brakes");
            assert_eq!(test["passed"], !is_wrong, "{label} {test}");
            let held = if is_wrong { 0 } else { 4 };
            assert_eq!((&test["members"], &test["members_held"]), (&4.into(), &held.into()), "{label} {test}");
            assert_eq!((&test["others"], &test["unanswered"]), (&4.into(), &0.into()), "{label} {test}");
        }
        assert_eq!(asked(&out), 4 * 8);
        assert!(
            lines(&out.join("calls.jsonl")).iter().all(|call| call["stage"] != "rename"),
            "the words are the user's"
        );
        let manifest = manifest(&out);
        assert_eq!(manifest["warnings"].to_string().contains("2 of 4 predicates failed the criterion test"), swapped);
        assert_eq!(manifest["core"]["criterion"]["failing"], if swapped { 2 } else { 0 });
        let report = std::fs::read_to_string(out.join("report.md")).unwrap();
        assert!(report.contains("Criterion test: shown alone, the predicate holds for"), "{report}");
        check_replay(&corpus, &out);
        std::fs::remove_dir_all(out.with_file_name("replayed")).unwrap();
    }
}

#[test]
fn what_the_test_is_answered_places_nothing_and_no_test_asks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let codebook = codebook(folder.path(), true);
    let mock = Mocked::knowing(&[]);
    let flags = ["--ask", "letter", "--codebook", &codebook, "--questions", "320"];
    let (with, _) = ask(&mock.address, &corpus, "with", &flags, 0);
    let (without, _) = ask(&mock.address, &corpus, "without", &[&flags[..], &["--test-size", "0"]].concat(), 0);
    // All documents are judged in both: only the test differs.
    assert_eq!(files(&with)[1], files(&without)[1]);
    assert_eq!((asked(&with), asked(&without)), (32, 0));
    assert!(tests(&without).values().all(Value::is_null));
    assert!(manifest(&without)["core"]["criterion"].is_null());
    check_replay(&corpus, &without);
}

/// A model that first names parcels by a sentence that is true of anything.
fn vague(question: &str) -> Scripted {
    let said = question.replace("The writer writes.", GROUP_SENTENCE);
    if question.contains("sorted some of these documents wrongly") {
        let better = "In this document, the writer tells of late parcels that have not arrived.";
        return completion(&serde_json::json!({"items": [{"label": "lost parcels", "predicate": better}]}).to_string());
    }
    if question.contains("Does the statement hold") && question.contains("Statement: The writer writes.") {
        return completion("Yes");
    }
    let Scripted { status, body } = judge(&said);
    Scripted { status, body: body.replace(GROUP_SENTENCE, "The writer writes.") }
}

/// How the scripted model says what is true of a late parcel.
const GROUP_SENTENCE: &str = "This is a case of late parcels, as the parcel shows.";

/// The documents of all questions that hold a mark.
fn shown(server: &Server, mark: &str) -> BTreeSet<String> {
    let documents = |question: &String| -> Vec<String> {
        let parts = question.split("<document>\n").skip(1).filter_map(|part| part.split_once("\n</document>"));
        parts.map(|(document, _)| document.to_owned()).collect()
    };
    server.asked().iter().filter(|question| question.contains(mark)).flat_map(documents).collect()
}

#[test]
fn a_predicate_that_is_true_of_anything_is_named_anew_by_documents_that_helped_to_name_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = repeated_corpus(folder.path(), 6);
    let server = Server::start(vague);
    let flags = ["--ask", "letter", "--questions", "400"];
    let (out, _) = ask(&server.address, &corpus, "run", &flags, 0);
    let (named, tested) = (shown(&server, "Into which"), shown(&server, "Does the statement hold"));
    assert!(!named.is_empty() && tested.len() >= 16, "{} {}", named.len(), tested.len());
    assert!(named.is_disjoint(&tested), "{named:?} {tested:?}");
    let clusters = lines(&out.join("clusters.jsonl"));
    let renamed =
        clusters.iter().find(|line| line["label"] == "lost parcels").unwrap_or_else(|| panic!("{clusters:?}"));
    assert_eq!(renamed["test"]["former"], "The writer writes.");
    assert_eq!((&renamed["test"]["passed"], &renamed["test"]["others_held"]), (&true.into(), &0.into()), "{renamed}");
    assert_eq!(manifest(&out)["core"]["criterion"]["renamed"], 1);
    check_replay(&corpus, &out);
    // What it is called later changes neither its id nor its documents.
    let former = colligate_id("auto", "The writer writes.");
    assert_eq!(renamed["id"], former);
}

/// The id of a cluster that no other contains.
fn colligate_id(method: &str, predicate: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(format!("{method}\n\n{predicate}"));
    let digits: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("c-{digits}")
}

#[test]
fn a_model_that_cannot_answer_the_test_leaves_predicates_untested_and_the_run_complete() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, codebook) = (small_corpus(folder.path()), codebook(folder.path(), false));
    let script = folder.path().join("script.toml");
    let groups = std::fs::read_to_string(PARCELS).unwrap();
    std::fs::write(&script, format!("{groups}\n[[rule]]\nstage = \"test\"\nreply = \"That depends.\"\n")).unwrap();
    let mock = Mocked::start(&["--script", script.to_str().unwrap()]);
    let more = ["--codebook", &codebook, "--method", "goalex"];
    let (out, _) = ask(&mock.address, &corpus, "run", &more, 0);
    for test in tests(&out).values() {
        assert_eq!((&test["passed"], &test["recall"], &test["unanswered"]), (&Value::Null, &Value::Null, &8.into()));
    }
    let manifest = manifest(&out);
    assert_eq!((&manifest["usage"]["unparsed"], &manifest["usage"]["unparsed_tests"]), (&32.into(), &32.into()));
    let warnings = manifest["warnings"].to_string();
    assert!(warnings.contains("4 of 4 predicates stay untested: 32 questions"), "{warnings}");
    assert!(!warnings.contains("failed the criterion test"), "{warnings}");
}

#[test]
fn every_method_with_predicates_is_tested_by_a_model_and_by_a_decision_model() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let (mock, codebook) = (Mocked::knowing(&[]), codebook(folder.path(), false));
    for method in ["goalex", "classify"] {
        let (out, _) = ask(&mock.address, &corpus, method, &["--method", method, "--codebook", &codebook], 0);
        assert!(tests(&out).values().all(|test| test["passed"] == true), "{method} {:?}", tests(&out));
    }
    for protocol in ["systemone", "decisions"] {
        let judge = Mocked::deciding(protocol, &[]);
        let out = folder.path().join(protocol);
        let [corpus, out_name] = [&corpus, &out].map(|path| path.to_str().unwrap());
        let flags = ["run", corpus, "--goal", "why?", "--codebook", &codebook, "--judge", &judge.address];
        run(&[&flags[..], &["--out", out_name]].concat(), 0);
        let tests = tests(&out);
        assert!(tests.values().all(|test| test["passed"] == true && test["members"] == 4), "{protocol} {tests:?}");
        assert_eq!(asked(&out), 32);
    }
}

#[test]
fn the_dry_run_counts_the_test_and_scarce_questions_leave_it_out() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let codebook = codebook(folder.path(), false);
    let dry = |more: &[&str]| {
        let fixed = ["run", corpus.to_str().unwrap(), "--goal", "why?", "--llm", "http://127.0.0.1:9/v1", "--dry-run"];
        stdout(&run(&[&fixed[..], &["--codebook", &codebook], more].concat(), 0))
    };
    assert!(dry(&[]).contains("\ntest     32 (16 to 48) questions"), "{}", dry(&[]));
    assert!(!dry(&["--test-size", "0"]).contains("\ntest"));
    let mock = Mocked::knowing(&[]);
    let more = ["--codebook", &codebook, "--questions", "60", "--test-size", "4"];
    let (out, _) = ask(&mock.address, &corpus, "scarce", &more, 0);
    let warnings = manifest(&out)["warnings"].to_string();
    assert!(warnings.contains("--test-size: no predicate was tested, too few questions were left"), "{warnings}");
    assert_eq!((asked(&out), &manifest(&out)["core"]["criterion"]["size"]), (0, &0.into()));
}
