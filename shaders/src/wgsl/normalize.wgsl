// (x - mean) factor scale + shift of a row-major [rows][len], with the moments of moments.wgsl.
// Scale and shift of element i stand at i / inner % channels: layer normalisation has inner 1 and as many channels as a row
// has elements, group normalisation has an inner of one plane.

struct Params {
    count: u32,
    len: u32,
    inner: u32,
    channels: u32,
    x_first: u32,
    y_first: u32,
    scale_first: u32,
    shift_first: u32,
    // 0: there is no shift.
    has_shift: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> moments: array<f32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> shift: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

#import each params.count

fn each(index: u32, plane: u32) {
    let row = index / params.len;
    let channel = index / params.inner % params.channels;
    var value = (x[params.x_first + index] - moments[row * 2u]) * moments[row * 2u + 1u] * scale[params.scale_first + channel];
    if (params.has_shift != 0u) {
        value += shift[params.shift_first + channel];
    }
    y[params.y_first + index] = value;
}
