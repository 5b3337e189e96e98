//! `colligate columns`: what is recognised in a file, before a run.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::flags::{flag, told};
use super::print;
use super::reading::Parts;
use crate::corpus::{Format, LanguageShare, ReadOptions, Source, Survey, sources, survey_all};
use crate::error::Exit;
use crate::message::Mention;
use crate::plan::{Layers, Settings};
use crate::shell::quoted;

/// Columns that are shown at most, and characters of a name and of an example.
const SHOWN: (usize, usize, usize) = (100, 40, 60);
/// Characters of a path, and of what a run says.
const PATH: usize = 200;
const SAID: usize = 500;
/// The exit code where a run with the same options would stop: that of the run.
const STOPPED: u8 = Exit::Usage as u8;

/// Show what is recognised in a file: format, columns with examples, the text, empty and repeated rows, languages
#[derive(Debug, Args)]
pub struct Columns {
    /// File, several, patterns such as 'mail/*.csv', or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Format of the file; without it, by its first bytes and its name
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    parts: Parts,
    /// The table has no header
    #[arg(long)]
    no_header: bool,
    /// Show the texts with quoted replies, signatures and what repeats across documents in them
    #[arg(long)]
    keep_boilerplate: bool,
    /// Show answers without content ("don't know", "n/a", "-") among the others
    #[arg(long)]
    keep_fillers: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Columns {
    /// Looks and prints.
    pub fn run(&self) -> anyhow::Result<u8> {
        let mut layers = Layers::default();
        let said = Settings {
            format: self.format,
            no_header: self.no_header.then_some(true),
            keep_boilerplate: self.keep_boilerplate.then_some(true),
            keep_fillers: self.keep_fillers.then_some(true),
            ..self.parts.said()
        };
        layers.add("flag", &said)?;
        let options = layers.check()?.reading;
        show(&sources(&self.files)?, &options, self.json)
    }
}

/// Prints what is recognised in each file; returns the exit code: that of a run with the same options where it would stop.
pub(super) fn show(source: &Source, options: &ReadOptions, json: bool) -> anyhow::Result<u8> {
    let mut code = 0;
    let (paths, surveys) = (source.paths(), survey_all(source, options)?);
    let are_several = surveys.len() > 1;
    for (place, (path, survey)) in paths.iter().zip(surveys).enumerate() {
        let name = if place > 0 { format!("\n{}\n", shown(path)) } else { format!("{}\n", shown(path)) };
        let name = if are_several { name } else { String::new() };
        let text = if json { format!("{}\n", object(&survey)?) } else { name + &table(&survey) };
        print::data(&text)?;
        code = code.max(if survey.stops.is_some() { STOPPED } else { 0 });
    }
    Ok(code)
}

/// The survey as JSON, with flags in its sentences.
fn object(survey: &Survey) -> anyhow::Result<Value> {
    let mut object = serde_json::to_value(survey)?;
    object["stops"] = json!(survey.stops.as_ref().map(told));
    object["cure"] = json!(words(survey));
    object["skipped"] = json!(survey.skipped.iter().map(|(why, count)| (told(why), count)).collect::<Vec<_>>());
    object["notes"] = json!(survey.notes.iter().map(told).collect::<Vec<_>>());
    Ok(object)
}

/// The words of a command that would let a run go on.
fn words(survey: &Survey) -> Vec<String> {
    let words = |cure: &Mention| [Some(flag(cure.parameter())), cure.value().map(str::to_owned)];
    survey.cure.iter().flat_map(words).flatten().collect()
}

fn shown(path: &Path) -> String {
    short(&path.display().to_string(), PATH)
}

fn table(survey: &Survey) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| text.push_str(&format!("{name:<12}{value}\n"));
    line(
        "format",
        &[Some(survey.format.as_str()), survey.packed.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", "),
    );
    survey.encoding.iter().for_each(|encoding| line("encoding", encoding));
    let how = survey.how.as_ref().map_or(String::new(), |how| format!(" ({how})"));
    let another = survey.another.as_ref().map(|name| format!("; another: \"{}\" (--text-field)", short(name, SHOWN.1)));
    match &survey.text {
        Some(field) => line("text", &format!("{}{how}{}", short(field, SHOWN.1), another.unwrap_or_default())),
        None => line("text", "not found"),
    }
    if let Some(stops) = &survey.stops {
        let cure = words(survey).iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let is_of = |cure: &Mention| stops.mentions().any(|said| said.parameter() == cure.parameter());
        let is_said = survey.cure.first().is_none_or(is_of);
        let cure = if is_said { String::new() } else { format!("; most likely it goes on with {cure}") };
        let said = told(stops);
        let mut lines = said.lines();
        line("a run stops", &format!("{}{cure}", short(lines.next().unwrap_or_default(), SAID)));
        lines.for_each(|command| line("", &short(command.trim(), SAID)));
    }
    let documents = survey.text.as_ref().map(|_| format!(", {} of them documents", survey.documents));
    line("rows", &format!("{}{}", survey.rows, documents.unwrap_or_default()));
    for (reason, count) in survey.skipped.iter().take(5) {
        line("", &format!("{count} skipped: {}", short(&told(reason), SHOWN.2)));
    }
    for (place, (what, count)) in survey.set_apart.iter().enumerate() {
        line(if place == 0 { "set apart" } else { "" }, &format!("{what}: {count} of the documents"));
    }
    for (place, piece) in survey.repeats.iter().enumerate() {
        let begins = short(&piece.begins, SHOWN.2);
        line(if place == 0 { "repeats" } else { "" }, &format!("\"{begins}\" in {}", piece.documents));
    }
    if survey.documents > 0 {
        line("duplicates", &survey.duplicates.to_string());
        line("languages", &languages(survey));
    }
    survey.notes.iter().for_each(|note| line("note", &told(note)));
    let columns = survey.columns.iter().take(SHOWN.0);
    let width = columns.clone().map(|column| short(&column.name, SHOWN.1).chars().count()).max().unwrap_or(0);
    let _ = writeln!(text, "\n{:width$}  filled  example", "column");
    for column in columns {
        let name = short(&column.name, SHOWN.1);
        let _ = writeln!(text, "{name:width$}  {:>6}  {}", column.filled, short(&column.example, SHOWN.2));
    }
    if survey.columns.len() > SHOWN.0 {
        let _ = writeln!(text, "and {} more", survey.columns.len() - SHOWN.0);
    }
    text
}

fn languages(survey: &Survey) -> String {
    let language = |share: &LanguageShare| format!("{} {:.0} %", share.language, 100.0 * share.share);
    let languages: Vec<String> = survey.languages.iter().take(5).map(language).collect();
    if languages.is_empty() { "the texts are too short to tell".into() } else { languages.join(", ") }
}

/// A text on one line, without control characters, cut where it is long.
fn short(text: &str, most: usize) -> String {
    let line = crate::text::sanitize::line(text);
    let cut: String = line.chars().take(most).collect();
    if cut.len() < line.len() { format!("{cut}…") } else { cut }
}
