//! One picture through the encoder's core: analysis in a wavefront, in-loop filters, writing.

use crate::filter::PictureFilter;
use crate::frame_ctx::FrameCtx;
use crate::mode_decision::coding::PictureCoding;
use crate::mode_decision::search::{CodingState, CtuSearch, Scratch};
use crate::mode_decision::tried::Tried;
use crate::resolve::QpResolver;
use crate::times::StageTimes;
use crate::trace::Trace;
use crate::wavefront::{self, RowTask};
use crate::{filter, resolve, write};
use rivus_coding::ctu::maps::{CtuAvailability, CtuBottom};
use rivus_coding::ctu::record::CtuRecord;
use rivus_coding::motion::field::{ColRow, MotionField};
use rivus_picture::{Band, PAD, Picture, PictureFormat, Pool, Sample, SharedPicture, Unwritten};
use rivus_recon::in_loop::RowFilterInfo;
use rivus_recon::tile::TileBottom;
use rivus_syntax::cabac::ContextSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// A coded picture.
pub struct CodedFrame<S: Sample> {
    /// Reconstruction after the in-loop filters, all rows published; none if it is not wanted any more.
    pub reconstruction: Option<Arc<SharedPicture<S>>>,
    /// Substreams of the slice data after the slice header, without emulation prevention.
    pub slice_data: Vec<Vec<u8>>,
    /// `slice_sao_luma_flag`, `slice_sao_chroma_flag`: whether any CTB uses SAO.
    pub sao_flags: [bool; 2],
    /// What was decided.
    pub stats: FrameStats,
    /// The decisions as text, if the picture is traced.
    pub trace: Option<String>,
    /// What analysis, filters and entropy coding took, if times are measured.
    pub times: StageTimes,
}

/// What mode decision did with a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FrameStats {
    /// Luma samples in intra coding units.
    pub intra_samples: u64,
    /// Luma samples in inter coding units that are not skipped.
    pub inter_samples: u64,
    /// Luma samples in skipped coding units.
    pub skip_samples: u64,
    /// Mean QpY over the picture.
    pub mean_qp: f64,
}

/// Most dropped pictures whose memory is kept: what the longest mini-GOP gives back at once.
const IDLE_PICTURES: usize = 64;

/// Memory kept from picture to picture: that of the workers, and that of dropped pictures.
pub struct Workers<S: Sample> {
    idle: Mutex<Vec<Scratch<S>>>,
    pictures: Pool,
}

impl<S: Sample> Default for Workers<S> {
    fn default() -> Self {
        Self { idle: Mutex::new(Vec::new()), pictures: Pool::new(IDLE_PICTURES, u64::MAX) }
    }
}

impl<S: Sample> Workers<S> {
    /// A picture with any samples.
    pub fn picture(&self, format: PictureFormat) -> Picture<S> {
        self.pictures.finished(format).unwrap_or_else(|| Picture::new(format))
    }

    /// A picture to be written, in bands of `height` luma rows.
    pub fn bands(&self, format: PictureFormat, height: usize) -> Unwritten<S> {
        self.pictures.picture(format, height, PAD).unwrap_or_else(|| SharedPicture::new(format, height))
    }

    fn lease(&self, format: PictureFormat, ctb_log2_size: u8) -> Scratch<S> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        idle.unwrap_or_else(|| Scratch::new(format, ctb_log2_size))
    }

    fn give_back(&self, scratch: Scratch<S>) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(scratch);
        }
    }
}

/// What a CTU hands to the row below.
struct Handover<S> {
    maps: CtuBottom,
    tile: TileBottom<S>,
    /// Entropy coding contexts after the CTU.
    contexts: ContextSet,
}

/// A row in analysis.
struct Row<'f, S: Sample> {
    frame: &'f FrameCtx<S>,
    coding: &'f PictureCoding<'f>,
    workers: &'f Workers<S>,
    handovers: &'f [OnceLock<Handover<S>>],
    motion: &'f MotionField,
    y: usize,
    width: usize,
    search: Option<CtuSearch<'f, S>>,
    col_row: Option<ColRow>,
    result: AnalysedRow<S>,
    /// Time spent on it.
    time: Duration,
}

/// A row after analysis: samples not yet filtered, decisions not yet written.
pub struct AnalysedRow<S: Sample> {
    /// Its samples.
    pub band: Band<S>,
    /// What the in-loop filters need.
    pub info: RowFilterInfo,
    /// Decisions per CTU.
    pub records: Vec<CtuRecord>,
    /// Candidates per CTU, if the picture is traced.
    pub tried: Vec<Vec<Tried>>,
}

impl<'f, S: Sample> Row<'f, S> {
    fn handover(&self, x: usize, y: usize) -> Option<&'f Handover<S>> {
        self.handovers.get(y * self.width + x).and_then(OnceLock::get)
    }

    /// The three CTUs of the row above that touch CTU `x`.
    fn above(&self, x: usize) -> [Option<&'f Handover<S>>; 3] {
        let Some(y) = self.y.checked_sub(1) else { return [None; 3] };
        let at = |x: Option<usize>| x.filter(|&x| x < self.width).and_then(|x| self.handover(x, y));
        [at(x.checked_sub(1)), at(Some(x)), at(Some(x + 1))]
    }

    /// Entropy coding state at the start of the row: that after the second CTU above, as with wavefront substreams. Without
    /// them it is an estimate, and only the price of bits depends on it.
    fn start(&self) -> CodingState {
        let contexts = match self.above(0) {
            [_, _, Some(second)] => second.contexts,
            [_, Some(only), None] => only.contexts,
            _ => self.coding.slice.initial_contexts(),
        };
        CodingState { contexts, qp: self.coding.slice.initial_qp() }
    }

    fn begin(&mut self) -> CtuSearch<'f, S> {
        let frame = self.frame;
        let scratch = self.workers.lease(frame.format(), frame.sps.ctb_log2_size() as u8);
        CtuSearch::new(frame, self.coding, scratch, self.start())
    }
}

impl<S: Sample> RowTask for Row<'_, S> {
    fn ctu(&mut self, x: usize) {
        let mut time = self.time;
        self.frame.stopwatch.measure(&mut time, || self.analyse(x));
        self.time = time;
    }
}

impl<S: Sample> Row<'_, S> {
    /// Decides CTU `x`.
    fn analyse(&mut self, x: usize) {
        let mut search = match self.search.take() {
            Some(search) => search,
            None => self.begin(),
        };
        let above = self.above(x);
        let ctb = self.frame.sps.ctb_log2_size() as u8;
        let avail = CtuAvailability {
            left: x > 0,
            up: above[1].is_some(),
            up_left: above[0].is_some(),
            up_right: above[2].is_some(),
        };
        let format = self.frame.format();
        let position = ((x as u32) << ctb, (self.y as u32) << ctb);
        search.maps.begin(
            position,
            (format.width as u32, format.height as u32),
            ctb,
            avail,
            above.map(|h| h.map(|h| &h.maps)),
        );
        search.scratch.tile.begin(above.map(|h| h.map(|h| &h.tile)));
        let mut record = CtuRecord::default();
        search.run(&mut record);
        self.store(x, &search, record);
        self.result.tried.extend(search.tried.as_mut().map(std::mem::take));
        if x + 1 < self.width {
            self.search = Some(search);
        } else {
            self.workers.give_back(search.scratch);
            if let Some(row) = self.col_row.take() {
                self.motion.publish(self.y, row);
            }
        }
    }

    /// Puts a decided CTU where the row below, the filters and later pictures find it.
    fn store(&mut self, x: usize, search: &CtuSearch<'_, S>, record: CtuRecord) {
        let maps = &search.maps;
        for plane in 0..3 {
            let shift = usize::from(plane > 0);
            let [w, h] = [maps.units_w, maps.units_h].map(|units| (4 * usize::from(units)) >> shift);
            let (x0, y0) = (maps.x0 as usize >> shift, maps.y0 as usize >> shift);
            search.scratch.tile.store(plane, self.result.band.block_mut(plane, x0, y0, w, h));
        }
        let params = filter::params(self.frame);
        self.result.info.add_ctu(&params, x, maps, &record, filter::ctu_filter(self.frame));
        let motion = self.motion;
        let col_row = self.col_row.get_or_insert_with(|| motion.begin_row());
        motion.collect(col_row, maps, &self.frame.slice_motion);
        self.result.records.push(record);
        let mut tile = TileBottom::default();
        search.scratch.tile.bottom(&mut tile);
        let mut bottom = CtuBottom::default();
        maps.bottom(&mut bottom);
        let handover = Handover { maps: bottom, tile, contexts: search.state.contexts };
        // Each CTU is done once, so the cell is empty.
        let _ = self.handovers[self.y * self.width + x].set(handover);
    }
}

/// What follows analysis, row by row.
struct Finishing<'f, S: Sample> {
    frame: &'f FrameCtx<S>,
    qp: QpResolver<'f>,
    trace: Option<Trace<'f, S>>,
    filter: PictureFilter<'f, S>,
    times: StageTimes,
}

impl<'f, S: Sample> Finishing<'f, S> {
    fn new(frame: &'f FrameCtx<S>, coding: &'f PictureCoding<'f>) -> Self {
        let slice = &coding.slice;
        Self {
            frame,
            qp: QpResolver::new(slice, frame.pps.entropy_coding_sync_enabled_flag),
            trace: Trace::begin(frame),
            filter: PictureFilter::new(frame, slice.initial_contexts()),
            times: StageTimes::default(),
        }
    }

    fn row(&mut self, row: Row<'_, S>) {
        let Row { y, time, result: mut row, .. } = row;
        self.times.analysis += time;
        self.qp.row(&mut row);
        if let Some(trace) = &mut self.trace {
            trace.row(y, &mut row);
        }
        let filter = &mut self.filter;
        self.frame.stopwatch.measure(&mut self.times.loop_filters, || filter.row(row));
    }

    /// Writes the picture, of which all rows are finished.
    fn write(self, reconstruction: Arc<SharedPicture<S>>) -> CodedFrame<S> {
        let Self { frame, mut trace, filter, mut times, .. } = self;
        let records = filter.finish();
        let stats = resolve::statistics(&records);
        let sao_flags = filter::sao_flags(&records);
        let write = || write::slice_data(frame, &records, sao_flags, trace.as_mut());
        let slice_data = frame.stopwatch.measure(&mut times.writing, write);
        let trace = trace.map(|trace| trace.finish(&slice_data));
        CodedFrame { reconstruction: Some(reconstruction), slice_data, sao_flags, stats, trace, times }
    }
}

/// Codes a picture on the current rayon pool. `on_whole` gets it with its motion for temporal prediction as soon as others can
/// refer to it, which is before it is written.
pub fn code_frame<S: Sample>(
    frame: &FrameCtx<S>,
    workers: &Workers<S>,
    on_whole: impl Fn(&Arc<SharedPicture<S>>, &Arc<MotionField>) + Sync,
) -> CodedFrame<S> {
    let format = frame.format();
    let ctb = frame.sps.ctb_log2_size() as u8;
    let (width, height) = (frame.sps.pic_width_in_ctbs() as usize, frame.sps.pic_height_in_ctbs() as usize);
    let (reconstruction, bands) = workers.bands(format, 1 << ctb);
    let size = (format.width as u32, format.height as u32);
    let motion = Arc::new(MotionField::new(frame.slice_motion.poc, size, ctb));
    let coding = PictureCoding::new(&frame.sps, &frame.pps, &frame.header);
    let handovers: Vec<OnceLock<Handover<S>>> = (0..width * height).map(|_| OnceLock::new()).collect();
    let params = filter::params(frame);
    let row = |(y, band)| {
        let mut info = RowFilterInfo::new(&params);
        info.begin(&params, y);
        Row {
            frame,
            coding: &coding,
            workers,
            handovers: &handovers,
            motion: &motion,
            y,
            width,
            search: None,
            col_row: None,
            result: AnalysedRow { band, info, records: Vec::with_capacity(width), tried: Vec::new() },
            time: Duration::ZERO,
        }
    };
    let mut finishing = Finishing::new(frame, &coding);
    wavefront::run(bands.into_iter().enumerate().map(row).collect(), width, |row| {
        let is_last = row.y + 1 == height;
        finishing.row(row);
        if is_last {
            on_whole(&reconstruction, &motion);
        }
    });
    finishing.write(reconstruction)
}
