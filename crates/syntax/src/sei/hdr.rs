//! High dynamic range: mastering display colour volume (clauses D.2.28 and D.3.28), content light level
//! (D.2.35 and D.3.35), alternative transfer characteristics (D.2.38 and D.3.38).

use crate::bits::{BitReader, BitWriter};
use crate::error::Result;

/// mastering_display_colour_volume(): the display the content was graded on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MasteringDisplayColourVolume {
    /// (display_primaries_x, display_primaries_y) in units of 0.00002, in the order green, blue, red.
    pub display_primaries: [(u16, u16); 3],
    /// (white_point_x, white_point_y) in units of 0.00002.
    pub white_point: (u16, u16),
    /// max_display_mastering_luminance in units of 0.0001 candela per square metre.
    pub max_display_mastering_luminance: u32,
    /// min_display_mastering_luminance in units of 0.0001 candela per square metre.
    pub min_display_mastering_luminance: u32,
}

impl MasteringDisplayColourVolume {
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        let mut point = || Ok((r.read_bits(16)? as u16, r.read_bits(16)? as u16));
        Ok(Self {
            display_primaries: [point()?, point()?, point()?],
            white_point: point()?,
            max_display_mastering_luminance: r.read_bits(32)?,
            min_display_mastering_luminance: r.read_bits(32)?,
        })
    }

    pub(super) fn write(&self, w: &mut BitWriter) {
        for (x, y) in self.display_primaries.into_iter().chain([self.white_point]) {
            w.write_bits(x.into(), 16);
            w.write_bits(y.into(), 16);
        }
        w.write_bits(self.max_display_mastering_luminance, 32);
        w.write_bits(self.min_display_mastering_luminance, 32);
    }
}

/// content_light_level_info(), in candela per square metre; 0 means unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ContentLightLevel {
    /// max_content_light_level (MaxCLL).
    pub max_content_light_level: u16,
    /// max_pic_average_light_level (MaxFALL).
    pub max_pic_average_light_level: u16,
}

impl ContentLightLevel {
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            max_content_light_level: r.read_bits(16)? as u16,
            max_pic_average_light_level: r.read_bits(16)? as u16,
        })
    }

    pub(super) fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.max_content_light_level.into(), 16);
        w.write_bits(self.max_pic_average_light_level.into(), 16);
    }
}

/// alternative_transfer_characteristics(): what a display that knows it should use instead of the VUI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AlternativeTransferCharacteristics {
    /// preferred_transfer_characteristics (table E.4).
    pub preferred_transfer_characteristics: u8,
}

impl AlternativeTransferCharacteristics {
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self { preferred_transfer_characteristics: r.read_u8(8)? })
    }

    pub(super) fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.preferred_transfer_characteristics.into(), 8);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SeiPayload, testing::prefix_round_trips};
    use super::*;

    #[test]
    fn round_trip() {
        prefix_round_trips(SeiPayload::MasteringDisplayColourVolume(MasteringDisplayColourVolume {
            display_primaries: [(13250, 34500), (7500, 3000), (34000, 16000)],
            white_point: (15635, 16450),
            max_display_mastering_luminance: 10_000_000,
            min_display_mastering_luminance: 1,
        }));
        prefix_round_trips(SeiPayload::ContentLightLevel(ContentLightLevel {
            max_content_light_level: 1000,
            max_pic_average_light_level: 400,
        }));
        prefix_round_trips(SeiPayload::AlternativeTransferCharacteristics(
            AlternativeTransferCharacteristics { preferred_transfer_characteristics: 18 },
        ));
    }
}
