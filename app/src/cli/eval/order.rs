//! Which object comes when: what is learned depends on it.

use std::fmt;
use std::str::FromStr;

/// The order of the objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As their files are named.
    #[default]
    File,
    /// Shuffled; the same seed gives the same order on every machine.
    Shuffle(u64),
}

impl Order {
    /// Brings `items`, which stand in file order, into this order.
    pub fn arrange<T>(self, items: &mut [T]) {
        let Self::Shuffle(seed) = self else { return };
        let mut state = seed;
        for last in (1..items.len()).rev() {
            items.swap(last, (next(&mut state) % (last as u64 + 1)) as usize);
        }
    }
}

/// splitmix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("file"),
            Self::Shuffle(seed) => write!(f, "shuffle:{seed}"),
        }
    }
}

/// A text that names no order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write file or shuffle:SEED, a whole number")]
pub struct UnknownOrder;

impl FromStr for Order {
    type Err = UnknownOrder;

    fn from_str(text: &str) -> Result<Self, UnknownOrder> {
        let seed = |text: &str| text.strip_prefix("shuffle:")?.parse().ok();
        match text {
            "file" => Ok(Self::File),
            _ => seed(text).map(Self::Shuffle).ok_or(UnknownOrder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_permutation_always() {
        let arranged = |order: Order| {
            let mut items: Vec<u32> = (0..9).collect();
            order.arrange(&mut items);
            items
        };
        assert_eq!(arranged(Order::File), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        let one = arranged(Order::Shuffle(1));
        assert_eq!(one, arranged(Order::Shuffle(1)));
        assert_ne!(one, arranged(Order::Shuffle(2)));
        let mut sorted = one;
        sorted.sort_unstable();
        assert_eq!(sorted, arranged(Order::File));
    }

    #[test]
    fn orders_are_read_as_they_are_written() {
        for order in [Order::File, Order::Shuffle(42)] {
            assert_eq!(order.to_string().parse(), Ok(order));
        }
        for wrong in ["", "shuffle", "shuffle:", "shuffle:-1", "random"] {
            assert!(wrong.parse::<Order>().is_err(), "{wrong}");
        }
    }
}
