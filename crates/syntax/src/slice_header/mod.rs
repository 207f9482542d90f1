//! slice_segment_header() (clauses 7.3.6.1 and 7.4.7.1).

mod entry_points;
mod long_term;
mod pred_weight_table;
mod ref_list_modification;
#[cfg(test)]
mod tests;

pub use entry_points::EntryPoints;
pub use long_term::{LongTermRefPic, LongTermRefPics};
pub use pred_weight_table::{PredWeight, PredWeightTable, WeightFormat};
pub use ref_list_modification::RefPicListsModification;

use crate::bits::{BitReader, BitWriter, Rbsp};
use crate::error::{Error, Result, in_range};
use crate::nal::NalHeader;
use crate::ps::{MAX_ST_REF_PICS, Pps, ShortTermRefPicSet, Sps};
use ref_list_modification::{MAX_REF_IDX_ACTIVE, refers_to_current_picture};
use std::ops::Range;

/// slice_type (table 7-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SliceType {
    /// Bi-predictive.
    B = 0,
    /// Predictive.
    P = 1,
    /// Intra.
    #[default]
    I = 2,
}

/// How the elements up to the slice address bind a slice segment to its picture; enough to activate
/// parameter sets before the whole header is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceSegmentStart {
    /// first_slice_segment_in_pic_flag.
    pub first_slice_segment_in_pic_flag: bool,
    /// no_output_of_prior_pics_flag; false unless IRAP.
    pub no_output_of_prior_pics_flag: bool,
    /// slice_pic_parameter_set_id, 0..=63.
    pub slice_pic_parameter_set_id: u8,
}

impl SliceSegmentStart {
    /// Reads the beginning of a slice segment's RBSP.
    ///
    /// # Errors
    /// If the data ends early or the PPS id is out of range.
    pub fn parse(rbsp: &[u8], nal: NalHeader) -> Result<Self> {
        Self::read(&mut BitReader::named(rbsp, "slice_segment_header"), nal)
    }

    fn read(r: &mut BitReader<'_>, nal: NalHeader) -> Result<Self> {
        Ok(Self {
            first_slice_segment_in_pic_flag: r.read_flag()?,
            no_output_of_prior_pics_flag: nal.nal_unit_type.is_irap() && r.read_flag()?,
            slice_pic_parameter_set_id: r.read_ue8("slice_pic_parameter_set_id", 63)?,
        })
    }
}

/// A slice segment header. In a dependent slice segment the elements of the preceding independent one are
/// filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceSegmentHeader {
    /// first_slice_segment_in_pic_flag.
    pub first_slice_segment_in_pic_flag: bool,
    /// no_output_of_prior_pics_flag; false unless IRAP.
    pub no_output_of_prior_pics_flag: bool,
    /// slice_pic_parameter_set_id, 0..=63.
    pub slice_pic_parameter_set_id: u8,
    /// dependent_slice_segment_flag.
    pub dependent_slice_segment_flag: bool,
    /// slice_segment_address: first CTB of the segment in raster scan, below PicSizeInCtbsY.
    pub slice_segment_address: u32,
    /// `SliceAddrRs`: first CTB, in raster scan, of the slice the segment belongs to.
    pub slice_addr_rs: u32,
    /// slice_reserved_flag\[i\] in bit i.
    pub slice_reserved_flags: u8,
    /// slice_type.
    pub slice_type: SliceType,
    /// pic_output_flag; true if absent.
    pub pic_output_flag: bool,
    /// colour_plane_id, 0..=2; only with separate colour planes.
    pub colour_plane_id: u8,
    /// slice_pic_order_cnt_lsb, below MaxPicOrderCntLsb; 0 for IDR.
    pub slice_pic_order_cnt_lsb: u32,
    /// short_term_ref_pic_set_sps_flag.
    pub short_term_ref_pic_set_sps_flag: bool,
    /// short_term_ref_pic_set_idx: which set of the SPS, if from there.
    pub short_term_ref_pic_set_idx: u8,
    /// The short-term reference picture set, wherever it comes from; empty for IDR.
    pub short_term_ref_pic_set: ShortTermRefPicSet,
    /// The long-term reference pictures; none for IDR.
    pub long_term_ref_pics: LongTermRefPics,
    /// slice_temporal_mvp_enabled_flag.
    pub slice_temporal_mvp_enabled_flag: bool,
    /// slice_sao_luma_flag.
    pub slice_sao_luma_flag: bool,
    /// slice_sao_chroma_flag.
    pub slice_sao_chroma_flag: bool,
    /// num_ref_idx_active_override_flag.
    pub num_ref_idx_active_override_flag: bool,
    /// num_ref_idx_l0_active_minus1, 0..=14; see [`Self::num_ref_idx_active`].
    pub num_ref_idx_l0_active_minus1: u8,
    /// num_ref_idx_l1_active_minus1, 0..=14; see [`Self::num_ref_idx_active`].
    pub num_ref_idx_l1_active_minus1: u8,
    /// ref_pic_lists_modification().
    pub ref_pic_lists_modification: RefPicListsModification,
    /// mvd_l1_zero_flag.
    pub mvd_l1_zero_flag: bool,
    /// cabac_init_flag.
    pub cabac_init_flag: bool,
    /// collocated_from_l0_flag; true if absent.
    pub collocated_from_l0_flag: bool,
    /// collocated_ref_idx, below the active references of its list.
    pub collocated_ref_idx: u8,
    /// pred_weight_table(), if prediction is explicitly weighted.
    pub pred_weight_table: Option<Box<PredWeightTable>>,
    /// five_minus_max_num_merge_cand, 0..=4.
    pub five_minus_max_num_merge_cand: u8,
    /// use_integer_mv_flag.
    pub use_integer_mv_flag: bool,
    /// slice_qp_delta; SliceQpY is in -QpBdOffsetY..=51.
    pub slice_qp_delta: i8,
    /// slice_cb_qp_offset, -12..=12.
    pub slice_cb_qp_offset: i8,
    /// slice_cr_qp_offset, -12..=12.
    pub slice_cr_qp_offset: i8,
    /// slice_act_y_qp_offset, slice_act_cb_qp_offset and slice_act_cr_qp_offset, -12..=12.
    pub slice_act_qp_offsets: [i8; 3],
    /// cu_chroma_qp_offset_enabled_flag.
    pub cu_chroma_qp_offset_enabled_flag: bool,
    /// deblocking_filter_override_flag.
    pub deblocking_filter_override_flag: bool,
    /// slice_deblocking_filter_disabled_flag; that of the PPS if absent.
    pub slice_deblocking_filter_disabled_flag: bool,
    /// slice_beta_offset_div2, -6..=6; that of the PPS if absent.
    pub slice_beta_offset_div2: i8,
    /// slice_tc_offset_div2, -6..=6; that of the PPS if absent.
    pub slice_tc_offset_div2: i8,
    /// slice_loop_filter_across_slices_enabled_flag; that of the PPS if absent.
    pub slice_loop_filter_across_slices_enabled_flag: bool,
    /// Entry points of this segment.
    pub entry_points: EntryPoints,
    /// slice_segment_header_extension_data_byte of this segment, at most 256.
    pub slice_segment_header_extension: Vec<u8>,
}

impl Default for SliceSegmentHeader {
    /// The only slice of an intra picture, five merge candidates, no filter overrides.
    fn default() -> Self {
        Self {
            first_slice_segment_in_pic_flag: true,
            no_output_of_prior_pics_flag: false,
            slice_pic_parameter_set_id: 0,
            dependent_slice_segment_flag: false,
            slice_segment_address: 0,
            slice_addr_rs: 0,
            slice_reserved_flags: 0,
            slice_type: SliceType::I,
            pic_output_flag: true,
            colour_plane_id: 0,
            slice_pic_order_cnt_lsb: 0,
            short_term_ref_pic_set_sps_flag: false,
            short_term_ref_pic_set_idx: 0,
            short_term_ref_pic_set: ShortTermRefPicSet::default(),
            long_term_ref_pics: LongTermRefPics::default(),
            slice_temporal_mvp_enabled_flag: false,
            slice_sao_luma_flag: false,
            slice_sao_chroma_flag: false,
            num_ref_idx_active_override_flag: false,
            num_ref_idx_l0_active_minus1: 0,
            num_ref_idx_l1_active_minus1: 0,
            ref_pic_lists_modification: RefPicListsModification::default(),
            mvd_l1_zero_flag: false,
            cabac_init_flag: false,
            collocated_from_l0_flag: true,
            collocated_ref_idx: 0,
            pred_weight_table: None,
            five_minus_max_num_merge_cand: 0,
            use_integer_mv_flag: false,
            slice_qp_delta: 0,
            slice_cb_qp_offset: 0,
            slice_cr_qp_offset: 0,
            slice_act_qp_offsets: [0; 3],
            cu_chroma_qp_offset_enabled_flag: false,
            deblocking_filter_override_flag: false,
            slice_deblocking_filter_disabled_flag: false,
            slice_beta_offset_div2: 0,
            slice_tc_offset_div2: 0,
            slice_loop_filter_across_slices_enabled_flag: true,
            entry_points: EntryPoints::default(),
            slice_segment_header_extension: Vec::new(),
        }
    }
}

/// A parsed slice segment NAL unit: its header and where its data lies in the RBSP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceSegment {
    /// The header.
    pub header: SliceSegmentHeader,
    /// Index in the RBSP of the first byte of slice_segment_data().
    pub slice_data_byte_offset: usize,
    /// The substreams as ranges of the RBSP, in decoding order, none empty; the first begins at
    /// `slice_data_byte_offset`, the last ends with the RBSP. Exactly one without entry points.
    ///
    /// Entry points that lie outside the data are left out (some encoders count those of the dependent slice
    /// segments that follow), so there can be fewer substreams than the picture needs. A substream that is
    /// not listed begins where the one before it ends.
    pub substreams: Vec<Range<usize>>,
}

impl SliceSegment {
    /// 7.3.6.1: reads the header of a slice segment. `previous` is the header of the preceding slice segment
    /// of the same picture, needed for dependent slice segments.
    ///
    /// # Errors
    /// If the data ends early, an element is out of range, or a dependent segment has no predecessor.
    pub fn parse(
        rbsp: &Rbsp,
        nal: NalHeader,
        sps: &Sps,
        pps: &Pps,
        previous: Option<&SliceSegmentHeader>,
    ) -> Result<Self> {
        let r = &mut BitReader::named(rbsp.bytes(), "slice_segment_header");
        let header = SliceSegmentHeader::parse(r, nal, sps, pps, previous)?;
        let slice_data_byte_offset = r.byte_position();
        if slice_data_byte_offset >= rbsp.bytes().len() {
            return Err(Error::UnexpectedEnd { structure: "slice_segment_data" });
        }
        let offsets = &header.entry_points.entry_point_offset_minus1;
        let substreams = rbsp.ranges_from_nal_sizes(slice_data_byte_offset, offsets);
        Ok(Self { header, slice_data_byte_offset, substreams })
    }
}

/// Length in bits of an index into `count` things: Ceil(Log2(count)).
fn index_len(count: usize) -> u32 {
    count.next_power_of_two().trailing_zeros()
}

/// Derived variables.
impl SliceSegmentHeader {
    /// Number of active references of list `list`, 0..=15: 0 for lists the slice type does not have.
    #[inline]
    pub const fn num_ref_idx_active(&self, list: usize) -> usize {
        match (self.slice_type, list) {
            (SliceType::P | SliceType::B, 0) => self.num_ref_idx_l0_active_minus1 as usize + 1,
            (SliceType::B, 1) => self.num_ref_idx_l1_active_minus1 as usize + 1,
            _ => 0,
        }
    }

    /// `MaxNumMergeCand`, 1..=5.
    #[inline]
    pub const fn max_num_merge_cand(&self) -> usize {
        5 - self.five_minus_max_num_merge_cand as usize
    }

    /// `SliceQpY`, -QpBdOffsetY..=51.
    #[inline]
    pub const fn slice_qp(&self, pps: &Pps) -> i32 {
        26 + pps.init_qp_minus26 as i32 + self.slice_qp_delta as i32
    }

    /// `NumPicTotalCurr` (equation 7-55): how many pictures the lists are built from.
    pub fn num_pic_total_curr(&self, pps: &Pps) -> usize {
        self.short_term_ref_pic_set.num_used_by_curr_pic()
            + self.long_term_ref_pics.num_used_by_curr_pic()
            + usize::from(pps.scc_extension.pps_curr_pic_ref_enabled_flag)
    }

    fn active(&self) -> [usize; 2] {
        [self.num_ref_idx_active(0), self.num_ref_idx_active(1)]
    }

    /// Which references are the current picture itself; none without pps_curr_pic_ref_enabled_flag.
    fn is_current(&self, pps: &Pps) -> [[bool; MAX_REF_IDX_ACTIVE]; 2] {
        if !pps.scc_extension.pps_curr_pic_ref_enabled_flag {
            return Default::default();
        }
        refers_to_current_picture(
            &self.ref_pic_lists_modification,
            self.active(),
            self.num_pic_total_curr(pps),
        )
    }

    fn has_pred_weight_table(&self, pps: &Pps) -> bool {
        match self.slice_type {
            SliceType::P => pps.weighted_pred_flag,
            SliceType::B => pps.weighted_bipred_flag,
            SliceType::I => false,
        }
    }

    /// Whether slice_loop_filter_across_slices_enabled_flag is written.
    fn has_filter_across_flag(&self, pps: &Pps) -> bool {
        pps.pps_loop_filter_across_slices_enabled_flag
            && (self.slice_sao_luma_flag
                || self.slice_sao_chroma_flag
                || !self.slice_deblocking_filter_disabled_flag)
    }
}

impl SliceSegmentHeader {
    /// 7.3.6.1, byte_alignment() included.
    fn parse(
        r: &mut BitReader<'_>,
        nal: NalHeader,
        sps: &Sps,
        pps: &Pps,
        previous: Option<&Self>,
    ) -> Result<Self> {
        let start = SliceSegmentStart::read(r, nal)?;
        let dependent_slice_segment_flag = !start.first_slice_segment_in_pic_flag
            && pps.dependent_slice_segments_enabled_flag
            && r.read_flag()?;
        let mut slice_segment_address = 0;
        if !start.first_slice_segment_in_pic_flag {
            let count = sps.pic_size_in_ctbs();
            slice_segment_address = r.read_bits(index_len(count as usize))?;
            in_range("slice_segment_address", slice_segment_address.into(), 1, i64::from(count) - 1)?;
        }
        let base = match (dependent_slice_segment_flag, previous) {
            (false, _) => Self { slice_addr_rs: slice_segment_address, ..Self::default() },
            (true, Some(previous))
                if previous.slice_pic_parameter_set_id == start.slice_pic_parameter_set_id =>
            {
                previous.clone()
            }
            (true, _) => {
                let what = "the slice segment it depends on was not received";
                return Err(Error::Malformed { element: "dependent_slice_segment_flag", what });
            }
        };
        let mut header = Self {
            first_slice_segment_in_pic_flag: start.first_slice_segment_in_pic_flag,
            no_output_of_prior_pics_flag: start.no_output_of_prior_pics_flag,
            slice_pic_parameter_set_id: start.slice_pic_parameter_set_id,
            dependent_slice_segment_flag,
            slice_segment_address,
            ..base
        };
        if !dependent_slice_segment_flag {
            header.parse_picture(r, nal, sps, pps)?;
            header.parse_inter(r, sps, pps)?;
            header.parse_qp_and_filters(r, sps, pps)?;
        }
        header.entry_points = EntryPoints::parse(r, sps, pps)?;
        header.slice_segment_header_extension.clear();
        if pps.slice_segment_header_extension_present_flag {
            for _ in 0..r.read_ue_max("slice_segment_header_extension_length", 256)? {
                header.slice_segment_header_extension.push(r.read_u8(8)?);
            }
        }
        r.read_byte_alignment()?;
        Ok(header)
    }

    /// The elements from slice_reserved_flag to slice_temporal_mvp_enabled_flag, which (but for the slice
    /// type) are the same in all slices of a picture.
    fn parse_picture(&mut self, r: &mut BitReader<'_>, nal: NalHeader, sps: &Sps, pps: &Pps) -> Result<()> {
        for i in 0..pps.num_extra_slice_header_bits {
            self.slice_reserved_flags |= u8::from(r.read_flag()?) << i;
        }
        self.slice_type = match r.read_ue_max("slice_type", 2)? {
            0 => SliceType::B,
            1 => SliceType::P,
            _ => SliceType::I,
        };
        if pps.output_flag_present_flag {
            self.pic_output_flag = r.read_flag()?;
        }
        if sps.separate_colour_plane_flag {
            self.colour_plane_id = r.read_u8(2)?;
            in_range("colour_plane_id", self.colour_plane_id.into(), 0, 2)?;
        }
        if nal.nal_unit_type.is_idr() {
            return Ok(());
        }
        self.slice_pic_order_cnt_lsb = r.read_bits(sps.log2_max_pic_order_cnt_lsb())?;
        self.short_term_ref_pic_set_sps_flag = r.read_flag()?;
        let sets = &sps.short_term_ref_pic_sets;
        if self.short_term_ref_pic_set_sps_flag {
            self.short_term_ref_pic_set_idx = r.read_u8(index_len(sets.len()))?;
            let set = sets.get(usize::from(self.short_term_ref_pic_set_idx)).ok_or(Error::OutOfRange {
                element: "short_term_ref_pic_set_idx",
                value: self.short_term_ref_pic_set_idx.into(),
                min: 0,
                max: sets.len() as i64 - 1,
            })?;
            self.short_term_ref_pic_set = *set;
        } else {
            self.short_term_ref_pic_set = ShortTermRefPicSet::parse(r, sets, true)?;
        }
        if sps.long_term_ref_pics_present_flag {
            let room = MAX_ST_REF_PICS - self.short_term_ref_pic_set.pics().len();
            self.long_term_ref_pics = LongTermRefPics::parse(r, sps, room)?;
        }
        if sps.sps_temporal_mvp_enabled_flag {
            self.slice_temporal_mvp_enabled_flag = r.read_flag()?;
        }
        Ok(())
    }

    /// The elements from slice_sao_luma_flag to use_integer_mv_flag.
    fn parse_inter(&mut self, r: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<()> {
        if sps.sample_adaptive_offset_enabled_flag {
            self.slice_sao_luma_flag = r.read_flag()?;
            self.slice_sao_chroma_flag = sps.chroma_array_type() != 0 && r.read_flag()?;
        }
        if self.slice_type == SliceType::I {
            return Ok(());
        }
        let is_b = self.slice_type == SliceType::B;
        self.num_ref_idx_l0_active_minus1 = pps.num_ref_idx_l0_default_active_minus1;
        self.num_ref_idx_l1_active_minus1 = if is_b { pps.num_ref_idx_l1_default_active_minus1 } else { 0 };
        self.num_ref_idx_active_override_flag = r.read_flag()?;
        if self.num_ref_idx_active_override_flag {
            self.num_ref_idx_l0_active_minus1 = r.read_ue8("num_ref_idx_l0_active_minus1", 14)?;
            if is_b {
                self.num_ref_idx_l1_active_minus1 = r.read_ue8("num_ref_idx_l1_active_minus1", 14)?;
            }
        }
        let num_pic_total_curr = self.num_pic_total_curr(pps);
        in_range("NumPicTotalCurr", num_pic_total_curr as i64, 1, MAX_ST_REF_PICS as i64)?;
        if pps.lists_modification_present_flag && num_pic_total_curr > 1 {
            self.ref_pic_lists_modification =
                RefPicListsModification::parse(r, self.active(), num_pic_total_curr)?;
        }
        self.mvd_l1_zero_flag = is_b && r.read_flag()?;
        self.cabac_init_flag = pps.cabac_init_present_flag && r.read_flag()?;
        if self.slice_temporal_mvp_enabled_flag {
            self.collocated_from_l0_flag = !is_b || r.read_flag()?;
            let max = self.num_ref_idx_active(usize::from(!self.collocated_from_l0_flag)) as u8 - 1;
            if max > 0 {
                self.collocated_ref_idx = r.read_ue8("collocated_ref_idx", max)?;
            }
        }
        if self.has_pred_weight_table(pps) {
            let format = WeightFormat::new(sps);
            let table = PredWeightTable::parse(r, format, self.active(), &self.is_current(pps))?;
            self.pred_weight_table = Some(Box::new(table));
        }
        self.five_minus_max_num_merge_cand = r.read_ue8("five_minus_max_num_merge_cand", 4)?;
        self.use_integer_mv_flag = match sps.scc_extension.motion_vector_resolution_control_idc {
            2 => r.read_flag()?,
            idc => idc != 0,
        };
        Ok(())
    }

    /// The elements from slice_qp_delta to slice_loop_filter_across_slices_enabled_flag.
    fn parse_qp_and_filters(&mut self, r: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<()> {
        let base = 26 + i32::from(pps.init_qp_minus26);
        self.slice_qp_delta =
            r.read_se_range("slice_qp_delta", -sps.qp_bd_offset_luma() - base, 51 - base)? as i8;
        if pps.pps_slice_chroma_qp_offsets_present_flag {
            self.slice_cb_qp_offset = r.read_se8("slice_cb_qp_offset", -12, 12)?;
            self.slice_cr_qp_offset = r.read_se8("slice_cr_qp_offset", -12, 12)?;
        }
        if pps.scc_extension.pps_slice_act_qp_offsets_present_flag() {
            for offset in &mut self.slice_act_qp_offsets {
                *offset = r.read_se8("slice_act_qp_offset", -12, 12)?;
            }
        }
        self.cu_chroma_qp_offset_enabled_flag =
            pps.range_extension.chroma_qp_offset_list_enabled_flag && r.read_flag()?;
        self.deblocking_filter_override_flag =
            pps.deblocking.deblocking_filter_override_enabled_flag && r.read_flag()?;
        self.slice_deblocking_filter_disabled_flag = pps.deblocking.pps_deblocking_filter_disabled_flag;
        self.slice_beta_offset_div2 = pps.deblocking.pps_beta_offset_div2;
        self.slice_tc_offset_div2 = pps.deblocking.pps_tc_offset_div2;
        if self.deblocking_filter_override_flag {
            self.slice_deblocking_filter_disabled_flag = r.read_flag()?;
            if !self.slice_deblocking_filter_disabled_flag {
                self.slice_beta_offset_div2 = r.read_se8("slice_beta_offset_div2", -6, 6)?;
                self.slice_tc_offset_div2 = r.read_se8("slice_tc_offset_div2", -6, 6)?;
            }
        }
        self.slice_loop_filter_across_slices_enabled_flag = match self.has_filter_across_flag(pps) {
            true => r.read_flag()?,
            false => pps.pps_loop_filter_across_slices_enabled_flag,
        };
        Ok(())
    }

    /// 7.3.6.1, byte_alignment() included: slice data may follow at once. Elements that the parameter sets or
    /// other elements make absent are not written.
    pub fn write(&self, w: &mut BitWriter, nal: NalHeader, sps: &Sps, pps: &Pps) {
        w.write_flag(self.first_slice_segment_in_pic_flag);
        if nal.nal_unit_type.is_irap() {
            w.write_flag(self.no_output_of_prior_pics_flag);
        }
        w.write_ue(self.slice_pic_parameter_set_id.into());
        if !self.first_slice_segment_in_pic_flag {
            if pps.dependent_slice_segments_enabled_flag {
                w.write_flag(self.dependent_slice_segment_flag);
            }
            w.write_bits(self.slice_segment_address, index_len(sps.pic_size_in_ctbs() as usize));
        }
        if !self.dependent_slice_segment_flag {
            self.write_picture(w, nal, sps, pps);
            self.write_inter(w, sps, pps);
            self.write_qp_and_filters(w, pps);
        }
        self.entry_points.write(w, pps);
        if pps.slice_segment_header_extension_present_flag {
            w.write_ue(self.slice_segment_header_extension.len() as u32);
            self.slice_segment_header_extension.iter().for_each(|&b| w.write_bits(b.into(), 8));
        }
        w.write_trailing_bits();
    }

    fn write_picture(&self, w: &mut BitWriter, nal: NalHeader, sps: &Sps, pps: &Pps) {
        (0..pps.num_extra_slice_header_bits)
            .for_each(|i| w.write_flag(self.slice_reserved_flags >> i & 1 != 0));
        w.write_ue(self.slice_type as u32);
        if pps.output_flag_present_flag {
            w.write_flag(self.pic_output_flag);
        }
        if sps.separate_colour_plane_flag {
            w.write_bits(self.colour_plane_id.into(), 2);
        }
        if nal.nal_unit_type.is_idr() {
            return;
        }
        w.write_bits(self.slice_pic_order_cnt_lsb, sps.log2_max_pic_order_cnt_lsb());
        w.write_flag(self.short_term_ref_pic_set_sps_flag);
        let sets = &sps.short_term_ref_pic_sets;
        if self.short_term_ref_pic_set_sps_flag {
            w.write_bits(self.short_term_ref_pic_set_idx.into(), index_len(sets.len()));
        } else {
            self.short_term_ref_pic_set.write(w, sets, true);
        }
        if sps.long_term_ref_pics_present_flag {
            self.long_term_ref_pics.write(w, sps);
        }
        if sps.sps_temporal_mvp_enabled_flag {
            w.write_flag(self.slice_temporal_mvp_enabled_flag);
        }
    }

    fn write_inter(&self, w: &mut BitWriter, sps: &Sps, pps: &Pps) {
        if sps.sample_adaptive_offset_enabled_flag {
            w.write_flag(self.slice_sao_luma_flag);
            if sps.chroma_array_type() != 0 {
                w.write_flag(self.slice_sao_chroma_flag);
            }
        }
        if self.slice_type == SliceType::I {
            return;
        }
        let is_b = self.slice_type == SliceType::B;
        w.write_flag(self.num_ref_idx_active_override_flag);
        if self.num_ref_idx_active_override_flag {
            w.write_ue(self.num_ref_idx_l0_active_minus1.into());
            if is_b {
                w.write_ue(self.num_ref_idx_l1_active_minus1.into());
            }
        }
        let num_pic_total_curr = self.num_pic_total_curr(pps);
        if pps.lists_modification_present_flag && num_pic_total_curr > 1 {
            self.ref_pic_lists_modification.write(w, self.active(), num_pic_total_curr);
        }
        if is_b {
            w.write_flag(self.mvd_l1_zero_flag);
        }
        if pps.cabac_init_present_flag {
            w.write_flag(self.cabac_init_flag);
        }
        if self.slice_temporal_mvp_enabled_flag {
            if is_b {
                w.write_flag(self.collocated_from_l0_flag);
            }
            if self.num_ref_idx_active(usize::from(!self.collocated_from_l0_flag)) > 1 {
                w.write_ue(self.collocated_ref_idx.into());
            }
        }
        if self.has_pred_weight_table(pps) {
            let neutral = PredWeightTable::neutral(0, 0);
            let table = self.pred_weight_table.as_deref().unwrap_or(&neutral);
            table.write(w, WeightFormat::new(sps), self.active(), &self.is_current(pps));
        }
        w.write_ue(self.five_minus_max_num_merge_cand.into());
        if sps.scc_extension.motion_vector_resolution_control_idc == 2 {
            w.write_flag(self.use_integer_mv_flag);
        }
    }

    fn write_qp_and_filters(&self, w: &mut BitWriter, pps: &Pps) {
        w.write_se(self.slice_qp_delta.into());
        if pps.pps_slice_chroma_qp_offsets_present_flag {
            w.write_se(self.slice_cb_qp_offset.into());
            w.write_se(self.slice_cr_qp_offset.into());
        }
        if pps.scc_extension.pps_slice_act_qp_offsets_present_flag() {
            self.slice_act_qp_offsets.iter().for_each(|&offset| w.write_se(offset.into()));
        }
        if pps.range_extension.chroma_qp_offset_list_enabled_flag {
            w.write_flag(self.cu_chroma_qp_offset_enabled_flag);
        }
        let can_override = pps.deblocking.deblocking_filter_override_enabled_flag;
        if can_override {
            w.write_flag(self.deblocking_filter_override_flag);
        }
        if can_override && self.deblocking_filter_override_flag {
            w.write_flag(self.slice_deblocking_filter_disabled_flag);
            if !self.slice_deblocking_filter_disabled_flag {
                w.write_se(self.slice_beta_offset_div2.into());
                w.write_se(self.slice_tc_offset_div2.into());
            }
        }
        if self.has_filter_across_flag(pps) {
            w.write_flag(self.slice_loop_filter_across_slices_enabled_flag);
        }
    }
}
