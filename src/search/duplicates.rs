//! Documents of a run that say nearly the same, for cleaning: groups of which each has a first document.

use std::collections::HashMap;
use std::path::Path;

use serde::Serialize;

use super::exact::Searched;
use crate::cluster::neighbor_index;
use crate::error::Error;
use crate::vectors::Embeddings;

/// Others that are looked at for each text: the nearest.
const NEAREST: usize = 64;

/// Documents that are near a first one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duplicates {
    /// Counted from 1, in the order of the first documents.
    pub group: usize,
    /// The first document of the input, and after it the others in input order.
    pub documents: Vec<Duplicate>,
}

/// A document of a group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duplicate {
    /// Its id.
    pub id: String,
    /// Cosine with the first document of the group; 1 for the same text.
    pub similarity: f32,
    /// Its text, where the run kept it.
    pub text: Option<String>,
}

/// The groups of near-duplicates of a run, in input order.
///
/// In input order a text joins the group whose first document is the nearest of those at `threshold` at least, or it begins a group. So
/// each document is that near to its group's first one, and no chain leads from one text to another one. The 64 nearest others of
/// each text are looked at, and found as the run's index finds them: where more are as near, a group may come in pieces.
///
/// # Errors
/// When the directory holds no run, its files are not what the run wrote, or it kept no vectors.
pub fn duplicates(path: &Path, threshold: f32) -> Result<Vec<Duplicates>, Error> {
    let searched = Searched::open(path)?;
    let texts = Texts::of(&searched);
    let firsts: Vec<usize> = texts.rows.iter().map(|rows| rows[0]).collect();
    let groups = match firsts.len() == searched.vectors.len() {
        true => grouped(&searched.vectors, threshold),
        false => grouped(&searched.vectors.select(&firsts), threshold),
    };
    let document = |row: usize, similarity: f32| {
        let line = &searched.run.documents[searched.documents[row]];
        Duplicate { id: line.id.clone(), similarity: similarity.min(1.0), text: line.text.clone() }
    };
    let documents = |group: Vec<(usize, f32)>| {
        let rows =
            group.iter().flat_map(|&(text, similarity)| texts.rows[text].iter().map(move |&row| (row, similarity)));
        let mut rows: Vec<(usize, f32)> = rows.collect();
        rows.sort_unstable_by_key(|(row, _)| *row);
        rows.into_iter().map(|(row, similarity)| document(row, similarity)).collect::<Vec<_>>()
    };
    let several = groups.into_iter().map(documents).filter(|documents| documents.len() > 1);
    Ok(several.enumerate().map(|(group, documents)| Duplicates { group: group + 1, documents }).collect())
}

/// The different texts of n rows.
struct Texts {
    /// For each text its rows, ascending; texts in the order of their first rows.
    rows: Vec<Vec<usize>>,
}

impl Texts {
    fn of(searched: &Searched<'_>) -> Texts {
        let (mut rows, mut places): (Vec<Vec<usize>>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
        for (row, &document) in searched.documents.iter().enumerate() {
            let text = searched.run.documents[document].text.as_deref();
            match text.and_then(|text| places.get(text)) {
                Some(&place) => rows[place].push(row),
                None => {
                    text.into_iter().for_each(|text| {
                        places.insert(text, rows.len());
                    });
                    rows.push(vec![row]);
                }
            }
        }
        Texts { rows }
    }
}

/// Groups of n rows (n×d), each row with its cosine with the group's first one; singletons among them.
fn grouped(vectors: &Embeddings, threshold: f32) -> Vec<Vec<(usize, f32)>> {
    let near = near(vectors, threshold);
    let mut groups: Vec<Vec<(usize, f32)>> = Vec::new();
    let mut group_of: Vec<Option<usize>> = vec![None; vectors.len()];
    for (row, near) in near.iter().enumerate() {
        let begun = near.iter().filter_map(|&(other, similarity)| Some((group_of[other]?, similarity)));
        let nearest = begun.reduce(|best, next| if next.1 > best.1 { next } else { best });
        match nearest {
            Some((group, similarity)) => groups[group].push((row, similarity)),
            None => {
                group_of[row] = Some(groups.len());
                groups.push(vec![(row, 1.0)]);
            }
        }
    }
    groups
}

/// For each row the others at `threshold` at least that are among its nearest, or that it is among theirs, by row.
fn near(vectors: &Embeddings, threshold: f32) -> Vec<Vec<(usize, f32)>> {
    let mut near = vec![Vec::new(); vectors.len()];
    if vectors.is_empty() {
        return near;
    }
    for (row, neighbors) in neighbor_index(vectors).neighborhoods(NEAREST).of.into_iter().enumerate() {
        for neighbor in neighbors.into_iter().filter(|neighbor| neighbor.similarity >= threshold) {
            near[row].push((neighbor.index, neighbor.similarity));
            near[neighbor.index].push((row, neighbor.similarity));
        }
    }
    for near in &mut near {
        near.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        near.dedup_by_key(|(row, _)| *row);
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit vector at an angle, in degrees.
    fn at(degrees: f32) -> [f32; 2] {
        [degrees.to_radians().cos(), degrees.to_radians().sin()]
    }

    #[test]
    fn a_chain_of_near_texts_is_cut_where_it_leads_too_far_from_its_first() {
        let vectors = Embeddings::new([0.0, 8.0, 16.0, 24.0, 90.0].map(at).concat(), 2);
        let groups = grouped(&vectors, 10_f32.to_radians().cos());
        let rows: Vec<Vec<usize>> = groups.iter().map(|group| group.iter().map(|(row, _)| *row).collect()).collect();
        assert_eq!(rows, [vec![0, 1], vec![2, 3], vec![4]]);
        assert!(groups.iter().flatten().all(|(_, similarity)| *similarity >= 10_f32.to_radians().cos()));
    }

    #[test]
    fn a_text_joins_the_nearest_first_one() {
        let vectors = Embeddings::new([0.0, 12.0, 8.0].map(at).concat(), 2);
        let groups = grouped(&vectors, 10_f32.to_radians().cos());
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn nothing_has_no_groups() {
        assert!(grouped(&Embeddings::new(Vec::new(), 2), 0.9).is_empty());
    }
}
