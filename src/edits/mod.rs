//! Edits: what a person has corrected of a finished run, in a file that the person writes.
//!
//! The files of a run stay as the run wrote them. Whoever reads them back passes them through the edits, so that without the file
//! the former result is there again, and so that later documents go where the edited clusters want them.
//!
//! In reading order:
//! - `edit`: one edit, and where it stands; `file`: the edits of a file;
//! - `known`: which cluster a name means;
//! - `clusters`: what becomes of each cluster, and which edits contradict each other there;
//! - `texts`: the documents of a run by their texts; `places`: where a person wants them;
//! - `links`: documents that a person wants together or apart; `sizes`: how many documents a cluster may have;
//! - `rules`: all of it as rules for clusters and lines, with the effect of each edit;
//! - `edited`: a finished run, passed through them; `demands`: what they want of the next one.

mod clusters;
mod demands;
mod edit;
mod edited;
mod file;
mod known;
mod links;
mod places;
mod problem;
mod rules;
mod sizes;
mod texts;

pub use edited::{edited, edits_of};
pub use file::Edits;
pub use rules::Rules;
