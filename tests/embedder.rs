//! Vectors from a server, and vectors from the cache.

use std::path::{Path, PathBuf};

use crate::common::mocked::Mocked;
use crate::common::*;
use serde_json::{Value, json};

/// A run of the small corpus without a model, by the embedder at an address.
fn embedded(folder: &Path, address: &str, name: &str, more: &[&str], code: i32) -> (PathBuf, String) {
    let (corpus, out) = (small_corpus(folder), folder.join(name));
    let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "-k", "4", "--embedder", address]);
    command.args(["--out", out.to_str().unwrap(), "--wait", "1"]).args(more);
    let output = expect(command, code);
    (out, stderr(&output))
}

/// Requests for embeddings so far.
fn requests(mock: &Mocked) -> u64 {
    mock.counts()["endpoints"]["/v1/embeddings"].as_u64().unwrap_or(0)
}

/// Vectors of two numbers for the texts of a request: one of four directions, by the small corpus's words.
fn directions(body: &str) -> Vec<Value> {
    let texts: Value = serde_json::from_str(body).unwrap();
    let direction = |text: &str| match text.to_lowercase() {
        text if text.contains("parcel") => [1.0, 0.01],
        text if text.contains("brake") => [0.01, -1.0],
        text if text.contains("refund") => [-1.0, 0.02],
        _ => [0.02, 1.0],
    };
    let texts = texts["input"].as_array().unwrap().iter().enumerate();
    texts.map(|(index, text)| json!({"index": index, "embedding": direction(text.as_str().unwrap())})).collect()
}

fn vectors(data: Vec<Value>) -> Scripted {
    Scripted { status: 200, body: json!({"data": data, "usage": {"prompt_tokens": 9}}).to_string() }
}

#[test]
fn a_server_embeds_and_a_run_that_is_repeated_or_replayed_sends_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&[]);
    let model = ["--embedder-model", "mini"];
    let (run, said) = embedded(folder.path(), &mock.address, "run", &model, 0);
    check_invariants(&run);
    let host = mock.address.trim_start_matches("http://").trim_end_matches("/v1");
    assert!(said.contains(&format!("embedding with mini at {host}")), "{said}");
    let manifest = manifest(&run);
    let embedder = &manifest["embedder"];
    assert_eq!((&embedder["id"], &embedder["dimensions"]), (&json!("server:mini"), &json!(64)));
    assert_eq!(embedder["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(embedder["usage"]["calls"], requests(&mock));
    assert_eq!(manifest["plan"]["embedder"]["value"], "server");
    let sent = requests(&mock);
    assert!(sent >= 4, "a probe, two batches of documents, phrases: {sent}");
    let (again, _) = embedded(folder.path(), &mock.address, "run", &["--resume", model[0], model[1]], 0);
    assert_eq!((files(&again), requests(&mock)), (files(&run), sent));
    embedded(folder.path(), &mock.address, "run", &["--resume", "--embedder-model", "maxi"], 2);
}

#[test]
fn a_goal_run_on_a_servers_vectors_is_replayed_without_any_server() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&[]);
    let asks = ["--embedder-model", "mini", "--llm", &mock.address, "--model", "scripted"];
    let (run, _) = embedded(folder.path(), &mock.address, "run", &asks, 0);
    let address = mock.address.clone();
    drop(mock);
    let corpus = folder.path().join("small.jsonl");
    let out = folder.path().join("replayed");
    let (corpus, recording) = (corpus.to_str().unwrap(), run.to_str().unwrap());
    crate::common::run(&["run", corpus, "--replay", recording, "--out", out.to_str().unwrap()], 0);
    assert_eq!(files(&out), files(&run));
    // The address may be said again: that server is gone, and nothing is sent to another one in its place.
    let other = Mocked::knowing(&[]);
    for (name, address) in [("gone", &address), ("there", &other.address)] {
        let (again, _) = embedded(folder.path(), address, name, &["--replay", recording], 0);
        assert_eq!(files(&again), files(&run));
        let vectors = |run: &Path| std::fs::read(run.join("vectors.jsonl")).unwrap();
        assert_eq!(vectors(&again), vectors(&run));
    }
    assert_eq!(requests(&other), 0);
    let (_, said) = embedded(folder.path(), &address, "maxi", &["--replay", recording, "--embedder-model", "maxi"], 2);
    assert!(said.contains("embedded by mini"), "{said}");
    assert!(out.join("vectors.jsonl").exists());
    for file in ["manifest.json", "vectors.jsonl", "calls.jsonl"] {
        let text = std::fs::read_to_string(out.join(file)).unwrap() + &std::fs::read_to_string(run.join(file)).unwrap();
        assert!(!text.contains(address.trim_start_matches("http://")), "{file}");
    }
}

#[test]
fn a_killed_or_capped_run_keeps_its_vectors() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&[]);
    let model = ["--embedder-model", "mini", "--concurrency", "1"];
    let (whole, _) = embedded(folder.path(), &mock.address, "whole", &model, 0);
    let all = requests(&mock);
    let (run, said) = embedded(folder.path(), &mock.address, "run", &[&model[..], &["--max-calls", "2"]].concat(), 3);
    assert!(said.contains("--max-calls was reached") && said.contains("--resume"), "{said}");
    assert_eq!((&manifest(&run)["status"], requests(&mock)), (&json!("partial"), all + 2));
    let (run, _) = embedded(folder.path(), &mock.address, "run", &[&model[..], &["--resume"]].concat(), 0);
    assert_eq!((files(&run), requests(&mock)), (files(&whole), 2 * all));
}

#[test]
fn overload_is_waited_out_and_long_texts_are_cut_and_flagged() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let mut rows = lines(&corpus);
    rows[0]["text"] = json!("My parcel is late. ".repeat(30));
    write_rows(&corpus, &rows);
    let refused = std::sync::atomic::AtomicBool::new(false);
    let server = Server::start(move |body| {
        let text: Value = serde_json::from_str(body).unwrap();
        if !refused.swap(true, std::sync::atomic::Ordering::Relaxed) {
            return Scripted { status: 503, body: "{}".into() };
        }
        if text["input"].as_array().unwrap().iter().any(|text| text.as_str().unwrap().len() > 300) {
            let error = json!({"error": {"code": 500, "message": "input is too large to process"}});
            return Scripted { status: 500, body: error.to_string() };
        }
        vectors(directions(body))
    });
    let out = folder.path().join("run");
    let arguments = ["run", corpus.to_str().unwrap(), "--goal", "why?", "-k", "4", "--embedder", &server.address];
    let mut command = colligate(&arguments);
    command.args(["--out", out.to_str().unwrap()]);
    expect(command, 0);
    check_invariants(&out);
    let manifest = manifest(&out);
    assert_eq!(
        (&manifest["embedder"]["id"], &manifest["embedder"]["truncated"]),
        (&json!("server:scripted"), &json!(1))
    );
    assert_eq!(manifest["embedder"]["usage"]["faults"]["status-503"], 1);
    assert_eq!(lines(&out.join("assignments.jsonl"))[0]["flags"], json!(["truncated"]));
    assert_eq!(manifest["clusters"], 4);
}

#[test]
fn texts_that_a_server_mixes_up_are_sent_apart_and_one_vector_for_all_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let right = Server::start(|body| vectors(directions(body)));
    let (right, _) = embedded(folder.path(), &right.address, "right", &[], 0);
    let first_for_all = |body: &str| {
        let mut data = directions(body);
        let first = data[0]["embedding"].clone();
        data.iter_mut().for_each(|row| row["embedding"] = first.clone());
        data
    };
    let mixing = Server::start(move |body| {
        let data = directions(body);
        vectors(if data.len() > 3 { first_for_all(body) } else { data })
    });
    let (run, _) = embedded(folder.path(), &mixing.address, "mixed", &[], 0);
    assert_eq!(files(&run), files(&right));
    let blind = Server::start(|body| {
        let data = directions(body);
        vectors((0..data.len()).map(|index| json!({"index": index, "embedding": [0.6, 0.8]})).collect())
    });
    let (_, said) = embedded(folder.path(), &blind.address, "blind", &[], 5);
    assert!(said.contains("all 40 texts the same vector"), "{said}");
}

#[test]
fn vectors_that_are_none_end_the_run_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let drop_last: fn(Vec<Value>) -> Vec<Value> = |mut data| {
        if data.len() > 3 {
            data.pop();
        }
        data
    };
    let longer: fn(Vec<Value>) -> Vec<Value> = |mut data| {
        if data.len() > 3 {
            data.iter_mut().for_each(|row| row["embedding"] = json!([1, 2, 3]));
        }
        data
    };
    let no_number: fn(Vec<Value>) -> Vec<Value> = |mut data| {
        data[0]["embedding"][0] = Value::Null;
        data
    };
    for (name, change, problem) in [
        ("count", drop_last, "vectors for"),
        ("dimensions", longer, "of 3 dimensions among those of 2"),
        ("value", no_number, "what is not a number"),
    ] {
        let server = Server::start(move |body| vectors(change(directions(body))));
        let (run, said) = embedded(folder.path(), &server.address, name, &[], 5);
        assert!(said.contains(problem), "{said}");
        assert!(!run.exists(), "no text was embedded");
    }
}

#[test]
fn the_servers_key_is_sent_there_and_found_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&["--dialect", "openai"]);
    let corpus = small_corpus(folder.path());
    let run = |name: &str, key: Option<&str>, code: i32| {
        let out = folder.path().join(name);
        let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "-k", "4"]);
        command.args(["--embedder", &mock.address, "--embedder-model", "m", "--embedder-key-env", "EMBEDDING_KEY"]);
        command.args(["--out", out.to_str().unwrap()]);
        if let Some(key) = key {
            command.env("EMBEDDING_KEY", key);
        }
        (out.clone(), expect(command, code))
    };
    let (_, output) = run("keyless", None, 5);
    assert!(stderr(&output).contains("401"), "{}", stderr(&output));
    let (out, output) = run("keyed", Some("canary-7731"), 0);
    let written = std::fs::read_dir(&out).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    for bytes in written.chain([output.stderr, output.stdout]) {
        assert!(!String::from_utf8_lossy(&bytes).contains("canary-7731"));
    }
}

#[test]
fn the_builtin_model_with_activations_in_int8_runs_and_is_never_mixed_with_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let cached = ["--cache", cache.to_str().unwrap()];
    let (plain, _) = embedded(folder.path(), "builtin", "plain", &cached, 0);
    let (int8, said) = embedded(folder.path(), "builtin-int8", "int8", &cached, 0);
    check_invariants(&int8);
    assert!(!said.contains("from the cache"), "{said}");
    let (of_plain, of_int8) = (manifest(&plain), manifest(&int8));
    assert_eq!(of_int8["embedder"]["id"], "builtin-int8:all-MiniLM-L6-v2-w8");
    assert_eq!(of_int8["plan"]["embedder"]["value"], "builtin-int8");
    assert_ne!(of_int8["embedder"]["sha256"], of_plain["embedder"]["sha256"]);
    assert_ne!(
        std::fs::read(int8.join("embeddings.npy")).unwrap(),
        std::fs::read(plain.join("embeddings.npy")).unwrap()
    );
    let (again, _) = embedded(folder.path(), "builtin-int8", "int8", &["--resume", cached[0], cached[1]], 0);
    assert_eq!(files(&again), files(&int8));
    let (_, said) = embedded(folder.path(), "builtin", "int8", &["--resume"], 2);
    assert!(said.contains("embedder"), "{said}");
}

#[test]
fn a_second_run_embeds_nothing_and_its_directory_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, cache) = (small_corpus(folder.path()), folder.path().join("cache"));
    let go = |name: &str, cache: &str| {
        let out = folder.path().join(name);
        let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "-k", "4"]);
        command.args(["--out", out.to_str().unwrap(), "--cache", cache]);
        let said = stderr(&expect(command, 0));
        let vectors = std::fs::read(out.join("embeddings.npy")).unwrap();
        let mut manifest = manifest(&out);
        manifest["stages"] = Value::Null;
        (said, (files(&out), vectors, manifest))
    };
    let cache = cache.to_str().unwrap();
    let (_, none) = go("none", "none");
    assert!(!Path::new(cache).exists());
    let (first, filled) = go("first", cache);
    let (second, found) = go("second", cache);
    assert!(
        !first.contains("come from the cache") && second.contains("40 of 40 vectors come from the cache"),
        "{second}"
    );
    assert!(none == filled && filled == found);
}

#[cfg(not(feature = "fastembed"))]
#[test]
fn the_lean_build_knows_no_names_and_says_which_feature_does() {
    let folder = tempfile::tempdir().unwrap();
    let (_, said) = embedded(folder.path(), "intfloat/multilingual-e5-small", "run", &[], 2);
    assert!(said.contains("built with the feature `fastembed`"), "{said}");
}

#[test]
fn what_a_server_embedded_is_cached_too() {
    let folder = tempfile::tempdir().unwrap();
    let (mock, cache) = (Mocked::knowing(&[]), folder.path().join("cache"));
    let more = ["--embedder-model", "mini", "--cache", cache.to_str().unwrap()];
    let (first, _) = embedded(folder.path(), &mock.address, "first", &more, 0);
    let sent = requests(&mock);
    let (second, said) = embedded(folder.path(), &mock.address, "second", &more, 0);
    assert_eq!((files(&first), requests(&mock)), (files(&second), sent + 1), "the probe only");
    assert!(said.contains("40 of 40 vectors come from the cache"), "{said}");
}
