//! `colligate run` with a model: a scripted one on loopback, which says what a real one would be recorded to say.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::*;
use serde_json::json;

/// A run of the small corpus against a server; returns its directory and what it printed to standard error.
fn goalex(folder: &Path, corpus: &Path, server: &Server, name: &str, more: &[&str], code: i32) -> (PathBuf, String) {
    let out = folder.join(name);
    let said = ask_at(&server.address, corpus, &out, &[&["--method", "goalex"], more].concat(), code);
    (out, said)
}

/// Questions for a verdict that a server was asked.
fn verdicts(server: &Server) -> usize {
    server.asked().iter().filter(|question| question.contains("\nStatement: ")).count()
}

#[test]
fn predicates_become_clusters_with_exact_verdicts_and_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::knowing();
    let (run, said) = goalex(folder.path(), &small_corpus(folder.path()), &server, "run", &[], 0);
    check_invariants(&run);
    assert!(
        said.starts_with(&format!("asking scripted at {}: about ", &server.address[7..server.address.len() - 3])),
        "{said}"
    );
    let clusters = lines(&run.join("clusters.jsonl"));
    let labels: Vec<&str> = clusters.iter().map(|cluster| cluster["label"].as_str().unwrap()).collect();
    assert_eq!(labels.len(), 4, "{labels:?}");
    assert!(clusters.iter().all(|cluster| cluster["size"] == 10
        && cluster["by"] == "model"
        && cluster["evidence"].as_array().unwrap().len() >= 2));
    let manifest = manifest(&run);
    assert_eq!((&manifest["selection"]["status"], &manifest["status"]), (&json!("optimal"), &json!("complete")));
    assert_eq!(manifest["usage"]["calls"], server.asked().len());
    assert!(lines(&run.join("assignments.jsonl")).iter().all(|line| line["clusters"][0]["by"] == "model"));
}

#[test]
fn threads_and_the_order_of_rows_change_neither_clusters_nor_questions() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let mut rows = lines(&corpus);
    rows.rotate_left(17);
    rows.reverse();
    let shuffled = write_rows(&folder.path().join("shuffled.jsonl"), &rows);
    let go = |corpus: &Path, name: &str, threads: &str| {
        let server = Server::knowing();
        let (run, _) = goalex(folder.path(), corpus, &server, name, &["--threads", threads], 0);
        let mut asked = server.asked();
        asked.sort();
        (files(&run), asked)
    };
    let one = go(&corpus, "one", "1");
    assert_eq!(one, go(&corpus, "two", "2"));
    let (other, asked) = go(&shuffled, "shuffled", "2");
    assert_eq!((&one.0[0], &one.1), (&other[0], &asked));
}

#[test]
fn a_reply_that_is_not_a_verdict_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question.contains("Leeds") && question.contains("\nStatement: ") {
        true => completion("No, although yes, one could say so."),
        false => judge(question),
    });
    let (run, _) = goalex(folder.path(), &small_corpus(folder.path()), &server, "run", &[], 4);
    check_invariants(&run);
    for line in lines(&run.join("assignments.jsonl")) {
        let is_leeds = line["id"].as_str().unwrap().ends_with('0');
        assert_eq!(line["status"], if is_leeds { "failed" } else { "assigned" }, "{line}");
    }
    assert_eq!(
        (manifest(&run)["usage"]["unparsed"].as_u64(), manifest(&run)["status"].as_str()),
        (Some(16), Some("partial"))
    );
}

/// A judge that puts each document into one of the groups by a hash of its text, and says the same of it however it is asked.
fn by_lot(question: &str) -> Scripted {
    let Some((document, statement)) = question.split_once("\nStatement: ") else { return judge(question) };
    let text = document.split("<document>\n").nth(1).and_then(|part| part.split("\n</document>").next()).unwrap();
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let group = ["late parcels", "noisy brakes", "refunds", "praise"][(hasher.finish() % 4) as usize];
    completion(if statement.contains(group) { "Yes" } else { "No" })
}

#[test]
fn a_model_that_deals_its_answers_by_lot_and_repeats_them_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(by_lot);
    let corpus = repeated_corpus(folder.path(), 6);
    let more = ["--embedder", "static", "--rounds", "1"];
    let (run, _) = goalex(folder.path(), &corpus, &server, "run", &more, 4);
    let trust = &manifest(&run)["trust"];
    let reason = trust["reason"].as_str().unwrap();
    assert!(reason.starts_with("the model repeats its answers, but like documents got unlike ones"), "{trust}");
    let assignments = lines(&run.join("assignments.jsonl"));
    let places = assignments.iter().flat_map(|line| line["clusters"].as_array().unwrap());
    assert!(places.map(|place| place["confidence"].as_f64().unwrap()).all(|confidence| confidence < 0.4));
}

#[test]
fn a_failed_call_is_not_a_no_and_resuming_asks_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let broken = Server::start(|question| match question.contains("Cork") && question.contains("\nStatement: ") {
        true => Scripted { status: 400, body: r#"{"error":{"code":400,"message":"no Cork today"}}"#.into() },
        false => judge(question),
    });
    let (run, _) = goalex(folder.path(), &corpus, &broken, "run", &[], 4);
    check_invariants(&run);
    let failed: Vec<_> =
        lines(&run.join("assignments.jsonl")).into_iter().filter(|line| line["status"] == "failed").collect();
    assert_eq!(failed.len(), 4);
    assert!(failed[0]["reason"].as_str().unwrap().contains("no Cork today"), "{}", failed[0]);

    let mended = Server::knowing();
    let (run, _) = goalex(folder.path(), &corpus, &mended, "run", &["--resume"], 0);
    assert_eq!(verdicts(&mended), 16);
    let whole = Server::knowing();
    let (undisturbed, _) = goalex(folder.path(), &corpus, &whole, "whole", &[], 0);
    assert_eq!(files(&run), files(&undisturbed));
}

#[test]
fn a_cap_on_calls_is_never_overshot_and_what_was_not_asked_is_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::knowing();
    let (run, _) = goalex(
        folder.path(),
        &small_corpus(folder.path()),
        &server,
        "run",
        &["--max-calls", "50", "--concurrency", "8"],
        3,
    );
    check_invariants(&run);
    let calls = manifest(&run)["usage"]["calls"].as_u64().unwrap();
    assert!(calls <= 50 && calls == server.asked().len() as u64, "{calls}");
    let statuses: Vec<_> =
        lines(&run.join("assignments.jsonl")).iter().map(|line| line["status"].as_str().unwrap().to_owned()).collect();
    assert!(
        statuses.iter().any(|status| status == "failed") && statuses.iter().all(|status| status != "uncovered"),
        "{statuses:?}"
    );
}

#[test]
fn a_transient_failure_is_retried() {
    let folder = tempfile::tempdir().unwrap();
    let refusals = AtomicUsize::new(0);
    let server = Server::start(move |question| match refusals.fetch_add(1, Ordering::SeqCst) {
        5 | 6 => Scripted { status: 503, body: "loading".into() },
        _ => judge(question),
    });
    let (run, _) = goalex(folder.path(), &small_corpus(folder.path()), &server, "run", &[], 0);
    assert_eq!(manifest(&run)["usage"]["retries"], 2);
}

#[test]
fn a_server_that_refuses_ends_the_run_with_5() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|_| Scripted { status: 401, body: "bad key".into() });
    let (run, said) = goalex(folder.path(), &small_corpus(folder.path()), &server, "run", &[], 5);
    assert!(said.contains("401: bad key"), "{said}");
    assert_eq!(manifest(&run)["status"], "failed");
}

#[test]
fn a_replay_gives_the_runs_very_clusters_and_asks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let (recorded, _) =
        goalex(folder.path(), &corpus, &Server::knowing(), "recorded", &["--no-texts", "--seed", "5"], 0);
    assert!(!std::fs::read_to_string(recorded.join("calls.jsonl")).unwrap().contains("Leeds"), "--no-texts");
    let replayed = folder.path().join("replayed");
    let output = run(
        &["run", corpus.to_str().unwrap(), "--replay", recorded.to_str().unwrap(), "--out", replayed.to_str().unwrap()],
        0,
    );
    assert!(stderr(&output).contains("nothing is sent anywhere"), "{}", stderr(&output));
    assert_eq!(files(&recorded), files(&replayed));
    check_invariants(&replayed);
    let other = run(
        &[
            "run",
            corpus.to_str().unwrap(),
            "--goal",
            "another goal",
            "--replay",
            recorded.to_str().unwrap(),
            "--out",
            folder.path().join("x").to_str().unwrap(),
        ],
        1,
    );
    assert!(stderr(&other).contains("stage propose, prompt propose-"), "{}", stderr(&other));
}

#[test]
fn an_address_in_the_environment_is_no_consent() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, server, out) = (small_corpus(folder.path()), Server::knowing(), folder.path().join("run"));
    let mut command =
        colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "-k", "2", "--out", out.to_str().unwrap()]);
    command.env("OPENAI_BASE_URL", &server.address).env("OPENAI_API_KEY", "canary-9311");
    expect(command, 0);
    assert_eq!((server.asked().len(), manifest(&out)["method"]["name"].as_str()), (0, Some("topics")));

    let asked = folder.path().join("asked");
    let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "--model", "scripted"]);
    command.args(["--method", "goalex", "--out", asked.to_str().unwrap()]);
    command.env("OPENAI_BASE_URL", &server.address).env("OPENAI_API_KEY", "canary-9311");
    let said = stderr(&expect(command, 2));
    assert!(said.contains("needs --llm") && said.contains("--llm \"$OPENAI_BASE_URL\""), "{said}");
    assert!(!said.contains("canary-9311") && !said.contains(&server.address));
    assert!(server.asked().is_empty() && !asked.exists());
}
