//! What can be written on the command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, Subcommand};
use limn_datasets::{CocoSegmentation, Format, ImageState, MaskLayout, Tolerance};
use limn_inference::BackendChoice;
use limn_models::{Adapt, Click};

use super::eval::order::Order;
use crate::rerun::Source;

/// Draw object masks with a few clicks.
#[derive(Debug, Parser)]
#[command(name = "limn", version)]
pub struct Args {
    /// A folder, project, picture or video to open in the window.
    pub path: Option<PathBuf>,
    /// Options of all commands.
    #[command(flatten)]
    pub common: Common,
    /// Work without a window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of all commands.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Common {
    /// What runs the network: auto, wgpu, ort, rten or reference.
    #[arg(long, global = true)]
    pub backend: Option<BackendChoice>,
    /// Name of a model, or the path of its card (*.toml).
    #[arg(long, global = true)]
    pub model: Option<String>,
    /// Print nothing but results and errors.
    #[arg(long, global = true)]
    pub quiet: bool,
    /// A damaged project of which only a part could be read is no failure.
    #[arg(long, global = true)]
    pub rescued: bool,
    /// Look for pictures also where links lead out of the project's folder, and in a folder of pictures that lies elsewhere.
    #[arg(long, global = true)]
    pub outside: bool,
}

/// The sub-commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Outline one object of a picture by clicks or a box.
    Segment(SegmentArgs),
    /// Measure the number of clicks on a set with known masks (standard protocol).
    Eval(EvalArgs),
    /// Read a data set into a project.
    Import(ImportArgs),
    /// Write a project as a data set.
    Export(ExportArgs),
    /// Decode a written data set again and compare every object.
    Verify(VerifyArgs),
    /// What a picture or a scene is: size, bands, place in the world, raw values.
    Info(InfoArgs),
    /// Find overlaps, duplicates, slivers, empty objects, missing files and the like.
    Check(CheckArgs),
    /// Run the stored clicks of many objects again with the present model.
    Batch(BatchArgs),
    /// Latency and throughput, side by side with ONNX Runtime.
    Bench(BenchArgs),
    /// Adapters, runtimes, models, versions.
    Doctor,
}

/// `limn segment`.
#[derive(Debug, clap::Args)]
pub struct SegmentArgs {
    /// The picture.
    pub image: PathBuf,
    /// A click at pixel coordinates: X,Y or X,Y,+ belongs to the object, X,Y,- does not. In order, as often as needed.
    #[arg(long = "click", value_name = "X,Y[,+|-]", value_parser = parse_click, allow_hyphen_values = true)]
    pub clicks: Vec<Click>,
    /// A box around the object, before the clicks.
    #[arg(long = "box", value_name = "X0,Y0,X1,Y1", value_parser = parse_box, allow_hyphen_values = true)]
    pub bounds: Option<Corners>,
    /// A mask (PNG, object not 0) that the clicks correct.
    #[arg(long, value_name = "PNG", conflicts_with = "bounds")]
    pub mask: Option<PathBuf>,
    /// Where to write the mask: PNG, 255 object, 0 background.
    #[arg(long, value_name = "MASK.png")]
    pub out: Option<PathBuf>,
    /// Where to write what was done and found, as JSON; - for standard output.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<PathBuf>,
    /// A pixel belongs to the object if its probability is above this.
    #[arg(long, default_value_t = 0.5, value_parser = parse_fraction)]
    pub threshold: f32,
    /// Keep only the largest connected part.
    #[arg(long)]
    pub largest: bool,
    /// Fill holes.
    #[arg(long)]
    pub fill_holes: bool,
    /// Drop connected parts of fewer pixels.
    #[arg(long, default_value_t = 0, value_name = "PIXELS")]
    pub min_area: u32,
}

/// `limn eval`.
#[derive(Debug, clap::Args)]
pub struct EvalArgs {
    /// Folder of pictures.
    #[arg(long, value_name = "DIR")]
    pub images: PathBuf,
    /// Folder of masks: stem.png and stem#k.png for DIR/stem.*; 255 object, 0 background, 128 ignored.
    #[arg(long, value_name = "DIR")]
    pub masks: PathBuf,
    /// IoU at which an object is done.
    #[arg(long, default_value_t = 0.90, value_parser = parse_target)]
    pub target: f64,
    /// Clicks at which an object is given up.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub max_clicks: u32,
    /// Which parameters learn: off, local, global or both.
    #[arg(long, default_value = "off")]
    pub adapt: Adapt,
    /// The order of the objects, which matters to learning: file or shuffle:SEED.
    #[arg(long, default_value = "file", value_name = "file|shuffle:SEED")]
    pub order: Order,
    /// Figures of every class too: the class is the part of the mask's stem before the last separator ("_" if none is given).
    #[arg(long, value_name = "SEPARATOR", num_args = 0..=1, default_missing_value = "_")]
    pub by_class: Option<String>,
    /// Every class (see --by-class) learns for itself.
    #[arg(long, requires = "by_class")]
    pub per_class: bool,
    /// Where to write the report as JSON; - for standard output.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<PathBuf>,
}

/// `limn import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The project (*.limn) or folder of pictures; made if it does not exist.
    pub project: PathBuf,
    /// What to read.
    #[arg(long, value_name = "FORMAT:PATH")]
    pub from: DataSet,
    /// Where the pictures are, if neither in the project's folder nor beside the data set.
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// The labels were drawn on the stored pixels of pictures with an EXIF orientation: turn them with the pictures.
    #[arg(long)]
    pub stored_pixels: bool,
}

/// `limn export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The project (*.limn) or its folder.
    pub project: PathBuf,
    /// What to write.
    #[arg(long, value_name = "FORMAT:PATH")]
    pub to: DataSet,
    /// COCO: auto, polygon, rle or rle-uncompressed.
    #[arg(long, default_value = "auto")]
    pub segmentation: CocoSegmentation,
    /// labelme, CVAT, Label Studio, Datumaro: polygons on the pixel edges instead of masks.
    #[arg(long)]
    pub polygons: bool,
    /// COCO, YOLO, EISeg, and --polygons: outlines may leave the mask by so many pixels, with fewer corners; 0 for exact ones.
    #[arg(long, default_value = "0", value_name = "PX")]
    pub tolerance: Tolerance,
    /// Masks: objects (stem#k.png), classes, instances or colors (stem.png).
    #[arg(long, default_value = "objects")]
    pub layout: MaskLayout,
    /// VOC: width in pixels of the band of 255 around every object.
    #[arg(long, default_value_t = 0, value_name = "PIXELS")]
    pub void_band: u32,
    /// VOC, YOLO, labelme, Datumaro: copy the pictures too.
    #[arg(long)]
    pub copy_images: bool,
    /// VOC, YOLO: percentage of pictures for validation.
    #[arg(long, default_value_t = 0, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub val: u8,
    /// Leave out pictures that are not marked done.
    #[arg(long)]
    pub only_done: bool,
    /// Only objects of this class; may be given several times.
    #[arg(long = "class", value_name = "NAME")]
    pub classes: Vec<String>,
    /// Only pictures in this state: open, done, checked or rejected; may be given several times.
    #[arg(long = "state", value_name = "STATE", value_parser = parse_state)]
    pub states: Vec<ImageState>,
    /// Only pictures with this tag; may be given several times.
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Replace files that this project did not write, or that were changed since.
    #[arg(long)]
    pub overwrite: bool,
}

/// `limn verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// What to check.
    #[arg(value_name = "FORMAT:PATH")]
    pub data: DataSet,
    /// Where the pictures are.
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// The project to compare with, if it does not lie with the pictures or near the export.
    #[arg(long, value_name = "PROJECT")]
    pub project: Option<PathBuf>,
}

/// `limn info`.
#[derive(Debug, clap::Args)]
pub struct InfoArgs {
    /// The picture or scene.
    pub path: PathBuf,
    /// Raw values of all bands at a pixel, without any display; may be given several times.
    #[arg(long = "probe", value_name = "X,Y[,PLANE]", value_parser = parse_probe)]
    pub probes: Vec<limn_datasets::media::Probe>,
    /// Where to write the answer as JSON; - for standard output.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<PathBuf>,
}

/// `limn check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The project (*.limn), its folder, or a data set: FORMAT:PATH.
    #[arg(value_name = "PROJECT|FORMAT:PATH")]
    pub what: String,
    /// Where the pictures of a data set are.
    #[arg(long, value_name = "DIR")]
    pub images: Option<PathBuf>,
    /// Two objects overlap if they share this part of the smaller one.
    #[arg(long, default_value_t = 0.5, value_parser = parse_target)]
    pub overlap: f64,
    /// Where to write the findings as JSON; - for standard output.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<PathBuf>,
}

/// `limn batch`.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// The project (*.limn) or its folder.
    pub project: PathBuf,
    /// What the network is asked with: the stored clicks, the box around each object, or its mask as a rough one.
    #[arg(long, default_value = "clicks", value_name = "clicks|boxes|masks")]
    pub source: Source,
    /// Only show how the masks would change.
    #[arg(long)]
    pub dry_run: bool,
    /// Only objects of this class.
    #[arg(long, value_name = "NAME")]
    pub class: Option<String>,
    /// Where old and new have a smaller IoU than this, the new mask waits for a person.
    #[arg(long, default_value_t = 0.9, value_name = "IOU")]
    pub below: f32,
    /// Take the new masks at once.
    #[arg(long)]
    pub apply: bool,
    /// Also run objects that the same model did before with the same prompts.
    #[arg(long)]
    pub again: bool,
    /// Engines at work side by side.
    #[arg(long, default_value_t = 1)]
    pub workers: usize,
    /// Only the i-th of n parts of the pictures, from 1: for several machines, each with a copy of the project.
    #[arg(long, default_value = "1/1", value_name = "I/N", value_parser = parse_shard)]
    pub shard: (usize, usize),
    /// Take over what a run did in a copy of the project; runs nothing.
    #[arg(long, value_name = "PROJECT", conflicts_with_all = ["shard", "apply", "dry_run"])]
    pub merge: Option<PathBuf>,
}

/// `limn bench`.
#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// Where to write the figures as JSON; - for standard output.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<PathBuf>,
    /// Timed runs of each; the median counts.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// List every kernel of the wgpu plan instead.
    #[arg(long, conflicts_with = "json")]
    pub graph: bool,
    /// Measure the window instead, without a screen: 10,000 objects on one picture, 100,000 pictures in the project.
    #[arg(long, conflicts_with = "graph")]
    pub ui: bool,
    /// Objects in that project; those beyond 10,000 lie on its other pictures.
    #[arg(long, requires = "ui", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10_000..=2_000_000))]
    pub objects: u32,
}

/// A data set: format and place.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSet {
    /// The format.
    pub format: Format,
    /// File or folder.
    pub path: PathBuf,
}

impl FromStr for DataSet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Format::ALL.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ");
        let (format, path) =
            text.split_once(':').ok_or_else(|| format!("write FORMAT:PATH, where FORMAT is one of {}", names()))?;
        if path.is_empty() {
            return Err("the path after the colon is empty".to_owned());
        }
        Ok(Self { format: format.parse()?, path: path.into() })
    }
}

/// Two opposite corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corners(pub [f32; 4]);

fn parse_probe(text: &str) -> Result<limn_datasets::media::Probe, String> {
    let wrong = || format!("write X,Y or X,Y,PLANE in whole numbers from 0 on, not {text:?}");
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
    match parts[..] {
        [x, y] => Ok((number(x)?, number(y)?, None)),
        [x, y, plane] => Ok((number(x)?, number(y)?, Some(plane.parse().map_err(|_| wrong())?))),
        _ => Err(wrong()),
    }
}

fn parse_click(text: &str) -> Result<Click, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let (x, y, positive) = match parts[..] {
        [x, y] | [x, y, "+"] => (x, y, true),
        [x, y, "-"] => (x, y, false),
        _ => return Err("write X,Y or X,Y,+ or X,Y,-".to_owned()),
    };
    Ok(Click { x: parse_number(x)?, y: parse_number(y)?, positive })
}

fn parse_state(text: &str) -> Result<ImageState, String> {
    match text {
        "open" => Ok(ImageState::Open),
        "done" => Ok(ImageState::Done),
        "checked" => Ok(ImageState::Checked),
        "rejected" => Ok(ImageState::Rejected),
        _ => Err(format!("unknown state {text:?}; known are open, done, checked, rejected")),
    }
}

/// `I/N` from 1 to a remainder and a divisor.
fn parse_shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse::<usize>().ok()?, n.parse::<usize>().ok()?)));
    match parts {
        Some((i, n)) if (1..=n).contains(&i) => Ok((i - 1, n)),
        _ => Err(format!("`{text}` is no part: write I/N with I from 1 to N, for example 2/4")),
    }
}

fn parse_box(text: &str) -> Result<Corners, String> {
    let numbers = text.split(',').map(|part| parse_number(part.trim())).collect::<Result<Vec<_>, _>>()?;
    let corners: [f32; 4] = numbers.try_into().map_err(|_| "write X0,Y0,X1,Y1".to_owned())?;
    let [x0, y0, x1, y1] = corners;
    if x0 == x1 || y0 == y1 {
        return Err("the box is empty".to_owned());
    }
    Ok(Corners(corners))
}

fn parse_number(text: &str) -> Result<f32, String> {
    text.parse::<f32>().ok().filter(|v| v.is_finite()).ok_or_else(|| format!("{text:?} is no number"))
}

fn parse_fraction(text: &str) -> Result<f32, String> {
    let value = parse_number(text)?;
    if (0.0..1.0).contains(&value) { Ok(value) } else { Err("must be at least 0 and below 1".to_owned()) }
}

fn parse_target(text: &str) -> Result<f64, String> {
    let value = text.parse::<f64>().map_err(|_| format!("{text:?} is no number"))?;
    if value > 0.0 && value <= 1.0 { Ok(value) } else { Err("must be above 0 and at most 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn clicks_boxes_and_data_sets_parse() {
        assert_eq!(parse_click("3,4.5"), Ok(Click { x: 3.0, y: 4.5, positive: true }));
        assert_eq!(parse_click("3, 4, -"), Ok(Click { x: 3.0, y: 4.0, positive: false }));
        for wrong in ["", "3", "3,4,5", "3,a", "3,inf", "3,4,+,1"] {
            assert!(parse_click(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_box("1,2,3,4"), Ok(Corners([1.0, 2.0, 3.0, 4.0])));
        for wrong in ["1,2,3", "1,2,1,4", "1,2,3,4,5"] {
            assert!(parse_box(wrong).is_err(), "{wrong}");
        }
        let data: DataSet = "coco:C:/a b/x.json".parse().unwrap();
        assert_eq!((data.format, data.path), (Format::Coco, PathBuf::from("C:/a b/x.json")));
        for wrong in ["coco", "coco:", "mp3:x"] {
            assert!(wrong.parse::<DataSet>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_path_alone_is_for_the_window_and_commands_keep_their_options() {
        let args = Args::try_parse_from(["limn", "my pictures"]).unwrap();
        assert!(args.command.is_none() && args.path == Some(PathBuf::from("my pictures")));
        let args = Args::try_parse_from(["limn", "segment", "a.png", "--click", "1,2,-", "--backend", "ort"]).unwrap();
        assert_eq!(args.common.backend, "ort".parse().ok());
        let Some(Command::Segment(given)) = args.command else { panic!("not segment") };
        assert!(!given.clicks[0].positive);
    }
}
