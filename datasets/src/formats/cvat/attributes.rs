//! Attributes in XML are text; their declaration says what they mean.

use serde_json::{Map, Value};

use crate::document::{Attribute, AttributeKind, Class, Document};

/// The attributes of a class: those it declares, then those that its objects have besides, with the kind that fits all
/// their values.
pub(super) fn declared(document: &Document, class: &Class) -> Vec<Attribute> {
    let mut all = class.attributes.clone();
    for object in document.objects().filter(|object| object.class == class.id) {
        for (name, value) in &object.attributes {
            let kind = kind_of(value);
            match all.iter_mut().find(|known| known.name == *name) {
                None => all.push(Attribute { name: name.clone(), kind }),
                Some(known) if class.attributes.iter().any(|own| own.name == *name) || known.kind == kind => {}
                Some(known) => known.kind = AttributeKind::Text,
            }
        }
    }
    all.retain(|attribute| attribute.name != "occluded");
    all
}

fn kind_of(value: &Value) -> AttributeKind {
    match value {
        Value::Bool(_) => AttributeKind::Flag,
        Value::Number(_) => AttributeKind::Number,
        _ => AttributeKind::Text,
    }
}

/// A value as text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// CVAT's `input_type`, and the values it lists.
pub(super) fn input(kind: &AttributeKind) -> (&'static str, String) {
    match kind {
        AttributeKind::Text => ("text", String::new()),
        AttributeKind::Number => ("number", String::new()),
        AttributeKind::Flag => ("checkbox", "false".to_owned()),
        AttributeKind::Choice(choices) => ("select", choices.join("\n")),
    }
}

/// The inverse of [`input`].
pub(super) fn kind(input_type: &str, values: &str) -> AttributeKind {
    match input_type {
        "checkbox" => AttributeKind::Flag,
        "number" => AttributeKind::Number,
        "select" | "radio" => AttributeKind::Choice(values.lines().map(|line| line.trim().to_owned()).collect()),
        _ => AttributeKind::Text,
    }
}

/// The value that a text stands for, given the declaration.
pub(super) fn value(text: &str, kind: Option<&AttributeKind>) -> Value {
    let parsed = match kind {
        Some(AttributeKind::Flag) => text.parse::<bool>().ok().map(Value::from),
        Some(AttributeKind::Number) => serde_json::from_str(text).ok().filter(Value::is_number),
        _ => None,
    };
    parsed.unwrap_or_else(|| text.into())
}

/// The attributes as the file has them; where Limn's note says the same, with the note's types.
pub(super) fn with_types(found: Map<String, Value>, noted: &Map<String, Value>) -> Map<String, Value> {
    let typed = |(name, value): (String, Value)| {
        let same = noted.get(&name).filter(|noted| text(noted) == text(&value)).cloned();
        (name, same.unwrap_or(value))
    };
    found.into_iter().map(typed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_values_survive() {
        let choice = AttributeKind::Choice(vec!["a b".to_owned(), "c".to_owned()]);
        for attribute in [AttributeKind::Text, AttributeKind::Number, AttributeKind::Flag, choice] {
            let (input_type, values) = input(&attribute);
            assert_eq!(kind(input_type, &values), attribute);
        }
        for (json, kind) in [
            (Value::from(true), AttributeKind::Flag),
            (2.5.into(), AttributeKind::Number),
            ("x".into(), AttributeKind::Text),
        ] {
            assert_eq!(value(&text(&json), Some(&kind)), json);
        }
        assert_eq!(value("many", Some(&AttributeKind::Number)), "many");
        let noted = Map::from_iter([("n".to_owned(), Value::from(3)), ("gone".to_owned(), Value::from(1))]);
        let found = Map::from_iter([("n".to_owned(), Value::from("3"))]);
        assert_eq!(Value::from(with_types(found, &noted)), serde_json::json!({"n": 3}));
    }
}
