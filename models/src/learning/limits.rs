//! Sizes and bounds that several rooms of the learning share.

/// Hidden values of the head.
pub const HIDDEN: usize = 16;
/// Samples kept. With 88 channels in half precision: 120 x 2048 x 88 x 2 bytes = 43 MB.
pub const REPLAY_SAMPLES: usize = 120;
/// Classes that can learn apart (a head with its versions takes about 200 kB); all others are learned with everything.
pub const MOST_CLASSES: usize = 64;
