//! XML as a small tree of elements, and its writing. Comments and processing instructions are passed by.

use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Deeper nesting is no annotation.
const MAX_DEPTH: usize = 16;

/// An element with its text and children.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// An attribute as a number; a whole one may be written with a fraction of zero.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        number(self.attribute(name)?)
    }

    /// Text of a child, without surrounding white space; empty if there is none.
    pub(super) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }

    /// Text of a child as a number, see [`Element::number`].
    pub(super) fn number_of<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        number(self.text_of(name))
    }

    /// The element as text again, one line each, indented.
    pub(super) fn to_text(&self, indent: usize) -> String {
        let mut out = format!("{:indent$}<{}", "", self.name);
        for (key, value) in &self.attributes {
            out.push_str(&format!(" {key}=\"{}\"", escaped(value)));
        }
        let text = if self.text.trim().is_empty() { "" } else { self.text.as_str() };
        if self.children.is_empty() {
            out.push_str(&format!(">{}</{}>\n", escaped(text), self.name));
            return out;
        }
        out.push_str(&format!(">{}\n", escaped(text)));
        self.children.iter().for_each(|child| out.push_str(&child.to_text(indent + 2)));
        out.push_str(&format!("{:indent$}</{}>\n", "", self.name));
        out
    }
}

/// `48` and `48.0` alike.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0).then(|| format!("{number:.0}").parse().ok())?
    })
}

/// Reads the root element.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| format!("{error} at byte {}", reader.error_position()))?;
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err(format!("elements are nested more than {MAX_DEPTH} deep"));
                }
                open.push(element(&start)?);
            }
            Event::Empty(empty) => {
                let element = element(&empty)?;
                last(&mut open).children.push(element);
            }
            Event::End(_) => {
                let closed = open.pop().unwrap_or_default();
                last(&mut open).children.push(closed);
            }
            Event::Text(content) => last(&mut open).text.push_str(&content.xml10_content()),
            Event::CData(content) => last(&mut open).text.push_str(&content.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                last(&mut open).text.push(character.ok_or_else(|| format!("unknown entity &{};", &*reference))?);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.len(), open.pop().and_then(|mut root| root.children.pop())) {
        (1, Some(root)) => Ok(root),
        (1, None) => Err("it has no element".to_owned()),
        _ => Err("it ends within an element".to_owned()),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element { name: start.name().0.to_owned(), ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
        element.attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(element)
}

fn last(open: &mut Vec<Element>) -> &mut Element {
    if open.is_empty() {
        open.push(Element::default());
    }
    let at = open.len() - 1;
    &mut open[at]
}

/// Appends `<name>text</name>` with the text escaped.
pub(super) fn leaf(out: &mut String, indent: usize, name: &str, text: &str) {
    out.push_str(&format!("{:indent$}<{name}>{}</{name}>\n", "", escaped(text)));
}

/// Text as it may stand between tags and in attributes. Control characters have no spelling in XML 1.0 and are left out;
/// line breaks become references, because readers turn them into spaces within attributes.
pub(super) fn escaped(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')).collect();
    let escaped = escape(clean.as_str());
    escaped.replace('\t', "&#9;").replace('\n', "&#10;").replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_restored() {
        let mut out = String::from("<?xml version=\"1.0\"?>\n<annotation>\n");
        let name = "a <b> & \"c\" 'd' ü \u{1f431}";
        leaf(&mut out, 2, "name", &format!("{name}\u{1}"));
        out.push_str("<x/><y><![CDATA[<raw>]]> &#228;</y></annotation>");
        let root = parse(&out).unwrap();
        assert_eq!((root.name.as_str(), root.text_of("name"), root.text_of("y")), ("annotation", name, "<raw> ä"));
        assert!(root.child("x").is_some());
    }

    #[test]
    fn elements_are_text_again() {
        let text = "<part kind=\"a &amp; b\">\n  <name>hand</name>\n  <box>\n    <x>6</x>\n  </box>\n</part>\n";
        let root = parse(text).unwrap();
        assert_eq!(root.to_text(0), text);
        assert_eq!(parse("<i w='48.0' h=' 7 ' v='7.5'/>").unwrap().number::<u32>("w"), Some(48));
    }

    #[test]
    fn damaged_text_is_refused() {
        for bad in ["", "plain", "<a><b></a>", "<a>", "<a>&nope;</a>", &"<a>".repeat(100)] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
