//! 7.3.8.3: sao(), sample adaptive offset parameters of a CTB.

use rivus_syntax::cabac::binarization::{parse_truncated_unary_bypass, write_truncated_unary_bypass};
use rivus_syntax::cabac::{BinSink, CabacDecoder, ContextSet, contexts as ctx};

use super::SliceCoding;
use crate::ctu::record::{SaoComponent, SaoParams};

/// SaoTypeIdx of band offset.
const BAND: u8 = 1;
/// SaoTypeIdx of edge offset.
const EDGE: u8 = 2;

/// cMax of `sao_offset_abs`: 7 for 8 bits, 31 from 10 bits on.
fn max_offset(coding: &SliceCoding<'_>, c_idx: usize) -> u32 {
    (1 << (coding.bit_depth[c_idx.min(1)].min(10) - 5)) - 1
}

/// The components whose parameters are coded.
fn components(coding: &SliceCoding<'_>) -> impl Iterator<Item = usize> + use<> {
    let luma = usize::from(!coding.slice_sao_luma_flag);
    let chroma = coding.slice_sao_chroma_flag && coding.chroma_array_type != 0;
    luma..if chroma { 3 } else { 1 }
}

/// Neither flag of the slice is set: there is no sao() syntax.
fn absent(coding: &SliceCoding<'_>) -> bool {
    !coding.slice_sao_luma_flag && !coding.slice_sao_chroma_flag
}

/// Parses the parameters of a CTB; nothing is read and all is off where the slice has SAO off.
///
/// `left` and `up` are those of the neighbouring CTBs of the same slice and tile.
pub fn parse(
    cabac: &mut CabacDecoder<'_>,
    contexts: &mut ContextSet,
    coding: &SliceCoding<'_>,
    left: Option<&SaoParams>,
    up: Option<&SaoParams>,
) -> SaoParams {
    let mut sao = SaoParams::default();
    if absent(coding) {
        return sao;
    }
    let merge = &mut contexts.models[ctx::SAO_MERGE_FLAG];
    if let Some(left) = left {
        sao.sao_merge_left_flag = cabac.decode_bin(merge);
        if sao.sao_merge_left_flag {
            sao.components = left.components;
            return sao;
        }
    }
    if let Some(up) = up {
        sao.sao_merge_up_flag = cabac.decode_bin(merge);
        if sao.sao_merge_up_flag {
            sao.components = up.components;
            return sao;
        }
    }
    for c_idx in components(coding) {
        let shared = if c_idx == 2 { Some(sao.components[1]) } else { None };
        sao.components[c_idx] = parse_component(cabac, contexts, max_offset(coding, c_idx), shared);
    }
    sao
}

/// Parameters of one component; Cr takes type and class from Cb, `shared`.
fn parse_component(
    cabac: &mut CabacDecoder<'_>,
    contexts: &mut ContextSet,
    max_offset: u32,
    shared: Option<SaoComponent>,
) -> SaoComponent {
    let sao_type_idx = match shared {
        Some(cb) => cb.sao_type_idx,
        None if !cabac.decode_bin(&mut contexts.models[ctx::SAO_TYPE_IDX]) => 0,
        None if cabac.decode_bypass() => EDGE,
        None => BAND,
    };
    let mut sao = SaoComponent { sao_type_idx, ..SaoComponent::default() };
    if sao.sao_type_idx == 0 {
        return sao;
    }
    for offset in &mut sao.sao_offset_val {
        *offset = parse_truncated_unary_bypass(cabac, max_offset) as i16;
    }
    if sao.sao_type_idx == BAND {
        for offset in sao.sao_offset_val.iter_mut().filter(|offset| **offset != 0) {
            if cabac.decode_bypass() {
                *offset = -*offset;
            }
        }
        sao.sao_band_position = cabac.decode_bypass_bits(5) as u8;
    } else {
        // 7.4.9.3.2: valleys are raised and peaks lowered.
        sao.sao_offset_val[2] = -sao.sao_offset_val[2];
        sao.sao_offset_val[3] = -sao.sao_offset_val[3];
        sao.sao_eo_class = match shared {
            Some(cb) => cb.sao_eo_class,
            None => cabac.decode_bypass_bits(2) as u8,
        };
    }
    sao
}

/// Writes the parameters of a CTB; `left` and `up` tell whether those neighbours could be merged with.
pub fn write<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, sao: &SaoParams, left: bool, up: bool) {
    if absent(coding) {
        return;
    }
    if left {
        sink.bin(ctx::SAO_MERGE_FLAG, sao.sao_merge_left_flag);
        if sao.sao_merge_left_flag {
            return;
        }
    }
    if up {
        sink.bin(ctx::SAO_MERGE_FLAG, sao.sao_merge_up_flag);
        if sao.sao_merge_up_flag {
            return;
        }
    }
    for c_idx in components(coding) {
        write_component(sink, &sao.components[c_idx], max_offset(coding, c_idx), c_idx == 2);
    }
}

/// Writes one component; `shared`: type and class were written with Cb.
pub fn write_component<B: BinSink>(sink: &mut B, sao: &SaoComponent, max_offset: u32, shared: bool) {
    if !shared {
        sink.bin(ctx::SAO_TYPE_IDX, sao.sao_type_idx != 0);
        if sao.sao_type_idx != 0 {
            sink.bypass(sao.sao_type_idx == EDGE);
        }
    }
    if sao.sao_type_idx == 0 {
        return;
    }
    for offset in sao.sao_offset_val {
        write_truncated_unary_bypass(sink, u32::from(offset.unsigned_abs()), max_offset);
    }
    if sao.sao_type_idx == BAND {
        for offset in sao.sao_offset_val.into_iter().filter(|&offset| offset != 0) {
            sink.bypass(offset < 0);
        }
        sink.bypass_bits(u32::from(sao.sao_band_position), 5);
    } else if !shared {
        sink.bypass_bits(u32::from(sao.sao_eo_class), 2);
    }
}
