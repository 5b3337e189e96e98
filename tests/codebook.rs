//! `--codebook`: groups known beforehand, without a model and with one, on resume and in replays.

use std::path::Path;

use crate::common::*;
use serde_json::Value;

const CODEBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/support-tickets/codebook.toml");
const LABELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/support-tickets/labels.jsonl");

/// Twelve short texts of three kinds, one of which no entry knows.
fn small(folder: &Path) -> String {
    let kinds = [
        ["My parcel is late.", "Where is my parcel?", "The parcel has not arrived.", "When will my parcel arrive?"],
        ["The brake is broken.", "My brake snapped.", "The brake does not work.", "The brake lever broke off."],
        ["Thank you, lovely shop.", "What a lovely shop!", "Lovely people, thank you.", "Thanks, great shop."],
    ];
    let rows: Vec<String> =
        kinds.iter().flatten().map(|text| serde_json::json!({ "text": text }).to_string()).collect();
    write(folder, "texts.jsonl", &rows.join("\n"))
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

const TWO: &str =
    "label,predicate\nlate parcel,The parcel is late or has not arrived.\nbroken brake,The brake is broken.\n";

fn labels(run: &Path) -> Vec<String> {
    let mut labels: Vec<String> =
        lines(&run.join("clusters.jsonl")).iter().map(|line| line["label"].as_str().unwrap().to_owned()).collect();
    labels.sort();
    labels
}

/// Says the letter or label of the entry whose word a document has.
fn judge(question: &str) -> Scripted {
    let document =
        question.split("<document>").nth(1).unwrap_or_default().split("</document>").next().unwrap_or_default();
    let wanted = if document.contains("arcel") {
        "The parcel is late or has not arrived."
    } else if document.contains("rake") {
        "The brake is broken."
    } else {
        ""
    };
    if let Some(statement) = question.split("\nStatement: ").nth(1) {
        return completion(if !wanted.is_empty() && statement.contains(wanted) { "Yes" } else { "No" });
    }
    let number = question
        .lines()
        .find(|line| !wanted.is_empty() && line.contains(wanted))
        .and_then(|line| line.trim().split(['.', ':', ')']).next().map(str::to_owned));
    completion(&number.map_or(r#"{"groups":[]}"#.to_owned(), |number| format!(r#"{{"groups":[{number}]}}"#)))
}

#[test]
fn without_a_model_and_without_a_goal_documents_go_to_the_entry_that_is_most_alike() {
    let folder = tempfile::tempdir().unwrap();
    let run_directory = folder.path().join("run");
    let out = run_directory.to_str().unwrap();
    let output = run(&["run", TICKETS, "--codebook", CODEBOOK, "--out", out], 0);
    assert!(stdout(&output).contains("11 clusters by likeness to the entries of a codebook: no model was asked"));
    assert!(stderr(&output).contains(&format!("--codebook {CODEBOOK} --goal")), "{}", stderr(&output));
    let clusters = lines(&run_directory.join("clusters.jsonl"));
    assert!(clusters.iter().all(|line| line["by"] == "codebook") && clusters.len() == 11);
    let assigned: Vec<Value> =
        lines(&run_directory.join("assignments.jsonl")).into_iter().filter(|row| row["status"] == "assigned").collect();
    let confidence = |row: &Value| row["clusters"][0]["confidence"].as_f64().unwrap();
    assert!(assigned.iter().all(|row| row["clusters"][0]["by"] == "similarity"));
    let mean = assigned.iter().map(confidence).sum::<f64>() / assigned.len() as f64;
    assert!(mean > 0.4 && mean < 0.7, "confidences are probabilities: {mean}");
    let manifest = manifest(&run_directory);
    assert_eq!(manifest["codebook"]["entries"], 11);
    assert_eq!(manifest["plan"]["codebook"]["value"], manifest["codebook"]["sha256"], "no path is told");
    assert!(run_directory.join("codebook.toml").is_file());
    let evaluated = run(&["eval", out, "--labels", LABELS, "--label-field", "cause"], 0);
    let text = stdout(&evaluated);
    let acc = text.lines().find_map(|line| line.strip_prefix("ACC")).unwrap().trim().parse::<f64>().unwrap();
    assert!(acc > 55.0, "{text}");
}

#[test]
fn an_entry_keeps_its_id_whatever_the_order_of_the_codebook() {
    let folder = tempfile::tempdir().unwrap();
    let texts = small(folder.path());
    let mut rows: Vec<&str> = TWO.lines().collect();
    rows.swap(1, 2);
    let ids = [TWO.to_owned(), rows.join("\n")].map(|text| {
        let codebook = write(folder.path(), "codebook.csv", &text);
        let out = folder.path().join(sha(&text));
        run(&["run", &texts, "--codebook", &codebook, "--propose", "none", "--out", out.to_str().unwrap()], 0);
        assert_eq!(labels(&out), ["broken brake", "late parcel"]);
        let mut ids: Vec<(String, String)> = lines(&out.join("clusters.jsonl"))
            .iter()
            .map(|line| (line["label"].to_string(), line["id"].to_string()))
            .collect();
        ids.sort();
        ids
    });
    assert_eq!(ids[0], ids[1]);
}

fn sha(text: &str) -> String {
    text.len().to_string() + &text[text.len() - 4..text.len() - 2].replace(['.', ' '], "x")
}

#[test]
fn what_no_run_could_use_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let texts = small(folder.path());
    let good = write(folder.path(), "codebook.csv", TWO);
    let bad = write(folder.path(), "bad.toml", "[[entry]]\nlabel = \"a\"\npredicat = \"b\"\n");
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    for (flags, said) in [
        (vec!["--codebook", &bad], "bad.toml:3: predicat: unknown"),
        (vec!["--codebook", "no-such.toml"], "no-such.toml"),
        (vec!["--codebook", &good, "-k", "3"], "leave -k out"),
        (vec!["--goal", "x", "--propose", "3"], "--codebook FILE"),
        (vec!["--codebook", &good, "--propose", "some"], "or none"),
        (vec!["--codebook", &good, "--llm", "http://127.0.0.1:9/v1"], "no goal"),
    ] {
        let refused = run(&[&["run", &texts, "--out", out], flags.as_slice()].concat(), 2);
        assert!(stderr(&refused).contains(said), "{said}\n{}", stderr(&refused));
        assert!(!Path::new(out).exists());
    }
}

#[test]
fn with_a_model_the_entries_are_the_candidates_and_a_replay_needs_no_codebook() {
    let folder = tempfile::tempdir().unwrap();
    let texts = small(folder.path());
    let codebook = write(folder.path(), "codebook.csv", TWO);
    let server = Server::start(judge);
    for (method, questions) in [("auto", 12), ("goalex", 24), ("classify", 12)] {
        let out = folder.path().join(method);
        let common = ["run", &texts, "--goal", "why?", "--codebook", &codebook, "--method", method, "--test-size", "0"];
        let many = ["--ask", "many", "--questions", "16"];
        let own: &[&str] = if method == "auto" { &many } else { &[] };
        let asking = [&common[..], own, &["--llm", &server.address]].concat();
        let estimate = run(&[&asking[..], &["--dry-run", "--json"]].concat(), 0);
        let estimate: Value = serde_json::from_str(&stdout(&estimate)).unwrap();
        assert_eq!(estimate["total"]["questions"]["expected"], questions, "{method} {estimate}");
        let done = colligate(&[&asking[..], &["--out", out.to_str().unwrap()]].concat()).output().unwrap();
        assert!(out.join("clusters.jsonl").is_file(), "{}", stderr(&done));
        assert_eq!(labels(&out), ["broken brake", "late parcel"], "{method}");
        assert!(lines(&out.join("clusters.jsonl")).iter().all(|line| line["by"] == "codebook"), "{method}");
        let lines_of = |folder: &Path| lines(&folder.join("assignments.jsonl"));
        let uncovered = lines_of(&out).iter().filter(|row| row["status"] == "uncovered").count();
        assert!(uncovered >= 3, "what fits no entry stays uncovered: {method} {uncovered}");
        let again = folder.path().join(format!("{method}-again"));
        let replay = ["run", &texts, "--replay", out.to_str().unwrap(), "--out", again.to_str().unwrap()];
        colligate(&replay).output().unwrap();
        assert_eq!(lines_of(&again), lines_of(&out), "{method}");
    }
}

#[test]
fn another_codebook_is_refused_on_resume() {
    let folder = tempfile::tempdir().unwrap();
    let texts = small(folder.path());
    let codebook = write(folder.path(), "codebook.csv", TWO);
    let out = folder.path().join("run");
    let arguments = ["run", &texts, "--codebook", &codebook, "--out", out.to_str().unwrap()];
    run(&arguments, 0);
    run(&[&arguments[..], &["--resume"]].concat(), 0);
    write(folder.path(), "codebook.csv", &TWO.replace("late parcel", "lost parcel"));
    let refused = run(&[&arguments[..], &["--resume"]].concat(), 2);
    assert!(stderr(&refused).contains("the codebook is not that of the run"), "{}", stderr(&refused));
}
