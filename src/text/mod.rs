//! Texts as such, whatever they are of: characters, folding, cutting, and what of an address may be shown.

mod addresses;
mod by_hand;
mod calendar;
mod characters;
mod credentials;
mod date;
mod folded;
mod nearest;
pub mod numbers;
pub mod sanitize;
mod sentences;
mod tidy;

pub use addresses::{is_web_or_mail, without_addresses};
pub use by_hand::{bytes_by_hand, open_regular, text_by_hand};
pub use calendar::is_weekday_or_month;
pub use characters::*;
pub use credentials::{is_address, without_credentials};
pub use date::date;
pub use folded::folded;
pub use nearest::nearest;
pub use sentences::sentence_indices;
pub use tidy::{cut, one_line, plain, tidy};
