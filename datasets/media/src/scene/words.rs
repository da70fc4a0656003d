//! What a TIFF says of its bands and planes in words: GDAL's metadata, OME-XML, ImageJ's description.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::tiff::series::{Order, number_of};

/// Pages of a stack are counted up to so many.
const MOST_PAGES: usize = 1 << 16;

/// What a description says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Words {
    pub(crate) order: Option<Order>,
    /// Names of the channels, if any has one.
    pub(crate) names: Option<Vec<String>>,
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(unescaped(&found.value))
}

/// Text without its entities; as it is if one is not known.
pub(crate) fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), |text| text.into_owned())
}

/// Names of bands in GDAL's metadata: items of the role `description`.
pub(crate) fn band_names(xml: &str, bands: usize) -> Option<Vec<String>> {
    let mut names = vec![None; bands];
    let mut reader = Reader::from_str(xml);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(element) if element.local_name().as_ref() == "Item" => {
                let band = attribute(&element, "sample").and_then(|sample| sample.parse::<usize>().ok());
                let described = attribute(&element, "role").is_some_and(|role| role == "description");
                let Ok(text) = reader.read_text(element.name()) else { break };
                if let Some(name) = band.filter(|_| described).and_then(|band| names.get_mut(band)) {
                    *name = Some(unescaped(&text));
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    filled(names)
}

/// Where some bands have names, the others have numbers from 1 on.
fn filled(names: Vec<Option<String>>) -> Option<Vec<String>> {
    let any = names.iter().flatten().any(|name| !name.trim().is_empty());
    let name = |(band, name): (usize, Option<String>)| name.unwrap_or_else(|| format!("{}", band + 1));
    any.then(|| names.into_iter().enumerate().map(name).collect())
}

/// What the description of a first page says of all pages.
pub(crate) fn of_description(text: &str) -> Words {
    if text.starts_with("ImageJ=") {
        let size = |name| number_of(text, name).unwrap_or(1).max(1);
        let sizes = [size("channels"), size("slices"), size("frames")];
        return Words { order: in_order(sizes, [0, 1, 2], 1), names: None };
    }
    if text.contains("<OME") { ome(text).unwrap_or_default() } else { Words::default() }
}

/// The pages one after another, the dimension `order[0]` (0 channel, 1 slice, 2 frame) varying first.
fn in_order(sizes: [u32; 3], order: [usize; 3], channels_a_page: u32) -> Option<Order> {
    let sizes = [(sizes[0] / channels_a_page.max(1)).max(1), sizes[1], sizes[2]];
    let count = sizes.iter().try_fold(1usize, |all, size| all.checked_mul(*size as usize));
    count.filter(|count| (2..=MOST_PAGES).contains(count))?;
    let mut steps = [0; 3];
    let mut step = 1;
    for dimension in order {
        steps[dimension] = step;
        step *= sizes[dimension] as usize;
    }
    let mut pages = Vec::new();
    for frame in 0..sizes[2] as usize {
        for slice in 0..sizes[1] as usize {
            pages
                .extend((0..sizes[0] as usize).map(|channel| channel * steps[0] + slice * steps[1] + frame * steps[2]));
        }
    }
    Some(Order { sizes, pages })
}

/// The first `Pixels` of an OME-XML (2016-06): sizes, order of the pages, names of the channels.
fn ome(xml: &str) -> Option<Words> {
    let mut reader = Reader::from_str(xml);
    let (mut words, mut names, mut inside, mut channels_a_page) = (Words::default(), Vec::new(), false, 1);
    let (mut sizes, mut dimensions) = ([1; 3], [0, 1, 2]);
    let mut placed: Vec<[usize; 5]> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => {
                let number = |name: &str| attribute(&element, name).and_then(|text| text.parse::<u32>().ok());
                match element.local_name().as_ref() {
                    "Pixels" if !inside => {
                        inside = true;
                        sizes = ["SizeC", "SizeZ", "SizeT"].map(|name| number(name).unwrap_or(1).max(1));
                        let order = attribute(&element, "DimensionOrder").unwrap_or_else(|| "XYCZT".to_owned());
                        let found: Vec<usize> = order.chars().filter_map(|sign| "CZT".find(sign)).collect();
                        dimensions = found.try_into().unwrap_or(dimensions);
                    }
                    "Channel" if inside => {
                        channels_a_page = number("SamplesPerPixel").unwrap_or(1);
                        names.push(attribute(&element, "Name"));
                    }
                    "TiffData" if inside => {
                        let at = |name: &str, usual: u32| number(name).unwrap_or(usual) as usize;
                        let count = at("PlaneCount", u32::from(number("IFD").is_some()));
                        placed.push([at("FirstC", 0), at("FirstZ", 0), at("FirstT", 0), at("IFD", 0), count]);
                    }
                    _ => {}
                }
            }
            Event::End(element) if element.local_name().as_ref() == "Pixels" => break,
            Event::Eof => break,
            _ => {}
        }
    }
    words.order = in_order(sizes, dimensions, channels_a_page);
    if let Some(order) = &mut words.order
        && placed.iter().any(|place| place[4] > 0)
    {
        // Which page each one is, where the file says it one by one.
        let sizes = order.sizes.map(|size| size as usize);
        let mut pages = vec![usize::MAX; order.pages.len()];
        for [c, z, t, page, count] in placed {
            let mut at = [c, z, t];
            for step in 0..count.min(pages.len()) {
                let place = (at[2] * sizes[1] + at[1]) * sizes[0] + at[0];
                if let Some(place) = pages.get_mut(place).filter(|_| (0..3).all(|d| at[d] < sizes[d])) {
                    *place = page + step;
                }
                for dimension in dimensions {
                    at[dimension] += 1;
                    if at[dimension] < sizes[dimension] {
                        break;
                    }
                    at[dimension] = 0;
                }
            }
        }
        order.pages = pages;
    }
    words.names = filled(names);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_bands_are_descriptions() {
        let xml = "<GDALMetadata><Item name=\"DESCRIPTION\" sample=\"1\" role=\"description\">nir &amp; more</Item>\
            <Item name=\"x\" sample=\"0\" role=\"scale\">2</Item></GDALMetadata>";
        assert_eq!(band_names(xml, 2), Some(vec!["1".to_owned(), "nir & more".to_owned()]));
        assert_eq!((band_names("<GDALMetadata/>", 2), band_names("<a", 2), band_names("", 0)), (None, None, None));
    }

    #[test]
    fn pages_of_a_stack_in_their_order() {
        let imagej = of_description("ImageJ=1.53\nimages=12\nchannels=2\nslices=3\nframes=2\n");
        assert_eq!(imagej.order.unwrap().pages, (0..12).collect::<Vec<_>>());
        let ome = |rest: &str| {
            let xml = format!(
                "<?xml version=\"1.0\"?><OME xmlns=\"o\"><Image><Pixels DimensionOrder=\"XYZCT\" SizeC=\"2\" SizeZ=\"3\" SizeT=\"1\">\
                <Channel Name=\"DAPI\"/><Channel Name=\"GFP\"/>{rest}</Pixels></Image></OME>"
            );
            of_description(&xml)
        };
        let words = ome("<TiffData/>");
        assert_eq!(words.names, Some(vec!["DAPI".to_owned(), "GFP".to_owned()]));
        assert_eq!(words.order, Some(Order { sizes: [2, 3, 1], pages: vec![0, 3, 1, 4, 2, 5] }));
        let words = ome(
            "<TiffData IFD=\"0\" FirstC=\"1\" PlaneCount=\"3\"/><TiffData IFD=\"3\" FirstC=\"0\" PlaneCount=\"3\"/>",
        );
        assert_eq!(words.order.unwrap().pages, [3, 0, 4, 1, 5, 2]);
        assert_eq!(of_description("<OME").order, None);
    }
}
