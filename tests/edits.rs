//! Edits: what a person has corrected of a run, through `report`, `assign`, `update` and `run`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::common::*;
use serde_json::{Value, json};

/// A run of the tickets without a model, of five clusters.
fn made(folder: &Path) -> PathBuf {
    let out = folder.join("run");
    run(&["run", TICKETS, "-k", "5", "--embedder", "static", "--out", out.to_str().unwrap(), "--quiet"], 0);
    out
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Clusters of a run, the largest first: id and label.
fn clusters(run: &Path) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut clusters = lines(&run.join("clusters.jsonl"));
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster["size"].as_u64().unwrap()));
    clusters.iter().map(|cluster| (text(&cluster["id"]), text(&cluster["label"]))).collect()
}

/// Documents whose primary cluster it is.
fn members(run: &Path, cluster: &str) -> Vec<String> {
    let lines = lines(&run.join("assignments.jsonl"));
    let of = lines.iter().filter(|line| line["primary"] == cluster);
    of.map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

/// The run as `report` has it, and what was said of the edits.
fn reported(run_directory: &Path, more: &[&str]) -> (Value, String) {
    let output = run(&[&["report", path(run_directory), "--format", "json"], more].concat(), 0);
    (serde_json::from_str(&stdout(&output)).unwrap(), stderr(&output))
}

/// What is said of edits that are refused.
fn refused(run_directory: &Path, edits: &str) -> String {
    let file = run_directory.join("edits.toml");
    std::fs::write(&file, edits).unwrap();
    let said = stderr(&run(&["report", path(run_directory)], 2));
    std::fs::remove_file(file).unwrap();
    said
}

/// What must be true of a run that was passed through edits.
fn check(report: &Value) {
    let (manifest, clusters, lines) =
        (&report["manifest"], &report["clusters"], report["assignments"].as_array().unwrap());
    let counts = &manifest["documents"];
    let total: u64 =
        ["assigned", "uncovered", "skipped", "failed"].iter().map(|status| counts[status].as_u64().unwrap()).sum();
    assert_eq!((total, lines.len() as u64), (manifest["corpus"]["rows"].as_u64().unwrap(), total));
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    for line in lines {
        let held = line["clusters"].as_array().unwrap();
        held.iter().for_each(|held| *sizes.entry(held["id"].as_str().unwrap()).or_default() += 1);
        assert_eq!(line["status"] == "assigned", !held.is_empty(), "{line}");
        assert_eq!(line["status"] == "assigned", line["reason"].is_null(), "{line}");
        assert_eq!(line["primary"], held.first().map_or(Value::Null, |held| held["id"].clone()), "{line}");
    }
    assert_eq!(manifest["clusters"], clusters.as_array().unwrap().len());
    for cluster in clusters.as_array().unwrap() {
        let size = sizes.remove(cluster["id"].as_str().unwrap()).unwrap_or(0);
        assert_eq!(cluster["size"], size, "{cluster}");
        let share = &cluster["share"];
        assert!(
            share["low"].as_f64() <= share["estimate"].as_f64() && share["estimate"].as_f64() <= share["high"].as_f64()
        );
    }
    assert!(sizes.is_empty(), "documents in clusters that are not there: {sizes:?}");
}

fn line<'l>(report: &'l Value, id: &str) -> &'l Value {
    report["assignments"].as_array().unwrap().iter().find(|line| line["id"] == id).unwrap()
}

fn cluster<'l>(report: &'l Value, label: &str) -> &'l Value {
    report["clusters"].as_array().unwrap().iter().find(|cluster| cluster["label"] == label).unwrap()
}

/// One of each kind of edit, on these clusters and documents.
fn one_of_each(run: &Path) -> String {
    let found = clusters(run);
    let [first, second, third, fourth, fifth] = [0, 1, 2, 3, 4].map(|place| &found[place]);
    let (of_first, of_third, of_fourth) = (members(run, &first.0), members(run, &third.0), members(run, &fourth.0));
    format!(
        "[[rename]]\ncluster = \"{}\"\nto = \"Waits for an answer\"\npredicate = \"The customer waits.\"\n\
         [[merge]]\nclusters = [\"{}\", \"{}\"]\n\
         [[split]]\ncluster = \"{}\"\nto = \"A group of its own\"\ndocuments = [\"{}\", \"{}\", \"{}\"]\n\
         [[drop]]\nclusters = \"{}\"\n\
         [[move]]\ndocuments = [\"{}\", \"no such\"]\nto = \"Waits for an answer\"\n\
         [[move]]\ndocuments = \"{}\"\nnowhere = true\n\
         [[pin]]\nclusters = [\"{}\"]\n\
         [[exclusive]]\nclusters = [\"{}\", \"{}\"]\n\
         [[must-link]]\ndocuments = [\"{}\", \"{}\"]\n\
         [[cannot-link]]\ndocuments = [\"{}\", \"{}\"]\n\
         [size]\nat-least = 2\nat-most = 400\n",
        first.1,
        second.0,
        third.0,
        fourth.1,
        of_fourth[0],
        of_fourth[1],
        of_first[0],
        fifth.0,
        of_third[0],
        of_third[1],
        first.0,
        first.0,
        second.0,
        of_third[0],
        of_fourth[2],
        of_first[1],
        of_first[2],
    )
}

#[test]
fn each_edit_does_what_it_says_and_says_what_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    let before = reported(&out, &[]).0;
    let (found, written) = (clusters(&out), files(&out));
    let [first, second, third, fourth, fifth] = [0, 1, 2, 3, 4].map(|place| &found[place]);
    let (of_first, of_third) = (members(&out, &first.0), members(&out, &third.0));
    let (of_fourth, of_fifth) = (members(&out, &fourth.0), members(&out, &fifth.0));
    std::fs::write(out.join("edits.toml"), one_of_each(&out)).unwrap();
    let (report, said) = reported(&out, &[]);
    check(&report);
    let renamed = cluster(&report, "Waits for an answer");
    assert_eq!((&renamed["id"], &renamed["by"]), (&json!(first.0), &json!("person")));
    assert_eq!(renamed["predicate"], "The customer waits.");
    let ids: Vec<&Value> = report["clusters"].as_array().unwrap().iter().map(|cluster| &cluster["id"]).collect();
    assert!(!ids.contains(&&json!(third.0)) && !ids.contains(&&json!(fifth.0)), "merged and dropped: {ids:?}");
    let split = cluster(&report, "A group of its own");
    assert_eq!(split["size"], 2);
    let person = |id: &Value| json!([{"id": id, "by": "person", "confidence": 1.0}]);
    assert_eq!(line(&report, &of_fourth[0])["clusters"], person(&split["id"]));
    for moved in [&of_third[0], &of_fourth[2]] {
        assert_eq!(line(&report, moved)["clusters"], person(&json!(first.0)), "moved, or linked to what was moved");
    }
    let nowhere = line(&report, &of_third[1]);
    assert_eq!(
        (&nowhere["status"], &nowhere["reason"]),
        (&json!("uncovered"), &json!("put in no cluster by a person"))
    );
    assert_eq!(line(&report, &of_third[2])["primary"], json!(second.0), "merged");
    assert_eq!(line(&report, &of_fifth[0])["reason"], "cluster dropped by a person");
    assert_eq!(line(&report, &of_first[1])["primary"], json!(first.0));
    assert_eq!(line(&report, &of_first[2])["reason"], "kept apart from other documents by a person");
    for effect in [
        "edits.toml:1: rename: “",
        "is called “Waits for an answer”, with a predicate of its own",
        ":7: split: 2 documents of",
        "1 document is not in it, and stays where it is",
        "; 1 id of no document of this run: “no such”",
        ": pin: “Waits for an answer”",
        ": must-link: 1 of 2 documents into “Waits for an answer”",
        ": cannot-link: 1 of 2 documents out of a cluster that another one is in",
        ": at-least: no cluster has fewer than 2 documents",
        ": at-most: no cluster has more than 400 documents",
    ] {
        assert!(said.contains(effect), "{effect}\n{said}");
    }
    assert_eq!(said.lines().count(), 12, "a line for each edit: {said}");
    let record = &report["manifest"]["edits"];
    assert_eq!((record["file"].as_str(), record["effects"].as_array().unwrap().len()), (Some("edits.toml"), 12));
    let markdown = stdout(&run(&["report", path(&out)], 0));
    assert!(markdown.contains("| edits | edits.toml, sha256 ") && markdown.contains("line 1: rename: "), "{markdown}");
    // The files of the run are as it wrote them, and without the edits it is as it was.
    assert_eq!(files(&out), written);
    std::fs::rename(out.join("edits.toml"), folder.path().join("elsewhere.toml")).unwrap();
    assert_eq!(reported(&out, &[]), (before, String::new()));
    let elsewhere = folder.path().join("elsewhere.toml");
    assert_eq!(reported(&out, &["--edits", path(&elsewhere)]).0, report);
}

#[test]
fn assign_puts_the_runs_own_corpus_where_the_edits_want_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    std::fs::write(out.join("edits.toml"), one_of_each(&out)).unwrap();
    let (report, said) = reported(&out, &[]);
    let expected: Vec<Value> = report["assignments"].as_array().unwrap().clone();
    for threads in ["1", "3"] {
        let output = run(&["assign", path(&out), TICKETS, "--threads", threads], 0);
        let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines, expected);
        assert!(stderr(&output).starts_with(&said), "{}", stderr(&output));
    }
    // What a person said of a text holds for it in any corpus, and a new document is in no cluster that was dropped.
    let mut rows = lines(Path::new(TICKETS));
    rows.iter_mut().for_each(|row| row["id"] = json!(format!("later-{}", row["id"].as_str().unwrap())));
    rows.push(json!({"id": "new", "text": "Where is my parcel? It should have been here on Monday."}));
    let later = write_rows(&folder.path().join("later.jsonl"), &rows);
    let output = run(&["assign", path(&out), path(&later), "--quiet"], 0);
    assert_eq!(stderr(&output), "");
    for (line, before) in stdout(&output).lines().zip(&expected) {
        let line: Value = serde_json::from_str(line).unwrap();
        for field in ["status", "clusters", "primary", "reason"] {
            assert_eq!(line[field], before[field], "{line}");
        }
    }
    let csv = stdout(&run(&["assign", path(&out), path(&later), "--quiet", "--format", "csv"], 0));
    assert!(csv.contains("Waits for an answer") && csv.contains("A group of its own"));
}

#[test]
fn an_update_keeps_the_edits() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    let edits = one_of_each(&out);
    std::fs::write(out.join("edits.toml"), &edits).unwrap();
    let rows = [json!({"id": "new", "text": "Where is my parcel? It should have been here on Monday."})];
    let more = write_rows(&folder.path().join("more.jsonl"), &rows);
    let [with, without] = ["with", "without"].map(|name| folder.path().join(name));
    let output = run(&["update", path(&out), path(&more), "--out", path(&with)], 0);
    assert!(stderr(&output).contains("rename: "), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(with.join("edits.toml")).unwrap(), edits);
    assert!(std::fs::read_to_string(with.join("report.html")).unwrap().contains("Waits for an answer"));
    assert!(std::fs::read_to_string(with.join("assignments.csv")).unwrap().contains("Waits for an answer"));
    let report = reported(&with, &[]).0;
    check(&report);
    assert_eq!(cluster(&report, "A group of its own")["size"], 2);
    assert_eq!(manifest(&with)["edits"]["file"], "edits.toml");
    std::fs::remove_file(out.join("edits.toml")).unwrap();
    run(&["update", path(&out), path(&more), "--out", path(&without), "--quiet"], 0);
    assert_eq!(files(&with), files(&without), "the files of the run are without the edits");
    assert!(manifest(&without).get("edits").is_none());
}

#[test]
fn runs_are_compared_as_their_edits_want_them() {
    let folder = tempfile::tempdir().unwrap();
    let before = made(folder.path());
    let after = folder.path().join("after");
    std::fs::create_dir(&after).unwrap();
    for entry in std::fs::read_dir(&before).unwrap().map(Result::unwrap) {
        std::fs::copy(entry.path(), after.join(entry.file_name())).unwrap();
    }
    let named = &clusters(&after)[0];
    let edits = format!("[[rename]]\ncluster = \"{}\"\nto = \"What broke\"\n", named.0);
    std::fs::write(after.join("edits.toml"), edits).unwrap();
    let output = run(&["diff", path(&before), path(&after), "--json"], 0);
    let comparison: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let changes = comparison["changes"].as_array().unwrap();
    let renamed: Vec<&Value> = changes.iter().filter(|change| change["kind"] == "renamed").collect();
    assert_eq!(renamed.len(), 1, "{changes:?}");
    assert_eq!(
        (&renamed[0]["before"][0]["label"], &renamed[0]["after"][0]["label"]),
        (&json!(named.1), &json!("What broke"))
    );
}

#[test]
fn edits_that_contradict_each_other_are_refused_with_both_lines() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    let found = clusters(&out);
    let [a, b, c] = [0, 1, 2].map(|place| found[place].0.as_str());
    let (of_a, of_b) = (members(&out, a), members(&out, b));
    let (d, e, f) = (&of_a[0], &of_a[1], &of_b[0]);
    let rename = |cluster: &str, to: &str| format!("[[rename]]\ncluster = \"{cluster}\"\nto = \"{to}\"\n");
    let two = |kind: &str, list: &str, one: &str, two: &str| format!("[[{kind}]]\n{list} = [\"{one}\", \"{two}\"]\n");
    let moved = |document: &str, to: &str| format!("[[move]]\ndocuments = \"{document}\"\nto = \"{to}\"\n");
    let nowhere = |document: &str| format!("[[move]]\ndocuments = \"{document}\"\nnowhere = true\n");
    let split =
        |document: &str, to: &str| format!("[[split]]\ncluster = \"{a}\"\nto = \"{to}\"\ndocuments = \"{document}\"\n");
    let drop = |cluster: &str| format!("[[drop]]\nclusters = \"{cluster}\"\n");
    let pin = |cluster: &str| format!("[[pin]]\nclusters = \"{cluster}\"\n");
    for (edits, problem) in [
        (rename(a, "x") + &rename(a, "y"), "edits.toml:4: rename contradicts rename on line 1: both name the cluster"),
        (rename(a, "x") + &rename(b, "x"), "edits.toml:4: rename contradicts rename on line 1: “x” would be the label"),
        (rename(a, &found[1].1), "edits.toml:1: rename: "),
        (drop(a) + &rename(a, "x"), "edits.toml:3: rename contradicts drop on line 1: "),
        (drop(a) + &two("merge", "clusters", a, b), "edits.toml:3: merge contradicts drop on line 1: "),
        (two("merge", "clusters", a, b) + &drop(b), "edits.toml:3: drop contradicts merge on line 1: "),
        (
            two("merge", "clusters", a, b) + &two("merge", "clusters", c, b),
            "edits.toml:3: merge contradicts merge on line 1: ",
        ),
        (
            two("merge", "clusters", a, b) + &two("merge", "clusters", b, a),
            "edits.toml:3: merge contradicts merge on line 1: ",
        ),
        (two("merge", "clusters", a, a), "edits.toml:1: merge: "),
        (
            two("merge", "clusters", a, b) + &rename(a, "x") + &rename(b, "y"),
            "edits.toml:6: rename contradicts rename on line 3: ",
        ),
        (pin(a) + &drop(a), "edits.toml:3: drop contradicts pin on line 1: "),
        (pin(a) + &pin(b) + &two("exclusive", "clusters", a, b), "edits.toml:5: exclusive contradicts pin on line 3: "),
        (
            two("merge", "clusters", a, b) + &two("exclusive", "clusters", a, b),
            "edits.toml:3: exclusive contradicts merge on line 1: ",
        ),
        (moved(d, b) + &moved(d, c), "edits.toml:4: move contradicts move on line 1: "),
        (moved(d, b) + &nowhere(d), "edits.toml:4: move contradicts move on line 1: "),
        (
            two("exclusive", "clusters", b, c) + &format!("[[move]]\ndocuments = \"{d}\"\nto = [\"{b}\", \"{c}\"]\n"),
            "edits.toml:3: move contradicts exclusive on line 1: ",
        ),
        (drop(b) + &moved(d, b), "edits.toml:3: move contradicts drop on line 1: "),
        (moved(d, b) + &split(d, "x"), "edits.toml:4: split contradicts move on line 1: "),
        (split(d, "x") + &split(d, "y"), "edits.toml:5: split contradicts split on line 1: "),
        (
            two("must-link", "documents", d, e) + &two("cannot-link", "documents", e, d),
            "edits.toml:3: cannot-link contradicts must-link on line 1: ",
        ),
        (
            moved(d, b) + &moved(e, c) + &two("must-link", "documents", d, e),
            "edits.toml:7: must-link contradicts move on line 1 and move on line 4: ",
        ),
        (
            moved(d, b) + &moved(e, b) + &two("cannot-link", "documents", d, e),
            "edits.toml:7: cannot-link contradicts move on line 1 and move on line 4: ",
        ),
        (pin(a) + "[size]\nat-least = 100000\n", "edits.toml:4: at-least contradicts pin on line 1: "),
        ("[size]\nat-least = 3\nat-most = 2\n".to_owned(), "edits.toml:2: size: at-least 3 contradicts at-most 2"),
        (moved(f, "x") + "[[mov]]\n", "edits.toml:4: “mov”: unknown edit; did you mean move?"),
    ] {
        let said = refused(&out, &edits);
        assert!(said.contains(problem), "{edits}\n{said}");
    }
    let documents = lines(Path::new(TICKETS));
    let text = |row: &Value| row["text"].as_str().unwrap().to_owned();
    let mut texts: BTreeMap<String, &Value> = BTreeMap::new();
    let same = documents.iter().find_map(|row| Some((texts.insert(text(row), &row["id"])?, &row["id"]))).unwrap();
    let said = refused(&out, &two("cannot-link", "documents", same.0.as_str().unwrap(), same.1.as_str().unwrap()));
    assert!(said.contains("have the same text"), "{said}");
}

#[test]
fn an_edit_that_matches_nothing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    let before = reported(&out, &[]).0;
    let label = clusters(&out)[0].1.clone();
    let misspelled = format!("{}x", &label[..label.len() - 1]);
    let edits = format!(
        "[[rename]]\ncluster = \"{misspelled}\"\nto = \"x\"\n[[merge]]\nclusters = [\"{label}\", \"none\"]\n\
         [[drop]]\nclusters = \"none\"\n[[move]]\ndocuments = \"t-001\"\nto = \"none\"\n\
         [[must-link]]\ndocuments = [\"none\", \"t-001\"]\n[[split]]\ncluster = \"{label}\"\nto = \"x\"\ndocuments = \"none\"\n"
    );
    std::fs::write(out.join("edits.toml"), edits).unwrap();
    let (report, said) = reported(&out, &[]);
    for field in ["clusters", "assignments"] {
        assert_eq!(report[field], before[field]);
    }
    for effect in [
        format!("1: rename: no cluster of this run is called “{misspelled}”; did you mean “{label}”?"),
        "4: merge: nothing is left to merge".into(),
        "6: drop: no cluster of this run is called “none”".into(),
        "8: move: no cluster of this run is called “none”".into(),
        "11: must-link: no two documents are left to link; 1 id of no document of this run: “none”".into(),
        "13: split: 0 documents of".into(),
    ] {
        assert!(said.contains(&effect), "{effect}\n{said}");
    }
}

#[test]
fn what_names_no_cluster_of_the_base_is_told_before_anything_is_embedded() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    let (label, edits) = (clusters(&out)[0].1.clone(), folder.path().join("mine.toml"));
    let misspelled = format!("{}x", &label[..label.len() - 1]);
    let named =
        format!("[[rename]]\ncluster = \"{misspelled}\"\nto = \"x\"\n[[drop]]\nclusters = [\"{label}\", \"none\"]\n");
    std::fs::write(&edits, named).unwrap();
    let next = folder.path().join("next");
    let given = ["run", TICKETS, "-k", "5", "--embedder", "static", "--base", path(&out), "--edits", path(&edits)];
    let output = run(&[&given[..], &["--out", path(&next)]].concat(), 0);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let warning = said.find(&format!(
        "mine.toml:1: rename: no cluster of the base is called “{misspelled}”; did you mean “{label}”?"
    ));
    let followed = said.find("mine.toml:1: rename: no cluster of this run");
    assert!(warning.is_some() && warning < followed, "{said}");
    assert!(
        said.contains("warning: ") && said.contains("mine.toml:4: drop: no cluster of the base is called “none”"),
        "{said}"
    );
}

#[test]
fn hostile_edits_cannot_steer_a_terminal_or_forge_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    let id = &clusters(&out)[0].0;
    let name = r"\u001b[31m<script>alert(1)</script>\u202e | x";
    let edits = format!("[[rename]]\ncluster = \"{id}\"\nto = \"{name}\"\n[[drop]]\nclusters = \"{name}\"\n");
    std::fs::write(out.join("edits.toml"), edits).unwrap();
    let said = stderr(&run(&["report", path(&out)], 2));
    assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said:?}");
    let edits =
        format!("[[rename]]\ncluster = \"{id}\"\nto = \"{name}\"\n[[drop]]\nclusters = \"{}\"\n", "x".repeat(1 << 20));
    std::fs::write(out.join("edits.toml"), edits).unwrap();
    let output = run(&["report", path(&out), "--format", "html"], 0);
    assert!(!stderr(&output).contains('\u{1b}') && stderr(&output).len() < 2_000, "{}", stderr(&output));
    assert!(!stdout(&output).contains("<script>alert(1)"));
}

#[test]
fn edits_of_a_run_without_texts_go_by_ids() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    run(&["run", TICKETS, "-k", "5", "--embedder", "static", "--no-texts", "--out", path(&out), "--quiet"], 0);
    std::fs::write(out.join("edits.toml"), one_of_each(&out)).unwrap();
    let report = reported(&out, &[]).0;
    check(&report);
    let lines: Vec<Value> = stdout(&run(&["assign", path(&out), TICKETS, "--quiet"], 0))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(json!(lines), report["assignments"]);
}

#[test]
fn the_next_run_has_the_names_and_the_places_that_a_person_gave() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    let edits = folder.path().join("mine.toml");
    let text = one_of_each(&out);
    let without = text.split("[[pin]]").next().unwrap().to_owned();
    std::fs::write(&edits, &without).unwrap();
    let again = |name: &str, more: &[&str]| {
        let next = folder.path().join(name);
        let same = ["run", TICKETS, "-k", "5", "--embedder", "static", "--base", path(&out), "--out", path(&next)];
        (next.clone(), stderr(&run(&[&same, more].concat(), 0)))
    };
    let (plain, _) = again("plain", &["--quiet"]);
    let (next, said) = again("next", &["--edits", path(&edits)]);
    assert!(said.contains(&format!("{}:1: rename: “", path(&edits))), "the user's own file: {said}");
    assert_eq!(files(&next), files(&plain), "the files of the run are without the edits");
    assert_eq!(std::fs::read_to_string(next.join("edits.toml")).unwrap(), without);
    let report = reported(&next, &[]).0;
    check(&report);
    assert_eq!(cluster(&report, "Waits for an answer")["id"], json!(clusters(&out)[0].0));
    assert_eq!(cluster(&report, "A group of its own")["size"], 2);
    let record = manifest(&next)["edits"].clone();
    assert_eq!((record["file"].as_str(), record["sha256"].as_str().map(str::len)), (Some("edits.toml"), Some(64)));
    assert!(std::fs::read_to_string(next.join("assignments.csv")).unwrap().contains("Waits for an answer"));
    // Going on keeps them.
    let (_, said) = again("next", &["--resume"]);
    assert!(said.contains("rename: "), "{said}");
    assert_eq!(manifest(&next)["edits"], record);
    assert_eq!(reported(&next, &[]).0["clusters"], report["clusters"]);
}

#[test]
fn an_edit_that_the_method_cannot_follow_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let out = made(folder.path());
    let (edits, next) = (folder.path().join("mine.toml"), folder.path().join("next"));
    let same = ["run", TICKETS, "--embedder", "static", "--out", path(&next), "--edits", path(&edits)];
    let id = clusters(&out)[0].0.clone();
    for (text, base, problem) in [
        (format!("\n[[pin]]\nclusters = \"{id}\"\n"), true, "mine.toml:2: pin: topics does not select its clusters"),
        ("[size]\nat-most = 5\n".to_owned(), false, "mine.toml:2: at-most: topics does not select its clusters"),
        (
            format!("[[drop]]\nclusters = \"{id}\"\n[[rename]]\ncluster = \"{id}\"\nto = \"x\"\n"),
            true,
            "mine.toml:3: rename contradicts drop on line 1",
        ),
        ("[[renam]]\n".to_owned(), false, "mine.toml:1: “renam”: unknown edit; did you mean rename?"),
    ] {
        std::fs::write(&edits, text).unwrap();
        let base: &[&str] = if base { &["--base", path(&out)] } else { &[] };
        let said = stderr(&run(&[&same, base].concat(), 2));
        assert!(said.contains(problem), "{said}");
        assert!(!next.exists(), "nothing is left");
    }
}

#[test]
fn what_is_pinned_is_selected_again_and_what_is_dropped_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (small_corpus(folder.path()), folder.path().join("run"), Server::knowing());
    ask_at(&server.address, &corpus, &out, &["--method", "goalex"], 0);
    let found = clusters(&out);
    let edits = folder.path().join("mine.toml");
    let text = format!(
        "[[rename]]\ncluster = \"{}\"\nto = \"As I call it\"\n[[pin]]\nclusters = \"{}\"\n[[drop]]\nclusters = \"{}\"\n\
         [[exclusive]]\nclusters = [\"{}\", \"{}\"]\n",
        found[0].0, found[0].0, found[1].0, found[0].0, found[2].0
    );
    std::fs::write(&edits, text).unwrap();
    let next = folder.path().join("next");
    let more = ["--method", "goalex", "--base", path(&out), "--edits", path(&edits)];
    ask_at(&server.address, &corpus, &next, &more, 0);
    check_invariants(&next);
    let ids: Vec<String> = clusters(&next).into_iter().map(|(id, _)| id).collect();
    assert!(ids.contains(&found[0].0), "pinned: {ids:?}");
    assert!(!ids.contains(&found[1].0) && !ids.contains(&found[2].0), "dropped, and excluded: {ids:?}");
    assert_eq!(cluster(&reported(&next, &[]).0, "As I call it")["id"], json!(found[0].0));
    let again = folder.path().join("again");
    let same = ["run", path(&corpus), "--replay", path(&next), "--base", path(&out), "--out", path(&again)];
    run(&[&same[..], &["--quiet"]].concat(), 0);
    assert_eq!((files(&again), manifest(&again)["edits"].clone()), (files(&next), manifest(&next)["edits"].clone()));
    let said =
        stderr(&run(&["run", path(&corpus), "--replay", path(&next), "--out", path(&folder.path().join("x"))], 2));
    assert!(said.contains("say which run with --base RUN"), "{said}");
    let foreseen = |more: &[&str]| {
        let fixed = ["run", path(&corpus), "--goal", "why do they write?", "--llm", &server.address, "--dry-run"];
        let output = run(&[&fixed, &["--method", "goalex", "--json", "--base", path(&out)][..], more].concat(), 0);
        let estimate: Value = serde_json::from_str(&stdout(&output)).unwrap();
        estimate.to_string()
    };
    assert_ne!(foreseen(&["--edits", path(&edits)]), foreseen(&[]), "candidates of the edits are asked about too");
    let without_base = ["--method", "goalex", "--edits", path(&edits)];
    let said = ask_at(&server.address, &corpus, &folder.path().join("none"), &without_base, 2);
    assert!(
        said.contains("mine.toml:1: rename: it names clusters of an earlier run: say which run with --base RUN"),
        "{said}"
    );
}

#[test]
fn clusters_that_exclude_each_other_leave_a_run_fewer_clusters_not_none() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (small_corpus(folder.path()), folder.path().join("run"), Server::knowing());
    ask_at(&server.address, &corpus, &out, &["--method", "goalex", "-k", "4"], 0);
    let found = clusters(&out);
    let (edits, next) = (folder.path().join("mine.toml"), folder.path().join("next"));
    std::fs::write(&edits, format!("[[exclusive]]\nclusters = [\"{}\", \"{}\"]\n", found[0].0, found[1].0)).unwrap();
    let more = ["--method", "goalex", "-k", "4", "--base", path(&out), "--edits", path(&edits)];
    ask_at(&server.address, &corpus, &next, &more, 0);
    check_invariants(&next);
    let ids: Vec<String> = clusters(&next).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids.iter().filter(|id| [&found[0].0, &found[1].0].contains(id)).count(), 1, "{ids:?}");
    assert_eq!(ids.len(), 3);
}

#[test]
fn the_label_of_the_earlier_run_still_names_the_cluster_in_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (small_corpus(folder.path()), folder.path().join("run"), Server::knowing());
    ask_at(&server.address, &corpus, &out, &["--method", "goalex"], 0);
    let (id, label) = clusters(&out)[0].clone();
    let (edits, next) = (folder.path().join("mine.toml"), folder.path().join("next"));
    std::fs::write(&edits, format!("[[rename]]\ncluster = \"{label}\"\nto = \"As I call it\"\n")).unwrap();
    let said = ask_at(
        &server.address,
        &corpus,
        &next,
        &["--method", "goalex", "--base", path(&out), "--edits", path(&edits)],
        0,
    );
    assert!(said.contains(&format!("“{label}” ({id}), 10 documents, is called “As I call it”")), "{said}");
    assert_eq!(cluster(&reported(&next, &[]).0, "As I call it")["id"], json!(id));
}

#[test]
fn nobody_is_asked_about_a_document_that_a_person_has_placed() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (small_corpus(folder.path()), folder.path().join("run"), Server::knowing());
    ask_at(&server.address, &corpus, &out, &["--method", "goalex"], 0);
    let found = lines(&out.join("assignments.jsonl"));
    let brakes = found.iter().find(|line| line["id"] == "b1").unwrap()["primary"].as_str().unwrap().to_owned();
    let (edits, next) = (folder.path().join("mine.toml"), folder.path().join("next"));
    let moves = "[[move]]\ndocuments = \"b0\"\nnowhere = true\n";
    std::fs::write(&edits, format!("[[move]]\ndocuments = \"p0\"\nto = \"{brakes}\"\n{moves}")).unwrap();
    let before = server.asked().len();
    let more = ["--method", "goalex", "--base", path(&out), "--edits", path(&edits)];
    ask_at(&server.address, &corpus, &next, &more, 0);
    check_invariants(&next);
    let asked = &server.asked()[before..];
    let is_about = |question: &&String| question.contains("parcel to Leeds") || question.contains("bought in Leeds");
    // An example of the group that it is in may be shown for a label.
    let about: Vec<&String> =
        asked.iter().filter(is_about).filter(|one| !one.contains("Give the group a label")).collect();
    assert!(about.is_empty(), "{about:?}");
    assert!(asked.iter().any(|question| question.contains("parcel to Cork")));
    let lines = lines(&next.join("assignments.jsonl"));
    let line = |id: &str| lines.iter().find(|line| line["id"] == id).unwrap();
    assert_eq!(line("p0")["clusters"], json!([{"id": brakes, "by": "person", "confidence": 1.0}]));
    assert_eq!(line("b0")["reason"], "put in no cluster by a person");
    assert_eq!(line("b1")["primary"], json!(brakes));
}
