//! What a caller of the engine sees: the choice of a backend and the [`Executor`] trait.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::EngineError;
use crate::trials::Trials;

/// The executors there are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum BackendKind {
    /// Our own compute shaders through wgpu.
    Wgpu,
    /// The ONNX Runtime library, loaded at run time.
    Ort,
    /// The runtime in Rust that is part of the program.
    Rten,
    /// Plain Rust; always there, and the truth in tests.
    Reference,
}

impl BackendKind {
    /// All of them, in the order of preference on a machine with a graphics card.
    pub const ALL: [Self; 4] = [Self::Wgpu, Self::Ort, Self::Rten, Self::Reference];

    /// The name used on the command line and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wgpu => "wgpu",
            Self::Ort => "ort",
            Self::Rten => "rten",
            Self::Reference => "reference",
        }
    }
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BackendKind {
    type Err = UnknownBackend;

    fn from_str(text: &str) -> Result<Self, UnknownBackend> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| UnknownBackend { name: text.to_owned(), auto: false })
    }
}

/// Which backend the user wants.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum BackendChoice {
    /// The fastest that this machine has, see [`crate::load`].
    #[default]
    Auto,
    /// This one or an error.
    Only(BackendKind),
}

impl fmt::Display for BackendChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Only(kind) => kind.fmt(f),
        }
    }
}

impl FromStr for BackendChoice {
    type Err = UnknownBackend;

    fn from_str(text: &str) -> Result<Self, UnknownBackend> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        text.parse().map(Self::Only).map_err(|unknown| UnknownBackend { auto: true, ..unknown })
    }
}

/// A name that is no backend.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{name}` is no backend: use {}{}", if *auto { "auto, " } else { "" }, BackendKind::ALL.map(BackendKind::name).join(", "))]
pub struct UnknownBackend {
    /// What was given.
    pub name: String,
    /// Whether `auto` would have been right too.
    pub auto: bool,
}

/// Which graphics adapters may be used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum AdapterPreference {
    /// A hardware adapter, else a software one.
    #[default]
    Auto,
    /// Only a software adapter (tests).
    Software,
    /// Only a hardware adapter.
    Hardware,
}

/// How an executor is chosen and built.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The backend, or `auto`.
    pub backend: BackendChoice,
    /// The ONNX Runtime library from the settings; searched before every other place.
    pub ort_library: Option<PathBuf>,
    /// Which graphics adapters may be used.
    pub adapter: AdapterPreference,
    /// Most bytes of graphics memory that `wgpu` asks for; more is as if the driver had none left. None: until it says so.
    pub memory_limit: Option<u64>,
    /// `wgpu` stores the weights of convolutions with half precision (f32 is what is computed with): half the memory and
    /// traffic, and logits that differ in the third digit.
    pub half_weights: bool,
    /// Keep what does not depend on the inputs that changed (on). Off: every `run` is a whole run,
    /// which is what a comparison of bare networks wants.
    pub partial: bool,
    /// Threads of the CPU backends; 0: as many as there are cores.
    pub threads: usize,
    /// Where it is noted what is being tried with graphics drivers, so that a crash is known at the next start. None: nowhere.
    pub trials: Option<Trials>,
    /// A person asked for this backend just now: what ended an earlier process is tried again.
    pub insist: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            backend: BackendChoice::Auto,
            ort_library: None,
            adapter: AdapterPreference::Auto,
            memory_limit: None,
            half_weights: false,
            partial: true,
            threads: 0,
            trials: None,
            insist: false,
        }
    }
}

impl EngineOptions {
    /// The defaults with one backend and no other.
    #[must_use]
    pub fn only(kind: BackendKind) -> Self {
        Self { backend: BackendChoice::Only(kind), ..Self::default() }
    }
}

/// Name and shape of an input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpec {
    /// As in the ONNX file.
    pub name: String,
    /// NCHW, every extent known.
    pub shape: Vec<usize>,
}

impl TensorSpec {
    /// Number of elements.
    #[must_use]
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What runs, where, and why.
#[derive(Clone, Debug)]
pub struct ExecutorInfo {
    /// The executor.
    pub backend: BackendKind,
    /// Adapter name, or `ONNX Runtime 1.24.0 (/path/to/libonnxruntime.so)`.
    pub device: String,
    /// Why this one was chosen.
    pub reason: String,
    /// Bytes of the buffers for values between nodes (without weights; 0 where the backend does not tell).
    pub pool_bytes: u64,
}

/// A network at fixed input shapes, ready to run. Owned by one thread at a time.
pub trait Executor: Send {
    /// What runs, where, and why.
    fn info(&self) -> &ExecutorInfo;

    /// The inputs in the order of the ONNX file.
    fn inputs(&self) -> &[TensorSpec];

    /// The outputs in the order of the ONNX file.
    fn outputs(&self) -> &[TensorSpec];

    /// Copies `data` in and marks the input changed. Only nodes that depend on changed inputs run again in
    /// [`run`](Executor::run).
    ///
    /// # Errors
    /// [`EngineError::UnknownTensor`] or [`EngineError::ShapeMismatch`].
    fn set_input(&mut self, name: &str, data: &[f32]) -> Result<(), EngineError>;

    /// Runs what changed; computes at least the `wanted` outputs (an empty list: all of them).
    ///
    /// # Errors
    /// [`EngineError::NotReady`] if an input was never set, [`EngineError::UnknownTensor`], or what the backend says.
    fn run(&mut self, wanted: &[&str]) -> Result<(), EngineError>;

    /// Reads an output that the last [`run`](Executor::run) was asked for into `out` (resized only if its length differs: no
    /// allocation per click).
    ///
    /// # Errors
    /// [`EngineError::UnknownTensor`], [`EngineError::NotReady`] if the last run was not asked for it or an input was set since, or
    /// what the backend says.
    fn read_output(&mut self, name: &str, out: &mut Vec<f32>) -> Result<(), EngineError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for kind in BackendKind::ALL {
            assert_eq!(kind.to_string().parse::<BackendKind>().unwrap(), kind);
            assert_eq!(kind.to_string().parse::<BackendChoice>().unwrap(), BackendChoice::Only(kind));
        }
        assert_eq!("auto".parse::<BackendChoice>().unwrap(), BackendChoice::Auto);
        let error = "cuda".parse::<BackendChoice>().unwrap_err().to_string();
        assert!(error.contains("cuda") && error.contains("auto, wgpu"), "{error}");
    }
}
