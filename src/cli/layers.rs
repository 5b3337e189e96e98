//! From flags, environment, configuration file and recording to a checked plan.

use std::path::Path;

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::error::Error;
use crate::plan::{Layers, Plan, Settings};
use crate::run::read_manifest;

/// Merges the layers: recording, file, environment, flags, the strongest last.
pub fn plan(settings: &Settings, matches: &ArgMatches, config: Option<&Path>) -> Result<Plan, Error> {
    let mut layers = Layers::default();
    let file = config.map(Settings::from_file).transpose()?.unwrap_or_default();
    if let Some(recording) = settings.replay.as_ref().or(file.replay.as_ref()).filter(|recording| recording.is_dir()) {
        layers.add_recording(read_manifest(recording)?.recorded(recording));
    }
    layers.add("config", &file)?;
    layers.add("environment", &of_source(settings, matches, ValueSource::EnvVariable)?)?;
    layers.add("flag", &of_source(settings, matches, ValueSource::CommandLine)?)?;
    layers.check()
}

/// The settings that came from one source.
pub(super) fn of_source(settings: &Settings, matches: &ArgMatches, source: ValueSource) -> Result<Settings, Error> {
    let mut said = settings.said()?;
    said.retain(|name, _| matches.value_source(&name.replace('-', "_")) == Some(source));
    serde_json::from_value(said.into()).map_err(|problem| Error::Bug(problem.to_string()))
}
