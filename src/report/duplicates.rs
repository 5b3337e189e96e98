//! Groups of near-duplicates as a table for a spreadsheet.

use super::csv::plain_table;
use crate::search::Duplicates;

/// A row for each document: the group, whether it is its first, the cosine with that, id and text.
pub fn duplicates_csv(groups: &[Duplicates]) -> String {
    let header = ["group", "keep", "similarity", "id", "text"].map(str::to_owned).to_vec();
    let rows = groups.iter().flat_map(|group| {
        group.documents.iter().enumerate().map(|(place, document)| {
            let keep = if place == 0 { "yes" } else { "no" };
            vec![
                group.group.to_string(),
                keep.to_owned(),
                format!("{:.4}", document.similarity),
                document.id.clone(),
                document.text.clone().unwrap_or_default(),
            ]
        })
    });
    plain_table(std::iter::once(header).chain(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Duplicate;

    #[test]
    fn the_first_document_is_kept_and_no_cell_is_run() {
        let document = |id: &str, text: &str| Duplicate { id: id.into(), similarity: 0.96, text: Some(text.into()) };
        let documents = vec![document("a", "=1+1"), document("b", "two, three")];
        let table = duplicates_csv(&[Duplicates { group: 1, documents }]);
        let lines: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[0], "group,keep,similarity,id,text");
        assert!(lines[1].starts_with("1,yes,0.9600,a,") && lines[1].contains("'=1+1"), "{table}");
        assert_eq!(lines[2], "1,no,0.9600,b,\"two, three\"");
    }
}
