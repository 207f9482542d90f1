//! The picture whose slice segments are being received.

use crate::assembly::{ReceivedPicture, ReceivedSegment};
use crate::coded_picture::{AnyPicture, CodedPicture, DecodeSample};
use crate::error::Reason;
use crate::limits::DecoderLimits;
use rivus_picture::Band;
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::NalHeader;
use rivus_syntax::slice_header::{SliceSegment, SliceSegmentHeader};
use std::sync::Arc;

/// A NAL unit being processed.
#[derive(Clone, Copy)]
pub(crate) struct Unit {
    /// Its number in decoding order.
    pub(crate) number: u64,
    pub(crate) header: NalHeader,
}

/// A picture to be written, by sample type.
pub(crate) enum Pending {
    U8(Arc<CodedPicture<u8>>, Vec<Band<u8>>),
    U16(Arc<CodedPicture<u16>>, Vec<Band<u16>>),
}

impl Pending {
    /// The picture as others will refer to it.
    pub(crate) fn picture(&self) -> AnyPicture {
        match self {
            Self::U8(picture, _) => DecodeSample::any(Arc::clone(picture)),
            Self::U16(picture, _) => DecodeSample::any(Arc::clone(picture)),
        }
    }

    /// Whether it can refer to `picture`: same sample type, format and band height.
    pub(crate) fn can_refer_to(&self, picture: &AnyPicture) -> bool {
        match (self, picture) {
            (Self::U8(current, _), AnyPicture::U8(picture)) => same_format(current, picture),
            (Self::U16(current, _), AnyPicture::U16(picture)) => same_format(current, picture),
            _ => false,
        }
    }
}

fn same_format<S: DecodeSample>(a: &CodedPicture<S>, b: &CodedPicture<S>) -> bool {
    a.samples.format() == b.samples.format() && a.samples.band_height() == b.samples.band_height()
}

/// The current picture.
pub(crate) struct Current {
    pub(crate) nal: NalHeader,
    /// Number of its first NAL unit.
    pub(crate) first_nal: u64,
    pub(crate) received: ReceivedPicture,
    pub(crate) pending: Pending,
    pub(crate) pts: Option<i64>,
    /// Header of the slice segment received last.
    pub(crate) last: SliceSegmentHeader,
}

impl Current {
    /// Whether a slice segment belongs to this picture: what is the same in all of a picture's slices is the same.
    pub(crate) fn continues(&self, nal: NalHeader, header: &SliceSegmentHeader) -> bool {
        nal.nal_unit_type == self.nal.nal_unit_type
            && nal.temporal_id == self.nal.temporal_id
            && header.slice_pic_parameter_set_id == self.last.slice_pic_parameter_set_id
            && header.slice_pic_order_cnt_lsb == self.last.slice_pic_order_cnt_lsb
    }

    /// Adds a slice segment.
    pub(crate) fn add(
        &mut self,
        unit: Unit,
        rbsp: &Rbsp,
        segment: SliceSegment,
        limits: &DecoderLimits,
    ) -> Result<(), Reason> {
        let address = segment.header.slice_segment_address;
        let start = self.received.active.derived.ctb_addr_rs_to_ts[address as usize];
        self.last.clone_from(&segment.header);
        let segments = &mut self.received.segments;
        if segments.contains_key(&start) {
            return Err(Reason::SlicePosition(start));
        }
        limits
            .check_slice_segments(segments.len() + 1)
            .map_err(|(which, asked, allowed)| rivus_syntax::Error::Limit { which, asked, allowed })?;
        segments.insert(
            start,
            ReceivedSegment {
                nal: unit.number,
                nal_unit_type: unit.header.nal_unit_type,
                header: segment.header,
                data: rbsp.bytes().to_vec(),
                substreams: segment.substreams,
            },
        );
        Ok(())
    }
}
