//! What stands around an answer and is no part of it: reasoning, marks of a chat template that a server did not take out,
//! the word "Answer", a JSON object of one field.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Marks that end a turn in templates whose marks are not of the form `<|…|>`.
const ENDS: [&str; 4] = ["</s>", "<end_of_turn>", "<eos>", "[/INST]"];
/// Longest mark of the form `<|…|>`, in bytes.
const LONGEST_MARK: usize = 32;

/// The answer alone, of a reply's content: behind the reasoning, before the marks that end the model's turn.
pub(super) fn answer(content: &str) -> &str {
    without_marks(after_reasoning(content))
}

/// What follows the reasoning that some models put before their answer; servers leave out its opening.
fn after_reasoning(content: &str) -> &str {
    let opened = content.trim_start().strip_prefix("<think>");
    match (opened, opened.unwrap_or(content).split_once("</think>")) {
        (_, Some((_, answer))) => answer,
        (Some(_), None) => "",
        (None, None) => content,
    }
}

/// A text without the marks at its end.
fn without_marks(text: &str) -> &str {
    let mut rest = text;
    while let Some(shorter) = without_mark(rest.trim_end()) {
        rest = shorter;
    }
    rest
}

fn without_mark(text: &str) -> Option<&str> {
    let named = ENDS.iter().find_map(|end| text.strip_suffix(end));
    named.or_else(|| {
        let (before, name) = text.strip_suffix("|>")?.rsplit_once("<|")?;
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (is_name && name.len() <= LONGEST_MARK).then_some(before)
    })
}

/// The one word of an answer that is to be one: `Answer: Yes` and `{"answer": "Yes"}` say Yes. Marks that make the word bold, or
/// quote it, are taken away too.
pub(super) fn one_word(said: &str) -> Cow<'_, str> {
    let only = serde_json::from_str::<BTreeMap<String, String>>(unfenced(said)).ok().filter(|fields| fields.len() == 1);
    match only.and_then(|fields| fields.into_values().next()) {
        Some(word) => Cow::Owned(bare(&word).to_owned()),
        None => Cow::Borrowed(behind_title(bare(said))),
    }
}

/// What follows the word "Answer" and a colon.
fn behind_title(text: &str) -> &str {
    let title = text.split_once(':').filter(|(title, _)| bare(title).eq_ignore_ascii_case("answer"));
    title.map_or(text, |(_, answer)| bare(answer))
}

/// A whole answer without the marks that make it bold, or quote it. A token of a list of likely ones is taken as it is: what
/// begins with a mark may go on as anything.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || "*_`\"'".contains(c))
}

/// The JSON inside a Markdown fence, or between the marks of bold text or code, which some models put around it.
pub(super) fn unfenced(content: &str) -> &str {
    let trimmed = content.trim_matches(|c: char| c.is_whitespace() || c == '*');
    let Some(inner) = trimmed.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else {
        return trimmed.trim_matches('`');
    };
    inner.strip_prefix("json").unwrap_or(inner).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_a_template_end_an_answer() {
        for content in [
            "Yes</s>",
            "Yes<|im_end|>\n",
            "Yes<|eot_id|><|end_of_text|>",
            "Yes <end_of_turn>",
            "<think>no</think>Yes</s>",
        ] {
            assert_eq!(answer(content).trim(), "Yes", "{content}");
        }
        for whole in ["Yes <b>", "Yes|>", "<|a b|>", "<|im_start|>Yes"] {
            assert_eq!(answer(whole), whole);
        }
    }

    #[test]
    fn a_title_and_an_object_of_one_field_are_around_the_word() {
        for said in [
            "Answer: Yes",
            "**Answer:** Yes",
            "answer : *Yes*",
            "{\"answer\":\"Yes\"}",
            "```json\n{\"verdict\": \"Yes\"}\n```",
        ] {
            assert_eq!(one_word(said), "Yes", "{said}");
        }
        for other in ["Question: Yes", "{\"a\":\"Yes\",\"b\":\"No\"}", "Answer: Yes: no", "No: Yes"] {
            assert!(!matches!(&*one_word(other), "Yes" | "No"), "{other}");
        }
    }
}
