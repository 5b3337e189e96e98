//! Which documents are in both runs: the same id with the same text, else the same text.

use std::collections::{HashMap, VecDeque};

use crate::run::{DocumentLine, FinishedRun};

/// For each document in both runs its place among those of either, in the order of the second run. Of several documents with one
/// text the first is taken for the first. Without texts, the ids decide.
pub fn pairs(before: &FinishedRun, after: &FinishedRun) -> Vec<(usize, usize)> {
    let by_id: HashMap<&str, usize> = named(&before.documents, |document| Some(document.id.as_str())).collect();
    let mut is_taken = vec![false; before.documents.len()];
    let mut place: Vec<Option<usize>> = Vec::new();
    for document in &after.documents {
        let same = by_id.get(document.id.as_str()).copied().filter(|&old| is_same(&before.documents[old], document));
        if let Some(old) = same {
            is_taken[old] = true;
        }
        place.push(same);
    }
    let mut left: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (text, old) in named(&before.documents, |document| document.text.as_deref()).filter(|(_, old)| !is_taken[*old])
    {
        left.entry(text).or_default().push_back(old);
    }
    for (document, place) in after.documents.iter().zip(&mut place).filter(|(_, place)| place.is_none()) {
        let same = document.text.as_deref().and_then(|text| left.get_mut(text));
        *place = same.and_then(VecDeque::pop_front);
    }
    place.into_iter().enumerate().filter_map(|(new, old)| Some((old?, new))).collect()
}

fn named<'d>(
    documents: &'d [DocumentLine],
    name: impl Fn(&'d DocumentLine) -> Option<&'d str>,
) -> impl Iterator<Item = (&'d str, usize)> {
    documents.iter().enumerate().filter_map(move |(place, document)| Some((name(document)?, place)))
}

/// Whether two documents with one id are one: ids that are line numbers say nothing of another file.
fn is_same(old: &DocumentLine, new: &DocumentLine) -> bool {
    match (&old.text, &new.text) {
        (Some(old), Some(new)) => old == new,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture::RunBuilder;

    #[test]
    fn a_document_is_known_by_its_id_and_text_or_by_its_text() {
        let before = RunBuilder::by_goal("x").cluster("a", "p", &["one", "two", "two", "three"]).build();
        let after = RunBuilder::by_goal("x").cluster("a", "p", &["one", "new", "two", "two", "two"]).build();
        assert_eq!(pairs(&before, &after), [(0, 0), (2, 2), (1, 3)]);
    }

    #[test]
    fn without_texts_the_ids_decide() {
        let before = RunBuilder::by_goal("x").cluster("a", "p", &["one", "two"]).build();
        let mut after = RunBuilder::by_goal("x").cluster("a", "p", &["1", "2", "3"]).build();
        after.documents.iter_mut().for_each(|document| document.text = None);
        assert_eq!(pairs(&before, &after), [(0, 0), (1, 1)]);
    }
}
