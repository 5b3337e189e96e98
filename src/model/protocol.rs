//! In which form a server is asked.

use serde::{Deserialize, Serialize};

/// How an address is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// A chat model: `/v1/chat/completions`.
    #[default]
    Chat,
    /// A decision model: `/v1/systemone`.
    Systemone,
    /// A decision model: `/v1/decisions`.
    Decisions,
}

/// The protocols of decision models, in the order tried.
pub const TO_DECIDE: [Protocol; 2] = [Protocol::Systemone, Protocol::Decisions];

impl Protocol {
    /// What stands behind the base address.
    pub fn path(self) -> &'static str {
        match self {
            Protocol::Chat => "chat/completions",
            Protocol::Systemone => "systemone",
            Protocol::Decisions => "decisions",
        }
    }

    /// Whether it is that of a chat model.
    pub fn is_chat(&self) -> bool {
        *self == Protocol::Chat
    }

    /// As manifests and users call it.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Chat => "chat",
            Protocol::Systemone => "systemone",
            Protocol::Decisions => "decisions",
        }
    }
}
