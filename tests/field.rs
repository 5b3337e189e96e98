//! Files as people have them: each case is one that a user met, written here, and the right outcome.

use std::path::{Path, PathBuf};

use crate::common::mocked::Mocked;
use crate::common::*;
use serde_json::{Value, json};

/// What people say of a restaurant.
const SAID: [&str; 16] = [
    "The soup was cold when it reached our table",
    "Waited forty minutes for a sandwich",
    "Coffee tasted burnt again",
    "Staff at the counter were very friendly",
    "The waiter forgot our drinks twice",
    "Lovely cake, the almond one especially",
    "Prices went up and portions went down",
    "Too expensive for a small salad",
    "The toilets were dirty on Sunday",
    "Tables sticky, nobody wiped them",
    "Music so loud we could not talk",
    "Please turn the music down at lunch",
    "Card reader did not work, cash only",
    "They refused my contactless card",
    "No seats free although we had booked",
    "Our booking was lost by the front desk",
];

/// A finished run.
struct Read {
    out: PathBuf,
    said: String,
    printed: String,
    _folder: tempfile::TempDir,
}

impl Read {
    fn count(&self, status: &str) -> u64 {
        manifest(&self.out)["documents"][status].as_u64().unwrap()
    }

    fn documents(&self) -> Vec<Value> {
        lines(&self.out.join("documents.jsonl"))
    }

    fn texts(&self) -> Vec<String> {
        self.documents().iter().map(|document| document["text"].as_str().unwrap().to_owned()).collect()
    }
}

fn arguments<'a>(file: &'a str, out: &'a str, flags: &[&'a str]) -> Vec<&'a str> {
    let k: &[&str] = if flags.contains(&"-k") { &[] } else { &["-k", "1"] };
    [&["run", file, "--goal", "x", "--embedder", "static", "--out", out], k, flags].concat()
}

/// Runs a file to a complete run.
fn read(name: &str, bytes: &[u8], flags: &[&str]) -> Read {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join(name), folder.path().join("run"));
    std::fs::write(&file, bytes).unwrap();
    let output = run(&arguments(file.to_str().unwrap(), out.to_str().unwrap(), flags), 0);
    check_invariants(&out);
    Read { out, said: stderr(&output), printed: stdout(&output), _folder: folder }
}

/// What is said of a file that is refused as it is; nothing is left behind.
fn refused(name: &str, bytes: &[u8], flags: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join(name), folder.path().join("run"));
    std::fs::write(&file, bytes).unwrap();
    let output = run(&arguments(file.to_str().unwrap(), out.to_str().unwrap(), flags), 2);
    assert!(!out.exists());
    stderr(&output)
}

/// A table of the texts: each row is made of its number and text.
fn table(header: &str, row: impl Fn(usize, &str) -> String) -> String {
    let rows: Vec<String> = SAID.iter().enumerate().map(|(number, text)| row(number, text)).collect();
    format!("{header}\n{}\n", rows.join("\n"))
}

fn json_rows(name: &str) -> Vec<Value> {
    SAID.iter().enumerate().map(|(number, text)| json!({"n": number, name: text})).collect()
}

#[test]
fn case_01_three_header_rows_of_a_survey_tool_are_skipped_and_said_once() {
    let row = |n: usize, text: &str| {
        format!("2025-03-{:02} 10:00:00,R_{n:03},{},\"{}\"", n + 1, n % 5, if n == 5 { "" } else { text })
    };
    let header = "StartDate,ResponseId,Q1,Q3\nStart Date,Response ID,How often?,What should we improve about the cafe?\n\
        \"{\"\"ImportId\"\":\"\"startDate\"\"}\",\"{\"\"ImportId\"\":\"\"_recordId\"\"}\",\"{\"\"ImportId\"\":\"\"QID1\"\"}\",\"{\"\"ImportId\"\":\"\"QID3_TEXT\"\"}\"";
    let read = read("survey.csv", table(header, row).as_bytes(), &[]);
    assert_eq!((read.count("assigned"), read.count("skipped")), (15, 3));
    assert_eq!(read.said.matches("import ids").count(), 1, "{}", read.said);
    assert!(
        read.said.contains("the text is the field \"Q3\"") && read.said.contains("1 row skipped: the text is empty")
    );
}

#[test]
fn cases_02_and_04_columns_without_a_name_or_with_the_same_get_names_of_their_own() {
    let blank = table("id,text,,", |n, text| format!("{n},\"{text}\",,"));
    assert!(read("a.csv", blank.as_bytes(), &[]).said.contains("\"column 3\", \"column 4\""));
    let twice = table("Comment,Score,text,Comment,Score", |n, text| format!("a{n},1,{text},b,2"));
    let read = read("b.csv", twice.as_bytes(), &[]);
    assert_eq!(read.count("assigned"), 16, "unquoted commas belong to the text");
    assert_eq!(read.documents()[5]["Comment (2)"], "b");
    assert_eq!(read.texts()[5], SAID[5]);
    assert!(refused("c.csv", b"text,id,text\na,1,b\n", &[]).contains("columns 1 and 3 are both called \"text\""));
}

#[test]
fn case_05_utf_16_is_read_with_and_without_byte_order_mark() {
    let text = table("id\ttext", |n, text| format!("{n}\t{text} für 5 €"));
    for mark in ["\u{FEFF}", ""] {
        for bytes_of in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(bytes_of).collect();
            assert_eq!(read("export.txt", &bytes, &[]).texts()[1], format!("{} für 5 €", SAID[1]));
        }
    }
}

#[test]
fn cases_10_and_11_a_json_list_and_an_object_that_holds_one_are_read() {
    let list = serde_json::to_string_pretty(&json_rows("text")).unwrap();
    assert_eq!(read("day.json", list.as_bytes(), &[]).count("assigned"), 16);
    let object = json!({"guild": {"id": 1, "name": "x"}, "messages": json_rows("content")});
    for text in [object.to_string(), serde_json::to_string_pretty(&object).unwrap()] {
        let read = read("chat.json", text.as_bytes(), &[]);
        assert_eq!(read.texts(), SAID);
        assert!(
            read.said.contains("the list /messages") && read.said.contains("the field \"content\""),
            "{}",
            read.said
        );
    }
    let several = json!({"users": [{"name": "x"}], "messages": json_rows("content")}).to_string();
    let said = refused("chat.json", several.as_bytes(), &[]);
    assert!(said.contains("/users (1 values)") && said.trim_end().ends_with("--records /messages"), "{said}");
    assert_eq!(read("chat.json", several.as_bytes(), &["--records", "/messages"]).count("assigned"), 16);
}

#[test]
fn cases_13_and_14_nan_and_half_an_emoji_lose_no_document() {
    let rows = "{\"id\":0,\"score\":NaN,\"text\":\"one\"}\n{\"id\":1,\"score\":-Infinity,\"text\":\"two\"}\n\
        {\"id\":2,\"text\":\"Great cake \\ud83d\"}\n{\"id\":3,\"text\":\"Loved it \\ud83d\\ude00\"}\n";
    let read = read("a.jsonl", rows.as_bytes(), &[]);
    assert_eq!(read.texts(), ["one", "two", "Great cake \u{FFFD}", "Loved it 😀"]);
    let flags: Vec<Value> =
        lines(&read.out.join("assignments.jsonl")).iter().map(|line| line["flags"].clone()).collect();
    assert_eq!(flags, [json!(["mended"]), json!(["mended"]), json!(["mended"]), json!([])]);
    assert!(read.said.contains("in 2 rows, NaN") && read.said.contains("in 1 row, half a character"), "{}", read.said);
}

#[test]
fn case_16_compressed_files_are_read_and_what_is_not_read_is_called_by_its_name() {
    use std::io::Write;
    let rows: String = json_rows("text").iter().map(|row| format!("{row}\n")).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(rows.as_bytes()).unwrap();
    assert_eq!(read("a.jsonl.gz", &gzip.finish().unwrap(), &[]).count("assigned"), 16);
    let zstd = ruzstd::encoding::compress_to_vec(rows.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    assert_eq!(read("a.jsonl.zst", &zstd, &[]).count("assigned"), 16);
    for (name, bytes, what) in [
        ("a.parquet", &b"PAR1PAR1"[..], "is a Parquet file"),
        ("a.csv", b"%PDF-1.7\n\xC3", "is a PDF"),
        ("a", b"SQLite format 3\0\0", "is an SQLite database"),
        ("a.jsonl", b"\x89PNG\r\n\x1a\n", "is an image"),
    ] {
        let said = refused(name, bytes, &[]);
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn case_17_plain_lines_and_a_table_without_a_header_are_said_how_to_read() {
    let plain = SAID.join("\n");
    for name in ["a.txt", "a.csv"] {
        assert!(refused(name, plain.as_bytes(), &[]).trim_end().ends_with("--format lines"), "{name}");
    }
    assert_eq!(read("a.txt", plain.as_bytes(), &["--format", "lines"]).texts(), SAID);
    let rows: Vec<String> = SAID.iter().enumerate().map(|(n, text)| format!("{n},\"{text}\"")).collect();
    let said = refused("a.csv", rows.join("\n").as_bytes(), &[]);
    assert!(said.trim_end().ends_with("--no-header") && !said.contains("--text-field"), "{said}");
    assert_eq!(read("a.csv", rows.join("\n").as_bytes(), &["--no-header"]).texts(), SAID);
}

#[test]
fn case_19_cells_over_several_lines_are_read_and_one_stray_quote_hides_nothing() {
    let cells = table("id,text,mood", |n, text| {
        format!("{n},\"{text}\n\nSecond line, with a comma and a \"\"quote\"\"\n\",neg")
    });
    let multi = read("a.csv", cells.as_bytes(), &["--keep-boilerplate"]);
    assert_eq!(multi.texts()[0], format!("{}\n\nSecond line, with a comma and a \"quote\"\n", SAID[0]));
    let stray =
        table("id,text", |n, text| if n == 4 { format!("{n},\"He said 5 inch") } else { format!("{n},{text}") });
    for flags in [&[][..], &["--on-error", "skip"]] {
        let read = read("b.csv", stray.as_bytes(), flags);
        let counted: u64 = ["assigned", "uncovered", "skipped", "failed"].iter().map(|status| read.count(status)).sum();
        assert_eq!(counted, 16);
        assert_eq!(read.texts()[15], SAID[15]);
        assert!(read.said.contains("b.csv:6"), "{}", read.said);
    }
}

#[test]
fn case_20_a_hint_for_a_header_over_two_lines_works_when_pasted() {
    let rows = table("Zeit,\"What should we\nimprove?\",Ja?", |n, text| format!("{n}.01.2025,\"{text}\",Ja"));
    assert_eq!(read("a.csv", rows.as_bytes(), &[]).texts(), SAID);
    let said = refused("a.csv", rows.as_bytes(), &["--text-field", "nope"]);
    assert!(said.trim_end().ends_with("--text-field 'column 2'") && said.contains("The soup was cold"), "{said}");
    assert_eq!(read("a.csv", rows.as_bytes(), &["--text-field", "column 2"]).texts(), SAID);
    assert_eq!(read("a.csv", rows.as_bytes(), &["--text-field", "What should we improve?"]).texts(), SAID);
}

#[test]
fn case_22_rows_with_differing_fields_are_read() {
    let rows = "{\"id\":0,\"text\":\"one\"}\n{\"id\":1,\"text\":\"two\",\"meta\":{\"a\":[1,2]}}\n";
    assert_eq!(read("a.jsonl", rows.as_bytes(), &[]).documents()[1]["/meta/a"], json!([1, 2]));
}

#[test]
fn case_40_chats_are_one_text_each_with_the_roles_at_the_heads_of_lines() {
    let chat = |n: usize, text: &str| {
        let turns = json!([
            {"role": "user", "content": text},
            {"role": "assistant", "content": "Thank you, let me check that for you."}
        ]);
        json!({"chat_id": format!("c{n}"), "messages": turns}).to_string()
    };
    let rows: Vec<String> = SAID.iter().enumerate().map(|(n, text)| chat(n, text)).collect();
    let all = read("a.jsonl", rows.join("\n").as_bytes(), &["--keep-boilerplate"]);
    assert_eq!(all.texts()[0], format!("user: {}\nassistant: Thank you, let me check that for you.", SAID[0]));
    assert!(
        lines(&all.out.join("assignments.jsonl")).iter().all(|line| line["flags"] == json!([])),
        "none is suspicious"
    );
    assert_eq!(read("a.jsonl", rows.join("\n").as_bytes(), &["--turns", "user"]).texts(), SAID);
}

#[test]
fn titles_separator_lines_old_line_ends_and_empty_cells_are_read() {
    let titled = format!(
        "Feedback, exported on 2024-05-01\n\n{}",
        table("no;Comment;shop", |n, text| format!("{n};{text};north"))
    );
    let titles = read("a.csv", titled.as_bytes(), &[]);
    assert_eq!((titles.texts().as_slice(), titles.count("skipped")), (&SAID.map(str::to_owned)[..], 1));
    let told = format!("sep=;\r\n{}", table("no;text", |n, text| format!("{n};{text}")));
    assert_eq!(read("a.csv", told.as_bytes(), &[]).texts(), SAID);
    let mac = table("no;text", |n, text| format!("{n};{text}")).replace('\n', "\r");
    assert_eq!(read("a.csv", mac.as_bytes(), &[]).texts(), SAID);
    let empty = table("no;text", |n, text| format!("{n};{}", if n % 4 == 0 { "" } else { text }));
    let empty = read("a.csv", empty.as_bytes(), &[]);
    assert_eq!((empty.count("skipped"), empty.count("assigned")), (4, 12));
    assert!(empty.said.contains("4 rows skipped: the text is empty"), "{}", empty.said);
}

#[test]
fn several_files_and_patterns_are_one_corpus_whose_documents_say_which_file_they_are_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("b.csv"), "id,text\n1,the soup was cold\n2,the bread was old\n").unwrap();
    std::fs::write(file("a.jsonl"), "{\"id\":1,\"text\":\"nobody came\"}\n").unwrap();
    let go = |named: &[&Path], out: &Path| {
        let mut words: Vec<&str> = vec!["run"];
        words.extend(named.iter().map(|path| path.to_str().unwrap()));
        words.extend(["--goal", "x", "-k", "1", "--embedder", "static", "--out", out.to_str().unwrap()]);
        run(&words, 0);
        check_invariants(out);
        lines(&out.join("documents.jsonl"))
    };
    let documents = go(&[&file("a.jsonl"), &file("*.csv")], &file("one"));
    let ids: Vec<&str> = documents.iter().map(|document| document["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1", &format!("{}:1", file("b.csv").display()), "2"]);
    assert_eq!(documents[2]["file"], json!(file("b.csv")));
}

#[test]
fn columns_that_are_called_like_ours_are_renamed_and_the_run_can_be_reported() {
    let rows = table("id,text,label,body", |n, text| format!("{n},short {n},x,\"{text}\""));
    let read = read("a.csv", rows.as_bytes(), &["--text-field", "body", "--id-field", "label", "--on-error", "skip"]);
    let document = &read.documents()[0];
    assert_eq!((&document["id"], &document["text"]), (&json!("x"), &json!(SAID[0])));
    assert_eq!((&document["id (2)"], &document["text (2)"]), (&json!("0"), &json!("short 0")));
    run(&["report", read.out.to_str().unwrap(), "--format", "csv"], 0);
}

#[test]
fn columns_shows_what_is_recognised_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    let rows = table("no;Comment;shop", |n, text| format!("{n};{};\u{1b}[2Jnorth", if n < 2 { "" } else { text }));
    std::fs::write(&file, rows).unwrap();
    let text = stdout(&run(&["columns", file.to_str().unwrap()], 0));
    assert_eq!(stdout(&run(&["run", file.to_str().unwrap(), "--dry-run"], 0)), text);
    for shown in [
        "values separated by \";\"",
        "Comment (by its name)",
        "16, 14 of them documents",
        "2 skipped: empty text",
        "languages",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains("set apart"));
    let mails = table("no;Comment", |n, text| match n {
        0 => "0;n/a".to_owned(),
        n => format!("{n};\"<p>{text}</p>\n--\nKim Example\nThis mail is for its addressee only.\""),
    });
    std::fs::write(&file, mails).unwrap();
    let said = |flags: &[&str]| stdout(&run(&[&["columns", file.to_str().unwrap()], flags].concat(), 0));
    for shown in ["set apart   markup: 15 of the", "signatures: 15 of", "no content: 1 of the documents"] {
        assert!(said(&[]).contains(shown), "{shown}: {}", said(&[]));
    }
    let kept = said(&["--keep-boilerplate", "--keep-fillers"]);
    assert!(kept.contains("markup: 15") && !kept.contains("signatures") && !kept.contains("no content"), "{kept}");
    std::fs::write(&file, table("no;Comment;shop", |n, text| format!("{n};{text};north"))).unwrap();
    let bad = file.with_file_name("bad.jsonl");
    std::fs::write(&bad, "{\"text\": \"it was cold\"}\n{\"text\": 7}\n{\"text\": \"it was late\"}\n").unwrap();
    assert!(stdout(&run(&["columns", bad.to_str().unwrap()], 2)).contains("--on-error skip"));
    let skipping = stdout(&run(&["columns", bad.to_str().unwrap(), "--on-error", "skip"], 0));
    assert!(!skipping.contains("a run stops"), "{skipping}");
    let json = stdout(&run(&["columns", file.to_str().unwrap(), "--json"], 0));
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["columns"][0]["example"], "0");
}

#[test]
fn columns_counts_all_rows_and_whatever_fills_a_field_and_shows_a_long_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jsonl");
    let row = |n: usize| {
        let text = if n < 5 { "passt" } else { SAID[n % 16] };
        json!({"n": n, "comment": text, "tags": if n.is_multiple_of(2) { json!(["a"]) } else { json!([]) }, "by": {"vip": n.is_multiple_of(3)}})
    };
    let mut rows: Vec<Value> = (0..300).map(row).collect();
    rows.push(json!({"n": null, "comment": "the soup was cold", "late": 1}));
    write_rows(&file, &rows);
    let json = stdout(&run(&["columns", file.to_str().unwrap(), "--json"], 0));
    let columns = serde_json::from_str::<Value>(&json).unwrap()["columns"].clone();
    let filled = |name: &str| {
        let column = columns.as_array().unwrap().iter().find(|column| column["name"] == name).unwrap();
        (column["filled"].as_u64().unwrap(), column["example"].as_str().unwrap().to_owned())
    };
    assert_eq!(filled("n"), (300, "0".to_owned()));
    assert_eq!((filled("tags").0, filled("/by/vip").0, filled("late").0), (150, 300, 1));
    let (count, example) = filled("comment");
    assert!(count == 301 && SAID.contains(&example.as_str()), "{example}");
    std::fs::write(&file, table("Ticket,Comment", |n, text| format!("T-{n},{text}"))).unwrap();
    let text = stdout(&run(&["columns", file.to_str().unwrap(), "--format", "csv"], 0));
    assert!(text.contains("ids are the field \"Ticket\" (--id-field takes another)"), "{text}");
}

#[test]
fn columns_says_what_a_run_says_and_ends_like_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, table("good,bad", |n, text| format!("\"{text} {n}\",\"{text} again\""))).unwrap();
    let text = stdout(&run(&["columns", file.to_str().unwrap()], 2));
    assert!(text.contains("text        not found\n"), "{text}");
    // Each may be the answers to a question of its own: a command for each, on a line of its own.
    let commands = text.lines().filter(|line| line.trim().starts_with("colligate run ")).collect::<Vec<_>>();
    assert!(matches!(commands[..], [good, bad] if good.contains("good --out") && bad.contains("bad --out")), "{text}");
    assert!(!text.contains("skipped") && !text.contains("languages") && !text.contains("example)"), "{text}");
    std::fs::write(&file, table("key,text", |n, text| format!("{},\"{text}\"", n / 2))).unwrap();
    let text = stdout(&run(&["columns", file.to_str().unwrap(), "--id-field", "key"], 2));
    assert!(text.contains("a run stops ") && text.contains("leave --id-field out"), "{text}");
    std::fs::write(&file, "id,text\n1,\n2, \n3,\n").unwrap();
    let text = stdout(&run(&["columns", file.to_str().unwrap()], 2));
    assert!(text.contains("a run stops ") && text.contains("none of its 3 rows is a document"), "{text}");
    std::fs::write(&file, table("key,text", |n, text| format!("{},\"{text}\"", n / 2))).unwrap();
    let pattern = folder.path().join("*.csv");
    std::fs::write(folder.path().join("b.csv"), table("text,n", |n, text| format!("\"{text}\",{n}"))).unwrap();
    let text = stdout(&run(&["columns", pattern.to_str().unwrap()], 0));
    assert_eq!(text.matches("16, 16 of them documents").count(), 2, "{text}");
}

#[test]
fn rows_of_several_kinds_and_parts_of_one_text_are_told_with_a_flag_that_works_when_it_is_pasted() {
    let kind = |n: usize| if n.is_multiple_of(2) { "customer" } else { "note" };
    let threads = table("No,Thread type,Body", |n, text| format!("{n},{},\"{text}\"", kind(n)));
    let all = read("a.csv", threads.as_bytes(), &[]);
    assert!(all.said.contains("--only 'Thread type=customer' takes those of one kind"), "{}", all.said);
    let some = read("a.csv", threads.as_bytes(), &["--only", "Thread type=customer"]);
    assert_eq!((some.count("assigned"), some.count("skipped")), (8, 8));
    assert!(!some.said.contains("several kinds"), "{}", some.said);
    let lines = table("Complaint,Line,Long text", |n, text| format!("{},{},\"{text}\"", 700 + n / 2, n % 2 + 1));
    let all = read("a.csv", lines.as_bytes(), &[]);
    assert!(all.said.contains("--join Complaint makes one document of them"), "{}", all.said);
    let joined = read("a.csv", lines.as_bytes(), &["--join", "Complaint"]);
    assert_eq!((joined.count("assigned"), joined.documents()[1]["id"].as_str()), (8, Some("701")));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, lines).unwrap();
    let shown = stdout(&run(&["columns", file.to_str().unwrap()], 0));
    assert!(shown.contains("--join Complaint"), "{shown}");
}

#[test]
fn what_stands_around_the_rows_of_a_table_is_no_document() {
    let rows = table("No,Feedback,Score", |n, text| format!("{n},\"{text}\",{}", n % 5));
    let (first, second) = rows.split_at(rows.find("\n8,").unwrap() + 1);
    let end = "Total,16 comments,2.1\n\nNote: exported by Kim\n(16 rows)\n";
    let read = read("a.csv", format!("{first}No,Feedback,Score\n{second}\n{end}").as_bytes(), &[]);
    assert_eq!((read.count("assigned"), read.count("skipped")), (16, 4));
    for said in ["repeated header (first: ", "a total at the end", "2 rows skipped: a note below the table (first: "] {
        assert!(read.said.contains(said), "{said}: {}", read.said);
    }
}

#[test]
fn a_skipped_row_keeps_its_columns_in_the_table() {
    let read = read(
        "a.csv",
        table("text,stars", |n, text| match n {
            3 => ",1".to_owned(),
            n => format!("\"{text}\",{n}"),
        })
        .as_bytes(),
        &[],
    );
    let sheet = std::fs::read_to_string(read.out.join("assignments.csv")).unwrap();
    assert!(sheet.contains("\r\n,1,5,skipped,"), "{sheet}");
    let skipped = &lines(&read.out.join("assignments.jsonl"))[3];
    assert_eq!((&skipped["status"], &skipped["fields"]["stars"]), (&json!("skipped"), &json!("1")));
}

/// Runs rows with other texts to a complete run without the flags that other cases use.
fn grouped(rows: &[String], flags: &[&str]) -> Read {
    let lines: Vec<String> =
        rows.iter().enumerate().map(|(n, text)| json!({"id": n, "text": text}).to_string()).collect();
    read("a.jsonl", lines.join("\n").as_bytes(), flags)
}

#[test]
fn cases_08_and_29_what_the_embedder_does_not_know_is_flagged_and_never_sure() {
    let japanese = ["保育園が足りない。", "待機児童を減らして。", "バスの本数が少ない。", "駅前の道が狭い。"];
    for said in [japanese, ["👍", "❤️", "😡", "⭐⭐⭐"]] {
        let rows: Vec<String> =
            SAID.iter().take(8).map(|&said| said.to_owned()).chain(said.map(str::to_owned)).collect();
        let read = grouped(&rows, &[]);
        for line in &lines(&read.out.join("assignments.jsonl"))[8..] {
            assert_eq!(line["flags"], json!(["unreadable"]));
            assert!(line["clusters"].as_array().unwrap().iter().all(|held| held["confidence"] == 0.0), "{line}");
        }
        let printed = &read.printed;
        assert!(printed.contains("4 documents are written in signs") && printed.contains("--embedder"), "{printed}");
    }
}

#[test]
fn case_28_answers_without_content_are_set_apart_and_counted() {
    let fillers = ["Don't know", "n/a", "-", "none", "keine Angabe", "ne sais pas", "nada"].map(str::to_owned);
    let rows: Vec<String> = SAID.iter().map(|&said| said.to_owned()).chain(fillers).collect();
    let apart = grouped(&rows, &[]);
    assert_eq!((apart.count("assigned"), apart.count("uncovered")), (16, 7));
    let assignments = lines(&apart.out.join("assignments.jsonl"));
    assert!(assignments[16..].iter().all(|line| line["reason"] == "no content"));
    for (file, row) in [
        ("report.md", "|  | *no content* | 7 | 30% |"),
        ("report.html", "<a href=\"#missing\">no content</a>"),
        ("assignments.csv", ",no content,"),
    ] {
        let text = std::fs::read_to_string(apart.out.join(file)).unwrap();
        assert!(text.contains(row), "{file}");
    }
    assert!(
        apart.printed.contains("no content\n") && apart.printed.contains("+ 7 with no content +"),
        "{}",
        apart.printed
    );
    assert_eq!(grouped(&rows, &["--keep-fillers"]).count("assigned"), 23);
}

/// Thirty answers of four themes.
fn four_themes() -> Vec<String> {
    let parking = ["near the office", "in front of gate two", "behind the canteen", "for visitors", "for bicycles"];
    let canteen = ["soup", "pasta", "salad", "pizza", "curry"];
    let heating = ["in winter", "on Mondays", "in the meeting room", "at my desk", "every morning"];
    let laptop = ["starts", "updates", "opens a file", "joins a call", "prints"];
    let mut answers = Vec::new();
    for place in parking {
        answers.push(format!("There is not enough parking {place}"));
    }
    for dish in canteen {
        answers.push(format!("The {dish} in the canteen is bland and expensive"));
    }
    for when in heating {
        answers.push(format!("The heating is broken and it is freezing {when}"));
    }
    for does in laptop {
        answers.push(format!("My old laptop takes ten minutes until it {does}"));
    }
    let again: Vec<String> = answers.iter().step_by(2).map(|answer| format!("{answer}, again and again")).collect();
    [answers, again].concat()
}

#[test]
fn case_28_sixty_empty_answers_leave_the_themes_of_the_other_thirty_as_they_are() {
    let empty = ["Don't know", "-", "n/a", "No comment", "none", "."];
    let answers = four_themes();
    let with: Vec<String> = answers.iter().cloned().chain((0..60).map(|n| empty[n % 6].to_owned())).collect();
    let folder = tempfile::tempdir().unwrap();
    let grouped = |rows: &[String], name: &str| {
        let rows: Vec<Value> = rows.iter().enumerate().map(|(n, text)| json!({"id": n, "text": text})).collect();
        let (file, out) = (folder.path().join(format!("{name}.jsonl")), folder.path().join(name));
        write_rows(&file, &rows);
        let output = run(&["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()], 0);
        let groups: Vec<Value> =
            lines(&out.join("assignments.jsonl")).iter().map(|line| line["primary"].clone()).collect();
        (groups, lines(&out.join("clusters.jsonl")), stdout(&output))
    };
    let (alone, clusters, _) = grouped(&answers, "alone");
    let (among, clusters_among, printed) = grouped(&with, "among");
    let shares: f64 = clusters_among.iter().map(|cluster| cluster["share"]["estimate"].as_f64().unwrap()).sum();
    assert!((shares - 30.0 / 90.0).abs() < 0.01, "shares are of all documents: {shares}");
    assert_eq!((clusters.len(), clusters_among.len()), (4, 4), "{printed}");
    assert_eq!(among[..30], alone);
    assert!(among[30..].iter().all(Value::is_null));
    assert!(printed.contains("67%  (60)  ██████████  no content"), "{printed}");
}

#[test]
fn case_37_markup_is_stripped_and_said() {
    let rows: Vec<String> = SAID
        .iter()
        .map(|said| format!("<div dir=\"auto\"><p>{said}<br>&nbsp;</p><b>Kind&nbsp;regards</b></div>"))
        .collect();
    let read = grouped(&rows, &["--keep-boilerplate"]);
    assert_eq!(read.texts()[0], format!("{}\nKind regards", SAID[0]));
    assert!(read.said.contains("markup was stripped from 16 texts"), "{}", read.said);
}

#[test]
fn case_38_signatures_and_disclaimers_are_set_apart_and_a_flag_keeps_them() {
    let foot = "This e-mail and any attachments are confidential and intended solely for the addressee.";
    let rows: Vec<String> =
        SAID.iter().map(|said| format!("{said}\n\n{foot}\n--\nKim Example\nExample Ltd\n")).collect();
    let read = grouped(&rows, &[]);
    assert_eq!(read.texts(), SAID);
    assert!(read.said.contains("signatures in 16 texts, what repeats across documents in 16 texts"), "{}", read.said);
    assert_eq!(grouped(&rows, &["--keep-boilerplate"]).texts(), rows);
}

/// Forty people, of whom seven complain of the same.
fn forty(complaint: impl Fn(usize) -> String, row: impl Fn(usize, &str) -> String) -> Vec<String> {
    (0..40)
        .map(|n| match n % 6 {
            0 => row(n, &complaint(n)),
            other => row(n, &format!("{} in shop {n}.", SAID[other])),
        })
        .collect()
}

#[test]
fn a_frequent_complaint_is_no_boilerplate() {
    let complaint = |_| "I have been on hold for an hour and then the line was cut off.".to_owned();
    let numbered = |n: usize| format!("I have been on hold for {} minutes and then the line was cut off.", n + 50);
    let names = ["Anna", "Ben", "Clara", "David"];
    let mail = |n: usize, said: &str| format!("Hello,\n{said}\n\nKind regards,\n{}", names[n % 4]);
    for rows in [
        forty(complaint, |n, said| format!("{said} Please call me {}.", names[n % 4])),
        forty(numbered, |n, said| format!("{said} Please call me {}.", names[n % 4])),
        forty(complaint, |n, said| format!("{said}\nPlease call me {}.", names[n % 4])),
        forty(complaint, |n, said| format!("I am {} and angry.\n{said}", names[n % 4])),
        forty(numbered, |_, said| said.to_owned()),
    ] {
        let read = grouped(&rows, &[]);
        assert_eq!(read.texts(), rows);
        assert!(!read.said.contains("repeats"), "{}", read.said);
    }
    let unsubscribe = |_| "Nobody tells you how to unsubscribe from the newsletter, however often one asks.".to_owned();
    let rows = forty(unsubscribe, |n, said| format!("{said} Please call me {}.", names[n % 4]));
    assert_eq!(grouped(&rows, &[]).texts(), rows);
    for complaint in [&complaint as &dyn Fn(usize) -> String, &numbered] {
        let said = forty(complaint, |_, said| said.to_owned());
        assert_eq!(grouped(&forty(complaint, mail), &[]).texts(), said);
    }
}

#[test]
fn a_complaint_stays_where_its_mail_has_a_footer_that_goes() {
    let complaint = |_| "I have been on hold for an hour and then the line was cut off.".to_owned();
    let foot = "You receive this mail because you are a customer of Example Ltd, 1 Example Street.";
    let mail = |n: usize, said: &str| {
        // Beside several kinds of what is said: what always stands with one of them could be part of it.
        let foot = if n.is_multiple_of(4) { foot } else { "" };
        format!("Hello,\n{said}\n\nKind regards,\nAnna\n\n{foot}")
    };
    let read = grouped(&forty(complaint, mail), &[]);
    assert_eq!(read.texts(), forty(complaint, |_, said| said.to_owned()));
}

#[test]
fn what_a_mail_quotes_without_marks_is_not_what_its_writer_says() {
    let introduced = |n: usize| match n % 5 {
        0 => "Am 3. März 2025 um 09:12 schrieb Kundenservice <s@shop.example>:\n",
        1 => "Op ma 3 mrt 2025 om 09:12 schreef Klantenservice <s@shop.example>:\n",
        2 => "2025年3月3日(月) 9:12 サポート <s@shop.example>:\n",
        3 => "差出人: サポート <s@shop.example>\n送信日時: 2025年3月3日 9:10\n宛先: A\n件名: お問い合わせ\n",
        _ => "пн, 3 мар. 2025 г. в 09:12, Поддержка <s@shop.example>:\n",
    };
    let mail = |(n, said): (usize, &&str)| {
        let introduced = introduced(n);
        format!("Hallo,\n{said}.\n\nViele Grüße\nEva\n\n{introduced}\nYour lift number {n} will be repaired.")
    };
    let read = grouped(&SAID.iter().enumerate().map(mail).collect::<Vec<_>>(), &[]);
    assert_eq!(read.texts(), SAID.map(|said| format!("{said}.")));
}

#[test]
fn json_in_a_cell_is_looked_into() {
    let row = |n: usize, text: &str| {
        let cell = json!({"comment": text, "stars": 4, "meta": {"os": "iOS"}}).to_string();
        format!("{n},\"{}\"", cell.replace('"', "\"\""))
    };
    let rows = table("id,payload", row);
    for flags in [&[][..], &["--text-field", "payload/comment"], &["--text-field", "/payload/comment"]] {
        let read = read("a.csv", rows.as_bytes(), flags);
        assert_eq!(read.texts(), SAID);
        assert_eq!(read.documents()[0]["/payload/meta/os"], "iOS");
    }
}

#[test]
fn what_repeats_is_named_wherever_the_run_is_told_of() {
    let foot = "This e-mail and any attachments are confidential and intended solely for the addressee.";
    let rows: Vec<String> = SAID.iter().map(|said| format!("{said}\n\n{foot}")).collect();
    let begins = "This e-mail and any attachments are confidential and intende…";
    let read = grouped(&rows, &[]);
    let said = format!("what repeats across documents in 16 texts (\"{begins}\" in 16)");
    assert!(read.said.contains(&said), "{}", read.said);
    let piece = json!({"what": "what repeats across documents", "documents": 16,
        "pieces": [{"begins": begins, "documents": 16}]});
    assert_eq!(manifest(&read.out)["corpus"]["set_apart"], json!([piece]));
    let markdown = stdout(&run(&["report", read.out.to_str().unwrap(), "--format", "md"], 0));
    assert!(markdown.contains("what repeats across documents in 16 texts (“This e-mail"), "{markdown}");
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("a.jsonl"), folder.path().join("run"));
    write_rows(&file, &rows.iter().map(|text| json!({"text": text})).collect::<Vec<_>>());
    run(&arguments(file.to_str().unwrap(), out.to_str().unwrap(), &["--no-texts"]), 0);
    assert!(manifest(&out)["corpus"]["set_apart"][0].get("pieces").is_none(), "no words of texts");
    let columns = stdout(&run(&["columns", file.to_str().unwrap()], 0));
    assert!(columns.contains("repeats     \"This e-mail and any attachments"), "{columns}");
}

#[test]
fn case_41_words_cut_at_line_ends_are_joined() {
    let rows: Vec<String> = SAID.iter().map(|said| format!("{said}, as the com-\nmittee found")).collect();
    assert_eq!(grouped(&rows, &[]).texts()[0], format!("{}, as the committee found", SAID[0]));
}

#[test]
fn case_25_one_document_and_case_23_two_are_a_run() {
    assert_eq!(grouped(&[SAID[0].to_owned()], &[]).count("assigned"), 1);
    assert_eq!(grouped(&[SAID[0].to_owned(), SAID[1].to_owned()], &[]).count("assigned"), 2);
}

#[test]
fn case_32_umlauts_stay_as_they_are() {
    let rows = ["Die Straße ist zu schmal für Räder", "Größere Äpfel wären schön", "Das Öl tropft über Nacht"];
    assert_eq!(grouped(&rows.map(str::to_owned), &[]).texts(), rows);
}

#[test]
fn cases_34_and_35_repeated_documents_stay_and_share_a_group() {
    let rows: Vec<String> = (0..30).map(|n| SAID[n % 2].to_owned()).collect();
    let read = grouped(&rows, &[]);
    assert_eq!((read.count("assigned"), read.texts()), (30, rows));
    let near = ["Good morning. Good morning.", "Good morning!", "good morning", "Good  morning."].map(str::to_owned);
    assert_eq!(grouped(&near, &[]).texts(), near);
}

#[test]
fn case_43_the_order_of_rows_changes_no_place() {
    let mut rows: Vec<Value> = SAID.iter().enumerate().map(|(n, said)| json!({"id": n, "text": said})).collect();
    let placed = |rows: &[Value]| {
        let text: Vec<String> = rows.iter().map(Value::to_string).collect();
        let read = read("a.jsonl", text.join("\n").as_bytes(), &["-k", "3"]);
        let mut lines = lines(&read.out.join("assignments.jsonl"));
        lines.iter_mut().for_each(|line| line["line"] = Value::Null);
        lines.sort_by_key(|line| line["id"].to_string());
        lines
    };
    let before = placed(&rows);
    rows.reverse();
    assert_eq!(placed(&rows), before);
}

#[test]
fn case_44_the_table_has_the_text_beside_its_label() {
    let rows = table("no,text,shop", |n, text| format!("{n},\"{text}\",north"));
    let read = read("a.csv", rows.as_bytes(), &[]);
    let csv = std::fs::read_to_string(read.out.join("assignments.csv")).unwrap();
    let header = csv.trim_start_matches('\u{feff}').lines().next().unwrap();
    assert!(header.contains("text") && header.contains("colligate_label"), "{header}");
    assert!(csv.contains(SAID[0]));
}

/// A model that names fourteen groups, each told by a word.
fn fourteen_groups(folder: &Path) -> Mocked {
    let words = [
        "parcel", "brake", "refund", "thanks", "invoice", "wheel", "saddle", "colour", "size", "price", "manual",
        "battery", "light", "lock",
    ];
    let group = |word: &str| {
        format!(
            "[[group]]\nlabel = \"{word} matters\"\npredicate = \"In this document, the writer mentions a {word}\"\nwords = [\"{word}\"]\n"
        )
    };
    let script = folder.join("script.toml");
    std::fs::write(&script, words.map(group).concat()).unwrap();
    Mocked::start(&["--script", script.to_str().unwrap()])
}

#[test]
fn case_25_more_groups_than_documents_are_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let mock = fourteen_groups(folder.path());
    let five = [
        "the parcel, the brake and the refund",
        "the thanks, the invoice and the wheel",
        "the saddle, the colour and the size",
        "the price, the manual and the battery",
        "the light, the lock and the parcel",
    ];
    let said = |texts: &[&str]| texts.iter().map(|text| format!("I write about {text}")).collect::<Vec<_>>();
    for (name, rows) in [("five", said(&five)), ("one", said(&five[..1])), ("sixty", said(&[five[0]; 60]))] {
        for method in ["goalex", "auto", "classify"] {
            let rows: Vec<Value> = rows.iter().enumerate().map(|(n, text)| json!({"id": n, "text": text})).collect();
            let corpus = write_rows(&folder.path().join("a.jsonl"), &rows);
            let out = folder.path().join(format!("{name}-{method}"));
            let [corpus, to] = [&corpus, &out].map(|path| path.to_str().unwrap());
            let mut command = colligate(&["run", corpus, "--goal", "why?", "--method", method, "--max-share", "1"]);
            command.args(["--embedder", "static", "--llm", &mock.address, "--out", to]);
            let output = command.output().unwrap();
            let said = stderr(&output);
            assert!(
                matches!(output.status.code(), Some(0 | 4)) && !said.contains("panicked"),
                "{name} {method}: {said}"
            );
            check_invariants(&out);
        }
    }
}

#[cfg(unix)]
#[test]
fn case_73_the_next_command_keeps_what_reading_needs_and_works_when_it_is_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let groups = [
        ("food", r#"["soup", "sandwich", "coffee", "cake", "salad"]"#),
        ("place", r#"["table", "music", "seats", "toilets"]"#),
    ];
    let group = |(label, words): (&str, &str)| {
        format!("[[group]]\nlabel = \"{label}\"\npredicate = \"It is about the {label}\"\nwords = {words}\n")
    };
    let script = folder.path().join("script.toml");
    std::fs::write(&script, groups.map(group).concat()).unwrap();
    let mock = Mocked::start(&["--script", script.to_str().unwrap()]);
    // A file and a column that a shell would take apart, rows that are not documents, and answers without content.
    let rows = table("it's;Q3 \"open\";n", |n, text| format!("x;{};{n}", ["n/a", text][usize::from(n > 1)]));
    std::fs::write(folder.path().join("my survey.csv"), rows + "x;too;1;many\n").unwrap();
    let flags = ["--text-field", "Q3 \"open\"", "--on-error", "skip", "--keep-fillers", "--keep-boilerplate=true"];
    let mut command = colligate(&["run", "my survey.csv", "--embedder", "static", "--goal", "what's wrong?"]);
    command.args(flags).args(["--method", "topics", "--out", "by words"]).current_dir(folder.path());
    let line = printed(&stderr(&expect(command, 0)));
    let line = line.replace("http://127.0.0.1:8080/v1", &mock.address);
    // The scripted model knows too little of these answers to be trusted: that is exit code 4.
    let line = format!("{line} || test $? -eq 4");
    let said = stderr(&pasted(&line, folder.path(), &[], b"", 0));
    let out = folder.path().join("runs/my survey");
    let [words, asked] = [&folder.path().join("by words"), &out].map(|run| manifest(run));
    assert_eq!(asked["corpus"], words["corpus"], "{said}");
    assert_eq!(asked["documents"]["skipped"], words["documents"]["skipped"]);
    for flag in ["text-field", "on-error", "keep-fillers", "keep-boilerplate", "goal", "embedder"] {
        assert_eq!(asked["plan"][flag]["value"], words["plan"][flag]["value"], "{flag}");
    }
}

#[test]
fn a_run_is_not_gone_on_with_by_other_texts_of_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("a.csv"), folder.path().join("run"));
    std::fs::write(&file, table("id,good,bad", |n, text| format!("{n},\"{text}\",\"{}\"", SAID[15 - n]))).unwrap();
    let go = |flags: &[&str], code: i32| {
        let flags = [&["--text-field", "good"][..], flags].concat();
        stderr(&run(&arguments(file.to_str().unwrap(), out.to_str().unwrap(), &flags), code))
    };
    go(&[], 0);
    go(&["--resume", "--keep-fillers=false"], 0);
    for flag in ["keep-fillers", "keep-boilerplate"] {
        assert!(
            go(&["--resume", &format!("--{flag}")], 2)
                .contains(&format!("the value of --{flag} is not that of the run"))
        );
    }
    let other =
        ["run", file.to_str().unwrap(), "--goal", "x", "--embedder", "static", "-k", "1", "--text-field", "bad"];
    let said = stderr(&run(&[&other[..], &["--out", out.to_str().unwrap(), "--resume"]].concat(), 2));
    assert!(said.contains("the value of --text-field is not that of the run"), "{said}");
}

#[test]
fn a_sheet_pasted_into_one_column_hidden_rows_and_several_sheets_are_read_and_said() {
    use rust_xlsxwriter::Workbook;
    let mut book = Workbook::new();
    for (month, shift) in [("January", 0), ("February", 1)] {
        let sheet = book.add_worksheet().set_name(month).unwrap();
        sheet.write_row(0, 0, ["Nr", "Comment"]).unwrap();
        for (row, text) in SAID.iter().enumerate().map(|(row, text)| (row as u32 + 1, text)) {
            sheet.write_row(row, 0, [format!("{month}-{row}"), (*text).to_owned()]).unwrap();
        }
        sheet.set_row_hidden(3 + shift).unwrap();
    }
    let cover = book.add_worksheet().set_name("About").unwrap();
    cover.write_row(0, 0, ["Prepared by", "the team"]).unwrap();
    let months = book.save_to_buffer().unwrap();
    let first = read("months.xlsx", &months, &[]);
    assert_eq!(first.texts(), SAID);
    assert!(first.said.contains("--sheet '*' reads all that have its columns"), "{}", first.said);
    assert!(first.said.contains("1 row of the sheet is hidden, by a filter or by hand, and read"), "{}", first.said);
    let all = read("months.xlsx", &months, &["--sheet", "*"]);
    assert_eq!((all.count("assigned"), &all.documents()[16]["sheet"]), (32, &json!("February")));
    assert!(all.said.contains("sheets with other columns are not read: \"About\""), "{}", all.said);
    assert_eq!(read("months.xlsx", &months, &["--sheet", "Feb*"]).count("assigned"), 16);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id,day,comment").unwrap();
    for (row, text) in SAID.iter().enumerate() {
        sheet.write(row as u32 + 1, 0, format!("{row},2025-03-01,\"{text}\"")).unwrap();
    }
    let pasted = read("pasted.xlsx", &book.save_to_buffer().unwrap(), &[]);
    assert_eq!(
        (pasted.texts(), &pasted.documents()[3]["day"]),
        (SAID.map(str::to_owned).to_vec(), &json!("2025-03-01"))
    );
    assert!(pasted.said.contains("each cell of the only column holds a line of a table"), "{}", pasted.said);
}

#[test]
fn a_header_of_two_merged_rows_in_a_workbook_keeps_all_names() {
    use rust_xlsxwriter::{Format, Workbook};
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let plain = Format::new();
    sheet.merge_range(0, 0, 1, 0, "ID", &plain).unwrap();
    sheet.merge_range(0, 1, 0, 2, "Feedback", &plain).unwrap();
    sheet.write_row(1, 1, ["Score", "Comment"]).unwrap();
    for (row, text) in SAID.iter().enumerate() {
        sheet.write_row(row as u32 + 2, 0, [format!("{row}"), format!("{}", row % 5), (*text).to_owned()]).unwrap();
    }
    let read = read("score.xlsx", &book.save_to_buffer().unwrap(), &[]);
    assert_eq!((read.texts(), read.count("skipped")), (SAID.map(str::to_owned).to_vec(), 1));
    assert_eq!(read.documents()[7]["Score"], "2");
}

#[test]
fn rows_of_another_encoding_below_rows_of_utf_8_are_read_and_flagged() {
    let mut bytes = table("Nr,Kommentar", |n, text| format!("{n},{text} für 5 €")).into_bytes();
    bytes.extend(b"16,Die App st\xFCrzt ab\n17,Sch\xF6n gro\xDF\n");
    let read = read("a.csv", &bytes, &[]);
    assert_eq!(read.texts()[16..], ["Die App stürzt ab", "Schön groß"]);
    let flags: Vec<Value> = lines(&read.out.join("assignments.jsonl")).iter().map(|row| row["flags"].clone()).collect();
    assert!(flags[16] == json!(["mended"]) && flags[15] == json!([]), "{flags:?}");
    assert!(read.said.contains("in 2 rows, the letters are of another encoding (windows-1252)"), "{}", read.said);
    let lines: Vec<String> = SAID.iter().map(|text| format!("{{\"text\": \"{text}, für uns\"}}\n")).collect();
    let bytes = [lines.concat().as_bytes(), b"{\"text\": \"Sch\xF6n gro\xDF\"}\n"].concat();
    assert_eq!(texts_of("a.jsonl", &bytes)[16], "Schön groß");
    assert!(refused("b.csv", b"id,text\n1,f\xC3\xBCr uns\n2,caf\xC3\n", &[]).contains("undecodable byte"));
}

fn texts_of(name: &str, bytes: &[u8]) -> Vec<String> {
    read(name, bytes, &[]).texts()
}

#[test]
fn records_without_the_field_of_the_text_are_empty_and_those_of_another_shape_are_said() {
    let rows: Vec<Value> = SAID.iter().map(|text| json!({"stars": 2, "comment": text})).collect();
    let mut with_stars = rows.clone();
    with_stars.insert(0, json!({"stars": 5}));
    for name in ["a.json", "a.jsonl"] {
        let bytes = match name {
            "a.json" => json!({"reviews": with_stars}).to_string(),
            _ => with_stars.iter().map(|row| format!("{row}\n")).collect(),
        };
        let read = read(name, bytes.as_bytes(), &[]);
        assert_eq!((read.count("assigned"), read.count("skipped")), (16, 1));
        assert!(read.said.contains("1 row skipped: the text is empty (1 without the field)"), "{}", read.said);
    }
    let shape = |(n, text): (usize, &&str)| match n % 2 {
        0 => format!("{{\"id\": {n}, \"description\": \"{text}\"}}\n"),
        _ => format!("{{\"id\": {n}, \"body\": \"{text}\"}}\n"),
    };
    let two: String = SAID.iter().enumerate().map(shape).collect();
    let said = refused("two.ndjson", two.as_bytes(), &[]);
    assert!(said.contains("no single field has the texts of all rows (\"description\" 50 %, \"body\" 50 %)"), "{said}");
    let flag: Vec<&str> = said.trim_end().rsplit(' ').take(2).collect();
    let half = read("two.ndjson", two.as_bytes(), &[flag[1], flag[0]]);
    assert_eq!((half.count("assigned"), half.count("skipped")), (8, 8), "the hint runs");
    let mut few = rows;
    few.push(json!({"stars": 1, "body": "this one says something else"}));
    let few: String = few.iter().map(|row| format!("{row}\n")).collect();
    assert!(refused("few.jsonl", few.as_bytes(), &[]).contains("no field \"comment\""), "another text is not lost");
    assert!(refused("no.jsonl", few.as_bytes(), &["--text-field", "said"]).contains("no field \"said\""));
}

#[test]
fn records_have_the_plain_fields_of_what_they_stand_in_and_replies_to_them_are_counted() {
    let review = |n: usize| json!({"rid": n, "name": "Kim", "text": SAID[n]});
    let product = |p: usize| {
        let text = "A lamp with a long cable and a warm light, for every room of the house";
        json!({"id": p, "sku": format!("P{p}"), "name": format!("Lamp {p}"), "about": text, "tags": ["x"],
            "reviews": (4 * p..4 * p + 4).map(review).collect::<Vec<_>>()})
    };
    let products: Vec<Value> = (0..4).map(product).collect();
    let whole = json!({"exported": "2025", "products": products}).to_string();
    let first = read("a.json", whole.as_bytes(), &["--records", "/products/reviews"]);
    let document = &first.documents()[5];
    assert_eq!(
        (&document["sku"], &document["name"], &document["products_name"]),
        (&json!("P1"), &json!("Kim"), &json!("Lamp 1"))
    );
    assert_eq!((&document["products_id"], &document["id"]), (&json!(1), &json!("6")));
    let lines: String = products.iter().map(|product| format!("{product}\n")).collect();
    let pages = read("a.jsonl", lines.as_bytes(), &["--records", "/reviews"]);
    assert_eq!((&pages.documents()[5]["sku"], &pages.documents()[5]["parent_name"]), (&json!("P1"), &json!("Lamp 1")));
    let comment = |n: usize| {
        let reply = json!({"kind": "t1", "data": {"author": "Ann", "score": 1, "body": "so it was with us too"}});
        json!({"kind": "t1", "data": {"author": "Bob", "score": n, "body": SAID[n], "replies": {"children": [reply]}}})
    };
    let thread = json!((0..16).map(comment).collect::<Vec<_>>()).to_string();
    let read = read("thread.json", thread.as_bytes(), &[]);
    assert_eq!(read.texts(), SAID);
    assert!(read.said.contains("16 more texts lie deeper, in the field \"/data/replies\""), "{}", read.said);
}

#[test]
fn the_text_is_found_among_descriptions_choices_titles_and_signs() {
    let sparse = table("Order,Comments,Product description", |n, text| {
        let said = if n % 5 == 0 { text } else { "" };
        format!("{n},\"{said}\",\"Lamp {} with a warm light, dimmable, and a long cable of two metres.\"", n % 3)
    });
    assert_eq!(read("s.csv", sparse.as_bytes(), &[]).texts(), [SAID[0], SAID[5], SAID[10], SAID[15]]);
    let reviews = table("Date,Rating,Title,Body", |n, text| match n % 3 {
        0 => format!("2025-03-01,5,\"{text}\","),
        _ => format!("2025-03-01,5,My visit no {n} here,\"{text}\""),
    });
    let read_reviews = read("r.csv", reviews.as_bytes(), &[]);
    assert_eq!(read_reviews.texts(), SAID);
    assert!(read_reviews.said.contains("the field \"Body\" is empty: the text is that of \"Title\""));
    for header in ["Title,Author,ISBN,My Review", "Title,Category,Shop,Customer comment", "Title,City,Team,Feedback"] {
        let things = table(header, |n, text| {
            let said = if n % 2 == 0 { text } else { "" };
            format!("The long way number {n},a,b,\"{said}\"")
        });
        let read = read("t.csv", things.as_bytes(), &[]);
        let said: Vec<&str> = SAID.iter().step_by(2).copied().collect();
        assert_eq!(read.texts(), said, "the title is the name of a thing: {header}");
    }
    let forms = table(
        "Timestamp,Which features do you use?,What should we improve first?,Why did you choose us?",
        |n, text| {
            let chosen =
                ["Time tracking of staff", "Reports of the week, Time tracking of staff", "Reports of the week"][n % 3];
            format!(
                "2025-03-01,\"{chosen}\",\"{text}, {text}, {text}, and {text}\",{}",
                ["because it was near", ""][n % 2]
            )
        },
    );
    let said = read("f.csv", forms.as_bytes(), &[]).said;
    assert!(!said.contains("another: \"Which features"), "{said}");
    let emoji = table("id,comment", |n, _| format!("{n},{}", ["😡😡", "👍"][n % 2]));
    assert!(refused("e.csv", emoji.as_bytes(), &[]).trim_end().ends_with("--text-field comment"));
    let people: Vec<String> = (0..16).map(|n| format!("R{n}")).collect();
    let ages: Vec<String> = (0..16).map(|n| (20 + n).to_string()).collect();
    let side = format!(
        "Question,{}\nAge,{}\nWhat went wrong?,{}\n",
        people.join(","),
        ages.join(","),
        SAID.map(|text| format!("\"{text}\"")).join(",")
    );
    let said = refused("t.csv", side.as_bytes(), &[]);
    assert!(said.contains("stands on its side") && !said.contains("--text-field"), "{said}");
}

#[test]
fn columns_that_are_called_like_pointers_are_columns() {
    let rows = table("/payload/id,/payload/feedback/body", |n, text| format!("T{n},\"{text}\""));
    let read = read("a.csv", rows.as_bytes(), &[]);
    assert_eq!((read.texts()[5].as_str(), &read.documents()[5]["/payload/id"]), (SAID[5], &json!("T5")));
    assert!(read.said.contains("the field \"/payload/feedback/body\"") && !read.said.contains("~1"), "{}", read.said);
    let named = ["--text-field", "/payload/feedback/body", "--id-field", "/payload/id"];
    assert_eq!(texts_of("b.csv", rows.as_bytes()), read.texts());
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("b.csv"), folder.path().join("run"));
    std::fs::write(&file, &rows).unwrap();
    run(&arguments(file.to_str().unwrap(), out.to_str().unwrap(), &named), 0);
    assert_eq!(lines(&out.join("documents.jsonl"))[5]["id"], "T5");
    let columns = stdout(&run(&["columns", file.to_str().unwrap()], 0));
    assert!(columns.contains("/payload/feedback/body") && !columns.contains("~1"), "{columns}");
}
