//! `colligate run` without a model.

use crate::common::*;
use serde_json::json;

#[test]
fn a_run_without_a_model_explains_every_row_and_says_that_no_model_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let out = folder.path().join("run");
    let output = run(
        &["run", corpus.to_str().unwrap(), "--goal", "why do they write?", "-k", "4", "--out", out.to_str().unwrap()],
        0,
    );
    check_invariants(&out);
    let text = stdout(&output);
    assert!(text.contains("no model was asked about the goal"), "{text}");
    assert!(text.contains("40 rows = 40 assigned + 0 uncovered + 0 skipped + 0 failed"), "{text}");
    assert_eq!(manifest(&out)["clusters"], 4);
    for (name, wanted) in [
        ("report.html", "no model was asked"),
        ("report.md", "no model was asked"),
        ("assignments.csv", "\u{feff}text,colligate_id,colligate_status,colligate_label,"),
    ] {
        assert!(std::fs::read_to_string(out.join(name)).unwrap().contains(wanted), "{name}");
    }
    assert!(lines(&out.join("assignments.jsonl")).iter().all(|line| line["clusters"][0]["by"] == "similarity"));
    for cluster in lines(&out.join("clusters.jsonl")) {
        assert_eq!((cluster["size"].as_u64(), cluster["by"].as_str()), (Some(10), Some("keyphrases")), "{cluster}");
        assert!(cluster["evidence"].as_array().unwrap().len() >= 2, "{cluster}");
    }
}

#[test]
fn threads_and_the_order_of_rows_change_nothing_but_lines() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let mut rows = lines(&corpus);
    rows.push(json!({"id": "copy", "text": rows[0]["text"]}));
    let straight = write_rows(&folder.path().join("straight.jsonl"), &rows);
    rows.reverse();
    let reversed = write_rows(&folder.path().join("reversed.jsonl"), &rows);
    let go = |corpus: &std::path::Path, name: &str, threads: &str| {
        let out = folder.path().join(name);
        run(
            &[
                "run",
                corpus.to_str().unwrap(),
                "--goal",
                "why?",
                "--out",
                out.to_str().unwrap(),
                "--threads",
                threads,
                "--quiet",
            ],
            0,
        );
        let mut assignments = lines(&out.join("assignments.jsonl"));
        assignments.iter_mut().for_each(|line| line["line"] = json!(0));
        assignments.sort_by_key(|line| line["id"].to_string());
        (std::fs::read_to_string(out.join("clusters.jsonl")).unwrap(), assignments)
    };
    let one = go(&straight, "one", "1");
    assert_eq!(one, go(&straight, "two", "2"));
    assert_eq!(one, go(&reversed, "reversed", "2"));
    let copy = one.1.iter().find(|line| line["id"] == "copy").unwrap();
    let original = one.1.iter().find(|line| line["id"] == "p0").unwrap();
    assert_eq!((&copy["clusters"], &copy["flags"]), (&original["clusters"], &json!(["duplicate"])));
}

#[test]
fn bad_rows_are_named_or_skipped_with_their_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.jsonl");
    std::fs::write(
        &file,
        "{\"id\":1,\"text\":\"one good text\"}\n{\"id\":2,\"text\":7}\n{\"id\":3,\"text\":\"another good text\"}\n",
    )
    .unwrap();
    let path = file.to_str().unwrap();
    let out = folder.path().join("run");
    let failed = run(&["run", path, "--goal", "why?", "--out", out.to_str().unwrap()], 2);
    assert!(stderr(&failed).contains("bad.jsonl:2: ") && stderr(&failed).contains("\"text\""), "{}", stderr(&failed));
    assert!(!out.exists(), "nothing half-written");
    run(&["run", path, "--goal", "why?", "--out", out.to_str().unwrap(), "--on-error", "skip", "-k", "1"], 0);
    check_invariants(&out);
    let second = &lines(&out.join("assignments.jsonl"))[1];
    assert_eq!((second["line"].as_u64(), second["status"].as_str()), (Some(2), Some("skipped")), "{second}");
}

#[test]
fn a_named_directory_that_holds_a_run_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let out = folder.path().join("run");
    let arguments = ["run", corpus.to_str().unwrap(), "--goal", "why?", "-k", "2", "--out", out.to_str().unwrap()];
    run(&arguments, 0);
    assert!(stderr(&run(&arguments, 2)).contains("holds a run already"));
}

#[test]
fn usage_errors_exit_with_2_and_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let path = corpus.to_str().unwrap();
    assert!(stderr(&run(&["run", path, "--llm", "http://127.0.0.1:9/v1"], 2)).contains("--goal"));
    assert!(stderr(&run(&["run", path, "--goal", "x", "--method", "goalex"], 2)).contains("--llm URL"));
    assert!(stderr(&run(&["run", path, "--goal", "x", "--text-field", "body"], 2)).contains("--text-field text"));
}

#[test]
fn a_csv_corpus_from_standard_input_carries_its_columns_through() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let csv =
        "id;shop;text\n1;north;\"The parcel is late, again\"\n2;south;the brake is loose\n3;south;where is my parcel\n";
    let file = folder.path().join("in.csv");
    std::fs::write(&file, csv).unwrap();
    let mut command =
        colligate(&["run", "-", "--format", "csv", "--goal", "why?", "-k", "2", "--out", out.to_str().unwrap()]);
    command.stdin(std::fs::File::open(&file).unwrap());
    expect(command, 0);
    check_invariants(&out);
    assert_eq!(
        lines(&out.join("documents.jsonl"))[1],
        json!({"id": "2", "text": "the brake is loose", "shop": "south"})
    );
    let table = std::fs::read_to_string(out.join("assignments.csv")).unwrap();
    assert!(table.starts_with("\u{feff}text,shop,colligate_id,colligate_status,colligate_label,"), "{table}");
    assert!(table.contains("\r\nthe brake is loose,south,2,assigned,"), "{table}");
}

#[test]
fn a_corpus_that_the_built_in_embedder_does_not_know_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let survey = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/survey-answers");
    let out = folder.path().join("run");
    let config = format!("{survey}/goal.toml");
    let output =
        run(&["run", &format!("{survey}/documents.jsonl"), "--config", &config, "--out", out.to_str().unwrap()], 0);
    check_invariants(&out);
    // Where no model is asked the summary, which is printed, says it.
    let printed = stdout(&output);
    assert!(printed.contains("not in English") && printed.contains("helps: --embedder "), "{printed}");
    assert_eq!(manifest(&out)["plan"]["goal"]["origin"], "config");
}

/// `count` texts of three themes, in turn.
fn three_themes(count: usize) -> String {
    let late = ["bus", "train", "tram", "taxi", "ferry", "metro"];
    let burnt = ["soup", "cake", "coffee", "salad", "bread", "pasta"];
    let broken = ["laptop", "printer", "router", "monitor", "keyboard", "scanner"];
    let when = ["today", "on Monday", "again", "this week", "today", "on Monday"];
    let text = |n: usize| match n % 3 {
        0 => format!("The {} was late {}", late[n / 3], when[n / 3]),
        1 => format!("The {} tasted burnt {}", burnt[n / 3], when[n / 3]),
        _ => format!("My {} broke {}", broken[n / 3], when[n / 3]),
    };
    (0..count).map(|n| serde_json::json!({ "id": n, "text": text(n) }).to_string() + "\n").collect()
}

#[test]
fn field_cases_26_and_31_three_themes_of_a_few_texts_are_three_groups_with_words_of_content() {
    for count in [12, 18] {
        let folder = tempfile::tempdir().unwrap();
        let (file, out) = (folder.path().join("themes.jsonl"), folder.path().join("run"));
        std::fs::write(&file, three_themes(count)).unwrap();
        let output = run(&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()], 0);
        let clusters = lines(&out.join("clusters.jsonl"));
        assert_eq!(clusters.len(), 3, "{count} texts: {}", stdout(&output));
        for cluster in &clusters {
            let label = cluster["label"].as_str().unwrap();
            let words = ["the", "was", "my", "on", "again", "this"];
            assert!(label.split([' ', ',']).all(|word| !words.contains(&word)), "{label}");
            assert!(cluster["stability"].as_f64().unwrap() > 0.5, "{cluster}");
        }
    }
}

#[test]
fn neither_the_seed_nor_the_goal_changes_the_groups() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("themes.jsonl");
    std::fs::write(&file, three_themes(18)).unwrap();
    let assigned = |flags: &[&str]| {
        let out = folder.path().join(flags.join(""));
        run(&[&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()], flags].concat(), 0);
        std::fs::read(out.join("assignments.jsonl")).unwrap()
    };
    let first = assigned(&["--seed", "1"]);
    assert_eq!(assigned(&["--seed", "2"]), first);
    assert_eq!(assigned(&["--goal", "what broke?"]), first);
}
