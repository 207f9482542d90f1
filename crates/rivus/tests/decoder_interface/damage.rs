//! Damaged streams: what is lost is concealed, counted and reported, and decoding goes on.

use crate::{decoder, flush, raw, stream};
use rivus_syntax::nal::{NalHeader, NalUnits};

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
