//! What may stand in a message.

use std::borrow::Cow;
use std::fmt;

use super::{Mention, Message, Piece};

/// What may stand in a message: text of any kind, a mention of a parameter, another message. Not everything that can be printed:
/// a message that is printed forgets its parameters.
pub trait Argument {
    /// Puts it at the end of a message.
    fn put(&self, message: &mut Message);
}

/// Types that are text and nothing else.
macro_rules! text {
    ($($type:ty),+ $(,)?) => { $(
        impl Argument for $type {
            fn put(&self, message: &mut Message) {
                message.push_text(&self.to_string());
            }
        }
    )+ };
}

text! {
    char, u8, u16, i32, u32, u64, usize, i64, f32, f64, fmt::Arguments<'_>, Cow<'_, str>, std::path::Display<'_>,
    std::io::Error, std::str::Utf8Error, std::num::ParseIntError, serde_json::Error, serde_json::Value, toml::de::Error,
}

impl Argument for str {
    fn put(&self, message: &mut Message) {
        message.push_text(self);
    }
}

impl Argument for String {
    fn put(&self, message: &mut Message) {
        message.push_text(self);
    }
}

impl Argument for Mention {
    fn put(&self, message: &mut Message) {
        message.push_mention(self.clone());
    }
}

impl Argument for Message {
    fn put(&self, message: &mut Message) {
        for piece in self.pieces() {
            match piece {
                Piece::Text(text) => message.push_text(text),
                Piece::Mention(mention) => message.push_mention(mention.clone()),
            }
        }
    }
}

impl<A: Argument> Argument for Option<A> {
    fn put(&self, message: &mut Message) {
        if let Some(argument) = self {
            argument.put(message);
        }
    }
}

impl<A: Argument + ?Sized> Argument for &A {
    fn put(&self, message: &mut Message) {
        (**self).put(message);
    }
}
