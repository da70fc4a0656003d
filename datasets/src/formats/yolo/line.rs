//! A line of labels: the class, then a box, a ring or a pose, perhaps a confidence; shares of width and height.

use crate::formats::room::Room;
use crate::formats::shapes;
use crate::raster::Mask;

/// Values beyond this are no shares, even of programs that round badly.
const MAX_SHARE: f64 = 2.0;

/// What a line says.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) class: usize,
    pub(super) mask: Mask,
    pub(super) is_box: bool,
    pub(super) confidence: Option<f64>,
    /// Key points as COCO has them: x and y in pixels, and whether it is seen.
    pub(super) points: Vec<f64>,
}

/// The words of a line, whatever stands between them.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|word| !word.is_empty())
}

/// True if all lines begin with a class and at least four numbers, and there is one.
pub(super) fn looks_like(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    let is_label = |line: &str| {
        let mut words = words(line);
        let class = words.next().is_some_and(|word| number_of_class(word).is_some());
        class && words.by_ref().take(4).filter(|word| word.parse::<f64>().is_ok()).count() == 4
    };
    lines.peek().is_some() && lines.all(is_label)
}

fn number_of_class(word: &str) -> Option<usize> {
    let whole = word.parse::<usize>().ok();
    let float = || word.parse::<f64>().ok().filter(|v| *v >= 0.0 && v.fract() == 0.0 && *v < 1e6).map(|v| v as usize);
    whole.or_else(float).filter(|class| *class < 1_000_000)
}

/// One line: four values are a box, six or more a ring, one more the confidence. `pose` is the number of key points and
/// of the values of each, where the data set says so.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn parse(
    line: &str,
    [width, height]: [u32; 2],
    pose: Option<(usize, usize)>,
    room: &Room,
) -> Result<Line, String> {
    let mut words = words(line);
    let class = words.next().and_then(number_of_class).ok_or("it does not begin with the number of a class")?;
    let mut values: Vec<f64> = words.map(str::parse).collect::<Result<_, _>>().map_err(|_| "a value is no number")?;
    if values.iter().any(|value| !value.is_finite()) {
        return Err("a value is no number".to_owned());
    }
    let (points, size) =
        match pose.filter(|(count, size)| matches!(values.len().checked_sub(4 + count * size), Some(0 | 1))) {
            Some((count, size)) => (count * size, size),
            None if is_pose(&values) => (values.len() - 4, 3),
            None => (0, 0),
        };
    let without_points = values.len() - points;
    let odd = without_points >= 5 && without_points % 2 == 1;
    let confidence = if odd { values.pop() } else { None };
    let pose: Vec<f64> = if points > 0 { values.split_off(4) } else { Vec::new() };
    let scale = |x: f64, y: f64| [x * f64::from(width), y * f64::from(height)];
    let (mask, is_box) = match values[..] {
        [cx, cy, w, h] => {
            check_shares(&[cx, cy, w, h])?;
            let corners = [scale(cx - w / 2.0, cy - h / 2.0), scale(cx + w / 2.0, cy + h / 2.0)];
            (shapes::rectangle(room, [width, height], corners)?, true)
        }
        _ if values.len() >= 6 => {
            check_shares(&values)?;
            let corners: Vec<[f64; 2]> = values.chunks_exact(2).map(|pair| scale(pair[0], pair[1])).collect();
            (shapes::polygon(room, [width, height], &corners)?, false)
        }
        _ => return Err(format!("{} values are neither a box nor a ring", values.len())),
    };
    if mask.is_empty() {
        return Err("it covers no pixel of the picture".to_owned());
    }
    let point = |point: &[f64]| {
        let [x, y] = scale(point[0], point[1]);
        [x, y, point.get(2).copied().unwrap_or(2.0)]
    };
    let points = if size >= 2 { pose.chunks_exact(size).flat_map(point).collect() } else { Vec::new() };
    Ok(Line { class, mask, is_box, confidence, points })
}

fn check_shares(values: &[f64]) -> Result<(), String> {
    if values.iter().any(|value| value.abs() > MAX_SHARE) {
        return Err("its values are no shares of the picture's size (0 to 1); are they pixels?".to_owned());
    }
    Ok(())
}

/// A box and key points with a third value that says whether each is seen: 0, 1 or 2.
fn is_pose(values: &[f64]) -> bool {
    let points = values.get(4..).unwrap_or_default();
    points.len() >= 6
        && points.len() % 3 == 0
        && points.chunks_exact(3).all(|point| matches!(point[2], 0.0 | 1.0 | 2.0))
        && points.chunks_exact(3).any(|point| point[2] != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line() {
        let room = &Room::of(0);
        let expected = shapes::rectangle(room, [20, 10], [[4.0, 2.0], [14.0, 8.0]]).unwrap();
        for (text, is_box, confidence, points) in [
            ("3 0.45 0.5 0.5 0.6", true, None, 0),
            ("3,0.45,0.5,0.5,0.6", true, None, 0),
            ("3.0\t0.45 0.5 0.5 0.6 0.87", true, Some(0.87), 0),
            ("3 0.2 0.2 0.7 0.2 0.7 0.8 0.2 0.8", false, None, 0),
            ("3 0.2 0.2 0.7 0.2 0.7 0.8 0.2 0.8 0.5", false, Some(0.5), 0),
            ("3 0.45 0.5 0.5 0.6 0.1 0.2 2 0.3 0.4 1", true, None, 6),
        ] {
            let line = parse(text, [20, 10], None, room).unwrap();
            assert_eq!((line.class, &line.mask), (3, &expected), "{text}");
            assert_eq!((line.is_box, line.confidence, line.points.len()), (is_box, confidence, points), "{text}");
        }
        let line = parse("3 0.45 0.5 0.5 0.6 0.1 0.2 0.3 0.4", [20, 10], Some((2, 2)), room).unwrap();
        assert_eq!((line.is_box, line.points), (true, vec![2.0, 2.0, 2.0, 6.0, 4.0, 2.0]));
        for wrong in ["x 1 1 1 1", "1 0.5 0.5 0.1", "1 100 200 50 60", "1 0.5 nan 0.1 0.1"] {
            assert!(parse(wrong, [20, 10], None, room).is_err(), "{wrong}");
        }
        assert!(looks_like("0 0.1 0.2 0.3 0.4\n\n1 .1 .2 .3 .4 .5\n"));
        assert!(!looks_like("leaf\nbud\n") && !looks_like("") && !looks_like("0\n1\n"));
    }
}
