//! What the service counts, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds of the histogram of latencies, in seconds.
const BOUNDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0];

/// Counters of one process.
#[derive(Debug, Default)]
pub struct Metrics(Mutex<Counters>);

#[derive(Debug, Default)]
struct Counters {
    /// By route and status.
    requests: BTreeMap<(String, u16), u64>,
    /// By route.
    latencies: BTreeMap<String, Histogram>,
    /// Units of work by step.
    steps: BTreeMap<String, u64>,
    /// Requests to models, and their tokens, of jobs that have ended.
    calls: u64,
    tokens: u64,
    unparsed: u64,
    failed: u64,
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

/// What a job asked of a model.
#[derive(Debug, Clone, Copy, Default)]
pub struct Questions {
    /// Requests, retries included.
    pub calls: u64,
    /// Tokens of prompts and completions.
    pub tokens: u64,
    /// Answers that were not legal.
    pub unparsed: u64,
    /// Questions without an answer.
    pub failed: u64,
}

impl Metrics {
    fn change(&self, change: impl FnOnce(&mut Counters)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A request was answered.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        self.change(|counters| {
            *counters.requests.entry((route.to_owned(), status)).or_default() += 1;
            let histogram = counters.latencies.entry(route.to_owned()).or_default();
            histogram.count += 1;
            histogram.sum += took.as_secs_f64();
            for (bucket, bound) in histogram.buckets.iter_mut().zip(BOUNDS) {
                *bucket += u64::from(took.as_secs_f64() <= bound);
            }
        });
    }

    /// A step has done some units.
    pub fn advanced(&self, step: &str, units: u64) {
        self.change(|counters| *counters.steps.entry(step.to_owned()).or_default() += units);
    }

    /// A session of a job has ended.
    pub fn asked(&self, questions: Questions) {
        self.change(|counters| {
            counters.calls += questions.calls;
            counters.tokens += questions.tokens;
            counters.unparsed += questions.unparsed;
            counters.failed += questions.failed;
        });
    }

    /// All of it as text; `gauges` are names with their help, labels and values.
    pub fn text(&self, gauges: &[Gauge<'_>]) -> String {
        let counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        let mut head = "";
        for gauge in gauges {
            if gauge.name != head {
                headed(&mut text, gauge.name, "gauge", gauge.help);
            }
            head = gauge.name;
            line(&mut text, gauge.name, gauge.label, gauge.value);
        }
        headed(&mut text, "colligate_http_requests_total", "counter", "Requests that were answered.");
        for ((route, status), count) in &counters.requests {
            let labels = format!("route=\"{route}\",status=\"{status}\"");
            line(&mut text, "colligate_http_requests_total", &labels, *count as f64);
        }
        headed(&mut text, "colligate_http_seconds", "histogram", "Time until a response began.");
        for (route, histogram) in &counters.latencies {
            for (bucket, bound) in histogram.buckets.iter().zip(BOUNDS) {
                let labels = format!("route=\"{route}\",le=\"{bound}\"");
                line(&mut text, "colligate_http_seconds_bucket", &labels, *bucket as f64);
            }
            let labels = format!("route=\"{route}\",le=\"+Inf\"");
            line(&mut text, "colligate_http_seconds_bucket", &labels, histogram.count as f64);
            let labels = format!("route=\"{route}\"");
            line(&mut text, "colligate_http_seconds_sum", &labels, histogram.sum);
            line(&mut text, "colligate_http_seconds_count", &labels, histogram.count as f64);
        }
        headed(
            &mut text,
            "colligate_step_units_total",
            "counter",
            "Units of work by step: texts embedded, questions answered.",
        );
        for (step, units) in &counters.steps {
            let step: String = step.chars().filter(|c| !matches!(c, '"' | '\\' | '\n')).collect();
            line(&mut text, "colligate_step_units_total", &format!("step=\"{step}\""), *units as f64);
        }
        let asked = [
            ("colligate_model_calls_total", "Requests to models, of sessions that have ended.", counters.calls),
            ("colligate_model_tokens_total", "Their tokens.", counters.tokens),
            ("colligate_model_unparsed_total", "Answers that were not legal.", counters.unparsed),
            ("colligate_model_failed_total", "Questions without an answer.", counters.failed),
        ];
        for (name, help, count) in asked {
            headed(&mut text, name, "counter", help);
            line(&mut text, name, "", count as f64);
        }
        text
    }
}

/// A number that goes up and down.
#[derive(Debug, Clone, Copy)]
pub struct Gauge<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub help: &'a str,
    /// Its labels, or nothing.
    pub label: &'a str,
    /// Its value.
    pub value: f64,
}

// Writing to a string cannot fail.
fn headed(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &str, value: f64) {
    let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
    let _ = writeln!(text, "{name}{labels} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_upwards() {
        let metrics = Metrics::default();
        metrics.answered("/v1/jobs", 200, Duration::from_millis(3));
        metrics.advanced("embed", 7);
        let text =
            metrics.text(&[Gauge { name: "colligate_jobs", help: "Jobs.", label: "status=\"queued\"", value: 2.0 }]);
        for part in [
            "colligate_jobs{status=\"queued\"} 2\n",
            "colligate_http_requests_total{route=\"/v1/jobs\",status=\"200\"} 1\n",
            "le=\"0.0025\"} 0\n",
            "le=\"0.005\"} 1\n",
            "le=\"+Inf\"} 1\n",
            "colligate_step_units_total{step=\"embed\"} 7\n",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
