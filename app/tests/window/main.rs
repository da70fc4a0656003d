//! The window, driven by its accessible labels, keys and pointer, without a screen.

#![expect(clippy::unwrap_used, reason = "a test may stop where something is not as it must be")]

mod bad_input;
mod batch;
mod classes;
mod engine;
mod export;
mod huge;
mod keeps;
mod keyboard;
mod layout;
mod learning;
mod objects;
mod review;
mod support;
mod tools;
mod typing;
mod whole_path;
