//! The lines of a trace.

use super::Trace;
use crate::mode_decision::cost::BIT;
use crate::mode_decision::tried::{Attempt, Tried};
use rivus_coding::ctu::record::{
    CodingUnit, CtuRecord, PartMode, PredMode, PredictionUnit, SaoComponent, TransformUnit,
};
use rivus_coding::motion::Motion;
use rivus_picture::Sample;
use std::fmt::Write;

/// Adds a line; writing into a string cannot fail.
macro_rules! line {
    ($trace:expr, $($what:tt)+) => {{
        let _ = writeln!($trace.lines, $($what)+);
    }};
}

impl<S: Sample> Trace<'_, S> {
    /// The picture, whose slice data has so many bytes.
    pub(super) fn picture_line(&mut self, bytes: usize) {
        let frame = self.frame;
        let poc = frame.slice_motion.poc;
        let slice = match frame.header.slice_type {
            rivus_syntax::slice_header::SliceType::I => 'I',
            rivus_syntax::slice_header::SliceType::P => 'P',
            rivus_syntax::slice_header::SliceType::B => 'B',
        };
        let list = |list: usize| {
            let motion = &frame.slice_motion;
            let pocs = (0..motion.num_ref_idx_active(list)).map(|i| motion.ref_poc(list, i as i8));
            join(pocs)
        };
        let (l0, l1) = (list(0), list(1));
        let (number, qp) = (self.number, frame.slice_qp);
        let lambda = frame.lambda(qp).sse * BIT;
        line!(
            self,
            "pic pic={number} poc={poc} slice={slice} qp={qp} lambda={lambda:.3} l0={l0} l1={l1} bytes={bytes}"
        );
    }

    pub(super) fn ctu_line(&mut self, (x, y): (usize, usize), record: &CtuRecord) {
        let bits: f64 = self.bits.iter().sum();
        let sao_bits = self.bits.first().copied().unwrap_or(0.0);
        let sao = &record.sao;
        let from = match (sao.sao_merge_left_flag, sao.sao_merge_up_flag) {
            (true, _) => "left",
            (_, true) => "up",
            _ => "own",
        };
        let [luma, cb, cr] = sao.components.each_ref().map(sao_text);
        line!(
            self,
            "ctu pic={} at={x},{y} bits={bits:.2} saobits={sao_bits:.2} sao={from} y={luma} cb={cb} cr={cr}",
            self.number
        );
    }

    /// A coding unit with its prediction and transform units; bits of the split flags before it, and its own.
    pub(super) fn unit_lines(
        &mut self,
        ctu: (usize, usize),
        record: &CtuRecord,
        cu: &CodingUnit,
        errors: [u64; 3],
        (flags, bits): (f64, f64),
    ) {
        let (x, y) = (ctu.0 + usize::from(cu.x), ctu.1 + usize::from(cu.y));
        let decided = self.frame.unit_qp((x, y), cu.log2_size);
        let lambda = self.frame.lambda(decided);
        let [luma, cb, cr] = errors.map(|error| error as f64);
        let distortion = luma + lambda.chroma_weight[0] * cb + lambda.chroma_weight[1] * cr;
        let cost = distortion + lambda.sse * BIT * bits;
        line!(
            self,
            "cu pic={} at={x},{y} size={} depth={} {} qp={} cbf={} flagbits={flags:.2} bits={bits:.2} \
             dist={distortion:.0} lambda={:.3} cost={cost:.0} sse={luma},{cb},{cr}",
            self.number,
            1u32 << cu.log2_size,
            self.frame.sps.ctb_log2_size() as u8 - cu.log2_size,
            mode_text(cu),
            cu.qp_y,
            u8::from(cu.rqt_root_cbf),
            lambda.sse * BIT,
        );
        for pu in &record.pus[cu.pus.range()] {
            let (x, y) = (ctu.0 + usize::from(pu.x), ctu.1 + usize::from(pu.y));
            let motion = self.prediction_text(pu);
            line!(self, "pu pic={} at={x},{y} size={}x{} {motion}", self.number, pu.w, pu.h);
        }
        for tu in &record.tus[cu.tus.range()] {
            let (x, y) = (ctu.0 + usize::from(tu.x), ctu.1 + usize::from(tu.y));
            line!(self, "tu pic={} at={x},{y} {}", self.number, transform_text(record, tu));
        }
    }

    pub(super) fn tried_line(&mut self, ctu: (usize, usize), tried: &Tried) {
        let (x, y) = (ctu.0 + tried.x, ctu.1 + tried.y);
        let what = match &tried.attempt {
            Attempt::Unit(cu, pus) => {
                let parts: Vec<String> = pus.iter().map(|pu| self.prediction_text(pu)).collect();
                [mode_text(cu)].into_iter().chain(parts).collect::<Vec<_>>().join(" ")
            }
            Attempt::Split => "mode=split".to_owned(),
            Attempt::GivenUp => "mode=split-given-up".to_owned(),
        };
        line!(
            self,
            "try pic={} at={x},{y} size={} best={} bits={:.2} dist={:.0} cost={:.0} {what}",
            self.number,
            tried.size,
            u8::from(tried.is_best),
            tried.cost.bits as f64 / BIT,
            tried.cost.distortion,
            tried.cost.rd,
        );
    }

    /// How a prediction unit is predicted.
    fn prediction_text(&self, pu: &PredictionUnit) -> String {
        let Motion { mv, ref_idx, .. } = pu.motion;
        let mut text = if pu.merge_flag { format!("merge={}", pu.merge_idx) } else { "merge=-".to_owned() };
        for list in [0, 1].into_iter().filter(|&list| pu.motion.uses(list)) {
            let poc = self.frame.slice_motion.ref_poc(list, ref_idx[list]);
            let _ = write!(text, " l{list}={}:{poc}:{},{}", ref_idx[list], mv[list].x, mv[list].y);
            if !pu.merge_flag {
                let (flag, mvd) = (u8::from(pu.mvp_flag[list]), pu.mvd[list]);
                let _ = write!(text, " mvp{list}={flag} mvd{list}={},{}", mvd.x, mvd.y);
            }
        }
        text
    }
}

/// Numbers with commas between; `-` if there are none.
fn join<T: ToString>(values: impl Iterator<Item = T>) -> String {
    let texts: Vec<String> = values.map(|value| value.to_string()).collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(",") }
}

fn sao_text(component: &SaoComponent) -> String {
    let offsets = join(component.sao_offset_val.iter());
    match component.sao_type_idx {
        0 => "off".to_owned(),
        1 => format!("band{}:{offsets}", component.sao_band_position),
        _ => format!("edge{}:{offsets}", component.sao_eo_class),
    }
}

/// Prediction mode, partitioning, and intra modes.
fn mode_text(cu: &CodingUnit) -> String {
    let part = match cu.part_mode {
        PartMode::Part2Nx2N => "2Nx2N",
        PartMode::Part2NxN => "2NxN",
        PartMode::PartNx2N => "Nx2N",
        PartMode::PartNxN => "NxN",
        PartMode::Part2NxnU => "2NxnU",
        PartMode::Part2NxnD => "2NxnD",
        PartMode::PartnLx2N => "nLx2N",
        PartMode::PartnRx2N => "nRx2N",
    };
    match cu.pred_mode {
        PredMode::Skip => format!("mode=skip part={part}"),
        PredMode::Inter => format!("mode=inter part={part}"),
        PredMode::Intra => {
            let luma = join(cu.intra_luma[..cu.part_mode.num_parts()].iter());
            let (syntax, chroma) = (cu.intra_chroma_pred_mode[0], cu.intra_chroma[0]);
            format!("mode=intra part={part} luma={luma} chroma={syntax}:{chroma}")
        }
    }
}

fn transform_text(record: &CtuRecord, tu: &TransformUnit) -> String {
    let blocks = &record.tbs[tu.tbs.range()];
    let levels = |component: u8| -> usize {
        blocks.iter().filter(|tb| tb.c_idx == component).map(|tb| tb.coeffs.range().len()).sum()
    };
    let delta = if tu.has_qp_delta { tu.cu_qp_delta.to_string() } else { "-".to_owned() };
    format!(
        "size={} depth={} cbf={},{},{} qp={} delta={delta} levels={}",
        1u32 << tu.log2_size,
        tu.depth,
        u8::from(tu.cbf_luma),
        u8::from(tu.cbf_cb[0]),
        u8::from(tu.cbf_cr[0]),
        join(tu.qp.iter()),
        join([0, 1, 2].into_iter().map(levels)),
    )
}
