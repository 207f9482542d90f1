//! Supplemental enhancement information the encoder writes (annex D).

use super::hrd::initial_delay;
use crate::config::{Config, ContentLight, MasteringDisplay, Settings};
use crate::rate_control::BufferConfig;
use rivus_picture::hash::{HashMethod, PlaneHash, plane_hash};
use rivus_picture::{Sample, SharedPicture};
use rivus_syntax::bits::BitWriter;
use rivus_syntax::ps::Sps;
use rivus_syntax::sei::{
    BufferingPeriod, ContentLightLevel, InitialCpbRemoval, MasteringDisplayColourVolume, PicTiming,
    PicTimingDelays, PictureHash, SeiPayload, UserDataUnregistered, write_sei,
};

/// Tells this encoder's user data from others.
const UUID: [u8; 16] =
    [0x52, 0x69, 0x76, 0x75, 0x73, 0x00, 0x48, 0xe5, 0x8b, 0x1c, 0x0f, 0x2a, 0x9d, 0x63, 0x70, 0x31];

/// An SEI RBSP of these messages.
pub(crate) fn rbsp(payloads: &[SeiPayload], sps: &Sps) -> Vec<u8> {
    let mut w = BitWriter::new();
    write_sei(&mut w, payloads.iter().map(|p| (p.payload_type(), p.to_bytes(sps))));
    w.into_bytes()
}

/// Options that the text leaves out: the size is in front, and how the work is done must not change a byte of the stream.
const UNTOLD: [&str; 5] = ["input-res", "threads", "tier", "recon", "times"];

/// The encoder's version and the options that differ from what preset and tune imply, as text.
pub(crate) fn info(settings: &Settings) -> SeiPayload {
    let mut text = format!("rivus {} - {}", env!("CARGO_PKG_VERSION"), settings.size);
    let implied = Settings::of_rows(settings.preset, settings.tune);
    for option in Config::options().iter().filter(|option| !UNTOLD.contains(&option.name)) {
        let value = option.get(settings);
        if value != option.get(&implied) {
            text.push_str(&format!(" {}={value}", option.name));
        }
    }
    SeiPayload::UserDataUnregistered(UserDataUnregistered { uuid: UUID, payload: text.into_bytes() })
}

/// What the configuration says of the whole video: mastering display and content light level, as far as they are known.
pub(crate) fn description(settings: &Settings) -> Vec<SeiPayload> {
    let display = settings.master_display.map(|d: MasteringDisplay| {
        SeiPayload::MasteringDisplayColourVolume(MasteringDisplayColourVolume {
            display_primaries: d.primaries,
            white_point: d.white_point,
            max_display_mastering_luminance: d.max_luminance,
            min_display_mastering_luminance: d.min_luminance,
        })
    });
    let light = settings.max_cll.map(|light: ContentLight| {
        SeiPayload::ContentLightLevel(ContentLightLevel {
            max_content_light_level: light.max_content,
            max_pic_average_light_level: light.max_average,
        })
    });
    display.into_iter().chain(light).collect()
}

/// Buffering period of a random access point: `fill` bits are in the buffer when it is removed.
pub(crate) fn buffering_period(vbv: &BufferConfig, fill: f64) -> SeiPayload {
    let (delay, offset) = initial_delay(vbv, fill);
    SeiPayload::BufferingPeriod(BufferingPeriod {
        nal: vec![InitialCpbRemoval { delay, offset, alternative: None }],
        ..BufferingPeriod::default()
    })
}

/// Picture timing: the picture is removed `removal` ticks after the last buffering period's picture (1 for the first), and shown
/// `output` ticks after its removal.
pub(crate) fn picture_timing(removal: u32, output: u32) -> SeiPayload {
    SeiPayload::PicTiming(PicTiming {
        frame_field_info: None,
        delays: Some(PicTimingDelays {
            au_cpb_removal_delay_minus1: removal.saturating_sub(1),
            pic_dpb_output_delay: output,
            ..PicTimingDelays::default()
        }),
    })
}

/// Hash of a reconstructed picture; none if it is not finished.
pub(crate) fn picture_hash<S: Sample>(picture: &SharedPicture<S>, method: HashMethod) -> Option<SeiPayload> {
    let format = *picture.format();
    let (mut md5, mut crc, mut checksum) = (vec![], vec![], vec![]);
    for plane in 0..format.num_planes() {
        match plane_hash(picture.plane(plane)?, format.bit_depth(plane), method) {
            PlaneHash::Md5(hash) => md5.push(hash),
            PlaneHash::Crc(hash) => crc.push(hash),
            PlaneHash::Checksum(hash) => checksum.push(hash),
        }
    }
    Some(SeiPayload::DecodedPictureHash(match method {
        HashMethod::Md5 => PictureHash::Md5(md5),
        HashMethod::Crc => PictureHash::Crc(crc),
        HashMethod::Checksum => PictureHash::Checksum(checksum),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_names_what_differs_from_preset_and_tune() {
        let mut config = Config::new(64, 48);
        config.set("crf", "21.5").expect("legal").set("tune", "psnr").expect("legal");
        config.set("preset", "slower").expect("legal").set("rect", "1").expect("legal");
        config.set("threads", "3").expect("legal").set("tier", "scalar").expect("legal");
        let SeiPayload::UserDataUnregistered(data) = info(&config.settings().expect("legal")) else {
            panic!("not user data");
        };
        let text = String::from_utf8(data.payload).expect("text");
        assert!(text.starts_with("rivus "), "{text}");
        assert!(text.ends_with(" - 64x48 preset=slower tune=psnr crf=21.5 rect=1"), "{text}");
    }
}
