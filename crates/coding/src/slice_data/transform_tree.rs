//! 7.3.8.8: transform_tree(), the residual quadtree of a coding unit.

use rivus_syntax::cabac::{BinSink, contexts as ctx};

use super::{Parser, SliceCoding, transform_unit};
use crate::ctu::record::{CodingUnit, CtuRecord, PartMode, PredMode, TransformUnit};
use crate::error::Result;

/// Chroma coded block flags of a node: Cb and Cr, each of one or (4:2:2) two blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ChromaCbf {
    pub(super) cb: [bool; 2],
    pub(super) cr: [bool; 2],
}

impl ChromaCbf {
    #[inline]
    pub(super) fn any(&self) -> bool {
        self.cb[0] || self.cb[1] || self.cr[0] || self.cr[1]
    }

    #[inline]
    fn merge(self, other: Self) -> Self {
        let or = |a: [bool; 2], b: [bool; 2]| [a[0] || b[0], a[1] || b[1]];
        Self { cb: or(self.cb, other.cb), cr: or(self.cr, other.cr) }
    }
}

/// A node of the residual quadtree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Position in luma samples of the CTU.
    pub(super) x: u8,
    pub(super) y: u8,
    pub(super) log2_size: u8,
    /// trafoDepth.
    pub(super) depth: u8,
    /// blkIdx.
    pub(super) blk_idx: u8,
}

impl Node {
    fn root(cu: &CodingUnit) -> Self {
        Self { x: cu.x, y: cu.y, log2_size: cu.log2_size, depth: 0, blk_idx: 0 }
    }

    fn child(&self, blk_idx: u8) -> Self {
        let half = 1 << (self.log2_size - 1);
        Self {
            x: self.x + (blk_idx & 1) * half,
            y: self.y + (blk_idx >> 1) * half,
            log2_size: self.log2_size - 1,
            depth: self.depth + 1,
            blk_idx,
        }
    }
}

/// Where a node's split flag comes from.
enum Split {
    Coded,
    Inferred(bool),
}

/// The rules of a coding unit's tree.
#[derive(Clone, Copy)]
struct Tree {
    /// MaxTrafoDepth.
    max_depth: u8,
    /// IntraSplitFlag or interSplitFlag: the root is split.
    split_root: bool,
}

impl Tree {
    fn new(coding: &SliceCoding<'_>, cu: &CodingUnit) -> Self {
        let [intra, inter] = coding.max_transform_hierarchy_depth;
        if cu.pred_mode == PredMode::Intra {
            let intra_split = cu.part_mode == PartMode::PartNxN;
            Self { max_depth: intra + u8::from(intra_split), split_root: intra_split }
        } else {
            Self { max_depth: inter, split_root: inter == 0 && cu.part_mode != PartMode::Part2Nx2N }
        }
    }

    #[inline]
    fn split(&self, coding: &SliceCoding<'_>, node: &Node) -> Split {
        let forced = self.split_root && node.depth == 0;
        if node.log2_size <= coding.max_tb_log2_size
            && node.log2_size > coding.min_tb_log2_size
            && node.depth < self.max_depth
            && !forced
        {
            Split::Coded
        } else {
            Split::Inferred(forced || node.log2_size > coding.max_tb_log2_size)
        }
    }
}

/// Context of `split_transform_flag`.
#[inline]
fn split_ctx(log2_size: u8) -> usize {
    ctx::SPLIT_TRANSFORM_FLAG + usize::from(5u8.saturating_sub(log2_size)).min(2)
}

/// Context of `cbf_cb` and `cbf_cr`.
#[inline]
fn chroma_ctx(depth: u8) -> usize {
    ctx::CBF_CHROMA + usize::from(depth.min(4))
}

/// Context of `cbf_luma`.
#[inline]
fn luma_ctx(depth: u8) -> usize {
    ctx::CBF_LUMA + usize::from(depth == 0)
}

/// The chroma flags can be present at a node of this size: not at 4x4 luma blocks, which share their parent's chroma
/// (and inherit its flags), except in 4:4:4.
#[inline]
fn chroma_present(coding: &SliceCoding<'_>, log2_size: u8) -> bool {
    match coding.chroma_array_type {
        0 => false,
        3 => true,
        _ => log2_size > 2,
    }
}

/// A node codes two flags per component: in 4:2:2 where its chroma blocks are not divided further.
#[inline]
fn two_flags(coding: &SliceCoding<'_>, log2_size: u8, split: bool) -> bool {
    coding.chroma_array_type == 2 && (!split || log2_size == 3)
}

/// `cbf_luma` is present at a leaf; else it is inferred to be 1.
#[inline]
fn luma_present(cu: &CodingUnit, depth: u8, chroma: &ChromaCbf) -> bool {
    cu.pred_mode == PredMode::Intra || depth != 0 || chroma.any()
}

impl Parser<'_, '_> {
    /// Parses the tree of `cu` and sets its transform units.
    pub(super) fn transform_tree(&mut self, cu: &mut CodingUnit) -> Result<()> {
        let tree = Tree::new(self.coding, cu);
        // The root's flags do not depend on a parent.
        let all = ChromaCbf { cb: [true; 2], cr: [true; 2] };
        self.transform_node(cu, &tree, Node::root(cu), all)?;
        cu.tus.end = self.record.tus.len() as u32;
        Ok(())
    }

    fn transform_node(&mut self, cu: &CodingUnit, tree: &Tree, node: Node, parent: ChromaCbf) -> Result<()> {
        let split = match tree.split(self.coding, &node) {
            Split::Coded => self.bin(split_ctx(node.log2_size)),
            Split::Inferred(split) => split,
        };
        let mut chroma = ChromaCbf::default();
        if chroma_present(self.coding, node.log2_size) {
            chroma.cb = self.chroma_flags(&node, split, parent.cb);
            chroma.cr = self.chroma_flags(&node, split, parent.cr);
        } else if self.coding.chroma_array_type != 0 {
            chroma = parent;
        }
        if split {
            for blk_idx in 0..4 {
                self.transform_node(cu, tree, node.child(blk_idx), chroma)?;
            }
            return Ok(());
        }
        let cbf_luma = !luma_present(cu, node.depth, &chroma) || self.bin(luma_ctx(node.depth));
        self.transform_unit(cu, &node, cbf_luma, chroma)
    }

    /// `cbf_cb` or `cbf_cr`, whose parent has the flags `parent`.
    #[inline]
    fn chroma_flags(&mut self, node: &Node, split: bool, parent: [bool; 2]) -> [bool; 2] {
        if !(parent[0] || parent[1]) {
            return [false; 2];
        }
        let ctx = chroma_ctx(node.depth);
        let first = self.bin(ctx);
        [first, two_flags(self.coding, node.log2_size, split) && self.bin(ctx)]
    }
}

/// Writes the residual quadtree of `cu`; the split flags follow from the sizes of its transform units.
pub fn write<B: BinSink>(sink: &mut B, coding: &SliceCoding<'_>, record: &CtuRecord, cu: &CodingUnit) {
    let tus = &record.tus[cu.tus.range()];
    let mut writer = TreeWriter { coding, record, cu, tree: Tree::new(coding, cu), rest: tus };
    let all = ChromaCbf { cb: [true; 2], cr: [true; 2] };
    writer.node(sink, Node::root(cu), all);
}

struct TreeWriter<'a> {
    coding: &'a SliceCoding<'a>,
    record: &'a CtuRecord,
    cu: &'a CodingUnit,
    tree: Tree,
    /// Transform units not yet written.
    rest: &'a [TransformUnit],
}

impl TreeWriter<'_> {
    fn node<B: BinSink>(&mut self, sink: &mut B, node: Node, parent: ChromaCbf) {
        let Some(tu) = self.rest.first() else { return };
        let split = tu.log2_size < node.log2_size;
        if let Split::Coded = self.tree.split(self.coding, &node) {
            sink.bin(split_ctx(node.log2_size), split);
        }
        let chroma =
            if split { self.chroma_below(&node) } else { ChromaCbf { cb: tu.cbf_cb, cr: tu.cbf_cr } };
        if chroma_present(self.coding, node.log2_size) {
            let two = two_flags(self.coding, node.log2_size, split);
            write_chroma_flags(sink, node.depth, two, parent.cb, chroma.cb);
            write_chroma_flags(sink, node.depth, two, parent.cr, chroma.cr);
        }
        if split {
            for blk_idx in 0..4 {
                self.node(sink, node.child(blk_idx), chroma);
            }
            return;
        }
        if luma_present(self.cu, node.depth, &chroma) {
            sink.bin(luma_ctx(node.depth), tu.cbf_luma);
        }
        transform_unit::write(sink, self.coding, self.record, self.cu, tu);
        self.rest = &self.rest[1..];
    }

    /// The flags of all units below a node, which come next.
    fn chroma_below(&self, node: &Node) -> ChromaCbf {
        let (end_x, end_y) = (node.x + (1 << node.log2_size), node.y + (1 << node.log2_size));
        self.rest
            .iter()
            .take_while(|tu| (node.x..end_x).contains(&tu.x) && (node.y..end_y).contains(&tu.y))
            .fold(ChromaCbf::default(), |sum, tu| sum.merge(ChromaCbf { cb: tu.cbf_cb, cr: tu.cbf_cr }))
    }
}

/// Writes `cbf_cb` or `cbf_cr` of a node: one flag, or `two` for the two blocks of a 4:2:2 leaf.
#[inline]
fn write_chroma_flags<B: BinSink>(sink: &mut B, depth: u8, two: bool, parent: [bool; 2], flags: [bool; 2]) {
    if !(parent[0] || parent[1]) {
        return;
    }
    if two {
        sink.bin(chroma_ctx(depth), flags[0]);
        sink.bin(chroma_ctx(depth), flags[1]);
    } else {
        sink.bin(chroma_ctx(depth), flags[0] || flags[1]);
    }
}
