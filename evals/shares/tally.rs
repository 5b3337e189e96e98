//! What runs of one kind said, against the truth.

use colligate::methods::{By, Outcome, Place, Placement};
use colligate::spread::Share;

use super::world::World;

/// The table's first two lines.
pub const HEADING: &str = concat!(
    "| method | ask | n | questions | separation | wrong answers | clusters | covered | error / half width | half width ",
    "| mean error | right by model | said | ECE | right by spread | said | ECE | s |\n",
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
);
/// Bins of the calibration error.
const BINS: usize = 10;

/// Confidences in bins: how many, their sum, and how many were right.
#[derive(Debug, Clone, Copy, Default)]
struct Calibration([(f64, f64, f64); BINS]);

impl Calibration {
    fn add(&mut self, confidence: f64, is_right: bool) {
        let bin = &mut self.0[((confidence * BINS as f64) as usize).min(BINS - 1)];
        (bin.0, bin.1, bin.2) = (bin.0 + 1.0, bin.1 + confidence, bin.2 + f64::from(u8::from(is_right)));
    }

    /// Documents, the mean confidence, the share that is right, and the expected calibration error.
    fn summary(&self) -> (f64, f64, f64, f64) {
        let sum = |value: fn(&(f64, f64, f64)) -> f64| self.0.iter().map(value).sum::<f64>();
        let count = sum(|bin| bin.0);
        let whole = count.max(1.0);
        (count, sum(|bin| bin.1) / whole, sum(|bin| bin.2) / whole, sum(|bin| (bin.1 - bin.2).abs()) / whole)
    }
}

/// What is counted.
#[derive(Debug, Default)]
pub struct Tally {
    clusters: usize,
    covered: usize,
    relative: Vec<f64>,
    widths: f64,
    errors: f64,
    model: Calibration,
    spread: Calibration,
}

impl Tally {
    /// Adds one run.
    pub fn add(&mut self, world: &World, outcome: &Outcome, verbose: bool) {
        let classes: Vec<Option<usize>> =
            outcome.clusters.iter().map(|cluster| world.labelled(&cluster.label)).collect();
        let shares = world.shares();
        let sizes = sizes(world, outcome);
        for (cluster, class) in classes.iter().enumerate().filter_map(|(cluster, class)| Some((cluster, (*class)?))) {
            let share = share(outcome, cluster, sizes[cluster], world.corpus.documents.len());
            let half = (share.high - share.low) / 2.0;
            self.clusters += 1;
            self.covered += usize::from(share.low <= shares[class] && shares[class] <= share.high);
            self.relative.push((share.estimate - shares[class]).abs() / half.max(1e-9));
            self.widths += half;
            self.errors += (share.estimate - shares[class]).abs();
        }
        for text in 0..outcome.placements.len() {
            let Placement::In(places) = &outcome.placements[text] else { continue };
            let Place { cluster, by, confidence } = places[0];
            let is_right = classes[cluster] == Some(world.class(text));
            if by == By::Model { &mut self.model } else { &mut self.spread }.add(confidence, is_right);
        }
        if verbose {
            self.tell(world, outcome, &classes, &shares, &sizes);
        }
    }

    fn tell(&self, world: &World, outcome: &Outcome, classes: &[Option<usize>], shares: &[f64], sizes: &[f64]) {
        eprintln!("{}", serde_json::json!(outcome.record));
        for (cluster, class) in classes.iter().enumerate() {
            let share = share(outcome, cluster, sizes[cluster], world.corpus.documents.len());
            let truth = class.map_or(f64::NAN, |class| shares[class]);
            let label = &outcome.clusters[cluster].label;
            eprintln!("  {label}: {truth:.4} in {:.4} {:.4}-{:.4}", share.estimate, share.low, share.high);
        }
    }

    /// A line of the table.
    pub fn line(mut self, name: &str, seconds: f64) -> String {
        self.relative.sort_by(f64::total_cmp);
        let median = self.relative.get(self.relative.len() / 2).copied().unwrap_or(0.0);
        let clusters = self.clusters.max(1) as f64;
        let calibration = |calibration: &Calibration| match calibration.summary() {
            (0.0, ..) => "| | | ".to_owned(),
            (_, said, right, error) => format!("| {:.1}% | {said:.3} | {:.1}% ", 100.0 * right, 100.0 * error),
        };
        format!(
            "| {name} | {} | {:.1}% | {median:.2} | {:.2}% | {:.2}% {}{}| {seconds:.1} |",
            self.clusters,
            100.0 * self.covered as f64 / clusters,
            100.0 * self.widths / clusters,
            100.0 * self.errors / clusters,
            calibration(&self.model),
            calibration(&self.spread)
        )
    }
}

/// Documents of each cluster.
fn sizes(world: &World, outcome: &Outcome) -> Vec<f64> {
    let mut sizes = vec![0.0; outcome.clusters.len()];
    for (placement, weight) in outcome.placements.iter().zip(world.corpus.weights()) {
        if let Placement::In(places) = placement {
            places.iter().for_each(|place| sizes[place.cluster] += weight);
        }
    }
    sizes
}

/// The share that a run states of a cluster.
fn share(outcome: &Outcome, cluster: usize, size: f64, documents: usize) -> Share {
    outcome.clusters[cluster].share.unwrap_or_else(|| Share::wilson(size as usize, documents))
}
