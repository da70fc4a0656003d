//! `labelmap.txt`: one line `name:r,g,b:parts:actions` per index, the background first.

use std::collections::HashMap;

use crate::document::Class;
use crate::formats::label_map::listed;
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
    for (name, color) in listed(text) {
        let index = color.and_then(|color| (1..255).find(|&index| voc_color(index) == color).map(usize::from));
        let at = index.map_or(names.len(), |index| index - 1);
        if names.len() <= at {
            names.resize(at + 1, String::new());
        }
        names[at] = name;
    }
    names
}

/// What the colours of a label map mean, where they are not those of the VOC palette: indices in the order of the names.
pub(super) fn colors(text: &str, names: &[String]) -> HashMap<[u8; 3], u8> {
    let index = |name: &str| names.iter().position(|known| known == name).and_then(|at| u8::try_from(at + 1).ok());
    let own = listed(text).into_iter().filter_map(|(name, color)| Some((color?, index(&name)?)));
    let palette = (0..=u8::MAX).map(|index| (voc_color(index), index));
    // Own colours overrule the palette.
    palette.chain(own).collect()
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
        // CVAT's colours are its own, the background stands anywhere.
        let cvat = "leaf:250,50,83::\nbackground:0,0,0::\nbud:51,221,255::\n";
        let colors = colors(cvat, &parse(cvat));
        assert_eq!([[250, 50, 83], [51, 221, 255], [0, 0, 0]].map(|color| colors[&color]), [1, 2, 0]);
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
