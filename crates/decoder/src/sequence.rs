//! What goes from picture to picture: order counts, the picture buffer, output order (8.1.3, 8.3, C.5.2), recovery (D.3.8).

use crate::coded_picture::AnyPicture;
use crate::output::{PictureInfo, Window};
use rivus_coding::dpb::{Dpb, PictureStart, References};
use rivus_coding::poc::PocState;
use rivus_coding::random_access::{Access, RandomAccess, Recovery};
use rivus_coding::rps::ReferencePictureSet;
use rivus_syntax::nal::{NalHeader, NalUnitType};
use rivus_syntax::ps::{Sps, SubLayerOrdering};
use rivus_syntax::sei::RecoveryPoint;
use rivus_syntax::slice_header::SliceSegmentHeader;
use std::sync::{Arc, OnceLock};

/// A picture of the picture buffer with all that output needs.
pub(crate) struct StoredPicture {
    /// PicOrderCntVal.
    pub(crate) poc: i32,
    /// Samples and motion.
    pub(crate) picture: AnyPicture,
    /// The conformance window.
    pub(crate) window: Window,
    /// What goes out with it, once all its slice segments are received; none if it is skipped.
    pub(crate) shown: OnceLock<Option<Shown>>,
}

/// What goes out with a picture.
#[derive(Clone)]
pub(crate) struct Shown {
    /// The presentation time.
    pub(crate) pts: Option<i64>,
    /// What is known about the picture.
    pub(crate) info: Arc<PictureInfo>,
}

impl StoredPicture {
    /// The picture will be decoded. It is settled once whether it is.
    pub(crate) fn show(&self, shown: Shown) {
        let _ = self.shown.set(Some(shown));
    }

    /// The picture is not decoded.
    pub(crate) fn skip(&self) {
        let _ = self.shown.set(None);
    }

    /// Nothing will ever be in the picture.
    pub(crate) fn is_skipped(&self) -> bool {
        matches!(self.shown.get(), Some(None))
    }
}

/// A handle to a stored picture.
pub(crate) type Handle = Arc<StoredPicture>;

/// How a picture takes part in its sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    /// PicOrderCntVal.
    pub(crate) poc: i32,
    /// PicOutputFlag.
    pub(crate) output: bool,
    /// It precedes the recovery point that decoding began at, and may be wrong.
    pub(crate) recovering: bool,
    start: PictureStart,
}

impl Role {
    /// A coded video sequence starts with this picture.
    pub(crate) fn starts_sequence(&self) -> bool {
        self.start.starts_sequence
    }
}

/// The state of decoding order.
#[derive(Default)]
pub(crate) struct Sequence {
    access: RandomAccess,
    poc: PocState,
    dpb: Dpb<Handle>,
    /// PicOrderCntVal of the latest IRAP picture, if there is one since decoding began.
    irap_poc: Option<i32>,
    /// Decoding began at a recovery point.
    recovery: Option<Recovery>,
}

impl Sequence {
    /// 8.1.3, 8.3.1, D.3.8: what a picture is, by its first slice segment and the recovery point SEI message that came with
    /// it; none if it is not to be decoded.
    pub(crate) fn role(
        &mut self,
        nal: NalHeader,
        header: &SliceSegmentHeader,
        sps: &Sps,
        recovery_point: Option<RecoveryPoint>,
    ) -> Option<Role> {
        let kind = nal.nal_unit_type;
        let access = self.access.picture(kind, header.no_output_of_prior_pics_flag, recovery_point.is_some());
        let (restarts, starts_sequence, no_output_of_prior_pics) = match access {
            Access::Skip => return None,
            Access::Continue => (false, false, false),
            Access::StartSequence { no_output_of_prior_pics } => (true, true, no_output_of_prior_pics),
            // As if it were the first of the bitstream, after a picture with count 0.
            Access::Recover => (false, true, false),
        };
        if starts_sequence {
            (self.poc, self.irap_poc, self.recovery) = (PocState::default(), None, None);
        }
        let log2_max_pic_order_cnt_lsb = sps.log2_max_pic_order_cnt_lsb() as u8;
        let poc = self.poc.poc(header.slice_pic_order_cnt_lsb, log2_max_pic_order_cnt_lsb, restarts);
        if access == Access::Recover {
            self.recovery = recovery_point.map(|message| Recovery::begin(poc, message));
        }
        Some(Role {
            poc,
            output: header.pic_output_flag,
            recovering: self.recovery.as_mut().is_some_and(|recovery| recovery.picture(kind, poc)),
            start: PictureStart { starts_sequence, no_output_of_prior_pics, log2_max_pic_order_cnt_lsb },
        })
    }

    /// Whether decoding began too late for the reference picture `poc` of a picture to be there.
    pub(crate) fn is_out_of_reach(&self, role: &Role, poc: i32) -> bool {
        role.recovering || self.recovery.is_some_and(|recovery| recovery.is_out_of_reach(poc))
    }

    /// 8.3.2, C.5.2.2: updates the picture buffer for a picture about to be decoded; pictures that leave for output are
    /// appended to `output`.
    pub(crate) fn begin_picture(
        &mut self,
        nal: NalHeader,
        header: &SliceSegmentHeader,
        role: &Role,
        limits: &SubLayerOrdering,
        output: &mut Vec<Handle>,
    ) -> References<Handle> {
        self.poc.picture(role.poc, &nal);
        let (short_term, long_term) = (&header.short_term_ref_pic_set, &header.long_term_ref_pics);
        let log2_lsb = role.start.log2_max_pic_order_cnt_lsb;
        let set = ReferencePictureSet::derive(role.poc, short_term, long_term, log2_lsb);
        self.dpb.begin_picture(&role.start, &set, limits, output)
    }

    /// 8.3.3: takes a picture made up for the missing reference `index`.
    pub(crate) fn supply(&mut self, references: &mut References<Handle>, index: usize, handle: Handle) {
        self.dpb.supply(references, index, handle);
    }

    /// C.5.2.3: adds the picture.
    pub(crate) fn insert(
        &mut self,
        handle: Handle,
        role: &Role,
        limits: &SubLayerOrdering,
        output: &mut Vec<Handle>,
    ) {
        self.dpb.insert(role.poc, handle, role.output, limits, output);
    }

    /// Puts out what bumping still holds back although nothing can precede it any more, after the picture was added.
    pub(crate) fn release(&mut self, nal: NalHeader, role: &Role, output: &mut Vec<Handle>) {
        let kind = nal.nal_unit_type;
        let none_below = if kind.is_irap() {
            self.irap_poc = Some(role.poc);
            // These have no leading pictures.
            matches!(kind, NalUnitType::IDR_N_LP | NalUnitType::BLA_N_LP).then_some(role.poc)
        } else {
            // Leading pictures precede trailing ones in decoding order, and all else follows the IRAP picture.
            self.irap_poc.filter(|_| !kind.is_leading())
        };
        self.dpb.release(none_below, output);
    }

    /// The picture that is nearest to `poc` in output order: of those of the buffer and `previous`, which may have left it,
    /// the usable ones. One that was itself made up comes last.
    pub(crate) fn nearest(
        &self,
        poc: i32,
        previous: Option<&Handle>,
        is_usable: impl Fn(&Handle) -> bool,
    ) -> Option<Handle> {
        let buffered = self.dpb.entries().iter().map(|entry| (entry.generated, entry.poc, &entry.handle));
        let candidates = buffered.chain(previous.map(|handle| (false, handle.poc, handle)));
        candidates
            .filter(|(_, _, handle)| is_usable(handle))
            .min_by_key(|(generated, at, _)| (*generated, at.abs_diff(poc)))
            .map(|(_, _, handle)| Arc::clone(handle))
    }

    /// The end of a coded video sequence: the next picture starts another.
    pub(crate) fn end_of_sequence(&mut self) {
        self.access.end_of_sequence();
    }

    /// The end of the stream: everything comes out.
    pub(crate) fn end_of_stream(&mut self, output: &mut Vec<Handle>) {
        self.dpb.flush(output);
        self.access.end_of_sequence();
    }
}

/// When pictures leave the buffer, for the highest temporal sub-layer that is decoded.
pub(crate) fn output_limits(sps: &Sps, max_temporal_id: u8) -> &SubLayerOrdering {
    &sps.sub_layer_ordering[usize::from(max_temporal_id.min(sps.sps_max_sub_layers_minus1).min(6))]
}
