// Choice of indices along an axis of a row-major tensor: y[outer, i, inner] = x[outer, indices[i], inner].

struct Params {
    count: u32,
    inner: u32,
    // Extent of the axis in x and number of indices.
    extent: u32,
    chosen: u32,
    x_first: u32,
    y_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

#import each params.count

fn each(index: u32, plane: u32) {
    let rest = index % params.inner;
    let at = index / params.inner % params.chosen;
    let outer = index / params.inner / params.chosen;
    y[params.y_first + index] = x[params.x_first + (outer * params.extent + indices[at]) * params.inner + rest];
}
