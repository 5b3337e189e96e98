//! `colligate update`: a run with the documents that came since, month by month.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::common::*;
use serde_json::{Value, json};

/// Themes with the sentences that are about them: the first is there from month three on, the second until month four.
const THEMES: [(&str, [&str; 5]); 6] = [
    (
        "charging",
        [
            "The battery of my e-bike does not charge since {d}.",
            "The charger shows a red light and the battery stays at {n} percent.",
            "After {n} hours on the charger the battery is still empty.",
            "The battery display blinks when I plug in the charger, since {d}.",
            "The charging port is loose, the battery loses power after {n} km.",
        ],
    ),
    (
        "password",
        [
            "I cannot log in, the password reset mail never comes since {d}.",
            "My account is locked after {n} attempts with the password.",
            "The login page says wrong password since {d}.",
            "Resetting the password for my account sends no mail, tried {n} times.",
            "After the login with my new password of {d} the account page stays empty.",
        ],
    ),
    (
        "parcel",
        [
            "My parcel is late, it should have been here on {d}.",
            "The parcel with my {o} has still not arrived after {n} days.",
            "Tracking says the parcel with the {o} is stuck since {d}.",
            "Where is my parcel? The courier said {d} and nothing came.",
            "Delivery of the {o} is {n} days late now, where is the parcel?",
        ],
    ),
    (
        "refund",
        [
            "I sent the {o} back {n} days ago and have no refund yet.",
            "Please refund the {o}, the money is not on my account.",
            "The refund for order {n} has not been paid since {d}.",
            "When will I get my money back for the {o}? The refund is due.",
            "You promised a refund on {d}, my bank shows no money.",
        ],
    ),
    (
        "brake",
        [
            "The brake of my bike squeals on every ride since {d}.",
            "The rear brake rubs on the wheel after {n} km.",
            "My brake lever is loose since the {o} was fitted.",
            "The brakes are noisy and weak when it rains, since {d}.",
            "The front brake squeaks, new pads from {d} did not help after {n} km.",
        ],
    ),
    (
        "invoice",
        [
            "The invoice for the {o} shows the wrong address.",
            "I need an invoice with the tax number for order {n}.",
            "The invoice from {d} lists the {o} twice.",
            "Please send the invoice of {d} again as a PDF.",
            "Why is the tax on my invoice {n} euros higher than shown?",
        ],
    ),
];
const DAYS: [&str; 6] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const THINGS: [&str; 7] = ["helmet", "saddle", "lamp", "jersey", "pump", "lock", "basket"];

/// The rows of a month, in their order.
fn rows(month: usize) -> Vec<Value> {
    let of = |(theme, sentences): &(&str, [&str; 5])| -> Vec<Value> {
        let count = match *theme {
            "charging" if month < 3 => 0,
            "charging" => 16,
            "password" if month > 4 => 0,
            _ if month == 1 => 40,
            _ => 20,
        };
        let row = |number: usize| {
            let (start, round) = (37 * month + 5 * number, number / 5);
            let text = sentences[number % 5]
                .replace("{d}", DAYS[(start + round) % 6])
                .replace("{o}", THINGS[(3 * start + round) % 7])
                .replace("{n}", &(3 + (7 * start + number) % 40).to_string());
            json!({"id": format!("{month}-{theme}-{number}"), "text": text, "theme": theme})
        };
        (0..count).map(row).collect()
    };
    THEMES.iter().flat_map(of).collect()
}

fn month(folder: &Path, month: usize) -> PathBuf {
    write_rows(&folder.join(format!("month-{month}.jsonl")), &rows(month))
}

/// The run of the first month.
fn first(folder: &Path, more: &[&str]) -> PathBuf {
    let (corpus, out) = (month(folder, 1), folder.join("run-1"));
    let embedder = ["--embedder", "static", "--quiet"];
    run(&[&["run", path(&corpus), "--out", path(&out)], &embedder[..], more].concat(), 0);
    out
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn updated(base: &Path, corpus: &Path, out: &Path, more: &[&str]) -> String {
    stderr(&run(&[&["update", path(base), path(corpus), "--out", path(out)], more].concat(), 0))
}

fn refused(base: &Path, corpus: &Path, out: &Path, more: &[&str]) -> String {
    stderr(&run(&[&["update", path(base), path(corpus), "--out", path(out)], more].concat(), 2))
}

/// By the id of each cluster its label, predicate and status.
fn names(run: &Path) -> BTreeMap<String, [String; 3]> {
    let word = |cluster: &Value, field: &str| cluster[field].as_str().unwrap().to_owned();
    let clusters = lines(&run.join("clusters.jsonl"));
    let of = |one: &Value| (word(one, "id"), ["label", "predicate", "status"].map(|field| word(one, field)));
    clusters.iter().map(of).collect()
}

/// How many documents of each theme are in a cluster.
fn themes(run: &Path, cluster: &str) -> BTreeMap<String, usize> {
    let mut themes = BTreeMap::new();
    for line in lines(&run.join("assignments.jsonl")) {
        let theme = line["id"].as_str().unwrap().split('-').nth(1).unwrap().to_owned();
        *themes.entry(theme).or_default() += usize::from(line["primary"] == cluster);
    }
    themes.retain(|_, count| *count > 0);
    themes
}

#[test]
fn six_months_one_by_one_have_the_same_names_and_a_theme_of_month_three_becomes_a_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let mut run_directory = first(folder.path(), &[]);
    let mut known = names(&run_directory);
    let mut added = BTreeSet::new();
    for number in 2..=6 {
        let out = folder.path().join(format!("run-{number}"));
        let said = updated(&run_directory, &month(folder.path(), number), &out, &[]);
        check_invariants(&out);
        let now = names(&out);
        for (id, [label, predicate, _]) in &known {
            assert_eq!(&now[id][..2], [label.clone(), predicate.clone()], "month {number}");
        }
        let before = std::fs::read_to_string(run_directory.join("assignments.jsonl")).unwrap();
        let after = std::fs::read_to_string(out.join("assignments.jsonl")).unwrap();
        assert!(after.starts_with(&before), "every line of the run stays as it was");
        let new: BTreeSet<String> = now.keys().filter(|id| !known.contains_key(*id)).cloned().collect();
        assert_eq!(new.len(), usize::from(number == 3), "month {number}: {said}");
        assert_eq!(said.contains("1 new cluster"), number == 3, "{said}");
        added.extend(new);
        (known, run_directory) = (now, out);
    }
    let cluster = added.first().unwrap();
    let held = themes(&run_directory, cluster);
    assert!(held["charging"] >= 50 && held.values().sum::<usize>() == held["charging"], "{held:?}");
    assert!(known[cluster][0].contains("battery"), "{known:?}");
    let manifest = manifest(&run_directory);
    let updates = manifest["updates"].as_array().unwrap();
    assert_eq!((updates.len(), &updates[1]["clusters"][0]), (5, &json!(cluster)));
    assert_eq!(manifest["base"]["inherited"], manifest["base"]["clusters"]);
    let rows: usize = (1..=6).map(|month| rows(month).len()).sum();
    assert_eq!((&manifest["corpus"]["rows"], &manifest["status"]), (&json!(rows), &json!("complete")));
}

#[test]
fn every_command_reads_an_updated_run_and_assign_puts_its_documents_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let base = first(folder.path(), &[]);
    let (third, fourth) = (folder.path().join("run-3"), folder.path().join("run-4"));
    updated(&base, &month(folder.path(), 3), &third, &[]);
    updated(&third, &month(folder.path(), 4), &fourth, &[]);
    let all: Vec<Value> = [1, 3, 4].into_iter().flat_map(rows).collect();
    let corpus = write_rows(&folder.path().join("all.jsonl"), &all);
    for threads in ["1", "3"] {
        let assigned = stdout(&run(&["assign", path(&fourth), path(&corpus), "--quiet", "--threads", threads], 0));
        let written = lines(&fourth.join("assignments.jsonl"));
        for (line, own) in assigned.lines().zip(&written) {
            let line: Value = serde_json::from_str(line).unwrap();
            for field in ["id", "status", "clusters", "primary", "reason"] {
                assert_eq!(line[field], own[field], "{line}");
            }
        }
    }
    let found = stdout(&run(&["search", path(&fourth), "battery does not charge"], 0));
    assert!(found.contains("battery"), "{found}");
    let compared = stdout(&run(&["diff", path(&base), path(&fourth)], 0));
    assert!(compared.contains("battery"), "{compared}");
    let report = stdout(&run(&["report", path(&fourth), "--format", "md"], 0));
    assert!(report.contains("month-3") && report.contains("month-4"), "{report}");
    run(&["eval", path(&fourth), "--labels", path(&corpus), "--label-field", "theme"], 0);
}

#[test]
fn threads_and_the_order_of_rows_change_lines_only() {
    let folder = tempfile::tempdir().unwrap();
    let base = first(folder.path(), &[]);
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    updated(&base, &month(folder.path(), 3), &one, &["--threads", "1"]);
    let mut shuffled = rows(3);
    let count = shuffled.len();
    (0..count).for_each(|row| shuffled.swap(row, (7 * row + 3) % count));
    let shuffled = write_rows(&folder.path().join("month-3.jsonl"), &shuffled);
    updated(&base, &shuffled, &other, &["--threads", "3"]);
    assert_eq!(files(&one)[0], files(&other)[0]);
    let sorted = |run: &Path| -> BTreeMap<String, Value> {
        let line = |mut line: Value| {
            line["line"] = Value::Null;
            (line["id"].as_str().unwrap().to_owned(), line)
        };
        lines(&run.join("assignments.jsonl")).into_iter().map(line).collect()
    };
    assert_eq!(sorted(&one), sorted(&other));
}

#[test]
fn an_update_that_was_killed_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let base = first(folder.path(), &[]);
    let (whole, killed) = (folder.path().join("whole"), folder.path().join("killed"));
    let corpus = month(folder.path(), 3);
    updated(&base, &corpus, &whole, &[]);
    let arguments = ["update", path(&base), path(&corpus), "--out", path(&killed)];
    for file in ["manifest.json", "embeddings.npy", "clusters.jsonl"] {
        let mut child = colligate(&[&arguments[..], &["--resume", "--quiet"]].concat()).spawn().unwrap();
        let began = Instant::now();
        while !killed.join(file).exists() && began.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    run(&[&arguments[..], &["--resume", "--quiet"]].concat(), 0);
    assert_eq!(files(&killed), files(&whole));
    for file in ["embeddings.npy", "decision.json", "decision.safetensors", "documents.jsonl", "assignments.csv"] {
        assert!(std::fs::read(killed.join(file)).unwrap() == std::fs::read(whole.join(file)).unwrap(), "{file}");
    }
    let other = month(folder.path(), 4);
    let said = refused(&base, &other, &killed, &["--resume"]);
    assert!(said.contains("the corpus is not that of the update"), "{said}");
    let said = refused(&base, &corpus, &base, &["--resume"]);
    assert!(said.contains("does not hold an update of this run"), "{said}");
}

#[test]
fn documents_that_the_run_holds_are_not_there_twice() {
    let folder = tempfile::tempdir().unwrap();
    let base = first(folder.path(), &[]);
    let mut some: Vec<Value> = rows(1).into_iter().take(20).collect();
    some.extend(rows(2).into_iter().take(30));
    let corpus = write_rows(&folder.path().join("some.jsonl"), &some);
    let out = folder.path().join("out");
    let said = updated(&base, &corpus, &out, &[]);
    assert!(said.contains("30 of 50 rows are new"), "{said}");
    check_invariants(&out);
    assert_eq!(lines(&out.join("assignments.jsonl")).len(), rows(1).len() + 30);
    let status = |label: &str| names(&out).into_values().find(|[own, ..]| own.contains(label)).unwrap()[2].clone();
    assert_eq!([status("password"), status("invoice")], ["ok", "absent"]);
    assert!(said.contains("none of them is in") && said.contains("invoice"), "{said}");
    // All of it once more: nothing is new, and nothing changes but the account of it.
    let again = folder.path().join("again");
    updated(&out, &corpus, &again, &[]);
    assert_eq!(files(&again), files(&out));
    assert_eq!(manifest(&again)["updates"][1]["known"], 50);
}

#[test]
fn a_document_with_another_text_is_refused_kept_or_added() {
    let folder = tempfile::tempdir().unwrap();
    let base = first(folder.path(), &[]);
    let own = rows(1)[0]["id"].clone();
    let changed = [
        json!({"id": own, "text": "My parcel was torn open when it came."}),
        json!({"id": "new", "text": "The invoice has the wrong date."}),
    ];
    let corpus = write_rows(&folder.path().join("changed.jsonl"), &changed);
    let said = refused(&base, &corpus, &folder.path().join("none"), &[]);
    assert!(said.contains("has another text in the run") && said.contains("--changed keep"), "{said}");
    assert!(!folder.path().join("none").exists());
    let documents = |out: &Path| -> Vec<Value> { lines(&out.join("documents.jsonl")).split_off(rows(1).len()) };
    let kept = folder.path().join("kept");
    updated(&base, &corpus, &kept, &["--changed", "keep"]);
    assert_eq!(documents(&kept).iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), ["new"]);
    let added = folder.path().join("added");
    updated(&base, &corpus, &added, &["--changed", "add"]);
    let id = format!("{}-2", own.as_str().unwrap());
    assert_eq!(documents(&added)[0]["id"], id);
    check_invariants(&added);
}

#[test]
fn rows_without_ids_are_called_by_their_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = |month: usize| -> String {
        rows(month).iter().map(|row| format!("{}\n", row["text"].as_str().unwrap())).collect()
    };
    let (one, two) = (folder.path().join("january.txt"), folder.path().join("february.txt"));
    std::fs::write(&one, text(1)).unwrap();
    std::fs::write(&two, text(2)).unwrap();
    let (base, out) = (folder.path().join("base"), folder.path().join("out"));
    let how = ["--embedder", "static", "--quiet", "--format", "lines"];
    run(&[&["run", path(&one), "--out", path(&base)], &how[..]].concat(), 0);
    updated(&base, &two, &out, &[]);
    check_invariants(&out);
    let written = lines(&out.join("assignments.jsonl"));
    let new = &written[rows(1).len()];
    assert_eq!((&new["id"], &new["line"]), (&json!("february:1"), &json!(1)));
    let said = updated(&out, &two, &folder.path().join("again"), &[]);
    assert!(said.contains(&format!("0 of {} rows are new", rows(2).len())), "{said}");
    let said = updated(&out, &one, &folder.path().join("first"), &[]);
    assert!(said.contains(&format!("0 of {} rows are new", rows(1).len())), "{said}");
}

#[test]
fn what_a_codebook_has_no_entry_for_becomes_a_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let codebook = folder.path().join("codebook.csv");
    let entry = |(theme, _): &(&str, [&str; 5])| format!("{theme},It is about a {theme}.\n");
    let entries: String = THEMES[1..].iter().map(entry).collect();
    std::fs::write(&codebook, format!("label,predicate\n{entries}")).unwrap();
    let base = first(folder.path(), &["--codebook", path(&codebook)]);
    let out = folder.path().join("out");
    updated(&base, &month(folder.path(), 3), &out, &[]);
    check_invariants(&out);
    let added = &manifest(&out)["updates"][0]["clusters"];
    let held = themes(&out, added[0].as_str().unwrap());
    assert!(held["charging"] >= 8, "{held:?}");
    assert!(out.join("codebook.csv").is_file(), "the directory stands alone");
}

#[test]
fn a_model_names_what_is_new_and_is_asked_about_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question.contains("battery") {
        true => completion(
            &json!({"items": [{"label": "empty batteries", "predicate": "The battery does not charge."}]}).to_string(),
        ),
        false => judge(question),
    });
    let (corpus, base) = (repeated_corpus(folder.path(), 4), folder.path().join("base"));
    ask_at(&server.address, &corpus, &base, &["--questions", "48", "--embedder", "static"], 0);
    let asked = server.asked().len();
    let new: Vec<Value> = rows(3).into_iter().filter(|row| row["theme"] == "charging").collect();
    let corpus = write_rows(&folder.path().join("new.jsonl"), &new);
    let out = folder.path().join("out");
    updated(&base, &corpus, &out, &["--llm", &server.address]);
    check_invariants(&out);
    assert_eq!(server.asked().len(), asked + 1, "one question for one new cluster");
    let added = manifest(&out)["updates"][0]["clusters"][0].as_str().unwrap().to_owned();
    assert_eq!(names(&out)[&added][..2], ["empty batteries".to_owned(), "The battery does not charge.".to_owned()]);
    assert!(themes(&out, &added)["charging"] >= 12);
    let before = files(&out);
    run(&["update", path(&base), path(&corpus), "--out", path(&out), "--llm", &server.address, "--resume"], 0);
    assert_eq!((files(&out), server.asked().len()), (before, asked + 1), "its answer is in the journal");
    // No document that the model judged is moved.
    let is_by_model = |line: &&Value| line["clusters"][0]["by"] == "model";
    let (then, now) = (lines(&base.join("assignments.jsonl")), lines(&out.join("assignments.jsonl")));
    for line in then.iter().filter(is_by_model) {
        assert!(now.contains(line), "{line}");
    }
}

#[test]
fn what_cannot_be_updated_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let base = first(folder.path(), &[]);
    let (corpus, out) = (month(folder.path(), 2), folder.path().join("out"));
    let said = refused(&base, &corpus, &out, &["--embedder", "builtin"]);
    assert!(said.contains("its embedder is"), "{said}");
    let said = refused(&base, &corpus, &base, &[]);
    assert!(said.contains("holds a run already"), "{said}");
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("mine.txt"), "mine").unwrap();
    let said = refused(&base, &corpus, &other, &[]);
    assert!(said.contains("holds no run"), "{said}");
    let said = refused(&base, &corpus, &out, &["--llm", "http://127.0.0.1:1/v1"]);
    assert!(said.contains("the run has no goal"), "{said}");
    let text = std::fs::read_to_string(base.join("manifest.json")).unwrap();
    std::fs::write(base.join("manifest.json"), text.replacen("\"complete\"", "\"partial\"", 1)).unwrap();
    let said = refused(&base, &corpus, &out, &[]);
    assert!(said.contains("the run is partial"), "{said}");
    std::fs::write(base.join("manifest.json"), text).unwrap();
    assert!(!out.exists(), "nothing is left behind");
    let (lean, first) = (folder.path().join("lean"), month(folder.path(), 1));
    run(&["run", path(&first), "--out", path(&lean), "--embedder", "static", "--quiet", "--no-texts"], 0);
    let said = refused(&lean, &corpus, &out, &[]);
    assert!(said.contains("holds no texts of its documents"), "{said}");
}
