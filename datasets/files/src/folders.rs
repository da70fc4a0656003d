//! Where this user's data, settings and cache lie. The program asks once and tells its libraries.

use std::ffi::OsString;
use std::path::PathBuf;

/// The folders of this user; `None` where the system does not say. None of them need exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// Models, learned state, copies of projects.
    pub data: Option<PathBuf>,
    /// Settings.
    pub config: Option<PathBuf>,
    /// What can be made again.
    pub cache: Option<PathBuf>,
}

impl Folders {
    /// Reads them from an environment: `|name| std::env::var_os(name)` in the program, a table in a test.
    /// `LIMN_DATA_DIR`, if set, is the data folder and holds the two others (`config`, `cache`), so that one variable
    /// moves everything. Values that are not absolute are passed over.
    ///
    /// ```
    /// let home = |name: &str| (name == "HOME").then(|| std::env::temp_dir().into_os_string());
    /// let folders = limn_files::Folders::from_environment(home);
    /// assert!(folders.data.is_some_and(|data| data.starts_with(std::env::temp_dir())) || cfg!(windows));
    /// ```
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = |name: &str| set(name).filter(|path| path.is_absolute());
        if let Some(data) = set("LIMN_DATA_DIR") {
            // Named by the person, so it may be relative to where the program was started.
            let data = std::path::absolute(&data).unwrap_or(data);
            return Self { config: Some(data.join("config")), cache: Some(data.join("cache")), data: Some(data) };
        }
        let home = || folder("HOME").or_else(|| folder("USERPROFILE"));
        let below_home = |place: &str| home().map(|home| home.join(place));
        let (data, config, cache) = if cfg!(windows) {
            (folder("APPDATA"), folder("APPDATA"), folder("LOCALAPPDATA"))
        } else if cfg!(target_os = "macos") {
            let support = below_home("Library/Application Support");
            (support.clone(), support, below_home("Library/Caches"))
        } else {
            (
                folder("XDG_DATA_HOME").or_else(|| below_home(".local/share")),
                folder("XDG_CONFIG_HOME").or_else(|| below_home(".config")),
                folder("XDG_CACHE_HOME").or_else(|| below_home(".cache")),
            )
        };
        let ours = |base: Option<PathBuf>| base.map(|base| base.join("limn"));
        Self { data: ours(data), config: ours(config), cache: ours(cache) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(table: &[(&str, &str)]) -> Folders {
        let table: std::collections::HashMap<String, OsString> =
            table.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
        Folders::from_environment(|name| table.get(name).cloned())
    }

    #[test]
    fn one_variable_moves_everything() {
        let folders = from(&[("LIMN_DATA_DIR", "/d"), ("HOME", "/h"), ("XDG_DATA_HOME", "/x")]);
        assert_eq!(folders.data, Some("/d".into()));
        assert_eq!((folders.config, folders.cache), (Some("/d/config".into()), Some("/d/cache".into())));
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn as_the_desktop_says() {
        let folders = from(&[("HOME", "/h"), ("XDG_DATA_HOME", "relative"), ("XDG_CACHE_HOME", "/c")]);
        assert_eq!(folders.data, Some("/h/.local/share/limn".into()));
        assert_eq!((folders.config, folders.cache), (Some("/h/.config/limn".into()), Some("/c/limn".into())));
        assert_eq!(from(&[("HOME", "")]), Folders::default());
    }
}
