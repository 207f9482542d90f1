//! The decoder's interface, by topic: forms of input, when pictures come out, which are skipped, seeking, recovery points,
//! limits, what is told about pictures, and what becomes of damaged streams.

mod damage;
mod delay;
mod input;
mod limits;
mod metadata;
mod recovery;
mod seek;
mod skip;

use rivus::{Config, Decoder, DecoderConfig, Encoder, InputPicture, Picture};
use rivus_syntax::bits::BitWriter;
use rivus_syntax::nal::{NalHeader, NalUnitType, NalUnits, write_nal_unit};
use rivus_syntax::ps::Sps;
use rivus_syntax::sei::{SeiPayload, write_sei};
use std::path::Path;

/// A stream carried in the repository.
fn stream(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors/streams");
    std::fs::read(folder.join(name)).expect("a carried stream")
}

/// A decoder that checks picture hashes.
fn decoder(threads: usize) -> Decoder {
    decoder_with(DecoderConfig { threads, ..DecoderConfig::default() })
}

/// A decoder with these settings that checks picture hashes.
fn decoder_with(config: DecoderConfig) -> Decoder {
    Decoder::new(DecoderConfig { verify_hash: true, ..config }).expect("a legal configuration")
}

fn drain(decoder: &mut Decoder, pictures: &mut Vec<Picture>) {
    while let Some(picture) = decoder.next_picture().expect("a supported stream") {
        pictures.push(picture);
    }
}

fn flush(decoder: &mut Decoder, pictures: &mut Vec<Picture>) {
    decoder.flush();
    drain(decoder, pictures);
}

/// Decodes access units to the end; the time of a picture is the number of its unit.
fn decode_units(decoder: &mut Decoder, units: &[Vec<u8>]) -> Vec<Picture> {
    let mut pictures = vec![];
    for (number, unit) in units.iter().enumerate() {
        decoder.send_access_unit(unit, Some(number as i64));
        drain(decoder, &mut pictures);
    }
    flush(decoder, &mut pictures);
    pictures
}

/// The number of the access unit that a picture came in.
fn unit_of(picture: &Picture) -> usize {
    picture.pts().expect("every unit has a time") as usize
}

fn raw(pictures: &[Picture]) -> Vec<u8> {
    let mut raw = vec![];
    pictures.iter().for_each(|picture| picture.write_raw(&mut raw));
    raw
}

/// Time, order count and samples of a picture, to be compared.
fn identity(picture: &Picture) -> (Option<i64>, i32, Vec<u8>) {
    (picture.pts(), picture.info().poc, raw(std::slice::from_ref(picture)))
}

/// The NAL units of a byte stream, with their headers.
fn nal_units(stream: &[u8]) -> Vec<(NalHeader, &[u8])> {
    let header = |nal: &[u8]| NalHeader::parse(nal).expect("a header").0;
    NalUnits::new(stream).map(|range| (header(&stream[range.clone()]), &stream[range])).collect()
}

/// Appends a NAL unit to a byte stream.
fn push_nal(stream: &mut Vec<u8>, nal: &[u8]) {
    stream.extend_from_slice(&[0, 0, 1]);
    stream.extend_from_slice(nal);
}

/// An SEI NAL unit with one message.
fn sei(kind: NalUnitType, payload: &SeiPayload, sps: &Sps) -> Vec<u8> {
    let mut w = BitWriter::new();
    write_sei(&mut w, [(payload.payload_type(), payload.to_bytes(sps))]);
    let mut nal = vec![];
    write_nal_unit(NalHeader::new(kind, 0), &w.into_bytes(), &mut nal);
    nal
}

/// The access unit with SEI messages before its first slice segment.
fn with_prefix(unit: &[u8], payloads: &[SeiPayload], sps: &Sps) -> Vec<u8> {
    let (mut out, mut is_done) = (vec![], false);
    for (header, nal) in nal_units(unit) {
        if header.nal_unit_type.is_slice() && !is_done {
            for payload in payloads {
                push_nal(&mut out, &sei(NalUnitType::PREFIX_SEI_NUT, payload, sps));
            }
            is_done = true;
        }
        push_nal(&mut out, nal);
    }
    out
}

/// The access units of a stream with one slice segment or more per picture and nothing after them but suffix SEI.
fn access_units(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut units: Vec<Vec<u8>> = vec![vec![]];
    let mut has_slice = false;
    for (header, nal) in nal_units(stream) {
        let kind = header.nal_unit_type;
        let first_slice = kind.is_slice() && nal[2] & 0x80 != 0;
        let begins = first_slice || (!kind.is_vcl() && kind != NalUnitType::SUFFIX_SEI_NUT);
        if has_slice && begins {
            units.push(vec![]);
            has_slice = false;
        }
        has_slice |= kind.is_slice();
        push_nal(units.last_mut().expect("never empty"), nal);
    }
    units
}

/// The header of the first slice segment's NAL unit.
fn picture_header(unit: &[u8]) -> NalHeader {
    let mut headers = nal_units(unit).into_iter().map(|(header, _)| header);
    headers.find(|header| header.nal_unit_type.is_slice()).expect("a slice segment")
}

/// A stream of our encoder, as access units: textures of 128x80 that move, with these options.
fn encoded(pictures: usize, options: &[(&str, &str)]) -> Vec<Vec<u8>> {
    encoded_at((128, 80), pictures, options)
}

/// The same, with pictures of this width and height.
fn encoded_at(size: (usize, usize), pictures: usize, options: &[(&str, &str)]) -> Vec<Vec<u8>> {
    let mut config = Config::new(size.0 as u32, size.1 as u32);
    for (name, value) in [("preset", "fast"), ("crf", "24"), ("hash", "md5")].iter().chain(options) {
        config.set(name, value).expect("a legal option");
    }
    let mut encoder = Encoder::new(&config).expect("a legal configuration");
    let mut units = vec![];
    for n in 0..pictures {
        let plane = |shift: usize, scale: usize| -> Vec<u8> {
            let (w, h) = (size.0 >> shift, size.1 >> shift);
            let wave = |at: usize, period: usize| (at % period).abs_diff(period / 2) * 96 / period;
            let value = |x: usize, y: usize| {
                let (u, v) = ((x << shift) + 2 * n, (y << shift) + n);
                (60 + wave(u, 46) + wave(v, 30 + scale) + (u ^ v) % 7) as u8
            };
            (0..w * h).map(|i| value(i % w, i / w)).collect()
        };
        let planes = [plane(0, 3), plane(1, 1), plane(1, 2)];
        let planes = [0, 1, 2].map(|p| (&planes[p][..], size.0 >> usize::from(p > 0)));
        let picture = InputPicture::from_u8(size.0, size.1, planes, n as i64).expect("fits");
        encoder.send_picture(&picture).expect("taken");
    }
    encoder.flush();
    while let Some(packet) = encoder.receive_packet().expect("no fault") {
        units.push(packet.data);
    }
    units
}
