//! Paths as they are stored: relative, with `/`, the same on every system.

use std::path::{Component, Path, PathBuf};

/// `to` as seen from the folder `from`, with `/`; both absolute. `None` if there is no such way (another drive) or a
/// name is not Unicode.
pub(crate) fn relative(from: &Path, to: &Path) -> Option<String> {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return None;
    }
    let up = std::iter::repeat_n("..", from.len() - common);
    let down = to[common..].iter().map(|part| part.as_os_str().to_str());
    let parts: Vec<&str> = up.map(Some).chain(down).collect::<Option<_>>()?;
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// A relative path with `/`; `None` if a name is not Unicode.
pub(crate) fn slashed(relative: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = relative.iter().map(std::ffi::OsStr::to_str).collect();
    parts.map(|parts| parts.join("/"))
}

/// A stored path below (or beside) `root`.
pub(crate) fn resolve(root: &Path, stored: &str) -> PathBuf {
    normal(&root.join(stored))
}

/// Without `.` and, where possible, without `..`; does not look at the disk.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The absolute form, following links where the path exists.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).map_or_else(|_| path.to_path_buf(), |p| normal(&p))
}

/// Where this user's programs keep their data; `LIMN_DATA_DIR` overrides it.
pub(crate) fn user_data_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || variable("HOME").or_else(|| variable("USERPROFILE"));
    if let Some(folder) = variable("LIMN_DATA_DIR") {
        return Some(folder);
    }
    let base = if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| home().map(|home| home.join(".local/share")))
    };
    base.map(|base| base.join("limn"))
}

/// A short, stable fingerprint of a path (FNV-1a), to tell folders of one name apart.
pub(crate) fn fingerprint(path: &Path) -> u32 {
    let hash = path
        .to_string_lossy()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_and_back() {
        let root = Path::new("/data/sets");
        for (to, stored) in [("/data/sets/a b/ü.png", "a b/ü.png"), ("/data/x.png", "../x.png"), ("/data/sets", ".")]
        {
            assert_eq!(relative(root, Path::new(to)).as_deref(), Some(stored));
            assert_eq!(resolve(root, stored), Path::new(to));
        }
    }
}
