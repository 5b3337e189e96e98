//! Every parameter of a run, declared once: its words in `--help` and the heading that it stands under, type, environment variable,
//! default, bounds, the methods that know it, and what becomes of it in a manifest, a replay and a resumed run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Ask, DEFAULT_KEY, Further, Method, Questions};
use crate::corpus::{Format, OnError, Only, Turns};
use crate::error::Error;
use crate::message;
use crate::message::Mention;

/// What a run must have for a parameter to be of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// A model that is asked, or a recording of one.
    Model,
    /// A server that embeds.
    EmbeddingServer,
    /// A model, asked by `goalex`.
    Goalex,
    /// A judge beside the model or in its place.
    Judge,
}

/// What is known of a parameter beside its type and its words.
#[derive(Debug)]
pub struct Parameter {
    /// Its name as a field of [`Settings`].
    name: &'static str,
    /// Its value where nobody says one; none where there is none, or where it depends on other parameters.
    default: Option<fn() -> Value>,
    /// The smallest number that it takes.
    least: f64,
    /// Whether it takes no zero, though it takes fractions.
    above_zero: bool,
    /// The largest number that it takes.
    most: f64,
    /// What a run must have for it to be of use.
    pub(super) needs: Need,
    /// The methods that know it, where not all do.
    pub(super) methods: Option<&'static [Method]>,
    /// Whether the questions of a run depend on it, so that a replay takes it from the recording.
    pub(super) replayed: bool,
    /// Whether it stays out of the manifest, which is for others to read: an address can hold a key, a path tells of the machine.
    pub(super) private: bool,
    /// Whether the documents of a corpus depend on it, and so what answers and vectors that are kept stand for: a resumed run has
    /// the value that it began with.
    pub(super) reads: bool,
}

impl Parameter {
    /// What holds where a declaration says nothing else.
    const PLAIN: Parameter = Parameter {
        name: "",
        default: None,
        least: 0.0,
        above_zero: false,
        most: f64::MAX,
        needs: Need::Nothing,
        methods: None,
        replayed: false,
        private: false,
        reads: false,
    };

    /// Its name in manifests and configuration files.
    pub fn key(&self) -> String {
        self.name.replace('_', "-")
    }

    /// Its name in the command line's own description.
    pub fn id(&self) -> &'static str {
        self.name
    }

    /// For a message that speaks of it.
    pub fn mention(&self) -> Mention {
        Mention::of(self.key())
    }

    /// Its value where nobody says one.
    pub fn default(&self) -> Option<Value> {
        self.default.map(|default| default())
    }

    /// Refuses what is not a number, and what no run can be meant to have.
    fn check(&self, number: f64) -> Result<(), Error> {
        let expected = if !number.is_finite() || number < 0.0 {
            "a finite number, 0 or more".to_owned()
        } else if self.above_zero && number == 0.0 {
            "a number above 0".into()
        } else if number < self.least {
            format!("at least {}", self.least)
        } else if number > self.most {
            format!("at most {}", self.most)
        } else {
            return Ok(());
        };
        let this = self.mention();
        Err(Error::Usage(message!("{this}: expected {expected}, got {number}", this, expected, number)))
    }
}

/// Declares parameters by heading: words, clap's attributes, name, type, default and facts.
macro_rules! parameters {
    ($( $heading:literal { $(
        $(#[doc = $help:literal])+
        #[arg($($clap:tt)+)]
        $name:ident: $type:ty $(= $default:expr)? $(, $fact:ident: $value:expr)* ;
    )+ } )+) => {
        /// What one layer says of a run: flags with their environment variables, or a configuration file. Absent means: not said here.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, clap::Args)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct Settings { $($(
            $(#[doc = $help])+
            #[arg($($clap)+, help_heading = $heading)]
            pub $name: Option<$type>,
        )+)+ }

        /// All parameters, in the order of `--help`.
        pub static PARAMETERS: &[Parameter] = &[ $($(
            Parameter {
                name: stringify!($name),
                $(default: Some(|| { let value: $type = $default; serde_json::json!(value) }),)?
                $($fact: $value,)*
                ..Parameter::PLAIN
            },
        )+)+ ];

        impl Settings {
            $($($(
                #[doc = concat!("The value of `", stringify!($name), "`, or its default.")]
                pub(super) fn $name(&self) -> $type {
                    self.$name.clone().unwrap_or_else(|| $default)
                }
            )?)+)+

            /// The numbers that are said, in the order of [`PARAMETERS`].
            fn numbers(&self) -> Vec<Option<f64>> {
                vec![ $($( self.$name.as_ref().and_then(Measured::number), )+)+ ]
            }
        }
    };
}

/// Requests or threads at once at most: more need more memory and open files than they bring.
const MOST_AT_ONCE: f64 = 512.0;
/// Rounds at most.
const MOST_ROUNDS: f64 = 1_000.0;
/// Candidates at most: each is judged on every document.
const MOST_CANDIDATES: f64 = 10_000.0;
/// Clusters or questions at most.
const MOST_COUNTED: f64 = 1e9;
/// Fewer questions than these name and judge nothing.
const LEAST_QUESTIONS: f64 = 16.0;

parameters! {
    "What to cluster by" {
        /// What the groups should tell you, in your own words
        #[arg(long, value_name = "TEXT", env = "COLLIGATE_GOAL")]
        goal: String, replayed: true;
        /// Groups known beforehand: a TOML file with a list of tables called `entry`, or a table (CSV, TSV, a workbook); label,
        /// predicate and, if there are any, examples
        #[arg(long, value_name = "FILE", env = "COLLIGATE_CODEBOOK")]
        codebook: PathBuf;
        /// Groups that are looked for beside those of the codebook: without a model, what the documents in no group are about is only
        /// proposed [default: 5; none where a model is asked]
        #[arg(long, value_name = "N|none", env = "COLLIGATE_PROPOSE")]
        propose: Further, most: MOST_CANDIDATES, replayed: true;
        /// Number of clusters; without it, chosen from the data
        #[arg(short, value_name = "K", env = "COLLIGATE_K")]
        k: usize, least: 1.0, most: MOST_COUNTED, replayed: true;
        /// Without a model and without -k: show clusters only (1), or clusters and their parts (2) where the texts have two such
        /// levels [default: 2 where more than five clusters are found]
        #[arg(long, value_name = "N", env = "COLLIGATE_LEVELS")]
        levels: usize, least: 1.0, most: 2.0, replayed: true;
        /// How documents are clustered
        #[arg(long, value_enum, env = "COLLIGATE_METHOD")]
        method: Method = Method::Auto;
        /// Without -k: what a cluster costs, as the share of the documents that it must newly explain [default: 0.01; auto: 0.002]
        #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_CLUSTER_PENALTY")]
        cluster_penalty: f64, replayed: true, needs: Need::Model;
        /// Drop candidates that hold for more than this share of the documents, by `goalex`
        #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_MAX_SHARE")]
        max_share: f64 = 0.6, above_zero: true, most: 1.0, replayed: true, needs: Need::Goalex;
        /// Seed of the random number generator
        #[arg(long, value_name = "N", env = "COLLIGATE_SEED")]
        seed: u64 = 0, replayed: true;
    }
    "Reading the documents" {
        /// Format of the corpus; without it, by its first bytes and its name
        #[arg(long, value_enum, env = "COLLIGATE_FORMAT")]
        format: Format, replayed: true, reads: true;
        /// Field of the text: a column, `column 3`, or a JSON pointer such as /review/body; without it, `text` or what is plainly the text
        #[arg(long, value_name = "F", env = "COLLIGATE_TEXT_FIELD")]
        text_field: String, replayed: true, reads: true;
        /// Field of the id: a column or JSON pointer; without it, `id` or another that plainly is one, else the line number
        #[arg(long, value_name = "F", env = "COLLIGATE_ID_FIELD")]
        id_field: String, replayed: true, reads: true;
        /// JSON pointer to the list of documents in a JSON object, where it holds several, or in each of several objects
        #[arg(long, value_name = "POINTER", env = "COLLIGATE_RECORDS")]
        records: String, replayed: true, reads: true;
        /// Sheet of a workbook, or a pattern such as '*' for all that have the same columns; without it, the first that holds anything, or a
        /// later one that plainly holds the texts
        #[arg(long, value_name = "NAME", env = "COLLIGATE_SHEET")]
        sheet: String, replayed: true, reads: true;
        /// The table has no header: its first line is a row, and columns are called `column 1`, `column 2`, …
        #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_NO_HEADER")]
        no_header: bool = false, replayed: true, reads: true;
        /// Only rows of one kind: `FIELD=VALUE`, of several values with commas, or `FIELD!=VALUE` for all others; a column or JSON pointer
        #[arg(long, value_name = "FIELD=VALUE", env = "COLLIGATE_ONLY")]
        only: Only, replayed: true, reads: true;
        /// Field by which rows that follow each other are one text, such as the number of the complaint whose lines they are
        #[arg(long, value_name = "F", env = "COLLIGATE_JOIN")]
        join: String, replayed: true, reads: true;
        /// Whose turns of a chat are its text: `user`, `assistant`, `all`, a speaker by name, or `not NAME`; several names with commas
        #[arg(long, value_name = "WHO", env = "COLLIGATE_TURNS")]
        turns: Turns = Turns::default(), replayed: true, reads: true;
        /// Leave quoted replies, signatures and what repeats across documents in the texts
        #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_KEEP_BOILERPLATE")]
        keep_boilerplate: bool = false, replayed: true, reads: true;
        /// Group answers without content ("don't know", "n/a", "-") like the others
        #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_KEEP_FILLERS")]
        keep_fillers: bool = false, replayed: true, reads: true;
        /// What to do with a row that is not a document
        #[arg(long, value_enum, env = "COLLIGATE_ON_ERROR")]
        on_error: OnError = OnError::default(), replayed: true, reads: true;
        /// Take the first N documents only
        #[arg(long, value_name = "N", env = "COLLIGATE_LIMIT")]
        limit: usize, replayed: true, reads: true;
    }
    "Asking a model" {
        /// Address of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1; or a file of weights (GGUF) that answers in this
        /// process, where the feature `local` is built in; or `none`
        #[arg(long, value_name = "URL|FILE.gguf", env = "COLLIGATE_LLM")]
        llm: String, private: true;
        /// Model to ask, of the server that --llm names; may be left out where it lists one only
        #[arg(long, value_name = "NAME", env = "COLLIGATE_MODEL")]
        model: String;
        /// Address of who says which candidates hold, in the place of the model: a decision model (/v1/systemone or /v1/decisions) or
        /// another chat model
        #[arg(long, value_name = "URL", env = "COLLIGATE_JUDGE")]
        judge: String, private: true;
        /// Model of the judge; may be left out where its server lists one only
        #[arg(long, value_name = "NAME", env = "COLLIGATE_JUDGE_MODEL")]
        judge_model: String, needs: Need::Judge;
        /// Answer from the recording in a run directory or journal file, ask nothing
        #[arg(long, value_name = "RUN|FILE", env = "COLLIGATE_REPLAY", conflicts_with_all = ["llm", "model", "judge", "judge_model"])]
        replay: PathBuf, private: true;
        /// Questions at most in all stages together; an answer that cannot be read is asked for once more beyond them, which --max-calls
        /// caps too. `all` makes `auto` `goalex` [default: 1024; classify: all]
        #[arg(long, value_name = "N|all", env = "COLLIGATE_QUESTIONS")]
        questions: Questions, least: LEAST_QUESTIONS, most: MOST_COUNTED, replayed: true,
            methods: Some(&[Method::Auto, Method::Clusterllm, Method::Classify]);
        /// How a document is asked about: forms for `auto`, and `decide`, which goalex and classify know too
        #[arg(long, value_enum, env = "COLLIGATE_ASK")]
        ask: Ask = Ask::Auto, replayed: true, methods: Some(&[Method::Auto, Method::Goalex, Method::Classify]);
        /// Of the questions of `auto`: judge N random documents that were only inferred, and report the agreement; at
        /// most half of the questions
        #[arg(long, value_name = "N", env = "COLLIGATE_AUDIT")]
        audit: usize = 0, most: MOST_COUNTED, replayed: true, methods: Some(&[Method::Auto]);
        /// Test each cluster's predicate: shown the predicate alone, the judge says of N of its documents and of N near ones of other
        /// clusters whether it holds; none of them helped to name it. `auto` keeps a tenth of its questions for that at most; 0 tests
        /// nothing [default: 4; of a replay what its recording has]
        #[arg(long, value_name = "N", env = "COLLIGATE_TEST_SIZE")]
        test_size: usize, most: MOST_COUNTED, replayed: true,
            methods: Some(&[Method::Auto, Method::Goalex, Method::Classify]);
        /// Let `auto` ask a quarter of its questions about triplets: which of two documents a third belongs with. A map of the vectors
        /// learned from the answers is one more feature space
        #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_PERSPECTIVE")]
        perspective: bool = false, replayed: true, methods: Some(&[Method::Auto]);
        /// Rounds of propose, assign and select at most, by `goalex`
        #[arg(long, value_name = "N", env = "COLLIGATE_ROUNDS")]
        rounds: usize = 2, least: 1.0, most: MOST_ROUNDS, replayed: true, needs: Need::Goalex;
        /// Candidates judged in all rounds together at most, by `goalex`
        #[arg(long, value_name = "N", env = "COLLIGATE_CANDIDATES")]
        candidates: usize = 12, least: 1.0, most: MOST_CANDIDATES, replayed: true, needs: Need::Goalex;
        /// Share of unparsed answers above which the run is partial
        #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_MAX_UNPARSED")]
        max_unparsed: f64 = 0.05, most: 1.0, replayed: true, needs: Need::Model;
        /// Directory whose prompt files replace the compiled-in ones of their name
        #[arg(long, value_name = "DIR", env = "COLLIGATE_PROMPTS")]
        prompts: PathBuf, private: true, needs: Need::Model;
    }
    "Caps and prices" {
        /// Requests at most in the whole run, retries and former sessions included
        #[arg(long, value_name = "N", env = "COLLIGATE_MAX_CALLS")]
        max_calls: u64;
        /// Tokens of prompts and completions at most, in the whole run
        #[arg(long, value_name = "N", env = "COLLIGATE_MAX_TOKENS")]
        max_tokens: u64;
        /// Cost of the whole run at most, in the currency of the prices
        #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_MAX_COST")]
        max_cost: f64;
        /// Minutes of this session in which requests may begin; a run so capped is not repeatable
        #[arg(long, value_name = "N", value_parser = number, env = "COLLIGATE_MAX_MINUTES")]
        max_minutes: f64;
        /// Price of a million prompt tokens
        #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_PRICE_IN")]
        price_in: f64;
        /// Price of a million completion tokens
        #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_PRICE_OUT")]
        price_out: f64;
        /// Price of a million tokens of texts that a server embeds
        #[arg(long, value_name = "X", value_parser = number, env = "COLLIGATE_PRICE_EMBEDDING")]
        price_embedding: f64;
    }
    "The model's server" {
        /// Environment variable that holds the server's key
        #[arg(long, value_name = "NAME", env = "COLLIGATE_API_KEY_ENV")]
        api_key_env: String = DEFAULT_KEY.into(), private: true;
        /// File that holds the server's key
        #[arg(long, value_name = "FILE", env = "COLLIGATE_API_KEY_FILE")]
        api_key_file: PathBuf, private: true, needs: Need::Model;
        /// Environment variable that holds the judge's key; without it, the model's key where the host is the same
        #[arg(long, value_name = "NAME", env = "COLLIGATE_JUDGE_KEY_ENV")]
        judge_key_env: String, private: true, needs: Need::Judge;
        /// File that holds the judge's key
        #[arg(long, value_name = "FILE", env = "COLLIGATE_JUDGE_KEY_FILE")]
        judge_key_file: PathBuf, private: true, needs: Need::Judge;
        /// Send a key over http:// to a host that is not this machine too, where others on the way can read it
        #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_KEY_OVER_HTTP")]
        key_over_http: bool = false;
        /// JSON file whose fields are added to every request: a server's own switches
        #[arg(long, value_name = "FILE", env = "COLLIGATE_EXTRA_BODY")]
        extra_body: PathBuf, private: true, needs: Need::Model;
        /// Requests under way at once, 512 at most
        #[arg(long, value_name = "N", env = "COLLIGATE_CONCURRENCY")]
        concurrency: usize = 4, least: 1.0, most: MOST_AT_ONCE;
        /// Seconds that one answer may take; a server that has answered nothing by then (or by --wait, if that is longer) is given up
        #[arg(long, value_name = "SECONDS", value_parser = number, env = "COLLIGATE_TIMEOUT")]
        timeout: f64 = 600.0, above_zero: true;
        /// Seconds that a server which is starting, or has gone away, is waited for
        #[arg(long, value_name = "SECONDS", value_parser = number, env = "COLLIGATE_WAIT")]
        wait: f64 = 60.0;
    }
    "Embedding" {
        /// `builtin`, `builtin-int8` (faster, nearly the same), `static`, a directory with model.onnx and tokenizer.json, a model's name
        /// such as intfloat/multilingual-e5-small, or the address of a server [default: builtin]
        #[arg(long, value_name = "NAME|DIR|URL", env = "COLLIGATE_EMBEDDER")]
        embedder: String, replayed: true;
        /// Model of the server that embeds; may be left out where it lists one only
        #[arg(long, value_name = "NAME", env = "COLLIGATE_EMBEDDER_MODEL")]
        embedder_model: String, replayed: true;
        /// Environment variable that holds the key of the server that embeds; without it, the model's key where the host is the same
        #[arg(long, value_name = "NAME", env = "COLLIGATE_EMBEDDER_KEY_ENV")]
        embedder_key_env: String, private: true, needs: Need::EmbeddingServer;
        /// File that holds the key of the server that embeds
        #[arg(long, value_name = "FILE", env = "COLLIGATE_EMBEDDER_KEY_FILE")]
        embedder_key_file: PathBuf, private: true, needs: Need::EmbeddingServer;
        /// Directory in which the vector cache has a folder of its own, or `none`; without it, the user's cache directory
        #[arg(long, value_name = "DIR|none", env = "COLLIGATE_CACHE")]
        cache: PathBuf, private: true;
        /// Directory of vectors that `colligate embed` has written, by the same embedder: texts that have one there are not embedded
        #[arg(long, value_name = "DIR", env = "COLLIGATE_VECTORS")]
        vectors: PathBuf, private: true;
    }
    "The run" {
        /// Run directory: new or empty, or with --resume one that holds a run; without it, runs/NAME
        #[arg(long, value_name = "DIR", env = "COLLIGATE_OUT")]
        out: PathBuf, private: true;
        /// Go on with the run in --out: what its journal holds is not asked again
        #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_RESUME")]
        resume: bool = false, private: true;
        /// Earlier run whose clusters keep their ids where they come back
        #[arg(long, value_name = "RUN", env = "COLLIGATE_BASE")]
        base: PathBuf, private: true;
        /// Edits of a person, as TOML, which name clusters of the run in --base: what this run is to have; kept in the run directory
        #[arg(long, value_name = "FILE", env = "COLLIGATE_EDITS")]
        edits: PathBuf, private: true;
        /// Leave texts out of the run directory's documents.jsonl and calls.jsonl
        #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL", env = "COLLIGATE_NO_TEXTS")]
        no_texts: bool = false;
        /// Threads for computing, 512 at most; without it, one a core
        #[arg(long, value_name = "N", env = "COLLIGATE_THREADS")]
        threads: usize, least: 1.0, most: MOST_AT_ONCE;
    }
}

impl Settings {
    /// Refuses numbers that are none, and those that no run can be meant to have.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the parameter and what it takes.
    pub(super) fn check_numbers(&self) -> Result<(), Error> {
        let said = PARAMETERS.iter().zip(self.numbers());
        said.filter_map(|(parameter, number)| number.map(|number| parameter.check(number))).collect()
    }
}

/// A value that may be a number with bounds.
trait Measured {
    /// The number, if it is one.
    fn number(&self) -> Option<f64> {
        None
    }
}

impl Measured for bool {}
impl Measured for String {}
impl Measured for PathBuf {}
impl Measured for Method {}
impl Measured for Ask {}
impl Measured for Format {}
impl Measured for OnError {}
impl Measured for Turns {}
impl Measured for Only {}

impl Measured for f64 {
    fn number(&self) -> Option<f64> {
        Some(*self)
    }
}

impl Measured for u64 {
    fn number(&self) -> Option<f64> {
        Some(*self as f64)
    }
}

impl Measured for usize {
    fn number(&self) -> Option<f64> {
        Some(*self as f64)
    }
}

impl Measured for Further {
    fn number(&self) -> Option<f64> {
        self.0.number()
    }
}

impl Measured for Questions {
    fn number(&self) -> Option<f64> {
        match self {
            Questions::AtMost(most) => most.number(),
            Questions::All => None,
        }
    }
}

/// A number as the command line has it: finite, 0 or more.
pub(super) fn number(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err("expected a finite number, 0 or more".into()) }
}
