//! Where the ONNX Runtime library may lie, and loading it.
//!
//! A process holds one library: the first that loads stays, whatever is asked for later.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::logging::LogLevel;

use super::{NO_TELEMETRY, failed};
use crate::EngineError;

/// A place where the library is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// Who named the place: `settings`, `ORT_DYLIB_PATH`, `beside the program`, ...
    pub origin: &'static str,
}

/// The library of this process.
#[derive(Clone)]
pub struct Library {
    /// Sessions are made from it.
    pub environment: Environment,
    /// The file.
    pub path: PathBuf,
    /// E.g. `1.24.0`; from the names of files, the library itself does not tell.
    pub version: String,
    /// Who named the place.
    pub origin: &'static str,
}

impl Library {
    /// One line for people: `ONNX Runtime 1.24.0 (/path)`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("ONNX Runtime {} ({})", self.version, self.path.display())
    }
}

static LOADED: Mutex<Option<Library>> = Mutex::new(None);

/// Loads the first library that works, or returns the one loaded before.
///
/// # Errors
/// [`EngineError::Telemetry`] where the environment would let the library send data, [`EngineError::NoOrtLibrary`] with every
/// place tried and what was wrong there.
pub fn load(from_settings: Option<&Path>) -> Result<Library, EngineError> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = loaded.as_ref() {
        return Ok(library.clone());
    }
    if !is_silent(env::var_os(NO_TELEMETRY).as_deref()) {
        return Err(EngineError::Telemetry);
    }
    let (candidates, mut looked_in) = search(from_settings);
    for candidate in candidates {
        // `init_from` comes before any other use of ort: everything else panics without a library.
        match ort::init_from(&candidate.path) {
            Ok(builder) => {
                // Threads that spin after a run take a core from the resampling of the next click: on two cores that costs
                // more than the quicker start of the next run gains.
                let threads = GlobalThreadPoolOptions::default()
                    .with_intra_threads(cores())
                    .and_then(|threads| threads.with_spin_control(false))
                    .map_err(|error| failed(&error))?;
                let environment = builder
                    .with_name("limn")
                    .with_telemetry(false)
                    .with_logger(Arc::new(log))
                    .with_global_thread_pool(threads)
                    .build()
                    .map_err(|error| failed(&error))?;
                let library = Library {
                    environment,
                    version: version_of(&candidate.path),
                    path: candidate.path,
                    origin: candidate.origin,
                };
                *loaded = Some(library.clone());
                return Ok(library);
            }
            Err(error) => {
                tracing::info!("{}: {error}", candidate.path.display());
                looked_in.push(format!("{} ({error})", candidate.path.display()));
            }
        }
    }
    Err(EngineError::NoOrtLibrary { looked_in })
}

/// Whether a value of [`NO_TELEMETRY`] keeps the library silent.
fn is_silent(value: Option<&OsStr>) -> bool {
    value.is_some_and(|value| value == "1")
}

/// What the library has to say goes to our log: it is for who asks for it, not for the terminal.
fn log(level: LogLevel, _category: &str, _id: &str, place: &str, message: &str) {
    match level {
        LogLevel::Verbose => tracing::trace!("ONNX Runtime, {place}: {message}"),
        LogLevel::Info => tracing::debug!("ONNX Runtime, {place}: {message}"),
        LogLevel::Warning => tracing::info!("ONNX Runtime, {place}: {message}"),
        LogLevel::Error | LogLevel::Fatal => tracing::warn!("ONNX Runtime, {place}: {message}"),
    }
}

/// Number of threads ONNX Runtime works with.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The files there are, in the order of preference, and the places where nothing lies.
#[must_use]
pub fn search(from_settings: Option<&Path>) -> (Vec<Candidate>, Vec<String>) {
    let mut found = Vec::new();
    let mut empty = Vec::new();
    let mut look = |place: &Path, origin: &'static str| {
        let files = libraries_at(place);
        if files.is_empty() {
            empty.push(format!("{} ({origin})", place.display()));
        }
        for path in files {
            let candidate = Candidate { path, origin };
            if !found.iter().any(|other: &Candidate| other.path == candidate.path) {
                found.push(candidate);
            }
        }
    };
    if let Some(path) = from_settings {
        look(path, "settings");
    }
    if let Some(path) = env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        look(Path::new(&path), "ORT_DYLIB_PATH");
    }
    if let Some(folder) = env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned)) {
        look(&folder, "beside the program");
        look(&folder.join("lib"), "beside the program");
    }
    if let Some(folder) = data_folder() {
        look(&folder, "user data folder");
    }
    for prefix in python_prefixes() {
        for packages in site_packages(&prefix) {
            let folder = packages.join("onnxruntime").join("capi");
            if folder.is_dir() {
                look(&folder, "Python environment");
            }
        }
    }
    empty.push("the onnxruntime package of every Python environment on PATH".to_owned());
    (found, empty)
}

/// A file as it is; in a folder every file named like the library, the plain name first.
fn libraries_at(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let Ok(entries) = place.read_dir() else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(is_library_name) && path.is_file())
        .collect();
    files.sort();
    files
}

/// `libonnxruntime.so`, `libonnxruntime.so.1.24.0`, `libonnxruntime.1.24.0.dylib`, `onnxruntime.dll`; not the
/// libraries of execution providers.
fn is_library_name(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    name == "onnxruntime.dll"
        || name == "libonnxruntime.so"
        || name.starts_with("libonnxruntime.so.")
        || name == "libonnxruntime.dylib"
        || (name.starts_with("libonnxruntime.") && name.ends_with(".dylib"))
}

/// `limn` in the user's data folder of this system.
fn data_folder() -> Option<PathBuf> {
    let home = || env::var_os("HOME").map(PathBuf::from);
    let folder = if cfg!(windows) {
        env::var_os("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library").join("Application Support"))
    } else {
        env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| home().map(|home| home.join(".local").join("share")))
    };
    folder.map(|folder| folder.join("limn"))
}

/// Roots of Python installations: the active environment, those of the interpreters on `PATH`, pyenv's versions,
/// packages installed for the user.
fn python_prefixes() -> Vec<PathBuf> {
    let mut prefixes: Vec<PathBuf> =
        ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().filter_map(env::var_os).map(PathBuf::from).collect();
    let path = env::var_os("PATH").unwrap_or_default();
    for folder in env::split_paths(&path) {
        if ["python3", "python", "python.exe"].iter().any(|name| folder.join(name).is_file()) {
            // <prefix>/bin/python3; on Windows <prefix>\python.exe; pyenv: <root>/shims/python3.
            prefixes.extend(folder.parent().map(Path::to_owned));
            if cfg!(windows) {
                prefixes.push(folder);
            }
        }
    }
    let home = env::var_os("HOME").map(PathBuf::from);
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(|| home.as_ref().map(|home| home.join(".pyenv")));
    let roots: Vec<PathBuf> = prefixes.iter().cloned().chain(pyenv).collect();
    for root in roots {
        prefixes.extend(sorted_folders(&root.join("versions")).into_iter().rev());
    }
    prefixes.extend(home.map(|home| home.join(".local")));
    let mut unique = Vec::new();
    for prefix in prefixes {
        if !unique.contains(&prefix) {
            unique.push(prefix);
        }
    }
    unique
}

/// The package folders of one installation, the newest Python first.
fn site_packages(prefix: &Path) -> Vec<PathBuf> {
    let mut folders = vec![prefix.join("Lib").join("site-packages")];
    for lib in ["lib", "lib64"] {
        for python in sorted_folders(&prefix.join(lib)).into_iter().rev() {
            if python.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("python3")) {
                folders.push(python.join("site-packages"));
                folders.push(python.join("dist-packages"));
            }
        }
    }
    folders
}

fn sorted_folders(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = parent.read_dir() else { return Vec::new() };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// From `libonnxruntime.so.1.24.0`, else from the package's `onnxruntime-1.24.0.dist-info` two folders up.
pub(crate) fn version_of(path: &Path) -> String {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let digits = |text: &str| {
        let text = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let version = text[..end].trim_matches('.');
        (version.matches('.').count() >= 1).then(|| version.to_owned())
    };
    let from_name = real.file_name().and_then(OsStr::to_str).and_then(digits);
    let from_package = || {
        let packages = real.parent()?.parent()?.parent()?;
        sorted_folders(packages).iter().rev().find_map(|folder| {
            let name = folder.file_name()?.to_str()?;
            let version = name.strip_prefix("onnxruntime")?.strip_suffix(".dist-info")?;
            digits(version)
        })
    };
    from_name.or_else(from_package).unwrap_or_else(|| "of unknown version".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_library_but_not_of_its_providers() {
        for name in ["libonnxruntime.so", "libonnxruntime.so.1.24.0", "libonnxruntime.1.24.0.dylib"] {
            assert!(is_library_name(OsStr::new(name)), "{name}");
        }
        for name in ["libonnxruntime_providers_shared.so", "onnxruntime_pybind11_state.so", "x.so"] {
            assert!(!is_library_name(OsStr::new(name)), "{name}");
        }
    }

    /// This test again, in a process whose environment says nothing.
    #[test]
    fn without_the_word_of_the_environment_nothing_is_loaded() {
        const AGAIN: &str = "LIMN_TEST_TELEMETRY";
        if env::var_os(AGAIN).is_some() {
            assert!(matches!(load(None), Err(EngineError::Telemetry)));
            return;
        }
        let name = "onnxruntime::library::tests::without_the_word_of_the_environment_nothing_is_loaded";
        let mut again = std::process::Command::new(env::current_exe().unwrap());
        let output = again.args(["--exact", name]).env(AGAIN, "1").env_remove(NO_TELEMETRY).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    #[test]
    fn only_a_clear_no_keeps_the_library_silent() {
        assert!(is_silent(Some(OsStr::new("1"))));
        for value in [None, Some(""), Some("0"), Some("yes")] {
            assert!(!is_silent(value.map(OsStr::new)), "{value:?}");
        }
    }

    #[test]
    fn version_comes_from_the_file_name() {
        assert_eq!(version_of(Path::new("/nowhere/libonnxruntime.so.1.24.3")), "1.24.3");
        assert_eq!(version_of(Path::new("/nowhere/libonnxruntime.so")), "of unknown version");
    }

    #[test]
    fn settings_come_first_and_missing_places_are_named() {
        let folder = std::env::temp_dir().join(format!("limn-library-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("libonnxruntime.so");
        std::fs::write(&file, b"not a library").unwrap();
        let (found, _) = search(Some(&folder));
        assert_eq!(found[0], Candidate { path: file, origin: "settings" });
        let (_, empty) = search(Some(Path::new("/nowhere/at/all.so")));
        assert!(empty[0].contains("/nowhere/at/all.so"), "{empty:?}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
