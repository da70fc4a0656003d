//! A look at the wire format before anything is allocated.
//!
//! Protocol Buffers: <https://protobuf.dev/programming-guides/encoding/>. Every length must lie inside its message,
//! messages may nest only so deep, and there may be only so many nodes. What passes can be parsed without surprises.

use super::limits::{MAX_DEPTH, MAX_INITIALISERS, MAX_NODES};

/// The messages that are entered (`onnx.proto`); everything else is skipped by its length.
#[derive(Clone, Copy, PartialEq)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    ValueInfo,
    Type,
    TypeTensor,
    TypeSequence,
    Shape,
    Plain,
}

impl Message {
    /// What lies in a length-delimited field, if it is a message.
    fn child(self, field: u64) -> Option<Self> {
        Some(match (self, field) {
            (Self::Model, 7) | (Self::Attribute, 6) => Self::Graph,
            (Self::Model, 8 | 14) | (Self::Tensor, 13) | (Self::Shape, 1) => Self::Plain,
            (Self::Graph, 1) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::ValueInfo,
            (Self::Node, 5) => Self::Attribute,
            (Self::ValueInfo, 2) | (Self::TypeSequence, 1) => Self::Type,
            (Self::Type, 1) => Self::TypeTensor,
            (Self::Type, 4) => Self::TypeSequence,
            (Self::TypeTensor, 2) => Self::Shape,
            _ => return None,
        })
    }
}

#[derive(Default)]
struct Counts {
    nodes: usize,
    initialisers: usize,
}

/// Checks that `bytes` are a whole ONNX file.
///
/// # Errors
/// What is wrong, and at which byte.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    if bytes.is_empty() {
        return Err("the file is empty".to_owned());
    }
    walk(bytes, 0, bytes.len(), Message::Model, 0, &mut Counts::default())
}

fn walk(
    bytes: &[u8],
    mut at: usize,
    end: usize,
    message: Message,
    depth: usize,
    counts: &mut Counts,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("messages nest more than {MAX_DEPTH} deep at byte {at}"));
    }
    while at < end {
        let start = at;
        let key = varint(bytes, &mut at, end)?;
        let field = key >> 3;
        if field == 0 {
            return Err(format!("no ONNX data at byte {start} (field number 0)"));
        }
        let skip = match key & 7 {
            0 => {
                varint(bytes, &mut at, end)?;
                0
            }
            1 => 8,
            5 => 4,
            2 => varint(bytes, &mut at, end)?,
            kind => return Err(format!("no ONNX data at byte {start} (wire type {kind})")),
        };
        let next = usize::try_from(skip).ok().and_then(|skip| at.checked_add(skip)).filter(|&next| next <= end);
        let Some(next) = next else {
            return Err(format!(
                "the file is cut off or damaged: {skip} bytes announced at byte {start}, {} left",
                end - at
            ));
        };
        if key & 7 == 2
            && let Some(child) = message.child(field)
        {
            count(message, child, counts)?;
            walk(bytes, at, next, child, depth + 1, counts)?;
        }
        at = next;
    }
    Ok(())
}

fn count(parent: Message, child: Message, counts: &mut Counts) -> Result<(), String> {
    counts.nodes += usize::from(child == Message::Node);
    counts.initialisers += usize::from(parent == Message::Graph && child == Message::Tensor);
    if counts.nodes > MAX_NODES || counts.initialisers > MAX_INITIALISERS {
        return Err(format!("more than {MAX_NODES} nodes or {MAX_INITIALISERS} initialisers"));
    }
    Ok(())
}

fn varint(bytes: &[u8], at: &mut usize, end: usize) -> Result<u64, String> {
    let start = *at;
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        if *at >= end {
            return Err(format!("the file is cut off or damaged at byte {start}"));
        }
        let byte = bytes[*at];
        *at += 1;
        if shift < 64 {
            value |= u64::from(byte & 0x7f).wrapping_shl(shift);
        }
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(format!("no ONNX data at byte {start} (a number of more than ten bytes)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_the_end_are_named() {
        // Field 7 (graph), 200 bytes announced, none there.
        let error = check(&[0x3a, 0xc8, 0x01]).unwrap_err();
        assert!(error.contains("cut off") && error.contains("200"), "{error}");
        assert!(check(b"").unwrap_err().contains("empty"));
        assert!(check(b"<html>").is_err());
    }

    #[test]
    fn nesting_is_limited() {
        // Graphs inside attributes inside nodes inside graphs.
        let mut bytes = Vec::new();
        for _ in 0..20 {
            for field in [6u8, 5, 1] {
                let mut outer = vec![field << 3 | 2];
                let mut length = bytes.len();
                while length >= 0x80 {
                    outer.push(length as u8 | 0x80);
                    length >>= 7;
                }
                outer.push(length as u8);
                outer.append(&mut bytes);
                bytes = outer;
            }
        }
        let mut model = vec![0x3a];
        let mut length = bytes.len();
        while length >= 0x80 {
            model.push(length as u8 | 0x80);
            length >>= 7;
        }
        model.push(length as u8);
        model.append(&mut bytes);
        assert!(check(&model).unwrap_err().contains("deep"));
    }
}
