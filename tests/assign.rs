//! `colligate assign`: documents into the clusters of a finished run, by what that run learned.

use std::path::{Path, PathBuf};

use crate::common::*;
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
    let (one, same) = (file("one.jsonl"), folder.path().join("run/../one.jsonl"));
    let named_twice = ["assign", out, &other, "--out", one.to_str().unwrap(), "--summary", same.to_str().unwrap()];
    assert!(stderr(&run(&named_twice, 2)).contains("--summary and --out name one file") && !one.exists());
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

/// Rows of four groups, more than are read at once, under ids of their own.
fn many(rows: usize) -> String {
    let texts = ["The parcel {} is late", "The brake {} squeals", "Refund invoice {} please", "Thanks for visit {}"];
    let row = |number: usize| {
        let text = texts[number % 4].replace("{}", &(number % 9_000).to_string());
        json!({"id": format!("d{number}"), "text": text, "month": "May"}).to_string() + "\n"
    };
    (0..rows).map(row).collect()
}

/// A run of forty documents in four groups.
fn run_of_groups(folder: &Path) -> PathBuf {
    let (old, out) = (groups(&folder.join("old.jsonl"), [10, 10, 10, 10], 0), folder.join("run"));
    run(&["run", &old, "-k", "4", "--embedder", "static", "--out", out.to_str().unwrap(), "--quiet"], 0);
    out
}

/// Gzip, its bytes stored as they are.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    use flate2::{Compression, write::GzEncoder};
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_corpus_that_is_read_in_parts_has_the_same_lines_in_every_format_and_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let (out, rows) = (run_of_groups(folder.path()), many(17_500));
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let whole = assigned(&out, &file("a.jsonl", rows.as_bytes()), &["--threads", "1"]);
    assert_eq!(whole.lines().count(), 17_500);
    assert_eq!(assigned(&out, &file("a.jsonl.gz", &gzip(rows.as_bytes())), &["--threads", "3"]), whole);
    let piped = fed(colligate(&["assign", out.to_str().unwrap(), "-", "--quiet"]), rows.as_bytes(), 0);
    assert_eq!(stdout(&piped), whole);
    let places = |lines: &str| -> Vec<serde_json::Value> {
        let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        lines.lines().map(line).map(|line| json!([line["clusters"], line["status"], line["flags"]])).collect()
    };
    let values: Vec<serde_json::Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let text = |row: &serde_json::Value| row["text"].as_str().unwrap().to_owned();
    let plain: String = values.iter().map(|row| text(row) + "\n").collect();
    let table: String = values.iter().map(|row| format!("{},{}\n", row["id"].as_str().unwrap(), text(row))).collect();
    let lines = assigned(&out, &file("a.txt", plain.as_bytes()), &["--input-format", "lines"]);
    assert_eq!(places(&lines), places(&whole));
    let table = assigned(&out, &file("a.csv", format!("id,text\n{table}").as_bytes()), &[]);
    assert_eq!(places(&table), places(&whole));
    // Texts come again after 9,000 rows: in the first part both are flagged, later the one that comes again.
    assert_eq!(whole.matches("\"duplicate\"").count(), 2 * 7_384 + 1_116);
    // A part alone has the same places.
    let some = rows.lines().skip(16_000).take(900).collect::<Vec<_>>().join("\n");
    let some = assigned(&out, &file("some.jsonl", some.as_bytes()), &[]);
    for (line, of_all) in some.lines().zip(whole.lines().skip(16_000)) {
        let [line, of_all]: [serde_json::Value; 2] = [line, of_all].map(|line| serde_json::from_str(line).unwrap());
        assert_eq!((&line["id"], &line["clusters"]), (&of_all["id"], &of_all["clusters"]));
    }
}

#[test]
fn an_error_on_the_way_names_its_line_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (out, corpus) = (run_of_groups(folder.path()), folder.path().join("a.jsonl"));
    std::fs::write(&corpus, many(17_000) + "{\"id\": 1, \"text\": oops}\n" + &many(3)).unwrap();
    let (run_directory, corpus) = (out.to_str().unwrap(), corpus.to_str().unwrap());
    let output = run(&["assign", run_directory, corpus, "--quiet"], 2);
    assert!(stderr(&output).contains("a.jsonl:17001: invalid JSON"), "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 16_384, "what was printed stays, in whole lines");
    assert!(stdout(&output).ends_with("}\n"));
    let lines = folder.path().join("lines.jsonl");
    let named = ["assign", run_directory, corpus, "--quiet", "--out", lines.to_str().unwrap()];
    let before = std::fs::read_dir(folder.path()).unwrap().count();
    assert!(run(&named, 2).stdout.is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), before, "no file is left");
    let output = run(&[&named[..], &["--on-error", "skip"]].concat(), 0);
    assert!(output.stdout.is_empty());
    let written = std::fs::read_to_string(&lines).unwrap();
    assert_eq!((written.lines().count(), written.matches("\"skipped\"").count()), (17_004, 1));
    assert!(stderr(&run(&named, 2)).contains("exists already"));
}

#[test]
fn a_table_of_a_corpus_in_parts_has_one_header() {
    let folder = tempfile::tempdir().unwrap();
    let (out, corpus) = (run_of_groups(folder.path()), folder.path().join("a.jsonl"));
    std::fs::write(&corpus, many(16_390)).unwrap();
    let table = assigned(&out, corpus.to_str().unwrap(), &["--format", "csv"]);
    assert_eq!((table.lines().count(), table.matches("colligate_id").count()), (16_391, 1));
    assert!(table.lines().last().unwrap().contains(",May,d16389,assigned,"), "{:?}", table.lines().last());
}

/// The most memory that a process has held, in bytes, as Linux counts it.
#[cfg(target_os = "linux")]
fn most_memory(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_corpus() {
    use std::io::Write;
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let (out, lines) = (run_of_groups(folder.path()), folder.path().join("lines.jsonl"));
    let words = ["assign", out.to_str().unwrap(), "-", "--quiet", "--threads", "2", "--out", lines.to_str().unwrap()];
    let mut child = colligate(&words).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // So many are read only when the first part is placed: no more than some thousands are read ahead.
    let rows = many(40_000);
    input.write_all(rows.as_bytes()).unwrap();
    let before = most_memory(child.id());
    for part in 1..3 {
        input.write_all(rows.replace("\"d", &format!("\"{part}-")).as_bytes()).unwrap();
    }
    let after = most_memory(child.id());
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(&lines).unwrap().lines().count(), 120_000);
    assert!(after < before + 12_000_000, "{before} bytes after 40,000 rows, {after} after 120,000");
}

/// Documents between the groups of the small corpus, so that the place of some is not sure.
fn between(file: &Path) -> String {
    let (one, other) = (["parcel", "brake", "refund", "shop"], ["tracking", "ride", "card", "team", "lamp", "garden"]);
    let text = |number: usize| {
        let (first, second) = (one[number % 4], one[number / 24 % 4]);
        format!("About the {first} and the {} or {second} of order {number}, please.", other[number / 4 % 6])
    };
    let rows = (0..360).map(|number| json!({"id": format!("n{number}"), "text": text(number)}));
    write_rows(file, &rows.collect::<Vec<_>>()).to_str().unwrap().to_owned()
}

/// The lines by their ids.
fn by_id(lines: &str) -> std::collections::BTreeMap<String, serde_json::Value> {
    let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    lines.lines().map(line).map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect()
}

fn is_unsure(line: &serde_json::Value) -> bool {
    line["flags"].as_array().unwrap().contains(&json!("unsure"))
}

/// The journals of questions that `assign` asked about documents of a run.
fn journals(out: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    folders.map(|folder| folder.join("calls.jsonl")).filter(|journal| journal.exists()).collect()
}

#[test]
fn unsure_documents_are_asked_of_a_model_once_and_all_others_stay() {
    for (method, each) in [
        (vec!["--method", "classify", "--embedder", "static"], 1),
        (vec!["--method", "goalex", "--embedder", "static"], 4),
        (vec!["--questions", "48", "--embedder", "static"], 1),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (corpus, out, server) = (repeated_corpus(folder.path(), 4), folder.path().join("run"), Server::knowing());
        ask_at(&server.address, &corpus, &out, &method, 0);
        let each = if each == 1 { 1 } else { lines(&out.join("clusters.jsonl")).len() };
        let (written, calls) = (files(&out), std::fs::read(out.join("calls.jsonl")).unwrap());
        let other = between(&folder.path().join("other.jsonl"));
        let before = by_id(&assigned(&out, &other, &[]));
        let mut unsure: Vec<&serde_json::Value> = before.values().filter(|line| is_unsure(line)).collect();
        assert!(unsure.len() > 4 && unsure.len() < 360, "{method:?}: {} unsure", unsure.len());
        let confidence = |line: &serde_json::Value| line["clusters"][0]["confidence"].as_f64().unwrap();
        unsure.sort_by(|one, other| confidence(one).total_cmp(&confidence(other)));
        let ask = |questions: usize| {
            let (asked, questions) = (server.asked().len(), questions.to_string());
            let lines = assigned(&out, &other, &["--questions", &questions, "--llm", &server.address]);
            (lines, server.asked().len() - asked)
        };
        // Of few questions, the least sure have the use.
        let (few, asked) = ask(3 * each);
        assert_eq!(asked, 3 * each, "{method:?}");
        let few = by_id(&few);
        let changed: Vec<&String> = before.keys().filter(|id| before[*id] != few[*id]).collect();
        assert_eq!(changed.len(), 3, "{method:?}");
        let highest = changed.iter().map(|id| confidence(&before[*id])).fold(0.0, f64::max);
        assert!(highest <= confidence(unsure[2]) + 1e-4, "{method:?}");
        // More go on from there, and nothing is asked twice.
        let (all, asked) = ask(10_000);
        assert_eq!(asked, (unsure.len() - 3) * each, "{method:?}");
        assert_eq!(ask(10_000), (all.clone(), 0));
        for (id, line) in by_id(&all) {
            let is_by_model = line["clusters"][0]["by"] == "model" || line["status"] == "uncovered";
            match is_unsure(&before[&id]) {
                true => assert!(is_by_model && !is_unsure(&line), "{method:?} {line}"),
                false => assert_eq!(line, before[&id], "{method:?}"),
            }
        }
        assert_eq!(all.lines().count(), 360);
        assert!(all.contains("the model found no group that holds") || all.contains("\"by\":\"model\""));
        // The run is as it was, but for a folder of its own.
        assert_eq!((files(&out), std::fs::read(out.join("calls.jsonl")).unwrap()), (written, calls));
        assert_eq!(journals(&out).len(), 1);
        let own = folder.path().join("own.jsonl");
        let named = ["--questions", "10000", "--llm", &server.address, "--journal", own.to_str().unwrap()];
        assert_eq!(assigned(&out, &other, &named), all);
        assert_eq!((own.exists(), journals(&out).len()), (true, 1));
    }
}

#[test]
fn a_question_that_failed_or_was_not_answered_leaves_the_place_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (repeated_corpus(folder.path(), 4), folder.path().join("run"), Server::knowing());
    ask_at(&server.address, &corpus, &out, &["--method", "classify", "--embedder", "static"], 0);
    let other = between(&folder.path().join("other.jsonl"));
    let before = by_id(&assigned(&out, &other, &[]));
    let odd = Server::start(|question| match question.contains("order 1") {
        true => completion("I would rather not say."),
        false => judge(question),
    });
    let words = ["assign", out.to_str().unwrap(), &other, "--questions", "500", "--llm", &odd.address];
    let output = run(&words, 4);
    assert!(stderr(&output).contains("stay where they were inferred to be"), "{}", stderr(&output));
    let after = by_id(&stdout(&output));
    let unanswered = |id: &str| id.starts_with("n1") && is_unsure(&before[id]);
    assert!(before.keys().any(|id| unanswered(id)));
    for id in before.keys().filter(|id| unanswered(id)) {
        assert_eq!(after[id], before[id]);
    }
    assert!(after.values().any(|line| line["clusters"][0]["by"] == "model"));
    // A cap leaves others unasked; those that were asked have their answers.
    let (own, asked) = (folder.path().join("own.jsonl"), server.asked().len());
    let words = ["assign", out.to_str().unwrap(), &other, "--questions", "500", "--llm", &server.address];
    let capped = run(&[&words[..], &["--journal", own.to_str().unwrap(), "--max-calls", "4"]].concat(), 3);
    assert!(stderr(&capped).contains("questions were not asked"), "{}", stderr(&capped));
    assert_eq!((server.asked().len(), stdout(&capped).lines().count()), (asked + 4, 360));
    let changed = by_id(&stdout(&capped)).iter().filter(|(id, line)| before[*id] != **line).count();
    assert_eq!(changed, 4);
}

#[test]
fn a_decision_model_is_asked_one_question_a_document_whatever_the_method() {
    for method in ["classify", "goalex"] {
        let folder = tempfile::tempdir().unwrap();
        let (corpus, out) = (repeated_corpus(folder.path(), 4), folder.path().join("run"));
        let model = mocked::Mocked::knowing(&[]);
        ask_at(&model.address, &corpus, &out, &["--method", method, "--embedder", "static"], 0);
        let other = between(&folder.path().join("other.jsonl"));
        let before = by_id(&assigned(&out, &other, &[]));
        let judge = mocked::Mocked::deciding("systemone", &[]);
        let after = by_id(&assigned(&out, &other, &["--questions", "4", "--judge", &judge.address]));
        let changed: Vec<&String> = before.keys().filter(|id| before[*id] != after[*id]).collect();
        assert_eq!((changed.len(), judge.counts()["stages"]["decide"].as_u64()), (4, Some(4)), "{method}");
        assert!(changed.iter().all(|id| is_unsure(&before[*id]) && !is_unsure(&after[*id])), "{method}");
    }
}

#[test]
fn a_model_that_gives_all_documents_one_answer_is_not_heard_and_no_file_becomes_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out, server) = (repeated_corpus(folder.path(), 4), folder.path().join("run"), Server::knowing());
    ask_at(&server.address, &corpus, &out, &["--method", "goalex", "--embedder", "static"], 0);
    let other = between(&folder.path().join("other.jsonl"));
    let before = by_id(&assigned(&out, &other, &[]));
    let blind = Server::start(|_| completion("Yes"));
    let words = ["assign", out.to_str().unwrap(), &other, "--questions", "500", "--llm", &blind.address];
    let own = folder.path().join("own.jsonl");
    let said = run(&[&words[..], &["--journal", own.to_str().unwrap()]].concat(), 4);
    assert!(stderr(&said).contains("the model gave the same answer for all"), "{}", stderr(&said));
    assert_eq!(by_id(&stdout(&said)), before);
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "my notes\nsecond line\n").unwrap();
    let files =
        [notes, other.clone().into(), out.join("manifest.json"), out.join("calls.jsonl"), out.join("new.jsonl")];
    for file in files {
        let (was, asked) = (std::fs::read(&file).ok(), server.asked().len());
        let words = ["--questions", "8", "--llm", &server.address, "--journal", file.to_str().unwrap()];
        let problem = refused(&out, &other, &words);
        assert!(problem.contains("it is left as it is"), "{problem}");
        assert_eq!((std::fs::read(&file).ok(), server.asked().len()), (was, asked));
    }
}

#[test]
fn questions_that_nobody_could_answer_are_refused_before_anything_is_embedded() {
    let folder = tempfile::tempdir().unwrap();
    let (out, server) = (run_of_groups(folder.path()), Server::knowing());
    let problem = refused(&out, TICKETS, &["--questions", "5", "--llm", &server.address]);
    assert!(problem.contains("the run's method is topics, which does not ask where a document belongs"), "{problem}");
    let problem = refused(&out, TICKETS, &["--llm", &server.address]);
    assert!(problem.contains("--llm is for --questions N"), "{problem}");
    let corpus = repeated_corpus(folder.path(), 2);
    let asked = folder.path().join("asked");
    ask_at(&server.address, &corpus, &asked, &["--method", "goalex", "--embedder", "static"], 0);
    let problem = refused(&asked, TICKETS, &["--questions", "5"]);
    assert!(problem.contains("--questions asks a model: name it with --llm URL"), "{problem}");
    let few = refused(&asked, TICKETS, &["--questions", "1", "--llm", &server.address]);
    assert!(few.contains("a document of this run costs"), "{few}");
}

#[test]
fn a_proposed_command_calls_the_format_of_files_as_this_command_does() {
    let folder = tempfile::tempdir().unwrap();
    let talk = folder.path().join("talk.txt");
    let turns = ["Ann: the parcel is late again", "Bob: which order was that?", "Ann: number 4711, from May"];
    std::fs::write(&talk, turns.repeat(4).join("\n")).unwrap();
    let out = run_of_groups(folder.path());
    let said = refused(&out, talk.to_str().unwrap(), &[]);
    assert!(said.contains("--input-format") && !said.contains(" --format"), "{said}");
}
