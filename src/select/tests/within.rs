//! Constraints beside every subset, and good_lp beside the program's own prover.

use super::*;

/// Whether a selection (ascending) meets the constraints, document by document.
fn is_allowed(instance: &Instance, size: Size, constraints: &Constraints, selected: &[usize]) -> bool {
    let has = |candidate: &usize| selected.contains(candidate);
    let documents = || instance.rows.iter().zip(&instance.weights);
    let weight = |candidate: &usize| {
        let held = documents().filter(|(row, _)| row.contains(candidate));
        held.map(|(_, weight)| weight).sum::<f64>()
    };
    let beyond = |row: &Vec<usize>| row.iter().filter(|held| has(held)).count().saturating_sub(1) as f64;
    let overlap: f64 = documents().map(|(row, weight)| weight * beyond(row)).sum();
    let is_sized = |candidate: &usize| {
        constraints.at_least.is_none_or(|least| weight(candidate) >= least - 1e-6)
            && constraints.at_most.is_none_or(|most| weight(candidate) <= most + 1e-6)
    };
    let has_number = match size {
        Size::Exactly(size) => selected.len() == size,
        Size::Penalty(_) => true,
    };
    has_number
        && constraints.kept.iter().all(has)
        && !constraints.forbidden.iter().any(has)
        && !constraints.exclusive.iter().any(|(left, right)| has(left) && has(right))
        && selected.iter().all(is_sized)
        && constraints.overlap.is_none_or(|most| overlap <= most + 1e-6)
}

/// The least cost of any allowed selection; none where none is allowed.
fn least_allowed(instance: &Instance, parameters: &Parameters, constraints: &Constraints) -> Option<f64> {
    let members = |set: u32| (0..instance.candidates).filter(move |bit| set >> bit & 1 == 1);
    let subsets = (0_u32..1 << instance.candidates).map(|set| members(set).collect::<Vec<_>>());
    let allowed = subsets.filter(|selected| is_allowed(instance, parameters.size, constraints, selected));
    allowed.map(|selected| cost(instance, parameters, &selected)).min_by(f64::total_cmp)
}

/// Constraints on m candidates, met by something more often than not.
fn constraints(candidates: usize) -> impl Strategy<Value = Constraints> {
    let most = candidates.max(1);
    let some = |count: usize| prop::collection::vec(0..most, 0..=if candidates == 0 { 0 } else { count });
    let pairs = prop::collection::vec((0..most, 0..most), 0..=if candidates < 2 { 0 } else { 4 });
    let bound = |range: std::ops::Range<u8>| prop_oneof![2 => Just(None), 1 => range.prop_map(|bound| Some(f64::from(bound) / 2.0))];
    let numbers = (bound(0..6), bound(20..60), bound(0..40));
    (some(2), some(2), pairs, numbers).prop_map(|(kept, forbidden, pairs, (at_least, at_most, overlap))| {
        let exclusive = pairs.into_iter().filter(|(left, right)| left != right).collect();
        Constraints { kept, forbidden, exclusive, at_least, at_most, overlap }
    })
}

fn constrained() -> impl Strategy<Value = (Instance, Constraints)> {
    instances().prop_flat_map(|instance| {
        let constraints = constraints(instance.candidates);
        (Just(instance), constraints)
    })
}

proptest! {
    #![proptest_config(repeatable())]

    #[test]
    fn no_allowed_subset_costs_less(
        (instance, constraints) in constrained(),
        size in sizes(),
        moves in prop_oneof![Just(0_usize), Just(300)],
    ) {
        let parameters = Parameters { moves, ..parameters(fitting(size, instance.candidates)) };
        let found = select_within(&instance, &parameters, &constraints);
        match least_allowed(&instance, &parameters, &constraints) {
            Some(least) => {
                let cover = found.unwrap();
                assert_sound(&instance, &parameters, &cover);
                prop_assert!(is_allowed(&instance, parameters.size, &constraints, &cover.selected));
                prop_assert!((cover.objective - least).abs() < 1e-6, "{cover:?}, not {least}");
                prop_assert_eq!(cover.status, CoverStatus::Optimal);
            }
            None => prop_assert!(matches!(found, Err(Error::Usage(_))), "{found:?}"),
        }
    }

    #[test]
    fn good_lp_and_the_own_prover_agree(
        instance in instances(),
        size in sizes(),
        overlap in prop_oneof![Just(0.5), Just(0.0), 0.0..2.0],
        uncovered in prop_oneof![Just(1.0), Just(0.0), 0.0..2.0],
    ) {
        let size = fitting(size, instance.candidates);
        // Neither has a local search to lean on.
        let parameters = Parameters { overlap, uncovered, moves: 0, ..parameters(size) };
        let own = select(&instance, &parameters).unwrap();
        let other = select_by_solver(&instance, &parameters, &Constraints::default()).unwrap();
        assert_sound(&instance, &parameters, &other);
        prop_assert_eq!((own.status, other.status), (CoverStatus::Optimal, CoverStatus::Optimal));
        prop_assert!((own.objective - other.objective).abs() < 1e-6, "{own:?}, {other:?}");
    }

    #[test]
    fn constraints_are_kept_where_nothing_is_proven((instance, constraints) in constrained(), size in sizes()) {
        let parameters = Parameters { nodes: 0, ..parameters(fitting(size, instance.candidates)) };
        if let Ok(cover) = select_within(&instance, &parameters, &constraints) {
            assert_sound(&instance, &parameters, &cover);
            prop_assert!(is_allowed(&instance, parameters.size, &constraints, &cover.selected));
        }
    }

    #[test]
    fn the_order_of_documents_does_not_matter_within_constraints(
        ((instance, constraints), order) in constrained().prop_flat_map(|(instance, constraints)| {
            let order = Just((0..instance.rows.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just((instance, constraints)), order)
        }),
        size in sizes(),
    ) {
        let parameters = parameters(fitting(size, instance.candidates));
        let shuffled = Instance {
            rows: order.iter().map(|row| instance.rows[*row].clone()).collect(),
            weights: order.iter().map(|row| instance.weights[*row]).collect(),
            candidates: instance.candidates,
        };
        let found = |instance| select_within(instance, &parameters, &constraints).map_err(|error| error.to_string());
        prop_assert_eq!(found(&instance), found(&shuffled));
    }
}

/// Candidates 0 and 1 hold for six documents each, two of them the same; 2 for one and 3 for two.
fn small() -> Instance {
    let mut rows: Vec<&[usize]> = vec![&[0, 1], &[0, 1], &[2], &[3], &[3]];
    rows.extend([&[0][..], &[1]].repeat(4));
    unweighted(4, &rows)
}

fn refused(size: Size, constraints: &Constraints) -> String {
    let error = select_within(&small(), &parameters(size), constraints).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string()
}

#[test]
fn what_is_kept_forbidden_or_excluded_changes_the_cover() {
    let of = |constraints: Constraints| {
        select_within(&small(), &parameters(Size::Exactly(2)), &constraints).unwrap().selected
    };
    assert_eq!(of(Constraints::default()), [0, 1]);
    assert_eq!(of(Constraints { kept: vec![2, 2], ..Constraints::default() }), [0, 2]);
    assert_eq!(of(Constraints { forbidden: vec![0], ..Constraints::default() }), [1, 3]);
    assert_eq!(of(Constraints { exclusive: vec![(1, 0)], ..Constraints::default() }), [0, 3]);
    assert_eq!(of(Constraints { overlap: Some(1.0), ..Constraints::default() }), [0, 3]);
    assert_eq!(of(Constraints { overlap: Some(2.0), ..Constraints::default() }), [0, 1]);
    assert_eq!(of(Constraints { at_most: Some(3.0), ..Constraints::default() }), [2, 3]);
    assert_eq!(of(Constraints { at_least: Some(2.0), forbidden: vec![1], ..Constraints::default() }), [0, 3]);
}

#[test]
fn two_constraints_that_contradict_each_other_are_both_named() {
    let none = Constraints::default;
    let two = Size::Exactly(2);
    let both = Constraints { kept: vec![1], forbidden: vec![1], ..none() };
    assert_eq!(refused(two, &both), "candidate 1 is both to be kept and forbidden");
    let pair = Constraints { kept: vec![0, 3], exclusive: vec![(3, 0)], ..none() };
    assert_eq!(refused(two, &pair), "candidates 3 and 0 are both to be kept, but exclude each other");
    let few = Constraints { kept: vec![2], at_least: Some(3.0), ..none() };
    let problem = "candidate 2 is to be kept, but a cluster is to have at least 3 documents, and it has 1";
    assert_eq!(refused(two, &few), problem);
    let many = Constraints { kept: vec![0, 1, 3], ..none() };
    assert_eq!(refused(two, &many), "3 candidates are to be kept, but 2 clusters were asked for");
    let left = Constraints { forbidden: vec![0, 1, 2], ..none() };
    let problem =
        "2 clusters were asked for, but of 4 candidates only 1 are neither forbidden nor of a size that is not allowed";
    assert_eq!(refused(two, &left), problem);
    let overlap = Constraints { kept: vec![0, 1], overlap: Some(1.0), ..none() };
    let problem = "candidates 0, 1 are to be kept, but at most 1 documents are to overlap, and of these 2 do";
    assert_eq!(refused(two, &overlap), problem);
    let sizes = Constraints { at_least: Some(4.0), at_most: Some(3.0), ..none() };
    assert_eq!(refused(two, &sizes), "a cluster cannot have at least 4 documents and at most 3");
    assert_eq!(refused(two, &Constraints { exclusive: vec![(1, 1)], ..none() }), "candidate 1 cannot exclude itself");
    let beyond = Constraints { forbidden: vec![4], ..none() };
    assert_eq!(refused(two, &beyond), "a constraint names candidate 4, but candidates are numbered from 0 to below 4");
}

#[test]
fn of_many_constraints_those_that_contradict_one_another_are_named() {
    // 0 is ruled out, so that the others have other numbers inside; the overlap is not to blame.
    let constraints = Constraints {
        forbidden: vec![0],
        kept: vec![1],
        exclusive: vec![(1, 2), (1, 3)],
        overlap: Some(50.0),
        ..Constraints::default()
    };
    let problem = "no selection meets these constraints together: candidate 1 kept; not both of candidates 1 and 2; \
                   not both of candidates 1 and 3; exactly 2 clusters";
    assert_eq!(refused(Size::Exactly(2), &constraints), problem);
}

#[test]
fn a_limit_leaves_the_best_cover_found_unproven() {
    let instance = scattered(200, 40, 6);
    let constraints = Constraints { exclusive: vec![(0, 1), (2, 3)], kept: vec![5], ..Constraints::default() };
    let limited = |nodes| Parameters { nodes, ..parameters(Size::Exactly(10)) };
    let none = select_within(&instance, &limited(0), &constraints).unwrap();
    assert_eq!((none.status, none.bound), (CoverStatus::Heuristic, None));
    let few = select_within(&instance, &limited(3), &constraints).unwrap();
    assert_sound(&instance, &limited(3), &few);
    assert_eq!(few.status, CoverStatus::Feasible);
    assert!(few.objective <= none.objective);
}

#[test]
fn a_limit_before_anything_was_found_says_that_nothing_is_proven() {
    // Greedy takes 0, which excludes all others.
    let constraints = Constraints { exclusive: vec![(0, 1), (0, 2), (0, 3)], ..Constraints::default() };
    let parameters = Parameters { moves: 0, nodes: 0, ..parameters(Size::Exactly(2)) };
    let error = select_within(&small(), &parameters, &constraints).unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert!(error.to_string().contains("not proven that there is none"), "{error}");
}
