use super::*;
use crate::format::ChromaFormat;

fn format(width: usize, height: usize, chroma: ChromaFormat) -> PictureFormat {
    PictureFormat { width, height, chroma, bit_depth_luma: 8, bit_depth_chroma: 8 }
}

fn value(plane: usize, x: usize, y: usize) -> u8 {
    (plane * 85 + x * 3 + y * 7) as u8
}

fn paint(band: &mut Band<u8>) {
    for plane in 0..band.picture().format().num_planes() {
        let (width, rows) = (band.picture().format().plane_size(plane).0, band.rows(plane));
        let mut block = band.block_mut(plane, 0, rows.start, width, rows.len());
        for y in 0..rows.len() {
            for (x, v) in block.row_mut(y).iter_mut().enumerate() {
                *v = value(plane, x, rows.start + y);
            }
        }
    }
}

fn check(picture: &SharedPicture<u8>, plane: usize, x: isize, y: isize, w: usize, h: usize) {
    let (width, height) = picture.format().plane_size(plane);
    let block = picture.block(plane, x, y, w, h).expect("published");
    for dy in 0..h {
        for dx in 0..w {
            let px = (x + dx as isize).clamp(0, width as isize - 1) as usize;
            let py = (y + dy as isize).clamp(0, height as isize - 1) as usize;
            assert_eq!(block.at(dx, dy), value(plane, px, py), "plane {plane} ({x}, {y}) + ({dx}, {dy})");
        }
    }
}

#[test]
fn reads_anywhere_see_the_nearest_sample_of_the_picture() {
    let formats =
        [ChromaFormat::Monochrome, ChromaFormat::Yuv420, ChromaFormat::Yuv422, ChromaFormat::Yuv444];
    for chroma in formats {
        let (picture, bands) = SharedPicture::<u8>::new(format(72, 88, chroma), 32);
        assert_eq!(bands.len(), 3);
        for mut band in bands {
            paint(&mut band);
            band.publish();
        }
        for plane in 0..chroma.num_planes() {
            for (x, y) in [(0, 0), (-80, -80), (-5, 20), (-4000, 3), (4000, 50), (30, -900), (9, 32_767)] {
                check(&picture, plane, x, y, 71, 71);
                check(&picture, plane, x, y, 5, 11);
            }
        }
    }
}

/// With little padding, or none, copies take the place of what is not there; rows that are not published are not copied.
#[test]
fn reads_beyond_narrow_padding_see_the_nearest_sample_of_the_picture() {
    let pool = crate::pool::Pool::new(1, u64::MAX);
    let mut copy = vec![];
    for (margin, chroma) in
        [(0, ChromaFormat::Yuv444), (16, ChromaFormat::Yuv420), (80, ChromaFormat::Yuv422)]
    {
        let format = format(72, 88, chroma);
        let (picture, bands) = pool.picture::<u8>(format, 32, margin).expect("no limit");
        for mut band in bands {
            assert!(picture.block_or_copy(0, -300, 40, 8, 8, &mut copy).is_none() || band.index() == 2);
            // What was in the memory before must not show.
            band.fill([255; 3]);
            paint(&mut band);
            band.publish();
        }
        for plane in 0..3 {
            let (width, height) = format.plane_size(plane);
            for (x, y) in
                [(0, 0), (-16, -16), (-17, 3), (-5, 90), (60, 80), (-4000, 3), (4000, 50), (9, 32_767)]
            {
                for (w, h) in [(71, 71), (5, 11), (200, 1)] {
                    let block = picture.block_or_copy(plane, x, y, w, h, &mut copy).expect("published");
                    assert_eq!((block.width(), block.height()), (w, h));
                    for (dx, dy) in (0..h).flat_map(|dy| (0..w).map(move |dx| (dx, dy))) {
                        let at = (inside(x + dx as isize, width), inside(y + dy as isize, height));
                        let want = value(plane, at.0, at.1);
                        assert_eq!(
                            block.at(dx, dy),
                            want,
                            "plane {plane} ({x}, {y}) + ({dx}, {dy}), margin {margin}"
                        );
                    }
                }
            }
        }
    }
}

/// A block that fits into the padding is read there, and a larger one refused.
#[test]
#[should_panic(expected = "reaches more than 16 outside")]
fn blocks_larger_than_the_padding_are_refused() {
    let pool = crate::pool::Pool::new(1, u64::MAX);
    let (picture, bands) =
        pool.picture::<u8>(format(32, 32, ChromaFormat::Yuv420), 32, 16).expect("no limit");
    for mut band in bands {
        paint(&mut band);
        band.publish();
    }
    check(&picture, 0, -900, 900, 16, 16);
    picture.block(0, -17, 0, 17, 8);
}

#[test]
fn odd_sizes_leave_no_row_without_a_band() {
    let (picture, bands) = SharedPicture::<u8>::new(format(17, 33, ChromaFormat::Yuv420), 16);
    let rows: Vec<_> = bands.iter().map(|band| (band.rows(0), band.rows(1))).collect();
    assert_eq!(rows, [(0..16, 0..8), (16..32, 8..16), (32..33, 16..17)]);
    for mut band in bands.into_iter().rev() {
        paint(&mut band);
        band.publish();
    }
    check(&picture, 2, 0, 0, 9, 17);
}

#[test]
fn rows_become_readable_from_the_top_without_gaps() {
    let (picture, mut bands) = SharedPicture::<u8>::new(format(64, 96, ChromaFormat::Yuv420), 32);
    let (bottom, middle, top) = (bands.pop().unwrap(), bands.pop().unwrap(), bands.pop().unwrap());
    assert!(picture.block(0, 0, -70, 8, 8).is_none());
    middle.publish();
    assert_eq!(picture.rows_published(), 0);
    top.publish();
    assert_eq!(picture.rows_published(), 64);
    assert!(picture.block(1, 0, 24, 8, 8).is_some());
    assert!(picture.block(1, 0, 25, 8, 8).is_none());
    assert!(picture.plane(0).is_none());
    bottom.publish();
    assert!(picture.all_published() && picture.plane(2).is_some());
}

#[test]
fn a_pair_writes_across_the_border_of_its_bands() {
    let (picture, mut bands) = SharedPicture::<u8>::new(format(32, 48, ChromaFormat::Yuv420), 16);
    let (upper, rest) = bands.split_at_mut(1);
    let mut pair = Band::pair(&mut upper[0], &mut rest[0]);
    assert_eq!(pair.rows(1), 0..16);
    pair.block_mut(0, 8, 12, 8, 8).fill(9);
    assert_eq!(pair.block(0, 8, 12, 8, 8).at(7, 7), 9);
    bands.into_iter().for_each(Band::publish);
    let plane = picture.plane(0).unwrap();
    assert_eq!((plane.row(11)[8], plane.row(12)[8], plane.row(19)[15], plane.row(20)[15]), (0, 9, 9, 0));
}

#[test]
#[should_panic(expected = "bands 0 and 2")]
fn a_pair_of_distant_bands_is_refused() {
    let (_, mut bands) = SharedPicture::<u8>::new(format(32, 48, ChromaFormat::Yuv420), 16);
    let (upper, rest) = bands.split_at_mut(2);
    Band::pair(&mut upper[0], &mut rest[0]);
}

#[test]
#[should_panic(expected = "leaves rows 16..32")]
fn writing_outside_the_band_is_refused() {
    let (_, mut bands) = SharedPicture::<u8>::new(format(32, 48, ChromaFormat::Yuv420), 16);
    bands[1].block_mut(0, 0, 15, 8, 8);
}

#[test]
fn dropped_bands_are_missing_and_can_be_filled() {
    let (picture, mut bands) = SharedPicture::<u8>::new(format(32, 48, ChromaFormat::Yuv420), 16);
    paint(&mut bands[1]);
    bands.remove(1).publish();
    picture.fill_missing([1, 2, 3]);
    assert!(!picture.all_published(), "bands that are still held are not missing");
    drop(bands);
    picture.fill_missing([1, 2, 3]);
    assert!(picture.all_published());
    assert_eq!(picture.block(2, -9, -9, 4, 4).unwrap().at(0, 0), 3);
    check(&picture, 0, 3, 16, 16, 16);
}

/// Writers publish bands in a scattered order while readers check everything they are given.
#[test]
fn readers_never_see_unfinished_rows() {
    for round in 0..20 {
        let (picture, bands) = SharedPicture::<u8>::new(format(80, 160, ChromaFormat::Yuv420), 16);
        let mut queues: [Vec<Band<u8>>; 3] = Default::default();
        for band in bands {
            queues[(band.index() * 7 + round) % 3].push(band);
        }
        std::thread::scope(|scope| {
            for queue in queues {
                scope.spawn(move || {
                    for mut band in queue {
                        paint(&mut band);
                        band.publish();
                    }
                });
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    while !picture.all_published() {
                        let rows = picture.rows_published();
                        if rows > 0 {
                            check(&picture, 0, -8, rows as isize - 16, 96, 16);
                            check(&picture, 1, -8, (rows as isize - 16) / 2, 32, 8);
                        }
                        std::thread::yield_now();
                    }
                });
            }
        });
        check(&picture, 0, -80, -80, 240, 320);
    }
}
