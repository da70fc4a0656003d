//! Tile sizes.
//!
//! A convolution's register tile is P pixels by 8 J output channels per invocation. On a software adapter (eight lanes of
//! SIMD, every load costs) the largest tile that fits the registers wins; on hardware occupancy matters more. What counts is
//! the work with everything that is padded, hence a small table of tiles with their speed and no search by measurement.
//!
//! What a sampled profile of the machine code of llvmpipe (Mesa 22.3, LLVM 15) says: a load is a loop over the eight
//! invocations with a dozen instructions beside the move, and these loops are more than half of a convolution's time;
//! multiplication and addition, which it does not fuse, are a quarter. So the fewer and wider the loads, the better: 64-bit
//! components, pairs of pixels and of weights in one access (a tenth less time for the network). What did not help there:
//! modules without naga's bounds and loop checks (no difference, hence the checked ones stay), output blocks before pixels in
//! the order of workgroups (the inputs are not what is missing in the cache), larger tiles for 3x3 kernels (more registers
//! spilled, and code that outgrows the instruction cache), workgroups of 8, 32 or 64 invocations.

/// What the adapter is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tuning {
    /// A rasteriser on the CPU.
    pub software: bool,
    /// Invocations can read each other's registers (groups of at least eight).
    pub subgroups: bool,
    /// Four floats are moved as two 64-bit integers.
    pub wide: bool,
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
const SOFTWARE: &[(ConvTile, usize)] = &[(tile(4, 2, 16), 100), (tile(3, 4, 16), 97), (tile(4, 1, 16), 75)];
const HARDWARE: &[(ConvTile, usize)] = &[(tile(4, 2, 64), 100), (tile(4, 1, 64), 85), (tile(2, 1, 64), 60)];
/// Fewer workgroups than this leave a graphics card idle.
const BUSY: usize = 128;

const fn tile(pixels: usize, eights: usize, workgroup: usize) -> ConvTile {
    ConvTile { pixels, eights, workgroup }
}

impl Tuning {
    /// The defines that say what the adapter can do.
    #[must_use]
    pub fn defines(&self) -> Vec<(&'static str, u32)> {
        let all = [("SUBGROUP", self.subgroups), ("WIDE", self.wide)];
        all.into_iter().filter(|&(_, has)| has).map(|(name, _)| (name, 1)).collect()
    }

    /// The defines of a dense convolution with that tile.
    #[must_use]
    pub fn conv_defines(&self, tile: ConvTile) -> Vec<(&'static str, u32)> {
        let planes = 2 * tile.eights;
        let mut defines = vec![("P", tile.pixels as u32), ("G", planes as u32), ("WG", tile.workgroup as u32)];
        if self.subgroups {
            // Eight invocations load the weights of four planes at a time.
            let at_once = planes.min(4);
            defines.extend(
                [("I", planes / at_once), ("M", at_once), ("LASTLANE", 2 * at_once - 1)]
                    .map(|(name, v)| (name, v as u32)),
            );
        }
        defines.extend(self.defines());
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
            (true, 5, 1) => (4, 3, 8),
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
            let tuning = Tuning { software, subgroups: true, wide: false };
            assert_eq!(tuning.conv(192 * 192, 2).eights, 1);
            assert_eq!(tuning.conv(192 * 192, 64).eights, 2);
        }
    }

    #[test]
    fn hardware_prefers_small_tiles_for_small_pictures() {
        let tuning = Tuning { software: false, subgroups: false, wide: false };
        assert!(tuning.conv(12 * 12, 96).pixels < tuning.conv(192 * 192, 96).pixels);
    }
}
