//! `limn doctor`: what this machine has, what is chosen and why, and what to install.

use anyhow::Result;
use limn_inference::EngineOptions;
use limn_models::Registry;

use super::args::Common;
use super::engine::{self, engine_options};
use crate::cli::output::{complain, say};

/// Runs the command.
///
/// # Errors
/// Only if the built-in model is broken.
pub fn run(common: &Common) -> Result<()> {
    // Looks at what a start would do, whatever was asked for.
    let options = EngineOptions { insist: false, ..engine_options(common) };
    if limn_inference::measured::is_wanted(&options) {
        let (card, weights) = engine::load_model(common)?;
        if !common.quiet {
            complain!("limn: measuring which backend is the fastest here (once) ...");
        }
        if let Err(error) = limn_models::Segmenter::measure(&weights, &card, &options) {
            complain!("limn: the backends could not be measured: {error}");
        }
    }
    let survey = limn_inference::survey(&options);
    say!("limn {} ({} {})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    say!("cores: {}", std::thread::available_parallelism().map_or(1, usize::from));

    say!("\nadapters (wgpu):");
    for (n, adapter) in survey.adapters.iter().enumerate() {
        let mark = if survey.chosen_adapter == Some(n) { '*' } else { ' ' };
        say!("{mark} {} ({:?}, {}, {})", adapter.name, adapter.kind, adapter.api, adapter.driver);
    }
    if survey.adapters.is_empty() {
        say!(
            "  none; install a graphics driver, or for a software one: apt-get install mesa-vulkan-drivers libvulkan1"
        );
    }

    for failure in &survey.failures {
        let used = if survey.left_out.contains(failure) { "not used" } else { "known" };
        say!("  {used}: {failure}");
    }

    say!("\nONNX Runtime libraries:");
    for library in &survey.ort_libraries {
        let mark = if library.used { '*' } else { ' ' };
        say!("{mark} {} {} ({})", library.version, library.path.display(), library.origin);
    }
    for place in &survey.ort_looked_in {
        say!("  not in {place}");
    }
    if let Some(error) = &survey.ort_error {
        say!("  {error}");
        say!("  to have it: pip install onnxruntime, or set ORT_DYLIB_PATH to the library");
    }

    say!("\nmodels:");
    let mut registry = Registry::load(&crate::engine::user_model_dirs())?;
    if let Some(path) = common.model.as_deref().filter(|name| name.ends_with(".toml")) {
        registry.add(std::path::Path::new(path))?;
    }
    let chosen = registry.get(common.model.as_deref()).ok().map(|card| card.name.clone());
    for card in registry.cards() {
        let mark = if chosen.as_deref() == Some(&card.name)
            || card.path.as_deref().and_then(|p| p.to_str()) == common.model.as_deref() && common.model.is_some()
        {
            '*'
        } else {
            ' '
        };
        let sum = match registry.weights(card) {
            Ok(bytes) => format!("{} bytes, sha256 {} checked", bytes.len(), &card.sha256[..12]),
            Err(error) => error.to_string(),
        };
        let place = card.path.as_ref().map_or_else(|| "built in".to_owned(), |p| p.display().to_string());
        say!("{mark} {} ({place}): {}x{}, {sum}", card.name, card.input.size, card.input.size);
    }
    for problem in registry.problems() {
        say!("  {problem}");
    }
    for folder in registry.folders().iter().filter(|folder| !folder.is_dir()) {
        say!("  not in {}", folder.display());
    }

    say!("\nchosen: {}, because: {}", survey.backend, survey.reason);
    Ok(())
}
