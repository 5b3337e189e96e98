//! The report in a browser: what a reader does with it, and that hostile text does nothing. Without a Chromium nothing is tested.

use std::path::{Path, PathBuf};

use crate::common::chromium::{Browser, chromium};
use crate::common::*;
use serde_json::json;

/// What a page might take for markup, a script, an address or a formula.
const HOSTILE: [&str; 20] = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</style><img src=x onerror=alert(3)>",
    "<!--<script>alert(4)",
    "--><svg onload=alert(5)>",
    "<iframe src=\"javascript:alert(6)\"></iframe>",
    "\"><base href=//evil.example/>",
    "' onmouseover='alert(8)",
    "javascript:alert(9)",
    "<a href=\"https://evil.example/\">here</a>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example/\">",
    "<form action=https://evil.example/><button>send",
    "${alert(14)} {{alert(14)}} #{alert(14)}",
    "]]> &lt;b&gt; &#60;script&#62;alert(15)&#60;/script&#62;",
    "=HYPERLINK(\"https://evil.example/\",\"late\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u{202e}dekcik\u{202c} \u{2028} line",
    "\\u003cscript\\u003ealert(19)\\u003c/script\\u003e",
    "<details open ontoggle=alert(20)><summary>x</summary></details>",
];

/// A run over rows, with an entry of a codebook where labels are to be hostile.
fn report(folder: &Path, rows: &[serde_json::Value], more: &[&str]) -> PathBuf {
    let corpus = write_rows(&folder.join("corpus.jsonl"), rows);
    let out = folder.join("run");
    let arguments = ["run", corpus.to_str().unwrap(), "--llm", "none", "--quiet", "--out", out.to_str().unwrap()];
    run(&[&arguments, more].concat(), 0);
    out.join("report.html")
}

/// The small corpus with a column and a date.
fn with_columns(folder: &Path) -> Vec<serde_json::Value> {
    let mut rows = lines(&small_corpus(folder));
    for (number, row) in rows.iter_mut().enumerate() {
        row["team"] = json!(["north", "south"][number / 4 % 2]);
        row["day"] = json!(format!("2026-0{}-11", 1 + number / 4 % 3));
    }
    rows
}

/// Where the map lies in the window: left, top, width, height.
fn map(browser: &mut Browser) -> [f64; 4] {
    browser.value("document.getElementById('map').scrollIntoView({block: 'center'})");
    let of = |part: &str, browser: &mut Browser| {
        browser.value(&format!("document.getElementById('map').getBoundingClientRect().{part}")).as_f64().unwrap()
    };
    ["x", "y", "width", "height"].map(|part| of(part, browser))
}

/// How many documents are chosen, as the page says it.
fn chosen(browser: &mut Browser) -> String {
    browser.text("document.getElementById('chosen').textContent")
}

fn press(browser: &mut Browser, id: &str) {
    browser.value(&format!("document.getElementById('{id}').click()"));
}

fn choose_value(browser: &mut Browser, id: &str, value: &str) {
    let select = format!("document.getElementById('{id}')");
    browser.value(&format!("{select}.value = '{value}'; {select}.dispatchEvent(new Event('change'))"));
}

/// Nothing was complained of, and nothing left the page.
fn is_quiet(browser: &mut Browser) {
    browser.value("1"); // what happened before is noted
    assert_eq!(browser.problems, Vec::<String>::new());
    let left: Vec<_> =
        browser.requests.iter().filter(|url| !url.starts_with("file:") && !url.starts_with("blob:")).collect();
    assert_eq!(left, Vec::<&String>::new(), "requests that leave the page");
}

#[test]
fn documents_are_found_by_words_clusters_columns_and_the_map() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = report(folder.path(), &with_columns(folder.path()), &["-k", "4"]);
    let mut browser = Browser::start(&program, folder.path());
    browser.open(&report, 1300, 900);
    assert_eq!(chosen(&mut browser), "20 of 40 documents");
    press(&mut browser, "more");
    assert_eq!(chosen(&mut browser), "40 documents");

    browser.value("document.getElementById('words').focus()");
    browser.types("BRAKE squeals");
    browser.until("document.getElementById('chosen').textContent === '10 documents'");
    assert_eq!(browser.text("document.getElementById('found').textContent"), "10 documents chosen");
    choose_value(&mut browser, "value-0", "0");
    assert_eq!(chosen(&mut browser), "5 documents", "of one team");
    let table = browser.text("document.getElementById('table').innerText");
    assert!(table.contains("all chosen") && table.contains("5"), "{table}");
    press(&mut browser, "clear");
    assert_eq!(chosen(&mut browser), "20 of 40 documents");
    assert_eq!(browser.value("document.getElementById('clear').hidden"), true);

    browser.value("document.querySelector('#contents button').click()");
    assert_eq!(chosen(&mut browser), "10 documents", "of one cluster");
    assert_eq!(browser.text("document.querySelector('#contents button').getAttribute('aria-pressed')"), "true");
    press(&mut browser, "clear");

    choose_value(&mut browser, "tabled", "1");
    assert_eq!(browser.value("document.querySelectorAll('#time li').length"), 3, "a bar a month");
    is_quiet(&mut browser);
}

#[test]
fn the_map_is_used_by_mouse_and_by_keys() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = report(folder.path(), &with_columns(folder.path()), &["-k", "4"]);
    let mut browser = Browser::start(&program, folder.path());
    browser.open(&report, 1300, 900);
    let [left, top, width, height] = map(&mut browser);

    // Around everything, then around nothing.
    let around = |share: f64| -> Vec<(f64, f64)> {
        let (middle, half) = ((left + width / 2.0, top + height / 2.0), (width * share / 2.0, height * share / 2.0));
        (0..=40)
            .map(|step| f64::from(step) / 40.0 * std::f64::consts::TAU)
            .map(|angle| {
                let (x, y) = (angle.cos() * 1.4, angle.sin() * 1.4);
                (middle.0 + half.0 * x.clamp(-1.0, 1.0), middle.1 + half.1 * y.clamp(-1.0, 1.0))
            })
            .collect()
    };
    browser.drag(&around(0.99));
    browser.until("document.getElementById('found').textContent === '40 documents chosen'");
    press(&mut browser, "clear");
    browser.drag(&around(0.02).into_iter().map(|(x, y)| (x - width * 0.48, y - height * 0.48)).collect::<Vec<_>>());
    browser.until("document.getElementById('found').textContent === '0 documents chosen'");
    assert!(chosen(&mut browser).starts_with("No document is chosen"));
    press(&mut browser, "clear");

    // By keys alone.
    browser.value("document.getElementById('map').focus()");
    browser.key("ArrowRight");
    browser.key("ArrowRight");
    let here = browser.text("document.getElementById('here').textContent");
    assert!(here.contains(": "), "{here}");
    assert_eq!(browser.value("document.getElementById('near').hidden"), false);
    browser.key("Enter");
    browser.until("document.getElementById('chosen').textContent === '1 document'");
    let id = here.split(',').next().unwrap();
    assert_eq!(browser.text("document.querySelector('#list .id').textContent"), id);
    browser.key("Escape");
    assert_eq!(chosen(&mut browser), "20 of 40 documents");
    let rows = browser.value("document.querySelectorAll('#neighbors tbody tr').length");
    assert_eq!(rows, 4, "the map as a table has a row for each cluster");
    for color in ["column 0", "column 1", "depth 0"] {
        choose_value(&mut browser, "colored", color);
    }
    let painted = "(() => { const map = document.getElementById('map'); const all = map.getContext('2d')\
                   .getImageData(0, 0, map.width, map.height).data; return all.some((value) => value > 0); })()";
    browser.until(painted);
    is_quiet(&mut browser);
}

#[test]
fn what_is_chosen_is_downloaded_as_a_guarded_table() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut rows = with_columns(folder.path());
    rows.push(json!({"id": "=1+1", "text": "=HYPERLINK(\"x\") my \"parcel\", not arrived,\nis late", "team": "north", "day": "2026-01-11"}));
    let report = report(folder.path(), &rows, &["-k", "4"]);
    let downloads = tempfile::tempdir().unwrap();
    let mut browser = Browser::start(&program, downloads.path());
    browser.open(&report, 1300, 900);
    browser.value("document.getElementById('words').focus()");
    browser.types("parcel");
    browser.until("document.getElementById('found').textContent === '11 documents chosen'");
    press(&mut browser, "download");
    let file = downloads.path().join("corpus-chosen.csv");
    let began = std::time::Instant::now();
    while !file.exists() {
        assert!(
            began.elapsed().as_secs() < 60,
            "it is not there: {:?}",
            std::fs::read_dir(downloads.path()).unwrap().collect::<Vec<_>>()
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let text = std::fs::read_to_string(&file).unwrap();
    let mut table = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
    let header: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header, ["text", "team", "day", "colligate_id", "colligate_label", "colligate_labels"]);
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 11);
    let guarded = rows.iter().find(|row| &row[3] == "'=1+1").unwrap();
    assert_eq!(&guarded[0], "'=HYPERLINK(\"x\") my \"parcel\", not arrived,\nis late");
    assert_eq!((&guarded[1], &guarded[2]), ("north", "2026-01"));
    is_quiet(&mut browser);
}

#[test]
fn hostile_documents_labels_and_values_stay_text() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut rows = with_columns(folder.path());
    for (number, text) in HOSTILE.iter().enumerate() {
        let team = HOSTILE[number % 3];
        rows.push(json!({"id": format!("{number} {text}"), "text": format!("{text} parcel number {number}"), "team": team, "day": "2026-02-02"}));
    }
    let entry =
        |label: &str, predicate: &str| format!("[[entry]]\nlabel = '''{label}'''\npredicate = '''{predicate}'''\n\n");
    let codebook = [
        entry(HOSTILE[1], "The parcel has not arrived, tracking is stuck."),
        entry(HOSTILE[2], "The brake of the bike squeals and rubs."),
        entry(HOSTILE[9], "A refund for a jacket that was returned."),
        entry(HOSTILE[3], "Thanks to a lovely team for great service."),
    ];
    let file = folder.path().join("hostile.toml");
    std::fs::write(&file, codebook.concat()).unwrap();
    let report = report(folder.path(), &rows, &["--codebook", file.to_str().unwrap()]);
    let mut browser = Browser::start(&program, folder.path());
    for (width, height) in [(1300, 900), (390, 800)] {
        browser.open(&report, width, height);
        assert_eq!(browser.value("document.documentElement.scrollWidth <= innerWidth"), true, "{width}");
        for _ in 0..2 {
            press(&mut browser, "more");
        }
        assert_eq!(chosen(&mut browser), "60 documents");
        let foreign =
            "document.querySelectorAll('img, iframe, object, embed, link, base, a[href]:not([href^=\"#\"])').length";
        assert_eq!(browser.value(foreign), 0);
        assert_eq!(browser.value("document.querySelectorAll('script').length"), 2, "the data and our own");
        assert_eq!(browser.value("document.querySelectorAll('form').length"), 1);
        let list = browser.text("document.getElementById('list').textContent");
        for text in HOSTILE.iter().filter(|text| !text.contains('\u{202e}')) {
            assert!(list.contains(text), "{text}");
        }
        for label in [1, 2, 3, 9] {
            let contents = browser.text("document.getElementById('contents').textContent");
            assert!(contents.contains(HOSTILE[label]), "{contents}");
        }
        map(&mut browser);
        browser.value("document.getElementById('map').focus()");
        for key in ["ArrowRight", "ArrowDown", "ArrowLeft", "Enter"] {
            browser.key(key);
        }
        press(&mut browser, "clear");
        choose_value(&mut browser, "tabled", "0");
        for value in ["0", "1", "2"] {
            choose_value(&mut browser, "value-0", value);
        }
        is_quiet(&mut browser);
    }
}

#[test]
fn without_texts_documents_are_found_by_their_ids_and_there_is_no_map() {
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = report(folder.path(), &with_columns(folder.path()), &["-k", "4", "--no-texts"]);
    let mut browser = Browser::start(&program, folder.path());
    browser.open(&report, 1300, 900);
    assert!(
        browser
            .text("document.getElementById('explore').textContent")
            .contains("no map, because the run kept no texts")
    );
    assert_eq!(browser.value("document.getElementById('map')"), serde_json::Value::Null);
    browser.value("document.getElementById('words').focus()");
    browser.types("b7");
    browser.until("document.getElementById('chosen').textContent === '1 document'");
    is_quiet(&mut browser);
}
