//! The report as GitHub-flavoured Markdown. What documents, models and users wrote is escaped: it stays text.

use super::summary::{Cell, ClusterView, ColumnTable, Excerpt, PROPOSALS, RoundView, STANDS_OUT, Summary, UNTRUSTED};
use super::words::blocks;
use crate::methods::{Notice, Weight};
use crate::run::FinishedRun;
use crate::text::numbers::{count, thousands};
use crate::text::sanitize::line;

/// Columns of the longest bar.
const BAR: usize = 20;

/// The report for a repository, an issue or a wiki.
pub fn markdown(run: &FinishedRun) -> String {
    let summary = Summary::of(run);
    let mut sections = heading(&summary);
    sections.push(overview(&summary));
    sections.extend(summary.clusters.iter().map(cluster));
    sections.extend(summary.columns.iter().map(columns));
    sections.push(missing(&summary));
    sections.push(making(&summary));
    sections.retain(|section| !section.is_empty());
    sections.join("\n\n") + "\n"
}

fn heading(summary: &Summary) -> Vec<String> {
    let title = escape(&summary.title);
    let date = summary.date.as_deref().map_or(String::new(), |date| format!(" · {}", escape(date)));
    vec![
        match summary.without_model {
            Some(how) => format!("# {title}, {how}"),
            None if summary.untrusted => format!("# {title}, {UNTRUSTED}"),
            None => format!("# {title}"),
        },
        summary.notices.iter().map(notice).collect::<Vec<_>>().join("\n\n"),
        format!("{} · {}{date}", escape(&summary.corpus), summary.counts),
        summary.sentences.iter().map(|sentence| escape(sentence)).collect::<Vec<_>>().join(" "),
        summary.remark.as_deref().map_or(String::new(), escape),
    ]
}

fn notice(notice: &Notice) -> String {
    let kind = if notice.weight == Weight::Alarm { "WARNING" } else { "NOTE" };
    format!("> [!{kind}]\n> **{}:** {}", notice.title, escape(&notice.text))
}

fn overview(summary: &Summary) -> String {
    if summary.clusters.is_empty() {
        return String::new();
    }
    let bar = |share: f64| blocks(share / summary.scale, BAR);
    let clusters = summary.clusters.iter().map(|cluster| {
        let size = thousands(cluster.size as u64);
        let (percent, interval) = (cluster.percent.clone(), cluster.interval.clone());
        vec![cluster.number.clone(), escape(&cluster.label), size, percent, interval, bar(cluster.share.estimate)]
    });
    let outside = summary.outside.iter().map(|part| {
        let size = thousands(part.size as u64);
        vec![String::new(), format!("*{}*", part.label), size, part.percent.clone(), String::new(), bar(part.share)]
    });
    let overlap = summary.overlap.as_deref().map_or(String::new(), |said| format!("\n\n{}", escape(said)));
    table(&["", "cluster", "documents", "share", "95% interval", ""], clusters.chain(outside)) + &overlap
}

/// The clusters by one column of the rows' own.
fn columns(columns: &ColumnTable) -> String {
    let values =
        columns.values.iter().map(|(value, documents)| format!("{} ({})", escape(value), thousands(*documents as u64)));
    let header: Vec<String> = ["".to_owned(), "cluster".to_owned()].into_iter().chain(values).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows = columns.rows.iter().map(|row| {
        let cells = row.cells.iter().map(cell);
        [row.number.clone(), escape(&row.label)].into_iter().chain(cells).collect()
    });
    let period = columns.period.map_or(String::new(), |period| format!(", by {period}"));
    let more =
        if columns.more > 0 { format!("\n\nAnd {}.", count(columns.more, "smaller cluster")) } else { String::new() };
    let marks = if columns.stands_out { format!("\n\n{STANDS_OUT}") } else { String::new() };
    format!("## Clusters by {}{period}\n\n{}{more}{marks}", escape(&columns.name), table(&header, rows))
}

fn cell(cell: &Cell) -> String {
    let percent = cell
        .percent
        .as_deref()
        .map_or(String::new(), |percent| format!(" ({})", percent.replace('<', "\\<").replace('>', "\\>")));
    format!("{}{percent}{}", thousands(cell.documents as u64), cell.mark())
}

fn cluster(cluster: &ClusterView) -> String {
    let keywords: Vec<String> = cluster.keywords.iter().map(|keyword| escape(keyword)).collect();
    let optional = |title: &str, text: String| if text.is_empty() { text } else { format!("{title}{text}") };
    let size = count(cluster.size, "document");
    let sections = [
        format!("{} {} {}", "#".repeat(2 + cluster.depth().min(3)), cluster.number, escape(&cluster.label)),
        format!("**{}** of all documents ({}), {size}", cluster.percent, cluster.interval),
        cluster.predicate.as_ref().map_or(String::new(), |predicate| format!("*Predicate:* {}", escape(predicate))),
        optional("*Keywords:* ", keywords.join(", ")),
        cluster.quotes.iter().map(quote).collect::<Vec<_>>().join("\n>\n"),
        optional(
            "*Near misses*, the nearest documents that do not belong:\n\n",
            items(cluster.near_misses.iter().map(excerpt)),
        ),
        cluster.notes.iter().map(|note| escape(note)).collect::<Vec<_>>().join(" "),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn missing(summary: &Summary) -> String {
    let examples = items(summary.uncovered.iter().map(excerpt));
    let examples =
        if examples.is_empty() { examples } else { format!("\n\nSome documents in no cluster:\n\n{examples}") };
    let empty = summary.empty_answers.join(", ");
    let empty = if empty.is_empty() { empty } else { format!("\n\nNo content: {}", escape(&empty)) };
    let proposals = items(summary.proposals.iter().map(|proposal| escape(proposal)));
    let proposals = if proposals.is_empty() { proposals } else { format!("\n\n{}\n\n{proposals}", escape(PROPOSALS)) };
    let flags = items(summary.flags.iter().map(|flag| escape(flag)));
    let flags = if flags.is_empty() { flags } else { format!("\n\nRemarks:\n\n{flags}") };
    format!("## What is missing\n\n{}{examples}{empty}{proposals}{flags}", escape(&summary.totals.line()))
}

fn making(summary: &Summary) -> String {
    let facts = table(&["", ""], summary.facts.iter().map(|fact| vec![fact.name.to_owned(), escape(&fact.value)]));
    let rounds = summary.rounds.iter().map(|round| round.cells.iter().map(|cell| escape(cell)).collect());
    let rounds =
        if summary.rounds.is_empty() { String::new() } else { format!("\n\n{}", table(&RoundView::HEADER, rounds)) };
    format!("## How it was made\n\n{facts}{rounds}")
}

fn quote(excerpt: &Excerpt) -> String {
    let text = line(excerpt.text.as_deref().unwrap_or("(text not kept)"));
    format!("> “{}” ({})", escape(&text), escape(&excerpt.document))
}

fn excerpt(excerpt: &Excerpt) -> String {
    let instead = excerpt.instead.as_ref().map_or(String::new(), |instead| format!(" — {}", escape(instead)));
    match &excerpt.text {
        Some(text) => format!("“{}” ({}){instead}", escape(text), escape(&excerpt.document)),
        None => format!("{}{instead}", escape(&excerpt.document)),
    }
}

fn items(texts: impl Iterator<Item = String>) -> String {
    texts.map(|text| format!("- {text}")).collect::<Vec<_>>().join("\n")
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    let rule = format!("|{}", " --- |".repeat(header.len()));
    [row(&header), rule].into_iter().chain(rows.map(|cells| row(&cells))).collect::<Vec<_>>().join("\n")
}

/// One line of text that Markdown shows as it is: no emphasis, link, image, HTML, table cell, formula, mention or bare URL.
///
/// List markers are escaped only at its beginning, where alone they would be read as such.
fn escape(text: &str) -> String {
    let text = line(text);
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let mut characters = text.char_indices().peekable();
    while let Some((place, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if marks(&text[..place], character, next) {
            escaped.push('\\');
        }
        escaped.push(character);
        if character == '@' {
            escaped.push_str("<!-- -->"); // an escaped @ would still mention a user or link an address
        }
    }
    escaped
}

/// Whether Markdown would read `character` as a mark, after `before`.
fn marks(before: &str, character: char, next: Option<char>) -> bool {
    let numbered = || before.bytes().all(|byte| byte.is_ascii_digit());
    match character {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' | '^' => true,
        '-' | '+' | '=' => before.is_empty(),
        ')' => numbered(),
        '.' => numbered() || before.ends_with("www") || before.ends_with("WWW"),
        ':' => next == Some('/'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::RunStatus;
    use crate::run::fixture::{RunBuilder, small};

    #[test]
    fn the_report_has_its_parts_in_order() {
        let report = markdown(&small().build());
        let parts = [
            "# what would make the working day better?\n",
            "survey-answers · 9 rows, 2 clusters",
            "| 1 | Better food | 4 | 50% | 22–78% |",
            "## 1 Better food\n\n**50%** of all documents (22–78%), 4 documents",
            "*Predicate:* asks for better food in the canteen",
            "> “Canteen food with something green in it that isn't the tray.” (d1)",
            "## 2 Time to breathe",
            "## What is missing\n\n9 rows = 6 assigned + 1 uncovered (no predicate holds)",
            "- “My club winning again” (d7)",
            "## How it was made",
            "| seed | 7 |",
            "| round | pool |",
        ];
        let mut rest = report.as_str();
        for part in parts {
            let place = rest.find(part).unwrap_or_else(|| panic!("{part} is not where it belongs in\n{report}"));
            rest = &rest[place..];
        }
    }

    #[test]
    fn by_wording_the_goal_is_no_heading() {
        let report = markdown(&RunBuilder::by_wording("by emotion").cluster("a", "", &["a"]).build());
        assert!(report.starts_with("# survey-answers, by wording: no model was asked about the goal\n"), "{report}");
    }

    #[test]
    fn a_partial_run_has_a_banner() {
        let report = markdown(&small().ended(RunStatus::Partial, "--max-calls was reached").build());
        assert!(report.contains("> [!WARNING]\n> **Partial run:** \\--max-calls was reached"), "{report}");
    }

    #[test]
    fn documents_stay_text() {
        let cases = [
            ("[x](javascript:alert(1))", r"\[x\](javascript:alert(1))"),
            ("![x](https://evil.example)", r"!\[x\](https\://evil.example)"),
            ("</script><b>", r"\</script\>\<b\>"),
            ("a|b `c` *d* _e_", r"a\|b \`c\` \*d\* \_e\_"),
            ("www.evil.example &amp; $x$", r"www\.evil.example \&amp; \$x\$"),
            ("mail @anna", "mail @<!-- -->anna"),
            ("- x\n# y\u{202e}", r"\- x \# y⟨U+202E⟩"),
            ("say. http: x", "say. http: x"),
            ("12. x", r"12\. x"),
        ];
        for (hostile, escaped) in cases {
            assert_eq!(escape(hostile), escaped);
        }
    }

    #[test]
    fn hostile_text_is_escaped_wherever_it_comes_from() {
        let hostile = "</script>|[x](javascript:y)`\n\n# h\x1b[0m";
        let mut run = RunBuilder::by_goal(hostile)
            .cluster(hostile, hostile, &[hostile])
            .uncovered(hostile, hostile)
            .ended(RunStatus::Failed, hostile)
            .build();
        run.manifest.warnings.push(hostile.into());
        run.manifest.method.name = hostile.into();
        run.clusters[0].near_misses = vec![hostile.into()];
        let report = markdown(&run);
        let unescaped = report
            .replace("\\<", "")
            .replace("\\[", "")
            .replace("\\`", "")
            .replace("[!WARNING]", "")
            .replace("[!NOTE]", "");
        assert!(!unescaped.contains(['<', '[', '`', '\x1b']), "{report}");
        assert!(!report.contains("\n# h"), "{report}");
    }
}
