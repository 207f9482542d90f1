//! Directions of angular prediction (tables 8-5 and 8-6).

/// intraPredAngle: displacement per row (or column), in 1/32 samples. `mode` is 2..=34.
pub(crate) fn intra_pred_angle(mode: u8) -> i32 {
    const ANGLES: [i32; 9] = [0, 2, 5, 9, 13, 17, 21, 26, 32];
    // Modes 10 and 26 are exactly horizontal and vertical; angles are symmetric around them.
    let steps = if mode >= 18 { i32::from(mode) - 26 } else { 10 - i32::from(mode) };
    ANGLES[steps.unsigned_abs() as usize] * steps.signum()
}

/// invAngle: -8192 / intraPredAngle, rounded as in table 8-6. `mode` is 11..=25 except those with a positive
/// or zero angle.
pub(crate) fn inv_angle(mode: u8) -> i32 {
    const INVERSES: [i32; 8] = [-4096, -1638, -910, -630, -482, -390, -315, -256];
    let steps = if mode >= 18 { 26 - mode } else { mode - 10 };
    INVERSES[usize::from(steps) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_those_of_the_table() {
        let angles: Vec<_> = (2..=34).map(intra_pred_angle).collect();
        let expected = [
            32, 26, 21, 17, 13, 9, 5, 2, 0, -2, -5, -9, -13, -17, -21, -26, -32, -26, -21, -17, -13, -9, -5,
            -2, 0, 2, 5, 9, 13, 17, 21, 26, 32,
        ];
        assert_eq!(angles, expected);
    }

    #[test]
    fn inverse_angles_belong_to_the_angles() {
        for mode in (11..=25).filter(|&mode| intra_pred_angle(mode) < 0) {
            let exact = 8192.0 / f64::from(intra_pred_angle(mode));
            assert!((f64::from(inv_angle(mode)) - exact).abs() <= 0.6, "mode {mode}");
        }
        assert_eq!((inv_angle(11), inv_angle(18), inv_angle(25)), (-4096, -256, -4096));
    }
}
