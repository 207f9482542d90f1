//! One encoding from the first to the last picture, for one sample type.

mod access_unit;
mod timestamps;

use crate::config::Settings;
use crate::error::Error;
use crate::frame::{CodedFrame, Workers, code_frame};
use crate::frame_ctx::{FrameCtx, QpOffsets};
use crate::headers::ParameterSets;
use crate::headers::slice::{self, Collocated};
use crate::input::InputPicture;
use crate::lookahead::gop::PicturePlan;
use crate::lookahead::{Lookahead, PlannedPicture};
use crate::mode_decision::tools::Tools;
use crate::packet::{Packet, Reconstruction, Statistics};
use crate::preprocess::convert::convert;
use crate::rate_control::{FrameQp, RateControl, Verdict};
use access_unit::Assembler;
use rayon::ThreadPool;
use rivus_coding::motion::SliceMotion;
use rivus_coding::motion::field::MotionField;
use rivus_coding::ref_lists::{RefList, RefListParams};
use rivus_coding::rps::ReferencePictureSet;
use rivus_kernels::Kernels;
use rivus_picture::{Frame, Picture, PictureFormat, Sample, SharedPicture};
use rivus_syntax::slice_header::{EntryPoints, SliceSegmentHeader};
use std::collections::VecDeque;
use std::sync::Arc;
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

/// A coded picture that others may refer to.
struct Reference<S: Sample> {
    poc: i32,
    is_intra: bool,
    picture: Arc<SharedPicture<S>>,
    motion: Arc<MotionField>,
}

/// See the module's description.
pub(crate) struct Session<S: SessionSample> {
    settings: Settings,
    sets: ParameterSets,
    tools: Arc<Tools>,
    kernels: &'static Kernels<S>,
    pool: ThreadPool,
    workers: Workers<S>,
    lookahead: Lookahead<S>,
    /// Pictures the lookahead has decided on, in coding order.
    planned: VecDeque<PlannedPicture<S>>,
    rate: RateControl,
    assembler: Assembler,
    timestamps: Timestamps,
    references: Vec<Reference<S>>,
    statistics: Statistics,
    is_flushing: bool,
}

impl<S: SessionSample> Session<S> {
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let sets = ParameterSets::new(&settings)?;
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
            tools: Arc::new(settings.tools()),
            kernels,
            pool,
            workers: Workers::default(),
            lookahead: Lookahead::new(settings.lookahead(), settings.coded_format(), kernels),
            planned: VecDeque::new(),
            rate: RateControl::new(settings.rate_control()),
            assembler: Assembler::new(&settings, &sets),
            timestamps: Timestamps::new(settings.depth()),
            references: Vec::new(),
            statistics: Statistics::default(),
            is_flushing: false,
            sets,
            settings,
        })
    }

    /// VPS, SPS and PPS as Annex B bytes.
    pub(crate) fn headers(&self) -> Vec<u8> {
        self.sets.annex_b()
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
        if !self.timestamps.push(input.pts) {
            return Err(Error::Picture {
                property: "presentation time",
                value: input.pts.to_string(),
                expected: "a later one than that of the picture before".to_owned(),
            });
        }
        let format: PictureFormat = self.settings.coded_format();
        let (pool, lookahead) = (&self.pool, &mut self.lookahead);
        pool.install(|| lookahead.push(Arc::new(convert(input, format)), input.pts, input.keyframe));
        self.statistics.pictures_in += 1;
        Ok(())
    }

    pub(crate) fn flush(&mut self) {
        if !self.is_flushing {
            self.is_flushing = true;
            let (pool, lookahead) = (&self.pool, &mut self.lookahead);
            pool.install(|| lookahead.flush());
        }
    }

    /// Codes the next picture, if the lookahead has decided on one.
    pub(crate) fn receive(&mut self) -> Result<Option<Packet>, Error> {
        let Some(planned) = self.next_planned() else { return Ok(None) };
        let PlannedPicture { plan, pts, .. } = &planned;
        let (plan, pts) = (plan.clone(), *pts);
        self.references.retain(|r| plan.keep.contains(&r.poc));
        let (slice_qp, coded, data) = self.code(planned)?;
        self.assembler.done(&plan, data.len());
        let dts = self.timestamps.dts(self.statistics.packets_out as usize);
        let packet = self.packet(&plan, (pts, dts), slice_qp, &coded, data);
        if plan.is_reference {
            self.references.push(Reference {
                poc: plan.poc,
                is_intra: plan.kind.is_intra(),
                picture: coded.reconstruction,
                motion: coded.motion,
            });
        }
        self.statistics.count(&packet);
        Ok(Some(packet))
    }

    /// The next picture to code. Rate control learns of mini-GOPs one by one: how many more are known already depends on when
    /// the caller asks for packets, and the stream must not.
    fn next_planned(&mut self) -> Option<PlannedPicture<S>> {
        while let Some(planned) = self.lookahead.pop() {
            self.planned.push_back(planned);
        }
        let next = self.planned.pop_front()?;
        if next.plan.layer == 0 {
            for inner in self.planned.iter().take_while(|inner| inner.plan.layer > 0) {
                self.rate.announce(&inner.plan, &inner.complexity);
            }
        }
        Some(next)
    }

    /// Codes a picture until it fits the decoder's buffer: the QP it has in the end, and its access unit.
    fn code(&mut self, planned: PlannedPicture<S>) -> Result<(i8, CodedFrame<S>, Vec<u8>), Error> {
        let plan = planned.plan;
        let mut qp_offsets = planned.qp_offsets;
        let mut qp: FrameQp = self.rate.picture_qp(&plan, &planned.complexity, &mut qp_offsets);
        if !self.sets.pps.cu_qp_delta_enabled_flag {
            qp_offsets = QpOffsets::default();
        }
        let mut ctx = self.frame_ctx(&plan, planned.source, qp)?;
        ctx.qp_offsets = qp_offsets;
        ctx.hints = planned.hints;
        let mut attempt = 0;
        loop {
            let coded = self.pool.install(|| code_frame(&ctx, &self.workers));
            let mut header = ctx.header.clone();
            [header.slice_sao_luma_flag, header.slice_sao_chroma_flag] = coded.sao_flags;
            header.entry_points = EntryPoints::for_substreams(coded.slice_data.iter().map(Vec::as_slice));
            let data = self.assembler.access_unit(&self.sets, &plan, &header, &coded);
            let bits = 8 * data.len() as u64;
            match self.rate.accept(&plan, bits) {
                Verdict::Recode(higher) if attempt < MAX_RECODES => {
                    attempt += 1;
                    self.statistics.recoded += 1;
                    qp = higher;
                    set_qp(&mut ctx, &self.sets, qp);
                }
                _ => {
                    self.rate.coded(&plan, bits);
                    return Ok((qp.slice_qp, coded, data));
                }
            }
        }
    }

    /// Everything frame coding needs, but for QP offsets and hints.
    fn frame_ctx(
        &self,
        plan: &PicturePlan,
        source: Arc<Picture<S>>,
        qp: FrameQp,
    ) -> Result<FrameCtx<S>, Error> {
        let collocated = self.collocated(plan);
        let header = slice::header(&self.settings, &self.sets, plan, qp.slice_qp, collocated)?;
        let (lists, pocs) = reference_lists(plan, &header);
        let motion = SliceMotion::for_slice(&header, &self.sets.pps, plan.poc, &lists, |pic| {
            (pocs.get(usize::from(pic)).copied().unwrap_or(plan.poc), false)
        });
        let find = |poc: i32| self.references.iter().find(|r| r.poc == poc);
        let references = pocs.iter().filter_map(|&poc| find(poc)).map(|r| Arc::clone(&r.picture)).collect();
        let collocated = motion.collocated.and_then(|pic| find(*pocs.get(usize::from(pic))?));
        Ok(FrameCtx {
            sps: Arc::clone(&self.sets.sps),
            pps: Arc::clone(&self.sets.pps),
            header,
            slice_motion: motion,
            source,
            references,
            collocated: collocated.map(|r| Arc::clone(&r.motion)),
            weights: None,
            slice_qp: qp.slice_qp,
            qp_offsets: QpOffsets::default(),
            lambda_factor: qp.lambda_factor,
            hints: Default::default(),
            tools: Arc::clone(&self.tools),
            kernels: self.kernels,
        })
    }

    /// The collocated picture: of the first references of both lists the nearer one, unless it is intra and the other is not.
    fn collocated(&self, plan: &PicturePlan) -> Option<Collocated> {
        if !self.settings.temporal_mvp {
            return None;
        }
        let candidate = |list: usize| {
            let poc = *plan.lists[list].first()?;
            let reference = self.references.iter().find(|r| r.poc == poc)?;
            Some((reference.is_intra, (poc - plan.poc).unsigned_abs(), list))
        };
        let best = [0, 1].into_iter().filter_map(candidate).min()?;
        Some(Collocated { from_l0: best.2 == 0, ref_idx: 0 })
    }

    fn packet(
        &self,
        plan: &PicturePlan,
        (pts, dts): (i64, i64),
        slice_qp: i8,
        coded: &CodedFrame<S>,
        data: Vec<u8>,
    ) -> Packet {
        let stats = &coded.stats;
        let areas = [stats.intra_samples, stats.inter_samples, stats.skip_samples];
        let total = areas.iter().sum::<u64>().max(1) as f64;
        let size = self.settings.size;
        let frame = self.settings.recon.then(|| Arc::clone(&coded.reconstruction).into_picture()).flatten();
        Packet {
            data,
            pts,
            dts,
            is_keyframe: plan.kind.is_random_access(),
            is_disposable: !plan.is_reference,
            kind: plan.kind,
            poc: plan.poc,
            temporal_id: slice::nal_header(plan, self.settings.temporal_layers).temporal_id,
            layer: plan.layer,
            slice_qp,
            mean_qp: stats.mean_qp,
            shares: areas.map(|area| area as f64 / total),
            reconstruction: frame.map(|picture| Reconstruction {
                frame: S::frame(picture),
                width: size.width.next_multiple_of(2),
                height: size.height.next_multiple_of(2),
            }),
        }
    }
}

/// Changes the QP of a picture that is coded again; offsets of blocks stay.
fn set_qp<S: Sample>(ctx: &mut FrameCtx<S>, sets: &ParameterSets, qp: FrameQp) {
    ctx.slice_qp = qp.slice_qp;
    ctx.lambda_factor = qp.lambda_factor;
    ctx.header.slice_qp_delta = (i32::from(qp.slice_qp) - 26 - i32::from(sets.pps.init_qp_minus26)) as i8;
}

/// The lists a decoder will build, and the picture order counts their entries index.
fn reference_lists(plan: &PicturePlan, header: &SliceSegmentHeader) -> ([RefList; 2], Vec<i32>) {
    // The planned structure has no long-term pictures, so the length of LSBs does not matter.
    let set =
        ReferencePictureSet::derive(plan.poc, &header.short_term_ref_pic_set, &header.long_term_ref_pics, 8);
    let params = RefListParams::new(header, set.st_curr_before.len(), set.st_curr_after.len(), 0);
    // A plan without references is intra, and intra pictures have empty lists.
    let lists = params.build().unwrap_or_default();
    (lists, [set.st_curr_before, set.st_curr_after].concat())
}
