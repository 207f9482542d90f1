//! The encoder with any options, and the decoder behind it.

use super::session::config;
use rivus::{Config, Decoder, Encoder, InputPicture, Legal, Packet, Picture};
use std::slice::Iter;

/// Options that are set here, or make a run long or dependent on the machine, and so are not chosen by the input.
const FIXED: [&str; 6] = ["input-res", "threads", "tier", "recon", "rc-lookahead", "merange"];

/// Makes a small clip and a configuration from the input; encodes, decodes, and compares with the reconstruction.
///
/// The bytes are: width, height, number of pictures, a seed for the samples, then pairs of option and value. A
/// configuration that the encoder refuses is no failure.
pub fn encode_config(data: &[u8]) {
    let mut bytes = data.iter();
    let mut next = || bytes.next().copied().unwrap_or_default();
    let (width, height) = (1 + usize::from(next() % 72), 1 + usize::from(next() % 72));
    let pictures = 1 + usize::from(next() % 6);
    let seed = next();
    let mut options = Config::new(width as u32, height as u32);
    options.set("recon", "1").and_then(|config| config.set("rc-lookahead", "5")).expect("legal options");
    let threads = ["1", "2"][usize::from(seed & 1)];
    options.set("threads", threads).expect("a legal number");
    set_options(&mut options, bytes);
    let Ok(mut encoder) = Encoder::new(&options) else { return };
    let mut packets = Vec::new();
    for number in 0..pictures {
        let planes = [0, 1, 2].map(|plane| samples(width, height, plane, number, seed));
        let strides = [width, width.div_ceil(2), width.div_ceil(2)];
        let planes = [0, 1, 2].map(|plane| (&planes[plane][..], strides[plane]));
        let picture = InputPicture::from_u8(width, height, planes, number as i64).expect("planes that fit");
        encoder.send_picture(&picture).expect("a picture of the configured size");
        receive(&mut encoder, &mut packets);
    }
    encoder.flush();
    receive(&mut encoder, &mut packets);
    assert_eq!(packets.len(), pictures);
    check(packets);
}

/// Sets an option for each pair of bytes left, to a value it accepts; those that contradict others are refused later.
fn set_options(config: &mut Config, mut bytes: Iter<'_, u8>) {
    while let (Some(&option), Some(&value)) = (bytes.next(), bytes.next()) {
        let option = &Config::options()[usize::from(option) % Config::options().len()];
        if let Some(text) = text(&option.legal, value).filter(|_| !FIXED.contains(&option.name)) {
            config.set(option.name, &text).expect("a value from the option's own range");
        }
    }
}

/// A legal value; none where the option takes free text.
fn text(legal: &Legal, value: u8) -> Option<String> {
    let index = usize::from(value);
    Some(match legal {
        Legal::Flag => (value & 1).to_string(),
        // Small values are as likely as those from the whole range.
        Legal::Int(min, max) if value & 1 == 0 => (min + i64::from(value) / 2).min(*max).to_string(),
        Legal::Int(min, max) => (min + (max - min) * i64::from(value) / 255).to_string(),
        Legal::Float(min, max) => (min + (max - min) * f64::from(value) / 255.0).to_string(),
        Legal::Numbers(numbers) => numbers[index % numbers.len()].to_string(),
        Legal::Words(words) => words[index % words.len()].to_owned(),
        Legal::Code(_) => value.to_string(),
        Legal::Auto(_) if value & 3 == 3 => "auto".to_owned(),
        Legal::Auto(legal) => return text(legal, value),
        Legal::Form(_) => return None,
    })
}

/// Samples of a plane: a gradient that moves, and noise by the seed.
fn samples(width: usize, height: usize, plane: usize, number: usize, seed: u8) -> Vec<u8> {
    let shift = usize::from(plane > 0);
    let (width, height) = ((width + shift) >> shift, (height + shift) >> shift);
    let mut noise = u32::from(seed) << 8 | (number as u32) << 2 | plane as u32 | 1 << 20;
    let mut sample = |i: usize| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = (i % width + number * usize::from(seed & 7), i / width);
        let base = x * usize::from(seed >> 5) + y * 3 + number;
        (base as u32).wrapping_add(noise >> 24 & u32::from(seed >> 3 & 15)) as u8
    };
    (0..width * height).map(&mut sample).collect()
}

fn receive(encoder: &mut Encoder, packets: &mut Vec<Packet>) {
    while let Some(packet) = encoder.receive_packet().expect("no fault of the encoder") {
        packets.push(packet);
    }
}

fn raw(picture: &Picture) -> Vec<u8> {
    let mut raw = Vec::new();
    picture.write_raw(&mut raw);
    raw
}

fn check(packets: Vec<Packet>) {
    let mut decoder = Decoder::new(config(1)).expect("a legal configuration");
    for packet in &packets {
        decoder.send_access_unit(&packet.data, Some(packet.pts));
    }
    decoder.flush();
    let mut expected: Vec<Picture> = packets.into_iter().filter_map(|packet| packet.reconstruction).collect();
    expected.sort_by_key(Picture::pts);
    for picture in &expected {
        let decoded = decoder.next_picture().expect("a supported stream").expect("a picture per packet");
        assert_eq!(decoded.pts(), picture.pts());
        assert!(raw(&decoded) == raw(picture), "picture {:?} differs from its reconstruction", picture.pts());
    }
    assert!(decoder.next_picture().is_ok_and(|picture| picture.is_none()));
    assert_eq!(decoder.take_issues(), []);
    assert_eq!(decoder.statistics().hash_mismatches, 0);
}
