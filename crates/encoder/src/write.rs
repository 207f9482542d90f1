//! Writing the decided picture: the slice data through the real arithmetic coder.

use crate::frame_ctx::FrameCtx;
use rivus_coding::ctu::maps::{CtuAvailability, CtuBottom, CtuMaps};
use rivus_coding::ctu::record::CtuRecord;
use rivus_coding::slice_data::{self, SliceCoding, sao};
use rivus_picture::Sample;
use rivus_syntax::cabac::{BinSink, CabacWriter};

/// Codes all CTUs, in raster order, as the data of the picture's only slice. `sao_flags` are `slice_sao_luma_flag` and
/// `slice_sao_chroma_flag`.
pub fn slice_data<S: Sample>(frame: &FrameCtx<S>, records: &[CtuRecord], sao_flags: [bool; 2]) -> Vec<u8> {
    let mut coding = SliceCoding::new(&frame.sps, &frame.pps, &frame.header);
    [coding.slice_sao_luma_flag, coding.slice_sao_chroma_flag] = sao_flags;
    let mut writer = CabacWriter::new(Vec::new(), coding.initial_contexts());
    let mut maps = CtuMaps::default();
    let width = frame.sps.pic_width_in_ctbs() as usize;
    let mut above: Vec<CtuBottom> = Vec::new();
    for (y, row) in records.chunks(width).enumerate() {
        let mut bottoms = Vec::with_capacity(width);
        for (x, record) in row.iter().enumerate() {
            let at = |x: Option<usize>| x.and_then(|x| above.get(x));
            let neighbours = [at(x.checked_sub(1)), at(Some(x)), at(Some(x + 1))];
            let avail = CtuAvailability {
                left: x > 0,
                up: neighbours[1].is_some(),
                up_left: neighbours[0].is_some(),
                up_right: neighbours[2].is_some(),
            };
            let ctb = coding.ctb_log2_size;
            let size = (coding.pic_width, coding.pic_height);
            maps.begin(((x as u32) << ctb, (y as u32) << ctb), size, ctb, avail, neighbours);
            sao::write(&mut writer, &coding, &record.sao, avail.left, avail.up);
            slice_data::write_ctu(&mut writer, &coding, &mut maps, record);
            let is_last = y * width + x + 1 == records.len();
            writer.terminate(is_last);
            bottoms.push(maps.bottom());
        }
        above = bottoms;
    }
    writer.finish()
}
