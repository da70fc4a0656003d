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

#import each params.count

fn each(index: u32, plane: u32) {
    y[params.y_first + index] = x_at(params.x_first + index);
}
