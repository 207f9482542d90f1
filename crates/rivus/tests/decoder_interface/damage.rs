//! Damaged streams: what is lost is concealed, counted and reported, and decoding goes on.

use crate::{
    access_units, decode_units, decoder, encoded, flush, identity, nal_units, picture_header, push_nal, raw,
    stream, unit_of,
};
use rivus::{Picture, Planes, Reason, Statistics};
use rivus_syntax::nal::{NalHeader, NalUnitType, NalUnits};

/// Luma PSNR of rows `rows` of a picture, in dB.
fn psnr(picture: &Picture, original: &Picture, rows: std::ops::Range<usize>) -> f64 {
    let (Planes::U8(a), Planes::U8(b)) = (picture.planes(), original.planes()) else {
        panic!("streams of 8 bits");
    };
    let row_error = |y: usize| -> u64 {
        let pairs = a[0].row(y).iter().zip(b[0].row(y));
        pairs.map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum()
    };
    let samples = (rows.len() * a[0].width()) as f64;
    let error: u64 = rows.map(row_error).sum();
    10.0 * (255.0f64.powi(2) * samples / (error as f64).max(1e-3)).log10()
}

/// Decodes with one thread and with several, which must agree; gives pictures, counts and the
/// reports in order of their NAL units.
fn decode_damaged(units: &[Vec<u8>]) -> (Vec<Picture>, Statistics, Vec<rivus::Issue>) {
    let decode = |threads| {
        let mut decoder = decoder(threads);
        let pictures = decode_units(&mut decoder, units);
        let mut issues = decoder.take_issues();
        // Those from tasks come when their picture is finished.
        issues.sort_by_key(|issue| issue.nal);
        (pictures, decoder.statistics(), issues)
    };
    let one = decode(1);
    for threads in [2, 4] {
        let several = decode(threads);
        assert!(several.0.iter().map(identity).eq(one.0.iter().map(identity)), "{threads} threads");
        assert_eq!((several.1, &several.2), (one.1, &one.2), "{threads} threads");
    }
    one
}

/// The access unit with its only slice segment cut after `keep` of its bytes, of 16.
fn cut_slice(unit: &[u8], keep: usize) -> Vec<u8> {
    let mut out = vec![];
    for (header, nal) in nal_units(unit) {
        let len = if header.nal_unit_type.is_slice() { nal.len() * keep / 16 } else { nal.len() };
        push_nal(&mut out, &nal[..len]);
    }
    out
}

/// Number of the NAL unit in the stream that holds the slice segment of an access unit.
fn nal_number(units: &[Vec<u8>], unit: usize) -> u64 {
    let before: usize = units[..unit].iter().map(|unit| nal_units(unit).len()).sum();
    let of_slice = nal_units(&units[unit]).iter().position(|(header, _)| header.nal_unit_type.is_slice());
    (before + of_slice.expect("a slice segment")) as u64
}

#[test]
fn the_nearest_picture_stands_in_for_a_lost_reference() {
    let units = encoded(12, &[("bframes", "0"), ("ref", "1")]);
    let whole = decode_units(&mut decoder(1), &units);
    let mut damaged = units.clone();
    // The sixth picture is gone; the seventh refers to it.
    damaged[5].clear();
    let (pictures, statistics, issues) = decode_damaged(&damaged);
    assert_eq!((pictures.len(), statistics.missing_references), (11, 1));
    let first = issues.first().expect("a report");
    assert_eq!(first.nal, nal_number(&damaged, 6));
    assert_eq!(first.nal_unit_type, Some(picture_header(&units[6]).nal_unit_type));
    assert_eq!(first.reason, Reason::MissingReference { poc: 6, missing: 5 });
    for picture in &pictures {
        let original = &whole[unit_of(picture)];
        match unit_of(picture) {
            0..5 => assert_eq!(identity(picture), identity(original)),
            // What was there a picture before: not right, but far from the 15 dB of a grey picture.
            n => assert!(psnr(picture, original, 0..80) > 22.0, "{n}: {}", psnr(picture, original, 0..80)),
        }
    }
}

#[test]
fn lost_blocks_move_on_as_the_picture_before_did() {
    let units = encoded(10, &[("bframes", "0"), ("ref", "1"), ("ctu", "16")]);
    let whole = decode_units(&mut decoder(1), &units);
    let mut damaged = units.clone();
    damaged[6] = cut_slice(&units[6], 2);
    let (pictures, statistics, issues) = decode_damaged(&damaged);
    assert_eq!((pictures.len(), statistics.concealed_pictures), (10, 1));
    assert!(statistics.concealed_ctus > 10);
    let number = nal_number(&damaged, 6);
    assert!(
        issues.iter().any(|issue| issue.nal == number && matches!(issue.reason, Reason::SliceData { .. }))
    );
    assert!(issues.iter().any(|issue| {
        matches!(issue.reason, Reason::MissingCtus { poc: 6, missing, .. } if u64::from(missing) == statistics.concealed_ctus)
    }));
    // All rows below the cut are concealed: much nearer to the picture that was sent than the one before it is.
    let rows = 32..80;
    let concealed = psnr(&pictures[6], &whole[6], rows.clone());
    let standing_still = psnr(&whole[5], &whole[6], rows);
    assert!(concealed > standing_still + 3.0, "{concealed} dB, without motion {standing_still} dB");
}

#[test]
fn after_damage_decoding_is_right_again_from_the_next_random_access_point() {
    let units = encoded(33, &[("bframes", "3"), ("keyint", "8"), ("open-gop", "1"), ("adaptive-gop", "0")]);
    let whole = decode_units(&mut decoder(1), &units);
    let points: Vec<_> =
        (0..units.len()).filter(|&unit| picture_header(&units[unit]).nal_unit_type.is_irap()).collect();
    for victim in [0, 1, 3, 9, 12] {
        let mut damaged = units.clone();
        match victim % 3 {
            // The picture is lost, but not the parameter sets that come with it.
            0 => {
                damaged[victim].clear();
                for (header, nal) in nal_units(&units[victim]) {
                    if !header.nal_unit_type.is_slice() && header.nal_unit_type != NalUnitType::SUFFIX_SEI_NUT
                    {
                        push_nal(&mut damaged[victim], nal);
                    }
                }
            }
            _ => damaged[victim] = cut_slice(&units[victim], 3),
        }
        let (pictures, statistics, issues) = decode_damaged(&damaged);
        // Nobody misses a picture that nobody refers to.
        let is_missed = !picture_header(&units[victim]).nal_unit_type.is_sub_layer_non_reference();
        assert_eq!(statistics.issues > 0 && !issues.is_empty(), is_missed, "loss of unit {victim}");
        let next = *points.iter().find(|&&point| point > victim).expect("several groups");
        // From there on, in output order, all is as it was sent.
        let point_poc = whole.iter().find(|p| unit_of(p) == next).map(|p| p.info().poc).expect("shown");
        let right = whole.iter().filter(|p| unit_of(p) >= next && p.info().poc >= point_poc);
        let samples: Vec<_> = pictures.iter().map(|p| (unit_of(p), raw(std::slice::from_ref(p)))).collect();
        for original in right {
            let expected = (unit_of(original), raw(std::slice::from_ref(original)));
            assert!(samples.contains(&expected), "unit {} after the loss of {victim}", unit_of(original));
        }
    }
}

#[test]
fn a_lost_slice_is_concealed_and_counted() {
    let stream = stream("rs_all_a.bit");
    let slices: Vec<_> = NalUnits::new(&stream)
        .filter(|range| {
            NalHeader::parse(&stream[range.clone()]).is_ok_and(|(h, _)| h.nal_unit_type.is_slice())
        })
        .collect();
    // Half of the data of a slice in the middle of the stream is overwritten.
    let victim = slices[slices.len() / 2].clone();
    let mut broken = stream.clone();
    broken[victim.start + victim.len() / 2..victim.end].fill(0x55);
    let mut results = vec![];
    for threads in [1, 2] {
        let (mut decoder, mut pictures) = (decoder(threads), vec![]);
        decoder.send_data(&broken, None);
        flush(&mut decoder, &mut pictures);
        assert!(decoder.statistics().hash_mismatches > 0);
        results.push((raw(&pictures), decoder.take_issues()));
    }
    assert_eq!(results[0], results[1]);
}

/// What becomes of a slice segment on its way.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// Some of its header is wrong.
    Header,
    /// The second half of it is wrong.
    Data,
    /// It is missing.
    All,
}

/// The access unit with damage to one of its slice segments, counted from 0.
fn damage_segment(unit: &[u8], victim: usize, loss: Loss) -> Vec<u8> {
    let (mut out, mut segments) = (vec![], 0);
    for (header, nal) in nal_units(unit) {
        let is_victim = header.nal_unit_type.is_slice() && segments == victim;
        segments += usize::from(header.nal_unit_type.is_slice());
        let mut nal = nal.to_vec();
        match loss {
            Loss::Header if is_victim => nal[3] ^= 0x5a,
            Loss::Data if is_victim => {
                let half = nal.len().div_ceil(2);
                nal[half..].fill(0x55);
            }
            Loss::All if is_victim => continue,
            _ => {}
        }
        push_nal(&mut out, &nal);
    }
    out
}

/// A picture of several slice segments, divided into tiles or wavefronts or neither, loses one in every way; the next picture
/// begins while it is in decoding. Any number of threads makes the same of it, and no other picture is touched.
#[test]
fn damage_to_a_slice_segment_stays_in_its_picture_whatever_the_threads() {
    // With and without dependent slice segments, of which others are lost as well.
    for (name, is_independent) in [
        ("rs_slices.bit", true),
        ("rs_tiles_slices.bit", true),
        ("rs_wpp_slices.bit", true),
        ("rs_wpp_dslices.bit", false),
        ("rs_slices_dslices.bit", false),
    ] {
        let once = access_units(&stream(name));
        // The stream begins anew after the last picture, which nobody refers to.
        let (units, victim) = ([&once[..], &once[..]].concat(), once.len() - 1);
        let whole = decode_units(&mut decoder(1), &units);
        assert_eq!(whole.len(), units.len(), "{name}");
        // A segment with the header of another picture makes a picture without a time of its own.
        let is_other = |picture: &&Picture| picture.pts().is_some_and(|pts| pts as usize != victim);
        let others =
            |pictures: &[Picture]| -> Vec<_> { pictures.iter().filter(is_other).map(identity).collect() };
        let segments =
            nal_units(&units[victim]).iter().filter(|(header, _)| header.nal_unit_type.is_slice()).count();
        for segment in [usize::from(!is_independent), segments / 2] {
            for loss in [Loss::Header, Loss::Data, Loss::All] {
                let mut damaged = units.clone();
                damaged[victim] = damage_segment(&units[victim], segment, loss);
                let (pictures, statistics, issues) = decode_damaged(&damaged);
                let case = format!("{name}, {loss:?} of segment {segment} of {segments}");
                assert!(others(&pictures) == others(&whole), "{case}");
                assert!(!issues.is_empty(), "{case}");
                assert_eq!(statistics.hash_matches as usize, units.len() - 1, "{case}");
                if matches!(loss, Loss::All) {
                    assert_eq!((pictures.len(), statistics.concealed_pictures), (units.len(), 1), "{case}");
                }
            }
        }
    }
}

/// The access unit with two of its slice segments, `first` and the next one, in the other order.
fn swap_segments(unit: &[u8], first: usize) -> Vec<u8> {
    let mut nals = nal_units(unit);
    let slices: Vec<usize> =
        (0..nals.len()).filter(|&i| nals[i].0.nal_unit_type.is_slice()).skip(first).take(2).collect();
    nals.swap(slices[0], slices[1]);
    let mut out = vec![];
    for (_, nal) in nals {
        push_nal(&mut out, nal);
    }
    out
}

/// Slice segments of a picture in another order: any number of threads makes the same of it. A dependent segment that comes
/// after the next slice goes on with the slice before it all the same, so that nothing is lost, and is reported.
#[test]
fn slice_segments_out_of_order_are_the_same_for_every_number_of_threads() {
    let units = access_units(&stream("rs_slices_dslices.bit"));
    let victim = units.len() - 1;
    let segments =
        nal_units(&units[victim]).iter().filter(|(header, _)| header.nal_unit_type.is_slice()).count();
    let mut without_loss = 0;
    for first in 1..segments - 1 {
        let mut damaged = units.clone();
        damaged[victim] = swap_segments(&units[victim], first);
        let (pictures, statistics, issues) = decode_damaged(&damaged);
        assert_eq!(pictures.len(), units.len(), "segment {first} of {segments}");
        let is_out_of_place = issues.iter().any(|issue| matches!(issue.reason, Reason::SlicePosition(_)));
        without_loss += usize::from(is_out_of_place && statistics.concealed_pictures == 0);
    }
    assert!(without_loss > 0, "no dependent segment of {segments} came after the next slice");
}
