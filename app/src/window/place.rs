//! Which opening of a project something belongs to.
//!
//! Ids begin at 1 in every project. Whatever a thread is asked for, and whatever it answers, says for which opening that
//! was; [`Placed::at`] is the one place where the two are compared.

/// One opening of a project; the next one is another place even if it is the same file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(u64);

impl Place {
    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Something that belongs to a place.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    place: Place,
    what: T,
}

impl<T> Placed<T> {
    /// `what` belongs to `place`.
    pub fn new(place: Place, what: T) -> Self {
        Self { place, what }
    }

    /// What it is, if it belongs to `here`; what was asked for elsewhere means nothing here.
    pub fn at(self, here: Place) -> Option<T> {
        (self.place == here).then_some(self.what)
    }

    /// The answer to this wish, for the same place.
    pub fn answered<A>(self, answer: impl FnOnce(T) -> A) -> Placed<A> {
        Placed { place: self.place, what: answer(self.what) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_another_place_are_nothing_here() {
        let first = Place::default();
        let wish = Placed::new(first, 3);
        let answer = wish.answered(|n| n + 1);
        assert_eq!(answer.clone().at(first.next()), None);
        assert_eq!(answer.at(first), Some(4));
    }
}
