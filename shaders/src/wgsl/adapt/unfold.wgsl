// The gradient by the flat head, out of the one by the folded head; with what pulls the parameters back: the anchor at where
// the lesson started, and the decay of the last layer. One invocation per parameter.
//
// Define: Q.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> by_folded: array<f32>;
@group(0) @binding(2) var<storage, read> theta: array<f32>;
@group(0) @binding(3) var<storage, read> origin: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;

#import head

fn by(row: u32, j: u32) -> f32 {
    return by_folded[row * {Q}u * 4u + j];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let at = id.x;
    let channels = params.channels;
    if (at > start_b2()) {
        return;
    }
    var slope = 2.0 * params.anchor * (theta[at] - origin[at]);
    if (at < 2u * channels) {
        let c = at % channels;
        let row = select(channels, c, at < channels);
        for (var j = 0u; j < params.hidden; j++) {
            slope += by(row, j) * theta[2u * channels + j * channels + c];
        }
    } else if (at < start_b1()) {
        let j = at / channels - 2u;
        let c = at % channels;
        slope += by(c, j) * theta[c] + by(channels, j) * theta[channels + c];
    } else if (at < start_w2()) {
        slope += by(channels, at - start_b1());
    } else {
        let is_bias = at == start_b2();
        slope += 2.0 * params.decay * theta[at];
        slope += by(select(channels + 1u, channels + 2u, is_bias), select(at - start_w2(), 0u, is_bias));
    }
    gradient[at] = slope;
}
