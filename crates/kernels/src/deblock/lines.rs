//! Loads and stores of sixteen lines across an edge, for the AVX2 filters.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::BlockMut;

use crate::cells::{CellSample, load_bytes};
use crate::x86::{load32, load64, load128, load256, store16, store32, store64, store128, store256};

/// Samples as lines: sixteen lines along the edge in the lanes of a register, one register per sample across
/// the edge.
pub(super) trait LineSample: CellSample {
    /// Loads `W` samples of a row, then anything.
    ///
    /// # Safety
    /// AVX2 is there, and the samples lie inside.
    unsafe fn load_row<const W: usize>(block: &BlockMut<'_, Self>, x: usize, y: usize) -> __m256i;

    /// Stores `W` samples of a row.
    ///
    /// # Safety
    /// AVX2 is there, and the samples lie inside.
    unsafe fn store_row<const W: usize>(block: &mut BlockMut<'_, Self>, x: usize, y: usize, v: __m256i);

    /// Loads `count` rows of `W` = 4 or 8 samples from row `y` on, transposed: a register per column, of
    /// which the first `W` count. Lanes of rows that are missing are zero.
    ///
    /// # Safety
    /// AVX2 is there, and the rows lie inside.
    unsafe fn load_columns<const W: usize>(
        block: &BlockMut<'_, Self>,
        y: usize,
        count: usize,
    ) -> [__m256i; 8];

    /// Stores what `load_columns` loads.
    ///
    /// # Safety
    /// AVX2 is there, and the rows lie inside.
    unsafe fn store_columns<const W: usize>(
        block: &mut BlockMut<'_, Self>,
        y: usize,
        count: usize,
        columns: [__m256i; 8],
    );
}

impl LineSample for u8 {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load_row<const W: usize>(block: &BlockMut<'_, Self>, x: usize, y: usize) -> __m256i {
        // SAFETY: contract.
        _mm256_cvtepu8_epi16(unsafe { load_bytes::<W>(block.as_block(), x, y) })
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store_row<const W: usize>(block: &mut BlockMut<'_, Self>, x: usize, y: usize, v: __m256i) {
        let bytes = _mm_packus_epi16(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
        // SAFETY: contract.
        unsafe { store_bytes(block, x, y, W, bytes) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load_columns<const W: usize>(
        block: &BlockMut<'_, Self>,
        y: usize,
        count: usize,
    ) -> [__m256i; 8] {
        let block = block.as_block();
        // Row i in the lower half, row i + 8 in the upper; columns within each half.
        let mut rows = [_mm256_setzero_si256(); 8];
        for (i, row) in rows.iter_mut().enumerate() {
            // SAFETY: contract, for the rows that are loaded.
            unsafe {
                if i < count {
                    *row = _mm256_zextsi128_si256(load_bytes::<W>(block, 0, y + i));
                }
                if i + 8 < count {
                    *row = _mm256_inserti128_si256(*row, load_bytes::<W>(block, 0, y + i + 8), 1);
                }
            }
        }
        let mut pairs = [rows[0]; 4];
        for (i, pair) in pairs.iter_mut().enumerate() {
            *pair = _mm256_unpacklo_epi8(rows[2 * i], rows[2 * i + 1]);
        }
        let zero = _mm256_setzero_si256();
        let mut columns = [zero; 8];
        for (i, pair) in gather(pairs).into_iter().enumerate() {
            columns[2 * i] = _mm256_unpacklo_epi8(pair, zero);
            columns[2 * i + 1] = _mm256_unpackhi_epi8(pair, zero);
        }
        columns
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store_columns<const W: usize>(
        block: &mut BlockMut<'_, Self>,
        y: usize,
        count: usize,
        columns: [__m256i; 8],
    ) {
        // Two columns of eight rows in each half, brought together row by row.
        let merge =
            _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
        let mut pairs = [columns[0]; 4];
        for (i, pair) in pairs.iter_mut().enumerate() {
            *pair = _mm256_shuffle_epi8(_mm256_packus_epi16(columns[2 * i], columns[2 * i + 1]), merge);
        }
        let rows = gather(pairs);
        for i in 0..count {
            let pair = rows[i % 8 / 2];
            let half = if i < 8 { _mm256_castsi256_si128(pair) } else { _mm256_extracti128_si256(pair, 1) };
            let row = if i % 2 == 0 { half } else { _mm_unpackhi_epi64(half, half) };
            // SAFETY: contract.
            unsafe { store_bytes(block, 0, y + i, W, row) }
        }
    }
}

/// Stores the first `width` bytes: 16, 8, 4 or 2.
///
/// # Safety
/// They lie inside.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store_bytes<T: Copy>(
    block: &mut BlockMut<'_, T>,
    x: usize,
    y: usize,
    width: usize,
    bytes: __m128i,
) {
    // SAFETY: contract.
    unsafe {
        match width {
            16 => store128(block, x, y, bytes),
            8 => store64(block, x, y, bytes),
            4 => store32(block, x, y, bytes),
            _ => store16(block, x, y, bytes),
        }
    }
}

/// From four registers of eight pairs of bytes in each half, four of two groups of eight bytes: group i has
/// pair i of each.
#[inline]
#[target_feature(enable = "avx2")]
fn gather([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let low = [_mm256_unpacklo_epi16(a, b), _mm256_unpacklo_epi16(c, d)];
    let high = [_mm256_unpackhi_epi16(a, b), _mm256_unpackhi_epi16(c, d)];
    [
        _mm256_unpacklo_epi32(low[0], low[1]),
        _mm256_unpackhi_epi32(low[0], low[1]),
        _mm256_unpacklo_epi32(high[0], high[1]),
        _mm256_unpackhi_epi32(high[0], high[1]),
    ]
}

/// Transposes 8 x 8 values in each half.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(rows: [__m256i; 8]) -> [__m256i; 8] {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let low = |a, b| _mm256_unpacklo_epi16(a, b);
    let high = |a, b| _mm256_unpackhi_epi16(a, b);
    // Rows i and i + 4 interleaved, three times: each step moves one bit of the row number into the column
    // number.
    let [s0, s1, s2, s3] = [low(r0, r4), high(r0, r4), low(r1, r5), high(r1, r5)];
    let [s4, s5, s6, s7] = [low(r2, r6), high(r2, r6), low(r3, r7), high(r3, r7)];
    let [t0, t1, t2, t3] = [low(s0, s4), high(s0, s4), low(s1, s5), high(s1, s5)];
    let [t4, t5, t6, t7] = [low(s2, s6), high(s2, s6), low(s3, s7), high(s3, s7)];
    [
        low(t0, t4),
        high(t0, t4),
        low(t1, t5),
        high(t1, t5),
        low(t2, t6),
        high(t2, t6),
        low(t3, t7),
        high(t3, t7),
    ]
}

impl LineSample for u16 {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load_row<const W: usize>(block: &BlockMut<'_, Self>, x: usize, y: usize) -> __m256i {
        let block = block.as_block();
        // SAFETY: contract.
        unsafe {
            match W {
                16 => load256(block, x, y),
                8 => _mm256_zextsi128_si256(load128(block, x, y)),
                4 => _mm256_zextsi128_si256(load64(block, x, y)),
                _ => _mm256_zextsi128_si256(_mm_cvtsi32_si128(load32(block, x, y))),
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store_row<const W: usize>(block: &mut BlockMut<'_, Self>, x: usize, y: usize, v: __m256i) {
        // SAFETY: contract.
        unsafe {
            if W == 16 {
                store256(block, x, y, v);
            } else {
                store_bytes(block, x, y, 2 * W, _mm256_castsi256_si128(v));
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load_columns<const W: usize>(
        block: &BlockMut<'_, Self>,
        y: usize,
        count: usize,
    ) -> [__m256i; 8] {
        let block = block.as_block();
        let load = |i: usize| {
            // SAFETY: contract, for the rows that are loaded.
            unsafe { if W == 8 { load128(block, 0, y + i) } else { load64(block, 0, y + i) } }
        };
        let mut rows = [_mm256_setzero_si256(); 8];
        for (i, row) in rows.iter_mut().enumerate() {
            if i < count {
                *row = _mm256_zextsi128_si256(load(i));
            }
            if i + 8 < count {
                *row = _mm256_inserti128_si256(*row, load(i + 8), 1);
            }
        }
        transpose(rows)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store_columns<const W: usize>(
        block: &mut BlockMut<'_, Self>,
        y: usize,
        count: usize,
        columns: [__m256i; 8],
    ) {
        let rows = transpose(columns);
        for i in 0..count {
            let pair = rows[i % 8];
            let row = if i < 8 { _mm256_castsi256_si128(pair) } else { _mm256_extracti128_si256(pair, 1) };
            // SAFETY: contract.
            unsafe { store_bytes(block, 0, y + i, 2 * W, row) }
        }
    }
}
