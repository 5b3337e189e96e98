//! `colligate run` with a model and a fixed number of questions: a scripted model on loopback.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::common::mocked::Mocked;
use crate::common::*;
use serde_json::{Value, json};

fn large_corpus(folder: &Path) -> PathBuf {
    repeated_corpus(folder, 10)
}

fn auto(corpus: &Path, server: &Server, out: &Path, more: &[&str], code: i32) -> String {
    ask_at(&server.address, corpus, out, more, code)
}

/// Questions asked, in all stages together, as the manifest's core has them.
fn asked(core: &Value) -> u64 {
    core["asked"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn four_hundred_documents_are_placed_on_sixty_questions() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::knowing(), folder.path().join("run"));
    let said = auto(&large_corpus(folder.path()), &server, &out, &["--questions", "60", "--audit", "8"], 0);
    assert!(said.contains("about 60 questions"), "{said}");
    check_invariants(&out);
    let manifest = manifest(&out);
    assert_eq!((manifest["method"]["name"].as_str(), manifest["status"].as_str()), (Some("auto"), Some("complete")));
    assert!(server.asked().len() <= 60, "{}", server.asked().len());
    let core = &manifest["core"];
    let asked = asked(core);
    assert_eq!((asked as usize, core["audit"]["asked"].as_u64()), (server.asked().len(), Some(8)));
    assert!(core["audit"]["agreed"].as_u64().unwrap() >= 7, "{core}");
    let placed = lines(&out.join("assignments.jsonl"));
    let model = placed.iter().filter(|line| line["clusters"][0]["by"] == "model").count();
    assert!((30..=60).contains(&model), "{model} judged");
    assert!(right(&out) >= 390, "{} of 400", right(&out));
}

#[test]
fn who_names_one_group_for_most_documents_without_reading_is_found_out() {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question.contains(r#"{"groups": [number"#) {
        true => {
            let mut hasher = DefaultHasher::new();
            question.hash(&mut hasher);
            let drawn = hasher.finish() as usize % 10;
            let named = ["noisy brakes", "refunds"].get(drawn).copied().unwrap_or("late parcels");
            choose_by(question, |_, line| line.contains(named))
        }
        false => judge(question),
    });
    let out = folder.path().join("run");
    auto(&large_corpus(folder.path()), &server, &out, &["--ask", "many", "--questions", "560"], 4);
    let trust = &manifest(&out)["trust"];
    assert_eq!((&trust["informative"], &trust["measured"]), (&json!(false), &json!(true)), "{trust}");
}

#[test]
fn a_few_answers_that_are_all_alike_place_no_other_document() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, server) = (repeated_corpus(folder.path(), 3), Server::knowing());
    let mut seen = 0;
    for calls in 3..9 {
        let out = folder.path().join(format!("run-{calls}"));
        auto(&corpus, &server, &out, &["--max-calls", &calls.to_string()], 3);
        let placed = lines(&out.join("assignments.jsonl"));
        let judged: BTreeSet<&str> = placed
            .iter()
            .filter(|line| line["clusters"][0]["by"] == "model")
            .filter_map(|line| line["primary"].as_str())
            .collect();
        if judged.len() == 1 {
            seen += 1;
            let others: Vec<&Value> = placed.iter().filter(|line| line["clusters"][0]["by"] != "model").collect();
            assert!(others.iter().all(|line| line["status"] == "failed"), "{calls}: {others:?}");
            let label = |line: &Value| json!({ "id": line["id"], "label": "any" });
            let labels = write_rows(&folder.path().join("labels.jsonl"), &placed.iter().map(label).collect::<Vec<_>>());
            let said = stdout(&run(&["eval", out.to_str().unwrap(), "--labels", labels.to_str().unwrap()], 0));
            let expected =
                format!("this run is partial; 0 uncovered and {} failed documents count as errors", others.len());
            assert!(said.contains(&expected), "{said}");
        }
    }
    assert!(seen > 0, "no cap fell on answers that are all alike");
}

#[test]
fn a_replay_and_another_number_of_threads_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = large_corpus(folder.path());
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    auto(&corpus, &Server::knowing(), &one, &["--questions", "48", "--threads", "1"], 0);
    auto(&corpus, &Server::knowing(), &two, &["--questions", "48", "--threads", "3"], 0);
    assert_eq!(files(&one), files(&two));
    check_replay(&corpus, &one);
}

#[test]
fn an_answer_that_is_no_choice_places_nothing_by_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let server =
        Server::start(|question| match question.contains("{\"groups\": [number") && question.contains("Leeds") {
            true => completion("Group 1, I think."),
            false => judge(question),
        });
    let out = folder.path().join("run");
    auto(&large_corpus(folder.path()), &server, &out, &["--questions", "100"], 4);
    check_invariants(&out);
    for line in lines(&out.join("assignments.jsonl")) {
        let is_leeds = line["id"].as_str().unwrap().as_bytes()[1] == b'0';
        assert!(!is_leeds || line["clusters"][0]["by"] == "spread", "{line}");
    }
    let manifest = manifest(&out);
    assert!(manifest["usage"]["unparsed"].as_u64().unwrap() > 0);
    assert!(manifest["warnings"].to_string().contains("no usable answer"), "{}", manifest["warnings"]);
}

#[test]
fn single_pairs_and_a_given_number_of_clusters_are_respected() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::knowing(), folder.path().join("run"));
    auto(&large_corpus(folder.path()), &server, &out, &["--questions", "160", "--ask", "pair", "-k", "3"], 0);
    check_invariants(&out);
    assert_eq!(lines(&out.join("clusters.jsonl")).len(), 3);
    assert!(server.asked().iter().all(|question| !question.contains("{\"groups\": [number")));
    assert!(server.asked().len() <= 160);
}

#[test]
fn all_questions_are_goalex_and_a_cap_on_another_method_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::knowing(), folder.path().join("run"));
    auto(&small_corpus(folder.path()), &server, &out, &["--questions", "all"], 0);
    assert_eq!(manifest(&out)["method"]["name"], "goalex");
    let other = folder.path().join("other");
    let said = auto(&small_corpus(folder.path()), &server, &other, &["--questions", "99", "--method", "goalex"], 2);
    assert!(
        said.contains("--questions is for --method auto, clusterllm or classify with a model; this run is goalex"),
        "{said}"
    );
}

#[test]
fn a_model_that_names_nothing_leaves_every_document_uncovered() {
    let folder = tempfile::tempdir().unwrap();
    let (server, out) = (Server::start(|_| completion(r#"{"items": []}"#)), folder.path().join("run"));
    auto(&small_corpus(folder.path()), &server, &out, &[], 0);
    check_invariants(&out);
    assert!(lines(&out.join("assignments.jsonl")).iter().all(|line| line["status"] == "uncovered"));
    assert!(manifest(&out)["warnings"].to_string().contains("the model proposed no group"));
}

#[test]
fn ten_documents_a_question_judge_ten_times_as_many_and_replay_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (mock, corpus) = (Mocked::knowing(&[]), large_corpus(folder.path()));
    let out = folder.path().join("run");
    ask_at(&mock.address, &corpus, &out, &["--questions", "24", "--ask", "batch"], 0);
    check_invariants(&out);
    let manifest = manifest(&out);
    let (judged, core) = (manifest["core"]["judged"].as_u64().unwrap(), &manifest["core"]["asked"]["core"]);
    assert!(judged > 100 && core.as_u64().unwrap() < 20, "{}", manifest["core"]);
    assert!(manifest["prompts"].to_string().contains("core-batch"), "{}", manifest["prompts"]);
    let placed = lines(&out.join("assignments.jsonl"));
    assert!(placed.iter().filter(|line| line["clusters"][0]["by"] == "model").count() as u64 > judged / 2);
    check_replay(&corpus, &out);
}

#[test]
fn ten_documents_share_a_question_where_a_calibration_finds_their_answers_as_good() {
    let folder = tempfile::tempdir().unwrap();
    let (mock, corpus) = (Mocked::knowing(&[]), large_corpus(folder.path()));
    let out = folder.path().join("run");
    ask_at(&mock.address, &corpus, &out, &["--questions", "160"], 0);
    check_invariants(&out);
    let core = &manifest(&out)["core"];
    let form = serde_json::json!({"asked": 10, "alike": 10, "same_place": 0, "together": 10, "form": "batch"});
    assert_eq!(core["form"], form);
    let asked = asked(core);
    assert!(core["judged"].as_u64().unwrap() > 300 && asked < 100, "{core}");
    check_replay(&corpus, &out);
}

#[test]
fn a_model_that_answers_by_place_is_asked_about_single_candidates() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question {
        _ if question.contains("Document 1:") => completion("They all fit."),
        _ if question.contains(r#"{"groups": [number"#) => completion(r#"{"groups": [1]}"#),
        _ => judge(question),
    });
    let out = folder.path().join("run");
    auto(&large_corpus(folder.path()), &server, &out, &["--questions", "400"], 0);
    check_invariants(&out);
    let core = &manifest(&out)["core"];
    assert_eq!(
        (&core["form"]["form"], &core["form"]["same_place"]),
        (&"pair".into(), &core["form"]["asked"]),
        "{core}"
    );
    let asked = asked(core);
    assert!(asked <= 400 && right(&out) >= 390, "{} of 400: {core}", right(&out));
}

/// A one-letter answer with its probability, and the rest on the other letters of a list of four groups and none of them.
fn weighed(answer: Scripted) -> Scripted {
    let mut body: Value = serde_json::from_str(&answer.body).unwrap();
    let chosen = body["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    let logprob = |letter: &str| if letter == chosen { -0.1 } else { -3.7 };
    let token = |letter: &str| serde_json::json!({"token": letter, "logprob": logprob(letter)});
    let likeliest: Vec<Value> = ["A", "B", "C", "D", "E"].map(token).into();
    let content = serde_json::json!([{"token": chosen, "logprob": -0.1, "top_logprobs": likeliest}]);
    body["choices"][0]["logprobs"] = serde_json::json!({ "content": content });
    Scripted { body: body.to_string(), ..answer }
}

#[test]
fn a_model_that_answers_by_place_is_asked_for_letters_where_they_come_with_probabilities() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question {
        _ if question.contains("Document 1:") => completion("They all fit."),
        _ if question.contains(r#"{"groups": [number"#) => completion(r#"{"groups": [1]}"#),
        _ if question.contains("with its letter alone") => weighed(judge(question)),
        _ => judge(question),
    });
    let (corpus, out) = (large_corpus(folder.path()), folder.path().join("run"));
    auto(&corpus, &server, &out, &["--questions", "320"], 0);
    check_invariants(&out);
    let core = &manifest(&out)["core"];
    assert_eq!(
        (&core["form"]["form"], &core["form"]["same_place"]),
        (&"letter".into(), &core["form"]["asked"]),
        "{core}"
    );
    let asked = asked(core);
    assert!(asked <= 320 && right(&out) >= 390, "{} of 400: {core}", right(&out));
    check_replay(&corpus, &out);
}

#[test]
fn triplets_may_add_a_feature_space_and_take_a_quarter_of_the_questions() {
    let folder = tempfile::tempdir().unwrap();
    let (server, corpus, out) = (Server::knowing(), large_corpus(folder.path()), folder.path().join("run"));
    let more = ["--questions", "320", "--ask", "many", "--perspective", "-k", "4"];
    let said = auto(&corpus, &server, &out, &more, 0);
    assert!(said.contains("80 perspective"), "{said}");
    check_invariants(&out);
    let manifest = manifest(&out);
    let core = &manifest["core"];
    assert_eq!((&core["asked"]["perspective"], &core["perspective"]["triplets"]["torn"]), (&80.into(), &0.into()));
    let is_space = core["spaces"].as_object().unwrap().contains_key("perspective");
    assert_eq!(core["perspective"]["adapted"] == true, is_space, "{core}");
    assert!(manifest["prompts"].to_string().contains("perspective"), "{}", manifest["prompts"]);
    assert!(right(&out) >= 390, "{} of 400", right(&out));
    check_replay(&corpus, &out);
}

#[test]
fn letters_place_each_document_once_and_a_replay_and_a_replaying_mock_know_them() {
    let folder = tempfile::tempdir().unwrap();
    let (mock, corpus) = (Mocked::knowing(&[]), large_corpus(folder.path()));
    let [out, mocked] = ["run", "mocked"].map(|name| folder.path().join(name));
    let more = ["--questions", "64", "--ask", "letter"];
    ask_at(&mock.address, &corpus, &out, &more, 0);
    check_invariants(&out);
    let manifest = manifest(&out);
    assert!(manifest["prompts"].to_string().contains("core-letter-again"), "{}", manifest["prompts"]);
    assert!(manifest["core"]["told"].as_f64().is_some_and(|told| told > 0.9), "{}", manifest["core"]);
    assert_eq!(manifest["warnings"], serde_json::json!([]));
    assert!(right(&out) >= 390, "{} of 400", right(&out));
    assert!(lines(&out.join("assignments.jsonl")).iter().all(|line| line["clusters"].as_array().unwrap().len() == 1));
    check_replay(&corpus, &out);
    let replaying = Mocked::start(&["--replay", out.to_str().unwrap()]);
    ask_at(&replaying.address, &corpus, &mocked, &more, 0);
    assert_eq!((files(&mocked), &replaying.counts()["unanswered"]), (files(&out), &0.into()));
}

/// Four groups sorted into `k` on eighty letters of a model with a small context, as the mock plays it; the folder of the run, which
/// is `run` in it, and its replay is the same.
fn sorted_by_a_small_model(k: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&["--dialect", "llamacpp", "--context", "4096"]);
    let (corpus, out) = (large_corpus(folder.path()), folder.path().join("run"));
    ask_at(&mock.address, &corpus, &out, &["--questions", "80", "--ask", "letter", "-k", k], 0);
    check_invariants(&out);
    check_replay(&corpus, &out);
    folder
}

#[test]
fn a_small_model_names_what_the_vectors_group_and_is_not_shown_a_sample() {
    let folder = sorted_by_a_small_model("4");
    let out = folder.path().join("run");
    let core = &manifest(&out)["core"];
    assert_eq!((&core["asked"]["describe"], &core["asked"]["propose"]), (&6.into(), &Value::Null), "{core}");
    assert!(asked(core) <= 80 && right(&out) >= 390, "{} of 400: {core}", right(&out));
}

#[test]
fn what_a_small_model_names_beyond_the_clusters_wanted_is_joined_or_dissolved() {
    let folder = sorted_by_a_small_model("3");
    let out = folder.path().join("run");
    let core = &manifest(&out)["core"];
    assert_eq!((&core["candidates"], &core["merged"]), (&3.into(), &1.into()), "{core}");
    assert_eq!(lines(&out.join("clusters.jsonl")).len(), 3);
}

/// A model that sees two kinds of each group where the vectors see one.
fn judge_by_halves(question: &str) -> Scripted {
    let kinds = |label: &str| ["even", "odd"].map(|half| format!("{label} of the {half} kind"));
    if question.contains(r#"{"groups": [number"#) {
        return choose_by(question, |document, line| {
            let half = document.bytes().map(usize::from).sum::<usize>() % 2;
            group_names(document).into_iter().any(|label| line.contains(&kinds(label)[half]))
        });
    }
    let Some((sample, known)) = question.split_once("The reader's goal again") else { return judge(question) };
    let kinds = group_names(sample).into_iter().flat_map(kinds).filter(|kind| !known.contains(kind));
    let item = |kind: String| json!({"label": kind, "predicate": format!("This is a case of {kind}.")});
    completion(&json!({ "items": kinds.map(item).collect::<Vec<_>>() }).to_string())
}

#[test]
fn finer_kinds_than_the_clusters_wanted_are_joined_and_no_group_is_left_out() {
    let (folder, server) = (tempfile::tempdir().unwrap(), Server::start(judge_by_halves));
    let (corpus, out) = (large_corpus(folder.path()), folder.path().join("run"));
    auto(&corpus, &server, &out, &["--questions", "150", "--ask", "many", "-k", "4"], 0);
    check_invariants(&out);
    check_replay(&corpus, &out);
    let core = &manifest(&out)["core"];
    assert_eq!((&core["candidates"], &core["merged"]), (&4.into(), &4.into()), "{core}");
    let clusters = lines(&out.join("clusters.jsonl"));
    assert!(clusters.iter().all(|cluster| cluster["label"].as_str().unwrap().contains(" kind or ")), "{clusters:?}");
    let right = right_by(&out, |label, group| label.split(" or ").all(|kind| kind.starts_with(group)));
    assert!(right >= 390, "{right} of 400: {core}");
}

#[test]
fn a_letter_that_is_not_on_the_list_places_nothing_by_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question.contains("with its letter alone") {
        true => completion("Z"),
        false => judge(question),
    });
    let out = folder.path().join("run");
    auto(&large_corpus(folder.path()), &server, &out, &["--questions", "48", "--ask", "letter"], 4);
    assert!(lines(&out.join("assignments.jsonl")).iter().all(|line| line["clusters"][0]["by"] != "model"));
}

#[test]
fn a_batch_whose_answer_lacks_a_document_judges_none_of_its_documents() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|question| match question.contains("Document 2:") {
        true => completion(r#"{"documents": [{"number": 1, "groups": [1]}]}"#),
        false => judge(question),
    });
    let out = folder.path().join("run");
    auto(&large_corpus(folder.path()), &server, &out, &["--questions", "24", "--ask", "batch"], 4);
    assert!(lines(&out.join("assignments.jsonl")).iter().all(|line| line["clusters"][0]["by"] != "model"));
}

/// Whether the scripted model errs on a question: one in five.
fn errs(question: &str) -> bool {
    (question.bytes().fold(7_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)) >> 20) & 255
        < 51
}

#[test]
fn a_document_that_is_not_believed_to_belong_does_not_say_that_the_model_found_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = lines(&large_corpus(folder.path()));
    let places = ["the coast", "the valley", "town", "the hills", "the old harbour"];
    rows.extend((0..100).map(|number| {
        let place = places[number % places.len()];
        serde_json::json!({"id": format!("w-{number}"), "text": format!("Mild and cloudy weather in {place}, day {number}, with rain later.")})
    }));
    let corpus = write_rows(&folder.path().join("weather.jsonl"), &rows);
    let reply = |question: &str| match question.contains(r#"{"groups": [number"#) && errs(question) {
        true => completion(r#"{"groups": [1]}"#),
        false => judge(question),
    };
    let (server, out) = (Server::start(reply), folder.path().join("run"));
    auto(&corpus, &server, &out, &["--questions", "300", "--ask", "many", "-k", "4"], 0);
    let core = &manifest(&out)["core"];
    assert!(core["denoised"] == true && core["error"].as_f64().unwrap() > 0.05, "{core}");
    let (asked, mut unbelieved) = (server.asked(), 0);
    for line in lines(&out.join("assignments.jsonl")).iter().filter(|line| line["status"] == "uncovered") {
        let row = rows.iter().find(|row| row["id"] == line["id"]).unwrap();
        let is_about =
            |question: &&String| question.contains(&format!("<document>\n{}\n", row["text"].as_str().unwrap()));
        let judged: Vec<&String> =
            asked.iter().filter(|q| q.contains(r#"{"groups": [number"#)).filter(is_about).collect();
        let is_of_no_group = line["id"].as_str().unwrap().starts_with("w-");
        let found_none = is_of_no_group && judged.iter().any(|question| !errs(question));
        match line["reason"].as_str().unwrap() {
            "the model found no group that holds" => assert!(found_none, "{line}"),
            reason if judged.is_empty() => assert_eq!(reason, "no group seems to hold"),
            reason => {
                unbelieved += 1;
                assert!(reason.contains("outweigh the model's answer") && !found_none, "{line}");
            }
        }
    }
    assert!(unbelieved > 0);
}

#[test]
fn a_larger_budget_keeps_what_was_judged_and_asks_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = large_corpus(folder.path());
    let (server, out) = (Server::knowing(), folder.path().join("run"));
    auto(&corpus, &server, &out, &["--questions", "48"], 0);
    let judged = |out: &Path| -> BTreeSet<String> {
        let judged = |line: &Value| line["clusters"][0]["by"] == "model";
        let id = |line: Value| line["id"].as_str().unwrap().to_owned();
        lines(&out.join("assignments.jsonl")).into_iter().filter(judged).map(id).collect()
    };
    let before = judged(&out);
    auto(&corpus, &server, &out, &["--questions", "96", "--resume"], 0);
    let after = judged(&out);
    assert!(before.is_subset(&after) && after.len() > before.len() + 30, "{} {}", before.len(), after.len());
    let asked = server.asked();
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len());
    assert!(asked.len() <= 96, "{}", asked.len());
    assert_eq!(manifest(&out)["plan"]["questions-before"]["value"], serde_json::json!([48]));
    check_replay(&corpus, &out);
}
