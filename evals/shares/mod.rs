//! `evals shares`: whether the intervals of the shares cover them, and whether confidences are what they say.
//!
//! Corpora of random words, whose class is seen in the vectors only, are clustered by a model that is wrong as often as it is told
//! to. What a run says of the size of its clusters, and of each document, is compared with the truth.

mod tally;
mod world;

use std::time::Instant;

use clap::Args;
use colligate::embed::Embedder;
use colligate::methods::{Asked, Outcome, Setting, run};
use colligate::model::Prompts;
use colligate::observer::Silent;
use colligate::plan::{Ask, Layers, Method, Plan, Questions, Settings};

use tally::Tally;
use world::World;

/// Coverage of the shares' intervals and calibration of the confidences, on made-up corpora
#[derive(Debug, Args)]
pub struct Shares {
    /// Documents of a corpus
    #[arg(long, value_delimiter = ',', default_value = "800,8000")]
    documents: Vec<usize>,
    /// Classes of a corpus
    #[arg(long, default_value_t = 5)]
    classes: usize,
    /// Distances of the classes' means from the origin; around each a class's vectors deviate by 0.3 in each of 32 dimensions
    #[arg(long, value_delimiter = ',', default_value = "1,2,3,5")]
    separations: Vec<f64>,
    /// Shares of wrong answers
    #[arg(long, value_delimiter = ',', default_value = "0,0.2")]
    noise: Vec<f64>,
    /// Methods
    #[arg(long, value_delimiter = ',', value_enum, default_value = "auto")]
    methods: Vec<Method>,
    /// How auto asks about a document
    #[arg(long, value_delimiter = ',', value_enum, default_value = "many,pair,letter,batch")]
    ask: Vec<Ask>,
    /// Questions of auto
    #[arg(long, value_delimiter = ',', default_value = "256")]
    questions: Vec<Questions>,
    /// Questions that go to an audit
    #[arg(long, default_value_t = 0)]
    audit: usize,
    /// Corpora of each kind
    #[arg(long, default_value_t = 20)]
    runs: u64,
    /// Of all randomness
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print every run
    #[arg(long)]
    verbose: bool,
}

/// One cell of the grid.
#[derive(Debug, Clone, Copy)]
struct Cell {
    documents: usize,
    separation: f64,
    noise: f64,
    method: Method,
    ask: Ask,
    questions: Questions,
}

impl Shares {
    /// Measures and prints a Markdown table, cell by cell.
    pub fn run(&self) -> anyhow::Result<()> {
        println!("{}", tally::HEADING);
        for cell in self.cells() {
            let started = Instant::now();
            let mut tally = Tally::default();
            for number in 0..self.runs {
                let world = World::make(cell.documents, self.classes, cell.separation, cell.noise, number, self.seed)?;
                let outcome = self.outcome(&world, cell, number)?;
                tally.add(&world, &outcome, self.verbose);
            }
            let seconds = started.elapsed().as_secs_f64() / self.runs as f64;
            println!("{}", tally.line(&cell.name(), seconds));
        }
        Ok(())
    }

    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for &method in &self.methods {
            let asks: &[Ask] = if method == Method::Auto { &self.ask } else { &[Ask::Auto] };
            let all = [Questions::All];
            let questions: &[Questions] = if method == Method::Auto { &self.questions } else { &all };
            for &documents in &self.documents {
                for &noise in &self.noise {
                    for &separation in &self.separations {
                        for (&ask, &questions) in asks.iter().flat_map(|ask| questions.iter().map(move |q| (ask, q))) {
                            cells.push(Cell { documents, separation, noise, method, ask, questions });
                        }
                    }
                }
            }
        }
        cells
    }

    fn outcome(&self, world: &World, cell: Cell, seed: u64) -> anyhow::Result<Outcome> {
        let plan = self.plan(cell, seed)?;
        let prompts = Prompts::load(None)?;
        let embeddings = world.embed(&world.corpus.distinct_texts(), &Silent)?.embeddings;
        let setting =
            Setting { corpus: &world.corpus, embeddings: &embeddings, embedder: world, plan: &plan, observer: &Silent };
        Ok(run(setting, Asked { prompts: &prompts, answerer: world })?)
    }

    fn plan(&self, cell: Cell, seed: u64) -> anyhow::Result<Plan> {
        let is_auto = cell.method == Method::Auto;
        let settings = Settings {
            goal: Some("which kind?".into()),
            method: Some(cell.method),
            llm: Some("http://oracle.invalid/v1".into()),
            questions: is_auto.then_some(cell.questions),
            ask: is_auto.then_some(cell.ask),
            audit: is_auto.then_some(self.audit),
            test_size: Some(0),
            seed: Some(seed),
            ..Settings::default()
        };
        let mut layers = Layers::default();
        layers.add("flag", &settings)?;
        Ok(layers.check()?)
    }
}

impl Cell {
    fn name(self) -> String {
        let ask = if self.method == Method::Auto { self.ask.name() } else { "" };
        let method = self.method.name();
        format!(
            "{method} | {ask} | {} | {} | {} | {:.0}%",
            self.documents,
            self.questions,
            self.separation,
            100.0 * self.noise
        )
    }
}

#[cfg(test)]
mod tests {
    use colligate::seed::generator;
    use colligate::spread::{Counted, Evidence, Reliability};
    use ndarray::{Array2, ArrayView1};
    use rand::RngExt;

    use super::*;

    const CLASSES: usize = 4;
    const DOCUMENTS: usize = 600;
    const JUDGED: usize = 150;
    /// Share of wrong answers.
    const NOISE: f64 = 0.2;
    /// What log posteriors would have to be multiplied by to be right.
    const TOO_SHARP: f32 = 0.6;

    /// Documents with posteriors that are too sure of themselves, and their classes.
    fn documents(number: u64) -> (Array2<f32>, Vec<usize>) {
        let mut random = generator(3, "problem", &[number]);
        let mut logs: Array2<f32> = Array2::zeros((DOCUMENTS, CLASSES));
        let mut classes = Vec::new();
        for mut row in logs.rows_mut() {
            let likely = random.random_range(0..CLASSES);
            row.mapv_inplace(|_| 2.0 * random.random::<f32>());
            row[likely] += 1.0 + 5.0 * random.random::<f32>();
            let odds: Vec<f32> = row.iter().map(|score| (TOO_SHARP * score).exp()).collect();
            let mut left = random.random::<f32>() * odds.iter().sum::<f32>();
            let passed = odds.iter().position(|odds| {
                left -= odds;
                left < 0.0
            });
            classes.push(passed.unwrap_or(likely));
            let sum: f32 = row.iter().map(|score| score.exp()).sum();
            row.mapv_inplace(|score| score - sum.ln());
        }
        (logs, classes)
    }

    /// Answers on the first documents, of which every third has two; wrong ones fall on any other class.
    fn reliability(logs: &Array2<f32>, classes: &[usize], number: u64) -> Reliability {
        let mut random = generator(3, "answers", &[number]);
        let mut answers: Array2<f32> = Array2::zeros((JUDGED, CLASSES));
        let times: Vec<f32> = (0..JUDGED).map(|document| if document % 3 == 0 { 2.0 } else { 1.0 }).collect();
        for document in 0..JUDGED {
            for _ in 0..times[document] as usize {
                let errs = random.random::<f64>() < NOISE;
                let other = (classes[document] + random.random_range(1..CLASSES)) % CLASSES;
                answers[(document, if errs { other } else { classes[document] })] += 1.0 / times[document];
            }
        }
        let logs = logs.select(ndarray::Axis(0), &(0..JUDGED).collect::<Vec<_>>());
        Reliability::measure(Evidence { logs, answers, times, weights: vec![4.0; JUDGED], in_shares: false })
    }

    #[test]
    fn intervals_hold_the_errors_of_answers_and_spread_and_confidences_are_what_they_say() {
        let (mut covered, mut said, mut right, mut by_model) = (0, 0.0, 0.0, [0.0; 2]);
        const PROBLEMS: u64 = 60;
        for number in 0..PROBLEMS {
            let (logs, classes) = documents(number);
            let reliability = reliability(&logs, &classes, number);
            let row = |document: usize| -> ArrayView1<'_, f32> { logs.row(document) };
            let counted = (0..DOCUMENTS).map(|document| Counted {
                logs: row(document),
                judged: (document < JUDGED).then_some(document),
                weight: 1.0,
            });
            for (class, share) in reliability.shares(counted).into_iter().enumerate() {
                let truth = classes.iter().filter(|&&own| own == class).count() as f64 / DOCUMENTS as f64;
                covered += usize::from(share.low <= truth && truth <= share.high);
            }
            for (document, &class) in classes.iter().enumerate() {
                let shares =
                    if document < JUDGED { reliability.judged(document) } else { reliability.expected(row(document)) };
                let best = (0..CLASSES).max_by(|&a, &b| shares[a].total_cmp(&shares[b])).unwrap();
                let is_right = f64::from(u8::from(best == class));
                match document < JUDGED {
                    true => by_model = [by_model[0] + shares[best], by_model[1] + is_right],
                    false => (said, right) = (said + shares[best], right + is_right),
                }
            }
        }
        let share = covered as f64 / (PROBLEMS as usize * CLASSES) as f64;
        assert!(share >= 0.93, "{share} of the intervals hold the share");
        let others = (DOCUMENTS - JUDGED) as f64 * PROBLEMS as f64;
        assert!((said - right).abs() / others < 0.03, "{} said, {} right", said / others, right / others);
        let judged = JUDGED as f64 * PROBLEMS as f64;
        assert!((by_model[0] - by_model[1]).abs() / judged < 0.03, "{by_model:?} of {judged}");
    }

    #[test]
    fn a_run_says_the_same_twice_and_no_interval_leaves_its_estimate_out() {
        let shares = Shares {
            documents: vec![300],
            classes: 4,
            separations: vec![1.0],
            noise: vec![0.2],
            methods: vec![Method::Auto, Method::Classify],
            ask: vec![Ask::Many],
            questions: vec![Questions::AtMost(128)],
            audit: 8,
            runs: 1,
            seed: 5,
            verbose: false,
        };
        for cell in shares.cells() {
            let world = World::make(cell.documents, shares.classes, cell.separation, cell.noise, 0, 5).unwrap();
            let [one, two] = [0, 0].map(|seed| shares.outcome(&world, cell, seed).unwrap());
            assert_eq!((&one.placements, &one.clusters), (&two.placements, &two.clusters));
            for share in one.clusters.iter().map(|cluster| cluster.share.unwrap()) {
                assert!(0.0 <= share.low && share.low <= share.estimate, "{share:?}");
                assert!(share.estimate <= share.high && share.high <= 1.0, "{share:?}");
            }
        }
    }
}
