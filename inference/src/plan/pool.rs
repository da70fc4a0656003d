//! Greedy assignment of values to buffers, the largest first (Pisarchyk & Lee, "Efficient Memory Management for Deep
//! Neural Net Inference", arXiv 2001.03288, "greedy by size").

use super::Layout;
use super::lifetimes::{Interval, Lifetimes};
use crate::graph::Graph;

/// Bytes of every buffer, and for every value its buffer.
#[must_use]
pub fn assign(graph: &Graph, layout: &dyn Layout, lifetimes: &Lifetimes) -> (Vec<u64>, Vec<Option<usize>>) {
    let mut waiting: Vec<(u64, usize, Interval)> = Vec::new();
    for (index, value) in graph.values.iter().enumerate() {
        if let Some(interval) = lifetimes.interval[index] {
            waiting.push((layout.bytes(value), index, interval));
        }
    }
    // The largest first; among equals in the order of the graph, so that a plan is always the same.
    waiting.sort_by_key(|&(bytes, index, _)| (std::cmp::Reverse(bytes), index));

    let mut buffers: Vec<(u64, Vec<Interval>)> = Vec::new();
    let mut buffer_of = vec![None; graph.values.len()];
    for (bytes, index, interval) in waiting {
        let free = |(_, taken): &(u64, Vec<Interval>)| taken.iter().all(|other| !other.overlaps(interval));
        // Every buffer is large enough, the last one made wastes least.
        let chosen = buffers.iter().rposition(free).unwrap_or_else(|| {
            buffers.push((bytes, Vec::new()));
            buffers.len() - 1
        });
        buffers[chosen].1.push(interval);
        buffer_of[index] = Some(chosen);
    }
    for index in 0..buffer_of.len() {
        if buffer_of[index].is_none() {
            buffer_of[index] = buffer_of[lifetimes.root[index].0];
        }
    }
    (buffers.into_iter().map(|(bytes, _)| bytes).collect(), buffer_of)
}
