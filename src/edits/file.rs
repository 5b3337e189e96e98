//! The edits of a file: TOML, one table an edit.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::edit::{Edit, What};
use super::problem::{Contradiction, shown};
use crate::codebook::{LONGEST_LABEL, LONGEST_SENTENCE};
use crate::error::Error;
use crate::run::EditsRecord;
use crate::seed::sha256_hex;
use crate::text::{bytes_by_hand, is_blank, nearest, one_line};

/// Edits of a file at most.
const MOST: usize = 10_000;

/// Each kind of table with the keys that it has.
const TABLES: [(&str, &[&str]); 10] = [
    ("rename", &["cluster", "to", "predicate"]),
    ("merge", &["clusters"]),
    ("split", &["cluster", "to", "predicate", "documents"]),
    ("move", &["documents", "to", "nowhere"]),
    ("pin", &["clusters"]),
    ("drop", &["clusters"]),
    ("exclusive", &["clusters"]),
    ("must-link", &["documents"]),
    ("cannot-link", &["documents"]),
    ("size", &["at-least", "at-most"]),
];

/// What a person has corrected of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edits {
    /// The file, as messages name it.
    pub name: String,
    /// sha256 of its bytes.
    pub sha256: String,
    /// The file itself, for a run directory.
    pub text: String,
    /// In the order of their lines.
    pub(super) all: Vec<Edit>,
}

impl Edits {
    /// What the manifest of a run says of the edits that it was made with.
    pub fn record(&self) -> EditsRecord {
        EditsRecord { file: "edits.toml".into(), sha256: self.sha256.clone(), effects: Vec::new() }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When the file cannot be read, or says something that no file of edits says: the message names file and line.
    pub fn read(path: &Path) -> Result<Edits, Error> {
        let name = path.display().to_string();
        Edits::parse(&name, &bytes_by_hand(path)?).map_err(|problem| Error::usage(format!("{name}:{problem}")))
    }

    /// Understands a file's bytes.
    ///
    /// # Errors
    /// When they say something that no file of edits says, in words that begin with the line.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Edits, String> {
        let text = std::str::from_utf8(bytes).map_err(|problem| {
            let line = bytes[..problem.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            format!("{line}: not UTF-8: save the edits as UTF-8")
        })?;
        let all = read(text.trim_start_matches('\u{feff}'))?;
        Ok(Edits { name: name.to_owned(), sha256: sha256_hex(bytes), text: text.to_owned(), all })
    }

    /// The edits at these places, which contradict each other.
    pub(super) fn contradict(&self, places: &[usize], why: &str) -> Contradiction {
        let edits: Vec<&Edit> = places.iter().map(|place| &self.all[*place]).collect();
        Contradiction::of(&edits, why)
    }

    /// Edits that contradict each other, as an error that names both.
    pub(super) fn refused(&self, problem: &Contradiction) -> Error {
        Error::usage(format!("{}:{}: {}", self.name, problem.line, problem.said))
    }
}

/// The edits of a text, by their lines.
fn read(text: &str) -> Result<Vec<Edit>, String> {
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|problem| {
        let start = problem.span().map_or(0, |span| span.start);
        format!("{}: {}", lines.at(start), problem.message())
    })?;
    let mut edits = Vec::new();
    for (key, value) in table.get_ref() {
        let line = lines.at(key.span().start);
        let name = key.get_ref().as_ref();
        let Some((name, keys)) = TABLES.iter().find(|(known, _)| *known == name) else {
            let known = TABLES.iter().map(|(known, _)| *known);
            return Err(format!("{line}: {}: unknown edit{}", shown(name), advice(name, known)));
        };
        match (*name, value.get_ref()) {
            ("size", DeValue::Table(fields)) => edits.extend(sizes(&Fields { lines: &lines, line, keys, fields })?),
            ("size", _) => return Err(format!("{line}: size: expected one table [size]")),
            (_, DeValue::Array(tables)) => {
                for table in tables.iter() {
                    let line = lines.at(table.span().start);
                    let DeValue::Table(fields) = table.get_ref() else {
                        return Err(format!("{line}: {name}: expected tables that each begin with [[{name}]]"));
                    };
                    edits.extend(edits_of(name, &Fields { lines: &lines, line, keys, fields })?);
                }
            }
            _ => return Err(format!("{line}: {name}: expected tables that each begin with [[{name}]]")),
        }
    }
    edits.sort_by_key(|edit| edit.line);
    match edits.get(MOST) {
        Some(beyond) => Err(format!("{}: more than {MOST} edits", beyond.line)),
        None => Ok(edits),
    }
}

/// A question for the known word that one is misspelled from, or the known words.
fn advice<'n>(word: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(word, known.clone()) {
        Some(known) => format!("; did you mean {known}?"),
        None => format!(": there are {}", known.collect::<Vec<_>>().join(", ")),
    }
}

/// Where the lines of a text begin.
struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Lines {
        Lines { ends: text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(place, _)| place).collect() }
    }

    /// The line in which a byte stands, counted from 1.
    fn at(&self, byte: usize) -> usize {
        self.ends.partition_point(|end| *end < byte) + 1
    }
}

/// The edits that one table stands for.
fn edits_of(kind: &str, table: &Fields<'_>) -> Result<Vec<Edit>, String> {
    table.check_keys(kind)?;
    let each = |clusters: Vec<String>, what: fn(String) -> What| clusters.into_iter().map(what).collect();
    let what = match kind {
        "rename" => {
            vec![What::Rename { cluster: table.one("cluster")?, to: table.label()?, predicate: table.predicate()? }]
        }
        "merge" => vec![What::Merge { clusters: table.several("clusters")? }],
        "split" => vec![What::Split {
            cluster: table.one("cluster")?,
            to: table.label()?,
            predicate: table.predicate()?,
            documents: table.list("documents")?,
        }],
        "move" => vec![What::Move { documents: table.list("documents")?, to: table.places()? }],
        "pin" => each(table.list("clusters")?, |cluster| What::Pin { cluster }),
        "drop" => each(table.list("clusters")?, |cluster| What::Drop { cluster }),
        "exclusive" => vec![What::Exclusive { clusters: table.several("clusters")? }],
        "must-link" => vec![What::MustLink { documents: table.several("documents")? }],
        _ => vec![What::CannotLink { documents: table.several("documents")? }],
    };
    Ok(what.into_iter().map(|what| Edit { line: table.line, what }).collect())
}

/// The bounds of the table `size`.
fn sizes(table: &Fields<'_>) -> Result<Vec<Edit>, String> {
    table.check_keys("size")?;
    let (least, most) = (table.number("at-least")?, table.number("at-most")?);
    if let (Some((line, least)), Some((_, most))) = (least, most)
        && least > most
    {
        return Err(format!("{line}: size: at-least {least} contradicts at-most {most}"));
    }
    let least = least.map(|(line, least)| Edit { line, what: What::AtLeast(least) });
    let most = most.map(|(line, most)| Edit { line, what: What::AtMost(most) });
    Ok(least.into_iter().chain(most).collect())
}

/// The fields of one table.
struct Fields<'t> {
    lines: &'t Lines,
    /// The line on which the table begins.
    line: usize,
    keys: &'static [&'static str],
    fields: &'t DeTable<'t>,
}

impl Fields<'_> {
    fn check_keys(&self, kind: &str) -> Result<(), String> {
        for key in self.fields.keys() {
            let name = key.get_ref().as_ref();
            if !self.keys.contains(&name) {
                let line = self.lines.at(key.span().start);
                let advice = advice(name, self.keys.iter().copied());
                return Err(format!("{line}: {}: unknown key of {kind}{advice}", shown(name)));
            }
        }
        Ok(())
    }

    fn field(&self, key: &str) -> Option<(usize, &DeValue<'_>)> {
        let (found, value) =
            self.fields.iter().find(|(name, _): &(&Spanned<DeString<'_>>, _)| name.get_ref() == key)?;
        Some((self.lines.at(found.span().start), value.get_ref()))
    }

    fn missing(&self, key: &str) -> String {
        format!("{}: {key}: missing", self.line)
    }

    /// Names: a string, or a list of strings that has one at least.
    fn list(&self, key: &str) -> Result<Vec<String>, String> {
        let (line, value) = self.field(key).ok_or_else(|| self.missing(key))?;
        let name = |value: &DeValue<'_>| {
            name(value, "a string in quotes, or a list of them").map_err(|problem| format!("{line}: {key}: {problem}"))
        };
        let names = match value {
            DeValue::Array(names) => names.iter().map(|one| name(one.get_ref())).collect::<Result<Vec<_>, _>>()?,
            one => vec![name(one)?],
        };
        if names.is_empty() { Err(format!("{line}: {key}: the list is empty")) } else { Ok(names) }
    }

    /// The same with two names at least.
    fn several(&self, key: &str) -> Result<Vec<String>, String> {
        let names = self.list(key)?;
        if names.len() < 2 {
            return Err(format!("{}: {key}: at least two are needed", self.line));
        }
        Ok(names)
    }

    /// One name.
    fn one(&self, key: &str) -> Result<String, String> {
        let (line, value) = self.field(key).ok_or_else(|| self.missing(key))?;
        name(value, "one string in quotes").map_err(|problem| format!("{line}: {key}: {problem}"))
    }

    /// The new label.
    fn label(&self) -> Result<String, String> {
        self.sentence("to", &self.one("to")?, LONGEST_LABEL)
    }

    /// The new predicate, if there is one.
    fn predicate(&self) -> Result<Option<String>, String> {
        match self.field("predicate") {
            None => Ok(None),
            Some(_) => self.sentence("predicate", &self.one("predicate")?, LONGEST_SENTENCE).map(Some),
        }
    }

    /// A text on one line, without control characters.
    fn sentence(&self, key: &str, said: &str, longest: usize) -> Result<String, String> {
        let line = self.field(key).map_or(self.line, |(line, _)| line);
        let tidy = one_line(said);
        match tidy.chars().count() {
            _ if is_blank(&tidy) => Err(format!("{line}: {key}: empty")),
            count if count > longest => Err(format!("{line}: {key}: {count} characters; at most {longest} are taken")),
            _ => Ok(tidy),
        }
    }

    /// Where documents go: `to`, or with `nowhere` into no cluster.
    fn places(&self) -> Result<Vec<String>, String> {
        let nowhere = match self.field("nowhere") {
            None => false,
            Some((_, DeValue::Boolean(nowhere))) => *nowhere,
            Some((line, _)) => return Err(format!("{line}: nowhere: expected true or false")),
        };
        match (nowhere, self.field("to")) {
            (false, None) => Err(format!("{}: to: missing: name a cluster, or say nowhere = true", self.line)),
            (false, Some(_)) => self.list("to"),
            (true, None) => Ok(Vec::new()),
            (true, Some((line, _))) => Err(format!("{line}: to: contradicts nowhere = true")),
        }
    }

    /// A number of documents.
    fn number(&self, key: &str) -> Result<Option<(usize, usize)>, String> {
        let Some((line, value)) = self.field(key) else { return Ok(None) };
        let number = match value {
            DeValue::Integer(number) => usize::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        match number.filter(|number| *number > 0) {
            Some(number) => Ok(Some((line, number))),
            None => Err(format!("{line}: {key}: expected a number of documents, 1 or more")),
        }
    }
}

/// The name that a string is, which is not empty; or what is wrong with it.
fn name(value: &DeValue<'_>, expected: &str) -> Result<String, String> {
    match value {
        DeValue::String(name) if is_blank(name) => Err("empty".to_owned()),
        DeValue::String(name) => Ok(name.to_string()),
        _ => Err(format!("expected {expected}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Edit>, String> {
        Edits::parse("edits.toml", text.as_bytes()).map(|edits| edits.all)
    }

    #[test]
    fn each_kind_of_edit_is_read_with_its_line() {
        let text = "[[drop]]\nclusters = \"x\"\n\n[[rename]]\ncluster = 'c-1'\nto = \"Late\\u001b  parcels\"\n\
                    [[move]]\ndocuments = [\"a\", \"b\"]\nnowhere = true\n[size]\nat-most = 0x10\n";
        let words: Vec<(usize, &str)> = parse(text).unwrap().iter().map(|edit| (edit.line, edit.what.word())).collect();
        assert_eq!(words, [(1, "drop"), (4, "rename"), (7, "move"), (11, "at-most")]);
        let edits = parse(text).unwrap();
        let renamed = What::Rename { cluster: "c-1".into(), to: "Late parcels".into(), predicate: None };
        assert_eq!((&edits[1].what, &edits[3].what), (&renamed, &What::AtMost(16)));
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn what_no_edit_says_is_told_with_its_line() {
        let long = format!("[[rename]]\ncluster = 'a'\nto = '{}'", "x".repeat(1 << 20));
        for (text, problem) in [
            ("\n[[renam]]\nx = 1", "2: “renam”: unknown edit; did you mean rename?"),
            ("[[rename]]\nclustr = 'a'\nto = 'b'", "2: “clustr”: unknown key of rename; did you mean cluster?"),
            ("[[rename]]\ncluster = 'a'", "1: to: missing"),
            ("[[rename]]\ncluster = ['a', 'b']\nto = 'b'", "2: cluster: expected one string in quotes"),
            ("[[rename]]\ncluster = 'a'\nto = 5", "3: to: expected one string in quotes"),
            ("[[rename]]\ncluster = 'a'\nto = ' '", "3: to: empty"),
            (long.as_str(), "3: to: 1048576 characters; at most 200 are taken"),
            ("[[merge]]\nclusters = ['a']", "1: clusters: at least two are needed"),
            ("[[move]]\ndocuments = []\nto = 'b'", "2: documents: the list is empty"),
            ("[[move]]\ndocuments = ['1']", "1: to: missing: name a cluster, or say nowhere = true"),
            ("[[move]]\ndocuments = ['1']\nto = 'a'\nnowhere = true", "3: to: contradicts nowhere = true"),
            ("[size]\nat-least = 0", "2: at-least: expected a number of documents, 1 or more"),
            ("[size]\nat-least = 9\nat-most = 3", "2: size: at-least 9 contradicts at-most 3"),
            ("[rename]\ncluster = 'a'", "1: rename: expected tables that each begin with [[rename]]"),
            ("[[pin]]\nclusters = [1]", "2: clusters: expected a string in quotes, or a list of them"),
        ] {
            assert_eq!(parse(text).unwrap_err(), problem, "{}", &text[..text.len().min(80)]);
        }
        assert!(parse("[[rename]\n").unwrap_err().starts_with("1: "));
        assert!(Edits::parse("x", b"\n\xff").unwrap_err().starts_with("2: not UTF-8"));
        let many = "[[pin]]\nclusters = 'a'\n".repeat(MOST + 1);
        assert!(parse(&many).unwrap_err().ends_with("more than 10000 edits"));
    }
}
