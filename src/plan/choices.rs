//! What a user chooses by word: the method, the form of its questions, and how many they are.

use serde::{Deserialize, Serialize};

/// How documents are clustered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A fixed number of questions, their answers spread to all documents; without a model, `topics`, or likeness to a codebook
    #[default]
    Auto,
    /// Propose, assign, select: every document judged against every candidate
    Goalex,
    /// The vectors bent by answers on triplets, small clusters joined by answers on pairs (after ClusterLLM)
    Clusterllm,
    /// Labels asked for on small batches and merged once, then one label from that list for every document
    Classify,
    /// Clusters by wording, named by keyphrases: no model is asked
    Topics,
}

impl Method {
    /// The word for manifest, flags and report.
    pub fn name(self) -> &'static str {
        match self {
            Method::Auto => "auto",
            Method::Goalex => "goalex",
            Method::Clusterllm => "clusterllm",
            Method::Classify => "classify",
            Method::Topics => "topics",
        }
    }
}

/// How it is asked which candidates hold for a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// What a short calibration finds: `batch` where ten documents in a question add at most ten points of error, `pair` for a
    /// model that answers by place, else `many`, or `shortlist` where the list is longer than 120
    #[default]
    Auto,
    /// All candidates in one question
    Many,
    /// The twelve candidates nearest to the document in one question
    Shortlist,
    /// One letter for the candidate that holds best, read from log-probabilities and corrected for the letters that the model
    /// likes: for small models
    Letter,
    /// Yes or no to each of the four nearest candidates: four questions a document
    Pair,
    /// All candidates for ten documents in one question: for strong models
    Batch,
    /// A probability for every candidate, and for none of them, from a decision model (--judge), which is asked so by itself
    Decide,
}

impl Ask {
    /// Whether an answer gives every candidate listed its share: what it hardly names is weak evidence, and has been weighed.
    pub fn is_in_shares(self) -> bool {
        matches!(self, Ask::Letter | Ask::Decide)
    }

    /// The word for flags and tables.
    pub fn name(self) -> &'static str {
        match self {
            Ask::Auto => "auto",
            Ask::Many => "many",
            Ask::Shortlist => "shortlist",
            Ask::Letter => "letter",
            Ask::Pair => "pair",
            Ask::Batch => "batch",
            Ask::Decide => "decide",
        }
    }
}

/// How many questions a method may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// At most so many.
    AtMost(usize),
    /// As many as there are: for `auto` every document against every candidate, which is `goalex`.
    All,
}

impl std::str::FromStr for Questions {
    type Err = String;

    fn from_str(text: &str) -> Result<Questions, String> {
        match text {
            "all" => Ok(Questions::All),
            number => number.parse().map(Questions::AtMost).map_err(|_| "give a number, or all".into()),
        }
    }
}

/// How many groups are looked for beside those of a codebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Further(pub usize);

impl std::str::FromStr for Further {
    type Err = String;

    fn from_str(text: &str) -> Result<Further, String> {
        match text {
            "none" => Ok(Further(0)),
            number => number.parse().map(Further).map_err(|_| "expected a number of groups, or none".into()),
        }
    }
}

impl Serialize for Further {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Further {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Further, D::Error> {
        match NumberOrWord::deserialize(deserializer)? {
            NumberOrWord::Number(number) => Ok(Further(number)),
            NumberOrWord::Word(word) => word.parse().map_err(serde::de::Error::custom),
        }
    }
}

/// As a configuration file has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrWord {
    Number(usize),
    Word(String),
}

impl std::fmt::Display for Questions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Questions::AtMost(number) => number.fmt(f),
            Questions::All => f.write_str("all"),
        }
    }
}

impl Serialize for Questions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Questions::AtMost(number) => number.serialize(serializer),
            Questions::All => "all".serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Questions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Questions, D::Error> {
        match NumberOrWord::deserialize(deserializer)? {
            NumberOrWord::Number(number) => Ok(Questions::AtMost(number)),
            NumberOrWord::Word(word) => word.parse().map_err(serde::de::Error::custom),
        }
    }
}
