//! What a window shows of the learning.

use super::generations::GenerationInfo;
use super::state::ObjectRecord;

/// The learning as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearningReport {
    /// The class whose own learning this is; `None`: what is learned for everything.
    pub class: Option<i64>,
    /// Objects learned from.
    pub objects: u64,
    /// Number of the version in force; 0: nothing was learned yet (or everything was taken back).
    pub generation: u64,
    /// The versions that can be gone back to, oldest first.
    pub generations: Vec<GenerationInfo>,
    /// How far the global head's answer is trusted (0 silent, 1 all of it) at the first click, the next two and later ones.
    pub trust: [f32; 3],
    /// The same for what local copies add.
    pub local_trust: [f32; 3],
    /// The last objects, oldest first: clicks, IoU of what was shown and of the frozen network.
    pub history: Vec<ObjectRecord>,
    /// Accepted objects that are not wholly learned from yet, see [`crate::Segmenter::learn_more`].
    pub waiting: usize,
}
