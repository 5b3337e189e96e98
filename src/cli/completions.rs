//! `colligate completions` and `colligate man`: what a shell and a manual page need to know of the command line.

use clap::{Args, Command};
use clap_complete::Shell;

use super::print;

/// Print completions for a shell, to be saved where the shell looks for them
#[derive(Debug, Args)]
pub struct Completions {
    /// Shell to print them for
    shell: Shell,
}

impl Completions {
    /// Prints the completions of `command`.
    pub fn run(&self, mut command: Command) -> anyhow::Result<u8> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "colligate", &mut script);
        print::data(&String::from_utf8(script)?)?;
        Ok(0)
    }
}

/// Print the manual page: `colligate man | man -l -`
#[derive(Debug, Args)]
pub struct Man {}

impl Man {
    /// Prints the pages of `command` and of its subcommands, one after the other.
    pub fn run(&self, mut command: Command) -> anyhow::Result<u8> {
        command.build();
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone()).render(&mut page)?;
        for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
            let mut section = clap_mangen::Man::new(subcommand.clone());
            section = section.title(format!("colligate-{}", subcommand.get_name()));
            section.render(&mut page)?;
        }
        print::data(&String::from_utf8(page)?)?;
        Ok(0)
    }
}
