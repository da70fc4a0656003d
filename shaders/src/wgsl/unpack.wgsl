// Channels of planes of four into row-major [channels][height][width]. One invocation per pixel and channel.

struct Params {
    // height * width
    size: u32,
    // First channel of x that is taken.
    channel: u32,
    // First element of x (a vec4) and of y (a float).
    x_first: u32,
    y_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read x 1
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

#import each params.size

fn each(pixel: u32, plane: u32) {
    let channel = params.channel + plane;
    let channels = x_at(params.x_first + (channel / 4u) * params.size + pixel);
    y[params.y_first + plane * params.size + pixel] = channels[channel % 4u];
}
