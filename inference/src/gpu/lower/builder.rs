//! Places of values, conversion between layouts, weights.

use std::collections::HashMap;

use limn_shaders::BINARY;

use super::{Dispatch, Form, Layout, Place, Program, Refusal, Step};
use crate::EngineError;
use crate::gpu::context::MAX_BINDING;
use crate::gpu::pipelines::PipelineKey;
use crate::gpu::tuning::Tuning;
use crate::graph::{Graph, Node, NodeId, Op, Source, ValueId};
use crate::plan::{InputId, InputSet, Output, Slot, SlotId, SlotSource};

/// Most workgroups in one dimension that WebGPU promises.
pub(super) const MAX_GROUPS: u32 = 65_535;

/// The program under construction.
pub(super) struct Builder<'a> {
    /// What is lowered.
    pub graph: &'a Graph,
    /// Tile sizes.
    pub tuning: &'a Tuning,
    program: Program,
    rows: Vec<Option<Place>>,
    planes: Vec<Option<Place>>,
    dummy: Option<SlotId>,
    node: String,
    /// A slot that would be too large to bind; reported when the node is done.
    too_large: Option<u64>,
    /// Where values go that are written straight into the memory of a concatenation.
    reserved: HashMap<ValueId, Place>,
    /// The memory of those concatenations, by their results.
    joined: HashMap<ValueId, Place>,
}

/// Bit patterns of the bounds that leave every number as it is.
pub(super) const UNBOUNDED: [f32; 2] = [f32::NEG_INFINITY, f32::INFINITY];

impl<'a> Builder<'a> {
    /// An empty program with the graph's inputs. With `in_place` the parts of concatenations are written where they will
    /// stand.
    pub(super) fn new(graph: &'a Graph, tuning: &'a Tuning, in_place: bool) -> Self {
        let count = graph.values.len();
        let mut builder = Self {
            graph,
            tuning,
            program: Program::default(),
            rows: vec![None; count],
            planes: vec![None; count],
            dummy: None,
            node: String::new(),
            too_large: None,
            reserved: HashMap::new(),
            joined: HashMap::new(),
        };
        for (index, &input) in graph.inputs.iter().enumerate() {
            let slot = builder.slot(graph.value(input).len() as u64 * 4, SlotSource::Input(InputId(index)));
            builder.program.slots[slot].depends = InputSet::one(index);
            builder.program.inputs.push(slot);
            builder.rows[input.0] = Some(Place { slot, first: 0 });
        }
        for node in &graph.nodes {
            if let Op::Concat { axis: 1 } = node.op
                && in_place
                && fills_planes(graph, node)
            {
                builder.reserve(node);
            }
        }
        builder
    }

    /// Lets the parts of a concatenation be written where they will stand in it, so that nothing is copied. Not a part that
    /// has a place already, nor one whose node reads another part: a buffer is not read and written in one dispatch.
    fn reserve(&mut self, concat: &Node) {
        let graph = self.graph;
        let Some([channels, height, width]) = picture_of(graph.shape(concat.output)) else { return };
        let slot = self.scratch_planes(channels, height * width).slot;
        let mut first = 0;
        for (at, &part) in concat.inputs.iter().enumerate() {
            let place = Place { slot, first };
            first += (graph.shape(part)[1].div_ceil(4) * height * width) as u32;
            let Source::Node(producer) = graph.value(part).source else { continue };
            let producer = graph.node(producer);
            let shares = |value: &ValueId| self.reserved.get(value).is_some_and(|other| other.slot == slot);
            let moves = matches!(producer.op, Op::Concat { .. } | Op::Slice(_) | Op::Reshape);
            let twice = concat.inputs[..at].contains(&part);
            if !moves && !twice && !self.reserved.contains_key(&part) && !producer.inputs.iter().any(shares) {
                self.reserved.insert(part, place);
            }
        }
        self.joined.insert(concat.output, Place { slot, first: 0 });
    }

    /// Where a concatenation in planes goes.
    pub(super) fn joined(&mut self, value: ValueId) -> Result<Place, Refusal> {
        match self.joined.get(&value) {
            Some(&place) => Ok(self.set(value, Layout::Planes, place)),
            None => self.new_planes(value),
        }
    }

    /// Starts a node: its name goes to the steps that follow.
    pub(super) fn enter(&mut self, id: NodeId) {
        self.node.clone_from(&self.graph.node(id).name);
    }

    /// The finished program.
    ///
    /// # Errors
    /// [`EngineError::OutOfMemory`] if a tensor is too large for a binding.
    pub(super) fn finish(mut self) -> Result<Program, EngineError> {
        for output in &self.graph.outputs {
            let place = self.rows(output.value).map_err(|refusal| EngineError::BadModel(refusal.to_string()))?;
            let len = self.graph.value(output.value).len();
            self.program.outputs.push(Output { slot: place.slot, first: place.first, len });
        }
        match self.too_large {
            Some(bytes) => Err(EngineError::OutOfMemory(format!(
                "a tensor of {} MiB, and the graphics interface promises {} MiB at most",
                bytes >> 20,
                MAX_BINDING >> 20
            ))),
            None => Ok(self.program),
        }
    }

    fn slot(&mut self, bytes: u64, source: SlotSource) -> SlotId {
        if bytes > MAX_BINDING {
            self.too_large = Some(bytes);
        }
        let bytes = bytes.max(16).next_multiple_of(16);
        self.program.slots.push(Slot { bytes, form: Form::default(), source, depends: InputSet::EMPTY })
    }

    /// Says that a slot holds what kernels read or write as texels.
    fn as_texels(&mut self, slot: SlotId) -> SlotId {
        self.program.slots[slot].form.texels = self.tuning.texels;
        slot
    }

    /// Constant memory with these vec4s, for a binding of texels.
    pub(super) fn texels(&mut self, data: Vec<f32>) -> SlotId {
        let slot = self.weights(data);
        self.as_texels(slot)
    }

    /// Constant memory with these floats.
    pub(super) fn weights(&mut self, data: Vec<f32>) -> SlotId {
        let bytes = data.len() as u64 * 4;
        let source = SlotSource::Constant(self.program.constants.push(data));
        self.slot(bytes, source)
    }

    /// A binding nobody reads.
    pub(super) fn dummy(&mut self) -> SlotId {
        if let Some(slot) = self.dummy {
            return slot;
        }
        let slot = self.weights(vec![0.0; 4]);
        self.dummy = Some(slot);
        slot
    }

    /// Constant memory with the weights of a convolution, and the define of their precision.
    pub(super) fn kernel_weights(&mut self, data: Vec<f32>) -> (SlotId, &'static [(&'static str, u32)]) {
        let half = self.tuning.half && data.iter().all(|weight| weight.abs() <= half::f16::MAX.to_f32());
        let slot = self.texels(data);
        self.program.slots[slot].form.half = half;
        (slot, if half { &[("HALF", 1)] } else { &[] })
    }

    /// The floats of a constant operand.
    pub(super) fn constant(&self, value: ValueId, what: &'static str) -> Result<std::sync::Arc<[f32]>, Refusal> {
        let constant = self.graph.constant(value);
        constant.map(crate::graph::Constant::to_f32).ok_or(Refusal::NotConstant(what))
    }

    /// Channels, height and width of `[1, c, h, w]`.
    pub(super) fn picture(&self, value: ValueId) -> Result<[usize; 3], Refusal> {
        picture_of(self.graph.shape(value)).ok_or_else(|| Refusal::NoPicture(self.graph.shape(value).to_vec()))
    }

    /// Where a value lies row-major; converts it if it lies in planes only.
    pub(super) fn rows(&mut self, value: ValueId) -> Result<Place, Refusal> {
        if let Some(place) = self.rows[value.0] {
            return Ok(place);
        }
        if let Source::Constant(constant) = &self.graph.value(value).source {
            let slot = self.weights(constant.to_f32().to_vec());
            let place = Place { slot, first: 0 };
            self.rows[value.0] = Some(place);
            return Ok(place);
        }
        let [channels, _, _] = self.picture(value)?;
        let place = self.new_rows(value);
        self.unpack(value, 0, channels, place)?;
        Ok(place)
    }

    /// Copies channels of a value in planes to a row-major place.
    pub(super) fn unpack(&mut self, value: ValueId, channel: usize, count: usize, to: Place) -> Result<(), Refusal> {
        let [_, height, width] = self.picture(value)?;
        let from = self.planes(value)?;
        let size = height * width;
        let params = [size as u32, channel as u32, from.first, to.first];
        let groups = groups_of(size, 64, count);
        self.step("unpack", self.tuning.planes(), &params, &[from.slot], to.slot, groups, &[count, height, width], 0);
        Ok(())
    }

    /// Where a value lies in planes; converts it if it lies row-major only.
    pub(super) fn planes(&mut self, value: ValueId) -> Result<Place, Refusal> {
        if let Some(place) = self.planes[value.0] {
            return Ok(place);
        }
        let [channels, height, width] = self.picture(value)?;
        let size = height * width;
        if let Source::Constant(constant) = &self.graph.value(value).source {
            let data = constant.to_f32();
            let mut packed = vec![0.0; channels.div_ceil(4) * size * 4];
            for (channel, plane) in data.chunks(size).enumerate() {
                for (pixel, &v) in plane.iter().enumerate() {
                    packed[(channel / 4 * size + pixel) * 4 + channel % 4] = v;
                }
            }
            let place = Place { slot: self.texels(packed), first: 0 };
            self.planes[value.0] = Some(place);
            return Ok(place);
        }
        let from = self.rows(value)?;
        let to = self.new_planes(value)?;
        let params = [channels as u32, size as u32, from.first, to.first];
        let groups = groups_of(size, 64, channels.div_ceil(4));
        self.step("pack", self.tuning.planes(), &params, &[from.slot], to.slot, groups, &[channels, height, width], 0);
        Ok(to)
    }

    /// Whether a value already lies in planes, or could without a dispatch.
    pub(super) fn in_planes(&self, value: ValueId) -> bool {
        self.planes[value.0].is_some()
            || (self.graph.constant(value).is_some() && picture_of(self.graph.shape(value)).is_some())
    }

    /// Memory for a value, row-major.
    pub(super) fn new_rows(&mut self, value: ValueId) -> Place {
        let slot = self.slot(self.graph.value(value).len() as u64 * 4, SlotSource::Steps);
        self.set(value, Layout::Rows, Place { slot, first: 0 })
    }

    /// Memory for a value, in planes: its share of a concatenation if one was reserved.
    pub(super) fn new_planes(&mut self, value: ValueId) -> Result<Place, Refusal> {
        if let Some(&place) = self.reserved.get(&value) {
            return Ok(self.set(value, Layout::Planes, place));
        }
        let [channels, height, width] = self.picture(value)?;
        let place = self.scratch_planes(channels, height * width);
        Ok(self.set(value, Layout::Planes, place))
    }

    /// Memory for something that is no value of the graph, in planes.
    pub(super) fn scratch_planes(&mut self, channels: usize, size: usize) -> Place {
        let slot = self.slot((channels.div_ceil(4) * size) as u64 * 16, SlotSource::Steps);
        Place { slot: self.as_texels(slot), first: 0 }
    }

    /// Memory for so many floats that are no value of the graph.
    pub(super) fn scratch_rows(&mut self, len: usize) -> Place {
        let slot = self.slot(len as u64 * 4, SlotSource::Steps);
        Place { slot, first: 0 }
    }

    /// Says where a value lies.
    pub(super) fn set(&mut self, value: ValueId, layout: Layout, place: Place) -> Place {
        match layout {
            Layout::Rows => self.rows[value.0] = Some(place),
            Layout::Planes => self.planes[value.0] = Some(place),
        }
        place
    }

    /// Adds a dispatch: reads, then the result, as in the kernel's bindings.
    #[expect(clippy::too_many_arguments, reason = "one per field of a step; a struct would only repeat their names")]
    pub(super) fn step(
        &mut self,
        kernel: &'static str,
        defines: &[(&'static str, u32)],
        params: &[u32],
        reads: &[SlotId],
        write: SlotId,
        groups: [u32; 3],
        shape: &[usize],
        macs: u64,
    ) {
        self.step_with(kernel, defines, params, reads.to_vec(), write, reads.len(), groups, shape, macs);
    }

    /// Adds a dispatch of which only the first `written` reads are bound before the result.
    #[expect(clippy::too_many_arguments, reason = "one per field of a step; a struct would only repeat their names")]
    pub(super) fn step_with(
        &mut self,
        kernel: &'static str,
        defines: &[(&'static str, u32)],
        params: &[u32],
        reads: Vec<SlotId>,
        writes: SlotId,
        written: usize,
        groups: [u32; 3],
        shape: &[usize],
        macs: u64,
    ) {
        let depends = reads.iter().map(|&slot| self.program.slots[slot].depends);
        let depends = depends.fold(InputSet::EMPTY, InputSet::union);
        let output = &mut self.program.slots[writes];
        output.depends = output.depends.union(depends);
        let kernel = Dispatch {
            key: PipelineKey { kernel, defines: defines.to_vec() },
            params: params.to_vec(),
            written,
            groups,
            node: self.node.clone(),
            shape: shape.to_vec(),
            macs,
        };
        // What moves through memory counts as well.
        let work = macs + 16 * shape.iter().product::<usize>() as u64;
        self.program.steps.push(Step { kernel, reads, writes, depends, work });
    }
}

/// Whether a concatenation of channels is one of whole planes: every part but the last fills its planes.
pub(super) fn fills_planes(graph: &Graph, concat: &Node) -> bool {
    picture_of(graph.shape(concat.output)).is_some()
        && concat
            .inputs
            .split_last()
            .is_some_and(|(_, rest)| rest.iter().all(|&value| graph.shape(value)[1].is_multiple_of(4)))
}

/// Channels, height and width of `[1, c, h, w]`.
pub(super) fn picture_of(shape: &[usize]) -> Option<[usize; 3]> {
    match *shape {
        [1, channels, height, width] => Some([channels, height, width]),
        _ => None,
    }
}

/// Workgroups for `count` invocations along x, `size` in a group, times `y`; what exceeds the limit is folded into z.
pub(super) fn groups_of(count: usize, size: usize, y: usize) -> [u32; 3] {
    let x = count.div_ceil(size) as u32;
    if x <= MAX_GROUPS {
        return [x, y as u32, 1];
    }
    let z = x.div_ceil(MAX_GROUPS);
    [x.div_ceil(z), y as u32, z]
}

/// The number of a binary function in the shader table.
pub(super) fn binary_number(name: &str) -> u32 {
    BINARY.iter().position(|&known| known == name).unwrap_or_default() as u32
}
