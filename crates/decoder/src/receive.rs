//! From NAL units to pictures in decoding: slice segments are gathered, and a picture is begun with its first one.

use crate::assembly::{Engine, ReceivedPicture};
use crate::coded_picture::{AnyPicture, DecodeSample};
use crate::current::{Current, Pending, Unit};
use crate::decoder::{Decoder, InFlight, limit};
use crate::error::{Error, Issue, Reason};
use crate::output::{PictureType, Window};
use crate::picture_info::picture_info;
use crate::sequence::{Handle, Role, Shown, StoredPicture, output_limits};
use rivus_coding::dpb::References;
use rivus_kernels::{Kernels, Tier};
use rivus_picture::{PictureFormat, SharedPicture};
use rivus_recon::params::picture_format;
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnitType};
use rivus_syntax::ps::{ActivePps, Sps};
use rivus_syntax::slice_header::{SliceSegment, SliceSegmentStart};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// payloadType of decoding unit information.
const DECODING_UNIT_INFO: u8 = 130;
/// payloadType of scalable nesting, in which decoding unit information may be wrapped.
const SCALABLE_NESTING: u8 = 133;

/// Why a picture is not begun.
enum Refusal {
    /// The stream is damaged, or no random access point came yet.
    Damaged(Reason),
    /// What the caller has to know.
    Error(Error),
}

impl<T: Into<Reason>> From<T> for Refusal {
    fn from(reason: T) -> Self {
        Self::Damaged(reason.into())
    }
}

impl Decoder {
    /// Notes damage in a NAL unit.
    pub(crate) fn damaged(&mut self, unit: Unit, reason: Reason) {
        self.issue(Issue { nal: unit.number, nal_unit_type: Some(unit.header.nal_unit_type), reason });
    }

    /// Takes a NAL unit, header and payload.
    pub(crate) fn process(&mut self, nal: &[u8], pts: Option<i64>) -> Result<(), Error> {
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
            self.slice_segment(unit, &rbsp, pts)
        } else {
            self.pts = self.pts.or(pts);
            self.non_vcl(unit, rbsp.bytes())
        };
        self.rbsp = rbsp;
        result
    }

    /// A slice segment: the first of a picture, or another of the current one.
    fn slice_segment(&mut self, unit: Unit, rbsp: &Rbsp, pts: Option<i64>) -> Result<(), Error> {
        let start = match SliceSegmentStart::parse(rbsp.bytes(), unit.header) {
            Ok(start) => start,
            Err(error) => {
                self.damaged(unit, error.into());
                return Ok(());
            }
        };
        if start.first_slice_segment_in_pic_flag {
            self.finish_picture();
            self.skipping = false;
        } else if self.skipping {
            return Ok(());
        }
        self.pts = self.pts.or(pts);
        if let Some(current) = &mut self.current {
            let active = &current.received.active;
            let parsed =
                SliceSegment::parse(rbsp, unit.header, &active.sps, &active.pps, Some(&current.last));
            match parsed {
                Ok(segment) if current.continues(unit.header, &segment.header) => {
                    if let Err(reason) = current.add(unit, rbsp, segment, &self.config.limits) {
                        self.damaged(unit, reason);
                    }
                    return Ok(());
                }
                Ok(_) => self.finish_picture(),
                Err(error) => {
                    self.damaged(unit, error.into());
                    return Ok(());
                }
            }
        }
        match self.begin_picture(unit, rbsp, start) {
            Ok(()) => Ok(()),
            Err(refusal) => {
                self.skip_picture();
                match refusal {
                    Refusal::Damaged(reason) => self.damaged(unit, reason),
                    Refusal::Error(error) => return Err(error),
                }
                Ok(())
            }
        }
    }

    /// The picture that begins is not decoded: its slice segments, messages and time go nowhere.
    fn skip_picture(&mut self) {
        self.skipping = true;
        self.pts = None;
        self.sei.end_picture();
    }

    /// The first slice segment of a picture.
    fn begin_picture(&mut self, unit: Unit, rbsp: &Rbsp, start: SliceSegmentStart) -> Result<(), Refusal> {
        let active = self.store.activate(start.slice_pic_parameter_set_id)?;
        let (sps, pps) = (active.sps.sps_seq_parameter_set_id, active.pps.pps_pic_parameter_set_id);
        for (kind, id, refused) in [("SPS", sps, self.refused.0.into()), ("PPS", pps, self.refused.1)] {
            if refused >> id & 1 != 0 {
                return Err(rivus_syntax::Error::MissingParameterSet { kind, id }.into());
            }
        }
        let segment = SliceSegment::parse(rbsp, unit.header, &active.sps, &active.pps, None)?;
        let recovery_point = self.sei.recovery_point();
        let role = self.sequence.role(unit.header, &segment.header, &active.sps, recovery_point);
        let Some(mut role) = role else {
            self.statistics.skipped_pictures += 1;
            self.skip_picture();
            // RASL pictures are skipped by the standard's own rules (8.1.3).
            let is_expected = self.seeking || unit.header.nal_unit_type.is_rasl();
            return if is_expected { Ok(()) } else { Err(Reason::NoRandomAccessPoint.into()) };
        };
        self.seeking = false;
        role.output &= self.config.output_recovering || !role.recovering;
        self.enter(unit, rbsp, active, segment, role)
    }

    /// Makes a picture the current one: updates the picture buffer, takes memory for it, and makes up missing references. A
    /// picture that is to be skipped has its place in the buffer, and in output order, all the same.
    fn enter(
        &mut self,
        unit: Unit,
        rbsp: &Rbsp,
        active: ActivePps,
        segment: SliceSegment,
        role: Role,
    ) -> Result<(), Refusal> {
        let sps = Arc::clone(&active.sps);
        let limits = output_limits(&sps, self.config.max_temporal_id);
        let highest_tid = self.config.max_temporal_id.min(sps.sps_max_sub_layers_minus1);
        self.sei.begin_picture(role.starts_sequence());
        let mut output = vec![];
        let mut references =
            self.sequence.begin_picture(unit.header, &segment.header, &role, limits, &mut output);
        let is_skipped = self.config.skip.skips(unit.header, highest_tid, segment.header.slice_type);
        let missing_before = self.statistics.missing_references;
        let allocated = match is_skipped {
            true => None,
            false => Some(self.allocate(unit, &sps, &role, &mut references)),
        };
        let pending = allocated.as_ref().and_then(|result| result.as_ref().ok());
        let (x, y, width, height) = sps.output_rectangle();
        let handle = Arc::new(StoredPicture {
            poc: role.poc,
            picture: pending.map_or(AnyPicture::Skipped, Pending::picture),
            window: Window { x, y, width, height },
            shown: OnceLock::new(),
        });
        self.sequence.insert(Arc::clone(&handle), &role, limits, &mut output);
        if self.config.low_delay {
            self.sequence.release(unit.header, &role, &mut output);
        }
        self.output.extend(output);
        let Some(Ok(pending)) = allocated else {
            self.statistics.skipped_pictures += 1;
            handle.skip();
            self.skip_picture();
            return allocated.map_or(Ok(()), |result| result.map(drop));
        };
        let received = ReceivedPicture {
            active,
            poc: role.poc,
            recovering: role.recovering,
            handle,
            references,
            missing_references: (self.statistics.missing_references - missing_before) as u32,
            segments: BTreeMap::new(),
            hash: None,
        };
        let mut current = Current {
            nal: unit.header,
            first_nal: unit.number,
            received,
            pending,
            pts: self.pts.take(),
            last: segment.header.clone(),
        };
        let result = current.add(unit, rbsp, segment, &self.config.limits);
        self.current = Some(current);
        Ok(result?)
    }

    /// Memory for a picture, and pictures for those of its references that are missing.
    fn allocate(
        &mut self,
        unit: Unit,
        sps: &Sps,
        role: &Role,
        references: &mut References<Handle>,
    ) -> Result<Pending, Refusal> {
        let format = picture_format(sps);
        self.format = Some(format);
        let pending = self.new_picture(sps, format, role.poc).or_else(|| {
            // Pictures that are nothing but in decoding, or referred to by such, leave when that is finished.
            self.previous = None;
            self.retire(0);
            self.executor.wait_until_idle();
            self.new_picture(sps, format, role.poc)
        });
        let complete = pending.filter(|pending| self.complete_references(unit, pending, role, references));
        complete.ok_or_else(|| {
            let asked = self.pool.bytes() + picture_bytes(&format);
            let allowed = self.config.limits.max_picture_memory;
            Refusal::Error(limit(unit.number, ("picture memory in bytes", asked, allowed)))
        })
    }

    /// A picture to be written; none if there is no memory for it.
    fn new_picture(&mut self, sps: &Sps, format: PictureFormat, poc: i32) -> Option<Pending> {
        let tier = self.config.tier;
        if format.is_8bit() {
            let (picture, bands) = engine(&mut self.engine_u8, format, sps, tier).picture(&self.pool, poc)?;
            Some(Pending::U8(picture, bands))
        } else {
            let (picture, bands) =
                engine(&mut self.engine_u16, format, sps, tier).picture(&self.pool, poc)?;
            Some(Pending::U16(picture, bands))
        }
    }

    /// 8.3.3: takes the picture nearest in output order for references that are missing, or of another format; if there is
    /// none, a grey one. False: there is no memory for that.
    fn complete_references(
        &mut self,
        unit: Unit,
        pending: &Pending,
        role: &Role,
        references: &mut References<Handle>,
    ) -> bool {
        if self.config.skip.leaves_intra_only() {
            return true;
        }
        let is_usable = |handle: &Handle| pending.can_refer_to(&handle.picture);
        for index in 0..references.table.len() {
            let reference = &references.table[index];
            if reference.handle.as_ref().is_some_and(is_usable) {
                continue;
            }
            let poc = reference.poc;
            let nearest = self.sequence.nearest(poc, self.previous.as_ref(), is_usable);
            let Some(handle) = nearest.or_else(|| self.grey_picture(pending, poc)) else { return false };
            self.sequence.supply(references, index, handle);
            if !self.sequence.is_out_of_reach(role, poc) {
                self.statistics.missing_references += 1;
                self.damaged(unit, Reason::MissingReference { poc: role.poc, missing: poc });
            }
        }
        true
    }

    /// A grey picture that `pending` can refer to.
    fn grey_picture(&self, pending: &Pending, poc: i32) -> Option<Handle> {
        let picture = match pending {
            Pending::U8(..) => DecodeSample::any(self.engine_u8.as_ref()?.grey_picture(&self.pool, poc)?),
            Pending::U16(..) => DecodeSample::any(self.engine_u16.as_ref()?.grey_picture(&self.pool, poc)?),
        };
        let window = Window { x: 0, y: 0, width: 1, height: 1 };
        Some(Arc::new(StoredPicture { poc, picture, window, shown: OnceLock::new() }))
    }

    /// All slice segments of the current picture are received: starts its decoding.
    pub(crate) fn finish_picture(&mut self) {
        let Some(current) = self.current.take() else { return };
        let Current { nal, mut received, pending, pts, first_nal, .. } = current;
        let handle = Arc::clone(&received.handle);
        if self.config.skip.leaves_intra_only() && received.picture_type() != PictureType::I {
            self.statistics.skipped_pictures += 1;
            self.sei.end_picture();
            return handle.skip();
        }
        self.retire(self.config.effective_frames_in_flight());
        let mut messages = self.sei.end_picture();
        received.hash = messages.hash.take().filter(|_| self.config.verify_hash && !received.recovering);
        let info = picture_info(&received, nal, self.begun, &self.sei, messages);
        self.begun += 1;
        handle.show(Shown { pts, info: Arc::new(info) });
        let poc = received.poc;
        let previous = self.previous.replace(Arc::clone(&handle)).map(|handle| handle.picture.clone());
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
        self.in_flight.push_back(InFlight { handle, nal: first_nal, poc });
    }
}

/// Memory of a picture's samples, in bytes.
pub(crate) fn picture_bytes(format: &PictureFormat) -> u64 {
    let bytes = match format.is_8bit() {
        true => SharedPicture::<u8>::bytes(format),
        false => SharedPicture::<u16>::bytes(format),
    };
    bytes as u64
}

/// The engine for pictures of this format, made anew if the format changed: with the kernels of this tier, or of this machine's
/// best.
fn engine<'a, S: DecodeSample>(
    slot: &'a mut Option<Engine<S>>,
    format: PictureFormat,
    sps: &Sps,
    tier: Option<Tier>,
) -> &'a Engine<S> {
    let ctb_log2_size = sps.ctb_log2_size() as u8;
    if !slot.as_ref().is_some_and(|engine| engine.fits(&format, ctb_log2_size)) {
        *slot = None;
    }
    slot.get_or_insert_with(|| {
        Engine::new(format, ctb_log2_size, tier.map_or_else(Kernels::best, Kernels::capped))
    })
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
