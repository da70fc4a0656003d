//! Which content the masks on the screen are to show.

/// Counts changes: where a number is another one, what is kept of the masks is drawn anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Of the finished objects.
    pub objects: u64,
    /// Of the mask at hand.
    pub draft: u64,
}

impl Revision {
    /// Anything may look different now.
    pub fn touch(&mut self) {
        self.objects += 1;
        self.draft += 1;
    }

    /// Only the mask at hand may look different now.
    pub fn touch_draft(&mut self) {
        self.draft += 1;
    }
}
