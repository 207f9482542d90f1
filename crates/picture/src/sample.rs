//! The type of one sample.

use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
}

/// One luma or chroma sample: `u8` for pictures of 8 bits, `u16` for 9 to 16 bits.
///
/// The bit depth inside `u16` is a run-time value. A sample of bit depth `d` lies in `0..1 << d`.
pub trait Sample:
    Copy + Default + Ord + Debug + Send + Sync + bytemuck::Pod + sealed::Sealed + 'static
{
    /// Storage size in bytes, 1 or 2.
    const BYTES: usize;

    /// The value as `i32`, for arithmetic.
    fn to_i32(self) -> i32;

    /// Back to storage. The caller has clipped `v` to the range of the bit depth; other bits are dropped.
    fn from_i32(v: i32) -> Self;

    /// Clip1 (5.8): `v` limited to `0..=(1 << bit_depth) - 1`. `bit_depth` must fit the storage type.
    #[inline]
    fn clip(v: i32, bit_depth: u8) -> Self {
        Self::from_i32(v.clamp(0, (1 << bit_depth) - 1))
    }

    /// Whether samples of `bit_depth` bits are stored in this type: 8 for `u8`, 8 to 16 for `u16` (8 when the
    /// other component needs more).
    fn holds(bit_depth: u8) -> bool;
}

impl Sample for u8 {
    const BYTES: usize = 1;

    #[inline]
    fn to_i32(self) -> i32 {
        i32::from(self)
    }

    #[inline]
    fn from_i32(v: i32) -> Self {
        v as Self
    }

    fn holds(bit_depth: u8) -> bool {
        bit_depth == 8
    }
}

impl Sample for u16 {
    const BYTES: usize = 2;

    #[inline]
    fn to_i32(self) -> i32 {
        i32::from(self)
    }

    #[inline]
    fn from_i32(v: i32) -> Self {
        v as Self
    }

    fn holds(bit_depth: u8) -> bool {
        (8..=16).contains(&bit_depth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clip_limits_to_the_bit_depth() {
        assert_eq!(u8::clip(-1, 8), 0);
        assert_eq!(u8::clip(300, 8), 255);
        assert_eq!(u16::clip(1024, 10), 1023);
        assert_eq!(u16::clip(70_000, 16), 65_535);
        assert_eq!(u16::clip(77, 10), 77);
    }
}
