//! Bi-prediction and explicit weighting above 12 bits, where predSamples do not fit the kernels' 16 bits. Plain code: only
//! 16-bit profiles come here.

use rivus_coding::motion::Motion;
use rivus_kernels::{CHROMA_TAPS, LUMA_TAPS};
use rivus_picture::{Block, BlockMut, Sample};

use super::weighted::PredWeights;

/// shift3 of 8.5.3.3.3, shift1 of 8.5.3.3.4.
fn pred_shift(bit_depth: u8) -> u32 {
    14u32.saturating_sub(bit_depth.into()).max(2)
}

/// 8.5.3.3.3: predSamples, dense, of a block of `w` x `h` whose source begins 3 (luma) or 1 samples to the left and above.
pub(super) fn predict<S: Sample>(
    src: Block<'_, S>,
    plane: usize,
    (fx, fy): (u8, u8),
    (w, h): (usize, usize),
    bit_depth: u8,
) -> Vec<i32> {
    let taps = |fraction: u8| -> &[i8] {
        let i = usize::from(fraction);
        if plane == 0 { &LUMA_TAPS[i] } else { &CHROMA_TAPS[i] }
    };
    let (horizontal, vertical) = (taps(fx), taps(fy));
    let origin = horizontal.len() / 2 - 1;
    let shift1 = u32::from(bit_depth - 8).min(4);
    let mut out = Vec::with_capacity(w * h);
    for y in 0..h {
        for x in 0..w {
            // One line of the source, filtered horizontally.
            let line = |y: usize| -> i32 {
                let row = &src.row(y)[x..x + horizontal.len()];
                row.iter().zip(horizontal).map(|(s, t)| s.to_i32() * i32::from(*t)).sum()
            };
            let column = |value: &dyn Fn(usize) -> i32| -> i32 {
                vertical.iter().enumerate().map(|(k, t)| value(y + k) * i32::from(*t)).sum()
            };
            out.push(match (fx, fy) {
                (0, 0) => src.at(x + origin, y + origin).to_i32() << pred_shift(bit_depth),
                (_, 0) => line(y + origin) >> shift1,
                (0, _) => column(&|y| src.at(x + origin, y).to_i32()) >> shift1,
                _ => column(&|y| line(y) >> shift1) >> 6,
            });
        }
    }
    out
}

/// 8.5.3.3.4: samples from one or two arrays of predSamples.
pub(super) fn combine<S: Sample>(
    mut dst: BlockMut<'_, S>,
    first: &[i32],
    second: Option<&[i32]>,
    plane: usize,
    motion: &Motion,
    weights: Option<&PredWeights>,
    bit_depth: u8,
) {
    let flat = PredWeights::flat([0; 2]);
    let weights = weights.unwrap_or(&flat);
    let log2_wd = u32::from(weights.denom(plane)) + pred_shift(bit_depth);
    let entry = |list: usize| {
        let e = weights.entry(motion, list, plane);
        (i64::from(e.weight), i64::from(e.offset))
    };
    let width = dst.width();
    for y in 0..dst.height() {
        for (x, sample) in dst.row_mut(y).iter_mut().enumerate() {
            let i = y * width + x;
            let a = i64::from(first[i]);
            let value = if let Some(second) = second {
                let ((w0, o0), (w1, o1)) = (entry(0), entry(1));
                (a * w0 + i64::from(second[i]) * w1 + ((o0 + o1 + 1) << log2_wd)) >> (log2_wd + 1)
            } else {
                let (w, o) = entry(usize::from(!motion.uses(0)));
                ((a * w + (1 << (log2_wd - 1))) >> log2_wd) + o
            };
            // Clip1 takes 32 bits.
            *sample = S::clip(value.clamp(-1, 1 << 16) as i32, bit_depth);
        }
    }
}
