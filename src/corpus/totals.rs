//! Totals and notes below a table: rows that a person or a program put there, and no documents.

use std::collections::HashMap;

use super::records::{Record, is_blank_cell};
use super::row::{NOTE, Problem};

/// What such a row is called, in small letters and without signs.
const NAMES: &[&str] = &[
    // English
    "total",
    "totals",
    "grand total",
    "overall total",
    "subtotal",
    "sum",
    "average",
    "avg",
    "mean",
    "answered",
    "skipped",
    "answered question",
    "skipped question",
    "total answered",
    "total skipped",
    "total respondents",
    "number of",
    "total number of",
    "respondents",
    // German
    "gesamt",
    "gesamtsumme",
    "gesamtergebnis",
    "insgesamt",
    "summe",
    "mittelwert",
    "durchschnitt",
    "beantwortet",
    "anzahl",
    "anzahl der",
    "übersprungen",
    "teilnehmer",
    // French
    "total général",
    "somme",
    "moyenne",
    "répondues",
    "nombre de",
    "ont répondu",
    "ignorées",
    // Spanish
    "respondidas",
    "omitidas",
    "total general",
    "suma",
    "promedio",
    "media",
    // Italian
    "totale",
    "totale complessivo",
    "somma",
    // Portuguese
    "total geral",
    "soma",
    "média",
    // Dutch
    "totaal",
    "eindtotaal",
    "som",
    "gemiddelde",
    // Polish
    "razem",
    "suma końcowa",
    "średnia",
    // Swedish, Danish, Norwegian, Finnish
    "totalt",
    "summa",
    "medelvärde",
    "genomsnitt",
    "i alt",
    "gennemsnit",
    "gjennomsnitt",
    "yhteensä",
    "keskiarvo",
    // Czech, Slovak, Hungarian, Romanian, Turkish
    "celkem",
    "součet",
    "průměr",
    "spolu",
    "priemer",
    "összesen",
    "átlag",
    "medie",
    "toplam",
    "ortalama",
    // Russian, Ukrainian, Greek
    "итого",
    "всего",
    "сумма",
    "среднее",
    "разом",
    "усього",
    "сума",
    "середнє",
    "σύνολο",
    "μέσος όρος",
    // Japanese, Chinese, Korean
    "合計",
    "総計",
    "平均",
    "合计",
    "总计",
    "平均值",
    "합계",
    "평균",
    // Arabic, Hebrew, Vietnamese, Indonesian
    "المجموع",
    "סהכ",
    "tổng",
    "jumlah",
];

/// What the sum of a group of rows is called, in small letters and without signs: a name that
/// nobody writes as an answer.
const SUBTOTALS: [&str; 11] = [
    "subtotal",
    "sub total",
    "zwischensumme",
    "teilsumme",
    "teilergebnis",
    "sous total",
    "subtotale",
    "totale parziale",
    "tussentotaal",
    "subtotaal",
    "delsumma",
];

/// How notes below a table begin, in small letters.
const NOTES: [&str; 34] = [
    "exported",
    "generated",
    "created",
    "downloaded",
    "printed",
    "retrieved",
    "source",
    "note",
    "notes",
    "legend",
    "footnote",
    "disclaimer",
    "copyright",
    "confidential",
    "page",
    "report",
    "end of",
    "exportiert",
    "export",
    "erstellt",
    "erzeugt",
    "gedruckt",
    "quelle",
    "hinweis",
    "anmerkung",
    "legende",
    "stand",
    "seite",
    "vertraulich",
    "exporté",
    "remarque",
    "exportado",
    "fuente",
    "nota",
];

/// What is counted in such a row: "231 comments".
const COUNTED: &[&str] = &[
    "n",
    "ø",
    "count",
    "comment",
    "comments",
    "answers",
    "responses",
    "replies",
    "rows",
    "records",
    "entries",
    "items",
    "tickets",
    "reviews",
    "messages",
    "mails",
    "documents",
    "texts",
    "cases",
    "row",
    "record",
    "answer",
    "response",
    "participants",
    "respondents",
    "teilnehmer",
    "stars",
    "points",
    "kommentare",
    "rückmeldungen",
    "antworten",
    "zeilen",
    "einträge",
    "bewertungen",
    "nachrichten",
    "texte",
    "stück",
    "commentaires",
    "réponses",
    "lignes",
    "avis",
    "comentarios",
    "respuestas",
    "filas",
    "commenti",
    "risposte",
    "righe",
    "comentários",
    "respostas",
    "reacties",
    "antwoorden",
    "件",
];

/// Characters of the longest cell of such a row.
const LONGEST: usize = 40;

/// What the rows of a table look like, by its first ones.
#[derive(Debug, Default)]
pub(super) struct Shape {
    columns: Vec<Usual>,
}

/// What a column holds in the rows that were looked at.
#[derive(Debug, Default, Clone, Copy)]
struct Usual {
    filled: usize,
    numbers: usize,
    /// Whether all rows have it filled.
    is_always_filled: bool,
}

impl Shape {
    /// The shape of the first rows; those that could be totals themselves do not count.
    pub(super) fn of(rows: &[Record], width: usize) -> Shape {
        let mut columns = vec![Usual::default(); width];
        let is_of_the_end = |row: &&Record| row.filled() <= 1 || is_word_and_numbers(row);
        let rows = &rows[..rows.len() - rows.iter().rev().take_while(is_of_the_end).count()];
        let others = || rows.iter().filter(|row| row.problem.is_none() && !is_word_and_numbers(row));
        for cells in others().map(cells) {
            for (usual, cell) in columns.iter_mut().zip(&cells) {
                usual.filled += usize::from(!cell.is_empty());
                usual.numbers += usize::from(is_number(cell));
            }
        }
        let count = others().count();
        columns.iter_mut().for_each(|usual| usual.is_always_filled = count > 1 && usual.filled == count);
        Shape { columns }
    }

    /// Whether the last row of the table is plainly a total: one cell is called so, all others are numbers, and it is not a row
    /// like those above. A product called "Total" or an answer "Average" has all that its neighbors have.
    pub(super) fn is_total(&self, row: &Record) -> bool {
        if row.problem.is_some() || !is_word_and_numbers(row) {
            return false;
        }
        let cells = cells(row);
        // "Total comments: 231": no answer has its own count.
        let has_own_count = |cell: &String| is_named(cell) && cell.chars().any(|c| c.is_ascii_digit());
        if cells.iter().any(has_own_count) {
            return true;
        }
        self.columns.iter().enumerate().any(|(place, usual)| {
            let cell = cells.get(place).map_or("", String::as_str);
            let is_missing = usual.is_always_filled && cell.is_empty();
            let holds_numbers = usual.filled > 1 && usual.numbers == usual.filled;
            let holds_words = usual.filled > 1 && usual.numbers == 0;
            // "8 comments" where all others hold a bare number.
            let is_count_in_words = !cell.is_empty() && is_count(cell) && !is_number(cell);
            let is_of_another_kind = (holds_numbers && (is_named(cell) || is_count_in_words))
                || (holds_words && !is_named(cell) && is_count(cell));
            is_missing || is_of_another_kind
        })
    }

    /// Whether a row has one cell and lacks what all others have.
    fn may_be_note(&self, row: &Record, width: usize) -> bool {
        let is_filled = |place: usize| row.fields.get(place).is_some_and(|cell| !is_blank_cell(cell));
        let lacks = |(place, usual): (usize, &Usual)| usual.is_always_filled && !is_filled(place);
        let is_sound = matches!(row.problem, None | Some(Problem::Ragged { .. }));
        let is_short = row.fields.len() < width && row.fields.len() == 1;
        is_sound && width > 1 && row.filled() == 1 && (is_short || self.columns.iter().enumerate().any(lacks))
    }
}

/// What stands below a table, by its lines: `last` are its last records, from the end.
///
/// A note is one cell where the table has several columns. It is one where it has fewer fields than
/// a row, begins like a note or is a count of rows, stands below a total, or an empty row parts it
/// from the rows.
pub(super) fn below(last: &[&Record], shape: &Shape, width: usize, is_sheet: bool) -> HashMap<u64, Problem> {
    let mut found = HashMap::new();
    // Lines that are notes if what stands above them says so.
    let mut open: Vec<u64> = Vec::new();
    for (place, row) in last.iter().enumerate() {
        let above = last.get(place + 1);
        let is_parted = above.is_some_and(|above| above.filled() == 0 || above.last_line() + 1 < row.line);
        if row.filled() == 0 {
            continue;
        } else if shape.is_total(row) {
            found.insert(row.line, Problem::Total);
            found.extend(open.drain(..).map(|line| (line, Problem::NoRow(NOTE))));
        } else if shape.may_be_note(row, width) {
            open.push(row.line);
            let is_short = !is_sheet && row.fields.len() < width;
            if is_short || is_parted || begins_like_a_note(row) {
                found.extend(open.drain(..).map(|line| (line, Problem::NoRow(NOTE))));
            }
        } else {
            break;
        }
    }
    found
}

/// Whether a row sums up a group of rows: its first cell says so, the others are short, and one is a
/// number or a count.
pub(super) fn is_subtotal(row: &Record) -> bool {
    if row.problem.is_some() || row.fields.iter().any(|cell| cell.len() > 4 * LONGEST) {
        return false;
    }
    let cells: Vec<String> = cells(row).into_iter().filter(|cell| !cell.is_empty()).collect();
    let Some((first, others)) = cells.split_first() else { return false };
    SUBTOTALS.contains(&words(first).join(" ").as_str()) && others.iter().any(|cell| is_count(cell))
}

/// "Exported on 1 March", "(360 rows)".
fn begins_like_a_note(row: &Record) -> bool {
    let Some(cell) = cells(row).into_iter().find(|cell| !cell.is_empty()) else { return false };
    let said = words(&cell.chars().take(4 * LONGEST).collect::<String>()).join(" ");
    let begins = |note: &&str| said == **note || said.starts_with(&format!("{note} "));
    let is_bare = is_count(&cell) && !is_number(&cell);
    is_bare || (NOTES.iter().any(begins) && has_date_or_colon(&cell))
}

/// "Exported on 14.10.2025", "Note: …"; not "Source of all evil".
fn has_date_or_colon(cell: &str) -> bool {
    cell.chars().any(|c| c.is_ascii_digit()) || cell.split_whitespace().take(2).any(|word| word.ends_with(':'))
}

fn cells(row: &Record) -> Vec<String> {
    row.fields.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect()
}

/// Whether one cell is the name of a total, all other filled ones are numbers or counts, and there is one of these.
fn is_word_and_numbers(row: &Record) -> bool {
    // A long cell ends the search before anything of it is copied.
    if row.fields.iter().any(|cell| cell.len() > 4 * LONGEST) {
        return false;
    }
    let filled: Vec<String> = cells(row).into_iter().filter(|cell| !cell.is_empty()).collect();
    let named = filled.iter().filter(|cell| is_named(cell)).count();
    let counts = filled.iter().filter(|cell| !is_named(cell) && is_count(cell)).count();
    let has_count = counts > 0 || filled.iter().any(|cell| cell.chars().any(|c| c.is_ascii_digit()));
    named > 0 && has_count && named + counts == filled.len()
}

/// "Total", "Gesamt:", "Total (231 comments)".
fn is_named(cell: &str) -> bool {
    if cell.chars().count() > LONGEST {
        return false;
    }
    let said = words(cell);
    let is_counted = |word: &&String| COUNTED.contains(&word.as_str());
    let end = said.len() - said.iter().rev().take_while(is_counted).count();
    NAMES.contains(&said[..end].join(" ").as_str())
}

/// "231", "2.97", "45 %", "n = 231", "231 comments".
fn is_count(cell: &str) -> bool {
    let has_digit = cell.chars().any(|c| c.is_ascii_digit());
    has_digit && cell.chars().count() <= LONGEST && words(cell).iter().all(|word| COUNTED.contains(&word.as_str()))
}

fn is_number(cell: &str) -> bool {
    cell.chars().any(|c| c.is_ascii_digit()) && cell.chars().take(LONGEST).all(|c| !c.is_alphabetic())
}

/// The words of a cell in small letters, without numbers and signs; quotes within a word are none.
fn words(cell: &str) -> Vec<String> {
    let small = cell.to_lowercase();
    let letters = small.chars().filter(|c| !matches!(c, '"' | '\'' | '״' | '׳'));
    let spaced: String = letters.map(|c| if c.is_alphabetic() { c } else { ' ' }).collect();
    spaced.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::testing::{notes, options, read_as, reason, texts};

    fn record(line: &str) -> Record {
        Record { fields: line.split(',').map(|cell| cell.as_bytes().to_vec()).collect(), ..Record::default() }
    }

    fn is_total(last: &str) -> bool {
        let rows: Vec<Record> = (1..20).map(|n| record(&format!("T-{n},{n},Kim,the soup was cold,{n}"))).collect();
        Shape::of(&rows, 5).is_total(&record(last))
    }

    #[test]
    fn totals_are_told_in_many_languages_and_whatever_stands_in_the_text() {
        for total in [
            "Total,,,,2.97",
            "Total,,,231,2.97",
            "Gesamt:,,,231,2.97",
            ",,,Total,231",
            ",,,Total (231 comments),",
            "Summe,,,231 Kommentare,Ø 3",
            "Grand total,231,,,",
            ",Mittelwert,,n = 231,",
            "合計,231,,,",
            "סה\"כ,231,,,",
        ] {
            assert!(is_total(total), "{total}");
        }
    }

    #[test]
    fn a_row_like_those_above_is_none_however_short_its_text() {
        for row in [
            "T-20,20,Kim,Total,3",
            "T-20,20,Kim,Average,3",
            "T-20,20,Kim,5,3",
            ",,,Total rubbish,1",
            ",,,Total,",
            "Total,,,the soup was cold,2",
            "Total,,Kim,231,2",
            "21,20,,,3",
        ] {
            assert!(!is_total(row), "{row}");
        }
        let rows: Vec<Record> = (1..9).map(|n| record(&format!("{n},it was fine,4"))).collect();
        assert!(!Shape::of(&rows, 3).is_total(&record("9,Average,3")));
    }

    #[test]
    fn the_totals_at_the_end_of_a_table_are_skipped_and_said_and_those_within_are_not() {
        let row = |n: usize| format!("T-{n};Mail;the soup was cold {n};{}\n", n % 5);
        let rows: String = (1..60).map(row).collect();
        let table = format!("Ticket;Channel;Feedback;Score\n{rows};;Total;7\n{}Total;;59;2.97\nAverage;;;3\n", row(60));
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!((corpus.documents.len(), corpus.rows.len()), (61, 63));
        assert_eq!(texts(&corpus)[59], "Total", "only at the end");
        assert_eq!((reason(&corpus, 61), reason(&corpus, 62)), ("total row", "total row"));
        assert!(
            notes(&corpus)[1].starts_with("2 rows skipped: totals at the end of the table (first: ")
                && notes(&corpus)[1].ends_with("a.csv:63)"),
            "{:?}",
            notes(&corpus)
        );
    }

    #[test]
    fn what_stands_around_a_table_keeps_its_words() {
        let rows: String = (1..9).map(|n| format!("T{n};the soup was cold {n};{n}\n")).collect();
        let table = format!("The north\n\nid;text;n\n{rows}Total;8 comments;36\n\nExported on 1 March by Kim\n");
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        let fields = |row: usize| match &corpus.rows[row].content {
            crate::corpus::Content::Skipped(skipped) => serde_json::Value::from(skipped.fields.clone()).to_string(),
            crate::corpus::Content::Document(_) => String::new(),
        };
        assert_eq!(fields(0), r#"{"id":"The north"}"#);
        assert_eq!(fields(9), r#"{"id":"Total","text":"8 comments","n":"36"}"#);
        assert_eq!(fields(10), r#"{"id":"Exported on 1 March by Kim"}"#);
        assert_eq!((corpus.documents.len(), corpus.documents[0].id.as_str()), (8, "T1"), "the ids are still found");
        let found = read_as("a.csv", table.replace("id;", "Ticket;").as_bytes(), &options()).unwrap();
        let id = |row: usize| found.id(&found.rows[row]).to_owned();
        assert_eq!((id(0), id(1), id(9), id(10)), ("1".into(), "T1".into(), "12".into(), "14".into()));
    }

    #[test]
    fn notes_below_a_table_are_skipped_and_said() {
        let rows: String = (1..9).map(|n| format!("the soup was cold {n},{n}\n")).collect();
        for end in [
            "(8 rows)\n",
            "Exported on 1 March 2025\n",
            "Exported on 1 March 2025,\n",
            "\nDaily report of the north\n",
            "Total,8 comments\n\n\"Compiled by Kim, north\"\n",
            "Total comments: 8,4\nprinted for the meeting\n",
        ] {
            let corpus = read_as("a.csv", format!("Comment,n\n{rows}{end}").as_bytes(), &options()).unwrap();
            assert_eq!(corpus.documents.len(), 8, "{end}");
            let note = "skipped: a note below the table (first: ";
            assert!(notes(&corpus).iter().any(|said| said.contains(note)), "{end}: {:?}", notes(&corpus));
        }
        let within = format!("Comment,n\n{rows}(8 rows)\nthe bread was old,9\n");
        let problem = crate::corpus::testing::error_of("a.csv", within.as_bytes(), &options());
        assert!(problem.contains("this row has 1"), "within the table it stays an error: {problem}");
        for last in ["the bread was old,", "No note at all,", "Source of all evil,"] {
            let corpus = read_as("a.csv", format!("Comment,n\n{rows}{last}\n").as_bytes(), &options()).unwrap();
            assert_eq!(corpus.documents.len(), 9, "{last}");
        }
    }

    #[test]
    fn footers_of_survey_tools_are_totals() {
        let rows: String = (1..9).map(|n| format!("118{n},4400,the soup was cold {n}\n")).collect();
        let table = format!("Respondent ID,Collector ID,What else?\n{rows}Answered,,80\nSkipped,,4\n");
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!((corpus.documents.len(), reason(&corpus, 9)), (8, "total row"));
    }

    #[test]
    fn a_last_comment_stays() {
        for last in ["9;Total rubbish;1", "9;Average;3", "9;Total;5", ";the total was 231;3"] {
            let rows: String = (1..9).map(|n| format!("{n};it was fine {n};4\n")).collect();
            let table = format!("n;Comment;stars\n{rows}{last}\n");
            assert_eq!(read_as("a.csv", table.as_bytes(), &options()).unwrap().documents.len(), 9, "{last}");
        }
    }
}
