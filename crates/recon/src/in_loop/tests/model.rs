//! Random pictures with everything the in-loop filters regard, in two forms: as units of the whole picture for the
//! reference, and as records and maps, CTU by CTU in decoding order, for the code under test.

use rivus_coding::ctu::maps::{CtuAvailability, CtuBottom, CtuMaps};
use rivus_coding::ctu::record::{
    CodingUnit, CtuRecord, PartMode, PredMode, PredictionUnit, SaoComponent, SaoParams, Span, TransformUnit,
};
use rivus_coding::motion::{self, Motion, Mv};
use rivus_picture::ChromaFormat;

use crate::ctu::store_flags;
use crate::in_loop::{CtuFilter, FilterParams, RowFilterInfo};
use crate::testing::{Rng, format};

/// What is known of 4x4 luma samples.
#[derive(Clone, Copy, Default)]
pub(super) struct Unit {
    /// Numbers of the prediction and transform unit, unique in the picture; those of the coding unit where it has none.
    pub(super) pu: usize,
    pub(super) tu: usize,
    pub(super) intra: bool,
    pub(super) cbf: bool,
    pub(super) qp_y: i32,
    pub(super) keep: bool,
    pub(super) motion: Motion,
}

pub(super) struct Model {
    pub(super) params: FilterParams,
    /// Samples per plane, dense.
    pub(super) planes: Vec<Vec<i32>>,
    /// Units of the picture in raster order.
    pub(super) units: Vec<Unit>,
    /// Per CTU in raster order.
    pub(super) ctus: Vec<CtuFilter>,
    /// Position of each CTU in decoding order.
    pub(super) decoding_order: Vec<usize>,
    pub(super) width_ctb: usize,
    next_id: usize,
}

impl Model {
    pub(super) fn width4(&self) -> usize {
        self.params.format.width / 4
    }

    /// Unit of a luma sample.
    pub(super) fn unit(&self, x: usize, y: usize) -> &Unit {
        &self.units[y / 4 * self.width4() + x / 4]
    }

    /// Number of the CTU of a luma sample.
    pub(super) fn ctu_at(&self, x: usize, y: usize) -> usize {
        let shift = self.params.ctb_log2_size;
        (y >> shift) * self.width_ctb + (x >> shift)
    }

    pub(super) fn num_tiles(&self) -> u16 {
        self.ctus.iter().map(|c| c.tile_id + 1).max().unwrap_or(0)
    }

    pub(super) fn random(rng: &mut Rng, chroma: ChromaFormat, bit_depth: u8) -> (Self, Vec<RowFilterInfo>) {
        let ctb_log2_size = rng.range(4, 6) as u8;
        let size = 8 * (1 << (ctb_log2_size - 4));
        let (width, height) = (8 * rng.range(1, size) as usize, 8 * rng.range(1, size) as usize);
        let params = FilterParams {
            format: format(width, height, chroma, bit_depth),
            ctb_log2_size,
            pps_chroma_qp_offset: [rng.range(-12, 12) as i8, rng.range(-12, 12) as i8],
            loop_filter_across_tiles_enabled_flag: rng.one_in(2),
            pcm_loop_filter_disabled_flag: rng.one_in(2),
            log2_sao_offset_scale: [rng.below(usize::from(bit_depth) - 7) as u8, 0],
        };
        let ctb = 1usize << ctb_log2_size;
        let (width_ctb, height_ctb) = (width.div_ceil(ctb), height.div_ceil(ctb));
        let mut model = Self {
            params,
            planes: Vec::new(),
            units: vec![Unit::default(); width / 4 * height / 4],
            ctus: vec![CtuFilter::MISSING; width_ctb * height_ctb],
            decoding_order: Vec::new(),
            width_ctb,
            next_id: 0,
        };
        for plane in 0..params.format.num_planes() {
            model.planes.push(random_plane(rng, params.format.plane_size(plane), bit_depth));
        }
        let order = model.random_tiles_and_slices(rng, height_ctb);
        model.decoding_order = vec![0; order.len()];
        for (i, &ctu) in order.iter().enumerate() {
            model.decoding_order[ctu] = i;
        }
        let infos = model.random_ctus(rng, &order, height_ctb);
        (model, infos)
    }

    /// Chooses tiles, slices and the parameters of the slices; returns the CTUs in decoding order.
    fn random_tiles_and_slices(&mut self, rng: &mut Rng, height_ctb: usize) -> Vec<usize> {
        let cut = |rng: &mut Rng, n: usize| if n > 1 && rng.one_in(2) { 1 + rng.below(n - 1) } else { n };
        let (column, row) = (cut(rng, self.width_ctb), cut(rng, height_ctb));
        let mut order: Vec<usize> = (0..self.ctus.len()).collect();
        let tile = |ctu: usize, w: usize| u16::from(ctu % w >= column) + 2 * u16::from(ctu / w >= row);
        order.sort_by_key(|&ctu| (tile(ctu, self.width_ctb), ctu));
        let mut slice = CtuFilter::MISSING;
        for (i, &ctu) in order.iter().enumerate() {
            if i == 0 || rng.one_in(4) {
                slice = CtuFilter {
                    slice_idx: slice.slice_idx + 1,
                    slice_deblocking_filter_disabled_flag: rng.one_in(5),
                    slice_loop_filter_across_slices_enabled_flag: rng.one_in(2),
                    beta_offset: 2 * rng.range(-6, 6) as i8,
                    tc_offset: 2 * rng.range(-6, 6) as i8,
                    ..CtuFilter::MISSING
                };
            }
            let x = ctu % self.width_ctb;
            let tile_id = tile(ctu, self.width_ctb);
            let ends_tile = x + 1 < self.width_ctb && tile(ctu + 1, self.width_ctb) != tile_id;
            self.ctus[ctu] = CtuFilter { tile_id, ends_tile, sao: random_sao(rng), ..slice };
        }
        order
    }

    fn random_ctus(&mut self, rng: &mut Rng, order: &[usize], height_ctb: usize) -> Vec<RowFilterInfo> {
        let params = self.params;
        let ctb_log2_size = params.ctb_log2_size;
        let mut infos: Vec<RowFilterInfo> = (0..height_ctb)
            .map(|row| {
                let mut info = RowFilterInfo::new(&params);
                info.begin(&params, row);
                info
            })
            .collect();
        let mut bottoms = vec![CtuBottom::default(); self.ctus.len()];
        let (mut maps, mut record) = (CtuMaps::default(), CtuRecord::default());
        for &ctu in order {
            let (x, y) = (ctu % self.width_ctb, ctu / self.width_ctb);
            let pos = ((x << ctb_log2_size) as u32, (y << ctb_log2_size) as u32);
            let size = (params.format.width as u32, params.format.height as u32);
            let bottom = |dx: isize| -> Option<&CtuBottom> {
                let x = x.checked_add_signed(dx).filter(|x| *x < self.width_ctb)?;
                Some(&bottoms[y.checked_sub(1)? * self.width_ctb + x])
            };
            let above = [bottom(-1), bottom(0), bottom(1)];
            maps.begin(pos, size, ctb_log2_size, CtuAvailability::default(), above);
            record.clear();
            self.split(rng, &mut record, pos, (0, 0), ctb_log2_size);
            for cu in &record.cus {
                store_flags(&mut maps, cu, &record.tus[cu.tus.range()]);
                let cu_size = 1 << cu.log2_size;
                motion::store(&mut maps, (cu.x, cu.y), (cu_size, cu_size), Motion::INTRA);
                for pu in &record.pus[cu.pus.range()] {
                    motion::store(&mut maps, (pu.x, pu.y), (pu.w, pu.h), pu.motion);
                }
            }
            infos[y].add_ctu(&params, x, &maps, &record, self.ctus[ctu]);
            maps.bottom(&mut bottoms[ctu]);
        }
        infos
    }

    /// coding_quadtree() at (x, y) of the CTU at `ctu`.
    fn split(&mut self, rng: &mut Rng, record: &mut CtuRecord, ctu: (u32, u32), (x, y): (u8, u8), log2: u8) {
        let size = 1u32 << log2;
        let format = &self.params.format;
        let (px, py) = (ctu.0 + u32::from(x), ctu.1 + u32::from(y));
        if px as usize >= format.width || py as usize >= format.height {
            return;
        }
        let crosses = (px + size) as usize > format.width || (py + size) as usize > format.height;
        if crosses || (log2 > 3 && !rng.one_in(3)) {
            let half = 1u8 << (log2 - 1);
            for (dx, dy) in [(0, 0), (half, 0), (0, half), (half, half)] {
                self.split(rng, record, ctu, (x + dx, y + dy), log2 - 1);
            }
        } else {
            self.coding_unit(rng, record, ctu, (x, y), log2);
        }
    }

    fn coding_unit(
        &mut self,
        rng: &mut Rng,
        record: &mut CtuRecord,
        ctu: (u32, u32),
        at: (u8, u8),
        log2: u8,
    ) {
        let (x, y) = at;
        let pred_mode = [PredMode::Skip, PredMode::Inter, PredMode::Inter, PredMode::Intra][rng.below(4)];
        let pcm_flag = pred_mode == PredMode::Intra && rng.one_in(3);
        let part_mode = if pred_mode != PredMode::Inter {
            PartMode::Part2Nx2N
        } else {
            use PartMode::*;
            let modes = [Part2Nx2N, Part2NxN, PartNx2N, PartNxN, Part2NxnU, Part2NxnD, PartnLx2N, PartnRx2N];
            // Only units of 8 have no asymmetric parts; parts of 4x4 do not exist, but would do no harm.
            modes[rng.below(if log2 == 3 { 3 } else { 8 })]
        };
        let bypass = rng.one_in(12);
        let qp_y = rng.range(20, 51) as i8;
        let first_pu = record.pus.len() as u32;
        if pred_mode != PredMode::Intra {
            for part in 0..part_mode.num_parts() {
                let rect = part_mode.part_rect(1 << log2, part);
                record.pus.push(PredictionUnit {
                    x: x + rect.x,
                    y: y + rect.y,
                    w: rect.w,
                    h: rect.h,
                    part_idx: part as u8,
                    motion: random_motion(rng),
                    ..PredictionUnit::default()
                });
            }
        }
        let first_tu = record.tus.len() as u32;
        if !pcm_flag && pred_mode != PredMode::Skip && (pred_mode == PredMode::Intra || !rng.one_in(3)) {
            transform_tree(rng, record, at, log2, 0);
        }
        let cu = CodingUnit {
            x,
            y,
            log2_size: log2,
            pred_mode,
            part_mode,
            cu_transquant_bypass_flag: bypass,
            pcm_flag,
            qp_y,
            pus: Span { start: first_pu, end: record.pus.len() as u32 },
            tus: Span { start: first_tu, end: record.tus.len() as u32 },
            ..CodingUnit::default()
        };
        self.mark(record, ctu, &cu);
        record.cus.push(cu);
    }

    /// Notes the units of a coding unit for the reference.
    fn mark(&mut self, record: &CtuRecord, ctu: (u32, u32), cu: &CodingUnit) {
        let keep = cu.cu_transquant_bypass_flag || (cu.pcm_flag && self.params.pcm_loop_filter_disabled_flag);
        let size = 1u8 << cu.log2_size;
        let id = self.new_id();
        self.each_unit(ctu, (cu.x, cu.y, size, size), |u| {
            let intra = cu.pred_mode == PredMode::Intra;
            *u = Unit { pu: id, tu: id, intra, keep, qp_y: cu.qp_y.into(), ..Unit::default() };
        });
        for pu in &record.pus[cu.pus.range()] {
            let id = self.new_id();
            self.each_unit(ctu, (pu.x, pu.y, pu.w, pu.h), |u| (u.pu, u.motion) = (id, pu.motion));
        }
        for tu in &record.tus[cu.tus.range()] {
            let (id, size) = (self.new_id(), 1 << tu.log2_size);
            self.each_unit(ctu, (tu.x, tu.y, size, size), |u| (u.tu, u.cbf) = (id, tu.cbf_luma));
        }
    }

    fn new_id(&mut self) -> usize {
        self.next_id += 1;
        self.next_id
    }

    fn each_unit(&mut self, ctu: (u32, u32), (x, y, w, h): (u8, u8, u8, u8), mut set: impl FnMut(&mut Unit)) {
        let width4 = self.width4();
        let (x, y) = ((ctu.0 as usize + usize::from(x)) / 4, (ctu.1 as usize + usize::from(y)) / 4);
        for row in y..y + usize::from(h / 4) {
            self.units[row * width4 + x..][..usize::from(w / 4)].iter_mut().for_each(&mut set);
        }
    }
}

fn transform_tree(rng: &mut Rng, record: &mut CtuRecord, (x, y): (u8, u8), log2: u8, depth: u8) {
    if log2 > 5 || (log2 > 2 && rng.one_in(2)) {
        let half = 1u8 << (log2 - 1);
        for (dx, dy) in [(0, 0), (half, 0), (0, half), (half, half)] {
            transform_tree(rng, record, (x + dx, y + dy), log2 - 1, depth + 1);
        }
    } else {
        let cbf_luma = rng.one_in(2);
        record.tus.push(TransformUnit { x, y, log2_size: log2, depth, cbf_luma, ..TransformUnit::default() });
    }
}

/// Motion among few pictures and close vectors, so that every kind of likeness occurs.
fn random_motion(rng: &mut Rng) -> Motion {
    let mut motion = Motion::INTRA;
    let lists = rng.range(1, 3);
    for list in (0..2).filter(|list| lists >> list & 1 != 0) {
        motion.mv[list] = Mv { x: rng.range(-3, 3) as i16, y: rng.range(-2, 2) as i16 };
        motion.ref_idx[list] = rng.below(4) as i8;
        motion.ref_pic[list] = rng.below(2) as u8;
    }
    motion
}

fn random_sao(rng: &mut Rng) -> SaoParams {
    let components = std::array::from_fn(|_| SaoComponent {
        sao_type_idx: rng.below(3) as u8,
        sao_band_position: rng.below(32) as u8,
        sao_eo_class: rng.below(4) as u8,
        sao_offset_val: std::array::from_fn(|_| rng.range(-7, 7) as i16),
    });
    SaoParams { components, ..SaoParams::default() }
}

/// Blocks of nearly the same value, so that the deblocking decisions go every way.
fn random_plane(rng: &mut Rng, (width, height): (usize, usize), bit_depth: u8) -> Vec<i32> {
    let scale = 1 << (bit_depth - 8);
    let base: Vec<i32> = (0..(width / 4 + 1) * (height / 4 + 1)).map(|_| 120 + rng.range(-12, 12)).collect();
    let noise = rng.range(0, 2);
    (0..width * height)
        .map(|i| {
            let (x, y) = (i % width, i / width);
            scale * (base[y / 4 * (width / 4 + 1) + x / 4] + rng.range(-noise, noise))
        })
        .collect()
}
