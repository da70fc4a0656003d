//! What the command line tests share: running the program, pictures, and broken files.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is the report")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use limn_datasets::{Class, ClickRecord, Mask, Object, PixelRect, Project, Transaction};
use sha2::{Digest, Sha256};

/// Runs the real program.
pub fn limn(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_limn")).args(arguments).env_remove("RUST_LOG").output().unwrap()
}

/// The message, which must be exactly one line.
pub fn one_line(stderr: &[u8]) -> String {
    let text = String::from_utf8(stderr.to_vec()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("limn: "), "{text}");
    text
}

/// A sample picture of the repository.
pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/samples").join(name)
}

/// Writes an 8-bit PNG.
pub fn write_png(path: &Path, width: u32, height: u32, color: png::ColorType, data: &[u8]) {
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(color);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
}

/// Reads an 8-bit grey PNG.
pub fn read_gray_png(path: &Path) -> (u32, u32, Vec<u8>) {
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Grayscale, png::BitDepth::Eight));
    data.truncate(info.buffer_size());
    (info.width, info.height, data)
}

/// Draws an orange disk on a grey ground; returns which pixels it covers.
pub fn disk_picture(path: &Path, width: u32, height: u32, centre: (f32, f32), radius: f32) -> Vec<bool> {
    let (mut data, mut truth) = (Vec::new(), Vec::new());
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (x as f32 + 0.5 - centre.0, y as f32 + 0.5 - centre.1);
            let inside = dx * dx + dy * dy < radius * radius;
            let shade = (30.0 * (dx + dy) / radius) as i32;
            let pixel: [i32; 3] = if inside { [225, 130 + shade, 40] } else { [90, 100 + shade / 6, 110] };
            data.extend(pixel.map(|v| v.clamp(0, 255) as u8));
            truth.push(inside);
        }
    }
    write_png(path, width, height, png::ColorType::Rgb, &data);
    truth
}

/// A PNG that claims that size and holds hardly any data.
pub fn huge_png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    // The beginning of a zlib stream is all there is of the pixels.
    for (kind, data) in
        [(b"IHDR", &header[..]), (b"IDAT", &[0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]), (b"IEND", &[])]
    {
        let typed = [&kind[..], data].concat();
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(&typed);
        bytes.extend(crc32(&typed).to_be_bytes());
    }
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, &byte: &u8| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// A card for a model named `name` beside `onnx`; the sum is that of `summed`.
pub fn card_for(folder: &Path, name: &str, onnx: &[u8], summed: &[u8]) -> PathBuf {
    let sum: String = Sha256::digest(summed).iter().map(|b| format!("{b:02x}")).collect();
    std::fs::write(folder.join(format!("{name}.onnx")), onnx).unwrap();
    let path = folder.join(format!("{name}.toml"));
    let text = format!("name = {name:?}\nfile = \"{name}.onnx\"\nsha256 = \"{sum}\"\n[input]\nsize = 32\n");
    std::fs::write(&path, text).unwrap();
    path
}

/// An ONNX file with the inputs and outputs of a click network and one operator that nobody knows.
pub fn bad_onnx() -> Vec<u8> {
    let text = |field: u8, value: &str| bytes_field(field, value.as_bytes());
    let node = [
        text(1, "image"),
        text(1, "clicks"),
        text(2, "mask"),
        text(2, "edge"),
        text(3, "strange node"),
        text(4, "Strange"),
    ];
    let value = |name: &str, channels: u8| {
        let dimension = |n: u8| bytes_field(1, &[8, n]);
        let shape = [1, channels, 32, 32].map(dimension).concat();
        let tensor = [vec![8, 1], bytes_field(2, &shape)].concat();
        [text(1, name), bytes_field(2, &bytes_field(1, &tensor))].concat()
    };
    let graph = [
        bytes_field(1, &node.concat()),
        text(2, "graph"),
        bytes_field(11, &value("image", 3)),
        bytes_field(11, &value("clicks", 4)),
        bytes_field(12, &value("mask", 1)),
        bytes_field(12, &value("edge", 1)),
    ];
    let opset = [text(1, ""), vec![16, 17]].concat();
    [vec![8, 8], bytes_field(7, &graph.concat()), bytes_field(8, &opset)].concat()
}

/// A length-delimited field of the protocol buffer encoding.
fn bytes_field(field: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![field << 3 | 2];
    let mut length = bytes.len();
    while length >= 128 {
        out.push(length as u8 & 127 | 128);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(bytes);
    out
}

/// The project of a folder with one picture, and in it one object: a wrong mask (the corner pixel) and one positive click.
pub fn project_with_click(folder: &Path, (x, y): (f32, f32)) -> PathBuf {
    let mut project = Project::open_folder(folder).unwrap();
    let image = project.document().images()[0].clone();
    let class = Class::new(project.next_class_id(), "disk", [200, 80, 30]);
    let rect = PixelRect { x0: 0, y0: 0, x1: 1, y1: 1 };
    let mask = Mask::rectangle(image.width.max(1), image.height.max(1), rect);
    let mut object = Object::new(project.next_object_id(), image.id, class.id, mask);
    object.clicks.push(ClickRecord { x, y, positive: true });
    let mut transaction = Transaction::new("Draw");
    transaction.put_class(project.document(), class).put_object(project.document(), object);
    project.commit(transaction).unwrap();
    project.path().unwrap().to_owned()
}
