//! One encoding from the first to the last picture, for one sample type.

mod access_unit;
mod group;
mod references;
mod task;
mod timestamps;

use crate::config::Settings;
use crate::error::Error;
use crate::frame::{CodedFrame, Workers};
use crate::frame_ctx::QpOffsets;
use crate::headers::{ParameterSets, sei, slice};
use crate::input::InputPicture;
use crate::lookahead::{Lookahead, PlannedPicture};
use crate::mctf::Strength;
use crate::mode_decision::tools::Tools;
use crate::packet::{Packet, Reconstruction, Statistics, StreamInfo};
use crate::preprocess::convert::{self, convert};
use crate::rate_control::{RateControl, Verdict};
use crate::request::Requests;
use crate::times::Stopwatch;
use access_unit::Assembler;
use rayon::ThreadPool;
use references::References;
use rivus_kernels::Kernels;
use rivus_picture::{Frame, Picture, PictureFormat, Sample, SharedPicture};
use rivus_syntax::slice_header::EntryPoints;
use std::collections::VecDeque;
use std::sync::Arc;
use task::Task;
use timestamps::Timestamps;

/// Sample types as frames of the public API hold them.
pub(crate) trait SessionSample: Sample {
    /// Wraps a picture of this type.
    fn frame(picture: Picture<Self>) -> Frame;
}

impl SessionSample for u8 {
    fn frame(picture: Picture<Self>) -> Frame {
        Frame::U8(Arc::new(picture))
    }
}

impl SessionSample for u16 {
    fn frame(picture: Picture<Self>) -> Frame {
        Frame::U16(Arc::new(picture))
    }
}

/// Most times a picture is coded again to fit the decoder's buffer.
const MAX_RECODES: usize = 4;

/// See the module's description.
pub(crate) struct Session<S: SessionSample> {
    settings: Settings,
    sets: ParameterSets,
    tools: Tools,
    kernels: &'static Kernels<S>,
    pool: ThreadPool,
    workers: Workers<S>,
    requests: Requests,
    lookahead: Lookahead<S>,
    /// Pictures the lookahead has decided on, in coding order.
    planned: VecDeque<PlannedPicture<S>>,
    /// Pictures being coded, in coding order.
    tasks: VecDeque<Task<S>>,
    rate: RateControl,
    assembler: Assembler,
    timestamps: Timestamps,
    references: References<S>,
    statistics: Statistics,
    stopwatch: Stopwatch,
    is_flushing: bool,
}

impl<S: SessionSample> Session<S> {
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let sets = ParameterSets::new(&settings)?;
        let format = settings.coded_format();
        let requests = Requests::new(
            (settings.size.width as usize, settings.size.height as usize),
            (format.width, format.height),
            sets.pps.cu_qp_delta_enabled_flag,
            sei::description(&settings),
        );
        let kernels = match settings.tier {
            Some(tier) => Kernels::capped(tier),
            None => Kernels::best(),
        };
        let threads = match settings.threads {
            Some(threads) => usize::from(threads),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("rivus-encode-{i}"))
            .build()
            .map_err(|e| Error::Threads(e.to_string()))?;
        Ok(Self {
            tools: settings.tools(),
            kernels,
            pool,
            workers: Workers::default(),
            requests,
            lookahead: Lookahead::new(settings.lookahead(), format, kernels),
            planned: VecDeque::new(),
            tasks: VecDeque::new(),
            rate: RateControl::new(settings.rate_control()),
            assembler: Assembler::new(&settings, &sets),
            timestamps: Timestamps::new(settings.depth()),
            references: References::default(),
            statistics: Statistics::default(),
            stopwatch: Stopwatch::new(settings.times),
            is_flushing: false,
            sets,
            settings,
        })
    }

    /// VPS, SPS and PPS as Annex B bytes.
    pub(crate) fn headers(&self) -> Vec<u8> {
        self.sets.annex_b()
    }

    pub(crate) fn stream_info(&self) -> StreamInfo {
        let profile_tier_level = &self.sets.sps.profile_tier_level;
        StreamInfo {
            profile_idc: profile_tier_level.general.profile_idc,
            high_tier: profile_tier_level.general.tier_flag,
            level_idc: profile_tier_level.general_level_idc,
            bit_depth: self.settings.output_depth,
            reorder_pictures: self.settings.depth(),
            delay: self.settings.lookahead().lag() as u32 - 1,
        }
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.statistics
    }

    pub(crate) fn send(&mut self, input: &InputPicture<'_>) -> Result<(), Error> {
        if self.is_flushing {
            return Err(Error::Flushed);
        }
        let size = self.settings.size;
        if (input.width(), input.height()) != (size.width as usize, size.height as usize) {
            return Err(Error::Picture {
                property: "size",
                value: format!("{}x{}", input.width(), input.height()),
                expected: size.to_string(),
            });
        }
        self.requests.check(&input.request, &self.sets.sps)?;
        if !self.timestamps.push(input.pts) {
            return Err(Error::Picture {
                property: "presentation time",
                value: input.pts.to_string(),
                expected: "a later one than that of the picture before".to_owned(),
            });
        }
        let format: PictureFormat = self.settings.coded_format();
        let (pool, lookahead) = (&self.pool, &mut self.lookahead);
        let mut wishes = self.requests.take(&input.request);
        let picture = self.workers.bands(format, convert::BAND_HEIGHT);
        let stopwatch = self.stopwatch;
        pool.install(|| {
            let source = stopwatch.measure(&mut wishes.times.conversion, || convert(input, picture));
            lookahead.push(Arc::new(source), input.pts, wishes);
        });
        self.statistics.pictures_in += 1;
        Ok(())
    }

    /// Goes on with other settings of rate control.
    pub(crate) fn change_rate(&mut self, settings: &Settings) {
        self.rate.change(settings.rate_control());
    }

    pub(crate) fn flush(&mut self) {
        if !self.is_flushing {
            self.is_flushing = true;
            let (pool, lookahead) = (&self.pool, &mut self.lookahead);
            pool.install(|| lookahead.flush());
        }
    }

    /// The next packet in coding order, if the lookahead has decided on one.
    pub(crate) fn receive(&mut self) -> Result<Option<Packet>, Error> {
        loop {
            if self.tasks.is_empty() {
                self.begin_tasks();
            }
            let Some(front) = self.tasks.front() else { return Ok(None) };
            if front.coded.is_none() {
                self.code()?;
            }
            if let Some(packet) = self.finish_front()? {
                return Ok(Some(packet));
            }
        }
    }

    /// Gives QPs to the pictures that are coded together: a mini-GOP, whose pictures can be coded side by side; or, with a buffer
    /// to be kept, one picture. How many more are known already depends on when the caller asks for packets, and the stream
    /// must not.
    fn begin_tasks(&mut self) {
        while let Some(planned) = self.lookahead.pop() {
            self.planned.push_back(planned);
        }
        let Some(first) = self.planned.front() else { return };
        let inner = self.planned.iter().skip(1).take_while(|inner| inner.plan.layer > 0);
        let count = 1 + inner.clone().count();
        if first.plan.layer == 0 {
            for inner in inner {
                self.rate.announce(&inner.plan, &inner.complexity);
            }
            self.rate.announce_end(first.left);
        }
        let count = if self.settings.vbv_bufsize > 0 { 1 } else { count };
        for mut planned in self.planned.drain(..count) {
            let qp = self.rate.picture_qp(&planned.plan, &planned.complexity, &mut planned.qp_offsets);
            if !self.sets.pps.cu_qp_delta_enabled_flag {
                planned.qp_offsets = QpOffsets::default();
            }
            let strength = Strength::new(self.settings.mctf, self.rate.base_qp());
            if let (Some(filter), Some(strength)) = (planned.filter.take(), strength) {
                let (source, kernels) = (&planned.source, self.kernels);
                let filtered = self.workers.picture(*source.format());
                let run = || self.pool.install(|| filter.run(source, strength, kernels, filtered));
                let filtered = self.stopwatch.measure(&mut planned.times.temporal_filter, run);
                planned.source = Arc::new(filtered);
            }
            self.tasks.push_back(Task::new(planned, qp));
        }
        let tasks = &self.tasks;
        self.references.retain(|poc| tasks.iter().any(|task| task.plan.keep.contains(&poc)));
    }

    /// Codes all pictures in coding.
    fn code(&mut self) -> Result<(), Error> {
        let (settings, sets, tools, kernels) = (&self.settings, &self.sets, &self.tools, self.kernels);
        let common = group::Common { settings, sets, tools, kernels, workers: &self.workers };
        let (pool, tasks, references) = (&self.pool, &mut self.tasks, &mut self.references);
        pool.install(|| group::code(common, tasks.iter_mut(), references))
    }

    /// Makes the packet of the first picture; none if the picture must be coded again to fit the decoder's buffer.
    fn finish_front(&mut self) -> Result<Option<Packet>, Error> {
        let Some(mut task) = self.tasks.pop_front() else { return Ok(None) };
        let Some(coded) = task.coded.take() else {
            let what = "a reference of the picture is missing";
            return Err(Error::Syntax(rivus_syntax::Error::Malformed { element: "st_ref_pic_set", what }));
        };
        let mut header = task.header.clone();
        [header.slice_sao_luma_flag, header.slice_sao_chroma_flag] = coded.sao_flags;
        header.entry_points = EntryPoints::for_substreams(coded.slice_data.iter().map(Vec::as_slice));
        let fill = self.rate.buffer_fill();
        let data = self.stopwatch.measure(&mut task.times.writing, || {
            let (plan, messages) = (&task.plan, &task.messages);
            self.assembler.access_unit(&self.sets, plan, &header, &coded, messages, fill.unwrap_or(0.0))
        });
        let bits = 8 * data.len() as u64;
        if let Verdict::Recode(qp) = self.rate.accept(&task.plan, bits)
            && task.recodes < MAX_RECODES
        {
            self.statistics.recoded += 1;
            task.recodes += 1;
            task.qp = qp;
            self.references.remove(task.plan.poc);
            self.tasks.push_front(task);
            return Ok(None);
        }
        self.rate.coded(&task.plan, bits);
        self.assembler.done(&task.plan);
        let dts = self.timestamps.dts(self.statistics.packets_out as usize);
        let packet = self.packet(&task, dts, coded, data, fill);
        self.statistics.count(&packet);
        Ok(Some(packet))
    }

    fn packet(
        &self,
        task: &Task<S>,
        dts: i64,
        coded: CodedFrame<S>,
        data: Vec<u8>,
        buffer_bits: Option<f64>,
    ) -> Packet {
        let plan = &task.plan;
        let stats = &coded.stats;
        let areas = [stats.intra_samples, stats.inter_samples, stats.skip_samples];
        let total = areas.iter().sum::<u64>().max(1) as f64;
        let size = self.settings.size;
        let frame =
            coded.reconstruction.filter(|_| self.settings.recon).and_then(SharedPicture::into_picture);
        Packet {
            data,
            pts: task.pts,
            dts,
            is_keyframe: plan.kind.is_random_access(),
            is_disposable: !plan.is_reference,
            kind: plan.kind,
            poc: plan.poc,
            temporal_id: slice::nal_header(plan, self.settings.temporal_layers).temporal_id,
            layer: plan.layer,
            slice_qp: task.qp.slice_qp,
            mean_qp: stats.mean_qp,
            shares: areas.map(|area| area as f64 / total),
            recodes: task.recodes as u32,
            buffer_bits,
            times: self.stopwatch.is_on().then_some(task.times),
            trace: coded.trace,
            reconstruction: frame.map(|picture| Reconstruction {
                frame: S::frame(picture),
                width: size.width.next_multiple_of(2),
                height: size.height.next_multiple_of(2),
            }),
        }
    }
}
