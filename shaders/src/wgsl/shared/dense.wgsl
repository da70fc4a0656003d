// What dense convolutions are given: y = clamp(conv(x, w) + bias [+ residual], low, high).
//
// Each invocation holds a register tile of P pixels by G planes of output channels. Weights: [output block][...][4 G output
// channels] vec4 over four input channels, zeros where there are none.

struct Params {
    x_width: u32,
    x_height: u32,
    x_planes: u32,
    // First element of x, residual and y in their buffers.
    x_first: u32,
    y_width: u32,
    y_height: u32,
    y_planes: u32,
    y_first: u32,
    kernel_width: u32,
    kernel_height: u32,
    stride_x: u32,
    stride_y: u32,
    dilation_x: u32,
    dilation_y: u32,
    pad_left: i32,
    pad_top: i32,
    residual_first: u32,
    low: f32,
    high: f32,
    // Groups of P pixels in a row.
    row_groups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read x 1
#import read_weights
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
#ifdef RESIDUAL
#import read residual 5
#endif
#import tile
