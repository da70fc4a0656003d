// Largest value or mean in a window, planes of four channels. Define MAX, else the mean.

struct Params {
    x_width: u32,
    x_height: u32,
    x_first: u32,
    y_width: u32,
    y_height: u32,
    y_first: u32,
    kernel_width: u32,
    kernel_height: u32,
    stride_x: u32,
    stride_y: u32,
    dilation_x: u32,
    dilation_y: u32,
    pad_left: i32,
    pad_top: i32,
    pad_right: i32,
    pad_bottom: i32,
    // Mean: divide by the taps inside the padded picture, not by those inside the picture.
    count_pad: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read x 1
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

#import each params.y_width*params.y_height

fn each(pixel: u32, plane: u32) {
    let size = params.y_width * params.y_height;
    let left = i32((pixel % params.y_width) * params.stride_x) - params.pad_left;
    let top = i32((pixel / params.y_width) * params.stride_y) - params.pad_top;
    let extent = vec2i(i32(params.x_width), i32(params.x_height));
    let first = params.x_first + plane * params.x_width * params.x_height;
#ifdef MAX
    var value = vec4f(-3.4028234e38);
#else
    var value = vec4f(0.0);
#endif
    var count = 0.0;
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        let tap_y = top + i32(ky * params.dilation_y);
        for (var kx = 0u; kx < params.kernel_width; kx++) {
            let tap_x = left + i32(kx * params.dilation_x);
            let inside = tap_x >= 0 && tap_y >= 0 && tap_x < extent.x && tap_y < extent.y;
            let padded = tap_x < extent.x + params.pad_right && tap_y < extent.y + params.pad_bottom;
            if (inside) {
                let tap = x_at(first + u32(tap_y) * params.x_width + u32(tap_x));
#ifdef MAX
                value = max(value, tap);
#else
                value += tap;
#endif
            }
            count += select(0.0, 1.0, inside || (params.count_pad != 0u && padded));
        }
    }
#ifndef MAX
    value /= count;
#endif
    y[params.y_first + plane * size + pixel] = value;
}
