//! YAML as a tree of texts, lists and maps: whatever way it is spelled, with bounds on depth and size.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// Deeper nesting is no data set.
const MAX_DEPTH: usize = 32;

/// Most values, those that an alias repeats included.
const MAX_VALUES: usize = 1_000_000;

/// What is being read.
enum Open {
    List(Vec<Value>, usize),
    Map(Map<String, Value>, Option<String>, usize),
}

/// The first document. Scalars are texts as they are written, empty ones and `~` are null; keys are texts.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, (Value, usize)> = HashMap::new();
    let mut values = 0usize;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| error.to_string().replace('\n', " "))?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                (if is_null { Value::Null } else { Value::from(&*text) }, anchor)
            }
            Event::Alias(anchor) => {
                let (value, size) = anchors.get(&anchor).cloned().ok_or("an alias of it has no anchor")?;
                values = values.saturating_add(size);
                (value, 0)
            }
            Event::SequenceStart(anchor, _) => {
                open.push(Open::List(Vec::new(), anchor));
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open::Map(Map::new(), None, anchor));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(list, anchor)) => (Value::Array(list), anchor),
                Some(Open::Map(map, _, anchor)) => (Value::Object(map), anchor),
                None => return Err("it ends what it has not begun".to_owned()),
            },
            Event::DocumentEnd => break,
            _ => continue,
        };
        values += 1;
        if values > MAX_VALUES || open.len() > MAX_DEPTH {
            return Err(format!("it has more than {MAX_VALUES} values or is nested more than {MAX_DEPTH} deep"));
        }
        if anchor > 0 {
            let size = count(&value);
            anchors.insert(anchor, (value.clone(), size));
        }
        match open.last_mut() {
            None => return Ok(value),
            Some(Open::List(list, _)) => list.push(value),
            Some(Open::Map(map, key, _)) => match key.take() {
                None => *key = Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
                Some(key) => drop(map.insert(key, value)),
            },
        }
    }
    Ok(Value::Null)
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(count).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spellings_and_bounds() {
        let yaml = "base: &n [leaf, 'b #1', \"c\"]\nnames: *n\n\"k\" : >-\n  x,\n  y\nn:\n  0: yes\n  1: ~\n";
        let expected = json!({
            "base": ["leaf", "b #1", "c"], "names": ["leaf", "b #1", "c"], "k": "x, y", "n": {"0": "yes", "1": null},
        });
        assert_eq!(parse(yaml), Ok(expected));
        assert_eq!(parse(""), Ok(Value::Null));
        assert!(parse(&"[".repeat(100)).is_err());
        assert!(parse("a: [b").is_err());
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let list = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        assert!(parse(&bomb).unwrap_err().contains("more than"));
    }
}
