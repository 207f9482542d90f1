//! Active parameter sets (clauses D.2.21 and D.3.21).

use crate::bits::{BitReader, BitWriter};
use crate::error::Result;

/// Which VPS and SPS are active. layer_sps_idx, which only streams of several layers have, is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ActiveParameterSets {
    /// active_video_parameter_set_id, 0..=15.
    pub active_video_parameter_set_id: u8,
    /// self_contained_cvs_flag.
    pub self_contained_cvs_flag: bool,
    /// no_parameter_set_update_flag.
    pub no_parameter_set_update_flag: bool,
    /// active_seq_parameter_set_id, one to sixteen, 0..=15 each.
    pub active_seq_parameter_set_ids: Vec<u8>,
}

impl ActiveParameterSets {
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            active_video_parameter_set_id: r.read_u8(4)?,
            self_contained_cvs_flag: r.read_flag()?,
            no_parameter_set_update_flag: r.read_flag()?,
            active_seq_parameter_set_ids: {
                let num_sps_ids_minus1 = r.read_ue_max("num_sps_ids_minus1", 15)?;
                let ids = (0..=num_sps_ids_minus1).map(|_| r.read_ue8("active_seq_parameter_set_id", 15));
                ids.collect::<Result<_>>()?
            },
        })
    }

    pub(super) fn write(&self, w: &mut BitWriter) {
        w.write_bits(self.active_video_parameter_set_id.into(), 4);
        w.write_flag(self.self_contained_cvs_flag);
        w.write_flag(self.no_parameter_set_update_flag);
        w.write_ue((self.active_seq_parameter_set_ids.len() as u32).saturating_sub(1));
        self.active_seq_parameter_set_ids.iter().for_each(|&id| w.write_ue(id.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SeiPayload, testing::prefix_round_trips};
    use super::*;

    #[test]
    fn round_trip() {
        for ids in [vec![0], vec![15, 3], (0..16).collect()] {
            prefix_round_trips(SeiPayload::ActiveParameterSets(ActiveParameterSets {
                active_video_parameter_set_id: 9,
                self_contained_cvs_flag: true,
                no_parameter_set_update_flag: false,
                active_seq_parameter_set_ids: ids,
            }));
        }
    }
}
