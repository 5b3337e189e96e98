use ndarray::Array2;
use rand::RngExt;

use super::*;
use crate::seed::generator;
use crate::vectors::{argmax, normalise};

const CLASSES: usize = 4;
const TERMS: Terms = Terms { thin: false, by_letter: false, seed: 1 };

/// 240 unit rows in four loose bundles of a 24-dimensional space; row i belongs to class i mod 4.
fn bundles() -> Embeddings {
    let mut random = generator(3, "test", &[]);
    let mut values = Vec::new();
    for row in 0..240 {
        let mut vector: Vec<f32> = (0..24).map(|_| 0.8 * (random.random::<f32>() - 0.5)).collect();
        vector[row % CLASSES] += 0.9;
        normalise(&mut vector);
        values.extend(vector);
    }
    Embeddings::new(values, 24)
}

fn axes() -> Embeddings {
    let mut values = vec![0.0; CLASSES * 24];
    (0..CLASSES).for_each(|class| values[class * 24 + class] = 1.0);
    Embeddings::new(values, 24)
}

fn space(embeddings: &Embeddings) -> FeatureSpace<'_> {
    FeatureSpace::new("embedding", Cow::Borrowed(embeddings))
}

/// Answers of every document up to `count`; every `wrong`-th is the next class.
fn core(count: usize, wrong: usize) -> Core {
    let mut answers = Array2::zeros((count, CLASSES));
    (0..count).for_each(|row| answers[(row, (row + usize::from(row % wrong == wrong - 1)) % CLASSES)] = 1.0);
    Core { documents: (0..count).collect(), answers, times: vec![1.0; count], escalated: vec![false; count] }
}

fn accuracy(logs: &Array2<f32>, from: usize) -> f64 {
    let right = (from..logs.nrows()).filter(|&row| argmax(logs.row(row)) == row % CLASSES).count();
    right as f64 / (logs.nrows() - from) as f64
}

#[test]
fn every_classifier_learns_four_bundles_from_forty_answers() {
    let embeddings = bundles();
    let space = space(&embeddings);
    let start = Start::new(&space, &axes(), 0);
    for classifier in competing(true) {
        let all: Vec<usize> = (0..240).collect();
        let logs = fitted::Fitted::learn(&space, &core(40, 1000), Some(&start), classifier).of_members(&space, &all);
        assert!(accuracy(&logs, 40) > 0.9, "{} {}", classifier.name(), accuracy(&logs, 40));
    }
}

#[test]
fn posteriors_are_probabilities_and_the_same_for_one_thread_and_many() {
    let embeddings = bundles();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let space = space(&embeddings);
            let start = Start::new(&space, &axes(), 1);
            let answers = ndarray::concatenate![ndarray::Axis(1), core(60, 1000).answers, Array2::zeros((60, 1))];
            let core = Core { answers, ..core(60, 1000) };
            let soft_labels = SoftLabels::taken(core.clone());
            let validation = validate(std::slice::from_ref(&space), &[0], &soft_labels, &start, TERMS).unwrap();
            let feature_spaces = [space];
            Ensemble::learn(&feature_spaces, &core, &start, &validation).unwrap().of_all(&feature_spaces)
        })
    };
    let one = run(1);
    assert!(one.rows().into_iter().all(|row| (row.mapv(f32::exp).sum() - 1.0).abs() < 1e-3));
    assert!(accuracy(&one, 60) > 0.95);
    assert_eq!(one, run(3));
}

#[test]
fn denoising_mends_wrong_answers() {
    let embeddings = bundles();
    let space = space(&embeddings);
    let start = Start::new(&space, &axes(), 0);
    let mut soft_labels = SoftLabels::doubted(core(100, 5), 0.2);
    let feature_spaces = std::slice::from_ref(&space);
    let first = validate(feature_spaces, &[0], &soft_labels, &start, TERMS).unwrap();
    soft_labels.correct(&first.out_of_fold);
    let second = first.clone().again(feature_spaces, &soft_labels, &start, TERMS).unwrap();
    assert_eq!(second.weights(), first.weights());
    soft_labels.correct(&second.out_of_fold);
    soft_labels.believed.check(240).unwrap();
    assert_eq!(accuracy(&soft_labels.asked.answers, 0), 0.8);
    assert!(accuracy(&soft_labels.believed.answers, 0) > 0.95, "{}", accuracy(&soft_labels.believed.answers, 0));
}

#[test]
fn answers_by_lot_foretell_each_other_only_after_they_were_corrected() {
    let embeddings = bundles();
    let space = space(&embeddings);
    let start = Start::new(&space, &axes(), 0);
    let feature_spaces = std::slice::from_ref(&space);
    let (mut before, mut after) = (0.0, 0.0);
    for lot in 0..6 {
        let mut random = generator(lot, "lots", &[]);
        let drawn: Vec<usize> = (0..100).map(|_| random.random_range(0..CLASSES)).collect();
        let mut answers = Array2::zeros((100, CLASSES));
        drawn.iter().enumerate().for_each(|(row, &class)| answers[(row, class)] = 1.0);
        let mut soft_labels = SoftLabels::doubted(Core { answers, ..core(100, 1000) }, 0.6);
        let foretold = |logs: &Array2<f32>| {
            drawn.iter().enumerate().filter(|&(row, &class)| argmax(logs.row(row)) == class).count() as f64 / 600.0
        };
        let first = validate(feature_spaces, &[0], &soft_labels, &start, TERMS).unwrap();
        soft_labels.correct(&first.out_of_fold);
        before += foretold(&first.out_of_fold);
        let second = first.again(feature_spaces, &soft_labels, &start, TERMS).unwrap();
        after += foretold(&second.out_of_fold);
    }
    assert!((before - 0.25).abs() < 0.06 && after > before + 0.1, "{before} {after}");
}

#[test]
fn a_second_answer_counts_as_much_as_the_first_and_true_answers_stay() {
    let mut once = SoftLabels::doubted(core(4, 9), 0.2);
    let mut twice = SoftLabels::doubted(Core { times: vec![2.0; 4], ..core(4, 9) }, 0.2);
    let unsure = Array2::from_elem((4, CLASSES), 0.25_f32.ln());
    once.correct(&unsure);
    twice.correct(&unsure);
    let odds = |soft_labels: &SoftLabels| soft_labels.believed.answers[(0, 0)] / soft_labels.believed.answers[(0, 1)];
    assert!((odds(&twice) / odds(&once).powi(2) - 1.0).abs() < 1e-3, "{} {}", odds(&twice), odds(&once));
    let mut taken = SoftLabels::taken(core(4, 9));
    taken.correct(&unsure);
    assert_eq!(taken.believed, taken.asked);
}

#[test]
fn a_weighed_answer_is_outweighed_by_what_others_say_more_clearly() {
    let mut shares = Array2::zeros((2, CLASSES));
    [(0, 0, 0.6), (0, 1, 0.4), (1, 0, 0.98), (1, 1, 0.02)]
        .iter()
        .for_each(|&(row, class, share)| shares[(row, class)] = share);
    let mut soft_labels = SoftLabels::weighed(Core { answers: shares, ..core(2, 9) });
    let mut others = Array2::from_elem((2, CLASSES), 0.05_f32.ln());
    others.column_mut(1).fill(0.8_f32.ln());
    assert!(soft_labels.is_evidence());
    soft_labels.correct(&others);
    let believed = |row: usize| {
        (0..CLASSES)
            .max_by(|&a, &b| soft_labels.believed.answers[(row, a)].total_cmp(&soft_labels.believed.answers[(row, b)]))
    };
    assert_eq!((believed(0), believed(1)), (Some(1), Some(0)));
}

#[test]
fn a_core_that_names_a_document_twice_is_refused() {
    let twice = Core { documents: vec![3, 3], ..core(2, 9) };
    assert!(twice.check(240).is_err() && core(2, 9).check(240).is_ok());
}

/// 240 unit rows without any structure.
fn noise() -> Embeddings {
    let mut random = generator(9, "noise", &[]);
    let mut values: Vec<f32> = (0..240 * 24).map(|_| random.random::<f32>() - 0.5).collect();
    values.chunks_mut(24).for_each(normalise);
    Embeddings::new(values, 24)
}

#[test]
fn documents_asked_about_for_being_hard_teach_and_do_not_choose() {
    let embeddings = bundles();
    let feature_spaces = [space(&embeddings)];
    let start = Start::new(&feature_spaces[0], &axes(), 0);
    let escalated: Vec<bool> = (0..100).map(|row| row % 5 == 4).collect();
    let soft_labels = SoftLabels::taken(Core { escalated, ..core(100, 5) });
    let right = |by_letter: bool| {
        validate(&feature_spaces, &[0], &soft_labels, &start, Terms { by_letter, ..TERMS }).unwrap().spaces[0].score
    };
    assert!(right(false) > 0.95 && right(true) < 0.85, "{} {}", right(false), right(true));
}

#[test]
fn another_space_is_used_only_where_it_is_clearly_better() {
    let (good, bad) = (bundles(), noise());
    let soft_labels = SoftLabels::taken(core(80, 1000));
    let chosen = |first: &Embeddings, second: &Embeddings, by_letter: bool| {
        let feature_spaces = [space(first), FeatureSpace::new("other", Cow::Borrowed(second))];
        let start = Start::new(&feature_spaces[0], &axes(), 0);
        let validation =
            validate(&feature_spaces, &[0, 1], &soft_labels, &start, Terms { by_letter, ..TERMS }).unwrap();
        let logs = Ensemble::learn(&feature_spaces, &soft_labels.believed, &start, &validation)
            .unwrap()
            .of_all(&feature_spaces);
        (validation.space, accuracy(&logs, 80))
    };
    for by_letter in [false, true] {
        let (kept, moved) = (chosen(&good, &bad, by_letter), chosen(&bad, &good, by_letter));
        assert!(kept.0 == "embedding" && kept.1 > 0.9, "{kept:?}");
        assert!(moved.0 != "embedding" && moved.1 > 0.9, "{moved:?}");
        assert_eq!(chosen(&good, &good, by_letter).0, "embedding");
    }
}

#[test]
fn documents_beside_those_learned_from_are_judged_as_they_would_be_among_them() {
    let embeddings = bundles();
    let part = embeddings.select(&(0..120).collect::<Vec<_>>());
    let feature_spaces = [space(&part)];
    let (start, core) = (Start::new(&feature_spaces[0], &axes(), 0), core(60, 1000));
    let validation = validate(&feature_spaces, &[0], &SoftLabels::taken(core.clone()), &start, TERMS).unwrap();
    for classifier in competing(true) {
        let members = vec![Member { classifier, temperature: 4.0, weight: 1.0 }];
        let mixture = Mixture { members, ..validation.mixtures[0].clone() };
        let validation = Validation { mixtures: vec![mixture], ..validation.clone() };
        let ensemble = Ensemble::learn(&feature_spaces, &core, &start, &validation).unwrap();
        let all = ensemble.of(&[None; 240], |_, _| embeddings.clone(), &OwnRows::new([&part]));
        assert!(accuracy(&all, 120) > 0.9, "{} {}", classifier.name(), accuracy(&all, 120));
        let own = all.select(ndarray::Axis(0), &(0..120).collect::<Vec<_>>());
        assert!(
            classifier == Classifier::Neighbors || ensemble.of_all(&feature_spaces) == own,
            "{}",
            classifier.name()
        );
        let known: Vec<Option<usize>> = (0..240).map(|row| (row < 120).then_some(row)).collect();
        let all = ensemble.of(&known, |_, _| embeddings.clone(), &OwnRows::new([&part]));
        let own = all.select(ndarray::Axis(0), &(0..120).collect::<Vec<_>>());
        assert_eq!(ensemble.of_all(&feature_spaces), own, "{}", classifier.name());
    }
}
