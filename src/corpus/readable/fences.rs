//! Fences of code (```` ``` ````) between which nothing is left, or that were never closed.

/// The text without them.
pub(super) fn tidied(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let fences: Vec<usize> = (0..lines.len()).filter(|line| is_fence(lines[*line])).collect();
    if fences.is_empty() {
        return text.to_owned();
    }
    let mut is_kept = vec![true; lines.len()];
    for pair in fences.chunks(2) {
        let says_something = match pair {
            [open, close] => lines[open + 1..*close].iter().any(|line| !line.trim().is_empty()),
            _ => false,
        };
        if !says_something {
            pair.iter().for_each(|fence| is_kept[*fence] = false);
        }
    }
    let kept: Vec<&str> = lines.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept).map(|(line, _)| *line).collect();
    kept.join("\n").trim().to_owned()
}

/// A line of three such signs or more, with the name of a language at most.
pub(super) fn is_fence(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("```") && !line.trim_start_matches('`').contains(['`', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_around_nothing_go_and_those_around_code_stay() {
        assert_eq!(tidied("It broke.\n\n```shell\n\n```"), "It broke.");
        assert_eq!(tidied("It broke.\n```\nNobody knows"), "It broke.\nNobody knows");
        let code = "It broke.\n```rust\nlet a = 1;\n```\nOften.";
        assert_eq!(tidied(code), code);
    }
}
