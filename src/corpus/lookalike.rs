//! Texts in formats that are not read, whose lines are no texts of their own: each is refused by its name.

/// Lines that show what a text is.
const SHOWING: usize = 200;
/// Lines that follow one another at once, at least, and characters of the longest, where text is
/// told to go on over their ends.
const LEAST: usize = 6;
const WIDE: usize = 45;
/// `key=value` of a line that consists of them, at least.
const PAIRS: usize = 3;
/// Elements with which a piece of a web page begins, as it is copied out of one.
const ELEMENTS: [&str; 16] = [
    "table", "thead", "tbody", "tr", "td", "th", "div", "p", "ul", "ol", "li", "span", "section", "article", "dl",
    "body",
];

/// YAML, and what makes JSON of it.
pub(super) const YAML: Refused = ("YAML, which is not read", "turn it into JSON first: yq -o=json {FILE} > {json}");
/// What makes JSON lines of XML: the records are what the element with most others holds.
pub(super) const OF_XML: &str = "turn it into JSON lines: python3 -c 'import json,sys,xml.etree.ElementTree as E; \
    p = max(E.parse(sys.argv[1]).iter(), key=len); name = lambda e: e.tag.split(\"}}\")[-1]; \
    [print(json.dumps({{**e.attrib, **{{name(c): \"\".join(c.itertext()) for c in e}}, **(dict(text=e.text) if len(e) == 0 and e.text \
    else dict())}})) for e in p if e.tag == p[-1].tag]' {FILE} > {jsonl}";

/// What turns a table that is drawn with strokes (Markdown, MySQL, SAP) into one with separators.
const UNDRAWN: &str = "turn it into a table: grep '^ *|' {FILE} | grep -v '^[-+=|: ]*$' | \
    sed -E 's/^ *\\| *//; s/ *\\|[[:space:]]*$//; s/ *\\| */|/g' > {csv}";
/// A command of Python that reads the file as the text `t`, in UTF-8 or else Windows-1252, and writes another one.
macro_rules! python {
    ($ending:literal, $($body:literal)+) => {
        concat!(
            "python3 -c 'import csv,html,json,re,sys; t = min((b.decode(c, \"replace\") for b in \
             [open(sys.argv[1], \"rb\").read()] for c in (\"utf-8-sig\", \"cp1252\")), key=lambda s: s.count(\"\\ufffd\"))\
             .replace(\"\\r\\n\", \"\\n\"); ",
            $($body,)+
            "' {FILE} > {", $ending, "}"
        )
    };
}

/// What makes a table of one whose columns have a fixed width: of its line of strokes, or of the places that are blank in all lines.
const OF_WIDTHS: &str = concat!(
    "turn it into a table: ",
    python!(
        "csv",
        "L = [l.expandtabs() for l in t.split(\"\\n\") if l.strip() and not re.fullmatch(r\"\\[\\d+ rows x \\d+ columns\\]|[-=+]+\", \
         l.strip())]; R = [l for l in L if re.fullmatch(r\"[-=]+([ +|]+[-=]+)+\", l.strip())]; \
         L = [l for l in L if l not in R]; m = \"\".join(\" \" if all(l[i:i+1] in (\"\", \" \") for l in L) else \"x\" \
         for i in range(max(map(len, L)))); \
         s = [x.start() for x in (re.finditer(\"[-=]+\", R[0]) if R else re.finditer(\"x+(?: x+)*\", m))]; \
         csv.writer(sys.stdout).writerows([l[a:b].strip(\" |\") for a, b in zip(s, s[1:] + [None])] for l in L)"
    )
);
/// What makes JSON lines of references: RIS and what PubMed exports.
const OF_RIS: &str = concat!(
    "turn it into JSON lines: ",
    python!(
        "jsonl",
        "n = {{\"TI\": \"title\", \"T1\": \"title\", \"AB\": \"abstract\", \"N2\": \"abstract\"}}; \
         [print(json.dumps({{n.get(k, k): \"; \".join(\" \".join(v.split()) for o, v in f if o == k) for k, _ in f if k != \"ER  \"}})) \
         for r in re.split(r\"(?m)^(?=TY  -|PMID-)\", t) for f in [[(k.strip(), v) for k, v in \
         re.findall(r\"(?m)^([A-Z][A-Z0-9][A-Z0-9 ]{{2}})-(.*(?:\\n(?![A-Z][A-Z0-9][A-Z0-9 ]{{2}}-).*)*)\", r) if v.strip()]] if f]"
    )
);
/// What makes JSON lines of what Web of Science exports as plain text.
const OF_WEB_OF_SCIENCE: &str = concat!(
    "turn it into JSON lines: ",
    python!(
        "jsonl",
        "n = {{\"TI\": \"title\", \"AB\": \"abstract\", \"UT\": \"id\"}}; \
         [print(json.dumps({{n.get(k, k): \" \".join(v.split()) for k, v in f}})) for r in re.split(r\"(?m)^ER[ \\t]*$\", t) \
         for f in [re.findall(r\"(?m)^([A-Z][A-Z0-9]) (.*(?:\\n   .*)*)\", r)] if any(k == \"PT\" for k, _ in f)]"
    )
);
/// What makes JSON lines of what EndNote and Zotero export as "Refer" or "EndNote": `%T a title`.
const OF_REFER: &str = concat!(
    "turn it into JSON lines: ",
    python!(
        "jsonl",
        "n = {{\"T\": \"title\", \"X\": \"abstract\", \"A\": \"author\", \"D\": \"year\"}}; \
         [print(json.dumps({{n.get(k, k): \"; \".join(\" \".join(v.split()) for o, v in f if o == k) for k, _ in f}})) \
         for r in re.split(r\"(?m)^(?=%0 )\", t) for f in [re.findall(r\"(?m)^%(.) (.*(?:\\n(?!%. ).+)*)\", r)] if f]"
    )
);
/// What makes JSON lines of the paragraphs of a web page.
pub(super) const OF_PAGE: &str = concat!(
    "turn its paragraphs into JSON lines: ",
    python!(
        "jsonl",
        "t = re.sub(r\"(?is)<!--.*?-->|<(script|style|head|nav|noscript)\\b.*?</\\1\\s*>\", \" \", t); \
         [print(json.dumps({{\"text\": x}})) for p in \
         re.split(r\"(?i)</?(?:p|div|li|ul|ol|br|h[1-6]|blockquote|article|section|main|header|footer|td|tr|dt|dd|hr|body)\\b[^>]*>\", t) \
         for x in [\" \".join(html.unescape(re.sub(r\"(?s)<[^>]+>\", \" \", p)).split())] if x]"
    )
);
/// What makes JSON lines of the paragraphs of a text of LaTeX.
const OF_LATEX: &str = concat!(
    "turn its paragraphs into JSON lines: ",
    python!(
        "jsonl",
        "t = re.sub(r\"(?m)(?<!\\\\)%.*$\", \"\", t.split(r\"\\begin{{document}}\")[-1].split(r\"\\end{{document}}\")[0]); \
         [print(json.dumps({{\"text\": x}})) for p in re.split(r\"\\n[ \\t]*\\n\", re.sub(r\"\\\\(?:(?:sub)*section|chapter|title|author|date|label)\\*?\\{{[^}}]*\\}}|\\\\(?:begin|end)\\{{[^}}]*\\}}|\\\\maketitle\", \"\\n\\n\", t)) \
         for x in [\" \".join(re.sub(r\"\\\\[a-zA-Z]+\\*?(?:\\[[^\\]]*\\])?|[{{}}~]\", \" \", p).split())] if x]"
    )
);
const OF_WEKA: &str = concat!(
    "turn it into a table: ",
    python!(
        "csv",
        "h, _, d = re.split(r\"(?im)^(@data\\b.*)$\", t, maxsplit=1); w = csv.writer(sys.stdout); \
         w.writerow([a or b for a, b in re.findall(r\"(?im)^@attribute\\s+(?:[\\x22\\x27]([^\\x22\\x27]+)[\\x22\\x27]|(\\S+))\", h)]); \
         w.writerows(r for r in csv.reader(d.strip().splitlines(), quotechar=\"\\x27\", escapechar=\"\\\\\", skipinitialspace=True) \
         if r and not r[0].startswith(\"%\"))"
    )
);
const OF_BIBTEX: &str = concat!(
    "turn it into JSON lines: ",
    python!(
        "jsonl",
        "F = r\"(\\w+)\\s*=\\s*(?:\\{{((?:[^{{}}]|\\{{(?:[^{{}}]|\\{{[^{{}}]*\\}})*\\}})*)\\}}|\\x22([^\\x22]*)\\x22|(\\w+))\"; \
         [print(json.dumps({{\"id\": k.strip(), **{{n.lower(): \" \".join(re.sub(r\"[{{}}]\", \"\", a or b or c).split()) \
         for n, a, b, c in re.findall(F, r)}}}})) for k, r in \
         re.findall(r\"(?ms)^\\s*@\\w+\\s*\\{{([^,\\n]*),(.*?)(?=^\\s*@\\w+\\s*\\{{|\\Z)\", t)]"
    )
);
/// What makes JSON lines of records of `key: value` between empty lines.
const OF_KEYS: &str = concat!(
    "turn it into JSON lines: ",
    python!(
        "jsonl",
        "[print(json.dumps({{k: \"\\n\".join(v for o, v in f if o == k) for k, _ in f}})) for r in re.split(r\"\\n[ \\t]*\\n\", t) \
         for f in [re.findall(r\"(?m)^([\\w/.-]+(?: [\\w/.-]+){{0,2}}):[ \\t]*(.*(?:\\n(?![\\w/.-]+(?: [\\w/.-]+){{0,2}}:).*)*)\", r)] if f]"
    )
);
const OF_CLIPPINGS: &str = concat!(
    "turn it into JSON lines: ",
    python!(
        "jsonl",
        "[print(json.dumps(dict(zip((\"title\", \"added\", \"text\"), (x.strip() for x in \
         (r.strip().lstrip(\"\\ufeff\").split(\"\\n\", 2) + [\"\", \"\"])[:3]))))) for r in re.split(r\"(?m)^==========[ \\t]*$\", t) if r.strip()]"
    )
);
const OF_FASTTEXT: &str = concat!(
    "turn it into JSON lines: ",
    python!(
        "jsonl",
        "[print(json.dumps({{\"label\": \" \".join(re.findall(r\"__label__([^\\s,]+)\", l)), \
         \"text\": re.sub(r\"__label__[^\\s,]+[\\s,]*\", \"\", l).strip()}})) for l in t.split(\"\\n\") if l.strip()]"
    )
);
const OF_ITEMS: &str = concat!(
    "turn its items into JSON lines: ",
    python!(
        "jsonl",
        "[print(json.dumps({{\"label\": a, \"text\": \" \".join(x.split())}})) for a, x in \
         re.findall(r\"(?s)\\\\item\\b(?:\\s*\\[([^\\]]*)\\])?\\s*(.*?)(?=\\\\item\\b|\\\\(?:begin|end)\\s*\\{{|\\Z)\", t) if x.strip()]"
    )
);
/// What makes a table of those in a web page.
pub(super) const OF_TABLE: &str = concat!(
    "turn its table into CSV: ",
    python!(
        "csv",
        "csv.writer(sys.stdout).writerows(c for r in re.findall(r\"(?is)<tr\\b[^>]*>(.*?)(?=<tr\\b|</tr|</table|\\Z)\", t) for c in \
         [[\" \".join(html.unescape(re.sub(r\"(?s)<[^>]+>\", \" \", x)).split()) for x in \
         re.findall(r\"(?is)<t[hd]\\b[^>]*>(.*?)(?=<t[hd]\\b|</t[hd]|\\Z)\", r)]] if c)"
    )
);
pub(super) const OF_TOML: &str = "turn it into JSON (Python 3.11 or later): python3 -c 'import json,sys,tomllib; \
    print(json.dumps(tomllib.load(open(sys.argv[1], \"rb\")), default=str))' {FILE} > {json}";

/// What turns the output of `git log` into JSON lines, whose messages keep all their paragraphs.
const OF_COMMITS: &str = "turn it into JSON lines: python3 -c 'import json,re,sys; \
    [print(json.dumps({{\"id\": m[1], \"head\": m[2].strip(), \"text\": re.sub(r\"(?m)^    \", \"\", m[3]).strip()}})) for m in \
    re.finditer(r\"(?m)^commit ([0-9a-f]{{7,40}}).*\\n((?:\\w.*\\n)*)\\s*?\\n?((?:    .*\\n?|[ \\t]*\\n)*)\", \
    open(sys.argv[1], encoding=\"utf-8\").read())]' {FILE} > {jsonl} (or write the subjects alone: git log --pretty=%s)";
/// What turns lines of `key=value` into JSON lines.
const OF_PAIRS: &str = "turn it into JSON lines: python3 -c 'import json,re,sys; \
    [print(json.dumps({{k: re.sub(r\"\\\\(.)\", r\"\\1\", q) or v for k, q, v in \
    re.findall(r\"([^\\s=]+)=(?:\\x22((?:[^\\x22\\\\]|\\\\.)*)\\x22|(\\S*))\", line)}})) \
    for line in open(sys.argv[1], encoding=\"utf-8\") if line.strip()]' {FILE} > {jsonl}";
/// What makes JSON lines of the JSON at the ends of the lines of a log.
const OF_TAILS: &str = "keep the JSON at the end of its lines: sed -n 's/^[^{{]*{{/{{/p' {FILE} > {jsonl}";
const MYSQL: &str = "load it and ask for the table with the texts: mysql NAME < {FILE}; mysql --batch NAME -e \
    'select * from TABLE' > {tsv}";
const POSTGRES: &str = "load it and ask for the table with the texts: psql NAME -f {FILE}; psql NAME --csv -c \
    'select * from TABLE' > {csv}";
const SQL_SERVER: &str = "load it and ask for the table with the texts: sqlcmd -d NAME -i {FILE}; bcp \"select * from TABLE\" queryout \
    {tsv} -c -d NAME (or save the table as CSV in Management Studio)";
const SQLITE: &str = "load it and ask for the table with the texts: sqlite3 -csv -header :memory: '.read {FILE}' \
    'select * from TABLE' > {csv}";

/// What a file is that is not read, and what to do with it: the template of a message, in which `{FILE}` and `{FOLDER}` stand for
/// the file and its folder.
pub(super) type Refused = (&'static str, &'static str);

/// What a text is that is not read, and what to do with it.
pub(super) fn named(sample: &str) -> Option<Refused> {
    let lines: Vec<&str> = sample.lines().filter(|line| !line.trim().is_empty()).take(SHOWING).collect();
    let first = lines.first().map_or("", |line| line.trim_start_matches('\u{feff}').trim());
    let begins = |beginnings: &[&str]| beginnings.iter().any(|begin| first.to_ascii_uppercase().starts_with(begin));
    if is_html(&lines) {
        let is_table = lines.iter().any(|line| line.to_ascii_lowercase().contains("<tr"));
        Some(("a piece of a web page (HTML), which is not read", if is_table { OF_TABLE } else { OF_PAGE }))
    } else if is_xml(first, &lines) {
        Some(("XML, which is not read", OF_XML))
    } else if is_yaml(&lines) {
        Some(YAML)
    } else if begins(&["BEGIN:VCALENDAR"]) {
        Some(("a calendar (.ics), which is not read", "export it as CSV from the program that wrote it"))
    } else if begins(&["BEGIN:VCARD"]) {
        Some(("address cards (.vcf), which are not read", "name a file of texts"))
    } else if is_ris(&lines) {
        Some(("a list of references (RIS), which is not read", OF_RIS))
    } else if is_web_of_science(&lines) {
        Some(("a list of references (Web of Science), which is not read", OF_WEB_OF_SCIENCE))
    } else if is_refer(&lines) {
        Some(("a list of references (EndNote, Refer), which is not read", OF_REFER))
    } else if is_bibtex(first, &lines) {
        Some(("a list of references (BibTeX), which is not read", OF_BIBTEX))
    } else if is_toml(&lines) {
        Some(("TOML, which is not read", OF_TOML))
    } else if is_clippings(&lines) {
        Some(("a list of highlights of an e-reader, which is not read", OF_CLIPPINGS))
    } else if most(&lines, 9, |line| line.starts_with("__label__")) {
        Some(("a training file of fastText, which is not read", OF_FASTTEXT))
    } else if is_latex(first) && lines.iter().any(|line| line.trim_start().starts_with("\\item")) {
        Some(("a text of LaTeX, which is not read", OF_ITEMS))
    } else if is_latex(first) || lines.iter().find(|line| !line.starts_with('%')).is_some_and(|line| is_latex(line)) {
        Some(("a text of LaTeX, which is not read", OF_LATEX))
    } else if are_keyed(sample) {
        Some(("a list of records, with each field on a line of its own, which is not read", OF_KEYS))
    } else if begins(&["@RELATION"]) {
        Some(("a file of Weka (.arff), which is not read", OF_WEKA))
    } else if begins(&["[SCRIPT INFO]"]) {
        Some(("subtitles of Aegisub (.ass), which are not read", "turn them into .srt: ffmpeg -i {FILE} {FILE}.srt"))
    } else if is_sql(&lines) {
        Some(("a dump of a database in SQL, which is not read", loaded_by(&lines)))
    } else if is_vertical(&lines) {
        let cure = "ask for the rows again as a table: mysql --batch, or psql --csv";
        Some(("a list of rows of a database, with each field on a line of its own, which is not read", cure))
    } else if is_log_of_commits(&lines) {
        Some(("the log of commits that git prints, which is not read", OF_COMMITS))
    } else if most(&lines, 9, |line| pairs(line) >= PAIRS) {
        Some(("a list of key=value pairs (logfmt), which is not read", OF_PAIRS))
    } else if is_log(sample) && most(&lines, 9, ends_in_json) {
        Some(("the log of a program, which is not read", OF_TAILS))
    } else if lines.len() > 2 && most(&lines, 9, |line| ends_in_json(line) && !line.starts_with(['{', '['])) {
        Some(("a list of lines with other words before the JSON in each, which is not read", OF_TAILS))
    } else if is_log(sample) {
        let cure = "put what is to be grouped, such as the messages alone, on one line each and read that with {+format lines}";
        Some(("the log of a program, which is not read", cure))
    } else if is_drawn(&lines) {
        Some(("a table that is drawn with strokes, which is not read", UNDRAWN))
    } else if has_fixed_width(&lines) || has_gaps(&lines) && !are_separated(&lines, 1) {
        Some(("a table whose columns have a fixed width, which is not read", OF_WIDTHS))
    } else {
        None
    }
}

/// Text whose lines are no texts of their own.
pub(super) const RUNNING: Refused = (
    "running text whose sentences go on over the ends of lines",
    "put each text on one line of its own, or save it as CSV ({+format lines} reads each line as a text)",
);

/// What a text is that goes on over the ends of its lines; `is_plain` says that it is no table.
pub(super) fn running(sample: &str, is_plain: bool) -> Option<Refused> {
    // Pages end with a form feed.
    let is_of_pages = is_plain && (is_indented(sample) || sample.contains('\u{c}'));
    (is_running(sample) || is_of_pages).then_some(RUNNING)
}

/// Whether all lines hold the same number of a sign that separates columns, so many at least; a comma before a blank is one of a
/// sentence.
fn are_separated(lines: &[&str], least: usize) -> bool {
    let commas = |line: &str| line.matches(',').count() - line.matches(", ").count();
    [',', ';', '\t', '|'].iter().any(|sign| {
        let of_line = |line: &&str| if *sign == ',' { commas(line) } else { line.matches(*sign).count() };
        let mut counts = lines.iter().map(of_line);
        counts.next().is_some_and(|first| first >= least && counts.all(|count| count == first))
    })
}

/// Whether lines that begin at the margin mostly go on on indented ones, as the paragraphs of a printed page do.
fn is_indented(sample: &str) -> bool {
    let lines: Vec<&str> = sample.lines().take(SHOWING).collect();
    let is_indented = |line: &str| {
        line.starts_with("  ") && line.trim_start().starts_with(|c: char| c.is_alphabetic()) && !line.trim().is_empty()
    };
    let begins = |line: &str| line.starts_with(|c: char| !c.is_whitespace());
    let all = lines.iter().filter(|line| begins(line)).count();
    let going_on = lines.windows(2).filter(|pair| begins(pair[0]) && is_indented(pair[1])).count();
    going_on >= LEAST && going_on * 2 >= all
}

/// Whether a share of the lines, in tenths, is so.
fn most(lines: &[&str], tenths: usize, is_so: impl Fn(&str) -> bool) -> bool {
    lines.len() > 1 && lines.iter().filter(|line| is_so(line)).count() * 10 >= lines.len() * tenths
}

/// `TY  - JOUR`, `AB  - …`, or `PMID- 1`, whose values go on on indented lines.
fn is_ris(lines: &[&str]) -> bool {
    let is_tag = |line: &str| {
        let bytes = line.trim_start_matches('\u{feff}').as_bytes();
        let is_of_tag = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let is_padded = |byte: &u8| is_of_tag(byte) || *byte == b' ';
        let is_tag = bytes.first().is_some_and(u8::is_ascii_uppercase);
        is_tag && bytes.len() >= 5 && is_of_tag(&bytes[1]) && bytes[2..4].iter().all(is_padded) && bytes[4] == b'-'
    };
    let begins =
        |first: &&str| ["TY  -", "PMID-"].contains(&first.trim_start_matches('\u{feff}').get(..5).unwrap_or_default());
    let first = lines.first().is_some_and(begins);
    first && lines.len() > 3 && most(lines, 8, |line| is_tag(line) || line.starts_with("      "))
}

/// `[entry]` or `[[entry]]`, and `name = value` below it.
pub(super) fn is_toml(lines: &[&str]) -> bool {
    let lines = lines.iter().map(|line| line.trim()).filter(|line| !line.starts_with('#'));
    let is_of_name = |c: char| c.is_alphanumeric() || "_-.\"".contains(c);
    // Names may stand above the first table.
    let is_head_line = |line: &&str| line.starts_with('[') && line.ends_with(']');
    let above = lines.clone().take_while(|line| !is_head_line(line)).count();
    let is_value = |line: &str| {
        line.split_once(" = ").is_some_and(|(name, value)| {
            name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
                && value.starts_with(|c: char| c.is_ascii_digit() || "\"'[{tf-".contains(c))
        })
    };
    let has_names_above = lines.clone().take(above).all(is_value);
    let mut lines = lines.skip(if has_names_above { above } else { 0 });
    let is_head = lines.next().is_some_and(|first| {
        let name = first.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
        let name = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"') && name.chars().all(is_of_name)
    });
    let begins_value = |c: char| c.is_ascii_digit() || "\"'[{tf-".contains(c);
    let is_pair = lines.next().and_then(|line| line.split_once('=')).is_some_and(|(name, value)| {
        !name.trim().is_empty() && name.trim().chars().all(is_of_name) && value.trim().starts_with(begins_value)
    });
    is_head && is_pair
}

/// Highlights with a title, a line of where and when, and `==========` below each.
fn is_clippings(lines: &[&str]) -> bool {
    let ends = lines.iter().filter(|line| line.trim() == "==========").count();
    ends > 0 && lines.get(1).is_some_and(|second| second.starts_with("- ") && second.contains('|'))
}

fn is_latex(first: &str) -> bool {
    ["\\documentclass", "\\begin{", "\\section{", "\\chapter{", "\\usepackage", "\\title{"]
        .iter()
        .any(|begin| first.starts_with(begin))
}

/// `FN Clarivate …` or `PT J`, with the end of a record (`ER`) below.
fn is_web_of_science(lines: &[&str]) -> bool {
    let is_head = |line: &str| {
        let line = line.trim_start_matches('\u{feff}');
        line.starts_with("FN ") || line.starts_with("PT ") && line.len() < 6
    };
    let is_field = |line: &str| {
        let tag = line.as_bytes();
        let is_tag =
            tag.len() > 1 && tag[0].is_ascii_uppercase() && (tag[1].is_ascii_uppercase() || tag[1].is_ascii_digit());
        is_tag && (tag.len() == 2 || tag[2] == b' ') || line.starts_with("   ")
    };
    lines.first().is_some_and(|first| is_head(first))
        && lines.iter().take(SHOWING).any(|line| line.starts_with("PT "))
        && most(lines, 9, |line| is_field(line.trim_start_matches('\u{feff}')))
}

/// `%0 Journal Article`, `%T a title`.
fn is_refer(lines: &[&str]) -> bool {
    let is_tag = |line: &str| {
        let mut signs = line.trim_start_matches('\u{feff}').chars();
        signs.next() == Some('%')
            && signs.next().is_some_and(|c| c.is_ascii_alphanumeric() || "@+!#$".contains(c))
            && signs.next() == Some(' ')
    };
    lines.first().is_some_and(|first| first.trim_start_matches('\u{feff}').starts_with("%0 "))
        && lines.iter().filter(|line| is_tag(line)).count() * 2 > lines.len()
}

/// Whether records stand between empty lines, each of three lines of `key: value` at least, that begin with the same key.
fn are_keyed(sample: &str) -> bool {
    let lines: Vec<&str> = sample.lines().take(SHOWING).collect();
    let records: Vec<&[&str]> =
        lines.split(|line| line.trim().is_empty()).filter(|record| !record.is_empty()).collect();
    // The last one may be cut.
    let records = &records[..records.len() - usize::from(records.len() > 2)];
    let first = records.first().and_then(|record| record.first().and_then(|line| key_of(line)));
    let is_record = |record: &&&[&str]| {
        let keys = record.iter().filter(|line| key_of(line).is_some()).count();
        keys >= PAIRS && keys * 10 >= record.len() * 7 && record.first().and_then(|line| key_of(line)) == first
    };
    first.is_some() && records.len() > 1 && records.iter().filter(is_record).count() * 10 >= records.len() * 9
}

/// The key of a line `key: value`: one to three words.
fn key_of(line: &str) -> Option<&str> {
    let (key, rest) = line.trim_start_matches('\u{feff}').split_once(':')?;
    let is_of_key = |c: char| c.is_alphanumeric() || "_/.- ".contains(c);
    let words = key.split_whitespace().count();
    let is_key =
        (1..=3).contains(&words) && key.chars().all(is_of_key) && (rest.is_empty() || rest.starts_with([' ', '\t']));
    is_key.then_some(key)
}

/// `@article{key,` with fields below.
fn is_bibtex(first: &str, lines: &[&str]) -> bool {
    let begins = |line: &str| {
        let rest = line.trim_start().strip_prefix('@').unwrap_or_default();
        rest.split_once('{').is_some_and(|(kind, _)| !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphabetic()))
    };
    let is_field = |line: &str| line.contains(" = ") || line.trim() == "}" || begins(line);
    (begins(first) || first.starts_with('%')) && lines.iter().any(|line| begins(line)) && most(lines, 7, is_field)
}

/// Statements of SQL at the beginning, behind comments, and one that fills or makes a table among them.
fn is_sql(lines: &[&str]) -> bool {
    let is_comment = |line: &&&str| line.starts_with("--") || line.starts_with("/*");
    let small = |line: &&str| line.trim_start().chars().take(400).collect::<String>().to_ascii_uppercase();
    let statement = lines.iter().find(|line| !is_comment(line)).map(small).unwrap_or_default();
    let fills = |line: &str| ["INSERT INTO ", "INSERT [", "CREATE TABLE "].iter().any(|begin| line.starts_with(begin));
    let copies = |line: &str| line.starts_with("COPY ") && line.contains(" FROM STDIN");
    let begins =
        ["SET ", "DROP TABLE ", "BEGIN", "PRAGMA ", "START TRANSACTION", "SELECT PG_CATALOG", "USE ", "LOCK TABLES"];
    let is_statement = |line: &str| ["VALUES", "(", ";"].iter().any(|sign| line.contains(sign));
    let makes = lines.iter().map(small).any(|line| (fills(&line) || copies(&line)) && is_statement(&line));
    makes && (fills(&statement) || copies(&statement) || begins.iter().any(|begin| statement.starts_with(begin)))
}

/// With what such statements are loaded.
fn loaded_by(lines: &[&str]) -> &'static str {
    let any = |signs: &[&str]| lines.iter().any(|line| signs.iter().any(|sign| line.contains(sign)));
    match () {
        () if any(&["[dbo]", "SET ANSI_NULLS", "INSERT ["]) || lines.contains(&"GO") => SQL_SERVER,
        () if any(&["MySQL", "MariaDB", "`", "ENGINE="]) => MYSQL,
        () if any(&["PostgreSQL", "pg_catalog", "FROM stdin", "OWNER TO"]) => POSTGRES,
        () => SQLITE,
    }
}

/// `commit 655b6c3…` and `Author: …` below it.
fn is_log_of_commits(lines: &[&str]) -> bool {
    let is_hash = |word: &str| (7..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let begins = |line: &str| {
        line.strip_prefix("commit ").is_some_and(|rest| is_hash(rest.split(' ').next().unwrap_or_default()))
    };
    let is_named = |line: &str| ["Author: ", "Merge: ", "AuthorDate: "].iter().any(|name| line.starts_with(name));
    lines.first().is_some_and(|first| begins(first)) && lines.get(1).is_some_and(|second| is_named(second))
}

/// How many `key=value` a line has, if it begins with one.
fn pairs(line: &str) -> usize {
    let is_key = |c: char| c.is_ascii_alphanumeric() || "_-.@".contains(c);
    let is_pair = |word: &&str| word.split_once('=').is_some_and(|(key, _)| !key.is_empty() && key.chars().all(is_key));
    let mut words = line.split_whitespace();
    if words.clone().next().is_some_and(|first| is_pair(&first)) { words.by_ref().filter(is_pair).count() } else { 0 }
}

/// Whether a line has a JSON object at its end, behind other words.
fn ends_in_json(line: &str) -> bool {
    line.trim_end().ends_with('}') && line.find("{\"").is_some_and(|place| !line[..place].contains('{'))
}

/// `*** 1. row ***` or `-[ RECORD 1 ]---`.
fn is_vertical(lines: &[&str]) -> bool {
    let begins = |line: &str| {
        line.starts_with("-[ RECORD 1 ]") || line.starts_with("***") && line.trim_matches('*').trim() == "1. row"
    };
    lines.first().is_some_and(|first| begins(first))
}

/// Whether nine of ten lines begin with a date and a time and say how grave what happened is, or are those of a web server.
pub(super) fn is_log(sample: &str) -> bool {
    const LEVELS: [&str; 12] =
        ["ERROR", "WARN", "WARNING", "INFO", "DEBUG", "TRACE", "FATAL", "CRITICAL", "NOTICE", "SEVERE", "FINE", "ERR"];
    let lines: Vec<&str> = sample.lines().filter(|line| !line.trim().is_empty()).take(SHOWING).collect();
    let has_level = |line: &str| {
        let front: String = line.chars().take(80).collect();
        let digits = front.chars().take(24).filter(char::is_ascii_digit).count();
        digits >= 8 && front.split(|c: char| !c.is_alphanumeric()).any(|word| LEVELS.contains(&word))
    };
    let is_request = |line: &str| {
        ["\"GET /", "\"POST /", "\"HEAD /", "\"PUT /"].iter().any(|method| line.contains(method))
            && line.contains(" HTTP/")
    };
    lines.len() > 2 && !are_separated(&lines, 2) && most(&lines, 9, |line| has_level(line) || is_request(line))
}

/// Whether most lines are cells between strokes, with a line of strokes among the first.
fn is_drawn(lines: &[&str]) -> bool {
    let is_row = |line: &str| line.trim().len() > 2 && line.trim().starts_with('|') && line.trim().ends_with('|');
    let is_rule = |line: &str| line.contains("--") && line.trim().chars().all(|c| "-+=|: ".contains(c));
    let rows = lines.iter().filter(|line| is_row(line) && !is_rule(line)).count();
    rows > 1
        && lines.iter().take(8).any(|line| is_rule(line))
        && lines.iter().filter(|line| is_row(line) || is_rule(line)).count() * 10 >= lines.len() * 7
}

/// Whether the same columns of characters are blank in all lines: two beside each other, between others that are not.
fn has_gaps(lines: &[&str]) -> bool {
    const TALLEST: usize = 60;
    let lines: Vec<Vec<char>> = lines.iter().take(TALLEST).map(|line| line.trim_end().chars().collect()).collect();
    let narrowest = lines.iter().map(Vec::len).min().unwrap_or(0);
    if lines.len() < LEAST || lines.iter().flatten().any(|c| *c == '\t') {
        return false;
    }
    let is_blank = |place: usize| lines.iter().all(|line| line[place] == ' ');
    let begin = (0..narrowest).find(|place| !is_blank(*place)).unwrap_or(narrowest);
    let gaps = (begin..narrowest.saturating_sub(1)).filter(|place| is_blank(*place) && is_blank(place + 1)).count();
    // What stands behind the gap is more than the ends of a few lines.
    gaps > 0 && !is_blank(narrowest - 1)
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

/// Whether the first line opens an element and nine of ten lines begin with a tag.
fn is_xml(first: &str, lines: &[&str]) -> bool {
    let opens =
        first.starts_with('<') && first.ends_with('>') && first[1..].starts_with(|c: char| c.is_ascii_alphabetic());
    // All of it may stand on one line, of which this is the beginning.
    let is_one_line = lines.len() == 1
        && first.starts_with('<')
        && first[1..].starts_with(|c: char| c.is_ascii_alphabetic())
        && (first.contains("</") || first.contains("/>"))
        && first.matches('<').count() >= LEAST;
    let is_of_elements = |line: &&&str| line.trim_start().starts_with('<') && line.contains('>');
    is_one_line || opens && lines.len() > 2 && lines.iter().filter(is_of_elements).count() * 10 >= lines.len() * 9
}

/// The lines without texts over several of them, which stand below their key (`answer: |`) and right of it.
fn without_blocks<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let mut below = None;
    let mut others = Vec::new();
    for line in lines {
        if below.is_some_and(|key| indent(line) > key) {
            continue;
        }
        let end = line.trim_end().trim_end_matches(['-', '+']);
        below = (end.ends_with(": |") || end.ends_with(": >")).then(|| indent(line));
        others.push(*line);
    }
    others
}

/// Whether nine of ten lines are keys with values, or the items of a list, and keys stand in both.
fn is_yaml(lines: &[&str]) -> bool {
    let key = |line: &str| {
        let (key, value) = line.split_once(':').unwrap_or_default();
        let is_key = |c: char| c.is_alphanumeric() || "_-\"'".contains(c);
        !key.is_empty() && key.chars().all(is_key) && (value.is_empty() || value.starts_with(' '))
    };
    let lines = &without_blocks(lines);
    let begins_item = |line: &&&str| line.trim_start().strip_prefix("- ").is_some_and(|rest| key(rest.trim_start()));
    let goes_on = |line: &&&str| line.starts_with("  ") && key(line.trim_start());
    let (items, others) = (lines.iter().filter(begins_item).count(), lines.iter().filter(goes_on).count());
    // Behind the mark of a document all that is not indented is a key, an item or another mark.
    let is_of_yaml = |line: &&&str| **line == "---" || key(line) || line.starts_with("- ") || line.starts_with("  ");
    let with_keys = lines.iter().filter(|line| key(line) || begins_item(line)).count();
    let opens = |line: &&&str| {
        key(line.trim_start().trim_start_matches("- "))
            && (line.ends_with('|') || line.ends_with('>') || line.ends_with(':'))
    };
    let marks = lines.iter().filter(|line| **line == "---").count();
    let is_marked = lines.first().is_some_and(|first| first.trim_end() == "---")
        && (marks > 2 || items > 1 || lines.iter().any(|line| opens(&line)));
    if is_marked && with_keys > 1 && lines.iter().filter(is_of_yaml).count() * 10 >= lines.len() * 9 {
        return true;
    }
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
    use crate::corpus::testing::{cure_of, error_of, options, read_as, texts};

    #[test]
    fn what_is_no_list_of_lines_is_called_by_its_name() {
        let yaml = "- id: 0\n  text: \"the soup was cold\"\n  stars: 3\n".repeat(4);
        let html = format!("<table>\n{}</table>\n", "  <tr>\n    <td>the soup was cold</td>\n  </tr>\n".repeat(4));
        let fixed = format!("ID    COMMENT\n----- -------------------\n{}", "0     the soup was cold\n".repeat(5));
        let blocks = "- id: 0\n  text: |\n    The soup was cold: very.\n    Nobody came.\n".repeat(4);
        let list = "answers:\n  - The soup was cold.\n  - Nobody came.\n".to_owned();
        let element = format!("<posts>{}</posts>", "<row Id=\"0\" Body=\"The soup was cold.\"/>".repeat(9));
        for (name, text, what) in [
            ("a.yaml", yaml, "is YAML"),
            ("a.txt", blocks, "is YAML"),
            ("a.yml", list, "is YAML"),
            ("a.txt", element, "is XML"),
            ("a.html", html, "a piece of a web page"),
            ("a.txt", fixed, "a fixed width"),
        ] {
            let problem = error_of(name, text.as_bytes(), &options());
            assert!(problem.contains(what) && !problem.contains("format=lines"), "{problem}");
        }
        let lines = "- the soup was cold, again\n- note: nobody came\n- <b>late</b>\n".repeat(3);
        assert_eq!(cure_of("a.txt", lines.as_bytes(), &options()), ["format", "lines"]);
    }

    #[test]
    fn running_text_is_no_list_of_lines() {
        let page = "Page 1\n\nthe soup was cold when it came to our table and nobod\n\
            y came for an hour although we asked twice at the do\nor of the kitchen\n";
        let problem = error_of("a.txt", page.repeat(5).as_bytes(), &options());
        assert!(problem.contains("running text"), "{problem}");
        let lines = "the soup was cold when it came to our table again\nnobody came\nthe bread was old and hard\n";
        assert_eq!(cure_of("a.txt", lines.repeat(5).as_bytes(), &options()), ["format", "lines"]);
    }

    #[test]
    fn a_chat_below_other_lines_is_proposed_as_one() {
        let chat =
            format!("=====\nGuild: Shop\n=====\n\n{}", "[1/3/2025 8:12 AM] kai\nthe soup was cold\n\n".repeat(4));
        assert_eq!(cure_of("a.txt", chat.as_bytes(), &options()), ["format", "chat"]);
    }

    #[test]
    fn records_in_other_formats_come_with_a_command_for_the_file_itself() {
        let of = |row: &str| row.repeat(6);
        for (name, text, what) in [
            ("a.nbib", of("PMID- 3\nTI  - a study\nAB  - the soup was\n      cold\nFAU - Doe, J\n\n"), "(RIS)"),
            ("a.txt", of("product/id: B0\nreview/score: 5.0\nreview/text: the soup was cold\n\n"), "a line of its own"),
            (
                "a b.txt",
                of("A book (Ann)\n- Your Highlight on page 3 | Added on Friday\n\nit was cold\n==========\n"),
                "highlights",
            ),
            ("a.txt", of("__label__bad the soup was cold\n"), "fastText"),
            ("a.tex", format!("\\begin{{itemize}}\n{}\\end{{itemize}}\n", of("\\item the soup was cold\n")), "LaTeX"),
            ("a.toml", of("[[entry]]\nid = 3\ncomment = \"the soup was cold\"\n\n"), "TOML"),
            (
                "a.txt",
                format!(
                    "FN Clarivate\nVR 1.0\n{}EF\n",
                    of("PT J\nAU Lee, A\n   Doe, J\nAB the soup was\n   cold\nER\n\n")
                ),
                "Web of Science",
            ),
            (
                "a.xml",
                format!(
                    "\u{feff}<?xml version=\"1.0\"?>\n<comments>\n{}</comments>",
                    of("<row Text=\"it was cold\"/>\n")
                ),
                "an XML file",
            ),
            ("a.txt", format!("<rows>\n{}</rows>\n", of("<row Text=\"it was cold\"/>\n")), "XML"),
            (
                "a.toml",
                format!("title = \"x\"\n\n{}", of("[[entry]]\nid = 3\ncomment = \"the soup was cold\"\n\n")),
                "TOML",
            ),
            (
                "a.arff",
                format!(
                    "@relation r\n@attribute id numeric\n@attribute 'a comment' string\n@data\n{}",
                    of("1,'it was cold'\n")
                ),
                "Weka",
            ),
            ("a.enw", of("%0 Journal Article\n%A Lee\n%T soup\n%X the soup was cold\n\n"), "EndNote"),
            (
                "a.tex",
                "% c\n\\documentclass{article}\n\\begin{document}\nthe soup was cold\n\nnobody came\n".to_owned(),
                "LaTeX",
            ),
            ("a.html", "<html><p>the soup was cold</p></html>".to_owned(), "a web page"),
            ("a.html", format!("<html><table>{}</table></html>", of("<tr><td>it was cold</td></tr>\n")), "a web page"),
            ("a.txt", format!("[{}]\n", of("'it was cold', ")), "by Python"),
        ] {
            let problem = error_of(name, text.as_bytes(), &options());
            let file = if name.contains(' ') { "'/a b.txt'".to_owned() } else { name.to_owned() };
            let is_ready = problem.contains("python3") && problem.contains(" > ") && !problem.contains("FILE");
            assert!(
                problem.contains(what) && is_ready && problem.contains(file.trim_matches('\'').trim_start_matches('/')),
                "{name}: {problem}"
            );
        }
    }

    #[test]
    fn lists_that_modules_export_are_read() {
        let list = "[\n  {\"id\": 1, \"comment\": \"the soup was cold\"},\n  {\"id\": 2, \"comment\": \"nobody came to us\"}\n];\n";
        for begin in ["export const reviews = ", "export const reviews: Review[] = ", "export default ", "const x = "] {
            let corpus = read_as("a.ts", format!("{begin}{list}").as_bytes(), &options()).unwrap();
            assert_eq!(texts(&corpus), ["the soup was cold", "nobody came to us"], "{begin}");
        }
    }

    #[test]
    fn a_list_that_a_script_names_is_read() {
        let tweet = |said: &str| format!("{{\"tweet\": {{\"full_text\": \"{said}\"}}}}");
        let tweets = [tweet("the soup was cold"), tweet("nobody came to us")].join(",\n ");
        let list = format!("window.YTD.tweets.part0 = [\n {tweets}\n]\n");
        let corpus = read_as("tweets.js", list.as_bytes(), &options()).unwrap();
        assert_eq!(texts(&corpus), ["the soup was cold", "nobody came to us"]);
    }

    #[test]
    fn more_that_is_no_list_of_lines_is_called_by_its_name() {
        let of = |row: &str| row.repeat(8);
        for (name, text, what, way_on) in [
            ("a.ris", of("TY  - JOUR\nAB  - the soup was cold, again\nER  - \n\n"), "(RIS)", "python3"),
            ("a.bib", of("@article{k,\n  title = {the soup was cold},\n  year = {2020}\n}\n\n"), "(BibTeX)", "python3"),
            ("a.ics", format!("BEGIN:VCALENDAR\n{}", of("SUMMARY:the soup was cold\n")), "a calendar", "as CSV"),
            (
                "a.sql",
                format!("-- MySQL dump\n/*!4 SET x */;\nINSERT INTO `a` VALUES {};\n", of("(1,'cold'),")),
                "in SQL",
                "mysql --batch",
            ),
            (
                "a.sql",
                format!("USE [a]\nGO\n{}", of("INSERT [dbo].[a] ([id], [b]) VALUES (1, N'cold')\nGO\n")),
                "in SQL",
                "sqlcmd",
            ),
            (
                "a.yaml",
                format!("---\n{}", of("- id: 3\n  body: >\n    the soup was cold\n    and late\n")),
                "is YAML",
                "yq",
            ),
            ("a.yaml", of("---\nid: 3\nbody: the soup was cold\n"), "is YAML", "yq"),
            ("a.txt", of("data: {\"id\": 3, \"text\": \"the soup was cold\"}\n\n"), "before the JSON", "sed -n"),
            (
                "a.sql",
                format!("INSERT INTO a (id, b) VALUES\n{}", of("(1, 'the soup was cold'),\n")),
                "in SQL",
                "sqlite3",
            ),
            ("a.sql", format!("SET x;\nCOPY public.a (b) FROM stdin;\n-- (\n{}", of("cold\n")), "in SQL", "psql"),
            (
                "a.txt",
                of("commit 655b6c367491931c\nAuthor: A <a@x.example>\n\n    cold soup\n\n    again\n\n"),
                "git prints",
                "git log --pretty",
            ),
            ("a.txt", of("ts=1 level=info text=\"the soup was cold\" page=/a\n"), "logfmt", "a.txt.jsonl"),
            ("a.log", of("2025-03-01T08:00:00 INFO shop {\"text\": \"it was cold\"}\n"), "the log", "sed -n"),
            ("a.txt", of("*** 1. row ***\n  id: 1\ntext: the soup was cold\n"), "a line of its own", "--batch"),
            ("a.txt", of("-[ RECORD 1 ]--\nid   | 1\ntext | the soup was cold\n"), "a line of its own", "--csv"),
            ("a.log", of("2025-03-01 08:00:00,123 ERROR [w-0] shop: it failed for 0: late\n"), "the log", "lines"),
            ("a.log", of("2025-03-01 08:00:00 - shop - INFO - it failed: late\n"), "the log", "lines"),
            ("a.log", of("::1 - - [01/Mar/2025:08:00:00 +0100] \"GET /a HTTP/1.1\" 200 5\n"), "the log", "lines"),
            ("a.txt", of("C0001  2025-03-01  the soup was cold, again    3\n"), "a fixed width", "python3"),
            (
                "a.md",
                format!("# A\n\n| id | b |\n|----|---|\n{}", of("| 1 | the soup was cold |\n")),
                "with strokes",
                "grep",
            ),
            ("a.txt", format!("Liste\n-----\n|Id |B  |\n-----\n{}-----\n", of("|1  |cold|\n")), "with strokes", "grep"),
            ("a.txt", of("1. the soup was cold\n   and nobody came to us\n"), "running text", "one line"),
        ] {
            let problem = error_of(name, text.as_bytes(), &options());
            assert!(problem.contains(what) && problem.contains(way_on), "{name}: {problem}");
        }
        for (header, row) in [
            ("id;text;n\n", "1;  the soup was cold;  3\n"),
            ("time,level,text\n", "2025-03-01 08:00:00,ERROR,it failed\n"),
        ] {
            let read = read_as("a.txt", format!("{header}{}", of(row)).as_bytes(), &options());
            assert_eq!(read.unwrap().documents.len(), 8, "{row}");
        }
        for lines in [
            "RE: it was cold\nAW: nobody came to us\nFwd: it was late again\n",
            "the soup was cold  and late\nnobody  came to us\n",
            "set the table;\nnot the chairs\n",
        ] {
            assert_eq!(cure_of("a.txt", of(lines).as_bytes(), &options()), ["format", "lines"], "{lines}");
        }
    }
}
