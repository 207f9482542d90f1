//! The decoder session: gathers the NAL units of a picture, starts its decoding, hands out finished ones.

use crate::access_unit::{Event, Input};
use crate::assembly::{Engine, ReceivedPicture, ReceivedSegment};
use crate::coded_picture::{AnyPicture, CodedPicture, DecodeSample};
use crate::config::DecoderConfig;
use crate::error::{Error, Issue, Reason};
use crate::limits::{DecoderLimits, Exceeded};
use crate::output::{DecodedPicture, Statistics, Window};
use crate::picture_info::{SeiState, picture_info};
use crate::sequence::{Handle, Role, Sequence, StoredPicture, output_limits};
use crate::tasks::Executor;
use rivus_coding::dpb::References;
use rivus_picture::{Band, PictureFormat};
use rivus_recon::params::picture_format;
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnitType};
use rivus_syntax::ps::{ActivePps, ParameterSetStore, Pps, Sps, Vps};
use rivus_syntax::slice_header::{SliceSegment, SliceSegmentHeader, SliceSegmentStart};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// payloadType of decoding unit information.
const DECODING_UNIT_INFO: u8 = 130;
/// payloadType of scalable nesting, in which decoding unit information may be wrapped.
const SCALABLE_NESTING: u8 = 133;

/// A picture whose slice segments are being received, by sample type.
enum Pending {
    U8(Arc<CodedPicture<u8>>, Vec<Band<u8>>),
    U16(Arc<CodedPicture<u16>>, Vec<Band<u16>>),
}

/// The current picture.
struct Current {
    nal: NalHeader,
    first_nal: u64,
    received: ReceivedPicture,
    pending: Pending,
    decode_number: u64,
    pts: Option<i64>,
    /// Header of the slice segment received last.
    last: SliceSegmentHeader,
}

/// A NAL unit being processed.
#[derive(Clone, Copy)]
struct Unit {
    number: u64,
    header: NalHeader,
}

/// An HEVC decoder for the base layer.
///
/// Give it data with one of the `send` calls; then call [`next_picture`](Self::next_picture) until it returns none.
pub struct Decoder {
    config: DecoderConfig,
    executor: Executor,
    input: Input,
    rbsp: Rbsp,
    store: ParameterSetStore,
    /// Ids of SPSs (16 bits) and PPSs (64 bits) whose newest contents were refused.
    refused: (u16, u64),
    sei: SeiState,
    sequence: Sequence,
    engine_u8: Option<Engine<u8>>,
    engine_u16: Option<Engine<u16>>,
    current: Option<Current>,
    /// Slice segments that do not begin a picture belong to one that is skipped.
    skipping: bool,
    /// Presentation time of the access unit being received.
    pts: Option<i64>,
    /// The picture decoded last.
    previous: Option<AnyPicture>,
    /// Pictures in decoding, oldest first.
    in_flight: VecDeque<(Handle, u64, i32)>,
    /// Pictures in output order.
    output: VecDeque<Handle>,
    /// The stream ended: what is in `output` comes out before anything else is decoded.
    draining: bool,
    statistics: Statistics,
    issues: Vec<Issue>,
}

impl Decoder {
    /// A decoder with these settings.
    ///
    /// # Errors
    /// If a setting is outside its range, or threads cannot be started.
    pub fn new(config: DecoderConfig) -> Result<Self, Error> {
        config.validate()?;
        if let Some(tier) = config.tier.filter(|tier| !tier.is_supported()) {
            return Err(Error::Tier(tier.name()));
        }
        let executor =
            Executor::new(config.effective_threads()).map_err(|error| Error::Threads(error.to_string()))?;
        Ok(Self {
            executor,
            input: Input::new(config.limits.max_nal_size),
            rbsp: Rbsp::new(),
            store: ParameterSetStore::new(),
            refused: (0, 0),
            sei: SeiState::default(),
            sequence: Sequence::default(),
            engine_u8: None,
            engine_u16: None,
            current: None,
            skipping: false,
            pts: None,
            previous: None,
            in_flight: VecDeque::new(),
            output: VecDeque::new(),
            draining: false,
            statistics: Statistics::default(),
            issues: vec![],
            config,
        })
    }

    /// Takes the next bytes of an Annex B byte stream, cut anywhere. `pts` belongs to the first access unit that
    /// begins in them.
    pub fn send_data(&mut self, data: &[u8], pts: Option<i64>) {
        self.input.bytes(data, pts);
    }

    /// Takes one NAL unit: header and payload, with emulation prevention, without start code. `pts` belongs to its
    /// access unit.
    pub fn send_nal(&mut self, nal: &[u8], pts: Option<i64>) {
        self.input.nal(nal, pts);
    }

    /// Takes a whole access unit as an Annex B byte stream, and decodes it without waiting for the next one.
    pub fn send_access_unit(&mut self, data: &[u8], pts: Option<i64>) {
        self.input.bytes(data, pts);
        self.input.end_access_unit();
    }

    /// Says that the stream ends here: all pictures come out. What is sent afterwards begins a new stream.
    pub fn flush(&mut self) {
        self.input.end_stream();
    }

    /// Forgets the stream, parameter sets and pictures included.
    pub fn reset(&mut self) {
        // Pictures in decoding end by themselves, and free their memory.
        self.input = Input::new(self.config.limits.max_nal_size);
        self.store = ParameterSetStore::new();
        self.refused = (0, 0);
        self.sei = SeiState::default();
        self.sequence = Sequence::default();
        (self.current, self.previous, self.pts) = (None, None, None);
        self.in_flight.clear();
        self.output.clear();
        (self.skipping, self.draining) = (false, false);
        self.statistics = Statistics::default();
        self.issues.clear();
    }

    /// Counts since the beginning, or since [`reset`](Self::reset). Those of pictures are taken when a picture is finished.
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Takes the reports about damage found since the last call.
    pub fn take_issues(&mut self) -> Vec<Issue> {
        std::mem::take(&mut self.issues)
    }

    /// The next picture in output order. None: more data is needed, or, after [`flush`](Self::flush), all is out.
    ///
    /// # Errors
    /// If the stream uses an unsupported feature or exceeds a limit. That part of the stream is skipped; decoding
    /// goes on with the next call.
    pub fn next_picture(&mut self) -> Result<Option<DecodedPicture>, Error> {
        loop {
            self.retire(usize::MAX);
            if let Some(picture) = self.take_output() {
                return Ok(Some(picture));
            }
            if self.draining && self.output.is_empty() {
                self.retire(0);
                self.draining = false;
            }
            match self.input.next() {
                None if self.is_full() => self.retire(self.config.effective_frames_in_flight()),
                None => return Ok(None),
                Some(Event::Nal(nal, pts)) => self.process(&nal, pts)?,
                Some(Event::TooLarge(asked)) => {
                    let nal = self.statistics.nal_units;
                    self.statistics.nal_units += 1;
                    return Err(limit(nal, ("NAL unit size", asked, self.config.limits.max_nal_size as u64)));
                }
                Some(Event::EndOfAccessUnit) => self.finish_picture(),
                Some(Event::EndOfStream) => {
                    self.finish_picture();
                    let mut output = vec![];
                    self.sequence.end_of_stream(&mut output);
                    self.output.extend(output);
                    self.previous = None;
                    self.draining = true;
                }
            }
        }
    }

    /// As many pictures are in decoding as may be, and one is due for output.
    fn is_full(&self) -> bool {
        self.in_flight.len() >= self.config.effective_frames_in_flight() && !self.output.is_empty()
    }

    /// The first picture of the output queue, if it is finished, or has to be waited for.
    fn take_output(&mut self) -> Option<DecodedPicture> {
        let head = self.output.front()?;
        if head.picture.outcome().is_none() {
            if !self.draining {
                return None;
            }
            head.picture.wait();
        }
        let head = self.output.pop_front()?;
        let (pts, info) = head.info.get()?.clone();
        self.statistics.output_pictures += 1;
        Some(DecodedPicture { frame: head.picture.frame()?, window: head.window, pts, info })
    }

    /// Counts finished pictures, and waits until less than `allowed` (or, for 0, none) are in decoding.
    fn retire(&mut self, allowed: usize) {
        while let Some((handle, nal, poc)) = self.in_flight.front() {
            let outcome = match handle.picture.outcome() {
                Some(outcome) => outcome,
                None if self.in_flight.len() >= allowed.max(1) => handle.picture.wait(),
                None => return,
            };
            let (nal, poc) = (*nal, *poc);
            self.in_flight.pop_front();
            self.statistics.decoded_pictures += 1;
            self.statistics.concealed_ctus += u64::from(outcome.concealed_ctus);
            self.statistics.concealed_pictures += u64::from(outcome.concealed_ctus > 0);
            self.statistics.hash_matches += u64::from(outcome.hash_matches == Some(true));
            self.statistics.hash_mismatches += u64::from(outcome.hash_matches == Some(false));
            for issue in &outcome.issues {
                self.issue(issue.clone());
            }
            if outcome.concealed_ctus > 0 {
                let (missing, total) = (outcome.concealed_ctus, outcome.total_ctus);
                let reason = Reason::MissingCtus { poc, missing, total };
                self.issue(Issue { nal, nal_unit_type: None, reason });
            }
        }
    }

    fn issue(&mut self, issue: Issue) {
        self.statistics.issues += 1;
        if self.issues.len() < self.config.limits.max_issues {
            self.issues.push(issue);
        }
    }

    /// Notes damage in a NAL unit.
    fn damaged(&mut self, unit: Unit, reason: Reason) {
        self.issue(Issue { nal: unit.number, nal_unit_type: Some(unit.header.nal_unit_type), reason });
    }

    fn process(&mut self, nal: &[u8], pts: Option<i64>) -> Result<(), Error> {
        let number = self.statistics.nal_units;
        self.statistics.nal_units += 1;
        self.config.limits.check_nal(nal.len()).map_err(|exceeded| limit(number, exceeded))?;
        let (header, payload) = match NalHeader::parse(nal) {
            Ok(parsed) => parsed,
            Err(error) => {
                self.issue(Issue { nal: number, nal_unit_type: None, reason: error.into() });
                return Ok(());
            }
        };
        if header.nuh_layer_id > 0 || header.temporal_id > self.config.max_temporal_id {
            return Ok(());
        }
        let unit = Unit { number, header };
        let kind = header.nal_unit_type;
        let mut rbsp = std::mem::take(&mut self.rbsp);
        rbsp.unescape(payload);
        if begins_access_unit(kind, rbsp.bytes()) {
            self.finish_picture();
        }
        let result = if kind.is_slice() {
            self.slice_segment(unit, &rbsp, pts);
            Ok(())
        } else {
            self.pts = self.pts.or(pts);
            self.non_vcl(unit, rbsp.bytes())
        };
        self.rbsp = rbsp;
        result
    }

    fn non_vcl(&mut self, unit: Unit, rbsp: &[u8]) -> Result<(), Error> {
        let result = match unit.header.nal_unit_type {
            NalUnitType::VPS_NUT => Vps::parse(rbsp).map(|vps| drop(self.store.put_vps(vps))),
            NalUnitType::SPS_NUT => return self.sps(unit, rbsp),
            NalUnitType::PPS_NUT => Pps::parse(rbsp).and_then(|pps| self.pps(pps)),
            NalUnitType::EOS_NUT | NalUnitType::EOB_NUT => {
                self.finish_picture();
                self.sequence.end_of_sequence();
                Ok(())
            }
            kind @ (NalUnitType::PREFIX_SEI_NUT | NalUnitType::SUFFIX_SEI_NUT) => {
                self.sei.receive(unit.number, kind, rbsp, self.config.limits.max_sei_messages)
            }
            _ => Ok(()),
        };
        match result {
            Err(rivus_syntax::Error::Unsupported { feature }) => {
                Err(Error::Unsupported { nal: unit.number, feature })
            }
            Err(error) => {
                self.damaged(unit, error.into());
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Takes an SPS, unless it asks for more than is allowed or implemented.
    fn sps(&mut self, unit: Unit, rbsp: &[u8]) -> Result<(), Error> {
        let nal = unit.number;
        let sps = match Sps::parse(rbsp) {
            Ok(sps) => sps,
            Err(rivus_syntax::Error::Unsupported { feature }) => {
                return Err(Error::Unsupported { nal, feature });
            }
            Err(error) => {
                self.damaged(unit, error.into());
                return Ok(());
            }
        };
        let bit = 1 << (sps.sps_seq_parameter_set_id & 15);
        self.refused.0 |= bit;
        let limits = &self.config.limits;
        limits
            .check_picture(sps.pic_width_in_luma_samples, sps.pic_height_in_luma_samples)
            .and_then(|()| {
                limits.check_dpb(u32::from(output_limits(&sps, 6).max_dec_pic_buffering_minus1) + 1)
            })
            .map_err(|exceeded| limit(nal, exceeded))?;
        if let Some(feature) = unsupported(&sps) {
            return Err(Error::Unsupported { nal, feature });
        }
        self.refused.0 &= !bit;
        self.store.put_sps(sps);
        Ok(())
    }

    /// Takes a PPS, unless it asks for what is not implemented.
    fn pps(&mut self, pps: Pps) -> rivus_syntax::Result<()> {
        let bit = 1 << (pps.pps_pic_parameter_set_id & 63);
        self.refused.1 |= bit;
        if pps.scc_extension.adaptive_colour_transform.is_some() {
            let feature = "residual_adaptive_colour_transform_enabled_flag";
            return Err(rivus_syntax::Error::Unsupported { feature });
        }
        self.refused.1 &= !bit;
        self.store.put_pps(pps);
        Ok(())
    }

    /// A slice segment: the first of a picture, or another of the current one.
    fn slice_segment(&mut self, unit: Unit, rbsp: &Rbsp, pts: Option<i64>) {
        let start = match SliceSegmentStart::parse(rbsp.bytes(), unit.header) {
            Ok(start) => start,
            Err(error) => return self.damaged(unit, error.into()),
        };
        if start.first_slice_segment_in_pic_flag {
            self.finish_picture();
            self.skipping = false;
        } else if self.skipping {
            return;
        }
        self.pts = self.pts.or(pts);
        if let Some(current) = &mut self.current {
            let parsed = SliceSegment::parse(
                rbsp,
                unit.header,
                &current.received.active.sps,
                &current.received.active.pps,
                Some(&current.last),
            );
            match parsed {
                Ok(segment) if current.continues(unit.header, &segment.header) => {
                    let result = current.add(unit, rbsp, segment, &self.config.limits);
                    if let Err(reason) = result {
                        self.damaged(unit, reason);
                    }
                    return;
                }
                Ok(_) => self.finish_picture(),
                Err(error) => return self.damaged(unit, error.into()),
            }
        }
        match self.begin_picture(unit, rbsp, start) {
            Ok(()) => {}
            Err(reason) => {
                self.skipping = true;
                self.damaged(unit, reason);
            }
        }
    }

    /// The first slice segment of a picture.
    fn begin_picture(&mut self, unit: Unit, rbsp: &Rbsp, start: SliceSegmentStart) -> Result<(), Reason> {
        let active = self.store.activate(start.slice_pic_parameter_set_id)?;
        let (sps, pps) = (active.sps.sps_seq_parameter_set_id, active.pps.pps_pic_parameter_set_id);
        for (kind, id, refused) in [("SPS", sps, self.refused.0.into()), ("PPS", pps, self.refused.1)] {
            if refused >> id & 1 != 0 {
                return Err(rivus_syntax::Error::MissingParameterSet { kind, id }.into());
            }
        }
        let segment = SliceSegment::parse(rbsp, unit.header, &active.sps, &active.pps, None)?;
        let Some(role) = self.sequence.role(unit.header, &segment.header, &active.sps) else {
            self.statistics.skipped_pictures += 1;
            self.pts = None;
            self.skipping = true;
            // RASL pictures are skipped by the standard's own rules (8.1.3).
            let is_rasl = unit.header.nal_unit_type.is_rasl();
            return if is_rasl { Ok(()) } else { Err(Reason::NoRandomAccessPoint) };
        };
        let format = picture_format(&active.sps);
        if format.is_8bit() {
            let (picture, bands) =
                engine(&mut self.engine_u8, format, &active.sps, &self.config).picture(role.poc);
            self.enter(
                unit,
                rbsp,
                active,
                segment,
                role,
                DecodeSample::any(Arc::clone(&picture)),
                Pending::U8(picture, bands),
            )
        } else {
            let (picture, bands) =
                engine(&mut self.engine_u16, format, &active.sps, &self.config).picture(role.poc);
            self.enter(
                unit,
                rbsp,
                active,
                segment,
                role,
                DecodeSample::any(Arc::clone(&picture)),
                Pending::U16(picture, bands),
            )
        }
    }

    /// Makes a picture the current one: updates the picture buffer, and makes up missing references.
    fn enter(
        &mut self,
        unit: Unit,
        rbsp: &Rbsp,
        active: ActivePps,
        segment: SliceSegment,
        role: Role,
        picture: AnyPicture,
        pending: Pending,
    ) -> Result<(), Reason> {
        let sps = Arc::clone(&active.sps);
        let limits = output_limits(&sps, self.config.max_temporal_id);
        self.sei.begin_picture(role.starts_sequence());
        let mut output = vec![];
        let mut references =
            self.sequence.begin_picture(unit.header, &segment.header, &role, limits, &mut output);
        self.complete_references(unit, &pending, &role, &mut references);
        let (x, y, width, height) = sps.output_rectangle();
        let handle = Arc::new(StoredPicture {
            picture,
            window: Window { x, y, width, height },
            info: OnceLock::new(),
        });
        self.sequence.insert(Arc::clone(&handle), &role, limits, &mut output);
        self.output.extend(output);
        let received = ReceivedPicture {
            active,
            poc: role.poc,
            handle,
            references,
            segments: BTreeMap::new(),
            hash: None,
        };
        let mut current = Current {
            nal: unit.header,
            first_nal: unit.number,
            received,
            pending,
            decode_number: self.statistics.decoded_pictures + self.in_flight.len() as u64,
            pts: self.pts.take(),
            last: segment.header.clone(),
        };
        let result = current.add(unit, rbsp, segment, &self.config.limits);
        self.current = Some(current);
        result
    }

    /// 8.3.3: grey pictures for references that are missing, or of another format.
    fn complete_references(
        &mut self,
        unit: Unit,
        pending: &Pending,
        role: &Role,
        references: &mut References<Handle>,
    ) {
        for index in 0..references.table.len() {
            let reference = &references.table[index];
            let usable = reference.handle.as_ref().is_some_and(|handle| match (pending, &handle.picture) {
                (Pending::U8(current, _), AnyPicture::U8(picture)) => same_format(current, picture),
                (Pending::U16(current, _), AnyPicture::U16(picture)) => same_format(current, picture),
                _ => false,
            });
            if usable {
                continue;
            }
            let poc = reference.poc;
            let picture = match pending {
                Pending::U8(..) => {
                    self.engine_u8.as_ref().map(|engine| DecodeSample::any(engine.grey_picture(poc)))
                }
                Pending::U16(..) => {
                    self.engine_u16.as_ref().map(|engine| DecodeSample::any(engine.grey_picture(poc)))
                }
            };
            let Some(picture) = picture else { continue };
            let window = Window { x: 0, y: 0, width: 1, height: 1 };
            let handle = Arc::new(StoredPicture { picture, window, info: OnceLock::new() });
            self.sequence.supply(references, index, handle);
            self.statistics.missing_references += 1;
            self.damaged(unit, Reason::MissingReference { poc: role.poc, missing: poc });
        }
    }

    /// All slice segments of the current picture are received: starts its decoding.
    fn finish_picture(&mut self) {
        let Some(current) = self.current.take() else { return };
        self.retire(self.config.effective_frames_in_flight());
        let Current { mut received, pending, pts, first_nal, .. } = current;
        let info = picture_info(&received, current.nal, current.decode_number, &self.sei);
        received.hash = self.sei.end_picture().filter(|_| self.config.verify_hash);
        let handle = Arc::clone(&received.handle);
        // Set once: a picture is finished once.
        let _ = handle.info.set((pts, Arc::new(info)));
        let poc = received.poc;
        let previous = self.previous.replace(handle.picture.clone());
        let issues = match pending {
            Pending::U8(picture, bands) => self
                .engine_u8
                .as_ref()
                .map(|engine| engine.start(received, picture, bands, previous.as_ref(), &self.executor)),
            Pending::U16(picture, bands) => self
                .engine_u16
                .as_ref()
                .map(|engine| engine.start(received, picture, bands, previous.as_ref(), &self.executor)),
        };
        for issue in issues.into_iter().flatten() {
            self.issue(issue);
        }
        self.executor.run_inline();
        self.in_flight.push_back((handle, first_nal, poc));
    }
}

impl Current {
    /// Whether a slice segment belongs to this picture: what is the same in all of a picture's slices is the same.
    fn continues(&self, nal: NalHeader, header: &SliceSegmentHeader) -> bool {
        nal.nal_unit_type == self.nal.nal_unit_type
            && nal.temporal_id == self.nal.temporal_id
            && header.slice_pic_parameter_set_id == self.last.slice_pic_parameter_set_id
            && header.slice_pic_order_cnt_lsb == self.last.slice_pic_order_cnt_lsb
    }

    /// Adds a slice segment.
    fn add(
        &mut self,
        unit: Unit,
        rbsp: &Rbsp,
        segment: SliceSegment,
        limits: &DecoderLimits,
    ) -> Result<(), Reason> {
        let address = segment.header.slice_segment_address;
        let start = self.received.active.derived.ctb_addr_rs_to_ts[address as usize];
        self.last.clone_from(&segment.header);
        let segments = &mut self.received.segments;
        if segments.contains_key(&start) {
            return Err(Reason::SlicePosition(start));
        }
        limits
            .check_slice_segments(segments.len() + 1)
            .map_err(|(which, asked, allowed)| rivus_syntax::Error::Limit { which, asked, allowed })?;
        segments.insert(
            start,
            ReceivedSegment {
                nal: unit.number,
                nal_unit_type: unit.header.nal_unit_type,
                header: segment.header,
                data: rbsp.bytes().to_vec(),
                substreams: segment.substreams,
            },
        );
        Ok(())
    }
}

/// The engine for pictures of this format, made anew if the format changed.
fn engine<'a, S: DecodeSample>(
    slot: &'a mut Option<Engine<S>>,
    format: PictureFormat,
    sps: &Sps,
    config: &DecoderConfig,
) -> &'a Engine<S> {
    let ctb_log2_size = sps.ctb_log2_size() as u8;
    if !slot.as_ref().is_some_and(|engine| engine.fits(&format, ctb_log2_size)) {
        *slot = None;
    }
    slot.get_or_insert_with(|| Engine::new(format, ctb_log2_size, config.tier))
}

fn same_format<S: DecodeSample>(a: &CodedPicture<S>, b: &CodedPicture<S>) -> bool {
    a.samples.format() == b.samples.format() && a.samples.band_height() == b.samples.band_height()
}

/// 7.4.2.4.4: NAL units that, after a slice segment, begin the next access unit. Messages about decoding units stand between
/// the slice segments of a picture.
fn begins_access_unit(kind: NalUnitType, rbsp: &[u8]) -> bool {
    match kind {
        NalUnitType::PREFIX_SEI_NUT => {
            !matches!(rbsp.first(), Some(&(DECODING_UNIT_INFO | SCALABLE_NESTING)))
        }
        _ => matches!(kind.value(), 32..=35 | 41..=44 | 48..=55),
    }
}

fn limit(nal: u64, (which, asked, allowed): Exceeded) -> Error {
    Error::Limit { nal, which, asked, allowed }
}

/// What a sequence needs that is not implemented.
fn unsupported(sps: &Sps) -> Option<&'static str> {
    let scc = &sps.scc_extension;
    if sps.separate_colour_plane_flag {
        Some("separate_colour_plane_flag")
    } else if scc.palette_mode_enabled_flag {
        Some("palette_mode_enabled_flag")
    } else if scc.sps_curr_pic_ref_enabled_flag {
        Some("sps_curr_pic_ref_enabled_flag")
    } else if scc.motion_vector_resolution_control_idc != 0 {
        Some("motion_vector_resolution_control_idc")
    } else if scc.intra_boundary_filtering_disabled_flag {
        Some("intra_boundary_filtering_disabled_flag")
    } else {
        None
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("config", &self.config).field("statistics", &self.statistics).finish()
    }
}
