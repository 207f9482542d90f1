//! Hand-worked cases and properties of motion vector prediction.

use super::field::{ColMotion, MotionField};
use super::*;
use crate::ctu::maps::CtuAvailability;
use crate::ctu::record::{PartMode, PredMode};
use proptest::prelude::*;

const PICTURE: (u32, u32) = (192, 160);

/// A slice at POC 8 with list 0 = 4, 0 (long-term), 12 and list 1 = 12, 4; ids follow the POC / 4.
fn slice(is_b: bool) -> SliceMotion {
    let mut slice = SliceMotion::new(8, is_b);
    slice.set_list(0, [(4, 1, false), (0, 0, true), (12, 3, false)]);
    if is_b {
        slice.set_list(1, [(12, 3, false), (4, 1, false)]);
    }
    slice
}

/// The CTU at (64, 64): all neighbours available, nothing around it inter predicted.
fn maps() -> CtuMaps {
    let all = CtuAvailability { left: true, up: true, up_left: true, up_right: true };
    let mut maps = CtuMaps::default();
    maps.begin((64, 64), PICTURE, 6, all, [None; 3]);
    maps
}

fn put(maps: &mut CtuMaps, x: isize, y: isize, motion: Motion) {
    maps.motion[crate::ctu::maps::at(x, y)] = motion;
}

/// Motion (`x`, `y`) to picture `ref_idx` of list 0.
fn l0(slice: &SliceMotion, x: i16, ref_idx: i8) -> Motion {
    let mut motion = Motion::INTRA;
    motion.set(slice, 0, ref_idx, Mv::new(x, 0));
    motion
}

fn l1(slice: &SliceMotion, x: i16, ref_idx: i8) -> Motion {
    let mut motion = Motion::INTRA;
    motion.set(slice, 1, ref_idx, Mv::new(x, 0));
    motion
}

fn bi(slice: &SliceMotion, (x0, ref_idx0): (i16, i8), (x1, ref_idx1): (i16, i8)) -> Motion {
    let mut motion = l0(slice, x0, ref_idx0);
    motion.set(slice, 1, ref_idx1, Mv::new(x1, 0));
    motion
}

/// Part `part_idx` of the coding unit of `1 << log2` samples at unit (8, 0): all of its neighbours precede
/// it.
fn pu(log2: u8, part_mode: PartMode, part_idx: usize) -> PuGeometry {
    PuGeometry::of_part((32, 0), log2, part_mode, part_idx)
}

fn no_col(slice: &SliceMotion) -> MotionCtx<'_> {
    MotionCtx { slice, col: None }
}

/// First components of list 0, for lists where only these differ.
fn xs(list: &[Motion]) -> Vec<i16> {
    list.iter().map(|m| m.mv[0].x).collect()
}

mod spatial_merge {
    use super::*;

    /// Neighbours of the 16x16 block at unit (8, 0).
    fn five(maps: &mut CtuMaps, motion: [Motion; 5]) {
        let [a1, b1, b0, a0, b2] = motion;
        put(maps, 7, 3, a1);
        put(maps, 11, -1, b1);
        put(maps, 12, -1, b0);
        put(maps, 7, 4, a0);
        put(maps, 7, -1, b2);
    }

    #[test]
    fn order_and_limit_of_four() {
        let (slice, mut maps) = (slice(false), maps());
        let whole = pu(4, PartMode::Part2Nx2N, 0);
        five(&mut maps, [1, 2, 3, 4, 5].map(|x| l0(&slice, x, 0)));
        assert_eq!(xs(&merge::candidates(&no_col(&slice), &maps, &whole, 4)), [1, 2, 3, 4, 0]);
        five(&mut maps, [1, 2, 3, 2, 5].map(|x| l0(&slice, x, (x == 2) as i8)));
        assert_eq!(xs(&merge::candidates(&no_col(&slice), &maps, &whole, 4)), [1, 2, 3, 2, 0]);
        put(&mut maps, 7, 4, Motion::INTRA);
        assert_eq!(xs(&merge::candidates(&no_col(&slice), &maps, &whole, 4)), [1, 2, 3, 5, 0]);
    }

    #[test]
    fn what_follows_in_z_order_is_not_available() {
        let (slice, mut maps) = (slice(false), maps());
        // The 16x16 block at unit (4, 4) is the last of its 32x32: above right and below left come later.
        let last = PuGeometry::of_part((16, 16), 4, PartMode::Part2Nx2N, 0);
        for (i, (x, y)) in [(3, 7), (7, 3), (8, 3), (3, 8), (3, 3)].into_iter().enumerate() {
            put(&mut maps, x, y, l0(&slice, i as i16 + 1, 0));
        }
        assert_eq!(xs(&merge::candidates(&no_col(&slice), &maps, &last, 4)), [1, 2, 5, 0, 0]);
    }

    #[test]
    fn equal_neighbours_are_dropped_pairwise_only() {
        let (slice, mut maps) = (slice(false), maps());
        let m = |x| l0(&slice, x, 0);
        let whole = pu(4, PartMode::Part2Nx2N, 0);
        // B1 = A1 is dropped; B0 is compared with B1 (not A1), B2 with A1 and B1.
        five(&mut maps, [m(1), m(1), m(2), Motion::INTRA, m(2)]);
        assert_eq!(xs(&merge::candidates(&no_col(&slice), &maps, &whole, 4)), [1, 2, 2, 0, 0]);
        five(&mut maps, [m(1), m(2), m(1), Motion::INTRA, m(2)]);
        assert_eq!(xs(&merge::candidates(&no_col(&slice), &maps, &whole, 4)), [1, 2, 1, 0, 0]);
        // The same vector to another picture is another motion.
        five(&mut maps, [m(1), l0(&slice, 1, 2), Motion::INTRA, Motion::INTRA, m(1)]);
        let list = merge::candidates(&no_col(&slice), &maps, &whole, 4);
        assert_eq!([list[0].ref_idx[0], list[1].ref_idx[0]], [0, 2]);
        assert_eq!(list[2].mv[0], Mv::ZERO, "zero candidate follows");
    }

    #[test]
    fn second_parts_do_not_repeat_the_first() {
        let (slice, mut maps) = (slice(false), maps());
        // Only the coding unit itself is inter predicted.
        for y in 0..4 {
            for x in 8..12 {
                put(&mut maps, x, y, l0(&slice, 9, 0));
            }
        }
        for (part_mode, x) in [
            (PartMode::Part2NxN, 0),
            (PartMode::PartNx2N, 0),
            (PartMode::Part2NxnU, 0),
            (PartMode::Part2NxnD, 0),
            (PartMode::PartnLx2N, 0),
            (PartMode::PartnRx2N, 0),
            (PartMode::PartNxN, 9),
        ] {
            let list = merge::candidates(&no_col(&slice), &maps, &pu(4, part_mode, 1), 0);
            assert_eq!(list[0].mv[0].x, x, "{part_mode:?}");
        }
    }

    #[test]
    fn second_of_four_ignores_the_third() {
        let (slice, mut maps) = (slice(false), maps());
        put(&mut maps, 9, 2, l0(&slice, 9, 0));
        let list = amvp::candidates(&no_col(&slice), &maps, &pu(4, PartMode::PartNxN, 1), 0, 0, 1);
        assert_eq!(list, [Mv::ZERO; 2], "part 2 is not decoded yet");
        let list = amvp::candidates(&no_col(&slice), &maps, &pu(4, PartMode::PartNxN, 3), 0, 0, 1);
        assert_eq!(list[0].x, 0, "(9, 3) is left of part 3, not (9, 2)");
        put(&mut maps, 9, 3, l0(&slice, 7, 0));
        let list = amvp::candidates(&no_col(&slice), &maps, &pu(4, PartMode::PartNxN, 3), 0, 0, 1);
        assert_eq!(list[0].x, 7);
    }

    #[test]
    fn parallel_regions_hide_their_own_units() {
        let (mut slice, mut maps) = (slice(false), maps());
        five(&mut maps, [1, 2, 3, 4, 5].map(|x| l0(&slice, x, 0)));
        let whole = pu(4, PartMode::Part2Nx2N, 0);
        let list = |slice: &SliceMotion| xs(&merge::candidates(&no_col(slice), &maps, &whole, 4));
        slice.log2_par_mrg_level = 5;
        assert_eq!(list(&slice), [1, 2, 3, 4, 0], "all neighbours are outside the 32x32 region");
        slice.log2_par_mrg_level = 6;
        assert_eq!(list(&slice), [2, 3, 5, 0, 0], "only what lies in the row above is outside the CTU");
    }

    #[test]
    fn parts_of_an_8x8_unit_share_one_list() {
        let (mut slice, mut maps) = (slice(true), maps());
        slice.log2_par_mrg_level = 3;
        put(&mut maps, 7, 1, l0(&slice, 1, 0));
        put(&mut maps, 9, -1, bi(&slice, (2, 0), (3, 0)));
        put(&mut maps, 8, 0, l0(&slice, 50, 0));
        let whole = merge::candidates(&no_col(&slice), &maps, &pu(3, PartMode::Part2Nx2N, 0), 4);
        assert_eq!(xs(&whole)[..2], [1, 2]);
        assert!(whole[1].is_bi());
        for part_idx in 0..2 {
            let part = merge::candidates(&no_col(&slice), &maps, &pu(3, PartMode::Part2NxN, part_idx), 4);
            for (whole, part) in whole.iter().zip(&part) {
                assert!(!part.is_bi(), "8x4 is never bi-predicted");
                assert_eq!((whole.mv[0], whole.ref_idx[0]), (part.mv[0], part.ref_idx[0]));
            }
        }
    }

    #[test]
    fn picture_and_slice_edges() {
        let slice = slice(false);
        let mut maps = CtuMaps::default();
        let avail = CtuAvailability { left: false, up: true, up_left: true, up_right: true };
        // The last CTU column of the picture, of which 32 samples are visible.
        maps.begin((64, 64), (96, 160), 6, avail, [None; 3]);
        put(&mut maps, -1, 3, l0(&slice, 1, 0));
        put(&mut maps, 7, -1, l0(&slice, 2, 0));
        put(&mut maps, 8, -1, l0(&slice, 3, 0));
        put(&mut maps, 3, -1, l0(&slice, 4, 0));
        let at = |x| PuGeometry::of_part((x, 0), 4, PartMode::Part2Nx2N, 0);
        assert_eq!(xs(&merge::candidates(&no_col(&slice), &maps, &at(16), 4)), [2, 4, 0, 0, 0]);
        assert_eq!(xs(&merge::candidates(&no_col(&slice), &maps, &at(0), 4)), [4, 0, 0, 0, 0]);
    }
}

mod later_merge {
    use super::*;

    #[test]
    fn combined_candidates_follow_the_table() {
        let (slice, mut maps) = (slice(true), maps());
        put(&mut maps, 7, 3, l0(&slice, 1, 0));
        put(&mut maps, 11, -1, bi(&slice, (2, 2), (2, 0)));
        let list = merge::candidates(&no_col(&slice), &maps, &pu(4, PartMode::Part2Nx2N, 0), 4);
        // combIdx 0: L0 of 0 (POC 4) with L1 of 1; combIdx 1: L0 of 1, but candidate 0 has no L1.
        assert_eq!(list[2], bi(&slice, (1, 0), (2, 0)));
        assert_eq!(list[3], bi(&slice, (0, 0), (0, 0)));
        assert_eq!(list[4], bi(&slice, (0, 1), (0, 1)), "second common reference index");
    }

    #[test]
    fn combinations_that_predict_twice_the_same_are_skipped() {
        let (slice, mut maps) = (slice(true), maps());
        // L0 index 2 and L1 index 0 are both POC 12.
        put(&mut maps, 7, 3, l0(&slice, 6, 2));
        put(&mut maps, 11, -1, l1(&slice, 6, 0));
        let list = merge::candidates(&no_col(&slice), &maps, &pu(4, PartMode::Part2Nx2N, 0), 4);
        assert_eq!(list[2], bi(&slice, (0, 0), (0, 0)));
        put(&mut maps, 11, -1, l1(&slice, 7, 0));
        let list = merge::candidates(&no_col(&slice), &maps, &pu(4, PartMode::Part2Nx2N, 0), 4);
        assert_eq!(list[2], bi(&slice, (6, 2), (7, 0)), "another vector");
    }

    #[test]
    fn zero_candidates_count_through_the_references() {
        let (p, b, maps) = (slice(false), slice(true), maps());
        let whole = pu(4, PartMode::Part2Nx2N, 0);
        let refs = |slice: &SliceMotion| {
            merge::candidates(&no_col(slice), &maps, &whole, 4).map(|m| (m.ref_idx, m.ref_pic))
        };
        assert_eq!(refs(&p).map(|(idx, _)| idx[0]), [0, 1, 2, 0, 0]);
        assert!(refs(&p).iter().all(|(idx, _)| idx[1] == -1));
        assert_eq!(
            refs(&b),
            [([0, 0], [1, 3]), ([1, 1], [0, 1]), ([0, 0], [1, 3]), ([0, 0], [1, 3]), ([0, 0], [1, 3])]
        );
    }

    #[test]
    fn the_list_ends_at_max_num_merge_cand() {
        let (mut slice, maps) = (slice(true), maps());
        slice.max_num_merge_cand = 2;
        let list = merge::candidates(&no_col(&slice), &maps, &pu(4, PartMode::Part2Nx2N, 0), 4);
        assert_eq!(list.map(|m| m.is_inter()), [true, true, false, false, false]);
    }
}

mod temporal_candidates {
    use super::*;

    /// A collocated picture (POC 12) whose 16x16 blocks hold what `motion` says, coded by `col_slice`.
    fn field(col_slice: &SliceMotion, motion: impl Fn(u32, u32) -> Motion) -> MotionField {
        let field = MotionField::new(col_slice.poc, PICTURE, 6);
        for y0 in (0..PICTURE.1).step_by(64) {
            let mut row = field.begin_row();
            for x0 in (0..PICTURE.0).step_by(64) {
                let mut maps = CtuMaps::default();
                maps.begin((x0, y0), PICTURE, 6, CtuAvailability::default(), [None; 3]);
                for y in 0..16 {
                    for x in 0..16 {
                        put(&mut maps, x, y, motion(x0 + 4 * x as u32, y0 + 4 * y as u32));
                    }
                }
                field.collect(&mut row, &maps, col_slice);
            }
            field.publish((y0 / 64) as usize, row);
        }
        field
    }

    fn col_slice() -> SliceMotion {
        let mut slice = SliceMotion::new(12, true);
        slice.set_list(0, [(4, 0, false), (0, 1, true)]);
        slice.set_list(1, [(20, 2, false)]);
        slice
    }

    /// Vector = position of the sample, so that the block used shows.
    fn positions(slice: &SliceMotion) -> MotionField {
        field(slice, |x, y| {
            let mut motion = Motion::INTRA;
            motion.set(slice, 0, 0, Mv::new(x as i16, y as i16));
            motion
        })
    }

    fn at(x: u8, y: u8, log2: u8) -> PuGeometry {
        PuGeometry::of_part((x, y), log2, PartMode::Part2Nx2N, 0)
    }

    #[test]
    fn bottom_right_then_middle() {
        let (slice, col, maps) = (slice(false), col_slice(), maps());
        let field = positions(&col);
        let ctx = MotionCtx { slice: &slice, col: Some(&field) };
        // POC 8 -> 4 against 12 -> 4: half the vector.
        let mv = |pu: &PuGeometry| temporal::candidate(&ctx, &maps, pu, 0, 0).unwrap();
        assert_eq!(mv(&at(16, 16, 3)), Mv::new(40, 40), "(88, 88) is in the block at (80, 80)");
        assert_eq!(mv(&at(16, 16, 4)), Mv::new(48, 48), "(96, 96)");
        assert_eq!(mv(&at(32, 32, 5)), Mv::new(56, 56), "below is the next CTB row: middle (112, 112)");
        assert_eq!(mv(&at(48, 0, 4)), Mv::new(64, 40), "to the right lies the next CTU: (128, 80)");
    }

    #[test]
    fn outside_the_picture_is_not_asked() {
        let (slice, col) = (slice(false), col_slice());
        let field = positions(&col);
        let ctx = MotionCtx { slice: &slice, col: Some(&field) };
        let mut maps = CtuMaps::default();
        // The CTU at (128, 128): 64 x 32 samples of it are inside.
        maps.begin((128, 128), PICTURE, 6, CtuAvailability::default(), [None; 3]);
        let mv = |pu: &PuGeometry| temporal::candidate(&ctx, &maps, pu, 0, 0).unwrap();
        assert_eq!(mv(&at(48, 0, 4)), Mv::new(88, 64), "x = 192 is outside: middle (184, 136)");
        assert_eq!(mv(&at(0, 16, 4)), Mv::new(64, 72), "y = 160 is outside: middle (136, 152)");
        assert_eq!(mv(&at(0, 0, 4)), Mv::new(72, 72));
    }

    #[test]
    fn long_term_only_predicts_long_term_and_unscaled() {
        let (slice, col, maps) = (slice(false), col_slice(), maps());
        let field = field(&col, |x, _| l0(&col, if x < 80 { 40 } else { 80 }, (x < 96) as i8));
        let ctx = MotionCtx { slice: &slice, col: Some(&field) };
        // Bottom right (96, 96) is short-term, the middle (88, 88) long-term; slice index 1 is long-term.
        assert_eq!(temporal::candidate(&ctx, &maps, &at(16, 16, 4), 0, 0), Some(Mv::new(40, 0)));
        assert_eq!(temporal::candidate(&ctx, &maps, &at(16, 16, 4), 0, 1), Some(Mv::new(80, 0)));
        assert_eq!(temporal::candidate(&ctx, &maps, &at(0, 16, 3), 0, 0), None, "both long-term");
    }

    #[test]
    fn which_list_of_a_bi_predicted_block() {
        let (mut b, col, maps) = (slice(true), col_slice(), maps());
        let both = field(&col, |_, _| bi(&col, (16, 0), (64, 0)));
        let mv = |slice: &SliceMotion, list| {
            let ctx = MotionCtx { slice, col: Some(&both) };
            temporal::candidate(&ctx, &maps, &at(0, 0, 4), list, 0).unwrap().x
        };
        // The slice refers forward (12): the list is collocated_from_l0_flag. L0: 12 -> 4; L1: 12 -> 20.
        b.collocated_from_l0_flag = true;
        assert_eq!([mv(&b, 0), mv(&b, 1)], [-32, 32], "L1: 64 over -8, to distances 4 and -4");
        b.collocated_from_l0_flag = false;
        assert_eq!([mv(&b, 0), mv(&b, 1)], [8, -8]);
        // No reference follows: each list takes its own.
        b.set_list(0, [(4, 1, false)]);
        b.set_list(1, [(4, 1, false)]);
        assert!(b.no_backward_pred());
        assert_eq!([mv(&b, 0), mv(&b, 1)], [8, -32]);
    }

    #[test]
    fn merge_takes_index_0_of_both_lists_where_either_exists() {
        let (b, col, maps) = (slice(true), col_slice(), maps());
        let field = field(&col, |_, _| l1(&col, 64, 0));
        let ctx = MotionCtx { slice: &b, col: Some(&field) };
        let list = merge::candidates(&ctx, &maps, &at(0, 0, 4), 0);
        assert_eq!(list[0], bi(&b, (-32, 0), (32, 0)));
    }

    #[test]
    fn unpublished_rows_and_foreign_rows_are_intra() {
        let field = MotionField::new(0, PICTURE, 4);
        assert_eq!(field.at(0, 0), None);
        field.publish(99, field.begin_row());
        field.publish(0, field.begin_row());
        assert_eq!(field.at(0, 0), None);
        assert_eq!(field.at(5000, 0), None);
        assert_eq!(field.at(0, 5000), None);
    }

    #[test]
    fn every_ctb_size_keeps_the_same_blocks() {
        let col = col_slice();
        for log2 in 3..=6u8 {
            let field = MotionField::new(0, (72, 40), log2);
            for (row_ctb, y0) in (0..40u32).step_by(1 << log2).enumerate() {
                let mut row = field.begin_row();
                for x0 in (0..72u32).step_by(1 << log2) {
                    let mut maps = CtuMaps::default();
                    maps.begin((x0, y0), (72, 40), log2, CtuAvailability::default(), [None; 3]);
                    for y in 0..1 << (log2 - 2) {
                        for x in 0..1 << (log2 - 2) {
                            let value = (x0 / 4 + x) as i16 + 100 * (y0 / 4 + y) as i16;
                            put(&mut maps, x as isize, y as isize, l0(&col, value, 0));
                        }
                    }
                    field.collect(&mut row, &maps, &col);
                }
                field.publish(row_ctb, row);
            }
            for (x, y) in [(0, 0), (71, 39), (17, 33), (64, 16)] {
                let expected = (x / 16 * 4) as i16 + 100 * (y / 16 * 4) as i16;
                assert_eq!(field.at(x, y).map(|m| m.mv[0].x), Some(expected), "CTB {log2}, ({x}, {y})");
            }
        }
    }

    #[test]
    fn what_a_block_keeps() {
        let col = col_slice();
        let kept = ColMotion::new(&bi(&col, (1, 1), (2, 0)), &col);
        assert_eq!((kept.ref_poc, kept.is_long_term(0), kept.is_long_term(1)), ([0, 20], true, false));
        let kept = ColMotion::new(&l1(&col, 2, 0), &col);
        assert!(!kept.uses(0) && kept.uses(1) && kept.is_inter());
        assert_eq!(ColMotion::new(&Motion::INTRA, &col), ColMotion::INTRA);
    }
}

mod amvp_candidates {
    use super::*;

    fn predict(slice: &SliceMotion, maps: &CtuMaps, list: usize, ref_idx: i8) -> [i16; 2] {
        amvp::candidates(&no_col(slice), maps, &pu(4, PartMode::Part2Nx2N, 0), list, ref_idx, 1)
            .map(|mv| mv.x)
    }

    #[test]
    fn same_picture_from_either_list_comes_before_scaling() {
        let (slice, mut maps) = (slice(true), maps());
        put(&mut maps, 7, 3, bi(&slice, (10, 0), (20, 0)));
        assert_eq!(predict(&slice, &maps, 0, 0), [10, 0], "POC 4");
        assert_eq!(predict(&slice, &maps, 0, 2), [20, 0], "POC 12 through list 1");
        assert_eq!(predict(&slice, &maps, 1, 1), [10, 0], "POC 4 through list 0");
    }

    #[test]
    fn left_is_scaled_and_above_is_not() {
        let (slice, mut maps) = (slice(false), maps());
        put(&mut maps, 7, 3, l0(&slice, 10, 0));
        put(&mut maps, 11, -1, l0(&slice, 6, 0));
        assert_eq!(predict(&slice, &maps, 0, 0), [10, 6]);
        // To POC 12 the distance is -4 instead of 4.
        assert_eq!(predict(&slice, &maps, 0, 2), [-10, 0]);
        assert_eq!(predict(&slice, &maps, 0, 1), [0, 0], "short-term never predicts long-term");
    }

    #[test]
    fn above_is_scaled_where_nothing_lies_to_the_left() {
        let (slice, mut maps) = (slice(false), maps());
        // B0 goes to POC 12, B1 to POC 4.
        put(&mut maps, 12, -1, l0(&slice, 8, 2));
        put(&mut maps, 11, -1, l0(&slice, 6, 0));
        // A is the unscaled B1; B is then searched again, scaled, from B0.
        assert_eq!(predict(&slice, &maps, 0, 0), [6, -8]);
        put(&mut maps, 12, -1, Motion::INTRA);
        assert_eq!(predict(&slice, &maps, 0, 0), [6, 0], "both are B1");
        put(&mut maps, 11, -1, l0(&slice, 6, 1));
        assert_eq!(predict(&slice, &maps, 0, 1), [6, 0], "long-term to long-term");
        assert_eq!(predict(&slice, &maps, 0, 0), [0, 0]);
    }

    #[test]
    fn an_unusable_left_neighbour_still_forbids_scaling_above() {
        let (slice, mut maps) = (slice(false), maps());
        put(&mut maps, 7, 3, l0(&slice, 5, 1));
        put(&mut maps, 11, -1, l0(&slice, 6, 2));
        assert_eq!(predict(&slice, &maps, 0, 0), [0, 0]);
        assert_eq!(predict(&slice, &maps, 0, 2), [6, 0]);
    }

    #[test]
    fn explicit_motion_wraps() {
        let (slice, mut maps) = (slice(true), maps());
        let mut left = Motion::INTRA;
        left.set(&slice, 0, 0, Mv::new(32767, -32768));
        put(&mut maps, 3, 7, left);
        let cu =
            CodingUnit { x: 16, y: 16, log2_size: 4, pred_mode: PredMode::Inter, ..CodingUnit::default() };
        let pu = PredictionUnit {
            x: 16,
            y: 16,
            w: 16,
            h: 16,
            pred_lists: 1,
            ref_idx: [0, 0],
            mvd: [Mv::new(1, -1), Mv::new(9, 9)],
            ..PredictionUnit::default()
        };
        let motion = derive_pu(&no_col(&slice), &maps, &cu, &pu);
        assert_eq!(motion.mv, [Mv::new(-32768, 32767), Mv::ZERO]);
        assert_eq!((motion.ref_idx, motion.ref_pic), ([0, -1], [1, NO_REF]));
        store(&mut maps, (16, 16), (16, 16), motion);
        let merged = PredictionUnit { merge_flag: true, ..pu };
        let next = CodingUnit { x: 32, ..cu };
        let motion_next = derive_pu(&no_col(&slice), &maps, &next, &PredictionUnit { x: 32, ..merged });
        assert_eq!(motion_next, motion, "the next unit merges with it");
    }
}

#[test]
fn scaling_by_hand() {
    let scaled = |x, tb, td| temporal::scale(Mv::new(x, 0), tb, td).x;
    assert_eq!((scaled(8, 1, 2), scaled(-8, 1, 2)), (4, -4));
    assert_eq!(scaled(8, -1, 1), -8);
    // tx = 16385 / -3 = -5461; (5 * -5461 + 32) >> 6 = -427; (4270 + 127) >> 8 = 17.
    assert_eq!(scaled(10, 5, -3), -17);
    // The factor is at most 4095 / 256, and the result saturates.
    assert_eq!((scaled(256, 127, 1), scaled(30000, 127, 1), scaled(-30000, 127, 1)), (4095, 32767, -32768));
    assert_eq!(scaled(64, 1000, 500), 64, "distances are clipped to 127 first");
    assert_eq!((scaled(7, 3, 3), scaled(7, 3, 0)), (7, 7));
}

prop_compose! {
    fn any_motion()(x in -40i16..40, y in -3i16..3, lists in 0u8..4, i0 in 0i8..3, i1 in 0i8..2) -> Motion {
        let slice = slice(true);
        let mut motion = Motion::INTRA;
        if lists & 1 != 0 { motion.set(&slice, 0, i0, Mv::new(x, y)); }
        if lists & 2 != 0 { motion.set(&slice, 1, i1, Mv::new(y, x)); }
        motion
    }
}

prop_compose! {
    fn any_part()(log2 in 3u8..=6, at in any::<u8>(), mode in 0usize..8, part in 0usize..4) -> PuGeometry {
        use PartMode::*;
        let modes =
            [Part2Nx2N, Part2NxN, PartNx2N, PartNxN, Part2NxnU, Part2NxnD, PartnLx2N, PartnRx2N];
        // 8x8 units have no quarters and, for inter, no NxN.
        let mode = if log2 == 3 { modes[mode % 3] } else { modes[mode] };
        let (n, size) = (1u8 << (6 - log2), 1u8 << log2);
        let position = (at % n * size, at / n % n * size);
        PuGeometry::of_part(position, log2, mode, part % mode.num_parts())
    }
}

proptest! {
    /// Whatever surrounds a unit, the merge list is full and valid, and stopping early does not change what
    /// it begins with.
    #[test]
    fn merge_lists_are_full_valid_and_prefix_stable(
        motion in prop::collection::vec(any_motion(), 32),
        seed in any::<[u8; 8]>(),
        pu in any_part(),
        max in 1u8..=5,
        level in 2u8..=6,
        avail in any::<[bool; 4]>(),
        with_col in any::<bool>(),
    ) {
        let mut slice = slice(true);
        (slice.max_num_merge_cand, slice.log2_par_mrg_level) = (max, level);
        let [left, up, up_left, up_right] = avail;
        let mut maps = CtuMaps::default();
        let avail = CtuAvailability { left, up, up_left, up_right };
        maps.begin((64, 64), PICTURE, 6, avail, [None; 3]);
        for (i, entry) in maps.motion.iter_mut().enumerate() {
            *entry = motion[(i * 7 + seed[i % 8] as usize) % motion.len()];
        }
        let field = MotionField::new(12, PICTURE, 6);
        let mut row = field.begin_row();
        field.collect(&mut row, &maps, &slice);
        field.publish(1, row);
        let ctx = MotionCtx { slice: &slice, col: with_col.then_some(&field) };
        let full = merge::candidates(&ctx, &maps, &pu, 4);
        for (i, candidate) in full.iter().enumerate() {
            prop_assert_eq!(candidate.is_inter(), i < max as usize);
            for list in 0..2 {
                if candidate.uses(list) {
                    let ref_idx = candidate.ref_idx[list];
                    prop_assert!((ref_idx as usize) < slice.num_ref_idx_active(list));
                    prop_assert_eq!(candidate.ref_pic[list], slice.ref_pic(list, ref_idx));
                } else {
                    prop_assert_eq!((candidate.mv[list], candidate.ref_pic[list]), (Mv::ZERO, NO_REF));
                }
            }
            prop_assert!(!(candidate.is_bi() && pu.w + pu.h == 3));
        }
        for up_to in 0..max as usize {
            let some = merge::candidates(&ctx, &maps, &pu, up_to);
            prop_assert_eq!(&some[..=up_to], &full[..=up_to]);
            prop_assert_eq!(merge::candidate(&ctx, &maps, &pu, up_to as u8), full[up_to]);
        }
        for (list, ref_idx) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)] {
            let both = amvp::candidates(&ctx, &maps, &pu, list, ref_idx, 1);
            let first = amvp::candidates(&ctx, &maps, &pu, list, ref_idx, 0);
            prop_assert_eq!(first[0], both[0]);
        }
    }

    /// Scaling keeps the sign rules and never leaves the range of a vector.
    #[test]
    fn scaling_is_odd_symmetric(x in -32767i16..=32767, tb in -300i32..300, td in -300i32..300) {
        let (plus, minus) = (temporal::scale(Mv::new(x, 0), tb, td), temporal::scale(Mv::new(-x, 0), tb, td));
        prop_assert!(plus.x as i32 + minus.x as i32 == 0 || plus.x == -32768 || minus.x == -32768);
    }
}
