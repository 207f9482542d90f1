//! Sample adaptive offset in portable vectors, eight samples at a time in 16-bit lanes. Samples of 16 bits take the
//! scalar path.

use rivus_picture::{Block, BlockMut, Sample};
use wide::i16x8;

use super::scalar::{self, NEIGHBOURS};
use crate::lanes::{Lanes, clip, load_part, signed, store_part};

/// The offset of the lanes where `index` equals a value, for four values; 0 elsewhere.
#[inline]
fn select(index: i16x8, values: [i16; 4], offsets: &[i16; 4]) -> i16x8 {
    let mut selected = i16x8::ZERO;
    for (value, offset) in values.into_iter().zip(offsets) {
        selected |= index.simd_eq(i16x8::splat(value)) & i16x8::splat(*offset);
    }
    selected
}

pub(super) fn edge<S: Lanes>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    class: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    if bit_depth > 15 {
        return scalar::edge(dst, src, class, offsets, bit_depth);
    }
    for y in 0..dst.height() {
        for (i, out) in dst.row_mut(y).chunks_mut(8).enumerate() {
            let samples =
                |dx: usize, dy: usize| signed(load_part(&src.row(y + dy)[8 * i + dx..][..out.len()]));
            let sample = samples(1, 1);
            let mut signs = i16x8::ZERO;
            for (dx, dy) in NEIGHBOURS[usize::from(class)] {
                // Comparisons give -1 for true.
                let neighbour = samples(dx, dy);
                signs += neighbour.simd_gt(sample) - sample.simd_gt(neighbour);
            }
            let offset = select(signs, [-2, -1, 1, 2], offsets);
            store_part(out, clip(sample.saturating_add(offset), bit_depth));
        }
    }
}

pub(super) fn band<S: Lanes>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    band_position: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    if bit_depth > 15 {
        return scalar::band(dst, src, band_position, offsets, bit_depth);
    }
    let (shift, position) = (u32::from(bit_depth - 5), i16x8::splat(band_position.into()));
    for y in 0..dst.height() {
        for (out, src) in dst.row_mut(y).chunks_mut(8).zip(src.row(y).chunks(8)) {
            let sample = signed(load_part(src));
            let index = ((sample >> shift) - position) & i16x8::splat(31);
            store_part(out, clip(sample.saturating_add(select(index, [0, 1, 2, 3], offsets)), bit_depth));
        }
    }
}

/// Sums and counts in one number, since one addition per sample is enough for both, and in four tables, since neighbours
/// mostly have the same band and an addition would wait for the one before.
pub(super) fn band_stats<S: Sample>(
    org: Block<'_, S>,
    rec: Block<'_, S>,
    sum: &mut [i32; 32],
    count: &mut [u32; 32],
    bit_depth: u8,
) {
    const COUNT: u32 = 40;
    const TABLES: usize = 4;
    let mut tables = [[0i64; 32]; TABLES];
    let shift = bit_depth - 5;
    let mut take = |table: usize, org: &S, rec: &S| {
        let (org, rec) = (org.to_i32(), rec.to_i32());
        tables[table][(rec >> shift) as usize & 31] += (1 << COUNT) + i64::from(org - rec);
    };
    for y in 0..org.height() {
        let (org, rec) = (org.row(y).chunks_exact(TABLES), rec.row(y).chunks_exact(TABLES));
        let rest = org.remainder().iter().zip(rec.remainder());
        rest.for_each(|(org, rec)| take(0, org, rec));
        for (org, rec) in org.zip(rec) {
            for table in 0..TABLES {
                take(table, &org[table], &rec[table]);
            }
        }
    }
    for (band, (sum, count)) in sum.iter_mut().zip(count).enumerate() {
        for table in &tables {
            // A negative sum has borrowed from the count.
            let low = table[band] << (64 - COUNT) >> (64 - COUNT);
            *sum += low as i32;
            *count += ((table[band] - low) >> COUNT) as u32;
        }
    }
}
