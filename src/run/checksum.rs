//! The manifest vouches for the files beside it, and its own checksum for the manifest: a byte that a disk or a hand has turned in a
//! number of it is not believed. It is of the values, so that a program may write the same ones in another form.

use serde_json::{Number, Value};

use crate::seed::sha256_hex;

/// The member of the manifest that it stands in.
const CHECKSUM: &str = "checksum";
/// Members that it is not of: itself; how the run ended, which other programs may note and which is checked where it matters; and when
/// the run was and how long it took, which differ between runs of the same.
const ASIDE: [&str; 5] = [CHECKSUM, "status", "reason", "date", "stages"];
/// Whole numbers up to this one are the same with and without a point.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// An object of JSON in lines, with the checksum of its members as the last one.
///
/// # Errors
/// When it is no JSON.
pub(super) fn with_checksum(object: &str) -> Result<String, serde_json::Error> {
    let checksum = checksum(&serde_json::from_str(object)?);
    let members = object.trim_end().trim_end_matches('}').trim_end();
    Ok(format!("{members},\n  \"{CHECKSUM}\": \"{checksum}\"\n}}\n"))
}

/// Whether the checksum of an object is that of its members; so it is of one without a checksum, as earlier versions and other
/// programs write it.
pub(super) fn is_as_written(object: &Value) -> bool {
    object.get(CHECKSUM).is_none_or(|written| *written == checksum(object))
}

/// The sha256 of all members but those aside, whatever their order and however their numbers are written.
fn checksum(object: &Value) -> String {
    let mut spelled = String::new();
    match object {
        Value::Object(members) => {
            spell_members(members.iter().filter(|(name, _)| !ASIDE.contains(&name.as_str())), &mut spelled);
        }
        other => spell(other, &mut spelled),
    }
    sha256_hex(spelled)
}

fn spell(value: &Value, spelled: &mut String) {
    match value {
        Value::Object(members) => spell_members(members.iter(), spelled),
        Value::Array(values) => {
            spelled.push('[');
            for value in values {
                spell(value, spelled);
                spelled.push(',');
            }
            spelled.push(']');
        }
        Value::Number(number) => spelled.push_str(&spelled_number(number)),
        other => spelled.push_str(&other.to_string()),
    }
}

fn spell_members<'a>(members: impl Iterator<Item = (&'a String, &'a Value)>, spelled: &mut String) {
    let mut members: Vec<(&String, &Value)> = members.collect();
    members.sort_by_key(|(name, _)| *name);
    spelled.push('{');
    for (name, value) in members {
        spell(&Value::from(name.as_str()), spelled);
        spelled.push(':');
        spell(value, spelled);
        spelled.push(',');
    }
    spelled.push('}');
}

fn spelled_number(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() && value.fract() == 0.0 && value.abs() < WHOLE => (value as i64).to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OBJECT: &str =
        "{\n  \"goal\": \"why?\",\n  \"seed\": 7,\n  \"share\": 0.25,\n  \"rounds\": [{\"number\": 2.0}]\n}";

    fn is_believed(text: &str) -> bool {
        is_as_written(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_changed_value_is_seen_and_another_form_of_the_same_values_is_none() {
        let text = with_checksum(OBJECT).unwrap();
        assert!(text.starts_with(OBJECT.trim_end_matches("\n}")) && text.ends_with("\"\n}\n") && is_believed(&text));
        for (from, to) in [("7", "8"), ("0.25", "0.75"), ("2.0", "2.5"), ("why?", "who?"), ("\"share\"", "\"shape\"")] {
            assert!(!is_believed(&text.replacen(from, to, 1)), "{from} is {to}");
        }
        assert!(is_believed(&text.replacen('{', "{\"status\": \"partial\",", 1)), "how it ended is not covered");
        let value: Value = serde_json::from_str(&text).unwrap();
        let members: Vec<(String, Value)> = value.as_object().unwrap().clone().into_iter().rev().collect();
        let another = serde_json::to_string(&Value::Object(members.into_iter().collect())).unwrap();
        assert!(is_believed(&another.replace("2.0", "2")), "{another}");
    }

    #[test]
    fn an_object_without_a_checksum_is_taken_as_it_is() {
        assert!(is_believed(OBJECT));
    }
}
