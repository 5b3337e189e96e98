use super::grams::Weights;
use super::*;
use crate::vectors::dot;

/// Verse and prose, about boats and bread, in turn: four kinds of texts.
fn texts() -> Vec<String> {
    let about = [["boat", "harbour", "sail", "tide"], ["bread", "oven", "flour", "crust"]];
    let text = |number: usize| {
        let words = about[number % 2];
        let picked: Vec<&str> = (0..6).map(|step| words[(number / 4 + step * step) % 4]).collect();
        match number / 2 % 2 {
            0 => picked.chunks(2).map(|line| format!("O {},\n", line.join(" "))).collect::<String>(),
            _ => format!("The {} is old and good.", picked.join(" and the ")),
        }
    };
    (0..48).map(text).collect()
}

/// Mean cosine of the pairs of texts that are alike by `kind`, less that of those that are not.
fn contrast(vectors: &Embeddings, kind: impl Fn(usize) -> usize) -> f32 {
    let mut sums = [(0.0_f32, 0.0_f32); 2];
    for one in 0..vectors.len() {
        for other in 0..one {
            let sum = &mut sums[usize::from(kind(one) == kind(other))];
            *sum = (sum.0 + dot(vectors.row(one), vectors.row(other)), sum.1 + 1.0);
        }
    }
    sums[1].0 / sums[1].1 - sums[0].0 / sums[0].1
}

#[test]
fn layout_tells_verse_from_prose_and_words_tell_boats_from_bread() {
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let flat = Embeddings::new([1.0, 0.0].repeat(texts.len()), 2);
    let spaces: Vec<(&str, Embeddings)> =
        spaces(&texts, 0).iter().map(|space| (space.name(), space.rows(&texts, &flat))).collect();
    let find = |name: &str| &spaces.iter().find(|space| space.0 == name).unwrap().1;
    let (style, topic) = (|text: usize| text / 2 % 2, |text: usize| text % 2);
    let (layout, words) = (find("layout"), find("embedding and words"));
    assert!(contrast(layout, style) > 0.1, "{}", contrast(layout, style));
    assert!(contrast(layout, topic).abs() < 0.05, "{}", contrast(layout, topic));
    assert!(contrast(words, topic) > 0.1, "{}", contrast(words, topic));
    let unit = |vectors: &Embeddings| (0..48).all(|row| (dot(vectors.row(row), vectors.row(row)) - 1.0).abs() < 1e-3);
    assert!(spaces.iter().all(|space| unit(&space.1)));
}

#[test]
fn the_found_directions_keep_the_angles_between_texts() {
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let counts = Weights::learn(Grams::Words, &texts).counts(&texts);
    let vectors = Decomposition::learn(Grams::Words, &texts, 48, 1).unwrap().rows(&texts);
    for (one, other) in [(0, 1), (0, 2), (3, 9), (5, 40)] {
        let weight = |column: u32| counts[other].iter().find(|entry| entry.0 == column).map_or(0.0, |e| e.1);
        let exact: f32 = counts[one].iter().map(|&(column, value)| value * weight(column)).sum();
        let found = dot(vectors.row(one), vectors.row(other));
        assert!((exact - found).abs() < 0.02, "{one} {other}: {exact} {found}");
    }
}

#[test]
fn spaces_are_the_same_for_one_thread_and_many() {
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let flat = Embeddings::new([1.0, 0.0].repeat(texts.len()), 2);
        pool.install(|| spaces(&texts, 0).iter().map(|space| space.rows(&texts, &flat)).collect::<Vec<_>>())
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn texts_that_share_nothing_have_no_words_in_common_and_still_a_layout() {
    let found = spaces(&["alpha", "42"], 0);
    assert_eq!(found.iter().map(|space| space.name()).collect::<Vec<_>>(), ["layout"]);
    assert_eq!(Weights::learn(Grams::Pieces, &["", ""]).columns, 0);
}

#[test]
fn a_text_is_seen_the_same_whether_or_not_its_space_was_learned_from_it_too() {
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let flat = |count: usize| Embeddings::new([1.0, 0.0].repeat(count), 2);
    for space in spaces(&texts[..24], 0) {
        let (all, one) = (space.rows(&texts, &flat(48)), space.rows(&texts[30..31], &flat(1)));
        assert_eq!(all.row(30), one.row(0), "{}", space.name());
        let other = space.rows(&["O boat, O oven\n42!"], &flat(1));
        assert!((dot(other.row(0), other.row(0)) - 1.0).abs() < 1e-3, "{}", space.name());
    }
}
