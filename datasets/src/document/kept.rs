//! What a document keeps beside its records, so that nobody has to look through all of them.

use std::collections::BTreeMap;

/// Words with how often they are used.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Words(BTreeMap<String, usize>);

impl Words {
    /// Counts one use of each.
    pub(crate) fn add<'a>(&mut self, words: impl IntoIterator<Item = &'a String>) {
        for word in words {
            match self.0.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(self.0.insert(word.clone(), 1)),
            }
        }
    }

    /// Takes one use of each back.
    pub(crate) fn remove<'a>(&mut self, words: impl IntoIterator<Item = &'a String>) {
        for word in words {
            match self.0.get_mut(word) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(self.0.remove(word)),
            }
        }
    }

    /// All that are used, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Counts changes of something. Documents with the same records are equal, however they came to be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Revision(pub(crate) u64);

impl PartialEq for Revision {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
