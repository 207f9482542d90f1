//! The trace of decisions and the times of stages: complete, true to the stream, and without influence on it.

use rivus::{Config, Encoder, InputPicture, Packet};
use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

const WIDTH: usize = 136;
const HEIGHT: usize = 88;
const PICTURES: usize = 9;

/// A texture that moves, with a square before it that moves the other way.
fn plane(n: usize, shift: usize) -> Vec<u8> {
    let (width, height) = (WIDTH >> shift, HEIGHT >> shift);
    let sample = |i: usize| {
        let (x, y) = (i % width, i / width);
        let (u, v) = ((x << shift) + 2 * n, (y << shift) + n);
        let is_square = (60 - 3 * n..90 - 3 * n).contains(&(x << shift)) && (20..50).contains(&(y << shift));
        let texture = 50 + (u * u / 29 + v * 7) % 130;
        (if is_square { 255 - texture / 3 } else { texture }) as u8
    };
    (0..width * height).map(sample).collect()
}

/// Encodes with these options; pictures in `traced` are traced.
fn encode(options: &[(&str, &str)], traced: Range<usize>) -> Vec<Packet> {
    let mut config = Config::new(WIDTH as u32, HEIGHT as u32);
    config.set("preset", "medium").expect("legal").set("crf", "30").expect("legal");
    for (name, value) in options {
        config.set(name, value).expect("legal");
    }
    let mut encoder = Encoder::new(&config).expect("a legal configuration");
    for n in 0..PICTURES {
        let planes = [plane(n, 0), plane(n, 1), plane(n, 1)];
        let strides = [WIDTH, WIDTH / 2, WIDTH / 2];
        let planes = [0, 1, 2].map(|p| (&planes[p][..], strides[p]));
        let picture = InputPicture::from_u8(WIDTH, HEIGHT, planes, n as i64).expect("fits");
        encoder.send_picture(&picture.trace(traced.contains(&n))).expect("taken");
    }
    encoder.flush();
    std::iter::from_fn(|| encoder.receive_packet().expect("no fault")).collect()
}

/// A line of a trace: what it is about, and its fields.
struct Line<'a> {
    kind: &'a str,
    fields: HashMap<&'a str, &'a str>,
}

impl<'a> Line<'a> {
    fn new(line: &'a str) -> Self {
        let (kind, fields) = line.split_once(' ').expect("has fields");
        // What comes again, as the vectors of several parts in one candidate, is not looked at here.
        let fields = fields.split(' ').map(|field| field.split_once('=').expect("name=value"));
        Self { kind, fields: fields.collect() }
    }

    fn text(&self, name: &str) -> &'a str {
        self.fields.get(name).unwrap_or_else(|| panic!("{} without {name}", self.kind))
    }

    fn number(&self, name: &str) -> f64 {
        self.text(name).parse().expect("a number")
    }

    fn at(&self) -> (usize, usize) {
        let (x, y) = self.text("at").split_once(',').expect("two numbers");
        (x.parse().expect("a number"), y.parse().expect("a number"))
    }
}

/// Every sample is in one coding unit, and in one prediction unit if that is not intra.
fn check_areas(lines: &[Line<'_>]) {
    let (columns, rows) = (WIDTH / 4, HEIGHT / 4);
    let mut units = vec![(0, 0); columns * rows];
    for line in lines.iter().filter(|line| matches!(line.kind, "cu" | "pu")) {
        let (x, y) = line.at();
        let size = line.text("size");
        let (w, h) = size.split_once('x').unwrap_or((size, size));
        let (w, h): (usize, usize) = (w.parse().expect("a number"), h.parse().expect("a number"));
        let is_intra = line.kind == "cu" && line.text("mode") == "intra";
        for at in (y / 4..(y + h) / 4).flat_map(|y| (x / 4..(x + w) / 4).map(move |x| y * columns + x)) {
            units[at].0 += usize::from(line.kind == "cu");
            units[at].1 += usize::from(line.kind == "pu" || is_intra);
        }
    }
    assert!(units.iter().all(|&unit| unit == (1, 1)), "{units:?}");
}

/// Bits of units add up to those of their CTUs, and those to the slice data.
fn check_bits(lines: &[Line<'_>], packet: &Packet, substreams: usize) {
    let of = |kind: &str| lines.iter().filter(|line| line.kind == kind).collect::<Vec<_>>();
    let sum = |kind: &str, name: &str| of(kind).iter().map(|line| line.number(name)).sum::<f64>();
    let (ctus, cus) = (of("ctu").len() as f64, of("cu").len() as f64);
    let coded = sum("ctu", "bits");
    let units = sum("ctu", "saobits") + sum("cu", "flagbits") + sum("cu", "bits");
    // Each number is rounded by 0.005 at most; the flag at the end of a CTU takes about 0.01, the last one 8.
    assert!((coded - units).abs() < 8.0 + 0.03 * ctus + 0.02 * cus, "{coded} bits of CTUs, {units} of units");
    let bytes = of("pic")[0].number("bytes");
    // The rest: the bits that end a substream, and fill it up to a byte.
    let rest = 8.0 * bytes - coded;
    assert!((-1.0..20.0 * substreams as f64).contains(&rest), "{rest} bits in no CTU");
    let others = packet.data.len() as f64 - bytes;
    assert!(others > 0.0 && (packet.is_keyframe || others < 64.0), "{others} bytes besides slice data");
}

/// The cost is that of the bits and errors told, and the unit is the best of the candidates tried in its place.
fn check_costs(lines: &[Line<'_>]) {
    for cu in lines.iter().filter(|line| line.kind == "cu") {
        let cost = cu.number("dist") + cu.number("lambda") * cu.number("bits");
        assert!((cost - cu.number("cost")).abs() < 1.5 + 0.006 * (cu.number("lambda") + cu.number("bits")));
        let is_candidate = |line: &&Line<'_>| {
            line.kind == "try" && line.at() == cu.at() && line.text("size") == cu.text("size")
        };
        let best = lines.iter().rev().filter(is_candidate).find(|line| line.text("best") == "1");
        let best = best.unwrap_or_else(|| panic!("nothing was tried at {:?}", cu.at()));
        for name in ["mode", "part"] {
            assert_eq!(best.text(name), cu.text(name), "at {:?}", cu.at());
        }
        let [least, told] = [best, cu].map(|line| line.number("dist"));
        assert!((least - told).abs() <= 1.0, "{least} when it was tried, {told} in the picture");
    }
}

#[test]
fn every_area_is_traced_once_and_bits_add_up() {
    for options in [
        &[("threads", "1")][..],
        &[("wpp", "1"), ("ctu", "32"), ("threads", "3")],
        &[("rect", "2"), ("amp", "1"), ("tune", "psnr"), ("crf", "22")],
        &[("preset", "superfast"), ("ctu", "64"), ("qg-size", "16"), ("bframes", "0")],
    ] {
        let config = |name: &str| options.iter().find(|option| option.0 == name).map(|option| option.1);
        let ctb = config("ctu").map_or(64, |value| value.parse().expect("a number"));
        let packets = encode(options, 0..PICTURES);
        assert_eq!(packets.len(), PICTURES);
        for packet in &packets {
            let trace = packet.trace.as_deref().expect("asked for");
            let lines: Vec<Line<'_>> = trace.lines().map(Line::new).collect();
            let number = packet.pts.to_string();
            assert!(lines.iter().all(|line| line.text("pic") == number));
            assert_eq!((lines[0].kind, lines[0].number("qp")), ("pic", f64::from(packet.slice_qp)));
            let ctus = lines.iter().filter(|line| line.kind == "ctu").count();
            assert_eq!(ctus, WIDTH.div_ceil(ctb) * HEIGHT.div_ceil(ctb));
            check_areas(&lines);
            let substreams = if config("wpp").is_some() { HEIGHT.div_ceil(ctb) } else { 1 };
            check_bits(&lines, packet, substreams);
            check_costs(&lines);
        }
    }
}

/// Streams are the same with and without a trace, and the trace is the same for all numbers of threads.
#[test]
fn a_trace_has_no_influence_and_knows_no_threads() {
    let plain = encode(&[("threads", "1")], 0..0);
    assert!(plain.iter().all(|packet| packet.trace.is_none()));
    let traced = encode(&[("threads", "1")], 3..6);
    let threaded = encode(&[("threads", "4")], 3..6);
    for ((plain, traced), threaded) in plain.iter().zip(&traced).zip(&threaded) {
        assert_eq!(plain.data, traced.data);
        assert_eq!(traced.trace.is_some(), (3..6).contains(&traced.pts));
        assert_eq!(traced.trace, threaded.trace);
    }
}

/// Times are there if asked for, in every stage that a picture goes through, and change nothing.
#[test]
fn times_have_no_influence() {
    let plain = encode(&[], 0..0);
    let timed = encode(&[("times", "1")], 0..0);
    for (plain, timed) in plain.iter().zip(&timed) {
        assert_eq!(plain.data, timed.data);
        assert_eq!(plain.times, None);
        let times = timed.times.expect("asked for");
        assert!(times.analysis > Duration::ZERO && times.writing > Duration::ZERO, "{times:?}");
        assert_eq!(times.stages().len(), 6);
    }
}
