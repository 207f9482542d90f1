//! 9.3.5: the arithmetic encoding engine, and the sink that writes a substream.
//!
//! `low` keeps the bits that are settled except for a carry above its 9-bit window and gives up 32 of them at a
//! time. A carry walks back through the bytes already written: on average it stops at the first one.

use super::BinSink;
use super::contexts::{ContextModel, ContextSet};
use super::tables::Step;

/// Width of the window of ivlLow that the range applies to.
const WINDOW: u32 = 9;

/// Encodes bins into bytes.
#[derive(Clone, Debug)]
pub struct CabacEncoder {
    bytes: Vec<u8>,
    low: u64,
    range: u32,
    /// Bits of `low` above the window, at most 31 between calls; one more bit is the carry.
    pending: u32,
}

impl Default for CabacEncoder {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl CabacEncoder {
    /// 9.3.5.2: an engine that appends to `bytes`.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, low: 0, range: 510, pending: 0 }
    }

    #[inline(always)]
    fn shift(&mut self, n: u32) {
        self.low <<= n;
        self.pending += n;
        if self.pending >= 32 {
            self.flush_word();
        }
    }

    fn flush_word(&mut self) {
        let keep = self.pending - 32 + WINDOW;
        let word = self.low >> keep;
        self.low &= (1 << keep) - 1;
        self.pending -= 32;
        if word >> 32 != 0 {
            self.carry();
        }
        self.bytes.extend_from_slice(&(word as u32).to_be_bytes());
    }

    /// Adds one to the number that the bytes so far spell. It cannot run past the engine's first byte, since
    /// low + range never exceeds the initial interval.
    fn carry(&mut self) {
        for byte in self.bytes.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    /// 9.3.5.3: one bin with context variable `model`.
    #[inline]
    pub fn encode_bin(&mut self, model: &mut ContextModel, bin: bool) {
        let step = Step::of(self.range, model.0);
        let mps_range = self.range - step.lps_range;
        let shift = if bin != (model.0 & 1 == 1) {
            model.0 = step.next_lps;
            self.low += u64::from(mps_range);
            self.range = step.lps_renormalised();
            step.lps_shift()
        } else {
            model.0 = step.next_mps;
            let shift = (mps_range >> 8) ^ 1;
            self.range = mps_range << shift;
            shift
        };
        self.shift(shift);
    }

    /// 9.3.5.5: one bypass bin.
    #[inline]
    pub fn encode_bypass(&mut self, bin: bool) {
        self.encode_bypass_group(u32::from(bin), 1);
    }

    /// `n` <= 16 bypass bins at once: the sum of the shifted ranges is one product.
    #[inline]
    fn encode_bypass_group(&mut self, value: u32, n: u32) {
        self.low = (self.low << n) + u64::from(value) * u64::from(self.range);
        self.pending += n;
        if self.pending >= 32 {
            self.flush_word();
        }
    }

    /// `n` bypass bins, 0..=32, most significant first.
    #[inline]
    pub fn encode_bypass_bits(&mut self, value: u32, n: u32) {
        debug_assert!(n <= 32 && u64::from(value) >> n == 0);
        if n > 16 {
            self.encode_bypass_group(value >> 16, n - 16);
            self.encode_bypass_group(value & 0xffff, 16);
        } else {
            self.encode_bypass_group(value, n);
        }
    }

    /// 9.3.5.6: a bin before termination. After `true` follows [`flush`](Self::flush).
    pub fn encode_terminate(&mut self, bin: bool) {
        self.range -= 2;
        if bin {
            self.low += u64::from(self.range);
            self.range = 256;
            self.shift(7);
        } else {
            let shift = (self.range >> 8) ^ 1;
            self.range <<= shift;
            self.shift(shift);
        }
    }

    /// 9.3.4.3.6, encoder side: aligns before bypass bins.
    pub fn align_bypass(&mut self) {
        self.range = 256;
    }

    /// 9.3.5.7 after a terminating bin of 1: writes what is pending, the last bit being the 1 that serves as
    /// `rbsp_stop_one_bit` or `alignment_bit_equal_to_one`, pads with zeros to a byte, and is ready for a new codeword.
    pub fn flush(&mut self) {
        // Two more bits of the window identify the interval, and the second may be set to 1: it marks the end.
        let bits = self.pending + 2;
        let padding = bits.wrapping_neg() & 7;
        let word = ((self.low >> (WINDOW - 2)) | 1) << padding;
        let bytes = ((bits + padding) / 8) as usize;
        if word >> (8 * bytes) != 0 {
            self.carry();
        }
        self.bytes.extend_from_slice(&word.to_be_bytes()[8 - bytes..]);
        (self.low, self.range, self.pending) = (0, 510, 0);
    }

    /// Bits written so far, fractions included: minus the logarithm of the interval that is left.
    pub fn bits(&self) -> f64 {
        let whole = 8 * self.bytes.len() as u64 + u64::from(self.pending + WINDOW);
        whole as f64 - f64::from(self.range).log2()
    }

    /// Appends bytes between two codewords.
    fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The bytes, complete after [`flush`](Self::flush).
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The sink that writes a substream: engine and contexts.
#[derive(Clone, Debug)]
pub struct CabacWriter {
    engine: CabacEncoder,
    contexts: ContextSet,
    /// PCM bits not yet forming a byte, and their number.
    pcm: (u32, u32),
}

impl CabacWriter {
    /// A writer that appends to `bytes`, starting from `contexts`.
    pub fn new(bytes: Vec<u8>, contexts: ContextSet) -> Self {
        Self { engine: CabacEncoder::new(bytes), contexts, pcm: (0, 0) }
    }

    /// Bits written so far, fractions included: what a syntax element takes is the difference between after and before.
    pub fn bits(&self) -> f64 {
        self.engine.bits()
    }

    /// After `end_of_slice_segment_flag` or `end_of_subset_one_bit`: ends the substream with its stop or alignment bits.
    pub fn finish(mut self) -> Vec<u8> {
        self.engine.flush();
        self.engine.into_bytes()
    }
}

impl BinSink for CabacWriter {
    #[inline]
    fn bin(&mut self, ctx: usize, bin: bool) {
        self.engine.encode_bin(&mut self.contexts.models[ctx], bin);
    }

    #[inline]
    fn bypass(&mut self, bin: bool) {
        self.engine.encode_bypass(bin);
    }

    #[inline]
    fn bypass_bits(&mut self, value: u32, n: u32) {
        self.engine.encode_bypass_bits(value, n);
    }

    fn terminate(&mut self, bin: bool) {
        self.engine.encode_terminate(bin);
    }

    fn align_bypass(&mut self) {
        self.engine.align_bypass();
    }

    fn begin_pcm(&mut self) {
        self.engine.flush();
    }

    fn pcm_sample(&mut self, value: u32, n: u32) {
        let (mut bits, mut count) = (self.pcm.0 << n | value, self.pcm.1 + n);
        while count >= 8 {
            count -= 8;
            self.engine.append(&[(bits >> count) as u8]);
        }
        bits &= (1 << count) - 1;
        self.pcm = (bits, count);
    }

    fn end_pcm(&mut self) {
        if self.pcm.1 > 0 {
            self.engine.append(&[(self.pcm.0 << (8 - self.pcm.1)) as u8]);
            self.pcm = (0, 0);
        }
    }

    #[inline]
    fn contexts(&mut self) -> &mut ContextSet {
        &mut self.contexts
    }
}
