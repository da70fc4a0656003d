//! Class names: written as a map in `data.yaml`, read in every spelling.

use serde_json::Value;

use crate::formats::lenient;

/// The member `names`. JSON strings are YAML strings.
pub(super) fn text(names: &[&str]) -> String {
    let line = |(index, name): (usize, &&str)| format!("  {index}: {}\n", serde_json::Value::from(*name));
    format!("names:\n{}", names.iter().enumerate().map(line).collect::<String>())
}

/// The names in the order of their indices; a gap is an empty name. `None` if there are none: neither at the top nor
/// within another member.
pub(super) fn of(yaml: &Value) -> Option<Vec<String>> {
    let members = yaml.as_object()?;
    let own = members.get("names").and_then(list);
    own.or_else(|| members.values().find_map(of))
}

fn list(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => Some(items.iter().map(|item| lenient::text(item).unwrap_or_default()).collect()),
        Value::Object(items) => {
            let mut names = Vec::new();
            for (key, name) in items {
                let at = key.trim().parse::<usize>().ok().filter(|at| *at < 1_000_000).unwrap_or(names.len());
                if names.len() <= at {
                    names.resize(at + 1, String::new());
                }
                names[at] = lenient::text(name).unwrap_or_default();
            }
            Some(names)
        }
        // A list as one text.
        Value::String(text) => {
            let names = text.trim_matches(['[', ']']).split([',', '\n']).map(str::trim).filter(|name| !name.is_empty());
            Some(names.map(|name| name.trim_matches(['\'', '"']).to_owned()).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::yaml;

    fn parse(yaml: &str) -> Option<Vec<String>> {
        of(&yaml::parse(yaml).unwrap())
    }

    #[test]
    fn every_way_to_write_names() {
        let written = text(&["cat", "a: \"b\" #c", "ü 图"]);
        assert_eq!(parse(&format!("path: .\n{written}nc: 3\n")).unwrap(), ["cat", "a: \"b\" #c", "ü 图"]);
        for yaml in [
            "nc: 2\nnames: ['it''s', dog] # two\n",
            "names: {0: it's, 1: \"dog\"}\n",
            "names:\n- it's\n- dog\ntrain: x\n",
            "names:\n  1: dog # second\n\n  0: it's\n",
            "names: [\"it's\",\n  dog]\n",
            "\"names\" : [it's, dog]\n",
            "base: &n [it's, dog]\nnames: *n\n",
            "names: >-\n  it's,\n  dog\n",
            "dataset:\n  nc: 2\n  names: [it's, dog]\n",
            "names: !!seq\n  - it's\n  - dog\n",
        ] {
            assert_eq!(parse(yaml).unwrap(), ["it's", "dog"], "{yaml}");
        }
        assert_eq!(parse("names:\n  2: x\n").unwrap(), ["", "", "x"]);
        assert_eq!(parse("train: x\n"), None);
    }
}
