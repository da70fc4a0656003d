// The head's answers: hidden = relu(W f + b), y = w2 . hidden + b2. One invocation per cell.
//
// Define: Q.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> cells: array<f32>;
@group(0) @binding(2) var<storage, read> folded: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> hidden: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

#import head

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let cell = id.x;
    if (cell >= params.count) {
        return;
    }
    let channels = params.channels;
    let start = (params.first + cell) * channels;
#for q in 0..Q
    var sum_{q} = folded[channels * {Q}u + {q}u];
#end
    for (var c = 0u; c < channels; c++) {
        let f = cells[start + c];
#for q in 0..Q
        sum_{q} = fma(vec4f(f), folded[c * {Q}u + {q}u], sum_{q});
#end
    }
    var answer = folded[(channels + 2u) * {Q}u].x;
#for q in 0..Q
    let h_{q} = max(sum_{q}, vec4f(0.0));
    hidden[cell * {Q}u + {q}u] = h_{q};
    answer += dot(folded[(channels + 1u) * {Q}u + {q}u], h_{q});
#end
    y[cell] = answer;
}
