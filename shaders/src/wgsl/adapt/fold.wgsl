// A flat head to a folded one: the scale and shift of the channels become part of the first layer.
//
// Define: Q.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> theta: array<f32>;
@group(0) @binding(2) var<storage, read_write> folded: array<vec4f>;

#import head

fn element(row: u32, j: u32) -> f32 {
    let channels = params.channels;
    if (row == channels + 2u) {
        return select(0.0, theta[start_b2()], j == 0u);
    }
    if (j >= params.hidden) {
        return 0.0;
    }
    let w1 = 2u * channels + j * channels;
    if (row < channels) {
        return theta[w1 + row] * theta[row];
    }
    if (row == channels + 1u) {
        return theta[start_w2() + j];
    }
    var sum = theta[start_b1() + j];
    for (var c = 0u; c < channels; c++) {
        sum += theta[w1 + c] * theta[channels + c];
    }
    return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= (params.channels + 3u) * {Q}u) {
        return;
    }
    let row = id.x / {Q}u;
    let j = id.x % {Q}u * 4u;
    folded[id.x] = vec4f(element(row, j), element(row, j + 1u), element(row, j + 2u), element(row, j + 3u));
}
