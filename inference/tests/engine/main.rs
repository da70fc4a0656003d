//! The engine from outside: ONNX bytes in, numbers out.
//!
//! * `model`: small ONNX models, written in Rust.
//! * `operators`: every operator, reference against ONNX Runtime.
//! * `random`: some of them with random shapes and attributes.
//! * `refusals`: files that are damaged, hostile, or need what is not there.
//! * `conformance`: the ONNX project's own cases.
//! * `click_network`: the network of the program through every executor.

mod click_network;
mod conformance;
mod model;
mod operators;
mod random;
mod refusals;
