//! What the last run over many objects came to, and what became of its masks since.

use super::jobs::LogLine;

/// The last run over many objects.
#[derive(Debug, Default)]
pub struct LastRun {
    /// What it said.
    pub log: Vec<LogLine>,
    /// Where in the history it began and ended.
    pub steps: Option<(usize, usize)>,
    /// How many new masks were taken and how many refused since.
    pub judged: [usize; 2],
}

impl LastRun {
    /// It ended at this place of the history, after a step for each of so many pictures.
    pub fn ended(&mut self, position: usize, pictures: usize) {
        self.steps = Some((position.saturating_sub(pictures), position));
        self.judged = [0; 2];
    }
}
