//! A codebook: groups known beforehand, each with a label, a sentence and examples, read from the user's TOML file or table.
//!
//! Methods take its entries as they take candidates that a model proposed.

mod csv;
mod toml;

use std::collections::HashMap;
use std::path::Path;

use crate::corpus::{decoded, is_workbook, sheet_rows};
use crate::error::Error;
use crate::seed::sha256_hex;
use crate::text::{bytes_by_hand, folded, is_blank, one_line};

/// Entries at most: every one of them stands in every question and is compared with every document.
const MOST: usize = 2_000;
/// Characters of a label at most: labels stand in prompts and in headings.
pub const LONGEST_LABEL: usize = 200;
/// Characters of a predicate or an example at most.
pub const LONGEST_SENTENCE: usize = 2_000;

/// One group known beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// A few words, unique in the codebook.
    pub label: String,
    /// The sentence that is true of the documents that belong.
    pub predicate: String,
    /// Texts as documents of the group are worded; often none.
    pub examples: Vec<String>,
}

/// The user's list of groups, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codebook {
    /// In the file's order.
    pub entries: Vec<Entry>,
    /// sha256 of the text.
    pub sha256: String,
    /// The file itself, for the run directory: as UTF-8, and a workbook's sheet as CSV.
    pub text: String,
    /// How it is written.
    pub format: Format,
}

/// How a codebook is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `[[entry]]` tables.
    Toml,
    /// A table with a header.
    Csv,
}

impl Format {
    /// The name of the copy in a run directory.
    pub fn file_name(self) -> &'static str {
        match self {
            Format::Toml => "codebook.toml",
            Format::Csv => "codebook.csv",
        }
    }
}

/// One entry as it was read, with the line on which it begins.
struct Raw {
    line: usize,
    label: Option<String>,
    predicate: Option<String>,
    examples: Vec<String>,
}

impl Codebook {
    /// Reads a file: a table by its name, its first bytes or its first line, TOML otherwise.
    ///
    /// # Errors
    /// When the file cannot be read, or says something that no codebook says: the message names file, line and field.
    pub fn read(path: &Path) -> Result<Codebook, Error> {
        let mut bytes = bytes_by_hand(path)?;
        if is_workbook(&bytes) {
            bytes = csv::of_sheet(&sheet_rows(path, &bytes)?).into_bytes();
            return Codebook::told(path, &bytes, Format::Csv);
        }
        let named = path.extension().map_or(String::new(), |name| name.to_string_lossy().to_lowercase());
        if std::str::from_utf8(&bytes).is_err() && named != "toml" {
            bytes = decoded(&bytes);
        }
        if let Some(other) = other_kind(&named, &bytes) {
            return Err(Error::usage(format!(
                "{}: is {other}: a codebook is TOML or a table (CSV, a workbook)",
                path.display()
            )));
        }
        let is_table = match named.as_str() {
            "csv" | "tsv" | "tab" => true,
            "toml" => false,
            _ => csv::begins_so(&bytes),
        };
        Codebook::told(path, &bytes, if is_table { Format::Csv } else { Format::Toml })
    }

    fn told(path: &Path, bytes: &[u8], format: Format) -> Result<Codebook, Error> {
        Codebook::parse(bytes, format).map_err(|problem| Error::usage(format!("{}:{problem}", path.display())))
    }

    /// Understands a file's bytes.
    ///
    /// # Errors
    /// When they say something that no codebook says, in words that begin with the line.
    pub fn parse(bytes: &[u8], format: Format) -> Result<Codebook, String> {
        let text = std::str::from_utf8(bytes).map_err(|problem| {
            let line = bytes[..problem.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            format!("{line}: not UTF-8: save the codebook as UTF-8")
        })?;
        let readable = text.trim_start_matches('\u{feff}');
        let raw = match format {
            Format::Toml => toml::entries(readable)?,
            Format::Csv => csv::entries(readable)?,
        };
        Ok(Codebook { entries: checked(raw)?, sha256: sha256_hex(bytes), text: text.to_owned(), format })
    }

    /// For tests and evaluations: entries that stand in no file.
    pub fn of(entries: Vec<Entry>) -> Codebook {
        let text: Vec<String> = entries.iter().map(|entry| format!("{}: {}\n", entry.label, entry.predicate)).collect();
        let text = text.concat();
        Codebook { entries, sha256: sha256_hex(&text), text, format: Format::Toml }
    }
}

/// What a file is that can be neither TOML nor a table, by its name or its first sign.
fn other_kind(named: &str, bytes: &[u8]) -> Option<&'static str> {
    let first = bytes.trim_ascii_start();
    match named {
        "toml" | "csv" | "tsv" | "tab" => None,
        "json" | "jsonl" | "ndjson" => Some("JSON"),
        "yaml" | "yml" => Some("YAML"),
        "md" | "markdown" => Some("Markdown"),
        _ if first.starts_with(b"{") || first.starts_with(b"[{") => Some("JSON"),
        _ => None,
    }
}

/// Entries without what no run could use: missing fields, repeated labels, none at all.
fn checked(raw: Vec<Raw>) -> Result<Vec<Entry>, String> {
    if raw.is_empty() {
        return Err("1: no entry: a codebook needs at least one, with label and predicate".into());
    }
    if raw.len() > MOST {
        return Err(format!("{}: more than {MOST} entries", raw[MOST].line));
    }
    let mut seen: HashMap<(&str, String), usize> = HashMap::new();
    let mut entries = Vec::with_capacity(raw.len());
    for one in raw {
        let line = one.line;
        let label = sentence(line, "label", one.label, LONGEST_LABEL)?;
        let predicate = sentence(line, "predicate", one.predicate, LONGEST_SENTENCE)?;
        for (field, said) in [("label", &label), ("predicate", &predicate)] {
            if let Some(earlier) = seen.insert((field, folded(said)), line) {
                return Err(format!("{line}: {field}: “{said}” stands in the entry on line {earlier} already"));
            }
        }
        let example = |example| sentence(line, "examples", Some(example), LONGEST_SENTENCE);
        let examples = one.examples.into_iter().map(example).collect::<Result<_, _>>()?;
        entries.push(Entry { label, predicate, examples });
    }
    Ok(entries)
}

/// A field's text on one line, without control characters.
fn sentence(line: usize, field: &str, said: Option<String>, longest: usize) -> Result<String, String> {
    let said = said.ok_or_else(|| format!("{line}: {field}: missing: every entry needs label and predicate"))?;
    let tidy = one_line(&said);
    match tidy.chars().count() {
        _ if is_blank(&tidy) => Err(format!("{line}: {field}: empty")),
        count if count > longest => Err(format!("{line}: {field}: {count} characters; at most {longest} are taken")),
        _ => Ok(tidy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toml(text: &str) -> Result<Codebook, String> {
        Codebook::parse(text.as_bytes(), Format::Toml)
    }

    fn csv(text: &str) -> Result<Codebook, String> {
        Codebook::parse(text.as_bytes(), Format::Csv)
    }

    const TWO: &str = "# causes\n[[entry]]\nlabel = \"late\"\npredicate = \"It is  late.\"\n\n[[entry]]\nlabel = \
                       \"broken\"\npredicate = \"It broke.\"\nexamples = [\"my chain snapped\"]\n";

    #[test]
    fn both_formats_give_the_same_entries() {
        let entries = toml(TWO).unwrap().entries;
        assert_eq!((entries.len(), entries[0].predicate.as_str()), (2, "It is late."));
        assert_eq!(entries[1].examples, ["my chain snapped"]);
        for text in [
            "label,predicate,examples\nlate,It is late.,\nbroken,It broke.,my chain snapped\n",
            "\u{feff}Predicate;Label;examples\r\n\"It is\nlate.\";late;\r\n\r\nIt broke.;broken;my chain snapped\r\n",
            "label\tpredicate\texamples\nlate\tIt is late.\t\nbroken\tIt broke.\tmy chain snapped | \n",
        ] {
            assert_eq!(csv(text).unwrap().entries, entries, "{text}");
        }
        assert_ne!(csv("label,predicate\nlate,It is late.\n").unwrap().sha256, toml(TWO).unwrap().sha256);
    }

    #[test]
    fn tables_are_known_whatever_their_name_and_encoding() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            Codebook::read(&path).map_err(|problem| problem.to_string())
        };
        let entry = Entry { label: "zu spät".into(), predicate: "Es kam zu spät.".into(), examples: Vec::new() };
        let tabs = "\u{feff}label\tpredicate\r\nzu spät\tEs kam zu spät.\r\n";
        let utf_16: Vec<u8> = tabs.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (name, bytes) in [
            ("a.txt", tabs.as_bytes()),
            ("a.txt", utf_16.as_slice()),
            ("a.csv", b"sep=;\nlabel;predicate\nzu sp\xE4t;Es kam zu sp\xE4t.\n"),
            ("a", "\"Label\",\"Predicate\"\n\"zu spät\",Es kam zu spät.\n".as_bytes()),
            ("a.txt", "[[entry]]\nlabel = \"zu spät\"\npredicate = \"Es kam zu spät.\"\n".as_bytes()),
        ] {
            assert_eq!(read(name, bytes).unwrap().entries, std::slice::from_ref(&entry), "{name}");
        }
        let sheet = crate::corpus::SheetRow { line: 3, cells: ["label", "predicate"].map(str::to_owned).into() };
        let row = crate::corpus::SheetRow { line: 5, cells: ["a", "b \"c\",\nd", ""].map(str::to_owned).into() };
        let short = crate::corpus::SheetRow { line: 6, cells: vec!["x".into()] };
        let text = super::csv::of_sheet(&[sheet.clone(), row]);
        assert_eq!(csv(&text).unwrap().entries[0].predicate, "b \"c\", d");
        assert!(csv(&super::csv::of_sheet(&[sheet, short])).unwrap_err().starts_with("6: predicate: empty"));
        for (name, bytes) in [("cb.json", "[]"), ("cb.md", "# Late"), ("cb", "{\"label\": \"late\"}")] {
            let problem = read(name, bytes.as_bytes()).unwrap_err();
            assert!(problem.contains("a codebook is TOML or a table"), "{problem}");
        }
        assert!(read("a.txt", b"name;about\na;b\n").unwrap_err().contains("a.txt:1: name: unknown column"));
    }

    #[test]
    fn control_characters_leave_no_blanks_behind() {
        let entries = csv("label,predicate\n\u{8} late,\0\u{8} It  \u{7} is late. \u{7}\n").unwrap().entries;
        assert_eq!((entries[0].label.as_str(), entries[0].predicate.as_str()), ("late", "It is late."));
    }

    #[test]
    fn what_is_wrong_with_a_toml_codebook_is_told_with_line_and_field() {
        for (text, said) in [
            ("", "1: no entry"),
            ("entry = []", "1: no entry"),
            ("[[entries]]\nlabel = \"a\"", "1: entries: unknown"),
            ("[[entry]]\nlabel = \"a\"\nname = 3", "3: name: unknown"),
            ("[[entry]]\nlabel = \"a\"\n", "1: predicate: missing"),
            ("[[entry]]\npredicate = \"a\"\n", "1: label: missing"),
            ("\n[[entry]]\nlabel = \"\"\npredicate = \"b\"", "2: label: empty"),
            ("[[entry]]\nlabel = 3\npredicate = \"b\"", "2: label: expected a string"),
            ("[[entry]]\nlabel = \"a\"\npredicate = \"b\"\nexamples = \"c\"", "4: examples: expected a list"),
            ("[[entry]]\nlabel = \"a\"\npredicate = \"b\"\nexamples = [1]", "4: examples: expected a string"),
            (
                "[[entry]]\nlabel = \"a\"\npredicate = \"b\"\n[[entry]]\nlabel = \"A\"\npredicate = \"c\"",
                "4: label: “A”",
            ),
            ("[entry]\nlabel = \"a\"", "1: entry: expected"),
            ("[[entry]]\nlabel = \"a", "2: "),
        ] {
            let problem = toml(text).unwrap_err();
            assert!(problem.starts_with(said), "{text}\n{problem}");
        }
        assert!(toml(&format!("[[entry]]\nlabel = \"{}\"\npredicate = \"b\"", "x".repeat(201))).is_err());
        assert!(Codebook::parse(b"# a\n# \xff", Format::Toml).unwrap_err().starts_with("2: not UTF-8"));
    }

    #[test]
    fn what_is_wrong_with_a_table_is_told_with_line_and_field() {
        for (text, said) in [
            ("", "1: no header"),
            ("label,predicate\n", "1: no entry"),
            ("label,sentence\na,b\n", "1: sentence: unknown"),
            ("label\na\n", "1: predicate: missing"),
            ("label,label,predicate\na,a,b\n", "1: label: stands twice"),
            ("label,predicate\na,b\n\nc\n", "4: expected 2 fields"),
            ("label,predicate\na,b\n ,c\n", "3: label: empty"),
            ("label,predicate\na,b\na,c\n", "3: label: “a” stands in the entry on line 2"),
            ("label,predicate\na,b\nc,b\n", "3: predicate: “b”"),
        ] {
            let problem = csv(text).unwrap_err();
            assert!(problem.starts_with(said), "{text}\n{problem}");
        }
    }
}
