//! What callers ask of single pictures, and changes while pictures are coded: kinds, QP offsets, SEI messages, rates.

use rivus::{
    Config, Decoder, DecoderConfig, Encoder, InputPicture, Packet, PictureKind, Planes, SeiPayload,
    Statistics,
};
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnitType, NalUnits};
use rivus_syntax::sei::SeiMessages;

const WIDTH: usize = 144;
const HEIGHT: usize = 96;
/// Blocks of 16x16 samples.
const BLOCKS: (usize, usize) = (9, 6);

/// A texture that moves, with noise; always the same.
fn plane(n: usize, width: usize, height: usize) -> Vec<u8> {
    let mut noise = 1 + n as u32;
    let sample = |i: usize| {
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let (x, y) = (i % width + 2 * n, i / width + n);
        (50 + (x * x / 23 + 3 * y) % 120 + noise as usize % 12) as u8
    };
    (0..width * height).map(sample).collect()
}

fn encoder(options: &[(&str, &str)]) -> Encoder {
    let mut config = Config::new(WIDTH as u32, HEIGHT as u32);
    config.set("preset", "ultrafast").expect("legal").set("hash", "crc").expect("legal");
    for (name, value) in options {
        config.set(name, value).expect("legal");
    }
    Encoder::new(&config).expect("legal")
}

/// Encodes `pictures`; `before` is called before each is sent, and may change the picture.
fn encode(
    encoder: &mut Encoder,
    pictures: usize,
    mut before: impl for<'a> FnMut(usize, &mut Encoder, InputPicture<'a>) -> InputPicture<'a>,
) -> Vec<Packet> {
    let mut packets = Vec::new();
    for n in 0..pictures {
        let (y, c) = (plane(n, WIDTH, HEIGHT), plane(n, WIDTH / 2, HEIGHT / 2));
        let planes = [(&y[..], WIDTH), (&c[..], WIDTH / 2), (&c[..], WIDTH / 2)];
        let picture = InputPicture::from_u8(WIDTH, HEIGHT, planes, n as i64).expect("fits");
        let picture = before(n, encoder, picture);
        encoder.send_picture(&picture).expect("taken");
        while let Some(packet) = encoder.receive_packet().expect("no fault") {
            packets.push(packet);
        }
    }
    encoder.flush();
    while let Some(packet) = encoder.receive_packet().expect("no fault") {
        packets.push(packet);
    }
    assert_eq!(packets.len(), pictures);
    packets
}

/// Squared luma error per 16x16 block, summed over all pictures. The stream must be free of damage.
fn block_errors(packets: &[Packet]) -> Vec<u64> {
    let settings = DecoderConfig { threads: 1, verify_hash: true, ..DecoderConfig::default() };
    let mut decoder = Decoder::new(settings).expect("legal");
    packets.iter().for_each(|packet| decoder.send_access_unit(&packet.data, Some(packet.pts)));
    decoder.flush();
    let mut errors = vec![0; BLOCKS.0 * BLOCKS.1];
    while let Some(picture) = decoder.next_picture().expect("a legal stream") {
        let source = plane(picture.pts().expect("given") as usize, WIDTH, HEIGHT);
        let Planes::U8(planes) = picture.planes() else { panic!("8 bits") };
        for (y, row) in planes[0].rows().enumerate() {
            for (x, &sample) in row.iter().enumerate() {
                let difference = u64::from(sample.abs_diff(source[y * WIDTH + x]));
                errors[y / 16 * BLOCKS.0 + x / 16] += difference * difference;
            }
        }
    }
    let Statistics { hash_matches, issues, .. } = decoder.statistics();
    assert_eq!((hash_matches, issues), (packets.len() as u64, 0));
    errors
}

/// SEI messages of an access unit, but for the encoder's own text and the picture hash.
fn messages(packet: &Packet) -> Vec<(u32, Vec<u8>)> {
    let mut found = Vec::new();
    let mut rbsp = Rbsp::new();
    for range in NalUnits::new(&packet.data) {
        let (header, payload) = NalHeader::parse(&packet.data[range]).expect("legal");
        if header.nal_unit_type == NalUnitType::PREFIX_SEI_NUT {
            let messages = SeiMessages::new(rbsp.unescape(payload)).map(|message| message.expect("legal"));
            found.extend(messages.map(|m| (m.payload_type, m.data.to_vec())));
        }
    }
    found
}

/// Pictures become what is asked for, and the stream decodes.
#[test]
fn kinds_are_made_where_asked() {
    let wish = |n: usize| match n {
        4 => Some(PictureKind::P),
        9 => Some(PictureKind::I),
        16 => Some(PictureKind::Cra),
        19 => Some(PictureKind::Idr),
        2 | 12 => Some(PictureKind::B),
        _ => None,
    };
    let mut encoder = encoder(&[]);
    let packets = encode(&mut encoder, 24, |n, _, picture| picture.kind(wish(n)));
    for packet in &packets {
        if let Some(kind) = wish(packet.pts as usize) {
            assert_eq!(packet.kind, kind, "picture {}", packet.pts);
            assert_eq!(packet.layer > 0, kind == PictureKind::B);
        }
    }
    block_errors(&packets);
}

/// Where offsets are negative the error shrinks, where they are positive it grows; with every way to control the rate.
#[test]
fn qp_offsets_move_quality_to_where_they_ask() {
    let offsets: Vec<f32> =
        (0..BLOCKS.0 * BLOCKS.1).map(|i| if i % BLOCKS.0 < 4 { -8.0 } else { 5.0 }).collect();
    let none: Vec<f32> = Vec::new();
    let modes: [&[(&str, &str)]; 4] = [
        &[("crf", "30")],
        &[("bitrate", "400")],
        &[("qp", "32"), ("aq-mode", "0"), ("roi", "1")],
        &[("crf", "30"), ("vbv-maxrate", "900"), ("vbv-bufsize", "900"), ("output-depth", "8")],
    ];
    for options in modes {
        let errors = |offsets: &[f32]| {
            let packets = encode(&mut encoder(options), 12, |_, _, picture| {
                // A picture borrows its map for as long as its planes: leak the small thing.
                picture.qp_offsets(Vec::leak(offsets.to_vec()))
            });
            let errors = block_errors(&packets);
            let sum = |left: bool| -> u64 {
                let of_side = |(i, e): (usize, &u64)| ((i % BLOCKS.0 < 4) == left).then_some(*e);
                errors.iter().enumerate().filter_map(of_side).sum()
            };
            [sum(true), sum(false)]
        };
        let (with, without) = (errors(&offsets), errors(&none));
        assert!(with[0] * 10 < without[0] * 7, "{options:?}: {with:?} {without:?}");
        assert!(with[1] > without[1], "{options:?}: {with:?} {without:?}");
    }
}

/// Messages are in the access unit of their picture; those that describe the video are with its keyframe and all after it,
/// in place of what the configuration says.
#[test]
fn messages_come_with_their_picture() {
    let captions =
        |n: usize| SeiPayload::Raw { payload_type: 4, data: vec![0xb5, 0, 0x31, n as u8, 0, 0, 1] };
    let light = |level: u8| SeiPayload::Raw { payload_type: 144, data: vec![0, level, 0, 1] };
    let mut encoder = encoder(&[("info", "0"), ("keyint", "8"), ("max-cll", "9,1"), ("scenecut", "0")]);
    let packets = encode(&mut encoder, 30, |n, _, picture| {
        let mut list = Vec::new();
        if n.is_multiple_of(3) {
            list.push(captions(n));
        }
        if n == 11 || n == 20 {
            list.push(light(n as u8));
        }
        picture.sei(Vec::leak(list))
    });
    for packet in &packets {
        let n = packet.pts as usize;
        let mut expected = Vec::new();
        if packet.is_keyframe {
            let level = if n < 11 {
                9
            } else if n < 20 {
                11
            } else {
                20
            };
            expected.push((144, vec![0, level, 0, 1]));
        }
        if n.is_multiple_of(3) {
            expected.push((4, vec![0xb5, 0, 0x31, n as u8, 0, 0, 1]));
        }
        assert_eq!(messages(packet), expected, "picture {n}");
    }
    let keys = packets.iter().filter(|p| p.is_keyframe).map(|p| p.pts);
    assert!(keys.eq([0, 8, 16, 24]), "the description changes where it can");
    block_errors(&packets);
}

/// A request that cannot be granted is refused, and the encoder goes on without the picture.
#[test]
fn requests_that_cannot_be_granted_are_refused() {
    let mut encoder = encoder(&[("qp", "30"), ("aq-mode", "0")]);
    let (y, c) = (plane(0, WIDTH, HEIGHT), plane(0, WIDTH / 2, HEIGHT / 2));
    let planes = [(&y[..], WIDTH), (&c[..], WIDTH / 2), (&c[..], WIDTH / 2)];
    let picture = |pts| InputPicture::from_u8(WIDTH, HEIGHT, planes, pts).expect("fits");
    let error =
        encoder.send_picture(&picture(0).qp_offsets(&[0.0; 54])).expect_err("no offsets at constant QP");
    assert!(error.to_string().contains("without the option roi"), "{error}");
    let error = encoder.send_picture(&picture(0).qp_offsets(&[0.0; 7])).expect_err("too few");
    assert!(error.to_string().starts_with("number of QP offsets of the picture is 7"), "{error}");
    let timing = [SeiPayload::Raw { payload_type: 1, data: vec![0] }];
    let error = encoder.send_picture(&picture(0).sei(&timing)).expect_err("the encoder's own");
    assert!(error.to_string().starts_with("type of an SEI message of the picture is 1"), "{error}");
    // The presentation time was not used up.
    encoder.send_picture(&picture(0)).expect("taken");
    encoder.flush();
    assert!(encoder.receive_packet().expect("no fault").is_some());
}

/// Mean bit rate in kbit/s of the packets of pictures `range`, at 25 pictures per second.
fn rate(packets: &[Packet], range: std::ops::Range<i64>) -> f64 {
    let pictures = (range.end - range.start) as f64;
    let bytes: usize = packets.iter().filter(|p| range.contains(&p.pts)).map(|p| p.data.len()).sum();
    8.0 * bytes as f64 * 25.0 / pictures / 1000.0
}

/// A new bit rate is met soon after it is set, down and up, with and without a buffer; a new quality as well.
#[test]
fn rates_change_while_pictures_are_coded() {
    let free: &[(&str, &str)] = &[("bitrate", "600"), ("tune", "zerolatency")];
    let buffered: &[(&str, &str)] =
        &[("bitrate", "600"), ("tune", "zerolatency"), ("vbv-maxrate", "600"), ("vbv-bufsize", "600")];
    for options in [free, buffered] {
        let packets = encode(&mut encoder(options), 300, |n, encoder, picture| {
            let change = match n {
                100 => Some("250"),
                200 => Some("500"),
                _ => None,
            };
            if let Some(rate) = change {
                encoder.set("bitrate", rate).expect("legal");
            }
            picture
        });
        let got = [40..100, 120..200, 220..300].map(|range| rate(&packets, range));
        for (got, wanted) in got.iter().zip([600.0, 250.0, 500.0]) {
            assert!((got / wanted - 1.0f64).abs() < 0.2, "{options:?}: {got:.0} of {wanted} kbit/s");
        }
        block_errors(&packets);
    }
    let mut by_quality = encoder(&[("crf", "40"), ("tune", "zerolatency")]);
    let packets = encode(&mut by_quality, 40, |n, encoder, picture| {
        if n == 20 {
            encoder.set("crf", "24").expect("legal");
        }
        picture
    });
    assert!(rate(&packets, 20..40) > 3.0 * rate(&packets, 1..20));
    let error = encoder(&[]).set("preset", "slow").expect_err("fixed").to_string();
    assert_eq!(error, "preset cannot change: it is fixed once the encoder is made");
}
