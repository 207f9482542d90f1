//! ref_pic_lists_modification() (clauses 7.3.6.2 and 7.4.7.2).

use crate::bits::{BitReader, BitWriter};
use crate::error::{Result, in_range};

/// Most entries of a reference picture list: num_ref_idx_lX_active_minus1 is at most 14.
pub(super) const MAX_REF_IDX_ACTIVE: usize = 15;

/// list_entry_lX for the lists whose ref_pic_list_modification_flag_lX is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RefPicListsModification {
    entries: [Option<[u8; MAX_REF_IDX_ACTIVE]>; 2],
}

/// Length of list_entry_lX in bits: Ceil(Log2(NumPicTotalCurr)).
fn entry_len(num_pic_total_curr: usize) -> u32 {
    num_pic_total_curr.next_power_of_two().trailing_zeros()
}

impl RefPicListsModification {
    /// Sets the entries of list `list` (0 or 1): indices into the initial list, one per active reference.
    ///
    /// # Panics
    /// If there are more than 15, or `list` is neither 0 nor 1.
    pub fn set(&mut self, list: usize, list_entry: &[u8]) {
        let mut entries = [0; MAX_REF_IDX_ACTIVE];
        entries[..list_entry.len()].copy_from_slice(list_entry);
        self.entries[list] = Some(entries);
    }

    /// list_entry_lX of list `list` (0 or 1), or none if it is not modified. Only the first
    /// num_ref_idx_lX_active_minus1 + 1 count; each is below NumPicTotalCurr.
    pub fn list_entry(&self, list: usize) -> Option<&[u8; MAX_REF_IDX_ACTIVE]> {
        self.entries.get(list)?.as_ref()
    }

    /// 7.3.6.2 for lists of `num_active` entries; a list with none is not there.
    pub(super) fn parse(
        r: &mut BitReader<'_>,
        num_active: [usize; 2],
        num_pic_total_curr: usize,
    ) -> Result<Self> {
        let mut modification = Self::default();
        for (entries, active) in modification.entries.iter_mut().zip(num_active) {
            if active == 0 || !r.read_flag()? {
                continue;
            }
            let list = entries.insert([0; MAX_REF_IDX_ACTIVE]);
            for entry in &mut list[..active] {
                *entry = r.read_u8(entry_len(num_pic_total_curr))?;
                in_range("list_entry_lX", (*entry).into(), 0, num_pic_total_curr as i64 - 1)?;
            }
        }
        Ok(modification)
    }

    /// 7.3.6.2.
    pub(super) fn write(&self, w: &mut BitWriter, num_active: [usize; 2], num_pic_total_curr: usize) {
        for (entries, active) in self.entries.iter().zip(num_active) {
            if active == 0 {
                continue;
            }
            w.write_flag(entries.is_some());
            for &entry in entries.iter().flat_map(|list| &list[..active]) {
                w.write_bits(entry.into(), entry_len(num_pic_total_curr));
            }
        }
    }
}

/// Which reference indices of list 0 and list 1 mean the current picture itself (clause 8.3.4 with
/// pps_curr_pic_ref_enabled_flag): the current picture is the last of the NumPicTotalCurr pictures the
/// initial lists repeat, and takes the last place of an unmodified list 0 that is too short for it.
pub(super) fn refers_to_current_picture(
    modification: &RefPicListsModification,
    num_active: [usize; 2],
    num_pic_total_curr: usize,
) -> [[bool; MAX_REF_IDX_ACTIVE]; 2] {
    let mut current = [[false; MAX_REF_IDX_ACTIVE]; 2];
    for (list, active) in num_active.into_iter().enumerate() {
        let entries = modification.list_entry(list);
        for (i, is_current) in current[list][..active].iter_mut().enumerate() {
            let initial = entries.map_or(i % num_pic_total_curr, |e| usize::from(e[i]));
            *is_current = initial + 1 == num_pic_total_curr;
        }
        if list == 0 && entries.is_none() && num_pic_total_curr > active && active > 0 {
            current[0][active - 1] = true;
        }
    }
    current
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::option::of;
    use proptest::prelude::*;

    pub(in super::super) fn modification(
        num_active: [usize; 2],
        num_pic_total_curr: usize,
    ) -> impl Strategy<Value = RefPicListsModification> {
        let list = |n| of(prop::collection::vec(0..num_pic_total_curr as u8, n));
        (list(num_active[0]), list(num_active[1])).prop_map(move |(l0, l1)| {
            let mut modification = RefPicListsModification::default();
            for (list, entries) in [l0, l1].into_iter().enumerate() {
                if let Some(entries) = entries.filter(|_| num_active[list] > 0) {
                    modification.set(list, &entries);
                }
            }
            modification
        })
    }

    fn case() -> impl Strategy<Value = ([usize; 2], usize, RefPicListsModification)> {
        (1usize..=15, 0usize..=15, 2usize..=16)
            .prop_flat_map(|(a, b, total)| (Just([a, b]), Just(total), modification([a, b], total)))
    }

    proptest! {
        #[test]
        fn round_trip((num_active, total, modification) in case()) {
            let mut w = BitWriter::new();
            modification.write(&mut w, num_active, total);
            let bits = w.bit_len();
            let bytes = w.into_bytes();
            let mut r = BitReader::new(&bytes);
            prop_assert_eq!(RefPicListsModification::parse(&mut r, num_active, total).unwrap(), modification);
            prop_assert_eq!(r.bit_position(), bits);
        }
    }

    #[test]
    fn the_entry_length_is_ceil_log2() {
        assert_eq!([1, 2, 3, 4, 5, 8, 9].map(entry_len), [0, 1, 2, 2, 3, 3, 4]);
    }

    #[test]
    fn the_current_picture_is_last_and_never_lost_from_list_0() {
        let current = |m: &RefPicListsModification, active| refers_to_current_picture(m, active, 3);
        let plain = current(&RefPicListsModification::default(), [4, 2]);
        assert_eq!(
            (plain[0][..4].to_vec(), &plain[1][..2]),
            (vec![false, false, true, false], &[false; 2][..])
        );
        let short = current(&RefPicListsModification::default(), [2, 2]);
        assert_eq!((short[0][..2].to_vec(), &short[1][..2]), (vec![false, true], &[false; 2][..]));
        let mut modification = RefPicListsModification::default();
        modification.set(0, &[2, 0]);
        assert_eq!(current(&modification, [2, 0])[0][..2], [true, false]);
    }
}
