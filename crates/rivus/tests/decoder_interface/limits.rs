//! Limits and unsupported features are named, and memory for pictures stays within its limit.

use crate::{decode_units, decoder, decoder_with, encoded, encoded_at, identity, nal_units, stream};
use rivus::{DecodeError, Decoder, DecoderConfig, DecoderLimits, Error, Picture};
use rivus_picture::SharedPicture;
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnitType, StartCode, write_annex_b};
use rivus_syntax::ps::{Sps, SpsSccExtension};

#[test]
fn limits_and_unsupported_features_are_named() {
    let mut config = DecoderConfig::default();
    config.limits.max_luma_samples = 1000;
    let mut small = Decoder::new(config).expect("a legal configuration");
    small.send_data(&stream("rs_all_a.bit"), None);
    small.flush();
    let error = small.next_picture().expect_err("the picture is larger");
    assert!(
        matches!(error, Error::Decode(DecodeError::Limit { asked: 16_128, allowed: 1000, .. })),
        "{error}"
    );

    let scc_extension = SpsSccExtension { sps_curr_pic_ref_enabled_flag: true, ..SpsSccExtension::default() };
    let sps = Sps {
        pic_width_in_luma_samples: 64,
        pic_height_in_luma_samples: 64,
        scc_extension,
        ..Sps::default()
    };
    let mut unsupported = vec![];
    let header = NalHeader::new(NalUnitType::SPS_NUT, 0);
    write_annex_b(StartCode::Four, header, &sps.to_rbsp(), &mut unsupported);
    let mut decoder = decoder(1);
    decoder.send_data(&unsupported, None);
    decoder.flush();
    let error = decoder.next_picture().expect_err("screen content coding");
    assert_eq!(error.to_string(), "NAL unit 0: not supported: sps_curr_pic_ref_enabled_flag");
    assert!(decoder.next_picture().is_ok_and(|picture| picture.is_none()));
}

/// Memory of a picture like this one, in bytes.
fn bytes(picture: &Picture) -> u64 {
    SharedPicture::<u8>::bytes(picture.frame().format()) as u64
}

fn limited(threads: usize, max_picture_memory: u64) -> Decoder {
    let mut limits = DecoderLimits::default();
    limits.max_picture_memory = max_picture_memory;
    decoder_with(DecoderConfig { threads, limits, ..DecoderConfig::default() })
}

/// How many pictures the decoded picture buffer of a stream holds.
fn buffer_size(units: &[Vec<u8>]) -> u64 {
    let mut rbsp = Rbsp::new();
    let sps = nal_units(&units[0])
        .into_iter()
        .find(|(header, _)| header.nal_unit_type == NalUnitType::SPS_NUT)
        .map(|(_, nal)| {
            rbsp.unescape(&nal[2..]);
            Sps::parse(rbsp.bytes()).expect("a legal SPS")
        })
        .expect("parameter sets come first");
    u64::from(sps.highest_sub_layer_ordering().max_dec_pic_buffering_minus1) + 1
}

/// A stream with references, the memory one of its pictures takes, and how many its decoded picture buffer holds.
fn stream_with_buffer() -> (Vec<Vec<u8>>, u64, u64) {
    let units = encoded(24, &[("bframes", "7"), ("ref", "3")]);
    let pictures = decode_units(&mut decoder(1), &units);
    let buffer = buffer_size(&units);
    (units, bytes(&pictures[0]), buffer)
}

#[test]
fn picture_memory_of_the_buffer_and_one_more_is_enough_whatever_the_threads() {
    let (units, bytes, buffer) = stream_with_buffer();
    let expected: Vec<_> = decode_units(&mut decoder(1), &units).iter().map(identity).collect();
    for threads in [1, 2, 4] {
        let limit = (buffer + 1) * bytes;
        let mut decoder = limited(threads, limit);
        let mut decoded = vec![];
        for (number, unit) in units.iter().enumerate() {
            decoder.send_access_unit(unit, Some(number as i64));
        }
        decoder.flush();
        while let Some(picture) = decoder.next_picture().expect("there is memory") {
            assert!(decoder.picture_memory() <= limit);
            decoded.push(identity(&picture));
        }
        assert!(decoded == expected, "{threads} threads");
        assert_eq!(decoder.take_issues(), []);
    }
    let mut decoder = limited(1, buffer * bytes);
    decoder.send_access_unit(&units[0], None);
    let error = decoder.next_picture().expect_err("too little memory");
    let (asked, allowed) = ((buffer + 1) * bytes, buffer * bytes);
    assert_eq!(
        error.to_string(),
        format!("NAL unit 1: picture memory in bytes {asked} exceeds the limit {allowed}")
    );
}

#[test]
fn pictures_that_the_caller_keeps_count_and_decoding_goes_on_when_they_are_dropped() {
    let (units, bytes, buffer) = stream_with_buffer();
    for threads in [1, 3] {
        let mut decoder = limited(threads, (buffer + 1) * bytes);
        let (mut kept, mut errors) = (vec![], 0);
        for unit in &units {
            decoder.send_access_unit(unit, None);
            loop {
                match decoder.next_picture() {
                    Ok(Some(picture)) => kept.push(picture),
                    Ok(None) => break,
                    Err(Error::Decode(DecodeError::Limit { which: "picture memory in bytes", .. })) => {
                        errors += 1
                    }
                    Err(error) => panic!("{error}"),
                }
                assert!(decoder.picture_memory() <= (buffer + 1) * bytes);
            }
        }
        assert!(errors > 0 && kept.len() < units.len(), "{errors} errors, {} pictures", kept.len());
        kept.clear();
        decoder.seek();
        units.iter().for_each(|unit| decoder.send_access_unit(unit, None));
        decoder.flush();
        let mut pictures = 0;
        while let Some(picture) = decoder.next_picture().expect("there is memory again") {
            pictures += usize::from(picture.width() > 0);
        }
        assert_eq!(pictures, units.len());
    }
}

/// A stream whose pictures have another size from every random access point on: what comes out is that of each part alone,
/// and when a part is decoded, there is no more memory than pictures of that part's size take.
#[test]
fn memory_of_other_sizes_is_not_kept_when_the_size_changes_at_every_random_access_point() {
    /// Pictures of a part: enough for those of the part before to be out and dropped.
    const PICTURES: usize = 12;
    /// Pictures in decoding, and those whose memory waits for reuse: no more than this.
    const SPARE: u64 = 12;
    let sizes = [(640, 352), (16, 16), (176, 144), (640, 352), (32, 16), (64, 176)];
    let options = [("bframes", "3"), ("ref", "2")];
    let parts: Vec<_> = sizes.iter().map(|&size| encoded_at(size, PICTURES, &options)).collect();
    let alone: Vec<Vec<_>> = parts.iter().map(|units| decode_units(&mut decoder(1), units)).collect();
    let check = |decoder: &Decoder, units: &[Vec<u8>], picture: &Picture, part: &str| {
        let (memory, limit) = (decoder.picture_memory(), (buffer_size(units) + SPARE) * bytes(picture));
        assert!(memory <= limit, "{part}: {memory} bytes, more than {limit}");
    };
    for (threads, low_delay) in [(1, false), (2, false), (4, true)] {
        let mut decoder = decoder_with(DecoderConfig { threads, low_delay, ..DecoderConfig::default() });
        let mut expected = alone.iter().flatten();
        let mut take = |decoder: &mut Decoder| {
            while let Some(picture) = decoder.next_picture().expect("a supported stream") {
                let expected = expected.next().expect("no more pictures than were sent");
                assert!(identity(&picture) == identity(expected), "{threads} threads");
            }
        };
        for ((units, alone), size) in parts.iter().zip(&alone).zip(sizes) {
            for (number, unit) in units.iter().enumerate() {
                decoder.send_access_unit(unit, Some(number as i64));
                take(&mut decoder);
            }
            // With threads, pictures of the part before may still be in work.
            if threads == 1 {
                check(&decoder, units, &alone[0], &format!("{size:?}"));
            }
        }
        decoder.flush();
        take(&mut decoder);
        check(&decoder, &parts[parts.len() - 1], &alone[alone.len() - 1][0], &format!("{threads} threads"));
        assert!(expected.next().is_none(), "{threads} threads");
        assert_eq!((decoder.take_issues(), decoder.statistics().hash_mismatches), (vec![], 0));
    }
}
