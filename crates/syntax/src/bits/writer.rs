//! The MSB-first bit writer, the counterpart of [`BitReader`](super::BitReader) (clause 7.2).

/// Collects bits, most significant first, into bytes of an RBSP (emulation prevention is added later).
///
/// ```
/// use rivus_syntax::bits::BitWriter;
/// let mut w = BitWriter::new();
/// w.write_flag(true);
/// w.write_ue(1); // 010
/// w.write_trailing_bits(); // 1000
/// assert_eq!(w.into_bytes(), [0b1010_1000]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, right aligned; fewer than 8 between calls.
    cache: u64,
    cached: u32,
}

impl BitWriter {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// u(n): the low `n` bits of `value`, `n` in 0..=32. Higher bits of `value` must be zero.
    #[inline]
    pub fn write_bits(&mut self, value: u32, n: u32) {
        debug_assert!(n <= 32 && u64::from(value) >> n == 0, "{value} does not fit {n} bits");
        self.cache = self.cache << n | u64::from(value);
        self.cached += n;
        while self.cached >= 8 {
            self.cached -= 8;
            self.bytes.push((self.cache >> self.cached) as u8);
        }
        self.cache &= (1 << self.cached) - 1;
    }

    /// u(1).
    #[inline]
    pub fn write_flag(&mut self, value: bool) {
        self.write_bits(u32::from(value), 1);
    }

    /// Number of bits written.
    pub fn bit_len(&self) -> u64 {
        self.bytes.len() as u64 * 8 + u64::from(self.cached)
    }

    /// Whether the position is at a byte boundary.
    pub fn byte_aligned(&self) -> bool {
        self.cached == 0
    }

    /// A one bit, then zero bits up to the byte boundary: rbsp_trailing_bits() (clause 7.3.2.11) and
    /// byte_alignment() (clause 7.3.2.12) have the same form.
    pub fn write_trailing_bits(&mut self) {
        self.write_bits(1, 1);
        self.write_bits(0, (8 - self.cached) % 8);
    }

    /// Appends whole bytes.
    pub fn write_bytes(&mut self, bytes: &[u8]) {
        if self.byte_aligned() {
            self.bytes.extend_from_slice(bytes);
        } else {
            bytes.iter().for_each(|&b| self.write_bits(b.into(), 8));
        }
    }

    /// The whole bytes written so far, without any bits of an unfinished last byte.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes; an unfinished last byte is filled with zero bits.
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.write_bits(0, (8 - self.cached) % 8);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use crate::bits::{BitReader, BitWriter};
    use proptest::prelude::*;

    proptest! {
        /// What is written is read back, whatever the widths.
        #[test]
        fn round_trip(items in prop::collection::vec((any::<u32>(), 0u32..=32), 0..60)) {
            let mut w = BitWriter::new();
            let items: Vec<_> = items.iter().map(|&(v, n)| ((u64::from(v) & ((1u64 << n) - 1)) as u32, n)).collect();
            items.iter().for_each(|&(v, n)| w.write_bits(v, n));
            let bits = w.bit_len();
            prop_assert_eq!(bits, items.iter().map(|i| u64::from(i.1)).sum::<u64>());
            w.write_trailing_bits();
            prop_assert!(w.byte_aligned());
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            for (v, n) in items {
                prop_assert_eq!(r.read_bits(n).unwrap(), v);
            }
            prop_assert!(!r.more_rbsp_data());
            r.read_byte_alignment().unwrap();
            prop_assert_eq!(r.bits_left(), 0);
        }
    }
}
