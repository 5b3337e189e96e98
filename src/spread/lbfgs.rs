//! Minimises a smooth convex function: L-BFGS with a backtracking line search (Nocedal and Wright, algorithm 7.5).

use std::collections::VecDeque;

/// Pairs of steps and gradient changes that are remembered.
const MEMORY: usize = 8;
/// Share of the promised decrease that a step must bring.
const ARMIJO: f64 = 1e-4;
/// Halvings of a step before giving up.
const HALVINGS: usize = 20;

/// One remembered step.
struct Pair {
    step: Vec<f32>,
    change: Vec<f32>,
    inverse: f64,
}

/// From `start`, at most `steps` steps; ends earlier when no entry of the gradient exceeds `tolerance`. `value` returns the
/// function's value and gradient.
pub fn minimise(
    start: Vec<f32>,
    steps: usize,
    tolerance: f32,
    mut value: impl FnMut(&[f32]) -> (f64, Vec<f32>),
) -> Vec<f32> {
    let mut at = start;
    let (mut height, mut gradient) = value(&at);
    let mut memory: VecDeque<Pair> = VecDeque::new();
    for _ in 0..steps {
        if gradient.iter().all(|slope| slope.abs() <= tolerance) {
            break;
        }
        let direction = direction(&gradient, &memory);
        let slope = dot(&gradient, &direction);
        let mut length = 1.0;
        let found = (0..HALVINGS).find_map(|_| {
            let next: Vec<f32> = at.iter().zip(&direction).map(|(x, way)| x + length as f32 * way).collect();
            let (lower, there) = value(&next);
            let enough = lower <= height + ARMIJO * length * slope;
            length /= 2.0;
            enough.then_some((next, lower, there))
        });
        let Some((next, lower, there)) = found else { break };
        remember(&mut memory, difference(&next, &at), difference(&there, &gradient));
        (at, height, gradient) = (next, lower, there);
    }
    at
}

fn remember(memory: &mut VecDeque<Pair>, step: Vec<f32>, change: Vec<f32>) {
    let curvature = dot(&step, &change);
    if curvature > 1e-12 {
        memory.push_back(Pair { step, change, inverse: 1.0 / curvature });
        if memory.len() > MEMORY {
            memory.pop_front();
        }
    }
}

/// The two loops.
fn direction(gradient: &[f32], memory: &VecDeque<Pair>) -> Vec<f32> {
    let mut way: Vec<f32> = gradient.iter().map(|slope| -slope).collect();
    let mut factors = Vec::new();
    for pair in memory.iter().rev() {
        let factor = pair.inverse * dot(&pair.step, &way);
        add(&mut way, &pair.change, -factor);
        factors.push(factor);
    }
    let scale = memory.back().map_or(1.0, |last| 1.0 / (last.inverse * dot(&last.change, &last.change)));
    way.iter_mut().for_each(|value| *value *= scale as f32);
    for (pair, factor) in memory.iter().zip(factors.iter().rev()) {
        let back = pair.inverse * dot(&pair.change, &way);
        add(&mut way, &pair.step, factor - back);
    }
    way
}

fn add(to: &mut [f32], from: &[f32], factor: f64) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor as f32 * from);
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bottom_of_a_long_bowl_is_found() {
        let bowl = |x: &[f32]| {
            let terms = [(1.0, 3.0), (40.0, -2.0), (7.0, 0.5)];
            let height = terms.iter().zip(x).map(|((steep, low), x)| f64::from(steep * (x - low) * (x - low))).sum();
            (height, terms.iter().zip(x).map(|((steep, low), x)| 2.0 * steep * (x - low)).collect())
        };
        let found = minimise(vec![0.0; 3], 100, 1e-4, bowl);
        assert!(found.iter().zip([3.0, -2.0, 0.5]).all(|(x, low)| (x - low).abs() < 1e-3), "{found:?}");
    }
}
