//! Exp-Golomb codes ue(v) and se(v) (clause 9.2), plain and with the range check of the element's semantics.

use super::{BitReader, BitWriter};
use crate::error::{Error, Result, in_range};

impl BitReader<'_> {
    /// 9.2: ue(v), 0..=2^32 - 2.
    ///
    /// # Errors
    /// [`Error::UnexpectedEnd`], or [`Error::Malformed`] for a code longer than 63 bits.
    #[inline]
    pub fn read_ue(&mut self) -> Result<u32> {
        let zeros = self.leading_zeros();
        if zeros >= 32 {
            let what = "Exp-Golomb code with more than 31 leading zeros";
            return Err(if self.bits_left() < 33 {
                self.end()
            } else {
                Error::Malformed { element: "ue(v)", what }
            });
        }
        if self.bits_left() < u64::from(2 * zeros + 1) {
            return Err(self.end());
        }
        self.read_bits(zeros)?;
        Ok(self.read_bits(zeros + 1)? - 1)
    }

    /// 9.2.2: se(v), -(2^31 - 1)..=2^31 - 1: code numbers 1, 2, 3, 4 … mean 1, -1, 2, -2 ….
    ///
    /// # Errors
    /// As [`Self::read_ue`].
    #[inline]
    pub fn read_se(&mut self) -> Result<i32> {
        let code = self.read_ue()?;
        let magnitude = (code / 2 + code % 2) as i32;
        Ok(if code % 2 == 1 { magnitude } else { -magnitude })
    }

    /// ue(v) that shall be at most `max`.
    ///
    /// # Errors
    /// As [`Self::read_ue`], and [`Error::OutOfRange`] naming `element`.
    pub fn read_ue_max(&mut self, element: &'static str, max: u32) -> Result<u32> {
        let value = self.read_ue()?;
        in_range(element, value.into(), 0, max.into())?;
        Ok(value)
    }

    /// ue(v) that shall be at most `max`, as a byte.
    ///
    /// # Errors
    /// As [`Self::read_ue_max`].
    pub fn read_ue8(&mut self, element: &'static str, max: u8) -> Result<u8> {
        Ok(self.read_ue_max(element, max.into())? as u8)
    }

    /// se(v) that shall be in `min..=max`.
    ///
    /// # Errors
    /// As [`Self::read_ue`], and [`Error::OutOfRange`] naming `element`.
    pub fn read_se_range(&mut self, element: &'static str, min: i32, max: i32) -> Result<i32> {
        let value = self.read_se()?;
        in_range(element, value.into(), min.into(), max.into())?;
        Ok(value)
    }

    /// se(v) that shall be in `min..=max`, as a signed byte.
    ///
    /// # Errors
    /// As [`Self::read_se_range`].
    pub fn read_se8(&mut self, element: &'static str, min: i8, max: i8) -> Result<i8> {
        Ok(self.read_se_range(element, min.into(), max.into())? as i8)
    }
}

impl BitWriter {
    /// 9.2: ue(v); `value` is at most 2^32 - 2.
    pub fn write_ue(&mut self, value: u32) {
        debug_assert!(value < u32::MAX, "ue(v) ends at 2^32 - 2");
        let code = value.wrapping_add(1);
        let zeros = 31 - code.leading_zeros();
        self.write_bits(0, zeros);
        self.write_bits(code, zeros + 1);
    }

    /// 9.2.2: se(v); `value` is at least -(2^31 - 1).
    pub fn write_se(&mut self, value: i32) {
        debug_assert!(value > i32::MIN, "se(v) starts at -(2^31 - 1)");
        let magnitude = value.unsigned_abs();
        self.write_ue(if value > 0 { 2 * magnitude - 1 } else { 2 * magnitude });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn table_9_2() {
        for (bits, len, value) in
            [(0b1, 1, 0), (0b010, 3, 1), (0b011, 3, 2), (0b00100, 5, 3), (0b0001010, 7, 9)]
        {
            let mut w = BitWriter::new();
            w.write_ue(value);
            assert_eq!(w.bit_len(), len);
            assert_eq!(BitReader::new(&w.into_bytes()).read_bits(len as u32).unwrap(), bits);
        }
    }

    #[test]
    fn extremes() {
        let mut w = BitWriter::new();
        w.write_ue(u32::MAX - 1);
        w.write_se(i32::MAX);
        w.write_se(-i32::MAX);
        let bytes = w.into_bytes();
        let mut r = BitReader::new(&bytes);
        assert_eq!(r.read_ue().unwrap(), u32::MAX - 1);
        assert_eq!(r.read_se().unwrap(), i32::MAX);
        assert_eq!(r.read_se().unwrap(), -i32::MAX);
    }

    #[test]
    fn too_long_and_too_short_codes_are_errors() {
        assert!(matches!(
            BitReader::new(&[0, 0, 0, 0, 0x80, 0, 0, 0, 0]).read_ue(),
            Err(Error::Malformed { .. })
        ));
        assert!(matches!(BitReader::new(&[0, 0, 0, 0]).read_ue(), Err(Error::UnexpectedEnd { .. })));
        assert!(matches!(BitReader::new(&[0x01]).read_ue(), Err(Error::UnexpectedEnd { .. })));
        assert!(matches!(BitReader::new(&[]).read_se(), Err(Error::UnexpectedEnd { .. })));
    }

    proptest! {
        #[test]
        fn round_trip(values in prop::collection::vec((any::<u32>(), 0u32..32), 1..40)) {
            let mut w = BitWriter::new();
            let values: Vec<u32> = values.iter().map(|&(v, s)| (v >> s).min(u32::MAX - 1)).collect();
            for &v in &values {
                w.write_ue(v);
                w.write_se((v >> 1) as i32);
                w.write_se(-((v >> 1) as i32));
            }
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            for &v in &values {
                prop_assert_eq!(r.read_ue().unwrap(), v);
                prop_assert_eq!(r.read_se().unwrap(), (v >> 1) as i32);
                prop_assert_eq!(r.read_se().unwrap(), -((v >> 1) as i32));
            }
        }
    }
}
