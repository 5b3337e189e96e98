//! `colligate serve` over a real socket: its routes, its limits, its errors, and what a crash leaves.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::mocked::{Mocked, Reply};
use crate::common::served::{Served, config, reply};
use serde_json::{Value, json};

/// A service without a model.
fn plain(folder: &Path, limits: &str) -> Served {
    Served::start(&folder.join("data"), &format!("[limits]\ndisk-free-bytes = 0\npatience-seconds = 1\n{limits}\n"))
}

fn small(folder: &Path) -> Vec<u8> {
    std::fs::read(crate::common::small_corpus(folder)).unwrap()
}

/// A plan that takes no time.
fn quick() -> Value {
    json!({ "embedder": "static", "k": 4 })
}

/// A plan that asks a model about eighty questions, and computes little.
fn asking() -> Value {
    json!({
        "embedder": "static", "backend": "small", "method": "goalex", "rounds": 1, "candidates": 4, "test-size": 0,
        "limit": 20,
    })
}

/// A refusal with its status, its kind and the field that it names.
fn refused(reply: &Reply, status: u16, kind: &str, field: Option<&str>) -> String {
    let problem = reply.json();
    assert_eq!(reply.status, status, "{problem}");
    assert!(reply.head.contains("content-type: application/problem+json"), "{}", reply.head);
    assert_eq!(problem["type"], format!("urn:colligate:{kind}"), "{problem}");
    assert_eq!(problem["status"], status);
    assert_eq!(problem["field"].as_str(), field, "{problem}");
    problem["detail"].as_str().unwrap().to_owned()
}

#[test]
fn a_job_goes_its_way_from_upload_to_report_and_takes_in_new_documents() {
    let folder = tempfile::tempdir().unwrap();
    let served = plain(folder.path(), "");
    let sent = served.form(
        "/v1/jobs",
        "",
        &[
            ("documents", Some("../../mail.jsonl"), &small(folder.path())),
            ("goal", None, b"why do they write?"),
            ("plan", None, quick().to_string().as_bytes()),
        ],
    );
    assert_eq!(sent.status, 202, "{}", sent.text());
    let id = sent.json()["id"].as_str().unwrap().to_owned();
    assert!(sent.head.contains(&format!("location: /v1/jobs/{id}")), "{}", sent.head);
    let job = served.ended(&id);
    assert_eq!((&job["status"], &job["rows"]), (&json!("complete"), &json!(40)), "{job}");
    assert_eq!(job["results"]["clusters"], 4);
    assert_eq!(served.get("/v1/jobs").json()["jobs"][0], job);

    let job = format!("/v1/jobs/{id}");
    let clusters = served.get(&format!("{job}/clusters")).json();
    assert_eq!(clusters["clusters"].as_array().unwrap().len(), 4);
    let all = served.get(&format!("{job}/assignments"));
    assert_eq!(all.text().lines().count(), 40);
    let (mut pages, mut next) = (String::new(), Some(format!("{job}/assignments?limit=15")));
    while let Some(page) = next {
        let reply = served.get(&page);
        pages += &reply.text();
        next = reply.head.split_once("link: <").map(|(_, link)| link.split_once('>').unwrap().0.to_owned());
    }
    assert_eq!(pages, all.text());
    let report = served.get(&format!("{job}/report.html"));
    assert!(report.text().starts_with("<!DOCTYPE html>") && report.head.contains("sandbox allow-scripts"));
    let run = folder.path().join("data/jobs").join(&id);
    assert!(run.join("upload/mail.jsonl").is_file(), "a name is no path");
    crate::common::check_invariants(&run.join("run"));

    let new = json!({ "documents": ["My parcel has not arrived", { "id": "x", "text": "The brake squeals" }] });
    let assigned = served.post(&format!("{job}/assign"), &new).json();
    let lines = assigned["assignments"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[1]["id"]), (2, &json!("x")));
    let own = served.form(&format!("{job}/assign"), "", &[("documents", Some("a.jsonl"), &small(folder.path()))]);
    let own: Vec<Value> = serde_json::from_value(own.json()["assignments"].clone()).unwrap();
    let written: Vec<Value> = all.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(own, written, "a job's own documents are where the job put them");

    assert_eq!(served.delete(&job).json()["status"], "complete", "what has ended stays as it is");
    assert_eq!(served.delete(&format!("{job}?erase=true")).status, 204);
    refused(&served.get(&job), 404, "absent", None);
    assert!(!run.exists());
}

#[test]
fn events_go_on_after_the_last_one_that_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let served = plain(folder.path(), "");
    let id = served.job("", quick(), &small(folder.path()));
    let events = |last: &str| served.send("GET", &format!("/v1/jobs/{id}/events"), last, b"");
    let all = events("");
    assert!(all.head.contains("content-type: text/event-stream"));
    let text = all.text();
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!((names[0], names[1], *names.last().unwrap()), ("queued", "running", "ended"), "{text}");
    assert!(text.contains(r#""status":"complete""#));
    let ids: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    let rest = events(&format!("last-event-id: {}\r\n", ids[1])).text();
    assert!(text.ends_with(&rest) && rest.matches("event: ").count() == names.len() - 2, "{rest}");
    let last = format!("last-event-id: {}\r\n", ids.last().unwrap());
    assert_eq!(events(&last).status, 204, "nothing will come any more");
    refused(&events("last-event-id: x\r\n"), 422, "usage", Some("Last-Event-ID"));
}

#[test]
fn what_a_request_says_wrong_is_refused_with_its_field() {
    let folder = tempfile::tempdir().unwrap();
    let served = plain(folder.path(), "rows = 50\nrow-bytes = 300\nunpacked-bytes = 100000\n");
    let post = |body: Value| served.post("/v1/jobs", &body);
    let cases = [
        (json!({ "documents": ["a", "b"], "plan": { "llm": "http://127.0.0.1:1/" } }), 422, "usage", Some("plan.llm")),
        (json!({ "documents": ["a"], "plan": { "prompts": "/etc" } }), 422, "usage", Some("plan.prompts")),
        (json!({ "documents": ["a"], "plan": { "embedder": "/etc" } }), 422, "usage", Some("plan.embedder")),
        (json!({ "documents": ["a"], "plan": { "backend": "large" } }), 422, "usage", Some("plan.backend")),
        (json!({ "documents": ["a", "b"], "plan": { "k": 9 } }), 422, "usage", Some("plan.k")),
        (json!({ "documents": ["a", "b"], "plan": { "method": "goalex" } }), 422, "usage", Some("plan.method")),
        (json!({ "documents": [] }), 422, "usage", Some("documents")),
        (json!({ "documents": [7] }), 422, "usage", Some("documents[0]")),
        (json!({ "documents": ["a"], "codebook": "nonsense" }), 422, "usage", Some("codebook")),
        (json!({ "documents": ["a"], "nonsense": 1 }), 422, "json", None),
        (json!({ "goal": "x" }), 422, "json", None),
        (json!({ "documents": vec!["a"; 51] }), 413, "too-large", Some("documents")),
        (json!({ "documents": ["a".repeat(301)] }), 413, "too-large", Some("documents")),
    ];
    for (body, status, kind, field) in cases {
        let detail = refused(&post(body), status, kind, field);
        assert!(!detail.contains(folder.path().to_str().unwrap()), "{detail}");
    }
    let form = |parts: &[crate::common::served::Part]| served.form("/v1/jobs", "", parts);
    let documents: crate::common::served::Part = ("documents", Some("a.jsonl"), b"{\"text\": \"a\"}\n[\n");
    let strict: crate::common::served::Part = ("plan", None, b"{\"on-error\": \"fail\"}");
    assert!(refused(&form(&[documents, strict]), 422, "row", Some("documents")).starts_with("row 2: "));
    refused(&form(&[("goal", None, b"x")]), 422, "usage", Some("documents"));
    refused(&form(&[documents, documents]), 422, "usage", Some("documents"));
    refused(&form(&[documents, ("plan", None, b"[")]), 422, "usage", Some("plan"));
    refused(&form(&[documents, ("goal", None, b"\xff")]), 422, "usage", Some("goal"));
    refused(&form(&[documents, ("secret", None, b"x")]), 422, "usage", Some("secret"));
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b'a'; 1_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    refused(&form(&[("documents", Some("a.txt.gz"), &bomb)]), 413, "too-large", Some("documents"));
    refused(
        &served.send("POST", "/v1/jobs", "content-type: text/plain\r\n", b"a"),
        415,
        "media-type",
        Some("Content-Type"),
    );
    refused(&served.send("POST", "/v1/jobs", "content-type: application/json\r\n", b"{"), 400, "json", None);
    let unbounded = "content-type: multipart/form-data\r\n";
    refused(&served.send("POST", "/v1/jobs", unbounded, b"x"), 400, "form", None);
    let cut = "content-type: multipart/form-data; boundary=x\r\n";
    let half = b"--x\r\ncontent-disposition: form-data; name=\"documents\"; filename=\"a\"\r\n\r\nhalf";
    refused(&served.send("POST", "/v1/jobs", cut, half), 400, "form", None);
    refused(&served.get("/v1/jobs?limit=0"), 422, "usage", Some("limit"));
    refused(&served.get("/v1/jobs?limit=x"), 422, "usage", Some("query"));
    refused(&served.get("/v1/jobs?before=x"), 422, "usage", Some("before"));
    refused(&served.get("/v1/jobs/../../etc/passwd"), 404, "absent", None);
    refused(&served.get("/v1/jobs/..%2f..%2fetc%2fpasswd/report.html"), 404, "absent", None);
    refused(&served.get("/v1/jobs/01a22a9b-464c-7016-8c7e-5a0bc3bcbab8"), 404, "absent", None);
    refused(&served.get("/v1/jobs/%ff"), 400, "path", None);
    refused(&served.get("/nothing"), 404, "absent", None);
    refused(&served.send("PUT", "/v1/jobs", "", b""), 405, "method", None);
    assert!(served.get("/v1/jobs").json()["jobs"].as_array().unwrap().is_empty());
    let left = std::fs::read_dir(folder.path().join("data/jobs")).unwrap().count();
    assert_eq!(left, 0, "what is refused leaves nothing behind");
}

#[test]
fn results_are_there_when_the_job_has_ended_and_the_fields_of_their_routes_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&["--latency", "300"]);
    let served = Served::start(&folder.path().join("data"), &config(&mock.address, "assigned-at-once = 2\n"));
    let running = served.job("why?", asking(), &small(folder.path()));
    for part in ["clusters", "assignments", "report.html"] {
        refused(&served.get(&format!("/v1/jobs/{running}/{part}")), 409, "no-results", None);
    }
    let assign = |id: &str, body: Value| served.post(&format!("/v1/jobs/{id}/assign"), &body);
    refused(&assign(&running, json!({ "documents": ["a"] })), 409, "no-results", None);
    refused(&served.delete(&format!("/v1/jobs/{running}?erase=true")), 409, "running", None);
    served.delete(&format!("/v1/jobs/{running}"));
    let done = served.job("", quick(), &small(folder.path()));
    served.ended(&done);
    refused(&assign(&done, json!({ "documents": ["a", "b", "c"] })), 413, "too-large", Some("documents"));
    refused(&assign(&done, json!({ "documents": ["a"], "goal": "x" })), 422, "usage", Some("goal"));
    refused(&served.get(&format!("/v1/jobs/{done}/assignments?cursor=3")), 422, "usage", Some("cursor"));
    refused(&served.get(&format!("/v1/jobs/{done}/assignments?limit=0")), 422, "usage", Some("limit"));
}

#[test]
fn an_estimate_asks_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&[]);
    let config = config(&mock.address, "").replace("wait = 1", "wait = 1\nprice-in = 1.0\nprice-out = 2.0");
    let served = Served::start(&folder.path().join("data"), &config);
    let body = json!({ "documents": ["a parcel", "a brake"], "goal": "why?", "plan": { "backend": "small" } });
    let estimate = served.post("/v1/estimate", &body).json();
    assert_eq!((&estimate["rows"], &estimate["asks"]), (&json!(2), &json!(true)), "{estimate}");
    assert!(
        estimate["cost"]["expected"].as_f64().unwrap() > 0.0 && estimate["questions"]["expected"].as_u64().unwrap() > 0
    );
    let without = served.post("/v1/estimate", &json!({ "documents": ["a parcel"] })).json();
    assert_eq!((&without["asks"], &without["questions"]["high"]), (&json!(false), &json!(0)));
    refused(
        &served.post("/v1/estimate", &json!({ "documents": ["a"], "plan": { "x": 1 } })),
        422,
        "usage",
        Some("plan.x"),
    );
    assert_eq!(mock.counts()["questions"]["distinct"], 0);
    assert_eq!(std::fs::read_dir(folder.path().join("data/jobs")).unwrap().count(), 0);
    let backends = served.get("/v1/backends").json();
    assert_eq!(
        (&backends["backends"][0]["name"], &backends["backends"][0]["price_in"]),
        (&json!("small"), &json!(1.0))
    );
    assert!(!backends.to_string().contains("127.0.0.1"), "{backends}");
}

#[test]
fn the_same_request_sent_again_is_the_same_job() {
    let folder = tempfile::tempdir().unwrap();
    let served = plain(folder.path(), "");
    let send = |served: &Served, key: &str, text: &str| {
        let headers = format!("content-type: application/json\r\nidempotency-key: {key}\r\n");
        let body = json!({ "documents": [text, "b"], "plan": { "embedder": "static" } });
        served.send("POST", "/v1/jobs", &headers, body.to_string().as_bytes())
    };
    let first = send(&served, "k1", "a").json()["id"].clone();
    assert_eq!(send(&served, "k1", "a").json()["id"], first);
    assert_ne!(send(&served, "k2", "a").json()["id"], first);
    refused(&send(&served, "k1", "other"), 422, "usage", Some("Idempotency-Key"));
    refused(&send(&served, &"k".repeat(256), "a"), 422, "usage", Some("Idempotency-Key"));
    served.kill();
    let served = plain(folder.path(), "");
    assert_eq!(send(&served, "k1", "a").json()["id"], first, "also after a restart");
    assert_eq!(served.get("/v1/jobs").json()["jobs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_full_queue_sends_away_and_a_job_is_cancelled_in_every_state() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&["--latency", "300"]);
    let served = Served::start(&folder.path().join("data"), &config(&mock.address, "queue = 2\n"));
    let documents = small(folder.path());
    let running = served.job("one", asking(), &documents);
    served.wait(&running, |job| job["status"] == "running");
    let waiting = [served.job("two", asking(), &documents), served.job("three", asking(), &documents)];
    assert_eq!(served.look(&waiting[0])["reason"], "it is the next");
    assert_eq!(served.look(&waiting[1])["reason"], "1 before it");
    let full = served.post("/v1/jobs", &json!({ "documents": ["a"] }));
    refused(&full, 429, "queue", None);
    assert!(full.head.contains("retry-after: "), "{}", full.head);
    for id in [&waiting[0], &running] {
        assert_eq!(served.delete(&format!("/v1/jobs/{id}")).json()["status"], "cancelled");
        assert_eq!(served.look(id)["status"], "cancelled");
        assert_eq!(served.delete(&format!("/v1/jobs/{id}")).json()["status"], "cancelled", "once more");
    }
    let events = served.get(&format!("/v1/jobs/{}/events", waiting[0])).text();
    assert!(events.contains("event: ended") && events.contains("cancelled"), "{events}");
    served.wait(&waiting[1], |job| job["status"] == "running");
    served.kill();
    let served = Served::start(&folder.path().join("data"), &config(&mock.address, ""));
    assert_eq!(served.look(&running)["status"], "cancelled", "a restart does not begin it again");
    let metrics = served.get("/metrics").text();
    assert!(metrics.contains("colligate_jobs{status=\"cancelled\"} 2\n"), "{metrics}");
}

/// Jobs with goals and documents of their own, so that no question of one is a question of another.
fn several(served: &Served, documents: &[u8], count: usize) -> Vec<String> {
    let job = |number: usize| {
        let documents = String::from_utf8_lossy(documents).replace(".\"", &format!(", case {number}.\""));
        let documents = documents.replace("!\"", &format!(", case {number}!\""));
        served.job(&format!("why do they write, number {number}?"), asking(), documents.as_bytes())
    };
    (0..count).map(job).collect()
}

#[test]
fn killed_in_the_middle_no_job_is_lost_and_no_answer_is_paid_for_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&["--latency", "15"]);
    let (data, documents) = (folder.path().join("data"), small(folder.path()));
    let config = config(&mock.address, "jobs-at-once = 2\n");
    let mut served = Served::start(&data, &config);
    let ids = several(&served, &documents, 6);
    let asked = |mock: &Mocked| mock.counts()["questions"]["distinct"].as_u64().unwrap();
    const KILLS: u64 = 3;
    for _ in 0..KILLS {
        let before = asked(&mock);
        let since = Instant::now();
        while asked(&mock) < before + 60 && since.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(5));
        }
        served.kill();
        served = Served::start(&data, &config);
    }
    for id in &ids {
        let job = served.ended(id);
        assert_eq!(job["status"], "complete", "{job}");
        crate::common::check_invariants(&data.join("jobs").join(id).join("run"));
    }
    let counts = mock.counts()["questions"].clone();
    // What was under way when it was killed has no answer in a journal: 4 requests of each of 2 jobs.
    assert!(counts["repeated"].as_u64().unwrap() <= KILLS * 8, "{counts}");
}

#[test]
fn a_folder_that_cannot_be_read_is_left_as_it_is_and_links_are_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let documents = small(folder.path());
    let served = plain(folder.path(), "");
    let [damaged, linked, arrived] = [(); 3].map(|()| served.job("why?", quick(), &documents));
    for id in [&damaged, &linked, &arrived] {
        assert_eq!(served.ended(id)["status"], "complete");
    }
    served.kill();
    let jobs = data.join("jobs");
    std::fs::write(jobs.join(&damaged).join("request.json"), "{torn").unwrap();
    // As an upload that was never accepted.
    std::fs::remove_file(jobs.join(&arrived).join("request.json")).unwrap();
    std::fs::write(jobs.join(&arrived).join("nobodys"), "").unwrap();
    let own = jobs.join("01a22ba4-59f3-741d-a38d-5c0a4fd1baf5");
    std::fs::create_dir(&own).unwrap();
    let served = plain(folder.path(), "");
    assert_eq!(served.get(&format!("/v1/jobs/{damaged}")).status, 404);
    assert!(jobs.join(&damaged).join("run/assignments.jsonl").exists() && own.exists());
    assert!(!jobs.join(&arrived).exists());
    #[cfg(unix)]
    {
        let (secret, report) = (folder.path().join("secret"), jobs.join(&linked).join("run/report.html"));
        std::fs::write(&secret, "of the host").unwrap();
        std::fs::remove_file(&report).unwrap();
        std::os::unix::fs::symlink(&secret, &report).unwrap();
        for what in ["report.html", "assignments", "clusters"] {
            refused(&served.get(&format!("/v1/jobs/{linked}/{what}")), 500, "results", None);
        }
    }
    let (_, said) = served.terminate();
    assert!(said.contains(&format!("jobs/{damaged}: it has no request.json that can be read")), "{said}");
}

#[test]
fn told_to_end_it_comes_to_rest_and_goes_on_when_it_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&["--latency", "30"]);
    let (data, config) = (folder.path().join("data"), config(&mock.address, ""));
    let served = Served::start(&data, &config);
    let ids = several(&served, &small(folder.path()), 2);
    served.wait(&ids[0], |job| job["step"]["done"].as_u64() > Some(3));
    let since = Instant::now();
    let (code, said) = served.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(since.elapsed() < Duration::from_secs(20) && said.contains("stopping"), "{said}");
    assert!(!said.contains("parcel"), "no text of a document is in the log: {said}");
    let asked = mock.counts()["questions"]["distinct"].as_u64().unwrap();
    assert!(asked > 0);
    let served = Served::start(&data, &config);
    for id in &ids {
        assert_eq!(served.ended(id)["status"], "complete");
    }
    assert_eq!(mock.counts()["questions"]["repeated"], 0, "what was under way was answered before the end");
}

#[test]
fn a_backend_that_fails_is_told_without_its_words_and_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&["--fault", "401:1"]);
    let served = Served::start(&folder.path().join("data"), &config(&mock.address, ""));
    let id = served.job("why?", asking(), &small(folder.path()));
    let job = served.ended(&id);
    assert_eq!((&job["status"], &job["problem"]["field"]), (&json!("failed"), &json!("plan.backend")), "{job}");
    let events = served.get(&format!("/v1/jobs/{id}/events")).text();
    for said in [job.to_string(), events] {
        assert!(!said.contains("127.0.0.1") && !said.contains("401"), "{said}");
    }
    refused(&served.get(&format!("/v1/jobs/{id}/clusters")), 409, "no-results", None);
    drop(served);
    let mock = Mocked::knowing(&["--fault", "400:0.4"]);
    let data = folder.path().join("again");
    let served = Served::start(&data, &config(&mock.address, ""));
    let id = served.job("why?", asking(), &small(folder.path()));
    let job = served.ended(&id);
    assert!(job["reason"].as_str().unwrap().contains("gave no answer (status-400)"), "{job}");
    let parts = ["", "/assignments", "/clusters", "/report.html", "/events"];
    for said in parts.map(|part| served.get(&format!("/v1/jobs/{id}{part}")).text()) {
        assert!(!said.contains("not valid"), "the words of a backend: {said}");
    }
    let journal = std::fs::read_to_string(data.join("jobs").join(&id).join("run/calls.jsonl")).unwrap();
    assert!(journal.contains("not valid"), "the owner of the server finds them in the journal");
}

#[test]
fn a_job_that_failed_goes_on_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let served = Served::start(&data, &config("http://127.0.0.1:9/v1", ""));
    let id = served.job("why?", asking(), &small(folder.path()));
    assert_eq!(served.ended(&id)["status"], "failed");
    served.kill();
    let mock = Mocked::knowing(&[]);
    let served = Served::start(&data, &config(&mock.address, ""));
    assert_eq!(served.look(&id)["status"], "failed");
    let resume = || served.post(&format!("/v1/jobs/{id}/resume"), &json!({}));
    assert_eq!(resume().status, 202);
    assert_eq!(served.ended(&id)["status"], "complete");
    refused(&resume(), 409, "resume", None);
    let events = served.get(&format!("/v1/jobs/{id}/events")).text();
    assert_eq!(events.matches("event: ended").count(), 2, "{events}");
}

#[test]
fn the_days_money_is_spent_once() {
    let folder = tempfile::tempdir().unwrap();
    let mock = Mocked::knowing(&[]);
    let priced = config(&mock.address, "cost-per-day = 0.005\n")
        .replace("wait = 1", "wait = 1\nprice-in = 1.0\nprice-out = 1.0\nconcurrency = 1");
    let data = folder.path().join("data");
    let served = Served::start(&data, &priced);
    let documents = small(folder.path());
    let first = served.job("one", asking(), &documents);
    let job = served.ended(&first);
    let cost = job["results"]["cost"].as_f64().unwrap_or_default();
    assert_eq!(job["status"], "partial", "{job}");
    assert!(job["reason"].as_str().unwrap().contains("plan.max-cost"), "{job}");
    assert!(cost > 0.0 && cost <= 0.005, "{job}");
    let free = served.job("two", quick(), &documents);
    assert_eq!(served.ended(&free)["status"], "complete", "what asks nobody costs nothing");
    let spent = std::fs::read_to_string(data.join("spent.jsonl")).unwrap();
    assert_eq!(spent.lines().count(), 1, "{spent}");
    assert!(served.get("/metrics").text().contains("colligate_cost_limit 0.005"));
}

#[test]
fn a_full_disk_takes_no_more_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[limits]\ndisk-free-bytes = {}\n", i64::MAX);
    let served = Served::start(&folder.path().join("data"), &config);
    refused(&served.post("/v1/jobs", &json!({ "documents": ["a"] })), 507, "disk", None);
    refused(&served.get("/readyz"), 503, "disk", None);
    assert_eq!(served.get("/healthz").status, 200);
}

#[test]
fn a_request_that_is_too_large_or_too_slow_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let served = plain(folder.path(), "upload-bytes = 10000\nconnections = 8\n");
    let large = vec![b'a'; 20_000];
    let roomy = tempfile::tempdir().unwrap();
    let patient = plain(roomy.path(), "");
    let text = format!("{}\n", "five megabytes of short lines ".repeat(100));
    let several: String = (0..1_700).map(|line| format!("{line} {text}")).collect();
    let documents: crate::common::served::Part = ("documents", Some("a.txt"), several.as_bytes());
    let parts = [documents, ("plan", None, b"{\"format\": \"lines\"}")];
    let estimate = patient.form("/v1/estimate", "", &parts);
    assert_eq!(estimate.status, 200, "what the limit allows is read: {}", estimate.text());
    drop(patient);
    refused(&served.send("POST", "/v1/jobs", "content-type: application/json\r\n", &large), 413, "body", None);
    let parts: [crate::common::served::Part; 1] = [("documents", Some("a.txt"), &large)];
    refused(&served.form("/v1/jobs", "", &parts), 413, "body", None);
    let host = &served.host;
    let mut chunked = served.open();
    let head = format!(
        "POST /v1/jobs HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n4e20\r\n"
    );
    chunked.write_all(head.as_bytes()).unwrap();
    let _ = chunked.write_all(&large);
    assert_eq!(reply(chunked).status, 413, "whatever its length is said to be");

    let since = Instant::now();
    let mut slow_head = served.open();
    slow_head.write_all(b"POST /v1/jobs HT").unwrap();
    let mut slow_body = served.open();
    let head = format!(
        "POST /v1/jobs HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{{"
    );
    slow_body.write_all(head.as_bytes()).unwrap();
    assert_eq!(reply(slow_body).status, 408);
    assert_ne!(reply(slow_head).status, 202);
    assert!(since.elapsed() < Duration::from_secs(10));
    // Neither holds a place for ever.
    let held: Vec<_> = (0..8).map(|_| served.open()).collect();
    assert_eq!(served.get("/healthz").status, 200);
    drop(held);
    let mut nonsense = served.open();
    nonsense.write_all(&[0xff; 100_000]).unwrap();
    drop(reply(nonsense));
    assert_eq!(served.get("/healthz").status, 200);
}

#[test]
fn without_tokens_only_this_machine_and_no_page_of_another_site_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let served = plain(folder.path(), "");
    let send = |headers: &str| served.send("GET", "/v1/jobs", headers, b"");
    assert_eq!(send("").status, 200);
    refused(&send("host: evil.example\r\n"), 403, "origin", None);
    refused(&send("origin: https://evil.example\r\n"), 403, "origin", None);
    assert!(!send("").head.contains("access-control-allow"));
    let open =
        crate::common::colligate(&["serve", "--listen", "0.0.0.0:0", "--data"]).arg(folder.path().join("x")).output();
    let open = open.unwrap();
    assert_eq!(open.status.code(), Some(2));
    assert!(crate::common::stderr(&open).contains("nobody needs a token"), "{}", crate::common::stderr(&open));
    let second = crate::common::colligate(&["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .output();
    assert!(crate::common::stderr(&second.unwrap()).contains("another process serves this folder"));
}

#[test]
fn with_tokens_everybody_sees_their_own_jobs_only() {
    let folder = tempfile::tempdir().unwrap();
    // sha256 of `token-of-one` and `token-of-two`.
    let digest = |token: &str| {
        use sha2::Digest;
        sha2::Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let config = format!(
        "[limits]\ndisk-free-bytes = 0\n[tokens.one]\nsha256 = \"{}\"\nqueue = 1\n[tokens.two]\nsha256 = \"{}\"\n",
        digest("token-of-one"),
        digest("token-of-two")
    );
    let mut served = Served::start(&folder.path().join("data"), &config);
    let denied = served.get("/v1/jobs");
    refused(&denied, 401, "token", Some("Authorization"));
    assert!(denied.head.contains("www-authenticate: bearer"));
    for open in ["/", "/healthz", "/readyz", "/openapi.json"] {
        assert_eq!(served.get(open).status, 200, "{open}");
    }
    assert_eq!(served.get("/metrics").status, 401);
    served.headers = "authorization: Bearer nonsense\r\n".into();
    assert_eq!(served.get("/v1/jobs").status, 401);
    served.headers = "authorization: Bearer token-of-one\r\n".into();
    let id = served.job("", quick(), &small(folder.path()));
    served.ended(&id);
    served.headers = "authorization: Bearer token-of-two\r\n".into();
    assert!(served.get("/v1/jobs").json()["jobs"].as_array().unwrap().is_empty());
    for route in ["", "/events", "/clusters", "/assignments", "/report.html"] {
        refused(&served.get(&format!("/v1/jobs/{id}{route}")), 404, "absent", None);
    }
    refused(&served.delete(&format!("/v1/jobs/{id}")), 404, "absent", None);
    served.headers = "authorization: Bearer token-of-one\r\n".into();
    assert_eq!(served.look(&id)["status"], "complete");
    assert!(crate::common::no_file_holds_it(&folder.path().join("data")) > 0);
}

#[test]
fn every_response_tells_the_browser_what_it_may_do() {
    let folder = tempfile::tempdir().unwrap();
    let served = plain(folder.path(), "");
    for path in ["/", "/v1/jobs", "/nothing", "/openapi.json"] {
        let head = served.get(path).head;
        for part in
            ["x-content-type-options: nosniff", "content-security-policy: default-src 'none'", "frame-ancestors 'none'"]
        {
            assert!(head.contains(part), "{path}: {part} in {head}");
        }
    }
    let page = served.get("/");
    assert!(page.text().contains("<title>colligate</title>") && !page.head.contains("unsafe"));
    let described = served.get("/openapi.json");
    assert_eq!(described.text(), std::fs::read_to_string("docs/openapi.json").unwrap());
    assert!(described.json()["openapi"].as_str().unwrap().starts_with("3.1"));
}
