//! The program's own mock as a child process, and a client that needs nothing but a socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::colligate;

/// The script of a model that knows the small corpus.
pub const PARCELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/evals/mock/parcels.toml");

/// `colligate mock` on a free port. It ends with the value.
pub struct Mocked {
    child: Child,
    output: BufReader<ChildStdout>,
    /// Ends in `/v1`.
    pub address: String,
}

/// What came back; nothing at all when the connection was closed.
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|problem| panic!("{problem}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Text of the completion.
    pub fn content(&self) -> String {
        self.json()["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned()
    }
}

impl Mocked {
    pub fn start(arguments: &[&str]) -> Mocked {
        let mut child = colligate(&["mock", "--port", "0"]).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        let address = first.strip_prefix("listening on ").unwrap_or_else(|| panic!("{first:?}")).trim().to_owned();
        Mocked { child, output, address }
    }

    /// One that knows the small corpus.
    pub fn knowing(arguments: &[&str]) -> Mocked {
        Mocked::start(&[&["--script", PARCELS], arguments].concat())
    }

    /// A decision model that knows the small corpus.
    pub fn deciding(protocol: &str, arguments: &[&str]) -> Mocked {
        Mocked::knowing(&[&["--protocol", protocol], arguments].concat())
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "", "").unwrap()
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, "", &body.to_string()).unwrap()
    }

    /// Asks one question of one user message.
    pub fn ask(&self, question: &str) -> std::io::Result<Reply> {
        self.send("POST", "/v1/chat/completions", "", &chat(question).to_string())
    }

    /// Sends a request with more headers, each ended by a line break; an error when no whole response comes.
    pub fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> std::io::Result<Reply> {
        let mut stream = self.open(method, path, headers, body)?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Reply { status, head, body: bytes[end + 4..].to_vec() })
    }

    /// A connection over which a request was sent and nothing was read yet.
    pub fn open(&self, method: &str, path: &str, headers: &str, body: &str) -> std::io::Result<TcpStream> {
        let host = self.address.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap();
        let host_line = if headers.contains("host:") { String::new() } else { format!("host: {host}\r\n") };
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{host_line}connection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        Ok(stream)
    }

    pub fn counts(&self) -> Value {
        self.get("/mock/counts").json()
    }

    /// Asks it to end, and returns what it then prints.
    pub fn end(mut self, signal: &str) -> Value {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        serde_json::from_str(&rest).unwrap()
    }
}

impl Drop for Mocked {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A chat request with one user message.
pub fn chat(question: &str) -> Value {
    json!({"model": "scripted", "messages": [{"role": "user", "content": question}], "logprobs": true})
}
