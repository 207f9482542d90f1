//! 7.3.8: slice segment data, parsed into and written from coding tree unit records.
//!
//! One file per syntax structure, parsing and writing side by side with one set of context increments. Parsing
//! derives what later syntax depends on (intra modes, QPs); writing takes everything from the record, so that
//! mode decision can price any trial record with a [`BitEstimator`](rivus_syntax::cabac::BitEstimator).
//!
//! Both keep `flags` (of the coding unit; [`flag::CBF_LUMA`](crate::ctu::maps::flag::CBF_LUMA) is
//! reconstruction's), `depth`, `intra_mode` and `qp_y` of the [`CtuMaps`] up to date; neither
//! touches `motion`. The caller walks CTUs: SAO first ([`sao`]), then [`parse_ctu`] or [`write_ctu`], then
//! [`parse_end_of_slice_segment_flag`] and, where a substream ends, [`parse_end_of_subset_one_bit`].

pub mod coding_quadtree;
pub mod coding_unit;
pub mod delta_qp;
pub mod mvd;
mod params;
pub mod pcm;
pub mod prediction_unit;
pub mod residual_coding;
pub mod sao;
#[cfg(test)]
mod tests;
pub mod transform_tree;
pub mod transform_unit;

pub use params::{PcmParams, SliceCoding};

use rivus_syntax::cabac::{BinSink, CabacDecoder, ContextSet};

use crate::ctu::maps::CtuMaps;
use crate::ctu::record::CtuRecord;
use crate::error::{Error, Result};
use crate::qp::QpState;

/// What parsing a CTU works on.
struct Parser<'a, 'd> {
    /// A copy, given back at the end: one indirection less for every bin.
    cabac: CabacDecoder<'d>,
    contexts: &'a mut ContextSet,
    coding: &'a SliceCoding<'a>,
    maps: &'a mut CtuMaps,
    qp: &'a mut QpState,
    record: &'a mut CtuRecord,
}

impl Parser<'_, '_> {
    /// One bin with context `ctx`.
    #[inline]
    fn bin(&mut self, ctx: usize) -> bool {
        self.cabac.decode_bin(&mut self.contexts.models[ctx])
    }
}

/// 7.3.8.2 without SAO: parses coding_quadtree() of the CTU that `maps` has begun into `record`, which the caller has
/// cleared (its `sao` is left alone).
///
/// # Errors
/// If a value is out of its range or the data has ended; the record then holds the units so far and must not be
/// reconstructed.
pub fn parse_ctu(
    cabac: &mut CabacDecoder<'_>,
    contexts: &mut ContextSet,
    coding: &SliceCoding<'_>,
    maps: &mut CtuMaps,
    qp: &mut QpState,
    record: &mut CtuRecord,
) -> Result<()> {
    let mut parser = Parser { cabac: cabac.clone(), contexts, coding, maps, qp, record };
    let result = parser.coding_quadtree(0, 0, coding.ctb_log2_size, 0);
    *cabac = parser.cabac;
    result?;
    if cabac.is_overrun() { Err(Error::UnexpectedEnd) } else { Ok(()) }
}

/// 7.3.8.2 without SAO: writes coding_quadtree() of the CTU that `maps` has begun.
///
/// `record` holds the CTU's coding units in decoding order and covers the part of the CTU inside the picture;
/// `has_qp_delta` and `cu_chroma_qp_offset` of its transform units say where QP syntax is present. `mark` is shown the sink
/// before and after each coding unit, so that it can tell what each one takes.
pub fn write_ctu<B: BinSink>(
    sink: &mut B,
    coding: &SliceCoding<'_>,
    maps: &mut CtuMaps,
    record: &CtuRecord,
    mark: &mut impl FnMut(&B),
) {
    coding_quadtree::write(sink, coding, maps, record, mark);
}

/// `end_of_slice_segment_flag`, after every CTU.
pub fn parse_end_of_slice_segment_flag(cabac: &mut CabacDecoder<'_>) -> bool {
    cabac.decode_terminate()
}

/// `end_of_slice_segment_flag`, after every CTU; after 1 the substream is finished.
pub fn write_end_of_slice_segment_flag<B: BinSink>(sink: &mut B, end: bool) {
    sink.terminate(end);
}

/// `end_of_subset_one_bit`, where the next CTU starts a tile or, with wavefronts, a CTB row of a tile.
///
/// # Errors
/// If it is not 1.
pub fn parse_end_of_subset_one_bit(cabac: &mut CabacDecoder<'_>) -> Result<()> {
    if cabac.decode_terminate() {
        Ok(())
    } else {
        Err(Error::Misplaced { element: "end_of_subset_one_bit", value: false })
    }
}

/// `end_of_subset_one_bit`; the substream is finished after it.
pub fn write_end_of_subset_one_bit<B: BinSink>(sink: &mut B) {
    sink.terminate(true);
}
