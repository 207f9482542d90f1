//! Cross-component prediction (8.6.6): chroma residual of 4:4:4 blocks predicted from the luma residual.

/// Adds `res_scale_val` / 8 of the luma residual to the chroma residual of the same block. `res_scale_val` is ResScaleVal,
/// 0 or ±(1, 2, 4, 8).
pub fn predict(
    chroma: &mut [i16],
    luma: &[i16],
    res_scale_val: i8,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
) {
    for (c, y) in chroma.iter_mut().zip(luma) {
        let part = share((*y).into(), res_scale_val, bit_depth_luma, bit_depth_chroma);
        *c = (i32::from(*c) + part).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    }
}

/// As [`predict`], for the residual of the wide path.
pub fn predict_wide(
    chroma: &mut [i32],
    luma: &[i32],
    res_scale_val: i8,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
) {
    for (c, y) in chroma.iter_mut().zip(luma) {
        *c = c.wrapping_add(share(*y, res_scale_val, bit_depth_luma, bit_depth_chroma));
    }
}

/// (ResScaleVal * ((rY << BitDepthC) >> BitDepthY)) >> 3.
#[inline]
fn share(luma: i32, res_scale_val: i8, bit_depth_luma: u8, bit_depth_chroma: u8) -> i32 {
    let luma = (i64::from(luma) << bit_depth_chroma) >> bit_depth_luma;
    ((i64::from(res_scale_val) * luma) >> 3) as i32
}
