//! A folder of its own for each case, with a home, a data folder and a temporary folder inside, all empty.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::call::Call;
use crate::program;

/// A folder that goes away with the case.
pub struct Folder {
    dir: tempfile::TempDir,
}

/// What the program finds as its home; nothing of the person who runs the tests is read or written.
const HOMES: [(&str, &str); 7] = [
    ("HOME", "home"),
    ("TMPDIR", "tmp"),
    ("XDG_RUNTIME_DIR", "tmp"),
    ("XDG_DATA_HOME", "data"),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_STATE_HOME", "state"),
];

/// What a person's environment would change in what the program does.
const FOREIGN: [&str; 8] = [
    "RUST_LOG",
    "LIMN_DATA_DIR",
    "LIMN_MODELS",
    "LIMN_BINARY",
    "LP_NATIVE_VECTOR_WIDTH",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "ORT_DISABLE_TELEMETRY",
];

impl Folder {
    /// An empty one.
    ///
    /// # Panics
    /// If it cannot be made.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("limn-case-").tempdir().unwrap_or_else(|error| panic!("{error}"));
        for (_, name) in HOMES {
            let path = dir.path().join(name);
            if let Err(error) = std::fs::create_dir_all(&path).and_then(|()| private(&path)) {
                panic!("{}: {error}", path.display());
            }
        }
        Self { dir }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// What lies in it under that name.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The program with arguments, to be run here under limits; see [`crate::limn!`].
    pub fn limn(&self, arguments: Vec<OsString>) -> Call {
        self.run_other(program::binary(), arguments)
    }

    /// Another program, in the same surroundings.
    pub fn run_other(&self, program: &Path, arguments: Vec<OsString>) -> Call {
        let mut call = Call::new(program.as_os_str(), arguments, self.path());
        for (name, value) in self.environment() {
            call = match value {
                Some(value) => call.env(name, value),
                None => call.without(name),
            };
        }
        call
    }

    /// What is set and what is taken away in the environment of the program.
    pub fn environment(&self) -> Vec<(&'static str, Option<OsString>)> {
        let mut all: Vec<_> = FOREIGN.iter().map(|name| (*name, None)).collect();
        all.extend(HOMES.iter().map(|(name, folder)| (*name, Some(self.join(folder).into_os_string()))));
        all.push(("RUST_BACKTRACE", Some(OsStr::new("0").into())));
        all
    }

    /// Every file below `name`, as paths relative to this folder, sorted; links are not followed.
    pub fn files_below(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.join(name)];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    open.push(entry.path());
                } else if let Ok(path) = entry.path().strip_prefix(self.path()) {
                    found.push(path.to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }
}

/// As the system makes a runtime folder: of its owner only.
#[cfg(unix)]
fn private(path: &Path) -> std::io::Result<()> {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))
}

#[cfg(not(unix))]
fn private(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// `limn!(folder; "check", &path)`: a [`Call`] of the program in the folder.
#[macro_export]
macro_rules! limn {
    ($folder:expr; $($argument:expr),* $(,)?) => {
        $folder.limn(vec![$(std::ffi::OsString::from($argument)),*])
    };
}
