//! 7.3.8.4: coding_quadtree().

use rivus_syntax::cabac::{BinSink, contexts as ctx};

use super::{Parser, SliceCoding, coding_unit};
use crate::ctu::maps::{self, CtuMaps};
use crate::ctu::record::CtuRecord;
use crate::error::Result;

/// 9.3.4.2.2: how many of the neighbours to the left of and above luma position (`x`, `y`) of the CTU are available
/// and satisfy `condition` on their map index.
///
/// Inside the CTU both come before in z-scan order; outside, the CTUs they lie in must be available.
#[inline]
pub(super) fn count_neighbours(maps: &CtuMaps, x: u8, y: u8, condition: impl Fn(usize) -> bool) -> usize {
    let (unit_x, unit_y) = (isize::from(x >> 2), isize::from(y >> 2));
    let left = (x > 0 || maps.avail.left) && condition(maps::at(unit_x - 1, unit_y));
    let up = (y > 0 || maps.avail.up) && condition(maps::at(unit_x, unit_y - 1));
    usize::from(left) + usize::from(up)
}

/// Context of `split_cu_flag` at quadtree depth `depth`.
#[inline]
fn split_cu_flag_ctx(maps: &CtuMaps, x: u8, y: u8, depth: u8) -> usize {
    ctx::SPLIT_CU_FLAG + count_neighbours(maps, x, y, |at| maps.depth[at] > depth)
}

/// Writes `split_cu_flag` for the node at luma position (`x`, `y`) of the CTU and quadtree depth `depth`. It is present
/// only where [`split_cu_flag_present`].
#[inline]
pub fn write_split_cu_flag<B: BinSink>(sink: &mut B, maps: &CtuMaps, x: u8, y: u8, depth: u8, split: bool) {
    sink.bin(split_cu_flag_ctx(maps, x, y, depth), split);
}

/// `split_cu_flag` is coded: the node lies inside the picture and is not of minimum size. Otherwise it is inferred to
/// be 1 above minimum size and 0 at it.
#[inline]
pub fn split_cu_flag_present(coding: &SliceCoding<'_>, maps: &CtuMaps, x: u8, y: u8, log2_size: u8) -> bool {
    let size = 1u32 << log2_size;
    log2_size > coding.min_cb_log2_size
        && maps.x0 + u32::from(x) + size <= coding.pic_width
        && maps.y0 + u32::from(y) + size <= coding.pic_height
}

/// The quarters of a node that begin inside the picture, in decoding order.
#[inline]
fn quarters(
    coding: &SliceCoding<'_>,
    maps: &CtuMaps,
    x: u8,
    y: u8,
    log2_size: u8,
) -> impl Iterator<Item = (u8, u8)> + use<> {
    let half = 1u8 << (log2_size - 1);
    let (w, h) = (coding.pic_width - maps.x0, coding.pic_height - maps.y0);
    [(x, y), (x + half, y), (x, y + half), (x + half, y + half)]
        .into_iter()
        .filter(move |&(x, y)| u32::from(x) < w && u32::from(y) < h)
}

impl Parser<'_, '_> {
    pub(super) fn coding_quadtree(&mut self, x: u8, y: u8, log2_size: u8, depth: u8) -> Result<()> {
        let coding = self.coding;
        let split = if split_cu_flag_present(coding, self.maps, x, y, log2_size) {
            self.bin(split_cu_flag_ctx(self.maps, x, y, depth))
        } else {
            log2_size > coding.min_cb_log2_size
        };
        // Without cu_qp_delta the group is the CTB and every QP the slice's.
        if log2_size >= coding.qp.log2_min_cu_qp_delta_size {
            self.qp.begin_group(self.maps, x, y);
        }
        if log2_size >= coding.log2_min_cu_chroma_qp_offset_size {
            self.qp.is_cu_chroma_qp_offset_coded = false;
        }
        if !split {
            return self.coding_unit(x, y, log2_size);
        }
        for (x, y) in quarters(coding, self.maps, x, y, log2_size) {
            self.coding_quadtree(x, y, log2_size - 1, depth + 1)?;
        }
        Ok(())
    }
}

/// Writes the quadtree of a CTU; the split flags follow from the sizes of the record's coding units. `mark` is called
/// before and after each coding unit.
pub(super) fn write<B: BinSink>(
    sink: &mut B,
    coding: &SliceCoding<'_>,
    maps: &mut CtuMaps,
    record: &CtuRecord,
    mark: &mut impl FnMut(&B),
) {
    let mut next = 0;
    write_node(sink, coding, maps, record, (0, 0), (coding.ctb_log2_size, 0), &mut next, mark);
}

fn write_node<B: BinSink>(
    sink: &mut B,
    coding: &SliceCoding<'_>,
    maps: &mut CtuMaps,
    record: &CtuRecord,
    (x, y): (u8, u8),
    (log2_size, depth): (u8, u8),
    next: &mut usize,
    mark: &mut impl FnMut(&B),
) {
    let Some(cu) = record.cus.get(*next) else { return };
    let split = cu.log2_size < log2_size;
    if split_cu_flag_present(coding, maps, x, y, log2_size) {
        write_split_cu_flag(sink, maps, x, y, depth, split);
    }
    if !split {
        mark(sink);
        coding_unit::write(sink, coding, maps, record, *next);
        mark(sink);
        *next += 1;
        return;
    }
    for at in quarters(coding, maps, x, y, log2_size) {
        write_node(sink, coding, maps, record, at, (log2_size - 1, depth + 1), next, mark);
    }
}
