//! Entry points of the slice segment data: where its substreams begin (clauses 7.3.6.1 and 7.4.7.1).

use crate::bits::{BitReader, BitWriter, escaped_len};
use crate::error::{Result, in_range};
use crate::ps::{Pps, Sps};

/// offset_len_minus1 and entry_point_offset_minus1. Empty without tiles and wavefronts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct EntryPoints {
    /// offset_len_minus1, 0..=31; only if there are offsets.
    pub offset_len_minus1: u8,
    /// entry_point_offset_minus1: sizes minus 1 of all substreams but the last, in NAL unit bytes, emulation
    /// prevention bytes included.
    pub entry_point_offset_minus1: Vec<u32>,
}

impl EntryPoints {
    /// The entry points for these substreams (RBSP bytes, each ending in a non-zero byte, none empty).
    pub fn for_substreams<'a>(substreams: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut offsets: Vec<u32> =
            substreams.into_iter().map(|s| (escaped_len(s) as u32).saturating_sub(1)).collect();
        offsets.pop();
        let max = offsets.iter().copied().max().unwrap_or(0);
        let offset_len_minus1 = (u32::BITS - max.leading_zeros()).saturating_sub(1) as u8;
        Self { offset_len_minus1, entry_point_offset_minus1: offsets }
    }

    /// Most entry points a slice segment can have: the range of num_entry_point_offsets.
    fn max_count(sps: &Sps, pps: &Pps) -> u32 {
        let columns = pps.num_tile_columns();
        match (pps.tiles_enabled_flag(), pps.entropy_coding_sync_enabled_flag) {
            (_, true) => columns * sps.pic_height_in_ctbs() - 1,
            (true, false) => columns * pps.num_tile_rows() - 1,
            (false, false) => 0,
        }
    }

    pub(super) fn parse(r: &mut BitReader<'_>, sps: &Sps, pps: &Pps) -> Result<Self> {
        let mut entry_points = Self::default();
        if !pps.tiles_enabled_flag() && !pps.entropy_coding_sync_enabled_flag {
            return Ok(entry_points);
        }
        let count = r.read_ue_max("num_entry_point_offsets", Self::max_count(sps, pps))?;
        if count == 0 {
            return Ok(entry_points);
        }
        entry_points.offset_len_minus1 = r.read_ue8("offset_len_minus1", 31)?;
        let len = u32::from(entry_points.offset_len_minus1) + 1;
        // Checked before memory is taken: each offset needs its bits.
        in_range("num_entry_point_offsets", count.into(), 0, (r.bits_left() / u64::from(len)) as i64)?;
        entry_points.entry_point_offset_minus1 =
            (0..count).map(|_| r.read_bits(len)).collect::<Result<_>>()?;
        Ok(entry_points)
    }

    pub(super) fn write(&self, w: &mut BitWriter, pps: &Pps) {
        if !pps.tiles_enabled_flag() && !pps.entropy_coding_sync_enabled_flag {
            return;
        }
        w.write_ue(self.entry_point_offset_minus1.len() as u32);
        if self.entry_point_offset_minus1.is_empty() {
            return;
        }
        w.write_ue(self.offset_len_minus1.into());
        for &offset in &self.entry_point_offset_minus1 {
            w.write_bits(offset, u32::from(self.offset_len_minus1) + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_emulation_prevention_and_leave_out_the_last() {
        let streams: [&[u8]; 3] = [&[1; 300], &[0, 0, 1, 0x80], &[1]];
        let entry_points = EntryPoints::for_substreams(streams);
        assert_eq!(
            entry_points,
            EntryPoints { offset_len_minus1: 8, entry_point_offset_minus1: vec![299, 4] }
        );
        assert_eq!(EntryPoints::for_substreams([&[1u8][..]]), EntryPoints::default());
        let ones = EntryPoints::for_substreams([&[1u8][..], &[1]]);
        assert_eq!(ones, EntryPoints { offset_len_minus1: 0, entry_point_offset_minus1: vec![0] });
    }
}
