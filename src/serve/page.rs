//! The page for the browser: one file, in the style of the report. It makes no markup of what it is given.

use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, PreEscaped, html};

use crate::report::{page_style, sha256_source};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const BODY: &str = include_str!("page.html");

/// The page.
pub async fn page() -> Response {
    let style = format!("{}\n{STYLE}", page_style());
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        sha256_source(&style),
        sha256_source(SCRIPT)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "colligate" }
                link rel="icon" href="data:,";
                style { (PreEscaped(style)) }
            }
            body {
                (PreEscaped(BODY))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    ([(CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (CONTENT_SECURITY_POLICY, policy)], page.into_string())
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_loads_nothing_and_makes_no_markup_of_what_it_is_given() {
        for forbidden in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
            assert!(!SCRIPT.contains(forbidden), "{forbidden}");
        }
        for forbidden in [" style=", " onclick=", "src=", "http:", "https:", "<link", "<script"] {
            assert!(!BODY.contains(forbidden), "{forbidden}");
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
