//! A lower bound for one node: what is uncovered, bounded from below by a quadratic function, and that minimised over pairs.
//!
//! A pattern that none of the selected columns holds for is uncovered. With s the selection and T any tree that spans the
//! pattern's free columns, 1 − Σ sⱼ + Σ_{jl ∈ T} sⱼ sₗ is at most 1 if nothing is selected and at most 0 otherwise, as a forest
//! of y columns has at most y − 1 edges; and so is 0. A `Model` is the sum over all patterns of one such function each, or of
//! any mixture of them. With xⱼₗ = sⱼ sₗ it is linear, and a selection of r columns has Σₗ xⱼₗ = (r − 1) sⱼ: so each column
//! picks its r − 1 cheapest partners and the r cheapest columns are picked with them. That both ends of a pair should pick each
//! other is what this leaves out; a price on every pair, to pay by one end and to receive by the other, makes up for it.
//!
//! Models and prices are improved in turns: where a mean of the picks so far makes another tree worth more, some of it is mixed
//! in. Whatever they are, the bound holds.

use super::remaining::Remaining;
use super::square::Square;

/// How a relaxation is improved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// Steps at most.
    pub steps: usize,
    /// How much of the distance to the best selection known the first change of prices goes for.
    pub stride: f64,
    /// How much of another model is mixed in at first.
    pub mixing: f64,
    /// How much the newest picks count in their mean.
    pub newest: f64,
    /// Steps without a better bound after which changes are made smaller.
    pub patience: usize,
}

/// Below this mixing it is not worth going on.
const LEAST_MIXING: f64 = 1e-3;

/// A lower bound of what the uncovered patterns cost: constant + Σ linearⱼ sⱼ + Σ_{j<l} pairsⱼₗ sⱼ sₗ.
#[derive(Debug, Clone)]
pub(super) struct Model {
    constant: f64,
    /// f.
    linear: Vec<f64>,
    /// f×f, symmetric.
    pairs: Square,
}

/// Where the improvement of a node's bound stands; a child goes on from there.
#[derive(Debug, Clone)]
pub(super) struct Relaxation {
    model: Model,
    /// f×f: what j pays for the pair jl beyond half of its cost; the negative of what l does.
    prices: Square,
    /// f: how often a column was picked lately.
    pub share: Vec<f64>,
    /// f×f: how often two columns were picked together.
    together: Square,
}

/// What a relaxation says of a node.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// No selection of the node costs less.
    pub bound: f64,
    /// f: what a column costs with its cheapest partners.
    pub values: Vec<f64>,
    /// The columns picked, as many as are to be selected, by value.
    pub picked: Vec<usize>,
    /// How much was looked at.
    pub work: u64,
}

/// The picks that a model's minimum consists of.
struct Picks {
    bound: f64,
    values: Vec<f64>,
    picked: Vec<usize>,
    /// f×f: 1 where the first, itself picked, picks the second as a partner.
    partners: Square,
}

impl Relaxation {
    /// Knows nothing: all columns are as likely, and each pattern has the tree that follows from it.
    pub fn new(columns: usize, left: usize) -> Relaxation {
        let share = left as f64 / columns.max(1) as f64;
        let model = Model { constant: 0.0, linear: vec![0.0; columns], pairs: Square::new(columns, 0.0) };
        let together = Square::new(columns, share * share);
        Relaxation { model, prices: Square::new(columns, 0.0), share: vec![share; columns], together }
    }

    /// The same once the columns at `taken` are selected and only those at `kept` are still free.
    pub fn restricted(&self, taken: &[usize], kept: &[usize]) -> Relaxation {
        let mut constant = self.model.constant;
        let mut linear = self.model.linear.clone();
        for &column in taken {
            // A column already added has passed its pairs on to the ones after it.
            constant += linear[column];
            let others = linear.iter_mut().zip(self.model.pairs.row(column));
            others.for_each(|(other, pair)| *other += pair);
        }
        let only = |values: &[f64]| kept.iter().map(|column| values[*column]).collect::<Vec<f64>>();
        Relaxation {
            model: Model { constant, linear: only(&linear), pairs: self.model.pairs.restricted(kept) },
            prices: self.prices.restricted(kept),
            share: only(&self.share),
            together: self.together.restricted(kept),
        }
    }

    /// Starts a node's bound from the model that is best by what is known of the picks.
    pub fn start(&mut self, node: &Remaining) {
        self.model = self.response(node);
    }

    /// Improves the bound until it reaches `limit` or the schedule ends, and keeps the best.
    pub fn improve(&mut self, node: &Remaining, limit: f64, target: f64, schedule: &Schedule) -> Outcome {
        let mut best = self.minimum(node);
        let mut center = (self.model.clone(), self.prices.clone());
        let (mut stride, mut mixing, mut stale) = (schedule.stride, schedule.mixing, 0);
        let mut picks = None;
        let mut steps = 1;
        let most = if node.left > 1 { schedule.steps } else { 1 };
        while best.bound < limit && steps < most && mixing > LEAST_MIXING {
            self.step(node, picks.as_ref().unwrap_or(&best), target, (stride, mixing, schedule.newest));
            steps += 1;
            let found = self.minimum(node);
            if found.bound > best.bound {
                center = (self.model.clone(), self.prices.clone());
                (best, picks, stale) = (found, None, 0);
                continue;
            }
            picks = Some(found);
            stale += 1;
            if stale == schedule.patience {
                (self.model, self.prices) = center.clone();
                (stride, mixing, stale) = (0.6 * stride, 0.6 * mixing, 0);
            }
        }
        (self.model, self.prices) = center;
        let work = steps as u64 * node.effort();
        Outcome { bound: best.bound, values: best.values, picked: best.picked, work }
    }

    /// Moves model and prices to where the picks cost more.
    fn step(&mut self, node: &Remaining, picks: &Picks, target: f64, (stride, mixing, newest): (f64, f64, f64)) {
        self.remember(picks, newest);
        let other = self.response(node);
        self.model.mix(&other, mixing);
        let asymmetry = picks.partners.asymmetry();
        if asymmetry > 0.0 {
            let change = stride * (target - picks.bound).max(0.0) / asymmetry;
            self.prices.add_asymmetry(&picks.partners, change, node.most);
        }
    }

    /// Lets the means follow the picks.
    fn remember(&mut self, picks: &Picks, newest: f64) {
        self.share.iter_mut().for_each(|share| *share *= 1.0 - newest);
        picks.picked.iter().for_each(|column| self.share[*column] += newest);
        self.together.mix_symmetric(&picks.partners, newest);
    }

    /// The picks that cost least under model and prices.
    fn minimum(&self, node: &Remaining) -> Picks {
        let columns = node.free.len();
        let partners = node.left.saturating_sub(1);
        let mut values = Vec::with_capacity(columns);
        let mut chosen: Vec<u32> = Vec::with_capacity(columns * partners);
        let mut offers: Vec<(f64, u32)> = Vec::with_capacity(columns);
        for column in 0..columns {
            offers.clear();
            let costs = self.model.pairs.row(column).iter().zip(self.prices.row(column));
            let all = costs.enumerate().map(|(other, (pair, price))| (0.5 * pair + price, other as u32));
            offers.extend(all.filter(|(_, other)| *other as usize != column));
            cheapest_first(&mut offers, partners);
            let cost: f64 = offers[..partners].iter().map(|(cost, _)| cost).sum();
            values.push(node.prices[column] + self.model.linear[column] + cost);
            chosen.extend(offers[..partners].iter().map(|(_, other)| other));
        }
        let mut order: Vec<(f64, u32)> = values.iter().copied().zip(0..).collect();
        cheapest_first(&mut order, node.left);
        let mut picked: Vec<usize> = order[..node.left].iter().map(|(_, column)| *column as usize).collect();
        picked.sort_unstable();
        let mut together = Square::new(columns, 0.0);
        for &column in &picked {
            let row = together.row_mut(column);
            chosen[column * partners..][..partners].iter().for_each(|other| row[*other as usize] = 1.0);
        }
        let total: f64 = picked.iter().map(|column| values[*column]).sum();
        Picks { bound: node.fixed + self.model.constant + total, values, picked, partners: together }
    }

    /// For each pattern the function that is highest at the mean of the picks.
    fn response(&self, node: &Remaining) -> Model {
        let columns = node.free.len();
        let mut model = Model { constant: node.lost, linear: vec![0.0; columns], pairs: Square::new(columns, 0.0) };
        let mut tree = Tree::default();
        for (row, stake) in node.patterns() {
            let expected: f64 = row.iter().map(|column| self.share[*column as usize]).sum();
            let total = tree.grow(row, &self.together);
            // With one column to select no pair is, and the sum is exact.
            if node.left > 1 && 1.0 - expected + total <= 0.0 {
                continue;
            }
            model.constant += stake;
            row.iter().for_each(|column| model.linear[*column as usize] -= stake);
            tree.edges.iter().for_each(|(left, right)| model.pairs.add(*left as usize, *right as usize, stake));
        }
        model
    }
}

impl Model {
    /// Replaces a part of this one by as much of the other.
    fn mix(&mut self, other: &Model, part: f64) {
        self.constant += part * (other.constant - self.constant);
        self.linear.iter_mut().zip(&other.linear).for_each(|(own, other)| *own += part * (other - *own));
        self.pairs.mix(&other.pairs, part);
    }
}

/// Brings the `count` cheapest to the front; of equal ones those of lower index.
fn cheapest_first(offers: &mut [(f64, u32)], count: usize) {
    if 0 < count && count < offers.len() {
        offers.select_nth_unstable_by(count - 1, |left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
    }
}

/// A heaviest spanning tree, by Prim's method, in memory that is used again.
#[derive(Default)]
struct Tree {
    /// Columns joined by the tree.
    edges: Vec<(u32, u32)>,
    /// Columns outside, each with its heaviest link into the tree.
    outside: Vec<(f64, u32, u32)>,
}

impl Tree {
    /// Spans the columns of `row`, of which there is one at least, and returns the weight.
    fn grow(&mut self, row: &[u32], weights: &Square) -> f64 {
        self.edges.clear();
        self.outside.clear();
        let links = weights.row(row[0] as usize);
        self.outside.extend(row[1..].iter().map(|column| (links[*column as usize], *column, row[0])));
        let mut total = 0.0;
        while !self.outside.is_empty() {
            let mut heaviest = 0;
            for place in 1..self.outside.len() {
                if self.outside[place].0 > self.outside[heaviest].0 {
                    heaviest = place;
                }
            }
            let (weight, column, inside) = self.outside.swap_remove(heaviest);
            total += weight;
            self.edges.push((inside, column));
            let links = weights.row(column as usize);
            for (best, other, from) in &mut self.outside {
                let link = links[*other as usize];
                if link > *best {
                    (*best, *from) = (link, column);
                }
            }
        }
        total
    }
}
