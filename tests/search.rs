//! `colligate search`: what of a finished run is nearest to a text, a document or a cluster.

use std::fs;

use crate::common::*;
use serde_json::Value;

#[test]
fn a_text_a_document_and_a_cluster_find_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let out = folder.path().join("run").display().to_string();
    run(&["run", corpus.to_str().unwrap(), "-k", "4", "--out", &out, "--quiet"], 0);
    let search = |more: &[&str]| -> Value {
        serde_json::from_str(&stdout(&run(&[&["search", &out, "--json"], more].concat(), 0))).unwrap()
    };
    let ids = |found: &Value| -> Vec<String> {
        let documents = found["documents"].as_array().unwrap();
        documents.iter().map(|document| document["id"].as_str().unwrap().to_owned()).collect()
    };
    let found = search(&["where is my package? the courier never came", "--top", "5"]);
    assert!(ids(&found).len() == 5 && ids(&found).iter().all(|id| id.starts_with('p')), "{found}");
    assert_eq!(found["clusters"][0]["id"], found["documents"][0]["cluster"]);
    let like = search(&["--like", "b3"]);
    assert!(ids(&like).iter().take(5).all(|id| id.starts_with('b') && id != "b3"), "{like}");
    let cluster = like["documents"][0]["cluster"].as_str().unwrap();
    let within = search(&["money back", "--cluster", cluster]);
    assert!(ids(&within).len() == 10 && ids(&within).iter().all(|id| id.starts_with('b')), "{within}");
    let central = search(&["--cluster", cluster, "--top", "3"]);
    assert!(ids(&central).len() == 3 && ids(&central).iter().all(|id| id.starts_with('b')), "{central}");
    let said = stdout(&run(&["search", &out, "squealing brakes"], 0));
    assert!(said.contains("(10 documents, ") && said.lines().count() == 14, "{said}");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let out = folder.path().join("run").display().to_string();
    run(&["run", corpus.to_str().unwrap(), "-k", "4", "--out", &out, "--quiet"], 0);
    assert!(stderr(&run(&["search", &out, "--like", "nobody"], 2)).contains("has no document \"nobody\""));
    let said = stderr(&run(&["search", &out, "x", "--cluster", "none"], 2));
    assert!(said.contains("has no cluster \"none\", but c-"), "{said}");
    assert!(stderr(&run(&["search", &out], 2)).contains("<TEXT>"));
    let said = stderr(&run(&["search", &out, "x", "--embedder", "static"], 2));
    assert!(said.contains("its embedder is"), "{said}");
    run(&["search", folder.path().to_str().unwrap(), "x"], 2);
}

#[test]
fn a_large_run_is_searched_by_its_index_and_without_one_by_all_its_vectors() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("texts.txt");
    let words = ["parcel", "brake", "refund", "password"];
    let text = |line: usize| format!("{} {} number {line}\n", words[line % 4], words[(line / 4) % 4]);
    fs::write(&corpus, (0..20_010).map(text).collect::<String>()).unwrap();
    let out = folder.path().join("run");
    let (corpus, path) = (corpus.display().to_string(), out.display().to_string());
    let reading = ["--format", "lines", "--embedder", "static", "--cache", "none"];
    run(&[&["run", &corpus, "-k", "4", "--out", &path, "--quiet"], &reading[..]].concat(), 0);
    let search = |more: &[&str]| {
        let output = run(&[&["search", &path, "--json", "--cache", "none"], more].concat(), 0);
        (stdout(&output), stderr(&output))
    };
    let query = ["parcel refund number 7", "--top", "5"];
    let exact = search(&[&query[..], &["--exact"]].concat()).0;
    let index = out.join("index/cells.bin");
    let built = fs::read(&index).unwrap();
    assert_eq!(search(&query), (exact.clone(), String::new()));
    // A damaged index is said and built anew, also one of another run; without one it is built.
    fs::write(&index, &built[..built.len() / 2]).unwrap();
    let (found, said) = search(&query);
    assert!(found == exact && said.contains("is damaged: the index is not used"), "{said}");
    assert!(fs::read(&index).unwrap() == built);
    fs::remove_file(&index).unwrap();
    assert_eq!(search(&query), (exact.clone(), String::new()));
    assert!(fs::read(&index).unwrap() == built);
    // One that leads to other vectors: then the run itself is not what it wrote.
    let vectors = out.join("embeddings.npy");
    let mut bytes = fs::read(&vectors).unwrap();
    bytes[128..].fill(0x3c);
    fs::write(&vectors, bytes).unwrap();
    let said = stderr(&run(&["search", &path, query[0], "--cache", "none"], 2));
    assert!(said.contains("embeddings.npy: is damaged") && said.contains("is not what its run has written"), "{said}");
}

#[test]
fn near_duplicates_are_grouped_by_the_first_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("texts.jsonl");
    let texts = [
        ("a", "the parcel never came, where is it?"),
        ("b", "the brakes squeal when it rains"),
        ("c", "The parcel never came, where is it"),
        ("d", "the brakes squeal when it rains"),
        ("e", "please send the invoice again"),
    ];
    let line = |(id, text): &(&str, &str)| serde_json::json!({ "id": id, "text": text }).to_string() + "\n";
    fs::write(&corpus, texts.iter().map(line).collect::<String>()).unwrap();
    let out = folder.path().join("run").display().to_string();
    run(&["run", corpus.to_str().unwrap(), "-k", "2", "--embedder", "static", "--out", &out, "--quiet"], 0);
    let output = run(&["search", &out, "--duplicates"], 0);
    let groups: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids = |group: &Value| -> Vec<String> {
        let documents = group["documents"].as_array().unwrap();
        documents.iter().map(|document| document["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(groups.iter().map(ids).collect::<Vec<_>>(), [["a", "c"], ["b", "d"]]);
    assert_eq!(groups[1]["documents"][1]["similarity"], 1.0);
    assert!(
        stderr(&output).contains("2 groups of near-duplicates: 2 documents beside the first"),
        "{}",
        stderr(&output)
    );
    let table = folder.path().join("duplicates.csv").display().to_string();
    let to_file = ["search", &out, "--duplicates", "--threshold", "0.9", "--format", "csv", "--out", &table];
    run(&to_file, 0);
    assert_eq!(fs::read_to_string(&table).unwrap().lines().count(), 5);
    run(&to_file, 2);
    run(&["search", &out, "--duplicates", "--threshold", "1.5"], 2);
    run(&["search", &out, "where is my parcel?", "--threshold", "0.9"], 2);
    assert!(stderr(&run(&["search", &out, "  "], 2)).contains("expected some words"));
    let none = stderr(&run(&["search", &out, "--duplicates", "--threshold", "1", "--format", "csv"], 0));
    assert!(none.contains("at a cosine of 1 or more"), "{none}");
}
