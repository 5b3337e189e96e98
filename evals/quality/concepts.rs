//! What the oracle can name: for each gold class a label and a sentence, or, with a fault, other names at another granularity.

use clap::ValueEnum;

use super::set::Set;

/// What is wrong with the oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Nothing
    None,
    /// Some answers name any other group of the list
    Random,
    /// Some answers name one of the three groups most like the right one
    Near,
    /// Random, but the same wrong answer however a document is asked about
    Repeated,
    /// Each class has two names
    Synonyms,
    /// Two classes share one name
    Coarse,
    /// Each class has one name for each of its halves
    Fine,
    /// A class is named only if two of its documents are shown
    Shy,
}

impl Fault {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Fault::None => "none",
            Fault::Random => "random",
            Fault::Near => "near",
            Fault::Repeated => "repeated",
            Fault::Synonyms => "synonyms",
            Fault::Coarse => "coarse",
            Fault::Fine => "fine",
            Fault::Shy => "shy",
        }
    }

    /// Whether answers are wrong.
    pub fn errs(self) -> bool {
        matches!(self, Fault::Random | Fault::Near | Fault::Repeated)
    }
}

/// Something the oracle can name.
#[derive(Debug, Clone, PartialEq)]
pub struct Concept {
    /// A few words.
    pub label: String,
    /// The sentence that is true of its documents.
    pub predicate: String,
    /// The classes that it holds for.
    pub classes: Vec<usize>,
    /// Which half of the class, where it holds for a half only.
    pub half: Option<bool>,
}

impl Concept {
    /// Whether it holds for a document of a class and half.
    pub fn holds(&self, class: usize, half: bool) -> bool {
        self.classes.contains(&class) && self.half.is_none_or(|own| own == half)
    }

    /// Whether it holds for the very documents of another.
    pub fn same(&self, other: &Concept) -> bool {
        self.classes == other.classes && self.half == other.half
    }
}

/// All concepts of a set; `near` lists for each class the others, the most alike first.
pub fn concepts(set: &Set, fault: Fault, near: &[Vec<usize>]) -> Vec<Concept> {
    let label = |class: usize| set.classes[class].0.replace('_', " ");
    let predicate = |class: usize| format!("The document {}.", about(&set.classes[class].1));
    let plain =
        |class: usize| Concept { label: label(class), predicate: predicate(class), classes: vec![class], half: None };
    let all = 0..set.classes.len();
    match fault {
        Fault::Synonyms => all
            .flat_map(|class| {
                let other = format!("all about {}", label(class));
                let sentence = format!("Its subject is {}: {}", label(class), predicate(class));
                [plain(class), Concept { label: other, predicate: sentence, ..plain(class) }]
            })
            .collect(),
        Fault::Fine => all
            .flat_map(|class| {
                [(true, "first"), (false, "second")].map(|(half, word)| Concept {
                    label: format!("{}, {word} kind", label(class)),
                    predicate: format!("{} It is of the {word} kind.", predicate(class)),
                    classes: vec![class],
                    half: Some(half),
                })
            })
            .collect(),
        Fault::Coarse => couples(near)
            .into_iter()
            .map(|classes| Concept {
                label: classes.iter().map(|&class| label(class)).collect::<Vec<_>>().join(" or "),
                predicate: classes.iter().map(|&class| predicate(class)).collect::<Vec<_>>().join(" Or: "),
                classes,
                half: None,
            })
            .collect(),
        _ => all.map(plain).collect(),
    }
}

/// Descriptions begin with a verb, or are only a name.
fn about(description: &str) -> String {
    let verb =
        description.split(' ').next().is_some_and(|word| word.ends_with('s') && word.chars().all(char::is_lowercase));
    if verb { description.to_owned() } else { format!("is about: {}", description.replace('_', " ")) }
}

/// Classes in twos, each with the most alike that is still alone; the last may stay alone.
fn couples(near: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut taken = vec![false; near.len()];
    let mut couples = Vec::new();
    for class in 0..near.len() {
        if taken[class] {
            continue;
        }
        taken[class] = true;
        let other = near[class].iter().copied().find(|&other| !taken[other]);
        other.into_iter().for_each(|other| taken[other] = true);
        couples.push([Some(class), other].into_iter().flatten().collect());
    }
    couples
}
