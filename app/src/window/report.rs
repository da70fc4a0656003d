//! What came of an import or export, line by line.

/// A line of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Something went wrong.
    pub serious: bool,
    /// Path of the picture that it is about, where that is known.
    pub picture: Option<String>,
}

impl Line {
    /// A line as a library told it.
    pub fn new(text: impl Into<String>, serious: bool) -> Self {
        Self { text: text.into(), serious, picture: None }
    }
}

/// What a job reports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// "Exporting COCO".
    pub title: String,
    /// The outcome in a few lines.
    pub summary: String,
    /// All that the person should know.
    pub lines: Vec<Line>,
}

impl Report {
    /// Takes another report in behind this one.
    pub fn join(&mut self, other: Self) {
        self.title = format!("{}\n{}", self.title, other.title);
        self.summary = format!("{}\n{}", self.summary, other.summary);
        self.lines.extend(other.lines);
    }

    /// As a text file.
    pub fn to_text(&self) -> String {
        let lines = self.lines.iter().map(|line| line.text.as_str());
        let all: Vec<&str> = [self.title.as_str(), "", self.summary.as_str(), ""].into_iter().chain(lines).collect();
        all.join("\n") + "\n"
    }
}
