//! The command line: parse, run one command, print the error chain, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    colligate::cli::main(env!("COLLIGATE_COMMIT"))
}
