//! `colligate serve` as a child process, spoken to over a socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::colligate;
use super::mocked::Reply;

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// What stands between the parts of a form.
const BOUNDARY: &str = "between-the-parts";

/// `colligate serve` on a free port. It is killed with the value.
pub struct Served {
    child: Child,
    _output: BufReader<ChildStdout>,
    /// `127.0.0.1:PORT`.
    pub host: String,
    /// Further lines of every request's head.
    pub headers: String,
}

/// A part of a form: its name, the file's name if it is a file, and what it holds.
pub type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

impl Served {
    /// With a folder of data and a configuration.
    pub fn start(data: &Path, config: &str) -> Served {
        let file = data.with_extension("toml");
        std::fs::write(&file, config).unwrap();
        let mut command = colligate(&["serve", "--listen", "127.0.0.1:0", "--threads", "2", "--data"]);
        command.arg(data).arg("--config").arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        let host = first.strip_prefix("listening on http://").and_then(|rest| rest.trim().strip_suffix('/'));
        let host = host.unwrap_or_else(|| panic!("{first:?}")).to_owned();
        Served { child, _output: output, host, headers: String::new() }
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "", b"")
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, "", b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, "content-type: application/json\r\n", body.to_string().as_bytes())
    }

    pub fn form(&self, path: &str, headers: &str, parts: &[Part]) -> Reply {
        let mut body = Vec::new();
        for (name, file, bytes) in parts {
            let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
            let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
        }
        body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
        let headers = format!("content-type: multipart/form-data; boundary={BOUNDARY}\r\n{headers}");
        self.send("POST", path, &headers, &body)
    }

    /// Sends a request with more headers, each ended by a line break.
    pub fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let has_host = headers.starts_with("host:") || headers.contains("\nhost:");
        let host = if has_host { String::new() } else { format!("host: {}\r\n", self.host) };
        // To this version nothing is sent in chunks.
        let head = format!(
            "{method} {path} HTTP/1.0\r\n{host}content-length: {}\r\n{}{headers}\r\n",
            body.len(),
            self.headers
        );
        stream.write_all(head.as_bytes()).unwrap();
        // Who is refused early is not read to the end.
        let _ = stream.write_all(body);
        reply(stream)
    }

    /// A connection for what is no whole request.
    pub fn open(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.host).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a job, which is accepted; returns its id.
    pub fn job(&self, goal: &str, plan: Value, documents: &[u8]) -> String {
        let plan = plan.to_string();
        let parts = [
            ("documents", Some("mail.jsonl"), documents),
            ("goal", None, goal.as_bytes()),
            ("plan", None, plan.as_bytes()),
        ];
        let reply = self.form("/v1/jobs", "", &parts);
        assert_eq!(reply.status, 202, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    pub fn look(&self, id: &str) -> Value {
        self.get(&format!("/v1/jobs/{id}")).json()
    }

    /// Waits until a job is what is wanted of it.
    pub fn wait(&self, id: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            let job = self.look(id);
            if is_wanted(&job) {
                return job;
            }
            assert!(since.elapsed() < PATIENCE, "{job}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a job has ended.
    pub fn ended(&self, id: &str) -> Value {
        self.wait(id, |job| job["status"] != "queued" && job["status"] != "running")
    }

    /// Kills it as the system does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end; returns its exit code and what it said.
    pub fn terminate(mut self) -> (Option<i32>, String) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What comes back until the connection is closed.
pub fn reply(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    // A connection that is cut has said what it wanted.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else { return Reply { status: 0, head: String::new(), body: bytes } };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head, body: bytes[end + 4..].to_vec() }
}

/// A configuration with a backend at an address, and limits.
pub fn config(address: &str, limits: &str) -> String {
    let backend = json!(address);
    format!(
        "[backends.small]\nllm = {backend}\nwait = 1\ntimeout = 20\n\n[limits]\ndisk-free-bytes = 0\npatience-seconds = 1\n{limits}\n"
    )
}
