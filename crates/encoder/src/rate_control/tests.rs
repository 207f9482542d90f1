//! Rate control against a toy encoder.

use super::*;
use crate::lookahead::gop::{GopBuilder, GopLimits, PictureKind};

/// Pictures in coding order, of scenes that differ in complexity by an order of magnitude.
fn programme(scenes: usize, length: usize) -> Vec<(PicturePlan, Complexity)> {
    let mut gop = GopBuilder::new(GopLimits { refs: 2, refs_b: 2, keys: 2, b_allowed: true });
    let mut pictures = Vec::new();
    let mut next = 0u64;
    for scene in 0..scenes {
        let inter = [60_000.0, 400_000.0, 20_000.0, 150_000.0, 800_000.0][scene % 5];
        let end = next + length as u64;
        let mut plans = vec![gop.idr(next)];
        next += 1;
        while next < end {
            let count = 16.min(end - next);
            plans.extend(gop.mini_gop(next, count as usize, PictureKind::B));
            next += count;
        }
        pictures.extend(plans.into_iter().map(|plan| {
            let best = if plan.kind.is_intra() { 1_500_000.0 } else { inter };
            (plan, Complexity { intra: 1_500_000.0, best, ..Complexity::default() })
        }));
    }
    pictures
}

/// What the toy encoder makes of a picture: not quite what the predictor assumes, and noisy.
fn toy_bits(plan: &PicturePlan, complexity: &Complexity, qp: f64) -> f64 {
    let layer = [0.7, 0.5, 0.3, 0.2, 0.1][usize::from(plan.layer)];
    let noise = 1.0 + 0.3 * ((plan.number * 2_654_435_761) % 1000) as f64 / 1000.0;
    200.0 + noise * layer * complexity.best * (-(qp - 4.0) / 5.5).exp2()
}

/// Codes with `delay` pictures in flight; returns sizes in coding order and the largest number of attempts at one picture.
fn run(config: RateConfig, pictures: &[(PicturePlan, Complexity)], delay: usize) -> (Vec<f64>, u32) {
    let mut rate = RateControl::new(config);
    let mut sizes: Vec<f64> = Vec::new();
    let mut most = 1;
    let mut in_flight: VecDeque<(usize, FrameQp)> = VecDeque::new();
    let mut announced = 0;
    for at in 0..=pictures.len() {
        while announced < (at + 17).min(pictures.len()) {
            rate.announce(&pictures[announced].0, &pictures[announced].1);
            announced += 1;
        }
        while in_flight.len() > if at == pictures.len() { 0 } else { delay } {
            let Some((done, mut qp)) = in_flight.pop_front() else { break };
            let (plan, complexity) = &pictures[done];
            let mut bits = toy_bits(plan, complexity, f64::from(qp.slice_qp));
            let mut attempts = 1;
            while let Verdict::Recode(again) = rate.accept(plan, bits as u64) {
                assert!(again.slice_qp > qp.slice_qp);
                qp = again;
                bits = toy_bits(plan, complexity, f64::from(qp.slice_qp));
                attempts += 1;
            }
            rate.coded(plan, bits as u64);
            most = most.max(attempts);
            sizes.push(bits);
        }
        if let Some((plan, complexity)) = pictures.get(at) {
            rate.announce_end((at + 40 >= pictures.len()).then_some(pictures.len() - announced));
            in_flight.push_back((at, rate.picture_qp(plan, complexity, &mut QpOffsets::default())));
        }
    }
    (sizes, most)
}

/// Forty seconds of eleven unlike scenes meet the rate within three per cent, whatever the delay of the feedback.
#[test]
fn average_rate_is_met() {
    let pictures = programme(11, 93);
    for rate in [150_000u64, 500_000, 2_000_000] {
        for delay in [0, 3] {
            let mode = RateMode::AverageBitRate(rate);
            let (sizes, _) = run(RateConfig { mode, ..RateConfig::default() }, &pictures, delay);
            let seconds = pictures.len() as f64 / 25.0;
            let got = sizes.iter().sum::<f64>() / seconds;
            let error = got / rate as f64 - 1.0;
            assert!(error.abs() < 0.03, "rate {rate} delay {delay}: {:+.1} %", 100.0 * error);
        }
    }
}

/// The first intra picture is counted on: a stream of two and a half seconds does not take more than wanted, though it may leave
/// some of its rate.
#[test]
fn short_streams_begin_within_their_rate() {
    let pictures = programme(1, 63);
    for rate in [150_000u64, 500_000] {
        let mode = RateMode::AverageBitRate(rate);
        let (sizes, _) = run(RateConfig { mode, ..RateConfig::default() }, &pictures, 0);
        let error = sizes.iter().sum::<f64>() / (pictures.len() as f64 / 25.0) / rate as f64 - 1.0;
        assert!((-0.4..0.1).contains(&error), "rate {rate}: {:+.1} %", 100.0 * error);
    }
}

/// A scene that is dear and ends the stream a second later is paid for within that second.
#[test]
fn a_dear_last_scene_does_not_spoil_the_average() {
    let mut pictures = programme(10, 93);
    pictures.truncate(9 * 93 + 28);
    for rate in [150_000u64, 500_000, 2_000_000] {
        let mode = RateMode::AverageBitRate(rate);
        let (sizes, _) = run(RateConfig { mode, ..RateConfig::default() }, &pictures, 0);
        let error = sizes.iter().sum::<f64>() / (pictures.len() as f64 / 25.0) / rate as f64 - 1.0;
        assert!(error.abs() < 0.03, "rate {rate}: {:+.1} %", 100.0 * error);
    }
}

/// The buffer never runs dry, at constant quality and at an average rate, with large and small buffers.
#[test]
fn buffer_never_underflows() {
    let pictures = programme(6, 70);
    for mode in [RateMode::ConstantQuality(18.0), RateMode::AverageBitRate(900_000)] {
        for size in [300_000u64, 1_000_000, 4_000_000] {
            let buffer = BufferConfig { rate: 1_000_000, size, initial: 0.9 };
            let config = RateConfig { mode, buffer: Some(buffer), ..RateConfig::default() };
            let (sizes, most) = run(config, &pictures, 0);
            let mut fill = 0.9 * size as f64;
            for bits in &sizes {
                assert!(*bits <= fill, "{mode:?}, size {size}: {bits} of {fill}");
                fill = (fill - bits + 40_000.0).min(size as f64);
            }
            assert!(most <= 4, "{most} attempts");
        }
    }
}

/// Constant QP follows the cascade; the slice QP and the offsets of blocks add up to what was wanted.
#[test]
fn constant_qp_follows_the_cascade() {
    let config = RateConfig { mode: RateMode::ConstantQp(32), ..RateConfig::default() };
    let mut rate = RateControl::new(config);
    let mut seen = [0i8; 5];
    for (plan, complexity) in programme(1, 33) {
        let mut offsets = QpOffsets { stride: 2, offsets: vec![-3.0, 1.0, 0.5, -2.5] };
        let qp = rate.picture_qp(&plan, &complexity, &mut offsets);
        let mean = offsets.offsets.iter().sum::<f32>() / 4.0;
        assert!((f64::from(qp.slice_qp) + f64::from(mean) - qp.wanted).abs() < 1e-3);
        rate.coded(&plan, 1000);
        if plan.kind.is_intra() {
            assert_eq!(qp.slice_qp, 28);
        } else {
            seen[usize::from(plan.layer)] = qp.slice_qp;
        }
    }
    assert!(seen.is_sorted() && seen[4] - seen[0] == 8, "{seen:?}");
}
