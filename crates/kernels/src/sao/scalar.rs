//! Sample adaptive offset, reference.

use rivus_picture::{Block, BlockMut, Sample};

/// hPos and vPos of table 8-13: the two neighbours of each class, as offsets from (x, y) in a source that
/// starts one sample to the left and above.
pub(super) const NEIGHBOURS: [[(usize, usize); 2]; 4] =
    [[(0, 1), (2, 1)], [(1, 0), (1, 2)], [(0, 0), (2, 2)], [(2, 0), (0, 2)]];

/// edgeIdx of the sample at `(x, y)`.
fn edge_idx<S: Sample>(src: Block<'_, S>, class: u8, x: usize, y: usize) -> usize {
    let sample = src.at(x + 1, y + 1).to_i32();
    let sign = |(dx, dy): (usize, usize)| (sample - src.at(x + dx, y + dy).to_i32()).signum();
    let [a, b] = NEIGHBOURS[usize::from(class)];
    match sign(a) + sign(b) {
        -2 => 1,
        -1 => 2,
        0 => 0,
        1 => 3,
        _ => 4,
    }
}

pub(super) fn edge<S: Sample>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    class: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    for y in 0..dst.height() {
        for x in 0..dst.width() {
            let offset = match edge_idx(src, class, x, y) {
                0 => 0,
                idx => i32::from(offsets[idx - 1]),
            };
            dst.row_mut(y)[x] = S::clip(src.at(x + 1, y + 1).to_i32() + offset, bit_depth);
        }
    }
}

pub(super) fn band<S: Sample>(
    mut dst: BlockMut<'_, S>,
    src: Block<'_, S>,
    band_position: u8,
    offsets: &[i16; 4],
    bit_depth: u8,
) {
    for y in 0..dst.height() {
        for x in 0..dst.width() {
            let sample = src.at(x, y).to_i32();
            let k = ((sample >> (bit_depth - 5)) - i32::from(band_position)) & 31;
            let offset = offsets.get(k as usize).map_or(0, |&offset| offset.into());
            dst.row_mut(y)[x] = S::clip(sample + offset, bit_depth);
        }
    }
}

pub(super) fn edge_stats<S: Sample>(
    org: Block<'_, S>,
    rec: Block<'_, S>,
    class: u8,
    sum: &mut [i32; 5],
    count: &mut [u32; 5],
) {
    for y in 0..org.height() {
        for x in 0..org.width() {
            let idx = edge_idx(rec, class, x, y);
            sum[idx] += org.at(x, y).to_i32() - rec.at(x + 1, y + 1).to_i32();
            count[idx] += 1;
        }
    }
}

pub(super) fn band_stats<S: Sample>(
    org: Block<'_, S>,
    rec: Block<'_, S>,
    sum: &mut [i32; 32],
    count: &mut [u32; 32],
    bit_depth: u8,
) {
    for y in 0..org.height() {
        for x in 0..org.width() {
            let sample = rec.at(x, y).to_i32();
            let band = (sample >> (bit_depth - 5)) as usize;
            sum[band] += org.at(x, y).to_i32() - sample;
            count[band] += 1;
        }
    }
}
