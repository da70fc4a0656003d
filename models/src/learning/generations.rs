//! Versions of what was learned: every accepted object that changed the head leaves one behind.

use std::collections::VecDeque;

use super::trust::Trust;

/// Versions kept; one takes about 8 kB.
pub const KEPT: usize = 20;

/// A version as people see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenerationInfo {
    /// Its number; later ones are greater, none is used twice.
    pub number: u64,
    /// Objects learned from when it was made.
    pub objects: u64,
    /// What was shown gained so much mean IoU over the frozen network on the last objects before it.
    pub gain: f32,
}

/// All that the answers to clicks depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// Number, objects, gain.
    pub info: GenerationInfo,
    /// Parameters of the head.
    pub theta: Vec<f32>,
    /// Judgements on the head.
    pub trust: Trust,
    /// Judgements on local copies.
    pub local_trust: Trust,
}

/// The versions, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generations {
    /// Number of the version in force; 0: nothing was learned yet.
    pub current: u64,
    /// The greatest number that was given.
    pub newest: u64,
    /// At most [`KEPT`].
    pub kept: VecDeque<Generation>,
}

impl Generations {
    /// Keeps a new version and puts it in force; its number is chosen here.
    pub fn push(&mut self, mut generation: Generation) {
        self.newest += 1;
        self.current = self.newest;
        generation.info.number = self.newest;
        self.kept.push_back(generation);
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    /// A kept version by its number.
    pub fn find(&self, number: u64) -> Option<&Generation> {
        self.kept.iter().find(|generation| generation.info.number == number)
    }

    /// The latest version before the one in force that was no worse than the frozen network.
    pub fn last_good(&self) -> Option<&Generation> {
        self.kept.iter().rev().find(|g| g.info.number < self.current && g.info.gain >= 0.0)
    }
}
