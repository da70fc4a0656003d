//! The picture in sight: which it is, its pixels, and how it is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use egui::{Pos2, Rect, vec2};
use limn_datasets::ImageId;
use limn_datasets::media::Stop;
use limn_models::RgbLevels;

use super::picture::Picture;
use super::view::View;

/// A picture as other threads read it while it is in sight. What waits for a part of it ends when the picture is left.
#[derive(Debug)]
struct Reading {
    levels: Arc<dyn RgbLevels>,
    stop: Stop,
    /// An answer that is asked of it is wished for wherever the person goes.
    goes_on: bool,
}

impl Reading {
    fn of(picture: &Picture) -> Self {
        let stop = Stop::default();
        Self { levels: Arc::new(picture.with_stop(stop.clone())), stop, goes_on: false }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.goes_on {
            self.stop.stop();
        }
    }
}

/// How a frame laid the picture out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The part of the window in which it is drawn.
    pub canvas: Rect,
    /// Where it lies on the screen.
    pub view: View,
}

/// The picture in sight.
#[derive(Debug)]
pub struct Shown {
    /// Which.
    pub current: Option<ImageId>,
    picture: Option<(Arc<Picture>, Reading)>,
    /// What is read of pictures that were left, because an answer is wished for.
    going_on: Vec<Stop>,
    /// Why it cannot be shown.
    pub error: Option<String>,
    /// The file in sight has these pixels now; they are shown when nothing is being drawn.
    pub replaced: Option<(ImageId, Arc<Picture>)>,
    /// Since when its pixels are waited for.
    pub wanted_since: Instant,
    /// Where it lies on the screen.
    pub view: View,
    /// Where the pictures lay that were in sight before.
    pub views: BTreeMap<ImageId, View>,
    /// The part of the window in which it is drawn.
    pub canvas: Rect,
    /// The keyboard's pointer, in picture coordinates.
    pub cursor: Option<[f32; 2]>,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            current: None,
            picture: None,
            going_on: Vec::new(),
            error: None,
            replaced: None,
            wanted_since: Instant::now(),
            view: View::default(),
            views: BTreeMap::new(),
            canvas: Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0)),
            cursor: None,
        }
    }
}

impl Shown {
    /// Its pixels, once they are read.
    pub fn picture(&self) -> Option<&Arc<Picture>> {
        self.picture.as_ref().map(|(picture, _)| picture)
    }

    /// Its pixels for a thread that may have to wait for them: reading them ends with an error once the picture is left.
    pub fn levels(&self) -> Option<Arc<dyn RgbLevels>> {
        self.picture.as_ref().map(|(_, reading)| Arc::clone(&reading.levels))
    }

    /// Its pixels are there, or there are others now.
    pub fn take(&mut self, picture: Arc<Picture>) {
        let reading = Reading::of(&picture);
        self.picture = Some((picture, reading));
        self.error = None;
    }

    /// It is waited for, or there is no picture; what threads still read for it ends.
    pub fn leave(&mut self) {
        self.picture = None;
    }

    /// An answer is wished for although the picture is left: what threads read for it goes on.
    pub fn let_reading_go_on(&mut self) {
        if let Some((_, reading)) = self.picture.as_mut().filter(|(_, reading)| !reading.goes_on) {
            reading.goes_on = true;
            self.going_on.push(reading.stop.clone());
        }
    }

    /// No picture is in sight any more.
    pub fn close(&mut self) {
        self.leave();
        (self.current, self.error) = (None, None);
    }

    /// Another project, or the end: nothing of the one before is remembered, and nothing is read for it any more.
    pub fn clear(&mut self) {
        self.going_on.iter().for_each(Stop::stop);
        *self = Self { canvas: self.canvas, ..Self::default() };
    }

    /// Another picture comes into sight, where it lay the last time.
    pub fn go_to(&mut self, image: ImageId) {
        if let Some(before) = self.current {
            self.views.insert(before, self.view);
        }
        self.leave();
        self.current = Some(image);
        self.view = self.views.get(&image).copied().unwrap_or_default();
        (self.cursor, self.error) = (None, None);
        self.wanted_since = Instant::now();
    }

    /// The frame laid it out in this way: what is asked for now is meant for what is seen.
    pub fn lie(&mut self, seen: Seen) {
        (self.canvas, self.view) = (seen.canvas, seen.view);
    }

    /// It is being read.
    pub fn is_waited_for(&self) -> bool {
        self.current.is_some() && self.picture.is_none() && self.error.is_none()
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::PixelRect;
    use limn_datasets::media::{Limits, TileCache};
    use limn_models::RgbError;

    use super::*;

    fn picture() -> Arc<Picture> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pgm");
        std::fs::write(&path, b"P5\n2 1\n255\nab").expect("a picture");
        Arc::new(Picture::open(&path, &Limits::default(), &TileCache::new(1 << 20)).expect("it is read"))
    }

    fn read(levels: &Arc<dyn RgbLevels>) -> Result<u8, RgbError> {
        levels.read(0, PixelRect { x0: 0, y0: 0, x1: 1, y1: 1 }).map(|pixels| pixels.data[0])
    }

    #[test]
    fn reading_for_others_ends_when_the_picture_is_left() {
        let leaving: [fn(&mut Shown); 4] =
            [|shown| shown.go_to(ImageId(2)), Shown::close, Shown::clear, |shown| shown.take(picture())];
        for leave in leaving {
            let mut shown = Shown::default();
            shown.go_to(ImageId(1));
            shown.take(picture());
            let levels = shown.levels().expect("a picture");
            assert_eq!(read(&levels), Ok(b'a'));
            leave(&mut shown);
            assert_eq!(read(&levels), Err(RgbError::Stopped));
            assert!(shown.levels().is_none_or(|now| read(&now) == Ok(b'a')));
        }
    }

    #[test]
    fn what_is_wished_for_is_read_to_its_end() {
        let mut shown = Shown::default();
        shown.take(picture());
        let levels = shown.levels().expect("a picture");
        shown.let_reading_go_on();
        shown.go_to(ImageId(2));
        assert_eq!(read(&levels), Ok(b'a'));
        // In another project nobody wishes for it.
        shown.clear();
        assert_eq!(read(&levels), Err(RgbError::Stopped));
    }
}
