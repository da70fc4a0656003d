//! Everything that was found on this machine, for `limn doctor`.

use std::path::PathBuf;

use super::adapters::{self, Adapter};
use super::{left_out, preference};
use crate::executor::{BackendChoice, BackendKind, EngineOptions};
use crate::onnxruntime::library;
use crate::trials::Failure;

/// An ONNX Runtime library that lies somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrtFinding {
    /// The file.
    pub path: PathBuf,
    /// Who named the place: `settings`, `ORT_DYLIB_PATH`, `beside the program`, `Python environment`, ...
    pub origin: String,
    /// From the names of files.
    pub version: String,
    /// Whether it is the one in use.
    pub used: bool,
}

/// What there is and what is chosen.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Every graphics adapter.
    pub adapters: Vec<Adapter>,
    /// Index of the adapter that `wgpu` would use.
    pub chosen_adapter: Option<usize>,
    /// Every ONNX Runtime library found.
    pub ort_libraries: Vec<OrtFinding>,
    /// Places where none lies.
    pub ort_looked_in: Vec<String>,
    /// Why no library is in use, if none is.
    pub ort_error: Option<String>,
    /// What ended earlier processes and is not used for that reason.
    pub left_out: Vec<Failure>,
    /// Every failure that is remembered, the window's among them.
    pub failures: Vec<Failure>,
    /// The backend that a network would run on.
    pub backend: BackendKind,
    /// Why.
    pub reason: String,
}

/// Looks at adapters and libraries. Loads the ONNX Runtime library, as the first use would.
#[must_use]
pub fn survey(options: &EngineOptions) -> Survey {
    let adapters = adapters::all(options).adapters.clone();
    let chosen = adapters::usable(options).first().copied();
    let chosen_adapter = chosen.and_then(|chosen| adapters.iter().position(|adapter| adapter == chosen));
    let (candidates, ort_looked_in) = library::search(options.ort_library.as_deref());
    let loaded = library::load(options.ort_library.as_deref());
    let used = loaded.as_ref().ok().map(|library| library.path.clone());
    let ort_libraries = candidates
        .into_iter()
        .map(|candidate| OrtFinding {
            version: library::version_of(&candidate.path),
            used: used.as_ref() == Some(&candidate.path),
            path: candidate.path,
            origin: candidate.origin.to_owned(),
        })
        .collect();
    let (backend, reason) = match options.backend {
        BackendChoice::Only(kind) => (kind, "asked for".to_owned()),
        BackendChoice::Auto => {
            let (order, reason) = preference(options);
            (order.first().copied().unwrap_or(BackendKind::Reference), reason)
        }
    };
    Survey {
        adapters,
        chosen_adapter,
        ort_libraries,
        ort_looked_in,
        ort_error: loaded.err().map(|error| error.to_string()),
        left_out: left_out(options),
        failures: options.trials.as_ref().map(crate::trials::Trials::failures).unwrap_or_default(),
        backend,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_survey_names_what_is_used() {
        let survey = survey(&EngineOptions::default());
        assert!(!survey.reason.is_empty());
        let used = survey.ort_libraries.iter().filter(|library| library.used).count();
        assert_eq!(used, usize::from(survey.ort_error.is_none()));
    }
}
