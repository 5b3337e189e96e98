//! The README's commands are run, and what it shows of their output is what they print.

mod common;

use std::path::Path;
use std::process::Command;

use common::*;

/// Share of the shown lines that must be printed to the letter. Vectors differ in their last bits between types of processor,
/// so a document at the border of two groups may fall into the other one.
const ALIKE: f64 = 0.6;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Commands of the README's console blocks that call the program, with the output shown below each.
fn shown() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let blocks = readme.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned());
    let mut commands = Vec::new();
    for block in blocks {
        for part in block.split("$ ").skip(1) {
            let joined = part.replace("\\\n", " ");
            let (command, output) = joined.split_once('\n').unwrap_or((&joined, ""));
            commands.push((command.to_owned(), output.to_owned()));
        }
    }
    commands
}

/// Runs a shell command line with the program in the place of `cargo run`, from a folder that holds the project's files.
fn in_shell(line: &str, folder: &Path) -> std::process::Output {
    let program = env!("CARGO_BIN_EXE_colligate");
    let line = line.replace("cargo run --release --", program).replace("target/release/colligate", program);
    let mut command = Command::new("sh");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COLLIGATE_") || name.starts_with("OPENAI_"))
    {
        command.env_remove(name);
    }
    command.env("COLLIGATE_CACHE", "none");
    command.args(["-c", &line]).current_dir(folder).output().unwrap()
}

#[test]
fn every_command_of_the_readme_prints_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(Path::new(ROOT).join("corpora"), folder.path().join("corpora")).unwrap();
    let server = Server::start(|question| {
        if question.contains("\nStatement: ") { completion("Yes") } else { completion(r#"{"items":[]}"#) }
    });
    let commands: Vec<_> = shown().into_iter().filter(|(command, _)| command.contains("cargo run")).collect();
    assert!(commands.len() >= 3, "{commands:?}");
    for (command, output) in commands {
        let line = command.replace("http://127.0.0.1:8080/v1", &server.address);
        let printed = in_shell(&line, folder.path());
        assert!(printed.status.success(), "{command}\n{}", stderr(&printed));
        let printed = stdout(&printed);
        let wanted: Vec<&str> =
            output.lines().map(str::trim_end).filter(|line| !line.is_empty() && *line != "…").collect();
        let met = wanted.iter().filter(|wanted| printed.lines().any(|line| line.trim_end() == **wanted)).count();
        assert!(met as f64 >= ALIKE * wanted.len() as f64, "{command}\nshows\n{output}\nprints\n{printed}");
    }
}
