//! The pixels of one tile.

use std::sync::Arc;

/// Side of a tile in pixels.
pub const TILE: u32 = 256;

/// Width and height of a tile in pixels: [`TILE`], less at the right and lower border of the picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shape {
    pub width: u32,
    pub height: u32,
}

impl Shape {
    /// At most 65,536.
    pub fn pixels(self) -> u32 {
        self.width * self.height
    }

    pub fn turned(self) -> Self {
        Self { width: self.height, height: self.width }
    }
}

/// The content of a tile that has pixels; a tile without is left out.
#[derive(Clone, Debug)]
pub(crate) enum Tile {
    /// All pixels inside the picture.
    Full,
    /// Some of them.
    Runs(Arc<Runs>),
}

/// Pixels of a tile as one line, row after row: the places where outside turns to inside and back, ascending. The tile ends
/// where the last run has no end of its own. Rows that are filled to both sides are one run, so the form is short and there is
/// only one for the same pixels.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Runs {
    toggles: Box<[u16]>,
    area: u32,
    /// First and last column, first and last row that have pixels.
    columns: [u8; 2],
    rows: [u8; 2],
}

impl Tile {
    /// From toggles; `None` without pixels.
    pub fn from_toggles(toggles: &[u16], shape: Shape) -> Option<Self> {
        match toggles {
            [] => None,
            [0] => Some(Self::Full),
            _ => Some(Self::Runs(Arc::new(Runs::new(toggles.into(), shape)))),
        }
    }

    /// Whether both are the same memory, or both full: the fast answer.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Full, Self::Full) => true,
            (Self::Runs(a), Self::Runs(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Number of pixels.
    pub fn area(&self, shape: Shape) -> u32 {
        match self {
            Self::Full => shape.pixels(),
            Self::Runs(runs) => runs.area,
        }
    }

    pub fn toggles(&self) -> &[u16] {
        match self {
            Self::Full => &[0],
            Self::Runs(runs) => &runs.toggles,
        }
    }

    /// Columns and rows with pixels, half-open.
    pub fn bounds(&self, shape: Shape) -> [[u32; 2]; 2] {
        match self {
            Self::Full => [[0, shape.width], [0, shape.height]],
            Self::Runs(runs) => [runs.columns, runs.rows].map(|[first, last]| [first.into(), u32::from(last) + 1]),
        }
    }

    /// The tile with rows and columns exchanged.
    pub fn turned(&self, shape: Shape) -> Self {
        match self {
            Self::Full => Self::Full,
            // The same number of pixels: neither empty nor full.
            Self::Runs(runs) => Self::Runs(Arc::new(Runs::new(turned(&runs.toggles, shape).into(), shape.turned()))),
        }
    }
}

impl PartialEq for Tile {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Runs(a), Self::Runs(b)) => Arc::ptr_eq(a, b) || a == b,
            _ => self.same(other),
        }
    }
}

impl Runs {
    fn new(toggles: Box<[u16]>, shape: Shape) -> Self {
        let (mut area, mut left, mut right, mut bottom) = (0, shape.width, 0, 0);
        for (start, end) in runs(&toggles, shape) {
            area += end - start;
            let (first_row, last_row) = (start / shape.width, (end - 1) / shape.width);
            if first_row == last_row {
                left = left.min(start % shape.width);
                right = right.max((end - 1) % shape.width);
            } else {
                (left, right) = (0, shape.width - 1);
            }
            bottom = last_row;
        }
        let top = toggles.first().map_or(0, |&first| u32::from(first) / shape.width);
        let byte = |value: u32| u8::try_from(value).unwrap_or(u8::MAX);
        Self { toggles, area, columns: [byte(left), byte(right)], rows: [byte(top), byte(bottom)] }
    }
}

/// Starts and ends of the runs.
pub(crate) fn runs(toggles: &[u16], shape: Shape) -> impl Iterator<Item = (u32, u32)> + '_ {
    toggles.chunks(2).map(move |ends| (ends[0].into(), ends.get(1).map_or(shape.pixels(), |&end| end.into())))
}

/// Appends the run `start..end`, which begins behind or where the last one ends.
pub(crate) fn push_run(toggles: &mut Vec<u16>, start: u32, end: u32, shape: Shape) {
    debug_assert!(start < end && end <= shape.pixels() && toggles.len().is_multiple_of(2));
    let start = u16::try_from(start).unwrap_or(u16::MAX);
    if toggles.last() == Some(&start) {
        toggles.pop();
    } else {
        toggles.push(start);
    }
    if end < shape.pixels() {
        toggles.extend(u16::try_from(end));
    }
}

/// The toggles of a set operation; `keep(false, false)` must be false.
pub(crate) fn combined(a: &[u16], b: &[u16], keep: &impl Fn(bool, bool) -> bool, out: &mut Vec<u16>) {
    out.clear();
    let (mut i, mut j, mut inside) = (0, 0, false);
    loop {
        let at = match (a.get(i), b.get(j)) {
            (None, None) => break,
            (Some(&p), None) => p,
            (None, Some(&q)) => q,
            (Some(&p), Some(&q)) => p.min(q),
        };
        i += usize::from(a.get(i) == Some(&at));
        j += usize::from(b.get(j) == Some(&at));
        let now = keep(i % 2 == 1, j % 2 == 1);
        if now != inside {
            out.push(at);
            inside = now;
        }
    }
}

/// Number of pixels in both.
pub(crate) fn common(a: &[u16], b: &[u16], shape: Shape) -> u32 {
    let (mut a, mut b) = (runs(a, shape), runs(b, shape));
    let (mut p, mut q) = (a.next(), b.next());
    let mut area = 0;
    while let (Some((from_a, to_a)), Some((from_b, to_b))) = (p, q) {
        area += to_a.min(to_b).saturating_sub(from_a.max(from_b));
        if to_a <= to_b {
            p = a.next();
        } else {
            q = b.next();
        }
    }
    area
}

/// The toggles of what is not inside.
pub(crate) fn complement(toggles: &[u16]) -> Vec<u16> {
    match toggles {
        [0, rest @ ..] => rest.to_vec(),
        _ => std::iter::once(0).chain(toggles.iter().copied()).collect(),
    }
}

/// The toggles of the tile with rows and columns exchanged. Works on the places where a row differs from the one above, like
/// the transposition of spans: the cost grows with the boundary.
fn turned(toggles: &[u16], shape: Shape) -> Vec<u16> {
    let width = shape.width;
    let ends =
        || toggles.iter().map(|&t| u32::from(t)).chain((!toggles.len().is_multiple_of(2)).then(|| shape.pixels()));
    // Both lists ascend: the toggles, and the same one row further down. Where only one has a toggle, a run of differences
    // begins or ends.
    let (mut above, mut below) = (ends().map(|at| at + width).peekable(), ends().peekable());
    let mut differences: Vec<u32> = Vec::with_capacity(toggles.len() * 2 + 2);
    loop {
        match (above.peek(), below.peek()) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => {
                above.next();
                below.next();
            }
            (Some(a), b) if b.is_none_or(|b| a < b) => differences.extend(above.next()),
            _ => differences.extend(below.next()),
        }
    }
    let pieces = || {
        differences.chunks_exact(2).flat_map(move |ends| {
            let (start, end) = (ends[0], ends[1]);
            (start / width..=(end - 1) / width).map(move |row| {
                let base = row * width;
                (row, start.max(base) - base, end.min(base + width) - base)
            })
        })
    };
    let mut offset = [0u32; TILE as usize + 1];
    for (_, x0, x1) in pieces() {
        for count in &mut offset[x0 as usize + 1..=x1 as usize] {
            *count += 1;
        }
    }
    for x in 0..TILE as usize {
        offset[x + 1] += offset[x];
    }
    let mut rows = vec![0u16; offset[TILE as usize] as usize];
    for (row, x0, x1) in pieces() {
        for next in &mut offset[x0 as usize..x1 as usize] {
            rows[*next as usize] = u16::try_from(row).unwrap_or(u16::MAX);
            *next += 1;
        }
    }
    let (mut out, mut start) = (Vec::with_capacity(rows.len()), 0);
    for x in 0..width {
        let end = offset[x as usize] as usize;
        for ends in rows[start..end].chunks_exact(2) {
            let base = x * shape.height;
            push_run(&mut out, base + u32::from(ends[0]), base + u32::from(ends[1]), shape.turned());
        }
        start = end;
    }
    out
}
