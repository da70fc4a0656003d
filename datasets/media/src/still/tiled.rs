//! A TIFF that is too large to be decoded as a whole: its tiles or strips are read where they are wanted, and a thread makes its
//! halved levels from the top.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use limn_files::Facts;
use limn_raster::{MAX_SIDE, PixelRect, level_count, level_size};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use rayon::prelude::*;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits as TiffLimits};
use tiff::tags::{PhotometricInterpretation, Tag};

use super::super::cache::TILE;
use super::super::display::{Appearance, Statistics};
use super::super::medium::{LevelOrigin, Medium, MediumInfo, Plane, Stop};
use super::super::read::PIXELS_PER_BYTE;
use super::super::samples::{Block, SampleType, Samples};
use super::super::{MediaError, SourceInfo, guarded, probe, tiff as header};
use super::levels::{Halving, LevelFile};
use super::{COARSEST, FNV_START, mixed};

/// A tile or strip of more bytes is not read at once.
const MOST_CHUNK_BYTES: u64 = 64 << 20;

/// Pictures of more pixels are not opened: a mask that is to be corrected takes a byte a pixel.
const MOST_PIXELS: u64 = 1 << 31;

/// Bytes of decoded tiles and strips that are kept: neighbours are cut out of the same ones.
const CHUNK_CACHE: u64 = 96 << 20;

/// So many tiles or strips, evenly spread, tell how often each value occurs.
const SAMPLED: u32 = 64;

/// A file that is read at places of its own by several decoders.
#[derive(Debug, Clone)]
struct Places {
    file: Arc<File>,
    length: u64,
    at: u64,
}

impl Read for Places {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.at);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        limn_files::read_exact_at(&self.file, &mut bytes[..count], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Places {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let moved = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = moved.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

type Reader = Decoder<io::BufReader<Places>>;

#[derive(Clone)]
struct Bytes;

impl Weighter<u32, Arc<Block>> for Bytes {
    fn weight(&self, _: &u32, chunk: &Arc<Block>) -> u64 {
        chunk.bytes() as u64 + 64
    }
}

/// The tiles or strips ("chunks") of the file.
struct Chunks {
    path: PathBuf,
    places: Places,
    /// Decoders that nobody uses at the moment.
    idle: Mutex<Vec<Reader>>,
    size: [u32; 2],
    /// Width and height of a chunk that is not cut by the border.
    chunk: [u32; 2],
    bands: usize,
    sample: SampleType,
    kept: Cache<u32, Arc<Block>, Bytes>,
}

/// How far the levels are made.
#[derive(Debug, Default)]
struct Making {
    /// Rows of each level that are there; level 0 is always.
    rows: Vec<u32>,
    /// Why it ended early.
    failed: Option<Arc<MediaError>>,
    done: bool,
}

#[derive(Debug)]
struct Shared {
    chunks: Chunks,
    levels: LevelFile,
    making: Mutex<Making>,
    made: Condvar,
    stop: Stop,
}

#[derive(Debug)]
pub(super) struct Tiled {
    info: MediumInfo,
    shared: Arc<Shared>,
    print: u64,
}

impl std::fmt::Debug for Chunks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunks").field("path", &self.path).field("size", &self.size).finish_non_exhaustive()
    }
}

/// Opens a TIFF of more than `whole` pixels whose layout allows to read parts of it; `None` for everything else.
///
/// # Errors
/// A header that is damaged or refused.
pub(super) fn open(path: &Path, whole: u64, scratch: Option<&Path>) -> Result<Option<Arc<dyn Medium>>, MediaError> {
    let (file, facts) = limn_files::open_with_facts(path).map_err(|error| probe::from_files(path, error))?;
    let places = Places { file: Arc::new(file), length: facts.length, at: 0 };
    let mut start = [0; 4];
    if places.clone().read(&mut start).ok() != Some(4) || !header::is_tiff(&start) {
        return Ok(None);
    }
    let opened = guarded(|| plan(path, places, whole));
    let Some((chunks, source)) = opened.unwrap_or_else(|| Err(probe::damaged(path, "its decoder gave up on it")))?
    else {
        return Ok(None);
    };
    let io = |source| MediaError::Scratch { path: path.to_path_buf(), source };
    let made = level_count(chunks.size, COARSEST);
    let levels = LevelFile::new(chunks.size, [1, made.max(1)], chunks.bands, chunks.sample, scratch).map_err(io)?;
    let info = MediumInfo {
        size: chunks.size,
        levels: [LevelOrigin::Stored].into_iter().chain(std::iter::repeat_n(LevelOrigin::Made, made - 1)).collect(),
        bands: chunks.bands,
        alpha: false,
        sample: chunks.sample,
        planes: 1,
        appearance: Appearance::default(),
        source,
    };
    let print = print_of(&facts, chunks.size);
    let rows = (0..made).map(|level| if level == 0 { chunks.size[1] } else { 0 }).collect();
    let making = Mutex::new(Making { rows, ..Making::default() });
    let shared = Arc::new(Shared { chunks, levels, making, made: Condvar::new(), stop: Stop::default() });
    let theirs = Arc::clone(&shared);
    std::thread::Builder::new().name("levels".into()).spawn(move || make_levels(&theirs)).map_err(io)?;
    Ok(Some(Arc::new(Tiled { info, shared, print })))
}

/// The layout of the file, if parts of it can be read.
fn plan(path: &Path, places: Places, whole: u64) -> Result<Option<(Chunks, SourceInfo)>, MediaError> {
    let header = header::header(io::BufReader::new(places.clone()), path)?;
    let size = [header.width, header.height];
    let pixels = u64::from(size[0]) * u64::from(size[1]);
    // More pixels than this have no mask yet that is corrected within bounds, and a file of so few bytes has no pixels for them.
    let believed = pixels <= MOST_PIXELS && pixels / PIXELS_PER_BYTE <= places.length;
    if pixels <= whole || !believed || size.iter().any(|&side| side > MAX_SIDE) || header.orientation != 1 {
        return Ok(None);
    }
    let mut reader = decoder(path, &places)?;
    let fault = |error: &tiff::TiffError| header::fault(path, error);
    let formats = reader.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).ok().flatten().unwrap_or_default();
    let all = |format: u16| formats.iter().all(|found| *found == format);
    let chunky = reader.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).ok().flatten().unwrap_or(1) == 1;
    let inverted = reader.find_tag_unsigned::<u16>(Tag::PhotometricInterpretation).ok().flatten()
        == Some(PhotometricInterpretation::WhiteIsZero.to_u16());
    let (bands, sample) = match reader.colortype().map_err(|error| fault(&error))? {
        ColorType::Gray(8) if all(1) => (1, SampleType::U8),
        ColorType::Gray(16) if all(1) => (1, SampleType::U16),
        ColorType::Gray(16) if all(2) && !formats.is_empty() => (1, SampleType::I16),
        ColorType::Gray(32) if all(3) && !formats.is_empty() => (1, SampleType::F32),
        ColorType::RGB(8) if all(1) => (3, SampleType::U8),
        ColorType::RGB(16) if all(1) => (3, SampleType::U16),
        _ => return Ok(None),
    };
    let chunk: [u32; 2] = reader.chunk_dimensions().into();
    let bytes = u64::from(chunk[0]) * u64::from(chunk[1]) * (bands * sample.bytes()) as u64;
    if !chunky || inverted || chunk.contains(&0) || bytes > MOST_CHUNK_BYTES {
        return Ok(None);
    }
    let source = SourceInfo {
        format: "tiff",
        bits: header.bits,
        channels: header.channels,
        orientation: header.orientation,
        palette: false,
        notes: Vec::new(),
    };
    let kept = Cache::with_weighter(1024, CHUNK_CACHE, Bytes);
    let idle = Mutex::new(vec![reader]);
    Ok(Some((Chunks { path: path.to_path_buf(), places, idle, size, chunk, bands, sample, kept }, source)))
}

fn decoder(path: &Path, places: &Places) -> Result<Reader, MediaError> {
    let mut limits = TiffLimits::default();
    limits.decoding_buffer_size = MOST_CHUNK_BYTES as usize * 2;
    limits.intermediate_buffer_size = MOST_CHUNK_BYTES as usize * 2;
    let decoder = Decoder::new(io::BufReader::new(places.clone())).map_err(|error| header::fault(path, &error))?;
    Ok(decoder.with_limits(limits))
}

/// A number that another file does not have; what it holds is too much to look at.
fn print_of(facts: &Facts, size: [u32; 2]) -> u64 {
    let since = facts.modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    let words =
        [facts.length, since.as_secs(), u64::from(since.subsec_nanos()), u64::from(size[0]), u64::from(size[1])];
    words.into_iter().fold(FNV_START, mixed)
}

impl Chunks {
    /// The number of the chunk at this column and row of chunks.
    fn number(&self, column: u32, row: u32) -> u32 {
        row * self.size[0].div_ceil(self.chunk[0]) + column
    }

    fn chunk(&self, number: u32) -> Result<Arc<Block>, MediaError> {
        if let Some(chunk) = self.kept.get(&number) {
            return Ok(chunk);
        }
        let chunk = Arc::new(self.decoded(number)?);
        self.kept.insert(number, Arc::clone(&chunk));
        Ok(chunk)
    }

    fn decoded(&self, number: u32) -> Result<Block, MediaError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = idle().pop();
        let mut reader = match reader {
            Some(reader) => reader,
            None => decoder(&self.path, &self.places)?,
        };
        let read = guarded(|| {
            let [width, height]: [u32; 2] = reader.chunk_data_dimensions(number).into();
            reader.read_chunk(number).map(|samples| (width, height, samples))
        });
        // One that gave up is not used again.
        let read = read.ok_or_else(|| probe::damaged(&self.path, "its decoder gave up on a part of it"))?;
        idle().push(reader);
        let (width, height, samples) = read.map_err(|error| header::fault(&self.path, &error))?;
        let samples = match samples {
            DecodingResult::U8(values) => Samples::U8(values),
            DecodingResult::U16(values) => Samples::U16(values),
            DecodingResult::I16(values) => Samples::I16(values),
            DecodingResult::F32(values) => Samples::F32(values),
            _ => return Err(probe::damaged(&self.path, "a part of it has other samples than its header says")),
        };
        if samples.sample_type() != self.sample || samples.len() != width as usize * height as usize * self.bands {
            return Err(MediaError::Truncated { path: self.path.clone() });
        }
        Ok(Block { width, height, bands: self.bands, samples })
    }

    /// A part of level 0.
    fn read(&self, part: PixelRect, stop: &Stop) -> Result<Block, MediaError> {
        let [width, height] = self.chunk;
        let wanted: Vec<[u32; 2]> = (part.y0 / height..part.y1.div_ceil(height))
            .flat_map(|row| (part.x0 / width..part.x1.div_ceil(width)).map(move |column| [column, row]))
            .collect();
        let mut out = Block::zeros(part.width(), part.height(), self.bands, self.sample);
        // So many at once as are decoded together: a wide part does not hold all its chunks.
        for some in wanted.chunks(rayon::current_num_threads().max(1) * 4) {
            if stop.is_stopped() {
                return Err(MediaError::Stopped);
            }
            let read = |&[column, row]: &[u32; 2]| Ok((column, row, self.chunk(self.number(column, row))?));
            for (column, row, chunk) in some.par_iter().map(read).collect::<Result<Vec<_>, MediaError>>()? {
                out.lay([part.x0, part.y0], &chunk, [column * width, row * height]);
            }
        }
        Ok(out)
    }
}

/// Makes all levels above level 0, from the top, with half of the machine: clicks and tiles need the other half.
fn make_levels(shared: &Shared) {
    let threads = (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1);
    match rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|_| "levels".to_owned()).build() {
        Ok(pool) => pool.install(|| make_levels_here(shared)),
        Err(_) => make_levels_here(shared),
    }
}

fn make_levels_here(shared: &Shared) {
    let [width, height] = shared.chunks.size;
    let count = shared.making.lock().unwrap_or_else(PoisonError::into_inner).rows.len();
    let make = || -> Result<(), MediaError> {
        let mut halving = Halving::new(count);
        for y0 in (0..height).step_by(TILE as usize) {
            let y1 = (y0 + TILE).min(height);
            let strip = shared.chunks.read(PixelRect { x0: 0, y0, x1: width, y1 }, &shared.stop)?;
            let mut ready = vec![0; count];
            let pushed = halving.push(strip, y1 == height, &mut |level, y, rows| {
                ready[level] = y + rows.height;
                if level == 0 { Ok(()) } else { shared.levels.write(level, y, rows) }
            });
            pushed.map_err(|source| MediaError::Scratch { path: shared.chunks.path.clone(), source })?;
            let mut making = shared.making.lock().unwrap_or_else(PoisonError::into_inner);
            for (rows, ready) in making.rows.iter_mut().zip(&ready).skip(1) {
                *rows = (*rows).max(*ready);
            }
            shared.made.notify_all();
        }
        Ok(())
    };
    let made = make();
    let mut making = shared.making.lock().unwrap_or_else(PoisonError::into_inner);
    making.failed = made.err().map(Arc::new);
    making.done = true;
    shared.made.notify_all();
}

impl Medium for Tiled {
    fn info(&self) -> &MediumInfo {
        &self.info
    }

    fn read(&self, plane: Plane, level: usize, part: PixelRect, stop: &Stop) -> Result<Block, MediaError> {
        let shared = &self.shared;
        if level == 0 {
            return shared.chunks.read(part, stop);
        }
        self.wait(plane, level, part.y1, stop)?;
        let io = |source| MediaError::Scratch { path: shared.chunks.path.clone(), source };
        shared.levels.read(level, part).map_err(io)
    }

    fn wait(&self, _: Plane, level: usize, rows: u32, stop: &Stop) -> Result<(), MediaError> {
        let shared = &self.shared;
        let mut making = shared.making.lock().unwrap_or_else(PoisonError::into_inner);
        while making.rows[level] < rows {
            if let Some(why) = &making.failed {
                return Err(MediaError::Levels { source: Arc::clone(why) });
            }
            if stop.is_stopped() || making.done {
                return Err(MediaError::Stopped);
            }
            let pause = std::time::Duration::from_millis(50);
            making = shared.made.wait_timeout(making, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    fn is_resident(&self, _: Plane, _: usize) -> bool {
        false
    }

    fn rows_ready(&self, _: Plane, level: usize) -> u32 {
        self.shared.making.lock().unwrap_or_else(PoisonError::into_inner).rows[level]
    }

    fn progress(&self) -> Option<f32> {
        let making = self.shared.making.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = making.rows.get(1).copied().unwrap_or(0);
        let all = level_size(self.info.size, 1)[1].max(1);
        let open = |(level, rows): (usize, &u32)| *rows < level_size(self.info.size, level)[1];
        let left = !making.done && making.rows.iter().enumerate().any(open);
        left.then_some(rows as f32 / all as f32)
    }

    fn statistics(&self, _: Plane) -> Result<Arc<Statistics>, MediaError> {
        let chunks = &self.shared.chunks;
        let count = chunks.size[0].div_ceil(chunks.chunk[0]) * chunks.size[1].div_ceil(chunks.chunk[1]);
        let step = (count / SAMPLED).max(1);
        let mut sampled: Option<Block> = None;
        for number in (step / 2..count).step_by(step as usize) {
            let chunk = chunks.decoded(number)?;
            // As one column of pixels: only how often values occur counts.
            let column = Block { width: 1, height: chunk.width * chunk.height, ..chunk };
            match &mut sampled {
                Some(block) => block.append(column),
                None => sampled = Some(column),
            }
        }
        let sampled = sampled.unwrap_or_else(|| Block::zeros(1, 1, chunks.bands, chunks.sample));
        Ok(Arc::new(Statistics::of(&sampled, false, None)))
    }

    fn bytes(&self) -> usize {
        usize::try_from(self.shared.chunks.kept.weight()).unwrap_or(usize::MAX)
    }

    fn print(&self) -> u64 {
        self.print
    }
}

impl Drop for Tiled {
    fn drop(&mut self) {
        self.shared.stop.stop();
    }
}
