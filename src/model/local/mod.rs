//! A generator in this process: a file of weights (GGUF) that answers what a model server would, with no server and no network.
//!
//! It stands behind the client as a server does: [`Generator::get`] and [`Generator::post`] take the path and the body of a request
//! to an OpenAI-compatible server and give back the body of its reply. So a question's key, its prompt, the parser, the journal,
//! the caps and a replay are the same as with any server.
//!
//! In reading order: `weights` opens the file and says what is wrong with it; `vocabulary` makes its tokenizer and `conversation` its
//! chat template out of its metadata; `decoder` is the network; `caches` keeps what was read of the last prompts; `grammar` holds an
//! answer to its JSON schema; `engine` answers one request with all of them; `generator` is the thread that does so, one request after
//! the other. `absent` stands for all of it where the feature `local` is not built in.

#[cfg(not(feature = "local"))]
mod absent;
#[cfg(feature = "local")]
mod caches;
#[cfg(feature = "local")]
mod conversation;
#[cfg(feature = "local")]
mod decoder;
#[cfg(feature = "local")]
mod engine;
#[cfg(feature = "local")]
mod generator;
#[cfg(feature = "local")]
mod grammar;
#[cfg(all(test, feature = "local"))]
mod tests;
#[cfg(all(test, feature = "local"))]
mod tiny;
#[cfg(feature = "local")]
mod vocabulary;
#[cfg(feature = "local")]
mod weights;

#[cfg(not(feature = "local"))]
pub use absent::Generator;
#[cfg(feature = "local")]
pub use generator::Generator;

/// Whether what a user typed for an address is a file of weights.
pub fn is_file(address: &str) -> bool {
    !address.contains("://") && address.to_ascii_lowercase().ends_with(".gguf")
}
