//! Cells: how the AVX2 kernels cut blocks into registers of sixteen 16-bit values.
//!
//! A block is cut into strips of 16 columns and narrower ones for the rest. A cell is one row of a strip of
//! 16, or two rows (one per half of the register) of a strip of 8, 4 or 2, so that narrow blocks use the
//! whole width too. `W` is the width of a strip, [`rows_per_cell`] the height of its cells. Blocks have an
//! even width and height.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut, Sample};

use crate::x86::{load16, load32, load64, load128, load256, store16, store32, store64, store128, store256};

/// Rows in a cell of a strip `W` columns wide.
pub(crate) const fn rows_per_cell<const W: usize>() -> usize {
    if W == 16 { 1 } else { 2 }
}

/// Runs the body for each strip of `$w` columns, `$x` being its first column and `$W` its width.
macro_rules! strips {
    ($w:expr, $x:ident, $W:ident => $body:expr) => {{
        let mut $x = 0;
        while $x + 16 <= $w {
            const $W: usize = 16;
            $body;
            $x += 16;
        }
        if $w & 8 != 0 {
            const $W: usize = 8;
            $body;
            $x += 8;
        }
        if $w & 4 != 0 {
            const $W: usize = 4;
            $body;
            $x += 4;
        }
        if $w & 2 != 0 {
            const $W: usize = 2;
            $body;
        }
    }};
}
pub(crate) use strips;

/// Samples as cells of 16-bit values.
pub(crate) trait CellSample: Sample {
    /// Loads a cell, widened to 16 bits.
    ///
    /// # Safety
    /// AVX2 is there, and the cell lies inside.
    unsafe fn load_cell<const W: usize>(block: Block<'_, Self>, x: usize, y: usize) -> __m256i;

    /// Stores a cell; 8-bit samples saturate.
    ///
    /// # Safety
    /// AVX2 is there, and the cell lies inside.
    unsafe fn store_cell<const W: usize>(block: &mut BlockMut<'_, Self>, x: usize, y: usize, cell: __m256i);
}

impl CellSample for u8 {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load_cell<const W: usize>(block: Block<'_, Self>, x: usize, y: usize) -> __m256i {
        // SAFETY: contract.
        unsafe {
            if W == 16 {
                return _mm256_cvtepu8_epi16(load128(block, x, y));
            }
            let (upper, lower) = (load_bytes::<W>(block, x, y), load_bytes::<W>(block, x, y + 1));
            _mm256_cvtepu8_epi16(_mm_unpacklo_epi64(upper, lower))
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store_cell<const W: usize>(block: &mut BlockMut<'_, Self>, x: usize, y: usize, cell: __m256i) {
        // SAFETY: contract.
        unsafe { store_bytes::<W>(block, x, y, cell) }
    }
}

impl CellSample for u16 {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn load_cell<const W: usize>(block: Block<'_, Self>, x: usize, y: usize) -> __m256i {
        // SAFETY: contract.
        unsafe { load_words::<Self, W>(block, x, y) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn store_cell<const W: usize>(block: &mut BlockMut<'_, Self>, x: usize, y: usize, cell: __m256i) {
        // SAFETY: contract.
        unsafe { store_words::<Self, W>(block, x, y, cell) }
    }
}

/// A cell of 16-bit values. The second row of a cell may be below the block: then it repeats the last.
///
/// # Safety
/// The columns and row `y` lie inside the block.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn load_words<T: Copy, const W: usize>(b: Block<'_, T>, x: usize, y: usize) -> __m256i {
    let next = (y + 1).min(b.height() - 1);
    // SAFETY: contract; `next` is a row.
    unsafe {
        match W {
            16 => load256(b, x, y),
            8 => _mm256_set_m128i(load128(b, x, next), load128(b, x, y)),
            4 => _mm256_set_m128i(load64(b, x, next), load64(b, x, y)),
            _ => _mm256_set_m128i(_mm_cvtsi32_si128(load32(b, x, next)), _mm_cvtsi32_si128(load32(b, x, y))),
        }
    }
}

/// Stores a cell of 16-bit values.
///
/// # Safety
/// The cell lies inside.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn store_words<T: Copy, const W: usize>(
    out: &mut BlockMut<'_, T>,
    x: usize,
    y: usize,
    cell: __m256i,
) {
    let (upper, lower) = (_mm256_castsi256_si128(cell), _mm256_extracti128_si256(cell, 1));
    // SAFETY: contract.
    unsafe {
        match W {
            16 => store256(out, x, y, cell),
            8 => {
                store128(out, x, y, upper);
                store128(out, x, y + 1, lower);
            }
            4 => {
                store64(out, x, y, upper);
                store64(out, x, y + 1, lower);
            }
            _ => {
                store32(out, x, y, upper);
                store32(out, x, y + 1, lower);
            }
        }
    }
}

/// Stores a cell of 16-bit values as bytes, saturated.
///
/// # Safety
/// The cell lies inside.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn store_bytes<const W: usize>(
    out: &mut BlockMut<'_, u8>,
    x: usize,
    y: usize,
    cell: __m256i,
) {
    let bytes = _mm_packus_epi16(_mm256_castsi256_si128(cell), _mm256_extracti128_si256(cell, 1));
    let lower = _mm_unpackhi_epi64(bytes, bytes);
    // SAFETY: contract.
    unsafe {
        match W {
            16 => store128(out, x, y, bytes),
            8 => {
                store64(out, x, y, bytes);
                store64(out, x, y + 1, lower);
            }
            4 => {
                store32(out, x, y, bytes);
                store32(out, x, y + 1, lower);
            }
            _ => {
                store16(out, x, y, bytes);
                store16(out, x, y + 1, lower);
            }
        }
    }
}

/// `W` bytes of row `y` from column `x` on.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn load_bytes<const W: usize>(b: Block<'_, u8>, x: usize, y: usize) -> __m128i {
    // SAFETY: contract.
    unsafe {
        match W {
            16 => load128(b, x, y),
            8 => load64(b, x, y),
            4 => _mm_cvtsi32_si128(load32(b, x, y)),
            _ => _mm_cvtsi32_si128(load16(b, x, y).into()),
        }
    }
}
