//! `colligate mock` as its users meet it: the real program, over a socket.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::common::mocked::{Mocked, PARCELS, Reply, chat};
use crate::common::*;
use serde_json::{Value, json};

/// A mock by a script of its own.
fn scripted(folder: &Path, script: &str, more: &[&str]) -> Mocked {
    let file = folder.join("script.toml");
    std::fs::write(&file, script).unwrap();
    Mocked::start(&[&["--script", file.to_str().unwrap()], more].concat())
}

/// A run of the small corpus against a mock; returns the two files that must be the same each time, and the manifest.
fn clustered(folder: &Path, mock: &Mocked, name: &str, more: &[&str]) -> ([String; 2], Value) {
    let (corpus, out) = (small_corpus(folder), folder.join(name));
    ask_at(&mock.address, &corpus, &out, &[&["--method", "goalex"], more].concat(), 0);
    if !more.contains(&"--no-texts") {
        check_invariants(&out);
    }
    (files(&out), manifest(&out))
}

#[test]
fn it_says_where_it_is_and_in_the_end_what_it_served() {
    let mock = Mocked::start(&["--script", PARCELS, "--slots", "3", "--context", "2048"]);
    assert!(mock.address.starts_with("http://127.0.0.1:"), "{}", mock.address);
    assert_eq!(mock.get("/v1/models").json()["data"][0]["id"], "scripted");
    assert_eq!(mock.get("/health").json()["status"], "ok");
    let props = mock.get("/props").json();
    assert_eq!((&props["total_slots"], &props["default_generation_settings"]["n_ctx"]), (&json!(3), &json!(2048)));
    assert_eq!(mock.get("/elsewhere").status, 404);
    let vectors = mock.post("/v1/embeddings", &json!({"model": "m", "input": ["a", "b"]})).json();
    assert_eq!(vectors["data"].as_array().unwrap().len(), 2);
    let ended = mock.end("-TERM");
    assert_eq!(
        ended["endpoints"],
        json!({"/health": 1, "/props": 1, "/v1/embeddings": 1, "/v1/models": 1, "other": 1})
    );
    assert!(Mocked::start(&["--script", PARCELS]).end("-INT")["endpoints"].as_object().unwrap().is_empty());
}

#[test]
fn a_whole_run_works_against_the_shipped_script_and_against_its_own_recording() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::start(&["--script", PARCELS]);
    let (files, manifest) = clustered(folder.path(), &mock, "run", &[]);
    assert_eq!((&manifest["clusters"], &manifest["model"]["logprobs"]), (&json!(4), &json!(true)));
    let counts = mock.counts();
    assert_eq!(counts["endpoints"]["/v1/chat/completions"], manifest["usage"]["calls"]);
    assert_eq!((&counts["unanswered"], &counts["questions"]["repeated"]), (&json!(0), &json!(0)));
    assert!(counts["stages"]["propose"].as_u64() >= Some(1) && counts["stages"]["unknown"].is_null(), "{counts}");

    assert_eq!(clustered(folder.path(), &mock, "without", &["--no-texts"]).0, files);
    for recording in ["run", "without"] {
        let recording = folder.path().join(recording);
        let replaying = Mocked::start(&["--replay", recording.to_str().unwrap()]);
        let name = format!("{}-again", recording.display());
        assert_eq!(clustered(folder.path(), &replaying, &name, &[]).0, files, "{name}");
        assert_eq!(replaying.counts()["unanswered"], 0);
        refuses_to_invent(&replaying);
    }
}

#[test]
fn a_recording_answers_the_command_that_it_says_it_was_made_by_and_names_another_goal() {
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/support-tickets/recording");
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::start(&["--replay", recording]);
    let asked = |goal: &str, flags: &[&str], out: &str, code: i32| {
        let out = folder.path().join(out);
        let common = ["run", TICKETS, "--goal", goal, "--llm", &mock.address, "--out", out.to_str().unwrap()];
        stderr(&run(&[&common, flags].concat(), code))
    };
    let goal = "why are customers writing to us?";
    let command = "by colligate run CORPUS --goal 'why are customers writing to us?' --rounds 1 --candidates 4 --method goalex --test-size 0";
    let said = asked(goal, &[], "auto", 5);
    assert!(said.contains(command), "{said}");
    let flags = ["--candidates", "4", "--rounds", "1", "--method", "goalex", "--test-size", "0"];
    asked(goal, &flags, "run", 0);
    assert_eq!(files(&folder.path().join("run"))[0], files(Path::new(recording))[0]);
    let said = asked("what makes them angry?", &flags, "other", 5);
    assert!(said.contains(&format!("the goal \"{goal}\", not \"what makes them angry?\"")), "{said}");
    let replayed = ["run", TICKETS, "--goal", "what makes them angry?", "--replay", recording];
    let said = stderr(&run(&[&replayed[..], &["--out", folder.path().join("x").to_str().unwrap()]].concat(), 1));
    let differs =
        "it was made with --goal 'why are customers writing to us?', not --goal 'what makes them angry?'; record";
    assert!(said.contains(differs), "{said}");
}

fn refuses_to_invent(mock: &Mocked) {
    let reply = mock.ask("Is it true?").unwrap();
    let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(reply.status == 404 && message.contains("does not invent"), "{} {message}", reply.status);
    assert_eq!(mock.counts()["unanswered"], 1);
}

#[test]
fn a_script_without_a_fitting_rule_does_not_invent() {
    refuses_to_invent(&Mocked::start(&["--script", PARCELS]));
}

#[test]
fn a_run_whose_every_question_is_first_refused_ends_as_the_undisturbed_one() {
    let folder = tempfile::tempdir().unwrap();
    let (files, quiet) = clustered(folder.path(), &Mocked::start(&["--script", PARCELS]), "quiet", &[]);
    let faults = ["--fault", "503-after=0:attempts=1", "--fault-stage", "assign"];
    let mock = Mocked::start(&[&["--script", PARCELS] as &[&str], &faults].concat());
    let (again, disturbed) = clustered(folder.path(), &mock, "disturbed", &["--concurrency", "8"]);
    assert_eq!(again, files);
    let judged = mock.counts()["faults"]["503-after=0"].as_u64().unwrap();
    assert!(judged > 40 && disturbed["usage"]["retries"] == judged, "{judged}");
    assert_eq!(disturbed["usage"]["calls"], quiet["usage"]["calls"].as_u64().unwrap() + judged);
}

#[test]
fn about_the_asked_share_goes_wrong_and_always_the_same_questions() {
    let folder = tempfile::tempdir().unwrap();
    let failed = |seed: &str| {
        let mock = scripted(
            folder.path(),
            "[[rule]]\nreply = \"Yes\"",
            &["--fault", "429:0.2", "--fault", "drop:0.1", "--seed", seed],
        );
        let outcomes: Vec<u16> =
            (0..300).map(|number| mock.ask(&format!("question {number}")).map_or(0, |reply| reply.status)).collect();
        let count = |status: u16| outcomes.iter().filter(|outcome| **outcome == status).count();
        assert!((35..85).contains(&count(429)) && (10..55).contains(&count(0)), "{} {}", count(429), count(0));
        assert_eq!(mock.counts()["faults"], json!({"429": count(429), "drop": count(0)}));
        outcomes
    };
    assert_eq!(failed("1"), failed("1"));
    assert_ne!(failed("1"), failed("2"));
}

#[test]
fn each_fault_looks_on_the_wire_as_it_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |fault: &str| {
        let mock = scripted(folder.path(), "[[rule]]\nreply = \"Yes\"", &["--fault", &format!("{fault}:1")]);
        mock.ask("Is it late?")
    };
    let whole = |fault: &str| ask(fault).unwrap_or_else(|problem| panic!("{fault}: {problem}"));
    let status = |fault: &str| whole(fault).status;
    for code in [401, 402, 403, 404, 408, 429, 500, 503] {
        assert_eq!(status(&code.to_string()), code);
    }
    assert!(whole("429-after=7").head.contains("retry-after: 7"));
    assert!(whole("503-date=7").head.contains(" gmt"));
    assert!(whole("quota").text().contains("insufficient_quota") && status("quota") == 429);
    assert_eq!(whole("context").json()["error"]["type"], "exceed_context_size_error");
    assert!(status("html") == 502 && whole("html").text().starts_with("<!DOCTYPE html>"));
    assert!(whole("empty").body.is_empty());
    assert!(serde_json::from_slice::<Value>(&whole("truncated").body).is_err());
    assert!(String::from_utf8(whole("invalid-utf8").body).is_err());
    assert_eq!(whole("length").json()["choices"][0]["finish_reason"], "length");
    assert_eq!(whole("fence").content(), "```\nYes\n```");
    assert!(whole("schema").content().contains("enum") && whole("refusal").content().starts_with("I'm sorry"));
    assert!(whole("reasoning").content().starts_with("<think>"));
    assert!(whole("huge").body.len() >= 10_000_000);
    assert!(ask("drop").is_err() && ask("reset").is_err());
}

#[test]
fn a_server_that_hangs_answers_nobody_and_still_lives() {
    let folder = tempfile::tempdir().unwrap();
    let mock = scripted(folder.path(), "[[rule]]\nreply = \"Yes\"", &["--fault", "hang:first=1"]);
    let mut hung = mock.open("POST", "/v1/chat/completions", "", &chat("first").to_string()).unwrap();
    while mock.counts()["faults"]["hang"].is_null() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(mock.ask("second").unwrap().content(), "Yes");
    hung.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(hung.read(&mut [0]).is_err());
}

#[test]
fn dialects_have_their_ways() {
    let limited = |limit: &str| {
        let mut body = chat("Is it late?");
        body[limit] = json!(1);
        body.to_string()
    };
    let send = |dialect: &str, more: &[&str], key: &str, body: &str| -> Reply {
        let folder = tempfile::tempdir().unwrap();
        let mock = scripted(folder.path(), "[[rule]]\nyes = 0.7", &[&["--dialect", dialect] as &[&str], more].concat());
        mock.send("POST", "/openai/v1/chat/completions", key, body).unwrap()
    };
    let key = "api-key: canary-5512\r\n";
    let plain = chat("Is it late?").to_string();
    let refused = send("openai", &[], key, &limited("max_tokens"));
    assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &json!("unsupported_parameter")));
    let answered = send("openai", &[], key, &limited("max_completion_tokens")).json();
    assert_eq!(answered["choices"][0]["logprobs"]["content"][0]["token"], "Yes");
    assert!(send("ollama", &[], "", &plain).json()["choices"][0]["logprobs"].is_null());
    let unauthorised = send("azure", &[], "", &plain);
    assert!(unauthorised.status == 401 && send("azure", &[], key, &plain).status == 200);
    assert_eq!(send("vllm", &["--fault", "500:1"], "", &plain).json()["object"], "error");
    assert!(send("lmstudio", &["--fault", "500:1"], "", &plain).json()["error"].is_string());
    let short = ["--context", "5"];
    assert_eq!(send("llamacpp", &short, "", &plain).json()["error"]["n_ctx"], 5);
    assert_eq!(send("ollama", &short, "", &plain).json()["usage"]["prompt_tokens"], 5);
    assert_eq!(send("lmstudio", &short, "", &plain).status, 200);
    assert_eq!(send("openrouter", &["--fault", "502:1"], key, &plain).json()["error"]["code"], 502);
    assert_eq!(send("llamacpp", &["--slow-start", "60"], "", &plain).json()["error"]["type"], "unavailable_error");
}

#[test]
fn only_this_machine_is_served_and_no_key_is_shown() {
    let mock = Mocked::start(&["--script", PARCELS, "--dialect", "openai"]);
    let served = mock.send("GET", "/v1/models", "authorization: Bearer canary-5512\r\n", "").unwrap();
    assert_eq!(served.status, 200);
    let lured = mock.send("GET", "/v1/models", "host: evil.example\r\n", "").unwrap();
    assert_eq!(lured.status, 403);
    assert!(!mock.end("-TERM").to_string().contains("canary-5512"));
}

#[test]
fn what_cannot_be_done_is_a_usage_error() {
    for arguments in [
        &["mock"][..],
        &["mock", "--script", PARCELS, "--replay", "x"],
        &["mock", "--script", PARCELS, "--fault", "nonsense:0.1"],
        &["mock", "--script", PARCELS, "--fault", "429:0.7", "--fault", "500:0.7"],
        &["mock", "--script", PARCELS, "--fault", "429:0.7", "--fault-stage", "guess"],
        &["mock", "--script", PARCELS, "--slow-start", "-1"],
    ] {
        run(arguments, 2);
    }
    assert!(stderr(&run(&["mock", "--script", "absent.toml"], 2)).contains("absent.toml"));
}
