//! Elements counted over up to eight axes, with a step on each.

use super::builder::{Builder, groups_of};
use super::{Place, Refusal};

/// Axes a strided kernel has.
pub(super) const AXES: usize = 8;

/// Extents padded in front to eight axes.
pub(super) fn axes(shape: &[usize]) -> Result<Vec<u32>, Refusal> {
    let missing = AXES.checked_sub(shape.len()).ok_or(Refusal::Axes(shape.len()))?;
    let mut extents = vec![1; missing];
    extents.extend(shape.iter().map(|&extent| extent as u32));
    Ok(extents)
}

/// Steps of a row-major tensor.
pub(super) fn row_major(shape: &[usize]) -> Vec<i32> {
    let mut steps = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        steps[axis - 1] = steps[axis] * shape[axis] as i32;
    }
    steps
}

/// A strided copy of elements counted over `extents`.
pub(super) fn copy(
    b: &mut Builder<'_>,
    extents: &[usize],
    from: Place,
    from_steps: &[i32],
    to: Place,
    to_steps: &[i32],
    shape: &[usize],
) {
    let (extents, from_steps, to_steps) = fold(extents, from_steps, to_steps);
    let count: usize = extents.iter().product();
    let mut params = axes(&extents).unwrap_or_default();
    params.extend(all_axes(&from_steps));
    params.extend(all_axes(&to_steps));
    params.extend([count as u32, from.first, to.first]);
    b.step("copy", &[], &params, &[from.slot], to.slot, groups_of(count, 64, 1), shape, 0);
}

/// Steps on as many axes as the kernels have, as bit patterns.
pub(super) fn all_axes(steps: &[i32]) -> Vec<u32> {
    let mut all = vec![0; AXES - steps.len()];
    all.extend(steps.iter().map(|&step| step as u32));
    all
}

/// Joins neighbouring axes that both sides walk as one, and drops those of extent 1.
pub(super) fn fold(extents: &[usize], from: &[i32], to: &[i32]) -> (Vec<usize>, Vec<i32>, Vec<i32>) {
    let (mut e, mut f, mut t): (Vec<usize>, Vec<i32>, Vec<i32>) = (Vec::new(), Vec::new(), Vec::new());
    for axis in 0..extents.len() {
        let (extent, from, to) = (extents[axis], from[axis], to[axis]);
        if extent == 1 {
            continue;
        }
        match (e.last_mut(), f.last_mut(), t.last_mut()) {
            (Some(le), Some(lf), Some(lt)) if *lf == from * extent as i32 && *lt == to * extent as i32 => {
                *le *= extent;
                (*lf, *lt) = (from, to);
            }
            _ => {
                e.push(extent);
                f.push(from);
                t.push(to);
            }
        }
    }
    if e.is_empty() {
        (e, f, t) = (vec![1], vec![0], vec![0]);
    }
    (e, f, t)
}

/// The same elements at the start of memory of their own.
pub(super) fn straight_copy(b: &mut Builder<'_>, from: Place, len: usize) -> Place {
    let to = b.scratch_rows(len);
    copy(b, &[len], from, &[1], to, &[1], &[len]);
    to
}
