//! How `--help` of `run` is laid out: under which heading each flag stands.

use clap::Command;

/// Headings in the order in which a newcomer needs them, each with the flags under it.
const HEADINGS: [(&str, &[&str]); 8] = [
    (
        "What to cluster by",
        &["goal", "codebook", "propose", "k", "levels", "method", "cluster_penalty", "max_share", "seed"],
    ),
    (
        "Reading the documents",
        &[
            "format",
            "text_field",
            "id_field",
            "records",
            "sheet",
            "no_header",
            "turns",
            "keep_boilerplate",
            "keep_fillers",
            "on_error",
            "limit",
        ],
    ),
    (
        "Asking a model",
        &[
            "llm",
            "model",
            "replay",
            "questions",
            "ask",
            "audit",
            "perspective",
            "rounds",
            "candidates",
            "max_unparsed",
            "prompts",
        ],
    ),
    (
        "Caps and prices",
        &["dry_run", "max_calls", "max_tokens", "max_cost", "max_minutes", "price_in", "price_out", "price_embedding"],
    ),
    (
        "The model's server",
        &["api_key_env", "api_key_file", "key_over_http", "extra_body", "concurrency", "timeout", "wait"],
    ),
    ("Embedding", &["embedder", "embedder_model", "embedder_key_env", "embedder_key_file", "cache"]),
    ("The run", &["out", "resume", "no_texts", "config", "threads"]),
    ("What is printed", &["quiet", "json", "help", "version"]),
];

/// Gives every flag of `run` its heading. The current value of a variable is not shown: it is not help, and may be private.
pub fn laid_out(command: Command) -> Command {
    command.mut_subcommands(|command| command.mut_args(|argument| argument.hide_env_values(true))).mut_subcommand(
        "run",
        |command| {
            command.mut_args(|argument| {
                let heading = heading(argument.get_id().as_str());
                if argument.is_positional() { argument } else { argument.help_heading(heading) }
            })
        },
    )
}

fn heading(flag: &str) -> Option<&'static str> {
    HEADINGS.iter().find(|(_, flags)| flags.contains(&flag)).map(|(heading, _)| *heading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_of_run_stands_under_a_heading() {
        let command = crate::cli::command();
        let run = command.find_subcommand("run").unwrap();
        let flags = run.get_arguments().filter(|argument| !argument.is_positional());
        let homeless: Vec<_> = flags.map(|flag| flag.get_id().as_str()).filter(|id| heading(id).is_none()).collect();
        assert!(homeless.is_empty(), "give these a heading: {homeless:?}");
    }
}
