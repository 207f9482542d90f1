//! What stands in for CTUs that were lost: the same place of another picture, or grey.

use crate::rows::visible_rect;
use rivus_coding::ctu::maps::{CtuMaps, flag};
use rivus_coding::ctu::record::{CodingUnit, CtuRecord, PredMode};
use rivus_coding::motion::Motion;
use rivus_picture::{Sample, SharedPicture};
use rivus_recon::tile::CtuTile;

/// Fills the current CTU of `maps` and `tile` from `source` if it has the same format and is far enough, else with
/// grey. Maps and record say intra, DC, without coefficients.
pub(crate) fn ctu<S: Sample>(
    record: &mut CtuRecord,
    maps: &mut CtuMaps,
    tile: &mut CtuTile<S>,
    source: Option<&SharedPicture<S>>,
) {
    intra_units(record, maps);
    let format = *tile.format();
    for plane in 0..format.num_planes() {
        let (x, y, w, h) = visible_rect(maps, &format, plane);
        let same = source.filter(|picture| *picture.format() == format);
        match same.and_then(|picture| picture.block(plane, x as isize, y as isize, w, h)) {
            Some(block) => tile.block_mut(plane, 0, 0, w, h).copy_from(block),
            None => {
                let grey = S::from_i32(1 << (format.bit_depth(plane) - 1));
                tile.block_mut(plane, 0, 0, w, h).fill(grey);
            }
        }
    }
}

/// Makes maps and record those of intra coding units of the smallest size.
fn intra_units(record: &mut CtuRecord, maps: &mut CtuMaps) {
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
