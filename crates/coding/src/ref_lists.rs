//! Reference picture lists (8.3.4).
//!
//! The lists are built as indices into the table of pictures the current picture may refer to: those of
//! RefPicSetStCurrBefore, then StCurrAfter, then LtCurr. The table is the same for all slices of a picture,
//! so its index also serves as the identity of a picture ([`crate::motion::Motion::ref_pic`]).

use rivus_syntax::slice_header::SliceSegmentHeader;

/// Why reference picture lists cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefListError {
    /// A P or B slice of a picture whose reference picture set has no picture to use.
    #[error("NumPicTotalCurr is 0 in a P or B slice")]
    NoReferencePictures,
    /// `list_entry_l0` or `list_entry_l1` is not below NumPicTotalCurr, or there are too few of them.
    #[error("list_entry_l{list}: entry {index} is missing or not below NumPicTotalCurr")]
    ListEntry {
        /// Which list, 0 or 1.
        list: usize,
        /// Which of its entries.
        index: usize,
    },
    /// More than 16 active entries, or a set of more than 255 pictures.
    #[error("num_ref_idx_l{list}_active_minus1 or NumPicTotalCurr is too large")]
    TooManyEntries {
        /// Which list, 0 or 1.
        list: usize,
    },
}

/// What the lists of a slice are built from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefListParams<'a> {
    /// NumPocStCurrBefore.
    pub num_st_curr_before: usize,
    /// NumPocStCurrAfter.
    pub num_st_curr_after: usize,
    /// NumPocLtCurr.
    pub num_lt_curr: usize,
    /// `num_ref_idx_lX_active_minus1` + 1; zero for a list the slice type does not have.
    pub num_ref_idx_active: [usize; 2],
    /// `list_entry_lX` if `ref_pic_list_modification_flag_lX`.
    pub list_entry: [Option<&'a [u8]>; 2],
}

/// RefPicList0 or RefPicList1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefList {
    len: u8,
    pics: [u8; 16],
}

impl RefList {
    /// Indices into the table of reference pictures, one per reference index.
    pub fn pics(&self) -> &[u8] {
        &self.pics[..self.len as usize]
    }
}

impl<'a> RefListParams<'a> {
    /// What `slice` says, in a picture whose sets have these lengths.
    pub fn new(
        slice: &'a SliceSegmentHeader,
        num_st_curr_before: usize,
        num_st_curr_after: usize,
        num_lt_curr: usize,
    ) -> Self {
        let modification = &slice.ref_pic_lists_modification;
        Self {
            num_st_curr_before,
            num_st_curr_after,
            num_lt_curr,
            num_ref_idx_active: [0, 1].map(|list| slice.num_ref_idx_active(list)),
            list_entry: [0, 1].map(|list| modification.list_entry(list).map(|entries| &entries[..])),
        }
    }

    /// 8.3.4: RefPicList0 and RefPicList1.
    ///
    /// # Errors
    /// See [`RefListError`]; lists without active entries are always fine.
    pub fn build(&self) -> Result<[RefList; 2], RefListError> {
        Ok([self.list(0)?, self.list(1)?])
    }

    /// Whether the picture at index `pic` of the table is a long-term reference picture.
    pub fn is_long_term(&self, pic: u8) -> bool {
        pic as usize >= self.num_st_curr_before + self.num_st_curr_after
    }

    fn list(&self, list: usize) -> Result<RefList, RefListError> {
        let (before, after) = (self.num_st_curr_before, self.num_st_curr_after);
        let total = before + after + self.num_lt_curr;
        let active = self.num_ref_idx_active[list];
        if active == 0 {
            return Ok(RefList::default());
        }
        if total == 0 {
            return Err(RefListError::NoReferencePictures);
        }
        if active > 16 || total > 255 {
            return Err(RefListError::TooManyEntries { list });
        }
        let mut result = RefList { len: active as u8, ..RefList::default() };
        for (index, pic) in result.pics[..active].iter_mut().enumerate() {
            // RefPicListTempX repeats the whole set as often as needed.
            let position = match self.list_entry[list] {
                None => index % total,
                Some(entries) => match entries.get(index) {
                    Some(&entry) if (entry as usize) < total => entry as usize,
                    _ => return Err(RefListError::ListEntry { list, index }),
                },
            };
            *pic = match list {
                0 => position,
                // List 1 begins with the pictures that follow in output order.
                _ if position < after => position + before,
                _ if position < after + before => position - after,
                _ => position,
            } as u8;
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn initial_lists_take_the_near_side_first_and_repeat() {
        let params = RefListParams {
            num_st_curr_before: 2,
            num_st_curr_after: 1,
            num_lt_curr: 1,
            num_ref_idx_active: [6, 4],
            list_entry: [None, None],
        };
        let lists = params.build().unwrap();
        assert_eq!(lists[0].pics(), [0, 1, 2, 3, 0, 1]);
        assert_eq!(lists[1].pics(), [2, 0, 1, 3]);
        assert!(params.is_long_term(3) && !params.is_long_term(2));
    }

    #[test]
    fn list_entries_index_the_initial_order_of_their_list() {
        let params = RefListParams {
            num_st_curr_before: 2,
            num_st_curr_after: 2,
            num_ref_idx_active: [3, 2],
            list_entry: [Some(&[3, 3, 0]), Some(&[0, 2])],
            ..RefListParams::default()
        };
        let lists = params.build().unwrap();
        assert_eq!(lists[0].pics(), [3, 3, 0]);
        assert_eq!(lists[1].pics(), [2, 0]);
    }

    #[test]
    fn impossible_lists_are_refused() {
        let params = RefListParams { num_ref_idx_active: [1, 0], ..RefListParams::default() };
        assert_eq!(params.build(), Err(RefListError::NoReferencePictures));
        let params = RefListParams { num_st_curr_before: 2, list_entry: [Some(&[2]), None], ..params };
        assert_eq!(params.build(), Err(RefListError::ListEntry { list: 0, index: 0 }));
        let params = RefListParams { num_ref_idx_active: [2, 0], list_entry: [Some(&[1]), None], ..params };
        assert_eq!(params.build(), Err(RefListError::ListEntry { list: 0, index: 1 }));
        let params = RefListParams { num_ref_idx_active: [0, 17], list_entry: [None, None], ..params };
        assert_eq!(params.build(), Err(RefListError::TooManyEntries { list: 1 }));
    }

    proptest! {
        /// Without modification the first NumPicTotalCurr entries of each list are a permutation of the
        /// table.
        #[test]
        fn initial_lists_hold_every_picture(before in 0usize..6, after in 0usize..6, lt in 0usize..4) {
            let total = before + after + lt;
            prop_assume!(total > 0);
            let params = RefListParams {
                num_st_curr_before: before,
                num_st_curr_after: after,
                num_lt_curr: lt,
                num_ref_idx_active: [total; 2],
                list_entry: [None; 2],
            };
            for list in params.build().unwrap() {
                let mut pics = list.pics().to_vec();
                pics.sort_unstable();
                prop_assert_eq!(pics, (0..total as u8).collect::<Vec<_>>());
            }
        }
    }
}
