//! JSON-MIN: a task as a flat row, the regions of every control as a list under its name.

use serde_json::{Map, Value, json};

/// The row as a task of the full export; `None` if it is no such row.
pub(super) fn task(row: &Value) -> Option<Value> {
    let row = row.as_object().filter(|row| !row.contains_key("data"))?;
    let mut data = Map::new();
    let mut results: Vec<Value> = Vec::new();
    for (key, value) in row {
        match value {
            Value::String(text) => drop(data.insert(key.clone(), text.clone().into())),
            Value::Array(list) => results.extend(list.iter().filter_map(|region| result(key, region))),
            _ => {}
        }
    }
    if data.is_empty() || (results.is_empty() && !row.contains_key("annotation_id")) {
        return None;
    }
    Some(json!({"data": data, "annotations": [{"result": results}]}))
}

/// A region as a result; its kind is the name of its labels.
fn result(control: &str, region: &Value) -> Option<Value> {
    let members = region.as_object()?;
    let kind = members.keys().find(|key| key.ends_with("labels"))?;
    let mut result = json!({"type": kind, "from_name": control, "value": members});
    for key in ["original_width", "original_height", "image_rotation", "id"] {
        if let Some(value) = members.get(key) {
            result[key] = value.clone();
        }
    }
    Some(result)
}
