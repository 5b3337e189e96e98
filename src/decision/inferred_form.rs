//! How classifiers and their spaces are written and read.

use serde::{Deserialize, Serialize};

use super::Inferred;
use super::prior::{Alike, Known, Prior};
use super::tensors::Tensors;
use crate::spread::features::{Decomposition, Grams, Layout, Space, Weights};
use crate::spread::{Adapter, Calibrated, Classifier, Ensemble, Fitted, InSpace, Member, Mixture};
use crate::vectors::{Embeddings, Mean};

/// Parts at most: one for each kind of space.
const MOST_PARTS: usize = 5;
/// Classifiers of a part at most: one of each kind.
const MOST_CLASSIFIERS: usize = 5;

/// What is no array of numbers.
#[derive(Debug, Serialize, Deserialize)]
pub struct InferredForm {
    /// p.
    ground: usize,
    parts: Vec<PartForm>,
    clusters: Vec<Option<usize>>,
    none: String,
    /// Whether confidences are calibrated.
    calibrated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prior: Option<PriorForm>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PartForm {
    space: SpaceForm,
    /// The names of its classifiers.
    classifiers: Vec<String>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SpaceForm {
    Embedding,
    Words,
    Pieces,
    Layout,
    Perspective,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PriorForm {
    /// The class of each group.
    Groups(Vec<usize>),
    /// The entry of each class.
    Entries(Vec<Option<usize>>),
}

impl InferredForm {
    /// Writes it.
    pub fn put(inferred: &Inferred, tensors: &mut Tensors) -> InferredForm {
        tensors.put_numbers("ground", &inferred.ground);
        tensors.put_singles("temperature", &[inferred.ensemble.temperature]);
        tensors.put_doubles("most", &[inferred.most]);
        if let Some(calibrated) = &inferred.calibrated {
            tensors.put_doubles("calibrated: sharpness, lapse", &[calibrated.sharpness, calibrated.lapse]);
            tensors.put_doubles("calibrated: shifts", &calibrated.shifts);
            tensors.put_doubles("calibrated: base", &calibrated.base);
        }
        let part = |(number, part): (usize, &InSpace)| {
            let name = |of: &str| format!("part {number}: {of}");
            put_part(part, &name, tensors);
            inferred.of_texts[number].iter().for_each(|rows| tensors.put_rows(&name("texts"), rows));
            let space = put_space(&inferred.spaces[number], &name, tensors);
            let classifiers = part.mixture.members.iter().map(|member| member.classifier.name().to_owned()).collect();
            PartForm { space, classifiers }
        };
        InferredForm {
            ground: inferred.ground.len(),
            parts: inferred.ensemble.parts.iter().enumerate().map(part).collect(),
            clusters: inferred.clusters.clone(),
            none: inferred.none.clone(),
            calibrated: inferred.calibrated.is_some(),
            prior: inferred.prior.as_ref().map(|prior| put_prior(prior, tensors)),
        }
    }

    /// Reads it, for vectors of d values and n own texts.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(self, tensors: &Tensors, d: usize, n: usize) -> Result<Inferred, String> {
        let ground = tensors.numbers("ground", self.ground)?;
        let is_part = ground.is_sorted_by(|a, b| a < b) && ground.last().is_some_and(|last| (*last as usize) < n);
        let has_parts = (1..=MOST_PARTS).contains(&self.parts.len());
        // A run may have selected none of its candidates: then all that is inferred is that a text is of none.
        if !is_part || !has_parts {
            return Err("its classifiers looked at texts that there are not, or lie in no space or too many".into());
        }
        let (p, classes) = (ground.len(), self.clusters.len() + 1);
        let (mut parts, mut spaces, mut of_texts) = (Vec::new(), Vec::new(), Vec::new());
        for (number, form) in self.parts.iter().enumerate() {
            let name = |of: &str| format!("part {number}: {of}");
            let space = read_space(form.space, &name, tensors, d)?;
            let part = read_part(form, number, &name, tensors, (space.dimensions(d), classes, p))?;
            let width = space.dimensions_of_texts().filter(|_| !part.degrees.is_empty());
            of_texts.push(width.map(|width| tensors.rows(&name("texts"), p, width)).transpose()?);
            parts.push(part);
            spaces.push(space);
        }
        let ensemble = Ensemble { parts, temperature: single(tensors, "temperature")?, classes };
        let calibrated = self.calibrated.then(|| read_calibrated(tensors, classes)).transpose()?;
        let prior = self.prior.map(|form| read_prior(form, tensors, d, classes - 1)).transpose()?;
        let most = tensors.doubles("most", 1)?.into_iter().fold(1.0, f64::min);
        if most < 0.0 {
            return Err("\"most\" is no confidence".into());
        }
        let (clusters, none) = (self.clusters, self.none);
        Ok(Inferred { ground, spaces, of_texts, ensemble, prior, calibrated, most, clusters, none })
    }
}

fn single(tensors: &Tensors, name: &str) -> Result<f32, String> {
    tensors.singles(name, 1)?.first().copied().ok_or_else(|| format!("\"{name}\" is empty"))
}

fn put_part(part: &InSpace, name: &dyn Fn(&str) -> String, tensors: &mut Tensors) {
    let of_voice = |member: &Member| [member.temperature, member.weight];
    let numbers: Vec<f32> =
        std::iter::once(part.mixture.temperature).chain(part.mixture.members.iter().flat_map(of_voice)).collect();
    tensors.put_singles(&name("temperatures and weights"), &numbers);
    tensors.put_singles(&name("mean"), part.mean.values());
    if !part.degrees.is_empty() {
        tensors.put_singles(&name("degrees"), &part.degrees);
    }
    for (member, fitted) in part.mixture.members.iter().zip(&part.fitted) {
        for (array, rows) in fitted.arrays() {
            tensors.put_rows(&name(&format!("{}: {array}", member.classifier.name())), &rows);
        }
    }
}

/// The classifiers of one part, for rows of d values, m classes and a ground of p documents.
fn read_part(
    form: &PartForm,
    space: usize,
    name: &dyn Fn(&str) -> String,
    tensors: &Tensors,
    (d, m, p): (usize, usize, usize),
) -> Result<InSpace, String> {
    let count = form.classifiers.len();
    if !(1..=MOST_CLASSIFIERS).contains(&count) {
        return Err("a part of it has no classifier, or too many".into());
    }
    let numbers = tensors.singles(&name("temperatures and weights"), 1 + 2 * count)?;
    let (first, others) = numbers.split_first().ok_or("a part has no temperature")?;
    let (mut members, mut fitted) = (Vec::new(), Vec::new());
    for (word, numbers) in form.classifiers.iter().zip(others.as_chunks::<2>().0) {
        let classifier =
            Classifier::by_name(word).ok_or_else(|| format!("names a classifier that there is not: {word}"))?;
        let array = |array: &str| tensors.table(&name(&format!("{word}: {array}")));
        fitted.push(Fitted::from_arrays(classifier, (d, m, p), array)?);
        members.push(Member { classifier, temperature: numbers[0], weight: numbers[1] });
    }
    let spreads = members.iter().any(|member| member.classifier == Classifier::Neighbors);
    let degrees = if spreads { tensors.singles(&name("degrees"), p)? } else { Vec::new() };
    let mean = Mean::from_values(tensors.singles(&name("mean"), d)?);
    Ok(InSpace { mixture: Mixture { space, members, temperature: *first }, mean, fitted, degrees })
}

fn put_space(space: &Space, name: &dyn Fn(&str) -> String, tensors: &mut Tensors) -> SpaceForm {
    let put_directions = |tensors: &mut Tensors, directions: &Decomposition| {
        let (buckets, rarities) = directions.weights().parts();
        tensors.put_numbers(&name("columns"), &buckets);
        tensors.put_singles(&name("rarities"), &rarities);
        tensors.put_rows(&name("directions"), &directions.basis());
    };
    match space {
        Space::Plain => SpaceForm::Embedding,
        Space::Words(directions) => {
            put_directions(tensors, directions);
            SpaceForm::Words
        }
        Space::Pieces(directions) => {
            put_directions(tensors, directions);
            SpaceForm::Pieces
        }
        Space::Layout(layout) => {
            tensors.put_rows(&name("sorted"), &layout.sorted());
            SpaceForm::Layout
        }
        Space::Perspective(adapter) => {
            tensors.put_rows(&name("adapter"), &adapter.rows());
            SpaceForm::Perspective
        }
    }
}

fn read_space(form: SpaceForm, name: &dyn Fn(&str) -> String, tensors: &Tensors, d: usize) -> Result<Space, String> {
    let directions = |grams: Grams| {
        let basis = tensors.table(&name("directions"))?;
        let (columns, rarities) = (name("columns"), name("rarities"));
        let (columns, rarities) = (tensors.numbers(&columns, basis.len())?, tensors.singles(&rarities, basis.len())?);
        let weights = Weights::from_parts(grams, &columns, &rarities);
        let directions = weights.and_then(|weights| Decomposition::from_parts(weights, &basis));
        directions.ok_or_else(|| "its columns of words are not ascending, or beyond those that there are".to_owned())
    };
    Ok(match form {
        SpaceForm::Embedding => Space::Plain,
        SpaceForm::Words => Space::Words(directions(Grams::Words)?),
        SpaceForm::Pieces => Space::Pieces(directions(Grams::Pieces)?),
        SpaceForm::Layout => {
            let layout = Layout::from_sorted(&tensors.table(&name("sorted"))?);
            Space::Layout(layout.ok_or("its numbers of the layout are not sorted, or not as many as are measured")?)
        }
        SpaceForm::Perspective => Space::Perspective(Adapter::from_rows(&tensors.rows(&name("adapter"), d, d)?)),
    })
}

fn read_calibrated(tensors: &Tensors, classes: usize) -> Result<Calibrated, String> {
    let both = tensors.doubles("calibrated: sharpness, lapse", 2)?;
    let shifts = tensors.doubles("calibrated: shifts", classes)?;
    let base = tensors.doubles("calibrated: base", classes)?;
    Ok(Calibrated { sharpness: both[0], lapse: both[1], shifts, base })
}

fn put_prior(prior: &Prior, tensors: &mut Tensors) -> PriorForm {
    tensors.put_singles("prior: weight", &[prior.weight]);
    match &prior.known {
        Known::Groups(groups) => {
            let means: Vec<f32> = groups.iter().flat_map(|(_, mean)| mean.iter().copied()).collect();
            if let Some((_, first)) = groups.first() {
                tensors.put_rows("prior: means", &Embeddings::new(means, first.len()));
            }
            PriorForm::Groups(groups.iter().map(|(class, _)| *class).collect())
        }
        Known::Entries { alike, entries } => {
            tensors.put_singles("prior: mean", &alike.mean);
            tensors.put_rows("prior: means", &alike.means);
            tensors.put_doubles("prior: temperature", &[alike.temperature]);
            PriorForm::Entries(entries.clone())
        }
    }
}

/// What was known before of so many classes, for vectors of d values.
fn read_prior(form: PriorForm, tensors: &Tensors, d: usize, classes: usize) -> Result<Prior, String> {
    let known = match form {
        PriorForm::Groups(of) if of.iter().all(|class| *class < classes) => {
            let means = match of.is_empty() {
                true => Embeddings::new(Vec::new(), d),
                false => tensors.rows("prior: means", of.len(), d)?,
            };
            Known::Groups(of.iter().enumerate().map(|(group, &class)| (class, means.row(group).to_vec())).collect())
        }
        PriorForm::Entries(entries) if entries.len() == classes => {
            let temperature = tensors.doubles("prior: temperature", 1)?.into_iter().fold(0.0, f64::max);
            if temperature <= 0.0 {
                return Err("its temperature must be a number above 0".into());
            }
            let means = tensors.table("prior: means")?;
            if means.dimensions() != d {
                return Err("\"prior: means\" is of other vectors".into());
            }
            let alike = Alike { mean: tensors.singles("prior: mean", d)?, means, temperature };
            Known::Entries { alike, entries }
        }
        _ => return Err("what it knew before is of other classes".into()),
    };
    Ok(Prior { weight: single(tensors, "prior: weight")?, known })
}
