//! Addresses without the credentials in them.

use std::path::Path;

/// What stands in the place of a value that may be a key.
const HIDDEN: &str = "[hidden]";

/// An address as it may be shown: without the user and password that it may hold, even where it is not an address at all, and
/// without the values of its query, one of which may be a key. So of what holds an `@` only what follows the last one is shown.
pub fn without_credentials(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('@') => (format!("{scheme}://"), rest),
        _ => (String::new(), address),
    };
    let place = rest.rsplit('@').next().unwrap_or_default();
    match place.split_once('?') {
        Some((place, query)) => {
            let pairs = query.split('&').map(|pair| match pair.split_once('=') {
                Some((name, value)) if !is_version(name, value) => format!("{name}={HIDDEN}"),
                _ => pair.to_owned(),
            });
            format!("{scheme}{place}?{}", pairs.collect::<Vec<_>>().join("&"))
        }
        None => format!("{scheme}{place}"),
    }
}

/// Whether what is to be a file's name is an address of the web.
pub fn is_address(path: &Path) -> bool {
    path.to_str().and_then(|name| name.split_once("://")).is_some_and(|(scheme, _)| {
        matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "ftp" | "s3" | "gs")
    }) && !path.exists()
}

/// Whether a pair of a query names a version, as some services want it: a date or a few digits.
fn is_version(name: &str, value: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    name.to_ascii_lowercase().ends_with("version") && value.len() <= 20 && value.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_credentials() {
        let addresses = [
            "http://user:secret@host:8080/v1",
            "http://user:sec/ret@host/v1",
            "http://user:s@cr@t@host/v1",
            "user:secret@host/v1",
            "htp:/user:secret@host",
            "u@x://secret@host",
            "http://host/v1",
            "nonsense",
        ];
        let shown =
            ["http://host:8080/v1", "http://host/v1", "http://host/v1", "host/v1", "host", "host", "http://host/v1"];
        assert_eq!(addresses.map(without_credentials)[..7], shown);
        assert_eq!(without_credentials("nonsense"), "nonsense");
        assert_eq!(
            without_credentials("https://u:p@host/v1?api-version=2024-10-21&api-key=SECRET&flag"),
            "https://host/v1?api-version=2024-10-21&api-key=[hidden]&flag"
        );
    }
}
