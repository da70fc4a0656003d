//! `limn info`: what a medium is, and raw values of it.

use std::path::Path;

use anyhow::Result;
use limn_datasets::media::{Description, describe};
use limn_files::{printable, shown};

use super::args::{Common, InfoArgs};
use super::output::{refuse_inputs, write_json};
use crate::cli::output::say;

/// Runs `limn info`.
///
/// # Errors
/// What keeps the file from being read, or the answer from being written.
pub fn run(given: &InfoArgs, common: &Common) -> Result<()> {
    if let Some(to) = &given.json {
        refuse_inputs(to, [given.path.as_path()])?;
    }
    let found = describe(&given.path, &given.probes)?;
    if let Some(to) = &given.json {
        write_json(to, &found)?;
    }
    if !common.quiet && given.json.as_deref() != Some(Path::new("-")) {
        lines(&given.path, &found).iter().for_each(|line| say!("{}", printable(line)));
    }
    Ok(())
}

/// The answer for a person.
fn lines(path: &Path, found: &Description) -> Vec<String> {
    let Description { width, height, bands, sample_type, format, .. } = found;
    let word = if *bands == 1 { "band" } else { "bands" };
    let mut lines =
        vec![format!("{}: {format}, {width} x {height} pixels, {bands} {word} of {sample_type}", shown(path))];
    let mut add = |name: &str, what: Option<String>| lines.extend(what.map(|what| format!("{name:<12}{what}")));
    add("bands", found.band_names.as_ref().map(|names| names.join(", ")));
    add("planes", (found.planes > 1).then(|| found.planes.to_string()));
    add("nodata", found.nodata.map(|value| value.to_string()));
    add("crs", found.crs.clone().or_else(|| found.crs_text.clone()));
    let numbers = |t: [f64; 6]| t.map(|number| number.to_string()).join(", ");
    let point = if found.pixel_is_point { " (pixel is point)" } else { "" };
    add("transform", found.transform.map(|t| format!("{}{point}", numbers(t))));
    let sizes = |sizes: &[[u32; 2]]| sizes.iter().map(|[w, h]| format!("{w} x {h}")).collect::<Vec<_>>().join(", ");
    add("overviews", (!found.overviews.is_empty()).then(|| sizes(&found.overviews)));
    for remark in &found.remarks {
        add("note", Some(remark.clone()));
    }
    for probe in &found.probes {
        let plane = probe.plane.map(|plane| format!(", plane {plane}")).unwrap_or_default();
        let values = probe.values.as_ref().map(|values| {
            let empty = if probe.valid == Some(false) { " (no data)" } else { "" };
            format!("{}{empty}", values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        });
        let values = values.unwrap_or_else(|| "outside".to_owned());
        lines.push(format!("({}, {}{plane}) {values}", probe.x, probe.y));
    }
    lines
}
