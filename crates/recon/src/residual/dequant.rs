//! Scaling of coefficient levels (8.6.3), also called dequantisation.

use rivus_coding::ctu::record::Coeff;

use super::{Method, ResidualParams, log2_transform_range};

/// levelScale of 8.6.3.
pub const LEVEL_SCALE: [u8; 6] = [40, 45, 51, 57, 64, 72];

/// The scaling of one block: levelScale and shifts folded into one factor.
#[derive(Clone, Copy, Debug)]
pub struct Scaling<'a> {
    /// levelScale\[qP % 6\] << (qP / 6), times 16 where there are no factors.
    scale: i64,
    factors: Option<&'a [u8]>,
    add: i64,
    shift: u8,
    /// CoeffMax; CoeffMin is -CoeffMax - 1.
    max: i64,
}

impl<'a> Scaling<'a> {
    /// The scaling of a block.
    #[inline]
    pub fn new(params: &ResidualParams<'a>) -> Self {
        let range = log2_transform_range(params.bit_depth, params.extended_precision);
        // Transform-skipped blocks larger than 4x4 are scaled flat.
        let flat = params.method == Method::TransformSkip && params.log2_size > 2;
        let factors = params.factors.filter(|_| !flat);
        let level_scale = i64::from(LEVEL_SCALE[usize::from(params.qp % 6)]) << (params.qp / 6);
        let shift = params.bit_depth + params.log2_size + 10 - range;
        Self {
            scale: if factors.is_some() { level_scale } else { 16 * level_scale },
            factors,
            add: 1 << (shift - 1),
            shift,
            max: (1 << range) - 1,
        }
    }

    /// TransCoeffLevel to scaled coefficient d, in CoeffMin..=CoeffMax.
    #[inline]
    pub fn scale(&self, c: Coeff) -> i32 {
        let factor = match self.factors {
            // 24 + 8 + 7 + 16 bits at most: no overflow.
            Some(m) => self.scale * i64::from(m[usize::from(c.pos)]),
            None => self.scale,
        };
        ((i64::from(c.level) * factor + self.add) >> self.shift).clamp(-self.max - 1, self.max) as i32
    }
}
