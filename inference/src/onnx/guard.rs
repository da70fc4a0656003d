//! A look at the wire format before anything is allocated.
//!
//! Protocol Buffers: <https://protobuf.dev/programming-guides/encoding/>. Every length must lie inside its message,
//! messages may nest only so deep, and there may be only so many nodes. What passes can be parsed without surprises.

use super::limits::{MAX_DEPTH, MAX_INITIALISERS, MAX_NAME, MAX_NODES};

/// Why a file is none of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// Not the wire format.
    #[error("no ONNX data at byte {at}")]
    NoOnnx {
        /// The byte.
        at: usize,
    },
    /// A length leads beyond the end.
    #[error("the file is cut off or damaged: {announced} bytes announced at byte {at}, {left} left")]
    CutOff {
        /// The byte where the length stands.
        at: usize,
        /// The length.
        announced: u64,
        /// What there is.
        left: usize,
    },
    /// Messages inside messages, far more than a network needs.
    #[error("messages nest more than {MAX_DEPTH} deep at byte {at}")]
    Nested {
        /// The byte.
        at: usize,
    },
    /// More of everything than a network needs.
    #[error("more than {MAX_NODES} nodes or {MAX_INITIALISERS} initialisers")]
    TooMany,
    /// A name with control characters would change what a terminal shows.
    #[error("a name at byte {at} holds control characters or is longer than {MAX_NAME} bytes")]
    BadName {
        /// The byte.
        at: usize,
    },
}

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

impl Message {
    /// Whether a length-delimited field is a name that messages may show.
    fn is_name(self, field: u64) -> bool {
        match self {
            Self::Graph => field == 2,
            Self::Node => matches!(field, 1..=4 | 7),
            Self::Attribute => matches!(field, 1 | 4 | 9),
            Self::Tensor => field == 8,
            Self::ValueInfo => field == 1,
            _ => false,
        }
    }
}

fn is_plain(name: &[u8]) -> bool {
    name.len() <= MAX_NAME && std::str::from_utf8(name).is_ok_and(|name| !name.contains(char::is_control))
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
pub fn check(bytes: &[u8]) -> Result<(), Damage> {
    if bytes.is_empty() {
        return Err(Damage::Empty);
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
) -> Result<(), Damage> {
    if depth > MAX_DEPTH {
        return Err(Damage::Nested { at });
    }
    while at < end {
        let start = at;
        let key = varint(bytes, &mut at, end)?;
        let field = key >> 3;
        if field == 0 {
            return Err(Damage::NoOnnx { at: start });
        }
        let skip = match key & 7 {
            0 => {
                varint(bytes, &mut at, end)?;
                0
            }
            1 => 8,
            5 => 4,
            2 => varint(bytes, &mut at, end)?,
            _ => return Err(Damage::NoOnnx { at: start }),
        };
        let next = usize::try_from(skip).ok().and_then(|skip| at.checked_add(skip)).filter(|&next| next <= end);
        let Some(next) = next else {
            return Err(Damage::CutOff { at: start, announced: skip, left: end - at });
        };
        if key & 7 == 2 && message.is_name(field) && !is_plain(&bytes[at..next]) {
            return Err(Damage::BadName { at: start });
        }
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

fn count(parent: Message, child: Message, counts: &mut Counts) -> Result<(), Damage> {
    counts.nodes += usize::from(child == Message::Node);
    counts.initialisers += usize::from(parent == Message::Graph && child == Message::Tensor);
    if counts.nodes > MAX_NODES || counts.initialisers > MAX_INITIALISERS {
        return Err(Damage::TooMany);
    }
    Ok(())
}

fn varint(bytes: &[u8], at: &mut usize, end: usize) -> Result<u64, Damage> {
    let start = *at;
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        if *at >= end {
            return Err(Damage::CutOff { at: start, announced: 1, left: 0 });
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
    Err(Damage::NoOnnx { at: start })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_the_end_are_named() {
        // Field 7 (graph), 200 bytes announced, none there.
        let error = check(&[0x3a, 0xc8, 0x01]).unwrap_err();
        assert_eq!(error, Damage::CutOff { at: 0, announced: 200, left: 0 });
        assert!(error.to_string().contains("cut off") && error.to_string().contains("200"), "{error}");
        assert_eq!(check(b""), Err(Damage::Empty));
        assert!(check(b"<html>").is_err());
    }

    #[test]
    fn names_must_be_fit_to_print() {
        // Model { graph: { node: { name } } }
        let model = |name: &[u8]| {
            let lengths = [name.len() + 4, name.len() + 2, name.len()].map(|length| length as u8);
            [&[0x3a, lengths[0], 0x0a, lengths[1], 0x1a, lengths[2]], name].concat()
        };
        assert_eq!(check(&model("Konv_ü".as_bytes())), Ok(()));
        for bad in [&b"a\x1b[31mb"[..], b"a\nb", b"\xff"] {
            assert_eq!(check(&model(bad)), Err(Damage::BadName { at: 4 }));
        }
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
        assert!(matches!(check(&model), Err(Damage::Nested { .. })));
    }
}
