//! Keys: sent to the server that the user named, over a connection that is checked, and found nowhere else.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use crate::common::mocked::Mocked;
use crate::common::*;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

const CANARY: &str = "canary-83617-secret";
const TLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/tls");

/// Runs a command with the key in its environment and looks through all that it prints.
fn discreet(arguments: &[&str], code: i32) -> Output {
    let mut command = colligate(arguments);
    command.env("OPENAI_API_KEY", CANARY);
    let output = expect(command, code);
    assert!(!has_canary(&output.stdout) && !has_canary(&output.stderr), "{}{}", stdout(&output), stderr(&output));
    output
}

#[test]
fn no_command_prints_or_writes_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, mock) = (small_corpus(folder.path()), Mocked::knowing(&[]));
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (corpus, run_out) = (corpus.to_str().unwrap(), path("run"));
    let address = mock.address.replace("//", &format!("//user:{CANARY}@"));
    let live = ["run", corpus, "--goal", "why?", "--llm", &address, "--questions", "60", "--out"];

    discreet(&[&live[..], &[&path("capped"), "--max-calls", "3"]].concat(), 3);
    discreet(&[&live[..], &[&path("capped"), "--resume"]].concat(), 0);
    discreet(&[&live[..], &[&run_out]].concat(), 0);
    discreet(&[&live[..], &[&path("dry"), "--dry-run"]].concat(), 0);
    discreet(&["run", corpus, "--goal", "why?", "--replay", &run_out, "--out", &path("again")], 0);
    discreet(&["report", &run_out], 0);
    discreet(&["doctor", "--llm", &address], 0);
    assert!(no_file_holds_it(folder.path()) > 20);

    let file = path("key.txt");
    std::fs::write(&file, CANARY).unwrap();
    let with_file = ["run", corpus, "--goal", "why?", "--llm", &mock.address, "--api-key-file", &file];
    discreet(&[&with_file[..], &["--questions", "60", "--out", &path("filed")]].concat(), 0);
    std::fs::remove_file(file).unwrap();
    no_file_holds_it(folder.path());
    assert!(!has_canary(mock.end("-TERM").to_string().as_bytes()));
}

#[test]
fn a_key_that_a_server_repeats_in_its_errors_is_not_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    for (number, (status, body, code)) in [
        (401, format!(r#"{{"error":{{"message":"Incorrect API key provided: {CANARY}"}}}}"#), 5),
        (500, format!("{}authorization: Bearer {CANARY}", "x".repeat(170)), 5),
        (200, format!("<html>you sent {CANARY}</html>"), 5),
    ]
    .into_iter()
    .enumerate()
    {
        let server = Server::start(move |_| Scripted { status, body: body.clone() });
        let out = folder.path().join(format!("run{number}"));
        let arguments = ["run", corpus.to_str().unwrap(), "--goal", "why?", "--llm", &server.address];
        let more = ["--questions", "20", "--wait", "1", "--out", out.to_str().unwrap()];
        discreet(&[&arguments[..], &more].concat(), code);
        assert!(!server.asked().is_empty());
        no_file_holds_it(&out);
    }
}

/// The key as servers escape it.
fn spellings() -> [String; 6] {
    let each = |spell: fn(u8) -> String| CANARY.bytes().map(spell).collect::<String>();
    [
        CANARY.replace('-', "\\u002d"),
        CANARY.replace('-', "\\\\u002D"),
        each(|byte| format!("\\u{byte:04x}")),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| format!("&#{byte};")),
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("user:{CANARY}")),
    ]
}

#[test]
fn a_key_that_a_server_says_back_in_another_spelling_is_not_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    for (number, spelling) in spellings().into_iter().enumerate() {
        let said = spelling.clone();
        let server = Server::start(move |_| Scripted {
            status: 401,
            body: format!(r#"{{"error":{{"message":"Incorrect API key provided: {said}. Find it at ..."}}}}"#),
        });
        let out = folder.path().join(format!("run{number}"));
        let arguments = ["run", corpus.to_str().unwrap(), "--goal", "why?", "--llm", &server.address];
        let output = discreet(&[&arguments[..], &["--questions", "20", "--out", out.to_str().unwrap()]].concat(), 5);
        assert!(stderr(&output).contains("[key]") && !stderr(&output).contains(&spelling), "{}", stderr(&output));
        assert!(no_file_holds_it(&out) > 0);
        let kept = std::fs::read_to_string(out.join("manifest.json")).unwrap();
        assert!(kept.contains("[key]") && !kept.contains(&spelling), "{kept}");
    }
}

#[test]
fn a_key_in_an_answer_reaches_no_label_and_no_later_question() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    // In parts, so that no part holds the key.
    let in_parts = |Scripted { status, body }: Scripted| {
        let mut value: serde_json::Value = serde_json::from_str(&body).unwrap();
        let content = value["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
        let leaking = content.replace("late parcels", &format!("late parcels {CANARY}"));
        let parts: Vec<_> =
            leaking.split_inclusive("83").map(|text| serde_json::json!({"type": "text", "text": text})).collect();
        value["choices"][0]["message"]["content"] = parts.into();
        Scripted { status, body: value.to_string() }
    };
    let server = Server::start(move |question| in_parts(judge(question)));
    let out = folder.path().join("run");
    let arguments = ["run", corpus.to_str().unwrap(), "--goal", "why?", "--llm", &server.address];
    discreet(&[&arguments[..], &["--questions", "60", "--out", out.to_str().unwrap()]].concat(), 0);
    assert!(server.asked().iter().all(|question| !has_canary(question.as_bytes())));
    assert!(server.asked().iter().any(|question| question.contains("late parcels [key]")), "the label was asked about");
    no_file_holds_it(&out);
}

#[test]
fn what_is_wrong_with_a_command_is_told_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let config = folder.path().join("wrong.toml");
    let run = ["run", corpus.to_str().unwrap(), "--goal", "why?", "--out", "never"];
    let slash = format!("http://user:{CANARY}/pw@127.0.0.1:1/v1");
    let unknown = format!("htp://user:{CANARY}@127.0.0.1:1/v1");
    for wrong in [
        ["--llm", slash.as_str()],
        ["--llm", &unknown],
        ["--embedder", &unknown],
        ["--embedder", &format!("user:{CANARY}@host")],
        ["--llm", "http://192.0.2.1/v1"],
        ["--embedder=http://192.0.2.1/v1", "--embedder-key-env=OPENAI_API_KEY"],
    ] {
        discreet(&[&run[..], &wrong].concat(), 2);
    }
    discreet(&[&run[..], &["--llm", "http://127.0.0.1:1/v1", "--api-key-env", CANARY]].concat(), 2);
    discreet(&["doctor", "--llm", &slash], 2);
    for text in
        [format!("api-key = \"{CANARY}\""), format!("rounds = \"{CANARY}\""), format!("llm = \"http://u:{CANARY}@h")]
    {
        std::fs::write(&config, text).unwrap();
        discreet(&[&run[..], &["--config", config.to_str().unwrap()]].concat(), 2);
    }
    assert!(!Path::new("never").exists());
}

/// A server that refuses everything; the requests' heads.
fn refusing() -> (String, Arc<std::sync::Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    let heads = Arc::new(std::sync::Mutex::new(String::new()));
    let log = heads.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut reader, mut line) = (BufReader::new(stream.try_clone().unwrap()), String::new());
            while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
                log.lock().unwrap().push_str(&line);
                line.clear();
            }
            let _ = stream.write_all(b"HTTP/1.1 403 no\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (address, heads)
}

#[test]
fn the_models_key_goes_to_another_embedders_host_only_where_the_user_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    for (number, told) in [false, true].into_iter().enumerate() {
        let (address, heads) = refusing();
        let out = folder.path().join(format!("run{number}"));
        let arguments =
            ["run", corpus.to_str().unwrap(), "--goal", "why?", "--embedder", &address, "--out", out.to_str().unwrap()];
        let more: &[&str] = if told { &["--embedder-key-env", "OPENAI_API_KEY"] } else { &[] };
        let output = discreet(&[&arguments[..], more].concat(), 5);
        assert_eq!(has_canary(heads.lock().unwrap().as_bytes()), told, "{}", heads.lock().unwrap());
        assert_eq!(stderr(&output).contains("--embedder-key-env OPENAI_API_KEY"), !told, "{}", stderr(&output));
    }
}

/// A server with TLS, known by the certificate in `tests/common/tls` only, that lists one model and answers nothing else.
fn secure() -> String {
    let certificate = CertificateDer::from_pem_file(format!("{TLS}/certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(format!("{TLS}/key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = format!("https://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, stream));
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
                line.clear();
            }
            let body = r#"{"data": [{"id": "behind-tls"}]}"#;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.get_mut().write_all(format!("{head}{body}").as_bytes());
            let _ = stream.get_mut().flush();
        }
    });
    address
}

#[test]
fn a_certificate_is_checked_against_those_that_ssl_cert_file_names() {
    let address = secure();
    let ask = |trusted: Option<String>| {
        let mut command = colligate(&["doctor", "--json", "--llm", &address]);
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        command.envs(trusted.map(|file| ("SSL_CERT_FILE", file)));
        command.output().unwrap()
    };
    let trusting = ask(Some(format!("{TLS}/certificate.pem")));
    assert!(stdout(&trusting).contains("behind-tls"), "{}{}", stdout(&trusting), stderr(&trusting));
    let doubting = ask(None);
    assert!(!stdout(&doubting).contains("behind-tls"));
    let said = stdout(&doubting) + &stderr(&doubting);
    assert!(said.contains("certificate"), "{said}");
}

#[test]
fn what_goes_to_this_machine_goes_past_a_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, mock) = (small_corpus(folder.path()), Mocked::knowing(&[]));
    let out = folder.path().join("run");
    let arguments = ["run", corpus.to_str().unwrap(), "--goal", "why?", "--llm", &mock.address, "--questions", "60"];
    let mut command = colligate(&arguments);
    command.args(["--wait", "0", "--out", out.to_str().unwrap()]);
    // Nobody listens there: whatever is sent to the proxy fails.
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        command.env(variable, "http://127.0.0.1:9");
    }
    expect(command, 0);
}

#[test]
fn a_key_in_a_document_ends_the_run_and_one_in_a_wrong_place_is_not_said_back() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, mock) = (small_corpus(folder.path()), Mocked::knowing(&[]));
    let mut rows = lines(&corpus);
    rows[2]["text"] = json!(format!("my key is {CANARY}, why is it refused?"));
    let with_key = write_rows(&folder.path().join("key.jsonl"), &rows);
    let out = folder.path().join("run");
    let [corpus, with_key, out] = [&corpus, &with_key, &out].map(|path| path.to_str().unwrap());
    let asking = ["--goal", "why?", "--llm", &mock.address, "--out", out];
    let refused = stderr(&discreet(&[&["run", with_key], asking.as_slice()].concat(), 2));
    assert!(refused.contains("line 3 of the corpus holds the server's key"), "{refused}");
    assert!(!std::path::Path::new(out).exists());
    let flag = format!("--{CANARY}");
    for wrong in [["--max-calls", CANARY], ["--replay", CANARY], [flag.as_str(), "x"]] {
        discreet(&[&["run", corpus], asking.as_slice(), &wrong].concat(), 2);
    }
    discreet(&["run", CANARY, "--out", out], 2);
}

#[test]
fn a_key_in_what_is_written_down_and_one_that_is_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = small_corpus(folder.path());
    let named = format!("m-{CANARY}");
    for said in [["--goal", named.as_str()], ["--model", named.as_str()]] {
        let goal = if said[0] == "--goal" { [].as_slice() } else { &["--goal", "why?"] };
        let arguments = [&["run", corpus.to_str().unwrap(), "--llm", "http://127.0.0.1:9/v1"], goal, &said].concat();
        let refused = stderr(&discreet(&arguments, 2));
        assert!(refused.contains(&format!("{} holds the server's key", said[0])), "{refused}");
    }
    let codebook = folder.path().join("codebook.toml");
    std::fs::write(&codebook, format!("[[entry]]\nlabel = \"late\"\npredicate = \"like {CANARY}\"\n")).unwrap();
    let server = "http://127.0.0.1:9/v1";
    for (flag, more) in [
        ("--codebook", vec!["--llm", server, "--codebook", codebook.to_str().unwrap()]),
        ("--text-field", vec!["--llm", server, "--text-field", &named]),
        ("--embedder-model", {
            let key = ["--embedder-key-env", "OPENAI_API_KEY"];
            [["--embedder", server, "--embedder-model", &named].as_slice(), &key].concat()
        }),
    ] {
        let arguments = [&["run", corpus.to_str().unwrap(), "--goal", "why?"], more.as_slice()].concat();
        let refused = stderr(&discreet(&arguments, 2));
        assert!(refused.contains(&format!("{flag} holds the server's key")), "{refused}");
    }
    let refused = stderr(&discreet(&["doctor", "--llm", server, "--model", &named, "--embedder", "static"], 2));
    assert!(refused.contains("--model holds the server's key"), "{refused}");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let mut command =
            colligate(&["run", corpus.to_str().unwrap(), "--goal", "x", "--llm", "http://127.0.0.1:9/v1"]);
        command.env("OPENAI_API_KEY", std::ffi::OsStr::from_bytes(b"sk-\xff\xfe-secret"));
        assert!(stderr(&expect(command, 2)).contains("not UTF-8"));
    }
}
