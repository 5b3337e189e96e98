//! `colligate run --method clusterllm`: a scripted model on loopback.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::common::*;

fn clusterllm(folder: &Path, address: &str, name: &str, more: &[&str], code: i32) -> (PathBuf, String) {
    let out = folder.join(name);
    let more = [&["--method", "clusterllm"], more].concat();
    let said = ask_at(address, &repeated_corpus(folder, 3), &out, &more, code);
    (out, said)
}

fn asked(run: &Path) -> BTreeMap<String, u64> {
    let asked = manifest(run)["method"]["record"]["asked"].as_object().unwrap().clone();
    asked.into_iter().map(|(stage, count)| (stage, count.as_u64().unwrap())).collect()
}

#[test]
fn small_clusters_are_joined_as_the_model_says_and_every_question_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::knowing();
    let (run, said) = clusterllm(folder.path(), &server.address, "run", &["-k", "4", "--questions", "120"], 0);
    check_invariants(&run);
    assert!(said.contains("52 perspective"), "{said}");
    let (manifest, asked) = (manifest(&run), asked(&run));
    assert_eq!(manifest["method"]["name"], "clusterllm");
    assert_eq!(asked.values().sum::<u64>() as usize, server.asked().len());
    assert!(server.asked().len() <= 120 && asked["verify"] > 0 && asked["describe"] == 4, "{asked:?}");
    assert_eq!(lines(&run.join("clusters.jsonl")).len(), 4);
    assert!(right(&run) >= 114, "{} of 120", right(&run));
    for line in lines(&run.join("assignments.jsonl")) {
        assert_eq!(line["clusters"][0]["by"], "similarity", "{line}");
    }
    let guide = &manifest["method"]["record"];
    assert_eq!((&guide["pairs"]["torn"], &guide["pairs"]["lost"]), (&0.into(), &0.into()));
    assert_eq!(guide["adapted"] == true, run.join("adapter.npy").is_file());
}

#[test]
fn without_k_the_number_of_clusters_comes_from_the_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let (run, _) = clusterllm(folder.path(), &Server::knowing().address, "run", &["--questions", "300"], 0);
    check_invariants(&run);
    let (manifest, asked) = (manifest(&run), asked(&run));
    assert!(asked["granularity"] > 0 && asked.values().sum::<u64>() <= 300, "{asked:?}");
    let interval = &manifest["method"]["record"]["interval"];
    let (k, low, high) = (&manifest["k_choice"]["k"], interval[0].as_u64().unwrap(), interval[1].as_u64().unwrap());
    assert!((low..=high).contains(&k.as_u64().unwrap()), "{interval}");
    assert!((3..=6).contains(&k.as_u64().unwrap()), "{k}");
    assert_eq!(manifest["clusters"], *k);
}

#[test]
fn an_answer_that_hangs_on_the_order_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question {
        _ if question.contains("Which of the two groups") => completion(r#"{"groups": [1]}"#),
        _ if question.contains("the same group for this goal?") => {
            let shown: Vec<&str> = question.split("<document>").skip(1).collect();
            completion(if shown[0] < shown[1] { "Yes" } else { "No" })
        }
        _ => judge(question),
    });
    // Such answers carry no information: that is exit code 4.
    let (run, _) = clusterllm(folder.path(), &server.address, "run", &["-k", "4", "--questions", "120"], 4);
    check_invariants(&run);
    let guide = &manifest(&run)["method"]["record"];
    assert_eq!((&guide["triplets"]["agreed"], &guide["pairs"]["agreed"]), (&0.into(), &0.into()));
    assert!(guide["triplets"]["torn"].as_u64().unwrap() > 0 && guide["pairs"]["torn"].as_u64().unwrap() > 0, "{guide}");
    assert_eq!((&guide["adapted"], &guide["confirmed"]), (&false.into(), &0.into()));
    assert_eq!(lines(&run.join("clusters.jsonl")).len(), 4);
}

#[test]
fn one_answer_to_all_pairs_and_none_to_any_triplet_say_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question {
        _ if question.contains("Which of the two groups") => completion(r#"{"groups": []}"#),
        _ if question.contains("the same group for this goal?") => completion("No"),
        _ => judge(question),
    });
    let (run, said) = clusterllm(folder.path(), &server.address, "run", &["--questions", "200"], 4);
    assert!(manifest(&run)["reason"].as_str().unwrap().contains("got the same answer"), "{said}");
}

#[test]
fn unparsed_answers_guide_nothing_and_the_run_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question.contains("Some documents of one group") {
        true => completion(r#"{"items": []}"#),
        false => completion("Group 1, I would say; yes."),
    });
    let (run, _) = clusterllm(folder.path(), &server.address, "run", &["-k", "4", "--questions", "60"], 4);
    check_invariants(&run);
    let (manifest, clusters) = (manifest(&run), lines(&run.join("clusters.jsonl")));
    assert!(manifest["usage"]["unparsed"].as_u64().unwrap() > 0);
    assert_eq!(manifest["method"]["record"]["confirmed"], 0);
    assert!(clusters.iter().all(|cluster| cluster["by"] == "keyphrases"), "{clusters:?}");
    let warnings = manifest["warnings"].to_string();
    assert!(
        warnings.contains("guided nothing") && warnings.contains("4 clusters are named by their words"),
        "{warnings}"
    );
}

#[test]
fn a_cap_on_calls_ends_it_with_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::knowing();
    let more = ["-k", "4", "--max-calls", "30", "--concurrency", "1"];
    let (run, _) = clusterllm(folder.path(), &server.address, "run", &more, 3);
    check_invariants(&run);
    assert!(server.asked().len() <= 30, "{}", server.asked().len());
    assert_eq!(lines(&run.join("clusters.jsonl")).len(), 4);
}

#[test]
fn a_replay_and_another_number_of_threads_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, threads: &str| {
        let more = ["--questions", "200", "--threads", threads];
        clusterllm(folder.path(), &Server::knowing().address, name, &more, 0).0
    };
    let (one, two) = (of("one", "1"), of("two", "3"));
    assert_eq!(files(&one), files(&two));
    check_replay(&repeated_corpus(folder.path(), 3), &one);
}

#[test]
fn a_scripted_mock_answers_it() {
    let folder = tempfile::tempdir().unwrap();
    let mock = mocked::Mocked::knowing(&[]);
    let (run, _) = clusterllm(folder.path(), &mock.address, "run", &["-k", "4", "--questions", "120"], 0);
    check_invariants(&run);
    assert!(right(&run) >= 114, "{} of 120", right(&run));
}
