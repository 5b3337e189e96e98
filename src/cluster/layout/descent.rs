//! Gradient descent: neighbors attract each other, all points push each other away.

use rayon::prelude::*;

use super::quadtree::{Push, Quadtree};
use super::{Point, mean};

/// Steps with exaggerated attraction, in which groups find together, and steps after them, in which they unfold.
const STEPS: [usize; 2] = [200, 400];
/// How much the attraction is exaggerated in the first steps.
const EXAGGERATION: f64 = 12.0;
/// Share of the last step that the next one keeps, in the first steps and after them.
const MOMENTUM: [f64; 2] = [0.5, 0.8];
/// Size of a step for each point, at least.
const LEAST_RATE: f64 = 50.0;
/// A gain grows by this where a step goes on in its direction, and shrinks by the factor where it turns.
const GAIN: (f64, f64) = (0.2, 0.8);
/// Gains are no smaller.
const LEAST_GAIN: f64 = 0.01;

/// n points after the descent; each attracts those that `attracted` lists for it.
pub(super) fn descended(mut points: Vec<Point>, attracted: &[Vec<u32>]) -> Vec<Point> {
    let n = points.len();
    let pairs = attracted.iter().map(Vec::len).sum::<usize>();
    if pairs == 0 {
        return points;
    }
    let rate = (n as f64 / EXAGGERATION / 4.0).max(LEAST_RATE);
    let (mut last, mut gains) = (vec![[0.0; 2]; n], vec![[1.0; 2]; n]);
    for step in 0..STEPS.iter().sum() {
        let phase = usize::from(step >= STEPS[0]);
        let exaggeration = if phase == 0 { EXAGGERATION } else { 1.0 };
        let gradients = gradients(&points, attracted, exaggeration / pairs as f64);
        for ((point, gradient), (last, gain)) in points.iter_mut().zip(gradients).zip(last.iter_mut().zip(&mut gains)) {
            for axis in 0..2 {
                let turns = gradient[axis] * last[axis] > 0.0;
                let grown = if turns { gain[axis] * GAIN.1 } else { gain[axis] + GAIN.0 };
                gain[axis] = grown.max(LEAST_GAIN);
                last[axis] = MOMENTUM[phase] * last[axis] - rate * gain[axis] * gradient[axis];
                point[axis] += last[axis];
            }
        }
        let middle = mean(&points);
        points.iter_mut().for_each(|point| (0..2).for_each(|axis| point[axis] -= middle[axis]));
    }
    points
}

/// For each point how the divergence of the map from the neighbors grows as it moves; a pair that attracts has the share `affinity`.
fn gradients(points: &[Point], attracted: &[Vec<u32>], affinity: f64) -> Vec<Point> {
    let tree = Quadtree::over(points);
    let pushes: Vec<Push> = points.par_iter().map(|point| tree.push(*point)).collect();
    // In the order of the points, so that the sum is the same for any number of threads.
    let all = pushes.iter().map(|push| push.weight).sum::<f64>().max(f64::MIN_POSITIVE);
    let gradient = |row: usize| {
        let pull = pull(points, row, &attracted[row]);
        [0, 1].map(|axis| 4.0 * (affinity * pull[axis] - pushes[row].force[axis] / all))
    };
    (0..points.len()).into_par_iter().map(gradient).collect()
}

/// How others pull a point, times minus one.
fn pull(points: &[Point], row: usize, others: &[u32]) -> Point {
    let own = points[row];
    let mut pull = [0.0; 2];
    for other in others {
        let other = points[*other as usize];
        let (x, y) = (own[0] - other[0], own[1] - other[1]);
        let weight = 1.0 / (1.0 + x * x + y * y);
        pull[0] += weight * x;
        pull[1] += weight * y;
    }
    pull
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_come_together_and_others_apart() {
        let attracted = [vec![1, 1], vec![0, 0], vec![3, 3], vec![2, 2]];
        let points =
            descended(vec![[1e-4, 1e-5], [-1e-4, 0.0], [1e-4, 0.0], [-1e-4, -1e-5]], &attracted.map(Vec::from));
        let distance = |a: Point, b: Point| ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt();
        let (near, far) = (distance(points[0], points[1]), distance(points[0], points[2]));
        assert!(near < far && far.is_finite(), "{points:?}");
    }
}
