//! Addresses without the credentials in them.

/// An address as it may be shown: without the user and password that it may hold, even where it is no address at all. So of what
/// holds an `@` only what follows the last one is shown.
pub fn without_credentials(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('@') => (format!("{scheme}://"), rest),
        _ => (String::new(), address),
    };
    format!("{scheme}{}", rest.rsplit('@').next().unwrap_or_default())
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
    }
}
