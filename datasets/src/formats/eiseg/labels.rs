//! The list of labels: one line `idx name R G B`.

use crate::document::Class;

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) color: [u8; 3],
}

/// The list. EISeg splits its lines at spaces, so spaces within a name become no-break spaces.
pub(super) fn text(classes: &[Class]) -> String {
    let line = |class: &Class| {
        let [r, g, b] = class.color;
        let name = class.name.replace(char::is_whitespace, "\u{a0}");
        format!("{} {name} {r} {g} {b}\n", class.id.0)
    };
    classes.iter().map(line).collect()
}

/// Reads from both ends, so that a name may hold spaces. What is wrong is told line by line.
pub(super) fn parse(text: &str) -> (Vec<Label>, Vec<String>) {
    let (mut labels, mut faults) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match label(line) {
            Some(label) => labels.push(label),
            None => faults.push(format!("line {} left out: it is not \"number name R G B\"", at + 1)),
        }
    }
    (labels, faults)
}

fn label(line: &str) -> Option<Label> {
    let words: Vec<&str> = line.split([' ', '\t', '\r']).filter(|word| !word.is_empty()).collect();
    let (first, rest) = words.split_first()?;
    let (name, color) = rest.split_at_checked(rest.len().checked_sub(3)?)?;
    let color: Vec<u8> = color.iter().map(|value| value.parse().ok()).collect::<Option<_>>()?;
    let name = name.join(" ").replace('\u{a0}', " ");
    if name.is_empty() {
        return None;
    }
    Some(Label { id: first.parse().ok()?, name, color: color.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ClassId;

    #[test]
    fn names_with_spaces_and_any_script() {
        let classes = [Class::new(ClassId(1), "cat", [1, 2, 3]), Class::new(ClassId(7), "a wide road 路", [9, 8, 255])];
        let text = text(&classes);
        assert!(text.lines().all(|line| line.split(' ').count() == 5), "EISeg sees five fields: {text}");
        let (labels, faults) = parse(&text);
        assert_eq!(faults, [] as [String; 0]);
        assert!(labels.iter().zip(&classes).all(|(l, c)| (l.id, &l.name, l.color) == (c.id.0, &c.name, c.color)));
        let (labels, faults) = parse("3 plain spaces here 4 5 6\r\nx y\n\n2 n 1 2 300\n");
        assert_eq!((labels[0].name.as_str(), labels.len()), ("plain spaces here", 1));
        assert_eq!(faults.len(), 2);
    }
}
