//! A projection that a GeoTIFF defines by parameters of its own, as a PROJ string (`+proj=laea +lat_0=47.25 ...`).

use std::collections::HashMap;
use std::fmt::Write;

/// Whole numbers and doubles of the keys.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    pub(crate) codes: HashMap<u16, u16>,
    pub(crate) numbers: HashMap<u16, f64>,
}

const USER_DEFINED: u16 = 32767;

const PARALLEL_1: u16 = 3078;
const PARALLEL_2: u16 = 3079;
const ORIGIN_LONGITUDE: u16 = 3080;
const ORIGIN_LATITUDE: u16 = 3081;
const FALSE_EASTING: u16 = 3082;
const FALSE_NORTHING: u16 = 3083;
const FALSE_ORIGIN_LONGITUDE: u16 = 3084;
const FALSE_ORIGIN_LATITUDE: u16 = 3085;
const FALSE_ORIGIN_EASTING: u16 = 3086;
const FALSE_ORIGIN_NORTHING: u16 = 3087;
const CENTRE_LONGITUDE: u16 = 3088;
const CENTRE_LATITUDE: u16 = 3089;
const CENTRE_EASTING: u16 = 3090;
const CENTRE_NORTHING: u16 = 3091;
const SCALE: u16 = 3092;
const POLE_LONGITUDE: u16 = 3095;

/// The PROJ string; `None` for methods, units and ellipsoids that are not known here.
pub(crate) fn proj(keys: &Parameters) -> Option<String> {
    let number = |ids: &[u16]| ids.iter().find_map(|id| keys.numbers.get(id)).copied();
    let code = |id: u16| keys.codes.get(&id).copied().filter(|code| *code != USER_DEFINED && *code != 0);
    // Angles in other units than degrees are rare, and not told apart for each parameter.
    if code(2054).is_some_and(|unit| unit != 9102) {
        return None;
    }
    let (unit, metres) = match code(3076) {
        None | Some(9001) => ("+units=m", 1.0),
        Some(9002) => ("+units=ft", 0.3048),
        Some(9003) => ("+units=us-ft", 1200.0 / 3937.0),
        Some(_) => return None,
    };
    let latitude = number(&[ORIGIN_LATITUDE, FALSE_ORIGIN_LATITUDE, CENTRE_LATITUDE]).unwrap_or(0.0);
    let longitude =
        number(&[ORIGIN_LONGITUDE, FALSE_ORIGIN_LONGITUDE, CENTRE_LONGITUDE, POLE_LONGITUDE]).unwrap_or(0.0);
    let scale = number(&[SCALE]).unwrap_or(1.0);
    let parallels = [PARALLEL_1, PARALLEL_2].map(|id| number(&[id]));
    let mut text = String::new();
    let both = |name: &str| format!("+proj={name} +lat_0={latitude} +lon_0={longitude}");
    let scaled = |name: &str| format!("{} +k={scale}", both(name));
    let conic = |name: &str| {
        let [first, second] = [parallels[0]?, parallels[1]?];
        Some(format!("+proj={name} +lat_0={latitude} +lon_0={longitude} +lat_1={first} +lat_2={second}"))
    };
    text += &match code(3075)? {
        1 => scaled("tmerc"),
        7 => match parallels[0] {
            Some(parallel) => format!("+proj=merc +lon_0={longitude} +lat_ts={parallel}"),
            None => format!("+proj=merc +lon_0={longitude} +k={scale}"),
        },
        8 => conic("lcc")?,
        9 => format!("+proj=lcc +lat_1={latitude} +lat_0={latitude} +lon_0={longitude} +k_0={scale}"),
        10 => both("laea"),
        11 => conic("aea")?,
        12 => both("aeqd"),
        13 => conic("eqdc")?,
        14 => scaled("stere"),
        15 => {
            let pole = if latitude < 0.0 { -90 } else { 90 };
            format!("+proj=stere +lat_0={pole} +lat_ts={latitude} +lon_0={longitude} +k={scale}")
        }
        16 => scaled("sterea"),
        17 => format!("+proj=eqc +lat_ts={} +lat_0={latitude} +lon_0={longitude}", parallels[0].unwrap_or(0.0)),
        18 => both("cass"),
        22 => both("poly"),
        24 => format!("+proj=sinu +lon_0={longitude}"),
        _ => return None,
    };
    let easting = number(&[FALSE_EASTING, FALSE_ORIGIN_EASTING, CENTRE_EASTING]).unwrap_or(0.0) * metres;
    let northing = number(&[FALSE_NORTHING, FALSE_ORIGIN_NORTHING, CENTRE_NORTHING]).unwrap_or(0.0) * metres;
    write!(text, " +x_0={easting} +y_0={northing} {} {unit} +no_defs", figure(keys)?).ok()?;
    Some(text)
}

/// The figure of the earth.
fn figure(keys: &Parameters) -> Option<String> {
    let code = |id: u16| keys.codes.get(&id).copied().filter(|code| *code != USER_DEFINED && *code != 0);
    let of_system = match code(2048) {
        Some(4326) => Some("+datum=WGS84"),
        Some(4269) => Some("+datum=NAD83"),
        Some(4258) => Some("+ellps=GRS80"),
        _ => None,
    };
    let of_code = match code(2056) {
        Some(7030) => Some("+ellps=WGS84"),
        Some(7019) => Some("+ellps=GRS80"),
        Some(7004) => Some("+ellps=bessel"),
        Some(7001) => Some("+ellps=airy"),
        Some(7022) => Some("+ellps=intl"),
        Some(7008) => Some("+ellps=clrk66"),
        Some(7024) => Some("+ellps=krass"),
        _ => None,
    };
    if let Some(known) = of_system.or(of_code) {
        return Some(known.to_owned());
    }
    let number = |id: u16| keys.numbers.get(&id).copied().filter(|number| *number > 0.0);
    let major = number(2057)?;
    match (number(2059), number(2058)) {
        (Some(flattening), _) => Some(format!("+a={major} +rf={flattening}")),
        (None, Some(minor)) => Some(format!("+a={major} +b={minor}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projections_by_their_parameters() {
        let keys = |codes: &[(u16, u16)], numbers: &[(u16, f64)]| Parameters {
            codes: codes.iter().copied().collect(),
            numbers: numbers.iter().copied().collect(),
        };
        let equal_area =
            keys(&[(2056, 7019), (3075, 10), (3076, 9001)], &[(3088, 10.75), (3089, 47.25), (3082, 1e5), (3083, 2e5)]);
        let expected = "+proj=laea +lat_0=47.25 +lon_0=10.75 +x_0=100000 +y_0=200000 +ellps=GRS80 +units=m +no_defs";
        assert_eq!(proj(&equal_area).as_deref(), Some(expected));
        let feet = keys(
            &[(2048, 4269), (3075, 8), (3076, 9003)],
            &[(3078, 41.0), (3079, 42.0), (3084, -72.0), (3085, 40.5), (3086, 3937.0)],
        );
        let expected =
            "+proj=lcc +lat_0=40.5 +lon_0=-72 +lat_1=41 +lat_2=42 +x_0=1200 +y_0=0 +datum=NAD83 +units=us-ft +no_defs";
        assert_eq!(proj(&feet).as_deref(), Some(expected));
        assert_eq!(proj(&keys(&[(3075, 99), (2056, 7030)], &[])), None);
        assert_eq!(proj(&keys(&[(3075, 24)], &[(2057, 6_378_137.0)])), None, "half an ellipsoid");
        let own = keys(&[(3075, 24)], &[(2057, 6_371_000.0), (2058, 6_371_000.0)]);
        assert!(proj(&own).is_some_and(|text| text.contains("+a=6371000 +b=6371000")));
    }
}
