//! 9.3.4.3: the arithmetic decoding engine.
//!
//! `value` is a 64-bit window on the data: its 9 highest bits are ivlOffset, the bits below are data read
//! ahead, so renormalisation is one shift of the whole window and memory is touched once in about 50 bits.
//! Bypass bins are one long division by ivlCurrRange: the quotient of the next 9 + n bits and the range *is*
//! the string of n bins, computed as a multiplication by a tabulated reciprocal.
//!
//! Invariants: 256 <= `range` <= 510; `value` >> 55 < `range`; `ahead` >= 0 between calls. The bits below the
//! `ahead` valid ones are zero or a prefix of the data that follows, so that a refill may or them again.

use super::contexts::ContextModel;
use super::tables::Step;

/// Bits of `value` below ivlOffset.
const OFFSET_SHIFT: u32 = 64 - 9;

/// Most bypass bins that one division yields.
const GROUP: u32 = 16;

/// Fraction bits of [`RECIPROCAL`].
const RECIPROCAL_SHIFT: u32 = 39;

/// floor(2^39 / range) + 1 by `range - 256`.
///
/// The product with a dividend below 2^25 exceeds the true quotient by less than 2^25 * range / 2^39 / range, so the
/// floor is exact: the error times the range, 2^25 * 2^9, stays below 2^39.
const RECIPROCAL: &[u32; 256] = &{
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = ((1u64 << RECIPROCAL_SHIFT) / (256 + i as u64) + 1) as u32;
        i += 1;
    }
    table
};

/// Refills byte by byte where less than 8 bytes are left, with zeros beyond the end.
#[cold]
#[inline(never)]
fn refill_at_end(data: &[u8], mut value: u64, mut pos: usize, mut ahead: i32) -> (u64, usize, i32) {
    while ahead <= 64 - 9 - 8 {
        let byte = data.get(pos).copied().unwrap_or(0);
        value |= u64::from(byte) << (OFFSET_SHIFT as i32 - 8 - ahead);
        pos += 1;
        ahead += 8;
    }
    (value, pos, ahead)
}

/// Decodes the bins of one substream.
///
/// Beyond its end the data continues with zeros, and decoding goes on without a fault; [`is_overrun`](Self::is_overrun)
/// tells it. A caller checks once per coding tree unit.
#[derive(Clone, Debug)]
pub struct CabacDecoder<'a> {
    data: &'a [u8],
    /// Next byte to read; beyond the end once zeros were supplied.
    pos: usize,
    value: u64,
    range: u32,
    /// Valid bits of `value` below ivlOffset.
    ahead: i32,
}

/// The registers of a decoder without its data.
#[derive(Clone, Copy, Debug)]
pub struct CabacState {
    pos: usize,
    value: u64,
    range: u32,
    ahead: i32,
}

impl Default for CabacState {
    /// At the end of empty data.
    fn default() -> Self {
        CabacDecoder::new(&[]).state()
    }
}

impl<'a> CabacDecoder<'a> {
    /// 9.3.2.5: initialises the engine at the first byte of `data`, RBSP bytes of one substream.
    pub fn new(data: &'a [u8]) -> Self {
        Self::at(data, 0)
    }

    fn at(data: &'a [u8], pos: usize) -> Self {
        let mut decoder = Self { data, pos, value: 0, range: 510, ahead: -9 };
        decoder.refill();
        // ivlOffset shall not be 510 or 511; such data is treated as ended.
        if decoder.value >> OFFSET_SHIFT >= 510 {
            decoder.value = 0;
            decoder.pos = usize::MAX / 16;
        }
        decoder
    }

    /// Takes whole bytes from the data until at least 48 bits are ahead.
    ///
    /// Inline, with the rare case on values: a caller's local copy of the engine never has its address taken and
    /// lives in registers.
    #[inline(always)]
    fn refill(&mut self) {
        let valid = (9 + self.ahead) as u32;
        match self.data.get(self.pos..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(bytes) => {
                self.value |= u64::from_be_bytes(*bytes) >> valid;
                let taken = (64 - valid) >> 3;
                self.pos += taken as usize;
                self.ahead += 8 * taken as i32;
            }
            None => {
                (self.value, self.pos, self.ahead) =
                    refill_at_end(self.data, self.value, self.pos, self.ahead);
            }
        }
    }

    /// The engine's registers, to go on later with [`resume`](Self::resume).
    pub fn state(&self) -> CabacState {
        CabacState { pos: self.pos, value: self.value, range: self.range, ahead: self.ahead }
    }

    /// Goes on in the same `data` where [`state`](Self::state) was taken.
    pub fn resume(data: &'a [u8], state: CabacState) -> Self {
        let CabacState { pos, value, range, ahead } = state;
        Self { data, pos, value, range, ahead }
    }

    /// 9.3.4.3.2: one bin with context variable `model`.
    ///
    /// Free of branches on the bin: callers that collect bins into masks pay no misprediction.
    #[inline(always)]
    pub fn decode_bin(&mut self, model: &mut ContextModel) -> bool {
        let before = model.0;
        let step = Step::of(self.range, before);
        let mps_range = self.range - step.lps_range;
        // The bits of value below ivlOffset do not matter to the comparison.
        let is_lps = (self.value >> OFFSET_SHIFT) as u32 >= mps_range;
        model.0 = if is_lps { step.next_lps } else { step.next_mps };
        let mps_renormalised = (mps_range << 1) >> (mps_range >> 8);
        let mps_shift = (mps_range >> 8) ^ 1;
        let pick = u32::from(is_lps).wrapping_neg();
        let pick_lps = |mps: u32, lps: u32| mps ^ ((mps ^ lps) & pick);
        let shift = pick_lps(mps_shift, step.lps_shift());
        self.range = pick_lps(mps_renormalised, step.lps_renormalised());
        let scaled = u64::from(mps_range) << OFFSET_SHIFT;
        self.value = (self.value - (scaled & u64::from(is_lps).wrapping_neg())) << shift;
        self.ahead -= shift as i32;
        if self.ahead < 0 {
            self.refill();
        }
        (before & 1 == 1) != is_lps
    }

    /// 9.3.4.3.4: one bypass bin.
    #[inline(always)]
    pub fn decode_bypass(&mut self) -> bool {
        if self.ahead < 1 {
            self.refill();
        }
        let scaled = u64::from(self.range) << (OFFSET_SHIFT - 1);
        let bin = self.value >= scaled;
        self.value = (self.value - (scaled & u64::from(bin).wrapping_neg())) << 1;
        self.ahead -= 1;
        bin
    }

    /// The next 16 bypass bins, first bin in bit 15, without consuming them.
    #[inline(always)]
    pub fn peek_bypass(&mut self) -> u32 {
        if self.ahead < GROUP as i32 {
            self.refill();
        }
        let dividend = self.value >> (OFFSET_SHIFT - GROUP);
        ((dividend * u64::from(RECIPROCAL[(self.range & 255) as usize])) >> RECIPROCAL_SHIFT) as u32
    }

    /// Consumes the first `n` <= 16 of the bins that [`peek_bypass`](Self::peek_bypass) returned just before.
    #[inline(always)]
    pub fn skip_bypass(&mut self, peeked: u32, n: u32) {
        debug_assert!(n <= GROUP && self.ahead >= n as i32);
        let n = n & 31;
        let quotient = peeked >> (GROUP.wrapping_sub(n) & 31);
        self.value = (self.value - (u64::from(quotient * self.range) << (OFFSET_SHIFT - n))) << n;
        self.ahead -= n as i32;
    }

    /// `n` bypass bins, 0..=32, the first in the most significant place (fixed-length binarization, 9.3.3.5).
    #[inline(always)]
    pub fn decode_bypass_bits(&mut self, n: u32) -> u32 {
        if n <= GROUP {
            let peeked = self.peek_bypass();
            self.skip_bypass(peeked, n);
            return peeked >> (GROUP - n);
        }
        let high = self.peek_bypass();
        self.skip_bypass(high, GROUP);
        let rest = n.min(32) - GROUP;
        let low = self.peek_bypass();
        self.skip_bypass(low, rest);
        (high << rest) | (low >> (GROUP - rest))
    }

    /// 9.3.4.3.5: a bin before termination.
    #[inline]
    pub fn decode_terminate(&mut self) -> bool {
        self.range -= 2;
        let scaled = u64::from(self.range) << OFFSET_SHIFT;
        if self.value >= scaled {
            // The range stays legal for whoever goes on decoding in spite of the end.
            self.range = 256;
            self.value = 0;
            return true;
        }
        let shift = (self.range >> 8) ^ 1;
        self.range <<= shift;
        self.value <<= shift;
        self.ahead -= shift as i32;
        if self.ahead < 0 {
            self.refill();
        }
        false
    }

    /// 9.3.4.3.6: aligns before bypass bins (`cabac_bypass_alignment_enabled_flag`): ivlCurrRange becomes 256.
    #[inline]
    pub fn align_bypass(&mut self) {
        self.range = 256;
        // Only a damaged stream has an offset beyond the reduced range.
        self.value = self.value.min((256 << OFFSET_SHIFT) - 1);
    }

    /// After [`decode_terminate`](Self::decode_terminate) returned `true`: the data after the codeword and its alignment.
    ///
    /// The last bit that the engine read is the stop bit, so what follows starts at the next byte boundary.
    pub fn after_terminate(&self) -> &'a [u8] {
        self.data.get(self.bits_read().div_ceil(8)..).unwrap_or(&[])
    }

    /// 9.3.2.5 after PCM samples: starts again `skip` bytes into [`after_terminate`](Self::after_terminate).
    pub fn restart_after(&mut self, skip: usize) {
        *self = Self::at(self.data, self.bits_read().div_ceil(8).saturating_add(skip));
    }

    /// More bits were consumed than there are: the data is damaged.
    pub fn is_overrun(&self) -> bool {
        self.bits_read() > 8 * self.data.len()
    }

    /// Bits consumed, ivlOffset included.
    fn bits_read(&self) -> usize {
        self.pos.saturating_mul(8).saturating_sub(self.ahead.max(0) as usize)
    }
}
