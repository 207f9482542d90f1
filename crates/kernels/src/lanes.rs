//! Samples in the lanes of portable vectors, for the kernels of the baseline tier.

use std::iter::zip;

use rivus_picture::{Block, Sample};
use wide::{i16x8, i32x4, u8x16, u16x8, u64x2};

/// A sample type that can be loaded into 16-bit lanes.
pub(crate) trait Lanes: Sample {
    /// Eight samples, as unsigned lanes.
    fn load(v: &[Self; 8]) -> u16x8;
    /// Four samples; the other lanes are 0.
    fn load4(v: &[Self; 4]) -> u16x8;
    /// Lanes that hold samples back as samples; 8-bit ones saturate.
    fn unload(v: i16x8) -> [Self; 8];
}

impl Lanes for u8 {
    #[inline]
    fn load(v: &[Self; 8]) -> u16x8 {
        u16x8::from_u8x16_low(u8x16::new(u128::from(u64::from_le_bytes(*v)).to_le_bytes()))
    }

    #[inline]
    fn load4(v: &[Self; 4]) -> u16x8 {
        u16x8::from_u8x16_low(u8x16::new(u128::from(u32::from_le_bytes(*v)).to_le_bytes()))
    }

    #[inline]
    fn unload(v: i16x8) -> [Self; 8] {
        let [low, _]: [[Self; 8]; 2] = bytemuck::cast(u8x16::narrow_i16x8(v, v));
        low
    }
}

impl Lanes for u16 {
    #[inline]
    fn load(v: &[Self; 8]) -> u16x8 {
        u16x8::new(*v)
    }

    #[inline]
    fn load4(v: &[Self; 4]) -> u16x8 {
        let [a, b, c, d] = *v;
        u16x8::new([a, b, c, d, 0, 0, 0, 0])
    }

    #[inline]
    fn unload(v: i16x8) -> [Self; 8] {
        bytemuck::cast(v)
    }
}

/// Up to eight samples, the first lanes; the others are 0.
#[inline]
pub(crate) fn load_part<S: Lanes>(v: &[S]) -> u16x8 {
    if let Some(eight) = v.first_chunk() {
        return S::load(eight);
    }
    if let Ok(four) = v.try_into() {
        return S::load4(four);
    }
    let mut padded = [S::default(); 8];
    padded[..v.len()].copy_from_slice(v);
    S::load(&padded)
}

/// Calls `f` for each eight samples of a row, the last ones filled up with 0. Returns the number of lanes.
#[inline]
pub(crate) fn for_each_8<S: Lanes>(row: &[S], mut f: impl FnMut(u16x8)) -> usize {
    let (eights, rest) = row.as_chunks::<8>();
    for v in eights {
        f(S::load(v));
    }
    if rest.is_empty() {
        return row.len();
    }
    f(load_part(rest));
    row.len().next_multiple_of(8)
}

/// The same for two blocks of the same size, row by row.
#[inline]
pub(crate) fn for_each_pair_of_8<S: Lanes>(
    a: Block<'_, S>,
    b: Block<'_, S>,
    mut f: impl FnMut(u16x8, u16x8),
) -> usize {
    for (a, b) in zip(a.rows(), b.rows()) {
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
        for (a, b) in zip(a, b) {
            f(S::load(a), S::load(b));
        }
        if !a_rest.is_empty() {
            f(load_part(a_rest), load_part(b_rest));
        }
    }
    a.width().next_multiple_of(8) * a.height()
}

/// The lanes read as signed.
#[inline]
pub(crate) fn signed(v: u16x8) -> i16x8 {
    bytemuck::cast(v)
}

/// Up to eight 16-bit values, the first lanes; the others are 0.
#[inline]
pub(crate) fn load_values(v: &[i16]) -> i16x8 {
    signed(load_part::<u16>(bytemuck::cast_slice(v)))
}

/// Stores as many of the first lanes as `out` is long.
#[inline]
pub(crate) fn store_part<S: Lanes>(out: &mut [S], v: i16x8) {
    let samples = S::unload(v);
    match out.first_chunk_mut() {
        Some(eight) => *eight = samples,
        None => out.copy_from_slice(&samples[..out.len()]),
    }
}

/// Two rows of eight values as factors of a sum of two products: column by column in 32-bit lanes, those of the even columns
/// and those of the odd ones.
#[inline]
pub(crate) fn pair_rows(a: i16x8, b: i16x8) -> [i16x8; 2] {
    let (a, b): (i32x4, i32x4) = (bytemuck::cast(a), bytemuck::cast(b));
    let low = i32x4::splat(0xffff);
    [bytemuck::cast((a & low) | (b << 16)), bytemuck::cast(((a >> 16) & low) | (b & !low))]
}

/// Two factors in each 32-bit lane.
#[inline]
pub(crate) fn splat_pair(low: i16, high: i16) -> i16x8 {
    bytemuck::cast(i32x4::splat(i32::from(low) & 0xffff | i32::from(high) << 16))
}

/// The even and the odd columns of a row, which fit 16 bits.
#[inline]
pub(crate) fn join_columns([even, odd]: [i32x4; 2]) -> i16x8 {
    bytemuck::cast((even & i32x4::splat(0xffff)) | (odd << 16))
}

/// Limits the lanes to 16 bits.
#[inline]
pub(crate) fn saturate(v: i32x4) -> i32x4 {
    v.max(i32x4::splat(i16::MIN.into())).min(i32x4::splat(i16::MAX.into()))
}

/// Clip1 of the lanes, for up to 15 bits.
#[inline]
pub(crate) fn clip(v: i16x8, bit_depth: u8) -> i16x8 {
    v.max(i16x8::ZERO).min(i16x8::splat(((1_u16 << bit_depth) - 1).cast_signed()))
}

/// The unsigned 32-bit lanes widened to 64 bit and added in pairs.
#[inline]
pub(crate) fn widen(v: i32x4) -> u64x2 {
    let v: u64x2 = bytemuck::cast(v);
    (v & u64x2::splat(0xffff_ffff)) + (v >> 32)
}

/// Sum of the lanes, modulo 2^64.
#[inline]
pub(crate) fn sum(v: u64x2) -> u64 {
    let [a, b] = v.to_array();
    a.wrapping_add(b)
}
