//! The forms of input give the same pictures, times stay with their pictures, a decoder can be used again, and pictures are
//! shared without copies.

use crate::{access_units, decoder, drain, flush, raw, stream};
use rivus::{Decoder, Picture, Planes};
use rivus_syntax::nal::NalUnits;

#[test]
fn bytes_nal_units_and_access_units_give_the_same_pictures() {
    let stream = stream("rs_all_a.bit");
    let mut whole = vec![];
    let mut first = decoder(1);
    first.send_data(&stream, None);
    flush(&mut first, &mut whole);
    assert!(!whole.is_empty());
    for threads in [1, 3] {
        let (mut decoder, mut by_nal) = (decoder(threads), vec![]);
        for range in NalUnits::new(&stream) {
            decoder.send_nal(&stream[range], None);
            drain(&mut decoder, &mut by_nal);
        }
        flush(&mut decoder, &mut by_nal);
        assert_eq!(raw(&by_nal), raw(&whole));

        // The same decoder takes the stream again.
        let mut by_unit = vec![];
        for unit in access_units(&stream) {
            decoder.send_access_unit(&unit, None);
            drain(&mut decoder, &mut by_unit);
        }
        flush(&mut decoder, &mut by_unit);
        assert_eq!(raw(&by_unit), raw(&whole));
        assert_eq!(decoder.statistics().output_pictures as usize, 2 * whole.len());
        assert_eq!(decoder.take_issues(), []);
        decoder.reset();
        assert_eq!(decoder.statistics().output_pictures, 0);
    }
}

#[test]
fn presentation_times_stay_with_their_pictures() {
    let stream = stream("rs_all_a.bit");
    for threads in [1, 2] {
        let (mut decoder, mut pictures) = (decoder(threads), vec![]);
        for (number, unit) in access_units(&stream).iter().enumerate() {
            decoder.send_access_unit(unit, Some(1000 + number as i64));
        }
        flush(&mut decoder, &mut pictures);
        let numbers: Vec<_> = pictures.iter().map(|picture| picture.info().decode_number).collect();
        assert!(!numbers.is_sorted(), "the stream reorders");
        for picture in &pictures {
            assert_eq!(picture.pts(), Some(1000 + picture.info().decode_number as i64));
        }
    }
}

#[test]
fn handles_cross_threads() {
    fn sendable<T: Send>() {}
    fn shareable<T: Send + Sync>() {}
    sendable::<Decoder>();
    shareable::<Picture>();
}

#[test]
fn clones_of_a_picture_share_its_samples() {
    let (mut decoder, mut pictures) = (decoder(1), vec![]);
    decoder.send_data(&stream("rs_confwin.bit"), None);
    flush(&mut decoder, &mut pictures);
    for picture in &pictures {
        let clone = picture.clone();
        let (Planes::U8(planes), Planes::U8(of_clone)) = (picture.planes(), clone.planes()) else {
            panic!("the stream has 8 bits");
        };
        assert_eq!(planes.len(), 3);
        for (plane, of_clone) in planes.iter().zip(of_clone.iter()) {
            assert_eq!(plane.as_ptr(), of_clone.as_ptr());
            assert!(plane.stride() > plane.width(), "rows are those of the decoder, with their padding");
        }
    }
}
