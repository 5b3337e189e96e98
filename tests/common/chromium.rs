//! A headless Chromium, driven by its DevTools protocol over a small client of our own.
//!
//! Whatever the page complains of, and every address that it asks for, is kept: a report must do neither.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Names under which it is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program; none where it is not installed, which is said.
pub fn chromium() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::var_os("PATH").iter().flat_map(std::env::split_paths).collect();
    let found =
        NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file());
    if found.is_none() {
        eprintln!("not tested: no Chromium is installed");
    }
    found
}

/// One page in a browser of its own.
pub struct Browser {
    _process: Process,
    socket: TcpStream,
    calls: u64,
    /// What the page complained of.
    pub problems: Vec<String>,
    /// Addresses that it asked for.
    pub requests: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// With a blank page; downloads go to `downloads`.
    pub fn start(program: &Path, downloads: &Path) -> Browser {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--remote-debugging-port=0",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut process = Process(process);
        let mut said = BufReader::new(process.0.stderr.take().unwrap()).lines();
        let listens = said.find_map(|line| Some(line.unwrap().split_once("ws://127.0.0.1:")?.1.to_owned()));
        let port: u16 = listens.unwrap().split('/').next().unwrap().parse().unwrap();
        // Nobody else reads on, and a full pipe would stop it.
        std::thread::spawn(move || said.for_each(drop));
        let socket = connect(port, &page_of(port));
        let (problems, requests) = (Vec::new(), Vec::new());
        let mut browser = Browser { _process: process, socket, calls: 0, problems, requests, _profile: profile };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        let folder = json!({"behavior": "allow", "downloadPath": downloads.display().to_string()});
        browser.call("Browser.setDownloadBehavior", folder);
        browser
    }

    /// Opens a file at a size of the window.
    pub fn open(&mut self, file: &Path, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", size);
        self.call("Page.navigate", json!({"url": format!("file://{}", file.display())}));
        self.until("document.readyState === 'complete' && document.getElementById('explore')?.hidden === false");
    }

    /// The value of an expression in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let answer = self.call("Runtime.evaluate", json!({"expression": expression, "returnByValue": true}));
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The same, of text.
    pub fn text(&mut self, expression: &str) -> String {
        let value = self.value(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression}: {value}")).to_owned()
    }

    /// Waits until an expression is true.
    pub fn until(&mut self, expression: &str) {
        let began = Instant::now();
        while self.value(&format!("Boolean({expression})")) != true {
            assert!(began.elapsed() < PATIENCE, "{expression} did not come true; {:?}", self.problems);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Moves the mouse along a path with its button pressed.
    pub fn drag(&mut self, path: &[(f64, f64)]) {
        let (from, to) = (path[0], path[path.len() - 1]);
        self.mouse("mousePressed", from);
        path.iter().for_each(|point| self.mouse("mouseMoved", *point));
        self.mouse("mouseReleased", to);
    }

    /// Does something with the mouse at a point.
    pub fn mouse(&mut self, what: &str, (x, y): (f64, f64)) {
        let button = if what == "mouseMoved" { "none" } else { "left" };
        self.call("Input.dispatchMouseEvent", json!({"type": what, "x": x, "y": y, "button": button, "clickCount": 1}));
    }

    /// Presses a key that has a name.
    pub fn key(&mut self, key: &str) {
        let codes =
            [("Enter", 13), ("Tab", 9), ("Escape", 27), ("ArrowLeft", 37), ("ArrowRight", 39), ("ArrowDown", 40)];
        let code = codes.iter().find(|(name, _)| *name == key).map_or(0, |(_, code)| *code);
        let text = if key == "Enter" { "\r" } else { "" };
        for what in ["keyDown", "keyUp"] {
            let text = if what == "keyDown" { text } else { "" };
            let pressed = json!({"type": what, "key": key, "code": key, "text": text, "windowsVirtualKeyCode": code});
            self.call("Input.dispatchKeyEvent", pressed);
        }
    }

    /// Types a text where the focus is.
    pub fn types(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
    }

    /// Asks the browser for something.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        send(&mut self.socket, &json!({"id": id, "method": method, "params": parameters}).to_string());
        loop {
            let message: Value = serde_json::from_str(&receive(&mut self.socket)).unwrap();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn note(&mut self, event: &Value) {
        match event["method"].as_str().unwrap_or_default() {
            "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded" => {
                self.problems.push(event.to_string())
            }
            "Page.javascriptDialogOpening" => self.problems.push("a dialog".into()),
            "Network.requestWillBeSent" => {
                self.requests.push(event["params"]["request"]["url"].as_str().unwrap_or_default().to_owned());
            }
            _ => {}
        }
    }
}

/// The browser's process, which ends with the test however that ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The path of the socket of the first page.
fn page_of(port: u16) -> String {
    let began = Instant::now();
    loop {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        // In one piece: it answers the first that it gets.
        stream.write_all(format!("GET /json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes()).unwrap();
        let head = head(&mut stream);
        let length = head.to_ascii_lowercase().split_once("content-length:").map(|(_, rest)| rest.to_owned());
        let length: usize = length.unwrap().split_whitespace().next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        let pages: Vec<Value> = serde_json::from_str(&body).unwrap_or_default();
        if let Some(page) = pages.iter().find(|page| page["type"] == "page") {
            let address = page["webSocketDebuggerUrl"].as_str().unwrap();
            return address[address.find("/devtools").unwrap()..].to_owned();
        }
        assert!(began.elapsed() < PATIENCE, "{body}");
    }
}

fn connect(port: u16, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let asked = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    socket.write_all(asked.as_bytes()).unwrap();
    let head = head(&mut socket);
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    socket
}

/// The head of an answer.
fn head(socket: &mut TcpStream) -> String {
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

/// One frame of text, masked by zeros (RFC 6455, 5.2).
fn send(socket: &mut TcpStream, text: &str) {
    let mut frame = vec![0x81];
    match text.len() {
        length @ ..126 => frame.push(0x80 | length as u8),
        length @ ..65_536 => frame.extend([&[0x80 | 126][..], &(length as u16).to_be_bytes()].concat()),
        length => frame.extend([&[0x80 | 127][..], &(length as u64).to_be_bytes()].concat()),
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    socket.write_all(&frame).unwrap();
}

/// One message of text, of however many frames.
fn receive(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut head = [0; 2];
        socket.read_exact(&mut head).unwrap();
        let length = match head[1] & 127 {
            126 => u64::from(u16::from_be_bytes(bytes(socket))),
            127 => u64::from_be_bytes(bytes(socket)),
            length => u64::from(length),
        };
        let mut payload = vec![0; length as usize];
        socket.read_exact(&mut payload).unwrap();
        text.extend(payload);
        if head[0] & 0x80 != 0 {
            return String::from_utf8(text).unwrap();
        }
    }
}

fn bytes<const N: usize>(socket: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    socket.read_exact(&mut bytes).unwrap();
    bytes
}
