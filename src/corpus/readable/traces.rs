//! Stack traces: the lines in which a program says where it was when it failed.

use std::borrow::Cow;

/// Characters of the longest line of a trace.
const LONGEST: usize = 400;
/// What stands above the frames, in small letters.
const ABOVE: [&str; 6] = [
    "traceback (most recent call last):",
    "stack trace:",
    "stacktrace:",
    "call stack:",
    "backtrace:",
    "stack backtrace:",
];

/// The text without the frames of its stack traces; what failed, and with which words, stays.
pub(super) fn without(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut is_of_trace: Vec<bool> = lines.iter().map(|line| is_frame(line)).collect();
    if !is_of_trace.contains(&true) {
        return Cow::Borrowed(text);
    }
    for place in 0..lines.len() {
        let is_below_frame = place > 0 && is_of_trace[place - 1];
        is_of_trace[place] |=
            is_above(lines[place]) || is_below_frame && is_code_of_frame(lines[place - 1], lines[place]);
    }
    let kept: Vec<&str> = lines.iter().zip(is_of_trace).filter(|(_, gone)| !gone).map(|(line, _)| *line).collect();
    Cow::Owned(kept.join("\n").trim().to_owned())
}

fn is_above(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    ABOVE.contains(&line.as_str()) || line.starts_with("goroutine ") && line.ends_with("]:")
}

/// Python shows the line of code below each frame, further to the right.
fn is_code_of_frame(frame: &str, line: &str) -> bool {
    let margin = |line: &str| line.len() - line.trim_start().len();
    is_of_python(frame.trim()) && !line.trim().is_empty() && margin(line) > margin(frame)
}

/// Whether a line names a place in a program, as Java, JavaScript, .NET, Python, Ruby, PHP, Go and debuggers do.
fn is_frame(line: &str) -> bool {
    let line = line.trim();
    if line.len() > LONGEST {
        return false;
    }
    is_of_python(line)
        || line.strip_prefix("at ").is_some_and(is_place)
        || line.strip_prefix("from ").is_some_and(|place| has_line(place) && place.contains(":in "))
        || line.starts_with('#') && is_numbered(line.trim_start_matches('#'))
        || line.starts_with("... ") && line.ends_with(" more") && line.len() < 20
        || line.contains(".go:") && line.contains(" +0x")
}

/// `File "app.py", line 22, in main`
fn is_of_python(line: &str) -> bool {
    line.starts_with("File \"") && line.contains("\", line ")
}

/// What stands behind "at": `com.acme.Main.run(Main.java:374)`, `Main.run (app.js:1:20)`, `A.B() in C:\a.cs:line 3`, `app.js:1:20`.
fn is_place(place: &str) -> bool {
    let Some((function, file)) = place.split_once('(') else { return !place.contains(' ') && has_line(place) };
    let is_named =
        |file: &str| has_line(file) || ["Native Method", "Unknown Source", "<anonymous>", "native"].contains(&file);
    let is_of_net = file.contains(") in ") && file.contains(":line ");
    let is_of_java = |file: &str| !function.contains(' ') && function.contains('.') && is_named(file);
    let is_of_script = |file: &str| function.ends_with(' ') && is_named(file);
    is_of_net || file.strip_suffix(')').is_some_and(|file| is_of_java(file) || is_of_script(file))
}

/// `#0 /var/www/a.php(12): run()` or `#3  0x00007f in main () at a.c:12`
fn is_numbered(frame: &str) -> bool {
    let place = frame.trim_start_matches(|c: char| c.is_ascii_digit());
    place.len() < frame.len()
        && place.starts_with(' ')
        && (place.trim_start().starts_with("0x")
            || place.contains("): ") && place.contains('/')
            || place.contains(" at ") && has_line(place))
}

/// Whether a file with the number of a line stands in it: `app.js:12`.
fn has_line(place: &str) -> bool {
    place.match_indices(':').any(|(colon, _)| {
        let kind = place[..colon].rsplit_once('.').map(|(_, kind)| kind);
        let is_file =
            kind.is_some_and(|kind| kind.starts_with(char::is_alphabetic) && kind.chars().all(char::is_alphanumeric));
        is_file && place[colon + 1..].starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_go_and_what_failed_stays() {
        for (trace, left) in [
            (
                "java.lang.NullPointerException: no user\n\tat com.acme.Main.run(Main.java:374)\n\tat java.lang.Thread.run(Native Method)\n\t... 23 more",
                "java.lang.NullPointerException: no user",
            ),
            (
                "Traceback (most recent call last):\n  File \"app.py\", line 22, in run\n    load(user)\n  File \"app.py\", line 3\nKeyError: 'user'",
                "KeyError: 'user'",
            ),
            (
                "TypeError: x is undefined\n    at Main.run (app.js:1:20)\n    at https://a.example/b.js:2:1",
                "TypeError: x is undefined",
            ),
            ("System.Exception: no\n   at Acme.Main.Run(String a) in C:\\a.cs:line 3", "System.Exception: no"),
            ("Error\n#0 /var/www/a.php(12): run()\n#1 {main}", "Error\n#1 {main}"),
        ] {
            assert_eq!(without(&format!("It crashes.\n\n{trace}")), format!("It crashes.\n\n{left}"));
        }
    }

    #[test]
    fn what_only_looks_like_a_trace_stays() {
        for said in [
            "We met\nat home (near 5:30)\nand ate",
            "We met\nat the station (track 5)",
            "Open\nat 10:30",
            "#1 problem\n#2 the lift (again): no",
            "File \"a.pdf\" is gone\nfrom the folder",
        ] {
            assert_eq!(without(said), said);
        }
    }
}
