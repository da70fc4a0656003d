//! Exact Euclidean distance transform (Felzenszwalb and Huttenlocher, Distance Transforms of Sampled Functions, 2012).

/// Squared distance from every set pixel to the nearest pixel that is not set, where everything outside the map counts as not
/// set (the protocol's zero padding); 0 for pixels that are not set.
///
/// `set` is `width * height` values, row by row; any number but 0 is set.
pub fn squared_distance(set: &[u8], width: usize, height: usize) -> Vec<u32> {
    let mut out = vec![0u32; width * height];
    // Nothing outside the bounds of the set pixels and one pixel around them can be nearest.
    let rows: Vec<usize> = (0..height).filter(|&y| set[y * width..(y + 1) * width].iter().any(|&v| v != 0)).collect();
    let (Some(&y0), Some(&y1)) = (rows.first(), rows.last()) else { return out };
    let used = |x: &usize| (y0..=y1).any(|y| set[y * width + x] != 0);
    let (Some(x0), Some(x1)) = ((0..width).find(used), (0..width).rev().find(used)) else { return out };
    let (columns, lines) = (x1 - x0 + 1, y1 - y0 + 1);

    // Distance along each column, first downwards from the padding, then upwards.
    let mut vertical = vec![0u32; columns * lines];
    for x in 0..columns {
        let mut run = 0;
        for y in 0..lines {
            run = if set[(y + y0) * width + x + x0] != 0 { run + 1 } else { 0 };
            vertical[y * columns + x] = run;
        }
        run = 0;
        for y in (0..lines).rev() {
            run = if vertical[y * columns + x] != 0 { run + 1 } else { 0 };
            vertical[y * columns + x] = vertical[y * columns + x].min(run);
        }
    }
    // Lower envelope of parabolas along each row, with the padding as the first and last sample.
    let mut line = vec![0i64; columns + 2];
    let mut envelope = Envelope::default();
    for y in 0..lines {
        for x in 0..columns {
            line[x + 1] = i64::from(vertical[y * columns + x]).pow(2);
        }
        envelope.build(&line);
        let target = &mut out[(y + y0) * width + x0..][..columns];
        envelope.read(&line, target);
    }
    out
}

/// The lower envelope of the parabolas `(x - q)^2 + f(q)`.
#[derive(Default)]
struct Envelope {
    /// Apexes of the parabolas, from left to right.
    apex: Vec<usize>,
    /// Where each parabola begins to be the lowest.
    from: Vec<f64>,
}

impl Envelope {
    fn build(&mut self, f: &[i64]) {
        self.apex.clear();
        self.from.clear();
        for q in 0..f.len() {
            let mut start = f64::NEG_INFINITY;
            while let Some(&p) = self.apex.last() {
                let (a, b) = (f[q] + (q * q) as i64, f[p] + (p * p) as i64);
                start = (a - b) as f64 / (2 * (q - p)) as f64;
                match self.from.last() {
                    Some(&previous) if start <= previous => {
                        self.apex.pop();
                        self.from.pop();
                    }
                    _ => break,
                }
            }
            if self.apex.is_empty() {
                start = f64::NEG_INFINITY;
            }
            self.apex.push(q);
            self.from.push(start);
        }
    }

    /// The envelope at 1, 2, ... `target.len()`.
    fn read(&self, f: &[i64], target: &mut [u32]) {
        let mut n = 0;
        for (i, value) in target.iter_mut().enumerate() {
            let x = i + 1;
            while n + 1 < self.from.len() && self.from[n + 1] <= x as f64 {
                n += 1;
            }
            let q = self.apex[n];
            *value = (x.abs_diff(q).pow(2) as i64 + f[q]) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brute(set: &[u8], width: usize, height: usize) -> Vec<u32> {
        let (w, h) = (width as i64, height as i64);
        let is_set = |x: i64, y: i64| x >= 0 && y >= 0 && x < w && y < h && set[(y * w + x) as usize] != 0;
        let nearest = |x: i64, y: i64| {
            let all = (-1..=h).flat_map(|v| (-1..=w).map(move |u| (u, v)));
            all.filter(|&(u, v)| !is_set(u, v)).map(|(u, v)| (u - x).pow(2) + (v - y).pow(2)).min().unwrap_or(0) as u32
        };
        (0..h)
            .flat_map(|y| (0..w).map(move |x| (x, y)))
            .map(|(x, y)| if is_set(x, y) { nearest(x, y) } else { 0 })
            .collect()
    }

    #[test]
    fn it_is_the_brute_force_distance() {
        let mut state = 1u32;
        for n in 0..80 {
            let (width, height) = (1 + n % 17, 1 + (n * 5) % 13);
            let density = [50, 80, 95, 100][n % 4];
            let set: Vec<u8> = (0..width * height)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    u8::from((state >> 16) % 100 < density) * 255
                })
                .collect();
            assert_eq!(squared_distance(&set, width, height), brute(&set, width, height), "{width}x{height} {set:?}");
        }
    }

    #[test]
    fn a_full_map_is_bounded_by_its_border() {
        assert_eq!(squared_distance(&[1; 15], 5, 3), [1, 1, 1, 1, 1, 1, 4, 4, 4, 1, 1, 1, 1, 1, 1]);
        assert_eq!(squared_distance(&[0; 6], 3, 2), [0; 6]);
    }
}
