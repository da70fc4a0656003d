//! `cargo xtask run`: build Limn, lay out the sample data set, open it; without a display, the same job on the command line.

use crate::setup;
use crate::shell::{root, run, target};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds and runs; what follows `--` goes to `limn` in place of the sample data set.
///
/// # Errors
/// Set-up, build or one of Limn's steps failed.
pub fn run_samples(arguments: &[String]) -> Result<()> {
    let (own, theirs) = match arguments.iter().position(|argument| argument == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (arguments, &[][..]),
    };
    let release = own.iter().any(|argument| argument == "--release");
    let tools = setup::program()?;
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["build", "--locked", "--package", "limn"]);
    if release {
        cargo.arg("--release");
    }
    run(&mut cargo)?;
    let binary =
        target().join(if release { "release" } else { "debug" }).join(if cfg!(windows) { "limn.exe" } else { "limn" });
    let limn = |arguments: &[&str]| {
        let mut command = Command::new(&binary);
        command.args(arguments);
        tools.equip(&mut command);
        command
    };
    if !theirs.is_empty() {
        return run(limn(&[]).args(theirs));
    }

    let samples = Samples::lay_out(&limn)?;
    if display_present() {
        println!("Opening {}", samples.project.display());
        run(limn(&[]).arg(&samples.project))
    } else {
        println!("No display: segmenting the samples on the command line.");
        samples.segment_and_export(&limn)
    }
}

fn display_present() -> bool {
    cfg!(any(windows, target_os = "macos"))
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// A working copy of `assets/samples`, so that trying things out changes nothing in the source tree.
struct Samples {
    folder: PathBuf,
    project: PathBuf,
}

impl Samples {
    /// Copies what is not there yet and makes the project with its finished objects once.
    fn lay_out(limn: &dyn Fn(&[&str]) -> Command) -> Result<Self> {
        let source = root().join("assets/samples");
        let folder = target().join("samples");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        for entry in std::fs::read_dir(&source).with_context(|| format!("cannot read {}", source.display()))? {
            let path = entry?.path();
            let is_picture = path.extension().is_some_and(|extension| extension == "png" || extension == "jpg");
            let copy = folder.join(path.file_name().unwrap_or_default());
            if is_picture && !copy.exists() {
                std::fs::copy(&path, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
            }
        }
        let project = folder.join("samples.limn");
        if !project.exists() {
            let finished = format!("coco:{}", source.join("finished.json").display());
            run(limn(&["import"]).arg(&project).args(["--from", &finished, "--images"]).arg(&folder))?;
        }
        Ok(Self { folder, project })
    }

    /// Clicks of `clicks.txt` -> masks -> project -> COCO and VOC, each verified.
    fn segment_and_export(&self, limn: &dyn Fn(&[&str]) -> Command) -> Result<()> {
        let masks = target().join("samples-masks");
        remade(&masks)?;
        let list = std::fs::read_to_string(root().join("assets/samples/clicks.txt"))?;
        for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut words = line.split_whitespace();
            let (Some(picture), clicks) = (words.next(), words) else { continue };
            let mut command = limn(&["segment"]);
            command.arg(self.folder.join(picture));
            for click in clicks {
                command.args(["--click", click]);
            }
            run(command.arg("--out").arg(masks.join(Path::new(picture).with_extension("png"))))?;
        }
        let import = format!("masks:{}", masks.display());
        run(limn(&["import"]).arg(&self.project).args(["--from", &import, "--images"]).arg(&self.folder))?;
        let exports = target().join("samples-exports");
        remade(&exports)?;
        for format in [
            format!("coco:{}", exports.join("annotations.json").display()),
            format!("voc:{}", exports.join("VOC").display()),
        ] {
            run(limn(&["export"]).arg(&self.project).args(["--to", &format]))?;
            run(limn(&["verify", &format, "--images"]).arg(&self.folder))?;
        }
        println!("COCO and VOC are in {}", exports.display());
        Ok(())
    }
}

/// An empty folder at `path`.
fn remade(path: &Path) -> Result<()> {
    if path.exists() {
        std::fs::remove_dir_all(path).with_context(|| format!("cannot clear {}", path.display()))?;
    }
    std::fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))
}
