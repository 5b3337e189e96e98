//! `colligate report`: a finished run in other formats.

use crate::common::*;

/// A run over the small corpus, with a row that would be run by a terminal, a spreadsheet or a browser.
fn finished(folder: &std::path::Path) -> String {
    let mut rows = lines(&small_corpus(folder));
    rows.push(
        serde_json::json!({"id": "h\u{1b}[2J", "text": "=1+1 </script><script>alert(1)</script>", "team": "@SUM(1)"}),
    );
    let corpus = write_rows(&folder.join("corpus.jsonl"), &rows);
    let out = folder.join("run").display().to_string();
    run(&["run", corpus.to_str().unwrap(), "--goal", "why do they write?", "-k", "4", "--out", &out, "--quiet"], 0);
    out
}

#[test]
fn a_workbook_goes_to_a_new_file_and_over_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let out = finished(folder.path());
    let file = folder.path().join("report.xlsx");
    let arguments = ["report", &out, "--format", "xlsx", "--out", file.to_str().unwrap()];
    run(&arguments, 0);
    let mut workbook = zip::ZipArchive::new(std::fs::File::open(&file).unwrap()).unwrap();
    assert!(workbook.by_name("xl/worksheets/sheet5.xml").is_ok(), "a summary and four clusters");
    let before = std::fs::read(&file).unwrap();
    assert!(stderr(&run(&arguments, 2)).contains("exists already"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(run(&["report", &out, "--format", "xlsx"], 0).stdout, before, "the same to standard output");
}

#[test]
fn the_ending_of_the_file_says_the_format_and_a_contradiction_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = finished(folder.path());
    for (format, name) in
        [("html", "a.html"), ("csv", "a.CSV"), ("xlsx", "a.xlsx"), ("json", "a.json"), ("md", "a.txt")]
    {
        let file = folder.path().join(name);
        run(&["report", &out, "--out", file.to_str().unwrap()], 0);
        let named = run(&["report", &out, "--format", format], 0).stdout;
        assert_eq!(std::fs::read(&file).unwrap(), named, "{name}");
    }
    let other = folder.path().join("b.xlsx");
    let refused = stderr(&run(&["report", &out, "--format", "csv", "--out", other.to_str().unwrap()], 2));
    assert!(refused.contains("--format csv") && refused.contains("xlsx") && !other.exists(), "{refused}");
}

#[test]
fn every_format_is_free_of_what_steers_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let out = finished(folder.path());
    for format in ["html", "md", "csv", "json"] {
        let printed = stdout(&run(&["report", &out, "--format", format], 0));
        assert!(printed.contains("parcel") && !printed.contains('\u{1b}'), "{format}");
    }
}

#[test]
fn the_report_of_a_run_is_the_one_that_its_directory_holds() {
    let folder = tempfile::tempdir().unwrap();
    let out = finished(folder.path());
    for (format, name) in [("html", "report.html"), ("md", "report.md"), ("csv", "assignments.csv")] {
        let written = std::fs::read_to_string(std::path::Path::new(&out).join(name)).unwrap();
        assert_eq!(stdout(&run(&["report", &out, "--format", format], 0)), written, "{format}");
    }
}

#[test]
fn files_of_another_run_are_not_reported_as_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = std::path::PathBuf::from(finished(folder.path()));
    let out_name = out.to_str().unwrap();
    let damage = |name: &str, change: &dyn Fn(&str) -> String| {
        let whole = std::fs::read_to_string(out.join(name)).unwrap();
        std::fs::write(out.join(name), change(&whole)).unwrap();
        let said = stderr(&run(&["report", out_name], 2));
        std::fs::write(out.join(name), whole).unwrap();
        said
    };
    let doubled = damage("assignments.jsonl", &|text| text.repeat(2));
    assert!(doubled.contains("assignments.jsonl: holds") && doubled.contains("--resume"), "{doubled}");
    let fewer = damage("clusters.jsonl", &|text| text.lines().skip(1).map(|line| format!("{line}\n")).collect());
    assert!(fewer.contains("clusters.jsonl: holds 3 clusters, but the manifest counts 4"), "{fewer}");
    let other = damage("clusters.jsonl", &|text| text.replace("\"id\":\"c-", "\"id\":\"d-"));
    assert!(other.contains("has a document in cluster c-"), "{other}");
    let reversed = damage("documents.jsonl", &|text| text.lines().rev().map(|line| format!("{line}\n")).collect());
    assert!(reversed.contains("holds other documents"), "{reversed}");
    run(&["report", out_name], 0);
}

#[test]
fn results_that_no_run_can_have_written_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = std::path::PathBuf::from(finished(folder.path()));
    let (clusters, assignments) = (out.join("clusters.jsonl"), out.join("assignments.jsonl"));
    for (file, place, value) in [
        (&clusters, "/share/high", serde_json::json!(-0.5)),
        (&clusters, "/share/low", serde_json::json!(0.99)),
        (&clusters, "/size", serde_json::json!(7)),
        (&clusters, "/label", serde_json::json!("what a run might call it")),
        (&clusters, "/evidence/0/quote", serde_json::json!("nobody said this")),
        (&clusters, "/evidence/0/document", serde_json::json!("nobody")),
        (&assignments, "/clusters/0/confidence", serde_json::json!(-7)),
        (&assignments, "/primary", serde_json::json!("c-deadbeef")),
    ] {
        let whole = std::fs::read_to_string(file).unwrap();
        let mut rows = lines(file);
        *rows[0].pointer_mut(place).unwrap() = value;
        write_rows(file, &rows);
        let said = stderr(&run(&["report", out.to_str().unwrap()], 2));
        assert!(said.contains("was changed since the run wrote it"), "{place}: {said}");
        std::fs::write(file, whole).unwrap();
    }
    run(&["report", out.to_str().unwrap()], 0);
}

/// The points of a `map.npy`, as it was written.
fn points(run: &std::path::Path) -> Vec<[u8; 8]> {
    let bytes = std::fs::read(run.join("map.npy")).unwrap();
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert!(String::from_utf8_lossy(&bytes[10..header]).contains("'descr': '<f4'"));
    bytes[header..].as_chunks::<8>().0.to_vec()
}

#[test]
fn a_map_has_a_place_for_each_document_whatever_threads_and_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = lines(&small_corpus(folder.path()));
    rows.push(serde_json::json!({"id": "copy", "text": rows[0]["text"]}));
    let straight = write_rows(&folder.path().join("straight.jsonl"), &rows);
    rows.reverse();
    let reversed = write_rows(&folder.path().join("reversed.jsonl"), &rows);
    let go = |corpus: &std::path::Path, name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let arguments = ["run", corpus.to_str().unwrap(), "-k", "4", "--quiet", "--out", out.to_str().unwrap()];
        run(&[&arguments, more].concat(), 0);
        out
    };
    let one = go(&straight, "one", &["--threads", "1"]);
    let placed = points(&one);
    assert_eq!((placed.len(), placed[0]), (rows.len(), placed[rows.len() - 1]), "equal texts lie at one place");
    assert_eq!(placed, points(&go(&straight, "two", &["--threads", "2"])));
    let back: Vec<[u8; 8]> = points(&go(&reversed, "reversed", &[])).into_iter().rev().collect();
    assert_eq!(placed, back);
    let sha256 = manifest(&one)["files"]["map.npy"].as_str().map(str::len);
    assert_eq!(sha256, Some(64), "the manifest vouches for it");
    assert!(!go(&straight, "bare", &["--no-texts"]).join("map.npy").exists(), "nothing is kept of texts");
}
