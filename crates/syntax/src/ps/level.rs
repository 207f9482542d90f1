//! Limits of levels and tiers (clauses A.4.1 and A.4.2, tables A.8 and A.9).

/// What a stream of one level may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelLimits {
    /// general_level_idc: 30 times the level number.
    pub level_idc: u8,
    /// `MaxLumaPs`: luma samples of a picture.
    pub max_luma_ps: u32,
    /// `MaxLumaSr`: luma samples per second.
    pub max_luma_sr: u64,
    /// `MaxCPB` for the Main and the High tier, in units of CpbVclFactor or CpbNalFactor bits (1000 and 1100
    /// for Main and Main 10); without a High tier both are equal.
    pub max_cpb: [u32; 2],
    /// `MaxBR` for the Main and the High tier, in units of BrVclFactor or BrNalFactor bits per second (1000
    /// and 1100 for Main and Main 10); without a High tier both are equal.
    pub max_br: [u32; 2],
    /// `MaxSliceSegmentsPerPicture`.
    pub max_slice_segments_per_picture: u16,
    /// `MaxTileRows`.
    pub max_tile_rows: u8,
    /// `MaxTileCols`.
    pub max_tile_cols: u8,
}

/// What a level has to allow; see [`LevelLimits::smallest_for`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LevelDemand {
    /// pic_width_in_luma_samples.
    pub width: u32,
    /// pic_height_in_luma_samples.
    pub height: u32,
    /// Pictures per second, rounded up.
    pub pictures_per_second: u32,
    /// Highest bit rate, in the units of [`LevelLimits::max_br`]; 0 if not bounded.
    pub bit_rate: u32,
    /// Coded picture buffer, in the units of [`LevelLimits::max_cpb`]; 0 if not bounded.
    pub cpb_size: u32,
    /// Pictures in the decoded picture buffer, the current one included.
    pub dpb_size: u32,
    /// Whether the High tier is meant.
    pub high_tier: bool,
}

const fn level(
    level_idc: u8,
    max_luma_ps: u32,
    max_luma_sr: u64,
    max_cpb: [u32; 2],
    max_br: [u32; 2],
    max_slice_segments_per_picture: u16,
    (max_tile_rows, max_tile_cols): (u8, u8),
) -> LevelLimits {
    LevelLimits {
        level_idc,
        max_luma_ps,
        max_luma_sr,
        max_cpb,
        max_br,
        max_slice_segments_per_picture,
        max_tile_rows,
        max_tile_cols,
    }
}

impl LevelLimits {
    /// Levels 1 to 6.2, ascending.
    pub const TABLE: [Self; 13] = [
        level(30, 36_864, 552_960, [350, 350], [128, 128], 16, (1, 1)),
        level(60, 122_880, 3_686_400, [1_500, 1_500], [1_500, 1_500], 16, (1, 1)),
        level(63, 245_760, 7_372_800, [3_000, 3_000], [3_000, 3_000], 20, (1, 1)),
        level(90, 552_960, 16_588_800, [6_000, 6_000], [6_000, 6_000], 30, (2, 2)),
        level(93, 983_040, 33_177_600, [10_000, 10_000], [10_000, 10_000], 40, (3, 3)),
        level(120, 2_228_224, 66_846_720, [12_000, 30_000], [12_000, 30_000], 75, (5, 5)),
        level(123, 2_228_224, 133_693_440, [20_000, 50_000], [20_000, 50_000], 75, (5, 5)),
        level(150, 8_912_896, 267_386_880, [25_000, 100_000], [25_000, 100_000], 200, (11, 10)),
        level(153, 8_912_896, 534_773_760, [40_000, 160_000], [40_000, 160_000], 200, (11, 10)),
        level(156, 8_912_896, 1_069_547_520, [60_000, 240_000], [60_000, 240_000], 200, (11, 10)),
        level(180, 35_651_584, 1_069_547_520, [60_000, 240_000], [60_000, 240_000], 600, (22, 20)),
        level(183, 35_651_584, 2_139_095_040, [120_000, 480_000], [120_000, 480_000], 600, (22, 20)),
        level(186, 35_651_584, 4_278_190_080, [240_000, 800_000], [240_000, 800_000], 600, (22, 20)),
    ];

    /// The limits that hold for `level_idc`: those of the highest level not above it, none below level 1 or
    /// above 6.2 (8.5 has no limits).
    pub fn of(level_idc: u8) -> Option<&'static Self> {
        let known = Self::TABLE.iter().rev().find(|l| l.level_idc <= level_idc);
        known.filter(|_| level_idc <= 186)
    }

    /// A.4.2: `MaxDpbSize`, 6..=16, for pictures of `pic_size` luma samples.
    pub fn max_dpb_size(&self, pic_size: u32) -> u32 {
        const MAX_DPB_PIC_BUF: u32 = 6;
        let max = u64::from(self.max_luma_ps);
        match u64::from(pic_size) {
            size if size <= max >> 2 => (4 * MAX_DPB_PIC_BUF).min(16),
            size if size <= max >> 1 => (2 * MAX_DPB_PIC_BUF).min(16),
            size if size <= (3 * max) >> 2 => (4 * MAX_DPB_PIC_BUF / 3).min(16),
            _ => MAX_DPB_PIC_BUF,
        }
    }

    /// Whether `demand` stays within the limits of this level (A.4.1 and A.4.2).
    pub fn allows(&self, demand: &LevelDemand) -> bool {
        let tier = usize::from(demand.high_tier);
        let pic_size = u64::from(demand.width) * u64::from(demand.height);
        // Width and height are at most Sqrt(MaxLumaPs * 8).
        let longest = u64::from(demand.width.max(demand.height));
        pic_size <= u64::from(self.max_luma_ps)
            && longest * longest <= 8 * u64::from(self.max_luma_ps)
            && pic_size * u64::from(demand.pictures_per_second) <= self.max_luma_sr
            && demand.bit_rate <= self.max_br[tier]
            && demand.cpb_size <= self.max_cpb[tier]
            && demand.dpb_size <= self.max_dpb_size(pic_size as u32)
    }

    /// The lowest level that allows `demand`; none if not even level 6.2 does. The High tier begins at level
    /// 4.
    pub fn smallest_for(demand: &LevelDemand) -> Option<&'static Self> {
        Self::TABLE.iter().find(|l| (!demand.high_tier || l.level_idc >= 120) && l.allows(demand))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn smallest(demand: LevelDemand) -> Option<u8> {
        LevelLimits::smallest_for(&demand).map(|l| l.level_idc)
    }

    #[test]
    fn common_formats_get_their_usual_level() {
        let demand = |width, height, pictures_per_second| LevelDemand {
            width,
            height,
            pictures_per_second,
            dpb_size: 5,
            ..LevelDemand::default()
        };
        assert_eq!(smallest(demand(416, 240, 30)), Some(60));
        assert_eq!(smallest(demand(1280, 720, 30)), Some(93));
        assert_eq!(smallest(demand(1920, 1088, 30)), Some(120));
        assert_eq!(smallest(demand(1920, 1088, 60)), Some(123));
        assert_eq!(smallest(demand(3840, 2160, 60)), Some(153));
        assert_eq!(smallest(demand(8192, 4320, 120)), Some(186));
        assert_eq!(smallest(demand(8192, 4320, 121)), None);
        // Long and thin: few samples, but wider than Sqrt(8 * MaxLumaPs) of the low levels.
        assert_eq!(smallest(demand(4096, 8, 1)), Some(120));
    }

    #[test]
    fn bit_rate_tier_and_dpb_raise_the_level() {
        let hd = LevelDemand { width: 1280, height: 720, pictures_per_second: 30, ..LevelDemand::default() };
        assert_eq!(smallest(LevelDemand { bit_rate: 11_000, ..hd }), Some(120));
        assert_eq!(smallest(LevelDemand { bit_rate: 25_000, high_tier: true, ..hd }), Some(120));
        assert_eq!(smallest(LevelDemand { cpb_size: 60_000, ..hd }), Some(156));
        assert_eq!(smallest(LevelDemand { dpb_size: 12, ..hd }), Some(120));
        assert_eq!(smallest(LevelDemand { dpb_size: 17, ..hd }), None);
    }

    #[test]
    fn dpb_sizes_of_a_4() {
        let level_4 = LevelLimits::of(120).unwrap();
        let sizes = [416 * 240, 1024 * 768, 1280 * 1024, 1920 * 1080].map(|size| level_4.max_dpb_size(size));
        assert_eq!(sizes, [16, 12, 8, 6]);
        assert_eq!(LevelLimits::of(122).unwrap().level_idc, 120);
        assert!(LevelLimits::of(29).is_none() && LevelLimits::of(255).is_none());
    }
}
