//! How a text looks: lengths, line ends, and shares of kinds of characters, without a word of it.

use rayon::prelude::*;

use crate::vectors::Embeddings;

/// What is measured of a text.
const NUMBERS: usize = 24;
/// Values of a row.
pub const DIMENSIONS: usize = 2 * NUMBERS;

/// Each number of the texts that it was learned from, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    sorted: Vec<Vec<f32>>,
}

impl Layout {
    /// From n texts, at least one.
    pub fn learn(texts: &[&str]) -> Layout {
        let measured: Vec<[f32; NUMBERS]> = texts.par_iter().map(|text| numbers(text)).collect();
        let sorted = |number: usize| {
            let mut column: Vec<f32> = measured.iter().map(|row| row[number]).collect();
            column.sort_by(f32::total_cmp);
            column
        };
        Layout { sorted: (0..NUMBERS).map(sorted).collect() }
    }

    /// From each number of the texts, ascending (numbers×n); none where that is no such list.
    pub fn from_sorted(sorted: &Embeddings) -> Option<Layout> {
        let sorted: Vec<Vec<f32>> = (0..sorted.len()).map(|number| sorted.row(number).to_vec()).collect();
        let is_list = sorted.len() == NUMBERS && sorted.iter().all(|column| column.is_sorted());
        is_list.then_some(Layout { sorted })
    }

    /// Each number of the texts that it was learned from, ascending (numbers×n).
    pub fn sorted(&self) -> Embeddings {
        Embeddings::new(self.sorted.concat(), self.sorted[0].len())
    }

    /// Unit rows of some texts (n × twice the numbers). Each number counts by its rank, so that none needs a scale: it becomes a
    /// point on a quarter circle.
    pub fn rows(&self, texts: &[&str]) -> Embeddings {
        let scale = 1.0 / (NUMBERS as f32).sqrt();
        let point = |(value, sorted): (f32, &Vec<f32>)| {
            let (sine, cosine) = (rank(value, sorted) * std::f32::consts::FRAC_PI_2).sin_cos();
            [scale * sine, scale * cosine]
        };
        let mut values = vec![0.0; texts.len() * 2 * NUMBERS];
        values.par_chunks_mut(2 * NUMBERS).zip(texts).for_each(|(row, text)| {
            let points = numbers(text).into_iter().zip(&self.sorted).flat_map(point);
            row.iter_mut().zip(points).for_each(|(to, value)| *to = value);
        });
        Embeddings::new(values, 2 * NUMBERS)
    }
}

/// The share of the `sorted` values below one, equals counted half: 0 to 1.
fn rank(value: f32, sorted: &[f32]) -> f32 {
    let below = sorted.partition_point(|other| *other < value);
    let equal = sorted[below..].partition_point(|other| *other <= value);
    (below as f32 + equal as f32 / 2.0) / sorted.len() as f32
}

fn numbers(text: &str) -> [f32; NUMBERS] {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let lengths: Vec<f32> = lines.iter().map(|line| line.chars().count() as f32).collect();
    let mean = lengths.iter().sum::<f32>() / lengths.len().max(1) as f32;
    let deviation = lengths.iter().map(|length| (length - mean).powi(2)).sum::<f32>() / lengths.len().max(1) as f32;
    let characters = text.chars().count().max(1) as f32;
    let of_text = |is: &dyn Fn(char) -> bool| text.chars().filter(|&c| is(c)).count() as f32 / characters;
    let of_lines = |is: &dyn Fn(&str) -> bool| share(&lines, is);
    let of_words = |is: &dyn Fn(&str) -> bool| share(&words, is);
    [
        characters,
        text.lines().count() as f32,
        lines.len() as f32 / text.lines().count().max(1) as f32,
        mean,
        lengths.iter().copied().fold(0.0, f32::max),
        deviation,
        words.len() as f32 / lines.len().max(1) as f32,
        words.iter().map(|word| word.chars().count()).sum::<usize>() as f32 / words.len().max(1) as f32,
        of_words(&|word| word.chars().nth(1).is_some() && word.chars().all(char::is_uppercase)),
        of_lines(&|line| line.starts_with(char::is_uppercase)),
        of_lines(&|line| line.trim_end().ends_with(['.', '!', '?'])),
        of_lines(&|line| line.trim_end().ends_with(',')),
        of_text(&char::is_uppercase),
        of_text(&char::is_numeric),
        of_text(&|c| c == '#'),
        of_text(&|c| c == '.'),
        of_text(&|c| c == ','),
        of_text(&|c| c == '!'),
        of_text(&|c| c == '?'),
        of_text(&|c| matches!(c, ':' | ';')),
        of_text(&|c| matches!(c, '(' | ')' | '[' | ']')),
        of_text(&|c| matches!(c, '"' | '\'' | '’' | '“' | '”' | '«' | '»')),
        of_text(&|c| matches!(c, '-' | '–' | '—')),
        of_text(&|c| !c.is_alphanumeric() && !c.is_whitespace()),
    ]
}

fn share(parts: &[&str], is: &dyn Fn(&str) -> bool) -> f32 {
    parts.iter().filter(|part| is(part)).count() as f32 / parts.len().max(1) as f32
}
