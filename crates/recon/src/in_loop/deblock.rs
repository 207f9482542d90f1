//! Deblocking of a row of CTUs (8.7.2): which edge segments are filtered, and how strongly.
//!
//! The row's vertical edges come first, then its horizontal edges including the one it shares with the row above; the
//! latter reads four and changes up to three luma lines of the row above, whose vertical edges were filtered before. The
//! decisions on samples and the filters themselves are kernels, called for runs of segments.

use rivus_coding::qp::chroma_qp;
use rivus_kernels::Kernels;
use rivus_kernels::deblock::EdgeParams;
use rivus_picture::{BlockMut, ChromaFormat, Sample};

use super::{FilterParams, RowFilterInfo};

/// Luma lines of the row above that are passed in: a whole unit of 8, although 4 would do.
const LEAD: usize = 8;

/// tC′ by Q (table 8-12).
pub(super) const TC_TABLE: [u8; 54] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
    4, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10, 11, 13, 14, 16, 18, 20, 22, 24,
];

/// β′ by Q (table 8-12).
pub(super) const BETA_TABLE: [u8; 52] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 22,
    24, 26, 28, 30, 32, 34, 36, 38, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62, 64,
];

/// Which edges of a CTU may be filtered.
#[derive(Clone, Copy, Debug)]
struct CtuEdges {
    disabled: bool,
    left: bool,
    top: bool,
}

/// A row of CTUs that is deblocked, plane by plane.
#[derive(Debug)]
pub struct DeblockRow<'a> {
    info: &'a RowFilterInfo,
    above: Option<&'a RowFilterInfo>,
    edges: Vec<CtuEdges>,
    params: &'a FilterParams,
    /// Log2 of the CTB size in units of 8 luma samples.
    ctb_log2_size8: u32,
}

/// How a plane is filtered.
struct PlaneFilter {
    plane: usize,
    /// Log2 of the subsampling.
    shifts: (u32, u32),
    /// Distance of filtered vertical and horizontal edges in units of 8 luma samples: 8 samples of the plane.
    step: (usize, usize),
    /// Smallest strength that is filtered: chroma only next to intra.
    min_bs: u8,
    chroma: ChromaFormat,
    /// cQpPicOffset.
    qp_offset: i32,
    bit_depth: u8,
}

impl PlaneFilter {
    fn new(plane: usize, params: &FilterParams) -> Self {
        let chroma = params.format.chroma;
        let shifts = chroma.plane_shifts(plane);
        Self {
            plane,
            shifts,
            step: (1 << shifts.0, 1 << shifts.1),
            min_bs: if plane == 0 { 1 } else { 2 },
            chroma,
            qp_offset: if plane == 0 { 0 } else { params.pps_chroma_qp_offset[plane - 1].into() },
            bit_depth: params.format.bit_depth(plane),
        }
    }

    /// 8.7.2.5.3, 8.7.2.5.5: tC and β of a segment between units with (QpY, keep) `p` and `q`.
    fn segment(&self, bs: u8, p: (i32, bool), q: (i32, bool), tc_offset: i8, beta_offset: i8) -> EdgeParams {
        let qp = (p.0 + q.0 + 1) >> 1;
        let (qp_tc, beta) = if self.plane == 0 {
            let q = (qp + i32::from(beta_offset)).clamp(0, 51) as usize;
            (qp, u16::from(BETA_TABLE[q]) << (self.bit_depth - 8))
        } else {
            (chroma_qp(qp + self.qp_offset, self.chroma as u8), 0)
        };
        let q_tc = (qp_tc + 2 * (i32::from(bs) - 1) + i32::from(tc_offset)).clamp(0, 53) as usize;
        match TC_TABLE[q_tc] {
            // Nothing may change: better not look at the samples at all.
            0 => EdgeParams::default(),
            tc => EdgeParams { tc: u16::from(tc) << (self.bit_depth - 8), beta, keep_p: p.1, keep_q: q.1 },
        }
    }
}

impl<'a> DeblockRow<'a> {
    /// The row of CTUs that `info` describes, below the row that `above` describes (`None` at the top of the picture), which
    /// has been deblocked.
    pub fn new(info: &'a RowFilterInfo, above: Option<&'a RowFilterInfo>, params: &'a FilterParams) -> Self {
        let edges = (0..info.width_ctb())
            .map(|x| {
                let ctu = info.ctu(x);
                CtuEdges {
                    disabled: ctu.slice_deblocking_filter_disabled_flag,
                    left: x > 0 && params.crosses(ctu, info.ctu(x - 1)),
                    top: above.is_some_and(|a| params.crosses(ctu, a.ctu(x))),
                }
            })
            .collect();
        Self { info, above, edges, params, ctb_log2_size8: u32::from(params.ctb_log2_size) - 3 }
    }

    /// Whether no edge is filtered: then the planes need not be touched.
    pub fn is_disabled(&self) -> bool {
        self.edges.iter().all(|e| e.disabled)
    }

    /// Lines of the row above that [`DeblockRow::filter`] wants to see of a plane.
    pub fn lead(&self, plane: usize) -> usize {
        let shift = self.params.format.chroma.plane_shifts(plane).1;
        if self.above.is_some() { LEAD >> shift } else { 0 }
    }

    /// Deblocks one plane. `samples` are the lines of the row in full width, preceded by [`DeblockRow::lead`] lines of the row
    /// above.
    pub fn filter<S: Sample>(&self, plane: usize, samples: &mut BlockMut<'_, S>, kernels: &Kernels<S>) {
        let filter = PlaneFilter::new(plane, self.params);
        self.vertical(samples, self.lead(plane), &filter, kernels);
        self.horizontal(samples, self.lead(plane), &filter, kernels);
    }

    /// Filters the vertical edges of one plane.
    fn vertical<S: Sample>(
        &self,
        samples: &mut BlockMut<'_, S>,
        lead: usize,
        filter: &PlaneFilter,
        kernels: &Kernels<S>,
    ) {
        let segment_height = 4 >> filter.shifts.1;
        for x8 in (filter.step.0..self.info.width8()).step_by(filter.step.0) {
            let strengths = Strong::new(self.info.vertical(x8), self.info.height4(), filter.min_bs);
            if strengths.is_empty() {
                continue;
            }
            let ctu_x = x8 >> self.ctb_log2_size8;
            let edges = self.edges[ctu_x];
            let is_left = x8 & ((1 << self.ctb_log2_size8) - 1) == 0;
            if edges.disabled || (is_left && !edges.left) {
                continue;
            }
            let ctu = self.info.ctu(ctu_x);
            let mut run = Run::default();
            for (y4, bs) in strengths {
                let (p, q) = (self.info.unit(x8 - 1, y4 / 2), self.info.unit(x8, y4 / 2));
                run.set(y4, filter.segment(bs, p, q, ctu.tc_offset, ctu.beta_offset));
            }
            let Some((first, segments)) = run.segments() else { continue };
            let x = (8 * x8) >> filter.shifts.0;
            let (y, height) = (lead + first * segment_height, segments.len() * segment_height);
            if filter.plane == 0 {
                let block = samples.sub_mut(x - 4, y, 8, height);
                (kernels.deblock.luma_v)(block, segments, filter.bit_depth);
            } else {
                let block = samples.sub_mut(x - 2, y, 4, height);
                (kernels.deblock.chroma_v)(block, segments, segment_height, filter.bit_depth);
            }
        }
    }

    /// Filters the horizontal edges of one plane.
    fn horizontal<S: Sample>(
        &self,
        samples: &mut BlockMut<'_, S>,
        lead: usize,
        filter: &PlaneFilter,
        kernels: &Kernels<S>,
    ) {
        for y8 in (0..self.info.height4().div_ceil(2)).step_by(filter.step.1) {
            if y8 == 0 && self.above.is_none() {
                continue;
            }
            for (group, strengths) in self.info.horizontal(y8).iter().enumerate() {
                let strengths = Strong::new(strengths, Run::MAX, filter.min_bs);
                if strengths.is_empty() {
                    continue;
                }
                let x4 = group * Run::MAX;
                let mut run = Run::default();
                for (i, bs) in strengths {
                    run.set(i, self.horizontal_segment(bs, (x4 + i) / 2, y8, filter));
                }
                let Some((first, segments)) = run.segments() else { continue };
                let segment_width = 4 >> filter.shifts.0;
                let (x, width) = ((x4 + first) * segment_width, segments.len() * segment_width);
                let y = lead + ((8 * y8) >> filter.shifts.1);
                if filter.plane == 0 {
                    let block = samples.sub_mut(x, y - 4, width, 8);
                    (kernels.deblock.luma_h)(block, segments, filter.bit_depth);
                } else {
                    let block = samples.sub_mut(x, y - 2, width, 4);
                    (kernels.deblock.chroma_h)(block, segments, segment_width, filter.bit_depth);
                }
            }
        }
    }

    /// Parameters of a segment of the horizontal edge above the unit (x8, y8).
    fn horizontal_segment(&self, bs: u8, x8: usize, y8: usize, filter: &PlaneFilter) -> EdgeParams {
        let ctu_x = x8 >> self.ctb_log2_size8;
        let edges = self.edges[ctu_x];
        if edges.disabled || (y8 == 0 && !edges.top) {
            return EdgeParams::default();
        }
        let p = match self.above {
            Some(above) if y8 == 0 => above.unit(x8, above.height4() / 2 - 1),
            _ => self.info.unit(x8, y8 - 1),
        };
        let ctu = self.info.ctu(ctu_x);
        filter.segment(bs, p, self.info.unit(x8, y8), ctu.tc_offset, ctu.beta_offset)
    }
}

/// The strengths of an edge that are filtered, with their segment: from first to last, without a look at the others.
#[derive(Clone, Copy)]
struct Strong {
    /// A byte per segment.
    strengths: u128,
}

impl Strong {
    /// Those of the first `count` strengths, 0..=2 each, that are at least `min_bs`, 1 or 2.
    #[inline]
    fn new(strengths: &[u8; 16], count: usize, min_bs: u8) -> Self {
        let wanted = u128::from_le_bytes([if min_bs == 1 { 3 } else { 2 }; 16]);
        let within = u128::MAX >> (8 * (16 - count.clamp(1, 16)));
        Self { strengths: u128::from_le_bytes(*strengths) & wanted & within }
    }

    #[inline]
    fn is_empty(self) -> bool {
        self.strengths == 0
    }
}

impl Iterator for Strong {
    type Item = (usize, u8);

    #[inline]
    fn next(&mut self) -> Option<(usize, u8)> {
        if self.is_empty() {
            return None;
        }
        let i = self.strengths.trailing_zeros() / 8;
        let bs = (self.strengths >> (8 * i)) as u8;
        self.strengths &= !(0xFF << (8 * i));
        Some((i as usize, bs))
    }
}

/// Parameters of consecutive segments of an edge, from the first to the last that is filtered.
struct Run {
    params: [EdgeParams; Run::MAX],
    first: usize,
    end: usize,
}

impl Default for Run {
    fn default() -> Self {
        Self { params: [EdgeParams::default(); Run::MAX], first: Run::MAX, end: 0 }
    }
}

impl Run {
    const MAX: usize = 16;

    /// Sets segment `i`; segments are set in rising order.
    #[inline]
    fn set(&mut self, i: usize, params: EdgeParams) {
        if params.tc > 0 {
            self.params[i] = params;
            self.first = self.first.min(i);
            self.end = i + 1;
        }
    }

    /// The first filtered segment and all from there to the last.
    #[inline]
    fn segments(&self) -> Option<(usize, &[EdgeParams])> {
        (self.first < self.end).then(|| (self.first, &self.params[self.first..self.end]))
    }
}
