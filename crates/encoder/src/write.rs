//! Writing the decided picture: the slice data through the real arithmetic coder.

use crate::frame_ctx::FrameCtx;
use crate::trace::Trace;
use rivus_coding::ctu::maps::{CtuAvailability, CtuBottom, CtuMaps};
use rivus_coding::ctu::record::CtuRecord;
use rivus_coding::slice_data::{self, SliceCoding, sao};
use rivus_picture::Sample;
use rivus_syntax::cabac::{BinSink, CabacWriter, ContextSet};

/// Codes all CTUs, in raster order, as the data of the picture's only slice: one substream, or with wavefronts one for
/// every row. `sao_flags` are `slice_sao_luma_flag` and `slice_sao_chroma_flag`. A trace is told what each part takes.
pub fn slice_data<S: Sample>(
    frame: &FrameCtx<S>,
    records: &[CtuRecord],
    sao_flags: [bool; 2],
    mut trace: Option<&mut Trace<'_, S>>,
) -> Vec<Vec<u8>> {
    let mut coding = SliceCoding::new(&frame.sps, &frame.pps, &frame.header);
    [coding.slice_sao_luma_flag, coding.slice_sao_chroma_flag] = sao_flags;
    let width = frame.sps.pic_width_in_ctbs() as usize;
    let rows = records.chunks(width).len();
    let mut rows_writer = RowsWriter {
        writer: CabacWriter::new(Vec::new(), coding.initial_contexts()),
        maps: CtuMaps::default(),
        above: Vec::new(),
        synchronised: None,
        coding,
    };
    let mut substreams = Vec::new();
    for (y, row) in records.chunks(width).enumerate() {
        rows_writer.row(y, row, y + 1 == rows, trace.as_deref_mut());
        if frame.pps.entropy_coding_sync_enabled_flag && y + 1 < rows {
            // 9.3.2.2: the next row starts as this one was after its second CTU.
            let contexts = rows_writer.synchronised.unwrap_or_else(|| rows_writer.coding.initial_contexts());
            let next = CabacWriter::new(Vec::new(), contexts);
            slice_data::write_end_of_subset_one_bit(&mut rows_writer.writer);
            substreams.push(core::mem::replace(&mut rows_writer.writer, next).finish());
        }
    }
    substreams.push(rows_writer.writer.finish());
    substreams
}

/// Writes CTUs row by row.
struct RowsWriter<'f> {
    coding: SliceCoding<'f>,
    writer: CabacWriter,
    maps: CtuMaps,
    /// What the row above left.
    above: Vec<CtuBottom>,
    /// Contexts after the second CTU of the row.
    synchronised: Option<ContextSet>,
}

impl RowsWriter<'_> {
    fn row<S: Sample>(
        &mut self,
        y: usize,
        row: &[CtuRecord],
        is_last_row: bool,
        mut trace: Option<&mut Trace<'_, S>>,
    ) {
        let coding = &self.coding;
        let mut bottoms = Vec::with_capacity(row.len());
        for (x, record) in row.iter().enumerate() {
            let at = |x: Option<usize>| x.and_then(|x| self.above.get(x));
            let neighbours = [at(x.checked_sub(1)), at(Some(x)), at(Some(x + 1))];
            let avail = CtuAvailability {
                left: x > 0,
                up: neighbours[1].is_some(),
                up_left: neighbours[0].is_some(),
                up_right: neighbours[2].is_some(),
            };
            let ctb = coding.ctb_log2_size;
            let size = (coding.pic_width, coding.pic_height);
            self.maps.begin(((x as u32) << ctb, (y as u32) << ctb), size, ctb, avail, neighbours);
            let is_last = is_last_row && x + 1 == row.len();
            let writer = &mut self.writer;
            if let Some(trace) = &mut trace {
                trace.begin_ctu(writer);
            }
            let mut mark = |writer: &CabacWriter| {
                if let Some(trace) = &mut trace {
                    trace.mark(writer);
                }
            };
            sao::write(writer, coding, &record.sao, avail.left, avail.up);
            mark(writer);
            slice_data::write_ctu(writer, coding, &mut self.maps, record, &mut mark);
            slice_data::write_end_of_slice_segment_flag(writer, is_last);
            mark(writer);
            if let Some(trace) = &mut trace {
                trace.end_ctu(x << ctb, y << ctb, record);
            }
            self.maps.bottom(bottoms.push_mut(CtuBottom::default()));
            if x == 1 {
                self.synchronised = Some(*self.writer.contexts());
            }
        }
        self.above = bottoms;
    }
}
