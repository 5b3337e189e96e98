//! A model's files: from the hub's cache on this machine, and only what is not there from the hub.

use std::env;
use std::path::{Path, PathBuf};

use hf_hub::api::Progress;
use hf_hub::api::sync::{ApiBuilder, ApiError};
use hf_hub::{Cache, CacheRepo};

use crate::error::Error;
use crate::message;
use crate::observer::Observer;
use crate::text::without_credentials;

/// Where models are downloaded from, unless `HF_ENDPOINT` names another place.
const HUB: &str = "https://huggingface.co";
/// How often a download that broke off is taken up again.
const RETRIES: usize = 2;
/// Bytes of one unit of progress: a megabyte.
const UNIT: usize = 1_000_000;

/// The paths of some files of the repository `code`, in the order of `names`. Nothing is sent when all of them are in the cache.
///
/// # Errors
/// When one is missing and cannot, or must not, be downloaded.
pub fn files(code: &str, names: &[&str], observer: &dyn Observer) -> Result<Vec<PathBuf>, Error> {
    let folder = folder()?;
    let cached = Cache::new(folder.clone()).model(code.to_owned());
    // A download may move the cache to a newer revision, which then lacks what the former one had: hence twice.
    for _ in 0..2 {
        let missing: Vec<&str> = names.iter().copied().filter(|name| cached.get(name).is_none()).collect();
        if !missing.is_empty() {
            download(code, &missing, &folder, observer)?;
        }
    }
    names.iter().map(|name| found(&cached, code, name, &folder)).collect()
}

fn found(cached: &CacheRepo, code: &str, name: &str, folder: &Path) -> Result<PathBuf, Error> {
    cached.get(name).ok_or_else(|| lacking(code, name, folder, "it is gone since it was downloaded"))
}

/// The folder of the hub's cache: `hub` in `HF_HOME`, or in `.cache/huggingface` of the user's home.
fn folder() -> Result<PathBuf, Error> {
    let named = env::var_os("HF_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = named.or_else(|| env::home_dir().map(|home| home.join(".cache").join("huggingface")));
    let home = home.ok_or_else(|| Error::usage("no home directory for the cache of models: set HF_HOME"))?;
    Ok(home.join("hub"))
}

/// Downloads files into the cache. No token is sent: the catalogue's models are open to all.
fn download(code: &str, names: &[&str], folder: &Path, observer: &dyn Observer) -> Result<(), Error> {
    if is_offline() {
        return Err(lacking(code, names[0], folder, "HF_HUB_OFFLINE forbids a download"));
    }
    let endpoint = env::var("HF_ENDPOINT").ok().filter(|value| !value.is_empty()).unwrap_or_else(|| HUB.into());
    let endpoint = endpoint.trim_end_matches('/');
    let shown = without_credentials(endpoint);
    observer.say(&format!("downloading {code} from {shown} to {}", folder.display()).into());
    let failed = |name: &str, problem: ApiError| {
        let problem = problem.to_string().replace(endpoint, &shown);
        lacking(code, name, folder, &format!("{shown} does not give it: {problem}"))
    };
    let builder = ApiBuilder::from_cache(Cache::new(folder.to_owned())).with_token(None).with_retries(RETRIES);
    let hub = builder.with_endpoint(endpoint.to_owned()).build().map_err(|problem| failed(names[0], problem))?;
    let repository = hub.model(code.to_owned());
    for &name in names {
        if observer.is_interrupted() {
            return Err(Error::Interrupted);
        }
        repository.download_with_progress(name, Download::new(observer)).map_err(|problem| failed(name, problem))?;
    }
    Ok(())
}

/// As the hub's own programs read it.
fn is_offline() -> bool {
    let wanted = env::var("HF_HUB_OFFLINE").unwrap_or_default();
    ["1", "true", "yes", "on"].iter().any(|yes| wanted.eq_ignore_ascii_case(yes))
}

fn lacking(code: &str, name: &str, folder: &Path, reason: &str) -> Error {
    Error::Embedder(message!(
        "{name} of {code} is not in {folder}, and {reason}; set HF_HOME to the folder whose `hub` holds the model, run once with a \
         network, or give a directory with the model to {+embedder}",
        name,
        code,
        folder = folder.display(),
        reason
    ))
}

/// Tells an observer how far the download of one file is.
struct Download<'a> {
    observer: &'a dyn Observer,
    has_begun: bool,
    /// Bytes not yet told of.
    rest: usize,
}

impl Download<'_> {
    fn new(observer: &dyn Observer) -> Download<'_> {
        Download { observer, has_begun: false, rest: 0 }
    }
}

impl Progress for Download<'_> {
    /// Is called again when a download is taken up again.
    fn init(&mut self, size: usize, name: &str) {
        if !self.has_begun {
            self.observer.begin(&format!("{name}, megabytes"), size.div_ceil(UNIT) as u64);
            self.has_begun = true;
        }
    }

    fn update(&mut self, size: usize) {
        self.rest += size;
        self.observer.advance((self.rest / UNIT) as u64);
        self.rest %= UNIT;
    }

    fn finish(&mut self) {}
}

impl Drop for Download<'_> {
    fn drop(&mut self) {
        if self.has_begun {
            self.observer.end();
        }
    }
}
