// The gradient by the folded head, second stage: the sum over all chunks of the step, in order.
//
// Define: Q.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parts: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradient: array<vec4f>;

#import head

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let size = (params.channels + 3u) * {Q}u;
    if (id.x >= size) {
        return;
    }
    var sum = vec4f(0.0);
    for (var chunk = 0u; chunk < params.chunk; chunk++) {
        sum += parts[chunk * size + id.x];
    }
    gradient[id.x] = sum;
}
