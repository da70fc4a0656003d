//! What was told in one language, told in another: labels of the history are kept as they were written, and notes of the
//! libraries are in English. Whatever fits a text of the tables is said again in the language of the window.

use limn_datasets::Format;

use super::*;

/// Texts that are kept, and sentences of the libraries.
const SENTENCES: &[Text] = &[
    DID_TAKE_ABOVE,
    DID_TAKE,
    DID_KEEP,
    DID_MEND,
    DID_TAKE_OUT,
    DID_RELINK,
    DID_PASTE,
    DID_MOVE,
    DID_MARK_REPLACED,
    DID_ADD_CLASSES,
    DID_MARK,
    DID_REMARK,
    DID_TAGS,
    DID_PICTURE_ATTRIBUTE,
    DID_COPY,
    DID_FLAG,
    DID_UNFLAG,
    DID_GROUP,
    DID_UNGROUP,
    DID_ATTRIBUTE,
    DID_UNION,
    DID_SUBTRACT,
    DID_INTERSECT,
    DID_EXCLUDE,
    DID_MERGE,
    DID_SPLIT,
    DID_RENAME_ATTRIBUTE,
    DID_IMPORT_CLASSES,
    DID_ADD_CLASS,
    DID_RENAME_CLASS,
    DID_EDIT_CLASS,
    DID_RECOLOUR_CLASS,
    DID_DELETE_CLASS,
    DID_CHANGE_CLASS,
    DID_HIDE,
    DID_SHOW,
    DID_DELETE,
    DID_UP,
    DID_DOWN,
    DID_CORRECT,
    DID_ADD,
    DID_CUT,
    DID_IMPORT,
    TOLD_PAGES,
    TOLD_NO_END,
    TOLD_LINKS,
    TOLD_ROOT,
    TOLD_MASKS,
];

/// Texts that stand in the places of others.
const PARTS: &[Text] = &[
    STATE_OPEN,
    STATE_DONE,
    STATE_CHECKED,
    STATE_REJECTED,
    DIFFICULT,
    CROWD,
    TRUNCATED,
    OBJECT_ONE,
    OBJECT_MANY,
    FORMAT_COCO,
    FORMAT_PANOPTIC,
    FORMAT_VOC,
    FORMAT_LABELME,
    FORMAT_YOLO,
    FORMAT_YOLO_BOXES,
    FORMAT_CVAT,
    FORMAT_LABEL_STUDIO,
    FORMAT_DATUMARO,
    FORMAT_EISEG,
    FORMAT_MASKS,
    FORMAT_CUTOUTS,
];

/// The name of a format in menus and dialogs.
pub fn format_title(format: Format) -> &'static str {
    t(format_text(format))
}

fn format_text(format: Format) -> Text {
    match format {
        Format::Coco => FORMAT_COCO,
        Format::Panoptic => FORMAT_PANOPTIC,
        Format::Voc => FORMAT_VOC,
        Format::Labelme => FORMAT_LABELME,
        Format::Yolo => FORMAT_YOLO,
        Format::YoloBoxes => FORMAT_YOLO_BOXES,
        Format::Cvat => FORMAT_CVAT,
        Format::LabelStudio => FORMAT_LABEL_STUDIO,
        Format::Datumaro => FORMAT_DATUMARO,
        Format::Eiseg => FORMAT_EISEG,
        Format::Masks => FORMAT_MASKS,
        Format::Cutouts => FORMAT_CUTOUTS,
    }
}

/// A sentence in the language of the window, whichever it was written in; one that is not known stays as it is.
pub fn said_again(sentence: &str) -> String {
    again(sentence, SENTENCES).unwrap_or_else(|| sentence.to_owned())
}

/// The text of the list whose fixed words cover most of the sentence, with its places filled in the language of the window.
fn again(sentence: &str, list: &[Text]) -> Option<String> {
    let fits = |text: &Text| {
        let one = |language: &Language| {
            let template = text.of(*language);
            Some((template.len(), *text, places(template, sentence)?))
        };
        Language::ALL.iter().map(|(language, _)| language).filter_map(one).max_by_key(|(length, ..)| *length)
    };
    let (_, text, values) = list.iter().filter_map(fits).max_by_key(|(length, ..)| *length)?;
    let values: Vec<String> = values.into_iter().map(|value| again(value, PARTS).unwrap_or(value.to_owned())).collect();
    let shown: Vec<&dyn Display> = values.iter().map(|value| value as &dyn Display).collect();
    Some(tf(text, &shown))
}

/// What stands in the places of a template, by their numbers; `None` where the sentence is not made of it.
fn places<'a>(template: &str, sentence: &'a str) -> Option<Vec<&'a str>> {
    let (mut template, mut rest) = (template, sentence);
    let mut found: Vec<(usize, &str)> = Vec::new();
    let mut open: Option<usize> = None;
    loop {
        let (literal, place, after) = match next_place(template) {
            Some((literal, place, after)) => (literal, Some(place), after),
            None => (template, None, ""),
        };
        match open.take() {
            None => rest = rest.strip_prefix(literal)?,
            Some(of) => {
                let end = match (place, literal) {
                    (None, literal) => rest.strip_suffix(literal)?.len(),
                    (Some(_), literal) => rest.find(literal).filter(|_| !literal.is_empty())?,
                };
                found.push((of, &rest[..end]));
                rest = &rest[end + literal.len()..];
            }
        }
        match place {
            Some(place) => (open, template) = (Some(place), after),
            None => break,
        }
    }
    found.sort_by_key(|(place, _)| *place);
    let all_there = rest.is_empty() && found.iter().all(|(_, value)| !value.is_empty());
    all_there.then(|| found.into_iter().map(|(_, value)| value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_said_in_the_language_of_the_window() {
        let [en, zh] = [Language::English, Language::Chinese].map(|language| {
            set(language);
            [
                tf(DID_ADD, &[&"cat", &"a b.png"]),
                tf(DID_MARK, &[&"a.png", &t(STATE_DONE)]),
                tf(DID_PASTE, &[&counted(3, OBJECT_ONE, OBJECT_MANY)]),
                tf(DID_DELETE_CLASS, &[&"dog"]),
                tf(DID_IMPORT, &[&format_title(Format::Voc)]),
                tf(DID_HIDE, &[]),
            ]
        });
        for (a, b) in en.iter().zip(&zh) {
            set(Language::Chinese);
            assert_eq!([said_again(a), said_again(b)], [b.clone(), b.clone()]);
            set(Language::English);
            assert_eq!([said_again(a), said_again(b)], [a.clone(), a.clone()]);
        }
        assert_eq!(said_again("something else"), "something else");
    }

    #[test]
    fn formats_have_the_names_of_their_doors_in_english() {
        for format in Format::ALL {
            assert_eq!(format_text(*format).of(Language::English), format.title());
        }
    }
}
