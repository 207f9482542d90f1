//! The buffer model as an independent check sees it (annex C): from the bytes of the stream alone.

use rivus::{Config, Encoder, InputPicture, Packet};
use rivus_syntax::bits::Rbsp;
use rivus_syntax::nal::{NalHeader, NalUnitType, NalUnits};
use rivus_syntax::ps::Sps;
use rivus_syntax::sei::{SeiMessages, SeiPayload};

const WIDTH: usize = 96;
const HEIGHT: usize = 80;
const FPS: f64 = 25.0;

/// Scenes of different difficulty, from flat to noise.
fn encode(pictures: usize, options: &[(&str, &str)]) -> Vec<Packet> {
    let mut config = Config::new(WIDTH as u32, HEIGHT as u32);
    config.set("fps", "25").expect("legal");
    for (name, value) in options {
        config.set(name, value).expect("legal");
    }
    let mut encoder = Encoder::new(&config).expect("legal");
    let mut packets = Vec::new();
    let mut noise = 1u32;
    for n in 0..pictures {
        let strength = [1, 60, 8, 120][n / 24 % 4];
        let mut plane = |width: usize, height: usize| -> Vec<u8> {
            let sample = |i: usize| {
                noise ^= noise << 13;
                noise ^= noise >> 17;
                noise ^= noise << 5;
                (60 + (i % width + 2 * n) % 50 + (noise as usize % 128 * strength / 128)) as u8
            };
            (0..width * height).map(sample).collect()
        };
        let (y, u, v) = (plane(WIDTH, HEIGHT), plane(WIDTH / 2, HEIGHT / 2), plane(WIDTH / 2, HEIGHT / 2));
        let planes = [(&y[..], WIDTH), (&u[..], WIDTH / 2), (&v[..], WIDTH / 2)];
        let picture = InputPicture::from_u8(WIDTH, HEIGHT, planes, n as i64).expect("fits");
        encoder.send_picture(&picture).expect("taken");
        while let Some(packet) = encoder.receive_packet().expect("no fault") {
            packets.push(packet);
        }
    }
    encoder.flush();
    while let Some(packet) = encoder.receive_packet().expect("no fault") {
        packets.push(packet);
    }
    packets
}

/// What the SEI messages of an access unit say, in units of 1/90000 s and ticks.
#[derive(Debug, Default)]
struct Timing {
    initial: Option<(u32, u32)>,
    removal: u32,
    output: u32,
}

fn timing(packet: &Packet, sps: &mut Option<Sps>) -> Timing {
    let mut timing = Timing::default();
    let mut rbsp = Rbsp::new();
    for range in NalUnits::new(&packet.data) {
        let (header, payload) = NalHeader::parse(&packet.data[range]).expect("legal");
        let bytes = rbsp.unescape(payload);
        match header.nal_unit_type {
            NalUnitType::SPS_NUT => *sps = Some(Sps::parse(bytes).expect("legal")),
            NalUnitType::PREFIX_SEI_NUT => {
                for message in SeiMessages::new(bytes) {
                    match message.expect("legal").decode(header.nal_unit_type, sps.as_ref()).expect("legal") {
                        SeiPayload::BufferingPeriod(period) => {
                            timing.initial = Some((period.nal[0].delay, period.nal[0].offset));
                        }
                        SeiPayload::PicTiming(picture) => {
                            let delays = picture.delays.expect("HRD");
                            timing.removal = delays.au_cpb_removal_delay_minus1 + 1;
                            timing.output = delays.pic_dpb_output_delay;
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    timing
}

/// C.2.3 and C.4: every access unit has arrived when it is removed, waits no longer than the buffer lasts, and pictures are
/// shown at even times.
fn check(packets: &[Packet]) {
    let mut sps = None;
    let mut period_removal = 0.0;
    let mut initial = (0, 0);
    let (mut arrived, mut shown) = (0.0f64, Vec::new());
    for (n, packet) in packets.iter().enumerate() {
        let timing = timing(packet, &mut sps);
        assert_eq!(timing.initial.is_some(), packet.is_keyframe);
        let hrd = sps.as_ref().and_then(|sps| sps.vui.as_ref()?.hrd.as_ref()).expect("HRD");
        let entry = hrd.sub_layers[0].nal[0];
        let (rate, size) = (entry.bit_rate(&hrd.common) as f64, entry.cpb_size(&hrd.common) as f64);
        let ticks = f64::from(timing.removal) / FPS;
        let mut removal = period_removal + if n > 0 { ticks } else { 0.0 };
        if let Some(delays) = timing.initial {
            initial = delays;
            if n == 0 {
                removal = f64::from(initial.0) / 90_000.0;
            }
            period_removal = removal;
        }
        // C.2.3: the earliest a unit may begin to arrive.
        let lead = f64::from(initial.0 + if timing.initial.is_some() { 0 } else { initial.1 }) / 90_000.0;
        let bits = 8.0 * packet.data.len() as f64;
        let begin = if n == 0 { 0.0 } else { arrived.max(removal - lead) };
        arrived = begin + bits / rate;
        assert!(arrived <= removal + 1e-6, "packet {n} underflows by {:.4} s", arrived - removal);
        assert!(bits <= size, "packet {n} is larger than the buffer");
        shown.push((packet.pts, removal + f64::from(timing.output) / FPS));
    }
    shown.sort_by_key(|entry| entry.0);
    for pair in shown.windows(2) {
        assert!((pair[1].1 - pair[0].1 - 1.0 / FPS).abs() < 1e-6, "{pair:?} are not one tick apart");
    }
}

#[test]
fn a_stream_far_below_its_rate_keeps_the_buffer_full() {
    for open_gop in ["0", "1"] {
        let options = [
            ("crf", "40"),
            ("vbv-maxrate", "3000"),
            ("vbv-bufsize", "3000"),
            ("keyint", "20"),
            ("open-gop", open_gop),
            ("preset", "ultrafast"),
        ];
        check(&encode(70, &options));
    }
}

/// The buffer never runs empty, however hard the scenes, by quality or by rate.
#[test]
fn a_small_buffer_never_underflows() {
    for (mode, value) in [("crf", "20"), ("bitrate", "250")] {
        for bframes in ["0", "15"] {
            let options = [
                (mode, value),
                ("vbv-maxrate", "300"),
                ("vbv-bufsize", "300"),
                ("bframes", bframes),
                ("preset", "veryfast"),
                ("keyint", "48"),
            ];
            check(&encode(120, &options));
        }
    }
}
