//! What groups that no predicate formed are called: as the model describes them, or by their own words.

use std::collections::BTreeSet;

use super::explain::means;
use crate::cluster::Neighbor;
use crate::error::Error;
use crate::methods::NamedBy;
use crate::methods::Setting;
use crate::model::{Answerer, Prompt};
use crate::stages::describe::{Describe, Group};
use crate::stages::propose::Candidate;
use crate::stages::run;
use crate::text::plain;
use crate::vectors::Embeddings;
use crate::wording::{Keyphrases, Reader, Wording, exemplars, labels};

/// Documents of a group that the model is shown.
pub const SHOWN: usize = 6;
/// Characters of each.
pub const CHARACTERS: usize = 160;
/// Words of a group that the model is shown.
pub const WORDS: usize = 6;
/// Part of a group, the nearest to its mean, over which the documents shown are spread: those in the middle alone would have it
/// named after what they happen to share.
const PART: f64 = 2.0 / 3.0;

/// Groups with one label from which it says nothing of any of them.
const MANY: usize = 3;

/// A group's name, and who gave it.
#[derive(Debug, Clone)]
pub struct Described {
    pub candidate: Candidate,
    pub by: NamedBy,
    /// Texts that the model was shown of it.
    pub shown: Vec<usize>,
}

/// Asks one question a group. `ranked` has the members of each, the nearest to its mean first, by `vectors` (n×d).
///
/// # Errors
/// Those of the answerer, of the prompt and of the embedder.
pub fn described(
    setting: Setting<'_>,
    prompt: &Prompt,
    answerer: &dyn Answerer,
    vectors: &Embeddings,
    ranked: &[&[Neighbor]],
) -> Result<Vec<Described>, Error> {
    let wordings = wordings(setting, &setting.corpus.distinct_texts(), ranked)?;
    described_by(setting, prompt, answerer, vectors, (ranked, wordings))
}

/// The same of groups whose own words are known.
///
/// # Errors
/// Those of [`described`].
pub fn described_by(
    setting: Setting<'_>,
    prompt: &Prompt,
    answerer: &dyn Answerer,
    vectors: &Embeddings,
    (ranked, wordings): (&[&[Neighbor]], Vec<Wording>),
) -> Result<Vec<Described>, Error> {
    let texts = setting.corpus.distinct_texts();
    let shown: Vec<Vec<usize>> = ranked.iter().map(|ranked| exemplars(vectors, &spread_out(ranked), SHOWN)).collect();
    let group = |(shown, wording): (&Vec<usize>, &Wording)| {
        let words = wording.keywords.iter().take(WORDS).cloned().collect();
        Group { texts: shown.iter().map(|&text| texts[text]).collect(), words }
    };
    let groups: Vec<Group<'_>> = shown.iter().zip(&wordings).map(group).collect();
    let stage = Describe { prompt, goal: &setting.plan.goal, characters: CHARACTERS };
    let by_model = run(&stage, &groups, answerer)?;
    let by_model = without_repetitions(by_model);
    let named = by_model.into_iter().zip(wordings).zip(shown);
    Ok(named.map(|((by_model, wording), shown)| of(by_model, wording, shown)).collect())
}

/// Of groups with one label only the first keeps it, and none where they are many: then it is a name for any of the documents.
fn without_repetitions(described: Vec<Option<Candidate>>) -> Vec<Option<Candidate>> {
    let label = |candidate: &Candidate| plain(&candidate.label);
    let labels: Vec<String> = described.iter().flatten().map(label).collect();
    let count = |label: &String| labels.iter().filter(|other| *other == label).count();
    let mut seen = BTreeSet::new();
    let mut is_own = |candidate: &Candidate| count(&label(candidate)) < MANY && seen.insert(label(candidate));
    described.into_iter().map(|candidate| candidate.filter(&mut is_own)).collect()
}

fn of(by_model: Option<Candidate>, wording: Wording, shown: Vec<usize>) -> Described {
    match by_model {
        Some(candidate) => Described { candidate, by: NamedBy::Model, shown },
        None => Described {
            candidate: Candidate { predicate: worded(&wording.label), label: wording.label },
            by: NamedBy::Keyphrases,
            shown,
        },
    }
}

fn wordings(setting: Setting<'_>, texts: &[&str], ranked: &[&[Neighbor]]) -> Result<Vec<Wording>, Error> {
    let indices = |ranked: &&[Neighbor]| ranked.iter().map(|neighbor| neighbor.index).collect();
    let members: Vec<Vec<usize>> = ranked.iter().map(indices).collect();
    let counts = Keyphrases::count(texts, &setting.corpus.weights(), &members, Reader::Model);
    labels(&counts, &means(setting.embeddings, &members), &setting.plan.goal, setting.embedder)
}

/// First some members at even distances over the better part of a group, then all of them as they are ranked.
fn spread_out(ranked: &[Neighbor]) -> Vec<Neighbor> {
    let step = ((ranked.len() as f64 * PART) as usize / SHOWN).max(1);
    ranked.iter().step_by(step).take(SHOWN).chain(ranked).copied().collect()
}

/// What a label of phrases says of the documents.
pub fn worded(label: &str) -> String {
    let quoted: Vec<String> =
        label.split(", ").filter(|phrase| !phrase.is_empty()).map(|phrase| format!("“{phrase}”")).collect();
    match quoted.len() {
        0 => "is worded like the documents shown".to_owned(),
        _ => format!("is worded like: {}", quoted.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_of_several_groups_names_the_first_and_one_of_many_names_none() {
        let named = |label: &str| Some(Candidate { label: label.into(), predicate: "It is so.".into() });
        let described = ["a", "b", "A", "c", "c", "c"].map(named).into_iter().chain([None]).collect();
        let kept = without_repetitions(described);
        let kept: Vec<usize> = (0..kept.len()).filter(|&group| kept[group].is_some()).collect();
        assert_eq!(kept, [0, 1]);
    }

    #[test]
    fn what_is_shown_is_spread_over_the_better_part_of_a_group() {
        let ranked: Vec<Neighbor> = (0..90).map(|index| Neighbor { index, similarity: 1.0 }).collect();
        let order: Vec<usize> = spread_out(&ranked).iter().map(|neighbor| neighbor.index).collect();
        assert_eq!(order[..SHOWN + 2], [0, 10, 20, 30, 40, 50, 0, 1]);
        assert_eq!(spread_out(&ranked[..2]).len(), 4);
    }
}
