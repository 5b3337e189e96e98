//! Texts as such, whatever they are of: characters, folding, cutting, and what of an address may be shown.

mod by_hand;
mod characters;
mod credentials;
mod date;
mod folded;
pub mod numbers;
pub mod sanitize;
mod sentences;
mod tidy;

pub use by_hand::{bytes_by_hand, open_regular, text_by_hand};
pub use characters::*;
pub use credentials::{is_address, without_credentials};
pub use date::date;
pub use folded::folded;
pub use sentences::{Sentences, sentences};
pub use tidy::{cut, one_line, plain, tidy};
