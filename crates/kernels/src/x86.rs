//! Loads and stores of x86-64 vectors, for the kernels of the AVX2 and AVX-512 tiers.
//!
//! Block accesses are `unsafe` and checked in debug builds only: a kernel proves them once, from its loop
//! bounds. List accesses take arrays (`as_chunks` cuts them) and are safe.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut};

/// Address of element (x, y) of a block of which `bytes` bytes will be read.
///
/// # Safety
/// `bytes` bytes from column `x` on lie inside row `y < height`.
#[inline]
unsafe fn source<T: Copy>(b: Block<'_, T>, x: usize, y: usize, bytes: usize) -> *const T {
    debug_assert!(x + bytes.div_ceil(size_of::<T>()) <= b.width() && y < b.height(), "load at ({x}, {y})");
    // SAFETY: inside the block, by this function's contract.
    unsafe { b.as_ptr().add(y * b.stride() + x) }
}

/// Address of element (x, y) of a block of which `bytes` bytes will be written.
///
/// # Safety
/// As [`source`].
#[inline]
unsafe fn target<T: Copy>(b: &mut BlockMut<'_, T>, x: usize, y: usize, bytes: usize) -> *mut T {
    debug_assert!(x + bytes.div_ceil(size_of::<T>()) <= b.width() && y < b.height(), "store at ({x}, {y})");
    let stride = b.stride();
    // SAFETY: inside the block, by this function's contract.
    unsafe { b.as_mut_ptr().add(y * stride + x) }
}

/// 2 bytes of row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
pub(crate) unsafe fn load16<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> u16 {
    // SAFETY: contract; an unaligned read.
    unsafe { source(b, x, y, 2).cast::<u16>().read_unaligned() }
}

/// 4 bytes of row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
pub(crate) unsafe fn load32<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> i32 {
    // SAFETY: contract; an unaligned read.
    unsafe { source(b, x, y, 4).cast::<i32>().read_unaligned() }
}

/// 8 bytes of row `y` from column `x` on, in the low half.
///
/// # Safety
/// They lie inside the block.
#[inline]
pub(crate) unsafe fn load64<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> __m128i {
    // SAFETY: contract; `_mm_loadl_epi64` needs no alignment.
    unsafe { _mm_loadl_epi64(source(b, x, y, 8).cast()) }
}

/// 16 bytes of row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
pub(crate) unsafe fn load128<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> __m128i {
    // SAFETY: contract; an unaligned load.
    unsafe { _mm_loadu_si128(source(b, x, y, 16).cast()) }
}

/// 32 bytes of row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn load256<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> __m256i {
    // SAFETY: contract; an unaligned load.
    unsafe { _mm256_loadu_si256(source(b, x, y, 32).cast()) }
}

/// 64 bytes of row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) unsafe fn load512<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> __m512i {
    // SAFETY: contract; an unaligned load.
    unsafe { _mm512_loadu_si512(source(b, x, y, 64).cast()) }
}

/// The first `bytes` bytes, up to 31, of row `y` from column `x` on, then zeros. No other byte is touched.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(crate) unsafe fn load_first256(b: Block<'_, u8>, x: usize, y: usize, bytes: usize) -> __m256i {
    // SAFETY: contract; bytes without mask bit are not read.
    unsafe { _mm256_maskz_loadu_epi8((1 << bytes) - 1, source(b, x, y, bytes).cast()) }
}

/// The first `bytes` bytes, up to 63, of row `y` from column `x` on, then zeros. No other byte is touched.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) unsafe fn load_first512(b: Block<'_, u8>, x: usize, y: usize, bytes: usize) -> __m512i {
    // SAFETY: contract; bytes without mask bit are not read.
    unsafe { _mm512_maskz_loadu_epi8((1 << bytes) - 1, source(b, x, y, bytes).cast()) }
}

/// Stores the lowest 2 bytes of `v` to row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
pub(crate) unsafe fn store16<T: Copy>(b: &mut BlockMut<'_, T>, x: usize, y: usize, v: __m128i) {
    // SAFETY: contract; an unaligned write.
    unsafe { target(b, x, y, 2).cast::<u16>().write_unaligned(_mm_cvtsi128_si32(v) as u16) }
}

/// Stores the lowest 4 bytes of `v` to row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
pub(crate) unsafe fn store32<T: Copy>(b: &mut BlockMut<'_, T>, x: usize, y: usize, v: __m128i) {
    // SAFETY: contract; an unaligned write.
    unsafe { target(b, x, y, 4).cast::<i32>().write_unaligned(_mm_cvtsi128_si32(v)) }
}

/// Stores 8 bytes, the low half of `v`, to row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
pub(crate) unsafe fn store64<T: Copy>(b: &mut BlockMut<'_, T>, x: usize, y: usize, v: __m128i) {
    // SAFETY: contract; `_mm_storel_epi64` needs no alignment.
    unsafe { _mm_storel_epi64(target(b, x, y, 8).cast(), v) }
}

/// Stores 16 bytes to row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
pub(crate) unsafe fn store128<T: Copy>(b: &mut BlockMut<'_, T>, x: usize, y: usize, v: __m128i) {
    // SAFETY: contract; an unaligned store.
    unsafe { _mm_storeu_si128(target(b, x, y, 16).cast(), v) }
}

/// Stores 32 bytes to row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn store256<T: Copy>(b: &mut BlockMut<'_, T>, x: usize, y: usize, v: __m256i) {
    // SAFETY: contract; an unaligned store.
    unsafe { _mm256_storeu_si256(target(b, x, y, 32).cast(), v) }
}

/// Stores 64 bytes to row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) unsafe fn store512<T: Copy>(b: &mut BlockMut<'_, T>, x: usize, y: usize, v: __m512i) {
    // SAFETY: contract; an unaligned store.
    unsafe { _mm512_storeu_si512(target(b, x, y, 64).cast(), v) }
}

/// Eight 16-bit values.
#[inline]
pub(crate) fn read8(v: &[i16; 8]) -> __m128i {
    // SAFETY: 16 readable bytes; an unaligned load.
    unsafe { _mm_loadu_si128(v.as_ptr().cast()) }
}

/// Sixteen 16-bit values.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn read16(v: &[i16; 16]) -> __m256i {
    // SAFETY: 32 readable bytes; an unaligned load.
    unsafe { _mm256_loadu_si256(v.as_ptr().cast()) }
}

/// Thirty-two 16-bit values.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn read32(v: &[i16; 32]) -> __m512i {
    // SAFETY: 64 readable bytes; an unaligned load.
    unsafe { _mm512_loadu_si512(v.as_ptr().cast()) }
}

/// Stores sixteen 16-bit values.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn write16(out: &mut [i16; 16], v: __m256i) {
    // SAFETY: 32 writable bytes; an unaligned store.
    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), v) }
}

/// Stores thirty-two 16-bit values.
#[inline]
#[target_feature(enable = "avx512f")]
pub(crate) fn write32(out: &mut [i16; 32], v: __m512i) {
    // SAFETY: 64 writable bytes; an unaligned store.
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), v) }
}

/// Sum of the eight 32-bit lanes, modulo 2^32.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn sum_epi32(v: __m256i) -> u32 {
    let v = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    let v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0b01_00_11_10));
    let v = _mm_add_epi32(v, _mm_shuffle_epi32(v, 0b10_11_00_01));
    _mm_cvtsi128_si32(v).cast_unsigned()
}

/// Sum of the four 64-bit lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn sum_epi64(v: __m256i) -> u64 {
    let v = _mm_add_epi64(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    let v = _mm_add_epi64(v, _mm_unpackhi_epi64(v, v));
    _mm_cvtsi128_si64(v).cast_unsigned()
}

/// The eight unsigned 32-bit lanes widened to 64 bit and added in pairs.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn widen_epu32(v: __m256i) -> __m256i {
    _mm256_add_epi64(
        _mm256_unpacklo_epi32(v, _mm256_setzero_si256()),
        _mm256_unpackhi_epi32(v, _mm256_setzero_si256()),
    )
}
