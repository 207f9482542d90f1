//! The in-loop filters on random pictures, against a reference that knows no CTUs: it looks at every 4-sample segment of the
//! picture's 8x8 grid, then at every sample, and follows 8.7 literally.

mod model;
mod reference;

use rivus_coding::motion::{Motion, Mv, NO_REF};
use rivus_kernels::Kernels;
use rivus_picture::{Sample, SharedPicture};

use super::boundary_strength::motion_differs;
use super::{InLoopWalk, RowFilterInfo};
use crate::testing::{CHROMA_FORMATS, Rng};
use model::Model;

/// Writes the model's samples to a shared picture, filters it by rows, and compares all samples.
fn check_picture<S: Sample>(seed: u64, bit_depth: u8) {
    let mut rng = Rng(seed);
    let chroma = CHROMA_FORMATS[rng.below(4)];
    let (model, infos) = Model::random(&mut rng, chroma, bit_depth);
    let params = model.params;
    let (picture, mut bands) = SharedPicture::<S>::new(params.format, 1 << params.ctb_log2_size);
    for band in &mut bands {
        for plane in 0..params.format.num_planes() {
            let (rows, width) = (band.rows(plane), params.format.plane_size(plane).0);
            let mut block = band.block_mut(plane, 0, rows.start, width, rows.len());
            for y in 0..block.height() {
                for (x, v) in block.row_mut(y).iter_mut().enumerate() {
                    *v = S::from_i32(model.planes[plane][(rows.start + y) * width + x]);
                }
            }
        }
    }
    let mut walk = InLoopWalk::new(params, Kernels::<S>::best());
    for (band, info) in bands.into_iter().zip(infos) {
        walk.push(band, info);
    }
    assert!(picture.all_published(), "seed {seed}");

    let mut want = model.planes.clone();
    reference::deblock(&model, &mut want);
    let want = reference::sao(&model, &want);
    for (plane, want) in want.iter().enumerate() {
        let width = params.format.plane_size(plane).0;
        let rows = picture.plane_rows(plane).expect("published");
        for (y, (row, want)) in rows.zip(want.chunks_exact(width)).enumerate() {
            for (x, (got, want)) in row.iter().zip(want).enumerate() {
                assert_eq!(
                    got.to_i32(),
                    *want,
                    "seed {seed}, plane {plane}, ({x}, {y}), {params:?}, {} tiles",
                    model.num_tiles()
                );
            }
        }
    }
}

#[test]
fn rows_give_the_picture_of_the_reference() {
    for seed in 0..60 {
        check_picture::<u8>(seed, 8);
    }
    for seed in 100..120 {
        check_picture::<u16>(seed, 10);
    }
}

/// 8.7.2.4, case by case.
#[test]
fn motion_differs_by_pictures_counts_and_whole_samples() {
    let mv = |x, y| Mv { x, y };
    let uni = |list: usize, pic, v| {
        let mut m = Motion::INTRA;
        (m.ref_idx[list], m.ref_pic[list], m.mv[list]) = (0, pic, v);
        m
    };
    let bi = |p0, v0, p1, v1| Motion { mv: [v0, v1], ref_idx: [0, 0], ref_pic: [p0, p1] };
    // One vector each: the list does not matter, the picture does.
    assert!(!motion_differs(&uni(0, 3, mv(8, 8)), &uni(1, 3, mv(5, 11))));
    assert!(motion_differs(&uni(0, 3, mv(8, 8)), &uni(1, 3, mv(4, 8))));
    assert!(motion_differs(&uni(0, 3, mv(8, 8)), &uni(0, 3, mv(8, 12))));
    assert!(motion_differs(&uni(0, 3, mv(8, 8)), &uni(0, 2, mv(8, 8))));
    assert!(motion_differs(&uni(0, 3, mv(i16::MIN, 0)), &uni(0, 3, mv(i16::MAX, 0))));
    // Different counts.
    assert!(motion_differs(&uni(0, 3, mv(0, 0)), &bi(3, mv(0, 0), 3, mv(0, 0))));
    // Two pictures, in either order.
    let p = bi(1, mv(0, 0), 2, mv(40, 0));
    assert!(!motion_differs(&p, &bi(2, mv(41, 0), 1, mv(3, 3))));
    assert!(motion_differs(&p, &bi(2, mv(44, 0), 1, mv(3, 3))));
    assert!(motion_differs(&p, &bi(1, mv(40, 0), 2, mv(0, 0))));
    assert!(motion_differs(&p, &bi(1, mv(0, 0), 3, mv(40, 0))));
    // Twice the same picture: one of the two pairings has to fit.
    let p = bi(1, mv(0, 0), 1, mv(40, 0));
    assert!(!motion_differs(&p, &bi(1, mv(40, 0), 1, mv(0, 0))));
    assert!(!motion_differs(&p, &bi(1, mv(0, 0), 1, mv(40, 0))));
    assert!(motion_differs(&p, &bi(1, mv(0, 0), 1, mv(0, 0))));
    assert_eq!(Motion::INTRA.ref_pic, [NO_REF; 2]);
}

/// A row of which no CTU arrived is left as it is.
#[test]
fn missing_rows_are_not_filtered() {
    let mut rng = Rng(7);
    let (model, _) = Model::random(&mut rng, CHROMA_FORMATS[1], 8);
    let params = model.params;
    let (picture, bands) = SharedPicture::<u8>::new(params.format, 1 << params.ctb_log2_size);
    let mut walk = InLoopWalk::new(params, Kernels::<u8>::best());
    for (row, mut band) in bands.into_iter().enumerate() {
        let rows = band.rows(0);
        for y in rows.clone() {
            band.block_mut(0, 0, y, params.format.width, 1).fill(if y % 8 < 4 { 100 } else { 110 });
        }
        let mut info = RowFilterInfo::new(&params);
        info.begin(&params, row);
        walk.push(band, info);
    }
    for (y, row) in picture.plane_rows(0).expect("published").enumerate() {
        assert!(row.iter().all(|v| *v == if y % 8 < 4 { 100 } else { 110 }), "row {y}");
    }
}
