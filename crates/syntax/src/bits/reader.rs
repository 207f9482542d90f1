//! The MSB-first bit reader every header parser uses (clause 7.2).

use crate::error::{Error, Result};

/// Reads bits, most significant first, from the bytes of an RBSP (emulation prevention already removed).
///
/// Reading past the end is an error and leaves the position where it was; nothing here panics.
///
/// ```
/// use rivus_syntax::bits::BitReader;
/// let mut r = BitReader::new(&[0b1010_0110, 0xff]);
/// assert!(r.read_flag().unwrap());
/// assert_eq!(r.read_ue().unwrap(), 1); // 010
/// assert_eq!(r.read_bits(4).unwrap(), 6);
/// assert_eq!(r.bits_left(), 8);
/// ```
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    data: &'a [u8],
    /// Index of the next byte of `data` that is not counted in `cached`.
    next: usize,
    /// The next bits, left aligned. Bits beyond `cached` are either zero or the true following bits.
    cache: u64,
    /// Number of valid bits in `cache`.
    cached: u32,
    /// Name of the syntax structure, for error messages.
    structure: &'static str,
}

impl<'a> BitReader<'a> {
    /// A reader at the first bit of `data`.
    pub fn new(data: &'a [u8]) -> Self {
        Self::named(data, "rbsp")
    }

    /// A reader whose errors name `structure` as the syntax structure that ended early.
    pub fn named(data: &'a [u8], structure: &'static str) -> Self {
        Self { data, next: 0, cache: 0, cached: 0, structure }
    }

    /// Tops the cache up to at least 56 bits, or to all that is left.
    #[inline]
    fn refill(&mut self) {
        if let Some(bytes) = self.data.get(self.next..self.next + 8).and_then(|b| <[u8; 8]>::try_from(b).ok())
        {
            self.cache |= u64::from_be_bytes(bytes) >> self.cached;
            let taken = (63 - self.cached) >> 3;
            self.next += taken as usize;
            self.cached += taken * 8;
            return;
        }
        while self.cached <= 56 && self.next < self.data.len() {
            self.cache |= u64::from(self.data[self.next]) << (56 - self.cached);
            self.next += 1;
            self.cached += 8;
        }
    }

    /// The error for data that ends too early.
    #[cold]
    pub(crate) fn end(&self) -> Error {
        Error::UnexpectedEnd { structure: self.structure }
    }

    /// Number of zero bits before the next one bit, at most 32; the position does not move.
    pub(super) fn leading_zeros(&mut self) -> u32 {
        if self.cached < 32 {
            self.refill();
        }
        self.cache.leading_zeros().min(32)
    }

    /// u(n): the next `n` bits, `n` in 0..=32.
    ///
    /// # Errors
    /// [`Error::UnexpectedEnd`] if fewer than `n` bits are left.
    #[inline]
    pub fn read_bits(&mut self, n: u32) -> Result<u32> {
        debug_assert!(n <= 32);
        if self.cached < n {
            self.refill();
            if self.cached < n {
                return Err(self.end());
            }
        }
        // Two shifts, because a shift by 64 (n = 0) is not defined.
        let value = (self.cache >> 1) >> (63 - n);
        self.cache <<= n;
        self.cached -= n;
        Ok(value as u32)
    }

    /// u(n) for `n` in 0..=8.
    ///
    /// # Errors
    /// As [`Self::read_bits`].
    #[inline]
    pub fn read_u8(&mut self, n: u32) -> Result<u8> {
        debug_assert!(n <= 8);
        Ok(self.read_bits(n)? as u8)
    }

    /// u(1) as a boolean.
    ///
    /// # Errors
    /// As [`Self::read_bits`].
    #[inline]
    pub fn read_flag(&mut self) -> Result<bool> {
        Ok(self.read_bits(1)? != 0)
    }

    /// Skips `n` bits.
    ///
    /// # Errors
    /// As [`Self::read_bits`].
    pub fn skip_bits(&mut self, n: u64) -> Result<()> {
        if n > self.bits_left() {
            return Err(self.end());
        }
        let target = self.bit_position() + n;
        self.next = (target / 8) as usize;
        self.cache = 0;
        self.cached = 0;
        self.read_bits((target % 8) as u32).map(|_| ())
    }

    /// Number of bits read so far.
    pub fn bit_position(&self) -> u64 {
        self.next as u64 * 8 - u64::from(self.cached)
    }

    /// Number of whole bytes read so far; exact when [`Self::byte_aligned`].
    pub fn byte_position(&self) -> usize {
        (self.bit_position() / 8) as usize
    }

    /// Number of bits not yet read, trailing bits included.
    pub fn bits_left(&self) -> u64 {
        (self.data.len() - self.next) as u64 * 8 + u64::from(self.cached)
    }

    /// byte_aligned() (clause 7.2): whether the position is at a byte boundary.
    pub fn byte_aligned(&self) -> bool {
        self.cached.is_multiple_of(8)
    }

    /// more_rbsp_data() (clause 7.2): whether anything precedes the last one bit of the data, which is the
    /// rbsp_stop_one_bit. Trailing zero bytes (cabac_zero_words) do not count.
    pub fn more_rbsp_data(&self) -> bool {
        let Some(last) = self.data.iter().rposition(|&b| b != 0) else { return false };
        let stop_bit = last as u64 * 8 + u64::from(7 - self.data[last].trailing_zeros());
        self.bit_position() < stop_bit
    }

    /// byte_alignment() (clause 7.3.2.5): a one bit, then zero bits up to the byte boundary.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the bits differ, [`Error::UnexpectedEnd`] if they are missing.
    pub fn read_byte_alignment(&mut self) -> Result<()> {
        if !self.read_flag()? {
            return Err(Error::Malformed { element: "alignment_bit_equal_to_one", what: "is zero" });
        }
        if self.read_bits(self.cached % 8)? != 0 {
            return Err(Error::Malformed { element: "alignment_bit_equal_to_zero", what: "is one" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Any sequence of widths gives the same bits as picking them one by one out of the bytes.
        #[test]
        fn reads_match_bit_picking(data in prop::collection::vec(any::<u8>(), 0..40),
                                   widths in prop::collection::vec(0u32..=32, 0..40)) {
            let mut r = BitReader::new(&data);
            let mut pos = 0u64;
            for n in widths {
                let left = data.len() as u64 * 8 - pos;
                let got = r.read_bits(n);
                if u64::from(n) > left {
                    prop_assert!(got.is_err());
                } else {
                    let bit = |p: u64| u32::from(data[(p / 8) as usize] >> (7 - p % 8) & 1);
                    let want = (pos..pos + u64::from(n)).fold(0u32, |v, p| v << 1 | bit(p));
                    prop_assert_eq!(got.unwrap(), want);
                    pos += u64::from(n);
                }
                prop_assert_eq!(r.bit_position(), pos);
                prop_assert_eq!(r.bits_left(), data.len() as u64 * 8 - pos);
                prop_assert_eq!(r.byte_aligned(), pos.is_multiple_of(8));
            }
        }

        /// Skipping is the same as reading and dropping.
        #[test]
        fn skip_is_read(data in prop::collection::vec(any::<u8>(), 0..40), first in 0u32..=32, n in 0u64..300) {
            let mut a = BitReader::new(&data);
            let mut b = a.clone();
            if a.read_bits(first).is_ok() {
                b.read_bits(first).unwrap();
                let ok = a.skip_bits(n).is_ok();
                prop_assert_eq!(ok, (0..n).all(|_| b.read_flag().is_ok()));
                if ok {
                    prop_assert_eq!(a.bit_position(), b.bit_position());
                    prop_assert_eq!(a.read_bits(7).ok(), b.read_bits(7).ok());
                }
            }
        }
    }

    #[test]
    fn more_rbsp_data_ends_at_the_stop_bit() {
        let mut r = BitReader::new(&[0b1010_1000, 0, 0]);
        r.read_bits(4).unwrap();
        assert!(!r.more_rbsp_data());
        assert!(BitReader::new(&[0b1010_1000, 0]).more_rbsp_data());
        assert!(!BitReader::new(&[]).more_rbsp_data());
        assert!(!BitReader::new(&[0, 0]).more_rbsp_data());
        assert!(!BitReader::new(&[0x80]).more_rbsp_data());
    }

    #[test]
    fn alignment_takes_one_to_eight_bits() {
        let mut r = BitReader::new(&[0x80, 0b0110_0000, 0b1111_1111]);
        r.read_byte_alignment().unwrap();
        assert_eq!(r.byte_position(), 1);
        r.read_bits(2).unwrap();
        r.read_byte_alignment().unwrap();
        assert_eq!(r.byte_position(), 2);
        assert!(r.read_byte_alignment().is_err());
    }
}
