//! What graphics drivers are told by the environment of the process.

use std::ffi::OsString;
use std::path::PathBuf;

/// Variables that a process that wants the engine sets for itself before it starts a thread. Nothing that is set already.
///
/// * `LP_NATIVE_VECTOR_WIDTH`: Mesa's software adapter (llvmpipe) works with 256 bits unless told otherwise; with the 512 of
///   AVX-512 the click network takes three quarters of the time.
/// * `XDG_RUNTIME_DIR`: where it is missing (containers, services), the Vulkan loader says so on stderr again and again. The
///   folder is [`private_folder`].
#[must_use]
pub fn variables() -> Vec<(&'static str, OsString)> {
    missing(&|name| std::env::var_os(name), has_wide_vectors(), cfg!(target_os = "linux"))
}

/// What `given` (the environment) lacks on a processor with or without wide vectors.
fn missing(given: &dyn Fn(&str) -> Option<OsString>, wide: bool, linux: bool) -> Vec<(&'static str, OsString)> {
    let mut variables = Vec::new();
    if wide && given("LP_NATIVE_VECTOR_WIDTH").is_none() {
        variables.push(("LP_NATIVE_VECTOR_WIDTH", "512".into()));
    }
    let runtime = given("XDG_RUNTIME_DIR").map(PathBuf::from);
    if linux && !runtime.is_some_and(|folder| folder.is_absolute() && folder.is_dir()) {
        variables.push(("XDG_RUNTIME_DIR", private_folder().into_os_string()));
    }
    variables
}

/// The folder that stands in for a missing `XDG_RUNTIME_DIR`; whoever sets the variable makes it and takes it away.
#[must_use]
pub fn private_folder() -> PathBuf {
    std::env::temp_dir().join(format!("limn-{}", std::process::id()))
}

#[cfg(target_arch = "x86_64")]
fn has_wide_vectors() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_wide_vectors() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_given_and_what_is_set_stays() {
        let names = |set: &[(&str, &str)], wide, linux| -> Vec<&'static str> {
            let given = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
            missing(&given, wide, linux).into_iter().map(|(name, _)| name).collect()
        };
        let here = std::env::temp_dir().canonicalize().unwrap().display().to_string();
        let (width, runtime) = ("LP_NATIVE_VECTOR_WIDTH", "XDG_RUNTIME_DIR");
        assert_eq!(names(&[], true, true), [width, runtime]);
        assert_eq!(names(&[(width, "256")], true, true), [runtime]);
        assert_eq!(names(&[(runtime, &here)], true, true), [width]);
        assert_eq!(names(&[(runtime, &here)], false, true), [""; 0]);
        assert_eq!(names(&[(runtime, "/nowhere/at/all")], false, true), [runtime]);
        assert_eq!(names(&[], false, false), [""; 0]);
    }
}
