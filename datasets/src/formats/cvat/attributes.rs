//! Attributes in XML are text; their declaration says what they mean.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::document::{Attribute, AttributeKind, Class, ClassId, Document};

/// The attributes of every class: those it declares, then those that its objects have besides, with the kind that fits all
/// their values.
pub(super) fn declared(document: &Document) -> HashMap<ClassId, Vec<Attribute>> {
    /// Of one class: the list, places in it by name, and how many of them the class declares.
    struct Known {
        all: Vec<Attribute>,
        places: HashMap<String, usize>,
        own: usize,
    }
    let known = |class: &Class| {
        let places = class.attributes.iter().enumerate().map(|(at, own)| (own.name.clone(), at)).collect();
        Known { all: class.attributes.clone(), places, own: class.attributes.len() }
    };
    let mut of: HashMap<ClassId, Known> = document.classes().iter().map(|class| (class.id, known(class))).collect();
    for object in document.objects().filter(|object| !object.attributes.is_empty()) {
        let Some(Known { all, places, own }) = of.get_mut(&object.class) else { continue };
        for (name, value) in &object.attributes {
            let kind = kind_of(value);
            match places.get(name) {
                None => {
                    places.insert(name.clone(), all.len());
                    all.push(Attribute { name: name.clone(), kind });
                }
                Some(at) if at < own || all[*at].kind == kind => {}
                Some(at) => all[*at].kind = AttributeKind::Text,
            }
        }
    }
    let without_occluded = |mut all: Vec<Attribute>| {
        all.retain(|attribute| attribute.name != "occluded");
        all
    };
    of.into_iter().map(|(class, known)| (class, without_occluded(known.all))).collect()
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
