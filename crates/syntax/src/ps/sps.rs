//! seq_parameter_set_rbsp() (clauses 7.3.2.2 and 7.4.3.2).

use super::profile_tier_level::ProfileTierLevel;
use super::scaling_list::ScalingListData;
use super::sps_extensions::{SpsRangeExtension, SpsSccExtension};
use super::st_ref_pic_set::ShortTermRefPicSet;
use super::vui::Vui;
use crate::bits::{BitReader, BitWriter};
use crate::error::{Error, Result, in_range};

/// Most luma samples of a picture: MaxLumaPs of level 7.2, the largest level of any edition with a limit.
const MAX_LUMA_SAMPLES: u64 = 142_606_336;

/// Longest side of a picture in luma samples: Sqrt(MaxLumaPs * 8).
const MAX_SIDE: u32 = 33_776;

/// A rectangle given by its distances from the picture's edges, in chroma units (SubWidthC, SubHeightC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Window {
    /// Left offset.
    pub left: u32,
    /// Right offset.
    pub right: u32,
    /// Top offset.
    pub top: u32,
    /// Bottom offset.
    pub bottom: u32,
}

impl Window {
    pub(crate) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self { left: r.read_ue()?, right: r.read_ue()?, top: r.read_ue()?, bottom: r.read_ue()? })
    }

    pub(crate) fn write(&self, w: &mut BitWriter) {
        [self.left, self.right, self.top, self.bottom].into_iter().for_each(|v| w.write_ue(v));
    }
}

/// Limits of the decoded picture buffer for one highest TemporalId.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SubLayerOrdering {
    /// sps_max_dec_pic_buffering_minus1, 0..=15.
    pub max_dec_pic_buffering_minus1: u8,
    /// sps_max_num_reorder_pics, 0..=15.
    pub max_num_reorder_pics: u8,
    /// sps_max_latency_increase_plus1; 0 means no limit.
    pub max_latency_increase_plus1: u32,
}

impl SubLayerOrdering {
    /// Entries for every sub-layer. Without `info_present` only the highest is in the stream, and the others
    /// equal it.
    pub(crate) fn parse_all(
        r: &mut BitReader<'_>,
        max_sub_layers_minus1: u8,
        info_present: bool,
    ) -> Result<[Self; 7]> {
        let highest = usize::from(max_sub_layers_minus1);
        let mut all = [Self::default(); 7];
        for entry in &mut all[if info_present { 0 } else { highest }..=highest] {
            *entry = Self {
                max_dec_pic_buffering_minus1: r.read_ue8("max_dec_pic_buffering_minus1", 15)?,
                max_num_reorder_pics: r.read_ue8("max_num_reorder_pics", 15)?,
                max_latency_increase_plus1: r.read_ue()?,
            };
        }
        if !info_present {
            all = [all[highest]; 7];
        }
        // Sub-layers that do not exist hold nothing, so that equal sets compare equal.
        all[highest + 1..].fill(Self::default());
        Ok(all)
    }

    pub(crate) fn write_all(
        all: &[Self; 7],
        w: &mut BitWriter,
        max_sub_layers_minus1: u8,
        info_present: bool,
    ) {
        let highest = usize::from(max_sub_layers_minus1.min(6));
        for entry in &all[if info_present { 0 } else { highest }..=highest] {
            w.write_ue(entry.max_dec_pic_buffering_minus1.into());
            w.write_ue(entry.max_num_reorder_pics.into());
            w.write_ue(entry.max_latency_increase_plus1);
        }
    }
}

/// What follows pcm_enabled_flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pcm {
    /// pcm_sample_bit_depth_luma_minus1; PcmBitDepthY is at most the luma depth.
    pub pcm_sample_bit_depth_luma_minus1: u8,
    /// pcm_sample_bit_depth_chroma_minus1; PcmBitDepthC is at most the chroma depth.
    pub pcm_sample_bit_depth_chroma_minus1: u8,
    /// log2_min_pcm_luma_coding_block_size_minus3.
    pub log2_min_pcm_luma_coding_block_size_minus3: u8,
    /// log2_diff_max_min_pcm_luma_coding_block_size.
    pub log2_diff_max_min_pcm_luma_coding_block_size: u8,
    /// pcm_loop_filter_disabled_flag.
    pub pcm_loop_filter_disabled_flag: bool,
}

impl Pcm {
    /// `PcmBitDepthY`.
    pub const fn pcm_bit_depth_luma(&self) -> u32 {
        self.pcm_sample_bit_depth_luma_minus1 as u32 + 1
    }

    /// `PcmBitDepthC`.
    pub const fn pcm_bit_depth_chroma(&self) -> u32 {
        self.pcm_sample_bit_depth_chroma_minus1 as u32 + 1
    }

    /// `Log2MinIpcmCbSizeY`.
    pub const fn log2_min_ipcm_cb_size(&self) -> u32 {
        self.log2_min_pcm_luma_coding_block_size_minus3 as u32 + 3
    }

    /// `Log2MaxIpcmCbSizeY`.
    pub const fn log2_max_ipcm_cb_size(&self) -> u32 {
        self.log2_min_ipcm_cb_size() + self.log2_diff_max_min_pcm_luma_coding_block_size as u32
    }

    fn parse(r: &mut BitReader<'_>, sps: &Sps) -> Result<Self> {
        let pcm = Self {
            pcm_sample_bit_depth_luma_minus1: r.read_u8(4)?,
            pcm_sample_bit_depth_chroma_minus1: r.read_u8(4)?,
            log2_min_pcm_luma_coding_block_size_minus3: r
                .read_ue8("log2_min_pcm_luma_coding_block_size_minus3", 2)?,
            log2_diff_max_min_pcm_luma_coding_block_size: r
                .read_ue8("log2_diff_max_min_pcm_luma_coding_block_size", 2)?,
            pcm_loop_filter_disabled_flag: r.read_flag()?,
        };
        in_range("PcmBitDepthY", pcm.pcm_bit_depth_luma().into(), 1, sps.bit_depth_luma().into())?;
        in_range("PcmBitDepthC", pcm.pcm_bit_depth_chroma().into(), 1, sps.bit_depth_chroma().into())?;
        let (min, max) = (sps.min_cb_log2_size().min(5), sps.ctb_log2_size().min(5));
        in_range("Log2MinIpcmCbSizeY", pcm.log2_min_ipcm_cb_size().into(), min.into(), max.into())?;
        in_range("Log2MaxIpcmCbSizeY", pcm.log2_max_ipcm_cb_size().into(), min.into(), max.into())?;
        Ok(pcm)
    }

    fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.pcm_sample_bit_depth_luma_minus1.into(), 4);
        w.write_bits(self.pcm_sample_bit_depth_chroma_minus1.into(), 4);
        w.write_ue(self.log2_min_pcm_luma_coding_block_size_minus3.into());
        w.write_ue(self.log2_diff_max_min_pcm_luma_coding_block_size.into());
        w.write_flag(self.pcm_loop_filter_disabled_flag);
    }
}

/// A long-term reference picture that slice headers may name by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LongTermRefPicSps {
    /// lt_ref_pic_poc_lsb_sps, below MaxPicOrderCntLsb.
    pub lt_ref_pic_poc_lsb_sps: u32,
    /// used_by_curr_pic_lt_sps_flag.
    pub used_by_curr_pic_lt_sps_flag: bool,
}

/// A sequence parameter set. Values a parser produced satisfy every range of clause 7.4.3.2 that memory
/// safety or a derived variable depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sps {
    /// sps_video_parameter_set_id, 0..=15.
    pub sps_video_parameter_set_id: u8,
    /// sps_max_sub_layers_minus1, 0..=6.
    pub sps_max_sub_layers_minus1: u8,
    /// sps_temporal_id_nesting_flag.
    pub sps_temporal_id_nesting_flag: bool,
    /// profile_tier_level().
    pub profile_tier_level: ProfileTierLevel,
    /// sps_seq_parameter_set_id, 0..=15.
    pub sps_seq_parameter_set_id: u8,
    /// chroma_format_idc: 0 is 4:0:0, 1 is 4:2:0, 2 is 4:2:2, 3 is 4:4:4.
    pub chroma_format_idc: u8,
    /// separate_colour_plane_flag; only with 4:4:4.
    pub separate_colour_plane_flag: bool,
    /// pic_width_in_luma_samples, a multiple of the minimum coding block size.
    pub pic_width_in_luma_samples: u32,
    /// pic_height_in_luma_samples, a multiple of the minimum coding block size.
    pub pic_height_in_luma_samples: u32,
    /// Conformance window in chroma units, if conformance_window_flag.
    pub conformance_window: Option<Window>,
    /// bit_depth_luma_minus8, 0..=8.
    pub bit_depth_luma_minus8: u8,
    /// bit_depth_chroma_minus8, 0..=8.
    pub bit_depth_chroma_minus8: u8,
    /// log2_max_pic_order_cnt_lsb_minus4, 0..=12.
    pub log2_max_pic_order_cnt_lsb_minus4: u8,
    /// sps_sub_layer_ordering_info_present_flag.
    pub sps_sub_layer_ordering_info_present_flag: bool,
    /// DPB limits per highest TemporalId; the first sps_max_sub_layers_minus1 + 1 count.
    pub sub_layer_ordering: [SubLayerOrdering; 7],
    /// log2_min_luma_coding_block_size_minus3.
    pub log2_min_luma_coding_block_size_minus3: u8,
    /// log2_diff_max_min_luma_coding_block_size.
    pub log2_diff_max_min_luma_coding_block_size: u8,
    /// log2_min_luma_transform_block_size_minus2.
    pub log2_min_luma_transform_block_size_minus2: u8,
    /// log2_diff_max_min_luma_transform_block_size.
    pub log2_diff_max_min_luma_transform_block_size: u8,
    /// max_transform_hierarchy_depth_inter.
    pub max_transform_hierarchy_depth_inter: u8,
    /// max_transform_hierarchy_depth_intra.
    pub max_transform_hierarchy_depth_intra: u8,
    /// scaling_list_enabled_flag.
    pub scaling_list_enabled_flag: bool,
    /// scaling_list_data(), if sps_scaling_list_data_present_flag; else the default lists hold.
    pub scaling_list_data: Option<Box<ScalingListData>>,
    /// amp_enabled_flag.
    pub amp_enabled_flag: bool,
    /// sample_adaptive_offset_enabled_flag.
    pub sample_adaptive_offset_enabled_flag: bool,
    /// PCM, if pcm_enabled_flag.
    pub pcm: Option<Pcm>,
    /// st_ref_pic_set(0..num_short_term_ref_pic_sets), at most 64.
    pub short_term_ref_pic_sets: Vec<ShortTermRefPicSet>,
    /// long_term_ref_pics_present_flag.
    pub long_term_ref_pics_present_flag: bool,
    /// Long-term pictures slice headers may name, at most 32.
    pub long_term_ref_pics: Vec<LongTermRefPicSps>,
    /// sps_temporal_mvp_enabled_flag.
    pub sps_temporal_mvp_enabled_flag: bool,
    /// strong_intra_smoothing_enabled_flag.
    pub strong_intra_smoothing_enabled_flag: bool,
    /// vui_parameters(), if present and readable.
    pub vui: Option<Box<Vui>>,
    /// sps_range_extension_flag as read; writing also sets it if the extension is not all default.
    pub sps_range_extension_flag: bool,
    /// sps_range_extension().
    pub range_extension: SpsRangeExtension,
    /// sps_scc_extension_flag as read; writing also sets it if the extension is not all default.
    pub sps_scc_extension_flag: bool,
    /// sps_scc_extension().
    pub scc_extension: SpsSccExtension,
    /// Whether there was extension data this library does not keep: multilayer or 3D extension,
    /// sps_extension_4bits, or a sps_extension_present_flag with nothing behind it. Writing leaves it out.
    pub has_ignored_extension_data: bool,
}

impl Default for Sps {
    /// Main profile, 4:2:0, 8 bit; 64x64 CTBs down to 8x8 coding and 4x4 transform blocks; AMP, SAO, temporal
    /// motion vectors and strong intra smoothing on; POC of 8 bits. The picture size is 0 and must be set.
    fn default() -> Self {
        Self {
            sps_video_parameter_set_id: 0,
            sps_max_sub_layers_minus1: 0,
            sps_temporal_id_nesting_flag: true,
            profile_tier_level: ProfileTierLevel::default(),
            sps_seq_parameter_set_id: 0,
            chroma_format_idc: 1,
            separate_colour_plane_flag: false,
            pic_width_in_luma_samples: 0,
            pic_height_in_luma_samples: 0,
            conformance_window: None,
            bit_depth_luma_minus8: 0,
            bit_depth_chroma_minus8: 0,
            log2_max_pic_order_cnt_lsb_minus4: 4,
            sps_sub_layer_ordering_info_present_flag: true,
            sub_layer_ordering: [SubLayerOrdering::default(); 7],
            log2_min_luma_coding_block_size_minus3: 0,
            log2_diff_max_min_luma_coding_block_size: 3,
            log2_min_luma_transform_block_size_minus2: 0,
            log2_diff_max_min_luma_transform_block_size: 3,
            max_transform_hierarchy_depth_inter: 0,
            max_transform_hierarchy_depth_intra: 0,
            scaling_list_enabled_flag: false,
            scaling_list_data: None,
            amp_enabled_flag: true,
            sample_adaptive_offset_enabled_flag: true,
            pcm: None,
            short_term_ref_pic_sets: Vec::new(),
            long_term_ref_pics_present_flag: false,
            long_term_ref_pics: Vec::new(),
            sps_temporal_mvp_enabled_flag: true,
            strong_intra_smoothing_enabled_flag: true,
            vui: None,
            sps_range_extension_flag: false,
            range_extension: SpsRangeExtension::default(),
            sps_scc_extension_flag: false,
            scc_extension: SpsSccExtension::default(),
            has_ignored_extension_data: false,
        }
    }
}

/// Derived variables of clause 7.4.3.2.
impl Sps {
    /// `ChromaArrayType`: chroma_format_idc, or 0 with separate colour planes.
    #[inline]
    pub const fn chroma_array_type(&self) -> u8 {
        if self.separate_colour_plane_flag { 0 } else { self.chroma_format_idc }
    }

    /// `SubWidthC` (table 6-1): 1 or 2; 1 for monochrome.
    #[inline]
    pub const fn sub_width_c(&self) -> u32 {
        if matches!(self.chroma_format_idc, 1 | 2) { 2 } else { 1 }
    }

    /// `SubHeightC` (table 6-1): 1 or 2; 1 for monochrome.
    #[inline]
    pub const fn sub_height_c(&self) -> u32 {
        if self.chroma_format_idc == 1 { 2 } else { 1 }
    }

    /// `BitDepthY`, 8..=16.
    #[inline]
    pub const fn bit_depth_luma(&self) -> u32 {
        self.bit_depth_luma_minus8 as u32 + 8
    }

    /// `BitDepthC`, 8..=16.
    #[inline]
    pub const fn bit_depth_chroma(&self) -> u32 {
        self.bit_depth_chroma_minus8 as u32 + 8
    }

    /// `QpBdOffsetY`, 0..=48.
    #[inline]
    pub const fn qp_bd_offset_luma(&self) -> i32 {
        6 * self.bit_depth_luma_minus8 as i32
    }

    /// `QpBdOffsetC`, 0..=48.
    #[inline]
    pub const fn qp_bd_offset_chroma(&self) -> i32 {
        6 * self.bit_depth_chroma_minus8 as i32
    }

    /// `MaxPicOrderCntLsb`, 16..=65536.
    #[inline]
    pub const fn max_pic_order_cnt_lsb(&self) -> u32 {
        1 << self.log2_max_pic_order_cnt_lsb()
    }

    /// Length of POC LSBs in bits, 4..=16.
    #[inline]
    pub const fn log2_max_pic_order_cnt_lsb(&self) -> u32 {
        self.log2_max_pic_order_cnt_lsb_minus4 as u32 + 4
    }

    /// `MinCbLog2SizeY`, 3..=6.
    #[inline]
    pub const fn min_cb_log2_size(&self) -> u32 {
        self.log2_min_luma_coding_block_size_minus3 as u32 + 3
    }

    /// `CtbLog2SizeY`, 4..=6.
    #[inline]
    pub const fn ctb_log2_size(&self) -> u32 {
        self.min_cb_log2_size() + self.log2_diff_max_min_luma_coding_block_size as u32
    }

    /// `CtbSizeY` in luma samples, 16..=64.
    #[inline]
    pub const fn ctb_size(&self) -> u32 {
        1 << self.ctb_log2_size()
    }

    /// `MinTbLog2SizeY`, 2..=5.
    #[inline]
    pub const fn min_tb_log2_size(&self) -> u32 {
        self.log2_min_luma_transform_block_size_minus2 as u32 + 2
    }

    /// `MaxTbLog2SizeY`, 2..=5.
    #[inline]
    pub const fn max_tb_log2_size(&self) -> u32 {
        self.min_tb_log2_size() + self.log2_diff_max_min_luma_transform_block_size as u32
    }

    /// `PicWidthInCtbsY`.
    #[inline]
    pub const fn pic_width_in_ctbs(&self) -> u32 {
        self.pic_width_in_luma_samples.div_ceil(self.ctb_size())
    }

    /// `PicHeightInCtbsY`.
    #[inline]
    pub const fn pic_height_in_ctbs(&self) -> u32 {
        self.pic_height_in_luma_samples.div_ceil(self.ctb_size())
    }

    /// `PicSizeInCtbsY`.
    #[inline]
    pub const fn pic_size_in_ctbs(&self) -> u32 {
        self.pic_width_in_ctbs() * self.pic_height_in_ctbs()
    }

    /// `PicWidthInMinCbsY`.
    #[inline]
    pub const fn pic_width_in_min_cbs(&self) -> u32 {
        self.pic_width_in_luma_samples >> self.min_cb_log2_size()
    }

    /// `PicHeightInMinCbsY`.
    #[inline]
    pub const fn pic_height_in_min_cbs(&self) -> u32 {
        self.pic_height_in_luma_samples >> self.min_cb_log2_size()
    }

    /// DPB limits of the highest sub-layer.
    #[inline]
    pub fn highest_sub_layer_ordering(&self) -> &SubLayerOrdering {
        &self.sub_layer_ordering[usize::from(self.sps_max_sub_layers_minus1.min(6))]
    }

    /// The conformance window in luma samples: (x, y, width, height) of the output picture.
    pub fn output_rectangle(&self) -> (u32, u32, u32, u32) {
        let window = self.conformance_window.unwrap_or_default();
        let (sw, sh) = (self.sub_width_c(), self.sub_height_c());
        let width = self.pic_width_in_luma_samples - sw * (window.left + window.right);
        let height = self.pic_height_in_luma_samples - sh * (window.top + window.bottom);
        (sw * window.left, sh * window.top, width, height)
    }
}

impl Sps {
    /// 7.3.2.2: reads the RBSP of an SPS NAL unit of the base layer.
    ///
    /// A VUI or an extension that cannot be read is dropped for profiles of version 1, which have nothing of use
    /// there.
    ///
    /// # Errors
    /// If the data ends early or an element is out of range.
    pub fn parse(rbsp: &[u8]) -> Result<Self> {
        let r = &mut BitReader::named(rbsp, "seq_parameter_set_rbsp");
        let mut sps = Self::default();
        sps.parse_identity(r)?;
        sps.parse_format(r)?;
        sps.sps_sub_layer_ordering_info_present_flag = r.read_flag()?;
        sps.sub_layer_ordering = SubLayerOrdering::parse_all(
            r,
            sps.sps_max_sub_layers_minus1,
            sps.sps_sub_layer_ordering_info_present_flag,
        )?;
        sps.parse_block_sizes(r)?;
        sps.parse_tools(r)?;
        sps.parse_ref_pics(r)?;
        sps.sps_temporal_mvp_enabled_flag = r.read_flag()?;
        sps.strong_intra_smoothing_enabled_flag = r.read_flag()?;
        if r.read_flag()? {
            match Vui::parse(r, sps.sps_max_sub_layers_minus1) {
                Ok(vui) => sps.vui = Some(Box::new(vui)),
                Err(_) if sps.profile_tier_level.general.is_version_1() => return Ok(sps),
                Err(error) => return Err(error),
            }
        }
        match sps.parse_extensions(r) {
            Err(_) if sps.profile_tier_level.general.is_version_1() => sps.ignore_extensions(),
            result => result?,
        }
        Ok(sps)
    }

    fn parse_identity(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        self.sps_video_parameter_set_id = r.read_u8(4)?;
        self.sps_max_sub_layers_minus1 = r.read_u8(3)?;
        in_range("sps_max_sub_layers_minus1", self.sps_max_sub_layers_minus1.into(), 0, 6)?;
        self.sps_temporal_id_nesting_flag = r.read_flag()?;
        self.profile_tier_level = ProfileTierLevel::parse(r, self.sps_max_sub_layers_minus1)?;
        self.sps_seq_parameter_set_id = r.read_ue8("sps_seq_parameter_set_id", 15)?;
        Ok(())
    }

    fn parse_format(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        self.chroma_format_idc = r.read_ue8("chroma_format_idc", 3)?;
        self.separate_colour_plane_flag = self.chroma_format_idc == 3 && r.read_flag()?;
        self.pic_width_in_luma_samples = r.read_ue_max("pic_width_in_luma_samples", MAX_SIDE)?;
        self.pic_height_in_luma_samples = r.read_ue_max("pic_height_in_luma_samples", MAX_SIDE)?;
        let asked = u64::from(self.pic_width_in_luma_samples) * u64::from(self.pic_height_in_luma_samples);
        if asked > MAX_LUMA_SAMPLES {
            return Err(Error::Limit {
                which: "luma samples of a picture",
                asked,
                allowed: MAX_LUMA_SAMPLES,
            });
        }
        self.conformance_window = if r.read_flag()? { Some(Window::parse(r)?) } else { None };
        self.bit_depth_luma_minus8 = r.read_ue8("bit_depth_luma_minus8", 8)?;
        self.bit_depth_chroma_minus8 = r.read_ue8("bit_depth_chroma_minus8", 8)?;
        self.log2_max_pic_order_cnt_lsb_minus4 = r.read_ue8("log2_max_pic_order_cnt_lsb_minus4", 12)?;
        let window = self.conformance_window.unwrap_or_default();
        for (element, size, unit, first, second) in [
            (
                "conf_win_left_offset",
                self.pic_width_in_luma_samples,
                self.sub_width_c(),
                window.left,
                window.right,
            ),
            (
                "conf_win_top_offset",
                self.pic_height_in_luma_samples,
                self.sub_height_c(),
                window.top,
                window.bottom,
            ),
        ] {
            if u64::from(unit) * (u64::from(first) + u64::from(second)) >= u64::from(size) {
                return Err(Error::Malformed { element, what: "the conformance window is empty" });
            }
        }
        Ok(())
    }

    fn parse_block_sizes(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        self.log2_min_luma_coding_block_size_minus3 =
            r.read_ue8("log2_min_luma_coding_block_size_minus3", 3)?;
        self.log2_diff_max_min_luma_coding_block_size =
            r.read_ue8("log2_diff_max_min_luma_coding_block_size", 3)?;
        self.log2_min_luma_transform_block_size_minus2 =
            r.read_ue8("log2_min_luma_transform_block_size_minus2", 3)?;
        self.log2_diff_max_min_luma_transform_block_size =
            r.read_ue8("log2_diff_max_min_luma_transform_block_size", 3)?;
        let min_cb = self.min_cb_log2_size();
        let ctb = self.ctb_log2_size();
        in_range("CtbLog2SizeY", ctb.into(), 4, 6)?;
        in_range("MinTbLog2SizeY", self.min_tb_log2_size().into(), 2, i64::from(min_cb) - 1)?;
        in_range("MaxTbLog2SizeY", self.max_tb_log2_size().into(), 2, ctb.min(5).into())?;
        let depth = (ctb - self.min_tb_log2_size()) as u8;
        self.max_transform_hierarchy_depth_inter =
            r.read_ue8("max_transform_hierarchy_depth_inter", depth)?;
        self.max_transform_hierarchy_depth_intra =
            r.read_ue8("max_transform_hierarchy_depth_intra", depth)?;
        for (element, size) in [
            ("pic_width_in_luma_samples", self.pic_width_in_luma_samples),
            ("pic_height_in_luma_samples", self.pic_height_in_luma_samples),
        ] {
            if size == 0 || size % (1 << min_cb) != 0 {
                let what = "is zero or no multiple of the minimum coding block size";
                return Err(Error::Malformed { element, what });
            }
        }
        Ok(())
    }

    fn parse_tools(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        self.scaling_list_enabled_flag = r.read_flag()?;
        if self.scaling_list_enabled_flag && r.read_flag()? {
            self.scaling_list_data = Some(Box::new(ScalingListData::parse(r)?));
        }
        self.amp_enabled_flag = r.read_flag()?;
        self.sample_adaptive_offset_enabled_flag = r.read_flag()?;
        self.pcm = if r.read_flag()? { Some(Pcm::parse(r, self)?) } else { None };
        Ok(())
    }

    fn parse_ref_pics(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        for _ in 0..r.read_ue_max("num_short_term_ref_pic_sets", 64)? {
            let set = ShortTermRefPicSet::parse(r, &self.short_term_ref_pic_sets, false)?;
            self.short_term_ref_pic_sets.push(set);
        }
        self.long_term_ref_pics_present_flag = r.read_flag()?;
        if self.long_term_ref_pics_present_flag {
            for _ in 0..r.read_ue_max("num_long_term_ref_pics_sps", 32)? {
                self.long_term_ref_pics.push(LongTermRefPicSps {
                    lt_ref_pic_poc_lsb_sps: r.read_bits(self.log2_max_pic_order_cnt_lsb())?,
                    used_by_curr_pic_lt_sps_flag: r.read_flag()?,
                });
            }
        }
        Ok(())
    }

    /// What a decoder of version 1 makes of extension data: nothing.
    fn ignore_extensions(&mut self) {
        self.sps_range_extension_flag = false;
        self.range_extension = SpsRangeExtension::default();
        self.sps_scc_extension_flag = false;
        self.scc_extension = SpsSccExtension::default();
        self.has_ignored_extension_data = true;
    }

    fn parse_extensions(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        if !r.read_flag()? {
            return Ok(());
        }
        self.sps_range_extension_flag = r.read_flag()?;
        let sps_multilayer_extension_flag = r.read_flag()?;
        let sps_3d_extension_flag = r.read_flag()?;
        self.sps_scc_extension_flag = r.read_flag()?;
        let sps_extension_4bits = r.read_bits(4)?;
        self.has_ignored_extension_data = sps_multilayer_extension_flag
            || sps_3d_extension_flag
            || sps_extension_4bits != 0
            || !(self.sps_range_extension_flag || self.sps_scc_extension_flag);
        if self.sps_range_extension_flag {
            self.range_extension = SpsRangeExtension::parse(r)?;
        }
        if sps_multilayer_extension_flag {
            r.skip_bits(1)?; // inter_view_mv_vert_constraint_flag
        }
        if self.sps_scc_extension_flag {
            if sps_3d_extension_flag {
                return Err(Error::Unsupported { feature: "3D and screen content extensions in one SPS" });
            }
            self.scc_extension = SpsSccExtension::parse(r, self)?;
        }
        Ok(())
    }

    /// 7.3.2.2: writes the RBSP, trailing bits included.
    pub fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.sps_video_parameter_set_id.into(), 4);
        w.write_bits(self.sps_max_sub_layers_minus1.into(), 3);
        w.write_flag(self.sps_temporal_id_nesting_flag);
        self.profile_tier_level.write(w, self.sps_max_sub_layers_minus1);
        w.write_ue(self.sps_seq_parameter_set_id.into());
        self.write_format(w);
        w.write_flag(self.sps_sub_layer_ordering_info_present_flag);
        SubLayerOrdering::write_all(
            &self.sub_layer_ordering,
            w,
            self.sps_max_sub_layers_minus1,
            self.sps_sub_layer_ordering_info_present_flag,
        );
        w.write_ue(self.log2_min_luma_coding_block_size_minus3.into());
        w.write_ue(self.log2_diff_max_min_luma_coding_block_size.into());
        w.write_ue(self.log2_min_luma_transform_block_size_minus2.into());
        w.write_ue(self.log2_diff_max_min_luma_transform_block_size.into());
        w.write_ue(self.max_transform_hierarchy_depth_inter.into());
        w.write_ue(self.max_transform_hierarchy_depth_intra.into());
        self.write_tools(w);
        self.write_ref_pics(w);
        w.write_flag(self.sps_temporal_mvp_enabled_flag);
        w.write_flag(self.strong_intra_smoothing_enabled_flag);
        w.write_flag(self.vui.is_some());
        if let Some(vui) = &self.vui {
            vui.write(w);
        }
        self.write_extensions(w);
        w.write_trailing_bits();
    }

    fn write_format(&self, w: &mut BitWriter) {
        w.write_ue(self.chroma_format_idc.into());
        if self.chroma_format_idc == 3 {
            w.write_flag(self.separate_colour_plane_flag);
        }
        w.write_ue(self.pic_width_in_luma_samples);
        w.write_ue(self.pic_height_in_luma_samples);
        w.write_flag(self.conformance_window.is_some());
        if let Some(window) = &self.conformance_window {
            window.write(w);
        }
        w.write_ue(self.bit_depth_luma_minus8.into());
        w.write_ue(self.bit_depth_chroma_minus8.into());
        w.write_ue(self.log2_max_pic_order_cnt_lsb_minus4.into());
    }

    fn write_tools(&self, w: &mut BitWriter) {
        w.write_flag(self.scaling_list_enabled_flag);
        if self.scaling_list_enabled_flag {
            w.write_flag(self.scaling_list_data.is_some());
            if let Some(data) = &self.scaling_list_data {
                data.write(w);
            }
        }
        w.write_flag(self.amp_enabled_flag);
        w.write_flag(self.sample_adaptive_offset_enabled_flag);
        w.write_flag(self.pcm.is_some());
        if let Some(pcm) = &self.pcm {
            pcm.write(w);
        }
    }

    fn write_ref_pics(&self, w: &mut BitWriter) {
        let sets = &self.short_term_ref_pic_sets;
        w.write_ue(sets.len() as u32);
        (0..sets.len()).for_each(|i| sets[i].write(w, &sets[..i], false));
        w.write_flag(self.long_term_ref_pics_present_flag);
        if self.long_term_ref_pics_present_flag {
            w.write_ue(self.long_term_ref_pics.len() as u32);
            for pic in &self.long_term_ref_pics {
                w.write_bits(pic.lt_ref_pic_poc_lsb_sps, self.log2_max_pic_order_cnt_lsb());
                w.write_flag(pic.used_by_curr_pic_lt_sps_flag);
            }
        }
    }

    fn write_extensions(&self, w: &mut BitWriter) {
        let range = self.sps_range_extension_flag || self.range_extension != SpsRangeExtension::default();
        let scc = self.sps_scc_extension_flag || self.scc_extension != SpsSccExtension::default();
        w.write_flag(range || scc);
        if range || scc {
            w.write_flag(range);
            w.write_bits(0, 2); // sps_multilayer_extension_flag, sps_3d_extension_flag
            w.write_flag(scc);
            w.write_bits(0, 4); // sps_extension_4bits
        }
        if range {
            self.range_extension.write(w);
        }
        if scc {
            self.scc_extension.write(w, self);
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
pub(crate) mod tests;
