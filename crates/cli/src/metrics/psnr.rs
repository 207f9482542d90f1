//! Peak signal-to-noise ratio.

/// PSNR given to planes that are the same, in dB: above anything else that occurs up to 16 bits of noise-free video.
pub(crate) const PERFECT: f64 = 100.0;

/// 10 log10(peak² / mse) with peak = 2^depth - 1, at most [`PERFECT`].
pub(crate) fn psnr(mse: f64, depth: u8) -> f64 {
    let peak = f64::from((1u32 << depth) - 1);
    if mse <= 0.0 { PERFECT } else { (10.0 * (peak * peak / mse).log10()).min(PERFECT) }
}

/// Mean of the squared differences.
pub(super) fn mean_squared_error(a: &[u16], b: &[u16]) -> f64 {
    let square = |(&a, &b): (&u16, &u16)| u64::from(a.abs_diff(b)).pow(2);
    a.iter().zip(b).map(square).sum::<u64>() as f64 / a.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(mean_squared_error(&[0, 10, 255], &[0, 7, 0]), (9.0 + 65025.0) / 3.0);
        assert!((psnr(1.0, 8) - 48.130_803_6).abs() < 1e-6);
        assert!((psnr(1.0, 10) - 20.0 * 1023f64.log10()).abs() < 1e-6);
        assert_eq!(psnr(0.0, 8), PERFECT);
    }
}
