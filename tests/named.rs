//! Models by name: from the hub's cache, from a hub on loopback, on both engines.
#![cfg(feature = "fastembed")]

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::*;
use colligate::vectors::{dot, read_npy};

const WEIGHTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/all-MiniLM-L6-v2-w8");
/// A model of the catalogue that the built-in weights stand in for: the same tensors, and the mean over the tokens.
const MODEL: &str = "Qdrant/all-MiniLM-L6-v2-onnx";
const NAME: &str = "all-minilm-l6-v2-onnx";
const FILES: [&str; 4] = ["model.onnx", "tokenizer.json", "config.json", "tokenizer_config.json"];
const REVISION: &str = "5f1b8cd7";
/// Where nobody listens.
const NOWHERE: &str = "http://name:canary-5512@127.0.0.1:1";

/// A hub's cache that holds the model.
fn cached(folder: &Path) -> PathBuf {
    let model = folder.join("hub").join(format!("models--{}", MODEL.replace('/', "--")));
    let snapshot = model.join("snapshots").join(REVISION);
    fs::create_dir_all(&snapshot).unwrap();
    fs::create_dir_all(model.join("refs")).unwrap();
    fs::write(model.join("refs/main"), REVISION).unwrap();
    for name in FILES {
        fs::copy(format!("{WEIGHTS}/{name}"), snapshot.join(name)).unwrap();
    }
    folder.to_owned()
}

/// A run by an embedder, with the hub's cache in `home` and no hub to reach.
fn prepared(folder: &Path, home: &Path, embedder: &str, out: &Path) -> Command {
    let corpus = small_corpus(folder);
    let mut command =
        colligate(&["run", corpus.to_str().unwrap(), "--goal", "why?", "-k", "4", "--embedder", embedder]);
    command.args(["--out", out.to_str().unwrap()]).env("HF_HOME", home).env("HF_ENDPOINT", NOWHERE);
    command
}

fn with(mut command: Command, variable: &str, value: impl AsRef<OsStr>) -> Command {
    command.env(variable, value);
    command
}

fn vectors(run: &Path) -> Vec<u8> {
    fs::read(run.join("embeddings.npy")).unwrap()
}

#[test]
fn a_cached_model_runs_by_name_without_a_network_and_gives_the_vectors_of_its_weights() {
    let folder = tempfile::tempdir().unwrap();
    let home = cached(&folder.path().join("home"));
    let (named, builtin) = (folder.path().join("named"), folder.path().join("builtin"));
    let output = expect(prepared(folder.path(), &home, NAME, &named), 0);
    assert!(!stderr(&output).contains("downloading"), "{}", stderr(&output));
    check_invariants(&named);
    expect(prepared(folder.path(), &home, "builtin", &builtin), 0);
    assert_eq!((files(&named), vectors(&named)), (files(&builtin), vectors(&builtin)));
    let embedder = &manifest(&named)["embedder"];
    assert_eq!((&embedder["id"], &embedder["window"]), (&format!("hub:{MODEL}").into(), &512.into()));
    assert_eq!(manifest(&named)["plan"]["embedder"]["value"], NAME);
}

#[test]
fn the_doctor_examines_a_model_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = colligate(&["doctor", "--embedder", "AllMiniLML6V2"]);
    command.env("HF_HOME", cached(folder.path())).env("HF_ENDPOINT", NOWHERE);
    let said = stdout(&expect(command, 0));
    assert!(said.starts_with(&format!("embedder hub:{MODEL}: 384 dimensions, reads 512 tokens of a text")), "{said}");
}

#[test]
fn a_model_that_is_not_to_be_had_is_named_with_the_folder_and_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let (home, out) = (folder.path().join("home"), folder.path().join("run"));
    let offline = with(prepared(folder.path(), &home, NAME, &out), "HF_HUB_OFFLINE", "1");
    let unreachable = prepared(folder.path(), &home, NAME, &out);
    for (command, reason) in
        [(offline, "HF_HUB_OFFLINE forbids a download"), (unreachable, "http://127.0.0.1:1 does not give it")]
    {
        let said = stderr(&expect(command, 1));
        let hub = home.join("hub");
        for part in [MODEL, hub.to_str().unwrap(), reason, "set HF_HOME", "--embedder"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("canary") && !out.exists(), "{said}");
    }
}

/// A hub that gives the files of the model: to any number of requests, each on a connection of its own.
fn hub() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
    address
}

/// Answers one request for a part of a file.
fn answer(mut stream: TcpStream) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let Some(path) = request.first().and_then(|line| line.split(' ').nth(1)) else { return };
    let name = path.rsplit('/').next().unwrap();
    assert_eq!(path, format!("/{MODEL}/resolve/main/{name}"));
    assert!(!request.iter().any(|line| line.to_lowercase().starts_with("authorization")), "{request:?}");
    let file = fs::read(format!("{WEIGHTS}/{name}")).unwrap();
    let range = request.iter().find_map(|line| line.to_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    let range = range.unwrap();
    let (first, last) = range.split_once('-').unwrap();
    let first: usize = first.parse().unwrap();
    let last = last.parse().unwrap_or(file.len() - 1);
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nETag: \"{name}\"\r\nX-Repo-Commit: {REVISION}\r\nConnection: close\r\n\
         Content-Range: bytes {first}-{last}/{}\r\nContent-Length: {}\r\n\r\n",
        file.len(),
        last + 1 - first
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&file[first..=last])).unwrap();
}

#[test]
fn a_model_is_downloaded_once() {
    let folder = tempfile::tempdir().unwrap();
    let (home, hub) = (folder.path().join("home"), hub());
    fs::create_dir_all(&home).unwrap();
    fs::write(home.join("token"), "canary-5512").unwrap();
    let run = |name: &str, variable: (&str, &str)| {
        let out = folder.path().join(name);
        let said = stderr(&expect(with(prepared(folder.path(), &home, NAME, &out), variable.0, variable.1), 0));
        (said, vectors(&out))
    };
    let (said, first) = run("first", ("HF_ENDPOINT", &hub));
    assert!(said.contains(&format!("downloading {MODEL} from {hub}")), "{said}");
    let (said, second) = run("second", ("HF_HUB_OFFLINE", "1"));
    assert!(!said.contains("downloading"), "{said}");
    assert_eq!(first, second);
}

#[test]
fn a_library_that_is_none_is_an_error_before_anything_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let home = cached(&folder.path().join("home"));
    let (text, out) = (folder.path().join("text.so"), folder.path().join("run"));
    fs::write(&text, "no library").unwrap();
    for library in [folder.path().join("missing.so"), text] {
        let command = with(prepared(folder.path(), &home, NAME, &out), "ORT_DYLIB_PATH", &library);
        let said = stderr(&expect(command, 2));
        assert!(said.contains("ORT_DYLIB_PATH names no ONNX Runtime library"), "{said}");
        assert!(said.contains(library.to_str().unwrap()), "{said}");
    }
}

#[test]
fn both_engines_agree_and_are_not_mixed() {
    let Some(library) = std::env::var_os("ORT_DYLIB_PATH") else {
        eprintln!("not run: ORT_DYLIB_PATH names no ONNX Runtime library");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let home = cached(&folder.path().join("home"));
    let (rten, runtime) = (folder.path().join("rten"), folder.path().join("runtime"));
    expect(prepared(folder.path(), &home, NAME, &rten), 0);
    let native = |out: &Path| with(prepared(folder.path(), &home, NAME, out), "ORT_DYLIB_PATH", &library);
    expect(native(&runtime), 0);
    check_invariants(&runtime);
    let [one, other] = [&rten, &runtime].map(|run| read_npy(&run.join("embeddings.npy")).unwrap());
    let cosines = (0..one.len()).map(|row| dot(one.row(row), other.row(row)));
    let least = cosines.fold(1.0, f32::min);
    assert!(least > 0.9999, "{least}");
    let mut resumed = native(&rten);
    resumed.arg("--resume");
    let said = stderr(&expect(resumed, 2));
    assert!(said.contains(&format!("is hub:{MODEL}, not hub:{MODEL}, ONNX Runtime")), "{said}");
}
