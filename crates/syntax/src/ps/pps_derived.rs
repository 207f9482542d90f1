//! What a PPS means together with its SPS: tile geometry and CTB order (clause 6.5.1), scaling factors
//! (clause 7.4.5), and the range checks that need both.

use super::pps::{Pps, Tiles};
use super::scaling_list::{ScalingFactors, ScalingListData};
use super::sps::Sps;
use crate::error::{Error, Result, in_range};

/// Variables derived from a PPS and its SPS, computed once when the pair is activated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PpsDerived {
    /// `colBd`: first CTB column of each tile column, then PicWidthInCtbsY.
    pub col_bd: Vec<u32>,
    /// `rowBd`: first CTB row of each tile row, then PicHeightInCtbsY.
    pub row_bd: Vec<u32>,
    /// `CtbAddrRsToTs`: raster scan to tile scan address.
    pub ctb_addr_rs_to_ts: Vec<u32>,
    /// `CtbAddrTsToRs`: tile scan to raster scan address.
    pub ctb_addr_ts_to_rs: Vec<u32>,
    /// `TileId` by tile scan address.
    pub tile_id: Vec<u32>,
    /// `TileId` by raster scan address.
    pub tile_id_rs: Vec<u32>,
    /// `ScalingFactor`, if scaling_list_enabled_flag; else every factor is 16.
    pub scaling_factors: Option<ScalingFactors>,
}

/// 6.5.1: boundaries of `count` tiles along a side of `size` CTBs; `explicit` are the sizes minus 1 of all but
/// the last.
fn boundaries(element: &'static str, size: u32, count: u32, explicit: Option<&[u16]>) -> Result<Vec<u32>> {
    in_range(element, count.into(), 1, size.into())?;
    let Some(explicit) = explicit else {
        return Ok((0..=count).map(|i| (u64::from(i) * u64::from(size) / u64::from(count)) as u32).collect());
    };
    if explicit.len() as u32 + 1 != count {
        return Err(Error::Malformed { element, what: "does not match the number of explicit sizes" });
    }
    let mut bd = Vec::with_capacity(count as usize + 1);
    let mut next = 0;
    bd.push(next);
    for &minus1 in explicit {
        next += u32::from(minus1) + 1;
        if next >= size {
            return Err(Error::Malformed { element, what: "the tiles exceed the picture" });
        }
        bd.push(next);
    }
    bd.push(size);
    Ok(bd)
}

impl PpsDerived {
    /// Checks `pps` against `sps` and derives.
    ///
    /// # Errors
    /// If a value of the PPS is out of the range the SPS leaves.
    pub fn new(sps: &Sps, pps: &Pps) -> Result<Self> {
        check(sps, pps)?;
        let (width, height) = (sps.pic_width_in_ctbs(), sps.pic_height_in_ctbs());
        let explicit =
            |list: fn(&Tiles) -> &Option<Vec<u16>>| pps.tiles.as_ref().and_then(|t| list(t).as_deref());
        let columns = explicit(|t| &t.column_width_minus1);
        let rows = explicit(|t| &t.row_height_minus1);
        let col_bd = boundaries("num_tile_columns", width, pps.num_tile_columns(), columns)?;
        let row_bd = boundaries("num_tile_rows", height, pps.num_tile_rows(), rows)?;
        let mut derived = Self {
            col_bd,
            row_bd,
            ctb_addr_rs_to_ts: vec![0; (width * height) as usize],
            ctb_addr_ts_to_rs: Vec::with_capacity((width * height) as usize),
            tile_id: Vec::with_capacity((width * height) as usize),
            tile_id_rs: vec![0; (width * height) as usize],
            scaling_factors: scaling_factors(sps, pps),
        };
        derived.number_ctbs(width);
        Ok(derived)
    }

    /// 6.5.1: walks the CTBs in tile scan.
    fn number_ctbs(&mut self, width: u32) {
        let mut id = 0;
        for rows in self.row_bd.windows(2) {
            for cols in self.col_bd.windows(2) {
                for y in rows[0]..rows[1] {
                    for x in cols[0]..cols[1] {
                        let rs = y * width + x;
                        self.ctb_addr_rs_to_ts[rs as usize] = self.ctb_addr_ts_to_rs.len() as u32;
                        self.tile_id_rs[rs as usize] = id;
                        self.ctb_addr_ts_to_rs.push(rs);
                        self.tile_id.push(id);
                    }
                }
                id += 1;
            }
        }
    }

    /// Whether the CTB at tile scan address `ctb_addr_ts` is the first of its tile; false past the picture.
    pub fn is_first_ctb_in_tile(&self, ctb_addr_ts: u32) -> bool {
        let at = ctb_addr_ts as usize;
        at < self.tile_id.len() && (at == 0 || self.tile_id[at] != self.tile_id[at - 1])
    }
}

/// The list in force: that of the PPS, else of the SPS, else the default.
fn scaling_factors(sps: &Sps, pps: &Pps) -> Option<ScalingFactors> {
    let given = pps.scaling_list_data.as_deref().or(sps.scaling_list_data.as_deref());
    sps.scaling_list_enabled_flag.then(|| match given {
        Some(data) => ScalingFactors::new(data),
        None => ScalingFactors::new(&ScalingListData::default()),
    })
}

/// Ranges of clause 7.4.3.3 that depend on the SPS.
fn check(sps: &Sps, pps: &Pps) -> Result<()> {
    let ext = &pps.range_extension;
    let max_depth = i64::from(sps.log2_diff_max_min_luma_coding_block_size);
    in_range("init_qp_minus26", pps.init_qp_minus26.into(), i64::from(-26 - sps.qp_bd_offset_luma()), 25)?;
    in_range("diff_cu_qp_delta_depth", pps.diff_cu_qp_delta_depth.into(), 0, max_depth)?;
    in_range("diff_cu_chroma_qp_offset_depth", ext.diff_cu_chroma_qp_offset_depth.into(), 0, max_depth)?;
    in_range("Log2ParMrgLevel", pps.log2_par_mrg_level().into(), 2, sps.ctb_log2_size().into())?;
    let max_scale = |depth: u32| i64::from(depth.saturating_sub(10));
    in_range(
        "log2_sao_offset_scale_luma",
        ext.log2_sao_offset_scale_luma.into(),
        0,
        max_scale(sps.bit_depth_luma()),
    )?;
    in_range(
        "log2_sao_offset_scale_chroma",
        ext.log2_sao_offset_scale_chroma.into(),
        0,
        max_scale(sps.bit_depth_chroma()),
    )?;
    if ext.cross_component_prediction_enabled_flag && sps.chroma_array_type() != 3 {
        let element = "cross_component_prediction_enabled_flag";
        return Err(Error::Malformed { element, what: "is set, but the format is not 4:4:4" });
    }
    if ext.chroma_qp_offset_list_enabled_flag && sps.chroma_array_type() == 0 {
        let element = "chroma_qp_offset_list_enabled_flag";
        return Err(Error::Malformed { element, what: "is set, but there is no chroma" });
    }
    check_scc(sps, pps)
}

/// Ranges of clause 7.4.3.3.3 that depend on the SPS.
fn check_scc(sps: &Sps, pps: &Pps) -> Result<()> {
    let scc = &pps.scc_extension;
    if scc.pps_curr_pic_ref_enabled_flag && !sps.scc_extension.sps_curr_pic_ref_enabled_flag {
        let element = "pps_curr_pic_ref_enabled_flag";
        return Err(Error::Malformed { element, what: "is set, but the SPS does not enable it" });
    }
    if scc.adaptive_colour_transform.is_some() && sps.chroma_array_type() != 3 {
        let element = "residual_adaptive_colour_transform_enabled_flag";
        return Err(Error::Malformed { element, what: "is set, but the format is not 4:4:4" });
    }
    let Some(palette) = &scc.palette_predictor else { return Ok(()) };
    let count = palette.initializers[0].len();
    in_range(
        "pps_num_palette_predictor_initializers",
        count as i64,
        0,
        sps.scc_extension.palette_max_predictor_size().into(),
    )?;
    if count > 0 {
        let depths = [palette.luma_bit_depth_entry_minus8, palette.chroma_bit_depth_entry_minus8];
        let chroma_differs = !palette.monochrome_palette_flag && depths[1] != sps.bit_depth_chroma_minus8;
        if depths[0] != sps.bit_depth_luma_minus8 || chroma_differs {
            let element = "luma_bit_depth_entry_minus8 or chroma_bit_depth_entry_minus8";
            return Err(Error::Malformed { element, what: "differs from the depth of the SPS" });
        }
        if palette.monochrome_palette_flag != (sps.chroma_format_idc == 0) {
            let element = "monochrome_palette_flag";
            return Err(Error::Malformed { element, what: "does not match chroma_format_idc" });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sps(width: u32, height: u32) -> Sps {
        Sps { pic_width_in_luma_samples: width, pic_height_in_luma_samples: height, ..Sps::default() }
    }

    #[test]
    fn uniform_tiles_of_a_small_picture() {
        // 5 x 3 CTBs of 64 in 2 x 2 tiles.
        let pps = Pps { tiles: Some(Tiles::uniform(2, 2)), ..Pps::default() };
        let d = PpsDerived::new(&sps(320, 192), &pps).unwrap();
        assert_eq!((&d.col_bd[..], &d.row_bd[..]), (&[0, 2, 5][..], &[0, 1, 3][..]));
        assert_eq!(d.ctb_addr_ts_to_rs, [0, 1, 2, 3, 4, 5, 6, 10, 11, 7, 8, 9, 12, 13, 14]);
        assert_eq!(d.tile_id, [0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3]);
        assert_eq!(d.tile_id_rs[7], 3);
        let firsts: Vec<_> = (0..16).filter(|&ts| d.is_first_ctb_in_tile(ts)).collect();
        assert_eq!(firsts, [0, 2, 5, 9]);
    }

    proptest! {
        /// The two address maps are inverse permutations and tiles are numbered in order.
        #[test]
        fn maps_are_inverse(width in 1u32..12, height in 1u32..12,
                            columns in prop::collection::vec(0u16..4, 0..4),
                            rows in prop::collection::vec(0u16..4, 0..4), uniform in any::<bool>()) {
            let pps = Pps {
                tiles: Some(Tiles {
                    column_width_minus1: (!uniform).then_some(columns.clone()),
                    row_height_minus1: (!uniform).then_some(rows.clone()),
                    ..Tiles::uniform(columns.len() as u16 + 1, rows.len() as u16 + 1)
                }),
                ..Pps::default()
            };
            let needed = |sizes: &[u16]| {
                sizes.iter().map(|&s| if uniform { 1 } else { u32::from(s) + 1 }).sum::<u32>() + 1
            };
            let fits = needed(&columns) <= width && needed(&rows) <= height;
            let derived = PpsDerived::new(&sps(width * 64 - 8, height * 64), &pps);
            prop_assert_eq!(derived.is_ok(), fits);
            if let Ok(d) = derived {
                prop_assert!((0..width * height).all(|rs| d.ctb_addr_ts_to_rs[d.ctb_addr_rs_to_ts[rs as usize] as usize] == rs));
                prop_assert!(d.tile_id.windows(2).all(|t| t[1] == t[0] || t[1] == t[0] + 1));
                prop_assert_eq!(*d.tile_id.last().unwrap() + 1, pps.num_tile_columns() * pps.num_tile_rows());
            }
        }
    }

    #[test]
    fn values_the_sps_does_not_allow_are_refused() {
        let sps = sps(64, 64);
        let bad = [
            Pps { init_qp_minus26: -27, ..Pps::default() },
            Pps { diff_cu_qp_delta_depth: 4, ..Pps::default() },
            Pps { tiles: Some(Tiles::uniform(2, 1)), ..Pps::default() },
        ];
        assert!(PpsDerived::new(&sps, &Pps::default()).is_ok());
        for pps in bad {
            assert!(PpsDerived::new(&sps, &pps).is_err(), "{pps:?}");
        }
    }

    #[test]
    fn the_pps_list_wins_over_that_of_the_sps() {
        let mut sps = sps(64, 64);
        let mut data = ScalingListData::default();
        data.lists[0][0].coefs[0] = 99;
        let mut pps = Pps { scaling_list_data: Some(Box::new(data.clone())), ..Pps::default() };
        assert!(PpsDerived::new(&sps, &pps).unwrap().scaling_factors.is_none());
        sps.scaling_list_enabled_flag = true;
        data.lists[0][0].coefs[0] = 55;
        sps.scaling_list_data = Some(Box::new(data));
        let first = |pps: &Pps| PpsDerived::new(&sps, pps).unwrap().scaling_factors.unwrap().get(2, 0)[0];
        assert_eq!(first(&pps), 99);
        pps.scaling_list_data = None;
        assert_eq!(first(&pps), 55);
    }
}
