//! Addresses within texts.

/// Whether a word is an address of the web or of mail: `https://shop.example/a`, `www.shop.example`, `t.co/abc`, `ann@mail.example`.
pub fn is_web_or_mail(word: &str) -> bool {
    if !word.contains(['/', '@']) && !word.contains("www.") {
        return false;
    }
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_mail =
        || word.split_once('@').is_some_and(|(name, host)| name.ends_with(char::is_alphanumeric) && is_host(host));
    word.contains("://")
        || word.starts_with("www.")
        || is_mail()
        || word.split_once('/').is_some_and(|(host, _)| is_host(host))
}

/// Whether something begins with a name and a domain, such as `mail.example`.
fn is_host(host: &str) -> bool {
    let host = host.trim_end_matches(|c: char| !c.is_alphanumeric());
    let is_of_host = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    host.rsplit_once('.').is_some_and(|(name, domain)| {
        !name.is_empty() && host.chars().all(is_of_host) && domain.len() > 1 && domain.chars().all(char::is_alphabetic)
    })
}

/// A text with a mark in the place of each address.
pub fn without_addresses(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.split_whitespace().any(is_web_or_mail) {
        return text.into();
    }
    let (mut rest, mut place) = (String::with_capacity(text.len()), 0);
    for word in text.split_whitespace().filter(|word| is_web_or_mail(word)) {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        rest.push_str(&text[place..start]);
        rest.push('|');
        place = start + word.len();
    }
    rest.push_str(&text[place..]);
    rest.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_words_with_signs_in_them() {
        for word in
            ["https://a.example/?x=1", "(www.shop.example)", "t.co/abc", "<ann@mail.example>", "k1@mail.example,"]
        {
            assert!(is_web_or_mail(word), "{word}");
        }
        for word in ["and/or", "1.5/2.0", "e.g./i.e.", "@ann", "me@home", "w/o", "parcel", "km/h"] {
            assert!(!is_web_or_mail(word), "{word}");
        }
        assert_eq!(without_addresses("see https://a.example now"), "see | now");
    }
}
