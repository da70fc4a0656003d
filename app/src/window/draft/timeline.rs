//! In which order things were done: prompts of the object at hand, changes of the document, objects that were dropped.
//! Undo takes back the newest of them, whatever it is; redo goes the same way forward.

use std::collections::BTreeMap;

use super::Draft;

/// What is taken back next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newest {
    /// The newest prompt of the object at hand.
    Prompt,
    /// An object was opened again and not changed yet.
    Reopening,
    /// An object at hand, or its polygon, was dropped.
    Drop,
    /// A change of the document.
    Document,
}

/// Objects that were dropped are remembered up to this number.
const DROPPED: usize = 16;

/// The order of what was done since the project was opened.
#[derive(Debug, Default)]
pub struct Timeline {
    clock: u64,
    /// When the document came to a place of its history.
    commits: BTreeMap<usize, u64>,
    dropped: Vec<(u64, Draft)>,
    undone: Vec<Newest>,
}

impl Timeline {
    /// The time of something that is done now. What was undone cannot be done again.
    pub fn tick(&mut self) -> u64 {
        self.undone.clear();
        self.clock += 1;
        self.clock
    }

    /// The document was changed and is now at this place of its history.
    pub fn committed(&mut self, position: usize) {
        let now = self.tick();
        self.commits.split_off(&position);
        self.commits.insert(position, now);
    }

    /// An object at hand was dropped; this is how it was.
    pub fn dropped(&mut self, draft: Draft) {
        let now = self.tick();
        if self.dropped.len() == DROPPED {
            self.dropped.remove(0);
        }
        self.dropped.push((now, draft));
    }

    /// The object that was dropped last.
    pub fn last_dropped(&self) -> Option<&Draft> {
        self.dropped.last().map(|(_, draft)| draft)
    }

    /// Gives it back.
    pub fn take_dropped(&mut self) -> Option<Draft> {
        self.dropped.pop().map(|(_, draft)| draft)
    }

    /// Dropped once more, by redo.
    pub fn dropped_again(&mut self, draft: Draft) {
        self.clock += 1;
        self.dropped.push((self.clock, draft));
    }

    /// What was done last. `position`: where the document is in its history; 0 where nothing can be undone there.
    pub fn newest(&self, draft: Option<&Draft>, position: usize) -> Option<Newest> {
        let prompt = draft.and_then(Draft::newest).map(|at| (at, Newest::Prompt));
        let reopened = draft.filter(|d| d.is_empty() && d.correcting.is_some());
        let reopened = reopened.map(|d| (d.opened, Newest::Reopening));
        let drop = self.dropped.last().map(|(at, _)| (*at, Newest::Drop));
        // What was done before the project was opened is older than all else.
        let commit = (position > 0).then(|| (self.commits.get(&position).copied().unwrap_or(0), Newest::Document));
        let all = [commit, drop, reopened, prompt].into_iter().flatten();
        all.max_by_key(|(at, _)| *at).map(|(_, what)| what)
    }

    /// Something was taken back.
    pub fn undone(&mut self, what: Newest) {
        self.undone.push(what);
    }

    /// What redo does next; `None`: nothing was undone since something else was done.
    pub fn redo(&mut self) -> Option<Newest> {
        self.undone.pop()
    }

    /// What redo would do next.
    pub fn next_redo(&self) -> Option<Newest> {
        self.undone.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::ImageId;

    use super::super::Prompt;
    use super::*;

    #[test]
    fn the_newest_thing_is_taken_back_first() {
        let mut line = Timeline::default();
        assert_eq!(line.newest(None, 0), None);
        assert_eq!(line.newest(None, 4), Some(Newest::Document), "from before the project was opened");
        let mut draft = Draft::new(1, ImageId(1));
        draft.push(Prompt::Click(1.0, 1.0, true), line.tick());
        assert_eq!(line.newest(Some(&draft), 4), Some(Newest::Prompt));
        line.committed(5);
        assert_eq!(line.newest(Some(&draft), 5), Some(Newest::Document), "it came after the click");
        assert_eq!(line.newest(Some(&draft), 4), Some(Newest::Prompt), "once that is undone the click is next");
        line.dropped(draft.clone());
        assert_eq!(line.newest(None, 5), Some(Newest::Drop));
        assert_eq!(line.take_dropped().map(|d| d.number), Some(1));
        line.undone(Newest::Drop);
        assert_eq!(line.redo(), Some(Newest::Drop));
        line.undone(Newest::Document);
        line.tick();
        assert_eq!(line.redo(), None, "something else was done");
    }
}
