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

#import tile

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let index = folded(group, groups) * 64u + local;
    if (index >= params.count) {
        return;
    }
    let rest = index % params.inner;
    let at = index / params.inner % params.chosen;
    let outer = index / params.inner / params.chosen;
    y[params.y_first + index] = x[params.x_first + (outer * params.extent + indices[at]) * params.inner + rest];
}
