//! Everything that can go wrong in the engine, one line each: what, where, how to mend.

use std::path::PathBuf;

use crate::BackendKind;
use crate::onnx::guard::Damage;
use crate::trials::Failure;

/// An error of the engine. `Display` is one line for the user.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The graph holds an operator, or an attribute of one, that our reader or the chosen executor does not have.
    /// Nothing was run.
    #[error("node `{node}` ({op}) is not supported: {reason}; {}", elsewhere(*backend))]
    UnsupportedOperator {
        /// Name of the node in the ONNX file, or of its first output if it has none.
        node: String,
        /// Operator type, e.g. `Einsum`.
        op: String,
        /// What exactly is missing.
        reason: String,
        /// The executor that lacks it; none: the reader, whom every model has to pass whatever runs it.
        backend: Option<BackendKind>,
    },
    /// The ONNX bytes describe no valid graph, or one that is too large for any backend.
    #[error("the ONNX model cannot be used: {0}")]
    BadModel(String),
    /// The ONNX bytes are damaged.
    #[error("the ONNX model cannot be used: {0}")]
    Damaged(#[from] Damage),
    /// No graphics adapter answers to wgpu.
    #[error(
        "no graphics adapter found: install a graphics driver (for software Vulkan on Debian: mesa-vulkan-drivers), or choose the backend `ort` or `reference`"
    )]
    NoAdapter,
    /// The graphics adapter ended an earlier start of the program. It is tried again after two weeks, with another driver, or if it
    /// is asked for.
    #[error("{0}; choose the backend `wgpu` by name to try it again")]
    LeftOut(Failure),
    /// ONNX Runtime is not loaded where it may send data to its makers.
    #[error(
        "ONNX Runtime is not loaded: the environment does not say {}=1, and without that it sends data to its makers; set it before the program starts",
        crate::onnxruntime::NO_TELEMETRY
    )]
    Telemetry,
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
    /// A backend stopped in the middle of its work because of a fault in the program. A new executor may work.
    #[error(
        "{backend} stopped because of a fault in the program: {message}; start the engine again, or choose another backend"
    )]
    Panicked {
        /// The backend.
        backend: BackendKind,
        /// What the fault said, on one line.
        message: String,
    },
    /// A backend gave no answer in time.
    #[error("{backend} gave no answer for {seconds} s while it was made; choose another backend")]
    NoAnswer {
        /// The backend.
        backend: BackendKind,
        /// How long it was waited for.
        seconds: u64,
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

impl EngineError {
    /// Whether the executor is of no use any more, and a new one may be.
    #[must_use]
    pub fn needs_new_executor(&self) -> bool {
        matches!(self, Self::DeviceLost(_) | Self::Panicked { .. })
    }

    /// Whether the model itself is at fault, so that no other backend would take it.
    #[must_use]
    pub fn is_of_the_model(&self) -> bool {
        matches!(
            self,
            Self::BadModel(_)
                | Self::Damaged(_)
                | Self::ShapeMismatch { .. }
                | Self::UnknownTensor { .. }
                | Self::UnsupportedOperator { backend: None, .. }
        )
    }
}

/// What helps where an operator is missing.
fn elsewhere(backend: Option<BackendKind>) -> String {
    match backend {
        None => "export the model differently".to_owned(),
        Some(backend) => {
            let others = BackendKind::ALL.into_iter().filter(|&other| other != backend);
            let others: Vec<String> = others.map(|other| format!("`{other}`")).collect();
            format!("choose the backend {} or export the model differently", others.join(", "))
        }
    }
}

fn list(places: &[String]) -> String {
    if places.is_empty() { "no place at all".to_owned() } else { places.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_one_line_and_names_what_is_wrong() {
        let unsupported = |backend| {
            let error = EngineError::UnsupportedOperator {
                node: "n1".into(),
                op: "Einsum".into(),
                reason: "no kernel".into(),
                backend,
            };
            error.to_string()
        };
        let text = unsupported(None);
        assert!(text.contains("n1") && text.contains("Einsum") && !text.contains('\n'), "{text}");
        assert!(!text.contains("backend"), "what the reader refuses no backend takes: {text}");
        let text = unsupported(Some(BackendKind::Wgpu));
        assert!(text.contains("`ort`") && !text.contains("`wgpu`"), "{text}");
        let error = EngineError::NoOrtLibrary { looked_in: vec!["/a".into(), "/b".into()] };
        assert!(error.to_string().ends_with("/a; /b"), "{error}");
    }
}
