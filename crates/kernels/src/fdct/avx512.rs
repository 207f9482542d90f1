//! Forward transforms of 16 and 32 points, AVX-512 with VNNI: the algorithm of the AVX2 file, with `vpdpwssd`
//! for multiplication and addition, and its broadcast memory operand for one of the factors.
//!
//! 32 points: the sixteen coefficients of one parity of a row are one register. 16 points: a register holds
//! the eight even coefficients and the eight odd ones.

use std::arch::x86_64::*;

use super::avx2::{MAX_DEPTH, WEIGHTS16, WEIGHTS32, fold};
use super::scalar;
use crate::x86::{read16, write16, write32};

/// The end of each stage: rounds, shifts right.
#[derive(Clone, Copy)]
struct Rounding {
    add: __m512i,
    shift: __m128i,
}

impl Rounding {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(shift: u32) -> Self {
        Self { add: _mm512_set1_epi32(1 << (shift - 1)), shift: _mm_cvtsi32_si128(shift.cast_signed()) }
    }

    /// `sum` began as `self.add`.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn finish(self, sum: __m512i) -> __m512i {
        _mm512_sra_epi32(sum, self.shift)
    }
}

/// The low halves of the lanes of `a` and `b`, as low and high halves.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn join(a: __m512i, b: __m512i) -> __m512i {
    _mm512_mask_blend_epi16(0xaaaa_aaaa, a, _mm512_slli_epi32(b, 16))
}

/// Whether the values all lie in -2^14..2^14, so that sums of two fit.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn small(columns: &[__m512i]) -> bool {
    let mut used = _mm512_setzero_si512();
    for &v in columns {
        used = _mm512_or_si512(used, _mm512_xor_si512(v, _mm512_srai_epi16(v, 15)));
    }
    _mm512_test_epi16_mask(used, _mm512_set1_epi16(0x4000)) == 0
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
pub(super) fn dct32(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    if bit_depth > MAX_DEPTH {
        return scalar::dct::<32>(residual, out, bit_depth);
    }
    let (residual, out) = (residual.as_chunks::<32>().0, out.as_chunks_mut::<32>().0);
    let (Some(residual), Some(out)) = (residual.first_chunk::<32>(), out.first_chunk_mut::<32>()) else {
        return;
    };
    let columns = rows32(residual, bit_depth);
    if small(columns.as_flattened()) {
        columns32::<true>(&columns, out);
    } else {
        columns32::<false>(&columns, out);
    }
}

/// The row stage. `[parity][p]`: columns of that parity, of rows `2 * p` and `2 * p + 1` as halves of the
/// lanes if `p < 8`, otherwise of rows `47 - 2 * p` and `46 - 2 * p`, which `p - 8` is folded with.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
fn rows32(residual: &[[i16; 32]; 32], bit_depth: u8) -> [[__m512i; 16]; 2] {
    let mut pairs = [[[0i32; 8]; 2]; 32];
    for (pairs, row) in pairs.iter_mut().zip(residual) {
        let mut halves = [[0; 16]; 2];
        fold::<32>(row, &mut halves);
        *pairs = bytemuck::cast(halves);
    }
    let rounding = Rounding::new(5 + u32::from(bit_depth) - 9);
    let mut columns = [[_mm512_setzero_si512(); 16]; 2];
    for (parity, columns) in columns.iter_mut().enumerate() {
        let mut weights = [_mm512_setzero_si512(); 8];
        for (weights, [low, high]) in weights.iter_mut().zip(&WEIGHTS32.rows[parity]) {
            *weights = _mm512_inserti64x4(_mm512_castsi256_si512(read16(low)), read16(high), 1);
        }
        let row = |y: usize| {
            let mut sum = rounding.add;
            for (&pair, &weights) in pairs[y][parity].iter().zip(&weights) {
                sum = _mm512_dpwssd_epi32(sum, weights, _mm512_set1_epi32(pair));
            }
            rounding.finish(sum)
        };
        for p in 0..8 {
            columns[p] = join(row(2 * p), row(2 * p + 1));
            columns[8 + p] = join(row(31 - 2 * p), row(30 - 2 * p));
        }
    }
    columns
}

/// The column stage. `SMALL`: rows are folded as 16-bit values, otherwise their products are.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
fn columns32<const SMALL: bool>(columns: &[[__m512i; 16]; 2], out: &mut [[i16; 32]; 32]) {
    let rounding = Rounding::new(5 + 6);
    for (parity, weights) in WEIGHTS32.columns.iter().enumerate() {
        let mut folded = [[_mm512_setzero_si512(); 8]; 2];
        for (folded, columns) in folded.iter_mut().zip(columns) {
            for (p, folded) in folded.iter_mut().enumerate() {
                let (upper, lower) = (columns[p], columns[8 + p]);
                *folded =
                    if parity == 0 { _mm512_add_epi16(upper, lower) } else { _mm512_sub_epi16(upper, lower) };
            }
        }
        for (k, weights) in weights.iter().enumerate() {
            let project = |rows: &[__m512i], start| {
                let mut sum = start;
                for (&row, &weight) in rows.iter().zip(weights) {
                    sum = _mm512_dpwssd_epi32(sum, row, _mm512_set1_epi32(weight));
                }
                sum
            };
            let coefficients = |c: usize| {
                let sum = if SMALL {
                    project(&folded[c], rounding.add)
                } else {
                    let upper = project(&columns[c][..8], rounding.add);
                    let lower = project(&columns[c][8..], _mm512_setzero_si512());
                    if parity == 0 { _mm512_add_epi32(upper, lower) } else { _mm512_sub_epi32(upper, lower) }
                };
                rounding.finish(sum)
            };
            write32(&mut out[2 * k + parity], join(coefficients(0), coefficients(1)));
        }
    }
}

#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
pub(super) fn dct16(residual: &[i16], out: &mut [i16], bit_depth: u8) {
    if bit_depth > MAX_DEPTH {
        return scalar::dct::<16>(residual, out, bit_depth);
    }
    let (residual, out) = (residual.as_chunks::<16>().0, out.as_chunks_mut::<16>().0);
    let (Some(residual), Some(out)) = (residual.first_chunk::<16>(), out.first_chunk_mut::<16>()) else {
        return;
    };
    let columns = rows16(residual, bit_depth);
    if small(&columns) {
        columns16::<true>(&columns, out);
    } else {
        columns16::<false>(&columns, out);
    }
}

/// The row stage. `[p]`: even columns, then odd ones, of rows `2 * p` and `2 * p + 1` as halves of the lanes
/// if `p < 4`, otherwise of rows `23 - 2 * p` and `22 - 2 * p`, which `p - 4` is folded with.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
fn rows16(residual: &[[i16; 16]; 16], bit_depth: u8) -> [__m512i; 8] {
    let rounding = Rounding::new(4 + u32::from(bit_depth) - 9);
    let mut weights = [_mm512_setzero_si512(); 4];
    let [even, odd] = &WEIGHTS16.rows;
    for (weights, (even, odd)) in weights.iter_mut().zip(even.iter().zip(odd)) {
        *weights = _mm512_inserti64x4(_mm512_castsi256_si512(read16(&even[0])), read16(&odd[0]), 1);
    }
    let row = |y: usize| {
        let mut halves = [[0; 16]; 2];
        fold::<16>(&residual[y], &mut halves);
        let pairs: [[i32; 8]; 2] = bytemuck::cast(halves);
        let mut sum = rounding.add;
        for (j, &weights) in weights.iter().enumerate() {
            let even = _mm512_set1_epi32(pairs[0][j]);
            let both = _mm512_mask_set1_epi32(even, 0xff00, pairs[1][j]);
            sum = _mm512_dpwssd_epi32(sum, weights, both);
        }
        rounding.finish(sum)
    };
    let mut columns = [_mm512_setzero_si512(); 8];
    for p in 0..4 {
        columns[p] = join(row(2 * p), row(2 * p + 1));
        columns[4 + p] = join(row(15 - 2 * p), row(14 - 2 * p));
    }
    columns
}

/// The column stage, as [`columns32`].
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
fn columns16<const SMALL: bool>(columns: &[__m512i; 8], out: &mut [[i16; 16]; 16]) {
    let rounding = Rounding::new(4 + 6);
    for (parity, weights) in WEIGHTS16.columns.iter().enumerate() {
        let mut folded = [_mm512_setzero_si512(); 4];
        for (p, folded) in folded.iter_mut().enumerate() {
            let (upper, lower) = (columns[p], columns[4 + p]);
            *folded =
                if parity == 0 { _mm512_add_epi16(upper, lower) } else { _mm512_sub_epi16(upper, lower) };
        }
        for (k, weights) in weights.iter().enumerate().take(8) {
            let project = |rows: &[__m512i], start| {
                let mut sum = start;
                for (&row, &weight) in rows.iter().zip(weights) {
                    sum = _mm512_dpwssd_epi32(sum, row, _mm512_set1_epi32(weight));
                }
                sum
            };
            let sum = if SMALL {
                project(&folded, rounding.add)
            } else {
                let upper = project(&columns[..4], rounding.add);
                let lower = project(&columns[4..], _mm512_setzero_si512());
                if parity == 0 { _mm512_add_epi32(upper, lower) } else { _mm512_sub_epi32(upper, lower) }
            };
            let sum = rounding.finish(sum);
            let row = join(sum, _mm512_castsi256_si512(_mm512_extracti64x4_epi64(sum, 1)));
            write16(&mut out[2 * k + parity], _mm512_castsi512_si256(row));
        }
    }
}
