//! What a run may cost: foreseen, capped, stopped anywhere, resumed.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::common::mocked::Mocked;
use crate::common::*;
use serde_json::Value;

fn command(folder: &Path, mock: &Mocked, name: &str, more: &[&str]) -> (PathBuf, std::process::Command) {
    let (corpus, out) = (folder.join("small.jsonl"), folder.join(name));
    let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "--method", "goalex"]);
    command.args(["--rounds", "1", "--candidates", "4", "--out", out.to_str().unwrap(), "--llm", &mock.address]);
    command.args(more);
    (out, command)
}

fn asked(folder: &Path, mock: &Mocked, name: &str, more: &[&str], code: i32) -> (PathBuf, String) {
    let (out, command) = command(folder, mock, name, more);
    let output = expect(command, code);
    (out, stderr(&output))
}

/// No question whose answer stands in the journal was asked again.
fn nothing_asked_twice(run: &Path) {
    let calls = lines(&run.join("calls.jsonl"));
    let whole = calls.iter().filter(|call| call["reply"]["content"].is_string());
    let mut keys: Vec<&str> = whole.map(|call| call["key"].as_str().unwrap()).collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all, "a question was asked twice");
}

#[test]
fn what_is_foreseen_holds_what_is_then_used() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&[]);
    let prices = ["--price-in", "2", "--price-out", "10"];
    let (_, mut dry) = command(folder.path(), &mock, "run", &prices);
    dry.args(["--dry-run", "--json"]);
    let foreseen: Value = serde_json::from_str(&stdout(&expect(dry, 0))).unwrap();
    assert!(mock.counts()["stages"].as_object().unwrap().is_empty(), "{}", mock.counts());
    assert!(!folder.path().join("run").exists());
    let (run, _) = asked(folder.path(), &mock, "run", &prices, 0);
    let usage = &manifest(&run)["usage"];
    let within = |used: f64, range: &Value| {
        assert!(range["low"].as_f64().unwrap() <= used && used <= range["high"].as_f64().unwrap(), "{used} {range}");
    };
    for (used, foreseen) in [
        ("calls", &foreseen["total"]["questions"]),
        ("prompt_tokens", &foreseen["total"]["prompt_tokens"]),
        ("completion_tokens", &foreseen["total"]["completion_tokens"]),
        ("cost", &foreseen["cost"]),
    ] {
        within(usage[used].as_f64().unwrap(), foreseen);
    }
    let (_, mut table) = command(folder.path(), &mock, "x", &["--dry-run"]);
    table.arg("--price-in=1");
    let table = stdout(&expect(table, 0));
    assert!(table.starts_with("nothing is asked") && table.contains("\ntotal "), "{table}");
}

#[test]
fn a_cap_is_never_overshot_and_the_run_goes_on_from_there() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&[]);
    let (whole, _) = asked(folder.path(), &mock, "whole", &[], 0);
    let used = manifest(&whole)["usage"].clone();
    let tokens = used["prompt_tokens"].as_u64().unwrap() + used["completion_tokens"].as_u64().unwrap();
    let caps: [(&str, &[&str]); 3] = [
        ("calls", &["--max-calls", "60"]),
        ("tokens", &["--max-tokens", "9000"]),
        ("cost", &["--max-cost", "0.02", "--price-in", "2", "--price-out", "4"]),
    ];
    for (name, cap) in caps {
        let (run, said) = asked(folder.path(), &mock, name, &[cap, &["--concurrency", "8"]].concat(), 3);
        let (manifest, usage) = (manifest(&run), manifest(&run)["usage"].clone());
        let spent = usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
        match name {
            "calls" => assert!(usage["calls"].as_u64().unwrap() <= 60, "{usage}"),
            "tokens" => assert!(spent <= 9_000 && spent > 5_000 && spent < tokens, "{usage}"),
            _ => assert!(usage["cost"].as_f64().unwrap() <= 0.02, "{usage}"),
        }
        assert_eq!(manifest["status"], "partial");
        let reason = manifest["reason"].as_str().unwrap().to_owned();
        assert!(reason.starts_with(&format!("--max-{name} was reached: ")), "{reason}");
        let out = run.display().to_string();
        assert!(said.contains(&format!("--out {out} --resume")) && !said.contains("--resume --max"), "{said}");
        check_invariants(&run);
        let (run, _) = asked(folder.path(), &mock, name, &["--resume"], 0);
        assert_eq!(files(&run), files(&whole), "{name}");
        nothing_asked_twice(&run);
    }
}

#[test]
fn caps_hold_for_the_whole_run_however_often_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&[]);
    let caps = ["--max-calls", "40", "--max-cost", "0.02", "--price-in", "2", "--price-out", "4"];
    for session in 0..4 {
        let resume: &[&str] = if session == 0 { &[] } else { &["--resume"] };
        let (run, said) = asked(folder.path(), &mock, "run", &[&caps[..], resume].concat(), 3);
        let usage = manifest(&run)["usage"].clone();
        assert!(
            usage["run"]["calls"].as_u64().unwrap() <= 40 && usage["run"]["cost"].as_f64().unwrap() <= 0.02,
            "{usage}"
        );
        assert_eq!(usage["calls"].as_u64() == Some(0), session > 0, "{usage}");
        assert!(said.contains("in this session") && said.contains("in the whole run"), "{said}");
    }
    let sent: u64 =
        mock.counts()["stages"].as_object().unwrap().values().map(|count| count.as_u64().unwrap_or(0)).sum();
    assert!(sent <= 40, "{}", mock.counts());
    let (run, _) = asked(folder.path(), &mock, "run", &["--resume"], 0);
    assert!(manifest(&run)["usage"]["run"]["calls"].as_u64() > manifest(&run)["usage"]["calls"].as_u64());
}

/// A scripted model that counts as `count` says, from the question's bytes: tokens of prompt and completion.
fn counting(count: impl Fn(usize) -> (usize, usize) + Send + Sync + 'static) -> Server {
    Server::start(move |question| {
        let Scripted { status, body } = judge(question);
        let mut body: Value = serde_json::from_str(&body).unwrap();
        let (prompt, completion) = count(question.len());
        body["usage"] = serde_json::json!({"prompt_tokens": prompt, "completion_tokens": completion});
        Scripted { status, body: body.to_string() }
    })
}

#[test]
fn a_cap_of_tokens_holds_whatever_the_body_allows_and_a_template_adds() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = repeated_corpus(folder.path(), 2);
    let extra = folder.path().join("extra.json");
    std::fs::write(&extra, r#"{"max_tokens": 3000}"#).unwrap();
    let fixed = ["--questions", "200", "--ask", "many", "--concurrency", "32", "--max-tokens", "30000"];
    let with_extra = [&fixed[..], &["--extra-body", extra.to_str().unwrap()]].concat();
    let cases: [(Server, &[&str]); 3] = [
        (counting(|bytes| (bytes / 4, 3_000)), &with_extra),
        (counting(|bytes| (bytes * 3 / 4 + 600, 9)), &fixed),
        (counting(|bytes| (2 * bytes, 1_200)), &fixed),
    ];
    for (number, (server, more)) in cases.iter().enumerate() {
        let out = folder.path().join(format!("run{number}"));
        ask_at(&server.address, &corpus, &out, more, 3);
        let run = manifest(&out)["usage"]["run"].clone();
        let spent = run["prompt_tokens"].as_u64().unwrap() + run["completion_tokens"].as_u64().unwrap();
        assert!(spent <= 30_000 && spent > 10_000, "{number}: {run}");
    }
}

#[test]
fn no_request_begins_after_the_time() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&["--latency", "100"]);
    let (run, _) = asked(folder.path(), &mock, "run", &["--max-minutes", "0.02", "--concurrency", "2"], 3);
    let usage = &manifest(&run)["usage"];
    // The time counts from the run's beginning: where embedding takes it all, not even a proposal is asked for.
    assert!(usage["not_asked"].as_u64().unwrap() > 1 && usage["calls"].as_u64().unwrap() < 30, "{usage}");
}

#[test]
fn a_cost_needs_prices() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&[]);
    let prices: [&[&str]; 4] = [&[], &["--price-in", "1"], &["--price-out", "1"], &["--price-embedding", "1"]];
    for prices in prices {
        let (_, said) = asked(folder.path(), &mock, "run", &[&["--max-cost", "1"], prices].concat(), 2);
        assert!(said.contains("--price-in"), "{said}");
    }
    for value in ["nan", "inf", "-1", "1e999"] {
        for flag in ["--max-cost", "--max-minutes", "--price-in", "--timeout", "--max-share", "--cluster-penalty"] {
            let (run, _) = asked(folder.path(), &mock, "run", &[&format!("{flag}={value}")], 2);
            assert!(!run.exists(), "{flag} {value}");
        }
    }
    for flag in ["--threads=10000", "--concurrency=100000", "--rounds=100000", "--timeout=0"] {
        asked(folder.path(), &mock, "run", &[flag], 2);
    }
}

/// Starts a run and stops it when its journal has some lines.
fn stopped(folder: &Path, mock: &Mocked, name: &str, more: &[&str], lines: usize, signal: &str) -> Child {
    let (out, mut command) = command(folder, mock, name, more);
    let mut child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let journal = out.join("calls.jsonl");
    for _ in 0..3_000 {
        let written = std::fs::read_to_string(&journal).unwrap_or_default().lines().count();
        if written >= lines || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
    child
}

#[cfg(unix)]
#[test]
fn a_run_killed_anywhere_ends_the_same_and_asks_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&["--latency", "5"]);
    let (whole, _) = asked(folder.path(), &mock, "whole", &[], 0);
    let moments: Vec<usize> = match std::env::var("COLLIGATE_TEST_KILLS") {
        Ok(kills) => (0..kills.parse().unwrap()).map(|kill: usize| 1 + kill * 6).collect(),
        Err(_) => vec![1, 40, 130],
    };
    for (number, &moment) in moments.iter().enumerate() {
        let resume: &[&str] = if number == 0 { &[] } else { &["--resume"] };
        stopped(folder.path(), &mock, "killed", resume, moment, "-KILL").wait().unwrap();
    }
    let (run, _) = asked(folder.path(), &mock, "killed", &["--resume"], 0);
    assert_eq!(files(&run), files(&whole));
    nothing_asked_twice(&run);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_with_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&["--latency", "30"]);
    let mut child = stopped(folder.path(), &mock, "run", &[], 30, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let run = folder.path().join("run");
    check_invariants(&run);
    let manifest = manifest(&run);
    assert_eq!(manifest["status"], "partial");
    assert!(manifest["reason"].as_str().unwrap().starts_with("interrupted: "), "{manifest}");
    asked(folder.path(), &mock, "run", &["--resume"], 0);
}

#[test]
fn a_torn_last_line_is_told_of_and_another_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&[]);
    let (run, _) = asked(folder.path(), &mock, "run", &["--max-calls", "30"], 3);
    let journal = run.join("calls.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, &text[..text.len() - 20]).unwrap();
    let (_, said) = asked(folder.path(), &mock, "run", &["--resume", "--max-calls", "30"], 3);
    assert!(said.contains("last line was torn"), "{said}");
    let (_, said) = asked(folder.path(), &mock, "run", &["--resume", "--model", "other"], 2);
    assert!(said.contains("the run asked scripted, not other"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_journal_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&[]);
    let (run, _) = asked(folder.path(), &mock, "run", &["--max-calls", "3"], 3);
    let journal = run.join("calls.jsonl");
    std::fs::remove_file(&journal).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&journal).status().unwrap().success());
    let (_, said) = asked(folder.path(), &mock, "run", &["--resume"], 1);
    assert!(said.contains("calls.jsonl: is not a file"), "{said}");
}

#[test]
fn two_processes_do_not_share_a_run_directory() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&["--latency", "50"]);
    let (out, mut first) = command(folder.path(), &mock, "run", &[]);
    let mut first = first.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    while !out.join("calls.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let (_, said) = asked(folder.path(), &mock, "run", &["--resume"], 2);
    assert!(said.contains("another run is writing here"), "{said}");
    first.kill().unwrap();
    first.wait().unwrap();
    asked(folder.path(), &mock, "run", &["--resume"], 0);
}

/// No file may grow beyond `kilobytes`, as on a disk that is full.
#[cfg(unix)]
fn on_a_full_disk(command: std::process::Command, kilobytes: usize) -> std::process::Command {
    let mut shell = std::process::Command::new("bash");
    shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"")]);
    shell.arg(command.get_program()).args(command.get_args());
    shell
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up_loses_no_answer_and_the_run_goes_on_later() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&[]);
    let (whole, _) = asked(folder.path(), &mock, "whole", &[], 0);
    let (out, full) = command(folder.path(), &mock, "run", &[]);
    let size = |run: &Path, name: &str| std::fs::metadata(run.join(name)).unwrap().len() / 1024;
    let limit = size(&whole, "embeddings.npy") + 2;
    assert!(size(&whole, "calls.jsonl") > limit, "the journal outgrows the vectors");
    let said = stderr(&expect(on_a_full_disk(full, limit as usize), 1));
    assert!(said.contains("calls.jsonl") && said.contains("large"), "{said}");
    let (out, _) = asked(folder.path(), &mock, out.file_name().unwrap().to_str().unwrap(), &["--resume"], 0);
    assert_eq!(files(&out), files(&whole));
    check_invariants(&out);
    nothing_asked_twice(&out);
}
