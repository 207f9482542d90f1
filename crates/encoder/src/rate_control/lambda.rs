//! Lagrangian factors of pictures; the Lagrangian itself follows from the QP of each block.

/// Factor per layer of the hierarchy, the deepest for all beyond.
const BY_LAYER: [f64; 5] = [1.0, 1.0, 1.0, 1.0, 1.0];

/// Factor for a picture of `layer` whose QP was rounded to `slice_qp` from `wanted`: what the quantiser cannot do in whole
/// steps, the Lagrangian does.
pub fn factor(layer: u8, wanted: f64, slice_qp: f64) -> f64 {
    let fraction = (wanted - slice_qp).clamp(-0.5, 0.5);
    BY_LAYER[usize::from(layer).min(BY_LAYER.len() - 1)] * (fraction / 3.0).exp2()
}
