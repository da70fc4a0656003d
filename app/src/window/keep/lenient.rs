//! Reading what can be understood: one field that cannot be read costs that field, not the others.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The fields of `value` that `T` understands, the others as their default; and the fields that were not understood.
pub fn read<T: Default + Serialize + DeserializeOwned>(value: Value) -> (T, Map<String, Value>) {
    let mut unread = Map::new();
    let (Value::Object(given), Ok(mut best)) = (value, serde_json::to_value(T::default())) else {
        return (T::default(), unread);
    };
    let fits = |value: &Value| T::deserialize(value).is_ok();
    for (key, value) in given {
        let known = best.get(&key).is_some();
        if !(known && put(&mut best, &mut vec![key.clone()], &value, &fits)) {
            unread.insert(key, value);
        }
    }
    (T::deserialize(&best).unwrap_or_default(), unread)
}

/// Puts a value at a place if the whole still fits; of an object that does not fit as a whole, the fields that do.
fn put(best: &mut Value, path: &mut Vec<String>, value: &Value, fits: &dyn Fn(&Value) -> bool) -> bool {
    let Some(place) = at(best, path) else { return false };
    let before = std::mem::replace(place, value.clone());
    let both = matches!((&before, value), (Value::Object(_), Value::Object(_)));
    if fits(best) {
        return true;
    }
    if let Some(place) = at(best, path) {
        *place = before;
    }
    if let (true, Value::Object(fields)) = (both, value) {
        for (key, value) in fields {
            path.push(key.clone());
            put(best, path, value, fits);
            path.pop();
        }
    }
    false
}

fn at<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, key| value.get_mut(key))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Inner {
        size: u8,
        name: String,
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Outer {
        on: bool,
        inner: Inner,
        place: Option<String>,
    }

    #[test]
    fn a_field_that_cannot_be_read_costs_only_itself() {
        let given = json!({"on": true, "inner": {"size": 999, "name": "x"}, "place": "here", "newer": [1]});
        let (outer, unread): (Outer, _) = read(given);
        assert_eq!(outer.inner, Inner { size: 0, name: "x".into() });
        assert!(outer.on && outer.place.as_deref() == Some("here"));
        assert_eq!(unread.keys().collect::<Vec<_>>(), ["inner", "newer"]);
        assert_eq!(read::<Outer>(json!([1])).0, Outer::default());
    }
}
