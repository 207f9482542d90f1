//! Coding tree units small enough to follow by hand: order and place of blocks, and who gets which residual.
//!
//! Without neighbours everything predicted intra DC is 128, or a mean of what was reconstructed before.

use rivus_coding::ctu::maps::{CtuAvailability, CtuMaps, at, flag};
use rivus_coding::ctu::record::{
    CodingUnit, Coeff, CtuRecord, PartMode, PredMode, PredictionUnit, Span, TransformBlock, TransformUnit,
};
use rivus_coding::motion::{Motion, MotionCtx, SliceMotion};
use rivus_kernels::Kernels;
use rivus_picture::{ChromaFormat, SharedPicture};

use super::{CtuScratch, FrameRecon, derive_motion, reconstruct_ctu};
use crate::inter::MissingReference;
use crate::intra::IntraParams;
use crate::params::ReconParams;
use crate::testing::{CHROMA_FORMATS, format};
use crate::tile::CtuTile;

const DC: u8 = 1;

struct Scene {
    params: ReconParams,
    maps: CtuMaps,
    tile: CtuTile<u8>,
}

impl Scene {
    /// The only CTU of a picture of 16x16 luma samples.
    fn new(chroma: ChromaFormat) -> Self {
        let format = format(16, 16, chroma, 8);
        let params = ReconParams {
            format,
            ctb_log2_size: 4,
            intra: IntraParams::default(),
            transform_skip_rotation_enabled_flag: false,
            extended_precision_processing_flag: false,
            wide_residual: false,
        };
        let mut maps = CtuMaps::default();
        maps.begin((0, 0), (16, 16), 4, CtuAvailability::default(), [None; 3]);
        Self { params, maps, tile: CtuTile::new(format, 4) }
    }

    fn reconstruct(&mut self, record: &mut CtuRecord) -> Result<(), MissingReference> {
        let slice = SliceMotion::new(8, false);
        derive_motion(record, &mut self.maps, &MotionCtx { slice: &slice, col: None });
        let refs: [std::sync::Arc<SharedPicture<u8>>; 0] = [];
        let (params, kernels) = (&self.params, Kernels::best());
        let frame = FrameRecon { params, scaling_factors: None, refs: &refs, kernels };
        reconstruct_ctu(record, &self.maps, &mut self.tile, &frame, None, &mut CtuScratch::default())
    }

    /// The samples of a plane's rectangle, row by row.
    fn samples(&self, plane: usize, x: usize, y: usize, w: usize, h: usize) -> Vec<u8> {
        self.tile.block(plane, x, y, w, h).rows().flatten().copied().collect()
    }
}

/// Adds a lossless transform block whose first sample has residual `level`.
fn lossless_block(record: &mut CtuRecord, c_idx: u8, second: bool, log2_size: u8, level: i32) {
    let start = record.coeffs.len() as u32;
    if level != 0 {
        record.coeffs.push(Coeff { pos: 0, level });
    }
    let coeffs = Span { start, end: record.coeffs.len() as u32 };
    let tb =
        TransformBlock { c_idx, second, log2_size, nz_cols: 1, nz_rows: 1, coeffs, ..Default::default() };
    record.tbs.push(tb);
}

/// A lossless intra unit of DC prediction.
fn intra_unit(x: u8, y: u8, log2_size: u8, part_mode: PartMode, tus: Span) -> CodingUnit {
    CodingUnit {
        x,
        y,
        log2_size,
        pred_mode: PredMode::Intra,
        part_mode,
        cu_transquant_bypass_flag: true,
        rqt_root_cbf: true,
        intra_luma: [DC; 4],
        intra_chroma: [DC; 4],
        tus,
        ..CodingUnit::default()
    }
}

/// PCM samples go to their planes in order, at the subsampling of the format.
#[test]
fn pcm_samples_fill_the_planes() {
    for chroma in CHROMA_FORMATS {
        let mut scene = Scene::new(chroma);
        let pcm = CodingUnit {
            pcm_flag: true,
            pcm_start: 3,
            ..intra_unit(8, 8, 3, PartMode::Part2Nx2N, Span::default())
        };
        let mut record = CtuRecord { cus: vec![pcm], ..CtuRecord::default() };
        record.pcm_samples = (0..3 + 192).collect();
        assert_eq!(scene.reconstruct(&mut record), Ok(()));
        let mut next = 3;
        for plane in 0..chroma.num_planes() {
            let (sx, sy) = chroma.plane_shifts(plane);
            let (w, h) = (8 >> sx, 8 >> sy);
            let want: Vec<u8> = (next..next + (w * h) as u8).collect();
            assert_eq!(scene.samples(plane, 8 >> sx, 8 >> sy, w, h), want, "{chroma:?}, plane {plane}");
            next += (w * h) as u8;
        }
        let want = flag::INTRA | flag::PCM | flag::BYPASS;
        assert_eq!((scene.maps.flags[at(2, 2)], scene.maps.flags[at(3, 3)]), (want, want));
    }
}

/// Each luma block is predicted from the ones before it: a residual in the first shows in the edge filter and the mean of
/// the second.
#[test]
fn blocks_are_predicted_from_reconstructed_neighbours() {
    let mut scene = Scene::new(ChromaFormat::Monochrome);
    let mut record = CtuRecord::default();
    // Sample (3, 0) of the first block, that is pos 3, becomes 128 + 64.
    record.coeffs.push(Coeff { pos: 3, level: 64 });
    let coeffs = Span { start: 0, end: 1 };
    record.tbs.push(TransformBlock { log2_size: 2, nz_cols: 4, nz_rows: 1, coeffs, ..Default::default() });
    for i in 0..4u8 {
        let tbs = if i == 0 { Span { start: 0, end: 1 } } else { Span::default() };
        record.tus.push(TransformUnit {
            x: (i & 1) * 4,
            y: (i >> 1) * 4,
            log2_size: 2,
            blk_idx: i,
            cbf_luma: i == 0,
            tbs,
            ..TransformUnit::default()
        });
    }
    record.cus.push(intra_unit(0, 0, 3, PartMode::PartNxN, Span { start: 0, end: 4 }));
    assert_eq!(scene.reconstruct(&mut record), Ok(()));
    assert_eq!(scene.samples(0, 0, 0, 4, 1), [128, 128, 128, 192]);
    // Left neighbours 192, 128, 128, 128; the corner and the row above repeat the top one, 192: the mean is
    // (192 + 3 * 128 + 4 * 192 + 4) >> 3 = 168, then the edges are filtered.
    assert_eq!(scene.samples(0, 4, 0, 4, 1), [180, 174, 174, 174]);
    assert_eq!(scene.samples(0, 4, 1, 4, 1), [158, 168, 168, 168]);
    assert!(
        scene.maps.flags[at(0, 0)] & flag::CBF_LUMA != 0 && scene.maps.flags[at(1, 0)] & flag::CBF_LUMA == 0
    );
}

/// With 4x4 luma blocks, subsampled chroma comes with the last of four: one 4x4 block per component in 4:2:0, two, one
/// below the other, in 4:2:2. In 4:4:4 every unit has its own.
#[test]
fn chroma_of_small_units_comes_where_the_format_says() {
    for (chroma, units) in [(ChromaFormat::Yuv420, 1), (ChromaFormat::Yuv422, 2), (ChromaFormat::Yuv444, 4)] {
        let mut scene = Scene::new(chroma);
        let mut record = CtuRecord::default();
        for i in 0..4u8 {
            let start = record.tbs.len() as u32;
            if chroma == ChromaFormat::Yuv444 {
                lossless_block(&mut record, 2, false, 2, 10 + i32::from(i));
            } else if i == 3 {
                for second in 0..units {
                    lossless_block(&mut record, 2, second == 1, 2, 10 + second);
                }
            }
            let tbs = Span { start, end: record.tbs.len() as u32 };
            let (x, y) = ((i & 1) * 4, (i >> 1) * 4);
            record.tus.push(TransformUnit { x, y, log2_size: 2, blk_idx: i, tbs, ..Default::default() });
        }
        record.cus.push(intra_unit(0, 0, 3, PartMode::PartNxN, Span { start: 0, end: 4 }));
        assert_eq!(scene.reconstruct(&mut record), Ok(()));
        let first = |plane: usize, x: usize, y: usize| scene.samples(plane, x, y, 1, 1)[0];
        match chroma {
            ChromaFormat::Yuv420 => assert_eq!(first(2, 0, 0), 138),
            // The second block is predicted from the first, whose left column is 138, 128, 128, 128: its row above is that
            // block's last line, 128, and it has nothing to its left.
            ChromaFormat::Yuv422 => assert_eq!((first(2, 0, 0), first(2, 0, 4)), (138, 139)),
            _ => assert_eq!(first(2, 0, 0), 138),
        }
        // Cb has no residual, and nothing but grey around it.
        let (sx, sy) = chroma.plane_shifts(1);
        assert_eq!(scene.samples(1, 0, 0, 8 >> sx, 8 >> sy), vec![128; 64 >> (sx + sy)], "{chroma:?}");
    }
}

/// 8.6.6: a chroma block without levels of its own takes its share of the luma residual.
#[test]
fn cross_component_prediction_reaches_blocks_without_levels() {
    let mut scene = Scene::new(ChromaFormat::Yuv444);
    let mut record = CtuRecord::default();
    lossless_block(&mut record, 0, false, 3, 40);
    lossless_block(&mut record, 1, false, 3, 0);
    lossless_block(&mut record, 2, false, 3, 5);
    (record.tbs[1].res_scale_val, record.tbs[2].res_scale_val) = (-8, 2);
    let tbs = Span { start: 0, end: 3 };
    record.tus.push(TransformUnit { log2_size: 3, cbf_luma: true, tbs, ..Default::default() });
    record.cus.push(intra_unit(0, 0, 3, PartMode::Part2Nx2N, Span { start: 0, end: 1 }));
    assert_eq!(scene.reconstruct(&mut record), Ok(()));
    let first: Vec<u8> = (0..3).map(|plane| scene.samples(plane, 0, 0, 2, 1)).collect::<Vec<_>>().concat();
    assert_eq!(first, [168, 128, 88, 128, 128 + 5 + 10, 128]);
}

/// A prediction without reference picture is grey, is reported, and does not keep the rest from being reconstructed.
#[test]
fn missing_references_leave_grey_and_the_rest() {
    let mut scene = Scene::new(ChromaFormat::Yuv420);
    let mut record = CtuRecord::default();
    record.pus.push(PredictionUnit { w: 8, h: 8, pred_lists: 1, ..PredictionUnit::default() });
    let cu = CodingUnit {
        log2_size: 3,
        pred_mode: PredMode::Inter,
        pus: Span { start: 0, end: 1 },
        ..CodingUnit::default()
    };
    record.cus.push(cu);
    lossless_block(&mut record, 0, false, 3, 7);
    let tbs = Span { start: 0, end: 1 };
    record.tus.push(TransformUnit { x: 8, log2_size: 3, cbf_luma: true, tbs, ..Default::default() });
    record.cus.push(intra_unit(8, 0, 3, PartMode::Part2Nx2N, Span { start: 0, end: 1 }));
    let result = scene.reconstruct(&mut record);
    assert!(result.is_err(), "{result:?}");
    assert_eq!(scene.samples(0, 0, 0, 8, 8), vec![128; 64]);
    assert_eq!(scene.samples(1, 0, 0, 4, 4), vec![128; 16]);
    assert_eq!(scene.samples(0, 8, 0, 2, 1), [135, 128]);
    assert_eq!((scene.maps.motion[at(0, 0)].is_inter(), scene.maps.motion[at(2, 0)]), (true, Motion::INTRA));
}
