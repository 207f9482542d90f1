use super::*;
use crate::rps::short_term_set;
use proptest::prelude::*;
use rivus_syntax::slice_header::{LongTermRefPic, LongTermRefPics, SliceType};

const LOG2_MAX_LSB: u8 = 4;

fn limits(reorder: u8, latency_plus1: u32, buffering: u8) -> SubLayerOrdering {
    SubLayerOrdering {
        max_num_reorder_pics: reorder,
        max_latency_increase_plus1: latency_plus1,
        max_dec_pic_buffering_minus1: buffering - 1,
    }
}

fn set(poc: i32, keep: &[(i32, bool)], long_term: &[LongTermRefPic]) -> ReferencePictureSet {
    let short_term = short_term_set(poc, keep).unwrap();
    ReferencePictureSet::derive(poc, &short_term, &LongTermRefPics { pics: long_term.to_vec() }, LOG2_MAX_LSB)
}

/// A buffer of pictures that are their own picture order counts (plus an offset per sequence).
struct Player {
    dpb: Dpb<i32>,
    limits: SubLayerOrdering,
    output: Vec<i32>,
}

impl Player {
    fn new(limits: SubLayerOrdering) -> Self {
        Self { dpb: Dpb::default(), limits, output: Vec::new() }
    }

    fn begin(&mut self, start: PictureStart, set: &ReferencePictureSet) -> References<i32> {
        let start = PictureStart { log2_max_pic_order_cnt_lsb: LOG2_MAX_LSB, ..start };
        self.dpb.begin_picture(&start, set, &self.limits, &mut self.output)
    }

    fn insert(&mut self, poc: i32) {
        self.dpb.insert(poc, poc, true, &self.limits, &mut self.output);
    }

    fn irap(&mut self, poc: i32, handle: i32, no_output_of_prior_pics: bool) {
        self.begin(
            PictureStart { starts_sequence: true, no_output_of_prior_pics, ..Default::default() },
            &Default::default(),
        );
        self.dpb.insert(poc, handle, true, &self.limits, &mut self.output);
    }

    fn inter(&mut self, poc: i32, keep: &[(i32, bool)]) -> References<i32> {
        let references = self.begin(PictureStart::default(), &set(poc, keep, &[]));
        self.insert(poc);
        references
    }

    fn pocs(&self) -> Vec<(i32, Marking)> {
        self.dpb.entries().iter().map(|e| (e.poc, e.marking)).collect()
    }
}

#[test]
fn bumping_follows_reorder_depth() {
    let mut player = Player::new(limits(2, 0, 5));
    player.irap(0, 0, false);
    player.inter(8, &[(0, true)]);
    assert!(player.output.is_empty());
    player.inter(4, &[(0, true), (8, true)]);
    assert_eq!(player.output, [0], "additional bumping counts the current picture");
    player.inter(2, &[(0, true), (4, true), (8, true)]);
    assert_eq!(player.output, [0, 2]);
    player.inter(6, &[(4, true), (8, true)]);
    assert_eq!(player.output, [0, 2, 4]);
    player.dpb.flush(&mut player.output);
    assert_eq!(player.output, [0, 2, 4, 6, 8]);
    assert!(player.dpb.entries().is_empty());
}

#[test]
fn latency_limit_releases_what_reordering_would_hold() {
    for (latency_plus1, expected) in [(0, vec![0, 1]), (2, vec![0, 1]), (1, vec![0, 1, 2, 8])] {
        let mut player = Player::new(limits(2, latency_plus1, 16));
        player.irap(0, 0, false);
        player.inter(8, &[(0, true)]);
        player.inter(1, &[(0, true), (8, true)]);
        assert_eq!(player.output, [0]);
        // 8 has now been overtaken twice: SpsMaxLatencyPictures is 2 + latency_plus1 - 1.
        player.inter(2, &[(0, true), (8, true)]);
        assert_eq!(player.output, expected, "latency_plus1 {latency_plus1}");
    }
}

#[test]
fn full_buffer_forces_output() {
    let mut player = Player::new(limits(8, 0, 2));
    player.irap(0, 0, false);
    player.inter(1, &[(0, true)]);
    player.inter(2, &[(0, true), (1, true)]);
    assert_eq!(player.output, [0, 1], "both are references and cannot leave, but nothing may wait");
    assert_eq!(player.dpb.entries().len(), 3, "an overfull buffer is tolerated");
}

#[test]
fn prior_pictures_are_put_out_or_dropped_at_a_new_sequence() {
    for (discard, expected) in [(false, vec![0, 4, 8, 100]), (true, vec![100])] {
        let mut player = Player::new(limits(4, 0, 8));
        player.irap(0, 0, false);
        player.inter(8, &[(0, true)]);
        player.inter(4, &[(0, true), (8, true)]);
        player.irap(0, 100, discard);
        assert_eq!(player.pocs(), [(0, Marking::ShortTerm)]);
        player.dpb.flush(&mut player.output);
        assert_eq!(player.output, expected);
    }
}

#[test]
fn long_term_by_lsb_matches_any_reference_and_short_term_only_whole_counts() {
    let mut player = Player::new(limits(0, 0, 16));
    player.irap(0, 0, false);
    player.inter(16, &[(0, true)]);
    player.inter(17, &[(0, true), (16, true)]);
    let lsb = |poc_lsb_lt, msb: Option<u32>| LongTermRefPic {
        poc_lsb_lt,
        used_by_curr_pic_lt: true,
        delta_poc_msb_present_flag: msb.is_some(),
        delta_poc_msb_cycle_lt: msb.unwrap_or(0),
        ..LongTermRefPic::default()
    };
    // LSB 1 means picture 17, a short-term picture until now; 16 is named in full: 0 shares its LSBs.
    let references = player
        .begin(PictureStart::default(), &set(20, &[(0, true), (3, true)], &[lsb(1, None), lsb(0, Some(0))]));
    let table: Vec<_> = references.table.iter().map(|r| (r.handle, r.poc, r.is_long_term)).collect();
    assert_eq!(
        table,
        [(None, 3, false), (Some(0), 0, false), (Some(17), 17, true), (Some(16), 16, true)],
        "3 is missing although 19 is not; nearest first"
    );
    assert_eq!(references.missing().collect::<Vec<_>>(), [0]);
    assert_eq!(player.pocs(), [(0, Marking::ShortTerm), (16, Marking::LongTerm), (17, Marking::LongTerm)]);
    player.insert(20);
    // Lists of a slice: before (3, 0), after (none), long-term (17, 16).
    let mut header = SliceSegmentHeader {
        slice_type: SliceType::B,
        num_ref_idx_l0_active_minus1: 4,
        num_ref_idx_l1_active_minus1: 0,
        five_minus_max_num_merge_cand: 2,
        slice_temporal_mvp_enabled_flag: true,
        collocated_from_l0_flag: false,
        ..SliceSegmentHeader::default()
    };
    header.ref_pic_lists_modification.set(1, &[3]);
    let motion = references.slice_motion(&header, &Pps::default(), 20).unwrap();
    let list = |list: usize| -> Vec<_> {
        (0..motion.num_ref_idx_active(list) as i8)
            .map(|i| (motion.ref_poc(list, i), motion.ref_pic(list, i), motion.is_long_term(list, i)))
            .collect()
    };
    assert_eq!(list(0), [(3, 0, false), (0, 1, false), (17, 2, true), (16, 3, true), (3, 0, false)]);
    assert_eq!(list(1), [(16, 3, true)]);
    assert_eq!((motion.collocated, motion.max_num_merge_cand, motion.is_b), (Some(3), 3, true));
    header.slice_type = SliceType::I;
    assert_eq!(references.slice_motion(&header, &Pps::default(), 20).unwrap().collocated, None);
    // A long-term picture never becomes short-term again.
    let references = player.inter(21, &[(17, true), (20, true)]);
    assert_eq!(references.missing().collect::<Vec<_>>(), [1]);
    assert_eq!(player.pocs(), [(20, Marking::ShortTerm), (21, Marking::ShortTerm)]);
}

#[test]
fn release_waits_only_for_pictures_that_may_still_come() {
    let mut player = Player::new(limits(3, 0, 8));
    let step = |player: &mut Player, poc: i32, none_below| {
        if poc == 0 {
            player.irap(0, 0, false)
        } else {
            drop(player.inter(poc, &[(0, true)]))
        }
        let Player { dpb, output, .. } = player;
        dpb.release(none_below, output);
        output.clone()
    };
    assert_eq!(step(&mut player, 0, None), [], "a leading picture may precede it");
    assert_eq!(step(&mut player, 4, Some(0)), [0]);
    assert_eq!(step(&mut player, 2, Some(0)), [0], "1 is missing");
    assert_eq!(step(&mut player, 1, Some(0)), [0, 1, 2]);
    assert_eq!(step(&mut player, 3, Some(0)), [0, 1, 2, 3, 4]);
    // A picture that is not for output closes its gap all the same.
    player.begin(PictureStart::default(), &set(5, &[(4, true)], &[]));
    player.dpb.insert(5, 5, false, &player.limits, &mut player.output);
    player.dpb.release(Some(0), &mut player.output);
    assert_eq!(step(&mut player, 6, Some(0)), [0, 1, 2, 3, 4, 6]);
    // A new sequence begins to count anew.
    player.irap(0, 100, false);
    player.dpb.release(None, &mut player.output);
    assert_eq!(player.output.last(), Some(&6));
    player.dpb.release(Some(0), &mut player.output);
    assert_eq!(player.output.last(), Some(&100));
}

#[test]
fn generated_references_serve_but_are_never_put_out() {
    let mut player = Player::new(limits(1, 0, 2));
    player.irap(0, 0, false);
    let mut references = player.begin(PictureStart::default(), &set(4, &[(0, true), (2, true)], &[]));
    assert_eq!(references.missing().collect::<Vec<_>>(), [0]);
    player.dpb.supply(&mut references, 0, -1);
    assert_eq!(references.table[0].handle, Some(-1));
    player.insert(4);
    assert!(player.output.len() == 1, "only 0 was pushed out");
    let references = player.inter(3, &[(2, true), (4, true)]);
    assert_eq!(references.missing().count(), 0, "the generated picture is found again");
    player.inter(5, &[(4, true)]);
    assert!(player.dpb.entries().iter().all(|e| !e.generated), "and leaves when no longer referred to");
    player.dpb.flush(&mut player.output);
    assert_eq!(player.output, [0, 3, 4, 5]);
}

#[test]
fn pictures_without_output_are_references_only() {
    let mut player = Player::new(limits(0, 0, 4));
    player.irap(0, 0, false);
    player.begin(PictureStart::default(), &set(1, &[(0, true)], &[]));
    player.dpb.insert(1, 1, false, &player.limits, &mut player.output);
    let references = player.inter(2, &[(1, true)]);
    assert_eq!(references.table[0].handle, Some(1));
    player.dpb.flush(&mut player.output);
    assert_eq!(player.output, [0, 2]);
}

/// How many pictures precede one in decoding order and follow it in output order, at most.
fn reorder_depth(order: &[i32]) -> u8 {
    let ahead = |i: usize| order[..i].iter().filter(|&&p| p > order[i]).count();
    (0..order.len()).map(ahead).max().unwrap_or(0) as u8
}

proptest! {
    /// Any decoding order, with the reorder depth it needs: output is complete, in order and without repeats,
    /// across several sequences; what waits never exceeds the depth.
    #[test]
    fn output_is_complete_and_ordered(
        sequences in prop::collection::vec(
            (1usize..20).prop_flat_map(|n| Just((1..n as i32).collect::<Vec<_>>()).prop_shuffle()), 1..4),
        extra_depth in 0u8..3,
        kept in prop::collection::vec(0usize..20, 60),
        hidden in prop::collection::vec(any::<bool>(), 60),
    ) {
        let depth = sequences.iter().map(|s| reorder_depth(s)).max().unwrap_or(0) + extra_depth;
        let mut player = Player::new(limits(depth, 0, 64));
        // The same pictures put out as early as can be.
        let mut early = Player::new(limits(depth, 0, 64));
        let mut expected = Vec::new();
        let mut n = 0;
        for (i, sequence) in sequences.iter().enumerate() {
            let base = 100 * i as i32;
            for player in [&mut player, &mut early] {
                player.irap(0, base, false);
            }
            let mut shown = vec![base];
            for &poc in sequence {
                // Any subset of the pictures in the buffer is kept.
                let keep: Vec<_> = player.dpb.entries().iter().enumerate()
                    .filter(|(j, e)| e.marking != Marking::Unused && (kept[n] >> (j % 5)) & 1 == 0)
                    .map(|(_, e)| (e.poc, true)).collect();
                let references = player.begin(PictureStart::default(), &set(poc, &keep, &[]));
                prop_assert_eq!(references.missing().count(), 0);
                player.dpb.insert(poc, base + poc, !hidden[n], &player.limits, &mut player.output);
                early.begin(PictureStart::default(), &set(poc, &keep, &[]));
                early.dpb.insert(poc, base + poc, !hidden[n], &early.limits, &mut early.output);
                early.dpb.release(Some(0), &mut early.output);
                prop_assert!(early.output.len() >= player.output.len());
                if !hidden[n] { shown.push(base + poc); }
                n += 1;
                let waiting = player.dpb.entries().iter().filter(|e| e.needed_for_output).count();
                prop_assert!(waiting <= depth as usize);
            }
            shown.sort_unstable();
            expected.extend(shown);
        }
        player.dpb.flush(&mut player.output);
        early.dpb.flush(&mut early.output);
        prop_assert_eq!(&player.output, &expected);
        prop_assert_eq!(early.output, expected);
    }

    /// Whatever a damaged stream asks for: no picture is put out twice and the buffer stays bounded.
    #[test]
    fn nothing_is_put_out_twice(
        pictures in prop::collection::vec(
            (-8i32..24, prop::collection::btree_map(-8i32..24, any::<bool>(), 0..8), any::<u8>()), 1..60),
        reorder in 0u8..4, latency in 0u32..4, buffering in 1u8..6,
    ) {
        let mut player = Player::new(limits(reorder, latency, buffering));
        for (handle, (poc, keep, flags)) in pictures.iter().enumerate() {
            let start = PictureStart {
                starts_sequence: flags & 15 == 0,
                no_output_of_prior_pics: flags & 16 != 0,
                ..Default::default()
            };
            let keep: Vec<_> = keep.iter().map(|(&poc, &used)| (poc, used)).collect();
            let mut references = player.begin(start, &set(*poc, &keep, &[]));
            for index in references.missing().collect::<Vec<_>>() {
                player.dpb.supply(&mut references, index, -1);
            }
            player.dpb.insert(*poc, handle as i32, flags & 32 == 0, &player.limits, &mut player.output);
            prop_assert!(player.dpb.entries().len() <= 8 + reorder as usize + 1);
        }
        player.dpb.flush(&mut player.output);
        let mut seen = player.output.clone();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), player.output.len());
        prop_assert!(!player.output.contains(&-1));
    }
}
