//! What the program may write and remove: its own files in folders of its own, and nothing of the user's.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::mocked::Mocked;
use crate::common::*;
use serde_json::{Value, json};

/// Every file below a folder with its bytes; a directory has none.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
            found.insert(path, Vec::new());
        } else {
            match std::fs::read(&path) {
                Ok(bytes) => drop(found.insert(path, bytes)),
                // A file that is written aside may have got its name meanwhile.
                Err(problem) => assert_eq!(problem.kind(), std::io::ErrorKind::NotFound, "{}", path.display()),
            }
        }
    }
    found
}

/// A run by wording of the small corpus, or of `corpus`.
fn by_wording(corpus: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "--embedder", "static"]);
    command.args(["-k", "4", "--out", out.to_str().unwrap()]).args(more);
    command
}

/// A run that asks the model at an address.
fn by_model(corpus: &Path, out: &Path, address: &str, more: &[&str]) -> Command {
    let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "--embedder", "static"]);
    command.args(["--method", "goalex", "--rounds", "1", "--candidates", "4", "--llm", address, "--wait", "1"]);
    command.args(["--out", out.to_str().unwrap()]).args(more);
    command
}

#[test]
fn a_folder_that_is_no_run_is_left_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let corpus = small_corpus(home.path());
    let folder = |name: &str, files: &[(&str, &str)]| {
        let folder = home.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        files.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
        folder
    };
    let beside = folder("beside", &[]);
    std::fs::copy(&corpus, beside.join("documents.jsonl")).unwrap();
    folder("locked", &[("lock", "mine")]);
    folder("unlocked", &[("lock", "")]);
    folder("leftover", &[(".manifest.json.writing", "mine"), (".documents.jsonl.writing", "mine")]);
    folder("foreign", &[("manifest.json", r#"{"name": "a web page"}"#), ("report.html", "mine")]);
    folder("broken", &[("manifest.json", "{"), ("lock", "mine")]);
    folder("configured", &[("goal.toml", "goal = \"why?\"")]);
    std::fs::write(home.path().join("file"), "mine").unwrap();
    std::fs::create_dir_all(home.path().join("parent/child")).unwrap();
    let before = everything(home.path());
    let names = ["beside", "locked", "unlocked", "leftover", "foreign", "broken", "configured", "file", "parent", "."];
    for name in names {
        for more in [&["--no-texts"][..], &["--resume"]] {
            let said = stderr(&expect(by_wording(&corpus, &home.path().join(name), more), 2));
            assert!(said.contains("it is left as it is; give another --out"), "{name}: {said}");
            assert_eq!(everything(home.path()), before, "{name}");
        }
    }
    let mut command = by_wording(Path::new("documents.jsonl"), Path::new("."), &["--no-texts"]);
    command.current_dir(&beside);
    expect(command, 2);
    expect(by_wording(&corpus, Path::new(""), &[]), 2);
    assert_eq!(everything(home.path()), before);
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_the_folder_that_is_judged() {
    use std::os::unix::fs::symlink;
    let home = tempfile::tempdir().unwrap();
    let corpus = small_corpus(home.path());
    for name in ["full", "empty"] {
        std::fs::create_dir(home.path().join(name)).unwrap();
        symlink(home.path().join(name), home.path().join(format!("to-{name}"))).unwrap();
    }
    std::fs::write(home.path().join("full/letter"), "mine").unwrap();
    symlink(home.path().join("nowhere"), home.path().join("dangling")).unwrap();
    for name in ["to-full", "dangling"] {
        expect(by_wording(&corpus, &home.path().join(name), &[]), 2);
    }
    assert!(!home.path().join("nowhere").exists());
    expect(by_wording(&corpus, &home.path().join("to-empty"), &[]), 0);
    check_invariants(&home.path().join("empty"));
}

#[test]
fn an_empty_folder_is_used_and_a_run_is_gone_on_with() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, out) = (small_corpus(home.path()), home.path().join("run"));
    std::fs::create_dir(&out).unwrap();
    expect(by_wording(&corpus, &out, &[]), 0);
    let (first, before) = (files(&out), everything(&out));
    assert!(stderr(&expect(by_wording(&corpus, &out, &[]), 2)).contains("holds a run already"));
    assert_eq!(everything(&out), before);
    let said = stderr(&expect(by_wording(&corpus, &out, &["--resume"]), 0));
    assert_eq!(files(&out), first, "{said}");
}

#[test]
fn the_corpus_is_never_overwritten_by_a_file_of_the_run() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, out) = (small_corpus(home.path()), home.path().join("run"));
    expect(by_wording(&corpus, &out, &[]), 0);
    std::fs::copy(&corpus, out.join("documents.jsonl")).unwrap();
    let before = everything(&out);
    let said = stderr(&expect(by_wording(&out.join("documents.jsonl"), &out, &["--resume", "--no-texts"]), 2));
    assert!(said.contains("would be overwritten"), "{said}");
    assert_eq!(everything(&out), before);
}

#[test]
fn the_cache_touches_only_files_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, cache) = (small_corpus(home.path()), home.path().join("home"));
    std::fs::create_dir_all(cache.join(".ssh")).unwrap();
    std::fs::write(cache.join(".ssh/id"), "key").unwrap();
    std::fs::create_dir(cache.join("films")).unwrap();
    // Sparse: it takes no room.
    std::fs::File::create(cache.join("films/film.mkv")).unwrap().set_len(5 << 30).unwrap();
    let cached = ["--cache", cache.to_str().unwrap()];
    expect(by_wording(&corpus, &home.path().join("one"), &cached), 0);
    assert!(cache.join(".ssh/id").exists() && cache.join("films/film.mkv").exists());
    let tag = std::fs::read_to_string(cache.join("colligate-vectors/CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"), "{tag}");
    let said = stderr(&expect(by_wording(&corpus, &home.path().join("two"), &cached), 0));
    assert!(said.contains("40 of 40 vectors come from the cache"), "{said}");
}

#[test]
fn a_mistyped_command_leaves_nothing_behind_and_the_corrected_one_works() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, mock) = (small_corpus(home.path()), Mocked::knowing(&[]));
    let out = home.path().join("a/run");
    let mistyped: [(&str, &[&str], i32); 8] = [
        ("htp://127.0.0.1:9/v1", &[], 2),
        ("127.0.0.1:9", &[], 2),
        ("http://127.0.0.1:1/v1", &[], 5),
        (&mock.address, &["--prompts", "nowhere"], 2),
        (&mock.address, &["--extra-body", "nowhere"], 2),
        (&mock.address, &["--api-key-file", "nowhere"], 2),
        (&mock.address, &["--embedder", "htp://127.0.0.1:9/v1"], 2),
        (&mock.address, &["-k", "400"], 2),
    ];
    for (address, more, code) in mistyped {
        let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "--llm", address]);
        command.args(["--out", out.to_str().unwrap(), "--wait", "0", "--questions", "48"]).args(more);
        let said = stderr(&expect(command, code));
        assert!(!said.contains("--resume"), "{address} {more:?}: {said}");
        assert_eq!(everything(home.path()).len(), 1, "{address} {more:?}: {said}");
    }
    for recording in ["nowhere", corpus.to_str().unwrap()] {
        expect(by_wording(&corpus, &out, &["--replay", recording]), 2);
        assert_eq!(everything(home.path()).len(), 1, "{recording}");
    }
    expect(by_model(&corpus, &out, &mock.address, &[]), 0);
}

#[test]
fn a_missing_an_empty_and_a_broken_file_are_wrong_usage() {
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("run");
    let file = |name: &str, text: &str| {
        std::fs::write(home.path().join(name), text).unwrap();
        home.path().join(name)
    };
    let corpora = [
        home.path().join("absent.jsonl"),
        file("empty.jsonl", ""),
        file("broken.jsonl", "{\"text\": \"one\"\n"),
        file("headless.csv", ""),
        home.path().to_owned(),
    ];
    for corpus in corpora {
        expect(by_wording(&corpus, &out, &[]), 2);
        assert!(!out.exists(), "{}", corpus.display());
    }
    run(&["report", home.path().join("absent").to_str().unwrap()], 2);
}

#[test]
fn a_resume_that_cannot_start_leaves_the_former_results_and_their_manifest() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, out, mock) = (small_corpus(home.path()), home.path().join("run"), Mocked::knowing(&[]));
    expect(by_model(&corpus, &out, &mock.address, &[]), 0);
    let before = everything(&out);
    expect(by_model(&corpus, &out, "http://127.0.0.1:1/v1", &["--model", "scripted", "--resume"]), 5);
    expect(by_model(&corpus, &out, "htp://127.0.0.1:1/v1", &["--resume"]), 2);
    assert_eq!(everything(&out), before);
    let report = stdout(&run(&["report", out.to_str().unwrap()], 0));
    assert!(report.starts_with("# why?\n"), "{report}");
}

#[test]
fn a_run_that_is_gone_on_with_keeps_its_own_journal() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, mock) = (small_corpus(home.path()), Mocked::knowing(&[]));
    let [first, other, copy] = ["first", "other", "copy"].map(|name| home.path().join(name));
    expect(by_model(&corpus, &first, &mock.address, &[]), 0);
    expect(by_model(&corpus, &other, &mock.address, &["--max-calls", "60"]), 3);
    let before = everything(&first);
    let replay = |recording: &Path, out: &Path, more: &[&str], code: i32| {
        let mut command = colligate(&["run", corpus.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        command.args(["--replay", recording.to_str().unwrap()]).args(more);
        stderr(&expect(command, code))
    };
    let said = replay(&other, &first, &["--resume"], 2);
    assert!(said.contains("calls.jsonl of its own"), "{said}");
    assert_eq!(everything(&first), before);
    // The same journal is not another: a run may replay itself, and a replay may be resumed.
    replay(&first, &first, &["--resume"], 0);
    replay(&first, &copy, &[], 0);
    replay(&first, &copy, &["--resume"], 0);
    assert_eq!((files(&copy), files(&first)), (files(&first), files(&copy)));
    assert_eq!(std::fs::read(first.join("calls.jsonl")).unwrap(), before[&first.join("calls.jsonl")]);
}

#[test]
fn a_damaged_line_of_the_journal_is_set_aside_and_the_run_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, out, mock) = (small_corpus(home.path()), home.path().join("run"), Mocked::knowing(&[]));
    expect(by_model(&corpus, &out, &mock.address, &[]), 0);
    let (whole, journal) = (files(&out), out.join("calls.jsonl"));
    let text = std::fs::read(&journal).unwrap();
    let ends: Vec<usize> = (0..text.len()).filter(|&at| text[at] == b'\n').collect();
    for damage in [&b"{\"key\": \"half"[..], &[0; 300], b"\xff\xfe\xfd"] {
        let (start, end) = (ends[3] + 1, ends[4]);
        std::fs::write(&journal, [&text[..start], damage, &text[end..]].concat()).unwrap();
        let said = stderr(&expect(by_model(&corpus, &out, &mock.address, &["--resume"]), 0));
        assert!(said.contains("calls.jsonl: line 5 is damaged: it is set aside in"), "{said}");
        assert_eq!(files(&out), whole);
        let aside = std::fs::read(out.join("calls.jsonl.damaged")).unwrap();
        assert!(aside.windows(damage.len()).any(|window| window == damage));
    }
    // A recording is only read: it is told of, and stays as it is.
    std::fs::write(&journal, [&text[..ends[3] + 1], b"{\n", &text[ends[3] + 1..]].concat()).unwrap();
    let replayed = home.path().join("replayed");
    let arguments = ["run", corpus.to_str().unwrap(), "--replay", out.to_str().unwrap()];
    let said = stderr(&run(&[&arguments[..], &["--out", replayed.to_str().unwrap()]].concat(), 0));
    assert!(said.contains("line 5 is damaged: it is left out"), "{said}");
    assert_eq!(files(&replayed), whole);
}

#[test]
fn a_manifest_with_a_number_that_was_turned_is_not_believed_and_one_without_checksum_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, out) = (small_corpus(folder.path()), folder.path().join("out"));
    expect(by_wording(&corpus, &out, &["--quiet"]), 0);
    let file = out.join("manifest.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let turned = text.replacen("\"clusters\": 4", "\"clusters\": 6", 1);
    assert_ne!(turned, text);
    std::fs::write(&file, &turned).unwrap();
    for command in [colligate(&["report", out.to_str().unwrap()]), by_wording(&corpus, &out, &["--resume"])] {
        let said = stderr(&expect(command, 2));
        assert!(said.contains("manifest.json") && said.contains("checksum"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), turned, "it is left as it is");
    // As an earlier version or another program writes it, in another order of the members.
    let mut values: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    let rewritten: serde_json::Map<String, Value> = values.clone().into_iter().rev().collect();
    values.remove("checksum").unwrap();
    for values in [values, rewritten] {
        std::fs::write(&file, Value::Object(values).to_string()).unwrap();
        run(&["report", out.to_str().unwrap()], 0);
    }
}

#[test]
fn vectors_that_are_not_what_the_run_wrote_are_not_used() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, out) = (small_corpus(home.path()), home.path().join("run"));
    expect(by_wording(&corpus, &out, &[]), 0);
    let (whole, file) = (files(&out), out.join("embeddings.npy"));
    let vectors = std::fs::read(&file).unwrap();
    let row = 256 * 4;
    let (start, end) = (vectors.len() - row, vectors.len());
    let mut foreign = [vectors.clone(), vectors.clone(), vectors.clone()];
    foreign[0][end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    foreign[1][start..].copy_from_slice(&vectors[start - row..start]);
    foreign[2].truncate(end - 1);
    for bytes in foreign {
        std::fs::write(&file, &bytes).unwrap();
        let said = stderr(&expect(by_wording(&corpus, &out, &["--resume"]), 0));
        assert!(said.contains("its vectors are not used"), "{said}");
        assert_eq!((files(&out), std::fs::read(&file).unwrap()), (whole.clone(), vectors.clone()));
    }
}

/// A second, and what a machine needs that runs many tests at once.
#[cfg(unix)]
const LATEST: Duration = Duration::from_secs(5);

/// Many texts of some length for the built-in model.
fn many_texts(folder: &Path, count: usize) -> PathBuf {
    let long = "and the parcel has still not arrived although the courier says that it has".repeat(8);
    let rows: Vec<_> = (0..count).map(|row| serde_json::json!({"text": format!("Letter {row}: {long}")})).collect();
    write_rows(&folder.join("many.jsonl"), &rows)
}

fn embeds(corpus: &Path, out: &Path, more: &[&str]) -> Command {
    let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "-k", "2", "--threads", "1"]);
    command.args(["--out", out.to_str().unwrap()]).args(more).stdout(Stdio::null());
    command
}

fn started(mut command: Command) -> Child {
    command.stderr(Stdio::piped()).spawn().unwrap()
}

/// Sends a signal; returns the exit code, what was said, and how long the end took.
#[cfg(unix)]
fn ended(child: Child, signal: &str) -> (Option<i32>, String, Duration) {
    let since = Instant::now();
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), stderr(&output), since.elapsed())
}

#[cfg(unix)]
fn until(mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(300), "waited in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(unix)]
#[test]
fn vectors_are_kept_as_they_are_computed() {
    let home = tempfile::tempdir().unwrap();
    let corpus = many_texts(home.path(), 3_000);
    let cache = home.path().join("cache");
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "safetensors");
    let in_run = home.path().join("uncached/colligate-vectors");
    let in_cache = cache.join("colligate-vectors");
    for (name, more, store) in
        [("uncached", &["--cache", "none"][..], &in_run), ("cached", &["--cache", cache.to_str().unwrap()], &in_cache)]
    {
        let out = home.path().join(name);
        let child = started(embeds(&corpus, &out, more));
        until(|| store.exists() && everything(store).keys().any(is_segment));
        ended(child, "-KILL");
        let mut child = started(embeds(&corpus, &out, &[more, &["--resume"]].concat()));
        let said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let found = said.into_iter().find(|line| line.contains("of 3000 vectors come from the cache"));
        assert!(found.is_some(), "{name}");
        assert_eq!(ended(child, "-TERM").0, Some(130), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn what_a_run_kept_of_its_vectors_goes_when_all_are_there() {
    let home = tempfile::tempdir().unwrap();
    let (corpus, out) = (small_corpus(home.path()), home.path().join("run"));
    expect(by_wording(&corpus, &out, &[]), 0);
    assert!(!out.join("colligate-vectors").exists() && out.join("embeddings.npy").exists());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_within_a_second_wherever_it_is() {
    let home = tempfile::tempdir().unwrap();
    let corpus = many_texts(home.path(), 3_000);
    for signal in ["-INT", "-TERM"] {
        let out = home.path().join(format!("embedding{signal}"));
        let child = started(embeds(&corpus, &out, &[]));
        until(|| out.join("manifest.json").exists());
        std::thread::sleep(Duration::from_millis(500));
        let (code, said, time) = ended(child, signal);
        assert_eq!(code, Some(130), "{said}");
        assert!(time < LATEST, "{time:?}");
        assert!(said.contains("--resume") && said.contains("error: interrupted"), "{said}");
        assert_eq!((&manifest(&out)["status"], &manifest(&out)["reason"]), (&"partial".into(), &"interrupted".into()));
    }
    // Clustering does not look: the run is ended from outside.
    let (corpus, out) = (repeated_corpus(home.path(), 200), home.path().join("clustering"));
    let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "--embedder", "static"]);
    command.args(["--out", out.to_str().unwrap()]);
    let child = started(command);
    until(|| out.join("embeddings.npy").exists());
    let (code, said, time) = ended(child, "-INT");
    assert_eq!(code, Some(130), "{said}");
    assert!(time < LATEST, "{time:?}");
    assert_eq!(manifest(&out)["status"], "partial");
    assert!(!out.join("clusters.jsonl").exists());
}

#[test]
fn eval_scores_the_documents_that_have_a_label_and_says_how_many_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Value> = (0..12)
        .map(|n| json!({"id": n, "text": if n % 2 == 0 { "the soup was cold" } else { "no seats were free" }}))
        .collect();
    let corpus = write_rows(&folder.path().join("a.jsonl"), &rows);
    let out = folder.path().join("run");
    let [corpus, out] = [&corpus, &out].map(|path| path.to_str().unwrap());
    run(&["run", corpus, "-k", "2", "--embedder", "static", "--out", out], 0);
    let file = folder.path().join("labels.csv");
    let evaluated = |labels: &str, code: i32| {
        std::fs::write(&file, labels).unwrap();
        run(&["eval", out, "--labels", file.to_str().unwrap(), "--label-field", "cause"], code)
    };
    let sample = stdout(&evaluated("cause;id\nfood;0\nfood;2\nroom;1\nroom;3\n;4\n", 0));
    assert!(sample.contains("4 documents, 2 clusters, 2 gold classes; 8 documents have no label and are left out"));
    assert!(sample.contains("ACC       100.0"), "{sample}");
    let all: String = (0..12).map(|n| format!("{n}\t{}\n", ["food", "room"][n % 2])).collect();
    assert!(!stdout(&evaluated(&format!("id\tcause\n{all}"), 0)).contains("no label"));
    let twice = stderr(&evaluated("id,cause\n0,food\n1,room\n0,food\n0,room\n", 2));
    assert!(twice.contains("lines 2 and 5 give document 0 two labels, \"food\" and \"room\""), "{twice}");
    let foreign = stdout(&evaluated("id,cause\n0,food\n1,room\nx,food\n", 0));
    assert!(foreign.contains("; 1 label is of no document of the run\n"), "{foreign}");
    let none = stderr(&evaluated("id,cause\nx,food\n", 2));
    assert!(none.contains("a label for none of the run's documents: its ids are such as \"x\""), "{none}");
}

#[test]
fn eval_takes_the_runs_own_tables_with_a_column_of_labels() {
    let folder = tempfile::tempdir().unwrap();
    let text = |n: usize| if n.is_multiple_of(2) { "the soup was cold" } else { "no seats were free" };
    let table = |head: &str, row: &dyn Fn(usize) -> String| {
        let rows: String = (0..12).map(|n| row(n) + "\n").collect();
        format!("{head}\n{rows}")
    };
    let evaluated = |corpus: &str, labels: &dyn Fn(&str) -> String| {
        let (file, out) = (folder.path().join("a.csv"), folder.path().join("run"));
        let _ = std::fs::remove_dir_all(&out);
        std::fs::write(&file, corpus).unwrap();
        run(&["run", file.to_str().unwrap(), "-k", "2", "--embedder", "static", "--out", out.to_str().unwrap()], 0);
        let own = std::fs::read_to_string(out.join("assignments.csv")).unwrap();
        std::fs::write(folder.path().join("labels.csv"), labels(&own)).unwrap();
        let labels = folder.path().join("labels.csv");
        let words = ["eval", out.to_str().unwrap(), "--labels", labels.to_str().unwrap(), "--label-field", "cause"];
        stdout(&run(&words, 0))
    };
    let cause = |n: usize| ["food", "room"][n % 2];
    let with_column = |own: &str| {
        let mut lines = own.lines();
        let head = format!("{},cause\n", lines.next().unwrap());
        head + &lines.enumerate().map(|(n, line)| format!("{line},{}\n", cause(n))).collect::<String>()
    };
    let plain = table("Id,text", &|n| format!("{},{}", n + 50, text(n)));
    assert!(evaluated(&plain, &with_column).contains("12 documents, 2 clusters, 2 gold classes\n"));
    let twice = table("Ticket ID,text", &|n| format!("{},{}", n / 2, text(n)));
    let labeled = table("Ticket ID,text,cause", &|n| format!("{},{},{}", n / 2, text(n), cause(n)));
    let by_line = evaluated(&twice, &|_| labeled.clone());
    assert!(by_line.contains("12 documents, 2 clusters, 2 gold classes\n"), "{by_line}");
    assert!(by_line.contains("ACC       100.0"), "{by_line}");
}
