//! scaling_list_data() (clauses 7.3.4 and 7.4.5) and the scaling factors m\[x\]\[y\] it stands for.

use crate::bits::{BitReader, BitWriter};
use crate::error::Result;

/// How one list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScalingListCoding {
    /// scaling_list_pred_mode_flag 0: a copy. The value is scaling_list_pred_matrix_id_delta; 0 copies the
    /// default list, n the list n places before (3n matrices before for 32x32).
    Copied(u8),
    /// scaling_list_pred_mode_flag 1: coefficient by coefficient.
    Explicit,
}

/// One scaling list: up to 8x8 coefficients and a DC coefficient for the sizes above that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScalingList {
    /// ScalingList in up-right diagonal order; the first 16 count for 4x4.
    pub coefs: [u8; 64],
    /// scaling_list_dc_coef_minus8 + 8; counts for 16x16 and 32x32.
    pub dc: u8,
    /// How the list is written.
    pub coding: ScalingListCoding,
}

/// Table 7-6, matrixId 0..=2, in up-right diagonal order.
const DEFAULT_INTRA: [u8; 64] = [
    16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, 16, 17, 16, 17, 18, //
    17, 18, 18, 17, 18, 21, 19, 20, 21, 20, 19, 21, 24, 22, 22, 24, //
    24, 22, 22, 24, 25, 25, 27, 30, 27, 25, 25, 29, 31, 35, 35, 31, //
    29, 36, 41, 44, 41, 36, 47, 54, 54, 47, 65, 70, 65, 88, 88, 115,
];

/// Table 7-6, matrixId 3..=5, in up-right diagonal order.
const DEFAULT_INTER: [u8; 64] = [
    16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 18, //
    18, 18, 18, 18, 18, 20, 20, 20, 20, 20, 20, 20, 24, 24, 24, 24, //
    24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 28, 28, 28, 28, 28, //
    28, 33, 33, 33, 33, 33, 41, 41, 41, 41, 54, 54, 54, 71, 71, 91,
];

impl ScalingList {
    /// The default list of tables 7-5 and 7-6.
    pub const fn default_for(size_id: usize, matrix_id: usize) -> Self {
        let coefs = match (size_id, matrix_id) {
            (0, _) => [16; 64],
            (_, 0..=2) => DEFAULT_INTRA,
            _ => DEFAULT_INTER,
        };
        Self { coefs, dc: 16, coding: ScalingListCoding::Copied(0) }
    }
}

/// scaling_list_data(): lists for sizeId 0..=3 (4x4 to 32x32) and matrixId 0..=5 (intra Y, Cb, Cr, inter Y,
/// Cb, Cr). For 32x32 only matrixId 0 and 3 are written; [`ScalingFactors`] derives the others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScalingListData {
    /// The lists by sizeId and matrixId.
    pub lists: [[ScalingList; 6]; 4],
}

impl Default for ScalingListData {
    /// The default lists (tables 7-5 and 7-6).
    fn default() -> Self {
        Self { lists: std::array::from_fn(|s| std::array::from_fn(|m| ScalingList::default_for(s, m))) }
    }
}

/// Distance between the matrices that are written: for 32x32, luma only.
const fn matrix_step(size_id: usize) -> usize {
    if size_id == 3 { 3 } else { 1 }
}

impl ScalingListData {
    /// 7.3.4.
    ///
    /// # Errors
    /// If the data ends early or an element is out of range.
    pub(crate) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        let mut data = Self::default();
        for size_id in 0..4 {
            let step = matrix_step(size_id);
            for matrix_id in (0..6).step_by(step) {
                data.lists[size_id][matrix_id] = if r.read_flag()? {
                    parse_coefs(r, size_id)?
                } else {
                    let max = (matrix_id / step) as u8;
                    let delta = r.read_ue8("scaling_list_pred_matrix_id_delta", max)?;
                    let source = match delta {
                        0 => ScalingList::default_for(size_id, matrix_id),
                        _ => data.lists[size_id][matrix_id - usize::from(delta) * step],
                    };
                    ScalingList { coding: ScalingListCoding::Copied(delta), ..source }
                };
            }
        }
        Ok(data)
    }

    /// 7.3.4.
    pub(crate) fn write(&self, w: &mut BitWriter) {
        for size_id in 0..4 {
            for matrix_id in (0..6).step_by(matrix_step(size_id)) {
                let list = &self.lists[size_id][matrix_id];
                w.write_flag(list.coding == ScalingListCoding::Explicit);
                match list.coding {
                    ScalingListCoding::Copied(delta) => w.write_ue(delta.into()),
                    ScalingListCoding::Explicit => write_coefs(w, size_id, list),
                }
            }
        }
    }
}

/// Number of coefficients written for a size (coefNum).
const fn coef_num(size_id: usize) -> usize {
    if size_id == 0 { 16 } else { 64 }
}

fn parse_coefs(r: &mut BitReader<'_>, size_id: usize) -> Result<ScalingList> {
    let mut list = ScalingList { coefs: [16; 64], dc: 16, coding: ScalingListCoding::Explicit };
    let mut next_coef = 8u8;
    if size_id > 1 {
        next_coef = (r.read_se_range("scaling_list_dc_coef_minus8", -7, 247)? + 8) as u8;
        list.dc = next_coef;
    }
    for coef in &mut list.coefs[..coef_num(size_id)] {
        next_coef = next_coef.wrapping_add_signed(r.read_se8("scaling_list_delta_coef", -128, 127)?);
        *coef = next_coef;
    }
    Ok(list)
}

fn write_coefs(w: &mut BitWriter, size_id: usize, list: &ScalingList) {
    let mut previous = 8u8;
    if size_id > 1 {
        w.write_se(i32::from(list.dc) - 8);
        previous = list.dc;
    }
    for &coef in &list.coefs[..coef_num(size_id)] {
        w.write_se(i32::from(coef.wrapping_sub(previous) as i8));
        previous = coef;
    }
}

/// ScalingFactor: the scaling factors m of every transform size and matrix, ready for use.
///
/// Each table is in raster order: the factor of the coefficient in column x, row y is at y * nTbS + x.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScalingFactors {
    size4: [[u8; 16]; 6],
    size8: [[u8; 64]; 6],
    size16: [[u8; 256]; 6],
    size32: [[u8; 1024]; 6],
}

impl ScalingFactors {
    /// 7.4.5: expands the lists. The chroma factors of 32x32 blocks, which only 4:4:4 has, come from the
    /// 16x16 lists.
    pub fn new(data: &ScalingListData) -> Self {
        let lists = &data.lists;
        let list32 = |m: usize| if m.is_multiple_of(3) { &lists[3][m] } else { &lists[2][m] };
        Self {
            size4: std::array::from_fn(|m| expand::<16>(&lists[0][m], 4, false)),
            size8: std::array::from_fn(|m| expand::<64>(&lists[1][m], 8, false)),
            size16: std::array::from_fn(|m| expand::<256>(&lists[2][m], 16, true)),
            size32: std::array::from_fn(|m| expand::<1024>(list32(m), 32, true)),
        }
    }

    /// The factors for blocks of 2^`log2_size` samples (2..=5) and `matrix_id` 0..=5: intra Y, Cb, Cr, inter
    /// Y, Cb, Cr. Raster order.
    ///
    /// # Panics
    /// If an argument is out of range.
    #[inline]
    pub fn get(&self, log2_size: u32, matrix_id: usize) -> &[u8] {
        match log2_size {
            2 => &self.size4[matrix_id],
            3 => &self.size8[matrix_id],
            4 => &self.size16[matrix_id],
            5 => &self.size32[matrix_id],
            _ => panic!("transform blocks are 4x4 to 32x32, not 2^{log2_size}"),
        }
    }
}

/// Positions (x, y) of an N x N block in up-right diagonal order (clause 6.5.3): each anti-diagonal from its
/// lower left end upwards.
fn up_right_diagonal(size: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..2 * size - 1).flat_map(move |sum| {
        let first = (sum + 1).saturating_sub(size);
        (first..=sum.min(size - 1)).map(move |x| (x, sum - x))
    })
}

/// Repeats the list (4x4 for size 4, else 8x8) over a block of `size` x `size` = `N` coefficients.
fn expand<const N: usize>(list: &ScalingList, size: usize, has_dc: bool) -> [u8; N] {
    let list_size = size.min(8);
    let repeat = size / list_size;
    let mut factors = [0; N];
    for ((x, y), &coef) in up_right_diagonal(list_size).zip(&list.coefs) {
        for row in y * repeat..(y + 1) * repeat {
            factors[row * size + x * repeat..][..repeat].fill(coef);
        }
    }
    if has_dc {
        factors[0] = list.dc;
    }
    factors
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list() -> impl Strategy<Value = (Option<u8>, Vec<u8>, u8)> {
        (prop::option::of(0u8..6), prop::collection::vec(1u8..=255, 64), 1u8..=255)
    }

    pub(crate) fn scaling_list_data() -> impl Strategy<Value = ScalingListData> {
        prop::collection::vec(list(), 24).prop_map(|given| {
            let mut data = ScalingListData::default();
            for size_id in 0..4 {
                let step = matrix_step(size_id);
                for matrix_id in (0..6).step_by(step) {
                    let (copied, coefs, dc) = &given[size_id * 6 + matrix_id];
                    let list = match *copied {
                        Some(delta) => {
                            let delta = delta.min((matrix_id / step) as u8);
                            let source = match delta {
                                0 => ScalingList::default_for(size_id, matrix_id),
                                _ => data.lists[size_id][matrix_id - usize::from(delta) * step],
                            };
                            ScalingList { coding: ScalingListCoding::Copied(delta), ..source }
                        }
                        None => {
                            let mut list =
                                ScalingList { coefs: [16; 64], dc: 16, coding: ScalingListCoding::Explicit };
                            list.coefs[..coef_num(size_id)].copy_from_slice(&coefs[..coef_num(size_id)]);
                            if size_id > 1 {
                                list.dc = *dc;
                            }
                            list
                        }
                    };
                    data.lists[size_id][matrix_id] = list;
                }
            }
            data
        })
    }

    proptest! {
        #[test]
        fn round_trip(data in scaling_list_data()) {
            let mut w = BitWriter::new();
            data.write(&mut w);
            let bits = w.bit_len();
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            prop_assert_eq!(ScalingListData::parse(&mut r).unwrap(), data);
            prop_assert_eq!(r.bit_position(), bits);
        }

        #[test]
        fn factors_follow_the_lists(data in scaling_list_data(), x in 0usize..32, y in 0usize..32, m in 0usize..6) {
            let factors = ScalingFactors::new(&data);
            let at = |list: &ScalingList, x: usize, y: usize| {
                let i = up_right_diagonal(8).position(|p| p == (x, y)).unwrap();
                list.coefs[i]
            };
            let want = |list: &ScalingList, shift: u32| match (x, y) {
                (0, 0) => list.dc,
                _ => at(list, x >> shift, y >> shift),
            };
            prop_assert_eq!(factors.get(5, m)[y * 32 + x], want(&data.lists[if m % 3 == 0 { 3 } else { 2 }][m], 2));
            if x < 16 && y < 16 {
                prop_assert_eq!(factors.get(4, m)[y * 16 + x], want(&data.lists[2][m], 1));
            }
            if x < 8 && y < 8 {
                prop_assert_eq!(factors.get(3, m)[y * 8 + x], at(&data.lists[1][m], x, y));
            }
        }
    }

    #[test]
    fn diagonal_order_of_4x4() {
        let order: Vec<_> = up_right_diagonal(4).take(7).collect();
        assert_eq!(order, [(0, 0), (0, 1), (1, 0), (0, 2), (1, 1), (2, 0), (0, 3)]);
        assert_eq!(up_right_diagonal(8).count(), 64);
    }

    #[test]
    fn default_factors() {
        let factors = ScalingFactors::new(&ScalingListData::default());
        assert!(factors.get(2, 0).iter().all(|&m| m == 16));
        assert_eq!(factors.get(3, 0)[63], 115);
        assert_eq!(factors.get(5, 5)[1023], 91);
        // Row 4 of the 8x8 intra matrix, which is symmetric.
        assert_eq!(factors.get(3, 0)[32..40], [17, 17, 20, 24, 30, 35, 41, 47]);
        assert!((0..64).all(|i| factors.get(3, 0)[i] == factors.get(3, 0)[i % 8 * 8 + i / 8]));
    }
}
