//! Decoders of other people's making: what makes them panic is a fault of the picture, told in one line like any other.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// This thread is within [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Does the work; `None` if it panics, without a word on the terminal.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if GUARDED.get() {
                tracing::debug!("a decoder gave up: {info}");
            } else {
                usual(info);
            }
        }));
    });
    let before = GUARDED.replace(true);
    // What the work holds is not used again after a panic.
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    GUARDED.set(before);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_nothing_and_the_next_work_goes_on() {
        assert_eq!(guarded(|| -> u8 { panic!("a decoder's") }), None);
        assert_eq!(guarded(|| guarded(|| 2).map(|n| n + 1)), Some(Some(3)));
        assert!(!GUARDED.get());
    }
}
