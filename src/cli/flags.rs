//! How the command line speaks of parameters: by their flags. Nothing below it knows how they are spelled.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;
use crate::message::{Mention, Message};
use crate::shell::quoted;

/// Whether the command that runs calls the format of its files `--input-format`, as `--format` is that of what it prints.
static READS_INPUT_FORMAT: AtomicBool = AtomicBool::new(false);

/// Says that this command calls the format of its files `--input-format`.
pub fn with_input_format() {
    READS_INPUT_FORMAT.store(true, Ordering::Relaxed);
}

/// The flag of a parameter.
pub fn flag(parameter: &str) -> String {
    if parameter == "format" && READS_INPUT_FORMAT.load(Ordering::Relaxed) {
        return "--input-format".into();
    }
    if parameter.len() == 1 { format!("-{parameter}") } else { format!("--{parameter}") }
}

/// A parameter as it stands in a command, with its value.
pub fn spoken(mention: &Mention) -> String {
    let flag = flag(mention.parameter());
    match mention.value() {
        None => flag,
        Some(value) if !mention.is_exact() => format!("{flag} {value}"),
        // Else it would be taken for a flag.
        Some(value) if value.starts_with('-') => format!("{flag}={}", quoted(value)),
        Some(value) => format!("{flag} {}", quoted(value)),
    }
}

/// A message with its flags.
pub fn told(message: &Message) -> String {
    message.told(spoken)
}

/// A problem with what led to it, with its flags.
pub fn problem(problem: &anyhow::Error) -> String {
    let told = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref::<Error>() {
        Some(error) => self::told(&error.message()),
        None => cause.to_string(),
    };
    problem.chain().map(told).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message;

    #[test]
    fn a_parameter_is_called_by_its_flag_and_a_value_can_be_pasted() {
        let said = message!(
            "{@k 3}, {+goal \"why?\"}, {exact}, {hyphen}",
            exact = Mention::of("text-field").exact("column 1"),
            hyphen = Mention::of("text-field").exact("-body")
        );
        assert_eq!(told(&said), "-k 3, --goal \"why?\", --text-field 'column 1', --text-field=-body");
        let chain = anyhow::Error::new(Error::Usage(message!("leave {-ask} out"))).context("first");
        assert_eq!(problem(&chain), "first: leave --ask out");
    }
}
