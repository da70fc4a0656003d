//! The window, driven by its accessible labels, keys and pointer, without a screen.

mod bad_input;
mod engine;
mod support;
mod whole_path;
