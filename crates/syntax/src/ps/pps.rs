//! pic_parameter_set_rbsp() (clauses 7.3.2.3 and 7.4.3.3).

use super::pps_extensions::{PpsRangeExtension, PpsSccExtension};
use super::scaling_list::ScalingListData;
use crate::bits::{BitReader, BitWriter};
use crate::error::{Error, Result};

/// Most tile columns or rows accepted; annex A allows 20 and 22.
const MAX_TILES_PER_SIDE: u32 = 1024;

/// What follows tiles_enabled_flag.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tiles {
    /// num_tile_columns_minus1.
    pub num_tile_columns_minus1: u16,
    /// num_tile_rows_minus1.
    pub num_tile_rows_minus1: u16,
    /// column_width_minus1 of all columns but the last; `None` in both lists is uniform_spacing_flag.
    pub column_width_minus1: Option<Vec<u16>>,
    /// row_height_minus1 of all rows but the last; present exactly if the columns are.
    pub row_height_minus1: Option<Vec<u16>>,
    /// loop_filter_across_tiles_enabled_flag.
    pub loop_filter_across_tiles_enabled_flag: bool,
}

impl Tiles {
    /// Uniformly spaced tiles, filtered across; `columns` and `rows` are 1..=1024.
    pub fn uniform(columns: u16, rows: u16) -> Self {
        Self {
            num_tile_columns_minus1: columns.saturating_sub(1),
            num_tile_rows_minus1: rows.saturating_sub(1),
            column_width_minus1: None,
            row_height_minus1: None,
            loop_filter_across_tiles_enabled_flag: true,
        }
    }

    /// uniform_spacing_flag.
    pub const fn uniform_spacing_flag(&self) -> bool {
        self.column_width_minus1.is_none()
    }

    fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        let max = MAX_TILES_PER_SIDE - 1;
        let num_tile_columns_minus1 = r.read_ue_max("num_tile_columns_minus1", max)? as u16;
        let num_tile_rows_minus1 = r.read_ue_max("num_tile_rows_minus1", max)? as u16;
        let uniform_spacing_flag = r.read_flag()?;
        let mut sizes = |element, count| -> Result<Option<Vec<u16>>> {
            if uniform_spacing_flag {
                return Ok(None);
            }
            (0..count)
                .map(|_| Ok(r.read_ue_max(element, u16::MAX.into())? as u16))
                .collect::<Result<_>>()
                .map(Some)
        };
        Ok(Self {
            num_tile_columns_minus1,
            num_tile_rows_minus1,
            column_width_minus1: sizes("column_width_minus1", num_tile_columns_minus1)?,
            row_height_minus1: sizes("row_height_minus1", num_tile_rows_minus1)?,
            loop_filter_across_tiles_enabled_flag: r.read_flag()?,
        })
    }

    fn write(&self, w: &mut BitWriter) {
        w.write_ue(self.num_tile_columns_minus1.into());
        w.write_ue(self.num_tile_rows_minus1.into());
        w.write_flag(self.uniform_spacing_flag());
        for sizes in [&self.column_width_minus1, &self.row_height_minus1] {
            sizes.iter().flatten().for_each(|&v| w.write_ue(v.into()));
        }
        w.write_flag(self.loop_filter_across_tiles_enabled_flag);
    }
}

/// What follows deblocking_filter_control_present_flag. The default is what is inferred when it is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PpsDeblockingControl {
    /// deblocking_filter_override_enabled_flag.
    pub deblocking_filter_override_enabled_flag: bool,
    /// pps_deblocking_filter_disabled_flag.
    pub pps_deblocking_filter_disabled_flag: bool,
    /// pps_beta_offset_div2, -6..=6.
    pub pps_beta_offset_div2: i8,
    /// pps_tc_offset_div2, -6..=6.
    pub pps_tc_offset_div2: i8,
}

impl PpsDeblockingControl {
    fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        let mut control = Self {
            deblocking_filter_override_enabled_flag: r.read_flag()?,
            pps_deblocking_filter_disabled_flag: r.read_flag()?,
            ..Self::default()
        };
        if !control.pps_deblocking_filter_disabled_flag {
            control.pps_beta_offset_div2 = r.read_se8("pps_beta_offset_div2", -6, 6)?;
            control.pps_tc_offset_div2 = r.read_se8("pps_tc_offset_div2", -6, 6)?;
        }
        Ok(control)
    }

    fn write(&self, w: &mut BitWriter) {
        w.write_flag(self.deblocking_filter_override_enabled_flag);
        w.write_flag(self.pps_deblocking_filter_disabled_flag);
        if !self.pps_deblocking_filter_disabled_flag {
            w.write_se(self.pps_beta_offset_div2.into());
            w.write_se(self.pps_tc_offset_div2.into());
        }
    }
}

/// A picture parameter set. Ranges that depend on its SPS are checked by [`PpsDerived`](super::PpsDerived).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pps {
    /// pps_pic_parameter_set_id, 0..=63.
    pub pps_pic_parameter_set_id: u8,
    /// pps_seq_parameter_set_id, 0..=15.
    pub pps_seq_parameter_set_id: u8,
    /// dependent_slice_segments_enabled_flag.
    pub dependent_slice_segments_enabled_flag: bool,
    /// output_flag_present_flag.
    pub output_flag_present_flag: bool,
    /// num_extra_slice_header_bits, 0..=7.
    pub num_extra_slice_header_bits: u8,
    /// sign_data_hiding_enabled_flag.
    pub sign_data_hiding_enabled_flag: bool,
    /// cabac_init_present_flag.
    pub cabac_init_present_flag: bool,
    /// num_ref_idx_l0_default_active_minus1, 0..=14.
    pub num_ref_idx_l0_default_active_minus1: u8,
    /// num_ref_idx_l1_default_active_minus1, 0..=14.
    pub num_ref_idx_l1_default_active_minus1: u8,
    /// init_qp_minus26, -(26 + QpBdOffsetY)..=25.
    pub init_qp_minus26: i8,
    /// constrained_intra_pred_flag.
    pub constrained_intra_pred_flag: bool,
    /// transform_skip_enabled_flag.
    pub transform_skip_enabled_flag: bool,
    /// cu_qp_delta_enabled_flag.
    pub cu_qp_delta_enabled_flag: bool,
    /// diff_cu_qp_delta_depth, 0..=3; 0 without cu_qp_delta_enabled_flag.
    pub diff_cu_qp_delta_depth: u8,
    /// pps_cb_qp_offset, -12..=12.
    pub pps_cb_qp_offset: i8,
    /// pps_cr_qp_offset, -12..=12.
    pub pps_cr_qp_offset: i8,
    /// pps_slice_chroma_qp_offsets_present_flag.
    pub pps_slice_chroma_qp_offsets_present_flag: bool,
    /// weighted_pred_flag.
    pub weighted_pred_flag: bool,
    /// weighted_bipred_flag.
    pub weighted_bipred_flag: bool,
    /// transquant_bypass_enabled_flag.
    pub transquant_bypass_enabled_flag: bool,
    /// Tiles, if tiles_enabled_flag.
    pub tiles: Option<Tiles>,
    /// entropy_coding_sync_enabled_flag.
    pub entropy_coding_sync_enabled_flag: bool,
    /// pps_loop_filter_across_slices_enabled_flag.
    pub pps_loop_filter_across_slices_enabled_flag: bool,
    /// deblocking_filter_control_present_flag as read; writing also sets it if the control is not all default.
    pub deblocking_filter_control_present_flag: bool,
    /// Deblocking control; all default without the flag.
    pub deblocking: PpsDeblockingControl,
    /// scaling_list_data(), if pps_scaling_list_data_present_flag.
    pub scaling_list_data: Option<Box<ScalingListData>>,
    /// lists_modification_present_flag.
    pub lists_modification_present_flag: bool,
    /// log2_parallel_merge_level_minus2, 0..=4.
    pub log2_parallel_merge_level_minus2: u8,
    /// slice_segment_header_extension_present_flag.
    pub slice_segment_header_extension_present_flag: bool,
    /// pps_range_extension_flag as read; writing also sets it if the extension is not all default.
    pub pps_range_extension_flag: bool,
    /// pps_range_extension().
    pub range_extension: PpsRangeExtension,
    /// pps_scc_extension_flag as read; writing also sets it if the extension is not all default.
    pub pps_scc_extension_flag: bool,
    /// pps_scc_extension().
    pub scc_extension: PpsSccExtension,
    /// Whether there was extension data this library does not keep: multilayer or 3D extension,
    /// pps_extension_4bits, or a pps_extension_present_flag with nothing behind it. Writing leaves it out.
    pub has_ignored_extension_data: bool,
}

impl Default for Pps {
    /// QP 26, one reference per list, CU QP deltas off, no tiles, filtering across slices.
    fn default() -> Self {
        Self {
            pps_pic_parameter_set_id: 0,
            pps_seq_parameter_set_id: 0,
            dependent_slice_segments_enabled_flag: false,
            output_flag_present_flag: false,
            num_extra_slice_header_bits: 0,
            sign_data_hiding_enabled_flag: false,
            cabac_init_present_flag: false,
            num_ref_idx_l0_default_active_minus1: 0,
            num_ref_idx_l1_default_active_minus1: 0,
            init_qp_minus26: 0,
            constrained_intra_pred_flag: false,
            transform_skip_enabled_flag: false,
            cu_qp_delta_enabled_flag: false,
            diff_cu_qp_delta_depth: 0,
            pps_cb_qp_offset: 0,
            pps_cr_qp_offset: 0,
            pps_slice_chroma_qp_offsets_present_flag: false,
            weighted_pred_flag: false,
            weighted_bipred_flag: false,
            transquant_bypass_enabled_flag: false,
            tiles: None,
            entropy_coding_sync_enabled_flag: false,
            pps_loop_filter_across_slices_enabled_flag: true,
            deblocking_filter_control_present_flag: false,
            deblocking: PpsDeblockingControl::default(),
            scaling_list_data: None,
            lists_modification_present_flag: false,
            log2_parallel_merge_level_minus2: 0,
            slice_segment_header_extension_present_flag: false,
            pps_range_extension_flag: false,
            range_extension: PpsRangeExtension::default(),
            pps_scc_extension_flag: false,
            scc_extension: PpsSccExtension::default(),
            has_ignored_extension_data: false,
        }
    }
}

impl Pps {
    /// tiles_enabled_flag.
    #[inline]
    pub const fn tiles_enabled_flag(&self) -> bool {
        self.tiles.is_some()
    }

    /// loop_filter_across_tiles_enabled_flag; 1 without tiles.
    #[inline]
    pub fn loop_filter_across_tiles_enabled_flag(&self) -> bool {
        self.tiles.as_ref().is_none_or(|t| t.loop_filter_across_tiles_enabled_flag)
    }

    /// num_tile_columns_minus1 + 1.
    #[inline]
    pub fn num_tile_columns(&self) -> u32 {
        self.tiles.as_ref().map_or(1, |t| u32::from(t.num_tile_columns_minus1) + 1)
    }

    /// num_tile_rows_minus1 + 1.
    #[inline]
    pub fn num_tile_rows(&self) -> u32 {
        self.tiles.as_ref().map_or(1, |t| u32::from(t.num_tile_rows_minus1) + 1)
    }

    /// `Log2ParMrgLevel`, 2..=6.
    #[inline]
    pub const fn log2_par_mrg_level(&self) -> u32 {
        self.log2_parallel_merge_level_minus2 as u32 + 2
    }

    /// `Log2MaxTransformSkipSize`, 2..=5; larger than any transform block in some streams.
    #[inline]
    pub const fn log2_max_transform_skip_size(&self) -> u32 {
        self.range_extension.log2_max_transform_skip_block_size_minus2 as u32 + 2
    }

    /// 7.3.2.3: reads the RBSP of a PPS NAL unit.
    ///
    /// # Errors
    /// If the data ends early or an element is out of range.
    pub fn parse(rbsp: &[u8]) -> Result<Self> {
        let r = &mut BitReader::named(rbsp, "pic_parameter_set_rbsp");
        let mut pps = Self {
            pps_pic_parameter_set_id: r.read_ue8("pps_pic_parameter_set_id", 63)?,
            pps_seq_parameter_set_id: r.read_ue8("pps_seq_parameter_set_id", 15)?,
            dependent_slice_segments_enabled_flag: r.read_flag()?,
            output_flag_present_flag: r.read_flag()?,
            num_extra_slice_header_bits: r.read_u8(3)?,
            sign_data_hiding_enabled_flag: r.read_flag()?,
            cabac_init_present_flag: r.read_flag()?,
            num_ref_idx_l0_default_active_minus1: r.read_ue8("num_ref_idx_l0_default_active_minus1", 14)?,
            num_ref_idx_l1_default_active_minus1: r.read_ue8("num_ref_idx_l1_default_active_minus1", 14)?,
            init_qp_minus26: r.read_se8("init_qp_minus26", -(26 + 48), 25)?,
            constrained_intra_pred_flag: r.read_flag()?,
            transform_skip_enabled_flag: r.read_flag()?,
            cu_qp_delta_enabled_flag: r.read_flag()?,
            ..Self::default()
        };
        if pps.cu_qp_delta_enabled_flag {
            pps.diff_cu_qp_delta_depth = r.read_ue8("diff_cu_qp_delta_depth", 3)?;
        }
        pps.pps_cb_qp_offset = r.read_se8("pps_cb_qp_offset", -12, 12)?;
        pps.pps_cr_qp_offset = r.read_se8("pps_cr_qp_offset", -12, 12)?;
        pps.pps_slice_chroma_qp_offsets_present_flag = r.read_flag()?;
        pps.weighted_pred_flag = r.read_flag()?;
        pps.weighted_bipred_flag = r.read_flag()?;
        pps.transquant_bypass_enabled_flag = r.read_flag()?;
        let tiles_enabled_flag = r.read_flag()?;
        pps.entropy_coding_sync_enabled_flag = r.read_flag()?;
        pps.tiles = if tiles_enabled_flag { Some(Tiles::parse(r)?) } else { None };
        pps.pps_loop_filter_across_slices_enabled_flag = r.read_flag()?;
        pps.deblocking_filter_control_present_flag = r.read_flag()?;
        if pps.deblocking_filter_control_present_flag {
            pps.deblocking = PpsDeblockingControl::parse(r)?;
        }
        pps.scaling_list_data =
            if r.read_flag()? { Some(Box::new(ScalingListData::parse(r)?)) } else { None };
        pps.lists_modification_present_flag = r.read_flag()?;
        pps.log2_parallel_merge_level_minus2 = r.read_ue8("log2_parallel_merge_level_minus2", 4)?;
        pps.slice_segment_header_extension_present_flag = r.read_flag()?;
        pps.parse_extensions(r)?;
        Ok(pps)
    }

    fn parse_extensions(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        if !r.read_flag()? {
            return Ok(());
        }
        self.pps_range_extension_flag = r.read_flag()?;
        let pps_multilayer_extension_flag = r.read_flag()?;
        let pps_3d_extension_flag = r.read_flag()?;
        self.pps_scc_extension_flag = r.read_flag()?;
        let pps_extension_4bits = r.read_bits(4)?;
        let unknown = pps_multilayer_extension_flag || pps_3d_extension_flag;
        self.has_ignored_extension_data = unknown
            || pps_extension_4bits != 0
            || !(self.pps_range_extension_flag || self.pps_scc_extension_flag);
        if self.pps_range_extension_flag {
            self.range_extension = PpsRangeExtension::parse(r, self.transform_skip_enabled_flag)?;
        }
        if self.pps_scc_extension_flag {
            if unknown {
                let feature =
                    "multilayer or 3D extension together with the screen content extension in one PPS";
                return Err(Error::Unsupported { feature });
            }
            self.scc_extension = PpsSccExtension::parse(r)?;
        }
        Ok(())
    }

    /// 7.3.2.3: writes the RBSP, trailing bits included.
    pub fn write(&self, w: &mut BitWriter) {
        w.write_ue(self.pps_pic_parameter_set_id.into());
        w.write_ue(self.pps_seq_parameter_set_id.into());
        w.write_flag(self.dependent_slice_segments_enabled_flag);
        w.write_flag(self.output_flag_present_flag);
        w.write_bits(self.num_extra_slice_header_bits.into(), 3);
        w.write_flag(self.sign_data_hiding_enabled_flag);
        w.write_flag(self.cabac_init_present_flag);
        w.write_ue(self.num_ref_idx_l0_default_active_minus1.into());
        w.write_ue(self.num_ref_idx_l1_default_active_minus1.into());
        w.write_se(self.init_qp_minus26.into());
        w.write_flag(self.constrained_intra_pred_flag);
        w.write_flag(self.transform_skip_enabled_flag);
        w.write_flag(self.cu_qp_delta_enabled_flag);
        if self.cu_qp_delta_enabled_flag {
            w.write_ue(self.diff_cu_qp_delta_depth.into());
        }
        w.write_se(self.pps_cb_qp_offset.into());
        w.write_se(self.pps_cr_qp_offset.into());
        w.write_flag(self.pps_slice_chroma_qp_offsets_present_flag);
        w.write_flag(self.weighted_pred_flag);
        w.write_flag(self.weighted_bipred_flag);
        w.write_flag(self.transquant_bypass_enabled_flag);
        w.write_flag(self.tiles_enabled_flag());
        w.write_flag(self.entropy_coding_sync_enabled_flag);
        if let Some(tiles) = &self.tiles {
            tiles.write(w);
        }
        w.write_flag(self.pps_loop_filter_across_slices_enabled_flag);
        let control =
            self.deblocking_filter_control_present_flag || self.deblocking != PpsDeblockingControl::default();
        w.write_flag(control);
        if control {
            self.deblocking.write(w);
        }
        w.write_flag(self.scaling_list_data.is_some());
        if let Some(data) = &self.scaling_list_data {
            data.write(w);
        }
        w.write_flag(self.lists_modification_present_flag);
        w.write_ue(self.log2_parallel_merge_level_minus2.into());
        w.write_flag(self.slice_segment_header_extension_present_flag);
        self.write_extensions(w);
        w.write_trailing_bits();
    }

    fn write_extensions(&self, w: &mut BitWriter) {
        let range = self.pps_range_extension_flag || self.range_extension != PpsRangeExtension::default();
        let scc = self.pps_scc_extension_flag || self.scc_extension != PpsSccExtension::default();
        w.write_flag(range || scc);
        if range || scc {
            w.write_flag(range);
            w.write_bits(0, 2); // pps_multilayer_extension_flag, pps_3d_extension_flag
            w.write_flag(scc);
            w.write_bits(0, 4); // pps_extension_4bits
        }
        if range {
            self.range_extension.write(w, self.transform_skip_enabled_flag);
        }
        if scc {
            self.scc_extension.write(w);
        }
    }

    /// The RBSP as bytes.
    pub fn to_rbsp(&self) -> Vec<u8> {
        let mut w = BitWriter::new();
        self.write(&mut w);
        w.into_bytes()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::ps::pps_extensions::tests::{range_extension, scc_extension};
    use crate::ps::scaling_list::tests::scaling_list_data;
    use proptest::option::of;
    use proptest::prelude::*;

    fn tiles() -> impl Strategy<Value = Tiles> {
        let sizes = || prop::collection::vec(0u16..10, 0..6);
        (sizes(), sizes(), any::<[bool; 2]>()).prop_map(|(columns, rows, flags)| Tiles {
            num_tile_columns_minus1: columns.len() as u16,
            num_tile_rows_minus1: rows.len() as u16,
            column_width_minus1: (!flags[0]).then_some(columns),
            row_height_minus1: (!flags[0]).then_some(rows),
            loop_filter_across_tiles_enabled_flag: flags[1],
        })
    }

    fn deblocking() -> impl Strategy<Value = PpsDeblockingControl> {
        (any::<[bool; 2]>(), -6i8..=6, -6i8..=6).prop_map(|(flags, beta, tc)| PpsDeblockingControl {
            deblocking_filter_override_enabled_flag: flags[0],
            pps_deblocking_filter_disabled_flag: flags[1],
            pps_beta_offset_div2: if flags[1] { 0 } else { beta },
            pps_tc_offset_div2: if flags[1] { 0 } else { tc },
        })
    }

    /// Any PPS; it need not fit any particular SPS.
    pub(crate) fn pps() -> impl Strategy<Value = Pps> {
        let flags = any::<[bool; 16]>();
        let numbers = (0u8..64, 0u8..16, 0u8..8, 0u8..15, 0u8..15, -74i8..=25, of(0u8..4));
        let parts = (of(tiles()), of(deblocking()), of(scaling_list_data()), -12i8..=12, -12i8..=12, 0u8..5);
        (flags, numbers, parts, any::<[bool; 2]>(), of(range_extension()), of(scc_extension())).prop_map(
            |(f, n, (tiles, deblocking, lists, cb, cr, merge), forced, range, scc)| {
                let mut range = range.unwrap_or_default();
                if !f[5] {
                    range.log2_max_transform_skip_block_size_minus2 = 0;
                }
                Pps {
                    pps_pic_parameter_set_id: n.0,
                    pps_seq_parameter_set_id: n.1,
                    dependent_slice_segments_enabled_flag: f[0],
                    output_flag_present_flag: f[1],
                    num_extra_slice_header_bits: n.2,
                    sign_data_hiding_enabled_flag: f[2],
                    cabac_init_present_flag: f[3],
                    num_ref_idx_l0_default_active_minus1: n.3,
                    num_ref_idx_l1_default_active_minus1: n.4,
                    init_qp_minus26: n.5,
                    constrained_intra_pred_flag: f[4],
                    transform_skip_enabled_flag: f[5],
                    cu_qp_delta_enabled_flag: n.6.is_some(),
                    diff_cu_qp_delta_depth: n.6.unwrap_or(0),
                    pps_cb_qp_offset: cb,
                    pps_cr_qp_offset: cr,
                    pps_slice_chroma_qp_offsets_present_flag: f[6],
                    weighted_pred_flag: f[7],
                    weighted_bipred_flag: f[8],
                    transquant_bypass_enabled_flag: f[9],
                    tiles,
                    entropy_coding_sync_enabled_flag: f[10],
                    pps_loop_filter_across_slices_enabled_flag: f[11],
                    deblocking_filter_control_present_flag: deblocking.is_some(),
                    deblocking: deblocking.unwrap_or_default(),
                    scaling_list_data: lists.map(Box::new),
                    lists_modification_present_flag: f[12],
                    log2_parallel_merge_level_minus2: merge,
                    slice_segment_header_extension_present_flag: f[13],
                    pps_range_extension_flag: forced[0] || range != PpsRangeExtension::default(),
                    range_extension: range,
                    pps_scc_extension_flag: forced[1]
                        || scc.as_ref().is_some_and(|s| *s != PpsSccExtension::default()),
                    scc_extension: scc.unwrap_or_default(),
                    has_ignored_extension_data: false,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn round_trip(pps in pps()) {
            prop_assert_eq!(Pps::parse(&pps.to_rbsp()).unwrap(), pps);
        }

        #[test]
        fn damaged_sets_parse_or_fail(pps in pps(), flips in prop::collection::vec(any::<prop::sample::Index>(), 1..6)) {
            let mut rbsp = pps.to_rbsp();
            for flip in flips {
                let bit = flip.index(rbsp.len() * 8);
                rbsp[bit / 8] ^= 1 << (bit % 8);
            }
            let sps = crate::ps::Sps { pic_width_in_luma_samples: 416, pic_height_in_luma_samples: 240, ..Default::default() };
            if let Ok(pps) = Pps::parse(&rbsp) {
                let _ = crate::ps::PpsDerived::new(&sps, &pps);
            }
        }
    }
}
