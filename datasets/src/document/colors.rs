//! Colours for new classes.

use std::collections::HashSet;

/// Colours for new classes, in order: far apart in hue, alike in weight, legible on dark and light pictures. Red, which says
/// "not here" and "failed", comes last.
pub const CLASS_COLORS: [[u8; 3]; 12] = [
    [66, 165, 245],
    [102, 187, 106],
    [255, 167, 38],
    [171, 105, 220],
    [38, 198, 218],
    [255, 214, 64],
    [156, 204, 101],
    [236, 100, 160],
    [188, 143, 110],
    [126, 120, 230],
    [38, 166, 154],
    [239, 83, 80],
];

/// Rounds of [`CLASS_COLORS`] that are different: as they are, darker, lighter.
const ROUNDS: usize = 3;

/// The colours of new classes, each once while there are some left.
#[derive(Clone, Debug, Default)]
pub struct ClassColors {
    used: HashSet<[u8; 3]>,
    next: usize,
}

impl ClassColors {
    /// Without those that classes have already.
    pub fn without(used: impl IntoIterator<Item = [u8; 3]>) -> Self {
        Self { used: used.into_iter().collect(), next: 0 }
    }

    /// The next one that no class has; when all are taken, they come again.
    pub fn take(&mut self) -> [u8; 3] {
        let all = CLASS_COLORS.len() * ROUNDS;
        while self.next < all && self.used.contains(&color(self.next)) {
            self.next += 1;
        }
        if self.next == all {
            // All are taken: not always the first one again.
            self.next += self.used.len() % CLASS_COLORS.len();
        }
        let color = color(self.next);
        self.next += 1;
        color
    }
}

/// The colour at a place of the endless list.
fn color(at: usize) -> [u8; 3] {
    let base = CLASS_COLORS[at % CLASS_COLORS.len()];
    let mixed = |value: u8, with: u16| u8::try_from((u16::from(value) * 2 + with) / 3).unwrap_or(u8::MAX);
    match at / CLASS_COLORS.len() % ROUNDS {
        0 => base,
        1 => base.map(|value| mixed(value, 0)),
        _ => base.map(|value| mixed(value, 255)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hue in degrees.
    fn hue([r, g, b]: [u8; 3]) -> f64 {
        let [r, g, b] = [r, g, b].map(f64::from);
        (3f64.sqrt() * (g - b)).atan2(2.0 * r - g - b).to_degrees().rem_euclid(360.0)
    }

    #[test]
    fn blue_green_orange_first_red_last_and_neighbours_far_apart() {
        let hues = CLASS_COLORS.map(hue);
        for (at, from, to) in [(0, 190.0, 230.0), (1, 100.0, 150.0), (2, 25.0, 50.0)] {
            assert!((from..to).contains(&hues[at]), "{at}: {}", hues[at]);
        }
        let redness = |hue: f64| hue.min(360.0 - hue);
        assert!(hues[..11].iter().all(|hue| redness(*hue) > redness(hues[11])), "{hues:?}");
        for pair in CLASS_COLORS.windows(2) {
            let apart: i32 = (0..3).map(|at| (i32::from(pair[0][at]) - i32::from(pair[1][at])).abs()).sum();
            assert!(apart > 100, "{pair:?}");
        }
    }

    #[test]
    fn each_once_while_there_are_some() {
        let mut colors = ClassColors::without([CLASS_COLORS[1]]);
        let taken: Vec<[u8; 3]> = (0..35).map(|_| colors.take()).collect();
        assert_eq!(taken[..2], [CLASS_COLORS[0], CLASS_COLORS[2]]);
        assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 35);
        assert_eq!([colors.take(), colors.take()], [CLASS_COLORS[1], CLASS_COLORS[2]]);
    }
}
