//! Documents that a person wants together, or apart.

use std::collections::{BTreeMap, HashMap};

use super::clusters::Effects;
use super::edit::What;
use super::places::{Given, State, States};
use super::problem::Contradiction;
use crate::text::numbers::count;

/// Why a document is in no cluster that another one may not share.
const APART: &str = "kept apart from other documents by a person";

/// Texts that are together, by the first of each such group.
struct Groups {
    above: HashMap<usize, usize>,
    /// For each group the edits that join it.
    edits: HashMap<usize, Vec<usize>>,
}

impl Groups {
    fn of(&self, mut text: usize) -> usize {
        while let Some(above) = self.above.get(&text) {
            text = *above;
        }
        text
    }

    fn join(&mut self, one: usize, other: usize, edit: usize) {
        let (one, other) = (self.of(one), self.of(other));
        if one != other {
            self.above.insert(other, one);
            let joined = self.edits.remove(&other).unwrap_or_default();
            self.edits.entry(one).or_default().extend(joined);
        }
        self.edits.entry(one).or_default().push(edit);
    }

    /// The edit that joins a group.
    fn edit(&self, group: usize) -> usize {
        self.edits.get(&group).and_then(|edits| edits.first()).copied().unwrap_or_default()
    }
}

/// Follows the links, and says what each did.
///
/// # Errors
/// Two edits that contradict each other.
pub fn linked(given: Given<'_>, states: &mut States, effects: &mut Effects) -> Result<(), Contradiction> {
    let groups = together(given, states, effects)?;
    apart(given, &groups, states, effects)
}

/// Puts documents that belong together where the first of them is that a person has placed, else the first that is in a cluster.
fn together(given: Given<'_>, states: &mut States, effects: &mut Effects) -> Result<Groups, Contradiction> {
    let mut groups = Groups { above: HashMap::new(), edits: HashMap::new() };
    let (mut order, mut links) = (Vec::new(), Vec::new());
    for (place, edit) in given.edits.all.iter().enumerate() {
        let What::MustLink { documents } = &edit.what else { continue };
        let (texts, said) = given.texts.named(documents);
        if let Some((first, others)) = texts.split_first() {
            others.iter().for_each(|other| groups.join(*first, *other, place));
        }
        order.extend(texts.iter().copied());
        links.push((edit.line, texts, said));
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut seen = std::collections::HashSet::new();
    for text in order.into_iter().filter(|text| seen.insert(*text)) {
        members.entry(groups.of(text)).or_default().push(text);
    }
    let mut moved = std::collections::HashSet::new();
    for (group, texts) in &members {
        moved.extend(follow(given, groups.edit(*group), texts, states)?);
    }
    for (line, texts, said) in links {
        let more = said.map_or(String::new(), |said| format!("; {said}"));
        let followed: Vec<usize> = texts.iter().copied().filter(|text| moved.contains(text)).collect();
        let said = match (texts.len(), followed.len()) {
            (0 | 1, _) => "no two documents are left to link".to_owned(),
            (_, 0) => format!("{} are together already", count(given.documents(&texts), "document")),
            _ => {
                let whither = given.state(states, texts[0]);
                let places: Vec<String> = whither.held.iter().map(|held| given.clusters.shown(held.cluster)).collect();
                let places = if places.is_empty() { "no cluster".to_owned() } else { places.join(" and ") };
                format!(
                    "{} of {} into {places}",
                    given.documents(&followed),
                    count(given.documents(&texts), "document")
                )
            }
        };
        effects.push((line, format!("must-link: {said}{more}")));
    }
    Ok(groups)
}

/// Puts the texts that an edit links into the same clusters; those that had to go elsewhere.
fn follow(given: Given<'_>, link: usize, texts: &[usize], states: &mut States) -> Result<Vec<usize>, Contradiction> {
    let found: Vec<State> = texts.iter().map(|text| given.state(states, *text)).collect();
    let by_person: Vec<(usize, &State)> =
        texts.iter().copied().zip(&found).filter(|(_, state)| state.by_person.is_some()).collect();
    for pair in by_person.windows(2) {
        let [(one, first), (other, second)] = pair else { continue };
        if first.clusters() != second.clusters() {
            let why = format!(
                "the documents {} and {} are to be together, and these edits put them into different clusters",
                given.texts.shown(*one),
                given.texts.shown(*other)
            );
            let edits: Vec<usize> = [first.by_person, second.by_person, Some(link)].into_iter().flatten().collect();
            return Err(given.edits.contradict(&edits, &why));
        }
    }
    let leader =
        by_person.first().map(|(_, state)| *state).or_else(|| found.iter().find(|state| !state.held.is_empty()));
    let Some(leader) = leader else { return Ok(Vec::new()) };
    let (wanted, sorted) = (leader.held.iter().map(|held| held.cluster).collect::<Vec<_>>(), leader.clusters());
    let mut moved = Vec::new();
    for (text, state) in texts.iter().zip(&found) {
        if state.clusters() != sorted {
            let mut state = state.clone();
            state.put(&wanted);
            states.insert(*text, state);
            moved.push(*text);
        }
    }
    Ok(moved)
}

/// Takes documents out of the clusters that a former one of an edit is in: first come those that a person has placed.
fn apart(given: Given<'_>, groups: &Groups, states: &mut States, effects: &mut Effects) -> Result<(), Contradiction> {
    // All that are in a group are where one is.
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for text in groups.above.keys().copied().chain(groups.edits.keys().copied()) {
        let group = members.entry(groups.of(text)).or_default();
        if !group.contains(&text) {
            group.push(text);
        }
    }
    for (place, edit) in given.edits.all.iter().enumerate() {
        let What::CannotLink { documents } = &edit.what else { continue };
        let (texts, said) = given.texts.named(documents);
        check_apart(given, groups, place, documents, &texts)?;
        let placer = |text: &usize| {
            let group = members.get(&groups.of(*text));
            group.into_iter().flatten().chain([text]).find_map(|one| given.state(states, *one).by_person)
        };
        let by_person: HashMap<usize, usize> = texts.iter().filter_map(|text| Some((*text, placer(text)?))).collect();
        let (placed, others): (Vec<usize>, Vec<usize>) = texts.iter().partition(|text| by_person.contains_key(text));
        let mut occupied: HashMap<usize, usize> = HashMap::new();
        let mut left = Vec::new();
        for text in placed.iter().chain(&others) {
            let mut state = given.state(states, *text);
            if placed.contains(text) {
                if let Some((cluster, other)) =
                    state.held.iter().find_map(|held| Some((held.cluster, *occupied.get(&held.cluster)?)))
                {
                    let why = format!(
                        "the documents {} and {} are to be apart, and are put into {}",
                        given.texts.shown(other),
                        given.texts.shown(*text),
                        given.clusters.shown(cluster)
                    );
                    let placers = [&other, text].into_iter().filter_map(|text| by_person.get(text).copied());
                    return Err(given.edits.contradict(&placers.chain([place]).collect::<Vec<_>>(), &why));
                }
            } else if state.leave(given.clusters, |cluster| occupied.contains_key(&cluster), APART) {
                left.push(*text);
                let together = members.get(&groups.of(*text)).cloned().unwrap_or_default();
                together.into_iter().chain([*text]).for_each(|one| _ = states.insert(one, state.clone()));
            }
            state.held.iter().for_each(|held| _ = occupied.insert(held.cluster, *text));
        }
        let more = said.map_or(String::new(), |said| format!("; {said}"));
        let said = match (texts.len(), left.len()) {
            (0 | 1, _) => "no two documents are left to keep apart".to_owned(),
            (_, 0) => format!("{} are apart already", count(given.documents(&texts), "document")),
            _ => format!(
                "{} of {} out of a cluster that another one is in",
                given.documents(&left),
                count(given.documents(&texts), "document")
            ),
        };
        effects.push((edit.line, format!("cannot-link: {said}{more}")));
    }
    Ok(())
}

/// No two documents that are to be apart have the same text, or are to be together.
fn check_apart(
    given: Given<'_>,
    groups: &Groups,
    place: usize,
    documents: &[String],
    texts: &[usize],
) -> Result<(), Contradiction> {
    let mut seen: HashMap<usize, usize> = HashMap::new();
    for text in texts {
        if let Some(other) = seen.insert(groups.of(*text), *text) {
            let why = format!(
                "the documents {} and {} are to be both together and apart",
                given.texts.shown(other),
                given.texts.shown(*text)
            );
            return Err(given.edits.contradict(&[groups.edit(groups.of(*text)), place], &why));
        }
    }
    if let Some((one, other)) = given.texts.same(documents) {
        let why = format!("the documents {one} and {other} have the same text, which is in one place");
        return Err(given.edits.contradict(&[place], &why));
    }
    Ok(())
}
