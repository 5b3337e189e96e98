//! Texts in formats that are not read, whose lines are no texts of their own: each is refused by its name.

/// Lines that show what a text is.
const SHOWING: usize = 200;
/// Lines that follow one another at once, at least, and characters of the longest, where text is
/// told to go on over their ends.
const LEAST: usize = 6;
const WIDE: usize = 45;
/// Lines in which a statement that fills a table comes to its values.
const FIRST: usize = 20;
/// Elements with which a piece of a web page begins, as it is copied out of one.
const ELEMENTS: [&str; 16] = [
    "table", "thead", "tbody", "tr", "td", "th", "div", "p", "ul", "ol", "li", "span", "section", "article", "dl",
    "body",
];

/// What a text is that is not read, and what to do with it.
pub(super) fn named(sample: &str) -> Option<(&'static str, &'static str)> {
    let lines: Vec<&str> = sample.lines().filter(|line| !line.trim().is_empty()).take(SHOWING).collect();
    if is_html(&lines) {
        let cure = "open it in a browser, copy the table into a spreadsheet and save that as CSV";
        Some(("a piece of a web page (HTML), which is not read", cure))
    } else if is_yaml(&lines) {
        Some(("YAML, which is not read", "turn it into JSON first: yq -o=json FILE > FILE.json"))
    } else if is_sql(&lines) {
        let cure = "load it into a database and export a table of it as CSV: sqlite3 :memory: -csv -header '.read FILE' \
                    'select * from …'";
        Some(("a dump of a database in SQL, which is not read", cure))
    } else if has_fixed_width(&lines) {
        let cure = "open it in a spreadsheet (text to columns, fixed width) and save it as CSV";
        Some(("a table whose columns have a fixed width, which is not read", cure))
    } else if is_running(sample) {
        let cure = "put each text on one line of its own, or save it as CSV (--format lines reads each line as a text)";
        Some(("running text whose sentences go on over the ends of lines", cure))
    } else {
        None
    }
}

/// Whether half of the lines that another one follows at once are nearly as long as any, and that
/// goes on in a small letter.
fn is_running(sample: &str) -> bool {
    let lines: Vec<(&str, usize)> =
        sample.lines().take(SHOWING).map(|line| (line.trim(), line.trim().chars().count())).collect();
    let longest = lines.iter().map(|(_, length)| *length).max().unwrap_or(0);
    let pairs: Vec<_> = lines.windows(2).filter(|pair| pair.iter().all(|(_, length)| *length > 0)).collect();
    let goes_on = |pair: &&&[(&str, usize)]| match pair {
        [(_, length), (next, _)] => length * 5 >= longest * 4 && next.starts_with(char::is_lowercase),
        _ => false,
    };
    longest >= WIDE && pairs.len() >= LEAST && pairs.iter().filter(goes_on).count() * 2 >= pairs.len()
}

/// Whether the first line is a tag, and so begin half of all lines.
fn is_html(lines: &[&str]) -> bool {
    let is_tag = |line: &&&str| {
        let rest = line.trim_start().strip_prefix('<').map(|rest| rest.strip_prefix('/').unwrap_or(rest));
        let name: String = rest.unwrap_or_default().chars().take_while(char::is_ascii_alphanumeric).collect();
        rest.is_some() && ELEMENTS.contains(&name.to_ascii_lowercase().as_str())
    };
    lines.first().is_some_and(|first| is_tag(&first)) && lines.iter().filter(is_tag).count() * 2 >= lines.len()
}

/// Whether the first statement, below comments, makes or fills a table.
fn is_sql(lines: &[&str]) -> bool {
    let is_comment = |line: &&&str| line.trim_start().starts_with("--") || line.trim_start().starts_with("/*");
    let is_set = |line: &&&str| {
        let line = line.trim_start().to_uppercase();
        ["SET ", "USE ", "BEGIN", "START TRANSACTION", "PRAGMA ", "DROP TABLE ", "LOCK TABLES "]
            .iter()
            .any(|word| line.starts_with(word) && line.trim_end().ends_with(';'))
    };
    let first = lines.iter().find(|line| !is_comment(line) && !is_set(line));
    let words: Vec<String> =
        first.into_iter().flat_map(|line| line.split_whitespace()).take(4).map(str::to_uppercase).collect();
    let is_values = || lines.iter().take(FIRST).any(|line| line.to_uppercase().contains("VALUES"));
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["CREATE", "TABLE" | "TEMPORARY" | "DATABASE", ..] => lines.iter().any(|line| line.trim_end().ends_with(';')),
        ["INSERT" | "REPLACE", "INTO", ..] => is_values(),
        _ => false,
    }
}

/// Whether nine of ten lines are keys with values, or the items of a list, and keys stand in both.
fn is_yaml(lines: &[&str]) -> bool {
    let key = |line: &str| {
        let (key, value) = line.split_once(':').unwrap_or_default();
        let is_key = |c: char| c.is_alphanumeric() || "_-\"'".contains(c);
        !key.is_empty() && key.chars().all(is_key) && (value.is_empty() || value.starts_with(' '))
    };
    let begins_item = |line: &&&str| line.trim_start().strip_prefix("- ").is_some_and(|rest| key(rest.trim_start()));
    let goes_on = |line: &&&str| line.starts_with("  ") && key(line.trim_start());
    let (items, others) = (lines.iter().filter(begins_item).count(), lines.iter().filter(goes_on).count());
    items > 1 && others >= items && (items + others) * 10 >= lines.len() * 9
}

/// Whether a line near the top is nothing but strokes below several columns.
fn has_fixed_width(lines: &[&str]) -> bool {
    let are_strokes = |line: &&&str| {
        let strokes: Vec<&str> = line.split([' ', '+', '|']).filter(|stroke| !stroke.is_empty()).collect();
        let is_stroke = |stroke: &&str| stroke.len() > 1 && stroke.chars().all(|c| c == '-' || c == '=');
        strokes.len() > 1 && strokes.iter().all(is_stroke)
    };
    lines.iter().take(3).any(|line| are_strokes(&line))
}

#[cfg(test)]
mod tests {
    use crate::corpus::testing::{cure_of, error_of, options};

    #[test]
    fn what_is_no_list_of_lines_is_called_by_its_name() {
        let yaml = "- id: 0\n  text: \"the soup was cold\"\n  stars: 3\n".repeat(4);
        let html = format!("<table>\n{}</table>\n", "  <tr>\n    <td>the soup was cold</td>\n  </tr>\n".repeat(4));
        let fixed = format!("ID    COMMENT\n----- -------------------\n{}", "0     the soup was cold\n".repeat(5));
        for (name, text, what) in
            [("a.yaml", yaml, "is YAML"), ("a.html", html, "a piece of a web page"), ("a.txt", fixed, "a fixed width")]
        {
            let problem = error_of(name, text.as_bytes(), &options());
            assert!(problem.contains(what) && !problem.contains("--format lines"), "{problem}");
        }
        let filled =
            format!("INSERT INTO notes (id, body) VALUES\n{}(9, 'late');\n", "(1, 'it was cold, again'),\n".repeat(9));
        let made = format!("-- dump\nSET NAMES utf8;\nCREATE TABLE notes (id int, body text);\n{filled}");
        for sql in [filled, made] {
            let problem = error_of("a.sql", sql.as_bytes(), &options());
            assert!(problem.contains("in SQL") && problem.contains(".read a.sql"), "{problem}");
        }
        let lines = "- the soup was cold, again\n- note: nobody came\n- <b>late</b>\n".repeat(3);
        assert_eq!(cure_of("a.txt", lines.as_bytes(), &options()), ["--format", "lines"]);
    }

    #[test]
    fn running_text_is_no_list_of_lines() {
        let page = "Page 1\n\nthe soup was cold when it came to our table and nobod\n\
            y came for an hour although we asked twice at the do\nor of the kitchen\n";
        let problem = error_of("a.txt", page.repeat(5).as_bytes(), &options());
        assert!(problem.contains("running text"), "{problem}");
        let lines = "the soup was cold when it came to our table again\nnobody came\nthe bread was old and hard\n";
        assert_eq!(cure_of("a.txt", lines.repeat(5).as_bytes(), &options()), ["--format", "lines"]);
    }

    #[test]
    fn a_chat_below_other_lines_is_proposed_as_one() {
        let chat =
            format!("=====\nGuild: Shop\n=====\n\n{}", "[1/3/2025 8:12 AM] kai\nthe soup was cold\n\n".repeat(4));
        assert_eq!(cure_of("a.txt", chat.as_bytes(), &options()), ["--format", "chat"]);
    }

    #[test]
    fn a_list_that_a_script_names_is_read() {
        let tweet = |said: &str| format!("{{\"tweet\": {{\"full_text\": \"{said}\"}}}}");
        let tweets = [tweet("the soup was cold"), tweet("nobody came to us")].join(",\n ");
        let list = format!("window.YTD.tweets.part0 = [\n {tweets}\n]\n");
        let corpus = crate::corpus::testing::read_as("tweets.js", list.as_bytes(), &options()).unwrap();
        assert_eq!(crate::corpus::testing::texts(&corpus), ["the soup was cold", "nobody came to us"]);
    }
}
