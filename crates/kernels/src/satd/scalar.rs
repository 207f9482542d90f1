//! Sum of absolute Hadamard-transformed differences, reference.

use rivus_picture::{Block, Sample};

pub(super) fn block<S: Sample>(a: Block<'_, S>, b: Block<'_, S>) -> u32 {
    if a.width().is_multiple_of(8) && a.height().is_multiple_of(8) {
        tiles::<S, 8>(a, b, |sum| (sum + 2) >> 2)
    } else {
        tiles::<S, 4>(a, b, |sum| (sum + 1) >> 1)
    }
}

fn tiles<S: Sample, const N: usize>(a: Block<'_, S>, b: Block<'_, S>, normalise: fn(u32) -> u32) -> u32 {
    let mut total = 0;
    for y in (0..a.height()).step_by(N) {
        for x in (0..a.width()).step_by(N) {
            total += normalise(hadamard_sum::<S, N>(a.sub(x, y, N, N), b.sub(x, y, N, N)));
        }
    }
    total
}

/// Sum of the magnitudes of the N x N Hadamard transform of `a - b`.
fn hadamard_sum<S: Sample, const N: usize>(a: Block<'_, S>, b: Block<'_, S>) -> u32 {
    let mut rows = [[0i32; N]; N];
    for (y, row) in rows.iter_mut().enumerate() {
        for (x, value) in row.iter_mut().enumerate() {
            *value = a.at(x, y).to_i32() - b.at(x, y).to_i32();
        }
        hadamard(row);
    }
    let mut sum = 0;
    for x in 0..N {
        let mut column = rows.map(|row| row[x]);
        hadamard(&mut column);
        sum += column.iter().map(|v| v.unsigned_abs()).sum::<u32>();
    }
    sum
}

/// The unnormalised Hadamard transform of a power of two of values, in place.
fn hadamard(values: &mut [i32]) {
    let mut half = 1;
    while half < values.len() {
        for pairs in values.chunks_exact_mut(2 * half) {
            let (low, high) = pairs.split_at_mut(half);
            for (a, b) in low.iter_mut().zip(high) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}
