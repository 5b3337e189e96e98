//! `colligate diff`: what changed between two runs.

use std::path::{Path, PathBuf};

use crate::common::*;
use serde_json::{Value, json};

/// Groups, each with a sentence that tells of one place.
const GROUPS: [(&str, &str); 4] = [
    ("parcels", "My parcel to PLACE has not arrived, tracking is stuck and the courier is silent."),
    ("brakes", "The brake of the bike that I bought in PLACE squeals and rubs on the rim."),
    ("refunds", "I want a refund for the jacket returned from PLACE, the money is not on my card."),
    ("thanks", "Thanks to the lovely team in PLACE, great service and friendly people!"),
];

/// As many documents of each group as are said, from a place of their own on.
fn corpus(file: PathBuf, sizes: [usize; 4], first: usize) -> PathBuf {
    let (starts, ends) =
        (["Ash", "Bel", "Cor", "Dun", "El", "Fen", "Gor", "Hol"], ["burg", "ford", "ham", "ville", "stead"]);
    let mut rows = Vec::new();
    for ((name, text), size) in GROUPS.iter().zip(sizes) {
        for number in first..first + size {
            let place = format!("{}{}{}", starts[number % 8], starts[number / 8 % 8].to_lowercase(), ends[number % 5]);
            rows.push(json!({"id": format!("{name}-{number}"), "text": text.replace("PLACE", &place)}));
        }
    }
    write_rows(&file, &rows)
}

/// A codebook with the entries named.
fn codebook(file: PathBuf, entries: &[(&str, &str)]) -> PathBuf {
    let rows =
        entries.iter().map(|(label, predicate)| format!("[[entry]]\nlabel = {label:?}\npredicate = {predicate:?}\n"));
    std::fs::write(&file, rows.collect::<Vec<_>>().join("\n")).unwrap();
    file
}

const ENTRIES: [(&str, &str); 4] = [
    ("late parcels", "asks where a parcel is that has not arrived"),
    ("noisy brakes", "complains of a brake of a bike that squeals"),
    ("refunds", "wants a refund of money for something returned"),
    ("praise", "thanks the team for great service"),
];

fn sorted(corpus: &Path, out: PathBuf, more: &[&str]) -> String {
    let out = out.to_str().unwrap().to_owned();
    run(&[&["run", corpus.to_str().unwrap(), "--out", &out, "--quiet"], more].concat(), 0);
    out
}

fn compared(before: &str, after: &str) -> Value {
    serde_json::from_str(&stdout(&run(&["diff", before, after, "--json"], 0))).unwrap()
}

fn kinds(comparison: &Value) -> Vec<(String, Vec<String>, Vec<String>)> {
    let labels = |change: &Value, side: &str| {
        change[side].as_array().unwrap().iter().map(|part| part["label"].as_str().unwrap().to_owned()).collect()
    };
    let changes = comparison["changes"].as_array().unwrap();
    changes
        .iter()
        .map(|one| (one["kind"].as_str().unwrap().into(), labels(one, "before"), labels(one, "after")))
        .collect()
}

#[test]
fn a_run_compared_with_itself_has_changed_in_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = sorted(&corpus(folder.path().join("a.jsonl"), [9, 8, 7, 6], 0), folder.path().join("a"), &["-k", "4"]);
    let comparison = compared(&out, &out);
    assert!(kinds(&comparison).iter().all(|(kind, before, after)| kind == "same" && before == after));
    assert_eq!(comparison["agreement"], 1.0);
    assert_eq!((&comparison["moved"], &comparison["made"]), (&json!([]), &json!([])));
    assert_eq!(comparison["documents"], json!({"before": 30, "after": 30, "both": 30}));
    let alarms = "new,gone,split,merged,renamed,share:0.1,moved:0.1";
    let text = stdout(&run(&["diff", &out, &out, "--fail-on", alarms], 0));
    assert!(text.contains("30 documents are in both; all of them stayed where they were"), "{text}");
    std::fs::remove_file(folder.path().join("a/embeddings.npy")).unwrap();
    let said = stderr(&run(&["diff", &out, &out], 0));
    assert!(said.contains("embeddings.npy is not there"), "{said}");
}

#[test]
fn what_came_went_and_merged_is_said_and_fails_where_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let texts = corpus(file("texts.jsonl"), [10, 9, 8, 7], 0);
    let all = codebook(file("all.toml"), &ENTRIES);
    let joined = codebook(
        file("joined.toml"),
        &[
            (
                "parcels and refunds",
                "asks where a parcel is that has not arrived, or wants a refund of money for something returned",
            ),
            ("squealing brakes", ENTRIES[1].1),
            ENTRIES[3],
        ],
    );
    let before = sorted(&texts, file("before"), &["--codebook", all.to_str().unwrap()]);
    let after = sorted(&texts, file("after"), &["--codebook", joined.to_str().unwrap()]);
    let comparison = compared(&before, &after);
    let kinds = kinds(&comparison);
    let of = |kind: &str| kinds.iter().filter(|(found, ..)| found == kind).cloned().collect::<Vec<_>>();
    assert_eq!(of("merged")[0].2, ["parcels and refunds"], "{kinds:?}");
    assert_eq!(of("merged")[0].1, ["late parcels", "refunds"], "{kinds:?}");
    assert_eq!(of("renamed"), [("renamed".into(), vec!["noisy brakes".into()], vec!["squealing brakes".into()])]);
    assert_eq!(of("same")[0].1, ["praise"]);
    let back = compared(&after, &before);
    assert!(self::kinds(&back).iter().any(|(kind, ..)| kind == "split"), "{back}");
    let failed = run(&["diff", &before, &after, "--fail-on", "merged,new"], 1);
    assert_eq!(stderr(&failed), "error: --fail-on merged: \"late parcels\" and \"refunds\"\n");
    assert!(stderr(&run(&["diff", &before, &after, "--fail-on", "sideways"], 2)).contains("share:POINTS"));
}

#[test]
fn a_later_month_is_matched_by_meaning_and_a_new_theme_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let may = corpus(file("may.jsonl"), [30, 30, 30, 0], 0);
    let june = corpus(file("june.jsonl"), [60, 15, 0, 30], 100);
    let (may, june) = (sorted(&may, file("may"), &["-k", "3"]), sorted(&june, file("june"), &["-k", "3"]));
    let comparison = compared(&may, &june);
    assert_eq!((&comparison["documents"]["both"], &comparison["agreement"]), (&json!(0), &Value::Null));
    let count = |kind: &str| kinds(&comparison).iter().filter(|(found, ..)| found == kind).count();
    assert_eq!((count("new"), count("gone")), (1, 1), "{comparison}");
    let changes = comparison["changes"].as_array().unwrap();
    let parcels = changes.iter().find(|change| change["after"][0]["size"] == 60).unwrap();
    assert_eq!((&parcels["basis"], parcels["before"].as_array().unwrap().len()), (&json!("meaning"), 1));
    assert!(parcels["share"]["low"].as_f64().unwrap() > 0.0, "{parcels}");
    let text = stdout(&run(&["diff", &may, &june], 0));
    assert!(text.contains("No document is in both.") && text.contains("▲ +"), "{text}");
    assert!(text.contains("2 pairs of clusters are matched by meaning"), "{text}");
}

#[test]
fn what_a_document_says_reaches_neither_terminal_nor_page() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let hostile = "\u{1b}[2J<script>alert(1)</script>";
    let mut rows = lines(&corpus(file("texts.jsonl"), [6, 6, 6, 6], 0));
    rows.push(json!({"id": hostile, "text": format!("{hostile} my parcel has not arrived")}));
    let texts = write_rows(&file("texts.jsonl"), &rows);
    let book = codebook(file("book.toml"), &[("<img src=x>", ENTRIES[0].1), ENTRIES[1], ENTRIES[2], ENTRIES[3]]);
    let before = sorted(&texts, file("before"), &["--codebook", book.to_str().unwrap()]);
    let after = sorted(&texts, file("after"), &["-k", "2"]);
    for format in ["text", "html"] {
        let printed = stdout(&run(&["diff", &before, &after, "--format", format], 0));
        assert!(!printed.contains('\u{1b}'), "{format}");
        assert!(format == "text" || !printed.contains("<script>") && !printed.contains("<img"), "{printed}");
    }
    assert!(stderr(&run(&["diff", &before, folder.path().to_str().unwrap()], 2)).contains("is not a run directory"));
}

#[test]
fn clusters_that_come_back_keep_the_ids_of_the_base() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let may = corpus(file("may.jsonl"), [30, 30, 30, 0], 0);
    let june = corpus(file("june.jsonl"), [40, 25, 0, 30], 100);
    let may = sorted(&may, file("may"), &["-k", "3"]);
    let alone = sorted(&june, file("alone"), &["-k", "3"]);
    let based = sorted(&june, file("based"), &["-k", "3", "--base", &may]);
    let ids = |run: &str| -> Vec<String> {
        let lines = lines(&Path::new(run).join("clusters.jsonl"));
        lines.iter().map(|cluster| cluster["id"].as_str().unwrap().to_owned()).collect()
    };
    let kept = |run: &str| ids(run).iter().filter(|id| ids(&may).contains(id)).count();
    assert_eq!((kept(&alone), kept(&based)), (0, 2));
    let manifest = manifest(Path::new(&based));
    assert_eq!((&manifest["base"]["clusters"], &manifest["base"]["inherited"]), (&json!(3), &json!(2)));
    check_invariants(Path::new(&based));
    let changes = compared(&may, &based);
    let by_id = changes["changes"].as_array().unwrap().iter().filter(|change| change["basis"] == "id").count();
    assert_eq!(by_id, 2, "{changes}");
    // Later documents go into clusters of these ids.
    let own = stdout(&run(&["assign", &based, june.to_str().unwrap(), "--quiet"], 0));
    assert_eq!(own, std::fs::read_to_string(Path::new(&based).join("assignments.jsonl")).unwrap());
    // Looked at before anything is embedded.
    let none = ["run", june.to_str().unwrap(), "--base", folder.path().to_str().unwrap()];
    assert!(stderr(&run(&none, 2)).contains("is not a run directory"));
}
