//! The mask: the pixels of one object as sorted row spans.

use std::sync::Arc;

use super::limits::{LimitError, MaskBudget, dense_bytes};

/// A horizontal run of object pixels: row `y`, columns `x0 <= x < x1`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// Row, from the top.
    pub y: u32,
    /// First column.
    pub x0: u32,
    /// One past the last column.
    pub x1: u32,
}

/// A half-open rectangle of pixels: `x0 <= x < x1`, `y0 <= y < y1`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PixelRect {
    /// Left edge.
    pub x0: u32,
    /// Top edge.
    pub y0: u32,
    /// Right edge (exclusive).
    pub x1: u32,
    /// Bottom edge (exclusive).
    pub y1: u32,
}

impl PixelRect {
    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.x1 - self.x0
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.y1 - self.y0
    }
}

/// The pixels of one object in a picture of `width x height`, with any number of parts and holes.
///
/// The spans are sorted by row and column, lie inside the picture and never touch each other within a row, so two
/// masks with the same pixels are equal. Cloning is cheap: the spans are shared.
#[derive(Clone)]
pub struct Mask {
    inner: Arc<Inner>,
}

#[derive(PartialEq, Eq)]
struct Inner {
    width: u32,
    height: u32,
    area: u64,
    bounds: Option<PixelRect>,
    spans: Vec<Span>,
}

impl Mask {
    /// A mask without pixels.
    pub fn empty(width: u32, height: u32) -> Self {
        Self::from_sorted(width, height, Vec::new())
    }

    /// A filled rectangle, clipped to the picture.
    pub fn rectangle(width: u32, height: u32, rect: PixelRect) -> Self {
        let (x0, x1) = (rect.x0, rect.x1.min(width));
        let rows = rect.y0..rect.y1.min(height);
        let spans = if x0 < x1 { rows.map(|y| Span { y, x0, x1 }).collect() } else { Vec::new() };
        Self::from_sorted(width, height, spans)
    }

    /// From one byte per pixel, row-major; every value other than 0 belongs to the object. Bytes beyond
    /// `width * height` are ignored, missing ones count as 0.
    pub fn from_bytes(width: u32, height: u32, bytes: &[u8]) -> Self {
        Self::from_predicate(width, height, bytes, |value| value != 0)
    }

    /// [`Mask::from_bytes`] within what is left of a budget, from which the memory of the mask is taken; its runs are counted
    /// before.
    ///
    /// # Errors
    /// [`LimitError::Memory`].
    pub fn from_bytes_within(
        width: u32,
        height: u32,
        bytes: &[u8],
        budget: &mut MaskBudget,
    ) -> Result<Self, LimitError> {
        Self::from_predicate_within(width, height, bytes, |value| value != 0, budget)
    }

    /// [`Mask::from_predicate`] within what is left of a budget, as [`Mask::from_bytes_within`].
    ///
    /// # Errors
    /// [`LimitError::Memory`].
    pub fn from_predicate_within<T: Copy>(
        width: u32,
        height: u32,
        values: &[T],
        belongs: impl Fn(T) -> bool,
        budget: &mut MaskBudget,
    ) -> Result<Self, LimitError> {
        if width == 0 {
            return Ok(Self::empty(width, height));
        }
        let rows = values.chunks(width as usize).take(height as usize);
        let begins = |row: &[T]| {
            let inner = row.windows(2).filter(|pair| !belongs(pair[0]) && belongs(pair[1])).count();
            inner + usize::from(row.first().is_some_and(|value| belongs(*value)))
        };
        budget.allows_spans(rows.map(|row| begins(row) as u64).sum())?;
        let mask = Self::from_predicate(width, height, values, belongs);
        budget.take(mask.heap_bytes())?;
        Ok(mask)
    }

    /// From a row-major label map: the pixels whose value satisfies `belongs`.
    pub fn from_predicate<T: Copy>(width: u32, height: u32, values: &[T], belongs: impl Fn(T) -> bool) -> Self {
        let mut spans = Vec::new();
        if width == 0 {
            return Self::empty(width, height);
        }
        for (y, row) in (0..height).zip(values.chunks(width as usize)) {
            push_runs(y, 0, row, |&value| belongs(value), &mut spans);
        }
        Self::from_sorted(width, height, spans)
    }

    /// From spans in any order, overlapping or not; what lies outside the picture is cut off.
    pub fn from_spans(width: u32, height: u32, mut spans: Vec<Span>) -> Self {
        tidy(width, height, &mut spans);
        Self::from_sorted(width, height, spans)
    }

    /// From spans that already satisfy the invariant of the type.
    pub(super) fn from_sorted(width: u32, height: u32, spans: Vec<Span>) -> Self {
        debug_assert!(spans.iter().all(|s| s.x0 < s.x1 && s.x1 <= width && s.y < height));
        debug_assert!(spans.windows(2).all(|w| w[0].y < w[1].y || (w[0].y == w[1].y && w[0].x1 < w[1].x0)));
        let area = spans.iter().map(|span| u64::from(span.x1 - span.x0)).sum();
        let bounds = bounds(&spans);
        Self { inner: Arc::new(Inner { width, height, area, bounds, spans }) }
    }

    /// Width of the picture.
    pub fn width(&self) -> u32 {
        self.inner.width
    }

    /// Height of the picture.
    pub fn height(&self) -> u32 {
        self.inner.height
    }

    /// The row spans, sorted.
    pub fn spans(&self) -> &[Span] {
        &self.inner.spans
    }

    /// The spans of one row.
    pub fn row(&self, y: u32) -> &[Span] {
        let spans = self.spans();
        let start = spans.partition_point(|span| span.y < y);
        let end = start + spans[start..].partition_point(|span| span.y == y);
        &spans[start..end]
    }

    /// Number of object pixels.
    pub fn area(&self) -> u64 {
        self.inner.area
    }

    /// True if no pixel belongs to the object.
    pub fn is_empty(&self) -> bool {
        self.inner.spans.is_empty()
    }

    /// The smallest rectangle around all pixels; `None` for an empty mask.
    pub fn bounds(&self) -> Option<PixelRect> {
        self.inner.bounds
    }

    /// True if pixel `(x, y)` belongs to the object.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        let row = self.row(y);
        let next = row.partition_point(|span| span.x0 <= x);
        next > 0 && x < row[next - 1].x1
    }

    /// One byte per pixel, row-major: 1 inside, 0 outside. For pictures that are in memory anyway; where the size is only
    /// claimed, [`Mask::try_to_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.width() as usize * self.height() as usize];
        self.paint(&mut bytes, 1);
        bytes
    }

    /// [`Mask::to_bytes`] within limits.
    ///
    /// # Errors
    /// [`LimitError::Pixels`] for a picture of more than [`MAX_DENSE_PIXELS`](super::limits::MAX_DENSE_PIXELS).
    pub fn try_to_bytes(&self) -> Result<Vec<u8>, LimitError> {
        dense_bytes(self.width(), self.height()).map(|_| self.to_bytes())
    }

    /// Writes `value` at every object pixel of a row-major map of the picture's size.
    pub fn paint<T: Copy>(&self, map: &mut [T], value: T) {
        let width = self.width() as usize;
        for span in self.spans() {
            let row = span.y as usize * width;
            if let Some(run) = map.get_mut(row + span.x0 as usize..row + span.x1 as usize) {
                run.fill(value);
            }
        }
    }

    /// Bytes that the mask takes in memory. Copies share them.
    pub fn heap_bytes(&self) -> u64 {
        size_of_val(self.spans()) as u64
    }

    /// True if both share the same memory (a cheap test before comparing the spans).
    fn same_memory(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

/// Cuts spans to the picture, sorts them and joins those of a row that overlap or touch.
pub(super) fn tidy(width: u32, height: u32, spans: &mut Vec<Span>) {
    spans.retain_mut(|span| {
        span.x1 = span.x1.min(width);
        span.y < height && span.x0 < span.x1
    });
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let joins = last.y == next.y && next.x0 <= last.x1;
        if joins {
            last.x1 = last.x1.max(next.x1);
        }
        joins
    });
}

/// Appends the runs of a row whose values belong to the object; the first value is that of column `x`.
pub(super) fn push_runs<T>(y: u32, x: u32, row: &[T], belongs: impl Fn(&T) -> bool, out: &mut Vec<Span>) {
    let mut start = None;
    let mut end = x;
    for (at, value) in (x..).zip(row) {
        match (belongs(value), start) {
            (true, None) => start = Some(at),
            (false, Some(x0)) => {
                out.push(Span { y, x0, x1: at });
                start = None;
            }
            _ => {}
        }
        end = at + 1;
    }
    out.extend(start.map(|x0| Span { y, x0, x1: end }));
}

fn bounds(spans: &[Span]) -> Option<PixelRect> {
    let (first, last) = (spans.first()?, spans.last()?);
    let x0 = spans.iter().map(|span| span.x0).min()?;
    let x1 = spans.iter().map(|span| span.x1).max()?;
    Some(PixelRect { x0, y0: first.y, x1, y1: last.y + 1 })
}

impl PartialEq for Mask {
    fn eq(&self, other: &Self) -> bool {
        self.same_memory(other) || self.inner == other.inner
    }
}

impl Eq for Mask {}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({}x{}, {} px in {:?})", self.width(), self.height(), self.area(), self.bounds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_within_a_budget() {
        let bytes = [1, 0, 1, 1, 0, 0, 0, 1];
        let mut budget = MaskBudget::new(3 * size_of::<Span>() as u64);
        let mask = Mask::from_bytes_within(4, 2, &bytes, &mut budget).unwrap();
        assert_eq!((mask, budget.left()), (Mask::from_bytes(4, 2, &bytes), 0));
        assert!(Mask::from_bytes_within(4, 2, &bytes, &mut MaskBudget::new(35)).is_err());
        assert!(Mask::from_bytes_within(0, 2, &bytes, &mut budget).unwrap().is_empty());
    }
}
