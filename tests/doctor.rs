//! `colligate doctor` against the ways of several servers.

use crate::common::mocked::Mocked;
use crate::common::*;
use serde_json::Value;

fn examined(mock: &Mocked, more: &[&str]) -> Value {
    let mut command = colligate(&["doctor", "--json", "--llm", &mock.address]);
    command.args(more).env("OPENAI_API_KEY", "a-key");
    serde_json::from_str(&stdout(&expect(command, 0))).unwrap()
}

/// A script that answers the doctor's questions as a model would.
const PATIENT: &str = r#"
[[rule]]
contains = ["Yes or No"]
yes = 0.9

[[rule]]
contains = ["three fruits"]
reply = '{"items": [{"colour": "red", "fruit": "apple"}, {"colour": "yellow", "fruit": "banana"}]}'
"#;

fn patient(folder: &std::path::Path, arguments: &[&str]) -> Mocked {
    let script = folder.join("patient.toml");
    std::fs::write(&script, PATIENT).unwrap();
    Mocked::start(&[&["--script", script.to_str().unwrap()], arguments].concat())
}

#[test]
fn it_tells_what_a_server_is_and_can_do() {
    let folder = tempfile::tempdir().unwrap();
    let llama = examined(&patient(folder.path(), &["--slots", "3", "--context", "2048"]), &[]);
    let server = &llama["server"];
    assert_eq!((&server["kind"], &server["slots"], &server["context"]), (&"llama.cpp".into(), &3.into(), &2048.into()));
    assert_eq!((&server["logprobs"], &server["schema"]), (&true.into(), &true.into()), "{server}");
    assert!(llama["flags"].as_str().unwrap().ends_with("--model scripted --concurrency 3"), "{llama}");
    assert!(llama["embedder"]["documents_per_second"].as_f64().unwrap() > 1.0);
    let openai = examined(&patient(folder.path(), &["--dialect", "openai"]), &["--model", "scripted"]);
    assert_eq!(openai["server"]["refused"], serde_json::json!(["max_tokens"]));
    let ollama = examined(&patient(folder.path(), &["--dialect", "ollama"]), &[]);
    assert_eq!((&ollama["server"]["kind"], &ollama["server"]["logprobs"]), (&"ollama".into(), &false.into()));
}

#[test]
fn it_examines_the_mock_by_any_script_and_by_a_recording() {
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/support-tickets/recording");
    for (flag, file) in [("--script", crate::common::mocked::PARCELS), ("--replay", recording)] {
        for dialect in ["llamacpp", "vllm", "ollama", "lmstudio", "openai", "openrouter"] {
            let mock = Mocked::start(&[flag, file, "--dialect", dialect]);
            let server = &examined(&mock, &[])["server"];
            assert_eq!(server["problems"], serde_json::json!([]), "{flag} {dialect}: {server}");
            assert_eq!((&server["schema"], mock.counts()["unanswered"].as_u64()), (&true.into(), Some(0)), "{server}");
            let gives = matches!(dialect, "llamacpp" | "vllm" | "openai");
            assert_eq!(server["logprobs"], gives, "{flag} {dialect}: {server}");
        }
    }
    // One that lists no models, and wants a key.
    let azure = Mocked::start(&["--replay", recording, "--dialect", "azure"]);
    let model = ["--model", "qwen2.5-coder-1.5b-instruct"];
    assert_eq!(examined(&azure, &model)["server"]["problems"], serde_json::json!([]));
}

#[test]
fn it_says_in_words_what_to_change_and_no_key_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mock = patient(folder.path(), &["--context", "1024"]);
    let mut command = colligate(&["doctor", "--llm", &mock.address]);
    command.env("OPENAI_API_KEY", "canary-2207");
    let output = expect(command, 0);
    let said = stdout(&output);
    for wanted in
        ["embedder builtin:", "llama.cpp, models: scripted", "needs up to 4096 tokens", "\nuse: colligate run "]
    {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains("canary") && !stderr(&output).contains("canary"));
}

#[test]
fn without_an_address_nobody_is_asked_and_an_absent_server_is_5() {
    let mut command = colligate(&["doctor"]);
    command.env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1");
    assert!(stdout(&expect(command, 0)).contains("no model server examined"));
    let output = run(&["doctor", "--llm", "http://127.0.0.1:9/v1", "--wait", "0"], 5);
    assert!(stderr(&output).contains("is the server running there?"), "{}", stderr(&output));
}
