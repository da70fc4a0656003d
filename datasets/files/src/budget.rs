//! One bounded amount that readers and decoders draw from *before* they take memory or loop.
//!
//! A job has a budget, and each file of it a [part](Budget::part) of its own; what a file takes counts in both.
//! Sizes that a file claims are taken from the budget first, so a lie costs a line, not gigabytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// More was asked for than is left.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} needs {asked} {unit}, and {left} of {limit} are left; use smaller files or fewer at once")]
pub struct OverBudget {
    /// Who asked.
    pub what: &'static str,
    /// For how much.
    pub asked: u64,
    /// What was left.
    pub left: u64,
    /// What there was in the beginning.
    pub limit: u64,
    /// Of what: `bytes`, `pixels`.
    pub unit: &'static str,
}

/// A bounded amount of bytes, pixels or other things. Clones draw from the same amount, from any thread.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Pot>);

#[derive(Debug)]
struct Pot {
    unit: &'static str,
    limit: u64,
    used: AtomicU64,
    whole: Option<Budget>,
}

impl Budget {
    /// `limit` things of the kind `unit` (`bytes`, `pixels`).
    #[must_use]
    pub fn new(unit: &'static str, limit: u64) -> Self {
        Self(Arc::new(Pot { unit, limit, used: AtomicU64::new(0), whole: None }))
    }

    /// A smaller budget within this one, for one file of a job: what is taken from it is taken from both.
    #[must_use]
    pub fn part(&self, limit: u64) -> Self {
        let whole = Some(self.clone());
        Self(Arc::new(Pot { unit: self.0.unit, limit, used: AtomicU64::new(0), whole }))
    }

    /// Takes `amount` for `what`, until the share is dropped.
    ///
    /// # Errors
    /// When so much is not left; nothing is taken then.
    pub fn take(&self, amount: u64, what: &'static str) -> Result<Share, OverBudget> {
        self.spend(amount, what)?;
        Ok(Share { budget: self.clone(), amount })
    }

    /// Takes `amount` for good: for what counts over a whole file or job, such as objects or runs.
    ///
    /// # Errors
    /// When so much is not left; nothing is taken then.
    pub fn spend(&self, amount: u64, what: &'static str) -> Result<(), OverBudget> {
        let pot = &self.0;
        let grown = |used: u64| used.checked_add(amount).filter(|&sum| sum <= pot.limit);
        let taken = pot.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, grown);
        taken.map_err(|used| OverBudget {
            what,
            asked: amount,
            left: pot.limit - used,
            limit: pot.limit,
            unit: pot.unit,
        })?;
        if let Some(whole) = &pot.whole
            && let Err(error) = whole.spend(amount, what)
        {
            pot.used.fetch_sub(amount, Ordering::Relaxed);
            return Err(error);
        }
        Ok(())
    }

    /// Gives back what was spent.
    fn give_back(&self, amount: u64) {
        self.0.used.fetch_sub(amount, Ordering::Relaxed);
        if let Some(whole) = &self.0.whole {
            whole.give_back(amount);
        }
    }

    /// What is left, here and in the whole.
    #[must_use]
    pub fn left(&self) -> u64 {
        let here = self.0.limit - self.0.used.load(Ordering::Relaxed);
        self.0.whole.as_ref().map_or(here, |whole| here.min(whole.left()))
    }
}

/// What somebody took from a [`Budget`]; given back when dropped.
#[derive(Debug)]
#[must_use = "a share that is dropped at once bounds nothing"]
pub struct Share {
    budget: Budget,
    amount: u64,
}

impl Share {
    /// Gives it back now.
    pub fn free(self) {}

    /// How much it is.
    #[must_use]
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// Takes more into the same share, for example while a picture is decoded line by line.
    ///
    /// # Errors
    /// When so much is not left; the share stays as it is.
    pub fn grow(&mut self, by: u64, what: &'static str) -> Result<(), OverBudget> {
        self.budget.spend(by, what)?;
        self.amount += by;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.give_back(self.amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_draws_from_itself_and_from_the_job() {
        let job = Budget::new("bytes", 100);
        let file = job.part(80);
        let first = file.take(70, "a mask").unwrap();
        assert_eq!((file.left(), job.left()), (10, 30));
        let error = file.take(11, "a picture").unwrap_err();
        assert_eq!(
            error.to_string(),
            "a picture needs 11 bytes, and 10 of 80 are left; use smaller files or fewer at once"
        );
        let other = job.part(80);
        assert_eq!(other.take(31, "b").unwrap_err().left, 30);
        assert_eq!(other.left(), 30, "what the job refuses is not counted in the file either");
        first.free();
        assert!(other.take(u64::MAX, "b").is_err());
        let mut share = other.take(1, "b").unwrap();
        share.grow(79, "b").unwrap();
        assert!(share.grow(1, "b").is_err());
        drop(share);
        assert_eq!(job.left(), 100);
    }

    #[test]
    fn many_threads_never_get_more_than_there_is() {
        let budget = Budget::new("bytes", 1000);
        let got: u64 = std::thread::scope(|scope| {
            let draw = || (0..400).filter(|_| budget.spend(1, "x").is_ok()).count() as u64;
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((got, budget.left()), (1000, 0));
    }
}
