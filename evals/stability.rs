//! Clusters without a model: how far two samples of the documents agree on them, beside k-means, and the numbers of clusters that
//! the texts themselves suggest. Results: evals/STABILITY.md.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use colligate::cluster::{
    Clustering, KMeans, Levels, Sample, by_communities, centered, consensus, kmeans, levels, parts,
};
use colligate::corpus::languages;
use colligate::metrics::{Scores, evaluate};
use colligate::seed::{drawn, generator};
use colligate::vectors::Embeddings;

use crate::quality::{Cached, Set};

/// Share of the documents in a sample.
const SAMPLE: f64 = 0.8;

/// Stability under resampling, accuracy and time of clusters without a model
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder with a folder for each labelled set
    #[arg(long)]
    datasets: PathBuf,
    /// Sets to measure
    #[arg(long, value_delimiter = ',')]
    sets: Vec<String>,
    /// Folder in which vectors are kept
    #[arg(long, default_value = "target/vectors")]
    vectors: PathBuf,
    /// Pairs of samples of 80 % of the documents
    #[arg(long, default_value_t = 3)]
    pairs: u64,
}

/// A way to k clusters of weighted rows: its seed is the third argument.
type Way<'a> = &'a dyn Fn(&Embeddings, &[f64], u64) -> anyhow::Result<Clustering>;

/// Measures every set: a table with k given and one with k left free.
pub fn run(arguments: &Arguments) -> anyhow::Result<String> {
    let mut given =
        String::from("| set | k | way | ACC | NMI | samples agree (ARI) | seconds |\n|---|---|---|---|---|---|---|\n");
    let mut free = String::from("| set | true k | level | k | ACC | NMI | purity |\n|---|---|---|---|---|---|---|\n");
    for name in &arguments.sets {
        let set = Set::read(&arguments.datasets.join(name), None)?;
        let cached = Cached::open(&set, "builtin", &arguments.vectors)?;
        let measured = Measured { set: &set, texts: cached.texts(), pairs: arguments.pairs };
        measured.with_k_given(&mut given)?;
        measured.with_k_free(&mut free)?;
        eprintln!("{name}: done");
    }
    Ok(format!("{given}\n{free}"))
}

struct Measured<'a> {
    set: &'a Set,
    texts: &'a Embeddings,
    pairs: u64,
}

impl Measured<'_> {
    fn with_k_given(&self, table: &mut String) -> anyhow::Result<()> {
        let k = self.set.classes.len();
        let plain = |rows: &Embeddings, weights: &[f64], seed: u64| Ok(kmeans(rows, weights, KMeans::new(k, seed))?);
        let stable = |rows: &Embeddings, weights: &[f64], _: u64| {
            Ok(consensus(rows, weights, &Sample::new(rows, weights, k), k)?.clustering)
        };
        let ways: [(&str, bool, Way<'_>); 2] = [("k-means", false, &plain), ("consensus", true, &stable)];
        for (way, is_centered, cluster) in ways {
            let everything: Vec<usize> = (0..self.texts.len()).collect();
            let (labels, elapsed) = self.labels(&everything, is_centered, 0, cluster)?;
            let scores = self.scores(&labels);
            let agreement = (0..self.pairs).map(|pair| self.agreement(pair, is_centered, cluster));
            let agreement = agreement.sum::<anyhow::Result<f64>>()? / self.pairs.max(1) as f64;
            let (acc, nmi) = (100.0 * scores.acc, 100.0 * scores.nmi);
            let seconds = elapsed.as_secs_f64();
            writeln!(
                table,
                "| {} | {k} | {way} | {acc:.1} | {nmi:.1} | {agreement:.2} | {seconds:.1} |",
                self.set.name
            )?;
        }
        Ok(())
    }

    fn with_k_free(&self, table: &mut String) -> anyhow::Result<()> {
        let (rows, weights) = (self.rows(&(0..self.texts.len()).collect::<Vec<_>>()), self.set.corpus.weights());
        let vectors = centered(&rows, &weights, &languages(&self.set.corpus.distinct_texts()));
        let sample = Sample::new(&vectors, &weights, 0);
        let Levels { coarse, communities, .. } = levels(&vectors, &weights, &sample);
        let fine_clusters = by_communities(&vectors, &weights, &sample, &communities)?;
        if let Some(coarse) = coarse {
            let clusters = consensus(&vectors, &weights, &sample, coarse)?.clustering;
            self.level("coarse", &clusters, table)?;
            self.level("fine, within coarse", &parts(&vectors, &weights, &clusters, &fine_clusters).clustering, table)?;
        }
        self.level("fine", &fine_clusters.clustering, table)
    }

    fn level(&self, level: &str, clusters: &Clustering, table: &mut String) -> anyhow::Result<()> {
        let scores = self.scores(&clusters.nearest.iter().map(|nearest| nearest.label).collect::<Vec<_>>());
        let Scores { acc, nmi, purity, .. } = scores;
        let [acc, nmi, purity] = [acc, nmi, purity].map(|score| 100.0 * score);
        let (name, true_k, k) = (&self.set.name, self.set.classes.len(), clusters.len());
        Ok(writeln!(table, "| {name} | {true_k} | {level} | {k} | {acc:.1} | {nmi:.1} | {purity:.1} |")?)
    }

    fn rows(&self, among: &[usize]) -> Embeddings {
        self.texts.select(among)
    }

    /// The clusters of some of the texts, and the time that it took.
    fn labels(
        &self,
        among: &[usize],
        is_centered: bool,
        seed: u64,
        way: Way<'_>,
    ) -> anyhow::Result<(Vec<usize>, Duration)> {
        let all = self.set.corpus.weights();
        let (rows, weights) = (self.rows(among), among.iter().map(|&text| all[text]).collect::<Vec<f64>>());
        let begun = Instant::now();
        let texts: Vec<&str> = among.iter().map(|&text| self.set.corpus.text(text)).collect();
        let rows = if is_centered { centered(&rows, &weights, &languages(&texts)) } else { rows };
        let clusters = way(&rows, &weights, seed)?;
        Ok((clusters.nearest.iter().map(|nearest| nearest.label).collect(), begun.elapsed()))
    }

    /// The adjusted Rand index of the clusters of two samples, on the texts that both hold.
    fn agreement(&self, pair: u64, is_centered: bool, way: Way<'_>) -> anyhow::Result<f64> {
        let mut labels = vec![[None; 2]; self.texts.len()];
        for side in 0..2 {
            let size = (SAMPLE * self.texts.len() as f64) as usize;
            let among = drawn((0..self.texts.len()).collect(), size, &mut generator(pair, "samples", &[side]));
            let (found, _) = self.labels(&among, is_centered, 2 * pair + side, way)?;
            among.iter().zip(found).for_each(|(&text, label)| labels[text][side as usize] = Some(label));
        }
        let both = labels.iter().filter_map(|[one, other]| Some((Some((*one)?), (*other)?)));
        let (one, other): (Vec<Option<usize>>, Vec<usize>) = both.unzip();
        Ok(evaluate(&one, &other).ari)
    }

    /// Against the gold labels of all documents.
    fn scores(&self, labels: &[usize]) -> Scores {
        let predicted = self.set.corpus.documents.iter().map(|document| labels.get(document.distinct).copied());
        evaluate(&predicted.collect::<Vec<_>>(), &self.set.gold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_three_themes_has_both_tables() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let set = folder.path().join("themes");
        std::fs::create_dir(&set)?;
        let mut lines = String::new();
        for (theme, words) in
            [("late", "the parcel is late by"), ("broken", "my screen broke after"), ("food", "the soup was cold for")]
        {
            for day in 0..12 {
                let row = serde_json::json!({ "id": format!("{theme}-{day}"), "text": format!("{words} {day} days"), "label": theme });
                writeln!(lines, "{row}")?;
            }
        }
        std::fs::write(set.join("documents.jsonl"), lines)?;
        let card = serde_json::json!({ "goal": "?", "descriptions": { "late": "l", "broken": "b", "food": "f" } });
        std::fs::write(set.join("card.json"), card.to_string())?;
        let arguments = Arguments {
            datasets: folder.path().to_owned(),
            sets: vec!["themes".to_owned()],
            vectors: folder.path().join("vectors"),
            pairs: 1,
        };
        let tables = run(&arguments)?;
        assert!(tables.contains("| themes | 3 | consensus | 100.0 | 100.0 | 1.00 |"), "{tables}");
        assert!(tables.contains("| themes | 3 | fine | 3 | 100.0 |"), "{tables}");
        Ok(())
    }
}
