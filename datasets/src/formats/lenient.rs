//! Values as programs really write them: numbers as text, yes and no as words, lists that are null.

use std::fmt;

use serde_json::{Map, Value};

use crate::raster::rle::MAX_SIDE;

/// A number, also one written as text. Never infinite.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

/// A whole number, also one written as text or with a fraction of zero.
pub(super) fn integer(value: &Value) -> Option<i64> {
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    match value {
        Value::String(text) => text.trim().parse().ok().or_else(|| number(value).and_then(whole)),
        _ => value.as_i64().or_else(|| number(value).and_then(whole)),
    }
}

/// A side of a picture: 1 to the largest.
pub(super) fn side(value: &Value) -> Option<u32> {
    let whole = integer(value).or_else(|| number(value).map(|side| side.round() as i64));
    whole.and_then(|side| u32::try_from(side).ok()).filter(|side| (1..=MAX_SIDE).contains(side))
}

/// Yes or no, in any of the usual words.
pub(super) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => word(text),
        _ => number(value).map(|number| number != 0.0),
    }
}

/// Yes or no as a word: `1`, `true`, `Yes`, `on` ...
pub(super) fn word(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "1" | "true" | "yes" | "y" | "t" | "on" => Some(true),
        "0" | "false" | "no" | "n" | "f" | "off" | "none" | "null" | "" => Some(false),
        other => other.parse::<f64>().ok().map(|number| number != 0.0),
    }
}

/// A text, or a number or a yes or no as one; never empty.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A list of numbers; `None` if one of them is none.
pub(super) fn numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::Array(list) => list.iter().map(number).collect(),
        // A list as text, as tables hold it.
        Value::String(text) => {
            let inner = text.trim().trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
            inner.split([',', ';', ' ']).filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
        }
        _ => None,
    }
}

/// Corners as `[[x, y], ...]`, `[{"x": .., "y": ..}, ...]` or `[x, y, x, y, ...]`.
pub(super) fn points(value: &Value) -> Option<Vec<[f64; 2]>> {
    let list = value.as_array()?;
    if list.iter().all(|item| matches!(item, Value::Number(_) | Value::String(_))) {
        let numbers = numbers(value)?;
        return numbers
            .len()
            .is_multiple_of(2)
            .then(|| numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect());
    }
    let pair = |item: &Value| match item {
        // A third value is a depth or a visibility.
        Value::Array(pair) if (2..=3).contains(&pair.len()) => Some([number(&pair[0])?, number(&pair[1])?]),
        Value::Object(members) => Some([number(members.get("x")?)?, number(members.get("y")?)?]),
        _ => None,
    };
    list.iter().map(pair).collect()
}

/// A colour: `[r, g, b]`, or `#rrggbb`.
pub(super) fn color(value: &Value) -> Option<[u8; 3]> {
    match value {
        Value::String(text) => hex_color(text),
        Value::Array(list) if (3..=4).contains(&list.len()) => {
            let channel = |at: usize| integer(&list[at]).and_then(|value| u8::try_from(value).ok());
            Some([channel(0)?, channel(1)?, channel(2)?])
        }
        _ => None,
    }
}

/// `#rrggbb`.
pub(super) fn hex_color(text: &str) -> Option<[u8; 3]> {
    let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    Some([(value >> 16) as u8, (value >> 8) as u8, value as u8])
}

/// The name of a record: a number of any size, or a text. `1`, `1.0` and `"1"` are the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Id {
    Number(i128),
    Text(String),
}

impl Id {
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(|text| match text.parse() {
                Ok(number) => Self::Number(number),
                Err(_) => Self::Text(text.to_owned()),
            }),
            Value::Number(number) => {
                let whole = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
                let float = || number.as_f64().filter(|v| v.fract() == 0.0 && v.abs() < 1e30).map(|v| v as i128);
                whole.or_else(float).map(Self::Number)
            }
            _ => None,
        }
    }

    /// Takes the member out.
    pub(super) fn take(members: &mut Map<String, Value>, key: &str) -> Option<Self> {
        members.remove(key).as_ref().and_then(Self::of)
    }

    /// As the program keeps numbers.
    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => i64::try_from(*number).ok(),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn loosely_written_values() {
        assert_eq!((number(&json!("4.5")), number(&json!(" 4 ")), number(&json!(null))), (Some(4.5), Some(4.0), None));
        assert_eq!((integer(&json!("48.0")), integer(&json!(48.0)), integer(&json!(4.5))), (Some(48), Some(48), None));
        assert_eq!((side(&json!("48.0")), side(&json!(0)), side(&json!(-3))), (Some(48), None, None));
        for (value, expected) in [(json!("Yes"), true), (json!(1), true), (json!("0"), false), (json!("false"), false)]
        {
            assert_eq!(flag(&value), Some(expected), "{value}");
        }
        assert_eq!((text(&json!(7)), text(&json!("")), text(&json!([]))), (Some("7".to_owned()), None, None));
        let corners = Some(vec![[1.0, 2.0], [3.0, 4.0]]);
        for value in [json!([[1, 2], ["3", 4.0]]), json!([1, 2, 3, 4]), json!([{"x": 1, "y": 2}, {"x": 3, "y": 4}])] {
            assert_eq!(points(&value), corners, "{value}");
        }
        assert_eq!((points(&json!([1, 2, 3])), points(&json!([[1]]))), (None, None));
    }

    #[test]
    fn one_id_in_all_its_spellings() {
        let ids = [json!(1), json!(1.0), json!("1"), json!(" 1 ")].map(|value| Id::of(&value));
        assert!(ids.iter().all(|id| *id == Some(Id::Number(1))));
        let huge = Id::of(&json!(u64::MAX)).unwrap();
        assert_eq!((huge.number(), huge.to_string()), (None, u64::MAX.to_string()));
        assert_eq!((Id::of(&json!("a7")).unwrap().to_string(), Id::of(&json!(null))), ("\"a7\"".to_owned(), None));
    }
}
