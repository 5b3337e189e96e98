//! What the first rows of a table show that reading alone does not mend: rows that are parts of one text, of several kinds, or
//! answers to several questions. It is said, with the parameter that takes what the user may mean.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::field::{Field, shown, words};
use super::options::ReadOptions;
use super::row::RawRow;
use super::turns::Turns;
use crate::message;
use crate::message::{Mention, Message};
use crate::text::is_blank;

/// What the name of a column that says of which kind a row is ends with.
const KINDS: [&str; 6] = ["type", "kind", "event", "typ", "tipo", "visibility"];
/// Words of kinds that nobody wrote to be read by all: the notes and events of help desks, the turns of bots.
const NOT_SAID: [&str; 22] = [
    "note",
    "notes",
    "notiz",
    "nota",
    "internal",
    "intern",
    "private",
    "event",
    "system",
    "bot",
    "lineitem",
    "agent",
    "staff",
    "button",
    "click",
    "status",
    "automation",
    "workflow",
    "log",
    "action",
    "assistant",
    "assignment",
];
/// Names of columns that say yes or no to that.
const INTERNAL: [&str; 5] = ["internal", "is_internal", "private", "is_private", "public"];
/// Words of kinds that customers write.
const OF_CUSTOMERS: [&str; 12] = [
    "customer",
    "user",
    "client",
    "visitor",
    "guest",
    "contact",
    "public",
    "kunde",
    "cliente",
    "human",
    "requester",
    "comment",
];
/// Different kinds at most, and characters of one.
const MOST_KINDS: usize = 12;
const LONGEST_KIND: usize = 40;
/// Words of which the name of a column of questions is made, beside one for a question.
const QUESTIONS: [&str; 9] =
    ["question", "questions", "frage", "fragen", "pregunta", "pergunta", "domanda", "vraag", "pytanie"];
const BESIDE: [&str; 14] = [
    "id", "ids", "text", "title", "name", "number", "no", "nr", "key", "code", "label", "heading", "wording", "survey",
];
/// Different questions at most.
const MOST_QUESTIONS: usize = 60;
/// Rows that belong together at least, and texts of several rows, by which a column that counts them is known.
const FEWEST: usize = 2;

/// The first rows of a file, and where their text is.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) path: &'a Path,
    pub(super) head: &'a [RawRow],
    pub(super) text: &'a Field,
    /// The text within the JSON that many texts are.
    pub(super) within: Option<&'a Field>,
}

/// What is to be said, in sentences; `who_speaks` is whether it is known already who speaks in which row.
pub(super) fn of(shown: Shown<'_>, options: &ReadOptions, who_speaks: bool) -> Vec<Message> {
    let rows: Vec<&RawRow> = shown.head.iter().filter(|row| row.problem.is_none()).collect();
    let table = Table { path: shown.path, rows, text: shown.text };
    let joined = if options.join.is_none() { table.counted_rows() } else { None };
    let kinds = if options.only.is_some() || who_speaks { None } else { table.kinds() };
    let questions = if options.only.is_none() && kinds.is_none() { table.questions() } else { None };
    let within = shown.within.map(|within| of_json(shown.path, shown.text, within));
    within.into_iter().chain(joined).chain(kinds).chain(questions).collect()
}

/// Says that many texts are JSON.
fn of_json(path: &Path, text: &Field, within: &Field) -> Message {
    let (path, text) = (path.display(), self::shown(&text.spelled));
    let field = Mention::of("text-field").exact(&within.spelled).say();
    message!(
        "{path}: many rows of \"{text}\" hold JSON, which is read as it stands: {field} reads what is said in it, and skips the rows \
         without it",
        path,
        text,
        field
    )
}

/// The rows that can be documents.
struct Table<'a> {
    path: &'a Path,
    rows: Vec<&'a RawRow>,
    text: &'a Field,
}

impl<'a> Table<'a> {
    /// The names of the columns beside the text, in their order.
    fn names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for name in self.rows.iter().flat_map(|row| row.fields.keys()) {
            if seen.insert(name.as_str()) && self.text.column() != Some(name) {
                names.push(name);
            }
        }
        names
    }

    /// The values of a column, as they are written, for each row; none where it is empty.
    fn values(&self, name: &str) -> Vec<Option<String>> {
        let written = |value: &Value| match value {
            Value::String(text) => (!is_blank(text)).then(|| text.trim().to_owned()),
            Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
            _ => None,
        };
        self.rows.iter().map(|row| row.fields.get(name).and_then(written)).collect()
    }

    /// Of each value of a column the rows with it and the letters of their texts.
    fn weighed(&self, name: &str) -> BTreeMap<String, (usize, usize)> {
        let mut weighed: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (row, value) in self.rows.iter().zip(self.values(name)) {
            let text = self.text.find(&row.fields).and_then(Value::as_str).filter(|text| !is_blank(text));
            let (Some(value), Some(text)) = (value, text) else { continue };
            let (count, letters) = weighed.entry(value).or_default();
            *count += 1;
            *letters += text.chars().filter(|c| c.is_alphabetic()).count();
        }
        weighed
    }

    /// Says that a column counts the rows of each text.
    fn counted_rows(&self) -> Option<Message> {
        let names = self.names();
        let counted = names.iter().find_map(|name| Some((*name, self.counts(name)?)));
        let (counter, begins) = counted?;
        let is_key = |name: &&&str| **name != counter && is_key(&self.values(name), &begins);
        let key = names.iter().find(is_key)?;
        let (path, counter, name) = (self.path.display(), shown(counter), shown(key));
        let join = Mention::of("join").exact(key).say();
        Some(message!(
            "{path}: \"{counter}\" counts the rows of each \"{name}\", and every row is read as a document: where they are parts of \
             one text, {join} makes one document of them",
            path,
            counter,
            name,
            join
        ))
    }

    /// In which rows a column begins to count, where it counts 1, 2, 3 … again and again.
    fn counts(&self, name: &str) -> Option<Vec<bool>> {
        let numbers: Vec<u64> =
            self.values(name).into_iter().map(|value| value?.parse().ok()).collect::<Option<_>>()?;
        let first = numbers.first().copied().filter(|first| *first <= 1)?;
        let mut begins = Vec::new();
        let mut last = None;
        for number in numbers {
            begins.push(number == first);
            if number != first && last.is_none_or(|last| number != last + 1) {
                return None;
            }
            last = Some(number);
        }
        let (texts, rows) = (begins.iter().filter(|begins| **begins).count(), begins.len());
        (texts >= FEWEST && rows >= texts + FEWEST).then_some(begins)
    }

    /// Says that a column names the kind of each row, where some are notes, events or the words of a bot.
    fn kinds(&self) -> Option<Message> {
        let (name, kinds) = self.names().into_iter().find_map(|name| Some((name, self.kinds_in(name)?)))?;
        let of_customers = |(kind, _): &&(String, usize)| {
            Turns::User.takes(kind) || words(kind).iter().any(|word| OF_CUSTOMERS.contains(&word.as_str()))
        };
        let taken =
            kinds.iter().find(of_customers).or_else(|| kinds.iter().find(|(kind, _)| !is_not_said(name, kind)))?;
        let listed: Vec<String> = kinds.iter().map(|(kind, count)| format!("\"{}\" {count}", shown(kind))).collect();
        let only = Mention::of("only").exact(format!("{name}={}", taken.0)).say();
        let (path, name, listed) = (self.path.display(), shown(name), listed.join(", "));
        Some(message!(
            "{path}: the rows are of several kinds, by the column \"{name}\" (of the first ones: {listed}), and all are read: \
             {only} takes those of one kind",
            path,
            name,
            listed,
            only
        ))
    }

    /// The kinds in a column with the rows of each, the most frequent first, if some are said by people and some are not.
    fn kinds_in(&self, name: &str) -> Option<Vec<(String, usize)>> {
        let named = words(name);
        let plain = name.trim().to_lowercase().replace([' ', '-'], "_");
        if !named.last().is_some_and(|last| KINDS.contains(&last.as_str())) && !INTERNAL.contains(&plain.as_str()) {
            return None;
        }
        let weighed = self.weighed(name);
        let mut kinds: Vec<(String, usize)> = weighed.into_iter().map(|(kind, (count, _))| (kind, count)).collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let not_said = kinds.iter().filter(|(kind, _)| is_not_said(name, kind)).count();
        let is_short = kinds.iter().all(|(kind, _)| kind.chars().count() <= LONGEST_KIND);
        (is_short && kinds.len() <= MOST_KINDS && not_said > 0 && not_said < kinds.len()).then_some(kinds)
    }

    /// Says that a column names the question that each row answers.
    fn questions(&self) -> Option<Message> {
        let is_named = |name: &&str| {
            let words = words(name);
            let is_digit = name.chars().any(|c| c.is_ascii_digit());
            let is_one = words.iter().any(|word| QUESTIONS.contains(&word.as_str()));
            let is_known = |word: &String| QUESTIONS.contains(&word.as_str()) || BESIDE.contains(&word.as_str());
            is_one && !is_digit && words.iter().all(is_known)
        };
        let asked = self.names().into_iter().filter(is_named).filter_map(|name| {
            let weighed = self.weighed(name);
            let rows: usize = weighed.values().map(|(count, _)| count).sum();
            ((2..=MOST_QUESTIONS).contains(&weighed.len()) && weighed.len() * 2 <= rows).then_some((name, weighed))
        });
        // Where a column has the numbers of the questions and another their words, the words say more.
        let letters = |asked: &BTreeMap<String, (usize, usize)>| asked.keys().map(String::len).sum::<usize>();
        let (name, asked) = asked.max_by_key(|(_, asked)| letters(asked))?;
        let (open, _) = asked.iter().max_by_key(|(_, (_, letters))| *letters)?;
        let only = Mention::of("only").exact(format!("{name}={open}")).say();
        let (path, name, count) = (self.path.display(), shown(name), asked.len());
        Some(message!(
            "{path}: the rows answer {count} questions, by the column \"{name}\", and the answers to all are read as one corpus: {only} \
             takes those to one",
            path,
            count,
            name,
            only
        ))
    }
}

/// Whether a column says by its values which rows belong together: the value changes where the counting begins and, if it is
/// there at all, nowhere else.
fn is_key(values: &[Option<String>], begins: &[bool]) -> bool {
    let mut last: Option<&String> = None;
    for (value, begins) in values.iter().zip(begins) {
        match (value, begins) {
            (None, true) => return false,
            (Some(value), true) if last == Some(value) => return false,
            (Some(value), true) => last = Some(value),
            (Some(value), false) if last != Some(value) => return false,
            (_, false) => {}
        }
    }
    true
}

/// Whether a kind of rows, or the answer to whether a row is internal, is nothing that customers say.
fn is_not_said(name: &str, kind: &str) -> bool {
    let plain = name.trim().to_lowercase().replace([' ', '-'], "_");
    let is_yes = ["true", "yes", "1"].contains(&kind.to_lowercase().as_str());
    match plain.as_str() {
        "public" => !is_yes,
        plain if INTERNAL.contains(&plain) => is_yes,
        _ => words(kind).iter().any(|word| NOT_SAID.contains(&word.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{notes, options, read_as, texts};

    fn said(table: &str, options: &ReadOptions) -> String {
        notes(&read_as("a.csv", table.as_bytes(), options).unwrap()).join("\n")
    }

    #[test]
    fn notes_and_events_of_a_help_desk_are_told_with_what_leaves_them_out() {
        let threads = "Thread type,Body\ncustomer,The kettle leaks at its base.\nnote,Ask Ann about this one please.\n\
                       message,We are sorry to hear that.\ncustomer,My parcel is two weeks late.\n";
        let told = said(threads, &options());
        assert!(told.contains("\"customer\" 2") && told.contains("only=Thread type=customer"), "{told}");
        let only = ReadOptions { only: Some("Thread type=customer".parse().unwrap()), ..options() };
        let corpus = read_as("a.csv", threads.as_bytes(), &only).unwrap();
        assert_eq!(texts(&corpus), ["The kettle leaks at its base.", "My parcel is two weeks late."]);
        assert!(!notes(&corpus).join("\n").contains("of several kinds"));
        let public = threads.replace("Thread type", "Public").replace("customer", "TRUE").replace("note", "FALSE");
        assert!(said(&public.replace("message", "TRUE"), &options()).contains("only=Public=TRUE"));
        let products = threads.replace("note", "kettle").replace("message", "toaster");
        assert!(!said(&products, &options()).contains("of several kinds"));
    }

    #[test]
    fn answers_to_several_questions_are_told_with_what_takes_those_to_one() {
        let row = |n: usize| {
            format!(
                "{n},q1,How satisfied are you?,{}\n{n},q2,\"What, if anything, bothers you?\",The noise in hall {n}.\n",
                n % 4
            )
        };
        let table = format!("person,question_id,question,answer\n{}", (0..6).map(row).collect::<String>());
        let told = said(&table, &options());
        assert!(
            told.contains("answer 2 questions") && told.contains("only=question=What, if anything, bothers you?"),
            "{told}"
        );
        let only = ReadOptions { only: Some("question=What, if anything, bothers you?".parse().unwrap()), ..options() };
        assert_eq!(read_as("a.csv", table.as_bytes(), &only).unwrap().documents.len(), 6);
        let wide = "Question 1,Comment\nyes,The noise in hall one.\nno,The air in hall two.\nyes,The long way home.\nno,The old chairs.\n";
        assert!(!said(wide, &options()).contains("questions"));
    }
}
