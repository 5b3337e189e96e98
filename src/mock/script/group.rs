//! A script's groups: proposed where their words occur, judged by them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::mock::answer::{Given, SURE};
use crate::mock::ask::Ask;
use crate::mock::decision::Decision;
use crate::mock::reader::Reader;
use crate::model::place;

/// One group that a scripted model knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Two to five words.
    pub label: String,
    /// The sentence that is true of its documents.
    pub predicate: String,
    /// Parts of words by which its documents are told.
    pub words: Vec<String>,
}

impl Group {
    /// Whether nothing in it is empty.
    pub fn is_sound(&self) -> bool {
        let empty = |text: &String| text.trim().is_empty();
        !empty(&self.label) && !empty(&self.predicate) && !self.words.is_empty() && !self.words.iter().any(empty)
    }

    /// Whether a text in small letters has one of its words.
    fn occurs(&self, text: &str) -> bool {
        self.words.iter().any(|word| text.contains(&word.to_lowercase()))
    }
}

/// Proposes the groups that have a word in the sample and are not known yet.
///
/// # Errors
/// With why there is no answer.
pub fn propose(groups: &[Group], ask: &Ask, fields: &[String]) -> Result<Given, String> {
    if groups.is_empty() {
        return Err("no rule of the script fits this question, and the script has no groups".into());
    }
    if let Some(field) = fields.iter().find(|field| !matches!(field.as_str(), "label" | "predicate")) {
        return Err(format!("no rule of the script fits this question, and a group has no \"{field}\""));
    }
    let parts = Reader::Exact.read(ask.last());
    let known = |group: &&Group| parts.outside.contains(&format!("- {}", group.label.to_lowercase()));
    let fresh = groups.iter().filter(|group| group.occurs(&parts.inside) && !known(group));
    let item = |group: &Group| {
        let value = |field: &String| if field == "label" { &group.label } else { &group.predicate }.clone();
        fields.iter().map(|field| (field.clone(), Value::String(value(field)))).collect::<Map<_, _>>()
    };
    let items: Vec<_> = fresh.map(item).collect();
    Ok(Given::text(ask, json!({ "items": items }).to_string()))
}

/// Names the group whose predicate the question holds outside of its documents.
///
/// # Errors
/// With why there is no answer.
pub fn name(groups: &[Group], ask: &Ask) -> Result<Given, String> {
    let label = &asked_about(groups, &Reader::Exact.read(ask.last()).outside)?.label;
    Ok(Given::text(ask, json!({ "items": [{ "label": label }] }).to_string()))
}

/// The numbers of the listed groups that have a word in the document.
///
/// # Errors
/// With why there is no answer.
pub fn choose(groups: &[Group], ask: &Ask) -> Result<Given, String> {
    let parts = Reader::Exact.read(ask.last());
    Ok(Given::text(ask, json!({ "groups": listed(groups, &parts.outside, &parts.inside) }).to_string()))
}

/// The letter of the first listed group that has a word in the document, else that of the last line, which says that none has.
///
/// # Errors
/// When the question lists nothing by letters.
pub fn choose_letter(groups: &[Group], ask: &Ask) -> Result<Given, String> {
    let parts = Reader::Exact.read(ask.last());
    let listed: Vec<(String, &str)> = parts.outside.lines().filter_map(by_letter).collect();
    let named = |label: &str| groups.iter().find(|group| group.label.to_lowercase() == label);
    let holds = |label: &str| named(label).is_some_and(|group| group.occurs(&parts.inside));
    let (letter, _) = listed
        .iter()
        .find(|(_, label)| holds(label))
        .or(listed.last())
        .ok_or("the question lists nothing by letters")?;
    Ok(Given::text(ask, letter.clone()))
}

/// A line's letter and what it stands for.
fn by_letter(line: &str) -> Option<(String, &str)> {
    let (letter, rest) = line.trim().split_once(". ")?;
    let letter = letter.to_ascii_uppercase();
    place(&letter).map(|_| (letter, rest))
}

/// The same for each of several documents.
///
/// # Errors
/// With why there is no answer.
pub fn choose_each(groups: &[Group], ask: &Ask) -> Result<Given, String> {
    let outside = Reader::Exact.read(ask.last()).outside;
    let item =
        |(place, inside): (usize, String)| json!({ "number": place + 1, "groups": listed(groups, &outside, &inside) });
    let documents: Vec<Value> = documents(ask.last()).into_iter().enumerate().map(item).collect();
    Ok(Given::text(ask, json!({ "documents": documents }).to_string()))
}

/// The numbers of the groups listed outside of documents that have a word inside.
fn listed(groups: &[Group], outside: &str, inside: &str) -> Vec<usize> {
    let number = |line: &str| {
        let (number, predicate) = line.trim().split_once(". ")?;
        let group = asked_about(groups, predicate).ok().filter(|group| group.occurs(inside));
        group.and_then(|_| number.parse::<usize>().ok())
    };
    outside.lines().filter_map(number).collect()
}

/// The number of the group whose document shares a group with the first document; none where both or neither of them do.
///
/// # Errors
/// When the question does not show three documents.
pub fn compare(groups: &[Group], ask: &Ask) -> Result<Given, String> {
    let documents = documents(ask.last());
    let [query, one, other] = documents.as_slice() else {
        return Err(format!("three documents were expected, not {}", documents.len()));
    };
    let numbers: &[usize] = match (alike(groups, query, one), alike(groups, query, other)) {
        (true, false) => &[1],
        (false, true) => &[2],
        _ => &[],
    };
    Ok(Given::text(ask, json!({ "groups": numbers }).to_string()))
}

/// Whether the two documents shown share a group.
///
/// # Errors
/// When the question does not show two documents.
pub fn belong(groups: &[Group], ask: &Ask) -> Result<Given, String> {
    let documents = documents(ask.last());
    let [one, other] = documents.as_slice() else {
        return Err(format!("two documents were expected, not {}", documents.len()));
    };
    Ok(Given::verdict(ask, if alike(groups, one, other) { SURE } else { 1.0 - SURE }))
}

/// A probability for each entry by the group that it is: high where one of its words occurs in the text. Of a choice the groups that
/// have a word share it, and none of them has it where no group has one.
///
/// # Errors
/// When a statement is that of no group.
pub fn decide(groups: &[Group], ask: &Ask, decision: &Decision) -> Result<Given, String> {
    let inside = Reader::Exact.read(ask.last()).inside;
    if decision.several {
        let one = |predicate: &str| {
            let group = asked_about(groups, &predicate.to_lowercase())?;
            Ok(Some(if group.occurs(&inside) { SURE } else { 1.0 - SURE }))
        };
        let all = decision.entries.iter().map(|entry| one(&entry.predicate)).collect::<Result<Vec<_>, String>>()?;
        return Ok(Given::decided(ask, &all));
    }
    let of_group = |label: &str| groups.iter().find(|group| group.label.eq_ignore_ascii_case(label));
    let holds = decision.entries.iter().map(|entry| of_group(&entry.label).is_some_and(|group| group.occurs(&inside)));
    Ok(Given::chosen(ask, &holds.collect::<Vec<_>>()))
}

/// Whether one group has a word in both texts.
fn alike(groups: &[Group], one: &str, other: &str) -> bool {
    groups.iter().any(|group| group.occurs(one) && group.occurs(other))
}

/// The documents of a question, in small letters.
fn documents(message: &str) -> Vec<String> {
    let parts = message.split("<document>").skip(1).filter_map(|part| part.split_once("</document>"));
    parts.map(|(document, _)| document.to_lowercase()).collect()
}

/// Judges the group whose predicate the question holds outside of its document; the longest, if it holds several.
///
/// # Errors
/// With why there is no answer.
pub fn verdict(groups: &[Group], ask: &Ask) -> Result<Given, String> {
    let parts = Reader::Exact.read(ask.last());
    let group = asked_about(groups, &parts.outside)?;
    Ok(Given::verdict(ask, if group.occurs(&parts.inside) { SURE } else { 1.0 - SURE }))
}

/// The group whose predicate a text in small letters holds; the one with the longest, if it holds several.
fn asked_about<'g>(groups: &'g [Group], outside: &str) -> Result<&'g Group, String> {
    let asked = groups.iter().filter(|group| outside.contains(&group.predicate.to_lowercase()));
    let longest = asked.max_by_key(|group| group.predicate.len());
    longest.ok_or_else(|| "no rule of the script fits this question, and it holds the predicate of no group".into())
}

#[cfg(test)]
mod tests {
    use super::super::super::ask::tests::asked;
    use super::*;

    fn groups() -> Vec<Group> {
        let group = |label: &str, word: &str| Group {
            label: label.into(),
            predicate: format!("It is about {label}"),
            words: vec![word.into()],
        };
        vec![group("late parcels", "parcel"), group("brakes", "brake"), group("late parcels abroad", "customs")]
    }

    #[test]
    fn groups_in_sight_and_unknown_are_proposed() {
        let fields = ["predicate", "label"].map(str::to_owned);
        let ask = asked("<document>My Parcel</document><document>brakes</document>\nknown:\n- brakes\n");
        let given = propose(&groups(), &ask, &fields).unwrap().content;
        assert_eq!(given, r#"{"items":[{"predicate":"It is about late parcels","label":"late parcels"}]}"#);
        assert!(propose(&groups(), &ask, &["why".to_owned()]).unwrap_err().contains("\"why\""));
    }

    #[test]
    fn a_verdict_is_of_the_predicate_outside_of_the_document() {
        let judge = |question: &str| verdict(&groups(), &asked(question)).map(|given| given.content);
        let about =
            |label: &str| format!("<document>parcel. It is about brakes</document>\nStatement: It is about {label}");
        assert_eq!(judge(&about("late parcels")).as_deref(), Ok("Yes"));
        assert_eq!(judge(&about("late parcels abroad")).as_deref(), Ok("No"));
        assert!(judge(&about("praise")).is_err());
    }
}
