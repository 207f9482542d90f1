//! pps_range_extension() and pps_scc_extension() (clauses 7.3.2.3.2, 7.3.2.3.3, 7.4.3.3.2, 7.4.3.3.3).

use crate::bits::{BitReader, BitWriter};
use crate::error::{Result, in_range};

/// Most palette predictor entries: PaletteMaxPredictorSize is at most 64 + 128.
const MAX_PALETTE_PREDICTORS: u32 = 192;

/// pps_range_extension(). The default is what is inferred when it is absent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PpsRangeExtension {
    /// log2_max_transform_skip_block_size_minus2, 0..=3; only with transform_skip_enabled_flag.
    pub log2_max_transform_skip_block_size_minus2: u8,
    /// cross_component_prediction_enabled_flag; only in 4:4:4.
    pub cross_component_prediction_enabled_flag: bool,
    /// chroma_qp_offset_list_enabled_flag.
    pub chroma_qp_offset_list_enabled_flag: bool,
    /// diff_cu_chroma_qp_offset_depth, 0..=3.
    pub diff_cu_chroma_qp_offset_depth: u8,
    /// (cb_qp_offset_list, cr_qp_offset_list), each -12..=12: one to six entries with
    /// chroma_qp_offset_list_enabled_flag, else none.
    pub chroma_qp_offset_list: Vec<(i8, i8)>,
    /// log2_sao_offset_scale_luma, 0..=Max(0, BitDepthY - 10).
    pub log2_sao_offset_scale_luma: u8,
    /// log2_sao_offset_scale_chroma, 0..=Max(0, BitDepthC - 10).
    pub log2_sao_offset_scale_chroma: u8,
}

impl PpsRangeExtension {
    /// 7.3.2.3.2.
    pub(super) fn parse(r: &mut BitReader<'_>, transform_skip_enabled_flag: bool) -> Result<Self> {
        let mut ext = Self::default();
        if transform_skip_enabled_flag {
            let element = "log2_max_transform_skip_block_size_minus2";
            ext.log2_max_transform_skip_block_size_minus2 = r.read_ue8(element, 3)?;
        }
        ext.cross_component_prediction_enabled_flag = r.read_flag()?;
        ext.chroma_qp_offset_list_enabled_flag = r.read_flag()?;
        if ext.chroma_qp_offset_list_enabled_flag {
            ext.diff_cu_chroma_qp_offset_depth = r.read_ue8("diff_cu_chroma_qp_offset_depth", 3)?;
            for _ in 0..=r.read_ue_max("chroma_qp_offset_list_len_minus1", 5)? {
                ext.chroma_qp_offset_list.push((
                    r.read_se8("cb_qp_offset_list", -12, 12)?,
                    r.read_se8("cr_qp_offset_list", -12, 12)?,
                ));
            }
        }
        ext.log2_sao_offset_scale_luma = r.read_ue8("log2_sao_offset_scale_luma", 6)?;
        ext.log2_sao_offset_scale_chroma = r.read_ue8("log2_sao_offset_scale_chroma", 6)?;
        Ok(ext)
    }

    /// 7.3.2.3.2.
    pub(super) fn write(&self, w: &mut BitWriter, transform_skip_enabled_flag: bool) {
        if transform_skip_enabled_flag {
            w.write_ue(self.log2_max_transform_skip_block_size_minus2.into());
        }
        w.write_flag(self.cross_component_prediction_enabled_flag);
        w.write_flag(self.chroma_qp_offset_list_enabled_flag);
        if self.chroma_qp_offset_list_enabled_flag {
            w.write_ue(self.diff_cu_chroma_qp_offset_depth.into());
            w.write_ue(self.chroma_qp_offset_list.len() as u32 - 1);
            for &(cb, cr) in &self.chroma_qp_offset_list {
                w.write_se(cb.into());
                w.write_se(cr.into());
            }
        }
        w.write_ue(self.log2_sao_offset_scale_luma.into());
        w.write_ue(self.log2_sao_offset_scale_chroma.into());
    }
}

/// Offsets of the adaptive colour transform, if residual_adaptive_colour_transform_enabled_flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AdaptiveColourTransform {
    /// pps_slice_act_qp_offsets_present_flag.
    pub pps_slice_act_qp_offsets_present_flag: bool,
    /// pps_act_y_qp_offset_plus5, -7..=17.
    pub pps_act_y_qp_offset_plus5: i8,
    /// pps_act_cb_qp_offset_plus5, -7..=17.
    pub pps_act_cb_qp_offset_plus5: i8,
    /// pps_act_cr_qp_offset_plus3, -9..=15.
    pub pps_act_cr_qp_offset_plus3: i8,
}

impl AdaptiveColourTransform {
    /// PpsActQpOffsetY, PpsActQpOffsetCb and PpsActQpOffsetCr, each -12..=12.
    pub const fn pps_act_qp_offsets(&self) -> [i32; 3] {
        [
            self.pps_act_y_qp_offset_plus5 as i32 - 5,
            self.pps_act_cb_qp_offset_plus5 as i32 - 5,
            self.pps_act_cr_qp_offset_plus3 as i32 - 3,
        ]
    }
}

/// Palette predictor of a PPS, if pps_palette_predictor_initializers_present_flag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PpsPalettePredictor {
    /// monochrome_palette_flag; false if there are no entries.
    pub monochrome_palette_flag: bool,
    /// luma_bit_depth_entry_minus8, 0..=8; 0 if there are no entries.
    pub luma_bit_depth_entry_minus8: u8,
    /// chroma_bit_depth_entry_minus8, 0..=8; 0 if there are no entries or no chroma.
    pub chroma_bit_depth_entry_minus8: u8,
    /// pps_palette_predictor_initializer\[comp\]\[i\]: equally many in each component, none for chroma in
    /// monochrome.
    pub initializers: [Vec<u16>; 3],
}

impl PpsPalettePredictor {
    fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        let mut palette = Self::default();
        let count = r.read_ue_max("pps_num_palette_predictor_initializers", MAX_PALETTE_PREDICTORS)?;
        if count == 0 {
            return Ok(palette);
        }
        palette.monochrome_palette_flag = r.read_flag()?;
        palette.luma_bit_depth_entry_minus8 = r.read_ue8("luma_bit_depth_entry_minus8", 8)?;
        if !palette.monochrome_palette_flag {
            palette.chroma_bit_depth_entry_minus8 = r.read_ue8("chroma_bit_depth_entry_minus8", 8)?;
        }
        let (luma, chroma) = palette.depths();
        let mut entries =
            |depth| (0..count).map(|_| Ok(r.read_bits(depth)? as u16)).collect::<Result<Vec<_>>>();
        palette.initializers[0] = entries(luma)?;
        if !palette.monochrome_palette_flag {
            palette.initializers[1] = entries(chroma)?;
            palette.initializers[2] = entries(chroma)?;
        }
        Ok(palette)
    }

    fn depths(&self) -> (u32, u32) {
        (u32::from(self.luma_bit_depth_entry_minus8) + 8, u32::from(self.chroma_bit_depth_entry_minus8) + 8)
    }

    fn write(&self, w: &mut BitWriter) {
        let [luma, chroma @ ..] = &self.initializers;
        w.write_ue(luma.len() as u32);
        if luma.is_empty() {
            return;
        }
        w.write_flag(self.monochrome_palette_flag);
        w.write_ue(self.luma_bit_depth_entry_minus8.into());
        if !self.monochrome_palette_flag {
            w.write_ue(self.chroma_bit_depth_entry_minus8.into());
        }
        let (luma_depth, chroma_depth) = self.depths();
        luma.iter().for_each(|&v| w.write_bits(v.into(), luma_depth));
        chroma.iter().flatten().for_each(|&v| w.write_bits(v.into(), chroma_depth));
    }
}

/// pps_scc_extension(). The default is what is inferred when it is absent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PpsSccExtension {
    /// pps_curr_pic_ref_enabled_flag.
    pub pps_curr_pic_ref_enabled_flag: bool,
    /// Present if residual_adaptive_colour_transform_enabled_flag.
    pub adaptive_colour_transform: Option<AdaptiveColourTransform>,
    /// Present if pps_palette_predictor_initializers_present_flag; replaces that of the SPS, also when empty.
    pub palette_predictor: Option<PpsPalettePredictor>,
}

impl PpsSccExtension {
    /// pps_slice_act_qp_offsets_present_flag; 0 without the adaptive colour transform.
    pub fn pps_slice_act_qp_offsets_present_flag(&self) -> bool {
        self.adaptive_colour_transform.is_some_and(|act| act.pps_slice_act_qp_offsets_present_flag)
    }

    /// 7.3.2.3.3.
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        let mut scc = Self { pps_curr_pic_ref_enabled_flag: r.read_flag()?, ..Self::default() };
        if r.read_flag()? {
            let act = AdaptiveColourTransform {
                pps_slice_act_qp_offsets_present_flag: r.read_flag()?,
                pps_act_y_qp_offset_plus5: r.read_se8("pps_act_y_qp_offset_plus5", -7, 17)?,
                pps_act_cb_qp_offset_plus5: r.read_se8("pps_act_cb_qp_offset_plus5", -7, 17)?,
                pps_act_cr_qp_offset_plus3: r.read_se8("pps_act_cr_qp_offset_plus3", -9, 15)?,
            };
            for offset in act.pps_act_qp_offsets() {
                in_range("PpsActQpOffset", offset.into(), -12, 12)?;
            }
            scc.adaptive_colour_transform = Some(act);
        }
        scc.palette_predictor = if r.read_flag()? { Some(PpsPalettePredictor::parse(r)?) } else { None };
        Ok(scc)
    }

    /// 7.3.2.3.3.
    pub(super) fn write(&self, w: &mut BitWriter) {
        w.write_flag(self.pps_curr_pic_ref_enabled_flag);
        w.write_flag(self.adaptive_colour_transform.is_some());
        if let Some(act) = &self.adaptive_colour_transform {
            w.write_flag(act.pps_slice_act_qp_offsets_present_flag);
            w.write_se(act.pps_act_y_qp_offset_plus5.into());
            w.write_se(act.pps_act_cb_qp_offset_plus5.into());
            w.write_se(act.pps_act_cr_qp_offset_plus3.into());
        }
        w.write_flag(self.palette_predictor.is_some());
        if let Some(palette) = &self.palette_predictor {
            palette.write(w);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::option::of;
    use proptest::prelude::*;

    pub(crate) fn range_extension() -> impl Strategy<Value = PpsRangeExtension> {
        let list = prop::collection::vec((-12i8..=12, -12i8..=12), 1..=6);
        (0u8..4, any::<bool>(), of((0u8..4, list)), 0u8..7, 0u8..7).prop_map(
            |(log2, ccp, list, luma, chroma)| PpsRangeExtension {
                log2_max_transform_skip_block_size_minus2: log2,
                cross_component_prediction_enabled_flag: ccp,
                chroma_qp_offset_list_enabled_flag: list.is_some(),
                diff_cu_chroma_qp_offset_depth: list.as_ref().map_or(0, |l| l.0),
                chroma_qp_offset_list: list.map_or(vec![], |l| l.1),
                log2_sao_offset_scale_luma: luma,
                log2_sao_offset_scale_chroma: chroma,
            },
        )
    }

    fn act() -> impl Strategy<Value = AdaptiveColourTransform> {
        (any::<bool>(), -7i8..=17, -7i8..=17, -9i8..=15).prop_map(|(present, y, cb, cr)| {
            AdaptiveColourTransform {
                pps_slice_act_qp_offsets_present_flag: present,
                pps_act_y_qp_offset_plus5: y,
                pps_act_cb_qp_offset_plus5: cb,
                pps_act_cr_qp_offset_plus3: cr,
            }
        })
    }

    fn palette() -> impl Strategy<Value = PpsPalettePredictor> {
        let entries = prop::collection::vec(any::<[u8; 3]>(), 0..9);
        (any::<bool>(), 0u8..9, 0u8..9, entries).prop_map(|(monochrome, luma, chroma, entries)| {
            if entries.is_empty() {
                return PpsPalettePredictor::default();
            }
            let component = |c: usize| entries.iter().map(|e| u16::from(e[c])).collect();
            PpsPalettePredictor {
                monochrome_palette_flag: monochrome,
                luma_bit_depth_entry_minus8: luma,
                chroma_bit_depth_entry_minus8: if monochrome { 0 } else { chroma },
                initializers: std::array::from_fn(
                    |c| if c > 0 && monochrome { vec![] } else { component(c) },
                ),
            }
        })
    }

    pub(crate) fn scc_extension() -> impl Strategy<Value = PpsSccExtension> {
        (any::<bool>(), of(act()), of(palette())).prop_map(|(flag, act, palette)| PpsSccExtension {
            pps_curr_pic_ref_enabled_flag: flag,
            adaptive_colour_transform: act,
            palette_predictor: palette,
        })
    }

    proptest! {
        #[test]
        fn round_trip(range in range_extension(), scc in scc_extension()) {
            let mut w = BitWriter::new();
            range.write(&mut w, true);
            scc.write(&mut w);
            let bits = w.bit_len();
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            prop_assert_eq!(PpsRangeExtension::parse(&mut r, true).unwrap(), range);
            prop_assert_eq!(PpsSccExtension::parse(&mut r).unwrap(), scc);
            prop_assert_eq!(r.bit_position(), bits);
        }
    }
}
