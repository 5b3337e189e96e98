//! Keys: sent to the server that the user named, over a connection that is checked, and found nowhere else.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use common::mocked::Mocked;
use common::*;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const CANARY: &str = "canary-83617-secret";
const TLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/tls");

fn has_canary(bytes: &[u8]) -> bool {
    bytes.windows("canary-83617".len()).any(|window| window == b"canary-83617")
}

/// No file below the folder holds the canary, in its name or in its bytes; returns how many were read.
fn no_file_holds_it(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let check = |path: std::path::PathBuf| {
        assert!(!has_canary(path.as_os_str().as_encoded_bytes()), "{}", path.display());
        if path.is_dir() {
            return no_file_holds_it(&path);
        }
        assert!(!has_canary(&std::fs::read(&path).unwrap()), "{}", path.display());
        1
    };
    entries.map(check).sum()
}

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
    discreet(&["doctor", "--llm", &address], 5);
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

/// A server with TLS, known by the certificate in `tests/common/tls` only, that lists one model and answers nothing else.
fn secure() -> String {
    let certificate = CertificateDer::from_pem_file(format!("{TLS}/certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(format!("{TLS}/key.pem")).unwrap();
    // Named, as more than one of them is compiled in.
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
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
