//! What stands in for CTUs that were lost: another picture, moved on as that picture's own motion says, or grey.

use crate::coded_picture::{CodedPicture, Need};
use rivus_coding::ctu::maps::{CtuMaps, flag};
use rivus_coding::ctu::record::{CodingUnit, CtuRecord, PredMode};
use rivus_coding::motion::{Motion, Mv};
use rivus_picture::{Sample, SharedPicture};
use rivus_recon::samples::CtuSamples;
use rivus_recon::view::CtuView;

/// Width and height of blocks that move as one, in luma samples: the granularity of a [`MotionField`].
///
/// [`MotionField`]: rivus_coding::motion::field::MotionField
const BLOCK: usize = 16;
/// Farthest that a block moves in each direction, in luma samples. What moves faster is rarely continued well.
const MAX_MOTION: i32 = 64;

/// The picture that lost CTUs of a picture are copied from.
pub(crate) struct StandIn<'a, S: Sample> {
    picture: &'a CodedPicture<S>,
    /// PicOrderCntVal of the picture that lost them.
    poc: i32,
    /// Log2 of the CTB size of that picture.
    ctb_log2_size: u8,
}

impl<'a, S: Sample> StandIn<'a, S> {
    /// `picture` for CTUs of picture `poc`.
    pub(crate) fn new(picture: &'a CodedPicture<S>, poc: i32, ctb_log2_size: u8) -> Self {
        Self { picture, poc, ctb_log2_size }
    }

    /// What concealing the current CTU of `maps` needs that is not there yet.
    pub(crate) fn lack(&self, maps: &CtuMaps) -> Option<Need> {
        let bottom = maps.y0 as usize + 4 * usize::from(maps.units_h) + MAX_MOTION as usize;
        let rows = Need::Rows(bottom.min(self.picture.samples.format().height));
        let row = (maps.y0 >> self.ctb_log2_size) as usize;
        let motion = [row.saturating_sub(1), row, row + 1].map(Need::Motion);
        motion.into_iter().chain([rows]).find(|&need| !self.picture.has(need))
    }

    /// Where the content of the block at (`x`, `y`), in luma samples, was in the picture: the motion of the blocks there,
    /// continued for the time between the pictures. The median of a block and those around it, since single vectors
    /// often follow what costs few bits, not what moves. In luma samples.
    fn displacement(&self, x: usize, y: usize) -> (i32, i32) {
        let mut around = [(0, 0); 9];
        for (i, to) in around.iter_mut().enumerate() {
            let at = |centre: usize, step: usize| (centre + step * BLOCK).checked_sub(BLOCK);
            if let (Some(x), Some(y)) = (at(x, i % 3), at(y, i / 3)) {
                *to = self.displacement_of_one(x, y);
            }
        }
        let median = |component: fn(&(i32, i32)) -> i32| {
            let mut values = around.map(|displacement| component(&displacement));
            values.sort_unstable();
            values[4]
        };
        (median(|&(x, _)| x), median(|&(_, y)| y))
    }

    /// The same by the motion of one block; (0, 0) where there is none.
    fn displacement_of_one(&self, x: usize, y: usize) -> (i32, i32) {
        // Other CTB sizes come with other rows than were waited for.
        let is_alike = self.picture.samples.band_height() == 1 << self.ctb_log2_size;
        let motion = self.picture.motion.at(x as u32, y as u32).filter(|_| is_alike);
        let Some(motion) = motion else { return (0, 0) };
        let from = i64::from(self.picture.motion.poc());
        let ahead = i64::from(self.poc) - from;
        let lists = (0..2).filter(|&list| motion.uses(list) && !motion.is_long_term(list));
        // Between the two pictures of a vector it is more certain than beyond them.
        let spans = lists.map(|list| (from - i64::from(motion.ref_poc[list]), motion.mv[list]));
        let best = spans.min_by_key(|&(past, _)| ((past > 0) == (ahead > 0), past.abs()));
        best.map_or((0, 0), |(past, Mv { x, y })| (continued(x, past, ahead), continued(y, past, ahead)))
    }
}

/// A component of a motion vector, in quarter samples, that spans `past` picture order counts, for `ahead` more counts the
/// other way; in whole samples.
fn continued(quarters: i16, past: i64, ahead: i64) -> i32 {
    if past == 0 {
        return 0;
    }
    let (value, unit) = (i64::from(quarters) * ahead * past.signum(), 4 * past.abs());
    let nearest = (2 * value + unit).div_euclid(2 * unit);
    nearest.clamp(-i64::from(MAX_MOTION), i64::from(MAX_MOTION)) as i32
}

/// Fills the current CTU of `maps` from `source` if that has the same format and is far enough, else with grey.
pub(crate) fn samples<S: Sample>(ctu: &mut CtuView<'_, S>, maps: &CtuMaps, source: Option<StandIn<'_, S>>) {
    let format = *ctu.format();
    let source = source.filter(|source| *source.picture.samples.format() == format);
    for plane in 0..format.num_planes() {
        match &source {
            Some(source) => copy(ctu, maps, plane, source),
            None => {
                let (w, h) = ctu.size(plane);
                let grey = S::from_i32(1 << (format.bit_depth(plane) - 1));
                ctu.block_mut(plane, 0, 0, w, h).fill(grey);
            }
        }
    }
}

/// Copies a plane of the current CTU block by block.
fn copy<S: Sample>(ctu: &mut CtuView<'_, S>, maps: &CtuMaps, plane: usize, source: &StandIn<'_, S>) {
    let samples: &SharedPicture<S> = &source.picture.samples;
    let (sx, sy) = ctu.format().chroma.plane_shifts(plane);
    let (px, py) = (maps.x0 as usize >> sx, maps.y0 as usize >> sy);
    let (w, h) = ctu.size(plane);
    let mut outside = vec![];
    for y in (0..h).step_by(BLOCK >> sy) {
        for x in (0..w).step_by(BLOCK >> sx) {
            let (bw, bh) = ((BLOCK >> sx).min(w - x), (BLOCK >> sy).min(h - y));
            let (dx, dy) = source.displacement((px + x) << sx, (py + y) << sy);
            let at = ((px + x) as isize + (dx >> sx) as isize, (py + y) as isize + (dy >> sy) as isize);
            if let Some(block) = samples.block_or_copy(plane, at.0, at.1, bw, bh, &mut outside) {
                ctu.block_mut(plane, x, y, bw, bh).copy_from(block);
            }
        }
    }
}

/// Makes maps and record those of intra DC coding units of the smallest size, without coefficients.
pub(crate) fn units(record: &mut CtuRecord, maps: &mut CtuMaps) {
    let visible = (usize::from(maps.units_w), usize::from(maps.units_h));
    CtuMaps::fill(&mut maps.flags, (0, 0), visible, flag::INTRA);
    CtuMaps::fill(&mut maps.motion, (0, 0), visible, Motion::INTRA);
    CtuMaps::fill(&mut maps.depth, (0, 0), visible, 0);
    CtuMaps::fill(&mut maps.intra_mode, (0, 0), visible, 1);
    CtuMaps::fill(&mut maps.qp_y, (0, 0), visible, 0);
    record.clear();
    // Picture dimensions are multiples of 8, the smallest coding block size.
    for y in (0..4 * maps.units_h).step_by(8) {
        for x in (0..4 * maps.units_w).step_by(8) {
            record.cus.push(CodingUnit {
                x,
                y,
                log2_size: 3,
                pred_mode: PredMode::Intra,
                ..CodingUnit::default()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motion_is_continued_in_proportion_to_time() {
        // 2.25 samples in two pictures.
        assert_eq!([-2, -1, 0, 1, 2, 4].map(|ahead| continued(9, 2, ahead)), [-2, -1, 0, 1, 2, 5]);
        assert_eq!(continued(9, -2, 2), -2, "from a picture that follows");
        assert_eq!((continued(2, 1, 1), continued(-2, 1, 1)), (1, 0), "halves are rounded up");
        assert_eq!((continued(7, 0, 1), continued(i16::MAX, 1, 100)), (0, MAX_MOTION));
        assert_eq!(continued(i16::MIN, 1, i64::from(i32::MAX)), -MAX_MOTION);
    }
}
