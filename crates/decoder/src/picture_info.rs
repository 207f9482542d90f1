//! What the VUI and SEI messages say about a picture.

use crate::assembly::ReceivedPicture;
use crate::output::{ColourDescription, ContentLight, MasteringDisplay, OtherSei, PictureInfo, Scan};
use rivus_picture::PlaneHash;
use rivus_syntax::nal::{NalHeader, NalUnitType};
use rivus_syntax::ps::{Sps, Vui};
use rivus_syntax::sei::{
    FrameFieldInfo, PictureHash, RecoveryPoint, SeiMessage, SeiMessages, SeiPayload, UserDataRegistered,
    UserDataUnregistered,
};

/// payloadType of picture timing.
const PIC_TIMING: u32 = 1;
/// payloadTypes that a decoder or a transport has use for, not who shows the picture: buffering period, filler payload,
/// decoding unit information, scalable nesting.
const CONCERNS_DECODING: [u32; 4] = [0, 3, 130, 133];

/// HDR metadata: valid until the next coded video sequence.
#[derive(Clone, Copy, Default)]
struct Hdr {
    mastering_display: Option<MasteringDisplay>,
    content_light: Option<ContentLight>,
    /// preferred_transfer_characteristics.
    transfer: Option<u8>,
}

/// SEI messages of one picture.
#[derive(Default)]
pub(crate) struct Messages {
    /// Picture hash per plane, and the NAL unit it came in.
    pub(crate) hash: Option<(u64, Vec<PlaneHash>)>,
    /// Picture timing; its form depends on the SPS the first slice names.
    pic_timing: Option<Vec<u8>>,
    /// Where pictures are right if decoding begins here.
    recovery_point: Option<RecoveryPoint>,
    registered: Vec<UserDataRegistered>,
    unregistered: Vec<UserDataUnregistered>,
    other: Vec<OtherSei>,
    /// Messages looked at.
    count: u32,
}

/// SEI messages in force.
#[derive(Default)]
pub(crate) struct SeiState {
    /// Of the access unit that is being received.
    arriving: Hdr,
    /// Of the coded video sequence.
    in_force: Hdr,
    /// Of the picture that is being received, and of it alone.
    picture: Messages,
}

impl SeiState {
    /// Takes an SEI RBSP; messages beyond `max_messages` in the access unit are skipped.
    ///
    /// # Errors
    /// If a message cannot be read; those before it count.
    pub(crate) fn receive(
        &mut self,
        nal: u64,
        kind: NalUnitType,
        rbsp: &[u8],
        max_messages: u32,
    ) -> rivus_syntax::Result<()> {
        for message in SeiMessages::new(rbsp) {
            if self.picture.count >= max_messages {
                break;
            }
            self.picture.count += 1;
            self.message(nal, kind, message?)?;
        }
        Ok(())
    }

    fn message(&mut self, nal: u64, kind: NalUnitType, message: SeiMessage<'_>) -> rivus_syntax::Result<()> {
        if message.payload_type == PIC_TIMING && kind == NalUnitType::PREFIX_SEI_NUT {
            self.picture.pic_timing = Some(message.data.to_vec());
            return Ok(());
        }
        match message.decode(kind, None)? {
            SeiPayload::DecodedPictureHash(hash) => self.picture.hash = Some((nal, plane_hashes(&hash))),
            SeiPayload::MasteringDisplayColourVolume(volume) => {
                self.arriving.mastering_display = Some(MasteringDisplay {
                    primaries: volume.display_primaries,
                    white_point: volume.white_point,
                    max_luminance: volume.max_display_mastering_luminance,
                    min_luminance: volume.min_display_mastering_luminance,
                });
            }
            SeiPayload::ContentLightLevel(level) => {
                self.arriving.content_light = Some(ContentLight {
                    max_content_light_level: level.max_content_light_level,
                    max_pic_average_light_level: level.max_pic_average_light_level,
                });
            }
            SeiPayload::AlternativeTransferCharacteristics(transfer) => {
                self.arriving.transfer = Some(transfer.preferred_transfer_characteristics);
            }
            SeiPayload::RecoveryPoint(point) => self.picture.recovery_point = Some(point),
            SeiPayload::UserDataRegistered(data) => self.picture.registered.push(data),
            SeiPayload::UserDataUnregistered(data) => self.picture.unregistered.push(data),
            SeiPayload::Raw { payload_type, data } if !CONCERNS_DECODING.contains(&payload_type) => {
                self.picture.other.push(OtherSei { payload_type, data });
            }
            _ => {}
        }
        Ok(())
    }

    /// The recovery point message of the picture that is being received.
    pub(crate) fn recovery_point(&self) -> Option<RecoveryPoint> {
        self.picture.recovery_point
    }

    /// A picture begins, perhaps with a new coded video sequence.
    pub(crate) fn begin_picture(&mut self, starts_sequence: bool) {
        let (new, old) = (self.arriving, if starts_sequence { Hdr::default() } else { self.in_force });
        self.in_force = Hdr {
            mastering_display: new.mastering_display.or(old.mastering_display),
            content_light: new.content_light.or(old.content_light),
            transfer: new.transfer.or(old.transfer),
        };
        self.arriving = Hdr::default();
    }

    /// The picture ended, or is skipped: gives the messages that are its own.
    pub(crate) fn end_picture(&mut self) -> Messages {
        std::mem::take(&mut self.picture)
    }
}

impl Messages {
    /// pic_struct and the like of the picture.
    fn frame_field_info(&self, sps: &Sps) -> Option<FrameFieldInfo> {
        let message = SeiMessage { payload_type: PIC_TIMING, data: self.pic_timing.as_ref()? };
        match message.decode(NalUnitType::PREFIX_SEI_NUT, Some(sps)) {
            Ok(SeiPayload::PicTiming(timing)) => timing.frame_field_info,
            _ => None,
        }
    }
}

/// Table D.2; without a message, what the profile says of the source (general_progressive_source_flag).
fn scan(info: Option<FrameFieldInfo>, sps: &Sps) -> Scan {
    match info.map(|info| info.pic_struct) {
        Some(0 | 7 | 8) => Scan::Progressive,
        Some(1 | 9 | 11) => Scan::TopField,
        Some(2 | 10 | 12) => Scan::BottomField,
        Some(3 | 5) => Scan::TopFieldFirst,
        Some(4 | 6) => Scan::BottomFieldFirst,
        Some(_) => Scan::Unknown,
        None => {
            let general = &sps.profile_tier_level.general;
            let is_progressive = general.progressive_source_flag && !general.interlaced_source_flag;
            if is_progressive { Scan::Progressive } else { Scan::Unknown }
        }
    }
}

/// Table D.2: how many fields long a picture is shown.
fn display_fields(pic_struct: u8) -> Option<u8> {
    match pic_struct {
        1 | 2 | 9..=12 => Some(1),
        0 | 3 | 4 => Some(2),
        5 | 6 => Some(3),
        7 => Some(4),
        8 => Some(6),
        _ => None,
    }
}

fn plane_hashes(hash: &PictureHash) -> Vec<PlaneHash> {
    match hash {
        PictureHash::Md5(planes) => planes.iter().map(|&hash| PlaneHash::Md5(hash)).collect(),
        PictureHash::Crc(planes) => planes.iter().map(|&hash| PlaneHash::Crc(hash)).collect(),
        PictureHash::Checksum(planes) => planes.iter().map(|&hash| PlaneHash::Checksum(hash)).collect(),
    }
}

/// Gathers what is known about a picture.
pub(crate) fn picture_info(
    received: &ReceivedPicture,
    nal: NalHeader,
    decode_number: u64,
    sei: &SeiState,
    messages: Messages,
) -> PictureInfo {
    let sps = &received.active.sps;
    let (vui, profile_tier_level) = (sps.vui.as_deref(), &sps.profile_tier_level);
    let vps_timing = received.active.vps.as_ref().and_then(|vps| vps.timing_info.as_ref());
    let timing = vui.and_then(|vui| vui.timing_info.as_ref()).or(vps_timing);
    let frame_field_info = messages.frame_field_info(sps);
    PictureInfo {
        poc: received.poc,
        decode_number,
        picture_type: received.picture_type(),
        random_access_point: nal.nal_unit_type.is_irap(),
        recovering: received.recovering,
        temporal_id: nal.temporal_id,
        profile_idc: profile_tier_level.general.profile_idc,
        high_tier: profile_tier_level.general.tier_flag,
        level_idc: profile_tier_level.general_level_idc,
        reorder_pictures: sps.sub_layer_ordering[usize::from(sps.sps_max_sub_layers_minus1)]
            .max_num_reorder_pics,
        missing_references: received.missing_references,
        scan: scan(frame_field_info, sps),
        display_fields: frame_field_info.and_then(|info| display_fields(info.pic_struct)),
        is_duplicate: frame_field_info.is_some_and(|info| info.duplicate_flag),
        colour: colour(vui, sei.in_force.transfer),
        sample_aspect_ratio: vui
            .and_then(|vui| vui.sample_aspect_ratio.as_ref()?.ratio())
            .unwrap_or_default(),
        picture_rate: timing.map(|timing| (timing.time_scale, timing.num_units_in_tick)),
        mastering_display: sei.in_force.mastering_display,
        content_light: sei.in_force.content_light,
        registered_user_data: messages.registered,
        unregistered_user_data: messages.unregistered,
        other_sei: messages.other,
    }
}

fn colour(vui: Option<&Vui>, preferred_transfer: Option<u8>) -> ColourDescription {
    let mut colour = ColourDescription {
        chroma_location: vui.and_then(|vui| vui.chroma_sample_loc_type).map(|(top, _)| top),
        ..ColourDescription::default()
    };
    if let Some(signal) = vui.and_then(|vui| vui.video_signal_type.as_ref()) {
        colour.full_range = signal.video_full_range_flag;
        if let Some(description) = &signal.colour_description {
            colour.primaries = description.colour_primaries;
            colour.transfer = description.transfer_characteristics;
            colour.matrix = description.matrix_coeffs;
        }
    }
    colour.transfer = preferred_transfer.unwrap_or(colour.transfer);
    colour
}
