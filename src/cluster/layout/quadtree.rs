//! How strongly all points push one away: summed over squares of the plane, near ones finely and far ones as a whole (Barnes & Hut, 1986).

use super::Point;

/// Splits of the plane at most: a square that small is one place, however many points are in it.
const DEEPEST: u32 = 16;
/// Squares whose side is less than this share of their distance are taken as a whole.
const OPENING: f64 = 0.6;

/// A square that holds points, and the squares within it. They stand in depth-first order, so that a walk needs no stack: the
/// next one below a square is the next in the list, and `after` is the next one beside it.
struct Square {
    middle: Point,
    points: f64,
    /// The side, squared and divided by the opening, squared.
    reach: f64,
    after: u32,
    is_leaf: bool,
}

/// The squares over n points.
pub(super) struct Quadtree {
    squares: Vec<Square>,
}

/// The push on one point: its direction and strength, and what it adds to the sum by which all pushes are divided.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Push {
    pub force: Point,
    pub weight: f64,
}

impl Quadtree {
    /// Over points that are numbers.
    pub(super) fn over(points: &[Point]) -> Quadtree {
        let fold = |axis: usize, pick: fn(f64, f64) -> f64| points.iter().map(|point| point[axis]).reduce(pick);
        let low = [0, 1].map(|axis| fold(axis, f64::min).unwrap_or(0.0));
        let high = [0, 1].map(|axis| fold(axis, f64::max).unwrap_or(0.0));
        let side = f64::max(high[0] - low[0], high[1] - low[1]).max(f64::MIN_POSITIVE);
        let cells = f64::from(1 << DEEPEST);
        let cell = |point: &Point, axis: usize| ((point[axis] - low[axis]) / side * cells).min(cells - 1.0) as u32;
        let code = |(index, point): (usize, &Point)| (interleaved(cell(point, 0), cell(point, 1)), index as u32);
        let mut codes: Vec<(u32, u32)> = points.iter().enumerate().map(code).collect();
        codes.sort_unstable();
        let mut tree = Quadtree { squares: Vec::with_capacity(2 * points.len()) };
        if !codes.is_empty() {
            tree.add(points, &codes, DEEPEST, side);
        }
        tree
    }

    /// Adds the square that holds `codes` (not empty), `levels` above the smallest, and those within it; returns its points' sum.
    fn add(&mut self, points: &[Point], codes: &[(u32, u32)], levels: u32, side: f64) -> Point {
        let own = self.squares.len();
        let (count, is_leaf) = (codes.len() as f64, codes.len() == 1 || levels == 0);
        let reach = side * side / (OPENING * OPENING);
        self.squares.push(Square { middle: [0.0; 2], points: count, reach, after: 0, is_leaf });
        let mut sum = [0.0; 2];
        if is_leaf {
            for (_, index) in codes {
                let point = points[*index as usize];
                (0..2).for_each(|axis| sum[axis] += point[axis]);
            }
        } else {
            let quarter = |code: &u32| code >> (2 * (levels - 1)) & 3;
            for within in codes.chunk_by(|(a, _), (b, _)| quarter(a) == quarter(b)) {
                let part = self.add(points, within, levels - 1, side / 2.0);
                (0..2).for_each(|axis| sum[axis] += part[axis]);
            }
        }
        let after = self.squares.len() as u32;
        let square = &mut self.squares[own];
        (square.middle, square.after) = (sum.map(|sum| sum / count), after);
        sum
    }

    /// How all points push one of them away.
    pub(super) fn push(&self, point: Point) -> Push {
        // Its own share of the weight: at no distance the weight is 1.
        let mut push = Push { force: [0.0; 2], weight: -1.0 };
        let mut at = 0;
        while let Some(square) = self.squares.get(at) {
            let (x, y) = (point[0] - square.middle[0], point[1] - square.middle[1]);
            let distance = x * x + y * y;
            if square.is_leaf || square.reach < distance {
                let weight = 1.0 / (1.0 + distance);
                let strength = square.points * weight;
                push.weight += strength;
                push.force[0] += strength * weight * x;
                push.force[1] += strength * weight * y;
                at = square.after as usize;
            } else {
                at += 1;
            }
        }
        push
    }
}

/// The bits of two numbers of 16 bits, one of each in turn.
fn interleaved(x: u32, y: u32) -> u32 {
    let spread = |value: u32| {
        let value = (value | value << 8) & 0x00ff_00ff;
        let value = (value | value << 4) & 0x0f0f_0f0f;
        let value = (value | value << 2) & 0x3333_3333;
        (value | value << 1) & 0x5555_5555
    };
    spread(x) | spread(y) << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(count: usize) -> Vec<Point> {
        (0..count).map(|number| number as f64).map(|t| [(t * 0.7).sin() * t, (t * 1.3).cos() * t]).collect()
    }

    #[test]
    fn the_push_is_near_that_of_all_pairs() {
        let points = points(300);
        let tree = Quadtree::over(&points);
        for one in &points {
            let (mut exact, found) = (Push { force: [0.0; 2], weight: -1.0 }, tree.push(*one));
            for other in &points {
                let (x, y) = (one[0] - other[0], one[1] - other[1]);
                let weight = 1.0 / (1.0 + x * x + y * y);
                exact.weight += weight;
                exact.force[0] += weight * weight * x;
                exact.force[1] += weight * weight * y;
            }
            assert!((exact.weight - found.weight).abs() < 0.05 * exact.weight + 1e-3, "{exact:?} {found:?}");
            assert!((0..2).all(|axis| (exact.force[axis] - found.force[axis]).abs() < 0.02), "{exact:?} {found:?}");
        }
    }

    #[test]
    fn points_at_one_place_do_not_push_each_other() {
        let tree = Quadtree::over(&[[2.0, 3.0]; 5]);
        let push = tree.push([2.0, 3.0]);
        assert_eq!((push.force, push.weight), ([0.0, 0.0], 4.0));
        assert_eq!(Quadtree::over(&[]).push([1.0, 1.0]).weight, -1.0, "nobody is there, not even itself");
    }
}
