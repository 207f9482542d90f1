//! Recovery point (clauses D.2.8 and D.3.8).

use crate::bits::{BitReader, BitWriter};
use crate::error::Result;

/// Where decoding that starts here gives correct pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RecoveryPoint {
    /// recovery_poc_cnt: picture order count of the first correct picture minus that of this one,
    /// -32768..=32767.
    pub recovery_poc_cnt: i16,
    /// exact_match_flag: correct means equal, not just similar.
    pub exact_match_flag: bool,
    /// broken_link_flag: pictures before the recovery point may refer to something else.
    pub broken_link_flag: bool,
}

impl RecoveryPoint {
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self {
            recovery_poc_cnt: r.read_se_range("recovery_poc_cnt", i16::MIN.into(), i16::MAX.into())? as i16,
            exact_match_flag: r.read_flag()?,
            broken_link_flag: r.read_flag()?,
        })
    }

    pub(super) fn write(&self, w: &mut BitWriter) {
        w.write_se(self.recovery_poc_cnt.into());
        w.write_flag(self.exact_match_flag);
        w.write_flag(self.broken_link_flag);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SeiPayload, testing::prefix_round_trips};
    use super::*;

    #[test]
    fn round_trip() {
        for recovery_poc_cnt in [i16::MIN, -3, 0, 1, i16::MAX] {
            for flags in 0..4 {
                let point = RecoveryPoint {
                    recovery_poc_cnt,
                    exact_match_flag: flags & 1 != 0,
                    broken_link_flag: flags & 2 != 0,
                };
                prefix_round_trips(SeiPayload::RecoveryPoint(point));
            }
        }
    }
}
