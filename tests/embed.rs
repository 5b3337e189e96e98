//! `colligate embed`, and runs that take its vectors.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::*;

/// The files of a directory.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn shares_of_the_parts_make_the_files_of_one_run_and_nothing_is_embedded_twice() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("texts.txt");
    let words = ["parcel", "brake", "refund", "password"];
    let text = |line: usize| format!("{} {}\n", words[line % 4], line % 997);
    fs::write(&corpus, (0..40_000).map(text).collect::<String>()).unwrap();
    let embed = |out: &str, more: &[&str]| {
        let out = folder.path().join(out).display().to_string();
        let corpus = corpus.display().to_string();
        let command = ["embed", &corpus, "--input-format", "lines", "--embedder", "static", "--out", &out];
        stderr(&run(&[&command[..], more].concat(), 0))
    };
    let (whole, shared) = (folder.path().join("whole"), folder.path().join("shared"));
    assert!(embed("whole", &[]).contains("3 parts of 3 written"));
    assert!(embed("shared", &["--part", "2/2"]).contains("1 part of 3 written"));
    assert!(embed("shared", &["--part", "1/2"]).contains("2 parts of 3 written"));
    let made = files(&whole);
    assert!(made == files(&shared) && made.len() == 9, "{:?}", made.keys());
    // What a killed process leaves is no part, and what is there stays.
    fs::rename(shared.join("part-000001.json"), shared.join(".part-000001.json.writing")).unwrap();
    fs::remove_file(shared.join("vectors-000001.npy")).unwrap();
    fs::write(shared.join(".vectors-000001.npy.writing"), "half").unwrap();
    let said = embed("shared", &[]);
    assert!(said.contains("1 part of 3 written") && said.contains("2 already there"), "{said}");
    assert!(files(&shared) == made);
    // A directory of something else, and parts of other texts, are refused.
    fs::write(&corpus, (0..40_000).map(|line| text(line + 1)).collect::<String>()).unwrap();
    let refused = |out: &Path| {
        let (corpus, out) = (corpus.display().to_string(), out.display().to_string());
        let command = ["embed", &corpus, "--input-format", "lines", "--embedder", "static", "--out", &out];
        stderr(&run(&command, 2))
    };
    assert!(refused(&whole).contains("is of other texts"));
    fs::write(whole.join("part-000000.json"), "{").unwrap();
    assert!(refused(&whole).contains("is no record of vectors"));
    fs::write(whole.join("part-000000.json"), &made["part-000000.json"]).unwrap();
    assert!(refused(folder.path()).contains("which is no part of vectors"));
    let theirs = folder.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("vectors-000002.npy"), "months of work").unwrap();
    assert!(refused(&theirs).contains("would be overwritten") && files(&theirs).len() == 1);
    fs::remove_file(&corpus).unwrap();
    assert!(refused(&folder.path().join("new")).contains("no such file") && !folder.path().join("new").exists());
    assert!(stderr(&run(&["embed", "x", "--out", "y", "--part", "3/2"], 2)).contains("expected I/N"));
    assert!(files(&whole) == made);
}

#[test]
fn a_run_takes_vectors_that_are_its_own_and_refuses_others() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path()).display().to_string();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let vectors = path("vectors");
    run(&["embed", &corpus, "--embedder", "static", "--out", &vectors, "--quiet"], 0);
    let go = |name: &str, corpus: &str, more: &[&str], code: i32| {
        let out = path(name);
        let command = ["run", corpus, "-k", "4", "--out", &out, "--cache", "none", "--embedder", "static"];
        let said = stderr(&run(&[&command[..], more].concat(), code));
        assert_eq!(Path::new(&out).exists(), code == 0, "a run that kept nothing leaves nothing behind");
        said
    };
    go("plain", &corpus, &[], 0);
    let said = go("given", &corpus, &["--vectors", &vectors], 0);
    assert!(said.contains("40 of 40 vectors are taken from --vectors"), "{said}");
    for file in ["assignments.jsonl", "clusters.jsonl", "embeddings.npy"] {
        assert!(fs::read(path(&format!("plain/{file}"))).unwrap() == fs::read(path(&format!("given/{file}"))).unwrap());
    }
    let said = stderr(&run(&["embed", &corpus, "--embedder", "builtin", "--out", &vectors], 2));
    assert!(said.contains("is by the embedder static:minilm-256-int8, not by builtin"), "{said}");
    let command = ["run", &corpus, "--out", &path("other"), "--vectors", &vectors, "--embedder", "builtin"];
    let said = stderr(&run(&command, 2));
    assert!(said.contains("is by the embedder static:minilm-256-int8, not by builtin"), "{said}");
    let other = path("other.jsonl");
    fs::write(&other, (0..6).map(|text| format!("{{\"text\": \"another text {text}\"}}\n")).collect::<String>())
        .unwrap();
    let said = go("other", &other, &["--vectors", &vectors], 2);
    assert!(said.contains("6 of 6 texts have no vector there"), "{said}");
    assert!(go("other", &corpus, &["--vectors", &path("plain")], 2).contains("holds 0 records of vectors"));
    for (file, place) in [("vectors-000000.npy", 300), ("ids-000000.jsonl", 70), ("part-000000.json", 3)] {
        let file = Path::new(&vectors).join(file);
        let whole = fs::read(&file).unwrap();
        let mut changed = whole.clone();
        changed[place] ^= 1;
        fs::write(&file, &changed).unwrap();
        let said = go("other", &corpus, &["--vectors", &vectors], 2);
        assert!(said.contains(file.file_name().unwrap().to_str().unwrap()), "{said}");
        fs::remove_file(&file).unwrap();
        go("other", &corpus, &["--vectors", &vectors], 2);
        fs::write(&file, &whole).unwrap();
    }
}
