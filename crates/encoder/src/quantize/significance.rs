//! Which levels of a block are not zero, and what their significance flags cost.

use super::LevelBlock;
use super::groups::descending;
use rivus_coding::ctu::record::Coeff;
use rivus_coding::slice_data::residual_coding::ResidualBlock;
use rivus_coding::slice_data::residual_coding::contexts::SigContexts;
use rivus_syntax::cabac::ContextSet;

/// The levels of a block that are not zero, a bit for each position in coding order.
#[derive(Clone, Debug)]
pub struct Significance {
    /// By group, valid up to the last group that is occupied.
    masks: [u16; 64],
    /// The groups whose mask is not zero.
    occupied: u64,
}

impl Default for Significance {
    fn default() -> Self {
        Self { masks: [0; 64], occupied: 0 }
    }
}

impl PartialEq for Significance {
    fn eq(&self, other: &Self) -> bool {
        self.occupied == other.occupied
            && descending(self.occupied).all(|group| self.masks[group] == other.masks[group])
    }
}

impl Significance {
    /// Takes what `levels` of `block`, in raster order, hold, of which `count` are not zero.
    pub fn take(&mut self, block: &LevelBlock<'_>, levels: &[i16], count: u32) {
        let (mut occupied, mut left) = (0, count);
        for (group, mask) in self.masks.iter_mut().enumerate().take(block.groups.count()) {
            if left == 0 {
                break;
            }
            *mask = block.groups.significant(levels, group);
            occupied |= u64::from(*mask != 0) << group;
            left = left.saturating_sub(mask.count_ones());
        }
        self.occupied = occupied;
    }

    /// The groups that have levels, a bit for each.
    #[inline]
    pub(super) fn occupied(&self) -> u64 {
        self.occupied
    }

    /// The mask of one group.
    #[inline]
    pub(super) fn of(&self, group: usize) -> u16 {
        self.masks[group & 63]
    }

    /// Replaces the mask of one group.
    #[inline]
    pub(super) fn set(&mut self, group: usize, mask: u16) {
        self.masks[group & 63] = mask;
        self.occupied = self.occupied & !(1 << group) | u64::from(mask != 0) << group;
    }

    /// Appends the levels of `block` to `coeffs` in coding order. Returns how many leading columns and rows hold them all.
    pub fn gather(&self, block: &LevelBlock<'_>, levels: &[i16], coeffs: &mut Vec<Coeff>) -> (u8, u8) {
        let (groups, log2_size) = (&block.groups, block.log2_size);
        let (mut columns, mut rows) = (0, 0);
        for group in descending(self.occupied) {
            let positions = groups.positions(group);
            for k in descending(self.of(group)) {
                let at = positions.at(k);
                coeffs.push(Coeff { pos: at as u16, level: levels[at].into() });
                columns = columns.max((at & ((1 << log2_size) - 1)) + 1);
                rows = rows.max((at >> log2_size) + 1);
            }
        }
        (columns as u8, rows as u8)
    }
}

/// Room for the contexts of a kind of groups: nine at most, by fours.
const CONTEXTS: usize = 12;

/// Prices of the significance flags of a block, in 1/32768 bit.
pub(super) struct SigPrices {
    contexts: SigContexts,
    /// By context and value, in the first group and in the others.
    bits: [[[u32; 2]; CONTEXTS]; 2],
    dc: [u32; 2],
}

impl SigPrices {
    /// Of `block`, from the context states `states`.
    pub(super) fn new(block: &ResidualBlock, states: &ContextSet) -> Self {
        let contexts = SigContexts::new(block.log2_size.into(), block.c_idx, block.scan_idx.into(), false);
        let price = |ctx| [states.cost(ctx, false), states.cost(ctx, true)];
        let mut bits = [[[0; 2]; CONTEXTS]; 2];
        // A block of one group has no others.
        let kinds = if block.log2_size == 2 { 1 } else { 2 };
        for (group, bits) in bits.iter_mut().enumerate().take(kinds) {
            let (first, _) = contexts.sub_block(group, 0);
            for (i, bits) in bits.iter_mut().enumerate().take(contexts.count()) {
                *bits = price(first + i);
            }
        }
        Self { contexts, bits, dc: price(contexts.dc) }
    }

    /// Those of one group whose coded neighbours are `csbf_ctx`.
    #[inline]
    pub(super) fn group(&self, group: usize, csbf_ctx: usize) -> GroupSigPrices<'_> {
        let (_, position) = self.contexts.sub_block(group, csbf_ctx);
        let (dc, bits) = if group == 0 { (Some(self.dc), &self.bits[0]) } else { (None, &self.bits[1]) };
        GroupSigPrices { sharing: self.contexts.sharing(csbf_ctx), position, bits, dc }
    }
}

/// Prices of the significance flags of one group, in 1/32768 bit.
#[derive(Clone, Copy)]
pub(super) struct GroupSigPrices<'a> {
    sharing: &'static [u64],
    position: &'static [u8; 16],
    bits: &'a [[u32; 2]; CONTEXTS],
    /// Those of the block's DC coefficient, if it is in this group.
    dc: Option<[u32; 2]>,
}

impl GroupSigPrices<'_> {
    /// Of the flag at position `k` being 0 and 1.
    #[inline]
    pub(super) fn of(&self, k: usize) -> [u32; 2] {
        match self.dc {
            Some(dc) if k == 0 => dc,
            _ => self.bits[usize::from(self.position[k & 15]).min(CONTEXTS - 1)],
        }
    }

    /// Of all flags at the positions of `mask` being `value`.
    #[inline]
    pub(super) fn all(&self, mut mask: u16, value: bool) -> u32 {
        let value = usize::from(value);
        let mut sum = 0;
        if let Some(dc) = self.dc {
            sum = u32::from(mask & 1) * dc[value];
            mask &= !1;
        }
        let mask = u64::from(mask) * 0x0001_0001_0001_0001;
        for (&positions, bits) in self.sharing.iter().zip(self.bits.chunks_exact(4)) {
            let counts = count_ones_by_16(mask & positions);
            for (lane, bits) in bits.iter().enumerate() {
                sum += (counts >> (16 * lane)) as u32 % (1 << 16) * bits[value];
            }
        }
        sum
    }
}

/// How many bits are set in each 16 bits of `n`, in their place: not every processor the program is built for can count them.
#[inline]
fn count_ones_by_16(n: u64) -> u64 {
    let n = n - (n >> 1 & 0x5555_5555_5555_5555);
    let n = (n & 0x3333_3333_3333_3333) + (n >> 2 & 0x3333_3333_3333_3333);
    let n = (n + (n >> 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    (n + (n >> 8)) & 0x00ff_00ff_00ff_00ff
}
