//! Values of attributes as a person types them.

use serde_json::Value;

/// What is shown of a value.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What was typed: yes or no, a number, else text.
pub fn parse(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => {
            let number = || text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map(Value::Number);
            text.parse::<i64>().ok().map(Value::from).or_else(number).unwrap_or_else(|| Value::String(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were_typed() {
        for typed in ["true", "12", "-0.5", "red, very", "1e3x", ""] {
            assert_eq!(text(&parse(typed)), typed);
        }
        assert_eq!(parse("NaN"), Value::String("NaN".into()));
    }
}
