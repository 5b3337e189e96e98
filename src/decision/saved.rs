//! A decision as two files: `decision.json` says what it is, `decision.safetensors` holds its numbers.

use serde::{Deserialize, Serialize};

use super::grown_form::AddedForm;
use super::judged_form::JudgedForm;
use super::own::Own;
use super::tensors::Tensors;
use super::{Centers, Confidence, Decision, Grown, Level, Likeness};
use crate::cluster::Centering;
use crate::corpus::Languages;
use crate::seed::{checksum, sha256_hex};
use crate::spread::Adapter;

/// Of the two files.
const FORMAT: u32 = 1;
/// Levels of centroids at most.
const MOST_LEVELS: usize = 8;

/// A decision with what it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// sha256 of the embedder whose vectors it places.
    pub embedder: String,
    /// d.
    pub dimensions: usize,
    /// Ids of the run's clusters, in the order in which the decision numbers them.
    pub clusters: Vec<String>,
    /// The decision itself.
    pub decision: Decision,
}

/// The bytes of both files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// `decision.json`.
    pub json: Vec<u8>,
    /// `decision.safetensors`.
    pub tensors: Vec<u8>,
}

/// `decision.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    format: u32,
    /// Binds the file to itself; those of earlier versions have none.
    #[serde(default)]
    check: String,
    embedder: String,
    dimensions: usize,
    clusters: Vec<String>,
    /// sha256 of the other file.
    tensors: String,
    decision: Form,
}

/// What is no array of numbers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Form {
    Centers { languages: Vec<String>, levels: Vec<LevelForm> },
    Likeness { temperature: f64, least: Option<f64>, neighbors: usize, clusters: Vec<usize>, texts: usize },
    Judged(JudgedForm),
    Grown { first: Box<Form>, added: Vec<AddedForm> },
}

#[derive(Debug, Serialize, Deserialize)]
struct LevelForm {
    clusters: Vec<Option<usize>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parents: Vec<usize>,
    confidence: ConfidenceForm,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ConfidenceForm {
    Cosine,
    CosineTo,
    Share(f64),
}

/// The checksum as it stands in the file.
fn field(check: &str) -> String {
    format!("\"check\": \"{check}\"")
}

impl Learned {
    /// Both files.
    ///
    /// # Errors
    /// Never where the decision's numbers can be written.
    pub fn saved(&self) -> serde_json::Result<Saved> {
        let mut tensors = Tensors::default();
        let decision = put(&self.decision, &mut tensors);
        let tensors = tensors.into_bytes();
        let head = Head {
            format: FORMAT,
            check: String::new(),
            embedder: self.embedder.clone(),
            dimensions: self.dimensions,
            clusters: self.clusters.clone(),
            tensors: sha256_hex(&tensors),
            decision,
        };
        let unsealed = format!("{}\n", serde_json::to_string_pretty(&head)?);
        let json = unsealed.replacen(&field(""), &field(&checksum(&unsealed)), 1).into_bytes();
        Ok(Saved { json, tensors })
    }

    /// Reads both files without trust.
    ///
    /// # Errors
    /// What is wrong with them, in words.
    pub fn read(saved: &Saved) -> Result<Learned, String> {
        let head: Head = serde_json::from_slice(&saved.json).map_err(|problem| problem.to_string())?;
        if head.format != FORMAT {
            return Err(format!("is of format {}, this program reads format {FORMAT}", head.format));
        }
        let unsealed = String::from_utf8_lossy(&saved.json).replacen(&field(&head.check), &field(""), 1);
        if !head.check.is_empty() && head.check != checksum(&unsealed) {
            return Err("was changed since the run wrote it: its checksum is another one".into());
        }
        if head.tensors != sha256_hex(&saved.tensors) {
            return Err("does not belong to decision.safetensors: the checksum is another one".into());
        }
        let tensors = Tensors::read(&saved.tensors).ok_or("decision.safetensors is no safetensors file")?;
        let (d, count) = (head.dimensions, head.clusters.len());
        if d == 0 {
            return Err("is of vectors without a value".into());
        }
        let decision = decision(head.decision, &tensors, d, count)?;
        let learned = Learned { embedder: head.embedder, dimensions: d, clusters: head.clusters, decision };
        let is_known = learned.decision.named().into_iter().all(|cluster| cluster < count);
        is_known.then_some(learned).ok_or_else(|| format!("names a cluster beyond the {count} that there are"))
    }
}

fn put(decision: &Decision, tensors: &mut Tensors) -> Form {
    match decision {
        Decision::Centers(centers) => put_centers(centers, tensors),
        Decision::Likeness(likeness) => put_likeness(likeness, tensors),
        Decision::Judged(judged) => Form::Judged(JudgedForm::put(judged, tensors)),
        Decision::Grown(grown) => {
            let added = grown.added.iter().enumerate().map(|(number, added)| AddedForm::put(added, number, tensors));
            let added = added.collect();
            Form::Grown { first: Box::new(put(&grown.first, tensors)), added }
        }
    }
}

/// The decision of a form, over vectors of d values and so many clusters.
fn decision(form: Form, tensors: &Tensors, d: usize, count: usize) -> Result<Decision, String> {
    Ok(match form {
        Form::Judged(form) => Decision::Judged(form.read(tensors, d)?),
        Form::Centers { languages, levels } => Decision::Centers(centers(&languages, &levels, tensors, d)?),
        Form::Likeness { temperature, least, neighbors, clusters, texts } => {
            let (own, fits, best) = own(tensors, texts)?;
            Decision::Likeness(Likeness {
                mean: tensors.singles("mean", d)?,
                words: tensors.rows("words", clusters.len(), d)?,
                means: tensors.rows("means", clusters.len(), d)?,
                moments: moments(tensors, clusters.len())?,
                temperature: positive(exact(tensors, "temperature", positive(temperature)?)?)?,
                least: match least {
                    Some(written) => exact(tensors, "least", written)?,
                    None => f64::NEG_INFINITY,
                },
                neighbors,
                clusters,
                own,
                fits,
                best,
            })
        }
        Form::Grown { first, added } => {
            let first = Box::new(decision(*first, tensors, d, count)?);
            if matches!(*first, Decision::Grown(_)) || added.is_empty() {
                return Err("has clusters added to added ones, or none".into());
            }
            let read = |(number, form): (usize, AddedForm)| form.read(number, tensors, d, count);
            let added = added.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
            Decision::Grown(Grown { first, added })
        }
    })
}

fn put_centers(centers: &Centers, tensors: &mut Tensors) -> Form {
    centers.centering.means().iter().for_each(|means| tensors.put_rows("means", means));
    centers.adapter.iter().for_each(|adapter| tensors.put_rows("adapter", &adapter.rows()));
    for (place, level) in centers.levels.iter().enumerate() {
        tensors.put_rows(&format!("centroids {place}"), &level.centroids);
        match &level.confidence {
            Confidence::Cosine => {}
            Confidence::CosineTo(directions) => {
                tensors.put_rows(&format!("directions {place}"), directions);
            }
            Confidence::Share(temperature) => {
                tensors.put_doubles(&format!("temperature {place}"), &[*temperature]);
            }
        }
    }
    let form = |level: &Level| LevelForm {
        clusters: level.clusters.clone(),
        parents: level.parents.clone(),
        confidence: match level.confidence {
            Confidence::Cosine => ConfidenceForm::Cosine,
            Confidence::CosineTo(_) => ConfidenceForm::CosineTo,
            Confidence::Share(temperature) => ConfidenceForm::Share(temperature),
        },
    };
    Form::Centers {
        languages: centers.languages.codes().into_iter().map(str::to_owned).collect(),
        levels: centers.levels.iter().map(form).collect(),
    }
}

fn centers(codes: &[String], forms: &[LevelForm], tensors: &Tensors, d: usize) -> Result<Centers, String> {
    let languages = Languages::from_codes(codes).ok_or("names a language that there is not, or one alone")?;
    if forms.is_empty() || forms.len() > MOST_LEVELS {
        return Err(format!("has {} levels of centroids", forms.len()));
    }
    let means = match tensors.has("means") {
        true => Some(tensors.rows("means", languages.count(), d)?),
        false => None,
    };
    let mut levels: Vec<Level> = Vec::new();
    for (place, form) in forms.iter().enumerate() {
        let centroids = tensors.rows(&format!("centroids {place}"), form.clusters.len(), d)?;
        let confidence = match form.confidence {
            ConfidenceForm::Cosine => Confidence::Cosine,
            ConfidenceForm::CosineTo => {
                Confidence::CosineTo(tensors.rows(&format!("directions {place}"), form.clusters.len(), d)?)
            }
            ConfidenceForm::Share(written) => {
                let temperature = exact(tensors, &format!("temperature {place}"), positive(written)?)?;
                Confidence::Share(positive(temperature)?)
            }
        };
        let level = Level { centroids, parents: form.parents.clone(), clusters: form.clusters.clone(), confidence };
        if !is_whole(&level, levels.last()) {
            return Err(format!("level {} of its centroids does not divide the one above", place + 1));
        }
        levels.push(level);
    }
    let adapter = match tensors.has("adapter") {
        true => Some(Adapter::from_rows(&tensors.rows("adapter", d, d)?)),
        false => None,
    };
    Ok(Centers { adapter, languages, centering: Centering::from_means(means), levels })
}

/// A number as the tensors have it: what is written in JSON may be read as its neighbor. Decisions by
/// earlier versions have it in JSON only.
fn exact(tensors: &Tensors, name: &str, written: f64) -> Result<f64, String> {
    match tensors.has(name) {
        true => Ok(tensors.doubles(name, 1)?.first().copied().unwrap_or(written)),
        false => Ok(written),
    }
}

fn positive(temperature: f64) -> Result<f64, String> {
    let is_sound = temperature > 0.0 && temperature.is_finite();
    is_sound.then_some(temperature).ok_or_else(|| "its temperature must be a number above 0".into())
}

/// Whether a level has centroids, and those of a lower one divide all of the upper one.
fn is_whole(level: &Level, above: Option<&Level>) -> bool {
    let parents = above.map_or(0, |above| above.clusters.len());
    let counts = above.is_none() || level.parents.len() == level.clusters.len();
    let all = (0..parents).all(|parent| level.parents.contains(&parent));
    !level.clusters.is_empty() && counts && all && level.parents.iter().all(|&parent| parent < parents)
}

fn put_likeness(likeness: &Likeness, tensors: &mut Tensors) -> Form {
    tensors.put_singles("mean", &likeness.mean);
    tensors.put_rows("words", &likeness.words);
    tensors.put_rows("means", &likeness.means);
    let (means, spreads): (Vec<f32>, Vec<f32>) = likeness.moments.iter().copied().unzip();
    tensors.put_singles("moments: mean", &means);
    tensors.put_singles("moments: deviation", &spreads);
    tensors.put_keys("texts: key", &likeness.own.keys);
    tensors.put_numbers("texts: row", &likeness.own.rows);
    tensors.put_doubles("texts: fit", &likeness.fits);
    tensors.put_singles("texts: best", &likeness.best);
    tensors.put_doubles("temperature", &[likeness.temperature]);
    if likeness.least.is_finite() {
        tensors.put_doubles("least", &[likeness.least]);
    }
    Form::Likeness {
        temperature: likeness.temperature,
        least: likeness.least.is_finite().then_some(likeness.least),
        neighbors: likeness.neighbors,
        clusters: likeness.clusters.clone(),
        texts: likeness.own.len(),
    }
}

fn moments(tensors: &Tensors, entries: usize) -> Result<Vec<(f32, f32)>, String> {
    let (means, spreads) =
        (tensors.singles("moments: mean", entries)?, tensors.singles("moments: deviation", entries)?);
    if entries == 0 || spreads.iter().any(|spread| *spread <= 0.0) {
        return Err("has no entries, or a deviation that is not above 0".into());
    }
    Ok(means.into_iter().zip(spreads).collect())
}

/// The run's own texts, how each fits, and its largest likeness.
fn own(tensors: &Tensors, texts: usize) -> Result<(Own, Vec<f64>, Vec<f32>), String> {
    let own = Own::read(tensors, texts)?;
    Ok((own, tensors.doubles("texts: fit", texts)?, tensors.singles("texts: best", texts)?))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{D, judged};
    use super::super::{Added, OutOfSample};
    use super::*;
    use crate::vectors::Embeddings;

    fn centers() -> Learned {
        let (one, two) = (vec![1.0, 0.0, 0.0, 1.0], vec![1.0, 0.0, 0.8, 0.6, 0.0, 1.0]);
        let top = Level {
            centroids: Embeddings::new(one, 2),
            parents: Vec::new(),
            clusters: vec![Some(0), Some(1)],
            confidence: Confidence::Share(0.1),
        };
        let parts = Level {
            centroids: Embeddings::new(two, 2),
            parents: vec![0, 0, 1],
            clusters: vec![Some(2), Some(3), None],
            confidence: Confidence::CosineTo(Embeddings::new(vec![1.0, 0.0, 0.8, 0.6, 0.0, 1.0], 2)),
        };
        let decision = Decision::Centers(Centers {
            adapter: Some(Adapter::from_rows(&Embeddings::new(vec![1.0, 0.1, 0.0, 0.9], 2))),
            languages: Languages::from_codes(&["eng".into(), "deu".into()]).unwrap(),
            centering: Centering::from_means(Some(Embeddings::new(vec![0.1, 0.0, 0.0, 0.1], 2))),
            levels: vec![top, parts],
        });
        Learned {
            embedder: "e".into(),
            dimensions: 2,
            clusters: ["a", "b", "c", "d"].map(str::to_owned).into(),
            decision,
        }
    }

    fn likeness() -> Learned {
        let unit = || Embeddings::new(vec![1.0, 0.0, 0.0, 1.0], 2);
        let mut texts = ["a", "b", "c"];
        texts.sort_by_key(|text| sha256_hex(text));
        let decision = Decision::Likeness(Likeness {
            mean: vec![0.1, 0.2],
            words: unit(),
            means: unit(),
            moments: vec![(0.0, 1.0), (0.1, 0.5)],
            temperature: 0.1,
            least: f64::NEG_INFINITY,
            neighbors: 2,
            clusters: vec![1, 0],
            own: Own::new(&texts, &[0, 1, 2]),
            fits: vec![0.5, 1.0, 2.0],
            best: vec![0.5, 1.0, 2.0],
        });
        Learned { embedder: "e".into(), dimensions: 2, clusters: ["a", "b"].map(str::to_owned).into(), decision }
    }

    /// With a cluster that was added later.
    fn grown(stays: &[[u8; 16]]) -> Learned {
        let mut learned = centers();
        learned.clusters.push("e".into());
        let added = Added {
            mean: vec![0.1, 0.0],
            centers: Embeddings::new(vec![0.6, 0.8], 2),
            least: vec![0.5],
            clusters: vec![4],
            earlier: Embeddings::new([1.0, 0.0].repeat(4), 2),
            stays: stays.to_vec(),
        };
        Learned { decision: learned.decision.with(added.clone()).with(added), ..learned }
    }

    #[test]
    fn what_is_saved_is_read_back() {
        for learned in [centers(), likeness(), grown(&[]), grown(&[[1; 16], [2; 16]])] {
            assert_eq!(Learned::read(&learned.saved().unwrap()).unwrap(), learned);
        }
    }

    #[test]
    fn a_number_that_json_would_read_as_its_neighbor_is_read_back() {
        let temperature = 0.452_903_690_307_435_2;
        let (mut topics, mut alike) = (centers(), likeness());
        if let Decision::Centers(centers) = &mut topics.decision {
            centers.levels[0].confidence = Confidence::Share(temperature);
        }
        if let Decision::Likeness(likeness) = &mut alike.decision {
            (likeness.temperature, likeness.least) = (temperature, -temperature);
        }
        for learned in [topics, alike] {
            assert_eq!(Learned::read(&learned.saved().unwrap()).unwrap(), learned);
        }
    }

    /// The same with one word of its JSON replaced.
    fn changed(learned: &Learned, from: &str, to: &str) -> Result<Learned, String> {
        let saved = learned.saved().unwrap();
        let json = String::from_utf8(saved.json).unwrap();
        assert!(json.contains(from), "{json}");
        let sealed = Saved { json: json.replacen(from, to, 1).into_bytes(), tensors: saved.tensors.clone() };
        assert!(Learned::read(&sealed).is_err(), "a word was changed");
        let json = json.lines().filter(|line| !line.contains("\"check\"")).collect::<Vec<_>>().join("\n");
        Learned::read(&Saved { json: json.replacen(from, to, 1).into_bytes(), tensors: saved.tensors })
    }

    #[test]
    fn what_does_not_fit_together_is_refused() {
        for (from, to, problem) in [
            ("\"format\": 1", "\"format\": 2", "is of format 2"),
            ("\"dimensions\": 2", "\"dimensions\": 3", "is wanted"),
            (",\n    \"d\"", "", "beyond the 3"),
            ("\"eng\"", "\"xxx\"", "a language that there is not"),
            ("\"kind\": \"centers\"", "\"kind\": \"code\"", "unknown variant"),
        ] {
            let found = changed(&centers(), from, to).unwrap_err();
            assert!(found.contains(problem), "{from}: {found}");
        }
        assert!(Learned::read(&grown(&[[2; 16], [1; 16]]).saved().unwrap()).unwrap_err().contains("not ascending"));
        let nested = changed(&grown(&[]), "\"added\": [", "\"added\": [], \"more\": [");
        assert!(nested.is_err(), "clusters are added to none");
        let mut orphan = centers();
        if let Decision::Centers(centers) = &mut orphan.decision {
            centers.levels[1].parents = vec![0, 0, 0];
        }
        assert!(Learned::read(&orphan.saved().unwrap()).unwrap_err().contains("does not divide"));
        assert!(changed(&likeness(), "\"temperature\": 0.1", "\"temperature\": -1.0").is_err());
        assert!(changed(&likeness(), "\"texts\": 3", "\"texts\": 9").is_err());
    }

    #[test]
    fn numbers_that_no_run_has_written_are_refused() {
        let mut huge = centers();
        if let Decision::Centers(centers) = &mut huge.decision {
            centers.adapter = Some(Adapter::from_rows(&Embeddings::new(vec![3e38; 4], 2)));
        }
        assert!(Learned::read(&huge.saved().unwrap()).unwrap_err().contains("beyond"));
        // With such a mean, all confidences would be NaN.
        let mut far = likeness();
        if let Decision::Likeness(likeness) = &mut far.decision {
            likeness.mean = vec![3e38; 2];
        }
        assert!(Learned::read(&far.saved().unwrap()).unwrap_err().contains("beyond"));
    }

    #[test]
    fn vectors_without_a_value_are_refused_where_no_array_is_of_their_width() {
        let learned = judged(OutOfSample::Nowhere("nobody was asked".into()));
        let d = format!("\"dimensions\": {D}");
        assert!(changed(&learned, &d, "\"dimensions\": 0").unwrap_err().contains("without a value"));
    }

    #[test]
    fn a_file_that_was_changed_or_cut_is_refused() {
        let saved = likeness().saved().unwrap();
        for cut in 0..saved.tensors.len() {
            let tensors = saved.tensors[..cut].to_vec();
            assert!(Learned::read(&Saved { tensors, json: saved.json.clone() }).is_err());
        }
        let mut tensors = saved.tensors.clone();
        *tensors.last_mut().unwrap() ^= 1;
        let problem = Learned::read(&Saved { tensors, json: saved.json.clone() }).unwrap_err();
        assert!(problem.contains("checksum"), "{problem}");
        for cut in 0..saved.json.len() - 2 {
            assert!(Learned::read(&Saved { json: saved.json[..cut].to_vec(), ..saved.clone() }).is_err());
        }
    }
}
