//! What can go wrong.

use std::fmt;

use crate::model::Protocol;

/// One kind of fault, named as `--fault` and scripts name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `429`, `503-after=2`, `429-date=2`: an error in the dialect's words, with or without a time to wait.
    Status(u16, Option<Pause>),
    /// `quota`: 429 `insufficient_quota`.
    Quota,
    /// `context`: 400, the prompt is longer than the context.
    Context,
    /// `html`: 502 with a page.
    Html,
    /// `empty`: 200 and nothing.
    Empty,
    /// `truncated`: JSON that ends in its middle.
    Truncated,
    /// `invalid-utf8`: JSON with a byte in its text that is not UTF-8.
    InvalidUtf8,
    /// `length`: a reply cut off, with `finish_reason: length`.
    Length,
    /// `schema`: the reply repeats the schema.
    Schema,
    /// `fence`: the reply in a Markdown fence.
    Fence,
    /// `refusal`: the model refuses; a decision model, the first question of the request.
    Refusal,
    /// `reasoning`: a `<think>` block before the reply.
    Reasoning,
    /// `huge`: a reply of 10 MB.
    Huge,
    /// `silent-truncation`: 200 with far too few prompt tokens.
    SilentTruncation,
    /// `above-one`: a decision model gives a probability above 1.
    AboveOne,
    /// `low-sum`: the probabilities of a choice are a fifth of what they should be.
    LowSum,
    /// `no-number`: a decision model gives a word for a probability.
    NoNumber,
    /// `missing-option`: a decision model gives one probability too few.
    MissingOption,
    /// `drop`: the connection is closed without an answer.
    Drop,
    /// `reset`: the connection is reset.
    Reset,
    /// `hang`: never an answer.
    Hang,
}

/// `Retry-After`: seconds to wait, as such or as a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// In seconds.
    Seconds(u64),
    /// As the date so many seconds from now.
    Date(u64),
}

/// Kinds that are a word.
const WORDS: [(&str, Kind); 20] = [
    ("quota", Kind::Quota),
    ("context", Kind::Context),
    ("html", Kind::Html),
    ("empty", Kind::Empty),
    ("truncated", Kind::Truncated),
    ("invalid-utf8", Kind::InvalidUtf8),
    ("length", Kind::Length),
    ("schema", Kind::Schema),
    ("fence", Kind::Fence),
    ("refusal", Kind::Refusal),
    ("reasoning", Kind::Reasoning),
    ("huge", Kind::Huge),
    ("silent-truncation", Kind::SilentTruncation),
    ("above-one", Kind::AboveOne),
    ("low-sum", Kind::LowSum),
    ("no-number", Kind::NoNumber),
    ("missing-option", Kind::MissingOption),
    ("drop", Kind::Drop),
    ("reset", Kind::Reset),
    ("hang", Kind::Hang),
];

impl Kind {
    /// From its name.
    ///
    /// # Errors
    /// With the names there are.
    pub fn parse(name: &str) -> Result<Kind, String> {
        if let Some((_, kind)) = WORDS.iter().find(|(word, _)| *word == name) {
            return Ok(kind.clone());
        }
        let words: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
        status(name).ok_or_else(|| {
            let words = words.join(", ");
            format!("there is no fault \"{name}\"; there are an HTTP status from 400 to 599, also with -after=SECONDS or -date=SECONDS behind it, {words}")
        })
    }
}

impl Kind {
    /// Whether it can befall a reply in a protocol: a decision model writes no text, and a chat model gives no probabilities.
    pub fn is_of(&self, protocol: Protocol) -> bool {
        match self {
            Kind::Length | Kind::Schema | Kind::Fence | Kind::Reasoning => protocol.is_chat(),
            Kind::AboveOne | Kind::LowSum | Kind::NoNumber | Kind::MissingOption => !protocol.is_chat(),
            _ => true,
        }
    }
}

/// `429`, `429-after=2`, `429-date=2`.
fn status(name: &str) -> Option<Kind> {
    let (status, pause) = match name.split_once('-') {
        None => (name, None),
        Some((status, pause)) => {
            let (form, seconds) = pause.split_once('=')?;
            let seconds = seconds.parse().ok()?;
            let pause = match form {
                "after" => Pause::Seconds(seconds),
                "date" => Pause::Date(seconds),
                _ => return None,
            };
            (status, Some(pause))
        }
    };
    status.parse().ok().filter(|status| (400..=599).contains(status)).map(|status| Kind::Status(status, pause))
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Status(status, None) => write!(formatter, "{status}"),
            Kind::Status(status, Some(Pause::Seconds(seconds))) => write!(formatter, "{status}-after={seconds}"),
            Kind::Status(status, Some(Pause::Date(seconds))) => write!(formatter, "{status}-date={seconds}"),
            word => {
                formatter.write_str(WORDS.iter().find(|(_, kind)| kind == word).map_or("unnamed", |(name, _)| name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_from_its_own_name() {
        for name in WORDS.map(|(word, _)| word).into_iter().chain(["429", "503-after=2", "429-date=30"]) {
            assert_eq!(Kind::parse(name).unwrap().to_string(), name);
        }
        assert!(Kind::parse("drip").unwrap_err().contains("silent-truncation"));
    }
}
