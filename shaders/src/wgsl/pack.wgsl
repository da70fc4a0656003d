// Row-major [channels][height][width] into planes of four channels; channels that are not there become 0.

struct Params {
    channels: u32,
    // height * width
    size: u32,
    // First element of x (a float) and of y (a vec4).
    x_first: u32,
    y_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

#import each params.size

fn each(pixel: u32, plane: u32) {
    var value = vec4f(0.0);
#for c in 0..4
    if (plane * 4u + {c}u < params.channels) {
        value[{c}] = x[params.x_first + (plane * 4u + {c}u) * params.size + pixel];
    }
#end
    y[params.y_first + plane * params.size + pixel] = value;
}
