//! `kmeans`: the library's k-means on a file of vectors.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use colligate::cluster::{KMeans, kmeans};
use colligate::vectors::{Embeddings, dot, normalise, read_npy};
use serde::Serialize;

use crate::usage::{Meter, peak_bytes};

/// How far from 1 a length may be for a row to count as a unit vector.
const ROUNDING: f32 = 1e-4;

/// Cluster the rows of an .npy file (n×d, f32 or f64, C order) by spherical k-means.
///
/// Rows are clustered by their direction: rows that are no unit vectors are scaled to length one first, and a note on standard
/// error says so. A row of zeros, or one that is not finite, is an error.
///
/// Prints one JSON object. `inertia`: the sum of squared distances of the rows, as the file has them, to the mean of their
/// cluster's rows, as scikit-learn has it. `spherical`: the same to the mean scaled to unit length, which is what is minimised here: on
/// clusters of unequal width the one is a few percent higher where the other is lower (evals/SPEED.md). `iterations`: Lloyd steps of the start that
/// was best. `seconds` and `cpu_seconds`: of the clustering alone, without reading the file. `peak_bytes`: the most memory
/// the process held, vectors included. The latter two are null where there is no /proc.
#[derive(Args)]
pub struct Arguments {
    /// The vectors
    #[arg(long, value_name = "FILE.npy")]
    pub vectors: PathBuf,
    /// Clusters
    #[arg(short, value_name = "K")]
    pub k: usize,
    /// Of all randomness
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Starts, of which the best is kept
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub starts: usize,
    /// Compare every row with every centroid at every step, also where k is large
    #[arg(long)]
    pub exact: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub struct Measured {
    inertia: f64,
    spherical: f64,
    iterations: usize,
    seconds: f64,
    cpu_seconds: Option<f64>,
    peak_bytes: Option<u64>,
}

/// Clusters the file's rows and returns the line to print.
pub fn run(arguments: &Arguments) -> Result<String> {
    let vectors = read_npy(&arguments.vectors)?;
    let scaled = directions(&arguments.vectors, &vectors)?;
    if scaled.is_some() {
        eprintln!("note: rows are no unit vectors: they are clustered by direction alone");
    }
    let measured = measure(&vectors, scaled.as_ref().unwrap_or(&vectors), arguments)?;
    serde_json::to_string(&measured).context("the result is no JSON")
}

fn measure(vectors: &Embeddings, directions: &Embeddings, arguments: &Arguments) -> Result<Measured> {
    let parameters =
        KMeans { starts: arguments.starts, exact: arguments.exact, ..KMeans::new(arguments.k, arguments.seed) };
    let weights = vec![1.0; directions.len()];
    let meter = Meter::start();
    let clustering = kmeans(directions, &weights, parameters)?;
    let (seconds, cpu_seconds) = (meter.seconds(), meter.cpu_seconds());
    let inertia = inertia(vectors, &clustering.members());
    let (spherical, iterations) = (clustering.inertia, clustering.iterations);
    Ok(Measured { inertia, spherical, iterations, seconds, cpu_seconds, peak_bytes: peak_bytes() })
}

/// The rows scaled to unit length; none where they are unit vectors already.
fn directions(file: &Path, vectors: &Embeddings) -> Result<Option<Embeddings>> {
    let file = file.display();
    ensure!(!vectors.is_empty(), "{file}: holds no rows");
    let mut all_unit = true;
    for row in 0..vectors.len() {
        let length = dot(vectors.row(row), vectors.row(row)).sqrt();
        if !length.is_finite() {
            bail!("{file}: row {row} (of {}, from 0) holds a value that is not finite or too large", vectors.len());
        }
        ensure!(length > 0.0, "{file}: row {row} (of {}, from 0) is all zeros: it has no direction", vectors.len());
        all_unit &= (length - 1.0).abs() <= ROUNDING;
    }
    if all_unit {
        return Ok(None);
    }
    let mut values = vectors.values().to_vec();
    values.chunks_mut(vectors.dimensions()).for_each(normalise);
    Ok(Some(Embeddings::new(values, vectors.dimensions())))
}

/// Sum of the squared distances of some clusters' members to their means.
fn inertia(vectors: &Embeddings, clusters: &[Vec<usize>]) -> f64 {
    clusters.iter().map(|members| spread(vectors, members)).sum()
}

fn spread(vectors: &Embeddings, members: &[usize]) -> f64 {
    let mut mean = vec![0.0; vectors.dimensions()];
    for &member in members {
        mean.iter_mut().zip(vectors.row(member)).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    mean.iter_mut().for_each(|sum| *sum /= members.len() as f64);
    let distance = |member: &usize| -> f64 {
        mean.iter().zip(vectors.row(*member)).map(|(mean, value)| (f64::from(*value) - mean).powi(2)).sum()
    };
    members.iter().map(distance).sum()
}

#[cfg(test)]
mod tests {
    use colligate::vectors::write_npy;

    use super::*;

    fn arguments(folder: &Path, k: usize, values: Vec<f32>) -> Arguments {
        let vectors = folder.join("vectors.npy");
        write_npy(&Embeddings::new(values, 2), std::fs::File::create(&vectors).unwrap()).unwrap();
        Arguments { vectors, k, seed: 0, starts: 1, exact: false }
    }

    fn printed(k: usize, values: &[f32]) -> Result<serde_json::Value> {
        let folder = tempfile::tempdir().unwrap();
        let line = run(&arguments(folder.path(), k, values.to_vec()))?;
        Ok(serde_json::from_str(&line).unwrap())
    }

    fn refused(k: usize, values: &[f32]) -> String {
        format!("{:#}", printed(k, values).unwrap_err())
    }

    #[test]
    fn inertia_is_measured_to_the_means_and_not_to_their_directions() {
        // Means (0.8, 0) and (-1, 0): 2 · 0.6² for the pair, and nothing for the lone row.
        let printed = printed(2, &[0.8, 0.6, 0.8, -0.6, -1.0, 0.0]).unwrap();
        assert!((printed["inertia"].as_f64().unwrap() - 0.72).abs() < 1e-6, "{printed}");
        let names: Vec<&String> = printed.as_object().unwrap().keys().collect();
        assert_eq!(names, ["inertia", "spherical", "iterations", "seconds", "cpu_seconds", "peak_bytes"]);
        assert!(printed["iterations"].as_u64().unwrap() >= 1);
    }

    #[test]
    fn rows_of_any_length_are_grouped_by_direction_and_measured_as_they_are() {
        // (1, 0) and (3, 0) go together, though (0, 1) is nearer to (1, 0): mean (2, 0), two distances of 1.
        let printed = printed(2, &[1.0, 0.0, 3.0, 0.0, 0.0, 1.0]).unwrap();
        assert!((printed["inertia"].as_f64().unwrap() - 2.0).abs() < 1e-6, "{printed}");
    }

    #[test]
    fn rows_without_direction_are_refused_by_number() {
        assert!(refused(1, &[1.0, 0.0, 0.0, 0.0]).ends_with("row 1 (of 2, from 0) is all zeros: it has no direction"));
        let problem = refused(1, &[1.0, 0.0, 1.0, f32::NAN]);
        assert!(problem.ends_with("row 1 (of 2, from 0) holds a value that is not finite or too large"), "{problem}");
        assert!(refused(1, &[]).ends_with("holds no rows"));
    }

    #[test]
    fn more_clusters_than_rows_and_a_missing_file_are_refused() {
        assert_eq!(refused(3, &[1.0, 0.0, 0.0, 1.0]), "k=3 is more than the 2 different texts there are");
        let missing =
            Arguments { vectors: "no/such.npy".into(), ..arguments(tempfile::tempdir().unwrap().path(), 1, vec![]) };
        assert!(run(&missing).unwrap_err().to_string().starts_with("no/such.npy: "));
    }
}
