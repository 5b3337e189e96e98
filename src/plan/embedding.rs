//! Who turns texts into vectors, as far as the plan says.

use std::path::PathBuf;

use crate::embed::{self, user_cache};
use crate::error::Error;
use crate::message;
use crate::message::Mention;
use crate::text::without_credentials;

/// Who turns texts into vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Embedding {
    /// This machine: `builtin`, `builtin-int8`, `static`, a directory, or a model by its name.
    Named(String),
    /// A server: its address and, if named, the model.
    Server(String, Option<String>),
    /// The server of the recording that is replayed: it is not asked.
    Recorded,
}

/// What the manifest says instead of a server's address, which can hold a key.
pub const SERVER: &str = "server";

impl Embedding {
    /// From `--embedder` and `--embedder-model`; `replays` where answers come from a recording.
    pub(super) fn of(name: Option<String>, model: Option<String>, replays: bool) -> Result<Embedding, Error> {
        let name = name.unwrap_or_else(|| embed::DEFAULT.into());
        let scheme = name.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let is_address = scheme.as_deref().is_some_and(|scheme| matches!(scheme, "http" | "https"));
        if !is_address && (scheme.is_some() || name.contains('@')) {
            return Err(Error::Usage(message!(
                "{@embedder} \"{name}\": no http or https address, and no embedder has such a name",
                name = without_credentials(&name)
            )));
        }
        match (is_address, name == SERVER) {
            (true, _) => Ok(Embedding::Server(name, model)),
            (false, true) if replays => Ok(Embedding::Recorded),
            (false, true) => Err(Error::Usage(message!("{@embedder server}: give the server's address"))),
            // A recording's model is not a wish of the user's.
            (false, false) if model.is_some() && !replays => Err(Error::Usage(message!(
                "{@embedder-model} is for a server: give its address, not {embedder}",
                embedder = Mention::of("embedder").shown(without_credentials(&name))
            ))),
            (false, false) => Ok(Embedding::Named(name)),
        }
    }

    /// For the manifest.
    pub(super) fn name(&self) -> &str {
        match self {
            Embedding::Named(name) => name,
            Embedding::Server(..) | Embedding::Recorded => SERVER,
        }
    }
}

/// The folder of the vector cache, from `--cache`.
pub fn cache(wanted: Option<PathBuf>) -> Option<PathBuf> {
    match wanted {
        Some(folder) => Some(folder).filter(|folder| folder.as_os_str() != "none" && !folder.as_os_str().is_empty()),
        None => user_cache(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_server_and_its_name_in_the_manifest_is_no_address() {
        let of = |name: &str, model: Option<&str>, replays| {
            Embedding::of(Some(name.into()), model.map(str::to_owned), replays)
        };
        let server = of("http://key@127.0.0.1/v1", Some("m"), false).unwrap();
        assert_eq!(server, Embedding::Server("http://key@127.0.0.1/v1".into(), Some("m".into())));
        assert_eq!(server.name(), "server");
        assert_eq!(of("server", Some("m"), true).unwrap(), Embedding::Recorded);
        assert_eq!(of("builtin", None, false).unwrap(), Embedding::Named("builtin".into()));
        assert_eq!(of("static", Some("recorded"), true).unwrap(), Embedding::Named("static".into()));
        let wrong = of("htp://user:CANARY@host/v1", None, false).unwrap_err().to_string();
        assert!(wrong.contains("htp://host/v1") && !wrong.contains("CANARY"), "{wrong}");
        for (name, model) in [("server", None), ("builtin", Some("m")), ("user:CANARY@host/v1", None)] {
            assert_eq!(of(name, model, false).unwrap_err().exit_code(), 2);
        }
    }

    #[test]
    fn no_cache_is_a_choice() {
        assert_eq!(["none", ""].map(|wanted| cache(Some(wanted.into()))), [None, None]);
        assert_eq!(cache(Some("here".into())), Some("here".into()));
    }
}
