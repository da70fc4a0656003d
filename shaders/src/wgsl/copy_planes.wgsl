// A run of planes copied to another place: concatenation along channels where every part but the last fills its planes.

struct Params {
    // Elements (vec4).
    count: u32,
    x_first: u32,
    y_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read x 1
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

#import tile

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let index = folded(group, groups) * 64u + local;
    if (index < params.count) {
        y[params.y_first + index] = x_at(params.x_first + index);
    }
}
