//! What an attack with nothing but the program found: whatever is fed to it, what it says is so, and what it prints can be pasted.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::common::mocked::Mocked;
use crate::common::*;

/// A run by wording of a corpus.
fn by_wording(corpus: &str, out: &Path, more: &[&str]) -> Command {
    let mut command = colligate(&["run", corpus, "--goal", "why?", "--embedder", "static"]);
    command.args(["--out", out.to_str().unwrap()]).args(more);
    command
}

#[test]
fn what_is_invisible_is_no_text_and_what_reorders_a_line_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("a.csv");
    let rows = "id,text\n1,the parcel is late\n2,\u{200b}\n3,\u{202e}gpj.exe is late\n4,\u{feff} \u{3164}\n";
    std::fs::write(&corpus, rows).unwrap();
    let out = folder.path().join("run");
    let said = stderr(&expect(by_wording(corpus.to_str().unwrap(), &out, &["-k", "1"]), 0));
    assert!(said.contains("2 rows skipped: the text is empty"), "{said}");
    check_invariants(&out);
    let table = std::fs::read_to_string(out.join("assignments.csv")).unwrap();
    assert!(table.contains("⟨U+202E⟩gpj.exe") && !table.contains('\u{202e}'), "{table}");
    let documents = std::fs::read_to_string(out.join("documents.jsonl")).unwrap();
    assert!(documents.contains('\u{202e}'), "the text itself is kept as it is");
    let many = expect(by_wording(corpus.to_str().unwrap(), &folder.path().join("many"), &["-k", "3"]), 2);
    assert!(stderr(&many).contains("-k 3 is more than the 2 different texts there are"), "{}", stderr(&many));
}

#[test]
fn a_broken_workbook_and_an_empty_file_are_told_of_without_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.csv");
    std::fs::write(&empty, "").unwrap();
    let said = stderr(&run(&["columns", empty.to_str().unwrap()], 2));
    assert!(said.contains("holds no rows"), "{said}");
    for address in ["ZZZZZZZZZZZZZZ9", "A99999999999999999999", "XFE1"] {
        let book = folder.path().join("a.xlsx");
        workbook(&book, address);
        let output = run(&["columns", book.to_str().unwrap()], 2);
        let said = stderr(&output);
        assert!(said.contains("none that a sheet can have") && !said.contains("panicked"), "{address}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

/// A workbook with one cell at an address.
fn workbook(file: &Path, address: &str) {
    let sheet = format!(
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="{address}" t="inlineStr"><is><t>late</t></is></c></row></sheetData></worksheet>"#
    );
    let parts = [
        (
            "[Content_Types].xml",
            r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#,
        ),
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
    ];
    let mut archive = zip::ZipWriter::new(std::fs::File::create(file).unwrap());
    for (name, content) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

#[cfg(unix)]
#[test]
fn a_command_that_is_printed_works_when_it_is_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "a,body\n1,the parcel to Leeds is late\n2,the brake of the bike squeals\n3,so it goes, they say\n";
    std::fs::write(folder.path().join("-a.csv"), rows).unwrap();
    let mut command = colligate(&["run", "--goal", "why?", "--embedder", "static", "-k", "1", "--text-field", "x"]);
    command.args(["--", "-a.csv"]).current_dir(folder.path());
    let line = printed(&stderr(&expect(command, 2)));
    assert!(line.contains("./-a.csv") && line.ends_with("--text-field body"), "{line}");
    pasted(&line, folder.path(), &[], b"", 0);

    let mut command =
        colligate(&["run", "-", "--goal", "why?", "--embedder", "static", "-k", "1", "--text-field", "x"]);
    command.current_dir(folder.path());
    let said = stderr(&fed(command, rows.as_bytes(), 2));
    assert!(said.contains("try, with the same documents on standard input again:"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_cap_that_the_environment_or_a_file_sets_is_raised_in_the_command_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = std::fs::read(small_corpus(folder.path())).unwrap();
    let mock = Mocked::knowing(&[]);
    let config = folder.path().join("caps.toml");
    std::fs::write(&config, "max-calls = 120\nout = \"filed\"\nresume = true\n").unwrap();
    let common = ["run", "-", "--goal", "why?", "--method", "goalex", "--rounds", "1", "--candidates", "4"];
    let asking = |more: &[&str]| {
        let mut command = colligate(&common);
        command.args(["--embedder", "static", "--llm", &mock.address]).args(more).current_dir(folder.path());
        command
    };
    let mut capped = asking(&["--out", "told"]);
    capped.env("COLLIGATE_MAX_CALLS", "120");
    let said = stderr(&fed(capped, &corpus, 3));
    assert!(said.contains("with the same documents on standard input again"), "{said}");
    let line = printed(&said);
    assert!(line.contains("--max-calls 240 --out told --resume"), "{line}");
    pasted(&line, folder.path(), &[("COLLIGATE_MAX_CALLS", "120")], &corpus, 0);

    let said = stderr(&fed(asking(&["--config", "caps.toml"]), &corpus, 3));
    let line = printed(&said);
    assert!(line.contains("--max-calls 240 --out filed --resume"), "{line}");
    pasted(&line, folder.path(), &[], &corpus, 0);

    let said = stderr(&fed(asking(&["--resume"]), &corpus, 2));
    assert!(said.contains("--resume goes on with the run in --out"), "{said}");
}
