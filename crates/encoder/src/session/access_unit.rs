//! Assembly of access units: which NAL units go before and after the slice (7.4.2.4.4), and the times of the buffer model.

use crate::config::Settings;
use crate::frame::CodedFrame;
use crate::headers::{ParameterSets, sei, slice};
use crate::lookahead::gop::{PictureKind, PicturePlan};
use crate::rate_control::BufferConfig;
use crate::request::Messages;
use rivus_picture::Sample;
use rivus_syntax::bits::BitWriter;
use rivus_syntax::nal::{NalHeader, NalUnitType, PicType, StartCode, write_annex_b};
use rivus_syntax::sei::SeiPayload;
use rivus_syntax::slice_header::SliceSegmentHeader;

/// Turns coded pictures into access units.
#[derive(Debug)]
pub(super) struct Assembler {
    parameter_sets: Vec<u8>,
    temporal_layers: bool,
    repeat_headers: bool,
    aud: bool,
    hash: Option<rivus_picture::hash::HashMethod>,
    /// SEI for the first picture.
    info: Option<SeiPayload>,
    /// The buffer model in the stream.
    hrd: Option<BufferConfig>,
    /// Number of the next picture in coding order.
    next: u64,
    /// Number of the last picture with a buffering period.
    last_period: u64,
    /// Output delay, in pictures, that reordering needs.
    reorder: u64,
}

impl Assembler {
    pub(super) fn new(settings: &Settings, sets: &ParameterSets) -> Self {
        Self {
            parameter_sets: sets.annex_b(),
            temporal_layers: settings.temporal_layers,
            repeat_headers: settings.repeat_headers,
            aud: settings.aud,
            hash: settings.hash.method(),
            info: settings.info.then(|| sei::info(settings)),
            hrd: settings.vbv().filter(|_| settings.has_hrd()),
            next: 0,
            last_period: 0,
            reorder: settings.depth().into(),
        }
    }

    /// The access unit of the next picture in coding order, with `fill` bits in the decoder's buffer when it is removed. Nothing
    /// changes until [`Self::done`], so a picture may be coded again.
    pub(super) fn access_unit<S: Sample>(
        &self,
        sets: &ParameterSets,
        plan: &PicturePlan,
        header: &SliceSegmentHeader,
        coded: &CodedFrame<S>,
        messages: &Messages,
        fill: f64,
    ) -> Vec<u8> {
        let nal = slice::nal_header(plan, self.temporal_layers);
        let size: usize = coded.slice_data.iter().map(Vec::len).sum();
        let mut out = Vec::with_capacity(size + 256);
        if self.aud {
            let pic_type = match plan.kind {
                PictureKind::Idr | PictureKind::Cra | PictureKind::I => PicType::I,
                PictureKind::P => PicType::PI,
                PictureKind::B => PicType::BPI,
            };
            let header = NalHeader::new(NalUnitType::AUD_NUT, nal.temporal_id);
            write_annex_b(StartCode::Four, header, &pic_type.to_rbsp(), &mut out);
        }
        if self.next == 0 || (self.repeat_headers && plan.kind.is_random_access()) {
            out.extend_from_slice(&self.parameter_sets);
        }
        for messages in [self.timing(plan, fill), self.description(plan, messages), messages.own.clone()] {
            if !messages.is_empty() {
                write_sei(&mut out, NalUnitType::PREFIX_SEI_NUT, nal, &messages, sets);
            }
        }
        let start_code = if out.is_empty() { StartCode::Four } else { StartCode::Three };
        let mut w = BitWriter::new();
        header.write(&mut w, nal, &sets.sps, sets.pps_of(header));
        coded.slice_data.iter().for_each(|substream| w.write_bytes(substream));
        write_annex_b(start_code, nal, &w.into_bytes(), &mut out);
        let picture = coded.reconstruction.as_deref();
        if let Some(hash) = self.hash.and_then(|method| sei::picture_hash(picture?, method)) {
            write_sei(&mut out, NalUnitType::SUFFIX_SEI_NUT, nal, &[hash], sets);
        }
        out
    }

    /// Buffering period and picture timing.
    fn timing(&self, plan: &PicturePlan, fill: f64) -> Vec<SeiPayload> {
        let Some(hrd) = &self.hrd else { return Vec::new() };
        let mut messages = Vec::new();
        if plan.kind.is_random_access() {
            messages.push(sei::buffering_period(hrd, fill));
        }
        let removal = self.next - self.last_period;
        let output = (plan.number + self.reorder).saturating_sub(self.next);
        messages.push(sei::picture_timing(removal as u32, output as u32));
        messages
    }

    /// What describes the stream.
    fn description(&self, plan: &PicturePlan, given: &Messages) -> Vec<SeiPayload> {
        let mut messages = Vec::new();
        if plan.kind.is_random_access() {
            messages.extend_from_slice(&given.description);
        }
        if self.next == 0 {
            messages.extend(self.info.clone());
        }
        messages
    }

    /// The access unit of `plan` is final: goes on to the next one.
    pub(super) fn done(&mut self, plan: &PicturePlan) {
        if plan.kind.is_random_access() {
            self.last_period = self.next;
        }
        self.next += 1;
    }
}

fn write_sei(
    out: &mut Vec<u8>,
    nal_unit_type: NalUnitType,
    nal: NalHeader,
    messages: &[SeiPayload],
    sets: &ParameterSets,
) {
    let start_code = if out.is_empty() { StartCode::Four } else { StartCode::Three };
    let header = NalHeader::new(nal_unit_type, nal.temporal_id);
    write_annex_b(start_code, header, &sei::rbsp(messages, &sets.sps), out);
}
