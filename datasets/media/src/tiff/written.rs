//! A small writer of TIFF files for tests: what a test says and nothing else.

/// A value of a tag.
pub(crate) enum Held {
    Shorts(Vec<u16>),
    Longs(Vec<u32>),
    Doubles(Vec<f64>),
    Text(String),
}

/// One directory: its tags but those of the places, and its tiles or strips.
pub(crate) struct Page {
    pub(crate) tags: Vec<(u16, Held)>,
    pub(crate) chunks: Vec<Vec<u8>>,
}

impl Page {
    /// Of strips of all rows, or tiles where the tags say so.
    pub(crate) fn new(size: [u32; 2], bands: u16, bits: u16, format: u16) -> Self {
        let photometric = if bands >= 3 { 2 } else { 1 };
        Self {
            tags: vec![
                (256, Held::Longs(vec![size[0]])),
                (257, Held::Longs(vec![size[1]])),
                (258, Held::Shorts(vec![bits; usize::from(bands)])),
                (259, Held::Shorts(vec![1])),
                (262, Held::Shorts(vec![photometric])),
                (277, Held::Shorts(vec![bands])),
                (339, Held::Shorts(vec![format; usize::from(bands)])),
            ],
            chunks: Vec::new(),
        }
    }

    /// With a tag, in the place of what it was.
    pub(crate) fn with(mut self, tag: u16, held: Held) -> Self {
        self.tags.retain(|(other, _)| *other != tag);
        self.tags.push((tag, held));
        self
    }

    pub(crate) fn short(self, tag: u16, value: u16) -> Self {
        self.with(tag, Held::Shorts(vec![value]))
    }

    pub(crate) fn chunk(mut self, bytes: Vec<u8>) -> Self {
        self.chunks.push(bytes);
        self
    }
}

/// The bytes of a file. An empty tile or strip is written as a sparse one.
pub(crate) fn tiff(pages: Vec<Page>, big_endian: bool, big_tiff: bool) -> Vec<u8> {
    let short = |v: u16| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let long = |v: u32| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let huge = |v: u64| if big_endian { v.to_be_bytes() } else { v.to_le_bytes() };
    let offset = |v: u64| if big_tiff { huge(v).to_vec() } else { long(v as u32).to_vec() };
    let mut out = if big_endian { b"MM".to_vec() } else { b"II".to_vec() };
    out.extend(short(if big_tiff { 43 } else { 42 }));
    if big_tiff {
        out.extend([short(8), short(0)].concat());
    }
    let mut link = out.len();
    out.extend(offset(0));
    for Page { mut tags, chunks } in pages {
        let mut places = [Vec::new(), Vec::new()];
        for chunk in chunks {
            places[0].push(if chunk.is_empty() { 0 } else { out.len() as u32 });
            places[1].push(chunk.len() as u32);
            out.extend(chunk);
        }
        let tiled = tags.iter().any(|(tag, _)| *tag == 322);
        let [offsets, counts] = places;
        tags.push((if tiled { 324 } else { 273 }, Held::Longs(offsets)));
        tags.push((if tiled { 325 } else { 279 }, Held::Longs(counts)));
        tags.sort_by_key(|(tag, _)| *tag);
        let mut entries = Vec::new();
        for (tag, held) in &tags {
            let (kind, count, bytes): (u16, usize, Vec<u8>) = match held {
                Held::Shorts(v) => (3, v.len(), v.iter().flat_map(|v| short(*v)).collect()),
                Held::Longs(v) => (4, v.len(), v.iter().flat_map(|v| long(*v)).collect()),
                Held::Doubles(v) => (12, v.len(), v.iter().flat_map(|v| huge(v.to_bits())).collect()),
                Held::Text(v) => (2, v.len() + 1, [v.as_bytes(), &[0]].concat()),
            };
            entries.extend(short(*tag));
            entries.extend(short(kind));
            entries.extend(offset(count as u64));
            let mut value = bytes;
            let room = offset(0).len();
            if value.len() > room {
                let at = out.len() as u64;
                out.extend(&value);
                value = offset(at);
            }
            value.resize(room, 0);
            entries.extend(value);
        }
        let at = out.len() as u64;
        out.splice(link..link + offset(0).len(), offset(at));
        if big_tiff {
            out.extend(huge(tags.len() as u64));
        } else {
            out.extend(short(tags.len() as u16));
        }
        out.extend(entries);
        link = out.len();
        out.extend(offset(0));
    }
    out
}
