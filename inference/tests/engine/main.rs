//! The engine from outside: ONNX bytes in, numbers out.
//!
//! * `model`: small ONNX models, written in Rust.
//! * `operators`: every operator, reference against ONNX Runtime.
//! * `random`: some of them with random shapes and attributes.
//! * `refusals`: files that are damaged, hostile, or need what is not there.
//! * `conformance`: the ONNX project's own cases.
//! * `golden`: reads what is written down in `tests/golden`.
//! * `blocks`: small networks of the block types that segmentation networks are made of.
//! * `compared`: the list of operators that rten is given, held against the others.
//! * `click_network`: the network of the program through every executor.

mod blocks;
mod click_network;
mod compared;
mod conformance;
mod golden;
mod model;
mod operators;
mod random;
mod refusals;
