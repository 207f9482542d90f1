//! QP by place in the structure: the less a picture is referred to, the coarser.

use crate::lookahead::gop::PicturePlan;

/// Per layer: offset, then intercept and slope of what is added with rising QP, up to 3.
const LAYERS: [(f64, f64, f64); 5] = [
    (1.0, 0.0, 0.0),
    (1.0, -4.8848, 0.2061),
    (4.0, -5.7476, 0.2286),
    (5.0, -5.90, 0.2333),
    (6.0, -7.1444, 0.3),
];

/// With propagation: part of the cascade that stays, and what is added to all pictures so that key pictures of moderate motion
/// keep their QP.
const WITH_PROPAGATION: (f64, f64) = (0.25, 6.0);

/// QP of a picture relative to `base`, the QP of a moving key picture less one; 0 for intra pictures. Without propagation.
pub fn offset(plan: &PicturePlan, base: f64) -> f64 {
    if plan.kind.is_intra() {
        return 0.0;
    }
    let (offset, intercept, slope) = LAYERS[usize::from(plan.layer).min(LAYERS.len() - 1)];
    offset + ((base + offset) * slope + intercept).clamp(0.0, 3.0)
}

/// As [`offset`], before the offsets of propagation are added, which make a cascade of their own.
pub fn offset_with_propagation(plan: &PicturePlan, base: f64) -> f64 {
    let (part, shift) = WITH_PROPAGATION;
    part * offset(plan, base) + shift
}
