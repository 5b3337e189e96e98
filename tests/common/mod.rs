//! What the tests share: the program with a clean environment, run directories read as a stranger would, and a scripted model
//! server on loopback that counts what it is asked.

pub mod chromium;
pub mod mocked;
pub mod served;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

pub const TICKETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/support-tickets/documents.jsonl");

/// The program, without any variable of the caller's that it would read.
pub fn colligate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_colligate"));
    let is_ours = |name: &str| name.starts_with("COLLIGATE_") || name.starts_with("OPENAI_");
    let is_hubs = |name: &str| name.starts_with("HF_") || name == "ORT_DYLIB_PATH";
    let is_read = |name: &str| is_ours(name) || is_hubs(name) || name.to_ascii_lowercase().ends_with("_proxy");
    for (name, _) in std::env::vars().filter(|(name, _)| is_read(name)) {
        command.env_remove(name);
    }
    // The user's vector cache is none of a test's business.
    command.env("COLLIGATE_CACHE", "none").args(arguments);
    command
}

/// Runs it and checks the exit code.
pub fn run(arguments: &[&str], code: i32) -> Output {
    expect(colligate(arguments), code)
}

/// Runs a prepared command and checks the exit code.
pub fn expect(mut command: Command, code: i32) -> Output {
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{errors}");
    output
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs a command that reads `input`.
pub fn fed(mut command: Command, input: &[u8], code: i32) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that is refused does not read it.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    output
}

/// The command that a run printed to go on with it, or to try instead.
pub fn printed(said: &str) -> String {
    let line = said.lines().find(|line| line.starts_with("  colligate run"));
    line.unwrap_or_else(|| panic!("{said}")).trim().to_owned()
}

/// Runs a printed command in a folder, as a shell would.
pub fn pasted(line: &str, folder: &Path, variables: &[(&str, &str)], input: &[u8], code: i32) -> Output {
    let program = env!("CARGO_BIN_EXE_colligate");
    let line = line.replacen("colligate", &format!("'{program}'"), 1);
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder).env("COLLIGATE_CACHE", "none").envs(variables.iter().copied());
    fed(command, input, code)
}

pub fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn manifest(run: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(run.join("manifest.json")).unwrap()).unwrap()
}

/// Whether some bytes hold a key that tests give away, by its beginning.
pub fn has_canary(bytes: &[u8]) -> bool {
    bytes.windows("canary-83617".len()).any(|window| window == b"canary-83617")
}

/// No file below the folder holds such a key, in its name or in its bytes; returns how many were read.
pub fn no_file_holds_it(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let check = |path: PathBuf| {
        assert!(!has_canary(path.as_os_str().as_encoded_bytes()), "{}", path.display());
        if path.is_dir() {
            return no_file_holds_it(&path);
        }
        assert!(!has_canary(&std::fs::read(&path).unwrap()), "{}", path.display());
        1
    };
    entries.map(check).sum()
}

/// The two files that must be the same bytes each time.
pub fn files(run: &Path) -> [String; 2] {
    ["clusters.jsonl", "assignments.jsonl"].map(|name| std::fs::read_to_string(run.join(name)).unwrap())
}

/// What every run directory must be true of, whatever the method.
pub fn check_invariants(run: &Path) {
    let (manifest, clusters, assignments) =
        (manifest(run), lines(&run.join("clusters.jsonl")), lines(&run.join("assignments.jsonl")));
    let texts: BTreeMap<String, String> = lines(&run.join("documents.jsonl"))
        .iter()
        .map(|document| (document["id"].as_str().unwrap().to_owned(), document["text"].as_str().unwrap().to_owned()))
        .collect();
    let counts = &manifest["documents"];
    let total: u64 =
        ["assigned", "uncovered", "skipped", "failed"].iter().map(|status| counts[status].as_u64().unwrap()).sum();
    assert_eq!(total, manifest["corpus"]["rows"].as_u64().unwrap(), "totals must reconcile");
    assert_eq!(total as usize, assignments.len(), "one line a row");
    let ids: Vec<&str> = clusters.iter().map(|cluster| cluster["id"].as_str().unwrap()).collect();
    for line in &assignments {
        for membership in line["clusters"].as_array().unwrap() {
            assert!(ids.contains(&membership["id"].as_str().unwrap()), "{line}");
        }
        assert_eq!(line["status"] == "assigned", line["primary"].is_string(), "{line}");
        assert_eq!(line["status"] == "assigned", line["reason"].is_null(), "{line}");
    }
    for cluster in &clusters {
        let size = assignments
            .iter()
            .filter(|line| line["clusters"].as_array().unwrap().iter().any(|held| held["id"] == cluster["id"]))
            .count();
        assert_eq!(cluster["size"], size, "{}", cluster["label"]);
        for evidence in cluster["evidence"].as_array().unwrap() {
            let (start, end) =
                (evidence["start"].as_u64().unwrap() as usize, evidence["end"].as_u64().unwrap() as usize);
            assert_eq!(&texts[evidence["document"].as_str().unwrap()][start..end], evidence["quote"].as_str().unwrap());
        }
    }
}

/// A small corpus of its own: parcels, brakes, refunds and thanks, ten of each, with ids.
pub fn small_corpus(folder: &Path) -> PathBuf {
    let places = ["Leeds", "Cork", "Oslo", "Gdansk", "Porto", "Lyon", "Turin", "Ghent", "Graz", "Brno"];
    let mut rows = Vec::new();
    for (number, place) in places.iter().enumerate() {
        rows.push(json!({"id": format!("p{number}"), "text": format!("My parcel to {place} has not arrived, tracking is stuck since day {number}.")}));
        rows.push(json!({"id": format!("b{number}"), "text": format!("The brake of the bike I bought in {place} squeals and rubs on ride {number}.")}));
        rows.push(json!({"id": format!("r{number}"), "text": format!("I want a refund for the jacket returned from {place}, {number} weeks and no money.")}));
        rows.push(json!({"id": format!("t{number}"), "text": format!("Thanks to the lovely team in {place}, great service number {number}!")}));
    }
    write_rows(&folder.join("small.jsonl"), &rows)
}

/// The small corpus several times over, each text its own. A sentence that were the same but for its number would be a form's.
pub fn repeated_corpus(folder: &Path, times: usize) -> PathBuf {
    let rows = lines(&small_corpus(folder));
    let copy = |round: usize| {
        rows.iter().map(move |row| {
            let (id, text) = (row["id"].as_str().unwrap(), row["text"].as_str().unwrap());
            json!({"id": format!("{id}-{round}"), "text": format!("{text} Case {id} {round}.")})
        })
    };
    write_rows(&folder.join("repeated.jsonl"), &(0..times).flat_map(copy).collect::<Vec<_>>())
}

/// Documents of the small corpus, repeated or not, whose cluster has the label of their own group.
pub fn right(run: &Path) -> usize {
    right_by(run, |label, group| label == group)
}

/// The same where a label is right by another rule.
pub fn right_by(run: &Path, is_label_of: impl Fn(&str, &str) -> bool) -> usize {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let clusters = lines(&run.join("clusters.jsonl"));
    let labels: BTreeMap<String, String> = clusters.iter().map(|one| (text(&one["id"]), text(&one["label"]))).collect();
    let is_right = |line: &Value| {
        let wanted = match line["id"].as_str().unwrap().as_bytes()[0] {
            b'p' => "late parcels",
            b'b' => "noisy brakes",
            b'r' => "refunds",
            _ => "praise",
        };
        is_label_of(&labels[line["primary"].as_str().unwrap()], wanted)
    };
    lines(&run.join("assignments.jsonl")).iter().filter(|line| is_right(line)).count()
}

/// Runs a corpus with the model at an address; returns what it printed to standard error.
pub fn ask_at(address: &str, corpus: &Path, out: &Path, more: &[&str], code: i32) -> String {
    let (corpus, out) = (corpus.to_str().unwrap(), out.to_str().unwrap());
    let fixed = ["run", corpus, "--goal", "why do they write?", "--out", out, "--llm", address];
    stderr(&run(&[&fixed, more].concat(), code))
}

/// Replays a run beside it: the files that must be the same bytes are.
pub fn check_replay(corpus: &Path, recorded: &Path) {
    let replayed = recorded.with_file_name("replayed");
    let [corpus, recorded_name, out] = [corpus, recorded, &replayed].map(|path| path.to_str().unwrap());
    run(&["run", corpus, "--replay", recorded_name, "--out", out], 0);
    assert_eq!(files(&replayed), files(recorded));
}

pub fn write_rows(file: &Path, rows: &[Value]) -> PathBuf {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    std::fs::write(file, text).unwrap();
    file.to_owned()
}

/// What a scripted model replies: an HTTP status and a body.
pub struct Scripted {
    pub status: u16,
    pub body: String,
}

/// A chat completion with the given text.
pub fn completion(content: &str) -> Scripted {
    let body = json!({
        "id": "x", "object": "chat.completion", "created": 1, "model": "scripted",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
    });
    Scripted { status: 200, body: body.to_string() }
}

type Script = dyn Fn(&str) -> Scripted + Send + Sync;

/// An OpenAI-compatible server with one model, `scripted`, on loopback. It lives as long as the test process.
pub struct Server {
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
    keys: Arc<Mutex<BTreeSet<String>>>,
}

/// What a server is beside a list of one model.
struct Kind {
    /// Where the script gets the last message of each request.
    chats: &'static str,
    /// Where it gets the whole body.
    whole: &'static str,
    /// How often each reply is sent.
    times: usize,
}

impl Server {
    /// `script` gets the last message of each chat request, and the whole body of one for embeddings.
    pub fn start(script: impl Fn(&str) -> Scripted + Send + Sync + 'static) -> Server {
        Server::repeating(1, script)
    }

    /// The same where each reply is sent so many times.
    pub fn repeating(times: usize, script: impl Fn(&str) -> Scripted + Send + Sync + 'static) -> Server {
        Server::of(Kind { chats: "/chat/completions", whole: "/embeddings", times }, script)
    }

    /// A decision model, whose `script` gets the whole body of each request to `/v1/systemone`.
    pub fn deciding(script: impl Fn(&str) -> Scripted + Send + Sync + 'static) -> Server {
        Server::of(Kind { chats: "none", whole: "/systemone", times: 1 }, script)
    }

    fn of(kind: Kind, script: impl Fn(&str) -> Scripted + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/v1", listener.local_addr().unwrap());
        let (asked, keys) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(BTreeSet::new())));
        let (log, script, kind): (_, Arc<Script>, _) =
            ((asked.clone(), keys.clone()), Arc::new(script), Arc::new(kind));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, script, kind) = (log.clone(), script.clone(), kind.clone());
                std::thread::spawn(move || serve(stream, (&log.0, &log.1), script.as_ref(), &kind));
            }
        });
        Server { address, asked, keys }
    }

    /// The keys that it was sent.
    pub fn keys(&self) -> BTreeSet<String> {
        self.keys.lock().unwrap().clone()
    }

    /// A model that knows the small corpus: proposes its four groups and judges by a word.
    pub fn knowing() -> Server {
        Server::start(judge)
    }

    /// Requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The words by which the small corpus's groups are judged.
const GROUPS: [(&str, &str); 4] =
    [("late parcels", "parcel"), ("noisy brakes", "brake"), ("refunds", "refund"), ("praise", "thanks")];

/// A scripted answer to any question about the small corpus.
pub fn judge(question: &str) -> Scripted {
    if question.contains("Give the group a label") {
        return name(question);
    }
    if question.contains("Which of the two groups") {
        return compare(question);
    }
    if question.contains(r#"{"groups": [number"#) {
        return choose(question);
    }
    if question.contains("with its letter alone") {
        return choose_letter(question);
    }
    if question.contains("the same group for this goal?") {
        let shown = shown(question);
        return completion(if shown[0] == shown[1] { "Yes" } else { "No" });
    }
    if question.contains("Some documents of one group") {
        return describe(question);
    }
    if question.contains(r#"{"keep": "#) {
        return completion(r#"{"items": []}"#);
    }
    let Some((document, statement)) = question.split_once("\nStatement: ") else { return propose(question) };
    let (_, word) = GROUPS.iter().find(|(label, _)| statement.contains(label)).unwrap();
    completion(if document.to_lowercase().contains(word) { "Yes" } else { "No" })
}

/// The group of each document shown, by its word.
fn shown(question: &str) -> Vec<&'static str> {
    let documents = question.split("<document>").skip(1).map(|part| part.split("</document>").next().unwrap());
    documents.map(|document| group_names(document)[0]).collect()
}

/// The number of the document that is of the first one's group, where only one is.
pub fn compare(question: &str) -> Scripted {
    let shown = shown(question);
    let numbers: &[usize] = match (shown[0] == shown[1], shown[0] == shown[2]) {
        (true, false) => &[1],
        (false, true) => &[2],
        _ => &[],
    };
    completion(&json!({ "groups": numbers }).to_string())
}

/// Describes documents by the group of the first.
pub fn describe(question: &str) -> Scripted {
    let label = shown(question)[0];
    completion(&json!({"items": [{"label": label, "predicate": format!("This is a case of {label}.")}]}).to_string())
}

/// Names a group as it was proposed.
pub fn name(question: &str) -> Scripted {
    let (_, predicate) = question.split_once("What is true of each of them").unwrap();
    let (label, _) = GROUPS.iter().find(|(label, _)| predicate.contains(label)).unwrap();
    completion(&json!({"items": [{"label": label}]}).to_string())
}

/// The numbers of the listed groups whose word the document holds.
pub fn choose(question: &str) -> Scripted {
    choose_by(question, |document, line| {
        let group = GROUPS.iter().find(|(label, _)| line.contains(label));
        group.is_some_and(|(_, word)| document.to_lowercase().contains(word))
    })
}

/// The numbers of the listed groups whose line holds for the document.
pub fn choose_by(question: &str, holds: impl Fn(&str, &str) -> bool) -> Scripted {
    let (document, list) = question.split_once("</document>").unwrap();
    let held = list.lines().filter(|line| holds(document, line));
    let numbers: Vec<usize> = held.filter_map(|line| line.split_once(". ")?.0.parse().ok()).collect();
    completion(&json!({ "groups": numbers }).to_string())
}

/// The letter of the listed group whose word the document holds, else the last one, which stands for none.
fn choose_letter(question: &str) -> Scripted {
    let (document, list) = question.split_once("</document>").unwrap();
    let lettered: Vec<(&str, &str)> =
        list.lines().filter_map(|line| line.split_once(". ")).filter(|(letter, _)| letter.len() == 1).collect();
    let holds = |predicate: &str| {
        let group = GROUPS.iter().find(|(label, _)| predicate.contains(label));
        group.is_some_and(|(_, word)| document.to_lowercase().contains(word))
    };
    let held = lettered.iter().find(|(_, predicate)| holds(predicate)).or(lettered.last());
    completion(held.unwrap().0)
}

/// The groups whose word a text holds.
pub fn group_names(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    GROUPS.iter().filter(|(_, word)| text.contains(word)).map(|(label, _)| *label).collect()
}

/// Proposes those of the groups that occur in the sample and are not known yet.
pub fn propose(question: &str) -> Scripted {
    let (sample, known) = question.split_once("The reader's goal again").unwrap();
    let seen = GROUPS
        .iter()
        .filter(|(label, word)| sample.to_lowercase().contains(word) && !known.contains(&format!("- {label}")));
    let items: Vec<Value> = seen.map(|(label, word)| json!({"label": label, "predicate": format!("This is a case of {label}, as the {word} shows.")})).collect();
    completion(&json!({ "items": items }).to_string())
}

/// What a decision model says of one choice at `/v1/systemone`, by the groups' words.
pub fn decide(body: &str) -> Scripted {
    let body: Value = serde_json::from_str(body).unwrap();
    let groups = group_names(body["state"].as_str().unwrap());
    let choice = |question: &Value| {
        let options: Vec<&String> = question["criteria"].as_object().unwrap().keys().collect();
        let held = options.iter().position(|option| groups.contains(&option.as_str())).unwrap_or(options.len() - 1);
        let rest = 0.1 / (options.len() - 1) as f64;
        let shares = options.iter().enumerate().map(|(place, _)| if place == held { 0.9 } else { rest });
        let shares: serde_json::Map<_, _> =
            options.iter().map(|&option| option.clone()).zip(shares.map(Value::from)).collect();
        json!({"type": "choice", "choice": options[held], "confidence": 0.9, "probabilities": shares})
    };
    let questions = body["questions"].as_object().unwrap();
    let answers: serde_json::Map<_, _> =
        questions.iter().map(|(name, question)| (name.clone(), choice(question))).collect();
    let usage = json!({"input_tokens": body["state"].as_str().unwrap().len() / 4 + 20});
    Scripted { status: 200, body: json!({"model": "decider", "answers": answers, "usage": usage}).to_string() }
}

fn serve(stream: TcpStream, log: (&Mutex<Vec<String>>, &Mutex<BTreeSet<String>>), script: &Script, kind: &Kind) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    let (log, keys) = log;
    while let Some((path, key, body)) = request(&mut reader) {
        keys.lock().unwrap().extend(key);
        let reply = if path.ends_with("/models") {
            Scripted { status: 200, body: json!({"data": [{"id": "scripted"}]}).to_string() }
        } else if path.ends_with(kind.whole) {
            let body = String::from_utf8(body).unwrap();
            log.lock().unwrap().push(body.clone());
            script(&body)
        } else if !path.ends_with(kind.chats) {
            Scripted { status: 404, body: String::new() }
        } else {
            let body: Value = serde_json::from_slice(&body).unwrap();
            let question = body["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned();
            log.lock().unwrap().push(question.clone());
            script(&question)
        };
        let head = format!(
            "HTTP/1.1 {} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            reply.status,
            reply.body.len()
        );
        if stream.write_all(format!("{head}{}", reply.body).repeat(kind.times).as_bytes()).is_err() {
            return;
        }
    }
}

/// Path, key and body of the next request; none when the client has gone.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Option<String>, Vec<u8>)> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|&bytes| bytes > 0)?;
    let (mut length, mut key) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = header.strip_prefix("authorization: Bearer ") {
            key = Some(value.trim().to_owned());
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first.split(' ').nth(1)?.to_owned(), key, body))
}
