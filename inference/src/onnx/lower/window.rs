//! Convolutions and pools. Those over one axis become pictures of one row.

use super::Lowering;
use crate::graph::{Activation, Conv, ConvTranspose, Op, Pool, PoolKind, ValueId, shape};
use crate::onnx::{Refusal, invalid, unsupported};

/// `Conv`.
pub(super) fn conv(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (x, [n, channels, height, width]) = picture(l, 0)?;
    let (weights, [channels_out, per_group, kernel_h, kernel_w]) = picture(l, 1)?;
    let groups = groups(l, channels, per_group, channels_out)?;
    let kernel = kernel(l, [kernel_h, kernel_w])?;
    let window = Window::read(l, kernel, [height, width])?;
    let bias = bias(l, channels_out)?;
    let [out_h, out_w] = window.out([height, width], kernel, false)?;
    let op = Op::Conv(Conv {
        kernel,
        strides: window.strides,
        pads: window.pads,
        dilations: window.dilations,
        groups,
        bias: bias.is_some(),
        residual: false,
        activation: Activation::None,
    });
    let inputs: Vec<_> = [x, weights].into_iter().chain(bias).collect();
    finish(l, op, &inputs, [n, channels_out, out_h, out_w])
}

/// `ConvTranspose`.
pub(super) fn conv_transpose(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (x, [n, channels, height, width]) = picture(l, 0)?;
    let (weights, [channels_in, out_per_group, kernel_h, kernel_w]) = picture(l, 1)?;
    let groups = l.attributes.int_or("group", 1);
    let groups = usize::try_from(groups).ok().filter(|&g| g > 0 && channels.is_multiple_of(g));
    let Some(groups) = groups.filter(|_| channels_in == channels) else {
        return Err(invalid(format!("weights for {channels_in} channels on a tensor of {channels}")));
    };
    let kernel = kernel(l, [kernel_h, kernel_w])?;
    let a = l.attributes;
    let strides = sizes(l, "strides", 1, 1)?;
    let dilations = sizes(l, "dilations", 1, 1)?;
    let output_padding = sizes(l, "output_padding", 0, 0)?;
    let mut pads = paddings(l)?;
    let asked = a.ints("output_shape").map(<[i64]>::to_vec);
    let auto_pad = a.word_or("auto_pad", "NOTSET");
    let extents = [height, width];
    let mut out = [0; 2];
    for axis in 0..2 {
        let span = dilations[axis] * (kernel[axis] - 1) + 1;
        let full = extents[axis].saturating_sub(1) * strides[axis] + span + output_padding[axis];
        let wanted = match (&asked, auto_pad) {
            (Some(_), _) if axis == 0 && is_flat(l) => Some(1),
            (Some(asked), _) => {
                let extent = asked.get((asked.len() + axis).wrapping_sub(2)).copied();
                Some(extent.and_then(|e| usize::try_from(e).ok()).ok_or_else(|| invalid("`output_shape`"))?)
            }
            (None, "SAME_UPPER" | "SAME_LOWER") => Some(extents[axis] * strides[axis]),
            (None, "NOTSET" | "VALID") => None,
            (None, other) => return Err(unsupported(format!("auto_pad `{other}`"))),
        };
        if let Some(wanted) = wanted {
            let total = full.saturating_sub(wanted);
            let small = total / 2;
            let (before, after) =
                if auto_pad == "SAME_UPPER" { (small, total - small) } else { (total - small, small) };
            (pads[axis], pads[axis + 2]) = (before, after);
        }
        let cut = full.checked_sub(pads[axis] + pads[axis + 2]).ok_or_else(|| invalid("more padding than output"))?;
        // Where more is asked for than there is, the rest is bias alone.
        out[axis] = wanted.unwrap_or(cut);
    }
    let channels_out = out_per_group * groups;
    let bias = bias(l, channels_out)?;
    let op = Op::ConvTranspose(ConvTranspose {
        kernel,
        strides,
        pads,
        dilations,
        groups,
        bias: bias.is_some(),
        activation: Activation::None,
    });
    let inputs: Vec<_> = [x, weights].into_iter().chain(bias).collect();
    finish(l, op, &inputs, [n, channels_out, out[0], out[1]])
}

/// `MaxPool` and `AveragePool`.
pub(super) fn pool(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    let (x, [n, channels, height, width]) = picture(l, 0)?;
    if l.attributes.ints("kernel_shape").is_none() {
        return Err(invalid("`kernel_shape` is missing"));
    }
    let kernel = sizes(l, "kernel_shape", 1, 1)?;
    let window = Window::read(l, kernel, [height, width])?;
    let ceil = l.attributes.flag("ceil_mode", false);
    l.attributes.ignore(&["storage_order"]);
    let kind = if l.op == "MaxPool" {
        PoolKind::Max
    } else {
        PoolKind::Average { count_pad: l.attributes.flag("count_include_pad", false) }
    };
    let [out_h, out_w] = window.out([height, width], kernel, ceil)?;
    let Window { strides, pads, dilations } = window;
    finish(l, Op::Pool(Pool { kind, kernel, strides, pads, dilations }), &[x], [n, channels, out_h, out_w])
}

/// Whether the operator works on `[n, c, length]`.
fn is_flat(l: &Lowering<'_>) -> bool {
    l.optional(0).is_some_and(|x| l.shape(x).len() == 3)
}

/// An operand as a picture: of one row, if it has only a length.
fn picture(l: &mut Lowering<'_>, index: usize) -> Result<(ValueId, [usize; 4]), Refusal> {
    let id = l.input(index)?;
    if let (true, &[n, channels, length]) = (is_flat(l), l.shape(id).as_slice()) {
        let element = l.element(id);
        let row = l.push_as(Op::Reshape, &[id], vec![n, channels, 1, length], element)?;
        return Ok((row, [n, channels, 1, length]));
    }
    l.picture(index)
}

/// Pushes the last operator, and takes the row back out of the picture.
fn finish(l: &mut Lowering<'_>, op: Op, inputs: &[ValueId], out: [usize; 4]) -> Result<(), Refusal> {
    if !is_flat(l) {
        return l.finish(op, inputs, out.to_vec());
    }
    let row = l.push(op, inputs, out.to_vec())?;
    l.finish(Op::Reshape, &[row], vec![out[0], out[1], out[3]])
}

/// One number for height and width each, or this.
fn sizes(l: &Lowering<'_>, name: &'static str, default: usize, least: i64) -> Result<[usize; 2], Refusal> {
    if is_flat(l) {
        let [along] = l.attributes.window::<1>(name, default, least)?;
        // The row itself: a window of one, nothing beside it.
        return Ok([if name == "output_padding" { 0 } else { 1 }, along]);
    }
    l.attributes.window::<2>(name, default, least)
}

/// Padding: top, left, bottom, right.
fn paddings(l: &Lowering<'_>) -> Result<[usize; 4], Refusal> {
    if is_flat(l) {
        let [before, after] = l.attributes.window::<2>("pads", 0, 0)?;
        return Ok([0, before, 0, after]);
    }
    l.attributes.window::<4>("pads", 0, 0)
}

struct Window {
    strides: [usize; 2],
    pads: [usize; 4],
    dilations: [usize; 2],
}

impl Window {
    fn read(l: &Lowering<'_>, kernel: [usize; 2], extents: [usize; 2]) -> Result<Self, Refusal> {
        let a = l.attributes;
        let strides = sizes(l, "strides", 1, 1)?;
        let dilations = sizes(l, "dilations", 1, 1)?;
        let mut pads = paddings(l)?;
        match a.word_or("auto_pad", "NOTSET") {
            "NOTSET" => {}
            "VALID" => pads = [0; 4],
            same @ ("SAME_UPPER" | "SAME_LOWER") => {
                for axis in 0..2 {
                    let [small, large] =
                        shape::same_padding(extents[axis], kernel[axis], strides[axis], dilations[axis]);
                    (pads[axis], pads[axis + 2]) = if same == "SAME_UPPER" { (small, large) } else { (large, small) };
                }
            }
            other => return Err(unsupported(format!("auto_pad `{other}`"))),
        }
        Ok(Self { strides, pads, dilations })
    }

    fn out(&self, extents: [usize; 2], kernel: [usize; 2], ceil: bool) -> Result<[usize; 2], Refusal> {
        let mut out = [0; 2];
        for axis in 0..2 {
            let pad = [self.pads[axis], self.pads[axis + 2]];
            out[axis] =
                shape::windows(extents[axis], kernel[axis], self.strides[axis], self.dilations[axis], pad, ceil)
                    .ok_or_else(|| invalid(format!("a window of {kernel:?} does not fit into {extents:?}")))?;
        }
        Ok(out)
    }
}

fn kernel(l: &Lowering<'_>, of_weights: [usize; 2]) -> Result<[usize; 2], Refusal> {
    let given = sizes(l, "kernel_shape", 0, 1)?;
    let fits = given == of_weights || l.attributes.ints("kernel_shape").is_none();
    let handled = of_weights.iter().all(|&extent| (1..=1 << 14).contains(&extent));
    if fits && handled {
        return Ok(of_weights);
    }
    Err(invalid(format!("`kernel_shape` {given:?} and weights of {of_weights:?}")))
}

fn groups(l: &Lowering<'_>, channels: usize, per_group: usize, channels_out: usize) -> Result<usize, Refusal> {
    let groups = l.attributes.int_or("group", 1);
    usize::try_from(groups)
        .ok()
        .filter(|&groups| {
            groups > 0 && groups.checked_mul(per_group) == Some(channels) && channels_out.is_multiple_of(groups)
        })
        .ok_or_else(|| {
            invalid(format!(
                "weights for {channels_out} channels out of {per_group} in {groups} groups on a tensor of {channels}"
            ))
        })
}

fn bias(l: &Lowering<'_>, channels_out: usize) -> Result<Option<ValueId>, Refusal> {
    let Some(bias) = l.optional(2) else { return Ok(None) };
    let shape = l.shape(bias);
    if shape == [channels_out] { Ok(Some(bias)) } else { Err(invalid(format!("a bias of shape {shape:?}"))) }
}
