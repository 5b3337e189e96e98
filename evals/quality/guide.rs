//! The oracle's answers on triplets and pairs: by the gold classes of the documents shown, wrong as often as any other answer.

use super::oracle::Oracle;

impl Oracle<'_> {
    /// The reply to a triplet or a pair; none where the stage asks something else, or a document is not of the set.
    pub(super) fn guide(&self, stage: &str, documents: &[&str], content: &str) -> Option<String> {
        if !["perspective", "granularity", "verify"].contains(&stage) {
            return None;
        }
        let texts: Vec<usize> = documents.iter().map(|document| self.find(document)).collect::<Option<_>>()?;
        let class = |place: usize| self.set.class(texts[place]);
        let wrong = self.errs(texts[0], content);
        if stage != "perspective" {
            return Some(if (class(0) == class(1)) != wrong { "Yes" } else { "No" }.to_owned());
        }
        let right: &[usize] = match (class(0) == class(1), class(0) == class(2)) {
            (true, false) => &[1],
            (false, true) => &[2],
            _ => &[],
        };
        let numbers = match (wrong, right) {
            (false, _) => right,
            (true, [1]) => &[2],
            (true, _) => &[1],
        };
        Some(serde_json::json!({ "groups": numbers }).to_string())
    }
}
