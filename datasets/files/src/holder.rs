//! Which process, on which machine, holds a lock or a hidden folder.

use std::fmt;
use std::path::Path;

/// A process and its machine, as `1234 name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) process: u32,
    pub(crate) host: String,
}

impl Holder {
    /// This process.
    pub(crate) fn this() -> Self {
        Self { process: std::process::id(), host: host() }
    }

    /// Only exactly our form: a number, one space, a name without spaces.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (process, host) = text.trim_end_matches('\n').split_once(' ')?;
        let plain = |sign: char| sign.is_alphanumeric() || "-_.".contains(sign);
        let in_form = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
        let named = !host.is_empty() && host.len() <= 253 && host.chars().all(plain);
        (in_form && named).then_some(())?;
        Some(Self { process: process.parse().ok()?, host: host.to_owned() })
    }

    pub(crate) fn is_here(&self) -> bool {
        self.host == host()
    }

    /// True if the process may still run: on another machine one cannot know.
    pub(crate) fn may_live(&self) -> bool {
        !self.is_here() || !cfg!(target_os = "linux") || Path::new("/proc").join(self.process.to_string()).exists()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.process, self.host)
    }
}

/// Name of this machine, with plain signs only.
fn host() -> String {
    let from_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let from_environment = || std::env::var("COMPUTERNAME").or_else(|_| std::env::var("HOSTNAME")).ok();
    let name = from_kernel.or_else(from_environment).unwrap_or_default();
    let plain = |sign: char| if sign.is_alphanumeric() || "-_.".contains(sign) { sign } else { '-' };
    let name: String = name.trim().chars().take(60).map(plain).collect();
    if name.is_empty() { "this-machine".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_form() {
        let this = Holder::this();
        assert_eq!(Holder::parse(&this.to_string()), Some(this.clone()));
        assert!(this.is_here() && this.may_live());
        assert!(Holder { process: 1, host: "elsewhere".to_owned() }.may_live());
        for text in ["", "1", "1 ", " a", "x a", "+1 a", "1 a b", "1 a\nb", "12 a\n3", "99999999999 a", "years of work"]
        {
            assert_eq!(Holder::parse(text), None, "{text:?}");
        }
    }
}
