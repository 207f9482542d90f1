//! The quadtree: which modes are tried at a size, and whether to split.

use super::candidate::{self, Cost};
use super::expected_gain::{EXPLICIT, Evidence, Model, PARTS, SPLIT};
use super::search::{CtuSearch, Cu, Node};
use super::tried::Tried;
use rivus_coding::ctu::record::{PartMode, PredMode};
use rivus_coding::slice_data::coding_quadtree;
use rivus_picture::Sample;
use rivus_syntax::cabac::{BinSink, BitEstimator};

impl<S: Sample> CtuSearch<'_, S> {
    /// Decides the square of 1 << `log2` samples at (`x`, `y`) of the CTU: afterwards `nodes[0].best` holds the result, and
    /// tile, maps and state are those after it.
    pub(super) fn partition(&mut self, nodes: &mut [Node<S>], x: usize, y: usize, log2: u8) {
        let Some((node, deeper)) = nodes.split_first_mut() else { return };
        node.best.reset();
        let cu = self.cu(x, y, log2);
        if log2 >= self.coding.slice.qp.log2_min_cu_qp_delta_size {
            self.state.qp.begin_group(&self.maps, x as u8, y as u8);
        }
        self.inter_satd = u32::MAX;
        let start = self.state;
        let inside = self.is_inside(x, y, cu.size());
        if inside {
            self.modes(node, &cu);
            // Intra pictures have nothing of the largest size.
            if !node.best.record.cus.is_empty() {
                self.price_exactly(&mut node.best, &cu);
            }
        }
        let splits =
            log2 > self.coding.slice.min_cb_log2_size && (!inside || self.split_is_worthwhile(node, &cu));
        if splits {
            self.state = start;
            if self.split(node, deeper, &cu, inside) {
                return;
            }
        }
        self.settle(node, &cu);
    }

    fn cu(&self, x: usize, y: usize, log2: u8) -> Cu {
        let at = (self.maps.x0 as usize + x, self.maps.y0 as usize + y);
        let qp = self.frame.unit_qp(at, log2);
        Cu { x, y, log2, depth: self.maps.ctb_log2_size - log2, qp, lambda: self.frame.lambda(qp) }
    }

    fn is_inside(&self, x: usize, y: usize, size: usize) -> bool {
        x + size <= 4 * usize::from(self.maps.units_w) && y + size <= 4 * usize::from(self.maps.units_h)
    }

    /// All modes of an unsplit coding unit.
    fn modes(&mut self, node: &mut Node<S>, cu: &Cu) {
        let tools = self.env.tools;
        let inter = !self.is_intra_slice();
        if inter {
            self.merge_2nx2n(node, cu);
            if self.promises(node, cu, &EXPLICIT, 3, tools.explicit_gain) {
                self.inter(node, cu, PartMode::Part2Nx2N);
            }
            let divides = tools.divides && self.promises(node, cu, &PARTS, 3, tools.parts_gain);
            if divides {
                for mode in [PartMode::Part2NxN, PartMode::PartNx2N] {
                    self.inter(node, cu, mode);
                }
            }
            if divides && tools.amp && cu.log2 > self.coding.slice.min_cb_log2_size {
                self.asymmetric(node, cu);
            }
        }
        // Measured: intra after skip costs 15 % of the time and brings nothing.
        if !is_skip(node) {
            self.intra(node, cu, inter);
        }
    }

    /// The asymmetric partitions in the direction that the symmetric ones favoured.
    fn asymmetric(&mut self, node: &mut Node<S>, cu: &Cu) {
        let best = node.best.record.cus.first().map(|cu| (cu.part_mode, cu.pred_mode));
        let (horizontal, vertical) = match best {
            Some((PartMode::Part2NxN, _)) => (true, false),
            Some((PartMode::PartNx2N, _)) => (false, true),
            Some((PartMode::Part2Nx2N, PredMode::Inter)) => (true, true),
            _ => (false, false),
        };
        if horizontal {
            self.inter(node, cu, PartMode::Part2NxnU);
            self.inter(node, cu, PartMode::Part2NxnD);
        }
        if vertical {
            self.inter(node, cu, PartMode::PartnLx2N);
            self.inter(node, cu, PartMode::PartnRx2N);
        }
    }

    fn split_is_worthwhile(&self, node: &Node<S>, cu: &Cu) -> bool {
        let tools = self.env.tools;
        if self.is_intra_slice() {
            return !costs_less(node, cu, tools.stop_below);
        }
        self.promises(node, cu, &SPLIT, 4, tools.split_gain)
    }

    /// Whether what `models` tell of, by size from 1 << `smallest` on, is likely to save as many bits as `least` asks for.
    fn promises(&self, node: &Node<S>, cu: &Cu, models: &[Model], smallest: u8, least: [f32; 4]) -> bool {
        let least = least[usize::from(cu.log2) - 3];
        let model = cu.log2.checked_sub(smallest).and_then(|size| models.get(usize::from(size)));
        model.is_some_and(|model| least <= 0.0 || model.gain(&self.evidence(node, cu)) >= least)
    }

    /// What the best way so far shows.
    fn evidence(&self, node: &Node<S>, cu: &Cu) -> Evidence {
        let half = cu.size() / 2;
        let quarters = [(0, 0), (half, 0), (0, half), (half, half)].map(|(x, y)| {
            let source = self.source(0, cu.x + x, cu.y + y, half, half);
            (self.env.kernels.sse.block)(source, node.best.luma(x, y, half))
        });
        let Cost { rd, bits, .. } = node.best.cost;
        Evidence::of_coding_unit(rd, bits, self.inter_satd, quarters, &cu.lambda)
    }

    /// Tries four quarters. Whether they are better: then they are the best of `node`, and tile, maps and state are those after
    /// them already.
    fn split(&mut self, node: &mut Node<S>, deeper: &mut [Node<S>], cu: &Cu, flag_coded: bool) -> bool {
        let trial = &mut node.trial;
        trial.reset();
        let mut total = Cost { distortion: 0.0, bits: 0, rd: 0.0 };
        if flag_coded {
            let mut estimate = BitEstimator::new(self.state.contexts);
            coding_quadtree::write_split_cu_flag(
                &mut estimate,
                &self.maps,
                cu.x as u8,
                cu.y as u8,
                cu.depth,
                true,
            );
            total.bits = estimate.frac_bits();
            total.rd = cu.lambda.cost(0.0, total.bits);
            self.state.contexts = *estimate.contexts();
        }
        let half = cu.size() / 2;
        for (dx, dy) in [(0, 0), (half, 0), (0, half), (half, half)] {
            let (x, y) = (cu.x + dx, cu.y + dy);
            if !self.is_inside(x, y, 1) {
                continue;
            }
            self.partition(deeper, x, y, cu.log2 - 1);
            let Some(child) = deeper.first() else { return false };
            total.distortion += child.best.cost.distortion;
            total.bits += child.best.cost.bits;
            total.rd += child.best.cost.rd;
            candidate::append(&mut trial.record, &child.best.record);
            if total.rd >= node.best.cost.rd {
                if let Some(tried) = &mut self.tried {
                    tried.push(Tried::given_up(total, cu));
                }
                return false;
            }
        }
        trial.cost = total;
        trial.state = self.state;
        core::mem::swap(&mut node.best, &mut node.trial);
        self.note(node, cu, true);
        true
    }

    /// Makes tile, maps and state those of the best candidate.
    fn settle(&mut self, node: &mut Node<S>, cu: &Cu) {
        node.best.restore_samples(&mut self.scratch.tile, cu.x, cu.y, cu.size());
        self.coding.apply_to_maps(&node.best.record, &mut self.maps);
        self.state = node.best.state;
    }
}

/// Whether the best so far costs less than the whole bits of a table by size.
pub(super) fn costs_less<S>(node: &Node<S>, cu: &Cu, by_size: [u32; 4]) -> bool {
    let bits = u64::from(by_size[usize::from(cu.log2) - 3]) << 15;
    node.best.cost.rd < cu.lambda.cost(0.0, bits)
}

/// The best so far is one skipped coding unit.
fn is_skip<S>(node: &Node<S>) -> bool {
    node.best.record.cus.first().is_some_and(|cu| cu.pred_mode == PredMode::Skip)
}
