//! What Limn and its tests need on a machine: found, or installed where that is possible without asking.
//!
//! * a Vulkan driver: Debian's `mesa-vulkan-drivers` (software) where the machine has none at all;
//! * the ONNX Runtime library, out of its Python package;
//! * Python readers that check our exports (tests only);
//! * a screen without a display for the real window, with the libraries that a window loads, and `strace` (tests only).
//!
//! Python packages go into a virtual environment under cargo's target folder; nothing else of the machine is changed,
//! but that Debian packages are installed with apt-get when running as root.

use crate::shell::{root, run, succeeds, target};
use anyhow::{Context as _, Result, bail};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What was found or fetched.
pub struct Tools {
    /// Folder of the virtual environment's programs.
    python_bin: PathBuf,
    /// The ONNX Runtime library.
    onnx_runtime: PathBuf,
}

impl Tools {
    /// Makes `command` see the tools: `python3` of the environment first on the path, the library by its variable.
    pub fn equip(&self, command: &mut Command) {
        let mut path = self.python_bin.clone().into_os_string();
        if let Some(old) = std::env::var_os("PATH") {
            path.push(if cfg!(windows) { ";" } else { ":" });
            path.push(old);
        }
        command.env("PATH", path);
        if std::env::var_os("ORT_DYLIB_PATH").is_none() {
            command.env("ORT_DYLIB_PATH", &self.onnx_runtime);
        }
        command.env("ORT_DISABLE_TELEMETRY", "1");
        // Without it the Vulkan loader fills the output of the tests with complaints.
        let valid = std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).is_dir());
        let folder = self.python_bin.join("../../runtime");
        if cfg!(target_os = "linux") && !valid && std::fs::create_dir_all(&folder).is_ok() {
            command.env("XDG_RUNTIME_DIR", folder.canonicalize().unwrap_or(folder));
        }
    }
}

impl fmt::Display for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Python tools: {}\nONNX Runtime: {}", self.python_bin.display(), self.onnx_runtime.display())
    }
}

/// Everything for running the tests.
///
/// # Errors
/// One line that says what is missing and the command that installs it.
pub fn everything() -> Result<Tools> {
    vulkan()?;
    screen()?;
    python_environment(&["-r", &root().join("tests/requirements.txt").to_string_lossy()], "all")
}

/// Everything for running the program: as [`everything`], without the Python readers.
///
/// # Errors
/// As [`everything`].
pub fn program() -> Result<Tools> {
    vulkan()?;
    let wanted = std::fs::read_to_string(root().join("tests/requirements.txt"))?;
    let runtime = wanted
        .lines()
        .find(|line| line.starts_with("onnxruntime=="))
        .context("tests/requirements.txt names no onnxruntime")?;
    python_environment(&["--no-deps", runtime], "program")
}

/// A Vulkan driver of any kind; on Linux without one, Mesa's software driver.
fn vulkan() -> Result<()> {
    if !cfg!(target_os = "linux") || vulkan_driver_present() {
        return Ok(());
    }
    debian_packages(&["mesa-vulkan-drivers", "libvulkan1"], "a Vulkan driver")?;
    if vulkan_driver_present() {
        return Ok(());
    }
    bail!("no Vulkan driver after installing mesa-vulkan-drivers: look into /usr/share/vulkan/icd.d")
}

fn vulkan_driver_present() -> bool {
    if std::env::var_os("VK_ICD_FILENAMES").is_some() || std::env::var_os("VK_DRIVER_FILES").is_some() {
        return true;
    }
    let loader = library_present("libvulkan.so.1");
    let driver = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"]
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .any(|mut entries| entries.next().is_some());
    loader && driver
}

/// What the tests of the real window and of the system's calls start: on Linux, where a window needs no display of a person.
fn screen() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let missing: Vec<&str> = TEST_PACKAGES
        .iter()
        .filter(|(what, _)| !if what.contains(".so") { library_present(what) } else { on_path(what) })
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() { Ok(()) } else { debian_packages(&missing, "what the tests of the real window need") }
}

/// A program or a library that a window loads when it runs, and the Debian package that brings it.
const TEST_PACKAGES: &[(&str, &str)] = &[
    ("Xvfb", "xvfb"),
    ("strace", "strace"),
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libXrandr.so.2", "libxrandr2"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
];

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn library_present(name: &str) -> bool {
    LIBRARY_FOLDERS.iter().any(|folder| Path::new(folder).join(name).exists())
}

const LIBRARY_FOLDERS: [&str; 4] =
    ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];

/// Installs Debian packages as root, or says in one line what to type.
fn debian_packages(packages: &[&str], purpose: &str) -> Result<()> {
    let by_hand = format!("{purpose} is missing; install it with: sudo apt-get install {}", packages.join(" "));
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    if !is_root || !succeeds(Command::new("apt-get").arg("--version")) {
        bail!(by_hand);
    }
    eprintln!("xtask: installing {} ({purpose})", packages.join(" "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-y"]).args(arguments);
        command
    };
    run(&mut apt(&["update"])).with_context(|| by_hand.clone())?;
    run(apt(&["install", "--no-install-recommends"]).args(packages)).with_context(|| by_hand.clone())
}

/// A virtual environment with `wanted` installed, made anew only when the requirements changed.
fn python_environment(wanted: &[&str], name: &str) -> Result<Tools> {
    let environment = target().join("setup").join("python");
    let python_bin = environment.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = python_bin.join(if cfg!(windows) { "python.exe" } else { "python3" });
    let stamp = environment.join(format!("installed-{name}.txt"));
    let requirements = std::fs::read_to_string(root().join("tests/requirements.txt"))?;

    if !python.exists() {
        let make = |python: &str| succeeds(Command::new(python).args(["-m", "venv"]).arg(&environment));
        if !(make("python3") || cfg!(windows) && make("python")) {
            debian_packages(&["python3", "python3-venv", "python3-pip"], "Python 3 with its venv module")?;
            run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        }
    }
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(&requirements) {
        eprintln!("xtask: fetching Python packages into {}", environment.display());
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(wanted))
        .context("cannot fetch the Python packages of tests/requirements.txt; is the package index reachable?")?;
        std::fs::write(&stamp, &requirements)?;
    }
    let onnx_runtime = find_onnx_runtime(&environment)
        .with_context(|| format!("the onnxruntime package under {} holds no library", environment.display()))?;
    Ok(Tools { python_bin, onnx_runtime })
}

/// `.../site-packages/onnxruntime/capi/libonnxruntime.so.*` (or its name on the other systems).
fn find_onnx_runtime(environment: &Path) -> Option<PathBuf> {
    let mut packages: Vec<PathBuf> = vec![environment.join("Lib/site-packages")];
    for entry in std::fs::read_dir(environment.join("lib")).into_iter().flatten().flatten() {
        packages.push(entry.path().join("site-packages"));
    }
    let mut found: Vec<PathBuf> = packages
        .iter()
        .filter_map(|folder| std::fs::read_dir(folder.join("onnxruntime/capi")).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libonnxruntime.so")
                || name == "onnxruntime.dll"
                || name.starts_with("libonnxruntime.") && name.ends_with(".dylib")
        })
        .collect();
    found.sort();
    found.into_iter().next()
}
