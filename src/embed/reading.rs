//! How one sentence encoder is read: what stands before its texts, which output counts, how tokens' states become one vector.

use std::borrow::Cow;

/// How a model is read. The default suits most: the mean over the tokens of the first output, nothing before a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// What the model wants to see before every text, such as `query: `.
    pub prompt: &'static str,
    /// Outputs in order of preference, for a model that has several; its first one where none of these is there.
    pub outputs: Vec<&'static str>,
    /// How the states of a text's tokens become its vector.
    pub pooling: Pooling,
    /// Which texts may be run together.
    pub batching: Batching,
}

/// Which texts a model may be run on together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Batching {
    /// Any: the shorter ones are padded, and masked.
    #[default]
    Padded,
    /// Those of one length: the model takes no mask.
    SameLength,
    /// None: a dynamically quantised model scales its numbers by whatever else is in the batch.
    Single,
}

/// How the states of a text's tokens become its vector. An output that has one vector a text already is taken as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// The first one's.
    First,
}

impl Reading {
    /// A text as the model sees it.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.prompt {
            "" => Cow::Borrowed(text),
            prompt => Cow::Owned(format!("{prompt}{text}")),
        }
    }
}
