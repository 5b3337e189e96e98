//! From the model's raw text to an answer. Strict: what is not a legal answer is unparsed, never a default.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::wrapping;
use crate::message;
use crate::message::Message;
use crate::model::failure::beginning;
use crate::model::journal::{Call, Recorded};
use crate::model::question::{Answer, LegalAnswer, Reply};

/// Log-odds beyond which probabilities and the word that was said contradict each other; below it, spellings of one word may add up.
const CONTRADICTION: f64 = 1.0;
/// By how much a log-probability may exceed 0 by rounding. Those of a server that says more are not believed.
pub const ROUNDING: f64 = 0.01;

/// What the probabilities of a list may come to: rounded ones come to a little more than 1.
const MOST_MASS: f64 = 1.05;
/// Share of the first token's probability that Yes and No must hold together for a verdict to be read from it.
const LEAST_MASS: f64 = 0.1;
/// Longest text of one field of an item, in characters: labels and predicates are short.
const LONGEST_FIELD: usize = 200;

/// What a call's outcome means, given what was legal.
pub fn parse(call: &Call, legal: &LegalAnswer) -> Answer {
    let (content, logprobs) = match &call.reply {
        Recorded::Failed { error, .. } => return Answer::Failed(Message::of(error)),
        Recorded::Completion { content, logprobs } => (content, logprobs.as_deref().filter(|listed| are_sound(listed))),
    };
    let said = wrapping::answer(content);
    let reply = match legal {
        LegalAnswer::YesNo => {
            let word = wrapping::one_word(said);
            verdict(&word, logprobs.filter(|_| is_first(&word, said, content)))
        }
        LegalAnswer::Items { fields, .. } => items(said, fields),
        LegalAnswer::Choice { count } => choice(said, *count),
        LegalAnswer::Letter { count } => {
            let word = wrapping::one_word(said);
            letter(&word, logprobs.filter(|_| is_first(&word, said, content)), *count)
        }
        LegalAnswer::Choices { documents, count } => choices(said, *documents, *count),
        LegalAnswer::Decision { entries, several } => decision(content, entries.len(), *several),
    };
    match reply {
        Some(reply) => Answer::Answered(reply),
        None if call.finish_reason.as_deref() == Some("length") && is_unfinished(said, legal) => {
            Answer::Failed(cut_off())
        }
        None => Answer::Unparsed(beginning(said)),
    }
}

/// Why a reply without its end is no answer.
fn cut_off() -> Message {
    message!(
        "the reply was cut off before it was complete (a model that reasons first must be told not to: {@extra-body})"
    )
}

/// Whether an answer is what the content begins with: behind reasoning or a title, the first token's log-probabilities are not
/// those of the answer.
fn is_first(word: &str, said: &str, content: &str) -> bool {
    let begins = said.trim_start_matches(|c: char| !c.is_alphanumeric()).starts_with(word);
    let is_reasoned = content.contains("</think>");
    begins && !is_reasoned && content.starts_with(said) && !(word.is_empty() && said != content)
}

/// Whether more tokens could have made a legal answer: a word that is neither Yes nor No is complete as it is.
fn is_unfinished(said: &str, legal: &LegalAnswer) -> bool {
    said.trim().is_empty() || !legal.is_one_token()
}

/// From log-probabilities if there are any, else from the word alone. Log-probabilities that clearly speak against the word are not of
/// this answer: the word decides.
fn verdict(content: &str, logprobs: Option<&[(String, f64)]>) -> Option<Reply> {
    let said = word(content);
    let by_word = said.map(|yes| Reply::Verdict { yes, log_odds: None });
    let Some(reading) = logprobs.map(Reading::of) else { return by_word };
    let log_odds = reading.log_odds()?;
    if said.is_some_and(|yes| yes != (log_odds > 0.0)) && log_odds.abs() > CONTRADICTION {
        return by_word;
    }
    Some(Reply::Verdict { yes: log_odds > 0.0, log_odds: Some(log_odds) })
}

/// Yes or no, if the text is that word and nothing else: "No, although yes…" is neither.
pub fn word(text: &str) -> Option<bool> {
    match text.trim().trim_end_matches(['.', '!']).to_ascii_lowercase().as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The probabilities of Yes and No among a first token's likeliest spellings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    yes: f64,
    no: f64,
    /// The least probable token listed: what is not listed has no more.
    floor: f64,
}

impl Reading {
    /// From natural log-probabilities.
    pub fn of(logprobs: &[(String, f64)]) -> Reading {
        let sum = |wanted: bool| {
            logprobs.iter().filter(|(token, _)| word(token) == Some(wanted)).map(|(_, logprob)| logprob.exp()).sum()
        };
        let floor = logprobs.iter().map(|(_, logprob)| logprob.exp()).fold(1.0, f64::min);
        Reading { yes: sum(true), no: sum(false), floor }
    }

    /// ln P(Yes) − ln P(No); none when the model meant to say something else.
    pub fn log_odds(self) -> Option<f64> {
        let bounded = |probability: f64| probability.max(self.floor.min(1e-4)).max(1e-9);
        (self.yes + self.no >= LEAST_MASS).then(|| bounded(self.yes).ln() - bounded(self.no).ln())
    }
}

/// From log-probabilities if there are any, else from the letter alone. Log-probabilities that clearly speak against the letter
/// that was said are not of this answer: the letter decides.
fn letter(content: &str, logprobs: Option<&[(String, f64)]>, count: usize) -> Option<Reply> {
    let listed = |token: &str| place(token).filter(|place| *place <= count);
    let said = listed(content);
    let mut shares = vec![0.0; count + 1];
    for (token, logprob) in logprobs.unwrap_or_default() {
        listed(token).into_iter().for_each(|place| shares[place] += logprob.exp());
    }
    let most = shares.iter().copied().fold(0.0, f64::max);
    let contradicts = said.is_some_and(|said| shares[said] * CONTRADICTION.exp() < most);
    if logprobs.is_none() || contradicts {
        shares.fill(0.0);
        shares[said?] = 1.0;
    }
    let mass: f64 = shares.iter().sum();
    (mass >= LEAST_MASS).then(|| Reply::Shares(shares.iter().map(|share| share / mass).collect()))
}

/// The place in a list that a text names, if it is one capital letter and nothing else.
pub fn place(text: &str) -> Option<usize> {
    match text.trim().trim_end_matches(['.', ')', ':']).as_bytes() {
        [letter @ b'A'..=b'Z'] => Some(usize::from(letter - b'A')),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Items {
    items: Vec<BTreeMap<String, String>>,
}

fn items(content: &str, fields: &[String]) -> Option<Reply> {
    let items: Items = serde_json::from_str(wrapping::unfenced(content)).ok()?;
    let complete = |item: &BTreeMap<String, String>| {
        item.len() == fields.len() && fields.iter().all(|field| item.get(field).is_some_and(|text| fits(text)))
    };
    items.items.iter().all(complete).then_some(Reply::Items(items.items))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Groups {
    groups: Vec<usize>,
}

/// Numbers of the list, none twice; anything else is not a choice.
fn choice(content: &str, count: usize) -> Option<Reply> {
    let Groups { groups } = serde_json::from_str(wrapping::unfenced(content)).ok()?;
    places(&groups, count).map(Reply::Choice)
}

/// Numbers of a list from 1 as places from 0.
fn places(groups: &[usize], count: usize) -> Option<Vec<usize>> {
    let distinct: BTreeSet<usize> = groups.iter().copied().collect();
    let listed = groups.iter().all(|number| (1..=count).contains(number));
    (listed && distinct.len() == groups.len()).then(|| groups.iter().map(|number| number - 1).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sorted {
    documents: Vec<SortedDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SortedDocument {
    number: usize,
    groups: Vec<usize>,
}

/// A choice for every document, each named once; anything else is none for any of them.
fn choices(content: &str, documents: usize, count: usize) -> Option<Reply> {
    let mut sorted: Sorted = serde_json::from_str(wrapping::unfenced(content)).ok()?;
    sorted.documents.sort_by_key(|document| document.number);
    let numbers = sorted.documents.iter().map(|document| document.number);
    let complete = numbers.eq(1..=documents);
    let choices = sorted.documents.iter().map(|document| places(&document.groups, count)).collect::<Option<_>>()?;
    complete.then_some(Reply::Choices(choices))
}

/// What a decision model said, as the client writes it down whatever the protocol was.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probabilities {
    /// One for each entry, and one more for none of them where one entry fits best; none where the model declined to say.
    pub probabilities: Vec<Option<f64>>,
}

/// A probability for each entry, and where they are of one choice for none of them too.
fn decision(content: &str, entries: usize, several: bool) -> Option<Reply> {
    let Probabilities { probabilities } = serde_json::from_str(content).ok()?;
    let are_sound = probabilities.iter().flatten().all(|probability| (0.0..=1.0 + ROUNDING).contains(probability));
    let is_complete = probabilities.len() == if several { entries } else { entries + 1 };
    if !are_sound || !is_complete {
        return None;
    }
    if several {
        return Some(Reply::Probabilities(probabilities));
    }
    let shares: Vec<f64> = probabilities.into_iter().collect::<Option<_>>()?;
    let mass: f64 = shares.iter().sum();
    is_whole(&shares).then(|| Reply::Shares(shares.iter().map(|share| share / mass).collect()))
}

/// Whether probabilities of a choice, rounded ones too, sum to one.
pub fn is_whole(shares: &[f64]) -> bool {
    (2.0 - MOST_MASS..=MOST_MASS).contains(&shares.iter().sum())
}

fn fits(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST_FIELD
}

/// Whether log-probabilities, of a journal too, are those of probabilities, all together too.
fn are_sound(logprobs: &[(String, f64)]) -> bool {
    let all: f64 = logprobs.iter().map(|(_, logprob)| logprob.exp()).sum();
    logprobs.iter().all(|(_, logprob)| *logprob <= ROUNDING) && all <= MOST_MASS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn call(content: &str, logprobs: Option<Vec<(&str, f64)>>) -> Call {
        let logprobs =
            logprobs.map(|list| list.into_iter().map(|(token, logprob)| (token.to_owned(), logprob)).collect());
        Call {
            key: String::new(),
            stage: "assign".into(),
            prompt: "assign-1".into(),
            request: None,
            reply: Recorded::Completion { content: content.into(), logprobs },
            finish_reason: Some("stop".into()),
            usage: None,
            milliseconds: 0,
            settles: None,
        }
    }

    #[test]
    fn only_the_word_itself_is_a_verdict() {
        for (text, yes) in [("Yes", true), (" no.\n", false), ("YES!", true)] {
            assert_eq!(
                parse(&call(text, None), &LegalAnswer::YesNo),
                Answer::Answered(Reply::Verdict { yes, log_odds: None })
            );
        }
        for text in ["No, although yes, the customer…", "Not sure", "", "yesterday", "Yes and no", "true"] {
            assert!(matches!(parse(&call(text, None), &LegalAnswer::YesNo), Answer::Unparsed(_)), "{text}");
        }
    }

    #[test]
    fn log_probabilities_are_summed_over_spellings() {
        let answer = parse(
            &call("No", Some(vec![("No", 0.5_f64.ln()), (" no", 0.1_f64.ln()), ("Yes", 0.3_f64.ln())])),
            &LegalAnswer::YesNo,
        );
        let Answer::Answered(Reply::Verdict { yes: false, log_odds: Some(log_odds) }) = answer else {
            panic!("{answer:?}")
        };
        assert!((log_odds - 0.5_f64.ln()).abs() < 1e-9, "{log_odds}");
    }

    #[test]
    fn a_model_that_meant_something_else_gave_no_verdict() {
        let answer = parse(&call("To", Some(vec![("To", -0.05), ("Yes", -4.0), ("No", -4.2)])), &LegalAnswer::YesNo);
        assert_eq!(answer, Answer::Unparsed("To".into()));
    }

    #[test]
    fn a_letter_is_read_from_its_probability_and_none_is_the_one_after_the_list() {
        let legal = LegalAnswer::Letter { count: 2 };
        let listed = vec![(" B", 0.4_f64.ln()), ("C", 0.1_f64.ln()), ("B)", 0.1_f64.ln()), ("Z", 0.2_f64.ln())];
        let Answer::Answered(Reply::Shares(shares)) = parse(&call("B", Some(listed)), &legal) else { panic!() };
        assert!(shares.iter().zip([0.0, 5.0 / 6.0, 1.0 / 6.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{shares:?}");
        assert_eq!(parse(&call("C.", None), &legal), Answer::Answered(Reply::Shares(vec![0.0, 0.0, 1.0])));
        for text in ["D", "b", "Group A", ""] {
            assert!(matches!(parse(&call(text, None), &legal), Answer::Unparsed(_)), "{text}");
        }
        assert!(matches!(parse(&call("The", Some(vec![("The", -0.01), ("A", -5.0)])), &legal), Answer::Unparsed(_)));
    }

    #[test]
    fn a_failed_call_is_not_a_no() {
        let failed = Call { reply: Recorded::Failed { error: "timeout".into(), fault: None }, ..call("", None) };
        assert_eq!(parse(&failed, &LegalAnswer::YesNo), Answer::Failed("timeout".into()));
    }

    #[test]
    fn items_must_have_exactly_their_fields() {
        let legal = LegalAnswer::Items { fields: vec!["label".into()], most: None };
        let read = |content: &str| parse(&call(content, None), &legal);
        assert!(
            matches!(read(r#"{"items":[{"label":"late parcels"}]}"#), Answer::Answered(Reply::Items(items)) if items.len() == 1)
        );
        assert!(
            matches!(read("```json\n{\"items\":[]}\n```"), Answer::Answered(Reply::Items(items)) if items.is_empty())
        );
        for wrong in
            [r#"{"items":[{"label":"a","x":"b"}]}"#, r#"{"items":[{"label":""}]}"#, r#"{"items":"#, "late parcels"]
        {
            assert!(matches!(read(wrong), Answer::Unparsed(_)), "{wrong}");
        }
    }

    #[test]
    fn reasoning_before_the_answer_is_no_part_of_it() {
        let yes = Answer::Answered(Reply::Verdict { yes: true, log_odds: None });
        assert_eq!(parse(&call("<think>No? Hm.</think>\n\nYes", None), &LegalAnswer::YesNo), yes);
        let cut = Call { finish_reason: Some("length".into()), ..call("<think>", None) };
        assert!(matches!(parse(&cut, &LegalAnswer::YesNo), Answer::Failed(_)));
        let word = Call { finish_reason: Some("length".into()), ..call("Perhaps", None) };
        assert!(matches!(parse(&word, &LegalAnswer::YesNo), Answer::Unparsed(_)));
    }

    #[test]
    fn bold_words_and_reasoning_without_its_opening_are_read() {
        let yes = Answer::Answered(Reply::Verdict { yes: true, log_odds: None });
        for said in ["**Yes**", "\"Yes.\"", "Okay, no.\n</think>\n\nYes", "<think>\n</think>**Yes!**"] {
            assert_eq!(parse(&call(said, None), &LegalAnswer::YesNo), yes, "{said}");
        }
        for said in ["**{\"groups\": [2]}**", "`{\"groups\": [2]}`"] {
            let choice = parse(&call(said, None), &LegalAnswer::Choice { count: 2 });
            assert_eq!(choice, Answer::Answered(Reply::Choice(vec![1])), "{said}");
        }
        for said in ["Answer: Yes</s>", "{\"answer\": \"Yes\"}<|im_end|>", "Yes<|eot_id|>"] {
            assert_eq!(parse(&call(said, None), &LegalAnswer::YesNo), yes, "{said}");
        }
        let letter = parse(&call("**B**", None), &LegalAnswer::Letter { count: 2 });
        assert_eq!(letter, Answer::Answered(Reply::Shares(vec![0.0, 1.0, 0.0])));
    }

    #[test]
    fn log_probabilities_of_another_word_than_the_answer_are_not_read() {
        let log_odds =
            |content: &str| match parse(&call(content, Some(vec![("Yes", -0.1), ("No", -2.4)])), &LegalAnswer::YesNo) {
                Answer::Answered(Reply::Verdict { yes: true, log_odds }) => log_odds.is_some(),
                other => panic!("{other:?}"),
            };
        for first in ["Yes", "**Yes**", "Yes</s>"] {
            assert!(log_odds(first), "{first}");
        }
        for behind in ["Answer: Yes", "{\"answer\": \"Yes\"}", "Yes</think>Yes"] {
            assert!(!log_odds(behind), "{behind}");
        }
    }

    #[test]
    fn a_letter_that_its_log_probabilities_contradict_is_taken_at_its_word() {
        let letter =
            |logprobs: Vec<(&str, f64)>| match parse(&call("C", Some(logprobs)), &LegalAnswer::Letter { count: 3 }) {
                Answer::Answered(Reply::Shares(shares)) => shares,
                other => panic!("{other:?}"),
            };
        let word = vec![0.0, 0.0, 1.0, 0.0];
        assert_eq!(letter(vec![("A", -0.01), ("C", -5.0)]), word);
        assert_eq!(letter(vec![("A", -0.8), ("B", -0.8)]), word, "the letter is not listed");
        assert_eq!(letter(vec![("A", -0.5), ("B", -0.5), ("D", -0.5)]), word, "more than there is of probability");
        let close = letter(vec![("A", -0.7), ("C", -0.9)]);
        assert!(close[0] > close[2] && close[2] > 0.4, "{close:?}");
    }

    #[test]
    fn log_probabilities_that_are_none_leave_the_word_to_decide() {
        for wrong in [1000.0, 710.0, f64::INFINITY, f64::NAN] {
            let said = |content: &str, legal| parse(&call(content, Some(vec![("No", wrong), ("A", wrong)])), &legal);
            let yes = Answer::Answered(Reply::Verdict { yes: true, log_odds: None });
            assert_eq!(said("Yes", LegalAnswer::YesNo), yes, "{wrong}");
            let second = Answer::Answered(Reply::Shares(vec![0.0, 1.0, 0.0]));
            assert_eq!(said("B", LegalAnswer::Letter { count: 2 }), second, "{wrong}");
        }
    }

    fn legals() -> [LegalAnswer; 5] {
        let items = LegalAnswer::Items { fields: vec!["label".into()], most: None };
        let choices = LegalAnswer::Choices { documents: 2, count: 3 };
        [LegalAnswer::YesNo, items, LegalAnswer::Choice { count: 3 }, LegalAnswer::Letter { count: 3 }, choices]
    }

    proptest! {
        #[test]
        fn any_reply_is_an_answer_or_unparsed_and_no_share_is_no_number(
            content in prop_oneof![".{0,60}", "[\\[\\]{}\":,0-9a-zA-Z \\-.]{0,60}", "(Yes|No|[A-D])[.*!)]{0,2}"],
            logprobs in proptest::option::of(proptest::collection::vec(("(Yes|no|[A-D]|x)", any::<f64>()), 0..6)),
        ) {
            let call = Call {
                reply: Recorded::Completion { content, logprobs },
                finish_reason: Some("length".into()),
                ..call("", None)
            };
            for legal in legals() {
                match parse(&call, &legal) {
                    Answer::Answered(Reply::Shares(shares)) => {
                        prop_assert_eq!(shares.len(), 4);
                        prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{:?}", shares);
                    }
                    Answer::Answered(Reply::Verdict { log_odds, .. }) => {
                        prop_assert!(log_odds.is_none_or(f64::is_finite));
                    }
                    Answer::Answered(Reply::Choice(places)) => prop_assert!(places.iter().all(|place| *place < 3)),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_choice_is_numbers_of_the_list_and_nothing_else() {
        let legal = LegalAnswer::Choice { count: 3 };
        for (content, places) in [(r#"{"groups": [3, 1]}"#, vec![2, 0]), (r#"{"groups":[]}"#, vec![])] {
            assert_eq!(parse(&call(content, None), &legal), Answer::Answered(Reply::Choice(places)));
        }
        for wrong in [r#"{"groups":[4]}"#, r#"{"groups":[0]}"#, r#"{"groups":[1,1]}"#, "[1]", "2", r#"{"groups":"1"}"#]
        {
            assert!(matches!(parse(&call(wrong, None), &legal), Answer::Unparsed(_)), "{wrong}");
        }
        let cut = Call { finish_reason: Some("length".into()), ..call(r#"{"groups":[1"#, None) };
        assert!(matches!(parse(&cut, &legal), Answer::Failed(_)));
    }

    #[test]
    fn choices_name_every_document_once_in_any_order() {
        let legal = LegalAnswer::Choices { documents: 2, count: 3 };
        let read = |entries: &str| parse(&call(&format!(r#"{{"documents": [{entries}]}}"#), None), &legal);
        let (one, two) = (r#"{"number": 1, "groups": []}"#, r#"{"number": 2, "groups": [3, 1]}"#);
        assert_eq!(read(&format!("{two}, {one}")), Answer::Answered(Reply::Choices(vec![vec![], vec![2, 0]])));
        let (beyond, other) = (r#"{"number": 2, "groups": [4]}"#, r#"{"number": 3, "groups": []}"#);
        for wrong in
            [one.to_owned(), format!("{one}, {two}, {two}"), format!("{one}, {beyond}"), format!("{one}, {other}")]
        {
            assert!(matches!(read(&wrong), Answer::Unparsed(_)), "{wrong}");
        }
    }

    #[test]
    fn a_list_that_was_cut_off_failed() {
        let legal = LegalAnswer::Items { fields: vec!["label".into()], most: None };
        let cut = Call { finish_reason: Some("length".into()), ..call(r#"{"items":[{"#, None) };
        assert!(matches!(parse(&cut, &legal), Answer::Failed(_)));
    }
}
