//! The total below a table: a row that a person put there, and no document.

use super::records::Record;

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
    // German
    "gesamt",
    "gesamtsumme",
    "gesamtergebnis",
    "insgesamt",
    "summe",
    "mittelwert",
    "durchschnitt",
    // French
    "total général",
    "somme",
    "moyenne",
    // Spanish
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
    "stars",
    "points",
    "kommentare",
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
        self.columns.iter().enumerate().any(|(place, usual)| {
            let cell = cells.get(place).map_or("", String::as_str);
            let is_missing = usual.is_always_filled && cell.is_empty();
            let holds_numbers = usual.filled > 1 && usual.numbers == usual.filled;
            let holds_words = usual.filled > 1 && usual.numbers == 0;
            let is_of_another_kind =
                (holds_numbers && is_named(cell)) || (holds_words && !is_named(cell) && is_count(cell));
            is_missing || is_of_another_kind
        })
    }
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
    use crate::corpus::testing::{options, read_as, reason, texts};

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
            corpus.notes[1].starts_with("2 rows skipped: totals at the end of the table (first: ")
                && corpus.notes[1].ends_with("a.csv:63)"),
            "{:?}",
            corpus.notes
        );
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
