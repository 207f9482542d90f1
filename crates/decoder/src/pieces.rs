//! How the slice segments of a picture divide it into pieces that are decoded one after the other, and into chains of
//! pieces that do not depend on each other's entropy decoding (9.3.1).

use rivus_syntax::ps::PpsDerived;
use std::ops::Range;

/// How a piece begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// With initialised contexts.
    Init,
    /// A CTB row under wavefront processing: with the contexts after the second CTU of the row above, if that is
    /// available, else initialised.
    Sync,
    /// A dependent slice segment: with the contexts that the segment before ended with.
    Continue,
}

/// CTUs that are decoded one after the other from one substream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Index of the slice segment in the picture; the substream is `data` of it. None: these CTUs were not received.
    pub(crate) source: Option<(usize, Range<usize>)>,
    /// First CTU in tile scan.
    pub(crate) start: u32,
    /// The CTU after the last one, in tile scan, unless the data ends the segment earlier.
    pub(crate) end: u32,
    /// How it begins.
    pub(crate) entry: Entry,
    /// The piece ends where the substream ends, not where the segment ends.
    pub(crate) ends_subset: bool,
}

/// A slice segment as far as the division of the picture depends on it.
#[derive(Clone, Debug)]
pub(crate) struct SegmentLayout {
    /// First CTU in tile scan.
    pub(crate) start: u32,
    /// `dependent_slice_segment_flag`.
    pub(crate) dependent: bool,
    /// Its substreams, as ranges of its data.
    pub(crate) substreams: Vec<Range<usize>>,
}

/// The division of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    /// All CTUs, in tile scan, each in exactly one piece.
    pub(crate) pieces: Vec<Piece>,
    /// Consecutive pieces that have to be decoded one after the other.
    pub(crate) chains: Vec<Range<usize>>,
    /// Segments with more substreams than there is room for.
    pub(crate) overfull: Vec<usize>,
}

/// Where substreams are cut.
struct Cuts<'a> {
    derived: &'a PpsDerived,
    width: u32,
    entropy_coding_sync: bool,
}

impl Cuts<'_> {
    fn starts_tile(&self, ts: u32) -> bool {
        self.derived.is_first_ctb_in_tile(ts)
    }

    /// The CTU is the first of a CTB row of its tile.
    fn starts_row(&self, ts: u32) -> bool {
        let rs = self.derived.ctb_addr_ts_to_rs[ts as usize];
        let id = &self.derived.tile_id_rs;
        rs.is_multiple_of(self.width) || id[rs as usize] != id[rs as usize - 1]
    }

    /// The first place after `ts` where a substream begins, `limit` if that is farther.
    fn next(&self, ts: u32, limit: u32) -> u32 {
        (ts + 1..limit)
            .find(|&at| self.starts_tile(at) || (self.entropy_coding_sync && self.starts_row(at)))
            .unwrap_or(limit)
    }

    fn entry(&self, ts: u32, continues: bool) -> Entry {
        if self.starts_tile(ts) {
            Entry::Init
        } else if self.entropy_coding_sync && self.starts_row(ts) {
            Entry::Sync
        } else if continues {
            Entry::Continue
        } else {
            Entry::Init
        }
    }
}

/// Divides a picture of `width` CTBs per row; `segments` have distinct starts in ascending order.
pub(crate) fn divide(
    derived: &PpsDerived,
    width: u32,
    entropy_coding_sync: bool,
    segments: &[SegmentLayout],
) -> Layout {
    let total = derived.ctb_addr_ts_to_rs.len() as u32;
    let cuts = Cuts { derived, width, entropy_coding_sync };
    let mut layout = Layout::default();
    let missing = |start, end| Piece { source: None, start, end, entry: Entry::Init, ends_subset: false };
    let mut covered = 0;
    for (index, segment) in segments.iter().enumerate() {
        let limit = segments.get(index + 1).map_or(total, |next| next.start);
        if covered < segment.start {
            layout.pieces.push(missing(covered, segment.start));
        }
        let mut start = segment.start;
        for (n, data) in segment.substreams.iter().enumerate() {
            if start >= limit {
                layout.overfull.push(index);
                break;
            }
            let end = cuts.next(start, limit);
            layout.pieces.push(Piece {
                source: Some((index, data.clone())),
                start,
                end,
                entry: cuts.entry(start, segment.dependent && n == 0),
                ends_subset: n + 1 < segment.substreams.len(),
            });
            start = end;
        }
        covered = start;
    }
    if covered < total {
        layout.pieces.push(missing(covered, total));
    }
    layout.chains = chains(&layout.pieces);
    layout
}

/// A chain begins wherever entropy decoding does not go on from the piece before. Missing pieces stay with the chain
/// before them, so that what goes on after them knows.
fn chains(pieces: &[Piece]) -> Vec<Range<usize>> {
    let mut chains: Vec<Range<usize>> = vec![];
    for (i, piece) in pieces.iter().enumerate() {
        match chains.last_mut() {
            Some(chain) if piece.source.is_none() || piece.entry == Entry::Continue => chain.end = i + 1,
            _ => chains.push(i..i + 1),
        }
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;
    use rivus_syntax::ps::{Pps, Sps, Tiles};

    /// A picture of 4 x 3 CTBs of 16 samples.
    fn derived(tile_columns: u16) -> PpsDerived {
        let sps = Sps {
            pic_width_in_luma_samples: 64,
            pic_height_in_luma_samples: 48,
            log2_min_luma_coding_block_size_minus3: 0,
            log2_diff_max_min_luma_coding_block_size: 1,
            ..Sps::default()
        };
        let tiles = (tile_columns > 1).then(|| Tiles::uniform(tile_columns, 1));
        PpsDerived::new(&sps, &Pps { tiles, ..Pps::default() }).expect("fits")
    }

    fn segment(start: u32, dependent: bool, substreams: usize) -> SegmentLayout {
        SegmentLayout { start, dependent, substreams: (0..substreams).map(|i| i..i + 1).collect() }
    }

    fn shape(layout: &Layout) -> Vec<(u32, u32, Entry)> {
        layout.pieces.iter().map(|p| (p.start, p.end, p.entry)).collect()
    }

    #[test]
    fn a_slice_without_entry_points_is_one_piece() {
        let layout = divide(&derived(1), 4, false, &[segment(0, false, 1)]);
        assert_eq!(shape(&layout), [(0, 12, Entry::Init)]);
        assert_eq!(layout.chains.len(), 1);
    }

    #[test]
    fn wavefront_rows_are_chains_and_dependent_segments_join_the_row_they_continue() {
        let layout = divide(&derived(1), 4, true, &[segment(0, false, 2), segment(6, true, 2)]);
        let expected =
            [(0, 4, Entry::Init), (4, 6, Entry::Sync), (6, 8, Entry::Continue), (8, 12, Entry::Sync)];
        assert_eq!(shape(&layout), expected);
        assert_eq!(layout.chains, [0..1, 1..3, 3..4]);
        assert!(layout.pieces[0].ends_subset && !layout.pieces[1].ends_subset);
    }

    #[test]
    fn tiles_are_chains() {
        let layout = divide(&derived(2), 4, false, &[segment(0, false, 2)]);
        assert_eq!(shape(&layout), [(0, 6, Entry::Init), (6, 12, Entry::Init)]);
        assert_eq!(layout.chains.len(), 2);
    }

    #[test]
    fn gaps_become_missing_pieces_and_every_ctu_is_covered_once() {
        let layout = divide(&derived(1), 4, false, &[segment(2, false, 1), segment(7, true, 1)]);
        assert_eq!(layout.pieces[0].source, None);
        let ends: Vec<_> = layout.pieces.iter().map(|p| (p.start, p.end)).collect();
        assert_eq!(ends, [(0, 2), (2, 7), (7, 12)]);
        assert_eq!(layout.chains, [0..1, 1..3]);
        let empty = divide(&derived(1), 4, false, &[]);
        assert_eq!(shape(&empty), [(0, 12, Entry::Init)]);
    }

    #[test]
    fn too_many_substreams_are_reported() {
        let layout = divide(&derived(1), 4, true, &[segment(0, false, 9)]);
        assert_eq!((layout.overfull, layout.pieces.len()), (vec![0], 3));
        let short = divide(&derived(1), 4, true, &[segment(0, false, 2)]);
        assert_eq!(short.pieces.last().map(|p| (p.start, p.end, p.source.clone())), Some((8, 12, None)));
    }
}
