//! Candidates: predicates that were proposed.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Prompt, fence};
use crate::text::{plain, tidy};

/// A proposed predicate, not yet selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Two to five words.
    pub label: String,
    /// The sentence that is true of the documents that belong.
    pub predicate: String,
}

impl Candidate {
    /// Those that answers to a prompt propose beyond the `known` ones, none twice; what stands in the prompt itself, as an example
    /// or an instruction, is not a proposal.
    pub fn fresh<'i>(
        prompt: &Prompt,
        known: &[Candidate],
        items: impl Iterator<Item = &'i BTreeMap<String, String>>,
    ) -> Vec<Candidate> {
        let spellings = |candidate: &Candidate| [plain(&candidate.label), plain(&candidate.predicate)];
        let mut seen: BTreeSet<String> = known.iter().flat_map(spellings).collect();
        let is_new = |candidate: &Candidate| spellings(candidate).into_iter().all(|spelling| seen.insert(spelling));
        let instructions = format!(" {} ", plain(prompt.system()));
        let is_own = |candidate: &Candidate| {
            prompt.user().contains(&candidate.predicate)
                || [&candidate.label, &candidate.predicate]
                    .iter()
                    .any(|said| instructions.contains(&format!(" {} ", plain(said))))
        };
        items.filter_map(Candidate::said).filter(|candidate| !is_own(candidate)).filter(is_new).collect()
    }

    /// From an item of an answer; none when it only repeats the form of the answer, as `"..."`.
    fn said(item: &BTreeMap<String, String>) -> Option<Candidate> {
        // They stand in later prompts: what the model was made to say cannot speak there for anybody else.
        let harmless = |name: &str| item.get(name).map(|said| tidy(&fence(said)));
        let (label, predicate) = (harmless("label")?, harmless("predicate")?);
        let is_form = plain(&label).is_empty() || predicate.ends_with("...") || predicate.ends_with('…');
        (!is_form).then_some(Candidate { label, predicate })
    }
}
