// Resampling of planes along height and width.
//
// Linear: the coordinate of output index o is o * scale + shift, clamped to the picture. NEAREST: the input column of every
// output column stands in a table, and after them the row of every row.

struct Params {
    x_width: u32,
    x_height: u32,
    x_first: u32,
    y_width: u32,
    y_height: u32,
    y_first: u32,
    scale_x: f32,
    scale_y: f32,
    shift_x: f32,
    shift_y: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read x 1
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

#import each params.y_width*params.y_height

#ifdef NEAREST
@group(0) @binding(3) var<storage, read> table: array<u32>;
#endif

fn each(pixel: u32, plane: u32) {
    let size = params.y_width * params.y_height;
    let out_x = pixel % params.y_width;
    let out_y = pixel / params.y_width;
    let first = params.x_first + plane * params.x_width * params.x_height;
#ifdef NEAREST
    let value = x_at(first + table[params.y_width + out_y] * params.x_width + table[out_x]);
#else
    let last = vec2f(f32(params.x_width - 1u), f32(params.x_height - 1u));
    let unclamped = vec2f(f32(out_x), f32(out_y)) * vec2f(params.scale_x, params.scale_y)
        + vec2f(params.shift_x, params.shift_y);
    let at = clamp(unclamped, vec2f(0.0), last);
    let low = floor(at);
    let part = at - low;
    let high = min(low + 1.0, last);
    let row_0 = first + u32(low.y) * params.x_width;
    let row_1 = first + u32(high.y) * params.x_width;
    let above = mix(x_at(row_0 + u32(low.x)), x_at(row_0 + u32(high.x)), part.x);
    let below = mix(x_at(row_1 + u32(low.x)), x_at(row_1 + u32(high.x)), part.x);
    let value = mix(above, below, part.y);
#endif
    y[params.y_first + plane * size + pixel] = value;
}
