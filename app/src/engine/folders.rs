//! The folders of this user that belong to engines.

use std::path::PathBuf;

use limn_inference::trials::Trials;

/// Where a person may put cards and weights of other models.
pub fn user_model_dirs() -> Vec<PathBuf> {
    eframe::storage_dir("limn").map(|dir| dir.join("models")).filter(|dir| dir.is_dir()).into_iter().collect()
}

/// Where it is noted for this user what is being tried with graphics drivers.
pub fn user_trials() -> Option<Trials> {
    eframe::storage_dir("limn").map(|dir| Trials::in_folder(dir.join("trials")))
}
