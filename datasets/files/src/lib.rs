//! The one room for reading and writing files.
//!
//! Must not know: documents, masks, GPU, windows.
