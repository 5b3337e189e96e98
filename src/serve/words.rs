//! How the service speaks of parameters: by the fields of a request.

use crate::message::Mention;

/// Parameters that a client names by naming a backend.
const OF_THE_BACKEND: [&str; 8] =
    ["llm", "model", "judge", "judge-model", "api-key-env", "api-key-file", "price-in", "price-out"];

/// The field of a request by which a client says a parameter.
pub fn field(parameter: &str) -> String {
    match parameter {
        "goal" | "codebook" => parameter.to_owned(),
        // Of a run on a command line; here a job is gone on with as it is.
        "out" | "resume" | "replay" | "dry-run" | "base" | "edits" => "job".into(),
        _ if OF_THE_BACKEND.contains(&parameter) => "plan.backend".into(),
        _ => format!("plan.{parameter}"),
    }
}

/// A parameter in a sentence.
pub fn spoken(mention: &Mention) -> String {
    let field = field(mention.parameter());
    match mention.value() {
        Some(value) if field != "plan.backend" && field.starts_with("plan.") => format!("{field} = {value}"),
        _ => field,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_called_by_its_field() {
        let said = [
            Mention::of("text-field").exact("body"),
            Mention::of("llm").shown("URL"),
            Mention::of("goal"),
            Mention::of("out").shown("/data/jobs"),
        ];
        assert_eq!(said.each_ref().map(spoken), ["plan.text-field = body", "plan.backend", "goal", "job"]);
    }
}
