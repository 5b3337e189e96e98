//! `--judge`: a decision model says which candidates hold, in both protocols, beside a model that proposes or a codebook.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::mocked::{Mocked, PARCELS};
use crate::common::*;
use serde_json::Value;

const PROTOCOLS: [&str; 2] = ["systemone", "decisions"];
/// The groups of the small corpus.
const CODEBOOK: &str = "label,predicate
late parcels,\"In this document, the writer waits for a parcel\"
noisy brakes,\"In this document, the writer complains about a brake\"
refunds,\"In this document, the writer wants a refund\"
praise,\"In this document, the writer thanks the team\"
";

/// A folder with the first documents of the small corpus, and the codebook.
struct Desk {
    folder: tempfile::TempDir,
    corpus: PathBuf,
    codebook: PathBuf,
}

impl Desk {
    fn with(documents: usize) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let corpus = small_corpus(folder.path());
        let few: Vec<Value> = lines(&corpus).into_iter().take(documents).collect();
        write_rows(&corpus, &few);
        let codebook = folder.path().join("codebook.csv");
        std::fs::write(&codebook, CODEBOOK).unwrap();
        Desk { folder, corpus, codebook }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command that has a judge choose from the codebook.
    fn command(&self, judge: &str, name: &str, more: &[&str]) -> (PathBuf, Command) {
        let out = self.path(name);
        let [corpus, codebook, out_name] = [&self.corpus, &self.codebook, &out].map(|path| path.to_str().unwrap());
        let codebook = ["--codebook", codebook, "--judge", judge, "--test-size", "0"];
        let mut command = colligate(&[&["run", corpus, "--goal", "why?"], &codebook[..]].concat());
        command.args(["--out", out_name]).args(more);
        for (flag, value) in [("--timeout", "3"), ("--wait", "8")] {
            if !more.contains(&flag) {
                command.args([flag, value]);
            }
        }
        (out, command)
    }

    /// Runs it; returns its directory, its exit code and what it said.
    fn judged(&self, judge: &str, name: &str, more: &[&str]) -> (PathBuf, i32, String) {
        let (out, mut command) = self.command(judge, name, more);
        let output = command.output().unwrap();
        (out, output.status.code().unwrap(), stderr(&output))
    }

    /// The same where it must end well.
    fn whole(&self, judge: &str, name: &str, more: &[&str]) -> PathBuf {
        let (out, code, said) = self.judged(judge, name, more);
        assert_eq!(code, 0, "{said}");
        check_invariants(&out);
        out
    }
}

/// Each document that is `failed` aside, all have the clusters that they have in the `whole` run. Returns those that failed.
fn failed_or_same(run: &Path, whole: &Path, context: &str) -> Vec<String> {
    let clusters = |line: &Value| -> Vec<Value> {
        line["clusters"].as_array().unwrap().iter().map(|membership| membership["id"].clone()).collect()
    };
    let mut failed = Vec::new();
    for (line, wanted) in lines(&run.join("assignments.jsonl")).iter().zip(lines(&whole.join("assignments.jsonl"))) {
        if line["status"] == "failed" {
            failed.push(line["id"].as_str().unwrap().to_owned());
        } else {
            assert_eq!(clusters(line), clusters(&wanted), "{context}\n{line}");
        }
    }
    failed
}

#[test]
fn both_protocols_and_every_method_find_the_groups_of_a_codebook() {
    let desk = Desk::with(40);
    for method in ["auto", "goalex", "classify"] {
        let runs = PROTOCOLS.map(|protocol| {
            let judge = Mocked::deciding(protocol, &[]);
            let run = desk.whole(&judge.address, &format!("{method}-{protocol}"), &["--method", method]);
            let manifest = manifest(&run);
            assert_eq!(
                (&manifest["judge"]["protocol"], &manifest["judge"]["name"]),
                (&protocol.into(), &"scripted".into())
            );
            assert!(manifest["model"].is_null() && manifest["plan"]["ask"]["value"] == "decide", "{manifest}");
            let counts = judge.counts();
            let asked = counts["stages"]["decide"].as_u64().unwrap();
            // One request a document, whatever the number of candidates; `auto` asks some twice.
            assert!(if method == "auto" { asked > 40 } else { asked == 40 }, "{method} {counts}");
            assert_eq!((&counts["unanswered"], &counts["stages"]["probe"]), (&0.into(), &1.into()), "{counts}");
            assert_eq!(right(&run), 40, "{method} {protocol}");
            run
        });
        assert_eq!(files(&runs[0]), files(&runs[1]), "{method}");
        let (_, mut estimated) =
            desk.command("http://127.0.0.1:9/v1", "none", &["--method", method, "--ask", "decide"]);
        let estimate = stdout(&estimated.args(["--dry-run", "--json"]).output().unwrap());
        let estimate: Value = serde_json::from_str(&estimate).unwrap();
        let expected = estimate["total"]["questions"]["expected"].as_f64().unwrap();
        assert!(if method == "auto" { expected >= 40.0 } else { expected == 40.0 }, "{method} {estimate}");
        check_replay(&desk.corpus, &runs[0]);
        std::fs::remove_dir_all(desk.path("replayed")).unwrap();
    }
}

#[test]
fn a_model_proposes_a_judge_decides_and_each_gets_its_own_key() {
    let desk = Desk::with(40);
    let (model, judge) = (Server::knowing(), Server::deciding(decide));
    let out = desk.path("run");
    let [corpus, out_name] = [&desk.corpus, &out].map(|path| path.to_str().unwrap());
    let key = desk.path("key.txt");
    std::fs::write(&key, "canary-83617-file").unwrap();
    let asked = ["--llm", &model.address, "--judge", &judge.address, "--test-size", "0"];
    let arguments = [&["run", corpus, "--goal", "why?"], &asked[..]].concat();
    let mut command = colligate(&arguments);
    command.args(["--judge-key-env", "JUDGE_KEY", "--method", "classify", "--out", out_name]);
    command.env("OPENAI_API_KEY", "canary-83617-model").env("JUDGE_KEY", "canary-83617-judge");
    let output = expect(command, 0);
    assert!(!has_canary(&output.stdout) && !has_canary(&output.stderr));
    check_invariants(&out);
    assert_eq!(right(&out), 40);
    let [of_model, of_judge] = [model.keys(), judge.keys()].map(|keys| keys.into_iter().collect::<Vec<_>>());
    assert_eq!((of_model, of_judge), (vec!["canary-83617-model".to_owned()], vec!["canary-83617-judge".to_owned()]));
    let is_for_judge =
        |question: &String| question.contains("with its letter alone") || question.contains("\"groups\"");
    assert!(!model.asked().is_empty() && !model.asked().iter().any(is_for_judge), "proposals and labels only");
    assert!(judge.asked().len() == 41 && judge.asked().iter().all(|body| body.contains("\"state\"")));
    let manifest = manifest(&out);
    assert_eq!((&manifest["model"]["name"], &manifest["judge"]["name"]), (&"scripted".into(), &"scripted".into()));

    // The model's key is not for another host, and a file holds one as well as a variable.
    for (name, more, sent) in [
        ("bare", vec!["--method", "classify"], vec![]),
        ("file", vec!["--method", "classify", "--judge-key-file", key.to_str().unwrap()], vec!["canary-83617-file"]),
    ] {
        let judge = Server::deciding(decide);
        let (_, mut command) = desk.command(&judge.address, name, &more);
        let output = command.env("OPENAI_API_KEY", "canary-83617-model").output().unwrap();
        assert!(output.status.success() && !has_canary(&output.stderr), "{}", stderr(&output));
        assert_eq!(judge.keys().into_iter().collect::<Vec<_>>(), sent, "{name}");
    }
    std::fs::remove_file(key).unwrap();
    assert!(no_file_holds_it(desk.folder.path()) > 20);
}

#[test]
fn caps_are_for_both_and_what_they_left_is_asked_on_resume() {
    let desk = Desk::with(40);
    let (model, judge) = (Mocked::knowing(&[]), Mocked::deciding("systemone", &[]));
    let run = |name: &str, more: &[&str], code: i32| {
        let fixed = ["--method", "classify", "--judge", &judge.address];
        ask_at(&model.address, &desk.corpus, &desk.path(name), &[&fixed, more].concat(), code);
        desk.path(name)
    };
    let sent = || {
        let count = |mock: &Mocked, path: &str| mock.counts()["endpoints"][path].as_u64().unwrap_or(0);
        [count(&model, "/v1/chat/completions"), count(&judge, "/v1/systemone")]
    };
    let capped = run("capped", &["--max-calls", "20"], 3);
    let [of_model, of_judge] = sent();
    assert_eq!((of_model + of_judge, of_model), (20, 4), "three batches, one that merges");
    let usage = manifest(&capped)["usage"].clone();
    assert_eq!((&usage["calls"], &usage["run"]["calls"]), (&20.into(), &20.into()), "{usage}");
    let left = lines(&capped.join("assignments.jsonl")).iter().filter(|line| line["status"] == "failed").count();
    assert!(left > 20 && failed_or_same(&capped, &run("whole", &[], 0), "capped").len() == left);
    let tokens = manifest(&run("tokens", &["--max-tokens", "6000"], 3))["usage"]["run"].clone();
    assert!(
        tokens["prompt_tokens"].as_u64().unwrap() + tokens["completion_tokens"].as_u64().unwrap() <= 6_000,
        "{tokens}"
    );
    assert_eq!(files(&run("capped", &["--resume"], 0)), files(&desk.path("whole")));
}

/// What a fault must lead to.
#[derive(Clone, Copy)]
enum Leads {
    /// To the same result as without it.
    Same,
    /// To so many documents that failed, and a partial run.
    Gaps(usize),
    /// To the end of the run.
    End,
}

/// Faults of either protocol, and where they lead where a document is one choice.
const FAULTS: [(&str, Leads); 25] = [
    ("429:attempts=1", Leads::Same),
    ("429-after=1:first=1", Leads::Same),
    ("408:first=2", Leads::Same),
    ("500:first=2", Leads::Same),
    ("503:first=3", Leads::Same),
    ("html:first=2", Leads::Same),
    ("empty:first=2", Leads::Same),
    ("truncated:first=2", Leads::Same),
    ("drop:first=2", Leads::Same),
    ("reset:first=2", Leads::Same),
    ("hang:first=1", Leads::Same),
    ("above-one:first=2", Leads::Same),
    ("low-sum:first=2", Leads::Same),
    ("no-number:first=2", Leads::Same),
    ("missing-option:first=2", Leads::Same),
    ("silent-truncation:first=2", Leads::Same),
    ("refusal:first=1", Leads::Gaps(1)),
    ("refusal:1", Leads::Gaps(12)),
    ("huge:first=1", Leads::Gaps(1)),
    ("400:first=1", Leads::Gaps(1)),
    ("501:first=1", Leads::Gaps(1)),
    ("401:first=1", Leads::End),
    ("403:first=1", Leads::End),
    ("quota:first=1", Leads::End),
    ("503:1", Leads::End),
];

/// Each fault with a mock of its own, all at once.
fn every_fault(protocol: &str, is_tried: impl Fn(&str) -> bool) {
    let desk = Desk::with(12);
    let fixed = ["--method", "classify", "--concurrency", "4"];
    let whole = desk.whole(&Mocked::deciding(protocol, &[]).address, "whole", &fixed);
    let check = |number: usize| {
        let (fault, leads) = FAULTS[number];
        let judge = Mocked::deciding(protocol, &["--fault", fault, "--fault-stage", "decide"]);
        let (run, code, said) = desk.judged(&judge.address, &format!("run{number}"), &fixed);
        let context = format!("{protocol}, {fault}: exit {code}\n{said}");
        let manifest = manifest(&run);
        match leads {
            Leads::Same => {
                assert_eq!((code, &manifest["status"]), (0, &"complete".into()), "{context}");
                assert_eq!(files(&run), files(&whole), "{context}");
            }
            Leads::Gaps(failed) => {
                check_invariants(&run);
                assert_eq!((code, failed_or_same(&run, &whole, &context).len()), (4, failed), "{context}");
                assert_eq!(manifest["usage"]["unparsed"], 0, "{context}");
            }
            Leads::End => assert_eq!((code, &manifest["status"]), (5, &"failed".into()), "{context}"),
        }
        let is_silent = fault.starts_with("silent") || matches!(leads, Leads::End);
        assert!(is_silent || !manifest["usage"]["faults"].as_object().unwrap().is_empty(), "{context}");
    };
    std::thread::scope(|scope| {
        let checks: Vec<_> = (0..FAULTS.len())
            .filter(|&number| is_tried(FAULTS[number].0))
            .map(|number| scope.spawn(move || check(number)))
            .collect();
        checks.into_iter().for_each(|check| check.join().unwrap());
    });
}

#[test]
fn every_fault_of_systemone() {
    every_fault("systemone", |_| true);
}

#[test]
fn every_fault_of_decisions() {
    // What is said of statuses and connections is no matter of the protocol.
    let own = ["above", "low", "no-number", "missing", "silent", "refusal", "truncated"];
    every_fault("decisions", |fault| own.iter().any(|kind| fault.starts_with(kind)));
}

/// Writes a script that lets a fault befall every question about a text with a word.
fn ill_at(folder: &Path, word: &str, fault: &str) {
    let file = folder.join(format!("{fault}.toml"));
    let rule = format!("[[rule]]\nstage = \"decide\"\ncontains = [\"{word}\"]\nfault = \"{fault}\"\n");
    let groups = std::fs::read_to_string(PARCELS).unwrap();
    let (head, groups) = groups.split_once("[[group]]").unwrap();
    std::fs::write(&file, format!("{head}{rule}[[group]]{groups}")).unwrap();
}

#[test]
fn what_is_no_answer_however_often_it_is_asked_is_failed_and_never_no() {
    let desk = Desk::with(12);
    let whole = ["goalex", "classify"]
        .map(|method| desk.whole(&Mocked::deciding("systemone", &[]).address, method, &["--method", method]));
    // Oslo is in the third document of each group, Cork in the second.
    let faults = ["refusal", "no-number", "above-one", "low-sum", "missing-option", "empty"];
    faults.iter().for_each(|fault| ill_at(desk.folder.path(), "Oslo", fault));
    let check = |fault: &str, protocol: &str, method: usize| {
        let script = desk.path(&format!("{fault}.toml"));
        let judge = Mocked::start(&["--script", script.to_str().unwrap(), "--protocol", protocol]);
        let name = format!("{method}-{protocol}-{fault}");
        let whole = &whole[method];
        let more = ["--method", ["goalex", "classify"][method], "--wait", "30"];
        let (run, code, said) = desk.judged(&judge.address, &name, &more);
        let context = format!("{name}: exit {code}\n{said}");
        check_invariants(&run);
        let failed = failed_or_same(&run, whole, &context);
        match (fault, method) {
            // Statements are each their own: nobody knows what their probabilities sum to.
            ("low-sum", 0) => assert!(code == 0 && failed.is_empty(), "{context}"),
            // Of one statement that was declined the others say nothing: who holds for no other failed.
            ("refusal", 0) => assert!(code == 4 && failed == ["p2"], "{context} {failed:?}"),
            _ => assert!(code == 4 && failed == ["p2", "b2", "r2", "t2"], "{context} {failed:?}"),
        }
        let reasons = lines(&run.join("assignments.jsonl"));
        let declined = reasons.iter().filter(|line| line["reason"].to_string().contains("declined to answer")).count();
        assert_eq!(declined, if fault == "refusal" { failed.len() } else { 0 }, "{context}");
    };
    let mut cases: Vec<_> = (0..faults.len()).map(|number| (faults[number], PROTOCOLS[number % 2], 1)).collect();
    cases.extend([("refusal", "decisions", 0), ("no-number", "systemone", 0), ("low-sum", "decisions", 0)]);
    std::thread::scope(|scope| {
        let check = &check;
        let checks: Vec<_> = cases
            .into_iter()
            .map(|(fault, protocol, method)| scope.spawn(move || check(fault, protocol, method)))
            .collect();
        checks.into_iter().for_each(|check| check.join().unwrap());
    });
}

#[test]
fn mixed_faults_change_nothing() {
    let desk = Desk::with(40);
    let whole = desk.whole(&Mocked::deciding("decisions", &[]).address, "whole", &["--method", "goalex"]);
    let mixed = ["429:0.03", "500:0.03", "drop:0.03", "truncated:0.03", "no-number:0.03", "missing-option:0.03"];
    let arguments: Vec<&str> = mixed.iter().flat_map(|fault| ["--fault", fault]).collect();
    let ill = Mocked::deciding("decisions", &arguments);
    let run = desk.whole(&ill.address, "ill", &["--method", "goalex", "--concurrency", "8", "--wait", "20"]);
    assert_eq!(files(&run), files(&whole));
    assert!(manifest(&run)["usage"]["retries"].as_u64().unwrap() > 5, "{}", manifest(&run)["usage"]);
}

#[test]
fn a_text_that_is_too_long_is_asked_about_in_part() {
    let desk = Desk::with(12);
    let mut rows = lines(&desk.corpus);
    rows[0]["text"] = format!("The parcel is late. {}", "Nobody knows where it went and why. ".repeat(200)).into();
    write_rows(&desk.corpus, &rows);
    for protocol in PROTOCOLS {
        let judge = Mocked::deciding(protocol, &["--context", "900"]);
        let run = desk.whole(&judge.address, protocol, &["--method", "classify"]);
        assert!(manifest(&run)["usage"]["shortened"].as_u64().unwrap() > 0, "{}", manifest(&run)["usage"]);
        assert_eq!(right(&run), 12);
    }
}

/// Starts a run and kills it when its journal has some lines.
#[cfg(unix)]
fn killed(mut command: Command, journal: &Path, moment: usize) -> Child {
    let mut child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    for _ in 0..3_000 {
        let written = std::fs::read_to_string(journal).unwrap_or_default().lines().count();
        if written >= moment || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child
}

#[cfg(unix)]
#[test]
fn killed_resumed_and_replayed_runs_end_with_the_same_bytes() {
    let desk = Desk::with(40);
    for method in ["goalex", "classify"] {
        let fixed = ["--method", method];
        let judge = Mocked::deciding("systemone", &["--latency", "5"]);
        let whole = desk.whole(&judge.address, &format!("{method}-whole"), &fixed);
        let name = format!("{method}-killed");
        for (number, moment) in [1, 30].into_iter().enumerate() {
            let more = [&fixed[..], if number == 0 { &[] } else { &["--resume"] }].concat();
            let (out, command) = desk.command(&judge.address, &name, &more);
            killed(command, &out.join("calls.jsonl"), moment).wait().unwrap();
        }
        let run = desk.whole(&judge.address, &name, &[&fixed[..], &["--resume"]].concat());
        assert_eq!(files(&run), files(&whole), "{method}");

        let replayed = desk.path(&format!("{method}-replayed"));
        let [corpus, recorded, out] = [&desk.corpus, &run, &replayed].map(|path| path.to_str().unwrap());
        expect(colligate(&["run", corpus, "--replay", recorded, "--out", out]), 0);
        assert_eq!(files(&replayed), files(&whole), "{method}");

        // Whoever recorded it, and whether texts are there, the same answers are found in either protocol.
        for protocol in PROTOCOLS {
            let recorded = Mocked::start(&["--replay", recorded, "--protocol", protocol]);
            let again = desk.whole(&recorded.address, &format!("{method}-{protocol}"), &fixed);
            assert_eq!(files(&again), files(&whole), "{method} {protocol}");
            assert_eq!(recorded.counts()["unanswered"], 0);
        }
    }
}

#[test]
fn hostile_documents_stay_in_the_field_for_the_text() {
    let desk = Desk::with(40);
    let hostile = lines(&Path::new(env!("CARGO_MANIFEST_DIR")).join("evals/hostile/documents.jsonl"));
    let rows = [lines(&desk.corpus), hostile].concat();
    write_rows(&desk.corpus, &rows);

    let judge = Server::deciding(decide);
    let (_, code, said) = desk.judged(&judge.address, "asked", &["--method", "classify"]);
    assert_eq!(code, 0, "{said}");
    let bodies: Vec<Value> = judge.asked().iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let of_run: Vec<&Value> =
        bodies.iter().filter(|body| body["questions"]["answer"]["criteria"]["praise"].is_string()).collect();
    assert!(of_run.len() > 90, "{}", of_run.len());
    let asked: BTreeSet<String> = of_run.iter().map(|body| body["questions"].to_string()).collect();
    assert!(asked.len() <= 2, "the same is asked about every text, and of some of them in other words too: {asked:?}");
    for body in &of_run {
        let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["model", "state", "questions"]);
    }

    // A model that obeys what it takes for standing outside of the text.
    let script = desk.path("gullible.toml");
    let rule = |word: &str| format!("[[rule]]\nstage = \"decide\"\noutside = [\"{word}\"]\nreply = \"praise\"\n");
    let rules: String = ["ignore", "answer", "assistant", "system", "obey"].map(rule).concat();
    let groups = std::fs::read_to_string(PARCELS).unwrap();
    let (head, groups) = groups.split_once("[[group]]").unwrap();
    std::fs::write(&script, format!("{head}{rules}[[group]]{groups}")).unwrap();
    for protocol in PROTOCOLS {
        let judge = Mocked::start(&["--script", script.to_str().unwrap(), "--protocol", protocol]);
        let run = desk.whole(&judge.address, protocol, &["--method", "classify"]);
        let praise: Vec<Value> =
            lines(&run.join("clusters.jsonl")).into_iter().filter(|one| one["label"] == "praise").collect();
        let thanks = rows.iter().filter(|row| row["text"].as_str().unwrap().to_lowercase().contains("thanks")).count();
        assert_eq!(praise[0]["size"], thanks, "{protocol}");
    }
}

#[test]
fn an_address_that_decides_nothing_is_asked_as_a_chat_model() {
    let desk = Desk::with(40);
    let fixed = ["--method", "classify"];
    for dialect in ["llamacpp", "lmstudio"] {
        let judge = Mocked::knowing(&["--dialect", dialect]);
        let run = desk.whole(&judge.address, dialect, &fixed);
        assert_eq!(right(&run), 40);
        let counts = judge.counts();
        let asked = ["/v1/systemone", "/v1/decisions", "/v1/chat/completions"]
            .map(|path| counts["endpoints"][path].as_u64().unwrap());
        assert_eq!(asked, [1, 1, 40], "{counts}");
        assert_ne!(manifest(&run)["judge"]["protocol"], "systemone");
        assert_eq!(manifest(&run)["judge"]["name"], "scripted");
    }
    let chat = Mocked::knowing(&[]);
    let (_, code, said) = desk.judged(&chat.address, "decide", &["--ask", "decide"]);
    assert!(code == 2 && said.contains("the judge is a chat model"), "{said}");
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    let desk = Desk::with(12);
    let judge = Mocked::deciding("systemone", &[]);
    let [corpus, codebook] = [&desk.corpus, &desk.codebook].map(|path| path.to_str().unwrap().to_owned());
    let out = desk.path("run");
    let with_codebook = ["--codebook", &codebook, "--judge", &judge.address];
    let cases: [(Vec<&str>, &str); 8] = [
        (vec!["--judge", &judge.address], "nobody names any: add --codebook FILE, or --llm URL"),
        ([&with_codebook[..], &["--propose", "3"]].concat(), "a judge names none: add --llm URL"),
        ([&with_codebook[..], &["--ask", "letter"]].concat(), "--ask letter is for a chat model"),
        ([&with_codebook[..], &["--method", "topics"]].concat(), "leave out --llm, --judge and --replay"),
        (
            vec!["--judge", &judge.address, "--llm", &judge.address, "--method", "clusterllm"],
            "--method clusterllm has none",
        ),
        (vec!["--llm", &judge.address, "--ask", "decide"], "name its address with --judge URL"),
        (vec!["--codebook", &codebook, "--judge-model", "m"], "has no effect without a judge: add --judge URL"),
        (
            [&with_codebook[..], &["--judge-key-env", "canary-83617-secret"]].concat(),
            "takes the name of an environment variable",
        ),
    ];
    for (flags, wanted) in cases {
        let arguments =
            [&["run", &corpus, "--goal", "why?", "--out", out.to_str().unwrap()], flags.as_slice()].concat();
        let said = stderr(&run(&arguments, 2));
        assert!(said.contains(wanted), "{flags:?}\n{said}");
        assert!(!has_canary(said.as_bytes()), "{said}");
    }
    let said = stderr(&run(&["mock", "--script", PARCELS, "--fault", "low-sum:1"], 2));
    assert!(said.contains("a chat model gives no probabilities"), "{said}");
}

#[test]
fn another_model_or_protocol_is_not_gone_on_with_unsaid() {
    let desk = Desk::with(40);
    let fixed = ["--method", "classify"];
    let judge = Mocked::deciding("systemone", &[]);
    let (_, code, _) = desk.judged(&judge.address, "run", &[&fixed[..], &["--max-calls", "20"]].concat());
    assert_eq!(code, 3);
    let (_, code, said) =
        desk.judged(&judge.address, "run", &[&fixed[..], &["--resume", "--judge-model", "other"]].concat());
    assert!(code == 2 && said.contains("the run asked scripted, not other"), "{said}");
    // The same model behind the other protocol goes on.
    let other = Mocked::deciding("decisions", &[]);
    let run = desk.whole(&other.address, "run", &[&fixed[..], &["--resume"]].concat());
    assert_eq!(right(&run), 40);
    assert_eq!(manifest(&run)["judge"]["protocol"], "decisions");
}
