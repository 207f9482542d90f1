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

/// What propagation of strength 1 adds to all pictures before it lowers the QP of what others refer to, so that a picture sequence has about
/// the quality it has without.
const WITH_PROPAGATION: f64 = 9.0;

/// QP of a picture relative to `base`, the QP of a moving key picture less one; 0 for intra pictures. Without propagation.
pub fn offset(plan: &PicturePlan, base: f64) -> f64 {
    if plan.kind.is_intra() {
        return 0.0;
    }
    let (offset, intercept, slope) = LAYERS[usize::from(plan.layer).min(LAYERS.len() - 1)];
    offset + ((base + offset) * slope + intercept).clamp(0.0, 3.0)
}

/// QP of a picture relative to `base` before the offsets of its blocks. Propagation of strength `propagation` makes a cascade
/// of its own; below 1 it replaces that part of the fixed one, which has the factor `cascade`.
pub fn with_propagation(plan: &PicturePlan, base: f64, cascade: f64, propagation: f64) -> f64 {
    (1.0 - propagation).max(0.0) * cascade * offset(plan, base) + propagation * WITH_PROPAGATION
}
