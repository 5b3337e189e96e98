//! What the program says to its user, as a value: words, and the parameters that they speak of.
//!
//! A room says *which parameter* it means. How a parameter is called depends on who hears of it: the command line has flags, a
//! service the keys of a JSON object, Python the arguments of a call. So a sentence is not a string until somebody says it:
//!
//! ```
//! use colligate::message;
//!
//! let host = "example.org";
//! let said = message!("{@ask decide} is for a decision model, and {host} is a chat model: leave {-ask} out", host);
//! assert_eq!(said.to_string(), "ask=decide is for a decision model, and example.org is a chat model: leave ask out");
//! let as_flags = said.told(|mention| format!("--{}", mention.parameter()));
//! assert_eq!(as_flags, "--ask is for a decision model, and example.org is a chat model: leave --ask out");
//! ```
//!
//! Only the literal of [`message!`](crate::message!) is searched for parameters. What stands in its place may come from a document
//! or a server, and stays text.

mod argument;
mod template;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use argument::Argument;
#[doc(hidden)]
pub use template::is_filled;

/// Composes a [`Message`] from a literal.
///
/// - `{name}` stands for the argument `name` or `name = value`, whose type is an [`Argument`]: text, a number, another message, a
///   [`Mention`]. A name without an argument, or an argument without a name, does not compile.
/// - `{@ask}` and `{@ask decide}` speak of a parameter, without and with a value.
/// - `{+judge URL}` speaks of one that would help, `{-ask}` of one that is better left out.
/// - `{{` and `}}` are braces.
#[macro_export]
macro_rules! message {
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const { assert!($crate::message::is_filled($template, &[$(stringify!($name)),*]), "names and arguments differ") };
        $crate::message::Message::filled($template, &[$(
            (stringify!($name), &$crate::message!(@value $name $(= $value)?) as &dyn $crate::message::Argument)
        ),*])
    }};
    (@value $name:ident) => { $name };
    (@value $name:ident = $value:expr) => { $value };
}

/// A sentence, or a part of one: words and mentions of parameters.
///
/// In files it is a string where it speaks of no parameter, else the list of its pieces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Message {
    pieces: Vec<Piece>,
}

/// A part of a [`Message`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Piece {
    /// Words.
    Text(String),
    /// A parameter that is spoken of.
    Mention(Mention),
}

/// Why a parameter is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The message is about it.
    #[default]
    Named,
    /// To say it, or to say it otherwise, would help.
    Say,
    /// To leave it out would help.
    LeaveOut,
}

/// A parameter that a message speaks of, by the name that it is declared with; with a value, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mention {
    parameter: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, rename = "exact", skip_serializing_if = "std::ops::Not::not")]
    is_exact: bool,
    #[serde(default)]
    role: Role,
}

/// How a caller speaks of a parameter.
pub type Speech = fn(&Mention) -> String;

impl Mention {
    /// Of a parameter, by its name in manifests and configuration files.
    pub fn of(parameter: impl Into<Cow<'static, str>>) -> Mention {
        Mention { parameter: parameter.into(), value: None, is_exact: false, role: Role::Named }
    }

    /// The same with a value that is shown as it stands: a word of the user's, or a word for a value, such as `URL`.
    #[must_use]
    pub fn shown(self, value: impl fmt::Display) -> Mention {
        Mention { value: Some(value.to_string()), is_exact: false, ..self }
    }

    /// The same with a value that can be given to the program as it stands, and so is quoted where the caller's language wants it.
    #[must_use]
    pub fn exact(self, value: impl fmt::Display) -> Mention {
        Mention { value: Some(value.to_string()), is_exact: true, ..self }
    }

    /// The same as something that would help.
    #[must_use]
    pub fn say(self) -> Mention {
        Mention { role: Role::Say, ..self }
    }

    /// The same as something that is better left out.
    #[must_use]
    pub fn leave_out(self) -> Mention {
        Mention { role: Role::LeaveOut, ..self }
    }

    /// Its name in manifests and configuration files.
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// Its value, or a word for one.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Whether the value can be given to the program as it stands.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Why it is spoken of.
    pub fn role(&self) -> Role {
        self.role
    }

    /// As whoever knows neither flags nor arguments says it.
    pub fn neutral(&self) -> String {
        match &self.value {
            None => self.parameter.to_string(),
            Some(value) => format!("{}={value}", self.parameter),
        }
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.pieces.as_slice() {
            [] => "".serialize(serializer),
            [Piece::Text(text)] => text.serialize(serializer),
            pieces => pieces.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Message, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Stored {
            Text(String),
            Pieces(Vec<Piece>),
        }
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Text(text) => Message::of(text),
            Stored::Pieces(pieces) => Message { pieces },
        })
    }
}

impl Message {
    /// No words.
    pub const fn new() -> Message {
        Message { pieces: Vec::new() }
    }

    /// Of one part.
    pub fn of(argument: impl Argument) -> Message {
        let mut message = Message::new();
        message.push(&argument);
        message
    }

    /// The parts in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The parameters that it speaks of, in order.
    pub fn mentions(&self) -> impl Iterator<Item = &Mention> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Mention(mention) => Some(mention),
            Piece::Text(_) => None,
        })
    }

    /// In a caller's words.
    pub fn told(&self, speech: impl Fn(&Mention) -> String) -> String {
        let said = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Mention(mention) => speech(mention),
        };
        self.pieces.iter().map(said).collect()
    }

    /// The same with other words in the place of each text.
    #[must_use]
    pub fn with_texts(self, change: impl Fn(&str) -> String) -> Message {
        let changed = |piece| match piece {
            Piece::Text(text) => Piece::Text(change(&text)),
            mention => mention,
        };
        Message { pieces: self.pieces.into_iter().map(changed).collect() }
    }

    /// What stands before some words, where it holds them.
    #[must_use]
    pub fn before(&self, words: &str) -> Message {
        let mut before = Message::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => match text.split_once(words) {
                    Some((first, _)) => {
                        before.push(first);
                        return before;
                    }
                    None => before.push(text),
                },
                Piece::Mention(mention) => before.push(mention),
            }
        }
        before
    }

    /// Whether some words stand in it.
    pub fn holds(&self, words: &str) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(words)))
    }

    /// Puts words or a mention at the end.
    pub fn push(&mut self, argument: &(impl Argument + ?Sized)) {
        argument.put(self);
    }

    /// The parts with words between them.
    pub fn joined<A: Argument>(parts: impl IntoIterator<Item = A>, between: &str) -> Message {
        let mut joined = Message::new();
        for (place, part) in parts.into_iter().enumerate() {
            if place > 0 {
                joined.push(between);
            }
            joined.push(&part);
        }
        joined
    }

    fn push_text(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    fn push_mention(&mut self, mention: Mention) {
        self.pieces.push(Piece::Mention(mention));
    }
}

/// In words for whoever knows neither flags nor arguments: `ask=decide`.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.told(Mention::neutral))
    }
}

impl From<String> for Message {
    fn from(text: String) -> Message {
        Message::of(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        Message::of(text)
    }
}

impl PartialEq<str> for Message {
    fn eq(&self, other: &str) -> bool {
        self.told(Mention::neutral) == other
    }
}

impl PartialEq<&str> for Message {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(mention: &Mention) -> String {
        let value = mention.value().map_or(String::new(), |value| format!(" {value}"));
        format!("--{}{value}", mention.parameter())
    }

    #[test]
    fn a_sentence_is_said_in_the_words_of_whoever_hears_it() {
        let (host, more) = ("h", Some(", …"));
        let said = message!("{host} has {count} models{more}; name one with {+model NAME}", host, count = 2, more);
        assert_eq!(said.told(flags), "h has 2 models, …; name one with --model NAME");
        assert_eq!(said.to_string(), "h has 2 models, …; name one with model=NAME");
        assert_eq!(said.mentions().map(Mention::role).collect::<Vec<_>>(), [Role::Say]);
    }

    #[test]
    fn no_argument_can_forge_a_parameter() {
        let hostile = "{@ask} {+judge URL} {host}";
        let said = message!("{hostile}: {{}}", hostile);
        assert_eq!(said.pieces(), [Piece::Text(format!("{hostile}: {{}}"))]);
        assert_eq!(Message::from(hostile).mentions().count(), 0);
    }

    #[test]
    fn a_message_within_another_keeps_its_parameters() {
        let inner = message!("leave {-ask} out");
        let problem = message!("{inner}, or add {judge}", inner, judge = Mention::of("judge").exact("a b").say());
        assert_eq!(problem.told(flags), "leave --ask out, or add --judge a b");
        assert_eq!(Message::joined(["a", "b"], ", "), "a, b");
    }

    #[test]
    fn in_files_it_is_a_string_or_the_list_of_its_pieces() {
        let exact = Mention::of("records").exact("/a b").say();
        for (said, stored) in [
            (Message::from("{@ask}"), serde_json::json!("{@ask}")),
            (Message::new(), serde_json::json!("")),
            (
                message!("{@ask decide}: leave it out"),
                serde_json::json!([{"parameter": "ask", "value": "decide", "role": "named"}, ": leave it out"]),
            ),
            (
                Message::of(exact),
                serde_json::json!([{"parameter": "records", "value": "/a b", "exact": true, "role": "say"}]),
            ),
        ] {
            assert_eq!(serde_json::to_value(&said).unwrap(), stored);
            assert_eq!(serde_json::from_value::<Message>(stored).unwrap(), said);
        }
    }
}
