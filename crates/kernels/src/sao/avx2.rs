//! Sample adaptive offset, AVX2.
//!
//! Rows are processed in parts of 32 bytes and smaller ones for the rest; the lanes above a smaller part are
//! zero. What remains after parts of 4 bytes is left to scalar.
//!
//! The sum of the two signs, -2 to 2, indexes a table of offsets with `pshufb`. Statistics are kept for the
//! four sums other than 0; those of 0 are what is left of the total.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use rivus_picture::{Block, BlockMut, Sample};

use super::scalar::{self, NEIGHBOURS};
use crate::x86::{
    load32, load64, load128, load256, store32, store64, store128, store256, sum_epi32, sum_epi64,
};

/// Runs the body for each part of a row of `$w` samples of `$size` bytes: `$x` is its first column, `$B` its
/// bytes. Evaluates to the number of columns covered.
macro_rules! parts {
    ($w:expr, $size:expr, $x:ident, $B:ident => $body:expr) => {{
        let mut $x = 0;
        while ($x + 32 / $size) <= $w {
            const $B: usize = 32;
            $body;
            $x += 32 / $size;
        }
        if $w & (16 / $size) != 0 {
            const $B: usize = 16;
            $body;
            $x += 16 / $size;
        }
        if $w & (8 / $size) != 0 {
            const $B: usize = 8;
            $body;
            $x += 8 / $size;
        }
        if $w & (4 / $size) != 0 {
            const $B: usize = 4;
            $body;
            $x += 4 / $size;
        }
        $x
    }};
}

/// `B` bytes of row `y` from column `x` on, then zeros.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load<T: Copy, const B: usize>(b: Block<'_, T>, x: usize, y: usize) -> __m256i {
    // SAFETY: contract.
    unsafe {
        match B {
            32 => load256(b, x, y),
            16 => _mm256_zextsi128_si256(load128(b, x, y)),
            8 => _mm256_zextsi128_si256(load64(b, x, y)),
            _ => _mm256_zextsi128_si256(_mm_cvtsi32_si128(load32(b, x, y))),
        }
    }
}

/// Stores the first `B` bytes.
///
/// # Safety
/// They lie inside the block.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store<T: Copy, const B: usize>(b: &mut BlockMut<'_, T>, x: usize, y: usize, v: __m256i) {
    let low = _mm256_castsi256_si128(v);
    // SAFETY: contract.
    unsafe {
        match B {
            32 => store256(b, x, y, v),
            16 => store128(b, x, y, low),
            8 => store64(b, x, y, low),
            _ => store32(b, x, y, low),
        }
    }
}

/// The operations that differ between the sample types.
trait SaoSample: Sample {
    /// Order-preserving change from unsigned to signed values.
    ///
    /// # Safety
    /// AVX2 is there; so for all functions of this trait.
    unsafe fn signed(v: __m256i) -> __m256i;
    /// -1 where a > b, signed.
    unsafe fn greater(a: __m256i, b: __m256i) -> __m256i;
    /// a + b without carry between lanes.
    unsafe fn add(a: __m256i, b: __m256i) -> __m256i;
    /// a - b.
    unsafe fn sub(a: __m256i, b: __m256i) -> __m256i;
    /// -1 where a = b.
    unsafe fn equal(a: __m256i, b: __m256i) -> __m256i;
    /// `v` in all lanes.
    unsafe fn splat(v: i16) -> __m256i;
    /// Entry `index`, 0..=7, of a table of 8.
    unsafe fn look_up(table: &Table, index: __m256i) -> __m256i;
    /// Sample plus offset, clipped to `0..=max`.
    unsafe fn offset(sample: __m256i, offset: __m256i, max: __m256i) -> __m256i;
    /// Sum of `a` minus sum of `b` where `mask` is set, in 4 or 8 lanes.
    unsafe fn sum_difference(a: __m256i, b: __m256i, mask: __m256i) -> __m256i;
    /// Adds such sums.
    unsafe fn add_sums(a: __m256i, b: __m256i) -> __m256i;
    /// All lanes of such sums together.
    unsafe fn total(sums: __m256i) -> i32;
}

/// A table of 8 offsets, in both forms, for both halves.
struct Table {
    bytes: __m256i,
    words: __m256i,
}

impl Table {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(offsets: [i16; 8]) -> Self {
        let words: __m128i = bytemuck::cast(offsets);
        Self {
            bytes: _mm256_broadcastsi128_si256(_mm_packs_epi16(words, _mm_setzero_si128())),
            words: _mm256_broadcastsi128_si256(words),
        }
    }
}

impl SaoSample for u8 {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn signed(v: __m256i) -> __m256i {
        _mm256_xor_si256(v, _mm256_set1_epi8(i8::MIN))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn greater(a: __m256i, b: __m256i) -> __m256i {
        _mm256_cmpgt_epi8(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn add(a: __m256i, b: __m256i) -> __m256i {
        _mm256_add_epi8(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn sub(a: __m256i, b: __m256i) -> __m256i {
        _mm256_sub_epi8(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn equal(a: __m256i, b: __m256i) -> __m256i {
        _mm256_cmpeq_epi8(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn splat(v: i16) -> __m256i {
        _mm256_set1_epi8(v as i8)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn look_up(table: &Table, index: __m256i) -> __m256i {
        _mm256_shuffle_epi8(table.bytes, index)
    }

    /// Saturation of signed bytes is that of samples.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn offset(sample: __m256i, offset: __m256i, _max: __m256i) -> __m256i {
        let sign = _mm256_set1_epi8(i8::MIN);
        _mm256_xor_si256(_mm256_adds_epi8(_mm256_xor_si256(sample, sign), offset), sign)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn sum_difference(a: __m256i, b: __m256i, mask: __m256i) -> __m256i {
        let sum = |v| _mm256_sad_epu8(_mm256_and_si256(v, mask), _mm256_setzero_si256());
        _mm256_sub_epi64(sum(a), sum(b))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn add_sums(a: __m256i, b: __m256i) -> __m256i {
        _mm256_add_epi64(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn total(sums: __m256i) -> i32 {
        sum_epi64(sums) as i32
    }
}

impl SaoSample for u16 {
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn signed(v: __m256i) -> __m256i {
        _mm256_xor_si256(v, _mm256_set1_epi16(i16::MIN))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn greater(a: __m256i, b: __m256i) -> __m256i {
        _mm256_cmpgt_epi16(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn add(a: __m256i, b: __m256i) -> __m256i {
        _mm256_add_epi16(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn sub(a: __m256i, b: __m256i) -> __m256i {
        _mm256_sub_epi16(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn equal(a: __m256i, b: __m256i) -> __m256i {
        _mm256_cmpeq_epi16(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn splat(v: i16) -> __m256i {
        _mm256_set1_epi16(v)
    }

    /// Entry i is bytes 2i and 2i + 1.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn look_up(table: &Table, index: __m256i) -> __m256i {
        let bytes = _mm256_mullo_epi16(index, _mm256_set1_epi16(0x0202));
        _mm256_shuffle_epi8(table.words, _mm256_add_epi16(bytes, _mm256_set1_epi16(0x0100)))
    }

    /// For samples of up to 15 bits.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn offset(sample: __m256i, offset: __m256i, max: __m256i) -> __m256i {
        let sum = _mm256_adds_epi16(sample, offset);
        _mm256_max_epi16(_mm256_min_epi16(sum, max), _mm256_setzero_si256())
    }

    /// As many values minus 32768 are added on both sides.
    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn sum_difference(a: __m256i, b: __m256i, mask: __m256i) -> __m256i {
        let (sign, ones) = (_mm256_set1_epi16(i16::MIN), _mm256_set1_epi16(1));
        let sum = |v| _mm256_madd_epi16(_mm256_and_si256(_mm256_xor_si256(v, sign), mask), ones);
        _mm256_sub_epi32(sum(a), sum(b))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn add_sums(a: __m256i, b: __m256i) -> __m256i {
        _mm256_add_epi32(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    unsafe fn total(sums: __m256i) -> i32 {
        sum_epi32(sums).cast_signed()
    }
}

/// Sum of the signs of sample - neighbour, -2 to 2, per lane.
///
/// # Safety
/// AVX2 is there, and `B` bytes at `(x, y)` of the block inside `src` lie in it.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn signs<S: SaoSample, const B: usize>(
    src: Block<'_, S>,
    sample: __m256i,
    class: u8,
    x: usize,
    y: usize,
) -> __m256i {
    let [a, b] = NEIGHBOURS[usize::from(class)];
    // SAFETY: contract; neighbours are one sample away, where the source has one more.
    unsafe {
        let sample = S::signed(sample);
        let sign = |(dx, dy): (usize, usize)| {
            let neighbour = S::signed(load::<S, B>(src, x + dx, y + dy));
            S::sub(S::greater(neighbour, sample), S::greater(sample, neighbour))
        };
        S::add(sign(a), sign(b))
    }
}

/// # Safety
/// AVX2 is there; offsets fit the lanes, and samples have up to 15 bits.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn edge<S: SaoSample>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    class: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    assert!((src.width(), src.height()) == (w + 2, h + 2), "SAO of {w}x{h} from {src:?}");
    let table = Table::new([offsets[0], offsets[1], 0, offsets[2], offsets[3], 0, 0, 0]);
    let mut done = 0;
    for y in 0..h {
        // SAFETY: parts end at `w`, and the source is larger by one sample on each side.
        unsafe {
            let (two, max) = (S::splat(2), S::splat(max(bit_depth)));
            done = parts!(w, size_of::<S>(), x, B => {
                let sample = load::<S, B>(src, x + 1, y + 1);
                let index = S::add(signs::<S, B>(src, sample, class, x, y), two);
                let result = S::offset(sample, S::look_up(&table, index), max);
                store::<S, B>(&mut dst, x, y, result);
            });
        }
    }
    if done < w {
        let rest = w - done;
        scalar::edge(
            dst.into_sub(done, 0, rest, h),
            src.sub(done, 0, rest + 2, h + 2),
            class,
            offsets,
            bit_depth,
        );
    }
}

/// The largest sample of up to 15 bits.
fn max(bit_depth: u8) -> i16 {
    ((1_u16 << bit_depth) - 1).cast_signed()
}

/// # Safety
/// AVX2 is there; offsets fit the lanes, and samples have up to 15 bits.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn band<S: SaoSample>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    band_position: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    let (w, h) = (dst.width(), dst.height());
    assert!((src.width(), src.height()) == (w, h), "SAO of {w}x{h} from {src:?}");
    let [a, b, c, d] = *offsets;
    let table = Table::new([a, b, c, d, 0, 0, 0, 0]);
    let shift = _mm_cvtsi32_si128((bit_depth - 5).into());
    let mut done = 0;
    for y in 0..h {
        // SAFETY: parts end at `w`.
        unsafe {
            let (mask, last, max) = (S::splat(31), S::splat(7), S::splat(max(bit_depth)));
            let position = S::splat(band_position.into());
            done = parts!(w, size_of::<S>(), x, B => {
                let sample = load::<S, B>(src, x, y);
                // For bytes, bits from the neighbour are shifted in above the five that count.
                let band = _mm256_srl_epi16(sample, shift);
                let index = _mm256_and_si256(S::sub(band, position), mask);
                // Entry 7 is 0. Lanes of words have a zero high byte.
                let index = _mm256_min_epu8(index, last);
                let result = S::offset(sample, S::look_up(&table, index), max);
                store::<S, B>(&mut dst, x, y, result);
            });
        }
    }
    if done < w {
        let rest = w - done;
        let (dst, src) = (dst.into_sub(done, 0, rest, h), src.sub(done, 0, rest, h));
        scalar::band(dst, src, band_position, offsets, bit_depth);
    }
}

/// # Safety
/// AVX2 is there.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn edge_stats<S: SaoSample>(
    org: Block<'_, S>,
    rec: Block<'_, S>,
    class: u8,
    sum: &mut [i32; 5],
    count: &mut [u32; 5],
) {
    let (w, h) = (org.width(), org.height());
    assert!((rec.width(), rec.height()) == (w + 2, h + 2), "statistics of {w}x{h} from {rec:?}");
    let everything = _mm256_set1_epi8(-1);
    let mut total = _mm256_setzero_si256();
    let mut sums = [_mm256_setzero_si256(); 4];
    let mut bytes = [0; 4];
    let mut done = 0;
    for y in 0..h {
        // SAFETY: parts end at `w`, and `rec` is larger by one sample on each side.
        unsafe {
            done = parts!(w, size_of::<S>(), x, B => {
                let (org, sample) = (load::<S, B>(org, x, y), load::<S, B>(rec, x + 1, y + 1));
                let signs = signs::<S, B>(rec, sample, class, x, y);
                total = S::add_sums(total, S::sum_difference(org, sample, everything));
                for (k, value) in [-2, -1, 1, 2].into_iter().enumerate() {
                    let mask = S::equal(signs, S::splat(value));
                    sums[k] = S::add_sums(sums[k], S::sum_difference(org, sample, mask));
                    bytes[k] += _mm256_movemask_epi8(mask).count_ones();
                }
            });
        }
    }
    // SAFETY: AVX2 is there.
    let (sums, total) = unsafe { (sums.map(|sums| S::total(sums)), S::total(total)) };
    let counts = bytes.map(|bytes| bytes / size_of::<S>() as u32);
    sum[0] += total - sums.iter().sum::<i32>();
    count[0] += (done * h) as u32 - counts.iter().sum::<u32>();
    for k in 0..4 {
        sum[k + 1] += sums[k];
        count[k + 1] += counts[k];
    }
    if done < w {
        let rest = w - done;
        scalar::edge_stats(org.sub(done, 0, rest, h), rec.sub(done, 0, rest + 2, h + 2), class, sum, count);
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn edge_u8(
    dst: BlockMut<'_, u8>,
    src: Block<'_, u8>,
    class: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    if offsets.iter().any(|&offset| i8::try_from(offset).is_err()) {
        return scalar::edge(dst, src, class, offsets, bit_depth);
    }
    // SAFETY: offsets fit a byte.
    unsafe { edge(dst, src, class, offsets, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn edge_u16(
    dst: BlockMut<'_, u16>,
    src: Block<'_, u16>,
    class: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    if bit_depth > 15 {
        return scalar::edge(dst, src, class, offsets, bit_depth);
    }
    // SAFETY: up to 15 bits.
    unsafe { edge(dst, src, class, offsets, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn band_u8(
    dst: BlockMut<'_, u8>,
    src: Block<'_, u8>,
    band_position: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    if offsets.iter().any(|&offset| i8::try_from(offset).is_err()) {
        return scalar::band(dst, src, band_position, offsets, bit_depth);
    }
    // SAFETY: offsets fit a byte.
    unsafe { band(dst, src, band_position, offsets, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn band_u16(
    dst: BlockMut<'_, u16>,
    src: Block<'_, u16>,
    band_position: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    if bit_depth > 15 {
        return scalar::band(dst, src, band_position, offsets, bit_depth);
    }
    // SAFETY: up to 15 bits.
    unsafe { band(dst, src, band_position, offsets, bit_depth) }
}

#[target_feature(enable = "avx2")]
pub(super) fn edge_stats_u8(
    org: Block<'_, u8>,
    rec: Block<'_, u8>,
    class: u8,
    sum: &mut [i32; 5],
    count: &mut [u32; 5],
) {
    // SAFETY: this function has AVX2.
    unsafe { edge_stats(org, rec, class, sum, count) }
}

#[target_feature(enable = "avx2")]
pub(super) fn edge_stats_u16(
    org: Block<'_, u16>,
    rec: Block<'_, u16>,
    class: u8,
    sum: &mut [i32; 5],
    count: &mut [u32; 5],
) {
    // SAFETY: this function has AVX2.
    unsafe { edge_stats(org, rec, class, sum, count) }
}
