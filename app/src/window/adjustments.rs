//! Brightness, contrast and gamma of what is seen; files and the network's input stay as they are.

use serde::{Deserialize, Serialize};

/// How a person sees pictures: brightness, contrast and gamma on top of what the file says. The same for all pictures, so that it need not be set again for each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Adjustments {
    /// Added to every channel; 1 is the whole range.
    pub brightness: f32,
    /// Distance from the middle grey, times this.
    pub contrast: f32,
    /// Above 1 the dark parts become lighter.
    pub gamma: f32,
}

impl Default for Adjustments {
    fn default() -> Self {
        Self { brightness: 0.0, contrast: 1.0, gamma: 1.0 }
    }
}

impl Adjustments {
    /// What each value of a channel becomes.
    pub fn table(&self) -> [u8; 256] {
        std::array::from_fn(|value| {
            let v = (value as f32 / 255.0).powf(1.0 / self.gamma.clamp(0.05, 20.0));
            let v = (v - 0.5) * self.contrast + 0.5 + self.brightness;
            (255.0 * v).round().clamp(0.0, 255.0) as u8
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_adjusted_changes_nothing_and_gamma_lifts_the_dark() {
        let plain = Adjustments::default().table();
        assert!((0..=255_u8).all(|v| plain[usize::from(v)] == v));
        let lifted = Adjustments { gamma: 2.0, ..Adjustments::default() }.table();
        assert_eq!((lifted[0], lifted[64], lifted[255]), (0, 128, 255));
        let hard = Adjustments { contrast: 5.0, brightness: 0.1, ..Adjustments::default() }.table();
        assert_eq!((hard[0], hard[255]), (0, 255));
    }
}
