//! Sum of absolute differences, AVX2.
//!
//! 8 bit: `psadbw` adds eight differences per instruction. 9 to 16 bit: see [`difference_sums`]. A block is
//! cut into columns of 32 bytes and what remains of the width; narrow columns put several rows in a register.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::Block;

use crate::x86::{load32, load64, load128, load256, sum_epi32};

#[target_feature(enable = "avx2")]
pub(super) fn block_u8(a: Block<'_, u8>, b: Block<'_, u8>) -> u32 {
    sums_u8(a, [b])[0]
}

#[target_feature(enable = "avx2")]
pub(super) fn x4_u8(a: Block<'_, u8>, candidates: [Block<'_, u8>; 4]) -> [u32; 4] {
    sums_u8(a, candidates)
}

#[target_feature(enable = "avx2")]
pub(super) fn block_u16(a: Block<'_, u16>, b: Block<'_, u16>) -> u32 {
    sums_u16(a, [b])[0]
}

#[target_feature(enable = "avx2")]
pub(super) fn x4_u16(a: Block<'_, u16>, candidates: [Block<'_, u16>; 4]) -> [u32; 4] {
    sums_u16(a, candidates)
}

/// Checks the contract that the loads below rely on.
#[inline]
pub(super) fn check<T: Copy, const N: usize>(
    a: Block<'_, T>,
    candidates: [Block<'_, T>; N],
) -> (usize, usize) {
    let (w, h) = (a.width(), a.height());
    assert!(w.is_multiple_of(4) && h.is_multiple_of(4), "SAD of a block of {w}x{h}");
    for b in candidates {
        assert!((b.width(), b.height()) == (w, h), "SAD of blocks of different sizes");
    }
    (w, h)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn sums_u8<const N: usize>(a: Block<'_, u8>, b: [Block<'_, u8>; N]) -> [u32; N] {
    let (w, h) = check(a, b);
    let mut wide = [_mm256_setzero_si256(); N];
    let mut narrow = [_mm_setzero_si128(); N];
    let mut x = 0;
    // SAFETY: `check` found width and height to be multiples of 4 and the same for all blocks. Each load
    // begins at a column with at least its own size left, which `x` and the bits of `w` say; rows beyond `y`
    // go by 2 or 4 up to `h`.
    unsafe {
        while x + 32 <= w {
            for y in 0..h {
                let row = load256(a, x, y);
                for i in 0..N {
                    wide[i] = _mm256_add_epi64(wide[i], _mm256_sad_epu8(row, load256(b[i], x, y)));
                }
            }
            x += 32;
        }
        if w & 16 != 0 {
            for y in 0..h {
                let row = load128(a, x, y);
                for i in 0..N {
                    narrow[i] = _mm_add_epi64(narrow[i], _mm_sad_epu8(row, load128(b[i], x, y)));
                }
            }
            x += 16;
        }
        if w & 8 != 0 {
            for y in (0..h).step_by(2) {
                let rows = two_rows(a, x, y);
                for i in 0..N {
                    narrow[i] = _mm_add_epi64(narrow[i], _mm_sad_epu8(rows, two_rows(b[i], x, y)));
                }
            }
            x += 8;
        }
        if w & 4 != 0 {
            for y in (0..h).step_by(4) {
                let rows = four_rows(a, x, y);
                for i in 0..N {
                    narrow[i] = _mm_add_epi64(narrow[i], _mm_sad_epu8(rows, four_rows(b[i], x, y)));
                }
            }
        }
    }
    let mut sums = [0; N];
    for i in 0..N {
        // Each 64-bit lane holds a sum that fits 32 bit.
        sums[i] = sum_epi32(_mm256_add_epi64(wide[i], _mm256_zextsi128_si256(narrow[i])));
    }
    sums
}

/// 8 bytes of each of two rows.
///
/// # Safety
/// Rows `y` and `y + 1` have 8 bytes from column `x` on.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn two_rows<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> __m128i {
    // SAFETY: contract.
    unsafe { _mm_unpacklo_epi64(load64(b, x, y), load64(b, x, y + 1)) }
}

/// 4 bytes of each of four rows.
///
/// # Safety
/// Rows `y` to `y + 3` have 4 bytes from column `x` on.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn four_rows<T: Copy>(b: Block<'_, T>, x: usize, y: usize) -> __m128i {
    // SAFETY: contract.
    let row = |i| unsafe { load32(b, x, y + i) };
    _mm_setr_epi32(row(0), row(1), row(2), row(3))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn sums_u16<const N: usize>(a: Block<'_, u16>, b: [Block<'_, u16>; N]) -> [u32; N] {
    let (w, h) = check(a, b);
    let mut sums = [_mm256_setzero_si256(); N];
    let mut x = 0;
    // SAFETY: as in `sums_u8`, with 2 bytes per sample.
    unsafe {
        while x + 16 <= w {
            for y in 0..h {
                let row = load256(a, x, y);
                for i in 0..N {
                    sums[i] = _mm256_add_epi32(sums[i], difference_sums(row, load256(b[i], x, y)));
                }
            }
            x += 16;
        }
        if w & 8 != 0 {
            for y in (0..h).step_by(2) {
                let rows = _mm256_set_m128i(load128(a, x, y + 1), load128(a, x, y));
                for i in 0..N {
                    let other = _mm256_set_m128i(load128(b[i], x, y + 1), load128(b[i], x, y));
                    sums[i] = _mm256_add_epi32(sums[i], difference_sums(rows, other));
                }
            }
            x += 8;
        }
        if w & 4 != 0 {
            for y in (0..h).step_by(4) {
                let rows = _mm256_set_m128i(two_rows(a, x, y + 2), two_rows(a, x, y));
                for i in 0..N {
                    let other = _mm256_set_m128i(two_rows(b[i], x, y + 2), two_rows(b[i], x, y));
                    sums[i] = _mm256_add_epi32(sums[i], difference_sums(rows, other));
                }
            }
        }
    }
    let mut totals = [0; N];
    for i in 0..N {
        // `difference_sums` is short by 2^15 per sample; the total is right modulo 2^32.
        totals[i] = sum_epi32(sums[i]).wrapping_add(((w * h) as u32) << 15);
    }
    totals
}

/// Sums of two neighbouring absolute differences of unsigned 16-bit lanes each, less 2^16.
///
/// `pmaddwd` adds neighbours, but reads its lanes as signed: the differences are moved down by 2^15 first.
#[inline]
#[target_feature(enable = "avx2")]
fn difference_sums(a: __m256i, b: __m256i) -> __m256i {
    let difference = _mm256_sub_epi16(_mm256_max_epu16(a, b), _mm256_min_epu16(a, b));
    let signed = _mm256_xor_si256(difference, _mm256_set1_epi16(i16::MIN));
    _mm256_madd_epi16(signed, _mm256_set1_epi16(1))
}
