//! `colligate run` with a model and a fixed number of questions: a scripted model on loopback.

mod common;

use std::path::{Path, PathBuf};

use common::*;

/// The small corpus ten times over, each text its own: 400 documents.
fn large_corpus(folder: &Path) -> PathBuf {
    let rows = lines(&small_corpus(folder));
    let copy = |round: usize| {
        rows.iter().map(move |row| {
            let (id, text) = (row["id"].as_str().unwrap(), row["text"].as_str().unwrap());
            serde_json::json!({"id": format!("{id}-{round}"), "text": format!("{text} Case {round}.")})
        })
    };
    write_rows(&folder.join("large.jsonl"), &(0..10).flat_map(copy).collect::<Vec<_>>())
}

fn auto(corpus: &Path, server: &Server, out: &Path, more: &[&str], code: i32) -> String {
    let goal = "why do they write?";
    let (corpus, out) = (corpus.to_str().unwrap(), out.to_str().unwrap());
    let mut arguments = vec!["run", corpus, "--goal", goal, "--out", out, "--llm", &server.address];
    arguments.extend(more);
    stderr(&run(&arguments, code))
}

#[test]
fn four_hundred_documents_are_placed_on_sixty_questions() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::knowing(), folder.path().join("run"));
    let said = auto(&large_corpus(folder.path()), &server, &out, &["--questions", "60", "--audit", "8"], 0);
    assert!(said.contains("about 60 questions"), "{said}");
    check_invariants(&out);
    let manifest = manifest(&out);
    assert_eq!((manifest["method"].as_str(), manifest["status"].as_str()), (Some("auto"), Some("complete")));
    assert!(server.asked().len() <= 60, "{}", server.asked().len());
    let core = &manifest["core"];
    let asked: u64 = core["asked"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!((asked as usize, core["audit"]["asked"].as_u64()), (server.asked().len(), Some(8)));
    assert!(core["audit"]["agreed"].as_u64().unwrap() >= 7, "{core}");
    let (mut model, mut right) = (0, 0);
    let labels: std::collections::BTreeMap<String, String> = lines(&out.join("clusters.jsonl"))
        .iter()
        .map(|cluster| (cluster["id"].as_str().unwrap().to_owned(), cluster["label"].as_str().unwrap().to_owned()))
        .collect();
    for line in lines(&out.join("assignments.jsonl")) {
        let first = &line["clusters"][0];
        model += usize::from(first["by"] == "model");
        let label = &labels[line["primary"].as_str().unwrap()];
        let wanted = match line["id"].as_str().unwrap().as_bytes()[0] {
            b'p' => "late parcels",
            b'b' => "noisy brakes",
            b'r' => "refunds",
            _ => "praise",
        };
        right += usize::from(label == wanted);
    }
    assert!((30..=60).contains(&model), "{model} judged");
    assert!(right >= 390, "{right} of 400");
}

#[test]
fn a_replay_and_another_number_of_threads_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = large_corpus(folder.path());
    let [one, two, replayed] = ["one", "two", "replayed"].map(|name| folder.path().join(name));
    auto(&corpus, &Server::knowing(), &one, &["--questions", "48", "--threads", "1"], 0);
    auto(&corpus, &Server::knowing(), &two, &["--questions", "48", "--threads", "3"], 0);
    assert_eq!(files(&one), files(&two));
    let (corpus, one, replay) = (corpus.to_str().unwrap(), one.to_str().unwrap(), replayed.to_str().unwrap());
    run(&["run", corpus, "--replay", one, "--out", replay], 0);
    assert_eq!(files(&replayed), files(&two));
}

#[test]
fn an_answer_that_is_no_choice_places_nothing_by_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let server =
        Server::start(|question| match question.contains("{\"groups\": [number") && question.contains("Leeds") {
            true => completion("Group 1, I think."),
            false => judge(question),
        });
    let out = folder.path().join("run");
    auto(&large_corpus(folder.path()), &server, &out, &["--questions", "100"], 4);
    check_invariants(&out);
    for line in lines(&out.join("assignments.jsonl")) {
        let is_leeds = line["id"].as_str().unwrap().as_bytes()[1] == b'0';
        assert!(!is_leeds || line["clusters"][0]["by"] == "spread", "{line}");
    }
    let manifest = manifest(&out);
    assert!(manifest["usage"]["unparsed"].as_u64().unwrap() > 0);
    assert!(manifest["warnings"].to_string().contains("no usable answer"), "{}", manifest["warnings"]);
}

#[test]
fn single_pairs_and_a_given_number_of_clusters_are_respected() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::knowing(), folder.path().join("run"));
    auto(&large_corpus(folder.path()), &server, &out, &["--questions", "160", "--ask", "pair", "-k", "3"], 0);
    check_invariants(&out);
    assert_eq!(lines(&out.join("clusters.jsonl")).len(), 3);
    assert!(server.asked().iter().all(|question| !question.contains("{\"groups\": [number")));
    assert!(server.asked().len() <= 160);
}

#[test]
fn all_questions_are_goalex_and_a_cap_on_another_method_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::knowing(), folder.path().join("run"));
    auto(&small_corpus(folder.path()), &server, &out, &["--questions", "all"], 0);
    assert_eq!(manifest(&out)["method"], "goalex");
    let other = folder.path().join("other");
    let said = auto(&small_corpus(folder.path()), &server, &other, &["--questions", "99", "--method", "goalex"], 2);
    assert!(
        said.contains("--questions is for --method auto, clusterllm or classify with a model; this run is goalex"),
        "{said}"
    );
}

#[test]
fn a_model_that_names_nothing_leaves_every_document_uncovered() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::start(|_| completion(r#"{"items": []}"#)), folder.path().join("run"));
    auto(&small_corpus(folder.path()), &server, &out, &[], 0);
    check_invariants(&out);
    assert!(lines(&out.join("assignments.jsonl")).iter().all(|line| line["status"] == "uncovered"));
    assert!(manifest(&out)["warnings"].to_string().contains("the model proposed no group"));
}
