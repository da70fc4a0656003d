// Bilinear sampling of planes at given places, zeros outside (ONNX GridSample). The grid is row-major [height][width][2]
// of (x, y) in -1..1. Define ALIGN_CORNERS: -1 and 1 are the centres of the corner pixels, else their outer edges.

struct Params {
    x_width: u32,
    x_height: u32,
    x_first: u32,
    grid_first: u32,
    // Pixels of the result.
    size: u32,
    y_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
#import read x 1
@group(0) @binding(2) var<storage, read> grid: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

#import each params.size

// The pixel at a place of the plane that starts at `first`, or zero.
fn pixel_at(first: u32, at: vec2f) -> vec4f {
    let extent = vec2f(f32(params.x_width), f32(params.x_height));
    let inside = at.x >= 0.0 && at.y >= 0.0 && at.x < extent.x && at.y < extent.y;
    let safe = clamp(at, vec2f(0.0), extent - 1.0);
    return select(vec4f(0.0), x_at(first + u32(safe.y) * params.x_width + u32(safe.x)), inside);
}

fn each(pixel: u32, plane: u32) {
    let extent = vec2f(f32(params.x_width), f32(params.x_height));
    let wanted = vec2f(grid[params.grid_first + pixel * 2u], grid[params.grid_first + pixel * 2u + 1u]);
#ifdef ALIGN_CORNERS
    let at = (wanted + 1.0) / 2.0 * (extent - 1.0);
#else
    let at = ((wanted + 1.0) * extent - 1.0) / 2.0;
#endif
    let first = params.x_first + plane * params.x_width * params.x_height;
    let corner = floor(at);
    let part = at - corner;
    let above = mix(pixel_at(first, corner), pixel_at(first, corner + vec2f(1.0, 0.0)), part.x);
    let below = mix(pixel_at(first, corner + vec2f(0.0, 1.0)), pixel_at(first, corner + vec2f(1.0, 1.0)), part.x);
    y[params.y_first + plane * params.size + pixel] = mix(above, below, part.y);
}
