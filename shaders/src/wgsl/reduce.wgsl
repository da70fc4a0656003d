// Reduction of a row-major tensor; one invocation per result.
//
// Kept axes: extent, x_step. Reduced axes: folded to at most four, outermost first.
// Define KIND: 0 mean, 1 sum, 2 max, 3 min, 4 product, 5 L1, 6 L2, 7 sum of squares, 8 index of max, 9 index of min.

struct Params {
    extent_a: vec4u,
    extent_b: vec4u,
    x_step_a: vec4i,
    x_step_b: vec4i,
    reduced_extent: vec4u,
    reduced_step: vec4u,
    count: u32,
    x_first: u32,
    y_first: u32,
    // Product of the reduced extents.
    reduced: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

#import each params.count
#import axes

fn each(index: u32, plane: u32) {
    let first = u32(i32(params.x_first) + strided(index, params.extent_a, params.extent_b, params.x_step_a, params.x_step_b));
    let kind = {KIND}u;
    var value = select(0.0, 1.0, kind == 4u);
    var best = 0.0;
    if (kind == 2u || kind == 3u || kind >= 8u) {
        value = x[first];
    }
    for (var i = 0u; i < params.reduced; i++) {
        let extent = params.reduced_extent;
        let step = params.reduced_step;
        let offset = (i % extent.w) * step.w + (i / extent.w % extent.z) * step.z
            + (i / (extent.w * extent.z) % extent.y) * step.y + (i / (extent.w * extent.z * extent.y)) * step.x;
        let element = x[first + offset];
        switch kind {
            case 2u: { value = max(value, element); }
            case 3u: { value = min(value, element); }
            case 4u: { value *= element; }
            case 5u: { value += abs(element); }
            case 6u, 7u: { value += element * element; }
            case 8u: {
                best = select(best, f32(i), element > value);
                value = max(value, element);
            }
            case 9u: {
                best = select(best, f32(i), element < value);
                value = min(value, element);
            }
            default: { value += element; }
        }
    }
    if (kind == 0u) {
        value /= f32(params.reduced);
    } else if (kind == 6u) {
        value = sqrt(value);
    } else if (kind >= 8u) {
        value = best;
    }
    y[params.y_first + index] = value;
}
