//! Everything that can go wrong in the engine, one line each: what, where, how to mend.

use std::path::PathBuf;

/// An error of the engine. `Display` is one line for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The graph holds an operator, or an attribute of one, that the chosen executor does not have.
    /// Nothing was run.
    #[error(
        "node `{node}` ({op}) is not supported: {reason}; choose the `ort` backend or export the model differently"
    )]
    UnsupportedOperator {
        /// Name of the node in the ONNX file, or of its first output if it has none.
        node: String,
        /// Operator type, e.g. `Einsum`.
        op: String,
        /// What exactly is missing.
        reason: String,
    },
    /// The ONNX bytes are damaged, too large, or describe no valid graph.
    #[error("the ONNX model cannot be used: {0}")]
    BadModel(String),
    /// No graphics adapter answers to wgpu.
    #[error(
        "no graphics adapter found: install a graphics driver (for software Vulkan on Debian: mesa-vulkan-drivers), or choose the backend `ort` or `reference`"
    )]
    NoAdapter,
    /// No ONNX Runtime library could be loaded.
    #[error(
        "no usable ONNX Runtime library (1.24 or newer) found: set ORT_DYLIB_PATH to it or `pip install onnxruntime`; looked in {}",
        list(looked_in)
    )]
    NoOrtLibrary {
        /// Every place that was tried, with what was wrong there.
        looked_in: Vec<String>,
    },
    /// The graphics device went away (driver reset, unplugged, timeout). A new executor may work.
    #[error("the graphics device was lost: {0}; start the engine again")]
    DeviceLost(String),
    /// Memory for the plan could not be had.
    #[error("not enough memory: {0}; use a smaller network input or another backend")]
    OutOfMemory(String),
    /// Data of the wrong extent were handed in.
    #[error("`{name}` has shape {got:?}, expected {expected:?}")]
    ShapeMismatch {
        /// The tensor.
        name: String,
        /// What it should have been.
        expected: Vec<usize>,
        /// What it was (only the number of elements where no shape is known).
        got: Vec<usize>,
    },
    /// A name that is no input or output of the network.
    #[error("the network has no {role} `{name}`; it has {}", known.join(", "))]
    UnknownTensor {
        /// `input` or `output`.
        role: &'static str,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// An output was read that the last `run` did not compute, or `run` was called before every input was set.
    #[error("`{name}` is not there yet: {reason}")]
    NotReady {
        /// The tensor.
        name: String,
        /// Which call is missing.
        reason: String,
    },
    /// ONNX Runtime or the graphics driver failed while it worked.
    #[error("{backend} failed: {message}")]
    Backend {
        /// `ort`, `wgpu` or `reference`.
        backend: &'static str,
        /// Its own words, on one line.
        message: String,
    },
    /// A file could not be read.
    #[error("{}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        message: String,
    },
}

fn list(places: &[String]) -> String {
    if places.is_empty() { "no place at all".to_owned() } else { places.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_one_line_and_names_what_is_wrong() {
        let error =
            EngineError::UnsupportedOperator { node: "n1".into(), op: "Einsum".into(), reason: "no kernel".into() };
        let text = error.to_string();
        assert!(text.contains("n1") && text.contains("Einsum") && !text.contains('\n'), "{text}");
        let error = EngineError::NoOrtLibrary { looked_in: vec!["/a".into(), "/b".into()] };
        assert!(error.to_string().ends_with("/a; /b"), "{error}");
    }
}
