//! Where a picture lies in the world.

use std::fmt;

use serde::{Serialize, Serializer};

/// Where a picture lies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// From pixels to the world: `x = t[0] + t[1] * column + t[2] * row`, `y = t[3] + t[4] * column + t[5] * row`, where columns and rows count
    /// edges, (0, 0) the upper left corner of the first pixel.
    pub transform: Option<[f64; 6]>,
    /// What the numbers of the world mean; only together with a transform.
    pub crs: Option<Crs>,
    /// The file's numbers name centres of pixels (the transform is of corners all the same).
    pub pixel_is_point: bool,
    /// What a person should know: control points that are not applied, files beside it that cannot be read.
    pub remarks: Vec<String>,
}

impl World {
    /// Where a place of the picture (edges, level 0) lies, with as many decimals as tell neighbouring pixels apart; `None` where
    /// nothing is known of it.
    pub fn told(&self, column: f64, row: f64) -> Option<String> {
        let t = self.transform?;
        let place = [t[0] + t[1] * column + t[2] * row, t[3] + t[4] * column + t[5] * row];
        let step = t[1].hypot(t[4]).min(t[2].hypot(t[5]));
        // A tenth of a pixel can be read.
        let decimals = (1.0 - step.log10()).ceil().clamp(0.0, 9.0) as usize;
        Some(format!("{:.decimals$}, {:.decimals$}", place[0], place[1]))
    }
}

/// A coordinate reference system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crs {
    /// By its number in the EPSG register.
    Epsg(u32),
    /// By a text: WKT, a PROJ string (`+proj=...`) where the file defines it by parameters of its own, or else the name it gives it.
    Text(String),
}

/// `EPSG:32632`, or the text.
impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epsg(code) => write!(f, "EPSG:{code}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Serialize for Crs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Crs {
    /// Of a WKT: by its number if it names one, or if it is one of those that programs write without.
    pub(crate) fn of_wkt(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let named = name_of(text).and_then(|name| code_of_name(&name));
        Some(authority(text).or(named).map_or_else(|| Self::Text(text.to_owned()), Self::Epsg))
    }
}

/// The first quoted text.
fn name_of(text: &str) -> Option<String> {
    text.split('"').nth(1).map(str::to_owned)
}

/// The number that a WKT names for itself, not for one of its parts: `AUTHORITY["EPSG","32632"]` or `ID["EPSG",32632]`.
fn authority(text: &str) -> Option<u32> {
    let (mut depth, mut quoted, mut word) = (0, false, String::new());
    for (at, sign) in text.char_indices() {
        match sign {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '[' | '(' => {
                depth += 1;
                if depth == 2 && matches!(word.as_str(), "AUTHORITY" | "ID") {
                    let end = text[at..].find([']', ')'])? + at;
                    let mut parts = text[at + 1..end].split(',').map(|part| part.trim().trim_matches('"'));
                    if parts.next() == Some("EPSG") {
                        return parts.next()?.parse().ok();
                    }
                }
                word.clear();
            }
            ']' | ')' => depth -= 1,
            _ if sign.is_ascii_alphabetic() => word.push(sign.to_ascii_uppercase()),
            _ => word.clear(),
        }
    }
    None
}

/// Names that ESRI's programs write without a number.
fn code_of_name(name: &str) -> Option<u32> {
    let known = match name {
        "GCS_WGS_1984" => 4326,
        "GCS_North_American_1983" => 4269,
        "GCS_ETRS_1989" => 4258,
        "WGS_1984_Web_Mercator_Auxiliary_Sphere" => 3857,
        "RGF_1993_Lambert_93" => 2154,
        "British_National_Grid" => 27700,
        "ETRS_1989_LAEA" => 3035,
        _ => 0,
    };
    if known != 0 {
        return Some(known);
    }
    let (datum, zone) = name.split_once("_UTM_Zone_")?;
    let (number, hemisphere) = zone.split_at_checked(zone.len().checked_sub(1)?)?;
    let number = number.parse::<u32>().ok().filter(|number| (1..=60).contains(number))?;
    match (datum, hemisphere) {
        ("WGS_1984", "N") => Some(32600 + number),
        ("WGS_1984", "S") => Some(32700 + number),
        ("ETRS_1989", "N") if (28..=38).contains(&number) => Some(25800 + number),
        ("NAD_1983", "N") if number <= 23 => Some(26900 + number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_have_as_many_decimals_as_pixels_need() {
        let world = |transform| World { transform: Some(transform), ..World::default() };
        let metres = world([691_200.0, 0.5, 0.0, 5_334_900.0, 0.0, -0.5]);
        assert_eq!(metres.told(10.0, 20.0).as_deref(), Some("691205.00, 5334890.00"));
        let degrees = world([11.0, 1e-5, 0.0, 48.0, 0.0, -1e-5]);
        assert_eq!(degrees.told(1.0, 1.0).as_deref(), Some("11.000010, 47.999990"));
        let coarse = world([0.0, 1000.0, 0.0, 0.0, 0.0, -1000.0]);
        assert_eq!(coarse.told(1.0, 1.0).as_deref(), Some("1000, -1000"));
        assert_eq!(World::default().told(1.0, 1.0), None);
    }

    #[test]
    fn numbers_of_a_wkt_are_its_own() {
        let wkt =
            r#"PROJCS["x (y",GEOGCS["WGS 84",AUTHORITY["EPSG","4326"]],PROJECTION["T"],AUTHORITY["EPSG","32632"]]"#;
        assert_eq!(Crs::of_wkt(wkt), Some(Crs::Epsg(32632)));
        assert_eq!(
            Crs::of_wkt(r#"PROJCRS["x",BASEGEOGCRS["y",ID["EPSG",4326]],ID["EPSG",3857]]"#),
            Some(Crs::Epsg(3857))
        );
        let own = r#"PROJCS["own",GEOGCS["WGS 84",AUTHORITY["EPSG","4326"]]]"#;
        assert_eq!(Crs::of_wkt(own), Some(Crs::Text(own.to_owned())));
        assert_eq!(Crs::of_wkt(r#"PROJCS["WGS_1984_UTM_Zone_32N",GEOGCS["GCS_WGS_1984"]]"#), Some(Crs::Epsg(32632)));
        assert_eq!(
            Crs::of_wkt(r#"PROJCS["WGS_1984_UTM_Zone_99N"]"#),
            Some(Crs::Text(r#"PROJCS["WGS_1984_UTM_Zone_99N"]"#.into()))
        );
        assert_eq!((Crs::of_wkt(" \n"), Crs::of_wkt("]]\"[é")), (None, Some(Crs::Text("]]\"[é".into()))));
    }
}
