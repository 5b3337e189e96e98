//! `colligate run --method classify`: a scripted model on loopback.

use std::path::{Path, PathBuf};

use crate::common::*;

fn classify(folder: &Path, address: &str, name: &str, more: &[&str], code: i32) -> (PathBuf, String) {
    let out = folder.join(name);
    let said = ask_at(address, &small_corpus(folder), &out, &[&["--method", "classify"], more].concat(), code);
    (out, said)
}

/// Documents by status.
fn counts(run: &Path) -> [u64; 4] {
    let counts = &manifest(run)["documents"];
    ["assigned", "uncovered", "skipped", "failed"].map(|status| counts[status].as_u64().unwrap())
}

#[test]
fn every_document_gets_one_label_from_the_merged_list() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::knowing();
    let (run, said) = classify(folder.path(), &server.address, "run", &["--test-size", "0"], 0);
    check_invariants(&run);
    // Three batches of fifteen, one question that merges, and one for each of forty documents.
    assert_eq!(server.asked().len(), 44);
    assert!(said.contains("about 44 questions (3 propose, 1 merge, 40 assign)"), "{said}");
    let clusters = lines(&run.join("clusters.jsonl"));
    let sizes: Vec<u64> = clusters.iter().map(|cluster| cluster["size"].as_u64().unwrap()).collect();
    assert_eq!(sizes, [10, 10, 10, 10]);
    for line in lines(&run.join("assignments.jsonl")) {
        let places = line["clusters"].as_array().unwrap();
        assert_eq!((places.len(), &places[0]["by"]), (1, &"model".into()), "{line}");
    }
    let labels = &manifest(&run)["method"]["record"];
    assert_eq!((&labels["asked"]["assign"], &labels["listed"], &labels["judged"]), (&40.into(), &4.into(), &40.into()));
}

#[test]
fn a_cap_leaves_documents_unasked_and_going_on_asks_about_them_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::knowing();
    let (run, said) = classify(folder.path(), &server.address, "run", &["--questions", "30"], 3);
    check_invariants(&run);
    assert_eq!((server.asked().len(), counts(&run)), (30, [26, 0, 0, 14]));
    assert!(said.contains("--questions was reached: up to 14 questions were not asked"), "{said}");
    let next = said.lines().find(|line| line.contains("--resume")).unwrap();
    assert!(!next.contains("--questions"), "{next}");
    for line in lines(&run.join("assignments.jsonl")).iter().filter(|line| line["status"] == "failed") {
        assert_eq!(line["reason"], "not asked: --questions was reached");
    }
    let (run, _) = classify(folder.path(), &server.address, "run", &["--resume"], 0);
    assert_eq!((server.asked().len(), counts(&run)), (44, [40, 0, 0, 0]));
    let (whole, _) = classify(folder.path(), &Server::knowing().address, "whole", &[], 0);
    assert_eq!(files(&run), files(&whole));
}

#[test]
fn a_cap_on_calls_is_honoured() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::knowing();
    let (run, _) = classify(folder.path(), &server.address, "run", &["--max-calls", "20", "--concurrency", "1"], 3);
    check_invariants(&run);
    assert!(server.asked().len() <= 20, "{}", server.asked().len());
    assert_eq!(counts(&run)[3], 24);
}

#[test]
fn what_is_no_choice_from_the_list_is_no_label() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match (question.contains("[number"), question.contains("Leeds")) {
        (true, true) => completion(r#"{"groups": [5]}"#),
        (true, false) if question.contains("Cork") => completion("a new label: parcels to Cork"),
        (true, false) if question.contains("Oslo") => completion(r#"{"groups": []}"#),
        _ => judge(question),
    });
    let (run, _) = classify(folder.path(), &server.address, "run", &[], 4);
    check_invariants(&run);
    assert_eq!(counts(&run), [28, 4, 0, 8]);
    for line in lines(&run.join("assignments.jsonl")) {
        let wanted = match line["id"].as_str().unwrap().as_bytes()[1] {
            b'0' | b'1' => "the answer was no choice from the list",
            b'2' => "the model found no label that fits",
            _ => continue,
        };
        assert_eq!(line["reason"], wanted, "{line}");
    }
}

#[test]
fn a_given_number_of_clusters_keeps_the_largest_labels_and_asks_the_others_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::knowing();
    let (run, _) = classify(folder.path(), &server.address, "run", &["-k", "3"], 0);
    check_invariants(&run);
    assert_eq!(lines(&run.join("clusters.jsonl")).len(), 3);
    // The ten documents of the fourth label are asked again, and none of the three that are left fits.
    assert_eq!((server.asked().len(), counts(&run)), (54, [30, 10, 0, 0]));
}

#[test]
fn a_replay_and_another_number_of_threads_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, _) = classify(folder.path(), &Server::knowing().address, "one", &["--threads", "1"], 0);
    let (two, _) = classify(folder.path(), &Server::knowing().address, "two", &["--threads", "3"], 0);
    assert_eq!(files(&one), files(&two));
    check_replay(&small_corpus(folder.path()), &one);
}

#[test]
fn a_scripted_mock_answers_it() {
    let folder = tempfile::tempdir().unwrap();
    let mock = mocked::Mocked::knowing(&[]);
    let (out, _) = classify(folder.path(), &mock.address, "run", &[], 0);
    check_invariants(&out);
    assert_eq!((lines(&out.join("clusters.jsonl")).len(), counts(&out)), (4, [40, 0, 0, 0]));
}
