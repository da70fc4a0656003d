//! Evidence that something gains, counted so that looking often does not make chance into evidence.
//!
//! Somebody bets that the next object gains: of a stake, a fraction `b` is won or lost in proportion to what it gained, so that
//! the stake is multiplied by `1 + b x` with `x` from -1 to 1. Where nothing is gained on average, whatever happened before, no
//! such stake grows on average, and the chance that it *ever* reaches `1 / a` is at most `a` (Ville 1939). The stake is therefore
//! evidence that may be looked at after every object, without an end fixed beforehand: *testing by betting* (Shafer,
//! arXiv 1903.06991), for means of bounded values as in Waudby-Smith and Ramdas (arXiv 2010.09686, section 4). Nothing is
//! assumed of how the gains are distributed, nor that they stay the same.
//!
//! Nobody knows beforehand how boldly to bet; the mean of several stakes ([`BETS`]) is a stake as well. No stake grows beyond
//! [`MOST`]: that only loses evidence, so the bound stays, and what was gained long ago cannot pay for losses without end.

/// Fractions of the stakes that are bet.
pub const BETS: [f32; 3] = [0.2, 0.5, 0.95];
/// What a stake may grow to.
pub const MOST: f32 = 100.0;

/// The stakes of one bet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// One for each of [`BETS`], 0 to [`MOST`].
    pub stakes: [f32; BETS.len()],
}

impl Default for Evidence {
    fn default() -> Self {
        Self { stakes: [1.0; BETS.len()] }
    }
}

impl Evidence {
    /// Takes in a gain, cut off at -1 and 1.
    pub fn note(&mut self, gain: f32) {
        for (stake, bet) in self.stakes.iter_mut().zip(BETS) {
            *stake = (*stake * (1.0 + bet * gain.clamp(-1.0, 1.0))).min(MOST);
        }
    }

    /// How much the stakes have grown: `1 / a` or more with a chance of at most `a` where nothing is gained.
    pub fn value(&self) -> f32 {
        self.stakes.iter().sum::<f32>() / BETS.len() as f32
    }
}
