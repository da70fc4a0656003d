//! What files beside a picture say of its place: world files, `.prj`, `.aux.xml`.

use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::words::unescaped;
use super::world::{Crs, World};

/// Such files have no more bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Completes what the file itself says: `.aux.xml` counts before it, a world file and `.prj` where it says nothing.
pub(crate) fn complete(path: &Path, mut world: World) -> World {
    if let Some((transform, crs)) = auxiliary(path) {
        if transform.is_some() {
            world.transform = transform;
        }
        if crs.is_some() {
            world.crs = crs;
        }
    }
    if world.transform.is_none()
        && let Some(file) = world_file(path)
    {
        world.transform = text_of(&file).as_deref().and_then(transform_of);
        if world.transform.is_none() {
            world.remarks.push(format!("{} is no world file of six numbers", limn_files::shown(&file)));
        }
    }
    if world.transform.is_some() && world.crs.is_none() {
        let found = found(path, &["prj"]).and_then(|file| text_of(&file));
        world.crs = found.as_deref().and_then(Crs::of_wkt);
        if world.crs.is_none() {
            world
                .remarks
                .push("it is not known in which coordinates it lies (no coordinate reference system)".to_owned());
        }
    }
    if world.transform.is_none() {
        world.crs = None;
    }
    world
}

fn text_of(file: &Path) -> Option<String> {
    limn_files::read_text(file, MOST_BYTES).ok().map(|text| text.text)
}

fn world_file(path: &Path) -> Option<PathBuf> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let mut names: Vec<String> = Vec::new();
    // The first and the last letter and a `w`, or the whole extension and a `w`.
    if let (Some(first), Some(last)) = (extension.chars().next(), extension.chars().last()) {
        names.push(format!("{first}{last}w"));
    }
    names.push(format!("{extension}w"));
    if extension.starts_with("tif") {
        names.extend(["tfw", "tifw", "tfwx"].map(str::to_owned));
    }
    if extension.starts_with('j') {
        names.extend(["jgw", "jpgw", "j2w"].map(str::to_owned));
    }
    names.push("wld".to_owned());
    found(path, &names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The first of the files of that name with one of these extensions, in small or large letters.
fn found(path: &Path, extensions: &[&str]) -> Option<PathBuf> {
    let names = extensions.iter().flat_map(|name| [(*name).to_owned(), name.to_ascii_uppercase()]);
    names.map(|name| path.with_extension(name)).find(|file| file.is_file())
}

/// Six lines A, D, B, E, C, F, where C and F name the centre of the first pixel.
fn transform_of(text: &str) -> Option<[f64; 6]> {
    let numbers: Option<Vec<f64>> =
        text.split_ascii_whitespace().take(6).map(|word| word.replace(',', ".").parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.iter().all(|n: &f64| n.is_finite()))?;
    let [a, d, b, e, c, f] = <[f64; 6]>::try_from(numbers).ok()?;
    (a * e - b * d != 0.0).then(|| [c - a / 2.0 - b / 2.0, a, b, f - d / 2.0 - e / 2.0, d, e])
}

/// GDAL's `scene.tif.aux.xml`.
fn auxiliary(path: &Path) -> Option<(Option<[f64; 6]>, Option<Crs>)> {
    let mut name = path.as_os_str().to_owned();
    name.push(".aux.xml");
    let text = text_of(Path::new(&name))?;
    let element = |wanted: &str| {
        let mut reader = Reader::from_str(&text);
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) if start.name().as_ref() == wanted => {
                    return Some(unescaped(&reader.read_text(start.name()).ok()?));
                }
                Event::Eof => return None,
                _ => {}
            }
        }
    };
    let transform = element("GeoTransform").and_then(|text| {
        let numbers: Option<Vec<f64>> = text.split(',').map(|word| word.trim().parse().ok()).collect();
        <[f64; 6]>::try_from(numbers?).ok().filter(|t| t.iter().all(|v| v.is_finite()))
    });
    Some((transform, element("SRS").as_deref().and_then(Crs::of_wkt)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn world_files_name_centres() {
        let expected = Some([691_200.0, 0.5, 0.0, 5_334_900.0, 0.0, -0.5]);
        assert_eq!(transform_of("0.5\r\n0.0\r\n0.0\r\n-0.5\r\n691200.25\r\n5334899.75\r\n"), expected);
        assert_eq!(transform_of("0,5 0,0 0,0 -0,5 691200,25 5334899,75"), expected);
        for wrong in ["", "1 2 3", "0 0 0 0 0 0", "a b c d e f", "1 0 0 nan 0 0"] {
            assert_eq!(transform_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_lies_beside_completes_what_is_inside() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let path = folder.path().join("scene.tif");
        assert_eq!(complete(&path, World::default()), World::default());
        write("scene.TFW", "0.5\n0\n0\n-0.5\n100.25\n199.75\n");
        let world = complete(&path, World::default());
        assert_eq!(
            (world.transform, world.crs, world.remarks.len()),
            (Some([100.0, 0.5, 0.0, 200.0, 0.0, -0.5]), None, 1)
        );
        write("scene.prj", "PROJCS[\"WGS_1984_UTM_Zone_60S\"]");
        assert_eq!(complete(&path, World::default()).crs, Some(Crs::Epsg(32760)));
        let inside =
            World { transform: Some([1.0, 1.0, 0.0, 1.0, 0.0, -1.0]), crs: Some(Crs::Epsg(4326)), ..World::default() };
        assert_eq!(complete(&path, inside.clone()), inside, "what is inside counts before a world file");
        write(
            "scene.tif.aux.xml",
            "<PAMDataset><SRS dataAxisToSRSAxisMapping=\"2,1\">GEOGCS[&quot;WGS 84&quot;,AUTHORITY[&quot;EPSG&quot;,&quot;4326&quot;]]</SRS>\
            <GeoTransform>  7.0, 1e-5,0, 8, 0,-1e-5</GeoTransform></PAMDataset>",
        );
        let world = complete(&path, World { crs: None, ..inside });
        assert_eq!((world.transform, world.crs), (Some([7.0, 1e-5, 0.0, 8.0, 0.0, -1e-5]), Some(Crs::Epsg(4326))));
    }
}
