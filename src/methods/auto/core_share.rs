//! Whether the audit leaves enough questions for a core: checked before anything is asked or embedded.

use super::judging::PAIRS;
use super::propose::LEAST;
use crate::error::Error;
use crate::message;
use crate::message::Mention;
use crate::plan::{Ask, Method, Plan};
use crate::stages::batch::SIZE;

/// Documents that a core has at least.
const CORE: usize = 8;

/// Refuses an audit that takes more than half of the questions, or leaves too few to name groups and to judge a core.
///
/// # Errors
/// [`Error::Usage`], with numbers that would do.
pub fn leaves_a_core(plan: &Plan) -> Result<(), Error> {
    let Some(questions) =
        plan.clustering.questions.filter(|_| plan.clustering.method == Method::Auto && plan.clustering.audit > 0)
    else {
        return Ok(());
    };
    if !plan.model.is_asked() {
        return Ok(());
    }
    let cost = |documents: usize| match plan.clustering.ask {
        Ask::Pair => documents.saturating_mul(PAIRS),
        Ask::Batch => documents.div_ceil(SIZE),
        Ask::Auto | Ask::Many | Ask::Shortlist | Ask::Letter | Ask::Decide => documents,
    };
    let (audit, rest) = (cost(plan.clustering.audit), LEAST + 1 + cost(CORE));
    let wanted = audit.saturating_add(audit.max(rest));
    if wanted <= questions {
        return Ok(());
    }
    Err(Error::Usage(message!(
        "{this}: it takes {audit} of the {questions} questions and leaves too few to judge a core: give at least \
         {more}, or a smaller {+audit}",
        this = Mention::of("audit").exact(plan.clustering.audit),
        audit,
        questions,
        more = Mention::of("questions").exact(wanted).say()
    )))
}
