//! What decisions are weighed by: distortion plus lambda times bits.

/// Fixed point of context costs: bits in units of 1/32768.
pub const BIT: f64 = 32768.0;

/// The Lagrangians of one QP.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lambda {
    /// Squared sample error per 1/32768 bit, at the sample bit depth.
    pub sse: f64,
    /// Absolute error (SAD, SATD) per bit in 1/256, at the sample bit depth.
    pub sad_q8: u32,
    /// Weight of chroma distortion against luma: 2^((QpY - QpC) / 3), per chroma component.
    pub chroma_weight: [f64; 2],
}

impl Lambda {
    /// `lambda = factor * 0.57 * 2^((qp - 12) / 3)` for 8-bit samples (HM's formula with the layer expressed in QP).
    ///
    /// `chroma_qp` are QpC of both chroma components for this `qp`; all QPs without bit-depth offset.
    pub fn new(qp: i32, chroma_qp: [i32; 2], bit_depth: u8, factor: f64) -> Self {
        let depth_gain = f64::from(1u32 << (2 * (bit_depth - 8)));
        let lambda = factor * 0.57 * (f64::from(qp - 12) / 3.0).exp2() * depth_gain;
        Self {
            sse: lambda / BIT,
            sad_q8: (lambda.sqrt() * 256.0).round().max(1.0) as u32,
            chroma_weight: chroma_qp.map(|c| (f64::from(qp - c) / 3.0).exp2()),
        }
    }

    /// Rate-distortion cost.
    #[inline]
    pub fn cost(&self, distortion: f64, bits: u64) -> f64 {
        distortion + self.sse * bits as f64
    }

    /// Cost of `bits` whole bits in SAD units.
    #[inline]
    pub fn sad_cost(&self, bits: u32) -> u32 {
        (bits * self.sad_q8 + 128) >> 8
    }

    /// Cost of `bits` in 1/32768 bit, in SAD units.
    #[inline]
    pub fn sad_cost_fine(&self, bits: u32) -> u32 {
        ((u64::from(bits) * u64::from(self.sad_q8) + (1 << 22)) >> 23) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three QP steps double lambda; ten bits scale it by sixteen; chroma at a lower QP weighs more.
    #[test]
    fn lambda_follows_qp_and_depth() {
        let a = Lambda::new(30, [29, 29], 8, 1.0);
        let b = Lambda::new(33, [31, 31], 8, 1.0);
        assert!((b.sse / a.sse - 2.0).abs() < 1e-12);
        assert!((Lambda::new(30, [29, 29], 10, 1.0).sse / a.sse - 16.0).abs() < 1e-9);
        assert!(b.chroma_weight[0] > a.chroma_weight[0] && a.chroma_weight[0] > 1.0);
        assert_eq!(a.sad_cost(10), a.sad_cost_fine(10 << 15));
    }
}
