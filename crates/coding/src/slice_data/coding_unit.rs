//! 7.3.8.5: coding_unit(), with the intra prediction modes it carries.

use rivus_syntax::cabac::{BinSink, contexts as ctx};

use super::coding_quadtree::count_neighbours;
use super::{Parser, SliceCoding, pcm, prediction_unit, transform_tree};
use crate::ctu::maps::{self, CtuMaps, flag};
use crate::ctu::record::{CodingUnit, CtuRecord, PartMode, PredMode, Span};
use crate::error::Result;
use crate::intra_mode::{DC, LumaModeCode, chroma_mode, luma_mode, luma_mode_code, most_probable_modes};

/// Context of `cu_skip_flag`.
#[inline]
fn cu_skip_flag_ctx(maps: &CtuMaps, x: u8, y: u8) -> usize {
    ctx::CU_SKIP_FLAG + count_neighbours(maps, x, y, |at| maps.flags[at] & flag::SKIP != 0)
}

/// candModeList of the luma block at (`x`, `y`) of the CTU, from the modes that the maps hold (8.4.2).
#[inline]
pub fn luma_candidates(maps: &CtuMaps, x: u8, y: u8) -> [u8; 3] {
    let (unit_x, unit_y) = (isize::from(x >> 2), isize::from(y >> 2));
    let left = x > 0 || maps.avail.left;
    let left = if left { maps.intra_mode[maps::at(unit_x - 1, unit_y)] } else { DC };
    // Above the CTB row the mode counts as DC.
    let above = if y > 0 { maps.intra_mode[maps::at(unit_x, unit_y - 1)] } else { DC };
    most_probable_modes(left, above)
}

/// Number of parts with a luma mode of their own, and the log2 of their size.
#[inline]
fn intra_parts(cu: &CodingUnit) -> (usize, u8) {
    if cu.part_mode == PartMode::PartNxN { (4, cu.log2_size - 1) } else { (1, cu.log2_size) }
}

/// Number of `intra_chroma_pred_mode` elements.
#[inline]
fn num_chroma_modes(coding: &SliceCoding<'_>, cu: &CodingUnit) -> usize {
    match coding.chroma_array_type {
        0 => 0,
        3 if cu.part_mode == PartMode::PartNxN => 4,
        _ => 1,
    }
}

/// Top-left corner of part `part` of a unit split into four.
#[inline]
fn quarter(cu: &CodingUnit, part: usize) -> (u8, u8) {
    let half = 1u8 << (cu.log2_size - 1);
    (cu.x + (part & 1) as u8 * half, cu.y + (part >> 1) as u8 * half)
}

/// Sets a map over a square of `1 << log2_size` luma samples, 4 at least.
#[inline]
fn fill<T: Copy>(map: &mut [T; maps::LEN], x: u8, y: u8, log2_size: u8, value: T) {
    let units = 1usize << (log2_size - 2);
    CtuMaps::fill(map, (usize::from(x >> 2), usize::from(y >> 2)), (units, units), value);
}

/// Tells the maps what neighbours must know of a coding unit, except its modes and QP.
fn note_unit(maps: &mut CtuMaps, cu: &CodingUnit) {
    let on = |condition: bool, flag: u8| if condition { flag } else { 0 };
    let flags = on(cu.pred_mode == PredMode::Skip, flag::SKIP)
        | on(cu.pred_mode == PredMode::Intra, flag::INTRA)
        | on(cu.pcm_flag, flag::PCM)
        | on(cu.cu_transquant_bypass_flag, flag::BYPASS);
    let depth = maps.ctb_log2_size - cu.log2_size;
    fill(&mut maps.flags, cu.x, cu.y, cu.log2_size, flags);
    fill(&mut maps.depth, cu.x, cu.y, cu.log2_size, depth);
}

/// `rqt_root_cbf` is present; else it is inferred to be 1.
#[inline]
fn rqt_root_cbf_present(cu: &CodingUnit, first_pu_merges: bool) -> bool {
    cu.pred_mode == PredMode::Inter && !(cu.part_mode == PartMode::Part2Nx2N && first_pu_merges)
}

impl Parser<'_, '_> {
    pub(super) fn coding_unit(&mut self, x: u8, y: u8, log2_size: u8) -> Result<()> {
        let coding = self.coding;
        let mut cu = CodingUnit { x, y, log2_size, pred_mode: PredMode::Intra, ..CodingUnit::default() };
        cu.cu_transquant_bypass_flag =
            coding.transquant_bypass_enabled_flag && self.bin(ctx::CU_TRANSQUANT_BYPASS_FLAG);
        if !coding.intra_slice {
            if self.bin(cu_skip_flag_ctx(self.maps, x, y)) {
                cu.pred_mode = PredMode::Skip;
            } else if !self.bin(ctx::PRED_MODE_FLAG) {
                cu.pred_mode = PredMode::Inter;
            }
        }
        (cu.pus, cu.tus) = (self.empty_pus(), self.empty_tus());
        match cu.pred_mode {
            PredMode::Intra => self.intra_unit(&mut cu)?,
            PredMode::Skip | PredMode::Inter => self.inter_unit(&mut cu)?,
        }
        cu.qp_y = self.qp.update(&coding.qp);
        fill(&mut self.maps.qp_y, x, y, log2_size, cu.qp_y);
        // `push` would copy the unit twice.
        self.record.cus.extend_from_slice(std::slice::from_ref(&cu));
        Ok(())
    }

    fn empty_pus(&self) -> Span {
        let len = self.record.pus.len() as u32;
        Span { start: len, end: len }
    }

    fn empty_tus(&self) -> Span {
        let len = self.record.tus.len() as u32;
        Span { start: len, end: len }
    }

    /// What follows the prediction mode of an intra coding unit.
    fn intra_unit(&mut self, cu: &mut CodingUnit) -> Result<()> {
        if cu.log2_size == self.coding.min_cb_log2_size && !self.bin(ctx::PART_MODE) {
            cu.part_mode = PartMode::PartNxN;
        }
        if pcm::pcm_flag_present(self.coding, cu) && self.cabac.decode_terminate() {
            cu.pcm_flag = true;
            cu.pcm_start = self.record.pcm_samples.len() as u32;
            (cu.intra_luma, cu.intra_chroma) = ([DC; 4], [DC; 4]);
            note_unit(self.maps, cu);
            fill(&mut self.maps.intra_mode, cu.x, cu.y, cu.log2_size, DC);
            return self.pcm_samples(cu.log2_size);
        }
        note_unit(self.maps, cu);
        self.luma_modes(cu);
        self.chroma_modes(cu);
        cu.rqt_root_cbf = true;
        self.transform_tree(cu)
    }

    fn luma_modes(&mut self, cu: &mut CodingUnit) {
        let (parts, log2_size) = intra_parts(cu);
        let mut prev_intra_luma_pred_flag = [false; 4];
        for flag in &mut prev_intra_luma_pred_flag[..parts] {
            *flag = self.bin(ctx::PREV_INTRA_LUMA_PRED_FLAG);
        }
        for (part, &is_mpm) in prev_intra_luma_pred_flag[..parts].iter().enumerate() {
            let code = if is_mpm {
                let mpm_idx =
                    if self.cabac.decode_bypass() { 1 + u8::from(self.cabac.decode_bypass()) } else { 0 };
                LumaModeCode::Mpm(mpm_idx)
            } else {
                LumaModeCode::Rem(self.cabac.decode_bypass_bits(5) as u8)
            };
            let (x, y) = if parts == 4 { quarter(cu, part) } else { (cu.x, cu.y) };
            let mode = luma_mode(luma_candidates(self.maps, x, y), code);
            fill(&mut self.maps.intra_mode, x, y, log2_size, mode);
            cu.intra_luma[part] = mode;
        }
        if parts == 1 {
            cu.intra_luma = [cu.intra_luma[0]; 4];
        }
    }

    fn chroma_modes(&mut self, cu: &mut CodingUnit) {
        let count = num_chroma_modes(self.coding, cu);
        for part in 0..count {
            cu.intra_chroma_pred_mode[part] = if self.bin(ctx::INTRA_CHROMA_PRED_MODE) {
                self.cabac.decode_bypass_bits(2) as u8
            } else {
                4
            };
        }
        if count == 1 {
            cu.intra_chroma_pred_mode = [cu.intra_chroma_pred_mode[0]; 4];
        }
        derive_chroma_modes(self.coding, cu);
    }

    /// What follows the prediction mode of an inter coding unit.
    fn inter_unit(&mut self, cu: &mut CodingUnit) -> Result<()> {
        let skip = cu.pred_mode == PredMode::Skip;
        note_unit(self.maps, cu);
        fill(&mut self.maps.intra_mode, cu.x, cu.y, cu.log2_size, DC);
        if !skip {
            cu.part_mode = self.inter_part_mode(cu.log2_size);
        }
        let depth = self.coding.ctb_log2_size - cu.log2_size;
        for part_idx in 0..cu.part_mode.num_parts() {
            let mut rect = cu.part_mode.part_rect(1 << cu.log2_size, part_idx);
            (rect.x, rect.y) = (rect.x + cu.x, rect.y + cu.y);
            self.prediction_unit(rect, part_idx as u8, depth, skip)?;
        }
        cu.pus.end = self.record.pus.len() as u32;
        let merges = self.record.pus[cu.pus.start as usize].merge_flag;
        cu.rqt_root_cbf = !skip && (!rqt_root_cbf_present(cu, merges) || self.bin(ctx::RQT_ROOT_CBF));
        if cu.rqt_root_cbf { self.transform_tree(cu) } else { Ok(()) }
    }

    /// `part_mode` of an inter coding unit (table 9-45).
    fn inter_part_mode(&mut self, log2_size: u8) -> PartMode {
        if self.bin(ctx::PART_MODE) {
            return PartMode::Part2Nx2N;
        }
        let horizontal = self.bin(ctx::PART_MODE + 1);
        if log2_size == self.coding.min_cb_log2_size {
            return match horizontal {
                true => PartMode::Part2NxN,
                false if log2_size == 3 || self.bin(ctx::PART_MODE + 2) => PartMode::PartNx2N,
                false => PartMode::PartNxN,
            };
        }
        let symmetric = !self.coding.amp_enabled_flag || self.bin(ctx::PART_MODE + 3);
        if symmetric {
            return if horizontal { PartMode::Part2NxN } else { PartMode::PartNx2N };
        }
        match (horizontal, self.cabac.decode_bypass()) {
            (true, false) => PartMode::Part2NxnU,
            (true, true) => PartMode::Part2NxnD,
            (false, false) => PartMode::PartnLx2N,
            (false, true) => PartMode::PartnRx2N,
        }
    }
}

/// Sets `intra_chroma` from `intra_luma` and `intra_chroma_pred_mode` (8.4.3).
///
/// Except in 4:4:4 there is one chroma mode, which belongs to the luma mode of the first part.
pub fn derive_chroma_modes(coding: &SliceCoding<'_>, cu: &mut CodingUnit) {
    let chroma_array_type = coding.chroma_array_type;
    cu.intra_chroma = match chroma_array_type {
        0 => [0; 4],
        3 => std::array::from_fn(|part| chroma_mode(cu.intra_chroma_pred_mode[part], cu.intra_luma[part], 3)),
        _ => [chroma_mode(cu.intra_chroma_pred_mode[0], cu.intra_luma[0], chroma_array_type); 4],
    };
}

/// Writes coding unit `index` of `record`, with its prediction units and residual, and updates the maps.
pub fn write<B: BinSink>(
    sink: &mut B,
    coding: &SliceCoding<'_>,
    maps: &mut CtuMaps,
    record: &CtuRecord,
    index: usize,
) {
    let cu = &record.cus[index];
    write_pred_mode(sink, coding, maps, cu);
    note_unit(maps, cu);
    fill(&mut maps.qp_y, cu.x, cu.y, cu.log2_size, cu.qp_y);
    match cu.pred_mode {
        PredMode::Intra => {
            if cu.log2_size == coding.min_cb_log2_size {
                sink.bin(ctx::PART_MODE, cu.part_mode == PartMode::Part2Nx2N);
            }
            if pcm::pcm_flag_present(coding, cu) {
                sink.terminate(cu.pcm_flag);
            }
            if cu.pcm_flag {
                fill(&mut maps.intra_mode, cu.x, cu.y, cu.log2_size, DC);
                pcm::write(sink, coding, cu.log2_size, &record.pcm_samples[cu.pcm_start as usize..]);
                return;
            }
            write_luma_modes(sink, maps, cu);
            write_chroma_modes(sink, coding, cu);
        }
        PredMode::Skip | PredMode::Inter => {
            fill(&mut maps.intra_mode, cu.x, cu.y, cu.log2_size, DC);
            write_inter(sink, coding, record, cu);
        }
    }
    if cu.rqt_root_cbf && cu.pred_mode != PredMode::Skip {
        transform_tree::write(sink, coding, record, cu);
    }
}

/// Writes `cu_transquant_bypass_flag`, `cu_skip_flag` and `pred_mode_flag`.
pub fn write_pred_mode<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, maps: &CtuMaps, cu: &CodingUnit) {
    if coding.transquant_bypass_enabled_flag {
        sink.bin(ctx::CU_TRANSQUANT_BYPASS_FLAG, cu.cu_transquant_bypass_flag);
    }
    if !coding.intra_slice {
        write_cu_skip_flag(sink, maps, cu.x, cu.y, cu.pred_mode == PredMode::Skip);
        if cu.pred_mode != PredMode::Skip {
            sink.bin(ctx::PRED_MODE_FLAG, cu.pred_mode == PredMode::Intra);
        }
    }
}

/// Writes `cu_skip_flag` of the unit at luma position (`x`, `y`) of the CTU.
#[inline]
pub fn write_cu_skip_flag<B: BinSink>(sink: &mut B, maps: &CtuMaps, x: u8, y: u8, skip: bool) {
    sink.bin(cu_skip_flag_ctx(maps, x, y), skip);
}

/// Writes the luma modes of an intra coding unit and enters them into the maps.
pub fn write_luma_modes<B: BinSink>(sink: &mut B, maps: &mut CtuMaps, cu: &CodingUnit) {
    let (parts, log2_size) = intra_parts(cu);
    let mut codes = [LumaModeCode::Mpm(0); 4];
    for (part, code) in codes[..parts].iter_mut().enumerate() {
        let (x, y) = if parts == 4 { quarter(cu, part) } else { (cu.x, cu.y) };
        *code = luma_mode_code(luma_candidates(maps, x, y), cu.intra_luma[part]);
        fill(&mut maps.intra_mode, x, y, log2_size, cu.intra_luma[part]);
    }
    for code in &codes[..parts] {
        sink.bin(ctx::PREV_INTRA_LUMA_PRED_FLAG, matches!(code, LumaModeCode::Mpm(_)));
    }
    for code in &codes[..parts] {
        write_luma_mode_rest(sink, *code);
    }
}

/// Writes a luma mode after its `prev_intra_luma_pred_flag`: `mpm_idx` or `rem_intra_luma_pred_mode`.
#[inline]
fn write_luma_mode_rest<B: BinSink>(sink: &mut B, code: LumaModeCode) {
    match code {
        LumaModeCode::Mpm(0) => sink.bypass(false),
        LumaModeCode::Mpm(idx) => sink.bypass_bits(2 | u32::from(idx - 1), 2),
        LumaModeCode::Rem(rem) => sink.bypass_bits(u32::from(rem), 5),
    }
}

/// Writes the `intra_chroma_pred_mode` elements of an intra coding unit.
pub fn write_chroma_modes<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, cu: &CodingUnit) {
    for &mode in &cu.intra_chroma_pred_mode[..num_chroma_modes(coding, cu)] {
        sink.bin(ctx::INTRA_CHROMA_PRED_MODE, mode != 4);
        if mode != 4 {
            sink.bypass_bits(u32::from(mode), 2);
        }
    }
}

/// Writes what follows the prediction mode of a skipped or inter coding unit, up to `rqt_root_cbf`.
fn write_inter<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, record: &CtuRecord, cu: &CodingUnit) {
    let pus = &record.pus[cu.pus.range()];
    let skip = cu.pred_mode == PredMode::Skip;
    let depth = coding.ctb_log2_size - cu.log2_size;
    if !skip {
        write_inter_part_mode(sink, coding, cu.part_mode, cu.log2_size);
    }
    for pu in pus {
        prediction_unit::write(sink, coding, pu, depth, skip);
    }
    if !skip && rqt_root_cbf_present(cu, pus.first().is_some_and(|pu| pu.merge_flag)) {
        sink.bin(ctx::RQT_ROOT_CBF, cu.rqt_root_cbf);
    }
}

/// Writes `part_mode` of an inter coding unit.
pub fn write_inter_part_mode<B: BinSink>(
    sink: &mut B,
    coding: &SliceCoding<'_>,
    part_mode: PartMode,
    log2_size: u8,
) {
    sink.bin(ctx::PART_MODE, part_mode == PartMode::Part2Nx2N);
    if part_mode == PartMode::Part2Nx2N {
        return;
    }
    let horizontal = matches!(part_mode, PartMode::Part2NxN | PartMode::Part2NxnU | PartMode::Part2NxnD);
    sink.bin(ctx::PART_MODE + 1, horizontal);
    if log2_size == coding.min_cb_log2_size {
        if !horizontal && log2_size > 3 {
            sink.bin(ctx::PART_MODE + 2, part_mode == PartMode::PartNx2N);
        }
    } else if coding.amp_enabled_flag {
        let symmetric = matches!(part_mode, PartMode::Part2NxN | PartMode::PartNx2N);
        sink.bin(ctx::PART_MODE + 3, symmetric);
        if !symmetric {
            sink.bypass(matches!(part_mode, PartMode::Part2NxnD | PartMode::PartnRx2N));
        }
    }
}
