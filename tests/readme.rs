//! The README's commands are run, and what it shows of their output is what they print, to the line.
//!
//! `COLLIGATE_README=write cargo test --test program readme` puts what they print now into README.md: read the difference before it is
//! committed.

use std::path::Path;
use std::process::Command;

use crate::common::*;

/// Lines that may differ from what is shown: how they begin, from where on they differ, and why.
const MAY_DIFFER: [(&str, &str, &str); 1] = [("run directory ", "; ", "it ends with the seconds that the run took")];

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The variable that has the README written anew.
const WRITE: &str = "COLLIGATE_README";

/// The address that the README gives a model server.
const ADDRESS: &str = "http://127.0.0.1:8080/v1";

/// What begins a block of commands.
const BLOCK: &str = "```console\n";

/// A command that calls the program, with the output shown below it.
struct Shown {
    command: String,
    output: String,
}

/// Commands of the README's console blocks that call the program.
fn shown(readme: &str) -> Vec<Shown> {
    let blocks = readme.split(BLOCK).skip(1).filter_map(|rest| rest.split("```").next());
    let parts = blocks.flat_map(|block| block.split("$ ").skip(1));
    let commands = parts.map(|part| {
        let (command, output) = part.split_once('\n').unwrap_or((part, ""));
        Shown { command: command.to_owned(), output: output.to_owned() }
    });
    commands.filter(|shown| shown.command.contains("cargo run")).collect()
}

/// Runs a shell command line with the program in the place of `cargo run`, from a folder that holds the project's files; returns
/// what a terminal shows.
fn in_shell(line: &str, folder: &Path) -> String {
    let program = env!("CARGO_BIN_EXE_colligate");
    let line = line.replace("cargo run --release --", program);
    let mut command = Command::new("sh");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COLLIGATE_") || name.starts_with("OPENAI_"))
    {
        command.env_remove(name);
    }
    command.env("COLLIGATE_CACHE", "none");
    let output = command.args(["-c", &format!("{line} 2>&1")]).current_dir(folder).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{line}\n{printed}");
    printed
}

/// A line without what may differ: an ellipsis stands for it.
fn steady(line: &str) -> String {
    let may_differ = MAY_DIFFER.iter().find(|(beginning, ..)| line.starts_with(beginning));
    let fixed = may_differ.and_then(|(_, from, _)| Some(format!("{}{from}…", line.rsplit_once(from)?.0)));
    fixed.unwrap_or_else(|| line.trim_end().to_owned())
}

/// The first line that is not as shown.
fn difference(shown: &str, printed: &str) -> Option<String> {
    let lines = |text: &str| text.trim_end().lines().map(steady).collect::<Vec<_>>();
    let (shown, printed) = (lines(shown), lines(printed));
    (0..shown.len().max(printed.len())).find_map(|line| {
        let of = |lines: &[String]| lines.get(line).cloned().unwrap_or_else(|| "(nothing)".into());
        let (shown, printed) = (of(&shown), of(&printed));
        (shown != printed).then(|| format!("line {}\n  shown:   {shown}\n  printed: {printed}", line + 1))
    })
}

#[test]
fn every_command_of_the_readme_prints_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new(ROOT).join("README.md");
    let readme = std::fs::read_to_string(&file).unwrap();
    std::os::unix::fs::symlink(Path::new(ROOT).join("corpora"), folder.path().join("corpora")).unwrap();
    let server = Server::start(|question| {
        if question.contains("\nStatement: ") { completion("Yes") } else { completion(r#"{"items":[]}"#) }
    });
    let commands = shown(&readme);
    assert!(commands.len() >= 5, "{} commands", commands.len());
    let is_written = std::env::var(WRITE).is_ok_and(|value| value == "write");
    let (mut written, mut wrong) = (readme.clone(), Vec::new());
    for Shown { command, output } in commands {
        let printed = in_shell(&command.replace(ADDRESS, &server.address), folder.path());
        let printed = printed.replace(&server.address, ADDRESS);
        // A command without an output below it is only run.
        if output.trim().is_empty() {
            continue;
        }
        if let Some(difference) = difference(&output, &printed) {
            wrong.push(format!("$ {command}\n{difference}"));
            let printed: Vec<String> = printed.trim_end().lines().map(steady).collect();
            written = written.replace(&format!("{command}\n{output}"), &format!("{command}\n{}\n", printed.join("\n")));
        }
    }
    if is_written {
        std::fs::write(&file, written).unwrap();
        return;
    }
    assert!(
        wrong.is_empty(),
        "{}\n\nREADME.md shows another output. If the new one is right: {WRITE}=write cargo test --test program readme. On another \
         type of processor a document at the border of two clusters may fall into the other one: then leave README.md.",
        wrong.join("\n\n")
    );
}

#[test]
fn only_the_named_lines_may_differ() {
    let is_alike = |shown, printed| difference(shown, printed).is_none();
    assert!(is_alike("run directory runs/a, report b; …", "run directory runs/a, report b; 17.0 s"));
    assert!(!is_alike("run directory runs/a; …", "run directory runs/b; 3.2 s"));
    assert!(!is_alike("23%  (101)  axle", "23%  (100)  axle"));
    assert!(!is_alike("a\nb\n", "a\n") && is_alike("a\n\n", "a\n"));
}
