//! Any bytes as the files of a run directory, under a manifest that counts them right: refused, or every report can be made of it,
//! and it can be compared with itself and with another run.
#![cfg_attr(not(test), no_main)]

use colligate::compare::{Comparison, Side, compare, counterparts};
use colligate::corpus::Source;
use colligate::observer::Silent;
use colligate::plan::{Layers, Settings};
use colligate::report::{codebook, comparison_page, comparison_text, csv, html, markdown, xlsx};
use colligate::run::{
    DocumentCounts, DocumentMap, FinishedRun, Manifest, Status, read_decision, read_run, recorded_embeddings,
};
use colligate_fuzz::{BETWEEN, files, vectors};
use serde_json::{Value, json};

const NAMES: [&str; 4] = ["manifest.json", "clusters.jsonl", "assignments.jsonl", "documents.jsonl"];

/// Small runs by different plans.
pub fn seeds() -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a folder for the runs");
    let words = ["parcel late again", "brake lever broken", "lovely friendly shop", "refund not paid", "don't know"];
    let row = |number: usize| {
        let text =
            if number % 5 == 4 { words[4].into() } else { format!("{} number {}", words[number % 5], number % 7) };
        json!({"id": number, "text": if number == 11 { String::new() } else { text }, "stars": number % 3}).to_string()
    };
    let corpus = folder.path().join("texts.jsonl");
    std::fs::write(&corpus, (0..30).map(row).collect::<Vec<_>>().join("\n")).expect("the corpus is written");
    let one = |(number, settings): (usize, Settings)| {
        let out = folder.path().join(number.to_string());
        let settings = Settings {
            out: Some(out.clone()),
            embedder: Some("static".into()),
            cache: Some("none".into()),
            on_error: Some(colligate::corpus::OnError::Skip),
            ..settings
        };
        let mut layers = Layers::default();
        layers.add("argument", &settings).expect("it is a plan");
        let plan = layers.check().expect("it is a plan");
        colligate::run(&plan, &Source::File(corpus.clone()), &Silent).expect("it runs");
        let files = NAMES.map(|name| std::fs::read(out.join(name)).expect("the run has written it"));
        files.join(&[BETWEEN][..])
    };
    let plans = [Settings { k: Some(3), ..Settings::default() }, Settings { k: Some(2), ..Settings::default() }];
    plans.into_iter().enumerate().map(one).collect()
}

/// Counts in the manifest what the other files hold, and takes out what vouches for them.
fn vouched(manifest: &[u8], clusters: &[u8], assignments: &[u8]) -> Option<Vec<u8>> {
    let mut manifest: Value = serde_json::from_slice(manifest).ok()?;
    let fields = manifest.as_object_mut()?;
    fields.remove("checksum");
    let statuses =
        assignments.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let (mut assigned, mut uncovered, mut skipped, mut failed) = (0, 0, 0, 0);
    for line in statuses {
        match line["status"].as_str() {
            Some("assigned") => assigned += 1,
            Some("uncovered") => uncovered += 1,
            Some("skipped") => skipped += 1,
            _ => failed += 1,
        }
    }
    let counts = DocumentCounts { assigned, uncovered, skipped, failed };
    let lines = clusters.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    fields.insert("files".into(), json!({}));
    fields.insert("documents".into(), serde_json::to_value(counts).ok()?);
    fields.insert("clusters".into(), lines.into());
    serde_json::to_vec(&manifest).ok()
}

/// Another run, as far as its documents go: some with other ids, some that are new, and none of some.
fn later(run: &FinishedRun) -> FinishedRun {
    let mut later = run.clone();
    let lines = later.assignments.iter_mut().filter(|line| line.status != Status::Skipped);
    for (place, line) in lines.enumerate() {
        let document = &mut later.documents[place];
        if place % 3 == 0 {
            document.id.push('x');
            line.id.push('x');
        }
        if place % 5 == 0 {
            document.text = document.text.as_ref().map(|text| format!("{text} again"));
        }
    }
    later
}

fn check(comparison: &Comparison, [before, after]: [&FinishedRun; 2]) {
    let counts = comparison.documents;
    assert!(counts.both <= counts.before.min(counts.after), "{counts:?}");
    assert!(comparison.agreement.is_none_or(|agreement| agreement.is_finite() && agreement <= 1.0 + 1e-9));
    assert!(comparison.moved.len() <= counts.both);
    let written = serde_json::to_string(comparison).expect("it can be written");
    assert!(!written.contains("\u{1b}"));
    comparison_page(comparison, [before, after]);
    comparison_text(comparison, [before, after], 80);
}

fn report(run: &FinishedRun, map: &DocumentMap) {
    let page = html(run, map);
    assert!(!page.to_lowercase().contains("<script>alert"), "a script of a document is in the page");
    markdown(run);
    csv(run);
    let _ = xlsx(run);
    let _ = codebook(run);
}

pub fn target(bytes: &[u8]) {
    let files = files(bytes, 5);
    let [manifest, clusters, assignments, documents, more @ ..] = files.as_slice() else { return };
    let Some(manifest) = vouched(manifest, clusters, assignments) else { return };
    let folder = tempfile::tempdir().expect("a folder for the run");
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("the file is written");
    for (name, bytes) in NAMES.iter().zip([&manifest, *clusters, *assignments, *documents]) {
        write(name, bytes);
    }
    if let Some(rest) = more.first() {
        ["embeddings.npy", "map.npy", "decision.json", "decision.safetensors"]
            .iter()
            .for_each(|name| write(name, rest));
        let _ = read_decision(folder.path());
    }
    let Ok(run) = read_run(folder.path()) else { return };
    let found: &Manifest = &run.manifest;
    if let Ok(Some(rows)) = recorded_embeddings(folder.path(), found) {
        assert!(rows.values().iter().all(|value| value.is_finite()));
    }
    report(&run, &DocumentMap::read(folder.path(), &run));
    let other = later(&run);
    let embedded = run.vector_rows().into_iter().flatten().count();
    for with_vectors in [false, true] {
        let side = |run: &FinishedRun| Side { run: run.clone(), vectors: with_vectors.then(|| vectors(embedded, 4)) };
        let (before, after) = (side(&run), side(&other));
        for sides in [[&before, &before], [&before, &after], [&after, &before]] {
            check(&compare(sides[0], sides[1]), [&sides[0].run, &sides[1].run]);
            counterparts(sides[0], sides[1]);
        }
    }
}

#[cfg(not(test))]
libfuzzer_sys::fuzz_target!(init: colligate_fuzz::sow(seeds), |bytes: &[u8]| target(bytes));
