//! Temporal motion vector prediction (8.5.3.2.8, 8.5.3.2.9) and the scaling of vectors by picture distance.

use super::field::ColMotion;
use super::{MotionCtx, Mv, PuGeometry};
use crate::ctu::maps::CtuMaps;

/// 8.5.3.2.8: temporal prediction of the vector of `pu` that points to picture `ref_idx` of list `list`.
///
/// The block to the bottom right of the prediction unit is asked first, unless it lies in the next CTB row
/// (whose motion a decoder need not keep at hand) or outside the picture, then the one in the middle.
#[inline]
pub fn candidate(ctx: &MotionCtx, maps: &CtuMaps, pu: &PuGeometry, list: usize, ref_idx: i8) -> Option<Mv> {
    let field = ctx.col?;
    let at = |x: i32, y: i32| field.at(maps.x0 + 4 * x as u32, maps.y0 + 4 * y as u32);
    let (right, below) = ((pu.x + pu.w) as i32, (pu.y + pu.h) as i32);
    let predict = |col: &ColMotion| from_collocated(ctx, field.poc(), col, list, ref_idx);
    let ctb_units = 1 << (maps.ctb_log2_size - 2);
    let inside = below < ctb_units && below < maps.units_h as i32 && right < maps.units_right as i32;
    if inside && let Some(mv) = at(right, below).and_then(predict) {
        return Some(mv);
    }
    // The middle in samples is x + w / 2; half a unit is lost by the 16x16 rounding anyway.
    at((pu.x + pu.w / 2) as i32, (pu.y + pu.h / 2) as i32).and_then(predict)
}

/// 8.5.3.2.9: the vector for picture `ref_idx` of list `list` that collocated motion `col` of picture
/// `col_poc` suggests.
#[inline]
fn from_collocated(ctx: &MotionCtx, col_poc: i32, col: &ColMotion, list: usize, ref_idx: i8) -> Option<Mv> {
    let slice = ctx.slice;
    let list_col = match (col.uses(0), col.uses(1)) {
        (false, _) => 1,
        (true, false) => 0,
        (true, true) if slice.no_backward_pred() => list,
        (true, true) => slice.collocated_from_l0_flag as usize,
    };
    let long_term = slice.is_long_term(list, ref_idx);
    if long_term != col.is_long_term(list_col) {
        return None;
    }
    let mv = col.mv[list_col];
    let distance_col = col_poc.wrapping_sub(col.ref_poc[list_col]);
    let distance = slice.poc.wrapping_sub(slice.ref_poc(list, ref_idx));
    Some(if long_term { mv } else { scale(mv, distance, distance_col) })
}

/// (8-179) to (8-183): `mv`, which spans `td` pictures, stretched to span `tb`.
///
/// Equal distances leave the vector as it is, and so does `td` = 0, which only a damaged stream has.
#[inline]
pub fn scale(mv: Mv, tb: i32, td: i32) -> Mv {
    if tb == td || td == 0 {
        return mv;
    }
    let (tb, td) = (tb.clamp(-128, 127), td.clamp(-128, 127));
    let tx = (16384 + td.abs() / 2) / td;
    let factor = ((tb * tx + 32) >> 6).clamp(-4096, 4095);
    let component = |v: i16| {
        let product = factor * v as i32;
        let rounded = product.signum() * ((product.abs() + 127) >> 8);
        rounded.clamp(-32768, 32767) as i16
    };
    Mv::new(component(mv.x), component(mv.y))
}
