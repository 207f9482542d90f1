//! What the encoder writes, the decoder reads: its pictures are the encoder's reconstructions, sample for sample.

use proptest::prelude::*;
use proptest::sample::select;
use rivus::{
    Config, Decoder, DecoderConfig, Encoder, EncoderStatistics, InputPicture, Packet, Picture, PictureKind,
};

/// A synthetic clip: two textures moving over each other, noise, a brightness change, a cut and maybe a fade to black.
struct Clip {
    width: usize,
    height: usize,
    pictures: usize,
    /// First picture of the second scene.
    cut: usize,
    seed: u64,
    /// Parts of 64 of its light and colour that every picture loses.
    fade: usize,
}

impl Clip {
    /// Samples of a plane of picture `n`.
    fn plane(&self, n: usize, plane: usize) -> Vec<u8> {
        let shift = usize::from(plane > 0);
        let (width, height) = ((self.width + shift) >> shift, (self.height + shift) >> shift);
        let scene = u64::from(n >= self.cut);
        let (light, black) = (64 - (self.fade * n).min(64) as i64, if plane == 0 { 16 } else { 128 });
        let mut noise = self.seed ^ (n as u64) << 8 ^ plane as u64 | 1;
        let mut samples = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                let (u, v) = ((x << shift) + 3 * n, (y << shift) + n * scene as usize);
                let base = match (scene, plane) {
                    (0, 0) => 60 + (u * u / 37 + v * 5) % 120,
                    (0, _) => 100 + (u / 8 + v / 16) % 40,
                    (_, 0) => 40 + ((u ^ v) % 97) + n,
                    (_, _) => 140 - (u / 5) % 30,
                };
                let is_object =
                    (20 + 2 * n..44 + 2 * n).contains(&(x << shift)) && (10..30).contains(&(y << shift));
                let value = if is_object && plane == 0 { 220 - (x * 3 + y) % 50 } else { base };
                let faded = black + (value as i64 - black) * light / 64;
                samples.push((faded as u64 + noise % 4).min(255) as u8);
            }
        }
        samples
    }
}

/// Packets, and what became of them in the decoder.
struct Result {
    packets: Vec<Packet>,
    decoded: Vec<Picture>,
    statistics: EncoderStatistics,
    decoder: rivus::Statistics,
}

fn config(clip: &Clip, options: &[(&str, &str)]) -> Config {
    let mut config = Config::new(clip.width as u32, clip.height as u32);
    config.set("recon", "1").expect("legal").set("hash", "md5").expect("legal");
    for (name, value) in options {
        config.set(name, value).expect("legal");
    }
    config
}

fn encode(clip: &Clip, config: &Config, input_depth: u8) -> Result {
    let mut encoder = Encoder::new(config).expect("a legal configuration");
    let mut packets = Vec::new();
    for n in 0..clip.pictures {
        let planes = [0, 1, 2].map(|plane| clip.plane(n, plane));
        let strides = [clip.width, clip.width.div_ceil(2), clip.width.div_ceil(2)];
        let pts = 1000 + 40 * n as i64;
        if input_depth == 8 {
            let planes = [0, 1, 2].map(|p| (&planes[p][..], strides[p]));
            let picture = InputPicture::from_u8(clip.width, clip.height, planes, pts).expect("fits");
            encoder.send_picture(&picture).expect("taken");
        } else {
            let planes =
                planes.map(|p| p.into_iter().map(|v| u16::from(v) << (input_depth - 8)).collect::<Vec<_>>());
            let planes = [0, 1, 2].map(|p| (&planes[p][..], strides[p]));
            let picture =
                InputPicture::from_u16(clip.width, clip.height, planes, input_depth, pts).expect("fits");
            encoder.send_picture(&picture).expect("taken");
        }
        while let Some(packet) = encoder.receive_packet().expect("no fault") {
            packets.push(packet);
        }
    }
    encoder.flush();
    while let Some(packet) = encoder.receive_packet().expect("no fault") {
        packets.push(packet);
    }
    let (decoded, decoder) = decode(&packets);
    Result { packets, decoded, statistics: encoder.statistics(), decoder }
}

fn decode(packets: &[Packet]) -> (Vec<Picture>, rivus::Statistics) {
    let settings = DecoderConfig { threads: 1, verify_hash: true, ..DecoderConfig::default() };
    let mut decoder = Decoder::new(settings).expect("legal");
    let mut decoded = Vec::new();
    for packet in packets {
        decoder.send_access_unit(&packet.data, Some(packet.pts));
        while let Some(picture) = decoder.next_picture().expect("a legal stream") {
            decoded.push(picture);
        }
    }
    decoder.flush();
    while let Some(picture) = decoder.next_picture().expect("a legal stream") {
        decoded.push(picture);
    }
    for issue in decoder.take_issues() {
        eprintln!("{issue:?}");
    }
    (decoded, decoder.statistics())
}

fn samples(picture: &Picture) -> Vec<u8> {
    let mut out = Vec::new();
    picture.write_raw(&mut out);
    out
}

/// Everything that must hold for any configuration.
fn check(clip: &Clip, result: &Result) {
    let Result { packets, decoded, statistics, decoder } = result;
    assert_eq!(packets.len(), clip.pictures);
    assert_eq!(statistics.pictures_in, clip.pictures as u64);
    assert_eq!(statistics.packets_out, clip.pictures as u64);
    assert_eq!(decoded.len(), clip.pictures);
    assert_eq!((decoder.issues, decoder.hash_mismatches), (0, 0));
    assert_eq!(decoder.hash_matches, clip.pictures as u64);
    for pair in packets.windows(2) {
        assert!(pair[0].dts < pair[1].dts, "decoding times rise");
    }
    let mut by_time: Vec<&Packet> = packets.iter().collect();
    by_time.sort_by_key(|packet| packet.pts);
    for (n, (packet, picture)) in by_time.iter().zip(decoded).enumerate() {
        assert_eq!(packet.pts, 1000 + 40 * n as i64);
        assert!(packet.dts <= packet.pts);
        assert_eq!(picture.pts(), Some(packet.pts), "pictures come out in order");
        let expected = packet.reconstruction.as_ref().expect("asked for");
        assert_eq!((picture.width(), picture.height()), (expected.width(), expected.height()));
        assert!(samples(picture) == samples(expected), "picture {n} differs from its reconstruction");
    }
}

/// Luma PSNR of decoded against source pictures, in dB.
fn psnr(clip: &Clip, decoded: &[Picture]) -> f64 {
    let (mut error, mut count) = (0u64, 0u64);
    for (n, picture) in decoded.iter().enumerate() {
        let source = clip.plane(n, 0);
        let rivus::Planes::U8(planes) = picture.planes() else { panic!("8 bits") };
        for (row, source) in planes[0].rows().zip(source.chunks(clip.width)) {
            error += row.iter().zip(source).map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum::<u64>();
            count += source.len() as u64;
        }
    }
    10.0 * (255.0 * 255.0 * count as f64 / error.max(1) as f64).log10()
}

#[test]
fn every_preset_is_decodable() {
    let clip = Clip { width: 136, height: 72, pictures: 19, cut: 12, seed: 1, fade: 0 };
    for preset in rivus::Preset::ALL {
        let result = encode(&clip, &config(&clip, &[("preset", preset.name()), ("crf", "27")]), 8);
        check(&clip, &result);
        let psnr = psnr(&clip, &result.decoded);
        assert!(psnr > 30.0, "{}: {psnr:.2} dB", preset.name());
    }
}

#[test]
fn sizes_from_one_sample_up() {
    for (width, height) in [(1, 1), (2, 1), (7, 9), (8, 64), (65, 17), (200, 1), (129, 127)] {
        let clip = Clip { width, height, pictures: 5, cut: 3, seed: 2, fade: 0 };
        check(&clip, &encode(&clip, &config(&clip, &[("preset", "fast")]), 8));
    }
}

#[test]
fn no_picture_and_one_picture() {
    for pictures in [0, 1] {
        let clip = Clip { width: 64, height: 48, pictures, cut: 9, seed: 3, fade: 0 };
        let result = encode(&clip, &config(&clip, &[]), 8);
        check(&clip, &result);
        assert!(result.packets.iter().all(|packet| packet.kind == PictureKind::Idr));
    }
}

#[test]
fn depths_are_converted() {
    let clip = Clip { width: 72, height: 56, pictures: 6, cut: 9, seed: 4, fade: 0 };
    for (input, output) in [(8, "10"), (10, "10"), (10, "8"), (12, "10")] {
        let result = encode(&clip, &config(&clip, &[("output-depth", output), ("crf", "22")]), input);
        check(&clip, &result);
        assert!(result.decoded.iter().all(|picture| picture.bit_depth_luma().to_string() == output));
    }
}

/// A fade takes much fewer bits with weights in the pictures that are predicted, at 8 and 10 bits, and decodes to the
/// reconstruction.
#[test]
fn fades_are_predicted_with_weights() {
    let clip = Clip { width: 136, height: 120, pictures: 17, cut: 99, seed: 8, fade: 3 };
    for depth in ["8", "10"] {
        let bytes = ["0", "1"].map(|weighted| {
            let options =
                [("weighted", weighted), ("output-depth", depth), ("preset", "medium"), ("qp", "22")];
            let result = encode(&clip, &config(&clip, &options), 8);
            check(&clip, &result);
            let predicted = result.packets.iter().filter(|packet| !packet.is_keyframe);
            predicted.map(|packet| packet.data.len()).sum::<usize>()
        });
        assert!(bytes[1] * 20 < bytes[0] * 17, "{bytes:?}");
    }
}

/// Block QPs further from the slice QP than CuQpDeltaVal reaches without wrapping.
#[test]
fn block_qps_may_be_far_from_the_slice_qp() {
    let clip = Clip { width: 72, height: 40, pictures: 3, cut: 2, seed: 12, fade: 0 };
    let options = [("bitrate", "2000"), ("qpmin", "51"), ("output-depth", "8"), ("qg-size", "8")];
    let result = encode(&clip, &config(&clip, &options), 8);
    check(&clip, &result);
    let far = result.packets.iter().any(|p| f64::from(p.slice_qp) - p.mean_qp > 26.0);
    assert!(far, "no picture tests it");
}

#[test]
fn keyframes_come_at_the_interval() {
    let clip = Clip { width: 64, height: 64, pictures: 50, cut: 99, seed: 5, fade: 0 };
    for (open_gop, kind) in [("1", PictureKind::Cra), ("0", PictureKind::Idr)] {
        let options = [("keyint", "20"), ("open-gop", open_gop), ("scenecut", "0"), ("preset", "ultrafast")];
        let result = encode(&clip, &config(&clip, &options), 8);
        check(&clip, &result);
        let mut keys: Vec<_> =
            result.packets.iter().filter(|p| p.is_keyframe).map(|p| (p.pts, p.kind)).collect();
        keys.sort_by_key(|key| key.0);
        assert_eq!(keys, [(1000, PictureKind::Idr), (1800, kind), (2600, kind)]);
    }
}

/// Decoding can begin at any keyframe: what is shown from there on is the same.
#[test]
fn decoding_begins_at_any_keyframe() {
    let clip = Clip { width: 64, height: 64, pictures: 40, cut: 99, seed: 6, fade: 0 };
    let result = encode(&clip, &config(&clip, &[("keyint", "12"), ("preset", "veryfast")]), 8);
    check(&clip, &result);
    for (first, key) in result.packets.iter().enumerate().filter(|(_, packet)| packet.is_keyframe) {
        let (decoded, _) = decode(&result.packets[first..]);
        let expected: Vec<_> = result.decoded.iter().filter(|p| p.pts() >= Some(key.pts)).collect();
        assert_eq!(decoded.len(), expected.len());
        for (picture, expected) in decoded.iter().zip(expected) {
            assert!(picture.pts() == expected.pts() && samples(picture) == samples(expected));
        }
    }
}

/// Disposable packets can be dropped, and so can temporal layers from the top.
#[test]
fn layers_can_be_dropped() {
    let clip = Clip { width: 64, height: 64, pictures: 33, cut: 99, seed: 7, fade: 0 };
    let options = [("temporal-layers", "1"), ("preset", "veryfast"), ("keyint", "0")];
    let result = encode(&clip, &config(&clip, &options), 8);
    check(&clip, &result);
    let highest = result.packets.iter().map(|p| p.temporal_id).max().unwrap_or(0);
    assert!(highest >= 3);
    for limit in 0..highest {
        let kept: Vec<Packet> = result.packets.iter().filter(|p| p.temporal_id <= limit).cloned().collect();
        let (decoded, statistics) = decode(&kept);
        assert_eq!(decoded.len(), kept.len());
        assert_eq!((statistics.hash_mismatches, statistics.missing_references), (0, 0));
    }
    let kept: Vec<Packet> = result.packets.iter().filter(|p| !p.is_disposable).cloned().collect();
    assert_eq!(decode(&kept).1.hash_mismatches, 0);
}

/// The stream does not depend on threads or kernels, whatever controls the rate.
#[test]
fn threads_and_kernels_do_not_change_the_stream() {
    let clip = Clip { width: 200, height: 136, pictures: 26, cut: 21, seed: 8, fade: 2 };
    let buffer = [("vbv-maxrate", "250"), ("vbv-bufsize", "125")];
    let modes: [&[(&str, &str)]; 3] =
        [&[("crf", "30")], &[("bitrate", "200")], &[("crf", "22"), buffer[0], buffer[1]]];
    for mode in modes {
        let stream = |option: (&str, &str)| {
            let mut all = vec![("preset", "faster"), ("info", "0"), ("ctu", "32"), option];
            all.extend_from_slice(mode);
            let result = encode(&clip, &config(&clip, &all), 8);
            result.packets.iter().flat_map(|packet| packet.data.clone()).collect::<Vec<u8>>()
        };
        let one = stream(("threads", "1"));
        for option in [("threads", "2"), ("threads", "5"), ("tier", "scalar"), ("tier", "avx2")] {
            assert!(stream(option) == one, "{option:?} changes the stream with {mode:?}");
        }
    }
}

/// Nor does it depend on when packets are taken.
#[test]
fn the_order_of_calls_does_not_change_the_stream() {
    let clip = Clip { width: 64, height: 64, pictures: 60, cut: 33, seed: 11, fade: 0 };
    for mode in ["crf", "bitrate"] {
        let config = config(&clip, &[("preset", "ultrafast"), ("mctf", "1"), (mode, "40")]);
        let promptly: Vec<Vec<u8>> = encode(&clip, &config, 8).packets.into_iter().map(|p| p.data).collect();
        let mut encoder = Encoder::new(&config).expect("legal");
        for n in 0..clip.pictures {
            let planes = [0, 1, 2].map(|plane| clip.plane(n, plane));
            let planes = [(&planes[0][..], 64), (&planes[1][..], 32), (&planes[2][..], 32)];
            let picture = InputPicture::from_u8(64, 64, planes, 1000 + 40 * n as i64).expect("fits");
            encoder.send_picture(&picture).expect("taken");
        }
        encoder.flush();
        let mut late = Vec::new();
        while let Some(packet) = encoder.receive_packet().expect("no fault") {
            late.push(packet.data);
        }
        assert!(late == promptly);
    }
}

#[test]
fn wrong_pictures_are_refused_by_name() {
    let clip = Clip { width: 64, height: 64, pictures: 1, cut: 9, seed: 9, fade: 0 };
    let mut encoder = Encoder::new(&config(&clip, &[])).expect("legal");
    let plane = vec![0u8; 128 * 128];
    let planes = [(&plane[..], 128), (&plane[..], 64), (&plane[..], 64)];
    let mut send =
        |width, pts| encoder.send_picture(&InputPicture::from_u8(width, 64, planes, pts).expect("fits"));
    assert_eq!(send(66, 0).unwrap_err().to_string(), "size of the picture is 66x64, expected 64x64");
    send(64, 5).expect("right");
    let error = send(64, 5).unwrap_err().to_string();
    assert!(error.starts_with("presentation time of the picture is 5"), "{error}");
    encoder.flush();
    let picture = InputPicture::from_u8(64, 64, planes, 9).expect("fits");
    assert_eq!(encoder.send_picture(&picture).unwrap_err().to_string(), "a picture was sent after flush");
    assert!(encoder.receive_packet().expect("no fault").is_some());
    assert!(encoder.receive_packet().expect("no fault").is_none());
}

/// Forced keyframes are keyframes, wherever they fall.
#[test]
fn keyframes_are_made_where_asked() {
    let clip = Clip { width: 64, height: 48, pictures: 30, cut: 99, seed: 10, fade: 0 };
    let mut encoder = Encoder::new(&config(&clip, &[("preset", "ultrafast")])).expect("legal");
    for n in 0..clip.pictures {
        let planes = [0, 1, 2].map(|plane| clip.plane(n, plane));
        let planes = [(&planes[0][..], 64), (&planes[1][..], 32), (&planes[2][..], 32)];
        let picture =
            InputPicture::from_u8(64, 48, planes, n as i64).expect("fits").keyframe(n == 7 || n == 8);
        encoder.send_picture(&picture).expect("taken");
    }
    encoder.flush();
    let mut keys = Vec::new();
    while let Some(packet) = encoder.receive_packet().expect("no fault") {
        keys.extend(packet.is_keyframe.then_some(packet.pts));
    }
    assert_eq!(keys, [0, 7, 8]);
}

/// Random configurations to try: some, unless PROPTEST_CASES asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    /// Any configuration gives a stream that decodes to the reconstruction.
    #[test]
    fn any_configuration_is_decodable(
        (width, height, pictures, cut, seed) in (1usize..180, 1usize..140, 1usize..24, 1usize..30, any::<u64>()),
        fade in select(vec![0usize, 0, 3, 9]),
        preset in select(vec!["ultrafast", "veryfast", "medium", "slow", "slower"]),
        sizes in select(vec![("16", "8"), ("32", "8"), ("32", "16"), ("64", "8"), ("64", "32"), ("16", "16")]),
        (qp, bframes, refs, refs_b) in (0u8..=51, 0u8..=16, 1u8..=4, 1u8..=4),
        (inter_depth, intra_depth, merge, qg) in (1u8..=5, 1u8..=5, 1u8..=5, select(vec!["8", "16", "32", "64"])),
        flags in any::<[bool; 18]>(),
        (keyint, lookahead, aq) in (0u32..20, 0u32..20, 0u8..4),
        depth in select(vec!["8", "10"]),
        deblock in select(vec!["0", "1", "-3:4"]),
        (cb, cr) in (-12i32..=12, -12i32..=12),
        (mode, has_buffer) in (select(vec!["qp", "crf", "bitrate"]), any::<bool>()),
    ) {
        let clip = Clip { width, height, pictures, cut, seed, fade };
        let numbers = [
            (mode, if mode == "bitrate" { (20 + 10 * u32::from(qp)).to_string() } else { qp.to_string() }),
            ("bframes", bframes.to_string()), ("ref", refs.to_string()),
            ("ref-b", refs_b.to_string()),
            ("tu-inter-depth", inter_depth.to_string()), ("tu-intra-depth", intra_depth.to_string()),
            ("max-merge", merge.to_string()), ("keyint", keyint.to_string()),
            ("rc-lookahead", lookahead.to_string()), ("aq-mode", aq.to_string()),
            ("cb-qp-offset", cb.to_string()), ("cr-qp-offset", cr.to_string()),
        ];
        let names = [
            "rect", "amp", "sao", "rdoq", "signhide", "temporal-mvp", "strong-intra-smoothing", "rskip",
            "early-skip", "intra-nxn", "open-gop", "cutree", "temporal-layers", "aud", "repeat-headers", "info", "wpp",
            "weighted",
        ];
        let mut options = vec![
            ("preset", preset), ("ctu", sizes.0), ("min-cu-size", sizes.1), ("qg-size", qg),
            ("output-depth", depth), ("deblock", deblock), ("threads", "2"),
        ];
        if has_buffer && mode != "qp" {
            options.extend([("vbv-maxrate", "600"), ("vbv-bufsize", "300")]);
        }
        options.extend(numbers.iter().map(|(name, value)| (*name, value.as_str())));
        options.extend(names.iter().zip(flags).map(|(name, flag)| (*name, if flag { "1" } else { "0" })));
        check(&clip, &encode(&clip, &config(&clip, &options), 8));
    }
}
