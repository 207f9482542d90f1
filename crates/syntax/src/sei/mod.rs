//! Supplemental enhancement information (clauses 7.3.2.4, 7.3.5 and annex D).
//!
//! [`SeiMessages`] takes an SEI RBSP apart into messages; [`SeiMessage::decode`] reads the payload of one.
//! Nobody pays for payloads they do not want, and one that cannot be read does not hide the others. Payloads
//! this library has no type for stay [`SeiPayload::Raw`] bytes.

mod active_parameter_sets;
mod buffering_period;
mod framing;
mod hdr;
mod pic_timing;
mod picture_hash;
mod recovery_point;
mod user_data;

pub use active_parameter_sets::ActiveParameterSets;
pub use buffering_period::{BufferingPeriod, InitialCpbRemoval};
pub use framing::{SeiMessage, SeiMessages, write_sei};
pub use hdr::{AlternativeTransferCharacteristics, ContentLightLevel, MasteringDisplayColourVolume};
pub use pic_timing::{DecodingUnits, FrameFieldInfo, PicTiming, PicTimingDelays};
pub use picture_hash::PictureHash;
pub use recovery_point::RecoveryPoint;
pub use user_data::{UserDataRegistered, UserDataUnregistered};

use crate::bits::{BitReader, BitWriter};
use crate::error::Result;
use crate::nal::NalUnitType;
use crate::ps::Sps;

/// A decoded SEI payload.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SeiPayload {
    /// payloadType 0.
    BufferingPeriod(BufferingPeriod),
    /// payloadType 1.
    PicTiming(PicTiming),
    /// payloadType 4.
    UserDataRegistered(UserDataRegistered),
    /// payloadType 5.
    UserDataUnregistered(UserDataUnregistered),
    /// payloadType 6.
    RecoveryPoint(RecoveryPoint),
    /// payloadType 129.
    ActiveParameterSets(ActiveParameterSets),
    /// payloadType 132, only in suffix SEI.
    DecodedPictureHash(PictureHash),
    /// payloadType 137.
    MasteringDisplayColourVolume(MasteringDisplayColourVolume),
    /// payloadType 144.
    ContentLightLevel(ContentLightLevel),
    /// payloadType 147.
    AlternativeTransferCharacteristics(AlternativeTransferCharacteristics),
    /// Anything else.
    Raw {
        /// payloadType.
        payload_type: u32,
        /// The payload, alignment bits included.
        data: Vec<u8>,
    },
}

/// payloadType values.
mod payload_type {
    pub(super) const BUFFERING_PERIOD: u32 = 0;
    pub(super) const PIC_TIMING: u32 = 1;
    pub(super) const USER_DATA_REGISTERED: u32 = 4;
    pub(super) const USER_DATA_UNREGISTERED: u32 = 5;
    pub(super) const RECOVERY_POINT: u32 = 6;
    pub(super) const ACTIVE_PARAMETER_SETS: u32 = 129;
    pub(super) const DECODED_PICTURE_HASH: u32 = 132;
    pub(super) const MASTERING_DISPLAY_COLOUR_VOLUME: u32 = 137;
    pub(super) const CONTENT_LIGHT_LEVEL: u32 = 144;
    pub(super) const ALTERNATIVE_TRANSFER_CHARACTERISTICS: u32 = 147;
}

impl SeiMessage<'_> {
    /// D.2.1: reads the payload. `nal_unit_type` is that of the SEI unit, prefix or suffix. `sps` is the active
    /// SPS, for a buffering period the one it names ([`BufferingPeriod::sps_id`]); without it, buffering
    /// periods and picture timing stay raw.
    ///
    /// # Errors
    /// If the payload ends early or an element is out of range.
    pub fn decode(&self, nal_unit_type: NalUnitType, sps: Option<&Sps>) -> Result<SeiPayload> {
        use payload_type::*;
        let raw = || SeiPayload::Raw { payload_type: self.payload_type, data: self.data.to_vec() };
        let r = &mut BitReader::named(self.data, "sei_payload");
        let prefix = nal_unit_type == NalUnitType::PREFIX_SEI_NUT;
        Ok(match self.payload_type {
            USER_DATA_REGISTERED => SeiPayload::UserDataRegistered(UserDataRegistered::parse(self.data)?),
            USER_DATA_UNREGISTERED => {
                SeiPayload::UserDataUnregistered(UserDataUnregistered::parse(self.data)?)
            }
            DECODED_PICTURE_HASH if !prefix => SeiPayload::DecodedPictureHash(PictureHash::parse(self.data)?),
            _ if !prefix => raw(),
            BUFFERING_PERIOD => match sps {
                Some(sps) => SeiPayload::BufferingPeriod(BufferingPeriod::parse(r, sps)?),
                None => raw(),
            },
            PIC_TIMING => match sps {
                Some(sps) => SeiPayload::PicTiming(PicTiming::parse(r, sps)?),
                None => raw(),
            },
            RECOVERY_POINT => SeiPayload::RecoveryPoint(RecoveryPoint::parse(r)?),
            ACTIVE_PARAMETER_SETS => SeiPayload::ActiveParameterSets(ActiveParameterSets::parse(r)?),
            MASTERING_DISPLAY_COLOUR_VOLUME => {
                SeiPayload::MasteringDisplayColourVolume(MasteringDisplayColourVolume::parse(r)?)
            }
            CONTENT_LIGHT_LEVEL => SeiPayload::ContentLightLevel(ContentLightLevel::parse(r)?),
            ALTERNATIVE_TRANSFER_CHARACTERISTICS => {
                SeiPayload::AlternativeTransferCharacteristics(AlternativeTransferCharacteristics::parse(r)?)
            }
            _ => raw(),
        })
    }
}

impl SeiPayload {
    /// payloadType.
    pub fn payload_type(&self) -> u32 {
        use payload_type::*;
        match self {
            Self::BufferingPeriod(_) => BUFFERING_PERIOD,
            Self::PicTiming(_) => PIC_TIMING,
            Self::UserDataRegistered(_) => USER_DATA_REGISTERED,
            Self::UserDataUnregistered(_) => USER_DATA_UNREGISTERED,
            Self::RecoveryPoint(_) => RECOVERY_POINT,
            Self::ActiveParameterSets(_) => ACTIVE_PARAMETER_SETS,
            Self::DecodedPictureHash(_) => DECODED_PICTURE_HASH,
            Self::MasteringDisplayColourVolume(_) => MASTERING_DISPLAY_COLOUR_VOLUME,
            Self::ContentLightLevel(_) => CONTENT_LIGHT_LEVEL,
            Self::AlternativeTransferCharacteristics(_) => ALTERNATIVE_TRANSFER_CHARACTERISTICS,
            Self::Raw { payload_type, .. } => *payload_type,
        }
    }

    /// D.2.1: the bytes of the payload. `sps` as for [`SeiMessage::decode`]; it must be given, with HRD
    /// parameters where the payload has any, for buffering periods and picture timing.
    pub fn to_bytes(&self, sps: &Sps) -> Vec<u8> {
        let mut w = BitWriter::new();
        match self {
            Self::BufferingPeriod(payload) => payload.write(&mut w, sps),
            Self::PicTiming(payload) => payload.write(&mut w, sps),
            Self::UserDataRegistered(payload) => payload.write(&mut w),
            Self::UserDataUnregistered(payload) => payload.write(&mut w),
            Self::RecoveryPoint(payload) => payload.write(&mut w),
            Self::ActiveParameterSets(payload) => payload.write(&mut w),
            Self::DecodedPictureHash(payload) => payload.write(&mut w),
            Self::MasteringDisplayColourVolume(payload) => payload.write(&mut w),
            Self::ContentLightLevel(payload) => payload.write(&mut w),
            Self::AlternativeTransferCharacteristics(payload) => payload.write(&mut w),
            Self::Raw { data, .. } => w.write_bytes(data),
        }
        if !w.byte_aligned() {
            w.write_trailing_bits();
        }
        w.into_bytes()
    }
}

/// What the round-trip tests of the payloads share.
#[cfg(test)]
mod testing {
    use super::*;

    /// Writes `payload` into an SEI RBSP between two others, reads it back and compares.
    pub(super) fn round_trips(payload: SeiPayload, nal_unit_type: NalUnitType, sps: &Sps) {
        let other = SeiPayload::Raw { payload_type: 700, data: vec![0xff; 300] };
        let payloads = [other.clone(), payload, other];
        let mut w = BitWriter::new();
        write_sei(&mut w, payloads.iter().map(|p| (p.payload_type(), p.to_bytes(sps))));
        let rbsp = w.into_bytes();
        let read: Vec<SeiPayload> = SeiMessages::new(&rbsp)
            .map(|message| message.unwrap().decode(nal_unit_type, Some(sps)).unwrap())
            .collect();
        assert_eq!(read, payloads);
    }

    /// As [`round_trips`] in a prefix SEI with the default SPS.
    pub(super) fn prefix_round_trips(payload: SeiPayload) {
        round_trips(payload, NalUnitType::PREFIX_SEI_NUT, &Sps::default());
    }
}
