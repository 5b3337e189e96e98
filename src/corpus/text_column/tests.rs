use super::*;
use serde_json::json;

fn find_in(rows: &[Value]) -> Option<Found> {
    let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
    find(&look(&[], &head), head.len())
}

fn found(rows: &[Value]) -> Option<(String, &'static str)> {
    find_in(rows).map(|found| (found.field.spelled, found.how))
}

#[test]
fn names_of_texts_are_known_in_more_languages_and_the_longer_of_two_is_taken() {
    let said = |n: usize| format!("the lift in house {n} stands still again");
    for (name, other) in [
        ("评价内容", "商家回复"),
        ("desc", "name"),
        ("description", "short_description"),
        ("Описание", "Ответ компании"),
        ("レビュー本文", "店舗からの返信"),
    ] {
        let rows: Vec<Value> = (0..12)
            .map(|n| json!({other: said(n + 20), name: if n % 3 == 0 { String::new() } else { said(n) }}))
            .collect();
        assert_eq!(found(&rows), Some((name.into(), "by its name")), "{name}");
    }
    let cards = b"[{\"name\": \"no light in the yard\", \"desc\": \"\"}, \
        {\"name\": \"the lift stands still\", \"desc\": \"again, since Monday\"}]";
    let cards = crate::corpus::testing::read_as("a.json", cards, &crate::corpus::testing::options()).unwrap();
    assert_eq!(cards.documents[0].text, "no light in the yard");
    let rows = b"number,short_description,description\n1,the lift stands still,the lift stands still since Monday\n\
        2,no light in the yard,\n3,the door is locked,the door of the yard is locked at night\n";
    let corpus = crate::corpus::testing::read_as("a.csv", rows, &crate::corpus::testing::options()).unwrap();
    assert_eq!(corpus.documents[1].text, "no light in the yard");
}

/// Forty rows: one in `every` has the short field filled, all but a few have the long one.
fn short_and_long(short: &str, every: usize, long: &str) -> Vec<Value> {
    let row = |n: usize| {
        let specified = if n.is_multiple_of(every) { format!("my old neighbor {n}") } else { String::new() };
        let said = format!("Longer hours during exam season would be a great help to me, number {n}");
        json!({"Q2": "Central", short: specified, long: if n % 9 == 1 { "" } else { &said }})
    };
    (0..40).map(row).collect()
}

#[test]
fn an_object_of_very_many_fields_takes_no_longer_than_many_objects() {
    let begun = std::time::Instant::now();
    let fields = (0..20_000).map(|n| (format!("answer number {n}"), "the soup was cold".into())).collect();
    written_later(&look(&[], &[RawRow::sound(1, fields)]), 1);
    assert!(begun.elapsed().as_secs() < 10);
}

#[test]
fn names_of_text_columns_are_known_in_any_case_and_part() {
    for name in ["Text", "comment", "reviewText", "Customer_Comment", "BODY", "Q3: Feedback", "Kommentar"] {
        assert!(is_named_so(name), "{name}");
    }
    for name in ["review_id", "text_length", "comment date", "subject", "Message-Type", "context", "q1"] {
        assert!(!is_named_so(name), "{name}");
    }
}

#[test]
fn a_column_is_found_by_its_name_before_a_longer_one() {
    let rows = [json!({"plot": "a long story about this and that", "Comment": "too short"})];
    assert_eq!(found(&rows), Some(("Comment".into(), "by its name")));
    let rows = [json!({"id": 1, "review": {"title": "so", "body": "it is fine"}})];
    assert_eq!(found(&rows), Some(("/review/body".into(), "by its name")));
}

#[test]
fn codes_and_names_of_files_are_no_text_beside_free_text() {
    for code in ["audio_0012.wav", "TXT12", "Q35_35", "https://maps.example/?cid=7"] {
        for (name, text) in [("text", "transcript"), ("text", "verbatim"), ("comment", "said")] {
            let row = |n: usize| {
                let said = format!("the parcel number {n} came much too late and the box was open");
                json!({name: format!("{code}{n}"), text: said, "duration": n})
            };
            let rows: Vec<Value> = (0..9).map(row).collect();
            assert_eq!(found(&rows).map(|found| found.0), Some(text.to_owned()), "{code} {name}");
        }
    }
}

#[test]
fn what_is_no_language_is_no_text_beside_what_says_why() {
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0";
    for (name, value, reason) in [
        ("User agent", agent, "What happened?"),
        ("address", "Long Meadow Lane North #, 75002 Paris, third floor, ring twice please", "reason"),
        ("Wohin", "Am Alten Markt #, 10115 Berlin", "Grund der Rückgabe"),
        ("Job title", "Senior Vice President of Global Customer Operations #", "Short reason"),
        ("Source URL", "https://shop.example.com/products/category-#/very-long-product-name", "Why?"),
    ] {
        let value = |n: usize| value.replace('#', &n.to_string());
        let row = |n: usize| json!({"who": "Ann Lee", name: value(n), reason: format!("too small {n}")});
        let rows: Vec<Value> = (0..9).map(row).collect();
        assert_eq!(found(&rows), Some((reason.into(), "by its name")), "{name}");
        let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
        let seen = look(&[], &head);
        assert_eq!(likeliest(&seen, 9).map(|place| seen[place].name.clone()), Some(reason.into()));
    }
}

#[test]
fn what_customers_say_comes_before_the_description_of_the_product() {
    let row = |n: usize| {
        let described = format!("A compact charger for two devices with foldable plug, tested for all of Europe {n}");
        json!({"Product": "B", "Description": described, "Customer feedback": format!("it broke in {n} weeks only")})
    };
    let rows: Vec<Value> = (0..9).map(row).collect();
    assert_eq!(found(&rows).map(|found| found.0), Some("Customer feedback".into()));
}

#[test]
fn the_only_long_free_text_is_found() {
    let row = |n: usize| {
        json!({
            "when": format!("2024-01-0{n}"), "who": "Ann Lee", "page": format!("https://example.org/a/b/{n}"),
            "Q1": "Very satisfied", "What should we improve?": format!("the soup was cold, table {n}")
        })
    };
    let found = found(&[row(1), row(2), row(3)]);
    assert_eq!(found, Some(("What should we improve?".into(), "the only long free text")));
    let japanese = [
        json!({"番号": "0", "意見": "保育園の数が足りません"}),
        json!({"番号": "1", "意見": "待機児童を減らしてほしい"}),
    ];
    assert_eq!(super::tests::found(&japanese).unwrap().0, "意見");
}

#[test]
fn where_two_columns_could_be_it_none_is_taken() {
    let rows = [json!({"good": "the cake was very nice", "bad": "the soup was rather cold"})];
    assert_eq!(found(&rows), None);
    assert_eq!(found(&[json!({"comment": "the cake was nice", "review": "the soup was cold"})]), None);
    assert_eq!(found(&[json!({"a": "1", "b": "x"})]), None);
}

#[test]
fn the_only_field_of_words_is_found_however_short_they_are() {
    let rows = [json!({"n": "1", "when": "2024-01-02", "Q7": "parking"}), json!({"n": "2", "when": "", "Q7": "food"})];
    assert_eq!(found(&rows), Some(("Q7".into(), "the only field of words")));
}

#[test]
fn chats_are_found() {
    let rows = [json!({"chat_id": "c0", "messages": [{"role": "user", "content": "hi"}]})];
    assert_eq!(found(&rows), Some(("messages".into(), "a list of turns")));
}

#[test]
fn a_box_for_another_choice_is_not_the_text_beside_a_question_that_most_answer() {
    let taken = |short: &str, every, long: &str| {
        let found = find_in(&short_and_long(short, every, long)).unwrap();
        (found.field.spelled, found.how, found.another)
    };
    for (short, every) in [("Q3_6_TEXT", 5), ("Q3_6_TEXT", 2), ("Q3_TEXT", 2), ("other text", 5), ("comment", 20)] {
        assert_eq!(taken(short, every, "Q4").0, "Q4", "{short}");
    }
    assert_eq!(taken("Q3_6_TEXT", 1, "Q4").1, "by far the longest free text");
    let both = Some("Q4".to_owned());
    assert_eq!(taken("comment", 2, "Q4"), ("comment".into(), "by its name", both.clone()));
    assert_eq!(taken("customer comment", 1, "Q4"), ("customer comment".into(), "by its name", both));
}

#[test]
fn a_column_of_a_few_repeated_values_is_not_the_text_beside_free_text() {
    let row = |n: usize| {
        let asked = ["What do you like most about us?", "What should we change here?"][n % 2];
        json!({"text": asked, "comment": "Survey of May", "answer": format!("the soup on table {n} was cold")})
    };
    let rows: Vec<Value> = (0..40).map(row).collect();
    let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
    let seen = look(&[], &head);
    let repeats = |name: &str, seen: &[Seen]| why_no_text(name, seen).is_some();
    assert!(repeats("text", &seen) && repeats("comment", &seen) && !repeats("answer", &seen));
    assert_eq!(found(&rows), Some(("answer".into(), "by its name")));
    let short = |n: usize| json!({"text": (["good", "bad", "fine"][n % 3]), "shop": (["north", "south"][n % 2])});
    let rows: Vec<Value> = (0..40).map(short).collect();
    let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
    assert!(!repeats("text", &look(&[], &head)), "nothing else is free text");
}

#[test]
fn a_column_of_labels_is_not_the_text_beside_free_text_whatever_it_is_called() {
    let labels = [
        ("Verbatim coded?", ["No", "No", "No", "No", "No", "No"]),
        ("Text reviewed", ["yes", "no", "yes", "yes", "no", "yes"]),
        ("Comment mood", ["glad", "sad", "angry", "neutral", "curious", "bored"]),
        ("Feedback", ["via mail", "by phone", "via mail", "in person", "by phone", "via mail"]),
        ("Review", ["4 stars", "5 stars", "1 star", "5 stars", "4 stars", "1 star"]),
        ("text", ["Sunny", "Rainy", "Sunny", "Foggy", "Sunny", "Rainy"]),
    ];
    for (name, labels) in labels {
        for own in ["Reason for score", "Explanation of rating", "Explain your status", "Q2", "What else?"] {
            let row = |n: usize| json!({"nr": n, name: labels[n], own: format!("the ferry left {n} minutes early")});
            let rows: Vec<Value> = (0..6).map(row).collect();
            assert_eq!(found(&rows).map(|found| found.0).as_deref(), Some(own), "{name} beside {own}");
            let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
            assert!(why_no_text(name, &look(&[], &head)).is_some(), "{name} beside {own}");
        }
    }
    let alone = |n: usize| json!({"comment": (["great", "slow", "fine"][n % 3]), "author name": format!("Ann Mary Lee the {n}th")});
    assert_eq!(found(&(0..9).map(alone).collect::<Vec<_>>()).unwrap().0, "comment", "a name is no text");
}

#[test]
fn of_two_free_texts_that_of_a_superior_is_not_taken_for_the_name_comments() {
    let row = |n: usize| {
        json!({"Reason for leaving": format!("the shifts were planned {n} days ahead only"),
            "Manager comments": format!("always on time, would be welcome back in {n} months")})
    };
    let rows: Vec<Value> = (0..9).map(row).collect();
    assert_eq!(found(&rows), None);
    let head: Vec<RawRow> = rows.iter().map(|row| RawRow::sound(1, row.as_object().unwrap().clone())).collect();
    let seen = look(&[], &head);
    assert_eq!(likeliest(&seen, 9).map(|place| seen[place].name.as_str()), Some("Reason for leaving"));
    let alone = |n: usize| json!({"n": n, "Manager comments": format!("always on time, number {n} of the team")});
    assert_eq!(found(&(0..9).map(alone).collect::<Vec<_>>()).unwrap().0, "Manager comments");
}

#[test]
fn what_the_company_wrote_is_the_text_only_where_nothing_else_is() {
    let both = |theirs: &str, own: &str| {
        let row = |n: usize| json!({own: format!("it lost my route {n}"), theirs: "Thank you for writing. ".repeat(n)});
        found(&(1..9).map(row).collect::<Vec<_>>()).map(|(name, _)| name)
    };
    for theirs in ["Developer Reply Text", "Company Reply Content", "Agent Response", "Owner answer", "staff_note"] {
        for own in ["Review Text", "Review", "Customer Message", "What happened?", "Response"] {
            assert_eq!(both(theirs, own).as_deref(), Some(own), "{theirs}");
        }
    }
    let alone = [json!({"n": "1", "Agent Response": "Thank you for writing to us"})];
    assert_eq!(found(&alone).unwrap().0, "Agent Response");
    let nested =
        [json!({"comment": "it lost my route", "reviewReply": {"comment": "Thank you very much for writing"}})];
    assert_eq!(find_in(&nested).unwrap().another, None);
    let answers = [json!({"Question": "What else?", "Response": "the soup was cold when it came"})];
    assert_eq!(found(&answers).unwrap().0, "Response");
}

#[test]
fn the_comments_below_a_ticket_are_not_its_text() {
    let row = |n: usize| {
        json!({"Summary": "Query is slow", "Issue key": format!("N-{n}"),
            "Description": format!("the query plan shows a full scan of table {n}"),
            "Comment": format!("12/Mar/25;jdoe;could you attach the log of server {n}? {}", "And of the others. ".repeat(n))})
    };
    let rows: Vec<Value> = (0..9).map(row).collect();
    assert_eq!(found(&rows).unwrap().0, "Description");
}

#[test]
fn a_box_for_another_choice_is_the_text_where_there_is_no_other() {
    let rows: Vec<Value> =
        (0..20).map(|n| json!({"n": n, "Q3_6_TEXT": format!("the leaflet at the market stall, {n}")})).collect();
    assert_eq!(found(&rows), Some(("Q3_6_TEXT".into(), "the only long free text")));
}

#[test]
fn the_same_text_as_html_does_not_stand_against_it() {
    let row = |n: usize| {
        let said = format!("the lift stood still for {n} days");
        json!({"kind": "c", "data": {"body_html": format!("<div class=\"md\"><p>{said}</p></div>"), "body": said}})
    };
    let rows: Vec<Value> = (0..9).map(row).collect();
    assert_eq!(found(&rows), Some(("/data/body".into(), "by its name")));
}

/// A table in which each row has a text in one of the columns, the `n`th of which has so many in a row.
fn apart(columns: &[&str], counts: &[usize]) -> String {
    let mut rows = format!("No;{};Stars\n", columns.join(";"));
    let places = counts.iter().enumerate().flat_map(|(place, count)| vec![place; *count]);
    for (n, place) in places.enumerate() {
        let said = format!("the ferry number {n} left before its time again");
        let cell = |column: usize| if column == place { said.clone() } else { String::new() };
        let cells: Vec<String> = (0..columns.len()).map(cell).collect();
        rows += &format!("{n};{};{}\n", cells.join(";"), n % 5);
    }
    rows
}

#[test]
fn columns_of_texts_of_which_each_row_has_one_are_read_as_one() {
    use crate::corpus::testing::{notes, options, read_as, text_field, texts};
    for (columns, counts) in [
        (["Why so good?", "Why so-so?", "Why so bad?"], [4, 5, 20]),
        (["Bemerkungen DE", "Remarques FR", "Osservazioni IT"], [10, 10, 10]),
        (["Comment (German)", "Comment (French)", "Comment (Dutch)"], [3, 3, 3]),
        (["Q7_de", "Q7_fr", "Q7_it"], [9, 8, 12]),
        (["Comment", "Text", "text"], [9, 8, 12]),
    ] {
        let table = apart(&columns, &counts);
        let corpus = read_as("a.csv", table.as_bytes(), &options()).unwrap();
        assert_eq!(corpus.documents.len(), counts.iter().sum::<usize>(), "{columns:?}");
        assert_eq!(texts(&corpus)[0], "the ferry number 0 left before its time again");
        let last = &corpus.documents.last().unwrap().fields;
        assert_eq!((&last["column of the text"], last.contains_key(columns[0])), (&columns[2].into(), false));
        assert_eq!(corpus.files[0].text, columns.join(", "));
        assert!(notes(&corpus).join("\n").contains("hardly any row has two of them"), "{:?}", notes(&corpus));
        let alone = read_as("a.csv", table.as_bytes(), &text_field(columns[1])).unwrap();
        assert_eq!(alone.documents.len(), counts[1], "who names one reads that one");
        let said = notes(&alone).join("\n");
        assert!(said.contains("are read; other columns hold texts too: \""), "{said}");
        assert!(said.contains(&format!("{} of them have a text in another column", counts[0] + counts[2])), "{said}");
    }
}

#[test]
fn columns_that_are_not_apart_are_not_read_as_one() {
    use crate::corpus::testing::{options, read_as};
    let both: String =
        (0..30).map(|n| format!("{n};what I liked was ferry {n};what I missed was boat {n}\n")).collect();
    assert!(read_as("a.csv", format!("No;Likes;Dislikes\n{both}").as_bytes(), &options()).is_err());
    let theirs: String = (0..30)
        .map(|n| match n % 2 {
            0 => format!("{n};the ferry {n} left early again;\n"),
            _ => format!("{n};;we have called the customer {n} about it\n"),
        })
        .collect();
    let corpus = read_as("a.csv", format!("No;Comment;Agent reply\n{theirs}").as_bytes(), &options()).unwrap();
    assert_eq!(corpus.documents.len(), 15, "what the company wrote is no text of the others");
}

#[test]
fn a_title_is_the_text_of_a_row_without_one_be_it_in_some_rows_only() {
    use crate::corpus::testing::{options, read_as, texts};
    let row = |n: usize| match n % 4 {
        0 => format!("{n},{},\n", ["Useless", "No boat came", "Late again"][n / 4 % 3]),
        _ => format!("{n},,the ferry {n} left before its time\n"),
    };
    let rows: String = (0..40).map(row).collect();
    for header in ["No,Review Title,Review Text", "No,Headline,Comment"] {
        let corpus = read_as("a.csv", format!("{header}\n{rows}").as_bytes(), &options()).unwrap();
        assert_eq!((corpus.documents.len(), texts(&corpus)[4]), (40, "No boat came"), "{header}");
    }
    let ticket = |n: usize| match n % 4 {
        0 => format!("no ticket printed at pier {n},K-{n},\n"),
        _ => format!("printer of pier {n},K-{n},the printer at pier {n} prints half of each ticket\n"),
    };
    let tickets: String = (0..40).map(ticket).collect();
    let tickets = format!("Summary,Issue key,Description\n{tickets}");
    let corpus = read_as("a.csv", tickets.as_bytes(), &options()).unwrap();
    assert_eq!((corpus.documents.len(), texts(&corpus)[0]), (40, "no ticket printed at pier 0"));
}

#[test]
fn a_title_is_not_named_beside_its_text() {
    let row = |n: usize| json!({"title": format!("cold soup again, number {n}"), "body": "it was cold when it came"});
    assert_eq!(find_in(&[row(1), row(2)]).unwrap().another, None);
}

#[test]
fn a_few_values_again_and_again_are_no_text_by_their_name_beside_other_texts() {
    let said = |n: usize| format!("01-03-2026 - Ann (Additional comments): the lift in house {n} stands still again");
    let rows = |other: &str| -> Vec<Value> {
        let short = |n: usize| ["Lift", "Laptop", "Door"][n % 3];
        (0..40).map(|n| json!({"short_description": short(n), other: said(n)})).collect()
    };
    let journal = found(&rows("comments_and_work_notes"));
    assert_eq!(journal, Some(("comments_and_work_notes".into(), "by its name")));
    assert_eq!(found(&rows("work_notes")), None, "which of them is the text is asked");
    let long: Vec<Value> = (0..12)
        .map(|n| json!({"comment": format!("lift {n} is slow"), "owner_reply": format!("{} {n}", "we are sorry ".repeat(9))}))
        .collect();
    let named = find_in(&long).unwrap();
    assert_eq!((named.field.spelled.as_str(), named.another.as_deref()), ("comment", Some("owner_reply")));
}
