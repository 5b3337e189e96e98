//! How `--help` is laid out.

use clap::{Arg, Command};
use serde_json::Value;

use crate::plan::PARAMETERS;

/// Where the flags stand that say nothing of the run itself.
pub const PRINTED: &str = "What is printed";

/// Gives every parameter of `run` its default in words, and the flags of clap a heading. The current value of a variable is not
/// shown: it is not help, and may be private.
pub fn laid_out(command: Command) -> Command {
    command
        .mut_subcommands(|command| command.mut_args(|argument| argument.hide_env_values(true)))
        .mut_subcommand("run", |command| command.mut_args(with_default))
}

/// Appends the default that the parameter's declaration gives; a switch is off without saying so.
fn with_default(argument: Arg) -> Arg {
    let id = argument.get_id().as_str();
    let parameter = PARAMETERS.iter().find(|parameter| parameter.id() == id);
    let default = match parameter.and_then(|parameter| parameter.default()) {
        None | Some(Value::Bool(_)) => return argument,
        Some(Value::String(word)) => word,
        Some(other) => other.to_string(),
    };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    argument.help(format!("{help} [default: {default}]"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_flag_of_run_stands_under_a_heading() {
        let command = crate::cli::command();
        let run = command.find_subcommand("run").unwrap();
        let flags = run.get_arguments().filter(|argument| !argument.is_positional());
        let homeless: Vec<_> =
            flags.filter(|flag| flag.get_help_heading().is_none()).map(|flag| flag.get_id()).collect();
        assert!(homeless.is_empty(), "give these a heading: {homeless:?}");
    }
}
