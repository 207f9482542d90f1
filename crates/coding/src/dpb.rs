//! The decoded picture buffer: reference marking (8.3.2, 8.3.3) and output by bumping (C.5.2).
//!
//! The buffer is generic over the picture handle `H`, a cheap clone such as an `Arc`. It decides about
//! pictures, never about samples: a picture can be inserted, used as reference and put out (to whoever waits
//! for its samples) as soon as its first slice header is known.
//!
//! Per picture: [`Dpb::begin_picture`], [`Dpb::supply`] for each missing reference, [`Dpb::insert`], and
//! [`Dpb::release`] if output shall not wait for longer than order demands; at the end [`Dpb::flush`]. Handles are appended to the caller's `output` in output order. `limits` are those of
//! the active SPS for HighestTid, the highest sub-layer that is decoded, whatever the sub-layer of the
//! picture.

use rivus_syntax::ps::{Pps, SubLayerOrdering};
use rivus_syntax::slice_header::SliceSegmentHeader;

use crate::motion::SliceMotion;
use crate::ref_lists::{RefListError, RefListParams};
use crate::rps::{LongTermPoc, ReferencePictureSet};

/// How a picture is marked for reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marking {
    /// "Unused for reference".
    Unused,
    /// "Used for short-term reference".
    ShortTerm,
    /// "Used for long-term reference".
    LongTerm,
}

/// A picture in the buffer.
#[derive(Clone, Debug)]
pub struct Entry<H> {
    /// The picture.
    pub handle: H,
    /// PicOrderCntVal.
    pub poc: i32,
    /// Reference marking.
    pub marking: Marking,
    /// "Needed for output".
    pub needed_for_output: bool,
    /// Generated for a missing reference (8.3.3): takes no part in output and occupies no picture storage
    /// buffer.
    pub generated: bool,
    /// PicLatencyCount.
    pic_latency_count: u32,
}

/// What the start of a picture means for those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureStart {
    /// An IRAP picture with NoRaslOutputFlag 1: a coded video sequence begins.
    pub starts_sequence: bool,
    /// NoOutputOfPriorPicsFlag (C.5.2.2): with `starts_sequence`, earlier pictures not yet put out never will
    /// be.
    pub no_output_of_prior_pics: bool,
    /// `log2_max_pic_order_cnt_lsb_minus4` + 4.
    pub log2_max_pic_order_cnt_lsb: u8,
}

/// A picture the current one may refer to.
#[derive(Clone, Debug)]
pub struct Reference<H> {
    /// The picture; none if the buffer lacks it, see [`Dpb::supply`].
    pub handle: Option<H>,
    /// PicOrderCntVal (of a missing long-term picture known by its LSBs: just these).
    pub poc: i32,
    /// Marked "used for long-term reference".
    pub is_long_term: bool,
}

/// The pictures the current one may refer to, in the order of the table that [`crate::ref_lists`] indexes.
#[derive(Clone, Debug)]
pub struct References<H> {
    /// RefPicSetStCurrBefore, RefPicSetStCurrAfter, RefPicSetLtCurr.
    pub table: Vec<Reference<H>>,
    /// Length of RefPicSetStCurrBefore.
    pub num_st_curr_before: usize,
    /// Length of RefPicSetStCurrAfter.
    pub num_st_curr_after: usize,
    /// Length of RefPicSetLtCurr.
    pub num_lt_curr: usize,
}

impl<H> References<H> {
    /// 8.3.4: the reference lists of a slice of picture `poc`, as motion derivation needs them.
    ///
    /// # Errors
    /// If the lists cannot be built: the slice refers to pictures, but the set has none it may use.
    pub fn slice_motion(
        &self,
        slice: &SliceSegmentHeader,
        pps: &Pps,
        poc: i32,
    ) -> Result<SliceMotion, RefListError> {
        let lists =
            RefListParams::new(slice, self.num_st_curr_before, self.num_st_curr_after, self.num_lt_curr)
                .build()?;
        let picture = |pic: u8| {
            let reference = &self.table[pic as usize];
            (reference.poc, reference.is_long_term)
        };
        Ok(SliceMotion::for_slice(slice, pps, poc, &lists, picture))
    }

    /// Indices of the missing pictures.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.table.iter().enumerate().filter(|(_, reference)| reference.handle.is_none()).map(|(i, _)| i)
    }
}

/// The decoded picture buffer.
///
/// Its size is not enforced: streams that keep more pictures than they declared are decoded all the same. It
/// stays bounded, since every picture that is neither waiting for output nor in the newest reference picture
/// set leaves.
#[derive(Clone, Debug)]
pub struct Dpb<H> {
    entries: Vec<Entry<H>>,
    /// Every picture of the sequence with a lower picture order count has been put out, or is not to be.
    next_poc: Option<i32>,
}

impl<H> Default for Dpb<H> {
    fn default() -> Self {
        Self { entries: Vec::new(), next_poc: None }
    }
}

impl<H: Clone> Dpb<H> {
    /// The pictures in the buffer, in decoding order.
    pub fn entries(&self) -> &[Entry<H>] {
        &self.entries
    }

    /// 8.3.2 and C.5.2.2: marks references by the set of a new picture, puts out and removes what must leave
    /// before it is decoded.
    pub fn begin_picture(
        &mut self,
        start: &PictureStart,
        set: &ReferencePictureSet,
        limits: &SubLayerOrdering,
        output: &mut Vec<H>,
    ) -> References<H> {
        if start.starts_sequence {
            self.entries.iter_mut().for_each(|entry| entry.marking = Marking::Unused);
        }
        let references = self.mark(set, 1 << start.log2_max_pic_order_cnt_lsb);
        if start.starts_sequence {
            if !start.no_output_of_prior_pics {
                self.bump_all(output);
            }
            self.entries.clear();
            self.next_poc = None;
        } else {
            self.remove_unneeded();
            while self.exceeds(limits) || self.is_full(limits) {
                if !self.bump(output) {
                    break;
                }
                self.remove_unneeded();
            }
        }
        references
    }

    /// 8.3.3: takes `handle` as the missing reference `index` of `references`.
    pub fn supply(&mut self, references: &mut References<H>, index: usize, handle: H) {
        let Some(reference) = references.table.get_mut(index) else { return };
        self.entries.push(Entry {
            handle: handle.clone(),
            poc: reference.poc,
            marking: if reference.is_long_term { Marking::LongTerm } else { Marking::ShortTerm },
            needed_for_output: false,
            generated: true,
            pic_latency_count: 0,
        });
        reference.handle = Some(handle);
    }

    /// C.5.2.3: adds the current picture, marked as short-term reference, and puts out what its arrival
    /// releases ("additional bumping"). `pic_output` is PicOutputFlag.
    pub fn insert(
        &mut self,
        poc: i32,
        handle: H,
        pic_output: bool,
        limits: &SubLayerOrdering,
        output: &mut Vec<H>,
    ) {
        if pic_output {
            for entry in &mut self.entries {
                if entry.needed_for_output && entry.poc > poc {
                    entry.pic_latency_count += 1;
                }
            }
        }
        self.entries.push(Entry {
            handle,
            poc,
            marking: Marking::ShortTerm,
            needed_for_output: pic_output,
            generated: false,
            pic_latency_count: 0,
        });
        while self.exceeds(limits) && self.bump(output) {}
    }

    /// Puts out what waits although no picture that precedes it in output order can come any more: its picture order
    /// count is next to that of the picture before it, or at most `none_below`, below which none will follow.
    ///
    /// Bumping waits until more pictures are there than may be out of order. That is no later for streams without
    /// reordering; for others this is earlier.
    pub fn release(&mut self, none_below: Option<i32>, output: &mut Vec<H>) {
        self.next_poc = self.next_poc.max(none_below);
        while let Some(next) = self.next_poc {
            let waiting = self.entries.iter().filter(|e| e.needed_for_output).map(|e| e.poc).min();
            if waiting.is_some_and(|poc| poc <= next) {
                self.bump(output);
            } else if self.entries.iter().any(|e| e.poc == next && !e.generated) {
                // It has come, and is not for output.
                self.next_poc = next.checked_add(1);
            } else {
                break;
            }
        }
    }

    /// Puts out all that waits for it, in order, and empties the buffer: the end of the stream.
    pub fn flush(&mut self, output: &mut Vec<H>) {
        self.bump_all(output);
        self.entries.clear();
        self.next_poc = None;
    }

    /// 8.3.2: finds the pictures of the set, marks them, and marks all others as unused for reference.
    ///
    /// Long-term entries are matched first, against any reference picture, since they may turn a short-term
    /// picture into a long-term one; short-term entries only match what is then left as short-term.
    fn mark(&mut self, set: &ReferencePictureSet, max_lsb: i32) -> References<H> {
        let mut keep = vec![false; self.entries.len()];
        let mut long_term = |entries: &[Entry<H>], wanted: &LongTermPoc| {
            let found =
                entries.iter().position(|e| e.marking != Marking::Unused && wanted.matches(e.poc, max_lsb));
            if let Some(i) = found {
                keep[i] = true;
            }
            found
        };
        let lt_curr: Vec<_> = set.lt_curr.iter().map(|wanted| long_term(&self.entries, wanted)).collect();
        for wanted in &set.lt_foll {
            long_term(&self.entries, wanted);
        }
        for (entry, _) in self.entries.iter_mut().zip(&keep).filter(|(_, keep)| **keep) {
            entry.marking = Marking::LongTerm;
        }
        let mut short_term = |entries: &[Entry<H>], poc: i32| {
            let found = entries.iter().position(|e| e.marking == Marking::ShortTerm && e.poc == poc);
            if let Some(i) = found {
                keep[i] = true;
            }
            found
        };
        let st_curr = set.st_curr_before.iter().chain(&set.st_curr_after);
        let mut table: Vec<_> = st_curr
            .map(|&poc| {
                let found = short_term(&self.entries, poc);
                self.reference(found, poc, false)
            })
            .collect();
        for &poc in &set.st_foll {
            short_term(&self.entries, poc);
        }
        let lt_curr = set.lt_curr.iter().zip(lt_curr);
        table.extend(lt_curr.map(|(wanted, found)| self.reference(found, wanted.poc, true)));
        for (entry, _) in self.entries.iter_mut().zip(&keep).filter(|(_, keep)| !**keep) {
            entry.marking = Marking::Unused;
        }
        References {
            table,
            num_st_curr_before: set.st_curr_before.len(),
            num_st_curr_after: set.st_curr_after.len(),
            num_lt_curr: set.lt_curr.len(),
        }
    }

    fn reference(&self, found: Option<usize>, wanted_poc: i32, is_long_term: bool) -> Reference<H> {
        let entry = found.map(|i| &self.entries[i]);
        Reference {
            handle: entry.map(|e| e.handle.clone()),
            poc: entry.map_or(wanted_poc, |e| e.poc),
            is_long_term,
        }
    }

    fn remove_unneeded(&mut self) {
        self.entries.retain(|e| e.needed_for_output || e.marking != Marking::Unused);
    }

    /// More pictures wait, or one has waited longer, than the stream says is needed to restore the order.
    fn exceeds(&self, limits: &SubLayerOrdering) -> bool {
        let reorder = u32::from(limits.max_num_reorder_pics);
        // SpsMaxLatencyPictures (7-9), if there is a limit.
        let latency = limits.max_latency_increase_plus1.checked_sub(1).map(|n| reorder.saturating_add(n));
        let waiting = self.entries.iter().filter(|e| e.needed_for_output);
        waiting.clone().count() > reorder as usize
            || latency.is_some_and(|max| waiting.clone().any(|e| e.pic_latency_count >= max))
    }

    fn is_full(&self, limits: &SubLayerOrdering) -> bool {
        let stored = self.entries.iter().filter(|e| !e.generated).count();
        stored > limits.max_dec_pic_buffering_minus1 as usize
    }

    /// C.5.2.4: puts out the picture that is first in output order; false if none waits.
    fn bump(&mut self, output: &mut Vec<H>) -> bool {
        let first = self.entries.iter_mut().filter(|e| e.needed_for_output).min_by_key(|e| e.poc);
        let Some(entry) = first else { return false };
        entry.needed_for_output = false;
        output.push(entry.handle.clone());
        self.next_poc = self.next_poc.max(entry.poc.checked_add(1));
        true
    }

    fn bump_all(&mut self, output: &mut Vec<H>) {
        while self.bump(output) {}
    }
}

#[cfg(test)]
mod tests;
