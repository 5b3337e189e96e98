//! Any bytes as a codebook, in a file of any name: no panic, entries that a run can use, and a problem that names its line.
#![cfg_attr(not(test), no_main)]

use std::collections::HashSet;

use colligate::codebook::{Codebook, Format, LONGEST_LABEL, LONGEST_SENTENCE};
use colligate::text::{folded, is_blank};
use colligate_fuzz::{literals, project};

const NAMES: [&str; 6] = ["a", "a.toml", "a.csv", "a.tsv", "a.TAB", "a.txt"];

fn check(codebook: &Codebook) {
    assert!((1..=2_000).contains(&codebook.entries.len()));
    let mut seen = HashSet::new();
    for entry in &codebook.entries {
        let sentences = entry.examples.iter().chain([&entry.predicate]).map(|said| (said, LONGEST_SENTENCE));
        for (said, longest) in sentences.chain([(&entry.label, LONGEST_LABEL)]) {
            assert!(!is_blank(said) && said.chars().count() <= longest, "{said:?}");
            assert!(!said.chars().any(char::is_control) && said.trim() == said, "{said:?}");
        }
        assert!(seen.insert(("label", folded(&entry.label))), "{:?}", entry.label);
        assert!(seen.insert(("predicate", folded(&entry.predicate))), "{:?}", entry.predicate);
    }
}

/// A problem begins with the number of a line.
fn check_problem(problem: &str, bytes: &[u8]) {
    let line = problem.split(':').next().and_then(|line| line.parse::<usize>().ok());
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{problem} ({lines} lines)");
}

pub fn seeds() -> Vec<Vec<u8>> {
    let mut texts = literals::below(&project().join("src/codebook"));
    texts.extend(
        literals::below(&project().join("tests"))
            .into_iter()
            .filter(|text| text.starts_with(b"[[entry") || text.starts_with(b"label")),
    );
    (0..NAMES.len() as u8).flat_map(|name| texts.iter().map(move |text| [&[name], text.as_slice()].concat())).collect()
}

pub fn target(bytes: &[u8]) {
    let Some((&name, bytes)) = bytes.split_first() else { return };
    for format in [Format::Toml, Format::Csv] {
        match Codebook::parse(bytes, format) {
            Ok(codebook) => {
                check(&codebook);
                let again = Codebook::parse(codebook.text.as_bytes(), format).expect("its copy is read as well");
                assert_eq!(again.entries, codebook.entries);
            }
            Err(problem) => check_problem(&problem, bytes),
        }
    }
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join(NAMES[usize::from(name) % NAMES.len()]);
    std::fs::write(&path, bytes).expect("the file is written");
    if let Ok(codebook) = Codebook::read(&path) {
        check(&codebook);
        let copy = Codebook::parse(codebook.text.as_bytes(), codebook.format).expect("its copy is read as well");
        assert_eq!(copy.entries, codebook.entries);
    }
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
