//! What to ask when the text is not plainly found: the columns with an example each, and words that answer when pasted.

use std::path::Path;

use super::field::{Field, shown, words};
use super::format::{file_name, result_name};
use super::lookalike::Refused;
use super::text_column::{Seen, likeliest, other_texts};
use crate::error::Error;
use crate::message;
use crate::message::{Mention, Message};
use crate::shell::{quoted, quoted_file};

/// What stands before a list of columns.
pub(super) const LIST: &str = "; its fields, each with an example:";
/// The same below commands, each on its line.
pub(super) const LIST_BELOW: &str = "\nits fields, each with an example:";
/// At most so many columns are listed.
const LISTED: usize = 20;
/// Commands that are shown, one for each column of texts, and characters of such a column's name in the name of a folder.
const COMMANDS: usize = 8;
const NAME: usize = 40;
/// Characters of an example.
const EXAMPLE: usize = 50;

/// An error that shows the columns: no field has the name that was said, or none is plainly the text.
pub(super) fn which_text(path: &Path, wanted: Option<&Field>, seen: &[Seen], rows: usize) -> Error {
    let texts = if wanted.is_none() { other_texts(seen, "") } else { Vec::new() };
    if texts.len() > 1 {
        return several_texts(path, &texts, seen);
    }
    let problem = match wanted {
        Some(field) => format!("no field \"{}\" in {}", shown(&field.spelled), path.display()),
        None => format!("{}: no field is plainly the text", path.display()),
    };
    which(&problem, Mention::of("text-field"), likeliest(seen, rows), seen)
}

/// An error for a table with several columns of texts, such as what is liked and what is disliked: a command for each of them.
fn several_texts(path: &Path, texts: &[Field], seen: &[Seen]) -> Error {
    let count = texts.len();
    let mut problem = message!(
        "{path}: no field is plainly the text: {count} hold texts, and each may be the answers to a question of its own; read one \
         after the other, each with its own {@out}:",
        path = path.display(),
        count
    );
    for field in texts.iter().take(COMMANDS) {
        let text = Mention::of("text-field").exact(&field.spelled).say();
        let out = Mention::of("out").exact(folder_of(path, field)).say();
        problem.push(&message!("\n  colligate run {path} {text} {out}", path = quoted_file(path), text, out));
    }
    if count > COMMANDS {
        problem.push(&format!("\n  and {} more", count - COMMANDS));
    }
    problem.push(&columns(seen, LIST_BELOW));
    Error::Reading { problem, cure: Vec::new() }
}

/// The folder of a run over one column: `runs/reviews-what-do-you-like`.
fn folder_of(path: &Path, field: &Field) -> String {
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let name: String = words(&field.spelled).join("-").chars().filter(|c| c.is_alphanumeric() || *c == '-').collect();
    let name: String = name.chars().take(NAME).collect();
    format!("runs/{}-{}", if stem.is_empty() || stem == "-" { "stdin" } else { &stem }, name.trim_end_matches('-'))
}

/// An error that shows the columns where none is plainly the text: of records of several shapes it says that no field is in all.
/// `place` is where the records stand in the file.
pub(super) fn no_plain_text(path: &Path, place: &str, seen: &[Seen], shapes: &[(String, usize)], rows: usize) -> Error {
    let share = |(name, filled): &(String, usize)| format!("\"{}\" {} %", shown(name), filled * 100 / rows.max(1));
    let shares: Vec<String> = shapes.iter().take(LISTED).map(share).collect();
    if shares.is_empty() {
        return which_text(path, None, seen, rows);
    }
    let fields: Vec<String> = shapes.iter().take(LISTED).map(|(name, _)| filter_of(name)).collect();
    let file = file_name(path);
    let filled = "map(select(. != null and . != \"\")) | first";
    let filter = quoted(&format!("{} | .text = ([{}] | {filled})", records_of(place), fields.join(", ")));
    let problem = format!(
        "{}: no single field has the texts of all rows ({}): whichever is read, the rows without it are skipped; this puts all of \
         them into the field \"text\": jq -c {filter} {file} > {result}",
        path.display(),
        shares.join(", "),
        result = result_name(path, "jsonl")
    );
    which(&problem, Mention::of("text-field"), likeliest(seen, rows), seen)
}

/// The records of a file as jq points to them: those of a list, or of lines.
fn records_of(place: &str) -> String {
    let steps = place.split('/').skip(1).map(|step| match step {
        "*" => "[]?".to_owned(),
        step => format!("[{}]?", serde_json::Value::from(step.replace("~1", "/").replace("~0", "~"))),
    });
    let within: String = steps.collect();
    let within = if within.is_empty() { String::new() } else { format!(".{within} | ") };
    format!("{within}if type == \"array\" then .[] else . end")
}

/// A field as jq points to it: `.review.body`, with names in quotes.
fn filter_of(name: &str) -> String {
    let steps = match name.strip_prefix('/') {
        Some(steps) => steps.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
        None => vec![name.to_owned()],
    };
    steps.iter().map(|step| format!(".[{}]?", serde_json::Value::from(step.as_str()))).fold(
        String::new(),
        |all, step| {
            if all.is_empty() { step } else { all + &step.replacen(".[", "[", 1) }
        },
    )
}

/// An error for a table whose rows are what its columns should be.
pub(super) fn on_its_side(path: &Path) -> Error {
    Error::usage(format!(
        "{}: stands on its side: each row holds the answers to one question and each column one person's; exchange rows and \
         columns (in a spreadsheet: copy all, then Paste Special, Transpose), and read it then",
        path.display()
    ))
}

/// An error that shows the columns: none has the name of the id that was said.
pub(super) fn which_id(path: &Path, wanted: &Field, seen: &[Seen]) -> Error {
    let problem = format!("no field \"{}\" in {}", shown(&wanted.spelled), path.display());
    let id = seen.iter().position(|seen| seen.name.to_lowercase().contains("id"));
    which(&problem, Mention::of("id-field"), id, seen)
}

/// An error that shows the columns: none has the name that the user said of a parameter other than that of the text or the id.
pub(super) fn no_field(path: &Path, parameter: &'static str, wanted: &Field, seen: &[Seen]) -> Error {
    let problem = format!("no field \"{}\" in {}", shown(&wanted.spelled), path.display());
    which(&problem, Mention::of(parameter), None, seen)
}

/// An error for rows that are pages, each with a list of the documents.
pub(super) fn pages(path: &Path, list: &str) -> Error {
    let (path, records) = (path.display(), Mention::of("records"));
    Error::Reading {
        problem: message!(
            "{path}: each of its rows holds a list of records or texts: {shown} reads the lists of all rows \
             as one; else say with {+text-field} which field of a row is the text",
            path,
            shown = records.clone().shown(shown(list)).say()
        ),
        cure: vec![records.exact(list).say()],
    }
}

/// An error for an export of a messenger, whose rows are whole chats.
pub(super) fn messages(path: &Path, list: &str) -> Error {
    let (path, records) = (path.display(), Mention::of("records"));
    let (_, name) = list.rsplit_once('/').unwrap_or(("", list));
    Error::Reading {
        problem: message!(
            "{path}: each of its rows is a whole chat with its messages: {shown} reads every message as a document; \
             else {field} reads every chat as one",
            path,
            shown = records.clone().shown(shown(list)).say(),
            field = Mention::of("text-field").exact(name).say()
        ),
        cure: vec![records.exact(list).say()],
    }
}

/// An error for a file whose first line is not a header.
pub(super) fn no_header(path: &Path, header: &[String]) -> Error {
    Error::Reading {
        problem: message!(
            "{path}: its first line looks like a row, not like the names of columns ({names}): if they are, name the field of \
             the text; else read it with {+no-header}",
            path = path.display(),
            names = listed(header)
        ),
        cure: vec![Mention::of("no-header").say()],
    }
}

/// An error for a file of plain lines.
pub(super) fn plain_lines(path: &Path, header: &[String]) -> Error {
    Error::Reading {
        problem: message!(
            "{path}: looks like plain lines, not like a table with a header (its first line is {names}): read it with \
             {+format lines}, or, if it is a table of one column without a header, with {+no-header}",
            path = path.display(),
            names = listed(header)
        ),
        cure: vec![Mention::of("format").exact("lines").say()],
    }
}

fn listed(names: &[String]) -> String {
    let mut listed: Vec<String> = names.iter().take(3).map(|name| format!("\"{}\"", shown(name))).collect();
    if names.len() > listed.len() {
        listed.push("…".into());
    }
    listed.join(", ")
}

fn which(problem: &str, parameter: Mention, cure: Option<usize>, seen: &[Seen]) -> Error {
    Error::Reading {
        problem: Message::of(format!("{problem}{}", columns(seen, LIST))),
        cure: cure.map(|place| parameter.exact(spelled(place, seen)).say()).into_iter().collect(),
    }
}

/// The columns, each with an example, below what stands before a list.
fn columns(seen: &[Seen], list: &str) -> String {
    let width = seen.iter().take(LISTED).map(|seen| shown(&seen.name).chars().count()).max().unwrap_or(0).min(40);
    let line = |seen: &Seen| {
        let example: String = seen.example.chars().take(EXAMPLE).collect();
        let end = if example.len() < seen.example.len() { "…" } else { "" };
        format!("\n  {:width$}  {}{end}", shown(&seen.name), shown(&example))
    };
    let mut lines: Vec<String> = seen.iter().take(LISTED).map(line).collect();
    if seen.len() > LISTED {
        lines.push(format!("\n  and {} more", seen.len() - LISTED));
    }
    if seen.is_empty() { "; it has no fields".into() } else { format!("{list}{}", lines.concat()) }
}

/// The error of a file that holds plain lines, and that nobody said so of.
pub(super) fn unsaid_lines(path: &Path, may_be_paragraphs: bool) -> Error {
    let path = path.display();
    let paragraphs = may_be_paragraphs
        .then(|| message!(", or, if each text stands between two empty lines, with {+format paragraphs}"));
    Error::Reading {
        problem: message!(
            "{path}: looks like plain lines, each a text of its own: read it with {+format lines}{paragraphs}, or, if it is a \
             table, with {+format csv}",
            path,
            paragraphs
        ),
        cure: vec![Mention::of("format").exact("lines").say()],
    }
}

/// The error of running text between whose paragraphs stand empty lines.
pub(super) fn unsaid_paragraphs(path: &Path, (what, _): Refused) -> Error {
    Error::Reading {
        problem: message!(
            "{path}: is {what}: if each text stands between two empty lines, read it with {+format paragraphs}; else put each on \
             one line of its own, or save it as CSV ({+format lines} reads each line as a text)",
            path = path.display(),
            what
        ),
        cure: vec![Mention::of("format").exact("paragraphs").say()],
    }
}

/// The error of a file that holds a chat below lines of another kind, or a transcript.
pub(super) fn unsaid_chat(path: &Path) -> Error {
    Error::Reading {
        problem: message!(
            "{path}: looks like the messages of a chat, or like a transcript of who says what: read it with {+format chat}, or, \
             if it is a table, with {+format csv}",
            path = path.display()
        ),
        cure: vec![Mention::of("format").exact("chat").say()],
    }
}

/// A field as a command line takes it: by its place where its name would not survive a terminal.
fn spelled(place: usize, seen: &[Seen]) -> String {
    let name = &seen[place].name;
    if name.chars().any(char::is_control) && !name.starts_with('/') {
        format!("column {}", place + 1)
    } else {
        name.clone()
    }
}

#[cfg(test)]
mod tests {
    use crate::corpus::ReadOptions;
    use crate::corpus::testing::{cure_of, error_of, exit_code_of, notes, options, read_as, skipping, text_field};

    const TICKETS: &[u8] =
        b"subject,account,date\nprinter,it does not print,2024-01-02\nmail,\"no, nothing at all\",2024-01-03\n";

    #[test]
    fn a_wrong_text_field_lists_the_fields_with_examples_and_the_longest_is_the_cure() {
        for options in [text_field("body"), ReadOptions { text_field: Some("body".into()), ..skipping() }] {
            assert_eq!(
                error_of("tickets.csv", TICKETS, &options),
                "no field \"body\" in tickets.csv; its fields, each with an example:\n  subject  printer\n  account  it does \
                 not print\n  date     2024-01-02"
            );
            assert_eq!(exit_code_of("tickets.csv", TICKETS, &options), 2);
            assert_eq!(cure_of("tickets.csv", TICKETS, &options), ["text-field", "account"]);
        }
    }

    #[test]
    fn records_of_several_shapes_come_with_a_command_that_makes_one_of_them() {
        let row = |n: usize| match n % 3 {
            0 => format!("{{\"text\": \"the soup was cold in week {n}\"}}\n"),
            1 => format!("{{\"message\": \"nobody came to us in week {n}\"}}\n"),
            _ => format!("{{\"review\": {{\"body\": \"it was late in week {n}\"}}}}\n"),
        };
        let lines: String = (0..12).map(row).collect();
        let problem = error_of("a.jsonl", lines.as_bytes(), &options());
        assert!(
            problem.contains("\"text\" 33 %")
                && problem.contains(r#"[.["text"]?, .["message"]?, .["review"]?["body"]?] | map(select("#),
            "{problem}"
        );
        let list = format!("{{\"meta\": [1, 2], \"all\": [{}]}}", lines.trim_end().replace('\n', ","));
        let problem = error_of("a.json", list.as_bytes(), &options());
        assert!(problem.contains(r#".["all"]? | if type == "array" then .[] else . end | .text = ("#), "{problem}");
    }

    #[test]
    fn columns_of_texts_that_answer_a_question_each_have_a_command_each() {
        let row = |n: usize| format!("{n},nobody was as kind as in week {n},the soup was cold in week {n}\n");
        let table: String = (0..8).map(row).collect();
        let table = format!("no,What do you like best?,Dislikes\n{table}");
        let problem = error_of("reviews.csv", table.as_bytes(), &options());
        for command in [
            "run reviews.csv text-field=What do you like best? out=runs/reviews-what-do-you-like-best\n",
            "run reviews.csv text-field=Dislikes out=runs/reviews-dislikes\n",
        ] {
            assert!(problem.contains("2 hold texts") && problem.contains(command), "{problem}");
        }
        assert!(cure_of("reviews.csv", table.as_bytes(), &options()).is_empty());
    }

    #[test]
    fn a_column_of_emoji_is_proposed_where_there_is_no_other() {
        let rows = "id,reaction\n1,👍👍\n2,😡\n3,❤️\n4,💩\n";
        assert_eq!(cure_of("a.csv", rows.as_bytes(), &options()), ["text-field", "reaction"]);
    }

    #[test]
    fn what_the_company_wrote_is_proposed_last() {
        let rows = b"good,bad,Developer Response\nthe cake was very nice,the soup was cold,Thank you very much for writing to us\n";
        assert_eq!(cure_of("a.csv", rows, &text_field("best")), ["text-field", "good"]);
    }

    #[test]
    fn a_wrong_text_field_in_json_lines_is_cured_by_a_pointer() {
        let bytes = b"{\"id\": 1, \"review\": {\"body\": \"long enough\"}}\n{\"id\": 2, \"title\": \"short\"}\n";
        assert_eq!(cure_of("a.jsonl", bytes, &text_field("/review/text")), ["text-field", "/review/body"]);
    }

    #[test]
    fn a_name_over_two_lines_is_cured_by_its_place() {
        let bytes = b"n,\"what\nelse?\"\n1,fine by me\n";
        assert_eq!(cure_of("a.csv", bytes, &text_field("x")), ["text-field", "column 2"]);
        assert_eq!(read_as("a.csv", bytes, &text_field("column 2")).unwrap().documents[0].text, "fine by me");
    }

    #[test]
    fn plain_lines_and_tables_without_a_header_are_recognised() {
        let lines = b"The soup was cold when it came\nWaited forty minutes, then left\nCoffee tasted burnt again\n";
        assert_eq!(cure_of("a.csv", lines, &options()), ["format", "lines"]);
        assert_eq!(cure_of("a.txt", lines, &options()), ["format", "lines"]);
        assert_eq!(cure_of("a.txt", b"need parking\nfood is cold\nlong shifts\n", &options()), ["format", "lines"]);
        let short = read_as("a.csv", b"need more parking\nthe food is cold\nshifts are long\n", &options()).unwrap();
        assert!(notes(&short)[0].contains("\"need more parking\", is read as the name"), "{:?}", notes(&short));
        let rows = b"0,The soup was cold\n1,Waited forty minutes\n2,Coffee tasted burnt\n3,Lovely cake and tea\n";
        assert_eq!(cure_of("a.csv", rows, &options()), ["no-header"]);
        let read = read_as("a.csv", rows, &ReadOptions { no_header: true, ..options() }).unwrap();
        assert_eq!((read.documents.len(), read.documents[0].text.as_str()), (4, "The soup was cold"));
    }

    #[test]
    fn many_names_are_cut_and_control_characters_escaped() {
        let header: Vec<String> = (1..=30).map(|index| format!("\"c\u{1b}{index}\"")).collect();
        let rows = format!("{}\n{}", header.join(","), ",".repeat(29));
        let problem = error_of("a.csv", rows.as_bytes(), &options());
        assert!(
            problem.contains("c\\u{1b}20") && problem.ends_with("and 10 more") && !problem.contains('\u{1b}'),
            "{problem}"
        );
    }

    #[test]
    fn a_field_that_only_the_first_row_lacks_is_no_wrong_name() {
        let bytes = b"{\"body\": \"a\"}\n{\"text\": \"b\"}\n";
        assert_eq!(
            error_of("a.jsonl", bytes, &options()),
            "a.jsonl:1: no field \"text\"; skip such rows with on-error=skip"
        );
        assert_eq!(read_as("a.jsonl", bytes, &skipping()).unwrap().documents.len(), 1);
    }

    #[test]
    fn a_wrong_id_field_lists_the_columns() {
        let options = ReadOptions { id_field: Some("key".into()), ..text_field("account") };
        let problem = error_of("tickets.csv", TICKETS, &options);
        assert!(
            problem.starts_with("no field \"key\" in tickets.csv; its fields, each with an example:\n"),
            "{problem}"
        );
    }
}
