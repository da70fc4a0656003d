//! `labelmap.txt`: one line `name:r,g,b:parts:actions` per index, the background first.

use crate::document::Class;
use crate::formats::palette::voc_color;

/// Names that stand for indices 0 and 255.
const RESERVED: [&str; 4] = ["background", "__background__", "_background_", "void"];

/// The name of a class as the format can hold it: without `:` and line breaks, and none of the reserved ones.
pub(super) fn written_name(class: &Class) -> String {
    let mut name = class.name.replace([':', '\n', '\r', '\t'], "_").trim().to_owned();
    if name.is_empty() || name.starts_with('#') || RESERVED.contains(&name.to_lowercase().as_str()) {
        name = format!("class_{name}");
    }
    name
}

/// The whole file for classes 1, 2, 3 ...
pub(super) fn text(names: &[String]) -> String {
    let mut text = String::from("# label:color_rgb:parts:actions\nbackground:0,0,0::\n");
    for (index, name) in (1..=254u8).zip(names) {
        let [r, g, b] = voc_color(index);
        text.push_str(&format!("{name}:{r},{g},{b}::\n"));
    }
    text
}

/// The names of indices 1, 2, 3 ... A colour of the VOC palette decides the index, else the order does.
pub(super) fn parse(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let mut fields = line.split(':');
        let name = fields.next().unwrap_or_default().to_owned();
        let color: Vec<u8> =
            fields.next().unwrap_or_default().split(',').filter_map(|v| v.trim().parse().ok()).collect();
        let index = match color[..] {
            [0, 0, 0] => continue,
            [r, g, b] => (1..255).find(|&index| voc_color(index) == [r, g, b]).map(usize::from),
            _ if RESERVED.contains(&name.as_str()) => continue,
            _ => None,
        };
        let at = index.map_or(names.len(), |index| index - 1);
        if names.len() <= at {
            names.resize(at + 1, String::new());
        }
        names[at] = name;
    }
    names
}

/// The classes of the original challenge, for folders without a label map.
pub(super) const ORIGINAL: [&str; 20] = [
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::ClassId;

    #[test]
    fn written_and_parsed() {
        let names: Vec<String> = (0..254).map(|i| format!("class {i} ü")).collect();
        assert_eq!(parse(&text(&names)), names);
        assert_eq!(parse("background:::\ncat:::\ndog:::"), ["cat", "dog"]);
        assert_eq!(parse("dog:0,128,0::"), ["", "dog"]);
    }

    #[test]
    fn names_that_the_format_cannot_hold() {
        let name = |name: &str| written_name(&Class::new(ClassId(1), name, [0; 3]));
        assert_eq!(
            (name("a:b"), name("Background"), name("cat <&>")),
            ("a_b".into(), "class_Background".into(), "cat <&>".into())
        );
    }
}
