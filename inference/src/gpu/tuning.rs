//! Tile sizes.
//!
//! A convolution's register tile is P pixels by 8 J output channels per invocation. On a software adapter (eight or sixteen
//! lanes of SIMD, every load costs) the largest tile wins whose work on two channels at a time fits the registers; on hardware
//! occupancy matters more. What counts is the work with everything that is padded, hence a small table of tiles with their
//! speed and no search by measurement.
//!
//! What a sampled profile of the machine code of llvmpipe (Mesa 22.3, LLVM 15) says: a load from a storage buffer is a loop
//! over the invocations with branches, a dozen instructions and a register that goes through memory for each, and these loops
//! were more than half of a convolution's time. A load from a storage texture is straight code (sixteen loads of 128 bits and
//! a transposition), hence planes and weights are read as textures there, which takes a fifth off a 3x3 convolution with 8
//! lanes; with the 16 lanes of AVX-512 it halves it, while buffers gain nothing from wider registers. A store is such a loop
//! either way, a texture's even one per component, hence results are written to a buffer and copied, which is a `memcpy`.
//! Multiplication and addition, which it does not fuse, are now half of the instructions of a 3x3 convolution.
//!
//! What was tried and lost there: sampled textures (a function call per load), modules without naga's bounds and loop checks,
//! larger tiles for 3x3 kernels, tiles of two rows with all nine taps unrolled (a third fewer loads, and code that outgrows the
//! instruction cache), output blocks before pixels in the order of workgroups, workgroups of 8 or 32 invocations, division by
//! way of floats. Winograd's F(2x2, 3x3) saves five ninths of the multiplications and stores every input value four times over
//! for it: of the 11 ms that a 3x3 convolution of 32 channels at 192x192 takes, these stores alone would take 10.

/// What the adapter is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tuning {
    /// A rasteriser on the CPU.
    pub software: bool,
    /// Neighbouring invocations that can read each other's registers: 16, 8 or 0.
    pub lanes: usize,
    /// Planes and weights lie in textures.
    pub texels: bool,
    /// Weights of convolutions are stored with half precision.
    pub half: bool,
}

/// A register tile of the convolution kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConvTile {
    /// Pixels per invocation.
    pub pixels: usize,
    /// Eights of output channels per invocation.
    pub eights: usize,
    /// Invocations in a workgroup.
    pub workgroup: usize,
}

/// Tiles with their speed per padded multiply-add, relative to the fastest, in percent.
const SOFTWARE: &[(ConvTile, usize)] = &[
    (tile(4, 4, 16), 100),
    (tile(3, 4, 16), 97),
    (tile(2, 4, 16), 90),
    (tile(4, 2, 16), 87),
    (tile(3, 2, 16), 84),
    (tile(4, 1, 16), 70),
];
const HARDWARE: &[(ConvTile, usize)] = &[(tile(4, 2, 64), 100), (tile(4, 1, 64), 85), (tile(2, 1, 64), 60)];
/// Fewer workgroups than this leave a graphics card idle.
const BUSY: usize = 128;

const fn tile(pixels: usize, eights: usize, workgroup: usize) -> ConvTile {
    ConvTile { pixels, eights, workgroup }
}

impl Tuning {
    /// The define of kernels that work on planes.
    #[must_use]
    pub const fn planes(&self) -> &'static [(&'static str, u32)] {
        if self.texels { &[("TEXELS", 1)] } else { &[] }
    }

    /// The defines of a kernel that loads `count` (a multiple of 8) constants at a time, shared between neighbouring
    /// invocations where they can read each other's registers.
    #[must_use]
    pub fn lane_defines(&self, count: usize) -> Vec<(&'static str, u32)> {
        let lanes = if self.lanes == 16 && count.is_multiple_of(16) { 16 } else { 8 };
        let mut defines =
            vec![("LANES", lanes as u32), ("LASTLANE", lanes as u32 - 1), ("LOADS", count.div_ceil(lanes) as u32)];
        if self.lanes > 0 {
            defines.push(("SUBGROUP", 1));
        }
        defines.extend(self.planes());
        defines
    }

    /// The defines of a dense convolution with that tile.
    #[must_use]
    pub fn conv_defines(&self, tile: ConvTile) -> Vec<(&'static str, u32)> {
        let mut defines = vec![("P", tile.pixels as u32), ("G", 2 * tile.eights as u32), ("WG", tile.workgroup as u32)];
        defines.extend(self.lane_defines(8 * tile.eights));
        let held = if self.lanes == 16 && tile.eights.is_multiple_of(2) { 4 } else { 2 };
        defines.push(("HOLDS", held));
        defines
    }

    /// The tile for `pixels` output pixels and `channels` output channels.
    #[must_use]
    pub fn conv(&self, pixels: usize, channels: usize) -> ConvTile {
        let table = if self.software { SOFTWARE } else { HARDWARE };
        let cost = |&(tile, speed): &(ConvTile, usize)| {
            let across = pixels.div_ceil(tile.pixels * tile.workgroup);
            let blocks = channels.div_ceil(8 * tile.eights);
            let padded = across * tile.pixels * tile.workgroup * blocks * 8 * tile.eights;
            let groups = across * blocks;
            let idle = if self.software { 1 } else { BUSY.div_ceil(groups) };
            padded * idle * 100 / speed
        };
        table.iter().min_by_key(|entry| cost(entry)).map_or(tile(4, 1, 64), |&(tile, _)| tile)
    }

    /// Columns and rows per invocation and invocations per workgroup of the depthwise kernel.
    #[must_use]
    pub fn depthwise(&self, kernel: usize, stride: usize) -> (usize, usize, usize) {
        match (self.software, kernel, stride) {
            (true, 5, 1) => (4, 3, 16),
            (true, ..) => (4, 2, 16),
            (false, ..) => (2, 1, 64),
        }
    }

    /// Pixels per invocation, eights of channels and invocations per workgroup of the convolution by rows, if it is worth
    /// while: it trades loads, which cost much on the software adapter, for coalescing. `spread`: stride times dilation.
    #[must_use]
    pub fn conv_rows(&self, kernel_width: usize, spread: usize, width: usize, channels: usize) -> Option<ConvTile> {
        (self.software && kernel_width == 3 && spread <= 2 && width >= 8 && channels > 8).then_some(tile(4, 2, 16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_outputs_get_narrow_tiles() {
        for software in [true, false] {
            let tuning = Tuning { software, lanes: 8, texels: software, half: false };
            assert_eq!(tuning.conv(192 * 192, 2).eights, 1);
            assert!(tuning.conv(192 * 192, 64).eights > 1);
        }
    }

    #[test]
    fn hardware_prefers_small_tiles_for_small_pictures() {
        let tuning = Tuning { software: false, lanes: 0, texels: false, half: false };
        assert!(tuning.conv(12 * 12, 96).pixels < tuning.conv(192 * 192, 96).pixels);
    }
}
