//! Every fault of a server, at every stage, against the real program: no fault turns into a wrong answer.

use std::path::{Path, PathBuf};

use crate::common::mocked::Mocked;
use crate::common::*;

/// A run of the small corpus against a mock; returns its directory, its exit code and what it said.
fn asked(folder: &Path, mock: &Mocked, name: &str, more: &[&str]) -> (PathBuf, i32, String) {
    let (corpus, out) = (folder.join("small.jsonl"), folder.join(name));
    let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "--method", "goalex"]);
    command.args(["--rounds", "1", "--candidates", "4", "--out", out.to_str().unwrap()]);
    command.args(["--llm", &mock.address]).args(more).env("OPENAI_API_KEY", "a-key");
    for (flag, value) in [("--timeout", "1"), ("--wait", "2")] {
        if !more.contains(&flag) {
            command.args([flag, value]);
        }
    }
    let output = command.output().unwrap();
    (out, output.status.code().unwrap(), stderr(&output))
}

/// What a fault must lead to.
#[derive(Clone, Copy)]
enum Leads {
    /// To the same result as without it.
    Same,
    /// To a partial run that says so, or to a whole one where another question could mend it.
    Gaps,
    /// To the end of the run.
    End,
}

/// Faults, and where they lead at any stage. `attempts=1`: the first attempt at every question; `first=N`: the first N.
const FAULTS: [(&str, Leads); 27] = [
    ("429:attempts=1", Leads::Same),
    ("429-after=1:first=1", Leads::Same),
    ("429-date=1:first=1", Leads::Same),
    ("408:first=2", Leads::Same),
    ("500:first=2", Leads::Same),
    ("503:first=3", Leads::Same),
    ("529:first=2", Leads::Same),
    ("html:first=2", Leads::Same),
    ("empty:first=2", Leads::Same),
    ("truncated:first=2", Leads::Same),
    ("invalid-utf8:first=2", Leads::Same),
    ("drop:first=2", Leads::Same),
    ("reset:first=2", Leads::Same),
    ("hang:first=1", Leads::Same),
    ("fence:first=1", Leads::Same),
    ("schema:first=1", Leads::Same),
    ("refusal:first=1", Leads::Same),
    ("reasoning:first=1", Leads::Same),
    ("length:first=1", Leads::Gaps),
    ("huge:first=1", Leads::Gaps),
    ("context:first=1", Leads::Gaps),
    ("400:first=1", Leads::Gaps),
    ("401:first=1", Leads::End),
    ("402:first=1", Leads::End),
    ("403:first=1", Leads::End),
    ("quota:first=1", Leads::End),
    ("429:1", Leads::End),
];

fn every_fault_at(stage: &str) {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let few: Vec<_> = lines(&corpus).into_iter().take(12).collect();
    write_rows(&corpus, &few);
    let good = Mocked::knowing(&["--dialect", "lmstudio"]);
    let (whole, code, said) = asked(folder.path(), &good, "whole", &[]);
    assert_eq!(code, 0, "{said}");
    for (number, (fault, leads)) in FAULTS.iter().enumerate() {
        let arguments = ["--dialect", "lmstudio", "--fault", fault, "--fault-stage", stage];
        let mock = Mocked::knowing(&arguments);
        let (run, code, said) = asked(folder.path(), &mock, &format!("run{number}"), &[]);
        let context = format!("{fault} at {stage}: exit {code}\n{said}");
        check_invariants_of(&run, code);
        let manifest = manifest(&run);
        match leads {
            Leads::Same => {
                assert_eq!((code, &manifest["status"]), (0, &"complete".into()), "{context}");
                assert_eq!(files(&run), files(&whole), "{context}");
            }
            Leads::Gaps => {
                let failed = manifest["usage"]["failed"].as_u64().unwrap();
                assert!((code, failed) == (4, 1) || (code, failed) == (0, 0), "{context}");
            }
            Leads::End => assert_eq!((code, &manifest["status"]), (5, &"failed".into()), "{context}"),
        }
        let is_counted = manifest["usage"]["faults"].as_object().is_some_and(|faults| !faults.is_empty());
        let is_answer =
            ["fence", "schema", "refusal", "reasoning", "length"].iter().any(|kind| fault.starts_with(kind));
        assert!(is_counted != is_answer, "{context}\n{}", manifest["usage"]);
    }
}

/// A run that failed has no assignments; every other run reconciles.
fn check_invariants_of(run: &Path, code: i32) {
    if code != 5 {
        check_invariants(run);
    }
}

#[test]
fn every_fault_at_propose() {
    every_fault_at("propose");
}

#[test]
fn every_fault_at_assign() {
    every_fault_at("assign");
}

#[test]
fn every_fault_at_explain() {
    every_fault_at("explain");
}

#[test]
fn mixed_faults_at_every_stage_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let good = Mocked::knowing(&[]);
    let (whole, code, _) = asked(folder.path(), &good, "whole", &[]);
    let mixed = ["429:0.02", "500:0.02", "drop:0.02", "truncated:0.02", "empty:0.02"];
    let arguments: Vec<&str> = mixed.iter().flat_map(|fault| ["--fault", fault]).collect();
    let ill = Mocked::knowing(&arguments);
    let (run, ill_code, said) = asked(folder.path(), &ill, "ill", &["--concurrency", "8"]);
    assert_eq!((code, ill_code), (0, 0), "{said}");
    assert_eq!(files(&run), files(&whole));
    let usage = &manifest(&run)["usage"];
    assert!(usage["retries"].as_u64().unwrap() > 5, "{usage}");
}

#[test]
fn a_starting_server_is_waited_for_and_an_absent_one_is_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let slow = Mocked::knowing(&["--slow-start", "8"]);
    let (_, code, said) = asked(folder.path(), &slow, "slow", &["--wait", "40"]);
    assert!(code == 0 && said.contains("waiting for 127.0.0.1:"), "{said}");
    let gone = Mocked::knowing(&[]);
    let address = gone.address.clone();
    drop(gone);
    let corpus = folder.path().join("small.jsonl");
    let out = folder.path().join("gone");
    let arguments = ["run", corpus.to_str().unwrap(), "--goal", "why?", "--out", out.to_str().unwrap()];
    let mut command = colligate(&arguments);
    command.args(["--llm", &address, "--model", "m", "--method", "goalex", "--wait", "0.5"]);
    let said = stderr(&expect(command, 5));
    assert!(said.contains("is the server running there?"), "{said}");
    assert!(!out.exists(), "nothing was asked or embedded");
}

#[test]
fn what_a_server_refuses_is_left_out_once_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let openai = Mocked::knowing(&["--dialect", "openai"]);
    let (run, code, said) = asked(folder.path(), &openai, "run", &["--model", "scripted", "--concurrency", "1"]);
    assert_eq!(code, 0, "{said}");
    let probes: Vec<_> = lines(&run.join("calls.jsonl")).into_iter().filter(|line| line["probe"].is_object()).collect();
    assert_eq!(probes.last().unwrap()["probe"]["refused"], serde_json::json!(["max_tokens"]), "{probes:?}");
    assert_eq!(manifest(&run)["usage"]["faults"]["unsupported-max_tokens"], 1);
}

#[test]
fn every_dialect_leads_to_the_same_clusters() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mut labels = Vec::new();
    for dialect in ["llamacpp", "vllm", "ollama", "lmstudio", "openai", "openrouter", "azure"] {
        let mock = Mocked::knowing(&["--dialect", dialect]);
        let (run, code, said) = asked(folder.path(), &mock, dialect, &["--model", "scripted"]);
        assert_eq!(code, 0, "{dialect}: {said}");
        let mut found: Vec<String> = lines(&run.join("clusters.jsonl"))
            .iter()
            .map(|cluster| format!("{} {}", cluster["label"], cluster["size"]))
            .collect();
        found.sort();
        labels.push(found);
    }
    assert!(labels[0].len() == 4 && labels.iter().all(|found| *found == labels[0]), "{labels:?}");
}

#[test]
fn a_prompt_that_is_too_long_is_asked_with_shorter_documents() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let mut rows = lines(&corpus);
    rows[0]["text"] = format!("The parcel is late. {}", "Nobody knows where it went and why. ".repeat(200)).into();
    write_rows(&corpus, &rows);
    let mock = Mocked::knowing(&["--context", "1200"]);
    let (run, code, said) = asked(folder.path(), &mock, "run", &[]);
    assert_eq!(code, 0, "{said}");
    let manifest = manifest(&run);
    assert!(manifest["usage"]["shortened"].as_u64().unwrap() >= 4, "{}", manifest["usage"]);
    assert!(manifest["warnings"].to_string().contains("shortened documents"));
    let line = &lines(&run.join("assignments.jsonl"))[0];
    assert_eq!(line["status"], "assigned", "{line}");
}

#[test]
fn a_prompt_that_a_server_cuts_silently_is_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let mut rows = lines(&corpus);
    rows[0]["text"] = format!("The parcel is late. {}", "Nobody knows where it went and why. ".repeat(1_000)).into();
    write_rows(&corpus, &rows);
    let mock = Mocked::knowing(&["--dialect", "ollama", "--context", "2048"]);
    let (run, code, said) = asked(folder.path(), &mock, "run", &["--timeout", "5"]);
    assert_eq!(code, 4, "{said}");
    let line = &lines(&run.join("assignments.jsonl"))[0];
    assert!(line["status"] == "failed" && line["reason"].to_string().contains("raise its context length"), "{line}");
    assert_eq!(manifest(&run)["usage"]["faults"]["prompt-cut"], 4);
}

#[test]
fn a_proxy_is_used_where_the_environment_names_one() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let proxy = Mocked::knowing(&[]);
    let through = |name: &str, not_for: &str| {
        let out = folder.path().join(name);
        let mut command = colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "--method", "goalex"]);
        command.args(["--rounds", "1", "--candidates", "4", "--out", out.to_str().unwrap()]);
        command.args(["--llm", "http://model.invalid/v1", "--wait", "0"]);
        command.env("HTTP_PROXY", proxy.address.trim_end_matches("/v1")).env("NO_PROXY", not_for);
        stderr(&expect(command, 5))
    };
    // The mock answers only to names of this machine: its refusal shows that it was asked.
    let (proxied, direct) = (through("proxied", ""), through("direct", "model.invalid"));
    assert!(proxied.contains("only for 127.0.0.1"), "{proxied}");
    assert!(direct.contains("is the host's name right?"), "{direct}");
}

#[test]
fn a_run_that_cannot_be_gone_on_with_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    small_corpus(folder.path());
    let mock = Mocked::knowing(&[]);
    let (run, _, _) = asked(folder.path(), &mock, "run", &[]);
    let before = manifest(&run);
    let (_, code, said) = asked(folder.path(), &mock, "run", &["--resume", "--model", "other"]);
    assert_eq!((code, manifest(&run)), (2, before), "{said}");
}

/// A reply as a server may send it: the same answer, with a field that nobody needs spoiled.
fn spoiled(kind: &str, reply: Scripted) -> Scripted {
    let mut body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    let content = body["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    let top = |first: &str, second: &str| {
        format!(
            r#"[{{"token":"B","logprob":{first}}},{{"token":"A","logprob":{second}}},{{"token":"Yes","logprob":{second}}}]"#
        )
    };
    let probabilities = |first: &str, second: &str| {
        let listed = serde_json::json!({"content": [{"token": content, "top_logprobs": "@"}]});
        let mut body = body.clone();
        body["choices"][0]["logprobs"] = listed;
        body.to_string().replace("\"@\"", &top(first, second))
    };
    let text = match kind {
        "bom" => format!("\u{feff}{body}"),
        "nan" => probabilities("NaN", "-0.1"),
        "huge" => probabilities("1000.0", "-0.1"),
        "null" => probabilities("null", "null"),
        "parts" => {
            body["choices"][0]["message"]["content"] = serde_json::json!([{"type": "text", "text": content}]);
            body.to_string()
        }
        "usage" => {
            body["usage"] = serde_json::json!({"prompt_tokens": 1.8e19, "completion_tokens": "-3", "total_tokens": []});
            body.to_string()
        }
        "stream" => {
            let event =
                |delta: &str| format!("data: {}\n\n", serde_json::json!({"choices": [{"delta": {"content": delta}}]}));
            let (one, other) = content.split_at(content.char_indices().nth(1).map_or(0, |(place, _)| place));
            format!("{}{}data: [DONE]\n\n", event(one), event(other))
        }
        _ => reply.body,
    };
    Scripted { status: reply.status, body: text }
}

#[test]
fn a_good_answer_is_never_lost_by_a_field_that_it_does_not_need() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let ask = |kind: &'static str| {
        let server = Server::start(move |question| spoiled(kind, judge(question)));
        let out = folder.path().join(kind);
        let more = ["--questions", "50", "--ask", "letter", "--embedder", "static"];
        ask_at(&server.address, &corpus, &out, &more, 0);
        let sent = server.asked().len();
        // What was journalled reads back: nothing is asked again.
        ask_at(&server.address, &corpus, &out, &[&more[..], &["--resume"]].concat(), 0);
        assert_eq!(server.asked().len(), sent, "{kind}");
        (sent, files(&out))
    };
    let plain = ask("plain");
    for kind in ["bom", "nan", "huge", "null", "parts", "usage", "stream"] {
        assert_eq!(ask(kind), plain, "{kind}");
    }
}

#[test]
fn a_server_that_answers_nothing_is_given_up_after_the_time_of_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let server = Server::start(|_| {
        std::thread::sleep(std::time::Duration::from_secs(60));
        completion("too late")
    });
    let more = ["--questions", "20", "--timeout", "1", "--wait", "1"];
    ask_at(&server.address, &corpus, &folder.path().join("run"), &more, 5);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_reply_that_is_sent_twice_answers_one_question_only() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let more = ["--method", "goalex", "--rounds", "1", "--concurrency", "1"];
    let results = [1, 2].map(|times| {
        let (server, out) = (Server::repeating(times, judge), folder.path().join(format!("run{times}")));
        ask_at(&server.address, &corpus, &out, &more, 0);
        files(&out)
    });
    assert_eq!(results[0], results[1]);
}
