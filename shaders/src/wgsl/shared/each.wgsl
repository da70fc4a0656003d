// One invocation for each element, pixel or row: each(index, plane) for every index below $1; the planes lie along y.

#import tile

@compute @workgroup_size(64)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
) {
    let index = folded(group, groups) * 64u + local;
    if (index < $1) {
        each(index, group.y);
    }
}
