//! Sign data hiding (7.4.9.11): the parity of a group's levels carries the sign of its lowest non-zero coefficient.
//!
//! Where the parity is wrong, the change by one that costs least is made. The prices of one up and one down are
//! noted while the levels are chosen.

use super::rdoq::Block;

/// Cost of changing each coefficient's level by one, in the units of the block's cost.
pub struct Alternatives {
    up: Box<[f32; 1024]>,
    down: Box<[f32; 1024]>,
    negative: Box<[bool; 1024]>,
}

impl Default for Alternatives {
    fn default() -> Self {
        Self { up: Box::new([0.0; 1024]), down: Box::new([0.0; 1024]), negative: Box::new([false; 1024]) }
    }
}

impl Alternatives {
    /// Coefficient `i` of the scan may not change: it lies above the last significant one.
    #[inline]
    pub fn none(&mut self, i: usize) {
        (self.up[i], self.down[i]) = (f32::INFINITY, f32::INFINITY);
    }

    /// Notes the prices around `level` for coefficient `i` of the scan; `sig_bits` prices the significance flag and
    /// `bits` a non-zero level.
    #[inline]
    pub fn set(
        &mut self,
        i: usize,
        block: &Block<'_>,
        coefficient: i32,
        level: u32,
        sig_bits: [u32; 2],
        bits: impl Fn(u32) -> u32,
    ) {
        let magnitude = coefficient.abs();
        let price = |level: u32| {
            let error = (magnitude - block.quantizer.dequant(level as i32)) as f32;
            let rate = if level == 0 { sig_bits[0] } else { sig_bits[1] + bits(level) };
            error * error * block.quantizer.error_scale + block.lambda * rate as f32
        };
        let now = price(level);
        self.up[i] = if level < 32767 { price(level + 1) - now } else { f32::INFINITY };
        self.down[i] = if level > 0 { price(level - 1) - now } else { f32::INFINITY };
        self.negative[i] = coefficient < 0;
    }
}

/// Adjusts `levels` of the first `groups` groups of `scan` and returns the number of non-zero levels.
pub fn apply(levels: &mut [i16], scan: &[u16], groups: usize, alternatives: &Alternatives) -> u32 {
    let mut nonzero = 0;
    let mut is_last_group = true;
    for group in (0..groups).rev() {
        let part = &scan[16 * group..16 * group + 16];
        let level = |k: usize| levels[usize::from(part[k])];
        let (Some(first), Some(last)) = ((0..16).find(|&k| level(k) != 0), (0..16).rfind(|&k| level(k) != 0))
        else {
            continue;
        };
        let sum: i32 = (first..=last).map(|k| i32::from(level(k)).abs()).sum();
        let hidden = (sum & 1 == 1) != (level(first) < 0);
        if last - first >= 4 && hidden {
            // In the group of the last coefficient nothing above it may become significant.
            let top = if is_last_group { last } else { 15 };
            adjust(levels, part, 16 * group, first, last, top, alternatives);
        }
        is_last_group = false;
        nonzero += part.iter().filter(|&&at| levels[usize::from(at)] != 0).count() as u32;
    }
    nonzero
}

fn adjust(
    levels: &mut [i16],
    part: &[u16],
    base: usize,
    first: usize,
    last: usize,
    top: usize,
    alternatives: &Alternatives,
) {
    let mut best = (f32::INFINITY, first, 1i16);
    for k in 0..=top {
        let level = levels[usize::from(part[k])];
        let i = base + k;
        // A zero below the first would become the sign carrier: its own sign is then the hidden one, so leave it.
        if level == 0 && k < first {
            continue;
        }
        if alternatives.up[i] < best.0 {
            best = (alternatives.up[i], k, 1);
        }
        // Removing the first or the last would move the rule's own ground.
        let keeps_ends = level.unsigned_abs() > 1 || (k != first && k != last);
        if keeps_ends && alternatives.down[i] < best.0 {
            best = (alternatives.down[i], k, -1);
        }
    }
    let (_, k, change) = best;
    let level = &mut levels[usize::from(part[k])];
    if *level == 0 {
        *level = if alternatives.negative[base + k] { -1 } else { 1 };
    } else {
        *level += change * level.signum();
    }
}
