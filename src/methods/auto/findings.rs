//! What the last steps conclude from: they read it, and change nothing of it.

use super::judgments::Judgments;
use super::session::Session;
use super::spread::Spread;

/// All that was asked and learned.
#[derive(Clone, Copy)]
pub(super) struct Findings<'f, 'a> {
    pub session: &'f Session<'a>,
    pub judgments: &'f Judgments,
    pub spread: &'f Spread,
}
