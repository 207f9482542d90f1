//! What the VUI and SEI messages say about a picture.

use crate::assembly::ReceivedPicture;
use crate::output::{ColourDescription, ContentLight, MasteringDisplay, PictureInfo, Scan};
use rivus_picture::PlaneHash;
use rivus_syntax::nal::{NalHeader, NalUnitType};
use rivus_syntax::ps::{Sps, Vui};
use rivus_syntax::sei::{PictureHash, SeiMessage, SeiMessages, SeiPayload};

/// payloadType of picture timing.
const PIC_TIMING: u32 = 1;

/// HDR metadata: valid until the next coded video sequence.
#[derive(Clone, Copy, Default)]
struct Hdr {
    mastering_display: Option<MasteringDisplay>,
    content_light: Option<ContentLight>,
    /// preferred_transfer_characteristics.
    transfer: Option<u8>,
}

/// SEI messages in force.
#[derive(Default)]
pub(crate) struct SeiState {
    hash: Option<(u64, Vec<PlaneHash>)>,
    /// Of the access unit that is being received.
    arriving: Hdr,
    /// Of the coded video sequence.
    in_force: Hdr,
    /// Picture timing of the access unit; its form depends on the SPS the first slice names.
    pic_timing: Option<Vec<u8>>,
    /// Messages looked at in this access unit.
    messages: u32,
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
            if self.messages >= max_messages {
                break;
            }
            self.messages += 1;
            self.message(nal, kind, message?)?;
        }
        Ok(())
    }

    fn message(&mut self, nal: u64, kind: NalUnitType, message: SeiMessage<'_>) -> rivus_syntax::Result<()> {
        if message.payload_type == PIC_TIMING && kind == NalUnitType::PREFIX_SEI_NUT {
            self.pic_timing = Some(message.data.to_vec());
            return Ok(());
        }
        match message.decode(kind, None)? {
            SeiPayload::DecodedPictureHash(hash) => self.hash = Some((nal, plane_hashes(&hash))),
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
            _ => {}
        }
        Ok(())
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
        // A hash received before the picture belongs to one that was skipped.
        self.hash = None;
    }

    /// The picture ended: gives its hash, and the NAL unit that came in.
    pub(crate) fn end_picture(&mut self) -> Option<(u64, Vec<PlaneHash>)> {
        (self.pic_timing, self.messages) = (None, 0);
        self.hash.take()
    }

    /// pic_struct of the picture.
    fn scan(&self, sps: &Sps) -> Scan {
        let message = self.pic_timing.as_ref().map(|data| SeiMessage { payload_type: PIC_TIMING, data });
        let payload = message.and_then(|message| message.decode(NalUnitType::PREFIX_SEI_NUT, Some(sps)).ok());
        let Some(SeiPayload::PicTiming(timing)) = payload else { return Scan::Unknown };
        match timing.frame_field_info.map(|info| (info.pic_struct, info.source_scan_type)) {
            None => Scan::Unknown,
            Some((0 | 7 | 8, _)) => Scan::Progressive,
            Some((1 | 9 | 11, _)) => Scan::TopField,
            Some((2 | 10 | 12, _)) => Scan::BottomField,
            Some((3 | 5, _)) => Scan::TopFieldFirst,
            Some((4 | 6, _)) => Scan::BottomFieldFirst,
            Some(_) => Scan::Unknown,
        }
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
) -> PictureInfo {
    let vui = received.active.sps.vui.as_deref();
    let vps_timing = received.active.vps.as_ref().and_then(|vps| vps.timing_info.as_ref());
    let timing = vui.and_then(|vui| vui.timing_info.as_ref()).or(vps_timing);
    PictureInfo {
        poc: received.poc,
        decode_number,
        picture_type: received.picture_type(),
        random_access_point: nal.nal_unit_type.is_irap(),
        temporal_id: nal.temporal_id,
        scan: sei.scan(&received.active.sps),
        colour: colour(vui, sei.in_force.transfer),
        sample_aspect_ratio: vui
            .and_then(|vui| vui.sample_aspect_ratio.as_ref()?.ratio())
            .unwrap_or_default(),
        picture_rate: timing.map(|timing| (timing.time_scale, timing.num_units_in_tick)),
        mastering_display: sei.in_force.mastering_display,
        content_light: sei.in_force.content_light,
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
