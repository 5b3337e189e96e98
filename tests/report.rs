//! `colligate report`: a finished run in other formats.

mod common;

use common::*;

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
