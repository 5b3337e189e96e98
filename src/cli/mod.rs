//! The command line. One file a subcommand; each makes one library call and prints what came of it.

mod asking;
mod assign;
mod columns;
mod completions;
mod diff;
mod doctor;
mod edits;
mod embed;
mod embedding;
mod estimate;
mod evaluate;
mod flags;
mod help;
mod interrupt;
mod layers;
mod mock;
mod new_file;
mod print;
mod progress;
mod reading;
mod report;
mod run;
mod search;
mod serve;
mod update;
mod version;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::error::{Error, Exit};
use progress::Form;

/// Sorts a heap of texts by what its reader cares about: documents and a goal in, explained clusters out.
#[derive(Debug, Parser)]
#[command(name = "colligate")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Run>),
    Columns(columns::Columns),
    Assign(Box<assign::Assign>),
    Update(Box<update::Update>),
    Report(report::Report),
    Eval(evaluate::Eval),
    Diff(diff::Diff),
    Search(search::Search),
    Embed(embed::Embed),
    Doctor(doctor::Doctor),
    Serve(serve::Serve),
    Mock(mock::Mock),
    Completions(completions::Completions),
    Man(completions::Man),
}

/// The whole command line, laid out.
pub fn command() -> clap::Command {
    // A number that is too small is told by its flag, not taken for another flag.
    help::laid_out(Cli::command()).mut_subcommands(|command| command.allow_negative_numbers(true))
}

/// Whether a command calls the format of its files `--input-format`. Its matches do not tell: what they say of an argument that a command
/// does not have depends on how clap was built.
fn reads_input_format(whole: &clap::Command, command: &str) -> bool {
    let command = whole.find_subcommand(command);
    command.is_some_and(|command| command.get_arguments().any(|one| one.get_id() == "input_format"))
}

/// Parses the arguments, runs one command and returns its exit code. `commit` names what the program was built from.
pub fn main(commit: &str) -> ExitCode {
    let mut whole = command().version(version::version(commit)).propagate_version(true);
    let matches = match whole.try_get_matches_from_mut(std::env::args_os()) {
        Ok(matches) => matches,
        Err(mut problem) => {
            if is_flag_of_another(&problem) {
                // The parser would advise to pass it as a value behind `--`: it was meant as a flag.
                problem.remove(ContextKind::Suggested);
            }
            return told(&problem);
        }
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(problem) => return told(&problem),
    };
    if matches.subcommand_name().is_some_and(|name| reads_input_format(&whole, name)) {
        flags::with_input_format();
    }
    let outcome = match (cli.command, matches.subcommand()) {
        (Command::Run(command), Some((_, matches))) => command.run(matches),
        (Command::Columns(command), _) => command.run(),
        (Command::Assign(command), Some((_, matches))) => command.run(matches),
        (Command::Update(command), Some((_, matches))) => command.run(matches),
        (Command::Report(command), _) => command.run(),
        (Command::Eval(command), _) => command.run(),
        (Command::Diff(command), _) => command.run(),
        (Command::Search(command), _) => command.run(),
        (Command::Embed(command), _) => command.run(),
        (Command::Doctor(command), _) => command.run(),
        (Command::Serve(command), _) => command.run(),
        (Command::Mock(command), _) => command.run(),
        (Command::Completions(shell), _) => shell.run(command()),
        (Command::Man(page), _) => page.run(command()),
        (Command::Run(_) | Command::Assign(_) | Command::Update(_), None) => {
            unreachable!("a parsed subcommand has its matches")
        }
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            let error: Option<&Error> = problem.downcast_ref();
            let code = ExitCode::from(error.map_or(Exit::Failed.code(), Error::exit_code));
            if is_told_in_json(&matches) {
                progress::failed(&problem);
                return code;
            }
            print::message(&format!("error: {}", flags::problem(&problem)));
            if let Some(Error::Reading { cure, .. }) = error
                && !cure.is_empty()
            {
                print::message(&run::corrected(cure));
            }
            code
        }
    }
}

/// Whether a flag that a command does not have is one of another command.
fn is_flag_of_another(problem: &clap::Error) -> bool {
    let Some(ContextValue::String(flag)) = problem.get(ContextKind::InvalidArg) else { return false };
    let name = flag.strip_prefix("--").unwrap_or_default();
    let command = Cli::command();
    command.get_subcommands().flat_map(clap::Command::get_arguments).any(|argument| argument.get_long() == Some(name))
}

/// Whether another program reads what is told.
fn is_told_in_json(matches: &ArgMatches) -> bool {
    let form = matches.subcommand().and_then(|(_, matches)| matches.try_get_one::<Form>("progress").ok().flatten());
    form == Some(&Form::Json)
}

/// Prints what the parser has to say: help and version as they are, a problem without the escapes that a word may hold.
fn told(problem: &clap::Error) -> ExitCode {
    if problem.use_stderr() {
        print::message(problem.to_string().trim_end());
        return ExitCode::from(Exit::Usage.code());
    }
    match problem.print() {
        Err(failed) if failed.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(Exit::Failed.code()),
        _ => ExitCode::SUCCESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_of_files_is_called_as_the_command_calls_it() {
        let reading = ["assign", "update", "embed"];
        let reads = |name| reads_input_format(&command(), name);
        assert!(reading.into_iter().all(reads));
        assert!(!["run", "columns", "report"].into_iter().any(reads));
    }

    #[test]
    fn a_flag_of_another_command_is_told_from_a_word() {
        let refused = |flag: &str| {
            command().try_get_matches_from(["colligate", "embed", "a.csv", "--out", "v", flag]).unwrap_err()
        };
        assert!(is_flag_of_another(&refused("--cache")));
        assert!(!is_flag_of_another(&refused("--nothing-of-the-kind")));
    }
}
