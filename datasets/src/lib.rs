//! Document, invertible edits, store, media readers and annotation formats.
//!
//! Must not know: GPU, models, windows.
