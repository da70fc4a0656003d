//! JSON as text with a blank after commas and colons, as the patterns of the cases expect it, and numbers that are equal.

use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

struct Blanks;

impl Formatter for Blanks {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

/// The value in one line.
pub fn dumped(value: &Value) -> String {
    let mut bytes = Vec::new();
    serde::Serialize::serialize(value, &mut Serializer::with_formatter(&mut bytes, Blanks)).expect("a value");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Equal, where 1 and 1.0 are the same number.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x.as_f64() == y.as_f64(),
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(a, b)| equal(a, b)),
        _ => a == b,
    }
}
