//! The folders of this user that belong to engines and to the pictures they read.

use std::path::PathBuf;
use std::sync::Arc;

use limn_datasets::media::TileCache;
use limn_inference::trials::Trials;

/// Where a person may put cards and weights of other models.
pub fn user_model_dirs() -> Vec<PathBuf> {
    eframe::storage_dir("limn").map(|dir| dir.join("models")).filter(|dir| dir.is_dir()).into_iter().collect()
}

/// Where it is noted for this user what is being tried with graphics drivers.
pub fn user_trials() -> Option<Trials> {
    eframe::storage_dir("limn").map(|dir| Trials::in_folder(dir.join("trials")))
}

/// What was read of pictures that do not lie in memory, with this user's cache folder for what does not fit there: the system's
/// place for short-lived files is often memory itself.
pub fn tile_cache() -> Arc<TileCache> {
    TileCache::with_scratch(TileCache::USUAL_BYTES, cache_folder())
}

fn cache_folder() -> Option<PathBuf> {
    let cache = limn_files::Folders::from_environment(|name| std::env::var_os(name)).cache?;
    limn_files::Beneath::make(&cache).map_err(|error| tracing::warn!("no cache folder: {error}")).ok()?;
    Some(cache)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_memory_goes_to_the_cache_folder_of_the_user() {
        let named = limn_files::Folders::from_environment(|name| std::env::var_os(name)).cache;
        assert_eq!(cache_folder(), named.filter(|folder| folder.is_dir()));
    }
}
