//! `colligate assign`: documents into the clusters of a finished run, by what that run learned.

mod common;

use std::path::{Path, PathBuf};

use common::*;
use serde_json::json;

const SURVEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/survey-answers/documents.jsonl");
const CODEBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/support-tickets/codebook.toml");

/// Runs without a model into a directory of its own.
fn made(folder: &Path, corpus: &str, more: &[&str]) -> PathBuf {
    let out = folder.join("run");
    run(&[&["run", corpus, "--out", out.to_str().unwrap(), "--quiet"], more].concat(), 0);
    out
}

fn assigned(run_directory: &Path, corpus: &str, more: &[&str]) -> String {
    stdout(&run(&[&["assign", run_directory.to_str().unwrap(), corpus, "--quiet"], more].concat(), 0))
}

fn refused(run_directory: &Path, corpus: &str, more: &[&str]) -> String {
    stderr(&run(&[&["assign", run_directory.to_str().unwrap(), corpus], more].concat(), 2))
}

/// The same rows with one more, so that it is another corpus to the program.
fn with_one_more(folder: &Path, corpus: &str, row: serde_json::Value) -> PathBuf {
    let mut rows = lines(Path::new(corpus));
    rows.push(row);
    write_rows(&folder.join("more.jsonl"), &rows)
}

#[test]
fn the_runs_own_corpus_ends_where_the_run_put_it() {
    for (corpus, more) in [
        (TICKETS, vec!["--levels", "2", "--embedder", "static"]),
        (SURVEY, vec!["--limit", "150"]),
        (TICKETS, vec!["--codebook", CODEBOOK, "--embedder", "static"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = made(folder.path(), corpus, &more);
        let [_, written] = files(&out);
        for threads in ["1", "3"] {
            assert_eq!(assigned(&out, corpus, &["--threads", threads]), written, "{corpus} {more:?}");
        }
    }
}

#[test]
fn skipped_rows_keep_their_cells_unless_the_run_keeps_no_words() {
    let folder = tempfile::tempdir().unwrap();
    let row = json!({"id": "empty", "text": "", "city": "Ghent"});
    let corpus = with_one_more(folder.path(), TICKETS, row);
    let corpus = corpus.to_str().unwrap();
    for (more, has_cells) in [(&["--embedder", "static"][..], true), (&["--embedder", "static", "--no-texts"], false)] {
        let folder = tempfile::tempdir().unwrap();
        let out = made(folder.path(), corpus, more);
        let [_, written] = files(&out);
        assert_eq!(assigned(&out, corpus, &[]), written);
        let skipped = written.lines().find(|line| line.contains("\"status\":\"skipped\"")).unwrap();
        assert_eq!(skipped.contains("Ghent"), has_cells, "{skipped}");
    }
}

#[test]
fn a_document_has_its_place_whatever_comes_with_it() {
    for more in [vec!["--levels", "2"], vec!["--codebook", CODEBOOK]] {
        let more = [more, vec!["--embedder", "static"]].concat();
        let folder = tempfile::tempdir().unwrap();
        let out = made(folder.path(), TICKETS, &more);
        let [_, written] = files(&out);
        let row = json!({"id": "new", "text": "Where is my parcel? It should have been here on Monday."});
        let other = with_one_more(folder.path(), TICKETS, row);
        let lines = assigned(&out, other.to_str().unwrap(), &[]);
        let (new, own): (Vec<&str>, Vec<&str>) = lines.lines().partition(|line| line.contains("\"id\":\"new\""));
        assert_eq!(own, written.lines().collect::<Vec<_>>(), "{more:?}");
        let new: serde_json::Value = serde_json::from_str(new[0]).unwrap();
        assert_eq!((&new["status"], &new["line"]), (&json!("assigned"), &json!(own.len() + 1)), "{new}");
        let alone = write_rows(
            &folder.path().join("alone.jsonl"),
            &[json!({"id": "new", "text": "Where is my parcel? It should have been here on Monday."})],
        );
        let alone: serde_json::Value = serde_json::from_str(&assigned(&out, alone.to_str().unwrap(), &[])).unwrap();
        assert_eq!((&alone["clusters"], &alone["primary"]), (&new["clusters"], &new["primary"]));
    }
}

#[test]
fn a_run_that_a_model_guided_places_other_documents_without_asking_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (repeated_corpus(folder.path(), 2), folder.path().join("run"), Server::knowing());
    let method = ["--method", "clusterllm", "-k", "4", "--questions", "160", "--embedder", "static"];
    ask_at(&server.address, &corpus, &out, &method, 0);
    let ([_, written], asked) = (files(&out), server.asked().len());
    assert_eq!(assigned(&out, corpus.to_str().unwrap(), &[]), written);
    let row = json!({"id": "new", "text": "The brake of my bike squeals on every ride."});
    let other = with_one_more(folder.path(), corpus.to_str().unwrap(), row);
    let lines = assigned(&out, other.to_str().unwrap(), &[]);
    let own: Vec<&str> = lines.lines().filter(|line| !line.contains("\"id\":\"new\"")).collect();
    assert_eq!(own, written.lines().collect::<Vec<_>>());
    assert_eq!(server.asked().len(), asked, "assign asks nothing");
}

/// Where the documents of a run end, as `assign` says it of any part of them.
fn check_parts(out: &Path, folder: &Path, corpus: &Path, written: &str) {
    let own: Vec<serde_json::Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rows = lines(corpus);
    for (from, step) in [(0, 1), (0, 3), (1, 7)] {
        let some: Vec<usize> = (from..rows.len()).step_by(step).collect();
        let part = folder.join(format!("part-{step}.jsonl"));
        let mut shown: Vec<serde_json::Value> = some.iter().rev().map(|&row| rows[row].clone()).collect();
        shown.push(json!({"id": "new", "text": "The brake of my bike squeals on every ride."}));
        write_rows(&part, &shown);
        let found = assigned(out, part.to_str().unwrap(), &["--threads", "1"]);
        for (line, &row) in found.lines().zip(some.iter().rev()) {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            for field in ["id", "status", "clusters", "primary", "reason"] {
                assert_eq!(line[field], own[row][field], "{line} {}", own[row]);
            }
        }
    }
}

/// The cluster of a new document, alone and beside others, and its label.
fn new_document(out: &Path, folder: &Path, text: &str) -> (serde_json::Value, String) {
    let alone = write_rows(&folder.join("alone.jsonl"), &[json!({"id": "new", "text": text})]);
    let alone: serde_json::Value = serde_json::from_str(&assigned(out, alone.to_str().unwrap(), &[])).unwrap();
    let other = json!({"id": "other", "text": "Thanks, what a lovely shop!"});
    let two = write_rows(&folder.join("two.jsonl"), &[other, json!({"id": "new", "text": text})]);
    let two = assigned(out, two.to_str().unwrap(), &[]);
    let two: serde_json::Value = serde_json::from_str(two.lines().last().unwrap()).unwrap();
    assert_eq!((&two["clusters"], &two["reason"]), (&alone["clusters"], &alone["reason"]));
    let clusters = lines(&out.join("clusters.jsonl"));
    let own = clusters.iter().find(|cluster| cluster["id"] == alone["primary"]);
    (alone.clone(), own.map_or(String::new(), |cluster| cluster["label"].as_str().unwrap().to_owned()))
}

#[test]
fn a_run_that_judged_documents_keeps_them_where_they_are_and_places_others_by_what_it_learned() {
    for method in [
        vec!["--method", "classify", "--embedder", "static"],
        vec!["--method", "goalex", "--embedder", "static"],
        vec!["--questions", "48", "--embedder", "static"],
        vec!["--questions", "64", "--ask", "letter", "--embedder", "static"],
        vec!["--questions", "60", "--ask", "pair", "-k", "3", "--audit", "4", "--embedder", "static"],
        vec!["--questions", "200", "--ask", "many", "--perspective", "-k", "4"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (corpus, out, server) = (repeated_corpus(folder.path(), 4), folder.path().join("run"), Server::knowing());
        ask_at(&server.address, &corpus, &out, &method, 0);
        let ([_, written], asked) = (files(&out), server.asked().len());
        for threads in ["1", "3"] {
            assert_eq!(assigned(&out, corpus.to_str().unwrap(), &["--threads", threads]), written, "{method:?}");
        }
        check_parts(&out, folder.path(), &corpus, &written);
        let (line, label) = new_document(&out, folder.path(), "My parcel has not arrived and tracking is stuck.");
        assert_eq!(
            (&line["clusters"][0]["by"], label.as_str()),
            (&json!("spread"), "late parcels"),
            "{method:?} {line}"
        );
        assert_eq!(server.asked().len(), asked, "assign asks nothing");
    }
}

#[test]
fn a_model_with_a_codebook_leaves_a_decision_that_knows_the_entries() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (repeated_corpus(folder.path(), 4), folder.path().join("run"), Server::knowing());
    let codebook = folder.path().join("codebook.csv");
    let rows = "label,predicate\nlate parcels,\"This is a case of late parcels, as the parcel shows.\"\n\
                noisy brakes,\"This is a case of noisy brakes, as the brake shows.\"\n\
                refunds,\"This is a case of refunds, as the refund shows.\"\n";
    std::fs::write(&codebook, rows).unwrap();
    let method = ["--questions", "48", "--embedder", "static", "--codebook", codebook.to_str().unwrap()];
    ask_at(&server.address, &corpus, &out, &method, 0);
    let [_, written] = files(&out);
    assert!(written.contains("\"by\":\"spread\"") && written.contains("\"status\":\"uncovered\""), "{written}");
    assert_eq!(assigned(&out, corpus.to_str().unwrap(), &[]), written);
    check_parts(&out, folder.path(), &corpus, &written);
}

#[test]
fn a_decision_of_judged_documents_that_was_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (repeated_corpus(folder.path(), 2), folder.path().join("run"), Server::knowing());
    ask_at(&server.address, &corpus, &out, &["--questions", "48", "--embedder", "static"], 0);
    let corpus = corpus.to_str().unwrap();
    let json = std::fs::read_to_string(out.join("decision.json")).unwrap();
    for (from, to) in
        [("label spreading", "a program"), ("\"embedding\"", "\"code\""), ("\"texts\": 80", "\"texts\": 81")]
    {
        assert!(json.contains(from), "{json}");
        std::fs::write(out.join("decision.json"), json.replacen(from, to, 1)).unwrap();
        assert!(refused(&out, corpus, &[]).contains("decision.json"), "{from}");
    }
    std::fs::write(out.join("decision.json"), &json).unwrap();
    let vectors = std::fs::read(out.join("embeddings.npy")).unwrap();
    std::fs::write(out.join("embeddings.npy"), &vectors[..vectors.len() / 2]).unwrap();
    assert!(refused(&out, corpus, &[]).contains("embeddings.npy"));
    std::fs::remove_file(out.join("embeddings.npy")).unwrap();
    assert!(refused(&out, corpus, &[]).contains("is missing"));
}

#[test]
fn a_run_without_a_decision_says_that_it_is_to_be_made_again() {
    let recording = Path::new(TICKETS).with_file_name("recording");
    let problem = refused(&recording, TICKETS, &[]);
    assert!(problem.contains("holds no decision.json") && problem.contains("make it again"), "{problem}");
}

#[test]
fn what_the_run_said_of_reading_holds_for_other_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let table = |name: &str, rows: usize| {
        let rows: Vec<String> = (0..rows).map(|row| format!("{row},The parcel number {row} is late,none")).collect();
        let file = folder.path().join(name);
        std::fs::write(&file, format!("key,message,text\n{}\n", rows.join("\n"))).unwrap();
        file
    };
    let out = made(
        folder.path(),
        table("a.csv", 12).to_str().unwrap(),
        &["--text-field", "message", "--id-field", "key", "-k", "2", "--limit", "8"],
    );
    let other = table("b.csv", 20);
    let lines = assigned(&out, other.to_str().unwrap(), &[]);
    assert_eq!((lines.lines().count(), lines.matches("beyond --limit").count()), (20, 0), "the limit was the run's");
    assert!(lines.contains("\"id\":\"19\""), "{lines}");
    let limited = assigned(&out, other.to_str().unwrap(), &["--limit", "5"]);
    assert_eq!(limited.matches("beyond --limit").count(), 15, "{limited}");
    refused(&out, other.to_str().unwrap(), &["--text-field", "absent"]);
}

#[test]
fn what_is_no_complete_run_of_this_embedder_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let corpus = corpus.to_str().unwrap();
    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    assert!(refused(&foreign, corpus, &[]).contains("is not a run directory"));
    assert!(refused(&folder.path().join("nosuch"), corpus, &[]).contains("there is no such run directory"));
    let out = made(folder.path(), corpus, &["-k", "4"]);
    let other = refused(&out, corpus, &["--embedder", "static"]);
    assert!(other.contains("its embedder is builtin") && other.contains("--embedder"), "{other}");
    let change = |name: &str, from: &str, to: &str| {
        let file = out.join(name);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{name}");
        std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
        let problem = refused(&out, corpus, &[]);
        std::fs::write(&file, text).unwrap();
        problem
    };
    let partial = change("manifest.json", "\"status\": \"complete\"", "\"status\": \"partial\"");
    assert!(partial.contains("the run is partial") && partial.contains("--resume"), "{partial}");
    let first = lines(&out.join("clusters.jsonl"))[0]["id"].as_str().unwrap().to_owned();
    assert!(change("decision.json", &first, "c-of-another-run").contains("was changed since the run wrote it"));
    // The decision names its clusters by their ids: in whatever order they stand in the file.
    let file = out.join("clusters.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let reversed: Vec<&str> = text.lines().rev().collect();
    std::fs::write(&file, reversed.join("\n") + "\n").unwrap();
    let [_, written] = files(&out);
    assert_eq!(assigned(&out, corpus, &[]), written);
    std::fs::write(&file, text).unwrap();
    assert!(change("decision.json", "\"kind\"", "\"sort\"").contains("decision.json"));
    let tensors = out.join("decision.safetensors");
    let bytes = std::fs::read(&tensors).unwrap();
    for broken in [&bytes[..bytes.len() / 2], b"", &[bytes.as_slice(), b"x"].concat()] {
        std::fs::write(&tensors, broken).unwrap();
        assert!(refused(&out, corpus, &[]).contains("checksum"));
    }
    std::fs::remove_file(&tensors).unwrap();
    assert!(refused(&out, corpus, &[]).contains("decision.safetensors"));
    std::fs::remove_file(out.join("decision.json")).unwrap();
    assert!(refused(&out, corpus, &[]).contains("holds no decision.json"));
}

/// Documents of four groups, each with a number of its own, drawn from the same ones whatever the first is.
fn groups(file: &Path, sizes: [usize; 4], first: usize) -> String {
    let texts = [
        "The parcel with order {} has not arrived and tracking is stuck.",
        "The brake of my bike squeals on ride {} and rubs on the rim.",
        "I want a refund for invoice {}, the money is not on my card.",
        "Thanks to the lovely team, visit {} was great!",
    ];
    let rows = texts.iter().zip(sizes).enumerate().flat_map(|(group, (text, size))| {
        (first..first + size).map(move |number| {
            json!({"id": format!("{group}-{number}"), "text": text.replace("{}", &(number * 7919 % 997).to_string()), "month": "May"})
        })
    });
    write_rows(file, &rows.collect::<Vec<_>>()).to_str().unwrap().to_owned()
}

/// What `--summary` writes.
fn summary(out: &Path, corpus: &str, file: &Path) -> serde_json::Value {
    assigned(out, corpus, &["--summary", file.to_str().unwrap()]);
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn another_sample_of_the_same_has_not_drifted_and_a_new_theme_has() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let old = groups(&file("old.jsonl"), [60, 60, 60, 0], 0);
    let out = file("run");
    run(&["run", &old, "-k", "3", "--out", out.to_str().unwrap(), "--quiet"], 0);
    let same = groups(&file("same.jsonl"), [40, 38, 42, 0], 500);
    let same = summary(&out, &same, &file("same.json"));
    let beyond = |summary: &serde_json::Value| {
        let clusters = summary["clusters"].as_array().unwrap();
        clusters.iter().filter(|cluster| cluster["beyond_chance"] == true).count()
    };
    assert_eq!((beyond(&same), &same["likeness"]["differs"]), (0, &json!(false)), "{same}");
    assert_eq!(same["documents"]["now"]["assigned"], 120);
    let other = groups(&file("other.jsonl"), [5, 100, 5, 40], 900);
    let other_summary = summary(&out, &other, &file("other.json"));
    assert!(beyond(&other_summary) > 0 && other_summary["likeness"]["differs"] == true, "{other_summary}");
    // Said on standard error, and never over another file.
    let (out, written) = (out.to_str().unwrap(), file("other.json"));
    let said = stderr(&run(&["assign", out, &other], 0));
    assert!(said.contains("these documents do not look like those of the run"), "{said}");
    assert!(said.contains("150 rows = 150 assigned + 0 uncovered + 0 skipped + 0 failed"), "{said}");
    let again = ["assign", out, &other, "--summary", written.to_str().unwrap(), "--quiet"];
    let refused = run(&again, 2);
    assert!(
        stderr(&refused).contains("exists already") && refused.stdout.is_empty(),
        "found out before anything is embedded"
    );
    let nowhere = file("none/summary.json");
    let refused = run(&["assign", out, &other, "--summary", nowhere.to_str().unwrap(), "--quiet"], 1);
    assert!(stderr(&refused).contains("its folder does not exist") && refused.stdout.is_empty());
}

#[test]
fn a_table_has_the_rows_own_columns_first() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let out = file("run");
    let old = groups(&file("old.jsonl"), [9, 9, 9, 9], 0);
    run(&["run", &old, "-k", "4", "--out", out.to_str().unwrap(), "--quiet"], 0);
    let table = assigned(&out, &old, &["--format", "csv"]);
    assert_eq!(table, std::fs::read_to_string(out.join("assignments.csv")).unwrap(), "the run's own");
    let new = groups(&file("new.jsonl"), [2, 0, 0, 0], 70);
    let table = assigned(&out, &new, &["--format", "csv"]);
    let lines: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].starts_with("text,month,colligate_id,colligate_status,colligate_label,"), "{table}");
    assert!(lines.len() == 3 && lines[1].contains(",May,0-70,assigned,"), "{table}");
}
