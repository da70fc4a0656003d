// The numbers of the adaptation kernels, and how a head lies in memory.
//
// Flat, as the caller has it: scale (channels), shift (channels), W1 (hidden x channels), b1, w2 (hidden each), b2.
// Folded, for the passes over the cells, and so are its gradients: channels + 3 rows of Q vec4 over the hidden values, which
// are padded with zeros to 4 Q. Row c < channels: W1 diag(scale) of channel c; row `channels`: b1 + W1 shift; the next: w2;
// the last: b2 in its first element.
//
// Define: Q.

struct Params {
    channels: u32,
    hidden: u32,
    // Cells of the batch, and its first cell in the buffers of all batches.
    count: u32,
    first: u32,
    // The first chunk of the batch among the partial sums of the step; of the whole step: how many there are.
    chunk: u32,
    // Position of the batch in the step, or how many batches it has.
    batch: u32,
    step: u32,
    // One divided by the batches of the step.
    share: f32,
    anchor: f32,
    decay: f32,
    lowest_weight: f32,
    enough: f32,
    rate: f32,
    // What the means of Adam are divided by at this step.
    first_correction: f32,
    second_correction: f32,
}

// Where the parts of the flat vector start.
fn start_b1() -> u32 {
    return (2u + params.hidden) * params.channels;
}
fn start_w2() -> u32 {
    return start_b1() + params.hidden;
}
fn start_b2() -> u32 {
    return start_w2() + params.hidden;
}
