//! The engine: ONNX -> graph -> plan -> executors (`reference`, `wgpu`, `ort`), and adaptation.
//!
//! Must not know: documents, files of a data set, windows.
