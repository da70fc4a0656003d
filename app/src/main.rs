//! `limn`: entry point only; everything is in the library.

fn main() {}
